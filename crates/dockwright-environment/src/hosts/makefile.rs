//! Makefiles: each line of a recipe is run by a shell of its own, where the makefile is.

use std::collections::HashMap;

use dockwright_syntax::Text;
use dockwright_syntax::makefile::{self, Makefile, Operator, Rule};
use dockwright_syntax::shell::Dialect;
use dockwright_syntax::substitute::put_in;

use super::Host;
use crate::commands::{Directory, spell};

/// Variables that stand for one another are followed so far.
const MAX_DEPTH: usize = 8;
/// Makefiles that are read in by one.
const MAX_INCLUDES: usize = 16;
/// The longest value, in bytes.
const MAX_TEXT: usize = 8 * 1024;

pub(super) fn read(host: &mut Host<'_>) {
    let mut makefile = makefile::parse(&host.document.text);
    let own = std::mem::take(&mut makefile.variables);
    makefile.variables = included(host, &makefile);
    makefile.variables.extend(own);
    // A part that others read in may be used from the root.
    let is_part = host.document.path.file_name().ends_with(".mk");
    let directory = if is_part {
        host.anywhere()
    } else {
        Directory::at(host.directory())
    };
    let here = directory.certain().map(spell);
    for rule in &makefile.rules {
        let variables = Variables::of(&makefile, rule, here.clone());
        for line in &rule.recipe {
            let line = put_in(line, &|name| variables.value(name, 0));
            host.shell(&line, Dialect::Posix, directory.clone(), Vec::new());
        }
    }
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
