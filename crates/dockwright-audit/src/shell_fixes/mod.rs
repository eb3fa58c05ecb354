//! Which comments of the shell checker a program can act on, and what it writes.

mod arrays;
mod conditions;
mod declarations;
mod echo;
mod quotes;
mod source;
mod words;

use std::sync::LazyLock;

use dockwright_shellcheck::{Comment, Replacement};
use serde::Deserialize;

use crate::Safety;
pub(crate) use source::Source;

/// What is done about a code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remedy {
    code: u32,
    safety: Certainty,
    /// What is done, as a command.
    pub(crate) title: String,
    /// Why it is that sure.
    pub(crate) why: String,
    #[serde(default)]
    splits: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Certainty {
    Safe,
    Unsafe,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    lists: Vec<String>,
    single: Vec<String>,
    files: Vec<String>,
    filters: Vec<String>,
    takers: Vec<String>,
    lines: Vec<String>,
    fix: Vec<Remedy>,
}

static TABLE: LazyLock<Option<Table>> =
    LazyLock::new(|| toml::from_str(include_str!("../../data/shell-fixes.toml")).ok());

impl Remedy {
    /// How sure it is.
    pub(crate) fn safety(&self) -> Safety {
        match self.safety {
            Certainty::Safe => Safety::Safe,
            Certainty::Unsafe => Safety::Unsafe,
        }
    }
}

/// What is to be done about a comment on a script, and what is written for it.
pub(crate) fn of(
    comment: &Comment,
    source: &Source<'_>,
) -> Option<(&'static Remedy, Vec<Replacement>)> {
    let table = TABLE.as_ref()?;
    let remedy = table.fix.iter().find(|it| it.code == comment.code)?;
    let one = |it: Option<Replacement>| it.map(|it| vec![it]);
    let edits = match comment.code {
        1083 => one(words::braces(comment, source)),
        2005 => one(echo::command(comment, source)),
        2027 => one(words::unnested(comment, source)),
        2028 | 3037 => one(echo::printf(comment, source)),
        2034 => one(words::unread(comment, source)),
        2038 => one(words::names(comment, source)),
        2048 => one(arrays::elements(comment, source)),
        2064 => one(words::trap(comment, source)),
        2076 => one(conditions::contains(comment, source)),
        2116 => one(echo::operand(comment, source)),
        2124 | 2145 | 2199 => one(arrays::joined(comment, source)),
        2128 => one(arrays::first(comment, source)),
        2155 => declarations::apart(comment, source),
        2166 => one(conditions::apart(comment, source)),
        2172 => words::signals(comment, source),
        2207 => one(arrays::lines(comment, source, table)),
        2223 => one(words::default(comment, source)),
        3046 => one(words::dot(comment, source)),
        2086 if arrays::elements(comment, source).is_some() => {
            one(arrays::elements(comment, source))
        }
        _ => one(quotes::replacement(comment, source, table, remedy.splits)),
    };
    Some((remedy, edits?))
}

/// What a comment is about, replaced.
fn replacing(comment: &Comment, text: String) -> Replacement {
    Replacement {
        start: comment.start,
        end: comment.end,
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        let table = TABLE.as_ref().unwrap();
        assert!(table.fix.iter().all(|it| !it.why.is_empty()));
    }
}
