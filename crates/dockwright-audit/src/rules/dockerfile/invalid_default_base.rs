//! `invalid-default-base`

use std::collections::HashMap;

use dockwright_environment::reference::ImageReference;
use dockwright_environment::{DockerfileDocument, Environment};
use dockwright_syntax::dockerfile::expand::{self, Template};
use dockwright_syntax::dockerfile::predefined::{PredefinedKind, predefined};
use dockwright_syntax::dockerfile::{Dockerfile, InstructionKind};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is a base image that has no name until a build argument is given.
    ///
    /// ## What it does
    ///
    /// Expands each `FROM` with the defaults of its arguments, whatever builds give, and reports one
    /// that is then no image name. Where every build that the repository declares gives the missing
    /// arguments, it is a hint of low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// `docker build .` fails, and so do tools that read the Dockerfile alone. A default also tells
    /// which base is meant.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// ARG TAG
    /// FROM debian:${TAG}
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// ARG TAG=trixie
    /// FROM debian:${TAG}
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: which default is right must be decided.
    ///
    /// ## References
    ///
    /// - Build check `InvalidDefaultArgInFrom`
    InvalidDefaultBase {
        name: "invalid-default-base",
        family: Dockerfile,
        severity: Warning,
        fix: None,
        aliases: ["InvalidDefaultArgInFrom"],
    }
}

impl Rule for InvalidDefaultBase {
    fn check_dockerfile(
        &self,
        cx: Context<'_>,
        dockerfile: &DockerfileDocument,
        findings: &mut Vec<Finding>,
    ) {
        let tree = &dockerfile.tree;
        let defaults = defaults(tree);
        for stage in StageView::all(cx.environment, dockerfile) {
            let Some(InstructionKind::From(from)) = stage.from().map(|from| &from.kind) else {
                continue;
            };
            let template = Template::parse(&from.image, tree.escape);
            let variables = template.variables();
            let image = template.evaluate(&mut |name| known(&defaults, name));
            if variables.is_empty()
                || image.error.is_some()
                || tree.stage_named(&image.value).is_some()
                || ImageReference::parse(&image.value).is_ok()
            {
                continue;
            }
            let names = variables
                .iter()
                .map(|variable| variable.name.value.as_str());
            let is_missing = |name: &&str| known(&defaults, name).is_none_or(|it| it.is_empty());
            let missing: Vec<&str> = names.filter(is_missing).collect();
            // `arg-out-of-scope` tells of a name that is declared nowhere.
            let is_declared = missing.iter().all(|name| defaults.contains_key(*name));
            let is_given = gives_all(cx.environment, dockerfile, &missing);
            let message = match image.value.as_str() {
                "" => "the base has no name with the defaults of its arguments".to_owned(),
                text => format!("`{text}`, with the defaults of its arguments, is no image name"),
            };
            let mut finding =
                Finding::new(self.metadata(), stage.location(from.image.span), message).confidence(
                    if is_declared && !is_given {
                        Confidence::Medium
                    } else {
                        Confidence::Low
                    },
                );
            if let Some(name) = missing.first() {
                finding = finding.help(format!("give `{name}` a default"));
            }
            findings.push(finding);
        }
    }
}

/// Whether some build is declared, and all that are give these arguments.
fn gives_all(environment: &Environment, dockerfile: &DockerfileDocument, names: &[&str]) -> bool {
    let all = environment.definitions_of(dockerfile.id);
    let mut declared = all.filter(|definition| definition.is_declared()).peekable();
    declared.peek().is_some()
        && declared.all(|definition| {
            let gives = |name: &&str| definition.arguments.iter().any(|it| it.name == *name);
            names.iter().all(gives)
        })
}

/// The arguments that a file declares for `FROM`, with their defaults.
fn defaults(tree: &Dockerfile) -> HashMap<String, Option<String>> {
    let mut defaults: HashMap<String, Option<String>> = HashMap::new();
    let globals = tree.global_instructions().iter();
    let assignments = globals.filter_map(|instruction| match &instruction.kind {
        InstructionKind::Arg(assignments) => Some(assignments),
        _ => None,
    });
    for assignment in assignments.flatten() {
        let value = assignment.value.as_ref().map(|value| {
            let mut lookup = |name: &str| known(&defaults, name);
            expand::expand(value, tree.escape, &mut lookup).value
        });
        defaults.insert(assignment.name.value.clone(), value);
    }
    defaults
}

/// What a name is without build arguments.
fn known(defaults: &HashMap<String, Option<String>>, name: &str) -> Option<String> {
    let default = defaults.get(name).cloned().flatten();
    default.or_else(|| platform(name).map(str::to_owned))
}

/// What BuildKit sets by itself; any platform will do.
fn platform(name: &str) -> Option<&'static str> {
    predefined(name).filter(|it| it.kind == PredefinedKind::Platform)?;
    Some(match name {
        "TARGETPLATFORM" | "BUILDPLATFORM" => "linux/amd64",
        "TARGETOS" | "BUILDOS" => "linux",
        "TARGETARCH" | "BUILDARCH" => "amd64",
        "TARGETSTAGE" => "default",
        _ => "",
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(dockerfile: &str) -> String {
        audit(
            "invalid-default-base",
            &format!("-- Dockerfile --\n{dockerfile}"),
        )
    }

    #[test]
    fn an_argument_needs_a_default_to_make_a_name() {
        insta::assert_snapshot!(check("\
ARG BASE
ARG TAG=\"1.0+dev\"
ARG OTHER=${TAG:+debian}
FROM $BASE AS a
FROM debian:$TAG AS b
FROM $OTHER AS c
FROM ${UNKNOWN} AS d
FROM os-$TARGETARCH AS e
FROM a AS f
"), @r"
        warning (medium) Dockerfile:4:6 the base has no name with the defaults of its arguments
          help: give `BASE` a default
        warning (medium) Dockerfile:5:6 `debian:1.0+dev`, with the defaults of its arguments, is no image name
        warning (low) Dockerfile:7:6 the base has no name with the defaults of its arguments
          help: give `UNKNOWN` a default
        ");
    }

    #[test]
    fn a_name_without_variables_is_another_matter() {
        assert_eq!(check("FROM Debian\n"), "");
        assert_eq!(check("ARG S=b\nFROM debian AS b_\nFROM ${S}_\n"), "");
    }

    #[test]
    fn what_every_build_gives_needs_no_default() {
        let files = "ARG TAG\nFROM debian:$TAG\n-- compose.yaml --\nservices:\n  a:\n    build:\n      context: .\n      args:\n        TAG: trixie\n";
        assert!(check(files).contains("(low)"));
    }
}
