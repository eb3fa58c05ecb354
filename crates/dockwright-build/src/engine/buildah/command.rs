//! A target as the options of `podman build` and `buildah build`, and what they have none for.
//!
//! Facts: the manual pages `podman-build(1)` and `buildah-build(1)`. Options are those that release
//! 1.28 of buildah and 4.3 of podman know, and later ones.

use std::collections::BTreeMap;

use dockwright_environment::reference::ImageReference;

use crate::bake::BakeTarget;
use crate::engine::Job;
use crate::plan::Target;

/// Where a result goes beside the program's own store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// The registry that a name of the image says.
    Push(String),
    /// A directory or a tar archive with the image's files: the `--output` that writes it.
    Export(String),
}

/// The identities of the images that targets were built as, by the target's name.
pub(super) type Images = BTreeMap<String, String>;

/// The options that build a target, up to its context.
///
/// `names` are those that the image gets. A Dockerfile that is no file is read from standard input.
pub(super) fn options(bake: &BakeTarget, names: &[String], images: &Images) -> Vec<String> {
    let mut options: Vec<String> = Vec::new();
    let mut add = |option: &str, value: &str| options.push(format!("--{option}={value}"));
    // Intermediate results are kept as a cache, but no containers.
    add("layers", "true");
    add("force-rm", "true");
    // What is built here is in no registry, so nothing may insist on one.
    let pull = bake.pull.unwrap_or_default();
    add("pull", if pull { "newer" } else { "missing" });
    // The format of OCI has no place for HEALTHCHECK, ONBUILD and SHELL; that of Docker has none
    // for annotations.
    add(
        "format",
        if bake.annotations.is_empty() {
            "docker"
        } else {
            "oci"
        },
    );
    if let Some(file) = dockerfile(bake) {
        add("file", &file);
    }
    if let Some(stage) = &bake.target {
        add("target", stage);
    }
    for (name, value) in &bake.args {
        match value {
            Some(value) => add("build-arg", &format!("{name}={value}")),
            None => add("build-arg", name),
        }
    }
    for (name, source) in &bake.contexts {
        match source
            .strip_prefix("target:")
            .map(|target| images.get(target))
        {
            Some(Some(image)) => add(
                "build-context",
                &format!("{name}=container-image://{image}"),
            ),
            Some(None) => {} // built before this run: the store knows it by its name
            None => add("build-context", &format!("{name}={source}")),
        }
    }
    for name in names {
        add("tag", name);
    }
    for (name, value) in &bake.labels {
        add("label", &format!("{name}={value}"));
    }
    for annotation in &bake.annotations {
        add(
            "annotation",
            annotation.strip_prefix("manifest:").unwrap_or(annotation),
        );
    }
    for platform in &bake.platforms {
        add("platform", platform);
    }
    for secret in &bake.secret {
        add("secret", &secret_source(secret));
    }
    for ssh in &bake.ssh {
        add("ssh", ssh);
    }
    for (option, caches) in [
        ("cache-from", &bake.cache_from),
        ("cache-to", &bake.cache_to),
    ] {
        for cache in caches {
            add(option, cache_reference(cache).unwrap_or(cache));
        }
    }
    if bake.no_cache.unwrap_or_default() {
        add("no-cache", "true");
    }
    if let Some(network) = bake.network.as_deref().filter(|it| *it != "default") {
        add("network", network);
    }
    if let Some(size) = &bake.shm_size {
        add("shm-size", size);
    }
    for limit in &bake.ulimits {
        add("ulimit", limit);
    }
    for (host, address) in &bake.extra_hosts {
        add("add-host", &format!("{host}:{address}"));
    }
    options
}

/// The Dockerfile's path from the root of the repository, `-` for standard input. Absent where the
/// context is fetched and its Dockerfile has the usual name.
fn dockerfile(bake: &BakeTarget) -> Option<String> {
    if bake.dockerfile_inline.is_some() {
        return Some("-".to_owned());
    }
    let file = bake.dockerfile.as_deref();
    if is_fetched(&bake.context) {
        return file.map(str::to_owned);
    }
    // Named in any case: a Containerfile beside it would go first.
    let file = std::path::Path::new(&bake.context).join(file.unwrap_or("Dockerfile"));
    Some(file.to_string_lossy().into_owned())
}

fn is_fetched(context: &str) -> bool {
    context.contains("://") || context.starts_with("git@") || context.starts_with("github.com/")
}

/// A secret with its source. BuildKit takes one without from the variable of its name, or else from
/// the file of its name.
fn secret_source(secret: &str) -> String {
    let has_source = ["src", "source", "env"]
        .iter()
        .any(|key| field(secret, key).is_some());
    match field(secret, "id") {
        Some(id) if !has_source && std::env::var_os(id).is_some() => format!("{secret},env={id}"),
        Some(id) if !has_source => format!("{secret},src={id}"),
        _ => secret.to_owned(),
    }
}

/// The repository of a cache that is in a registry.
fn cache_reference(cache: &str) -> Option<&str> {
    match (field(cache, "type"), field(cache, "ref")) {
        (Some("registry"), reference) => reference,
        (None, None) if !cache.contains('=') => Some(cache),
        _ => None,
    }
}

/// The value of a field in `type=registry,ref=…`.
fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut fields = text.split(',').filter_map(|it| it.split_once('='));
    fields.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The names that an image gets: its own, unless it goes elsewhere alone, and those by which
/// other targets name it as an image, because only a name in the program's store serves a `FROM`
/// that a build argument decides.
pub(super) fn names(job: &Job<'_>, target: &Target) -> Vec<String> {
    let outputs = &target.bake.output;
    let is_kept = outputs.is_empty() || outputs.iter().any(|output| is_image(output));
    let mut names = if is_kept {
        target.bake.tags.clone()
    } else {
        Vec::new()
    };
    let source = format!("target:{}", target.name);
    for other in &job.plan.targets {
        for (name, _) in other.bake.contexts.iter().filter(|(_, it)| **it == source) {
            // A word alone is rather the name of a context than that of an image.
            let is_name = name.contains(['/', ':']) && !name.contains('@');
            if is_name && ImageReference::parse(name).is_ok() && !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names
}

/// Where the image goes once it is built.
pub(super) fn deliveries(bake: &BakeTarget) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for output in &bake.output {
        if is_pushed(output) {
            deliveries.extend(bake.tags.iter().cloned().map(Delivery::Push));
        } else if let Some(export) = export(output) {
            deliveries.push(Delivery::Export(export));
        }
    }
    deliveries
}

/// Whether the image itself is a result.
fn is_image(output: &str) -> bool {
    matches!(field(output, "type"), Some("image" | "registry" | "docker"))
}

fn is_pushed(output: &str) -> bool {
    match field(output, "type") {
        Some("registry") => field(output, "push") != Some("false"),
        Some("image") => field(output, "push") == Some("true"),
        _ => false,
    }
}

/// The `--output` of a directory or a tar archive.
fn export(output: &str) -> Option<String> {
    let place = field(output, "dest").filter(|place| *place != "-");
    match (field(output, "type"), place) {
        (Some(kind @ ("local" | "tar")), Some(place)) => Some(format!("type={kind},dest={place}")),
        (None, None) if output != "-" && !output.contains('=') => {
            Some(format!("type=local,dest={output}"))
        }
        _ => None,
    }
}

/// What of a job the program cannot do, a sentence each.
pub(super) fn cannot(job: &Job<'_>, program: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    if job.request.builder.is_some() {
        sentences.push(format!(
            "{program} has no builders: `--builder` is for buildx"
        ));
    }
    for target in job
        .targets
        .iter()
        .filter_map(|index| job.plan.targets.get(*index))
    {
        for what in cannot_build(&target.bake) {
            sentences.push(format!("target `{}`: {program} cannot {what}", target.name));
        }
    }
    sentences
}

fn cannot_build(bake: &BakeTarget) -> Vec<String> {
    let mut cannot = Vec::new();
    if bake.platforms.len() > 1 {
        cannot.push("build for several platforms at once".to_owned());
    }
    if bake
        .attest
        .iter()
        .any(|it| field(it, "disabled") != Some("true"))
    {
        cannot.push("attest provenance or a bill of materials".to_owned());
    }
    if !bake.no_cache_filter.is_empty() {
        cannot.push("leave the cache unused for some stages only".to_owned());
    }
    for entitlement in bake.entitlements.iter().filter(|it| *it != "network.host") {
        cannot.push(format!("give steps the privilege `{entitlement}`"));
    }
    for cache in bake.cache_from.iter().chain(&bake.cache_to) {
        let tag =
            cache_reference(cache).map(|it| ImageReference::parse(it).ok().and_then(|it| it.tag));
        match tag {
            Some(None) => {}
            Some(Some(tag)) => cannot.push(format!(
                "keep a cache under a tag, only in a repository: `{cache}` has the tag `{tag}`"
            )),
            None => cannot.push(format!("use the cache `{cache}`, only one in a registry")),
        }
    }
    for annotation in &bake.annotations {
        let key = annotation.split('=').next().unwrap_or_default();
        if key
            .split_once(':')
            .is_some_and(|(kind, _)| kind != "manifest")
        {
            cannot.push(format!(
                "annotate anything but the manifest: `{annotation}`"
            ));
        }
    }
    for (name, source) in &bake.contexts {
        if source.starts_with("oci-layout:") {
            cannot.push(format!("take the context `{name}` from an OCI layout"));
        }
    }
    if bake.context.starts_with("target:") || bake.context.starts_with("docker-image:") {
        cannot.push(format!("build in the context `{}`, an image", bake.context));
    }
    for output in &bake.output {
        let is_known = match field(output, "type") {
            Some("docker") => field(output, "dest").is_none(),
            Some("image" | "registry") => field(output, "name").is_none(),
            Some("cacheonly") => true,
            _ => export(output).is_some(),
        };
        if !is_known {
            cannot.push(format!("write the output `{output}`"));
        }
    }
    cannot
}
