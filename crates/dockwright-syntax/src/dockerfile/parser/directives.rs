//! Parser directives.

use super::lines::line_at;
use super::problems::Problems;
use crate::dockerfile::Directive;
use crate::dockerfile::excerpt::excerpt;
use crate::{Span, Spanned};

/// What stands before the first instruction and the first ordinary comment.
pub(super) struct Head {
    pub(super) directives: Vec<Directive>,
    pub(super) escape: char,
    /// Where the rest of the file begins.
    pub(super) end: usize,
}

/// Reads the directives.
///
/// `BuildKit` looks twice. For `escape`, as it reads the lines: from the very first line on,
/// indented or not. For `syntax` and `check`, before that: not indented, but a `#!` line may
/// come first.
pub(super) fn read(source: &str, problems: &mut Problems) -> Head {
    let byte_order_mark = '\u{feff}';
    let begin = if source.starts_with(byte_order_mark) {
        byte_order_mark.len_utf8()
    } else {
        0
    };
    let (lines, end) = directives(source, begin, true, Some(problems));
    let escape = lines.iter().find(|line| line.name.value == "escape");
    let escape = escape.map_or('\\', |line| match line.value.value.as_str() {
        "`" => '`',
        "\\" => '\\',
        other => {
            problems.syntax(
                line.value.span,
                format!(
                    "the escape character must be `\\` or a backtick, not `{}`",
                    excerpt(other)
                ),
            );
            '\\'
        }
    });
    let first = line_at(source, begin).filter(|line| line.content.starts_with("#!"));
    let early = directives(source, first.map_or(begin, |line| line.next), false, None).0;
    let mut all: Vec<Directive> = early
        .into_iter()
        .filter(|line| line.name.value != "escape")
        .chain(lines.into_iter().filter(|line| line.name.value == "escape"))
        .collect();
    all.sort_by_key(|directive| directive.span);
    if let Some(check) = all.iter().find(|line| line.name.value == "check") {
        check_options(&check.value, problems);
    }
    Head {
        directives: all,
        escape,
        end,
    }
}

/// The directives from `at` on, and where the first line begins that is none.
fn directives(
    source: &str,
    mut at: usize,
    indented: bool,
    mut problems: Option<&mut Problems>,
) -> (Vec<Directive>, usize) {
    let mut found: Vec<Directive> = Vec::new();
    while let Some(line) = line_at(source, at) {
        let content = if indented {
            line.content.trim_start()
        } else {
            line.content
        };
        let Some(directive) = directive(content, line.span.end as usize - content.len()) else {
            break;
        };
        at = line.next;
        if found
            .iter()
            .any(|other| other.name.value == directive.name.value)
        {
            if let Some(problems) = problems.as_mut() {
                let message = format!("the directive `{}` is given twice", directive.name.value);
                problems.syntax(directive.span, message);
            }
            continue;
        }
        found.push(directive);
    }
    (found, at)
}

/// Reads `# name = value`, which stands at `start`.
fn directive(line: &str, start: usize) -> Option<Directive> {
    let offset = |part: &str| start + (part.as_ptr() as usize - line.as_ptr() as usize);
    let spanned = |part: &str| Span::new(offset(part), offset(part) + part.len());
    let is_blank = |ch: char| matches!(ch, '\t' | '\n' | '\x0c' | '\r' | ' ');

    let content = line.strip_prefix('#')?.trim_start();
    let (name, value) = content.split_once('=')?;
    let name = name.trim_end_matches(is_blank);
    let key = name.to_ascii_lowercase();
    if !matches!(key.as_str(), "syntax" | "escape" | "check") {
        return None;
    }
    let trimmed = value.trim_matches(is_blank);
    // A value of blanks alone is a value: the last of them.
    let value = if trimmed.is_empty() {
        value
            .char_indices()
            .last()
            .and_then(|(at, _)| value.get(at..))?
    } else {
        trimmed
    };
    Some(Directive {
        name: Spanned::new(key, spanned(name)),
        value: Spanned::new(value.to_owned(), spanned(value)),
        span: spanned(line),
    })
}

/// `# check=skip=A,B;experimental=all;error=true`
fn check_options(value: &Spanned<String>, problems: &mut Problems) {
    // BuildKit reads on to the first blank only.
    let options = value.value.split(' ').next().unwrap_or_default();
    if options.trim().is_empty() {
        return;
    }
    for option in options.splitn(3, ';') {
        let message = match option.split_once('=') {
            None if option.is_empty() => {
                "a check option is missing behind `;`; no blank may follow that".to_owned()
            }
            None => format!("the check option `{}` has no `=`", excerpt(option)),
            Some((name, state)) => match (name.trim(), state.trim()) {
                ("skip" | "experimental", _) => continue,
                ("error", state) if super::words::boolean(state).is_some() => continue,
                ("error", state) => format!("`{}` is no boolean", excerpt(state)),
                (name, _) => format!("the check option `{}` is not known", excerpt(name)),
            },
        };
        problems.add(crate::Problem {
            help: Some("the options are skip, experimental and error".to_owned()),
            ..crate::Problem::new(value.span, message)
        });
    }
}
