//! Which scripts read one another in, and what they know of one another by that.

use std::collections::{HashMap, HashSet};

use dockwright_environment::{DocumentId, Environment, ScriptDocument};
use dockwright_syntax::shell::Dialect;

use crate::libraries::Libraries;

/// The scripts of an environment that read others in by `source` or `.`, or are read in.
pub(crate) struct Sourcing<'a> {
    dialects: HashMap<DocumentId, Dialect>,
    /// The company that a script is in.
    companies: HashMap<DocumentId, usize>,
    variables: Vec<Variables<'a>>,
}

/// The variables of scripts that run together.
#[derive(Default)]
struct Variables<'a> {
    assigned: HashSet<&'a str>,
    /// The script that reads a variable; none where there are several.
    read: HashMap<&'a str, Option<DocumentId>>,
}

impl<'a> Sourcing<'a> {
    /// Follows every `source` and `.` of every script.
    pub(crate) fn of(environment: &'a Environment) -> Self {
        let calls = calls(environment);
        let companies = companies(&calls);
        let mut variables: Vec<Variables<'_>> = Vec::new();
        for script in &environment.scripts {
            let Some(number) = companies.get(&script.document) else {
                continue;
            };
            if variables.len() <= *number {
                variables.resize_with(number + 1, Variables::default);
            }
            if let Some(variables) = variables.get_mut(*number) {
                variables.add(environment, script);
            }
        }
        Self {
            dialects: dialects(environment, &calls),
            companies,
            variables,
        }
    }

    /// The dialect of a script: the one that it says itself, else that of the scripts that read it in;
    /// bash where nobody says.
    pub(crate) fn dialect(&self, script: DocumentId) -> Dialect {
        let known = self.dialects.get(&script);
        known.copied().unwrap_or(Dialect::Bash)
    }

    /// Whether a script that runs together with this one sets a variable.
    pub(crate) fn sets(&self, script: DocumentId, name: &str) -> bool {
        let company = self.company(script);
        company.is_some_and(|it| it.assigned.contains(name))
    }

    /// Whether another script that runs together with this one reads a variable.
    pub(crate) fn reads_elsewhere(&self, script: DocumentId, name: &str) -> bool {
        let readers = self.company(script).and_then(|it| it.read.get(name));
        readers.is_some_and(|reader| *reader != Some(script))
    }

    fn company(&self, script: DocumentId) -> Option<&Variables<'a>> {
        self.variables.get(*self.companies.get(&script)?)
    }
}

impl<'a> Variables<'a> {
    fn add(&mut self, environment: &'a Environment, document: &'a ScriptDocument) {
        let script = document.script(&environment.documents);
        let assigned = script.variables_assigned();
        self.assigned.extend(assigned.iter().map(|it| it.name));
        for read in script.variables_read() {
            let reader = self.read.entry(&read.name.value);
            let reader = reader.or_insert(Some(document.document));
            if *reader != Some(document.document) {
                *reader = None;
            }
        }
    }
}

/// Who reads whom in.
type Calls = HashMap<DocumentId, Vec<DocumentId>>;

fn calls(environment: &Environment) -> Calls {
    let libraries = Libraries::of(environment);
    let mut calls = Calls::new();
    for script in &environment.scripts {
        let text = &environment.documents.get(script.document).text;
        if !text.contains(". ") && !text.contains("source ") {
            continue;
        }
        let tree = script.script(&environment.documents);
        let sourced = tree.sourced().into_iter();
        let mut sourced: Vec<DocumentId> = sourced
            .filter_map(|it| libraries.named(script, it.target))
            .map(|it| it.document)
            .collect();
        sourced.sort_unstable();
        sourced.dedup();
        if !sourced.is_empty() {
            calls.insert(script.document, sourced);
        }
    }
    calls
}

/// Numbers the sets of scripts that are connected.
fn companies(calls: &Calls) -> HashMap<DocumentId, usize> {
    let mut neighbours = Calls::new();
    for (caller, called) in calls {
        for called in called {
            neighbours.entry(*caller).or_default().push(*called);
            neighbours.entry(*called).or_default().push(*caller);
        }
    }
    let mut companies = HashMap::new();
    let mut number = 0;
    for start in neighbours.keys() {
        if companies.contains_key(start) {
            continue;
        }
        let mut next = vec![*start];
        while let Some(script) = next.pop() {
            if companies.insert(script, number).is_none() {
                next.extend(neighbours.get(&script).into_iter().flatten());
            }
        }
        number += 1;
    }
    companies
}

/// The dialects that scripts say themselves, handed on to those that they read in and that say nothing.
/// What a plain `sh` reads in has to be in its language, whoever else reads it.
fn dialects(environment: &Environment, calls: &Calls) -> HashMap<DocumentId, Dialect> {
    let scripts = environment.scripts.iter();
    let own: HashMap<DocumentId, Dialect> = scripts
        .filter_map(|script| {
            let document = environment.documents.get(script.document);
            let dialect = Dialect::of_file(document.path.file_name(), &document.text)?;
            Some((script.document, dialect))
        })
        .collect();
    let mut dialects = own.clone();
    for dialect in [Dialect::Posix, Dialect::Bash, Dialect::Ksh, Dialect::Zsh] {
        let speakers = own.iter().filter(|(_, own)| **own == dialect);
        let mut next: Vec<DocumentId> = speakers.map(|(script, _)| *script).collect();
        while let Some(script) = next.pop() {
            for called in calls.get(&script).into_iter().flatten() {
                if !dialects.contains_key(called) {
                    dialects.insert(*called, dialect);
                    next.push(*called);
                }
            }
        }
    }
    dialects
}
