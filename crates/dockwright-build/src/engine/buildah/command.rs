//! A target as the options of `podman build` and `buildah build`.
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
pub(super) fn cache_reference(cache: &str) -> Option<&str> {
    match (field(cache, "type"), field(cache, "ref")) {
        (Some("registry"), reference) => reference,
        (None, None) if !cache.contains('=') => Some(cache),
        _ => None,
    }
}

/// The value of a field in `type=registry,ref=…`.
pub(super) fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
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
pub(super) fn export(output: &str) -> Option<String> {
    let place = field(output, "dest").filter(|place| *place != "-");
    match (field(output, "type"), place) {
        (Some(kind @ ("local" | "tar")), Some(place)) => Some(format!("type={kind},dest={place}")),
        (None, None) if output != "-" && !output.contains('=') => {
            Some(format!("type=local,dest={output}"))
        }
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::Path;
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::{Plan, Request};

    pub(in super::super) fn target(name: &str, bake: BakeTarget) -> Target {
        Target {
            name: name.to_owned(),
            bake,
            ..Target::default()
        }
    }

    pub(in super::super) fn pairs<const N: usize>(
        pairs: [(&str, &str); N],
    ) -> BTreeMap<String, String> {
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    pub(in super::super) fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
        texts.map(str::to_owned).to_vec()
    }

    #[test]
    fn a_target_as_options() {
        let bake = BakeTarget {
            context: "app".to_owned(),
            dockerfile: Some("../Dockerfile.app".to_owned()),
            target: Some("run".to_owned()),
            args: BTreeMap::from([
                ("A".to_owned(), Some("a b".to_owned())),
                ("TOKEN".to_owned(), None),
            ]),
            contexts: pairs([
                ("acme/base:1", "target:base"),
                ("files", "files"),
                ("tools", "docker-image://tools:2"),
            ]),
            labels: pairs([("l", "v")]),
            annotations: texts(["manifest:k=v"]),
            cache_from: texts(["type=registry,ref=example.com/cache", "example.com/other"]),
            secret: texts(["id=a,src=a.txt", "id=b"]),
            network: Some("none".to_owned()),
            extra_hosts: pairs([("h", "192.0.2.1")]),
            no_cache: Some(true),
            ..BakeTarget::default()
        };
        let images = pairs([("base", "0123abcd")]);
        insta::assert_snapshot!(options(&bake, &texts(["acme/app:1"]), &images).join("\n"), @r"
        --layers=true
        --force-rm=true
        --pull=missing
        --format=oci
        --file=app/../Dockerfile.app
        --target=run
        --build-arg=A=a b
        --build-arg=TOKEN
        --build-context=acme/base:1=container-image://0123abcd
        --build-context=files=files
        --build-context=tools=docker-image://tools:2
        --tag=acme/app:1
        --label=l=v
        --annotation=k=v
        --secret=id=a,src=a.txt
        --secret=id=b,src=b
        --cache-from=example.com/cache
        --cache-from=example.com/other
        --no-cache=true
        --network=none
        --add-host=h:192.0.2.1
        ");
    }

    #[test]
    fn an_inline_dockerfile_is_read_from_standard_input() {
        let bake = BakeTarget {
            context: ".".to_owned(),
            dockerfile_inline: Some("FROM scratch".to_owned()),
            pull: Some(true),
            ..BakeTarget::default()
        };
        insta::assert_snapshot!(options(&bake, &[], &Images::new()).join("\n"), @r"
        --layers=true
        --force-rm=true
        --pull=newer
        --format=docker
        --file=-
        ");
    }

    /// A job that builds every target of a plan.
    pub(in super::super) fn with_job<T>(
        targets: Vec<Target>,
        ask: impl FnOnce(&Job<'_>) -> T,
    ) -> T {
        let indices: Vec<usize> = (0..targets.len()).collect();
        ask(&Job {
            plan: &Plan {
                targets,
                groups: Vec::new(),
            },
            targets: &indices,
            has_needs: true,
            request: &Request::default(),
            root: Path::new("."),
            stop: &AtomicBool::new(false),
        })
    }

    #[test]
    fn an_image_gets_the_names_that_others_know_it_by() {
        let base = BakeTarget {
            tags: texts(["base:1"]),
            ..BakeTarget::default()
        };
        let app = BakeTarget {
            contexts: pairs([
                ("base", "target:base"),
                ("base:1", "target:base"),
                ("example.com/base", "target:base"),
                ("other:1", "target:other"),
            ]),
            ..BakeTarget::default()
        };
        let targets = vec![target("base", base), target("app", app)];
        let own = |job: &Job<'_>| names(job, &job.plan.targets[0]);
        assert_eq!(
            with_job(targets.clone(), own),
            ["base:1", "example.com/base"]
        );
        let mut unnamed = targets;
        unnamed[0].bake.output = texts(["type=cacheonly"]);
        assert_eq!(with_job(unnamed, own), ["base:1", "example.com/base"]);
    }

    #[test]
    fn results_go_where_outputs_say() {
        let of = |output: &str| {
            let bake = BakeTarget {
                tags: texts(["a:1", "a:2"]),
                output: texts([output]),
                ..BakeTarget::default()
            };
            deliveries(&bake)
        };
        let pushes = texts(["a:1", "a:2"]).into_iter().map(Delivery::Push);
        let pushes: Vec<_> = pushes.collect();
        assert_eq!(of("type=registry"), pushes);
        assert_eq!(of("type=image,push=true"), pushes);
        assert_eq!(of("type=docker"), []);
        assert_eq!(of("type=cacheonly"), []);
        let export = |text: &str| vec![Delivery::Export(text.to_owned())];
        assert_eq!(of("type=local,dest=out"), export("type=local,dest=out"));
        assert_eq!(of("type=tar,dest=out.tar"), export("type=tar,dest=out.tar"));
        assert_eq!(of("out"), export("type=local,dest=out"));
    }
}
