//! Makefiles: each line of a recipe is run by a shell of its own, where the makefile is.

use std::collections::HashMap;

use dockwright_syntax::Text;
use dockwright_syntax::makefile::{self, Makefile, Operator, Rule};
use dockwright_syntax::shell::Dialect;
use dockwright_syntax::substitute::put_in;

use super::Host;
use crate::commands::{Argument, Call, Directory, Form, MakeCall, is_make, spell};
use crate::{TreePath, Value};

/// Variables that stand for one another are followed so far.
const MAX_DEPTH: usize = 8;
/// Makefiles that are read in by one.
const MAX_INCLUDES: usize = 16;
/// The longest value, in bytes.
const MAX_TEXT: usize = 8 * 1024;

pub(super) fn read(host: &mut Host<'_>) {
    let makefile = parsed(host);
    // A part that others read in may be used from the root.
    let is_part = host.document.path.file_name().ends_with(".mk");
    let directory = if is_part {
        host.anywhere()
    } else {
        Directory::at(host.directory())
    };
    for rule in &makefile.rules {
        for call in calls(host, &makefile, rule, &directory, &[]) {
            host.call(&call, Form::Shell);
        }
    }
}

/// Reads what the recipes of a call of make do otherwise than by themselves. What a word has from a
/// variable of the call stands where the call gives it.
pub(super) fn run(host: &mut Host<'_>, make: &MakeCall, directory: TreePath) {
    let makefile = parsed(host);
    let directory = Directory::at(directory);
    for rule in rules(&makefile, &make.targets) {
        let usual = calls(host, &makefile, rule, &directory, &[]);
        for mut call in calls(host, &makefile, rule, &directory, &make.variables) {
            let program = call.words.first().map(Argument::text);
            // What it calls make for has its variables too.
            if usual.contains(&call) && !program.is_some_and(is_make) {
                continue;
            }
            for word in &mut call.words {
                let mut given = make.variables.iter();
                let took_part =
                    |name: &String| word.value.variables.iter().any(|it| it.name == *name);
                if let Some((_, value)) = given.find(|(name, _)| took_part(name)) {
                    word.value.location = value.location;
                }
            }
            host.call(&call, Form::Shell);
        }
    }
}

/// The makefile of a document, with the variables of those that it reads in.
fn parsed(host: &Host<'_>) -> Makefile {
    let mut makefile = makefile::parse(&host.document.text);
    let own = std::mem::take(&mut makefile.variables);
    makefile.variables = included(host, &makefile);
    makefile.variables.extend(own);
    makefile
}

/// What the recipe of a rule calls; `given` are the variables of the call of make.
fn calls(
    host: &Host<'_>,
    makefile: &Makefile,
    rule: &Rule,
    directory: &Directory,
    given: &[(String, Value)],
) -> Vec<Call> {
    let here = directory.certain().map(spell);
    let mut variables = Variables::of(makefile, rule, here);
    for (name, _) in given {
        // The shell has them, so that what is made of them is known by their names.
        variables.by_name.remove(name.as_str());
    }
    let lines = rule.recipe.iter().flat_map(|line| {
        let line = put_in(line, &|name| variables.value(name, 0));
        host.calls(&line, Dialect::Posix, directory.clone(), given.to_vec())
    });
    lines.collect()
}

/// The rules that make follows for some targets: theirs, and those of what has to be made before.
fn rules<'a>(makefile: &'a Makefile, targets: &[String]) -> Vec<&'a Rule> {
    let has = |rule: &Rule, name: &str| rule.targets.iter().any(|target| target.value == name);
    let mut wanted: Vec<&str> = targets.iter().map(String::as_str).collect();
    if wanted.is_empty() {
        wanted.extend(default_goal(makefile));
    }
    let mut at = 0;
    while let Some(target) = wanted.get(at).copied() {
        at += 1;
        let own = makefile.rules.iter().filter(|rule| has(rule, target));
        for before in own.flat_map(|rule| &rule.prerequisites) {
            if !wanted.contains(&before.value.as_str()) {
                wanted.push(&before.value);
            }
        }
    }
    let is_wanted = |rule: &&Rule| wanted.iter().any(|name| has(rule, name));
    makefile.rules.iter().filter(is_wanted).collect()
}

/// What make makes when it is told no target.
fn default_goal(makefile: &Makefile) -> Option<&str> {
    let mut set = makefile.variables.iter().rev();
    if let Some(goal) = set.find(|variable| variable.name.value == ".DEFAULT_GOAL") {
        return Some(&goal.value.value);
    }
    let mut targets = makefile.rules.iter().flat_map(|rule| &rule.targets);
    let is_goal =
        |name: &str| !name.contains('%') && (!name.starts_with('.') || name.contains('/'));
    let first = targets.find(|target| is_goal(&target.value));
    first.map(|target| target.value.as_str())
}

/// The variables of the makefiles that one reads in, as far as their names are plain.
fn included(host: &Host<'_>, makefile: &Makefile) -> Vec<makefile::Variable> {
    let mut variables = Vec::new();
    for include in makefile.includes.iter().take(MAX_INCLUDES) {
        let path = host.directory().join(&include.value);
        let bytes = path.and_then(|path| host.tree.read(&path).ok());
        let text = bytes.and_then(|bytes| std::str::from_utf8(&bytes).map(str::to_owned).ok());
        variables.extend(
            text.map(|text| makefile::parse(&text).variables)
                .into_iter()
                .flatten(),
        );
    }
    variables
}

/// The variables as the recipe of a rule sees them.
struct Variables<'a> {
    by_name: HashMap<&'a str, Vec<&'a Text>>,
    here: Option<String>,
}

impl<'a> Variables<'a> {
    fn of(makefile: &'a Makefile, rule: &Rule, here: Option<String>) -> Self {
        let mut by_name: HashMap<&str, Vec<&Text>> = HashMap::new();
        let is_own = |target: &String| rule.targets.iter().any(|own| own.value == *target);
        for variable in &makefile.variables {
            if !variable.targets.is_empty() && !variable.targets.iter().any(is_own) {
                continue;
            }
            let values = by_name.entry(&variable.name.value).or_default();
            match variable.operator {
                Operator::Set => *values = vec![&variable.value],
                Operator::Default if values.is_empty() => values.push(&variable.value),
                Operator::Append => values.push(&variable.value),
                // What a command puts out is not known.
                Operator::Output => values.clear(),
                Operator::Default => {}
            }
        }
        Self { by_name, here }
    }

    /// The value of a variable; `None` when some part of it is not known.
    fn value(&self, name: &str, depth: usize) -> Option<String> {
        if name == "CURDIR" {
            return self.here.clone();
        }
        let values = self.by_name.get(name).filter(|_| depth < MAX_DEPTH)?;
        if values.is_empty() {
            return None;
        }
        let parts = values.iter().map(|value| {
            let text = put_in(value, &|name| self.value(name, depth + 1)).value;
            (text.len() < MAX_TEXT).then_some(text)
        });
        let parts: Option<Vec<String>> = parts.collect();
        Some(parts?.join(" "))
    }
}
