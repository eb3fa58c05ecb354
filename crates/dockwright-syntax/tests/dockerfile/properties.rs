//! What holds for any text at all.

use dockwright_syntax::dockerfile::expand::{Template, expand, expand_heredoc, expand_words};
use dockwright_syntax::dockerfile::parse;
use dockwright_syntax::{Span, Text};
use proptest::prelude::*;
use proptest::sample::select;

use crate::spans;

/// Pieces that mean something in a Dockerfile.
const TOKENS: &[&str] = &[
    "FROM ",
    "scratch",
    " AS ",
    "RUN ",
    "COPY ",
    "ADD ",
    "ENV ",
    "ARG ",
    "LABEL ",
    "CMD ",
    "SHELL ",
    "VOLUME ",
    "EXPOSE ",
    "ONBUILD ",
    "HEALTHCHECK ",
    "MAINTAINER ",
    "USER ",
    "\n",
    "\r\n",
    "\\\n",
    "`\n",
    "\\",
    "`",
    " ",
    "\t",
    "#",
    "# escape=`\n",
    "# syntax=x\n",
    "\"",
    "'",
    "=",
    "$",
    "${",
    "}",
    ":-",
    "#*",
    "/",
    "<<EOF ",
    "<<-\"X\"",
    "EOF\n",
    "X\n",
    "--from=",
    "--mount=type=cache,",
    "--",
    "[",
    "]",
    "\", \"",
    "\\u00e9",
    "é",
    "\u{feff}",
    "\u{a0}",
    "x",
    "1s",
];

/// Pieces that mean something in a word.
const WORD_TOKENS: &[&str] = &[
    "$", "${", "}", "a", "b", ":", "-", "+", "?", "#", "%", "/", "*", "\\", "`", "\"", "'", " ",
    "<<", "é", "1", "$a", "${a:-", "${a//",
];

fn soup(tokens: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(select(tokens), 0..60).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_a_tree_with_right_spans(source in any::<String>()) {
        spans::check(&source, &parse(&source));
    }

    #[test]
    fn any_tokens_give_a_tree_with_right_spans(source in soup(TOKENS)) {
        spans::check(&source, &parse(&source));
    }

    #[test]
    fn any_stage_gives_a_tree_with_right_spans(source in soup(TOKENS)) {
        let source = format!("FROM scratch\n{source}\nUSER me\n");
        spans::check(&source, &parse(&source));
    }

    #[test]
    fn any_word_is_expanded(word in soup(WORD_TOKENS), value in any::<Option<String>>()) {
        let text = Text::verbatim(word.as_str(), Span::new(0, word.len()));
        let mut lookup = |_: &str| value.clone();
        for escape in ['\\', '`'] {
            let template = Template::parse(&text, escape);
            for variable in template.variables() {
                prop_assert!(variable.span.of(&word).starts_with('$'));
                prop_assert_eq!(variable.name.span.of(&word), &variable.name.value);
            }
            let expansion = expand(&text, escape, &mut lookup);
            prop_assert!(template.problem.is_none() || expansion.error.is_some());
            expand_words(&text, escape, &mut lookup);
        }
        expand_heredoc(&text, &mut lookup);
    }

    #[test]
    fn a_text_without_meaning_expands_to_itself(word in "[a-zé0-9 ./:=,-]*") {
        let text = Text::verbatim(word.as_str(), Span::new(0, word.len()));
        prop_assert_eq!(expand(&text, '\\', &mut |_| None).value, word);
    }
}
