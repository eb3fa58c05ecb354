//! What repairs may write of what is outside of the repository: from a file, an image or a registry.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use dockwright_audit::{Finding, audit};
use dockwright_build::engine::Buildx;
use dockwright_build::{digest, installed};
use dockwright_environment::Environment;
use dockwright_environment::reference::ImageReference;
use dockwright_settings::{Pins, Settings};

use crate::cli::FixArguments;
use crate::failure::{Failure, UNUSABLE, USAGE};

/// Rules whose findings are repaired by a digest.
const UNPINNED: [&str; 2] = ["unversioned-base", "unpinned-service-image"];

/// A file larger than this, in bytes, holds no pins.
const MAX_FILE: u64 = 16 << 20;

/// What the arguments name. The network is used only with `--online`, an engine only with that or `--packages-of`.
pub(super) fn pins(
    arguments: &FixArguments,
    (environment, settings): (&Environment, &Settings),
    includes: &dyn Fn(&Environment, &Finding) -> bool,
) -> Result<Pins, Failure> {
    let mut pins = match &arguments.pins {
        Some(path) => file(path)?,
        None => Pins::default(),
    };
    let client = Buildx::default();
    let docker = Path::new(client.client());
    for image in &arguments.packages_of {
        pins.add(packages(docker, image)?);
    }
    if arguments.online {
        pins.add(digests(docker, &unpinned(environment, settings, includes))?);
    }
    Ok(pins)
}

fn file(path: &Path) -> Result<Pins, Failure> {
    let shown = path.display();
    let read = || {
        let mut text = String::new();
        File::open(path)?.take(MAX_FILE).read_to_string(&mut text)?;
        Ok(text)
    };
    let text = read().map_err(|error: std::io::Error| {
        let hint = "name a JSON file with `--pins`";
        Failure::new(USAGE, format!("cannot read `{shown}`: {error}"), hint)
    })?;
    Pins::parse(&text)
        .map_err(|error| Failure::new(USAGE, format!("{shown}: {}", error.message), error.hint))
}

fn packages(docker: &Path, image: &str) -> Result<Pins, Failure> {
    let reference = ImageReference::parse(image).map_err(|error| {
        let hint = "name an image as `docker run` does";
        Failure::new(USAGE, format!("`{image}` is no image: {error}"), hint)
    })?;
    let packages = installed(docker, &reference).map_err(|error| {
        let error = format!("cannot tell the packages of `{image}`: {error}");
        Failure::new(
            UNUSABLE,
            error,
            "build or pull the image first; it needs a shell",
        )
    })?;
    if packages.is_empty() {
        eprintln!("note: no package manager of `{image}` says what is installed");
    }
    let images = BTreeMap::new();
    Ok(Pins { images, packages })
}

/// The images without a version that are to be repaired, each once.
fn unpinned(
    environment: &Environment,
    settings: &Settings,
    includes: &dyn Fn(&Environment, &Finding) -> bool,
) -> Vec<ImageReference> {
    let findings = audit(environment, settings).findings.into_iter();
    let places = findings
        .filter(|it| UNPINNED.contains(&it.rule.name) && includes(environment, it))
        .map(|it| it.location);
    let references = places.flat_map(|place| {
        let uses = environment.uses.iter();
        let uses = uses.filter(move |it| it.value.location == place);
        uses.filter_map(|it| it.reference.as_ref()?.as_ref().ok())
    });
    let by_name = references.map(|it| (it.normalised(), it.clone()));
    by_name.collect::<BTreeMap<_, _>>().into_values().collect()
}

fn digests(docker: &Path, images: &[ImageReference]) -> Result<Pins, Failure> {
    let mut pins = Pins::default();
    let mut last = None;
    for image in images {
        match digest(docker, image) {
            Ok(digest) => {
                pins.images.insert(image.normalised(), digest);
            }
            Err(error) => {
                eprintln!("note: no digest of `{}`: {error}", image.familiar_name());
                last = Some(error);
            }
        }
    }
    match last {
        Some(error) if pins.images.is_empty() => {
            let hint =
                "`docker buildx imagetools inspect IMAGE` has to work; `docker login` signs in";
            Err(Failure::new(
                UNUSABLE,
                format!("no registry tells a digest: {error}"),
                hint,
            ))
        }
        _ => Ok(pins),
    }
}
