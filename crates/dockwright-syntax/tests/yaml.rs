//! What the YAML tree says about a text.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write;

use dockwright_syntax::Span;
use dockwright_syntax::yaml::{self, Kind, Node, ScalarStyle, YamlTree};
use proptest::prelude::*;

/// One line per node: its source text, then what it is.
fn outline(source: &str) -> String {
    let tree = yaml::parse(source);
    let mut out = String::new();
    for document in tree.documents() {
        node(source, document, 0, &mut out);
    }
    for comment in &tree.comments {
        let _ = writeln!(out, "comment {:?}", comment.span.of(source));
    }
    for problem in &tree.problems {
        let _ = writeln!(
            out,
            "problem {:?}: {}",
            problem.span.of(source),
            problem.message
        );
    }
    out
}

fn node(source: &str, it: Node<'_>, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    let tag = it.data.tag.as_ref().map(|tag| {
        assert_eq!(tag.span.of(source), tag.value);
        format!("{} ", tag.value)
    });
    let anchor = it
        .data
        .anchor
        .as_ref()
        .map(|anchor| format!("{} ", anchor.span.of(source)));
    let before = format!(
        "{pad}{}{}",
        tag.unwrap_or_default(),
        anchor.unwrap_or_default()
    );
    let written = it.span().of(source);
    match &it.data.kind {
        Kind::Scalar(scalar) => {
            let _ = writeln!(
                out,
                "{before}{written:?} {:?} {:?}",
                scalar.style, scalar.text.value
            );
        }
        Kind::Alias { name, target } => {
            let _ = writeln!(
                out,
                "{before}{written:?} alias {name} found {}",
                target.is_some()
            );
        }
        Kind::Sequence { flow, .. } => {
            let _ = writeln!(out, "{before}{written:?} sequence flow {flow}");
            it.items()
                .for_each(|item| node(source, item, depth + 1, out));
        }
        Kind::Mapping { flow, .. } => {
            let _ = writeln!(out, "{before}{written:?} mapping flow {flow}");
            for (key, value) in it.entries() {
                node(source, key, depth + 1, out);
                node(source, value, depth + 2, out);
            }
        }
    }
}

#[test]
fn keys_values_and_comments_have_spans() {
    insta::assert_snapshot!(outline("a: 1 # one\nb:\n  - 'x''y'\n  - \"\\u00e9\"\n\n# end\nc:\n"), @r###"
    "a: 1 # one\nb:\n  - 'x''y'\n  - \"\\u00e9\"\n\n# end\nc" mapping flow false
      "a" Plain "a"
        "1" Plain "1"
      "b" Plain "b"
        "- 'x''y'\n  - \"\\u00e9\"" sequence flow false
          "'x''y'" SingleQuoted "x'y"
          "\"\\u00e9\"" DoubleQuoted "é"
      "c" Plain "c"
        "" Plain ""
    comment "# one"
    comment "# end"
    "###);
}

#[test]
fn anchors_tags_and_merge_keys_stay_as_written() {
    insta::assert_snapshot!(outline("base: &base !!map\n  k: v\nuse:\n  <<: *base\n  ports: !reset []\n  x: !override &y [*base, *none]\n"), @r###"
    "base: &base !!map\n  k: v\nuse:\n  <<: *base\n  ports: !reset []\n  x: !override &y [*base, *none]" mapping flow false
      "base" Plain "base"
        !!map &base "k: v" mapping flow false
          "k" Plain "k"
            "v" Plain "v"
      "use" Plain "use"
        "<<: *base\n  ports: !reset []\n  x: !override &y [*base, *none]" mapping flow false
          "<<" Plain "<<"
            "*base" alias base found true
          "ports" Plain "ports"
            !reset "[]" sequence flow true
          "x" Plain "x"
            !override &y "[*base, *none]" sequence flow true
              "*base" alias base found true
              "*none" alias none found false
    problem "*none": no anchor `none` stands before this alias
    "###);
}

#[test]
fn a_repeated_key_is_a_problem_and_both_entries_stay() {
    insta::assert_snapshot!(outline("a: 1\nb: {a: 1, a: 2}\na: 3\n"), @r###"
    "a: 1\nb: {a: 1, a: 2}\na: 3" mapping flow false
      "a" Plain "a"
        "1" Plain "1"
      "b" Plain "b"
        "{a: 1, a: 2}" mapping flow true
          "a" Plain "a"
            "1" Plain "1"
          "a" Plain "a"
            "2" Plain "2"
      "a" Plain "a"
        "3" Plain "3"
    problem "a": the key `a` is already defined in this mapping
    problem "a": the key `a` is already defined in this mapping
    "###);
}

#[test]
fn what_follows_an_error_is_the_next_document() {
    insta::assert_snapshot!(outline("a: 1\nb: [\n---\nc: 2\n"), @r###"
    "a: 1\nb: " mapping flow false
      "a" Plain "a"
        "1" Plain "1"
      "b" Plain "b"
        "" sequence flow true
    "c: 2" mapping flow false
      "c" Plain "c"
        "2" Plain "2"
    problem "": unclosed bracket '['
    "###);
}

#[test]
fn json_is_yaml_with_tabs_too() {
    insta::assert_snapshot!(outline("{\n\t\"a\": [1, null],\n\t\"b\": \"x\\ny\"\n}\n"), @r###"
    "{\n\t\"a\": [1, null],\n\t\"b\": \"x\\ny\"\n}" mapping flow true
      "\"a\"" DoubleQuoted "a"
        "[1, null]" sequence flow true
          "1" Plain "1"
          "null" Plain "null"
      "\"b\"" DoubleQuoted "b"
        "\"x\\ny\"" DoubleQuoted "x\ny"
    "###);
}

#[test]
fn a_key_without_value_holds_null() {
    let tree = yaml::parse("services:\n  web:\n  db:\n    image: x\n");
    let services = tree.root().and_then(|root| root.get("services")).unwrap();
    assert!(services.get("web").unwrap().is_null());
    assert_eq!(
        services.get("db").unwrap().get("image").unwrap().text(),
        Some("x")
    );
}

/// The source text under each occurrence of `word` in the first value of the mapping.
fn places(source: &str, word: &str) -> Vec<String> {
    let tree = yaml::parse(source);
    let value = tree.root().unwrap().entries().next().unwrap().1;
    let text = &value.scalar().unwrap().text;
    text.value
        .match_indices(word)
        .map(|(at, _)| {
            text.source_span(Span::new(at, at + word.len()))
                .of(source)
                .to_owned()
        })
        .collect()
}

#[test]
fn every_word_of_a_scalar_leads_back_to_the_source() {
    let sources = [
        "k: |\n  find me\n\n    find me\n  and find me",
        "k: |2-\n   find me\n  find me\n",
        "k: >\n  find me\n  find me\n\n\n  find me\n    indented find me\n\n  find me\n",
        "k: >+\n\n  find me\n\n",
        "k: find me and\n  find me\n\n  find me\n",
        "k: 'it''s find me\n  find me'\n",
        "k: \"\\u00e9 \\x41 find me\\n find me \\\n    find me\n\n    find me\"\n",
        "k: |\r\n  find me\r\n  find me\r\n",
    ];
    for source in sources {
        let found = places(source, "find me");
        assert!(!found.is_empty());
        assert!(
            found.iter().all(|text| text == "find me"),
            "{source:?}: {found:?}"
        );
    }
}

#[test]
fn many_comments_and_deep_nesting_are_no_error_or_a_problem() {
    let comments = format!("a:\n{}  b: 1\n", "  # c\n".repeat(5000));
    assert!(yaml::parse(&comments).problems.is_empty());
    let deep = "[".repeat(100_000);
    assert!(!yaml::parse(&deep).problems.is_empty());
}

#[test]
fn an_alias_bomb_is_as_small_as_its_source() {
    let mut source = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let alias = format!("*a{}", level - 1);
        let items = vec![alias; 9].join(", ");
        let _ = writeln!(source, "a{level}: &a{level} [{items}]");
    }
    assert!(yaml::parse(&source).len() < 1000);
}

fn spans_are_sound(source: &str, tree: &YamlTree) {
    for document in tree.documents() {
        let mut stack = vec![document];
        while let Some(it) = stack.pop() {
            assert!(source.get(it.span().range()).is_some());
            if let Some(scalar) = it.scalar() {
                let whole = scalar
                    .text
                    .source_span(Span::new(0, scalar.text.value.len()));
                assert!(
                    whole.end as usize <= source.len() + 16 || scalar.style != ScalarStyle::Plain
                );
            }
            stack.extend(it.items());
            stack.extend(it.entries().flat_map(|(key, value)| [key, value]));
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read(source in "\\PC*") {
        spans_are_sound(&source, &yaml::parse(&source));
    }

    #[test]
    fn any_yaml_like_text_is_read(source in "([-:?,\\[\\]{}#&*!|>'\"%@` \n\t\r\\\\a-cé]|<<: |- |: |\n  ){0,60}") {
        spans_are_sound(&source, &yaml::parse(&source));
    }
}
#[test]
fn a_block_scalar_reaches_from_its_header_to_its_last_line() {
    let of = |source: &str| {
        let tree = yaml::parse(source);
        let value = tree.root().unwrap().entries().next().unwrap().1;
        value.span().of(source).to_owned()
    };
    assert_eq!(
        of("k: |- # a|b\n\n  text\n\nnext: 1\n"),
        "|- # a|b\n\n  text\n"
    );
    assert_eq!(of("k: >\n  text"), ">\n  text");
    assert_eq!(of("k: |\nnext: 1\n"), "|\n");
}
