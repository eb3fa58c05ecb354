//! What a resolved project knows beyond what Compose prints: the place of every value, the
//! variables in it, and what is wrong.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use dockwright_environment::compose::{
    self, Loader, Problem, ProblemKind, Project, Request, Source, project_files,
};
use dockwright_environment::tree::ReadError;
use dockwright_environment::{DocumentId, Location, TreePath, Value, VariableSource};
use dockwright_syntax::Span;
use dockwright_syntax::yaml::{self, YamlTree};
use proptest::prelude::*;

/// Files in memory.
struct Files(HashMap<TreePath, (Source, Arc<YamlTree>)>);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let file = |(number, (path, text)): (u32, &(&str, &str))| {
            let source = Source {
                document: DocumentId(number),
                text: Arc::from(*text),
            };
            (
                TreePath::new(path).unwrap(),
                (source, Arc::new(yaml::parse(text))),
            )
        };
        Self((0..).zip(files).map(file).collect())
    }

    /// `path "text"` of a place.
    fn at(&self, location: Location) -> String {
        let found = self
            .0
            .iter()
            .find(|(_, (source, _))| source.document == location.document);
        let (path, (source, _)) = found.unwrap();
        format!("{path} {:?}", location.span.of(&source.text))
    }

    fn resolve(&self, files: &[&str]) -> Project {
        let request = Request {
            files: files
                .iter()
                .map(|file| TreePath::new(file).unwrap())
                .collect(),
            root_name: Some("root".to_owned()),
            default_name: None,
            ..Request::default()
        };
        compose::resolve(&request, self)
    }
}

/// What the caller's environment sets goes before `.env` and defaults.
#[test]
fn the_caller_sets_variables() {
    let files = Files::new(&[
        (".env", "TAG=file\nOTHER=file\n"),
        (
            "compose.yaml",
            "services:\n  a:\n    image: \"a:${TAG:-default}-${OTHER}\"\n    build: {context: ., args: [TAG]}\n",
        ),
    ]);
    let request = Request {
        files: vec![TreePath::new("compose.yaml").unwrap()],
        root_name: Some("root".to_owned()),
        variables: [("TAG".to_owned(), "caller".to_owned())]
            .into_iter()
            .collect(),
        ..Request::default()
    };
    let project = compose::resolve(&request, &files);
    let service = project.service("a").unwrap();
    let image = service.image.as_ref().unwrap();
    assert_eq!(image.known(), Some("a:caller-file"));
    assert_eq!(image.variables[0].source, VariableSource::Caller);
    let argument = &service.build.as_ref().unwrap().args[0];
    assert_eq!(argument.value.as_ref().unwrap().text, "caller");
}

impl Loader for Files {
    fn file(&self, path: &TreePath) -> Result<Source, ReadError> {
        self.yaml(path).map(|(source, _)| source)
    }

    fn yaml(&self, path: &TreePath) -> Result<(Source, Arc<YamlTree>), ReadError> {
        self.0.get(path).cloned().ok_or(ReadError::Missing)
    }
}

/// The text of a value and where it is written.
fn told(files: &Files, value: &Value) -> String {
    format!("{} <- {}", value.text, files.at(value.location))
}

#[test]
fn every_value_points_to_the_file_it_came_from() {
    let files = Files::new(&[
        (
            "compose.yaml",
            "services:\n  app:\n    image: one\n    user: '1'\n    build: ./app\n    environment: [A=1, B=2]\n    volumes: ['./data:/data:ro']\n",
        ),
        (
            "compose.override.yml",
            "services:\n  app:\n    image: two\n    build: {target: dev}\n    environment: {B: 3}\n",
        ),
    ]);
    let project = files.resolve(&["compose.yaml", "compose.override.yml"]);
    let app = project.service("app").unwrap();
    let build = app.build.as_ref().unwrap();
    let mut out = String::new();
    let mut say = |what: &str, value: &Value| {
        let _ = writeln!(out, "{what}: {}", told(&files, value));
    };
    say("image", app.image.as_ref().unwrap());
    say("user", app.user.as_ref().unwrap());
    say("context", build.context.as_ref().unwrap());
    say("target", build.target.as_ref().unwrap());
    for entry in &app.environment {
        say(&entry.name.text, entry.value.as_ref().unwrap());
    }
    say("source", app.volumes[0].source.as_ref().unwrap());
    say("mounted at", app.volumes[0].target.as_ref().unwrap());
    let places = app.environment.iter().map(|entry| {
        format!(
            "{} in {}",
            files.at(entry.name.location),
            files.at(entry.location)
        )
    });
    out.extend(places.map(|place| place + "\n"));
    insta::assert_snapshot!(out, @r###"
    image: two <- compose.override.yml "two"
    user: 1 <- compose.yaml "'1'"
    context: ./app <- compose.yaml "./app"
    target: dev <- compose.override.yml "dev"
    A: 1 <- compose.yaml "1"
    B: 3 <- compose.override.yml "3"
    source: ./data <- compose.yaml "./data"
    mounted at: /data <- compose.yaml "/data"
    compose.yaml "A" in compose.yaml "A=1"
    compose.override.yml "B" in compose.override.yml "B: 3"
    "###);
    assert!(project.problems.is_empty());
}

#[test]
fn variables_are_kept_with_the_part_of_a_text_that_they_made() {
    let files = Files::new(&[
        (
            "compose.yaml",
            "services:\n  app:\n    image: \"${REGISTRY:-docker.io}/app:${TAG}\"\n    ports: [\"${PORT:-80}:8080\"]\n    volumes: [\"${DIR}/a:/a\"]\n    environment: [\"K=${FILE}-x\"]\n",
        ),
        (".env", "FILE=value\n"),
    ]);
    let project = files.resolve(&["compose.yaml"]);
    let app = project.service("app").unwrap();
    let mut out = String::new();
    let mut say = |what: &str, value: &Value| {
        let _ = writeln!(out, "{what}: {}", told(&files, value));
        for variable in &value.variables {
            let _ = writeln!(
                out,
                "  {} {:?} {:?}",
                variable.name, variable.value, variable.source
            );
        }
    };
    say("image", app.image.as_ref().unwrap());
    say("published", app.ports[0].published.as_ref().unwrap());
    say("target", &app.ports[0].target);
    say("source", app.volumes[0].source.as_ref().unwrap());
    say("mounted at", app.volumes[0].target.as_ref().unwrap());
    say("K", app.environment[0].value.as_ref().unwrap());
    insta::assert_snapshot!(out, @r###"
    image: docker.io/app: <- compose.yaml "\"${REGISTRY:-docker.io}/app:${TAG}\""
      REGISTRY Some("docker.io") Default
      TAG None Unset
    published: 80 <- compose.yaml "${PORT:-80}"
      PORT Some("80") Default
    target: 8080 <- compose.yaml "8080"
    source: /a <- compose.yaml "${DIR}/a"
      DIR None Unset
    mounted at: /a <- compose.yaml "/a"
    K: value-x <- compose.yaml "${FILE}-x"
      FILE Some("value") File
    "###);
    assert!(!app.image.as_ref().unwrap().is_known());
}

#[test]
fn paths_are_relative_to_the_directory_that_compose_takes() {
    let files = Files::new(&[
        (
            "compose.yaml",
            "include:\n  - path: lib/compose.yaml\n    project_directory: .\n  - other/compose.yaml\nservices:\n  app:\n    extends: {file: base/base.yaml, service: base}\n    volumes: ['./own:/own']\n",
        ),
        (
            "base/base.yaml",
            "services:\n  base:\n    build: ./ctx\n    volumes: ['./base:/base']\n",
        ),
        ("lib/compose.yaml", "services:\n  lib:\n    build: ./lib\n"),
        ("other/compose.yaml", "services:\n  other:\n    build: .\n"),
    ]);
    let project = files.resolve(&["compose.yaml"]);
    let context = |name: &str| {
        let build = project.service(name).unwrap().build.clone().unwrap();
        build
            .context_directory
            .join(&build.context.unwrap().text)
            .unwrap()
            .to_string()
    };
    assert_eq!(context("app"), "base/ctx");
    assert_eq!(context("lib"), "lib");
    assert_eq!(context("other"), "other");
    let app = project.service("app").unwrap();
    let sources: Vec<_> = app
        .volumes
        .iter()
        .map(|mount| {
            mount
                .directory
                .join(&mount.source.as_ref().unwrap().text)
                .unwrap()
                .to_string()
        })
        .collect();
    assert_eq!(sources, ["base/base", "own"]);
    let extends = app.extends.as_ref().unwrap();
    assert_eq!(files.at(extends.service.location), "compose.yaml \"base\"");
    assert_eq!(project.files.len(), 4);
}

#[test]
fn an_inline_dockerfile_leads_back_to_the_compose_file() {
    let files = Files::new(&[(
        "compose.yaml",
        "services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM alpine:${V:-3.20}\n        RUN echo $$HOME && true\n",
    )]);
    let project = files.resolve(&["compose.yaml"]);
    let build = project.services[0].build.as_ref().unwrap();
    let (text, location) = build.dockerfile_inline.as_ref().unwrap();
    assert_eq!(text.value, "FROM alpine:3.20\nRUN echo $HOME && true\n");
    let word = text.value.find("true").unwrap();
    let span = text.source_span(Span::new(word, word + 4));
    assert_eq!(
        files.at(Location::new(location.document, span)),
        "compose.yaml \"true\""
    );
}

#[test]
fn environment_files_are_read_in_order() {
    let files = Files::new(&[
        (
            "compose.yaml",
            "services:\n  a:\n    image: a\n    env_file: [one.env, two.env]\n    environment: {A: own}\n",
        ),
        ("one.env", "A=1\nB=1\nC=1\n"),
        ("two.env", "B=2\n"),
    ]);
    let project = files.resolve(&["compose.yaml"]);
    let effective: Vec<_> = project.services[0]
        .effective_environment()
        .iter()
        .map(|entry| told(&files, entry.value.as_ref().unwrap()))
        .collect();
    assert_eq!(
        effective,
        [
            "own <- compose.yaml \"own\"",
            "2 <- two.env \"2\"",
            "1 <- one.env \"1\""
        ]
    );
}

/// The problems of one file, one line each.
fn problems(source: &str) -> String {
    let files = Files::new(&[("compose.yaml", source)]);
    let line = |problem: &Problem| {
        format!(
            "{:?} {}: {}\n",
            problem.kind,
            files.at(problem.location),
            problem.message
        )
    };
    files
        .resolve(&["compose.yaml"])
        .problems
        .iter()
        .map(line)
        .collect()
}

#[test]
fn what_compose_refuses_is_told_where_it_stands() {
    let source = "services:
  web:
    image: nginx
    imag: nginx
    ports: ['eighty:80', '${PORT}:80']
    depends_on: [db]
    user: 1000
    environment: {A: [1]}
    env_file: missing.env
    volumes: ['data:/data']
  job:
    image: job:${TAG:?set the tag}
    extends: {file: gone.yaml, service: x}
    privileged: maybe
    command: run 'it
";
    insta::assert_snapshot!(problems(source), @r###"
    Unset compose.yaml "job:${TAG:?set the tag}": the required variable TAG has no value: set the tag
    Refused compose.yaml "maybe": `maybe` is not `true` or `false`
    MissingFile compose.yaml "gone.yaml": the file `gone.yaml` does not exist
    Refused compose.yaml "imag": the key `imag` is not known here; is `image` meant?
    Refused compose.yaml "1000": this must be text: put `1000` in quotes
    Refused compose.yaml "[1]": this must be text, or a number, or `true` or `false`, or nothing
    Refused compose.yaml "'eighty:80'": `eighty` is not a port
    MissingFile compose.yaml "missing.env": the file `missing.env` does not exist
    Refused compose.yaml "run 'it": the quotes of this command are not closed
    Refused compose.yaml "db": there is no service `db` to depend on
    Refused compose.yaml "data": there is no volume `data`
    "###);
}

#[test]
fn a_service_in_a_variable_without_a_value_may_be_there() {
    let service = |rest: &str| format!("services:\n  web:\n    image: nginx\n    {rest}\n");
    let unset =
        "Unset compose.yaml \"${DB}\": the service to depend on is in a variable without a value\n";
    assert_eq!(problems(&service("depends_on:\n      - ${DB}")), unset);
    assert_eq!(problems(&service("volumes_from:\n      - ${DB}")), unset);
    let known = problems(&service("depends_on: ['${DB:-db}']"));
    assert!(known.starts_with("Refused "), "{known}");
}

#[test]
fn what_another_file_may_declare_is_told_apart() {
    let files = Files::new(&[
        (
            "compose.extra.yaml",
            "services:\n  web: {networks: [front]}\n",
        ),
        (
            "compose.yaml",
            "services:\n  web: {image: x, networks: [front]}\n",
        ),
    ]);
    let kinds = |file: &str| {
        let problems = files.resolve(&[file]).problems;
        problems
            .iter()
            .map(|problem| problem.kind)
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds("compose.extra.yaml"), [ProblemKind::Incomplete; 2]);
    assert_eq!(kinds("compose.yaml"), [ProblemKind::Refused]);
}

#[test]
fn circles_end_with_a_problem() {
    let extends = "services:\n  a: {image: x, extends: b}\n  b: {image: x, extends: a}\n";
    insta::assert_snapshot!(problems(extends), @r#"Refused compose.yaml "b": the service `a` extends itself in the end"#);
    let include = "include: [compose.yaml]\nservices:\n  a: {image: x}\n";
    insta::assert_snapshot!(problems(include), @r#"Refused compose.yaml "compose.yaml": `compose.yaml` is included by itself in the end"#);
    let alias = "services:\n  a: &a\n    image: x\n    x-self: {again: *a}\n";
    insta::assert_snapshot!(problems(alias), @r#"Refused compose.yaml "*a": this alias stands inside of what it refers to"#);
}

#[test]
fn bombs_are_defused() {
    let mut aliases = "x-0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        let _ = writeln!(aliases, "x-{level}: &a{level} [{items}]");
    }
    aliases.push_str("services: {a: {image: x}}\n");
    let mut merges = "x-0: &m0 {k0: {a: 1}}\n".to_owned();
    for level in 1..20 {
        let before = level - 1;
        let _ = writeln!(
            merges,
            "x-{level}: &m{level} {{k{level}a: *m{before}, k{level}b: *m{before}, <<: *m{before}}}"
        );
    }
    merges.push_str("services: {a: {image: x}}\n");
    let mut chain = "services:\n  s0: {image: x, environment: [A=1]}\n".to_owned();
    for level in 1..2000 {
        let _ = writeln!(
            chain,
            "  s{level}: {{extends: s{}, environment: [A{level}=1]}}",
            level - 1
        );
    }
    for source in [aliases, merges, chain] {
        let files = Files::new(&[("compose.yaml", &source)]);
        let project = files.resolve(&["compose.yaml"]);
        assert!(
            project
                .problems
                .iter()
                .any(|problem| { problem.kind == ProblemKind::Unsupported })
        );
    }
}

#[test]
fn hostile_files_cost_little() {
    let mut growing = "A=0123456789\n".to_owned();
    for _ in 0..100_000 {
        growing.push_str("A=$A$A\n");
    }
    let names: Vec<String> = (0..50_000).map(|number| format!("n{number}")).collect();
    let list = names.join(", ");
    let long = format!(
        "x-long: &long '{}'\nservices: {{a: {{image: x, depends_on: [{list}], networks: [{list}]}}}}\nx-b: [{}]\n",
        "long ".repeat(100_000),
        vec!["*long"; 1000].join(", "),
    );
    let aliases = format!(
        "services: {{a: {{image: '${{A}}', labels: [{}]}}}}\n",
        vec!["'x=${A}'"; 5000].join(", ")
    );
    let blanks = format!(
        "services: {{a: {{image: \"\\x41{}\"}}}}\n",
        " ".repeat(1_000_000)
    );
    let open = format!(
        "services: {{a: {{image: '{}'}}}}\n",
        "${A:-".repeat(200_000)
    );
    for source in [long, aliases, blanks, open] {
        let files = Files::new(&[("compose.yaml", &source), (".env", &growing)]);
        let started = std::time::Instant::now();
        files.resolve(&["compose.yaml"]);
        assert!(started.elapsed().as_secs() < 20);
    }
}

#[test]
fn projects_are_the_groups_that_one_would_run() {
    let service = "services: {a: {image: x}}\n";
    let overlay = "services: {a: {user: '1'}}\n";
    let files = Files::new(&[
        ("docker-compose.yml", service),
        ("docker-compose.override.yml", overlay),
        ("docker-compose.prod.yml", overlay),
        ("docker-compose.test.yml", service),
        ("base.yml", service),
        (
            "uses.yml",
            "services: {a: {extends: {file: base.yml, service: a}}}\n",
        ),
        ("sub/compose.yaml", "include: [part.yaml]\n"),
        ("sub/part.yaml", service),
        ("env/.env", "COMPOSE_FILE=one.yml:two.yml\n"),
        ("env/one.yml", service),
        ("env/two.yml", overlay),
    ]);
    let mut candidates: Vec<TreePath> = files.0.keys().cloned().collect();
    candidates.retain(|path| path.file_name() != ".env");
    candidates.sort();
    let groups: Vec<Vec<String>> = project_files(&candidates, &files)
        .iter()
        .map(|group| group.iter().map(ToString::to_string).collect())
        .collect();
    insta::assert_debug_snapshot!(groups, @r###"
    [
        [
            "docker-compose.yml",
            "docker-compose.override.yml",
        ],
        [
            "docker-compose.yml",
            "docker-compose.prod.yml",
        ],
        [
            "docker-compose.test.yml",
        ],
        [
            "uses.yml",
        ],
        [
            "env/one.yml",
            "env/two.yml",
        ],
        [
            "sub/compose.yaml",
        ],
    ]
    "###);
}

#[test]
fn the_name_of_a_project_is_its_own_or_its_directory() {
    let files = Files::new(&[
        ("My App/compose.yaml", "services: {a: {image: x}}\n"),
        (
            "compose.yaml",
            "name: ${N:-Named!}\nservices: {a: {image: x}}\n",
        ),
        (
            "other.yaml",
            "services: {a: {image: '${COMPOSE_PROJECT_NAME}'}}\n",
        ),
    ]);
    let name = |file: &str| files.resolve(&[file]).name.unwrap().text;
    assert_eq!(name("My App/compose.yaml"), "myapp");
    assert_eq!(name("compose.yaml"), "named");
    assert_eq!(name("other.yaml"), "root");
    let image = files.resolve(&["other.yaml"]).services[0]
        .image
        .clone()
        .unwrap();
    assert_eq!(image.variables[0].source, VariableSource::Fixed);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_file_is_resolved(
        lines in prop::collection::vec(
            prop::sample::select(vec![
                "services:", "  a:", "  b: &b", "    image: x", "    <<: *b", "    build: .",
                "    build:", "      args: [A=1, B]", "      args: {A: 1}", "    extends: a",
                "    extends: {file: compose.yaml, service: b}", "    ports: ['1-2:3', 5, x]",
                "    ports: !reset []", "    environment:", "      - A", "      K: ${V:-${W",
                "    volumes: [a:b, ./c:/d:ro, ':', {type: bind}]", "    command: a 'b",
                "    depends_on: [b]", "include: [compose.yaml, {path: []}]", "volumes: {a: }", "---",
                "x: [", "    env_file: [{path: .env}, 3]", "    networks: {n: {aliases: [x]}}",
                "    healthcheck: {test: []}", "    secrets: [s, {}]", "    deploy: [1]",
            ]),
            0..25,
        ),
        noise in "\\PC{0,12}",
    ) {
        let source = lines.join("\n") + &noise;
        let files = Files::new(&[("compose.yaml", &source), (".env", &noise), ("over.yaml", &source)]);
        let project = files.resolve(&["compose.yaml", "over.yaml"]);
        for problem in &project.problems {
            let _ = files.at(problem.location);
        }
    }

    #[test]
    fn any_environment_file_is_read(source in "([A-Z=:'\"#$ {}\\\\\n]|export |\\PC){0,60}") {
        let file = compose::dotenv::parse(&source, &|_| None);
        for assignment in file.assignments {
            prop_assert!(source.get(assignment.name_span.range()).is_some());
            prop_assert!(source.get(assignment.value_span.range()).is_some());
        }
    }
}
