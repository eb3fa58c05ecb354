//! Images of a registry, read from there without an engine.
//!
//! Source: the OCI distribution specification, "Pull".

mod challenge;
mod credentials;
mod name;

use std::fs;
use std::io::Read;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use ureq::http::Response;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

use super::{Store, Top, broken, read_document};
use crate::ImageError;
use crate::digest::sha256;
use crate::layer::{Blob, ScanOptions, Scanned, scan};
use crate::manifest::{Descriptor, Index, hash};
use challenge::Challenge;
use credentials::{Credentials, credentials};
use name::Name;

/// The kinds of manifests that are understood.
const KINDS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// How long a connection, and the beginning of an answer, may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Certificates of authorities besides those of the library, as OpenSSL's variable names them.
const AUTHORITIES: &str = "SSL_CERT_FILE";

/// A repository of a registry.
pub(super) struct Registry {
    agent: Agent,
    name: Name,
    credentials: Option<Credentials>,
    /// The value of the `Authorization` header, once one is known.
    authorization: Mutex<Option<String>>,
}

#[derive(Deserialize)]
struct Token {
    #[serde(alias = "access_token")]
    token: String,
}

impl Registry {
    pub(super) fn open(name: &str) -> Result<Self, ImageError> {
        let name = Name::parse(name)?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .user_agent(concat!("dockwright/", env!("CARGO_PKG_VERSION")));
        let config = match authorities()? {
            Some(authorities) => {
                config.tls_config(TlsConfig::builder().root_certs(authorities).build())
            }
            None => config,
        };
        Ok(Self {
            agent: config.build().into(),
            credentials: credentials(&name.key),
            name,
            authorization: Mutex::new(None),
        })
    }

    /// Asks for something, and once more with what the registry asks for.
    fn get(&self, kind: &str, reference: &str) -> Result<Response<Body>, ImageError> {
        let address = self.name.address(kind, reference);
        let known = self
            .authorization
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut response = self.ask(&address, known.as_deref())?;
        if response.status().as_u16() == 401 {
            let header = response
                .headers()
                .get("www-authenticate")
                .and_then(|it| it.to_str().ok());
            let asked = header.and_then(Challenge::parse);
            let authorization = self.authorize(asked)?;
            response = self.ask(&address, Some(&authorization))?;
            *self
                .authorization
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(authorization);
        }
        let (host, repository) = (&self.name.host, &self.name.repository);
        match response.status().as_u16() {
            200 => Ok(response),
            401 | 403 => Err(self.refused()),
            404 => Err(ImageError::new(
                format!("`{host}` has no `{reference}` of `{repository}`"),
                "check the name and the tag, and log in with `docker login` if it is not for everyone",
            )),
            status => Err(ImageError::new(
                format!("`{host}` answers {status} for `{reference}` of `{repository}`"),
                "try again later, or pull the image and give its name alone",
            )),
        }
    }

    fn ask(
        &self,
        address: &str,
        authorization: Option<&str>,
    ) -> Result<Response<Body>, ImageError> {
        let mut request = self.agent.get(address).header("Accept", KINDS);
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        request.call().map_err(|error| {
            ImageError::new(
                format!("cannot reach `{}`: {error}", self.name.host),
                "check the name and the network, or pull the image and give its name alone",
            )
        })
    }

    /// Gets what the registry wants to see.
    fn authorize(&self, asked: Option<Challenge>) -> Result<String, ImageError> {
        let basic = self.credentials.as_ref().map(Credentials::basic);
        let address = match asked {
            Some(Challenge::Basic) => return basic.ok_or_else(|| self.refused()),
            Some(Challenge::Bearer { address }) => address,
            None => return Err(self.refused()),
        };
        // A password is not sent in the open, wherever the registry points to.
        if !self.name.is_here() && !address.starts_with("https://") {
            return Err(self.refused());
        }
        let response = self.ask(&address, basic.as_deref())?;
        if response.status().as_u16() != 200 {
            return Err(self.refused());
        }
        let token = read_document(response.into_body().into_reader(), "the token")?;
        let token: Token = serde_json::from_slice(&token).map_err(|_| self.refused())?;
        Ok(format!("Bearer {}", token.token))
    }

    fn refused(&self) -> ImageError {
        let (host, repository) = (&self.name.host, &self.name.repository);
        ImageError::new(
            format!("`{host}` does not let you read `{repository}`"),
            format!("log in with `docker login {host}`"),
        )
    }
}

impl Store for Registry {
    fn top(&self) -> Result<Top, ImageError> {
        let response = self.get("manifests", &self.name.reference)?;
        let kind = response
            .headers()
            .get("content-type")
            .and_then(|it| it.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        let bytes = read_document(response.into_body().into_reader(), "the image's manifest")?;
        let digest = sha256(&bytes);
        let asked = &self.name.reference;
        if hash(asked).is_ok() && *asked != digest {
            return Err(ImageError::broken(format!(
                "the manifest has the digest {digest}, not {asked}"
            )));
        }
        Ok(Top::Index(Index {
            manifests: vec![Descriptor::new(kind, digest)],
        }))
    }

    fn manifest(&self, digest: &str) -> Result<Vec<u8>, ImageError> {
        hash(digest)?;
        let response = self.get("manifests", digest)?;
        read_document(response.into_body().into_reader(), digest)
    }

    fn document(&self, path: &str) -> Result<Vec<u8>, ImageError> {
        let response = self.get("blobs", &digest_of(path))?;
        read_document(response.into_body().into_reader(), path)
    }

    fn layer(&self, path: &str, options: &ScanOptions<'_>) -> Result<Scanned, ImageError> {
        let response = self.get("blobs", &digest_of(path))?;
        let reader: Box<dyn Read + Send> = Box::new(response.into_body().into_reader());
        scan(Blob::Stream(reader), options).map_err(|error| broken(path, &error))
    }
}

/// The digest of a blob by its path in a layout.
fn digest_of(path: &str) -> String {
    path.trim_start_matches("blobs/").replacen('/', ":", 1)
}

/// The authorities that someone trusts besides those of the library; they stand for all.
fn authorities() -> Result<Option<RootCerts>, ImageError> {
    let Some(path) = std::env::var_os(AUTHORITIES) else {
        return Ok(None);
    };
    let wrong = |error: String| {
        ImageError::new(
            format!("cannot read the certificates that `{AUTHORITIES}` names: {error}"),
            "set it to a file in PEM format, or unset it",
        )
    };
    let pem = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let items: Result<Vec<PemItem<'static>>, _> = parse_pem(&pem).collect();
    let items = items.map_err(|error| wrong(error.to_string()))?;
    let certificates: Vec<_> = items
        .into_iter()
        .filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        })
        .collect();
    Ok(Some(RootCerts::from(certificates)))
}
