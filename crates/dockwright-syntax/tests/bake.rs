//! What is read out of bake files.

#![allow(clippy::unwrap_used, clippy::panic)]

use dockwright_syntax::bake::{self, Document, ExpressionKind, Format, TemplatePart};

fn parse(source: &str, format: Format) -> Document {
    let document = bake::parse(source, format);
    assert_eq!(document.problems, [], "{source}");
    document
}

/// The tree in a few words per line, the same for both forms.
fn outline(source: &str, document: &Document) -> String {
    let mut lines = Vec::new();
    for variable in &document.variables {
        let default = variable.default.as_ref().map(|it| it.span.of(source));
        lines.push(format!(
            "variable {} default {}, {} validations, typed {}",
            variable.name.span.of(source),
            default.unwrap_or("–"),
            variable.validations.len(),
            variable.type_.is_some(),
        ));
    }
    for function in &document.functions {
        let parameters: Vec<_> = function.parameters.iter().map(|it| &it.value).collect();
        lines.push(format!("function {} {parameters:?}", function.name.value));
    }
    for (kind, blocks) in [("group", &document.groups), ("target", &document.targets)] {
        for block in blocks {
            lines.push(format!("{kind} {}", block.name.span.of(source)));
            for attribute in &block.attributes {
                let value = attribute.value.span.of(source);
                lines.push(format!("  {} = {value}", attribute.name.value));
            }
        }
    }
    for attribute in &document.attributes {
        lines.push(attribute.span.of(source).to_owned());
    }
    lines.join("\n")
}

#[test]
fn hcl_gives_a_tree_with_places() {
    let source = r#"
# The release.
variable "TAG" {
  type    = string
  default = "1.0"
  validation {
    condition     = TAG != ""
    error_message = "needed"
  }
}
function "tag" {
  params = [name]
  result = ["x/${name}:${TAG}"]
}
group "default" { targets = ["app"] }
target "app" {
  context = "."
  tags    = tag("app")
  args = { A = 1, "B-${TAG}" = null }
}
REGION = "eu"
"#;
    let document = parse(source, Format::Hcl);
    insta::assert_snapshot!(outline(source, &document), @r#"
    variable TAG default "1.0", 1 validations, typed true
    function tag ["name"]
    group default
      targets = ["app"]
    target app
      context = "."
      tags = tag("app")
      args = { A = 1, "B-${TAG}" = null }
    REGION = "eu"
    "#);
    let comments: Vec<_> = document.comments.iter().map(|it| it.of(source)).collect();
    assert_eq!(comments, ["# The release."]);
}

#[test]
fn json_gives_the_same_tree() {
    let source = r#"{
  "//": "a note",
  "variable": {
    "TAG": {"type": "string", "default": "1.0", "validation": [{"condition": "${TAG != \"\"}", "error_message": "needed"}]}
  },
  "function": {"tag": {"params": ["name"], "result": "x/${name}:${TAG}"}},
  "group": [{"default": {"targets": ["app"]}}],
  "target": {"app": {"context": ".", "tags": ["a:${TAG}"]}},
  "REGION": "eu"
}"#;
    let document = parse(source, Format::Json);
    insta::assert_snapshot!(outline(source, &document), @r#"
    variable TAG default "1.0", 1 validations, typed true
    function tag ["name"]
    group default
      targets = ["app"]
    target app
      context = "."
      tags = ["a:${TAG}"]
    "REGION": "eu"
    "#);
}

#[test]
fn a_template_in_json_points_into_the_json() {
    let source = r#"{"target": {"a": {"tags": ["\u00e9\t${ lower(\"X\") }-${B}"]}}}"#;
    let document = parse(source, Format::Json);
    let ExpressionKind::Array(tags) = &document.targets[0].attributes[0].value.kind else {
        panic!("{document:?}");
    };
    let ExpressionKind::Template(parts) = &tags[0].kind else {
        panic!("{tags:?}");
    };
    let TemplatePart::Literal(text) = &parts[0] else {
        panic!("{parts:?}");
    };
    assert_eq!(text.value, "é\t");
    let TemplatePart::Interpolation(last) = &parts[3] else {
        panic!("{parts:?}");
    };
    assert_eq!(last.span.of(source), "B");
}

#[test]
fn white_space_next_to_a_tilde_is_stripped() {
    let source = "A = \"a  ${~ B ~}  b\"\nC = <<-EOT\n    x\n      %{ if D ~}\n    y\n    %{~ endif }z\n    EOT\n";
    let document = parse(source, Format::Hcl);
    insta::assert_debug_snapshot!(literals(&document), @r#"
    [
        "a",
        "b",
        "x\n  ",
        "y",
        "z\n",
    ]
    "#);
}

fn literals(document: &Document) -> Vec<String> {
    fn collect(parts: &[TemplatePart], texts: &mut Vec<String>) {
        for part in parts {
            match part {
                TemplatePart::Literal(literal) => texts.push(literal.value.clone()),
                TemplatePart::If { yes, no, .. } => {
                    collect(yes, texts);
                    collect(no, texts);
                }
                TemplatePart::For { body, .. } => collect(body, texts),
                TemplatePart::Interpolation(_) => {}
            }
        }
    }
    let mut texts = Vec::new();
    for attribute in &document.attributes {
        if let ExpressionKind::Template(parts) = &attribute.value.kind {
            collect(parts, &mut texts);
        }
    }
    texts
}

#[test]
fn a_syntax_error_hides_only_its_own_block() {
    let source =
        "target \"a\" {\n  tags = [\n}\ntarget \"b\" {\n  tags = [\"b\"]\n}\n= 3\ntarget \"c\" {\n";
    let document = bake::parse(source, Format::Hcl);
    let names: Vec<_> = document.targets.iter().map(|it| &it.name.value).collect();
    assert_eq!(names, ["b"]);
    assert_eq!(document.problems.len(), 3);
    let source = r#"{"target": {"a": {"tags": ["x"], "args": {"A" "B"}}}}"#;
    let document = bake::parse(source, Format::Json);
    assert_eq!(document.targets[0].attributes.len(), 2);
    assert_eq!(document.problems.len(), 1);
}

#[test]
fn what_bake_ignores_or_refuses_is_told() {
    let source = "resource \"a\" {}\ntarget {}\nfunction \"f\" { params = [1] }\n";
    let document = bake::parse(source, Format::Hcl);
    let problems = document.ignored.iter().chain(&document.problems);
    let shown: Vec<_> = problems
        .map(|it| format!("{} ‹{}›", it.message, it.span.of(source)))
        .collect();
    insta::assert_debug_snapshot!(shown, @r#"
    [
        "a `resource` block is not known ‹resource›",
        "a `target` block needs exactly one label ‹target›",
        "a parameter must be a bare name ‹1›",
        "the function has no `result` ‹f›",
    ]
    "#);
}

#[test]
fn hostile_files_are_read_in_bounded_time_and_stack() {
    let count = 20_000;
    for piece in [
        "[",
        "{",
        "(",
        "a=[",
        "\"${",
        "!",
        "-",
        "a ? ",
        "a.",
        "a[",
        "<<A\n",
        "%{if a}",
        "f(",
        "target \"a\" {",
        "a = [for x in ",
        "1+",
        "a=1\n",
    ] {
        for prefix in ["", "a = ", "a = \"", "a = <<E\n"] {
            let source = format!("{prefix}{}", piece.repeat(count));
            let start = std::time::Instant::now();
            bake::parse(&source, Format::Hcl);
            bake::parse(&source, Format::Json);
            bake::parse(
                &format!("{{\"a\": \"{}\"}}", piece.repeat(count)),
                Format::Json,
            );
            bake::parse(&"{\"a\":".repeat(count), Format::Json);
            let spent = start.elapsed();
            assert!(spent.as_secs() < 20, "{prefix}{piece} took {spent:?}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_panic(source in r#"([a-c{}\[\]()"$%~=!<>&|?:.,*/+ \n\\#0-9-]|é|\$\{|%\{|if |for |in |endif|<<E\n|<<-E\n|E\n|target |variable |null|\\u00e9|\\ud83d|\\ude00){0,60}"#) {
        for format in [Format::Hcl, Format::Json] {
            bake::parse(&source, format);
            bake::parse(&format!("target \"a\" {{\n a = {source}\n}}"), format);
            bake::parse(&format!("{{\"target\": {{\"a\": {{\"a\": \"{source}\"}}}}}}"), format);
        }
    }
}
