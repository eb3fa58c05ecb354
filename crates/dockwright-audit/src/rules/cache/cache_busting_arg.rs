//! `cache-busting-arg`

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use dockwright_environment::Location;
use dockwright_environment::build::Lookup;
use dockwright_environment::discovery::DocumentKind;
use dockwright_environment::packages::Installation;
use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::{Assignment, Instruction, InstructionKind};
use dockwright_syntax::shell::Script;
use serde::Deserialize;

use crate::edits::lines::moved_behind;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, Severity, StageView, installs, variables, words};

rule! {
    /// There is an argument that changes with every build and stands before steps that do not use it.
    ///
    /// ## What it does
    ///
    /// Finds `ARG`s whose value is particular to one build: a date, a revision, a build number or the
    /// version of the image itself. That is known by their names, by the label they fill
    /// (`org.opencontainers.image.version` and its like), or because a build gives them something
    /// that git, a clock or the CI computes. Reports one that stands before an installation which
    /// does not use it. The version of something that the stage downloads is left alone, and so are
    /// steps that run code of the project, since it may read the variable.
    ///
    /// ## Why is this bad?
    ///
    /// The values of all `ARG`s that are declared so far are part of the environment of `RUN`, and so
    /// of its cache key: used or not, a new value runs the step anew, and all that follows. A `LABEL`
    /// has no such effect; it may stand wherever its argument may.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ARG BUILD_DATE
    /// LABEL org.opencontainers.image.created="${BUILD_DATE}"
    /// RUN apt-get update && apt-get install -y nginx
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN apt-get update && apt-get install -y nginx
    /// ARG BUILD_DATE
    /// LABEL org.opencontainers.image.created="${BUILD_DATE}"
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Moving the `ARG`, with the `LABEL`s that use it, behind the steps that do not is safe: the
    /// files and the configuration of the image are the same. There is no fix where an `ENV` or another
    /// `ARG` uses it, where it shares its instruction with others, and under a comment.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: "Impact on build caching" of `ARG`
    /// - OCI image specification: annotation keys
    CacheBustingArg {
        name: "cache-busting-arg",
        family: Cache,
        severity: Warning,
        fix: Safe,
        aliases: [],
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Vec<Names>,
    labels: Labels,
    values: Values,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    kind: Kind,
    names: Vec<String>,
}

#[derive(Deserialize)]
struct Labels {
    keys: Vec<String>,
}

#[derive(Deserialize)]
struct Values {
    parts: Vec<String>,
}

/// What a name says of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Date,
    Revision,
    Number,
    Version,
}

fn table() -> Option<&'static Table> {
    static TABLE: LazyLock<Option<Table>> = LazyLock::new(|| {
        toml::from_str(include_str!("../../../data/per-build-arguments.toml")).ok()
    });
    TABLE.as_ref()
}

impl Rule for CacheBustingArg {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let arguments: Vec<(usize, &Assignment)> = stage
            .instructions()
            .filter_map(|(index, instruction)| match &instruction.kind {
                InstructionKind::Arg(assignments) => Some((index, assignments)),
                _ => None,
            })
            .flat_map(|(index, assignments)| assignments.iter().map(move |one| (index, one)))
            .collect();
        if arguments.is_empty() {
            return;
        }
        let installations = installations(cx, stage);
        if installations.is_empty() {
            return;
        }
        for (index, argument) in arguments {
            findings.extend(self.check(cx, stage, &installations, index, argument));
        }
    }
}

impl CacheBustingArg {
    fn check(
        &self,
        cx: Context<'_>,
        stage: StageView<'_>,
        installations: &Installations,
        index: usize,
        argument: &Assignment,
    ) -> Option<Finding> {
        let name = &argument.name.value;
        let after = after(cx, stage, installations, index, name);
        let (first, _) = after.steps.first()?;
        let evidence = evidence(cx, stage, argument, &after)?;
        let message = match evidence.kind {
            Kind::Version => format!(
                "`{name}` changes with every version and stands before an installation that does not use it"
            ),
            _ => format!(
                "`{name}` changes with every build and stands before an installation that does not use it"
            ),
        };
        let mut finding = Finding::new(self.metadata(), stage.location(argument.span), message)
            .severity(evidence.severity)
            .confidence(evidence.confidence);
        if let Some(given) = evidence.given {
            finding = finding.related(given, "its value is computed for each build");
        }
        for (span, manager) in after.steps.iter().copied() {
            finding = finding.related(
                stage.location(*span),
                format!("`{manager}` runs again for each new value"),
            );
        }
        for span in &after.labels {
            finding = finding.related(stage.location(*span), "uses it, and can move with it");
        }
        let document = cx.environment.documents.get(stage.dockerfile.document);
        let last = after.steps.last().map_or(first.end, |(span, _)| span.end);
        let line = document.line_column(last).line;
        let help = format!("move `ARG {name}`, and what uses it, below line {line}");
        let fix = moved(cx, stage, index, &after, last);
        Some(finding.help(help).fix(fix))
    }
}

/// Moves an `ARG` and the `LABEL`s that use it behind the step that ends last. `None` where an `ENV`
/// uses it, or another label could get in the way.
fn moved(
    cx: Context<'_>,
    stage: StageView<'_>,
    index: usize,
    after: &After<'_>,
    last: u32,
) -> Option<Fix> {
    let document = cx.environment.documents.get(stage.dockerfile.document);
    let mut instructions = stage.instructions();
    let (end, step) = instructions.find(|(_, it)| it.span.start < last && last <= it.span.end)?;
    let between = stage
        .instructions()
        .filter(|(at, _)| *at >= index && *at < end);
    let mut spans = Vec::new();
    let mut keys: Vec<&str> = Vec::new();
    for (at, instruction) in between {
        let labels = after.labels.iter();
        let uses = labels.filter(|it| instruction.span.contains(**it)).count();
        match &instruction.kind {
            InstructionKind::Arg(all) if at == index && all.len() == 1 => {}
            InstructionKind::Label(all) if uses == 0 => {
                keys.extend(all.iter().map(|it| it.name.value.as_str()));
                continue;
            }
            InstructionKind::Label(all)
                if uses == all.len()
                    && !all.iter().any(|it| keys.contains(&it.name.value.as_str())) => {}
            _ if at == index || uses > 0 => return None,
            _ => continue,
        }
        spans.push(instruction.span);
    }
    let fix = Fix::safe(
        "move it behind the steps that do not use it",
        "the files and the configuration of the image are the same",
    );
    moved_behind(document, &spans, step.span, fix)
}

/// What follows an `ARG` in its stage, up to the first step that needs it.
#[derive(Default)]
struct After<'a> {
    /// Installations that do not use it, with the name of the package manager.
    steps: Vec<&'a (Span, String)>,
    /// `LABEL`s and `ENV`s that use it.
    labels: Vec<Span>,
    /// Whether it fills a label that is particular to one build.
    is_label: bool,
    /// Whether it chooses what the stage downloads.
    is_download: bool,
}

fn after<'a>(
    cx: Context<'_>,
    stage: StageView<'_>,
    installations: &'a Installations,
    index: usize,
    name: &str,
) -> After<'a> {
    let text = &cx.environment.documents.get(stage.dockerfile.document).text;
    let mut after = After::default();
    let mut names: HashSet<&str> = HashSet::from([name]);
    let mut needed = false;
    for (at, instruction) in stage.instructions().filter(|(at, _)| *at > index) {
        let source = instruction.span.of(text);
        let uses = names.iter().any(|name| source.contains(name))
            && words::identifiers(source).any(|word| names.contains(word));
        if uses && is_download(cx, stage, at, instruction, source) {
            after.is_download = true;
        }
        match &instruction.kind {
            InstructionKind::Label(labels) if uses => {
                let keys = labels.iter().filter(|label| uses_any(label, &names));
                after.is_label |= keys.clone().any(|label| is_build_label(&label.name.value));
                after.labels.extend(keys.map(|label| label.span));
            }
            InstructionKind::Env(assignments) | InstructionKind::Arg(assignments) if uses => {
                let made = assignments
                    .iter()
                    .filter(|assignment| uses_any(assignment, &names));
                let made: Vec<&Assignment> = made.collect();
                after.labels.extend(
                    made.iter()
                        .filter(|_| !needed)
                        .map(|assignment| assignment.span),
                );
                names.extend(made.iter().map(|assignment| assignment.name.value.as_str()));
            }
            InstructionKind::Run(_) if !uses && !needed => {
                after.steps.extend(installations.get(&at));
            }
            _ => needed |= uses,
        }
    }
    after
}

fn uses_any(assignment: &Assignment, names: &HashSet<&str>) -> bool {
    let value = assignment
        .value
        .as_ref()
        .map(|value| value.value.as_str())
        .unwrap_or_default();
    words::identifiers(value).any(|word| names.contains(word))
}

fn is_build_label(key: &str) -> bool {
    let key = key.trim_matches(['"', '\'']);
    table().is_some_and(|table| table.labels.keys.iter().any(|known| known == key))
}

/// By step, the place of its installation, and how the package manager is called.
type Installations = HashMap<usize, (Span, String)>;

/// The installations of a stage.
fn installations(cx: Context<'_>, stage: StageView<'_>) -> Installations {
    let steps = stage
        .instructions()
        .filter(|(_, instruction)| matches!(instruction.kind, InstructionKind::Run(_)));
    steps
        .filter_map(|(at, _)| Some((at, installation(cx, stage, at)?)))
        .collect()
}

/// The first installation of a step that runs nothing of the project.
fn installation(cx: Context<'_>, stage: StageView<'_>, at: usize) -> Option<(Span, String)> {
    let runs_project_code = stage
        .dockerfile
        .script(at)
        .is_some_and(installs::runs_project_code);
    if runs_project_code {
        return None;
    }
    let commands = stage
        .dockerfile
        .script(at)
        .map(Script::commands)
        .unwrap_or_default();
    // What an argument switches off is no cost for those who do not ask for it.
    let is_optional = |call: &Installation| {
        commands
            .iter()
            .any(|found| found.command.span == call.span && found.context.conditional)
    };
    let mut calls = cx.environment.installations(stage.id, at).iter();
    let call = calls.find(|call| installs::is_download(call) && !is_optional(call))?;
    Some((
        call.span,
        format!("{} {}", call.manager.commands.first()?, call.action)
            .trim_end()
            .to_owned(),
    ))
}

/// Whether a step fetches something that the argument chooses.
fn is_download(
    cx: Context<'_>,
    stage: StageView<'_>,
    at: usize,
    instruction: &Instruction,
    source: &str,
) -> bool {
    match &instruction.kind {
        InstructionKind::Run(_) => {
            source.contains("://")
                || source.contains("git checkout")
                || !cx
                    .environment
                    .installations(stage.id, at)
                    .iter()
                    .all(|call| call.manager.name == "go")
        }
        InstructionKind::Add(_) | InstructionKind::Env(_) => source.contains("://"),
        InstructionKind::Copy(_) => instruction.flag("from").is_some(),
        _ => false,
    }
}

/// Why an argument is taken to change with every build.
struct Evidence {
    kind: Kind,
    severity: Severity,
    confidence: Confidence,
    /// Where it is given a value that is computed.
    given: Option<Location>,
}

fn evidence(
    cx: Context<'_>,
    stage: StageView<'_>,
    argument: &Assignment,
    after: &After<'_>,
) -> Option<Evidence> {
    let name = &argument.name.value;
    let upper = name.to_ascii_uppercase();
    let named = table()?
        .name
        .iter()
        .find(|known| known.names.contains(&upper))
        .map(|known| known.kind);
    if let Some(given) = computed(cx, stage, name) {
        return Some(Evidence {
            kind: named.unwrap_or(if upper.ends_with("VERSION") {
                Kind::Version
            } else {
                Kind::Revision
            }),
            severity: Severity::Warning,
            confidence: Confidence::High,
            given: Some(given),
        });
    }
    let kind = match named {
        Some(kind) => kind,
        None if after.is_label && upper.ends_with("VERSION") => Kind::Version,
        None if after.is_label => Kind::Revision,
        None => return None,
    };
    let is_release = default_of(cx, stage, name).is_some_and(|default| {
        default
            .trim_start_matches('v')
            .starts_with(|first: char| first.is_ascii_digit())
    });
    if kind == Kind::Version && (after.is_download || chooses_base(stage, name)) {
        return None;
    }
    Some(Evidence {
        kind,
        severity: if kind == Kind::Version && is_release {
            Severity::Info
        } else {
            Severity::Warning
        },
        confidence: Confidence::Medium,
        given: None,
    })
}

/// What the argument is when nothing gives it a value.
fn default_of(cx: Context<'_>, stage: StageView<'_>, name: &str) -> Option<String> {
    let binding = match cx.environment.variable(stage.id, usize::MAX, name) {
        Lookup::Bound(binding) => binding,
        Lookup::Unset | Lookup::Unknown => return None,
    };
    binding.value.as_ref()?.known().map(str::to_owned)
}

/// Whether some `FROM` of the Dockerfile uses the name.
fn chooses_base(stage: StageView<'_>, name: &str) -> bool {
    let tree = &stage.dockerfile.tree;
    let mut instructions = tree.instructions.iter();
    instructions.any(|instruction| {
        matches!(instruction.kind, InstructionKind::From(_))
            && variables::expanded(instruction, tree.escape)
                .iter()
                .any(|variable| variable.name == name)
    })
}

/// Where a build gives the argument a value that git, a clock or the CI computes.
fn computed(cx: Context<'_>, stage: StageView<'_>, name: &str) -> Option<Location> {
    let environment = cx.environment;
    let parts = &table()?.values.parts;
    let is_computed = |text: &str| parts.iter().any(|part| text.contains(part.as_str()));
    let arguments = environment
        .definitions_of(stage.dockerfile.id)
        .flat_map(|definition| &definition.arguments);
    let mut given = arguments
        .filter(|argument| argument.name == name)
        .map(|argument| argument.location);
    if let Some(location) =
        given.find(|location| is_computed(environment.documents.text(*location)))
    {
        return Some(location);
    }
    let workflows = environment
        .texts
        .iter()
        .filter(|text| text.kind == DocumentKind::Workflow);
    workflows.into_iter().find_map(|workflow| {
        let text = &environment.documents.get(workflow.document).text;
        let mut at = 0;
        text.split_inclusive('\n').find_map(|line| {
            let start = at;
            at += line.len();
            let value = line.trim().strip_prefix(name)?.strip_prefix('=')?;
            let indent = line.len() - line.trim_start().len();
            let span = Span::new(start + indent, start + line.trim_end().len());
            is_computed(value).then(|| Location::new(workflow.document, span))
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(dockerfile: &str) -> String {
        audit(
            "cache-busting-arg",
            &format!("-- Dockerfile --\n{dockerfile}"),
        )
    }

    #[test]
    fn the_labels_move_with_it() {
        insta::assert_snapshot!(fix("cache-busting-arg", r#"
-- Dockerfile --
FROM debian:trixie
ARG BUILD_DATE
LABEL org.opencontainers.image.created="${BUILD_DATE}" \
      org.opencontainers.image.ref.name=$BUILD_DATE
LABEL maintainer=me
RUN apt-get update && \
    apt-get install -y nginx
CMD nginx
-- other/Dockerfile --
FROM debian:trixie
# when
ARG BUILD_DATE
RUN apt-get update && apt-get install -y nginx
ARG VCS_REF
ENV REF=$VCS_REF
RUN apt-get update && apt-get install -y git
"#), @r#"
        safe: move it behind the steps that do not use it, for the files and the configuration of the image are the same
        -- Dockerfile --
        +LABEL maintainer=me
        +RUN apt-get update && \
        +    apt-get install -y nginx
        -LABEL maintainer=me
        -RUN apt-get update && \
        -    apt-get install -y nginx
        "#);
    }

    #[test]
    fn the_version_of_the_image_itself_is_known_by_its_label() {
        insta::assert_snapshot!(check("\
FROM debian:trixie
ARG SHOP_VERSION=1.0
LABEL org.opencontainers.image.version=${SHOP_VERSION}
ENV VERSION=$SHOP_VERSION
RUN apt-get update && apt-get install -y nginx
RUN pip install -r requirements.txt
"), @r#"
        info (medium) Dockerfile:2:5 `SHOP_VERSION` changes with every version and stands before an installation that does not use it
          Dockerfile:5:23 `apt-get install` runs again for each new value
          Dockerfile:6:5 `pip install` runs again for each new value
          Dockerfile:3:7 uses it, and can move with it
          Dockerfile:4:5 uses it, and can move with it
          help: move `ARG SHOP_VERSION`, and what uses it, below line 6
        "#);
    }

    #[test]
    fn a_value_that_git_computes_changes_whatever_it_is_called() {
        insta::assert_snapshot!(audit("cache-busting-arg", "\
-- Dockerfile --
FROM golang:1.24
ARG LABEL_TEXT
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -ldflags \"-X main.text=$LABEL_TEXT\"
-- Makefile --
image:
\tdocker build --build-arg LABEL_TEXT=$(shell git describe) .
"), @r#"
        warning Dockerfile:2:5 `LABEL_TEXT` changes with every build and stands before an installation that does not use it
          Makefile:2:27 its value is computed for each build
          Dockerfile:4:5 `go mod download` runs again for each new value
          help: move `ARG LABEL_TEXT`, and what uses it, below line 4
        "#);
    }

    #[test]
    fn what_needs_the_argument_is_no_reason_to_move_it() {
        for body in [
            // It is declared where it is used.
            "FROM golang:1.24\nRUN go mod download\nARG COMMIT\nRUN go build -ldflags \"-X main.c=$COMMIT\"\n",
            // The project's own build may read the environment.
            "FROM node:22\nARG COMMIT\nRUN npm ci && npm run build\n",
            // Used by the installation, under another name too.
            "FROM debian:trixie\nARG VERSION=1\nENV V=$VERSION\nRUN apt-get install -y shop=$V\n",
            // The version of something else.
            "FROM alpine:3\nARG VERSION=7.2\nRUN apk add curl\nRUN curl -O https://example.com/$VERSION.tgz\n",
            "ARG VERSION=22\nFROM node:$VERSION\nARG VERSION\nRUN npm ci\n",
            "FROM alpine:3\nARG BUILD_DATE\nARG DEBUG\nRUN if [ $DEBUG = true ]; then apk add gdb; fi\n",
            "FROM debian:trixie\nARG NGINX_VERSION=1.29\nRUN apt-get install -y curl\n",
            // A label of its own changes nothing in the cache.
            "FROM debian:trixie\nLABEL org.opencontainers.image.version=1\nRUN apt-get install -y curl\n",
        ] {
            assert_eq!(check(body), "", "{body}");
        }
    }
}
