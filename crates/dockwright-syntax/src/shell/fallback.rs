//! Reading by lines what the grammar could not read.

use shuck_ast as ast;
use shuck_parser::ShellDialect;
use shuck_parser::parser::{ParseResult, Parser};

use super::limits::is_too_nested;
use super::lower::Lowering;
use super::tree::{Command, Literal, Modifier, Part, SimpleCommand, Statement, VariableUse, Word};
use crate::{Span, Spanned};

/// Words that begin or end a compound command, so that the command stands behind them.
const KEYWORDS: [&str; 16] = [
    "if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac",
    "select", "{", "}", "!",
];

/// The statements that were read, and between them what the lines in the gaps hold.
pub(super) fn with_gaps(lowering: &mut Lowering<'_>, body: &ast::StmtSeq) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut position = 0;
    for statement in &body.stmts {
        let start = statement.span.start.offset();
        if start > position {
            statements.extend(lines(lowering, Span::new(position, start)));
        }
        position = position.max(statement.span.end.offset());
    }
    statements.extend(lines(lowering, Span::new(position, lowering.source.len())));
    statements.extend(lowering.statements(body));
    statements.sort_by_key(|statement| statement.span);
    statements
}

/// The commands of the lines in `span`, which is a range of the lowering's source.
pub(super) fn lines(lowering: &mut Lowering<'_>, span: Span) -> Vec<Statement> {
    let text = span.of(lowering.source);
    let mut statements = Vec::new();
    let mut start = 0;
    for end in logical_line_ends(text) {
        let line = text.get(start..end).unwrap_or_default();
        let at = span.start as usize + start + (line.len() - line.trim_start().len());
        line_statements(lowering, line.trim(), at, &mut statements);
        start = end;
    }
    statements
}

/// Offsets behind each line, where a backslash at the end of a line joins the next one to it.
fn logical_line_ends(text: &str) -> impl Iterator<Item = usize> {
    let newlines = text.match_indices('\n').filter_map(|(at, _)| {
        let joined = text
            .get(..at)
            .is_some_and(|before| before.trim_end_matches('\r').ends_with('\\'));
        (!joined).then_some(at + 1)
    });
    newlines.chain(std::iter::once(text.len()))
}

fn line_statements(
    lowering: &mut Lowering<'_>,
    line: &str,
    at: usize,
    statements: &mut Vec<Statement>,
) {
    if line.is_empty() {
        return;
    }
    if line.starts_with('#') {
        let comment = lowering.place(at, at + line.len());
        lowering.comments.push(comment);
        return;
    }
    let result = (!is_too_nested(line))
        .then(|| Parser::with_dialect(line, ShellDialect::Bash).parse())
        .filter(ParseResult::is_ok);
    if let Some(result) = result {
        let mut inner = Lowering {
            source: line,
            base: lowering.base + at,
            text: lowering.text,
            comments: Vec::new(),
        };
        statements.extend(inner.statements(&result.file.body));
        lowering.comments.append(&mut inner.comments);
        return;
    }
    for words in split(line) {
        statements.extend(command(lowering, line, at, &words));
    }
}

/// The words of each command of a line, as ranges of the line.
fn split(line: &str) -> Vec<Vec<Span>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<usize> = None;
    let mut quote = None;
    let mut escaped = false;
    let ends = std::iter::once((line.len(), ';'));
    for (at, character) in line.char_indices().chain(ends) {
        let is_end = at == line.len();
        if !is_end {
            if std::mem::take(&mut escaped) {
                continue;
            }
            if let Some(open) = quote {
                if character == open {
                    quote = None;
                }
                escaped = character == '\\' && open == '"';
                continue;
            }
            escaped = character == '\\';
            if matches!(character, '\'' | '"') {
                quote = Some(character);
            }
        }
        let separates = matches!(character, ';' | '&' | '|' | '(' | ')');
        if !separates && !character.is_whitespace() {
            word.get_or_insert(at);
            continue;
        }
        if let Some(start) = word.take()
            && let Some(words) = commands.last_mut()
        {
            words.push(Span::new(start, at));
        }
        if separates {
            commands.push(Vec::new());
        }
    }
    commands.retain(|words| !words.is_empty());
    commands
}

fn command(lowering: &Lowering<'_>, line: &str, at: usize, words: &[Span]) -> Option<Statement> {
    let keyword = |span: &&Span| KEYWORDS.contains(&span.of(line));
    let skipped = words.iter().take_while(keyword).count();
    let words = words.get(skipped..)?;
    let (first, last) = (words.first()?, words.last()?);
    let span = lowering.place(at + first.range().start, at + last.range().end);
    let command = SimpleCommand {
        span,
        words: words
            .iter()
            .map(|word| self::word(lowering, word.of(line), at + word.range().start))
            .collect(),
        ..SimpleCommand::default()
    };
    Some(Statement {
        span,
        command: Command::Simple(command),
        negated: false,
        background: false,
        redirections: Vec::new(),
    })
}

/// A word by its quotes and `$name`s alone.
fn word(lowering: &Lowering<'_>, raw: &str, at: usize) -> Word {
    let span = lowering.place(at, at + raw.len());
    if !raw.contains(['$', '`']) {
        let value: String = raw
            .chars()
            .filter(|it| !matches!(it, '"' | '\'' | '\\'))
            .collect();
        return Word {
            span,
            literal: Some(value.clone()),
            parts: vec![Part::Literal(Literal {
                span,
                value,
                quoted: raw.starts_with(['"', '\'']),
            })],
            glob: false,
        };
    }
    let variables = raw.match_indices('$').filter_map(|(dollar, _)| {
        let rest = raw.get(dollar + 1..)?;
        let start = dollar + 1 + usize::from(rest.starts_with('{'));
        let name = raw.get(start..)?;
        let length = name
            .find(|it: char| !it.is_ascii_alphanumeric() && it != '_')
            .unwrap_or(name.len());
        let name = name.get(..length).filter(|name| !name.is_empty())?;
        Some(Part::Variable(Box::new(VariableUse {
            span: lowering.place(at + dollar, at + start + length),
            name: Spanned::new(
                name.to_owned(),
                lowering.place(at + start, at + start + length),
            ),
            modifier: Modifier::Other,
            colon: false,
            operand: None,
            inner: Vec::new(),
            quoted: false,
        })))
    });
    Word {
        span,
        literal: None,
        parts: variables.collect(),
        glob: false,
    }
}
