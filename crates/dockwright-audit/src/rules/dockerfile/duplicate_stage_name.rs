//! `duplicate-stage-name`

use std::collections::HashMap;

use dockwright_environment::{DockerfileDocument, Location};
use dockwright_syntax::Spanned;
use dockwright_syntax::dockerfile::InstructionKind;

use crate::Finding;
use crate::rule::{Context, Describe, Rule, rule};

rule! {
    /// There are two stages with the same name.
    ///
    /// ## What it does
    ///
    /// Compares the names behind `AS` as BuildKit does: without regard to case.
    ///
    /// ## Why is this bad?
    ///
    /// A name means the last stage before its use that has it; `--target` means the last of all. The
    /// others cannot be built any more, and a stage that is put in between changes what is built.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.24 AS build
    /// FROM node:22 AS build
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.24 AS build-server
    /// FROM node:22 AS build-client
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: which stage each use means must be decided.
    ///
    /// ## References
    ///
    /// - Build check `DuplicateStageName`
    /// - hadolint `DL3024`
    DuplicateStageName {
        name: "duplicate-stage-name",
        family: Dockerfile,
        severity: Warning,
        fix: None,
        aliases: ["DuplicateStageName", "DL3024"],
    }
}

impl Rule for DuplicateStageName {
    fn check_dockerfile(
        &self,
        _cx: Context<'_>,
        dockerfile: &DockerfileDocument,
        findings: &mut Vec<Finding>,
    ) {
        let mut seen: HashMap<String, Vec<&Spanned<String>>> = HashMap::new();
        let place = |span| Location::new(dockerfile.document, span);
        for instruction in &dockerfile.tree.instructions {
            let InstructionKind::From(from) = &instruction.kind else {
                continue;
            };
            let Some(alias) = &from.alias else {
                continue;
            };
            let earlier = seen.entry(alias.value.to_lowercase()).or_default();
            if let Some(first) = earlier.first() {
                let message = format!("another stage is called `{}` already", alias.value);
                let mut finding = Finding::new(self.metadata(), place(alias.span), message)
                    .related(place(first.span), "it has the name first")
                    .help("give each stage a name of its own");
                if !earlier.iter().any(|other| other.value == alias.value) {
                    // hadolint takes names in another case for others.
                    finding = finding.codes(&["DuplicateStageName"]);
                }
                findings.push(finding);
            }
            earlier.push(alias);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn case_does_not_make_another_name() {
        insta::assert_snapshot!(audit("duplicate-stage-name", "\
-- Dockerfile --
FROM debian:trixie AS build
FROM build AS Build
FROM build AS run
FROM run
FROM run
"), @r"
        warning Dockerfile:2:15 another stage is called `Build` already
          Dockerfile:1:23 it has the name first
          help: give each stage a name of its own
        ");
    }
}
