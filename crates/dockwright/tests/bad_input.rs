//! Whatever lies in a repository: a clear finding or error with the file's name, the rest of the
//! audit goes on, time and memory are bounded.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use support::{Repository, Run, run};

/// A Dockerfile with one finding, which must be there whatever lies beside it.
const SOUND: (&str, &str) = ("sound/Dockerfile", "FROM Upper/Case:1\n");

/// A repository whose sound part has its finding.
fn repository() -> Repository {
    Repository::of(&[SOUND])
}

/// Audits; the sound part must have been audited as well.
fn audit(repository: &Repository) -> Vec<String> {
    let run = repository.run(&["audit", "--format", "json", "--confidence", "low"]);
    went_on(&run)
}

fn went_on(run: &Run) -> Vec<String> {
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(run.errors, "");
    let findings = run.findings();
    let sound = "invalid-image-reference sound/Dockerfile:1 ";
    assert!(
        findings.iter().any(|one| one.starts_with(sound)),
        "{findings:#?}"
    );
    findings
}

/// What is said of files that cannot be read, as `path:line message`.
fn unreadable(findings: &[String]) -> Vec<&str> {
    let said = findings.iter();
    let mut said: Vec<&str> = said
        .filter_map(|one| one.strip_prefix("unparseable-file "))
        .collect();
    said.sort_unstable();
    said
}

/// Every command and format comes to an end as well.
fn everything_ends(repository: &Repository) {
    for format in ["text", "json", "dot", "mermaid", "svg"] {
        let run = repository.run(&["graph", "--format", format]);
        assert_eq!(run.code, 0, "{format}: {}", run.errors);
    }
    for format in ["text", "sarif", "github"] {
        let run = repository.run(&["audit", "--format", format]);
        assert_eq!(run.code, 1, "{format}: {}", run.errors);
    }
}

#[test]
fn bytes_that_are_no_text() {
    let repository = repository();
    repository.write("a/Dockerfile", b"FROM debian\nRUN echo \xff\n");
    repository.write("b/Dockerfile", b"\x7fELF\0\0\0\xff");
    repository.write("c/compose.yaml", b"services:\n  web: {image: \xe9}\n");
    repository.write(".dockerignore", b"\xfe\n");
    // Their own tools take these.
    repository.write("README.md", b"caf\xe9\n");
    repository.write("run.sh", b"#!/bin/sh\necho caf\xe9\n");
    assert_eq!(
        unreadable(&audit(&repository)),
        [
            ".dockerignore:1 `.dockerignore` cannot be read: it is not valid UTF-8 at byte 0",
            "a/Dockerfile:1 `a/Dockerfile` cannot be read: it is not valid UTF-8 at byte 21",
            "b/Dockerfile:1 `b/Dockerfile` cannot be read: it is a binary file",
            "c/compose.yaml:1 `c/compose.yaml` cannot be read: it is not valid UTF-8 at byte 25",
        ]
    );
}

#[test]
fn what_is_no_file() {
    let repository = repository();
    fs::create_dir_all(repository.path("directory/Dockerfile")).unwrap();
    fs::create_dir_all(repository.path("socket")).unwrap();
    fs::create_dir_all(repository.path("pipe/.git")).unwrap();
    let _socket = UnixListener::bind(repository.path("socket/Dockerfile")).unwrap();
    for pipe in ["Dockerfile", "Makefile", ".gitignore", ".env", "x.yaml"] {
        mkfifo(&repository, &format!("pipe/{pipe}"));
    }
    mkfifo(&repository, ".git");
    assert_eq!(
        unreadable(&audit(&repository)),
        [
            "directory/Dockerfile:1 `directory/Dockerfile` cannot be read: it is a directory",
            "pipe/Dockerfile:1 `pipe/Dockerfile` cannot be read: it is a socket, device or pipe",
            "socket/Dockerfile:1 `socket/Dockerfile` cannot be read: it is a socket, device or pipe",
        ]
    );
}

fn mkfifo(repository: &Repository, path: &str) {
    let done = Command::new("mkfifo").arg(repository.path(path)).status();
    assert!(done.unwrap().success());
}

#[test]
fn a_configuration_that_is_no_file() {
    let repository = repository();
    mkfifo(&repository, "dockwright.toml");
    let run = repository.run(&["audit"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.errors
            .starts_with("error: cannot read dockwright.toml: "),
        "{run:?}"
    );
}

#[test]
fn files_that_others_name_are_opened_with_care() {
    let repository = repository();
    for pipe in ["pipe.yaml", "pipe.env", ".env"] {
        mkfifo(&repository, pipe);
    }
    repository.write(
        "compose.yaml",
        "include: [pipe.yaml, /etc/passwd, ../../secret.yaml]
services:
  a: {image: a, env_file: [pipe.env, /etc/passwd], extends: {file: pipe.yaml, service: a}}
  b: {build: {context: pipe.env}}
",
    );
    let findings = audit(&repository);
    let about = |one: &&str| one.starts_with("compose.yaml:");
    assert!(unreadable(&findings).iter().any(about), "{findings:#?}");
    assert!(!findings.concat().contains("root:"), "{findings:#?}");
}

#[test]
fn links_are_never_followed_out_of_the_repository() {
    let repository = repository();
    let outside = Repository::of(&[("Dockerfile", "FROM Secret/Base\n")]);
    let link = |target: &str, path: &str| {
        fs::create_dir_all(repository.path(path).parent().unwrap()).unwrap();
        symlink(target, repository.path(path)).unwrap();
    };
    link(
        outside.path("Dockerfile").to_str().unwrap(),
        "out/Dockerfile",
    );
    link("/dev/zero", "zero/Dockerfile");
    link("/dev/zero", ".gitignore");
    link("Dockerfile", "self/Dockerfile");
    link("../two/Dockerfile", "one/Dockerfile");
    link("../one/Dockerfile", "two/Dockerfile");
    link("nowhere", "dangling/Dockerfile");
    link("..", "deep/up");
    link(".", "deep/same");
    link(outside.root().to_str().unwrap(), "elsewhere");
    let findings = audit(&repository);
    let said = unreadable(&findings);
    for path in ["out", "zero", "self", "one", "two"] {
        let path = format!("{path}/Dockerfile");
        let expected =
            format!("{path}:1 `{path}` cannot be read: it is a link that leads out of the tree");
        assert!(said.contains(&expected.as_str()), "{said:#?}");
    }
    let dangling =
        "dangling/Dockerfile:1 `dangling/Dockerfile` cannot be read: there is no such file";
    assert!(said.contains(&dangling), "{said:#?}");
    assert!(!findings.concat().contains("Secret"), "{findings:#?}");
}

#[test]
fn files_and_directories_without_permission() {
    let repository = repository();
    repository.write("file/Dockerfile", "FROM debian\n");
    repository.write("closed/Dockerfile", "FROM debian\n");
    let deny = |path| fs::set_permissions(repository.path(path), Permissions::from_mode(0o000));
    deny("file/Dockerfile").unwrap();
    let is_root = fs::read(repository.path("file/Dockerfile")).is_ok();
    deny("closed").unwrap();
    let arguments = ["audit", "--format", "json", "--confidence", "low"];
    let run = if is_root {
        // Nothing is closed to root, so somebody else looks, with a program that they may run.
        let bin = tempfile::tempdir().unwrap();
        let program = bin.path().join("dockwright");
        fs::copy(env!("CARGO_BIN_EXE_dockwright"), &program).unwrap();
        for directory in [bin.path(), repository.root()] {
            fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
        }
        let other = [
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
        ];
        let before = [other.as_slice(), &[program.to_str().unwrap()]].concat();
        run(&before, repository.root(), &arguments)
    } else {
        repository.run(&arguments)
    };
    fs::set_permissions(repository.path("closed"), Permissions::from_mode(0o755)).unwrap();
    let findings = went_on(&run);
    let said = unreadable(&findings);
    let begins = |start: &str| said.iter().any(|one| one.starts_with(start));
    assert!(
        begins("file/Dockerfile:1 `file/Dockerfile` cannot be read: Permission denied"),
        "{said:#?}"
    );
    assert!(
        begins("closed:1 `closed` cannot be read: the directory cannot be read"),
        "{said:#?}"
    );
}

#[test]
fn names_that_are_not_utf8() {
    let repository = repository();
    let name = |bytes: &[u8]| repository.root().join(OsStr::from_bytes(bytes));
    fs::write(name(b"Dockerfile.caf\xe9"), "FROM debian\n").unwrap();
    fs::write(name(b"picture\xe9.png"), "").unwrap();
    fs::create_dir(name(b"docker\xe9")).unwrap();
    fs::write(name(b"docker\xe9/Dockerfile"), "FROM debian\n").unwrap();
    let findings = audit(&repository);
    let why = "cannot be read: the name is not valid UTF-8, so the file is not read";
    assert_eq!(
        unreadable(&findings),
        [
            format!("Dockerfile.caf\u{fffd}:1 `Dockerfile.caf\u{fffd}` {why}"),
            format!("docker\u{fffd}:1 `docker\u{fffd}` {why}"),
        ]
    );
}

#[test]
fn a_dockerfile_of_a_hundred_megabytes() {
    let repository = repository();
    repository.write("large/Dockerfile", "FROM debian\n");
    let file = fs::File::options()
        .write(true)
        .open(repository.path("large/Dockerfile"));
    file.unwrap().set_len(100_000_000).unwrap();
    assert_eq!(
        unreadable(&audit(&repository)),
        [
            "large/Dockerfile:1 `large/Dockerfile` cannot be read: it has 100000000 bytes, more than the limit of 16777216"
        ]
    );
}

#[test]
fn a_repository_of_nothing_readable_is_not_called_empty() {
    let repository = Repository::new();
    repository.write("Dockerfile", b"\xff\xfe");
    let run = repository.run(&["audit"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.output.contains("`Dockerfile` cannot be read"),
        "{run:?}"
    );
}

#[test]
fn yaml_bombs() {
    let repository = repository();
    for (name, open, close, alias) in [("sequence", "[", "]", ""), ("merge", "{<<: [", "]}", "")] {
        let mut text = format!("x-0: &a0 {{k: v{alias}}}\n");
        for level in 1..40 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            let _ = writeln!(text, "x-{level}: &a{level} {open}{aliases}{close}");
        }
        text.push_str("services:\n  web:\n    image: nginx\n    labels: *a39\n    x-bomb: *a39\n");
        repository.write(&format!("{name}/compose.yaml"), text);
    }
    repository.write(
        "own/compose.yaml",
        "services: &s\n  web: {<<: *s, image: x, x-y: *s}\n",
    );
    repository.write(
        "interpolation/compose.yaml",
        format!(
            "services: {{web: {{image: \"{}\"}}}}\n",
            "${A:-".repeat(50_000)
        ),
    );
    audit(&repository);
    everything_ends(&repository);
}

#[test]
fn circles() {
    let repository = repository();
    repository.write(
        "extends/compose.yaml",
        "services:\n  a: {extends: b}\n  b: {extends: a}\n",
    );
    repository.write(
        "include/compose.yaml",
        "include: [other.yaml]\nservices: {a: {image: x}}\n",
    );
    repository.write(
        "include/other.yaml",
        "include: [compose.yaml]\nservices: {b: {image: x}}\n",
    );
    repository.write(
        "from/compose.yaml",
        "services:
  a: {build: {dockerfile_inline: \"FROM b:1\"}, image: \"a:1\"}
  b: {build: {dockerfile_inline: \"FROM a:1\"}, image: \"b:1\"}
",
    );
    repository.write(
        "stage/Dockerfile",
        "FROM two AS one\nFROM one AS two\nCOPY --from=two / /\n",
    );
    repository.write("own/Dockerfile", "FROM own AS own\nCOPY --from=own / /\n");
    repository.write(
        "bake/docker-bake.hcl",
        "variable \"A\" { default = B }
variable \"B\" { default = A }
function \"f\" {
  params = [x]
  result = f(x)
}
target \"a\" {
  inherits = [\"b\"]
  tags = [A, f(1)]
}
target \"b\" {
  inherits = [\"a\"]
  contexts = { b = \"target:b\" }
}
group \"g\" { targets = [\"g\"] }
",
    );
    let findings = audit(&repository);
    for place in [
        "extends/compose.yaml",
        "include/",
        "from/compose.yaml",
        "bake/docker-bake.hcl",
    ] {
        let found = findings.iter().any(|one| {
            one.split(' ')
                .nth(1)
                .is_some_and(|location| location.starts_with(place))
        });
        assert!(found, "{place}: {findings:#?}");
    }
    everything_ends(&repository);
}

#[test]
fn ten_thousand_stages() {
    let repository = repository();
    let mut chain = String::from("FROM debian:trixie AS s0\nENV A=1\n");
    let mut flat = String::new();
    for stage in 1..10_000 {
        let _ = writeln!(chain, "FROM s{} AS s{stage}\nENV A=1$A", stage - 1);
        let _ = writeln!(
            flat,
            "FROM debian:trixie AS s{stage}\nCOPY --from=s{} / /",
            stage / 2
        );
    }
    repository.write("chain/Dockerfile", chain);
    repository.write("flat/Dockerfile", flat);
    audit(&repository);
}

#[test]
fn ten_thousand_services() {
    let repository = repository();
    let mut text = String::from("services:\n");
    for service in 0..10_000 {
        let _ = writeln!(
            text,
            "  s{service}: {{build: {{context: ../sound}}, image: \"s{service}:1\", depends_on: [s{}]}}",
            service / 2
        );
    }
    repository.write("compose/compose.yaml", text);
    audit(&repository);
    let run = repository.run(&["graph", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.errors);
}

#[test]
fn deep_nesting() {
    let repository = repository();
    let deep = |open: &str| open.repeat(100_000);
    for (path, text) in [
        ("a/compose.yaml", format!("services: {}", deep("["))),
        ("b/compose.yaml", format!("services: {}", deep("{a: "))),
        ("c/compose.yaml", format!("services:\n{}", deep("- "))),
        ("d/compose.yaml", format!("services: {}", deep("? "))),
        ("e/docker-bake.json", format!("{{\"target\": {}", deep("["))),
        (
            "f/docker-bake.json",
            format!("{{\"target\": {}", deep("{\"a\":")),
        ),
        (
            "g/docker-bake.hcl",
            format!("target \"a\" {{\n args = {}", deep("{ a = ")),
        ),
        (
            "h/docker-bake.hcl",
            format!("variable \"a\" {{\n default = {}1", deep("(")),
        ),
        (
            "i/docker-bake.hcl",
            format!("variable \"a\" {{\n default = \"{}", deep("${\"")),
        ),
        (
            "j/docker-bake.hcl",
            format!("variable \"a\" {{\n default = {}true", deep("!")),
        ),
        ("k/docker-bake.hcl", deep("a {\n")),
        (
            "l/docker-bake.hcl",
            format!("variable \"a\" {{\n default = a{}", deep("[0]")),
        ),
        (
            "m/docker-bake.hcl",
            format!("variable \"a\" {{\n default = 1{}", deep(" + 1")),
        ),
        ("n/Dockerfile", format!("FROM debian\nRUN {}", deep("$("))),
        ("o/Dockerfile", format!("FROM debian\nRUN {}", deep("( "))),
        (
            "p/Dockerfile",
            format!("FROM debian\nENV A={}", deep("${a:-")),
        ),
        ("q/Dockerfile", format!("FROM debian\nRUN {}", deep("if "))),
        ("r/Dockerfile", format!("FROM debian\nRUN [{}", deep("["))),
        (
            "s/Dockerfile",
            format!("FROM debian\n{}RUN x", deep("ONBUILD ")),
        ),
        ("t/Dockerfile", format!("FROM debian\nRUN {}", deep("! "))),
        (
            "u/Dockerfile",
            format!("FROM debian\nRUN x {}", deep("| x ")),
        ),
        (
            "v/Dockerfile",
            format!("FROM debian\nRUN x {}", deep("&& x ")),
        ),
        ("w/run.sh", format!("#!/bin/bash\n{}", deep("{ "))),
        ("x/run.sh", format!("#!/bin/bash\n{}", deep("$(( "))),
        (
            "y/run.sh",
            format!("#!/bin/bash\n{}", deep("case x in x) ")),
        ),
        ("z/.dockerignore", deep("[")),
    ] {
        repository.write(path, text);
    }
    audit(&repository);
    let nested = repository.path("a/".repeat(400).as_str());
    fs::create_dir_all(&nested).unwrap();
    fs::write(nested.join("Dockerfile"), "FROM debian\n").unwrap();
    repository.write("dockwright.toml", format!("a = {}", deep("[")));
    assert_eq!(repository.run(&["audit"]).code, 2);
    fs::remove_file(repository.path("dockwright.toml")).unwrap();
    audit(&repository);
}

#[test]
fn very_long_lines() {
    let repository = repository();
    let long = |piece: &str| piece.repeat(2_000_000 / piece.len());
    repository.write(
        "run/Dockerfile",
        format!("FROM debian\nRUN echo {}\n", long("x ")),
    );
    repository.write("name/Dockerfile", format!("FROM {}\n", long("x")));
    repository.write(
        "lines/Dockerfile",
        format!("FROM debian\nRUN a \\\n{}", long("b \\\n")),
    );
    repository.write(
        "env/Dockerfile",
        format!("FROM debian\nENV {}\n", "A=$A ".repeat(5_000)),
    );
    repository.write(
        "compose/compose.yaml",
        format!("services: {{a: {{image: {}}}}}\n", long("x")),
    );
    repository.write(
        "bake/docker-bake.hcl",
        format!("target \"a\" {{ args = {{ A = \"{}\" }} }}\n", long("x")),
    );
    repository.write(".dockerignore", long("*"));
    repository.write(
        "Makefile",
        format!("all:\n\tdocker build {} .\n", long("-t x ")),
    );
    audit(&repository);
    everything_ends(&repository);
}

#[test]
fn values_that_double() {
    let repository = repository();
    let mut text = String::from("FROM debian\nARG A=x\nENV B=x\n");
    text.push_str(&"ARG A=$A$A\nENV B=$B$B\n".repeat(200));
    text.push_str("RUN echo $A $B\nCOPY $A $B\nFROM $A\n");
    repository.write("Dockerfile", text);
    let mut bake = String::from("variable \"V0\" { default = \"x\" }\n");
    for index in 1..200 {
        let _ = writeln!(
            bake,
            "variable \"V{index}\" {{ default = \"${{V{0}}}${{V{0}}}\" }}",
            index - 1
        );
    }
    bake.push_str("target \"a\" { tags = [V199] }\n");
    repository.write("docker-bake.hcl", bake);
    let mut dotenv = String::from("V0=x\n");
    for index in 1..200 {
        let _ = writeln!(dotenv, "V{index}=${{V{0}}}${{V{0}}}", index - 1);
    }
    repository.write(".env", dotenv);
    repository.write("compose.yaml", "services: {web: {image: \"$V199$V199\"}}\n");
    audit(&repository);
    everything_ends(&repository);
}

#[test]
fn a_matrix_of_a_trillion() {
    let repository = repository();
    let axis: Vec<String> = (0..100).map(|value| format!("\"{value}\"")).collect();
    let mut text = String::from("target \"a\" {\n  name = \"a-${a}\"\n  matrix = {\n");
    for name in ["a", "b", "c", "d", "e", "f"] {
        let _ = writeln!(text, "    {name} = [{}]", axis.join(", "));
    }
    text.push_str("  }\n  tags = [for x in range(0, 1000000000): x]\n}\n");
    repository.write("docker-bake.hcl", text);
    audit(&repository);
}

#[test]
fn five_thousand_patterns() {
    let repository = repository();
    let mut patterns = String::new();
    for number in 0..5_000 {
        let _ = writeln!(
            patterns,
            "{}dir-{number}/**/*.o",
            if number % 2 == 0 { "" } else { "!" }
        );
    }
    for file in 0..300 {
        repository.write(&format!("src/{}/{file}.c", file % 7), "");
    }
    repository.write("Dockerfile", "FROM debian\nCOPY . /src\nCOPY src/1/*.c /\n");
    repository.write(".dockerignore", &patterns);
    audit(&repository);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let repository = repository();
    let mut chain = String::new();
    for _ in 0..2_000 {
        chain.push_str("FROM Upper/Case\n");
    }
    repository.write("Dockerfile", chain);
    let mut child = Command::new(env!("CARGO_BIN_EXE_dockwright"))
        .arg("audit")
        .current_dir(repository.root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    assert_eq!(done.status.code(), Some(1));
}
