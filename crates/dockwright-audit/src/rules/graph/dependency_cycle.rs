//! `dependency-cycle`

use std::collections::BTreeSet;

use dockwright_environment::definition::{
    BuildDefinition, DefinitionId, DockerfileId, NamedContextSource,
};
use dockwright_environment::image_use::{Producer, User};
use dockwright_environment::{Environment, Location};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

rule! {
    /// There are images that need each other.
    ///
    /// ## What it does
    ///
    /// Follows `FROM`, `COPY --from`, `RUN --mount=from` and named contexts from image to image, and
    /// reports a way that leads back to where it began. Only builds that give exactly the name that is
    /// needed take part.
    ///
    /// ## Why is this bad?
    ///
    /// None of them can be built on a clean machine: each waits for another.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     build: base
    ///     image: shop-base
    ///   tools:
    ///     build: tools
    ///     image: shop-tools
    /// ```
    /// ```dockerfile base/Dockerfile
    /// FROM debian:trixie
    /// COPY --from=shop-tools /usr/bin/tool /usr/bin/tool
    /// ```
    /// ```dockerfile tools/Dockerfile
    /// FROM shop-base
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     build: base
    ///     image: shop-base
    ///   tools:
    ///     build: tools
    ///     image: shop-tools
    /// ```
    /// ```dockerfile base/Dockerfile
    /// FROM debian:trixie
    /// COPY --from=shop-tools /usr/bin/tool /usr/bin/tool
    /// ```
    /// ```dockerfile tools/Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: somebody must decide which image comes first.
    ///
    /// ## References
    ///
    /// - Dockerfile reference, `FROM` and `COPY --from`
    DependencyCycle {
        name: "dependency-cycle",
        family: Graph,
        severity: Error,
        fix: None,
        aliases: [],
    }
}

/// One definition needs another.
#[derive(Clone, Copy)]
struct Step {
    to: DefinitionId,
    location: Location,
    sure: bool,
}

impl Rule for DependencyCycle {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let mut told: BTreeSet<Vec<DockerfileId>> = BTreeSet::new();
        for circle in &environment.circles {
            let Some(way) = way(environment, circle) else {
                continue;
            };
            let definitions = || {
                way.iter()
                    .filter_map(|step| environment.definition(step.to))
            };
            let mut dockerfiles: Vec<DockerfileId> = definitions()
                .filter_map(BuildDefinition::dockerfile_id)
                .collect();
            dockerfiles.sort_unstable();
            let [first, rest @ ..] = way.as_slice() else {
                continue;
            };
            if !told.insert(dockerfiles) {
                continue;
            }
            let names: Vec<String> = definitions()
                .map(|definition| {
                    let tag = definition
                        .tags
                        .first()
                        .map_or(&definition.name, |tag| &tag.value.text);
                    format!("`{tag}`")
                })
                .collect();
            let message = match names.as_slice() {
                [name] => format!("the image {name} needs itself"),
                names => format!("the images {} need each other", names.join(", ")),
            };
            let mut finding = Finding::new(self.metadata(), first.location, message);
            if way.iter().any(|step| !step.sure) {
                finding = finding.confidence(Confidence::Medium);
            }
            for (step, name) in rest.iter().zip(names.iter().skip(1)) {
                finding = finding.related(step.location, format!("{name} is needed here"));
            }
            findings
                .push(finding.help("take what both need into an image, or a stage, of its own"));
        }
    }
}

/// A way through a circle that leads back to its beginning, by exact names alone.
fn way(environment: &Environment, circle: &[DefinitionId]) -> Option<Vec<Step>> {
    circle.iter().find_map(|start| {
        let mut seen = BTreeSet::new();
        let mut way: Vec<Step> = Vec::new();
        let mut pending = vec![steps(environment, *start, circle)];
        while let Some(next) = pending.last_mut() {
            let Some(step) = next.pop() else {
                pending.pop();
                way.pop();
                continue;
            };
            if step.to == *start {
                way.push(step);
                return Some(way);
            }
            if seen.insert(step.to) {
                way.push(step);
                pending.push(steps(environment, step.to, circle));
            }
        }
        None
    })
}

/// What a definition needs of a circle.
fn steps(environment: &Environment, id: DefinitionId, circle: &[DefinitionId]) -> Vec<Step> {
    let uses = environment.uses.iter().filter_map(|image_use| {
        let user = match image_use.user {
            User::Stage { stage, .. } => stage.definition,
            User::Definition(user) => user,
            User::Service { .. } | User::Command(_) | User::Document => return None,
        };
        let Producer::Definitions(ids) = &image_use.producer else {
            return None;
        };
        let [to] = ids.as_slice() else {
            return None;
        };
        // A tag that is not known, on either side, may be that of an earlier image.
        let Some(Ok(wanted)) = &image_use.reference else {
            return None;
        };
        let maker = environment.definition(*to)?;
        let is_named = maker
            .references()
            .any(|(_, own)| own.normalised() == wanted.normalised())
            || maker.tags.iter().all(|tag| tag.implicit);
        (user == id && is_named).then_some(Step {
            to: *to,
            location: image_use.value.location,
            sure: image_use.value.is_literal(),
        })
    });
    let contexts = environment
        .definition(id)
        .into_iter()
        .flat_map(|definition| &definition.contexts);
    let contexts = contexts.filter_map(|context| match &context.source {
        NamedContextSource::Definition(to) => Some(Step {
            to: *to,
            location: context.location,
            sure: true,
        }),
        _ => None,
    });
    uses.chain(contexts)
        .filter(|step| circle.contains(&step.to))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn the_next_version_may_start_from_the_last() {
        assert_eq!(
            audit(
                "dependency-cycle",
                "\
-- Dockerfile --
FROM shop:1
-- compose.yaml --
services:
  shop:
    build: .
    image: shop:2
"
            ),
            ""
        );
    }

    #[test]
    fn an_image_that_starts_from_itself() {
        insta::assert_snapshot!(audit("dependency-cycle", "\
-- Dockerfile --
FROM shop:1
-- compose.yaml --
services:
  shop:
    build: .
    image: shop:1
"), @r#"
        error Dockerfile:1:6 the image `shop:1` needs itself
          help: take what both need into an image, or a stage, of its own
        "#);
    }

    #[test]
    fn three_images_in_a_ring() {
        insta::assert_snapshot!(audit("dependency-cycle", "\
-- a/Dockerfile --
FROM shop-b
-- b/Dockerfile --
FROM shop-c
-- c/Dockerfile --
FROM shop-a
-- compose.yaml --
services:
  a: {build: a, image: shop-a}
  b: {build: b, image: shop-b}
  c: {build: c, image: shop-c}
"), @r#"
        error a/Dockerfile:1:6 the images `shop-b`, `shop-c`, `shop-a` need each other
          b/Dockerfile:1:6 `shop-c` is needed here
          c/Dockerfile:1:6 `shop-a` is needed here
          help: take what both need into an image, or a stage, of its own
        "#);
    }

    #[test]
    fn contexts_of_bake_may_lead_in_a_circle() {
        let output = audit(
            "dependency-cycle",
            "\
-- a/Dockerfile --
FROM b
-- b/Dockerfile --
FROM a
-- docker-bake.hcl --
target \"a\" {
  context = \"a\"
  contexts = { b = \"target:b\" }
}
target \"b\" {
  context = \"b\"
  contexts = { a = \"target:a\" }
}
",
        );
        assert!(output.starts_with("error docker-bake.hcl:"), "{output}");
    }
}
