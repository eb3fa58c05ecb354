//! What `podman build` and `buildah build` have no options for.
//!
//! Facts: the manual pages `podman-build(1)` and `buildah-build(1)`. Builds for several platforms
//! are left out because the cache mixes platforms up where an image starts from scratch: buildah 1.39
//! puts a single image in the list for two.

use dockwright_environment::reference::ImageReference;

use super::command::{cache_reference, export, field};
use crate::bake::BakeTarget;
use crate::engine::Job;

/// What of a job the program cannot do, a sentence each.
pub(super) fn cannot(job: &Job<'_>, program: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    if job.request.builder.is_some() {
        sentences.push(format!(
            "{program} has no builders: `--builder` is for buildx"
        ));
    }
    for index in job.plan.closure(job.targets) {
        let Some(target) = job.plan.targets.get(index) else {
            continue;
        };
        let mut cannot = cannot_build(&target.bake);
        // What is only needed goes nowhere.
        if job.targets.contains(&index) {
            cannot.extend(cannot_deliver(&target.bake));
        }
        let cannot = cannot.iter();
        sentences.extend(
            cannot.map(|what| format!("target `{}`: {program} cannot {what}", target.name)),
        );
    }
    sentences
}

fn cannot_build(bake: &BakeTarget) -> Vec<String> {
    let mut cannot = Vec::new();
    if bake.platforms.len() > 1 {
        cannot.push("build for several platforms at once".to_owned());
    }
    if let Some(call) = bake.call.as_deref().filter(|call| *call != "build") {
        cannot.push(format!("answer the call `{call}`"));
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
    cannot
}

fn cannot_deliver(bake: &BakeTarget) -> Vec<String> {
    let mut cannot = Vec::new();
    if bake
        .attest
        .iter()
        .any(|it| field(it, "disabled") != Some("true"))
    {
        cannot.push("attest provenance or a bill of materials".to_owned());
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

#[cfg(test)]
mod tests {
    use super::super::command::tests::{pairs, target, texts, with_job};
    use super::*;

    #[test]
    fn what_the_program_cannot_do_is_said() {
        let bake = BakeTarget {
            context: "target:base".to_owned(),
            contexts: pairs([("layout", "oci-layout://layout")]),
            annotations: texts(["a=b:c", "manifest:a=b", "index:a=b"]),
            platforms: texts(["linux/amd64", "linux/arm64"]),
            attest: texts(["type=sbom,disabled=true", "type=provenance"]),
            cache_from: texts([
                "type=gha",
                "type=registry,ref=example.com/a:1",
                "example.com/a",
            ]),
            cache_to: texts(["type=inline"]),
            output: texts([
                "type=oci,dest=a.tar",
                "type=docker",
                "-",
                "type=image,name=b",
            ]),
            no_cache_filter: texts(["stage"]),
            entitlements: texts(["network.host", "security.insecure"]),
            ..BakeTarget::default()
        };
        let told = with_job(vec![target("app", bake)], |job| cannot(job, "podman"));
        insta::assert_snapshot!(told.join("\n"), @r"
        target `app`: podman cannot build for several platforms at once
        target `app`: podman cannot leave the cache unused for some stages only
        target `app`: podman cannot give steps the privilege `security.insecure`
        target `app`: podman cannot use the cache `type=gha`, only one in a registry
        target `app`: podman cannot keep a cache under a tag, only in a repository: `type=registry,ref=example.com/a:1` has the tag `1`
        target `app`: podman cannot use the cache `type=inline`, only one in a registry
        target `app`: podman cannot annotate anything but the manifest: `index:a=b`
        target `app`: podman cannot take the context `layout` from an OCI layout
        target `app`: podman cannot build in the context `target:base`, an image
        target `app`: podman cannot attest provenance or a bill of materials
        target `app`: podman cannot write the output `type=oci,dest=a.tar`
        target `app`: podman cannot write the output `-`
        target `app`: podman cannot write the output `type=image,name=b`
        ");
    }
}
