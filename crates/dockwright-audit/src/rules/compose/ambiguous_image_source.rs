//! `ambiguous-image-source`

use dockwright_syntax::Span;
use dockwright_syntax::yaml::Node;

use super::unordered_service_keys::place;
use crate::compose_files::{ComposeFile, entry};
use crate::dclint_configuration::usual_service_keys;
use crate::edits::yaml::{append, place_before};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix};

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
    /// `pull_policy: build` can be added, where the usual order of keys has it. This is unsafe: every `up` builds
    /// then, and nothing is pulled. There is no fix where the configuration of dclint asks for one of the two alone.
    ///
    /// ## References
    ///
    /// - Compose Build specification, "Using build and image"
    AmbiguousImageSource {
        name: "ambiguous-image-source",
        family: Compose,
        severity: Info,
        fix: Unsafe,
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
                    .help(help)
                    .fix(if has_policy {
                        None
                    } else {
                        built(cx, file, service)
                    }),
            );
        }
    }
}

/// Says that the image is built, in the usual order of a service's keys.
fn built(cx: Context<'_>, file: &ComposeFile, service: Node<'_>) -> Option<Fix> {
    const KEY: &str = "pull_policy";
    let settings = cx.compose_settings(file.document);
    if settings.ignores_pull_policy {
        return None;
    }
    let text = file.text(cx.environment);
    let usual = usual_service_keys();
    let order = settings.service_keys.as_ref().unwrap_or(&usual);
    let own = place(order, KEY);
    let mut keys = service.entries().map(|(key, _)| key);
    let behind = keys.position(|key| key.text().is_some_and(|key| place(order, key) > own));
    let start = behind.and_then(|index| place_before(text, &file.tree, service, index));
    let line = format!("{KEY}: build");
    let edit = match start {
        // A first key may stand behind something else.
        Some(start) if behind > Some(0) => {
            let (first, _) = service.entries().next()?;
            let start_of_line = text.get(..first.span().start as usize)?.rfind('\n')? + 1;
            let indentation = text.get(start_of_line..first.span().start as usize)?;
            (Span::at(start), format!("{indentation}{line}\n"))
        }
        _ => append(text, &file.tree, service, &line)?,
    };
    let fix = Fix::with_care(
        format!("write `{line}`"),
        "every `up` builds the image then, and none is pulled",
    );
    Some(file.edit(fix, [edit]))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

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
    fn the_policy_stands_where_the_usual_order_has_it() {
        insta::assert_snapshot!(fix("ambiguous-image-source", "\
-- compose.yaml --
services:
  a: {image: a, build: .}
  b:
    image: b
    build: .
    # why
    restart: always
  c:
    build: .
    image: c # ours
"), @r#"
        unsafe: write `pull_policy: build`, for every `up` builds the image then, and none is pulled
        unsafe: write `pull_policy: build`, for every `up` builds the image then, and none is pulled
        unsafe: write `pull_policy: build`, for every `up` builds the image then, and none is pulled
        -- compose.yaml --
        -  a: {image: a, build: .}
        +  a: {image: a, build: ., pull_policy: build}
        +    pull_policy: build
        +    pull_policy: build
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
