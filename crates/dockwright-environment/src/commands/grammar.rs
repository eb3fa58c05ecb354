//! The grammars of container command lines: which sub-commands there are, and which of their
//! options take a value.
//!
//! They are data, made from the programs' own `--help` by `scripts/command-grammars`.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// Source: the header of the file.
const DATA: &str = include_str!("../../data/commands.toml");

/// What a command takes.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Grammar {
    /// Other spellings of the same command.
    aliases: Vec<String>,
    /// Names of options without a value.
    switches: Vec<String>,
    /// Names of options with a value.
    values: Vec<String>,
    /// Names of options whose value, if any, stands behind `=`.
    optional: Vec<String>,
    /// One-letter names, and the long ones that they stand for.
    short: HashMap<String, String>,
    /// Whether options may stand behind operands.
    interspersed: Option<bool>,
    /// Sub-commands.
    commands: Vec<String>,
}

/// Whether an option takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Value,
    /// A value only behind `=`.
    Optional,
}

impl Grammar {
    /// Whether the option `name`, without dashes, takes a value; `None` when there is none.
    pub(super) fn takes(&self, name: &str) -> Option<Takes> {
        let has = |names: &[String]| names.iter().any(|own| own == name);
        if has(&self.values) {
            Some(Takes::Value)
        } else if has(&self.optional) {
            Some(Takes::Optional)
        } else if has(&self.switches) {
            Some(Takes::Nothing)
        } else {
            None
        }
    }

    /// The long name of an option, or its only one.
    pub(super) fn long<'a>(&'a self, name: &'a str) -> &'a str {
        self.short.get(name).map_or(name, String::as_str)
    }

    /// Whether options are read behind operands too.
    pub(super) fn is_interspersed(&self) -> bool {
        self.interspersed.unwrap_or(true)
    }

    /// Whether it has sub-commands, and does nothing without one.
    pub(super) fn has_commands(&self) -> bool {
        !self.commands.is_empty()
    }
}

struct Grammars {
    by_command: HashMap<String, Grammar>,
    /// Other spellings → the command.
    aliases: HashMap<String, String>,
}

fn grammars() -> &'static Grammars {
    static GRAMMARS: OnceLock<Grammars> = OnceLock::new();
    GRAMMARS.get_or_init(|| {
        // A test reads the file; nothing of it is known when it cannot be read.
        let by_command: HashMap<String, Grammar> = toml::from_str(DATA).unwrap_or_default();
        let aliases = by_command
            .iter()
            .flat_map(|(command, grammar)| {
                let others = grammar.aliases.iter();
                others.map(move |alias| (alias.clone(), command.clone()))
            })
            .filter(|(alias, _)| !by_command.contains_key(alias))
            .collect();
        Grammars {
            by_command,
            aliases,
        }
    })
}

/// The grammar of a command (`docker compose up`), and the spelling it is known by.
pub(super) fn of(command: &str) -> Option<(&'static str, &'static Grammar)> {
    let grammars = grammars();
    let command = grammars
        .aliases
        .get(command)
        .map_or(command, String::as_str);
    let found = grammars.by_command.get_key_value(command)?;
    Some((found.0.as_str(), found.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grammar_is_read() {
        let read: Result<HashMap<String, Grammar>, _> = toml::from_str(DATA);
        assert!(read.unwrap().len() > 100);
        let (_, run) = of("docker run").unwrap();
        assert_eq!(run.takes("name"), Some(Takes::Value));
        assert_eq!(run.takes("rm"), Some(Takes::Nothing));
        assert!(!run.is_interspersed());
        let (_, build) = of("docker buildx build").unwrap();
        assert_eq!(build.long("t"), "tag");
    }
}
