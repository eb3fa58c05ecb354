//! Container commands, read with the grammars of their programs.

use super::argument::Argument;
use super::directory::Directory;
use super::grammar::{self, Grammar, Takes};
use super::script::Call;
use crate::{Location, TreePath, Value};

/// A call of `docker`, `docker compose`, `podman`, `buildah`, `nerdctl` or `skopeo` that stands
/// anywhere in the repository.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The whole command.
    pub location: Location,
    /// Where the program's name stands.
    pub program: Location,
    /// Its program and sub-commands as written, such as `docker image build`.
    pub written: String,
    /// The same in the spelling that it is known by: `docker build`.
    pub command: &'static str,
    /// The options of all levels, in order, by their long names.
    pub options: Vec<CommandOption>,
    /// What is left: names, images, contexts. Behind the image of a `docker run` come the words of
    /// the container's command.
    pub operands: Vec<Value>,
    /// Where it runs.
    pub directory: Directory,
    /// Variables that are set for it, such as `COMPOSE_FILE`.
    pub environment: Vec<(String, Value)>,
    /// Whether all of its words are known well enough to say what is *not* there.
    pub is_complete: bool,
    /// How it is written.
    pub form: Form,
    /// Who runs it.
    pub voice: Voice,
}

/// An option of an [`Invocation`].
#[derive(Clone, Debug)]
pub struct CommandOption {
    /// Its long name without dashes; its only one where it has no long one.
    pub name: String,
    /// Its value, if it has one.
    pub value: Option<Value>,
    /// Where it stands.
    pub location: Location,
}

/// How a command is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// As a line for a shell.
    Shell,
    /// As a list of words in a program.
    Words,
    /// As the inputs of a CI action.
    Action,
    /// As a call of the Docker SDK.
    Sdk,
    /// As a setting that a tool makes the command from.
    Setting,
}

/// Who runs a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Voice {
    /// A script, a build tool or CI does.
    Program,
    /// A reader of a document is told to.
    Prose,
    /// A reader was told to, at some time: a changelog, a dated note.
    History,
}

/// The programs that are looked for.
pub(crate) const PROGRAMS: &[&str] = &[
    "docker",
    "docker-compose",
    "podman",
    "buildah",
    "nerdctl",
    "skopeo",
];

impl Invocation {
    /// Reads a call; `None` when it is none of a container program, or no sub-command of it.
    pub(crate) fn read(call: &Call, form: Form, voice: Voice) -> Option<Self> {
        let program = call.words.first()?;
        let name = program.text();
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let name = name.strip_suffix(".exe").unwrap_or(name);
        let name = PROGRAMS.iter().find(|known| **known == name)?;
        let (mut command, mut level) = grammar::of(name)?;
        let mut reader = Reader {
            words: call.words.get(1..).unwrap_or_default(),
            options: Vec::new(),
            is_complete: true,
        };
        let mut written = (*name).to_owned();
        while let Some(word) = reader.operand(level) {
            let text = word.text();
            let deeper = format!("{written} {text}");
            match grammar::of(&deeper).filter(|_| !word.splits) {
                Some((spelling, grammar)) => {
                    (command, level, written) = (spelling, grammar, deeper);
                    reader.words = reader.words.get(1..).unwrap_or_default();
                }
                None if level.has_commands() => return None,
                None => break,
            }
        }
        let operands = reader.operands(level);
        Some(Self {
            location: call.location,
            program: program.value.location,
            written,
            command,
            is_complete: reader.is_complete,
            options: reader.options,
            operands,
            directory: call.directory.clone(),
            environment: call.environment.clone(),
            form,
            voice,
        })
    }

    /// The values of an option, by its long name.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        let options = self.options.iter().filter(move |it| it.name == name);
        options.filter_map(|option| option.value.as_ref())
    }

    /// The last value of an option.
    pub fn value(&self, name: &str) -> Option<&Value> {
        let mut options = self.options.iter().rev();
        options.find(|it| it.name == name)?.value.as_ref()
    }

    /// Whether an option is given.
    pub fn has(&self, name: &str) -> bool {
        self.options.iter().any(|option| option.name == name)
    }

    /// The program, without sub-commands.
    pub fn program_name(&self) -> &str {
        let mut words = self.written.split(' ');
        words.next().unwrap_or_default()
    }

    /// The sub-commands of a Compose command, such as `up`; `None` when it is none.
    pub fn compose_command(&self) -> Option<&str> {
        let command = self.command;
        let rest = ["docker compose", "docker-compose", "podman compose"]
            .iter()
            .find_map(|program| command.strip_prefix(program))?;
        Some(rest.trim_start())
    }

    /// A variable that is set for it.
    pub fn variable(&self, name: &str) -> Option<&Value> {
        let mut variables = self.environment.iter();
        variables
            .find(|(own, _)| own == name)
            .map(|(_, value)| value)
    }

    /// What a path of it names, once for each place that it may run in.
    pub fn resolve(&self, value: &Value) -> Vec<TreePath> {
        value
            .known()
            .map_or_else(Vec::new, |path| self.directory.resolve(path))
    }
}

struct Reader<'a> {
    words: &'a [Argument],
    options: Vec<CommandOption>,
    is_complete: bool,
}

impl<'a> Reader<'a> {
    /// Reads options up to the next word that is none, which is left where it is.
    fn operand(&mut self, level: &Grammar) -> Option<&'a Argument> {
        loop {
            let (word, rest) = self.words.split_first()?;
            let text = word.text();
            if text == "--" {
                self.words = rest;
                return rest.first();
            }
            if !text.starts_with('-') || text == "-" {
                if word.splits {
                    self.is_complete = false;
                    if rest.is_empty() {
                        return Some(word);
                    }
                    // `docker compose $OPTIONS up`
                    self.words = rest;
                    continue;
                }
                return Some(word);
            }
            self.words = rest;
            self.option(word, level);
        }
    }

    fn operands(&mut self, level: &Grammar) -> Vec<Value> {
        let mut operands = Vec::new();
        while let Some(word) = self.operand(level) {
            self.words = self.words.get(1..).unwrap_or_default();
            if word.splits {
                self.is_complete = false;
            }
            operands.push(word.value.clone());
            if !level.is_interspersed() {
                self.is_complete &= self.words.iter().all(|word| !word.splits);
                operands.extend(self.words.iter().map(|word| word.value.clone()));
                self.words = &[];
            }
        }
        operands
    }

    fn option(&mut self, word: &Argument, level: &Grammar) {
        let text = word.text();
        let location = word.value.location;
        let (dashes, named) = match text.strip_prefix("--") {
            Some(named) => ("--", named),
            None => ("-", text.trim_start_matches('-')),
        };
        let (name, given) = match named.split_once('=') {
            Some((name, given)) => (name, Some(given)),
            None => (named, None),
        };
        let part = |text: &str| Value {
            text: text.to_owned(),
            ..word.value.clone()
        };
        // Both `--file` and, of some programs, `-file`.
        if dashes == "--" || level.takes(name).is_some() {
            let takes = level.takes(name);
            let value = match (given, takes) {
                (Some(given), _) => Some(part(given)),
                (None, Some(Takes::Value)) => self.next(),
                (None, Some(Takes::Nothing | Takes::Optional)) => None,
                (None, None) => {
                    self.is_complete = false;
                    None
                }
            };
            self.add(level.long(name), value, location);
            return;
        }
        // `-it`, `-fcompose.yaml`, `-p 80:80`
        for (at, letter) in named.char_indices() {
            let short = letter.to_string();
            let rest = named.get(at + letter.len_utf8()..).unwrap_or_default();
            match level.takes(&short) {
                Some(Takes::Value) => {
                    let value = if rest.is_empty() {
                        self.next()
                    } else {
                        Some(part(rest.strip_prefix('=').unwrap_or(rest)))
                    };
                    return self.add(level.long(&short), value, location);
                }
                Some(Takes::Nothing | Takes::Optional) => {
                    self.add(level.long(&short), None, location);
                }
                None => {
                    self.is_complete = false;
                    return;
                }
            }
        }
    }

    /// The next word, as the value of an option.
    fn next(&mut self) -> Option<Value> {
        let (word, rest) = self.words.split_first()?;
        self.words = rest;
        Some(word.value.clone())
    }

    fn add(&mut self, name: &str, value: Option<Value>, location: Location) {
        self.options.push(CommandOption {
            name: name.to_owned(),
            value,
            location,
        });
    }
}
