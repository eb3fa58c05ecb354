//! `unread-variable`

use std::collections::{BTreeMap, HashSet};

use dockwright_environment::build::{Base, BindingKind, StageId};
use dockwright_environment::copies::CopyOrigin;
use dockwright_environment::packages::ManagerKind;
use dockwright_environment::reference::ImageReference;
use dockwright_environment::{Environment, Location};
use dockwright_syntax::dockerfile::InstructionKind;

use crate::mentions::Mentions;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, image_environment, image_scripts, well_known, words};

rule! {
    /// There is an environment variable that is set and that nothing reads.
    ///
    /// ## What it does
    ///
    /// Takes the variables that services of this repository's own images get from Compose, and those
    /// that its Dockerfiles set with `ENV`, and searches every program, script and configuration of
    /// the repository for their names: whatever their case and separators, and without a prefix too,
    /// since programs put names together. What a Dockerfile expands is read, and so is what a Compose
    /// file hands to a command as `$$NAME`.
    ///
    /// Variables of the system, of languages, frameworks and servers are known and left alone, and so
    /// are services whose programs come from elsewhere: from an image of somebody else, or by
    /// download. Where nothing in the repository reads any variable with the same beginning
    /// (`SHOP_…`), it is a hint with low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// Whoever sets it believes that it does something: a limit that does not limit, a log level that
    /// does not change.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   shop:
    ///     build: .
    ///     environment:
    ///       SHOP_ADDRESS: ":8080"
    ///       SHOP_LOGLEVEL: debug
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM python:3.13-slim
    /// COPY shop.py /
    /// CMD ["python", "/shop.py"]
    /// ```
    /// ```python shop.py
    /// import os
    /// print(os.environ["SHOP_ADDRESS"], os.environ["SHOP_VERBOSITY"])
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   shop:
    ///     build: .
    ///     environment:
    ///       SHOP_ADDRESS: ":8080"
    ///       SHOP_VERBOSITY: debug
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM python:3.13-slim
    /// COPY shop.py /
    /// CMD ["python", "/shop.py"]
    /// ```
    /// ```python shop.py
    /// import os
    /// print(os.environ["SHOP_ADDRESS"], os.environ["SHOP_VERBOSITY"])
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: whether the program should read the variable, or nobody should set it, is for somebody
    /// to decide.
    ///
    /// ## References
    ///
    /// - Compose specification: `environment`, interpolation
    UnreadVariable {
        name: "unread-variable",
        family: Arguments,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for UnreadVariable {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let set = set(cx.environment);
        let names: HashSet<&str> = set.keys().map(String::as_str).collect();
        let mentions = Mentions::search(cx.environment, &names);
        for (name, places) in &set {
            if mentions.of(name).read {
                continue;
            }
            let Some((first, others)) = places.split_first() else {
                continue;
            };
            let mut finding = Finding::new(
                self.metadata(),
                *first,
                format!("`{name}` is set, and nothing reads it"),
            );
            for other in others {
                finding = finding.related(*other, "and set here");
            }
            let confidence = if mentions.has_family(name) && !mentions.may_be_bound(name) {
                Confidence::Medium
            } else {
                Confidence::Low
            };
            findings.push(
                finding
                    .confidence(confidence)
                    .help("remove it, or correct its name where it is read"),
            );
        }
    }
}

/// The variables that are set for programs of the repository, with every place.
fn set(environment: &Environment) -> BTreeMap<String, Vec<Location>> {
    let mut found: BTreeMap<String, Vec<Location>> = BTreeMap::new();
    let mut add = |name: &str, location: Location| {
        if words::is_variable_name(name) && !well_known::is_well_known(name) {
            let places = found.entry(name.to_owned()).or_default();
            if !places.contains(&location) {
                places.push(location);
            }
        }
    };
    for (service, stage) in image_scripts::services(environment) {
        if is_own(environment, stage) {
            for entry in &service.environment {
                add(&entry.name.text, entry.location);
            }
        }
    }
    for dockerfile in &environment.dockerfiles {
        let Some(build) = environment.first_build(dockerfile.id) else {
            continue;
        };
        for (stage, bound) in build.stages.iter().enumerate() {
            let id = StageId {
                definition: build.definition,
                stage,
            };
            if !is_own(environment, id) {
                continue;
            }
            for binding in &bound.bindings {
                if binding.kind == BindingKind::Environment {
                    add(&binding.name, binding.location);
                }
            }
        }
    }
    found
}

/// Whether the programs of an image come from this repository, and from a distribution or language
/// whose variables are known.
fn is_own(environment: &Environment, id: StageId) -> bool {
    let mut seen = HashSet::new();
    let mut next = vec![id];
    let mut has_own = false;
    while let Some(id) = next.pop() {
        if !seen.insert(id) {
            continue;
        }
        for link in environment.chain_stages(id) {
            let Some(stage) = environment.stage(link) else {
                return false;
            };
            match &stage.base {
                Base::External(reference) if !is_plain(reference) => return false,
                Base::Unknown => return false,
                _ => {}
            }
            if downloads(environment, link) {
                return false;
            }
            for copy in environment.copies(link) {
                match copy.origin {
                    CopyOrigin::Context => has_own = true,
                    CopyOrigin::Stage(stage) => next.push(stage),
                    // It may be a program of somebody else.
                    CopyOrigin::Elsewhere => return false,
                }
            }
        }
    }
    has_own
}

/// Whether an image is a distribution or a language, with no program that runs by itself.
fn is_plain(reference: &ImageReference) -> bool {
    const SERVERS: &[&str] = &["nginx", "postgres"];
    !SERVERS.contains(&reference.familiar_name().as_str())
        && image_environment::sets(reference, "PATH").is_some()
}

/// Whether a stage gets programs from elsewhere that are no packages of the distribution.
fn downloads(environment: &Environment, id: StageId) -> bool {
    let text = &environment.documents.get(environment.document_of(id)).text;
    let mut instructions = environment.stage_instructions(id);
    instructions.any(|(at, instruction)| {
        let source = instruction.span.of(text);
        let fetches = match &instruction.kind {
            InstructionKind::Run(_) => source.contains("curl") || source.contains("wget"),
            InstructionKind::Add(_) => true,
            _ => return false,
        };
        let installs = || {
            let calls = environment.installations(id, at);
            let mut packages = calls
                .iter()
                .filter(|call| call.manager.kind == ManagerKind::Language)
                .flat_map(|call| &call.packages);
            packages.any(|package| !package.name.starts_with('.'))
        };
        source.contains("git clone") || fetches && source.contains("://") || installs()
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(files: &str) -> String {
        audit("unread-variable", files)
    }

    const APP: &str =
        "-- Dockerfile --\nFROM debian:trixie\nCOPY run.sh /\n-- run.sh --\necho $SHOP_A\n";

    #[test]
    fn the_same_name_in_several_places_is_one_finding() {
        insta::assert_snapshot!(check(&format!("{APP}\
-- compose.yaml --
services:
  a:
    build: .
    environment: [SHOP_A=1, SHOP_MODE=x, TZ=UTC]
  b:
    extends: a
  c:
    build: .
    environment:
      SHOP_MODE: ${{SHOP_MODE:-y}}
      OTHER_NAME: 1
")), @r#"
        warning (medium) compose.yaml:4:29 `SHOP_MODE` is set, and nothing reads it
          compose.yaml:10:7 and set here
          help: remove it, or correct its name where it is read
        warning (low) compose.yaml:11:7 `OTHER_NAME` is set, and nothing reads it
          help: remove it, or correct its name where it is read
        "#);
    }

    #[test]
    fn what_something_reads_is_left_alone() {
        for (name, reader) in [
            (
                "SHOP_LOG_LEVEL",
                "-- main.go --\nviper.SetEnvPrefix(\"shop\"); viper.Get(\"log-level\")\n",
            ),
            (
                "SHOP_MODE",
                "-- settings.py --\nclass Settings(BaseSettings):\n    shop_mode: str\n",
            ),
            (
                "SHOP_MODE",
                "-- nginx.conf.template --\nlisten ${SHOP_MODE};\n",
            ),
        ] {
            let compose = format!(
                "-- compose.yaml --\nservices:\n  a:\n    build: .\n    environment: [{name}=1]\n"
            );
            assert_eq!(check(&format!("{APP}{compose}{reader}")), "", "{name}");
        }
        let command = "-- compose.yaml --\nservices:\n  a:\n    build: .\n    environment: [SHOP_X=1]\n    command: sh -c 'echo $$SHOP_X'\n";
        assert_eq!(check(&format!("{APP}{command}")), "");
    }

    #[test]
    fn a_program_that_takes_every_variable_with_a_prefix_may_read_it() {
        let compose = "-- compose.yaml --\nservices:\n  a:\n    build: .\n    environment: [SHOP_SINK_S3_BUCKET=1]\n";
        let go = "-- main.go --\nviper.SetEnvPrefix(\"shop\"); viper.AutomaticEnv()\n";
        assert!(check(&format!("{APP}{compose}{go}")).starts_with("warning (low)"));
    }

    #[test]
    fn images_from_elsewhere_read_what_they_like() {
        let environment = "environment: [SHOP_X=1]\n";
        assert_eq!(
            check(&format!(
                "-- compose.yaml --\nservices:\n  a:\n    image: acme/shop\n    {environment}"
            )),
            ""
        );
        let own = format!("-- compose.yaml --\nservices:\n  a:\n    build: .\n    {environment}");
        for dockerfile in [
            "FROM acme/shop\nCOPY a /\n",
            "FROM debian:trixie\nCOPY a /\nRUN git clone https://example.com/shop\n",
            "FROM node:22\nCOPY a /\nRUN npm install -g shop\n",
        ] {
            assert_eq!(
                check(&format!(
                    "-- Dockerfile --\n{dockerfile}-- a --\nSHOP_Y\n{own}"
                )),
                "",
                "{dockerfile}"
            );
        }
    }
}
