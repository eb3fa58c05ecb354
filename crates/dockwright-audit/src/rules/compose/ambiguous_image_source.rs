//! `ambiguous-image-source`

use crate::compose_files::{ComposeFile, entry};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

rule! {
    /// There is a service that has both an image and a build, and does not say which of them is wanted.
    ///
    /// ## What it does
    ///
    /// Reports services with `image` and `build` and without `pull_policy`. It says so at low confidence: giving the
    /// image that is built a name is what the specification has both keys for.
    ///
    /// ## Why is this bad?
    ///
    /// Compose pulls the image where a registry has it, and builds it where none has. What runs then depends on the
    /// machine.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: acme/web:1
    ///     build: .
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: acme/web:1
    ///     build: .
    ///     pull_policy: build
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: which of them is wanted is not known.
    ///
    /// ## References
    ///
    /// - Compose Build specification, "Using build and image"
    AmbiguousImageSource {
        name: "ambiguous-image-source",
        family: Compose,
        severity: Info,
        fix: None,
        aliases: ["no-build-and-image"],
    }
}

impl Rule for AmbiguousImageSource {
    fn check_compose_file(&self, cx: Context<'_>, file: &ComposeFile, findings: &mut Vec<Finding>) {
        let settings = cx.compose_settings(file.document);
        for (name, service) in file.services() {
            let (Some((build, _)), Some((image, _))) =
                (entry(service, "build"), entry(service, "image"))
            else {
                continue;
            };
            let has_policy = service.get("pull_policy").is_some();
            if has_policy && !settings.ignores_pull_policy {
                continue;
            }
            let lacks = if has_policy {
                ""
            } else {
                ", and no `pull_policy`"
            };
            let message = format!("the service `{name}` has an image and a build{lacks}");
            let help = if settings.ignores_pull_policy {
                "keep one of the two"
            } else {
                "write `pull_policy: build`, or keep one of the two"
            };
            findings.push(
                Finding::new(self.metadata(), file.at(build.span()), message)
                    .confidence(Confidence::Low)
                    .related(file.at(image.span()), "the image")
                    .help(help),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn a_policy_says_which_is_wanted() {
        insta::assert_snapshot!(audit("ambiguous-image-source", "\
-- compose.yaml --
services:
  a: {image: a, build: .}
  b: {image: b, build: ., pull_policy: never}
  c: {image: c}
  d: {build: .}
"), @r#"
        info (low) compose.yaml:2:17 the service `a` has an image and a build, and no `pull_policy`
          compose.yaml:2:7 the image
          help: write `pull_policy: build`, or keep one of the two
        "#);
    }

    #[test]
    fn the_configuration_of_dclint_may_ask_for_one_of_the_two() {
        insta::assert_snapshot!(audit("ambiguous-image-source", "\
-- compose.yaml --
services:
  b: {image: b, build: ., pull_policy: never}
-- .dclintrc --
rules: {no-build-and-image: [2, {checkPullPolicy: false}]}
"), @r#"
        error (medium) compose.yaml:2:17 the service `b` has an image and a build
          compose.yaml:2:7 the image
          help: keep one of the two
        "#);
    }
}
