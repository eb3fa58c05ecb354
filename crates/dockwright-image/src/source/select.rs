//! Which image of a store is meant, and what it consists of.

use super::{Store, Top, blob_path};
use crate::digest::sha256;
use crate::limits::{MAX_MANIFESTS, MAX_NESTING};
use crate::manifest::{self, Descriptor, Index, Manifest, SavedImage};
use crate::{Config, ImageError, Platform};

/// What an image consists of.
#[derive(Debug)]
pub(crate) struct Parts {
    /// The digest of its manifest, if it has one.
    pub(crate) digest: Option<String>,
    pub(crate) config: Part,
    pub(crate) layers: Vec<Part>,
}

/// A part of an image, in a store.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) path: String,
    /// The digest that it is to have, if it is known.
    pub(crate) digest: Option<String>,
    /// Its size in bytes as far as it is known.
    pub(crate) size: u64,
}

/// The image that is meant.
pub(crate) fn select(
    store: &dyn Store,
    name: Option<&str>,
    platform: Option<&Platform>,
) -> Result<Parts, ImageError> {
    match store.top()? {
        Top::Index(index) => of_index(store, index, name, platform),
        Top::Saved(images) => of_saved(store, images, name, platform),
    }
}

fn of_index(
    store: &dyn Store,
    index: Index,
    name: Option<&str>,
    platform: Option<&Platform>,
) -> Result<Parts, ImageError> {
    let mut images = index.manifests;
    let names: Vec<String> = images
        .iter()
        .filter_map(|it| it.names().next())
        .map(str::to_owned)
        .collect();
    if let Some(name) = name {
        images.retain(|image| image.names().any(|other| is_called(other, name)));
        if images.is_empty() {
            return Err(no_image(name, &names));
        }
    }
    // An image with several names stands there once for each.
    let mut digests = Vec::new();
    images.retain(|image| {
        let is_new = !digests.contains(&image.digest);
        digests.push(image.digest.clone());
        is_new && !image.is_attestation()
    });
    let mut called = images.iter().filter_map(|image| image.names().next());
    if let (Some(first), Some(second)) = (called.next(), called.next()) {
        return Err(several(&[first, second], &names));
    }
    let found = choose(manifests(store, images)?, store, platform)?;
    let manifest = store.manifest(&found.digest)?;
    check(&manifest, &found.digest)?;
    let manifest: Manifest = manifest::read(&manifest, "the image's manifest")?;
    let part = |descriptor: &Descriptor| -> Result<Part, ImageError> {
        Ok(Part {
            path: blob_path(&descriptor.digest)?,
            digest: Some(descriptor.digest.clone()),
            size: descriptor.size,
        })
    };
    Ok(Parts {
        digest: Some(found.digest),
        config: part(&manifest.config)?,
        layers: manifest.layers.iter().map(part).collect::<Result<_, _>>()?,
    })
}

/// The manifests of images, those inside indexes too.
fn manifests(store: &dyn Store, images: Vec<Descriptor>) -> Result<Vec<Descriptor>, ImageError> {
    let mut found = Vec::new();
    let mut left: Vec<(usize, Descriptor)> = images.into_iter().rev().map(|it| (0, it)).collect();
    while let Some((depth, descriptor)) = left.pop() {
        if descriptor.is_attestation() {
            continue;
        }
        if !descriptor.is_index() {
            found.push(descriptor);
            continue;
        }
        let bytes = store.manifest(&descriptor.digest)?;
        check(&bytes, &descriptor.digest)?;
        let index: Index = manifest::read(&bytes, "the image's index")?;
        let count = found.len() + left.len() + index.manifests.len();
        if depth == MAX_NESTING || count > MAX_MANIFESTS {
            return Err(ImageError::broken(
                "the image's index has too many others in it",
            ));
        }
        left.extend(index.manifests.into_iter().rev().map(|it| (depth + 1, it)));
    }
    Ok(found)
}

/// The one for a platform.
fn choose(
    mut found: Vec<Descriptor>,
    store: &dyn Store,
    platform: Option<&Platform>,
) -> Result<Descriptor, ImageError> {
    if let (1, None) = (found.len(), platform)
        && let Some(only) = found.pop()
    {
        return Ok(only);
    }
    let platforms: Vec<Option<Platform>> = found.iter().map(|it| platform_of(store, it)).collect();
    let here = Platform::here();
    let asked = platform.unwrap_or(&here);
    let suits = |it: &Option<Platform>| it.as_ref().is_some_and(|it| it.suits(asked));
    let place = platforms.iter().position(suits);
    let there: Vec<String> = platforms
        .iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    place.map(|place| found.swap_remove(place)).ok_or_else(|| {
        let hint = match there.as_slice() {
            [] => "give an image with a manifest".to_owned(),
            there => format!("give one of these with `--platform`: {}", there.join(", ")),
        };
        ImageError::new(format!("there is no image for {asked}"), hint)
    })
}

/// What an image runs on; its configuration knows it if the index does not.
fn platform_of(store: &dyn Store, image: &Descriptor) -> Option<Platform> {
    if image.platform.is_some() {
        return image.platform.clone();
    }
    let manifest = store.manifest(&image.digest).ok()?;
    let manifest: Manifest = serde_json::from_slice(&manifest).ok()?;
    let config = store
        .document(&blob_path(&manifest.config.digest).ok()?)
        .ok()?;
    let config: Config = serde_json::from_slice(&config).ok()?;
    Some(config.platform())
}

fn of_saved(
    store: &dyn Store,
    mut images: Vec<SavedImage>,
    name: Option<&str>,
    platform: Option<&Platform>,
) -> Result<Parts, ImageError> {
    let names: Vec<String> = images
        .iter()
        .filter_map(|it| it.repo_tags.first())
        .cloned()
        .collect();
    if let Some(name) = name {
        images.retain(|image| image.repo_tags.iter().any(|other| is_called(other, name)));
        if images.is_empty() {
            return Err(no_image(name, &names));
        }
    }
    if let Some(platform) = platform {
        images.retain(|image| {
            let config = store.document(&image.config).ok();
            let config = config.and_then(|it| serde_json::from_slice::<Config>(&it).ok());
            config.is_some_and(|config| config.platform().suits(platform))
        });
        if images.is_empty() {
            let error = format!("there is no image for {platform}");
            return Err(ImageError::new(error, "save it for that platform"));
        }
    }
    let Some(image) = images.pop() else {
        return Err(ImageError::new(
            "the archive has no image",
            "save one into it",
        ));
    };
    if let Some(other) = images.pop() {
        let name = |image: &SavedImage| image.repo_tags.first().cloned();
        let both = [&image, &other].map(|it| name(it).unwrap_or_else(|| it.config.clone()));
        let [first, second] = &both;
        return Err(several(&[second, first], &names));
    }
    // The file is called after its digest, in one form or another.
    let stem = image.config.rsplit('/').next().unwrap_or_default();
    let digest = format!("sha256:{}", stem.trim_end_matches(".json"));
    let part = |path: String| Part {
        path,
        ..Part::default()
    };
    Ok(Parts {
        digest: None,
        config: Part {
            digest: manifest::hash(&digest).is_ok().then_some(digest),
            ..part(image.config)
        },
        layers: image.layers.into_iter().map(part).collect(),
    })
}

fn check(bytes: &[u8], digest: &str) -> Result<(), ImageError> {
    let found = sha256(bytes);
    if found == digest {
        return Ok(());
    }
    Err(ImageError::broken(format!(
        "a manifest has the digest {found}, not {digest}"
    )))
}

/// Whether an image with a full name or a tag is what someone calls by a shorter one.
fn is_called(full: &str, asked: &str) -> bool {
    let rest = full.strip_suffix(asked);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(['/', ':']))
        || full.strip_suffix(":latest").is_some_and(|full| {
            full.strip_suffix(asked)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        })
}

fn no_image(name: &str, names: &[String]) -> ImageError {
    let hint = match names {
        [] => "leave the name out: no image there has one".to_owned(),
        names => format!("the images there are: {}", names.join(", ")),
    };
    ImageError::new(format!("there is no image called `{name}`"), hint)
}

fn several(two: &[&str; 2], names: &[String]) -> ImageError {
    let [first, second] = two;
    let hint = match names {
        [] => "save one of them alone".to_owned(),
        names => format!(
            "add `:` and one of these names to the path: {}",
            names.join(", ")
        ),
    };
    ImageError::new(
        format!("there are several images, such as {first} and {second}"),
        hint,
    )
}
