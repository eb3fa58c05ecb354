//! `hard-coded-architecture`

use std::sync::LazyLock;

use dockwright_environment::discovery::DocumentKind;
use dockwright_environment::{DockerfileDocument, Environment, Location};
use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::{Command, CopySource, Instruction, InstructionKind};
use dockwright_syntax::shell::{Node, Part, Word};
use serde::Deserialize;

use crate::edits::DockerfileEdits;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, Severity, StageView};

rule! {
    /// There is the name of one architecture in an image that is built for several.
    ///
    /// ## What it does
    ///
    /// Looks for names such as `amd64`, `x86_64` or `linux-x64` in what `ADD` and `RUN` download, in
    /// the paths they use and in the packages they install. Which platforms an image is built for is
    /// told by its build definitions, by `--platform` lists, and by the `platforms:` of a workflow's
    /// step that names the Dockerfile. For an image without such a list it is only a hint with low
    /// confidence. A step that asks for its architecture (`TARGETARCH`, `uname -m`,
    /// `dpkg --print-architecture`, …) or names several is left alone, and so is a stage or a
    /// Dockerfile that is called after one.
    ///
    /// ## Why is this bad?
    ///
    /// On every other platform the build fails, or – worse – goes on, and the program in the image
    /// does not start ("exec format error").
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ADD https://example.com/tool-1.0-linux-amd64.tar.gz /opt/
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   tool:
    ///     build:
    ///       context: .
    ///       platforms: [linux/amd64, linux/arm64]
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ARG TARGETARCH
    /// ADD https://example.com/tool-1.0-linux-${TARGETARCH}.tar.gz /opt/
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   tool:
    ///     build:
    ///       context: .
    ///       platforms: [linux/amd64, linux/arm64]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Putting `TARGETARCH` in is unsafe: whoever offers the download may call architectures
    /// otherwise, or not offer all of them. There is no fix for other names than `amd64` and `arm64`, which
    /// are values of it, where one stands more than once in the instruction, and between single quotes.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: "Automatic platform ARGs in the global scope"
    HardCodedArchitecture {
        name: "hard-coded-architecture",
        family: Cache,
        severity: Warning,
        fix: Unsafe,
        aliases: [],
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    architecture: Vec<Architecture>,
    adaptive: Adaptive,
}

#[derive(Deserialize)]
struct Architecture {
    names: Vec<String>,
}

#[derive(Deserialize)]
struct Adaptive {
    parts: Vec<String>,
}

fn table() -> Option<&'static Table> {
    static TABLE: LazyLock<Option<Table>> =
        LazyLock::new(|| toml::from_str(include_str!("../../../data/architectures.toml")).ok());
    TABLE.as_ref()
}

impl Rule for HardCodedArchitecture {
    fn check_dockerfile(
        &self,
        cx: Context<'_>,
        dockerfile: &DockerfileDocument,
        findings: &mut Vec<Finding>,
    ) {
        let document = cx.environment.documents.get(dockerfile.document);
        if dockerfile.tree.escape == '`' || !architectures(document.path.as_str()).is_empty() {
            return;
        }
        let mut platforms = None;
        for stage in StageView::all(cx.environment, dockerfile) {
            let name = stage
                .syntax
                .name
                .as_ref()
                .map(|name| name.value.as_str())
                .unwrap_or_default();
            let is_fixed = stage.stage.platform.is_some() || !architectures(name).is_empty();
            let from_one = !architectures(&stage.stage.base_value.text).is_empty();
            if is_fixed || from_one {
                continue;
            }
            let steps = stage.instructions().filter(|(_, instruction)| {
                matches!(
                    instruction.kind,
                    InstructionKind::Add(_) | InstructionKind::Run(_)
                )
            });
            for (at, instruction) in steps {
                let source = instruction.span.of(&document.text);
                let mut named: Vec<usize> = architectures(source)
                    .into_iter()
                    .map(|(_, architecture)| architecture)
                    .collect();
                named.dedup();
                let [_] = named.as_slice() else {
                    continue;
                };
                if is_adaptive(source) || chooses_by_variable(source) {
                    continue;
                }
                let Some((span, word)) = word(stage, at) else {
                    continue;
                };
                let platforms =
                    platforms.get_or_insert_with(|| Platforms::of(cx.environment, dockerfile));
                let fix = fix(cx.environment, stage, at, instruction, &word);
                findings.push(self.finding(stage, span, &word, platforms).fix(fix));
            }
        }
    }
}

impl HardCodedArchitecture {
    fn finding(
        &self,
        stage: StageView<'_>,
        span: Span,
        name: &str,
        platforms: &Platforms,
    ) -> Finding {
        let message = match platforms.list.as_slice() {
            [] => format!("`{name}` fits one architecture only"),
            list => format!(
                "`{name}` fits one architecture only, but the image is built for {}",
                list.join(", ")
            ),
        };
        let mut finding = Finding::new(self.metadata(), stage.location(span), message);
        finding = match platforms.place {
            Some(place) => finding.related(place, "the platforms it is built for"),
            None => finding.severity(Severity::Info).confidence(Confidence::Low),
        };
        if platforms.place.is_some() && !platforms.is_sure {
            finding = finding.confidence(Confidence::Medium);
        }
        finding.help("declare `ARG TARGETARCH` and derive the name from it")
    }
}

/// Puts `TARGETARCH` in the place of a name that is one of its values. `None` for every other name.
fn fix(
    environment: &Environment,
    stage: StageView<'_>,
    at: usize,
    instruction: &Instruction,
    name: &str,
) -> Option<Fix> {
    let edits = DockerfileEdits::of(environment, stage.dockerfile);
    let source = edits.written(instruction.span);
    let mut places = source.match_indices(name);
    let (Some((offset, _)), None) = (places.next(), places.next()) else {
        return None;
    };
    // No shell expands what single quotes hold, and not every one what a here-document does.
    let is_exec = match &instruction.kind {
        InstructionKind::Run(run) => matches!(run.command, Command::Exec(_)),
        InstructionKind::Add(copy) => copy.exec_form,
        _ => true,
    };
    let is_literal = is_exec || source.contains('\'') || !instruction.heredocs.is_empty();
    if is_literal || !matches!(name, "amd64" | "arm64") {
        return None;
    }
    let start = instruction.span.start as usize + offset;
    let place = stage.location(Span::new(start, start + name.len()));
    let is_declared = stage.instructions().any(|(index, it)| match &it.kind {
        InstructionKind::Arg(all) => {
            index < at && all.iter().any(|one| one.name.value == "TARGETARCH")
        }
        _ => false,
    });
    let fix = Fix::with_care(
        "derive the name from `TARGETARCH`",
        "whoever offers it may call architectures otherwise, or not offer all of them",
    );
    let fix = fix.replace(place, "${TARGETARCH}");
    Some(if is_declared {
        fix
    } else {
        edits.insert_before(fix, at, "ARG TARGETARCH")
    })
}

/// The platforms that an image is built for, when there are several.
#[derive(Default)]
struct Platforms {
    list: Vec<String>,
    place: Option<Location>,
    /// Whether a build definition says so; a workflow is only read as text.
    is_sure: bool,
}

impl Platforms {
    fn of(environment: &Environment, dockerfile: &DockerfileDocument) -> Self {
        for definition in environment.definitions_of(dockerfile.id) {
            let list: Vec<String> = definition
                .platforms
                .iter()
                .filter_map(|value| value.known())
                .map(str::to_owned)
                .collect();
            if list.len() > 1 {
                return Self {
                    list,
                    place: definition.platforms.first().map(|value| value.location),
                    is_sure: true,
                };
            }
        }
        Self::in_text(environment, dockerfile).unwrap_or_default()
    }

    /// A list of platforms in a workflow or makefile, near the Dockerfile's path.
    fn in_text(environment: &Environment, dockerfile: &DockerfileDocument) -> Option<Self> {
        let path = environment.documents.get(dockerfile.document).path.as_str();
        let is_only = environment.dockerfiles.len() == 1;
        let texts = environment
            .texts
            .iter()
            .filter(|text| matches!(text.kind, DocumentKind::Workflow | DocumentKind::Makefile));
        for text in texts {
            let source = &environment.documents.get(text.document).text;
            let Some(lists) = lists(source) else {
                continue;
            };
            for (line, span, list) in lists {
                let lines = source.lines().enumerate();
                let mut near = lines.filter(|(other, _)| other.abs_diff(line) <= NEAR);
                if is_only || near.any(|(_, text)| names_path(text, path)) {
                    return Some(Self {
                        list,
                        place: Some(Location::new(text.document, span)),
                        is_sure: false,
                    });
                }
            }
        }
        None
    }
}

/// Lines around a list of platforms in which the step names its Dockerfile.
const NEAR: usize = 8;

/// Whether a line names a file, and not one whose path only ends alike.
fn names_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        let after = line.get(at + path.len()..).unwrap_or_default();
        let is_part =
            |letter: char| letter.is_alphanumeric() || matches!(letter, '/' | '.' | '_' | '-');
        !before.trim_end_matches("./").ends_with(is_part) && !after.starts_with(is_part)
    })
}

/// The lines that list several platforms.
fn lists(source: &str) -> Option<Vec<(usize, Span, Vec<String>)>> {
    let mut found = Vec::new();
    let mut at = 0;
    for (number, line) in source.split_inclusive('\n').enumerate() {
        let start = at;
        at += line.len();
        if !line.contains("linux/") || !line.to_ascii_lowercase().contains("platform") {
            continue;
        }
        let words = line.split(|letter: char| letter.is_whitespace() || ",'\"[]=".contains(letter));
        let list: Vec<String> = words
            .filter(|word| word.starts_with("linux/"))
            .map(str::to_owned)
            .collect();
        if list.len() > 1 {
            let indent = line.len() - line.trim_start().len();
            found.push((
                number,
                Span::new(start + indent, start + line.trim_end().len()),
                list,
            ));
        }
    }
    Some(found).filter(|found| !found.is_empty())
}

/// The word of a step that names an architecture, and its name.
fn word(stage: StageView<'_>, at: usize) -> Option<(Span, String)> {
    let instruction = stage.dockerfile.tree.instructions.get(at)?;
    match &instruction.kind {
        InstructionKind::Add(copy) => copy.sources.iter().find_map(|source| match source {
            CopySource::Path(path) if path.value.contains("://") => {
                first(&path.value).map(|name| (path.span, name))
            }
            _ => None,
        }),
        InstructionKind::Run(_) => {
            let mut found = None;
            stage.dockerfile.script(at)?.walk(&mut |node, _| {
                if let Node::Word(word) = node
                    && found.is_none()
                {
                    found = fixed(word).map(|name| (word.span, name));
                }
            });
            found
        }
        _ => None,
    }
}

/// The architecture that a download, a path or a package is named after.
fn fixed(word: &Word) -> Option<String> {
    let text: String = word
        .parts
        .iter()
        .map(|part| match part {
            Part::Literal(literal) => literal.value.as_str(),
            _ => "$",
        })
        .collect();
    let is_file = [
        ".deb",
        ".rpm",
        ".tar.gz",
        ".tgz",
        ".zip",
        ".AppImage",
        ".tar.xz",
    ]
    .iter()
    .any(|end| text.ends_with(end));
    let is_plain = !text.contains(char::is_whitespace);
    (is_plain && (text.contains("://") || is_file || text.contains("-linux-gnu")))
        .then(|| first(&text))?
}

fn first(text: &str) -> Option<String> {
    architectures(text)
        .first()
        .map(|(name, _)| (*name).to_owned())
}

/// The architectures that a text names, each with its number in the table, in order of the table.
fn architectures(text: &str) -> Vec<(&'static str, usize)> {
    // The words that names begin with, sorted. Most texts have none of them.
    static FIRST_WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let architectures = table().into_iter().flat_map(|table| &table.architecture);
        let names = architectures.flat_map(|one| &one.names);
        let mut words: Vec<&str> = names.filter_map(|name| words(name).next()).collect();
        words.sort_unstable();
        words
    });
    let mut found = Vec::new();
    if !words(text).any(|word| FIRST_WORDS.binary_search(&word).is_ok()) {
        return found;
    }
    let Some(table) = table() else {
        return found;
    };
    for (number, architecture) in table.architecture.iter().enumerate() {
        let name = architecture
            .names
            .iter()
            .find(|name| contains_word(text, name));
        found.extend(name.map(|name| (name.as_str(), number)));
    }
    found
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
}

fn contains_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text
            .get(at + word.len()..)
            .and_then(|after| after.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// Whether a step asks for its architecture.
fn is_adaptive(source: &str) -> bool {
    table().is_none_or(|table| {
        let mut parts = table.adaptive.parts.iter();
        parts.any(|part| source.contains(part.as_str()))
    })
}

/// Whether a variable holds the architecture, whoever sets it.
fn chooses_by_variable(source: &str) -> bool {
    let upper = source.to_ascii_uppercase();
    upper.contains("ARCH}")
        || upper.contains("$ARCH")
        || upper.contains("_ARCH=")
        || upper.contains(" ARCH=")
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn only_names_that_the_builder_uses_are_replaced() {
        insta::assert_snapshot!(fix("hard-coded-architecture", r"
-- Dockerfile --
FROM debian:trixie
RUN true && \
    curl -O https://example.com/tool-linux-amd64.tar.gz
RUN curl -O https://example.com/tool-x86_64.tar.gz
RUN curl -O 'https://example.com/other-amd64.tar.gz'
"), @r#"
        unsafe: derive the name from `TARGETARCH`, for whoever offers it may call architectures otherwise, or not offer all of them
        -- Dockerfile --
        +ARG TARGETARCH
        -    curl -O https://example.com/tool-linux-amd64.tar.gz
        +    curl -O https://example.com/tool-linux-${TARGETARCH}.tar.gz
        "#);
    }

    #[test]
    fn a_workflow_tells_the_platforms_of_the_dockerfile_it_names() {
        insta::assert_snapshot!(audit("hard-coded-architecture", "\
-- docker/Dockerfile --
FROM debian:trixie
ARG V=1
RUN if [ -n \"$V\" ]; then \\
      curl -fsSL \"https://example.com/v${V}/runner-linux-x64-${V}.tar.gz\" | tar xz; \\
    fi
-- Dockerfile --
FROM debian:trixie
RUN curl -O https://example.com/tool_x86_64.deb
-- .github/workflows/publish.yml --
jobs:
  a:
    steps:
      - uses: docker/build-push-action@v6
        with:
          file: docker/Dockerfile
          platforms: linux/amd64,linux/arm64
"), @r#"
        warning docker/Dockerfile:4:18 `x64` fits one architecture only, but the image is built for linux/amd64, linux/arm64
          .github/workflows/publish.yml:7:22 the platforms it is built for
          help: declare `ARG TARGETARCH` and derive the name from it
        "#);
    }

    #[test]
    fn a_step_that_asks_for_its_architecture_is_left_alone() {
        let compose = "-- compose.yaml --\nservices:\n  a:\n    build:\n      context: .\n      platforms: [linux/amd64, linux/arm64]\n";
        for body in [
            "FROM debian:trixie\nARG TARGETARCH\nRUN case $TARGETARCH in amd64) curl -O https://a/x86_64.tgz;; esac\n",
            "FROM debian:trixie\nRUN curl -O https://a/amd64.tgz || curl -O https://a/arm64.tgz\n",
            "FROM debian:trixie\nRUN curl -O https://a/$(dpkg --print-architecture)/amd64.tgz\n",
            "FROM debian:trixie AS tools-amd64\nRUN curl -O https://a/amd64.tgz\n",
            "FROM --platform=linux/amd64 debian:trixie\nRUN curl -O https://a/amd64.tgz\n",
            "FROM debian:trixie\n# curl https://a/amd64.tgz\nRUN echo amd64\n",
        ] {
            let files = format!("-- Dockerfile --\n{body}{compose}");
            assert_eq!(audit("hard-coded-architecture", &files), "", "{body}");
        }
    }
}
