//! Hostile input: bounded in time and memory.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use dockwright_syntax::dockerfile::expand::{Template, expand};
use dockwright_syntax::dockerfile::{Dockerfile, parse, validate};
use dockwright_syntax::{Span, Text};

/// Parses and validates within a time that anything but linear growth would exceed, in a debug build too.
fn parse_quickly(source: &str) -> Dockerfile {
    let start = Instant::now();
    let tree = parse(source);
    assert!(validate(&tree).len() <= 1_000);
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    tree
}

fn text(source: &str) -> Text {
    Text::verbatim(source, Span::new(0, source.len()))
}

fn only_message(tree: &Dockerfile) -> &str {
    assert_eq!(tree.problems.len(), 1);
    &tree.problems[0].message
}

#[test]
fn ten_thousand_stages() {
    let mut source = String::new();
    for stage in 0..10_000 {
        writeln!(source, "FROM scratch AS s{stage}\nCOPY --from=s0 a b").unwrap();
    }
    let tree = parse_quickly(&source);
    assert_eq!(tree.stages.len(), 10_000);
    assert_eq!(tree.problems, []);
}

#[test]
fn one_long_line() {
    for filler in [
        "x", "x ", "--x ", "\"", "$", "<<", "<<x ", "${a:-", "[", "a=", "'a' ",
    ] {
        let source = format!(
            "FROM scratch\nRUN {}\n",
            filler.repeat(200_000 / filler.len())
        );
        for keyword in [
            "RUN",
            "COPY",
            "ENV",
            "LABEL",
            "EXPOSE",
            "VOLUME",
            "ONBUILD COPY",
        ] {
            let tree = parse_quickly(&source.replace("RUN", keyword));
            assert!(!tree.problems.is_empty());
        }
    }
}

#[test]
fn many_continued_lines() {
    let source = format!(
        "FROM scratch\nRUN {}true\n",
        "a \\\n# c\n\n".repeat(100_000)
    );
    let tree = parse_quickly(&source);
    assert_eq!(tree.comments.len(), 100_000);
    let source = format!("FROM scratch\nENV {}z=1\n", "a=1 \\\n".repeat(100_000));
    assert_eq!(parse_quickly(&source).problems, []);
}

#[test]
fn many_here_documents() {
    let lines: String = "<<E ".repeat(10_000) + "\n" + &"E\n".repeat(10_000);
    let tree = parse_quickly(&format!("FROM scratch\nRUN {lines}"));
    assert_eq!(tree.problems, []);
    assert_eq!(tree.instructions[1].heredocs.len(), 10_000);
    let open = format!("FROM scratch\nRUN {}\n", "<<E ".repeat(10_000));
    parse_quickly(&open);
}

#[test]
fn one_here_document_copied_many_times() {
    // Of several with one name, the last counts.
    let source = format!(
        "FROM scratch\nCOPY {}/a\n{}{}E\n",
        "<<E ".repeat(5_000),
        "E\n".repeat(4_999),
        "text $a\n".repeat(50_000),
    );
    parse_quickly(&source);
}

#[test]
fn many_refusals() {
    let source = format!("FROM scratch\nENV {}\n", "a=${b:^c} ".repeat(20_000));
    assert_eq!(validate(&parse_quickly(&source)).len(), 1_000);
    let mount = format!("RUN --mount=type=cache,{} true\n", "ro,".repeat(20_000));
    assert_eq!(
        validate(&parse_quickly(&format!("FROM scratch\n{mount}"))).len(),
        1
    );
}

#[test]
fn a_huge_file_is_not_read() {
    let source = "RUN true\n".repeat(1_000_000);
    let tree = parse_quickly(&source);
    assert_eq!(
        only_message(&tree),
        "a Dockerfile of more than 4 MiB is not read"
    );
    assert!(tree.instructions.is_empty());
}

#[test]
fn too_many_instructions_are_not_read() {
    let tree = parse_quickly(&("FROM scratch\n".to_owned() + &"RUN\n".repeat(200_000)));
    assert_eq!(
        only_message(&tree),
        "there are too many instructions; from here on, nothing is read"
    );
    assert_eq!(tree.instructions.len(), 100_000);
}

#[test]
fn deep_json_is_passed_without_recursion() {
    let deep = |depth: usize| {
        let source = format!(
            "FROM scratch\nCMD {}1{}\n",
            "[".repeat(depth),
            "]".repeat(depth)
        );
        parse_quickly(&source)
    };
    assert_eq!(
        only_message(&deep(9_000)),
        "a JSON array must hold strings only"
    );
    assert_eq!(deep(30_000).problems, []);
}

#[test]
fn deep_substitutions_are_refused() {
    let deep = |depth: usize| "${a:-".repeat(depth) + "x" + &"}".repeat(depth);
    assert_eq!(expand(&text(&deep(60)), '\\', &mut |_| None).value, "x");
    let template = Template::parse(&text(&deep(100_000)), '\\');
    assert_eq!(
        template.problem.unwrap().message,
        "substitutions nested more than 64 deep are not read"
    );
}

#[test]
fn values_cannot_fill_the_memory() {
    let mut value = "x".to_owned();
    let mut error = None;
    for _ in 0..64 {
        let expansion = expand(&text("$a$a$a$a"), '\\', &mut |_| Some(value.clone()));
        value = expansion.value;
        error = error.or(expansion.error);
    }
    assert_eq!(
        error.unwrap().message,
        "the value is longer than 1048576 bytes"
    );
}

#[test]
fn expensive_patterns_are_given_up() {
    let value = "a".repeat(100_000);
    let pattern = "*a".repeat(1_000);
    let start = Instant::now();
    let expansion = expand(&text(&format!("${{x//{pattern}b/}}")), '\\', &mut |_| {
        Some(value.clone())
    });
    assert!(expansion.error.unwrap().message.contains("expensive"));
    assert!(start.elapsed() < Duration::from_secs(20));
}
