//! Here-documents.

use super::lines::Lines;
use super::problems::Problems;
use crate::dockerfile::Heredoc;
use crate::dockerfile::excerpt::excerpt;
use crate::dockerfile::expand::raw_words;
use crate::{Span, Spanned, Text};

/// A redirection: what stands behind `<<`.
pub(super) struct Redirection {
    /// Without quotes.
    pub(super) name: String,
    expand: bool,
    strip_tabs: bool,
    /// The offset of the word behind `<<` and `-`.
    word: usize,
}

/// Reads a word such as `3<<-"EOF"`; `None` if it is something else, an error if its quotes or
/// substitutions cannot be read.
pub(super) fn redirection(word: &str) -> Result<Option<Redirection>, String> {
    let Some(behind) = word
        .trim_start_matches(|ch: char| ch.is_ascii_digit())
        .strip_prefix("<<")
    else {
        return Ok(None);
    };
    let (strip_tabs, name) = match behind.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, behind),
    };
    let name = name.trim_start_matches(['\t', '\n', '\x0c', '\r', ' ']);
    if name.is_empty() || name.contains('<') {
        return Ok(None);
    }
    let text = Text::verbatim(name, Span::new(0, name.len()));
    let plain = raw_words(&text, false, false).map_err(|problem| problem.message)?;
    let [plain] = plain.as_slice() else {
        return Ok(None);
    };
    let with_quotes = raw_words(&text, true, false).map_err(|problem| problem.message)?;
    let [with_quotes] = with_quotes.as_slice() else {
        return Err("the word behind `<<` cannot be read".to_owned());
    };
    let quotes = |word: &str| word.matches(['\'', '"']).count();
    Ok(Some(Redirection {
        expand: quotes(&plain.value) == quotes(&with_quotes.value),
        name: plain.value.clone(),
        strip_tabs,
        word: word.len() - name.len(),
    }))
}

/// Reads the here-documents that `line` opens from the lines that follow it.
pub(super) fn read(line: &Text, lines: &mut Lines<'_>, problems: &mut Problems) -> Vec<Heredoc> {
    let mut heredocs = Vec::new();
    if !line.value.contains("<<") {
        return heredocs;
    }
    let own = Text::verbatim(line.value.as_str(), Span::new(0, line.value.len()));
    // With quotes or substitutions that it cannot read, BuildKit sees no here-document.
    let words = raw_words(&own, true, true).unwrap_or_default();
    for word in words {
        let span = line.source_span(word.span);
        match redirection(&word.value) {
            Ok(None) => {}
            Ok(Some(redirection)) => {
                let length = word.span.len().saturating_sub(redirection.word);
                let end = word.span.end as usize;
                let name = line.source_span(Span::new(end - length, end));
                heredocs.push(body(redirection, name, span, lines, problems));
            }
            Err(message) => problems.syntax(span, message),
        }
    }
    heredocs
}

/// Reads lines up to the one that ends the here-document.
fn body(
    redirection: Redirection,
    name: Span,
    operator: Span,
    lines: &mut Lines<'_>,
    problems: &mut Problems,
) -> Heredoc {
    let Redirection {
        name: word,
        expand,
        strip_tabs,
        ..
    } = redirection;
    let mut pieces: Vec<Span> = Vec::new();
    let mut terminator = None;
    while let Some(line) = lines.next_physical() {
        let content = if strip_tabs {
            line.content.trim_start_matches('\t')
        } else {
            line.content
        };
        if content == word {
            terminator = Some(line.span);
            break;
        }
        let start = line.span.end as usize - content.len();
        match pieces.last_mut() {
            Some(last) if last.end as usize == start => last.end = Span::at(line.next).end,
            _ => pieces.push(Span::new(start, line.next)),
        }
    }
    let end = lines.position();
    let terminator = terminator.unwrap_or_else(|| {
        let message = format!("no line `{}` ends this here-document", excerpt(&word));
        problems.syntax(operator, message);
        Span::at(end)
    });
    let body = if pieces.is_empty() {
        Text::verbatim("", Span::at(terminator.start as usize))
    } else {
        Text::joined(lines.source, pieces)
    };
    Heredoc {
        name: Spanned::new(word, name),
        operator,
        strip_tabs,
        expand,
        body,
        terminator,
    }
}
