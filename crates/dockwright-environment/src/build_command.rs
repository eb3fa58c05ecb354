//! `docker build` as people type it, in scripts, Makefiles, workflows and documents.
//!
//! A command is read from its logical line alone. What it names is looked for from the root and
//! from the file's own directory; a command whose Dockerfile is found in neither is left out, since
//! it may have changed directory or be an example.

use dockwright_syntax::shell::{self, Dialect, Modifier, Part, Word};
use dockwright_syntax::{Span, Text};

use crate::tree::EntryKind;
use crate::{DocumentId, Location, Tree, TreePath, Value, Variable, VariableSource};

/// The largest file that is searched for commands, in bytes.
pub(crate) const MAX_BYTES: u64 = 512 * 1024;

/// A `docker build` that somebody types.
#[derive(Clone, Debug)]
pub(crate) struct BuildCommand {
    pub(crate) location: Location,
    pub(crate) file: Option<Value>,
    pub(crate) context: Value,
    pub(crate) target: Option<Value>,
    pub(crate) tags: Vec<Value>,
    pub(crate) arguments: Vec<(String, Option<Value>, Location)>,
    pub(crate) contexts: Vec<(String, Value)>,
    pub(crate) platforms: Vec<Value>,
    /// Where the lines before it have gone, below the directory they began in.
    pub(crate) directory: Option<String>,
}

/// The programs that build.
const PROGRAMS: &[&str] = &["docker", "podman", "nerdctl", "buildah"];

/// Ways to call them: words that follow each other.
const CALLS: &[&[&str]] = &[
    &["docker", "build"],
    &["docker", "image", "build"],
    &["docker", "builder", "build"],
    &["docker", "buildx", "build"],
    &["podman", "build"],
    &["nerdctl", "build"],
    &["buildah", "build"],
    &["buildah", "bud"],
];

/// Options of `docker buildx build` and its relatives that take no value.
/// Source: `docker buildx build --help`, `docker build --help`, podman-build(1).
const SWITCHES: &[&str] = &[
    "--check",
    "--compress",
    "--debug",
    "-D",
    "--disable-content-trust",
    "--force-rm",
    "--load",
    "--no-cache",
    "--pull",
    "--push",
    "-q",
    "--quiet",
    "--rm",
    "--squash",
    "--help",
    "-h",
    "--layers",
    "--squash-all",
    "--pull-always",
    "--tls-verify",
    "--all-platforms",
    "--no-hosts",
    "--no-hostname",
    "--stdin",
    "--omit-history",
    "--rusage",
    "--skip-unused-stages",
];

/// Whether commands are looked for in a file, by its name.
pub(crate) fn may_hold_commands(path: &TreePath) -> bool {
    let name = path.file_name().to_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(
        extension,
        "sh" | "bash" | "md" | "mk" | "yml" | "yaml" | "mdx" | "rst" | "adoc" | "just"
    ) || matches!(
        name.as_str(),
        "makefile" | "gnumakefile" | "justfile" | "jenkinsfile" | "readme" | "package.json"
    ) || name.starts_with("makefile.")
}

/// Whether a file is written for people: its commands may be examples.
fn is_prose(path: &TreePath) -> bool {
    let name = path.file_name().to_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "md" | "mdx" | "rst" | "adoc") || path.as_str().contains("ISSUE_TEMPLATE")
}

/// Every command in a text.
pub(crate) fn find(document: DocumentId, source: &str) -> Vec<BuildCommand> {
    // Most files speak of no builder, or of its files only.
    if !PROGRAMS.iter().any(|program| is_called(source, program)) {
        return Vec::new();
    }
    let mut commands = Vec::new();
    for line in logical_lines(source) {
        for start in starts(&line.value) {
            let end = end(&line.value, start);
            let text = line.slice(Span::new(start, end));
            commands.extend(read(document, &text).map(|command| BuildCommand {
                directory: directory(source, command.location.span.start as usize),
                ..command
            }));
        }
    }
    commands
}

/// Whether a text has the name of a program with arguments behind it.
fn is_called(source: &str, program: &str) -> bool {
    source.match_indices(program).any(|(at, _)| {
        let behind = source.get(at + program.len()..).unwrap_or_default();
        behind.starts_with(|next: char| next.is_whitespace() || next == '\\')
    })
}

/// Lines before a command that are looked at for a change of directory.
const MAX_LINES_BEFORE: usize = 8;

/// What the last `cd` before the command at `at` names, in the same block.
fn directory(source: &str, at: usize) -> Option<String> {
    let before = source.get(..at)?;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(source.get(start..)?);
    let lines = before.get(..start)?.lines().rev().take(MAX_LINES_BEFORE);
    let mut block = lines.take_while(|line| !line.trim().is_empty() && indent(line) >= own);
    let path = block.find_map(|line| line.get(own..)?.strip_prefix("cd "))?;
    let path = path.trim().trim_matches(['"', '\'']);
    let is_literal = !path.contains(['$', ' ', '`', '&', ';', '~', '{']) && !path.starts_with('/');
    is_literal.then(|| path.to_owned())
}

/// Lines, with those that end in a backslash joined to the next.
fn logical_lines(source: &str) -> Vec<Text> {
    let mut lines = Vec::new();
    let mut pieces: Vec<Span> = Vec::new();
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        let joined = body.strip_suffix('\\');
        let text = joined.unwrap_or(body);
        pieces.push(Span::new(at, at + text.len()));
        at += line.len();
        if joined.is_none() {
            flush(source, &mut pieces, &mut lines);
        }
    }
    flush(source, &mut pieces, &mut lines);
    lines
}

fn flush(source: &str, pieces: &mut Vec<Span>, lines: &mut Vec<Text>) {
    let calls = |piece: &str| PROGRAMS.iter().any(|program| piece.contains(program));
    if pieces.iter().any(|span| calls(span.of(source))) {
        lines.push(Text::joined(source, pieces.iter().copied()));
    }
    pieces.clear();
}

/// Where calls begin in a line.
fn starts(line: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    for call in CALLS {
        let Some((program, rest)) = call.split_first() else {
            continue;
        };
        for (at, _) in line.match_indices(program) {
            let before = line.get(..at).and_then(|before| before.chars().next_back());
            let free = before
                .is_none_or(|before| before.is_whitespace() || "`@-+;&|($\"'>".contains(before));
            let mut words = line
                .get(at + program.len()..)
                .unwrap_or_default()
                .split_whitespace();
            let spaced = line
                .get(at + program.len()..)
                .is_some_and(|rest| rest.starts_with(char::is_whitespace));
            if free && spaced && rest.iter().all(|word| words.next() == Some(word)) {
                starts.push(at);
            }
        }
    }
    starts
}

/// Where the call that begins at `start` ends, as far as the line's own format says.
fn end(line: &str, start: usize) -> usize {
    let rest = line.get(start..).unwrap_or_default();
    let opening = line
        .get(..start)
        .and_then(|before| before.chars().next_back());
    let close = match opening {
        Some(quote @ ('`' | '"' | '\'')) => rest.find(quote),
        Some('(') => rest.find(')'),
        _ => None,
    };
    close.map_or(line.len(), |close| start + close)
}

fn read(document: DocumentId, text: &Text) -> Option<BuildCommand> {
    let script = shell::parse_text(text, Dialect::Posix);
    let found = script.commands().into_iter().next()?;
    let words = &found.command.words;
    let call = CALLS.iter().find(|call| {
        let leading = words
            .iter()
            .take(call.len())
            .map(|word| word.literal.as_deref());
        leading.eq(call.iter().map(|word| Some(*word)))
    })?;
    let mut command = BuildCommand {
        location: Location::new(document, found.command.span),
        file: None,
        context: Value::literal("", Location::new(document, found.command.span)),
        target: None,
        tags: Vec::new(),
        arguments: Vec::new(),
        contexts: Vec::new(),
        platforms: Vec::new(),
        directory: None,
    };
    let mut operands = Vec::new();
    let mut words = words.iter().skip(call.len());
    while let Some(word) = words.next() {
        let value = value(document, word);
        let Some(option) = value.text.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
            operands.push(value);
            continue;
        };
        if SWITCHES.contains(&value.text.as_str()) {
            continue;
        }
        let (name, given) = match value.text.split_once('=') {
            Some((name, given)) => (
                name.to_owned(),
                Some(Value {
                    text: given.to_owned(),
                    ..value.clone()
                }),
            ),
            // `-t` and `-f` may have their value at once behind them.
            None if !option.starts_with('-') && option.len() > 1 => {
                let name = value.text.get(..2).unwrap_or_default().to_owned();
                let given = value.text.get(2..).unwrap_or_default().to_owned();
                (
                    name,
                    Some(Value {
                        text: given,
                        ..value.clone()
                    }),
                )
            }
            None => (
                value.text.clone(),
                words.next().map(|word| self::value(document, word)),
            ),
        };
        if let Some(given) = given {
            command.set(&name, given);
        }
    }
    // Exactly one operand: anything else is prose, or a placeholder.
    let [context] = operands.try_into().ok()?;
    command.context = context;
    Some(command)
}

impl BuildCommand {
    fn set(&mut self, option: &str, value: Value) {
        match option {
            "-f" | "--file" => self.file = Some(value),
            "-t" | "--tag" => self.tags.push(value),
            "--target" => self.target = Some(value),
            "--platform" => {
                let parts = value.text.split(',').map(|part| Value {
                    text: part.to_owned(),
                    ..value.clone()
                });
                self.platforms.extend(parts);
            }
            "--build-arg" => {
                let location = value.location;
                let (name, given) = match value.text.split_once('=') {
                    Some((name, given)) => (name.to_owned(), Some(given.to_owned())),
                    None => (value.text.clone(), None),
                };
                let given = given.map(|text| Value { text, ..value });
                self.arguments.push((name, given, location));
            }
            "--build-context" => {
                if let Some((name, given)) = value.text.split_once('=') {
                    let name = name.to_owned();
                    let given = Value {
                        text: given.to_owned(),
                        ..value
                    };
                    self.contexts.push((name, given));
                }
            }
            _ => {}
        }
    }

    /// The Dockerfile and the context, from the directory in which both are found.
    pub(crate) fn resolve(&self, tree: &dyn Tree, file: &TreePath) -> Option<(TreePath, TreePath)> {
        let context = self.context.known()?;
        let root = TreePath::root();
        let own = &file.parent()?;
        // `docker build .` in a document far from the Dockerfile is about somebody's own.
        let is_vague = self.file.is_none() && context == "." && is_prose(file);
        let directories = if is_vague { [own, own] } else { [&root, own] };
        directories.into_iter().find_map(|directory| {
            let directory = match &self.directory {
                Some(gone) => &directory.join(gone)?,
                None => directory,
            };
            let context = directory.join(context)?;
            let file = match &self.file {
                Some(file) => directory.join(file.known()?)?,
                None => context.join("Dockerfile")?,
            };
            let is = |path: &TreePath, kind: EntryKind| {
                tree.entry(path).is_some_and(|entry| entry.kind == kind)
            };
            let found = is(&file, EntryKind::File)
                && (context.is_root() || is(&context, EntryKind::Directory));
            found.then_some((file, context))
        })
    }
}

/// A word as far as its line says: a variable is its default, or not known.
fn value(document: DocumentId, word: &Word) -> Value {
    let mut value = Value::literal("", Location::new(document, word.span));
    for part in &word.parts {
        let (text, name) = match part {
            Part::Literal(literal) => {
                value.text.push_str(&literal.value);
                continue;
            }
            Part::Variable(variable) => {
                let default = variable
                    .operand
                    .as_ref()
                    .filter(|_| variable.modifier == Modifier::Default);
                (
                    default.and_then(|default| default.literal.clone()),
                    variable.name.value.clone(),
                )
            }
            Part::Command(_) | Part::Arithmetic(_) => (None, String::new()),
        };
        value.text.push_str(text.as_deref().unwrap_or_default());
        value.variables.push(Variable {
            name,
            source: if text.is_some() {
                VariableSource::Default
            } else {
                VariableSource::Unset
            },
            value: text,
        });
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Vec<String> {
        let commands = find(DocumentId(0), source);
        let show = |value: &Value| {
            if value.is_known() {
                value.text.clone()
            } else {
                format!("{}?", value.text)
            }
        };
        let commands = commands.iter().map(|command| {
            let file = command.file.as_ref().map_or("-".to_owned(), show);
            let tags: Vec<String> = command.tags.iter().map(show).collect();
            format!("{file} {} [{}]", show(&command.context), tags.join(" "))
        });
        commands.collect()
    }

    #[test]
    fn commands_are_found_in_scripts_makefiles_and_documents() {
        assert_eq!(
            read("Run `docker build -t app:1 .` first.\n"),
            ["- . [app:1]"]
        );
        assert_eq!(
            read(
                "image:\n\t@docker buildx build --load \\\n\t  -f docker/Dockerfile.x \\\n\t  -t app:$(VERSION) . && echo done\n"
            ),
            ["docker/Dockerfile.x . [app:?]"]
        );
        assert_eq!(
            read("      - run: docker build --no-cache --tag=app:${V:-2} --build-arg A=b src\n"),
            ["- src [app:2]"]
        );
        assert_eq!(
            read("./dev test docker build all of it\n"),
            Vec::<String>::new()
        );
        assert_eq!(read("mydocker build .\n"), Vec::<String>::new());
    }

    #[test]
    fn a_change_of_directory_in_the_same_block_counts() {
        let gone = |source: &str| -> Vec<Option<String>> {
            let commands = find(DocumentId(0), source).into_iter();
            commands.map(|command| command.directory).collect()
        };
        let run = "  run: |\n    set -e\n    cd web\n    docker build -t a .\n";
        assert_eq!(gone(run), [Some("web".to_owned())]);
        assert_eq!(gone("cd $X\ndocker build .\n"), [None]);
        assert_eq!(gone("f() {\n  cd web\n}\ndocker build .\n"), [None]);
        assert_eq!(gone("cd web\n\ndocker build .\n"), [None]);
    }
}
