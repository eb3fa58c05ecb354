//! `unbuilt-image`

use std::collections::HashMap;

use dockwright_environment::Environment;
use dockwright_environment::definition::DefinitionId;
use dockwright_environment::image_use::{ImageUse, Producer};

use crate::edits::tag::retag;
use crate::images::{MANY, builder, is_fixture, is_pullable, is_test, tags_of};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix};

rule! {
    /// There is an image of this repository that is used, and that nothing builds.
    ///
    /// ## What it does
    ///
    /// Looks at every image that `FROM`, `COPY --from`, `RUN --mount=from` or a service names. If the
    /// name belongs to this repository – a build definition gives it to an image under another tag,
    /// or it is an unqualified name that is no official image, so that no registry can have it – some
    /// build definition has to produce exactly that tag. A name that a script or document is seen to
    /// build or tag is left alone; a name with a namespace, of which other tags are built, is only a
    /// hint, since it may be an earlier release.
    ///
    /// ## Why is this bad?
    ///
    /// The build works for the person who once built the image by hand, and for nobody else. On a
    /// clean machine the engine tries to pull the name and fails.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     build: .
    ///     image: shop-base:1.0
    ///   tests:
    ///     image: shop-base:latest
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     build: .
    ///     image: shop-base:1.0
    ///   tests:
    ///     image: shop-base:1.0
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Where one definition builds the name under another tag, the use can be given that tag. This is
    /// unsafe: the tag may be meant, and the build of it missing.
    ///
    /// ## References
    ///
    /// - Docker Official Images: the only images that may be named without a namespace
    UnbuiltImage {
        name: "unbuilt-image",
        family: Graph,
        severity: Error,
        fix: Unsafe,
        aliases: [],
    }
}

impl Rule for UnbuiltImage {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let mut by_hand: HashMap<(&str, &str), bool> = HashMap::new();
        let mut unsure: HashMap<&str, UnsureName> = HashMap::new();
        for image_use in &environment.uses {
            let name = image_use.value.text.as_str();
            let written = environment.documents.text(image_use.value.location);
            let mut is_made_by_hand = || {
                *by_hand
                    .entry((name, written))
                    .or_insert_with(|| is_made_by_hand(environment, name, written))
            };
            let finding = match &image_use.producer {
                Producer::OtherTag(ids) => self.other_tag(environment, image_use, ids),
                Producer::Undeclared(ids) if !is_made_by_hand() => {
                    Some(self.undeclared(environment, image_use, ids))
                }
                Producer::Nobody if !is_made_by_hand() => Some(self.nobody(image_use)),
                _ => None,
            };
            let Some(finding) = finding else {
                continue;
            };
            let unsure = unsure
                .entry(name)
                .or_insert_with(|| UnsureName::of(environment, name));
            findings.push(if is_unsure(environment, image_use, unsure) {
                finding.confidence(Confidence::Low)
            } else {
                finding
            });
        }
    }
}

impl UnbuiltImage {
    fn finding(&self, image_use: &ImageUse, message: String) -> Finding {
        Finding::new(self.metadata(), image_use.value.location, message)
    }

    fn other_tag(
        &self,
        environment: &Environment,
        image_use: &ImageUse,
        ids: &[DefinitionId],
    ) -> Option<Finding> {
        let Some(Ok(reference)) = &image_use.reference else {
            return None;
        };
        let name = &image_use.value.text;
        let message = format!("nothing builds `{name}`, only other tags of it");
        let mut finding = self.finding(image_use, message);
        let built = tags_of(environment, ids)
            .filter(|(_, _, other)| other.repository() == reference.repository());
        for (definition, tag, _) in built.take(MANY) {
            let label = format!("{} builds `{}`", builder(definition), tag.value.text);
            finding = finding.related(tag.value.location, label);
        }
        if is_pullable(reference) {
            // An earlier release of the same image is often meant.
            finding = finding.confidence(Confidence::Low);
        }
        let mut tags = tags_of(environment, ids).filter_map(|(_, _, other)| {
            let is_same = other.repository() == reference.repository();
            other.effective_tag().filter(|_| is_same)
        });
        let first = tags.next();
        let tag = first.filter(|first| tags.all(|other| other == *first));
        let fix = tag.and_then(|tag| {
            let title = format!("use the tag `{tag}`, which is built");
            let fix = Fix::with_care(
                title,
                "an image of the other tag may be meant, which is to be built",
            );
            retag(environment, image_use, tag, fix)
        });
        let finding = finding.fix(fix);
        Some(finding.help("use a tag that is built, or build this one"))
    }

    fn undeclared(
        &self,
        environment: &Environment,
        image_use: &ImageUse,
        ids: &[DefinitionId],
    ) -> Finding {
        let name = &image_use.value.text;
        let message = format!("no build definition builds `{name}`");
        let mut finding = self
            .finding(image_use, message)
            .confidence(Confidence::Medium);
        for id in ids {
            if let Some(definition) = environment.definition(*id) {
                finding = finding.related(definition.location, "this looks like its Dockerfile");
            }
        }
        finding.help(format!(
            "declare its build under the name `{name}` in a Compose or bake file"
        ))
    }

    fn nobody(&self, image_use: &ImageUse) -> Finding {
        let name = &image_use.value.text;
        let message = format!("nothing builds `{name}`, and no registry can have it");
        self.finding(image_use, message)
            .confidence(Confidence::Medium)
            .label("an unqualified name that is no official image")
            .help("declare its build, or give the name of the registry and namespace it comes from")
    }
}

/// Why a name may be no image that is missing.
struct UnsureName {
    /// A stage of some Dockerfile has it.
    is_stage: bool,
    /// A script may put it together.
    is_put_together: bool,
}

impl UnsureName {
    fn of(environment: &Environment, name: &str) -> Self {
        let mut dockerfiles = environment.dockerfiles.iter();
        Self {
            is_stage: dockerfiles.any(|dockerfile| dockerfile.tree.stage_named(name).is_some()),
            is_put_together: is_put_together(environment, name),
        }
    }
}

/// Whether a program may build the image, or the name is no image at all: in a test, or where
/// Dockerfiles are put together from parts.
fn is_unsure(environment: &Environment, image_use: &ImageUse, name: &UnsureName) -> bool {
    let location = image_use.value.location;
    let in_test = is_test(environment, location);
    let named = matches!(
        image_use.producer,
        Producer::Nobody | Producer::Undeclared(_)
    );
    is_fixture(environment, location) || named && (in_test || name.is_stage) || name.is_put_together
}

/// Whether a script builds images whose names it puts together, and this may be one of them:
/// `-t "shop-$part:$tag"` makes `shop-base:1.0`.
fn is_put_together(environment: &Environment, name: &str) -> bool {
    let fits = |word: &str| {
        let start = word.trim_start_matches(['"', '\'', '=']).split_once('$');
        start.is_some_and(|(start, _)| {
            start.len() > 3
                && start.ends_with('-')
                && !start.contains(':')
                && name.starts_with(start)
        })
    };
    let is_build = |line: &&str| line.contains(" build ") && !line.trim_start().starts_with('#');
    environment.text_files().iter().any(|file| {
        let mut lines = file.text.lines().filter(is_build);
        lines.any(|line| {
            let words = line.split_whitespace().zip(line.split_whitespace().skip(1));
            words
                .filter(|(option, _)| matches!(*option, "-t" | "--tag"))
                .any(|(_, word)| fits(word))
        })
    })
}

/// Whether some text of the repository names the image in a way that is not read as a build
/// definition: a script in any line, any other file in one that builds or tags.
fn is_made_by_hand(environment: &Environment, name: &str, written: &str) -> bool {
    // A script may put the name together from the same parts.
    let parts = || {
        let (start, _) = written.split_once('$')?;
        (start.len() > 5).then(|| format!("{start}$"))
    };
    is_named_by_hand(environment, name)
        || parts().is_some_and(|start| is_named_by_hand(environment, &start))
}

fn is_named_by_hand(environment: &Environment, name: &str) -> bool {
    const MAKERS: [&str; 8] = [
        "build", "tag", "commit", "load", "import", "podman", "-t ", "--name",
    ];
    const SCRIPTS: [&str; 10] = [
        ".sh", ".bash", ".py", ".rb", ".js", ".ts", ".go", ".ps1", ".mk", "akefile",
    ];
    environment.text_files().iter().any(|file| {
        let is_script = SCRIPTS
            .iter()
            .any(|end| file.path.file_name().ends_with(end))
            || file.text.starts_with("#!");
        file.lines_with(name).any(|line| {
            let is_use = ["FROM ", "image:", "COPY "]
                .iter()
                .any(|start| line.trim_start().starts_with(start));
            let is_run = line.contains("docker run") || line.contains("docker pull");
            !is_use && (is_script && !is_run || MAKERS.iter().any(|maker| line.contains(maker)))
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn an_image_from_elsewhere_is_not_ours_to_build() {
        let files = "-- Dockerfile --\nFROM golang:1.24 AS build\nFROM acme/base\nCOPY --from=build /a /a\n";
        assert_eq!(audit("unbuilt-image", files), "");
    }

    #[test]
    fn a_dockerfile_that_looks_like_it_is_named() {
        insta::assert_snapshot!(audit("unbuilt-image", "\
-- docker/Dockerfile.worker --
FROM debian:trixie
-- compose.yaml --
services:
  worker:
    image: shop-worker
"), @r#"
        error (medium) compose.yaml:3:12 no build definition builds `shop-worker`
          docker/Dockerfile.worker:1:1 this looks like its Dockerfile
          help: declare its build under the name `shop-worker` in a Compose or bake file
        "#);
    }

    #[test]
    fn a_name_that_a_script_tags_is_built() {
        let files = "-- compose.yaml --\nservices:\n  web:\n    image: shop-web:${TAG:-1}\n-- x.sh --\ndocker tag abc shop-web:1\n";
        assert_eq!(audit("unbuilt-image", files), "");
    }

    #[test]
    fn a_script_that_builds_names_with_the_same_beginning_makes_it_unsure() {
        let files = "-- Dockerfile --\nFROM shop-base:1.0\n-- build.sh --\ndocker build -t \"shop-$part:$tag\" $part\n";
        assert!(audit("unbuilt-image", files).starts_with("error (low)"));
        let other = files.replace("shop-$part", "web-$part");
        assert!(audit("unbuilt-image", &other).starts_with("error (medium)"));
    }

    #[test]
    fn a_name_that_a_script_puts_together_is_built() {
        let files = "-- Dockerfile --\nARG OS=focal\nFROM shop-slim-${OS}-py3\n-- bin/shell --\n#!/bin/sh\nimage=\"shop-slim-${OS}-py3\"\n";
        assert_eq!(audit("unbuilt-image", files), "");
    }

    #[test]
    fn an_earlier_release_of_an_own_image_is_a_hint() {
        insta::assert_snapshot!(audit("unbuilt-image", "\
-- Dockerfile --
FROM acme/tool:1.0 AS previous
-- compose.yaml --
services:
  tool:
    build: .
    image: acme/tool:dev
"), @"");
    }

    #[test]
    fn the_tag_that_is_built_may_be_meant() {
        insta::assert_snapshot!(fix("unbuilt-image", "\
-- compose.yaml --
services:
  base:
    build: .
    image: shop-base:1.0
  tests:
    image: shop-base:2.0
-- Dockerfile --
FROM debian:trixie
"), @r#"
        unsafe: use the tag `1.0`, which is built, for an image of the other tag may be meant, which is to be built
        -- compose.yaml --
        -    image: shop-base:2.0
        +    image: shop-base:1.0
        "#);
    }
}
