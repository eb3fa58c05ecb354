//! Who someone is in a registry: what `docker login` noted, or a program that keeps it.
//!
//! Sources: the reference of `docker login` ("Credential stores", "Credential helpers") and the
//! protocol of docker-credential-helpers.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use data_encoding::BASE64;
use serde::Deserialize;

/// The name under which a program gives a token instead of a password.
const TOKEN: &str = "<token>";

/// A name and a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) password: String,
}

impl Credentials {
    /// The value of an `Authorization` header.
    pub(super) fn basic(&self) -> String {
        let pair = format!("{}:{}", self.user, self.password);
        format!("Basic {}", BASE64.encode(pair.as_bytes()))
    }
}

/// What `docker login` writes.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Settings {
    auths: HashMap<String, Noted>,
    creds_store: Option<String>,
    cred_helpers: HashMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Noted {
    /// Name and password in base64.
    auth: String,
}

/// What a credential helper says.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    username: String,
    secret: String,
}

/// The credentials for a registry, by the key that they are noted under. Without any, one asks as
/// nobody.
pub(super) fn credentials(key: &str) -> Option<Credentials> {
    of(&folder()?, key)
}

/// Docker's own folder.
fn folder() -> Option<PathBuf> {
    let given = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from);
    given.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".docker")))
}

fn of(folder: &Path, key: &str) -> Option<Credentials> {
    let settings = fs::read(folder.join("config.json")).ok()?;
    let settings: Settings = serde_json::from_slice(&settings).ok()?;
    let helper = settings
        .cred_helpers
        .get(key)
        .or(settings.creds_store.as_ref());
    if let Some(told) = helper.and_then(|helper| ask(helper, key)) {
        return Some(told);
    }
    // Some write the address with its scheme.
    let noted = settings
        .auths
        .get(key)
        .or_else(|| settings.auths.get(&format!("https://{key}")))?;
    let pair = BASE64.decode(noted.auth.as_bytes()).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (user, password) = pair.split_once(':')?;
    Some(Credentials {
        user: user.to_owned(),
        password: password.trim_end_matches('\0').to_owned(),
    })
}

/// Asks the program that keeps credentials.
fn ask(helper: &str, key: &str) -> Option<Credentials> {
    let is_name = helper
        .chars()
        .all(|it| it.is_ascii_alphanumeric() || "-_.".contains(it));
    if !is_name {
        return None;
    }
    let mut child = Command::new(format!("docker-credential-{helper}"))
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(key.as_bytes()).ok()?;
    let output = child
        .wait_with_output()
        .ok()
        .filter(|output| output.status.success())?;
    let told: Told = serde_json::from_slice(&output.stdout).ok()?;
    // A token has to be exchanged in a way that few registries have.
    (told.username != TOKEN).then_some(Credentials {
        user: told.username,
        password: told.secret,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_docker_login_noted() {
        let folder = tempfile::tempdir().unwrap();
        let settings = r#"{"auths": {"example.org": {"auth": "bWU6c2VjOnJldA=="}, "https://other.org": {"auth": "YTpi"}, "empty.org": {}}}"#;
        fs::write(folder.path().join("config.json"), settings).unwrap();
        let found = of(folder.path(), "example.org").unwrap();
        assert_eq!(
            (found.user.as_str(), found.password.as_str()),
            ("me", "sec:ret")
        );
        assert_eq!(found.basic(), "Basic bWU6c2VjOnJldA==");
        assert!(of(folder.path(), "other.org").is_some());
        assert!(of(folder.path(), "empty.org").is_none());
        assert!(of(folder.path(), "example.com").is_none());
    }
}
