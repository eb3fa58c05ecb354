//! The first words of a command where they stand as they are, in a line for a shell or a list of words.

use dockwright_environment::commands::{Form, Invocation};
use dockwright_environment::{Environment, Location};
use dockwright_syntax::Span;

/// Words of a command, and what stands between them.
pub(crate) struct Words {
    /// From the first to the last, without the quotes around them.
    pub(crate) location: Location,
    separator: String,
}

impl Words {
    /// The words that a command begins with. `None` where they stand there in another way: behind
    /// variables, on several lines, with options between them.
    pub(crate) fn of(
        environment: &Environment,
        invocation: &Invocation,
        words: &[&str],
    ) -> Option<Self> {
        let program = invocation.program;
        let text = &*environment.documents.get(program.document).text;
        let start = program.span.start as usize;
        let quote = text.get(start..)?.chars().next()?;
        // The place of a word in a list may hold its quotes.
        let start = start + usize::from(matches!(quote, '"' | '\''));
        let (first, others) = words.split_first()?;
        let mut end = start + first.len();
        if text.get(start..end)? != *first {
            return None;
        }
        let mut separator = match invocation.form {
            Form::Shell => " ".to_owned(),
            Form::Words => {
                let quote = text.get(..start)?.chars().next_back()?;
                if !matches!(quote, '"' | '\'') || !text.get(end..)?.starts_with(quote) {
                    return None;
                }
                format!("{quote}, {quote}")
            }
            _ => return None,
        };
        for word in others {
            let rest = text.get(end..)?;
            let length = rest.find(|it: char| it.is_ascii_alphanumeric())?;
            let between = rest.get(..length)?;
            let is_apart = match invocation.form {
                Form::Shell => between.trim_matches([' ', '\t']).is_empty(),
                _ => {
                    let quotes = between.replace([' ', ','], "");
                    matches!(quotes.as_str(), "\"\"" | "''") && between.contains(',')
                }
            };
            if !is_apart || between.is_empty() || !rest.get(length..)?.starts_with(word) {
                return None;
            }
            if invocation.form == Form::Words {
                between.clone_into(&mut separator);
            }
            end += length + word.len();
        }
        let behind = text.get(end..)?.chars().next();
        let is_whole = match invocation.form {
            Form::Shell => behind.is_none_or(|it| it.is_whitespace() || it == '`'),
            _ => behind.is_some_and(|it| separator.starts_with(it)),
        };
        let span = Span::new(start, end);
        is_whole.then(|| Self {
            location: Location::new(program.document, span),
            separator,
        })
    }

    /// Other words as they would stand in their place.
    pub(crate) fn joined(&self, words: &[&str]) -> String {
        words.join(&self.separator)
    }
}
