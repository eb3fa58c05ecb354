//! References of make, written for a shell.

use crate::substitute::{Purpose, Substitution, is_name};
use crate::{Span, Spanned, Text};

/// What `$@` stands for in a recipe.
#[derive(Debug, Default)]
pub(super) struct Automatic {
    /// The only target of the rule.
    target: Option<String>,
}

impl Automatic {
    pub(super) fn of(targets: &[Spanned<String>]) -> Self {
        let [target] = targets else {
            return Self::default();
        };
        let is_plain = !target.value.contains(['%', '$']);
        Self {
            target: is_plain.then(|| target.value.clone()),
        }
    }
}

/// A line of a recipe as the shell reads it.
pub(super) fn command(text: &Text, automatic: &Automatic) -> Text {
    rewrite(text, Purpose::Command, automatic)
}

/// The value of a variable.
pub(super) fn value(text: &Text) -> Text {
    rewrite(text, Purpose::Value, &Automatic::default())
}

fn rewrite(text: &Text, purpose: Purpose, automatic: &Automatic) -> Text {
    let mut out = Substitution::new(text, purpose);
    let source = text.value.as_str();
    let mut at = 0;
    while let Some(found) = source.get(at..).and_then(|rest| rest.find('$')) {
        let dollar = at + found;
        out.copy(Span::new(at, dollar));
        at = reference(source, dollar, &mut out, automatic);
    }
    out.copy(Span::new(at, source.len()));
    out.finish()
}

/// Writes the reference at `dollar`, and tells where it ends.
fn reference(
    source: &str,
    dollar: usize,
    out: &mut Substitution<'_>,
    automatic: &Automatic,
) -> usize {
    let rest = source.get(dollar + 1..).unwrap_or_default();
    let Some(next) = rest.chars().next() else {
        out.opaque(Span::new(dollar, dollar + 1));
        return dollar + 1;
    };
    let after = dollar + 1 + next.len_utf8();
    match next {
        '$' => {
            // The second dollar stands for itself.
            out.copy(Span::new(dollar + 1, after));
            after
        }
        '(' | '{' => {
            let end = closing(source, dollar + 1);
            let inner = Span::new(after, end.saturating_sub(1).max(after));
            let whole = Span::new(dollar, end);
            bracketed(source, inner, whole, out, automatic);
            end
        }
        '@' => {
            target(Span::new(dollar, after), out, automatic);
            after
        }
        _ if is_name(&next.to_string()) => {
            let name = Span::new(dollar + 1, after);
            out.variable(name.of(source), name, Span::new(dollar, after));
            after
        }
        _ => {
            out.opaque(Span::new(dollar, after));
            after
        }
    }
}

fn bracketed(
    source: &str,
    inner: Span,
    whole: Span,
    out: &mut Substitution<'_>,
    automatic: &Automatic,
) {
    let text = inner.of(source);
    if text == "@" {
        target(whole, out, automatic);
    } else if text == "MAKE" {
        out.write("make", whole);
    } else if is_name(text) {
        out.variable(text, inner, whole);
    } else if let Some(command) = text.strip_prefix("shell ") {
        let start = inner.end as usize - command.len();
        out.write("$(", Span::new(whole.start as usize, start));
        out.copy(Span::new(start, inner.end as usize));
        out.write(")", Span::new(inner.end as usize, whole.end as usize));
    } else {
        out.opaque(whole);
    }
}

fn target(span: Span, out: &mut Substitution<'_>, automatic: &Automatic) {
    match &automatic.target {
        Some(target) => out.write(target, span),
        None => out.opaque(span),
    }
}

/// Behind the bracket that closes the one at `open`.
fn closing(source: &str, open: usize) -> usize {
    let (mut depth, bytes) = (0_usize, source.as_bytes());
    let pair = match bytes.get(open) {
        Some(b'{') => (b'{', b'}'),
        _ => (b'(', b')'),
    };
    for (offset, byte) in bytes.iter().enumerate().skip(open) {
        if *byte == pair.0 {
            depth += 1;
        } else if *byte == pair.1 {
            depth -= 1;
            if depth == 0 {
                return offset + 1;
            }
        }
    }
    source.len()
}
