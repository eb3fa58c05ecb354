//! What the evaluation of bake files tells beside the values themselves.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::{Duration, Instant};

use dockwright_environment::bake::{self, BakeProject, ContextKind};
use dockwright_environment::{CallerVariables, DocumentId, TreePath, Value, VariableSource};
use dockwright_syntax::bake::{Format, parse};

fn evaluate(source: &str) -> BakeProject {
    bake::evaluate(&[(DocumentId(0), &parse(source, Format::Hcl))])
}

/// A value, the text it stands in, and its variables.
fn shown(source: &str, value: &Value) -> String {
    let variables = value.variables.iter();
    let variables: Vec<_> = variables
        .map(|it| format!("{}={:?} {:?}", it.name, it.value, it.source))
        .collect();
    let place = value.location.span.of(source);
    format!("{} ‹{place}› {variables:?}", value.text)
}

#[test]
fn every_value_knows_its_place_and_its_variables() {
    let source = r#"
variable "REGISTRY" { default = "example" }
variable "TAG" {}
variable "FULL" { default = "${REGISTRY}/app" }
function "names" {
  params = [name]
  result = ["${REGISTRY}/${name}"]
}
target "_base" {
  context = "base"
}
target "app" {
  inherits = ["_base"]
  tags     = concat(["${FULL}:${TAG}", "plain"], names("x"))
  target   = REGISTRY
  args     = { WHEN = timestamp(), "A" = TAG != "" ? TAG : "latest" }
}
"#;
    let project = evaluate(source);
    assert_eq!(project.problems, []);
    let app = project.target("app").unwrap();
    let mut values: Vec<&Value> = app.tags.iter().collect();
    values.extend(app.target.iter().chain(&app.context));
    values.extend(app.args.iter().map(|it| &it.value));
    let lines: Vec<_> = values.iter().map(|it| shown(source, it)).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    example/app: ‹"${FULL}:${TAG}"› ["FULL=Some(\"example/app\") Default", "REGISTRY=Some(\"example\") Default", "TAG=None Unset"]
    plain ‹"plain"› []
    example/x ‹concat(["${FULL}:${TAG}", "plain"], names("x"))› ["REGISTRY=Some(\"example\") Default"]
    example ‹REGISTRY› ["REGISTRY=Some(\"example\") Default"]
    base ‹"base"› []
     ‹timestamp()› ["timestamp()=None Unset"]
    latest ‹"latest"› ["TAG=None Unset"]
    "#);
    assert_eq!(app.args[1].location.span.of(source), "\"A\"");
    assert!(!app.tags[0].is_known());
    assert!(project.target("_base").unwrap().abstract_);
    assert_eq!(app.location.span.of(source), "app");
    let tag = &project.variables[1];
    assert_eq!(tag.default, None);
    let full = project.variables[2].default.as_ref().unwrap();
    assert_eq!(full.text, "example/app");
    assert_eq!(full.variables[0].source, VariableSource::Default);
}

#[test]
fn an_error_leaves_the_rest_as_it_is() {
    let source = r#"
variable "A" { default = B }
variable "B" { default = A }
target "app" {
  tags     = ["${A}"]
  context  = "app"
  inherits = ["missing", "_base"]
}
target "_base" { target = "stage" }
target "odd" { tagss = [] }
"#;
    let project = evaluate(source);
    let problems = project.problems.iter();
    let problems: Vec<_> = problems
        .map(|(at, message)| format!("{message} ‹{}›", at.span.of(source)))
        .collect();
    insta::assert_snapshot!(problems.join("\n"), @r#"
    the variable `A` needs itself ‹A›
    there is no target `missing` ‹"missing"›
    "#);
    let app = project.target("app").unwrap();
    assert_eq!(app.context.as_ref().unwrap().text, "app");
    assert_eq!(app.target.as_ref().unwrap().text, "stage");
    assert_eq!(project.ignored.len(), 1);
}

#[test]
fn a_text_with_a_null_that_the_caller_replaces_is_not_known() {
    let project = evaluate(
        r#"
variable "VERSION" { default = null }
target "app" {
  labels = { whole = "${VERSION}", part = "v${VERSION}", plain = "1" }
  args   = { NULL = "v${null}" }
}
"#,
    );
    let problems: Vec<_> = project.problems.iter().map(|(_, it)| it.as_str()).collect();
    assert_eq!(problems, ["null cannot be put into a text"]);
    let labels = &project.target("app").unwrap().labels;
    let labels: Vec<_> = labels
        .iter()
        .map(|it| (it.name.as_str(), it.value.known()))
        .collect();
    assert_eq!(labels, [("part", None), ("plain", Some("1"))]);
}

#[test]
fn groups_are_taken_apart() {
    let project = evaluate(
        r#"
group "default" { targets = ["all", "b"] }
group "all" { targets = ["m", "default"] }
target "m" {
  name   = "m-${v}"
  matrix = { v = ["1", "2"] }
}
target "b" {}
"#,
    );
    assert_eq!(project.expand("default"), ["m-1", "m-2", "b"]);
    assert_eq!(project.expand("b"), ["b"]);
    assert_eq!(project.target("m-2").unwrap().block, "m");
}

#[test]
fn contexts_are_told_apart() {
    let cases = [
        ("target:base", ContextKind::Target("base")),
        ("docker-image://alpine:3", ContextKind::Image("alpine:3")),
        ("oci-layout://a:b", ContextKind::OciLayout("a:b")),
        ("cwd://src", ContextKind::Path("src")),
        ("../x", ContextKind::Path("../x")),
        (
            "https://example.com/r.git#main",
            ContextKind::Remote("https://example.com/r.git#main"),
        ),
    ];
    for (text, kind) in cases {
        assert_eq!(ContextKind::of(text), kind);
    }
}

#[test]
fn the_default_files_are_found_in_the_order_of_their_merging() {
    let path = |path: &str| TreePath::new(path).unwrap();
    let candidates = [
        path("a/docker-bake.override.hcl"),
        path("a/docker-bake.hcl"),
        path("a/compose.yaml"),
        path("docker-bake.json"),
    ];
    let found = bake::default_files(&path("a"), &candidates);
    let found: Vec<_> = found.iter().map(TreePath::as_str).collect();
    assert_eq!(
        found,
        [
            "a/compose.yaml",
            "a/docker-bake.hcl",
            "a/docker-bake.override.hcl"
        ]
    );
}

#[test]
fn hostile_files_are_evaluated_in_bounded_time_and_memory() {
    let chain = |line: fn(usize) -> String| (1..5_000).map(line).collect::<String>();
    let sources = [
        format!("V0 = \"x\"\n{}", chain(|i| format!("V{i} = \"${{V{0}}}${{V{0}}}\"\n", i - 1))),
        format!("V0 = [1]\n{}", chain(|i| format!("V{i} = [V{0}, V{0}]\n", i - 1))),
        chain(|i| format!("V{i} = V{}\n", i + 1)),
        format!("target \"t0\" {{}}\n{}", chain(|i| format!("target \"t{i}\" {{ inherits = [\"t{}\"] }}\n", i - 1))),
        chain(|i| format!("target \"t{i}\" {{ inherits = [\"t{}\", \"t{}\"] }}\n", i + 1, i + 2)),
        chain(|i| format!("group \"g{i}\" {{ targets = [\"g{}\", \"g{}\"] }}\n", i + 1, i + 2)),
        "target \"t\" {\n name = \"${a}${b}${c}${d}\"\n matrix = { a = range(1000), b = range(1000), c = range(1000), d = range(1000) }\n}".to_owned(),
        format!("function \"f0\" {{\n params = [a]\n result = [a, a]\n}}\n{}A = f99(1)\n", chain(|i| format!("function \"f{i}\" {{\n params = [a]\n result = [f{0}(a), f{0}(a)]\n}}\n", i - 1))),
        "A = [for a in range(1000): [for b in range(1000): [for c in range(1000): a]]]".to_owned(),
        "A = join(\"\", [for a in range(1000): replace(\"aaaaaaaaaaaaaaaa\", \"\", indent(1000, \"\\n\\n\\n\"))])".to_owned(),
        chain(|i| format!("target \"t{i}\" {{ tags = target.t{}.tags }}\n", i + 1)),
        "A = regex(\"(a{1000}){1000}\", \"a\")".to_owned(),
        "A = format(\"%999999999d\", 1)".to_owned(),
        "A = sha256(join(\"\", range(1000)))\nB = [for a in range(1000): [for b in range(1000): sha512(A)]]".to_owned(),
    ];
    for source in sources {
        let start = Instant::now();
        let project = evaluate(&source);
        project.expand("g1");
        let spent = start.elapsed();
        let head: String = source.chars().take(60).collect();
        eprintln!("{spent:?} {head}");
        assert!(spent < Duration::from_secs(20), "{head} took {spent:?}");
    }
}

proptest::proptest! {
    #[test]
    fn any_expression_is_evaluated_without_panic(
        source in r#"(A|B|T|\[|\]|\{|\}|\(|\)|"|\$\{|,|=|\?|:|\.|\*|/|%| - |!|&&|\|\||==|<|0|1|-1|9e99|null|true|é|for x in |x|if |range\(|slice\(|substr\(|element\(|format\(|indent\(|join\(|split\(|chunklist\(|timeadd\(|formatdate\(|unixtimestampparse\(|parseint\(|pow\(|log\(|regex\(|target\.a|target\.|\.tags|\.\.\.| ){0,30}"#
    ) {
        let file = format!(
            "A = [1, \"b\", {{ c = 2 }}]\nvariable \"B\" {{ default = 3 }}\nvariable \"T\" {{\n type = {source}\n}}\nvariable \"D\" {{ default = {source}\n}}\ntarget \"a\" {{\n tags = {source}\n args = {{ a = {source} }}\n matrix = {{ m = {source} }}\n}}"
        );
        evaluate(&file);
        evaluate(&format!("target \"a\" {{ tags = [{source}] }}"));
        evaluate(&source);
    }
}

/// What the caller's environment sets goes before defaults, and is read as their type. The values
/// are those that `docker buildx bake --print` gives with the same environment.
#[test]
fn the_caller_sets_variables() {
    let source = r#"
variable "S" { default = "a" }
variable "N" { default = 3 }
variable "B" { default = false }
variable "E" {}
variable "L" {
  type    = list(string)
  default = ["x"]
}
variable "J" {
  type = map(number)
}
target "app" {
  args = { S = S, N = N + 1, B = B ? "yes" : "no", E = E, L = join("-", L), J = J["a"] * 2 }
}
"#;
    let caller = [
        ("S", "env"),
        ("N", "41"),
        ("B", "1"),
        ("E", "e"),
        ("L", "p,q"),
        ("J_JSON", r#"{"a": 21}"#),
    ];
    let caller = caller.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let document = parse(source, Format::Hcl);
    let files = [(DocumentId(0), &document)];
    let project = bake::evaluate_with(None, &files, &caller.into_iter().collect());
    assert_eq!(project.problems, []);
    let args = project.target("app").unwrap().args.iter();
    let args: Vec<_> = args
        .map(|it| format!("{}={}", it.name, it.value.text))
        .collect();
    assert_eq!(args, ["S=env", "N=42", "B=yes", "E=e", "L=p-q", "J=42"]);

    let caller = CallerVariables::from_iter([("N".to_owned(), "many".to_owned())]);
    let project = bake::evaluate_with(None, &files, &caller);
    let problems: Vec<_> = project
        .problems
        .iter()
        .map(|(_, message)| message)
        .collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("the caller's environment sets it to `many`: "));
}
