//! Shell scripts and `RUN` bodies.
//!
//! One tree serves POSIX `sh` and bash: it tells what a script calls, reads and sets, not whether
//! a certain shell accepts every construct. What the grammar cannot read is read line by line, so
//! that a script always yields its commands, with a [`Problem`] that says where.

mod dialect;
mod fallback;
mod limits;
mod lower;
mod quote;
mod resolve;
mod tree;
mod walk;

pub use dialect::Dialect;
pub use limits::{MAX_SCRIPT_BYTES, is_too_nested};
pub use resolve::{Invocation, Wrapper, unwrapped};
pub use tree::*;
pub use walk::{
    Assigned, AssignmentKind, CommandUse, Context, Dispatch, Node, Sourced, VariableRead,
    commands_in,
};

use shuck_parser::ShellDialect;
use shuck_parser::parser::{ParseResult, Parser};

use crate::{Problem, Span, Text};
use lower::Lowering;

/// Reads a script. For a file, take the dialect from [`Dialect::from_shebang`].
pub fn parse(source: &str, dialect: Dialect) -> Script {
    read(source, None, dialect)
}

/// Reads a script that stands inside another file, such as the body of a `RUN`. All spans point
/// into that file.
pub fn parse_text(text: &Text, dialect: Dialect) -> Script {
    read(&text.value, Some(text), dialect)
}

fn read(source: &str, text: Option<&Text>, dialect: Dialect) -> Script {
    let mut lowering = Lowering {
        source,
        base: 0,
        text,
        comments: Vec::new(),
    };
    let mut problems = Vec::new();
    let statements = if let Some(message) = limits::excess(source) {
        problems.push(Problem::new(lowering.place(0, source.len()), message));
        let end = (0..=MAX_SCRIPT_BYTES.min(source.len()))
            .rev()
            .find(|end| source.is_char_boundary(*end));
        fallback::lines(&mut lowering, Span::new(0, end.unwrap_or(0)))
    } else {
        let result = syntax_tree(source, dialect);
        for diagnostic in &result.diagnostics {
            let span = lowering.span(diagnostic.span);
            problems.push(Problem::new(span, diagnostic.message.trim_end_matches('.')));
        }
        if result.is_ok() {
            lowering.statements(&result.file.body)
        } else {
            fallback::with_gaps(&mut lowering, &result.file.body)
        }
    };
    let mut comments = lowering.comments;
    comments.sort_unstable();
    comments.dedup();
    Script {
        dialect,
        statements,
        comments,
        problems,
    }
}

/// Bash's grammar holds nearly all of the others; what only they accept is tried second.
fn syntax_tree(source: &str, dialect: Dialect) -> ParseResult {
    let result = Parser::with_dialect(source, ShellDialect::Bash).parse();
    let second = match dialect {
        Dialect::Bash => None,
        Dialect::Posix => Some(ShellDialect::Posix),
        Dialect::Ksh => Some(ShellDialect::Mksh),
        Dialect::Zsh => Some(ShellDialect::Zsh),
    };
    if result.is_ok() {
        return result;
    }
    second
        .map(|second| Parser::with_dialect(source, second).parse())
        .filter(ParseResult::is_ok)
        .unwrap_or(result)
}
