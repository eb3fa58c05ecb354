//! `build-tools-in-final-stage`

use dockwright_environment::Location;
use dockwright_syntax::Span;

use crate::build_tools::{self, BuildPackage};
use crate::images::MANY;
use crate::reads::list;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There are packages to build with in an image that ships.
    ///
    /// ## What it does
    ///
    /// Looks for compilers, build tools and development packages among what the package manager of the
    /// distribution installs in an image that ships, and in the images of the repository that it starts
    /// from. Says so where it is seen what they are for: a step compiles, or installs packages of a
    /// programming language that may have extensions to compile. Otherwise the image may need them
    /// when it runs, and the confidence is low.
    ///
    /// What the same step removes again is not in the image, while what a later step removes still is.
    /// Images to develop, test or build with are left out. What a stage installs and compiles with by
    /// itself is reported as `single-stage-build`.
    ///
    /// ## Why is this bad?
    ///
    /// Compilers and headers are pulled with every deployment, have to be kept free of vulnerabilities,
    /// and are at hand for whoever gets in.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM python:3.13-slim
    /// RUN apt-get update && apt-get install -y gcc libpq-dev && rm -rf /var/lib/apt/lists/*
    /// COPY requirements.txt .
    /// RUN pip install -r requirements.txt
    /// CMD ["python", "shop.py"]
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM python:3.13-slim AS build
    /// RUN apt-get update && apt-get install -y gcc libpq-dev
    /// COPY requirements.txt .
    /// RUN pip install --prefix=/install -r requirements.txt
    ///
    /// FROM python:3.13-slim
    /// RUN apt-get update && apt-get install -y libpq5 && rm -rf /var/lib/apt/lists/*
    /// COPY --from=build /install /usr/local
    /// CMD ["python", "shop.py"]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// There is no fix: which of the tools and development packages the program needs at run time, and which
    /// libraries have to be installed in their place, is not in the Dockerfile.
    ///
    /// ## References
    ///
    /// - Docker documentation: "Multi-stage builds"; "Building best practices", "Don't install
    ///   unnecessary packages"
    BuildToolsInFinalStage {
        name: "build-tools-in-final-stage",
        family: Content,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for BuildToolsInFinalStage {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        if !cx.roles().is_product(stage) {
            return;
        }
        let packages = build_tools::build_packages(cx, stage);
        if packages.is_empty() {
            return;
        }
        let is_own = |package: &&BuildPackage| package.stage.dockerfile.id == stage.dockerfile.id;
        let own: Vec<&BuildPackage> = packages.iter().filter(is_own).collect();
        let uses = uses(cx, stage);
        let compiles_itself = uses.iter().any(|one| one.compiles);
        let packages: Vec<&BuildPackage> = if own.is_empty() {
            packages.iter().collect()
        } else if compiles_itself {
            return;
        } else {
            own
        };
        let words = cx.environment.configuration(stage.id).command_line();
        if build_tools::needs_toolchain(&words) {
            return;
        }
        // What is installed after everything that could compile serves something else.
        let first = packages.first().map_or(0, |package| package.at);
        let purpose = uses.iter().find(|one| {
            packages
                .iter()
                .any(|package| package.stage.dockerfile.id != one.stage.dockerfile.id)
                || one.at >= first
        });
        findings.extend(self.report(stage, &packages, purpose, words.is_empty()));
    }
}

impl BuildToolsInFinalStage {
    fn report(
        &self,
        stage: StageView<'_>,
        packages: &[&BuildPackage<'_>],
        purpose: Option<&Use<'_>>,
        is_idle: bool,
    ) -> Option<Finding> {
        let first = packages.first()?;
        let is_inherited = first.stage.dockerfile.id != stage.dockerfile.id;
        let mut names: Vec<String> = Vec::new();
        for package in packages {
            let name = format!("`{}`", package.name);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if let [_, _, _, _, ..] = names.as_slice() {
            let more = names.len() - 3;
            names.truncate(3);
            names.push(format!("{more} more"));
        }
        let is_one = names.len() == 1;
        let (are, verb) = match (is_inherited, is_one) {
            (true, true) => ("is there to build with, and comes", "with the base"),
            (true, false) => ("are there to build with, and come", "with the base"),
            (false, true) => ("is there to build with, and stays", "in the image"),
            (false, false) => ("are there to build with, and stay", "in the image"),
        };
        let message = format!("{} {are} {verb}", list(&names));
        let location: Location = if is_inherited {
            stage.stage.base_value.location
        } else {
            first.stage.location(first.span)
        };
        let mut finding = Finding::new(self.metadata(), location, message).help(
            "build in a stage of its own, and let the one that ships have the libraries alone",
        );
        if is_inherited {
            for package in packages.iter().take(MANY) {
                finding = finding.related(package.stage.location(package.span), "installed here");
            }
        }
        Some(match purpose {
            Some(purpose) if !is_idle => finding
                .related(
                    purpose.stage.location(purpose.span),
                    format!("`{}` is what needs it", purpose.name),
                )
                .confidence(Confidence::Medium),
            _ => finding.confidence(Confidence::Low),
        })
    }
}

/// A step that build tools may be there for.
struct Use<'a> {
    stage: StageView<'a>,
    at: usize,
    name: String,
    span: Span,
    /// Whether it is sure to compile.
    compiles: bool,
}

/// The steps of an image's own Dockerfile that build tools may be there for, in order.
fn uses<'a>(cx: Context<'_>, stage: StageView<'a>) -> Vec<Use<'a>> {
    let mut uses = Vec::new();
    let own = stage
        .chain()
        .filter(|link| link.dockerfile.id == stage.dockerfile.id);
    for link in own {
        let compilations = build_tools::compilations(cx, link).into_iter();
        uses.extend(compilations.map(|found| Use {
            stage: link,
            at: found.at,
            name: found.command,
            span: found.span,
            compiles: true,
        }));
        for step in cx.steps(link) {
            if let Some((name, span)) = build_tools::extension_install(step) {
                uses.push(Use {
                    stage: link,
                    at: step.at,
                    name,
                    span,
                    compiles: false,
                });
            }
        }
    }
    uses.sort_by_key(|one| (one.at, !one.compiles));
    uses
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(dockerfile: &str) -> String {
        audit(
            "build-tools-in-final-stage",
            &format!("-- Dockerfile --\n{dockerfile}CMD [\"/app\"]\n"),
        )
    }

    #[test]
    fn a_base_may_bring_them() {
        insta::assert_snapshot!(audit("build-tools-in-final-stage", "\
-- compose.yaml --
services:
  base: {image: shop-base, build: base, profiles: [dev]}
  app: {build: app}
-- base/Dockerfile --
FROM debian:trixie
RUN apt-get update && apt-get install -y build-essential git golang-go libfuse3-dev
-- app/Dockerfile --
FROM shop-base
RUN go build -o /app .
CMD [\"/app\"]
"), @r"
        warning (medium) app/Dockerfile:1:6 `build-essential`, `golang-go` and `libfuse3-dev` are there to build with, and come with the base
          base/Dockerfile:2:42 installed here
          base/Dockerfile:2:62 installed here
          base/Dockerfile:2:72 installed here
          app/Dockerfile:2:5 `go build` is what needs it
          help: build in a stage of its own, and let the one that ships have the libraries alone
        ");
    }

    #[test]
    fn every_distribution_has_its_names() {
        for install in [
            "apk add build-base",
            "dnf install -y gcc-c++",
            "zypper install -y patterns-devel-base",
            "pacman -S --noconfirm base-devel",
        ] {
            let output = check(&format!("FROM any/image\nRUN {install}\nRUN npm ci\n"));
            assert!(
                output.starts_with("warning (medium) Dockerfile:2"),
                "{install}: {output}"
            );
        }
    }

    #[test]
    fn nothing_is_said_of_what_is_not_there_or_serves_something_else() {
        for body in [
            "FROM alpine:3\nRUN apk add -t .d gcc && pip install x && apk del .d\n",
            "FROM debian:13\nRUN apt-get install -y curl ca-certificates\nRUN npm ci\n",
        ] {
            assert_eq!(check(body), "", "{body}");
        }
        for body in [
            "FROM debian:13\nRUN apt-get install -y gcc\n",
            "FROM debian:13\nRUN npm ci\nRUN apt-get install -y gcc\n",
        ] {
            assert!(check(body).starts_with("warning (low)"), "{body}");
        }
    }
}
