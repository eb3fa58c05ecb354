//! Ignore files, read and matched as the engine does.

#![allow(missing_docs, clippy::unwrap_used)]

use dockwright_syntax::ignore::{IgnoreFile, Matched, parse};
use insta::assert_snapshot;
use proptest::prelude::*;

/// Every pattern as it stands and as it is matched, then comments and problems.
fn describe(source: &str) -> String {
    let file = parse(source);
    let mut lines = Vec::new();
    for pattern in &file.patterns {
        let mark = if pattern.negated { "!" } else { "" };
        let written = pattern.span.of(source);
        lines.push(format!("{written:?} => {mark}{}", pattern.text));
    }
    for comment in &file.comments {
        lines.push(format!("comment {:?}", comment.of(source)));
    }
    for problem in &file.problems {
        lines.push(format!(
            "{:?}: {}",
            problem.span.of(source),
            problem.message
        ));
    }
    lines.join("\n")
}

#[test]
fn lines_are_trimmed_cleaned_and_anchored() {
    let source = "\u{feff}# built files\r\n/dist/\r\n  **/*.o\t\n\n ! ./docs/../keep \n a/./b//c/\n # no comment\n./!again\n";
    assert_snapshot!(describe(source), @r##"
    "/dist/" => dist
    "**/*.o" => **/*.o
    "! ./docs/../keep" => !keep
    "a/./b//c/" => a/b/c
    "# no comment" => # no comment
    "./!again" => !again
    comment "# built files"
    "##);
}

#[test]
fn what_the_engine_refuses_is_a_problem() {
    let source = "!\n!/\n/\n.\n..\n[a-\n[]\na\\\n[b-a]\n\\q\nx{2}*\n*{2}\nok";
    assert_snapshot!(describe(source), @r##"
    "/" => /
    "." => .
    ".." => ..
    "[a-" => [a-
    "[]" => []
    "a\\" => a\
    "[b-a]" => [b-a]
    "\\q" => \q
    "x{2}*" => x{2}*
    "*{2}" => *{2}
    "ok" => ok
    "!": `!` without a pattern, which the engine refuses
    "!/": `!` without a pattern, which the engine refuses
    "[a-": the engine refuses this pattern: its syntax is wrong
    "[]": the engine refuses this pattern: its syntax is wrong
    "a\\": the engine refuses this pattern: its syntax is wrong
    "[b-a]": the engine refuses this pattern: its syntax is wrong
    "\\q": the engine refuses this pattern: its syntax is wrong
    "*{2}": the engine refuses this pattern: its syntax is wrong
    "##);
}

#[test]
fn the_last_match_decides_and_names_its_line() {
    let source = "*\n!src\nsrc/*.log\n!src/keep.log\n";
    let file = parse(source);
    let decided = |path| {
        let pattern = file.matches(path).unwrap();
        (pattern.span.of(source), file.excludes(path))
    };
    assert_eq!(decided("README.md"), ("*", true));
    assert_eq!(decided("src/main.c"), ("!src", false));
    assert_eq!(decided("src/run.log"), ("src/*.log", true));
    assert_eq!(decided("src/keep.log"), ("!src/keep.log", false));
    assert!(parse("a").matches("b").is_none());
}

#[test]
fn a_pattern_matches_from_the_root_unless_it_says_otherwise() {
    for (pattern, path, expected) in [
        ("node_modules", "node_modules/a/b", true),
        ("node_modules", "app/node_modules", false),
        ("**/node_modules", "app/node_modules", true),
        ("**/node_modules", "node_modules", true),
        ("*/temp", "a/temp", true),
        ("*/temp", "a/b/temp", false),
        ("a/**/z", "a/z", true),
        ("a/**/z", "a/b/c/z", true),
        ("a/**", "a", false),
        ("a/**", "a/b", true),
        ("**temp", "untemp", true),
        ("temp**", "temporary/x", true),
        ("**", "anything/at/all", true),
        ("?", "\u{e9}", true),
        ("[a-c]", "b", true),
        ("[^a-c]", "b", false),
        ("\\*", "*", true),
        ("\\*", "a", false),
        ("a.c*", "abc", false),
        // These keep their meaning in the expression that the engine makes of a pattern.
        ("a|b*", "azzz", true),
        ("a{2}?", "aab", true),
        ("[^a]bc", "/bc", true),
        ("\\d", "7", true),
        ("[[:digit:]]", "7", true),
    ] {
        assert_eq!(parse(pattern).excludes(path), expected, "{pattern} {path}");
    }
}

/// The paths that are not excluded, walked with or without pruning.
fn included(file: &IgnoreFile, paths: &[String], prune: bool) -> Vec<String> {
    let mut included = Vec::new();
    for path in paths {
        let mut above = Matched::default();
        let mut pruned = false;
        for (end, _) in path.match_indices('/') {
            above = file.below(&above, &path[..end]);
            pruned |= prune && above.excluded && !file.may_include_below(&path[..end]);
        }
        if !pruned && !file.below(&above, path).excluded {
            included.push(path.clone());
        }
    }
    included
}

fn pattern() -> impl Strategy<Value = String> {
    let part = r"(a|b|\*|\*\*|\?|\[a-b\]|\[\^a\]|a\*|\\a|\{2\}|\|)";
    let pattern = format!("!?/?{part}(/?{part}){{0,3}}/?");
    prop::string::string_regex(&pattern).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 300,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_pruned_walk_finds_what_a_full_one_finds(
        lines in prop::collection::vec(pattern(), 0..6),
        paths in prop::collection::vec("[abc]{1,2}(/[abc]{1,2}){0,4}", 1..20),
    ) {
        let file = parse(&lines.join("\n"));
        prop_assert_eq!(included(&file, &paths, true), included(&file, &paths, false));
    }

    #[test]
    fn no_text_is_too_odd(source in r"(\PC|[\n\r*?\[\]!\\{}|^/.#-]){0,60}", path in r"\PC{0,20}") {
        let file = parse(&source);
        let _ = file.matches(&path);
        for pattern in &file.patterns {
            prop_assert!(!pattern.span.of(&source).is_empty());
        }
    }
}
