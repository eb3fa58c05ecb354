//! Variables in words.

use dockwright_syntax::dockerfile::expand::{
    Modifier, Template, expand, expand_heredoc, expand_words,
};
use dockwright_syntax::dockerfile::{InstructionKind, parse};
use dockwright_syntax::{Span, Text};

use crate::expressions::{VARIABLES, expressions};

fn text(source: &str) -> Text {
    Text::verbatim(source, Span::new(0, source.len()))
}

fn lookup(name: &str) -> Option<String> {
    let found = VARIABLES.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| (*value).to_owned())
}

#[test]
fn every_expression_has_its_value() {
    for (source, expected) in expressions() {
        let expansion = expand(&text(source), '\\', &mut lookup);
        match expected {
            Some(value) => {
                assert_eq!(expansion.error, None, "{source}");
                assert_eq!(expansion.value, value, "{source}");
            }
            None => assert!(expansion.error.is_some(), "{source}: {}", expansion.value),
        }
    }
}

#[test]
fn the_backtick_escapes_where_the_file_says_so() {
    let value = |source: &str| expand(&text(source), '`', &mut lookup).value;
    assert_eq!(value(r"C:\dir\$a"), r"C:\dir\alpha");
    assert_eq!(value("`$a `` `\"`'"), "$a ` \"'");
    assert_eq!(value(r#""C:\$a`"""#), r#"C:\alpha""#);
    assert_eq!(value(r"${none:-C:\new}"), r"C:\new");
}

#[test]
fn every_use_of_a_variable_is_told() {
    let source = "${a:-$b} ${none:+$b} $a";
    let expansion = expand(&text(source), '\\', &mut lookup);
    let told = |list: &[dockwright_syntax::Spanned<String>]| -> Vec<(String, u32)> {
        list.iter()
            .map(|name| (name.value.clone(), name.span.start))
            .collect()
    };
    let used = [("b", 6), ("a", 2), ("b", 18), ("a", 22)].map(|(name, at)| (name.to_owned(), at));
    assert_eq!(told(&expansion.used), used);
    assert_eq!(told(&expansion.unset), [("none".to_owned(), 11)]);
}

#[test]
fn a_required_variable_gives_its_message() {
    let message = |source: &str| {
        expand(&text(source), '\\', &mut lookup)
            .error
            .unwrap()
            .message
    };
    assert_eq!(message("${none?}"), "`none` must be set");
    assert_eq!(message("${none:?}"), "`none` must be set");
    assert_eq!(message("${empty:?}"), "`empty` must not be empty");
    assert_eq!(message("${none?say $a}"), "`none` is required: say alpha");
}

#[test]
fn words_are_split_behind_expansion() {
    let words = |source: &str| expand_words(&text(source), '\\', &mut lookup).words;
    assert_eq!(words("80 443"), ["80", "443"]);
    assert_eq!(words("$spaced\"$spaced\""), ["one", "twoone  two"]);
    assert_eq!(words("'a b'c\\ d e"), ["a bc d", "e"]);
    assert_eq!(words("$none \"\" ''"), [""; 0]);
    // What stands before a nested word is lost, as the engine shows:
    // `EXPOSE 90${X:-91}` exposes 91.
    assert_eq!(words("90${none:-91}"), ["91"]);
    assert_eq!(words("1${a:+22}3 x"), ["223", "x"]);
}

#[test]
fn quotes_are_text_in_here_documents() {
    let source = "\"$a\" '$b' \\$a ${none:-\"x\"} it's\n";
    let value = expand_heredoc(&text(source), &mut lookup).value;
    assert_eq!(value, "\"alpha\" 'beta' $a \"x\" it's\n");
}

#[test]
fn a_template_knows_where_its_variables_stand() {
    let source =
        "FROM scratch\nCOPY --chown=${user:-${uid}}:$gid a${x%.*}b \\\n  # why\n  /c/${d/e/$f}\n";
    let tree = parse(source);
    let InstructionKind::Copy(copy) = &tree.instructions[1].kind else {
        panic!("{tree:?}");
    };
    let owner = tree.instructions[1].flag("chown").unwrap().value.clone();
    let dockwright_syntax::dockerfile::CopySource::Path(path) = &copy.sources[0] else {
        panic!("{copy:?}");
    };
    let mut found = Vec::new();
    for text in [&owner.unwrap(), path, &copy.destination] {
        for variable in Template::parse(text, tree.escape).variables() {
            found.push((
                variable.name.value.clone(),
                variable.span.of(source).to_owned(),
            ));
        }
    }
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("user", "${user:-${uid}}"),
            ("uid", "${uid}"),
            ("gid", "$gid"),
            ("x", "${x%.*}"),
            ("d", "${d/e/$f}"),
            ("f", "$f"),
        ]
    );
}

#[test]
fn a_template_without_variables_is_a_literal() {
    let literal = |source: &str| Template::parse(&text(source), '\\').as_literal();
    assert_eq!(literal("'a'\\ \"b\"").as_deref(), Some("a b"));
    assert_eq!(literal("").as_deref(), Some(""));
    assert_eq!(literal("a$b"), None);
    assert_eq!(literal("'a"), None);
}

#[test]
fn a_broken_template_keeps_what_stands_before() {
    let template = Template::parse(&text("$a${b"), '\\');
    assert_eq!(template.variables().len(), 1);
    let problem = template.problem.unwrap();
    assert_eq!(problem.span, Span::new(2, 5));
    assert_eq!(problem.message, "`}` is missing in the substitution");
}

#[test]
fn modifiers_are_told_apart() {
    let modifier = |source: &str| {
        let template = Template::parse(&text(source), '\\');
        template.variables()[0].modifier.clone()
    };
    assert_eq!(modifier("$a"), None);
    assert_eq!(modifier("${a}"), None);
    let condition = modifier("${a:-b}");
    assert!(matches!(
        condition,
        Some(Modifier::Condition { operator: '-', colon: true, ref word })
            if word.as_literal().as_deref() == Some("b")
    ));
    assert!(matches!(
        modifier("${a%%b}"),
        Some(Modifier::Trim { operator: '%', .. })
    ));
    assert!(matches!(
        modifier("${a//b/c}"),
        Some(Modifier::Replace { all: true, .. })
    ));
    assert!(matches!(
        modifier("${a:=b}"),
        Some(Modifier::Unknown { operator: '=', .. })
    ));
}
