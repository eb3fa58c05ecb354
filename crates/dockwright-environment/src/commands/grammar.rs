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
    /// The command that this is another spelling of.
    same: Option<String>,
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

/// Each command's part of the data, and what it says, read when it is first asked for.
type Sections = HashMap<&'static str, (&'static str, OnceLock<Option<Grammar>>)>;

fn sections() -> &'static Sections {
    static SECTIONS: OnceLock<Sections> = OnceLock::new();
    SECTIONS.get_or_init(|| {
        let sections = DATA.split("\n[\"").skip(1);
        let named = sections.filter_map(|section| section.split_once("\"]\n"));
        named
            .map(|(command, text)| (command, (text, OnceLock::new())))
            .collect()
    })
}

/// The grammar of a command (`docker compose up`), and the spelling it is known by.
pub(super) fn of(command: &str) -> Option<(&'static str, &'static Grammar)> {
    let (command, (text, grammar)) = sections().get_key_value(command)?;
    // A test reads every part.
    let grammar = grammar.get_or_init(|| toml::from_str(text).ok()).as_ref()?;
    match &grammar.same {
        Some(same) => of(same),
        None => Some((command, grammar)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grammar_is_read() {
        assert!(sections().len() > 500);
        for command in sections().keys() {
            assert!(of(command).is_some(), "{command}");
        }
        assert_eq!(of("docker image build").unwrap().0, "docker build");
        assert_eq!(of("docker-compose up").unwrap().0, "docker compose up");
        let (_, run) = of("docker run").unwrap();
        assert_eq!(run.takes("name"), Some(Takes::Value));
        assert_eq!(run.takes("rm"), Some(Takes::Nothing));
        assert!(!run.is_interspersed());
        let (_, build) = of("docker buildx build").unwrap();
        assert_eq!(build.long("t"), "tag");
    }
}
