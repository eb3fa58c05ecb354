//! Calls of make.
//!
//! Source: GNU make manual, "Options Summary", "Overriding Variables", "Makefile Names".

use super::argument::{Argument, unset};
use super::directory::{Directory, is_directory};
use super::invocation::Voice;
use super::script::Call;
use crate::tree::EntryKind;
use crate::{Location, Tree, TreePath, Value, Variable, VariableSource};

/// The names that make looks for, the first going before the others.
pub(crate) const MAKEFILE_NAMES: [&str; 3] = ["GNUmakefile", "makefile", "Makefile"];

/// Options with a value, short and long.
const VALUED: &[(char, &str)] = &[
    ('C', "directory"),
    ('f', "file"),
    ('f', "makefile"),
    ('E', "eval"),
    ('I', "include-dir"),
    ('W', "assume-new"),
    ('W', "new-file"),
    ('W', "what-if"),
    ('o', "assume-old"),
    ('o', "old-file"),
];

/// Options whose value is optional and, apart from the option, a number.
const COUNTED: &[(char, &str)] = &[('j', "jobs"), ('l', "load-average"), ('l', "max-load")];

/// Options with which no recipe is run.
const IDLE: &[(char, &str)] = &[
    ('h', "help"),
    ('n', "dry-run"),
    ('n', "just-print"),
    ('n', "recon"),
    ('p', "print-data-base"),
    ('q', "question"),
    ('t', "touch"),
    ('v', "version"),
];

/// A call of make that runs recipes.
#[derive(Clone, Debug)]
pub(crate) struct MakeCall {
    /// Where it runs, before `-C`.
    pub(crate) from: Directory,
    /// The directory of `-C`.
    pub(crate) directory: Option<Value>,
    /// The makefile of `-f`, from that directory.
    pub(crate) file: Option<Value>,
    /// The targets; the makefile's own without.
    pub(crate) targets: Vec<String>,
    /// The variables that it gives, and what of them is known.
    pub(crate) variables: Vec<(String, Value)>,
    /// Who runs it.
    pub(crate) voice: Voice,
    /// Whether every word of it is known, but for the values of variables.
    pub(crate) is_complete: bool,
}

/// Whether a program is make.
pub(crate) fn is_make(program: &str) -> bool {
    matches!(program, "make" | "gmake")
}

impl MakeCall {
    /// Reads a call; `None` when it is one of another program, or one that runs nothing.
    pub(crate) fn read(call: &Call, voice: Voice) -> Option<Self> {
        let (program, words) = call.words.split_first()?;
        if !is_make(program.text()) {
            return None;
        }
        let mut make = Self {
            from: call.directory.clone(),
            directory: None,
            file: None,
            targets: Vec::new(),
            variables: Vec::new(),
            voice,
            is_complete: true,
        };
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            let text = word.text();
            let (name, given) = match text.strip_prefix("--") {
                Some(long) => match long.split_once('=') {
                    Some((name, given)) => (long_option(name), Some(given)),
                    None => (long_option(long), None),
                },
                None => match text.strip_prefix('-').filter(|rest| !rest.is_empty()) {
                    Some(short) => short_options(short),
                    None => {
                        make.operand(word);
                        continue;
                    }
                },
            };
            let value = given.filter(|given| !given.is_empty());
            let value = value.map(|given| Value {
                text: given.to_owned(),
                ..word.value.clone()
            });
            match name {
                Some(Kind::Idle) => return None,
                Some(Kind::Valued(letter)) => {
                    let value = value.or_else(|| words.next().map(|word| word.value.clone()));
                    make.option(letter, value?);
                }
                Some(Kind::Counted) => {
                    let is_number = |word: &&Argument| {
                        word.text()
                            .starts_with(|first: char| first.is_ascii_digit())
                    };
                    if value.is_none() {
                        words.next_if(is_number);
                    }
                }
                None => {}
            }
        }
        Some(make)
    }

    fn option(&mut self, letter: char, value: Value) {
        let place = match letter {
            'C' => &mut self.directory,
            'f' => &mut self.file,
            'E' => {
                self.is_complete = false;
                return;
            }
            _ => return,
        };
        // A second directory is entered from the first, a second file is read with it.
        self.is_complete &= place.is_none() && value.is_known();
        *place = Some(value);
    }

    fn operand(&mut self, word: &Argument) {
        let text = word.text();
        let Some((name, given)) = text.split_once('=') else {
            self.is_complete &= !word.splits && word.value.is_known();
            self.targets.push(text.to_owned());
            return;
        };
        let name = name.trim_end_matches(':');
        // `NAME+=…` and `NAME?=…` depend on what there was.
        self.is_complete &= !name.ends_with(['+', '?', '!']);
        let value = given_value(name, given, &word.value);
        self.variables.retain(|(own, _)| own != name);
        self.variables.push((name.to_owned(), value));
    }

    /// Adds the variables that a call of make around it gave, which make hands on.
    pub(crate) fn inherit(&mut self, outer: &[(String, Value)]) {
        for (name, value) in outer {
            if !self.variables.iter().any(|(own, _)| own == name) {
                self.variables.push((name.clone(), value.clone()));
            }
        }
    }

    /// Whether recipes run otherwise for it than by themselves, and it is known how.
    pub(crate) fn says_more(&self) -> bool {
        self.is_complete
            && self.voice != Voice::History
            && self.variables.iter().any(|(_, value)| value.is_known())
    }

    /// The makefile that it reads and where its recipes run, when there is just one that it can be.
    pub(crate) fn makefile(&self, tree: &dyn Tree) -> Option<(TreePath, TreePath)> {
        let here = match &self.directory {
            Some(directory) => self.from.enter(tree, directory.known()?),
            None => self.from.clone(),
        };
        let is_file = |path: &TreePath| {
            tree.entry(path)
                .is_some_and(|entry| entry.kind == EntryKind::File)
        };
        let mut found = here.candidates().iter().filter_map(|directory| {
            let mut paths = match &self.file {
                Some(file) => Directory::at(directory.clone()).resolve(file.known()?),
                None => MAKEFILE_NAMES
                    .iter()
                    .filter_map(|name| directory.join(name))
                    .collect(),
            }
            .into_iter();
            Some((paths.find(is_file)?, directory.clone()))
        });
        let only = found.next()?;
        found.next().is_none().then_some(only)
    }

    /// Whether there is a directory that `-C` can mean.
    pub(crate) fn has_directory(&self, tree: &dyn Tree, directory: &str) -> bool {
        let places = self.from.resolve(directory);
        places.iter().any(|path| is_directory(tree, path))
    }
}

/// What an option asks for.
#[derive(Clone, Copy)]
enum Kind {
    Valued(char),
    Counted,
    Idle,
}

fn kind(is: impl Fn(&(char, &str)) -> bool) -> Option<Kind> {
    let valued = VALUED.iter().find(|own| is(own));
    let valued = valued.map(|(letter, _)| Kind::Valued(*letter));
    let counted = || COUNTED.iter().any(&is).then_some(Kind::Counted);
    let idle = || IDLE.iter().any(&is).then_some(Kind::Idle);
    valued.or_else(counted).or_else(idle)
}

fn long_option(name: &str) -> Option<Kind> {
    kind(|(_, long)| *long == name)
}

/// The first of some letters that means something here, and what stands behind it: `-sC docker`, `-j4`.
fn short_options(letters: &str) -> (Option<Kind>, Option<&str>) {
    for (at, letter) in letters.char_indices() {
        if let Some(found) = kind(|(short, _)| *short == letter) {
            return (Some(found), letters.get(at + letter.len_utf8()..));
        }
    }
    (None, None)
}

/// The value of `NAME=value`. make reads it as it reads a makefile, and a shell what comes of that: what
/// would mean something to either is not known.
fn given_value(name: &str, given: &str, word: &Value) -> Value {
    let mut value = Value {
        text: given.to_owned(),
        ..word.clone()
    };
    let span = word.location.span;
    if span.len() == word.text.len() {
        let end = span.end as usize;
        let span = dockwright_syntax::Span::new(end - given.len(), end);
        value.location = Location::new(word.location.document, span);
    }
    let special = "$#'\"\\`&|;<>()*?[]{}~";
    if given.contains(|letter| special.contains(letter)) {
        value.variables.push(unset(name));
    } else if value.is_known() {
        value.variables.push(Variable {
            name: name.to_owned(),
            value: Some(given.to_owned()),
            source: VariableSource::Caller,
        });
    }
    value
}
