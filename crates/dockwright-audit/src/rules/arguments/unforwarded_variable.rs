//! `unforwarded-variable`

use std::collections::{BTreeMap, HashMap, HashSet};

use dockwright_environment::build::StageId;
use dockwright_environment::{Environment, Location, compose};

use crate::documented::{self, Documented};
use crate::mentions::Mentions;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{
    Confidence, Finding, Metadata, Severity, image_scripts, script_variables, well_known, words,
};

rule! {
    /// There is a documented variable that no service hands on.
    ///
    /// ## What it does
    ///
    /// Collects the environment variables that documents describe: in the first column of Markdown
    /// tables, in examples of environment files, and in the help texts of scripts. Follows each image
    /// of the repository to the scripts it runs, and those to the variables they take from their
    /// environment. Reports a documented variable that such a script takes, if services run the image
    /// and none of them passes it: as information where the script goes on without it. Also reports
    /// one that stands in a table with variables of the Compose files, and that nothing passes or
    /// reads at all.
    ///
    /// A variable that the image sets, or that some command passes with `-e`, is left alone.
    ///
    /// ## Why is this bad?
    ///
    /// Whoever follows the document sets the variable, and nothing happens: a container gets the
    /// variables that its service names, not those of the shell.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   tests:
    ///     build: .
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY run.sh /run.sh
    /// ENTRYPOINT ["/run.sh"]
    /// ```
    /// ```sh run.sh
    /// timeout "${SHOP_TIMEOUT:-5m}" make test
    /// ```
    /// ```markdown README.md
    /// | variable | meaning |
    /// |---|---|
    /// | `SHOP_TIMEOUT` | time limit of the tests |
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   tests:
    ///     build: .
    ///     environment:
    ///       SHOP_TIMEOUT: ${SHOP_TIMEOUT:-5m}
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY run.sh /run.sh
    /// ENTRYPOINT ["/run.sh"]
    /// ```
    /// ```sh run.sh
    /// timeout "${SHOP_TIMEOUT:-5m}" make test
    /// ```
    /// ```markdown README.md
    /// | variable | meaning |
    /// |---|---|
    /// | `SHOP_TIMEOUT` | time limit of the tests |
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: the document may promise too much, or the service pass too little.
    ///
    /// ## References
    ///
    /// - Compose specification: `environment`
    UnforwardedVariable {
        name: "unforwarded-variable",
        family: Arguments,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

/// A variable that scripts of images take.
#[derive(Default)]
struct Taken {
    reads: Vec<Location>,
    is_required: bool,
    services: Vec<Location>,
    /// Whether some service or image sets it, or may do so.
    is_passed: bool,
}

impl Rule for UnforwardedVariable {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        if environment.compose.is_empty() {
            return;
        }
        let mut documented: BTreeMap<String, Vec<Documented>> = BTreeMap::new();
        for one in documented::variables(environment) {
            documented.entry(one.name.clone()).or_default().push(one);
        }
        documented.retain(|name, _| !well_known::is_well_known(name));
        let taken = taken(environment);
        let typed = typed(environment, &documented);
        for (name, places) in &documented {
            if let Some(taken) = taken
                .get(name)
                .filter(|taken| !taken.is_passed && !typed.contains(name.as_str()))
            {
                findings.extend(not_passed(self.metadata(), name, places, taken));
            }
        }
        self.check_unknown(environment, &documented, &taken, findings);
    }
}

fn not_passed(
    rule: &'static Metadata,
    name: &str,
    places: &[Documented],
    taken: &Taken,
) -> Option<Finding> {
    let (first, others) = places.split_first()?;
    let message =
        format!("`{name}` is documented, but no service passes it to the script that takes it");
    let mut finding = Finding::new(rule, first.location, message).confidence(Confidence::Medium);
    if !taken.is_required {
        finding = finding.severity(Severity::Info);
    }
    for other in others {
        finding = finding.related(other.location, "and documented here");
    }
    for read in &taken.reads {
        finding = finding.related(*read, "takes it");
    }
    for service in &taken.services {
        finding = finding.related(*service, "runs the script without it");
    }
    Some(finding.help(format!("pass it on in `environment:` of the service, as `{name}: ${{{name}:-}}` with the script's default")))
}

impl UnforwardedVariable {
    /// Variables that stand beside those of Compose, and that nothing knows.
    fn check_unknown(
        &self,
        environment: &Environment,
        documented: &BTreeMap<String, Vec<Documented>>,
        taken: &HashMap<String, Taken>,
        findings: &mut Vec<Finding>,
    ) {
        let passed = passed(environment);
        let is_unknown = |name: &str| !passed.contains(name) && !taken.contains_key(name);
        let names: HashSet<&str> = documented.keys().map(String::as_str).collect();
        if !names.iter().any(|name| is_unknown(name)) {
            return;
        }
        let mentions = Mentions::search(environment, &names);
        // The tables that hold a variable which Compose files interpolate or pass.
        let tables: HashSet<_> = documented
            .iter()
            .filter(|(name, _)| passed.contains(name.as_str()) || mentions.of(name).interpolated)
            .flat_map(|(_, places)| places)
            .filter_map(|place| Some((place.location.document, place.table?)))
            .collect();
        for (name, places) in documented {
            let mention = mentions.of(name);
            if !is_unknown(name) || mention.read || mention.interpolated {
                continue;
            }
            let beside = |place: &&Documented| {
                place
                    .table
                    .is_some_and(|table| tables.contains(&(place.location.document, table)))
            };
            if let Some(place) = places.iter().find(beside) {
                let message = format!(
                    "`{name}` is documented, but no service passes it and nothing reads it"
                );
                let mut finding = Finding::new(self.metadata(), place.location, message)
                    .confidence(Confidence::Medium);
                for other in places
                    .iter()
                    .filter(|other| other.location != place.location)
                {
                    finding = finding.related(other.location, "and documented here");
                }
                findings.push(finding.help("remove it from the document, or let a service pass it to a program that reads it"));
            }
        }
    }
}

/// What the scripts of images take that services run.
fn taken(environment: &Environment) -> HashMap<String, Taken> {
    let mut found: HashMap<String, Taken> = HashMap::new();
    let mut cache: HashMap<StageId, HashSet<String>> = HashMap::new();
    for (service, stage) in image_scripts::services(environment) {
        let set = cache.entry(stage).or_insert_with(|| {
            let configuration = environment.configuration(stage);
            configuration
                .environment
                .into_iter()
                .map(|(name, _)| name)
                .collect()
        });
        for script in image_scripts::scripts(environment, stage, Some(service)) {
            for one in script_variables::taken(script.script(&environment.documents)) {
                let entry = found.entry(one.name.to_owned()).or_default();
                let read = Location::new(script.document, one.span);
                if !entry.reads.contains(&read) {
                    entry.reads.push(read);
                }
                if !entry.services.contains(&service.name.location) {
                    entry.services.push(service.name.location);
                }
                entry.is_required |= !one.is_optional;
                entry.is_passed |= set.contains(one.name) || passes(service, one.name);
            }
        }
    }
    found
}

/// Whether a service passes a variable, or may do so with a file that is not there.
fn passes(service: &compose::Service, name: &str) -> bool {
    service
        .env_files
        .iter()
        .any(|file| file.variables.is_none())
        || service
            .effective_environment()
            .iter()
            .any(|entry| &*entry.name.text == name)
}

/// Every variable and argument that services, builds and Dockerfiles set.
fn passed(environment: &Environment) -> HashSet<&str> {
    let mut names = HashSet::new();
    for service in environment
        .compose
        .iter()
        .flat_map(|project| &project.services)
    {
        names.extend(
            service
                .effective_environment()
                .iter()
                .map(|entry| &*entry.name.text),
        );
    }
    for definition in &environment.definitions {
        names.extend(
            definition
                .arguments
                .iter()
                .map(|argument| argument.name.as_str()),
        );
        let stages = environment
            .build(definition.id)
            .map(|build| build.stages.as_slice())
            .unwrap_or_default();
        names.extend(
            stages
                .iter()
                .flat_map(|stage| &stage.bindings)
                .map(|binding| binding.name.as_str()),
        );
    }
    names
}

/// The variables that some command passes: `-e NAME`, `--env NAME`.
fn typed<'a>(
    environment: &Environment,
    names: &'a BTreeMap<String, Vec<Documented>>,
) -> HashSet<&'a str> {
    let mut found = HashSet::new();
    let texts = environment.texts.iter().map(|text| text.document);
    let scripts = environment.scripts.iter().map(|script| script.document);
    for document in texts.chain(scripts) {
        let text = &environment.documents.get(document).text;
        for option in ["-e ", "--env ", "-e=", "--env="] {
            for (at, _) in text.match_indices(option) {
                let rest = text
                    .get(at + option.len()..)
                    .unwrap_or_default()
                    .trim_start_matches(['"', '\'']);
                let name = words::identifiers(rest.split_whitespace().next().unwrap_or_default())
                    .next()
                    .unwrap_or_default();
                found.extend(names.get_key_value(name).map(|(name, _)| name.as_str()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    const FILES: &str = "\
-- Dockerfile --
FROM debian:trixie
COPY scripts/ /usr/local/bin/
ENTRYPOINT [\"/usr/local/bin/run.sh\"]
-- scripts/run.sh --
usage() { cat <<EOF
  SHOP_TOKEN   who we are
EOF
}
login \"$SHOP_TOKEN\" \"${SHOP_SPEED:-1}\"
-- README.md --
| variable | |
|---|---|
| `SHOP_TOKEN` | who we are |
| `SHOP_SPEED` | how fast |
| `SHOP_COLOUR` | what colour |
| `SHOP_VERSION` | which image |
";

    #[test]
    fn what_the_entrypoint_takes_must_be_passed() {
        insta::assert_snapshot!(audit("unforwarded-variable", &format!("{FILES}\
-- compose.yaml --
services:
  shop:
    build: .
    image: shop:${{SHOP_VERSION:-1}}
")), @r#"
        warning (medium) README.md:3:4 `SHOP_TOKEN` is documented, but no service passes it to the script that takes it
          scripts/run.sh:2:3 and documented here
          scripts/run.sh:5:8 takes it
          compose.yaml:2:3 runs the script without it
          help: pass it on in `environment:` of the service, as `SHOP_TOKEN: ${SHOP_TOKEN:-}` with the script's default
        warning (medium) README.md:5:4 `SHOP_COLOUR` is documented, but no service passes it and nothing reads it
          help: remove it from the document, or let a service pass it to a program that reads it
        info (medium) README.md:4:4 `SHOP_SPEED` is documented, but no service passes it to the script that takes it
          scripts/run.sh:5:22 takes it
          compose.yaml:2:3 runs the script without it
          help: pass it on in `environment:` of the service, as `SHOP_SPEED: ${SHOP_SPEED:-}` with the script's default
        "#);
    }

    #[test]
    fn what_may_be_passed_is_left_alone() {
        for rest in [
            "-- compose.yaml --\nservices:\n  shop:\n    build: .\n    environment: [SHOP_TOKEN, SHOP_SPEED]\n",
            "-- compose.yaml --\nservices:\n  shop:\n    build: .\n    env_file: .env\n",
            "-- compose.yaml --\nservices:\n  shop:\n    build: .\n-- Makefile --\nrun:\n\tdocker run -e SHOP_TOKEN -e SHOP_SPEED=2 shop\n",
            "-- compose.yaml --\nservices:\n  other:\n    image: acme/shop\n",
        ] {
            let files = FILES.replace(
                "| `SHOP_COLOUR` | what colour |\n| `SHOP_VERSION` | which image |\n",
                rest,
            );
            assert_eq!(audit("unforwarded-variable", &files), "", "{rest}");
        }
    }
}
