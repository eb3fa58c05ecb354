//! `ambiguous-build-files`

use std::collections::BTreeMap;

use dockwright_environment::bake::{DEFAULT_FILES, Target, target_name};
use dockwright_environment::compose::FILE_NAMES;
use dockwright_environment::definition::{BuildDefinition, Origin};
use dockwright_environment::tree::EntryKind;
use dockwright_environment::{Environment, TreePath};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Severity};

rule! {
    /// There is a bake file beside a Compose file that bake reads too.
    ///
    /// ## What it does
    ///
    /// Looks for directories that hold a bake file and a Compose file, both under names that
    /// `docker buildx bake` looks for by itself. Without `-f` it reads all of them, and every service
    /// with a `build:` becomes a target. Reports a target that takes something over from a service of the
    /// same name as a warning, and everything else as information.
    ///
    /// ## Why is this bad?
    ///
    /// A service and a target with the same name are laid over one another: neither file says what is
    /// built. Other services become targets that the bake file does not know of.
    ///
    /// ## Example
    ///
    /// ```hcl docker-bake.hcl
    /// target "web" {
    ///   target = "release"
    /// }
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build:
    ///       context: .
    ///       target: dev
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS dev
    /// FROM dev AS release
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```hcl docker-bake.hcl
    /// target "web" {
    ///   target = "release"
    /// }
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: shop-web
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS dev
    /// FROM dev AS release
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: somebody must decide which of the files says how the images are built.
    ///
    /// ## References
    ///
    /// - Bake reference, "File lookup": compose.yaml, compose.yml, docker-compose.yml, docker-compose.yaml,
    ///   docker-bake.json, docker-bake.hcl and their overrides are read and merged when no file is given
    AmbiguousBuildFiles {
        name: "ambiguous-build-files",
        family: Graph,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for AmbiguousBuildFiles {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let mut services: BTreeMap<TreePath, Vec<&BuildDefinition>> = BTreeMap::new();
        for definition in &environment.definitions {
            let path = &environment.documents.get(definition.location.document).path;
            let is_service = matches!(definition.origin, Origin::Service { .. });
            if let (true, Some(directory)) = (
                is_service && FILE_NAMES.contains(&path.file_name()),
                path.parent(),
            ) {
                services.entry(directory).or_default().push(definition);
            }
        }
        for (directory, services) in services {
            let mut names = DEFAULT_FILES
                .iter()
                .filter(|name| !FILE_NAMES.contains(name));
            let bake = names.find(|name| has_file(environment, &directory, name));
            let (Some(bake), [first, ..]) = (bake, services.as_slice()) else {
                continue;
            };
            let targets = environment.bake.iter().flat_map(|project| &project.targets);
            let targets: Vec<&Target> = targets
                .filter(|target| {
                    let path = &environment.documents.get(target.location.document).path;
                    !target.is_service() && path.parent().as_ref() == Some(&directory)
                })
                .collect();
            let pair = services.iter().find_map(|service| {
                let name = target_name(&service.name);
                let target = targets.iter().find(|target| target.name == name)?;
                takes_over(environment, target).then_some((service, target))
            });
            let compose = &environment.documents.get(first.location.document).path;
            let finding = match pair {
                Some((service, target)) => {
                    let message = format!(
                        "`docker buildx bake` merges the service `{}` of `{compose}` into the target of the same name in `{bake}`",
                        service.name
                    );
                    Finding::new(self.metadata(), target.location, message)
                        .related(service.location, "this is laid under the target")
                }
                None => {
                    let message = format!(
                        "`docker buildx bake` reads `{compose}` beside `{bake}`, and makes targets of its services"
                    );
                    Finding::new(self.metadata(), first.location, message).severity(Severity::Info)
                }
            };
            findings.push(finding.help(format!(
                "call bake with `-f {bake}`, or build in one of the two files"
            )));
        }
    }
}

/// Whether something of a target stands in a Compose file.
fn takes_over(environment: &Environment, target: &Target) -> bool {
    let single = [
        &target.context,
        &target.dockerfile,
        &target.dockerfile_inline,
        &target.target,
        &target.pull,
        &target.no_cache,
        &target.network,
        &target.shm_size,
    ];
    let lists = [
        &target.tags,
        &target.platforms,
        &target.cache_from,
        &target.cache_to,
        &target.attest,
        &target.secret,
        &target.ssh,
        &target.output,
        &target.no_cache_filter,
        &target.ulimits,
    ];
    let pairs = [&target.args, &target.labels, &target.extra_hosts];
    let values = single.into_iter().flatten();
    let values = values.chain(lists.into_iter().flatten());
    let values = values.chain(pairs.into_iter().flatten().map(|pair| &pair.value));
    let mut values = values.chain(target.contexts.iter().map(|context| &context.value));
    values.any(|value| {
        let path = &environment.documents.get(value.location.document).path;
        path.file_name().ends_with(".yml") || path.file_name().ends_with(".yaml")
    })
}

fn has_file(environment: &Environment, directory: &TreePath, name: &str) -> bool {
    let entry = directory
        .join(name)
        .and_then(|path| environment.tree.entry(&path));
    entry.is_some_and(|entry| entry.kind != EntryKind::Directory)
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn files_that_bake_does_not_look_for_are_not_read() {
        let bake =
            "-- docker-bake.hcl --\ntarget \"web\" {}\n-- Dockerfile --\nFROM debian:trixie\n";
        let compose = "services:\n  web:\n    build: .\n";
        assert_eq!(
            audit(
                "ambiguous-build-files",
                &format!("{bake}-- compose.dev.yaml --\n{compose}")
            ),
            ""
        );
        assert_eq!(
            audit(
                "ambiguous-build-files",
                &format!("{bake}-- dev/compose.yaml --\n{compose}")
            ),
            ""
        );
    }

    #[test]
    fn a_service_becomes_a_target() {
        let files = "-- docker-bake.hcl --\ntarget \"release\" {}\n-- Dockerfile --\nFROM debian:trixie\n-- compose.yaml --\nservices:\n  web:\n    build: .\n";
        let output = audit("ambiguous-build-files", files);
        assert!(output.starts_with("info compose.yaml:3:"), "{output}");
    }

    #[test]
    fn a_target_that_says_all_of_it_takes_nothing_over() {
        let files = "-- docker-bake.hcl --\ntarget \"web\" {\n  context = \".\"\n  tags = [\"shop\"]\n}\n-- Dockerfile --\nFROM debian:trixie\n-- compose.yaml --\nservices:\n  web:\n    build: .\n    image: shop\n";
        let output = audit("ambiguous-build-files", files);
        assert!(output.starts_with("info compose.yaml:3:"), "{output}");
    }

    #[test]
    fn a_service_and_a_target_of_one_name_are_merged() {
        let files = "-- docker-bake.hcl --\ntarget \"web\" {}\n-- Dockerfile --\nFROM debian:trixie\n-- compose.yaml --\nservices:\n  web:\n    build: .\n";
        insta::assert_snapshot!(audit("ambiguous-build-files", files), @r#"
        warning docker-bake.hcl:1:9 `docker buildx bake` merges the service `web` of `compose.yaml` into the target of the same name in `docker-bake.hcl`
          compose.yaml:3:12 this is laid under the target
          help: call bake with `-f docker-bake.hcl`, or build in one of the two files
        "#);
    }
}
