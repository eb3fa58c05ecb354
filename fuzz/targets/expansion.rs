//! Any text is a word of a Dockerfile, with values that hold variables and quotes themselves.
#![no_main]

use dockwright_syntax::dockerfile::expand::{Template, expand, expand_heredoc, expand_words};
use dockwright_syntax::{Span, Text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let text = Text::verbatim(source, Span::new(0, source.len()));
    let mut lookup = |name: &str| match name.len() {
        1 => Some(source.to_owned()),
        2 => Some(String::new()),
        _ => None,
    };
    for escape in ['\\', '`'] {
        for variable in Template::parse(&text, escape).variables() {
            assert!(variable.span.of(source).starts_with('$'));
        }
        expand(&text, escape, &mut lookup);
        expand_words(&text, escape, &mut lookup);
    }
    expand_heredoc(&text, &mut lookup);
});
