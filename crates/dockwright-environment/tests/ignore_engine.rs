//! What the engine really puts in a build context, against what is computed.
//!
//! Needs an engine: `DOCKWRIGHT_DOCKER` names the `docker` program and `DOCKER_HOST` the engine.
//! Without them the tests are skipped, or fail if `DOCKWRIGHT_REQUIRE_ENGINE` is set.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dockwright_environment::context::{BuildContext, applicable_ignore_file};
use dockwright_environment::tree::{DiskTree, EntryKind};
use dockwright_environment::{Tree, TreePath};
use dockwright_syntax::ignore;
use serde_json::json;

/// Ignore files that show one feature each.
const CASES: &[&str] = &[
    "",
    "# nothing but a comment",
    "a",
    "a/",
    "/a",
    "//a",
    "./a",
    "a/.",
    "a/../b",
    "../a",
    "/../a",
    "  a  ",
    "\u{feff}a",
    "\u{feff}#a\nb",
    " # a",
    "#hash",
    "\\#hash",
    "a\r\nb\r\n",
    "*",
    "**",
    "*\n!a",
    "*\n!a/b",
    "*\n!a/b/c",
    "*\n!/a/b/",
    "**\n!**/*.txt",
    "*\n!**/*.txt",
    "*\n!a\na/b",
    "*\n!a\na/b\n!a/b/c",
    "a\n!a/b\na",
    "!a\na",
    "a\n!a",
    "a/*\n!a/b",
    "a/**",
    "a/**\n!a/b",
    "a/b/**\n!a/b/c",
    "**/b",
    "**/b/",
    "/**/b",
    "**b",
    "b**",
    "**/b/**",
    "a/**/c",
    "a/**/**/c",
    "**/*.txt",
    "*.txt",
    "*/*.txt",
    "*/b",
    "*/*/c",
    "?",
    "??",
    "a?",
    "?/b",
    "[ab]",
    "[a-c]",
    "[^a]",
    "[^a]*",
    "[!a]",
    "\\[x\\]",
    "[[]x]",
    "\\*star",
    "a\\b",
    "back\\\\slash",
    "\\a",
    "\\d",
    "\\w\\w",
    "sp ace",
    "é",
    "?é",
    "\\!bang",
    "!bang",
    "./!bang\n",
    "*\n./!a",
    "{2}",
    "a{2}",
    "a{2}*",
    "a{2}?",
    "a{,2}*",
    "x|y",
    "x|a*",
    "x|a",
    "^a",
    "^a*",
    "a.txt",
    "a?txt",
    "a.*",
    "(a)",
    "(a)*",
    "a+*",
    "$*",
    ".*",
    ".",
    "..",
    "/",
    "*.",
    "**/.*",
    ".git\n.gitignore",
    "node_modules",
    "**/node_modules",
    "**/node_modules\n!app/node_modules",
    "**/node_modules\n!app/node_modules/kept",
    "app/node_modules/*\n!app/node_modules/kept",
    "*\n!app\n**/node_modules",
    "*\n!*/\n",
    "*\n!app/**",
    "*\n!app/*",
    "*\n!ap*",
    "*\n!ap*/node_modules/kept",
    "*\n!**/kept",
    "link",
    "directory-link",
    "directory-link/b",
    "*\n!directory-link",
    "*link",
    "empty",
    "*\n!empty",
    "UPPER",
    "upper",
    "*\n!a/../b",
    "a/b/../c",
    "a/b\n!a/b/c\na/b/c",
    "* \n ! a ",
    "/ a",
    "a/ .",
    "[[:alpha:]]",
    "[[:digit:]]",
    "[a\\-c]",
    "[\\w]",
    "a/[b]",
    "a[/]b",
    "a[^x]b",
    "?a**",
    "**a**",
    "a**b**c",
    "**/a*/**",
];

/// Ignore files that the engine refuses.
const REFUSED: &[&str] = &[
    "!", "!/", "! ", "[", "[a-", "a\\", "[b-a]", "\\q*", "*{2}", "a{2}{2}*", "[]",
];

#[test]
fn the_context_is_what_the_engine_receives() {
    let Some(engine) = Engine::find() else { return };
    let context = context();
    let tree = DiskTree::open(context.path()).unwrap();
    let mut cases: Vec<String> = CASES.iter().map(|case| (*case).to_owned()).collect();
    cases.extend(generated(48));
    // What this side refuses would stop the whole batch.
    let is_valid = |case: &&String| ignore::parse(case).problems.is_empty();
    let cases: Vec<&String> = cases.iter().filter(is_valid).collect();
    // The engine is not asked for all at once: it loses track of its own jobs.
    let received = cases.chunks(12);
    let received = received.flat_map(|cases| engine.contexts(context.path(), cases));
    let mut differences = String::new();
    for (case, received) in cases.iter().zip(received) {
        let file = ignore::parse(case);
        let expected = BuildContext::new(&tree, TreePath::root(), Some(&file));
        let expected: BTreeSet<String> = paths(&expected);
        if received != expected {
            let missing: Vec<_> = received.difference(&expected).collect();
            let more: Vec<_> = expected.difference(&received).collect();
            let _ = writeln!(differences, "{case:?}: we lack {missing:?}, have {more:?}");
        }
    }
    assert!(differences.is_empty(), "{differences}");
    assert!(cases.len() > CASES.len(), "hardly any case is left");
}

#[test]
fn the_engine_refuses_what_has_problems() {
    let Some(engine) = Engine::find() else { return };
    let context = context();
    for case in REFUSED {
        assert!(
            !ignore::parse(case).problems.is_empty(),
            "{case:?} is taken for valid"
        );
        let output = engine.build(context.path(), case, "COPY . /");
        assert!(!output.status.success(), "the engine takes {case:?}");
    }
    for case in CASES {
        let problems = ignore::parse(case).problems;
        assert!(
            problems.is_empty() || REFUSED.contains(case) || engine.refuses(context.path(), case),
            "{case:?}: {problems:?}"
        );
    }
}

#[test]
fn the_ignore_file_that_applies_is_the_one_the_engine_reads() {
    let Some(engine) = Engine::find() else { return };
    for (own, shared, expected) in [
        (Some("a"), Some("b"), "b"),
        (None, Some("b"), "a"),
        (Some("a"), None, "b"),
        (Some(""), Some("b"), "a b"),
        (Some("# none"), Some("b"), "a b"),
    ] {
        let root = tempfile::tempdir().unwrap();
        for file in ["context/a", "context/b"] {
            fs::create_dir_all(root.path().join("context")).unwrap();
            fs::write(root.path().join(file), "").unwrap();
        }
        fs::write(
            root.path().join("my.Dockerfile"),
            "FROM scratch\nCOPY [\"a*\", \"b*\", \"/\"]\n",
        )
        .unwrap();
        if let Some(own) = own {
            fs::write(root.path().join("my.Dockerfile.dockerignore"), own).unwrap();
        }
        if let Some(shared) = shared {
            fs::write(root.path().join("context/.dockerignore"), shared).unwrap();
        }
        let out = root.path().join("out");
        let done = engine.run(&[
            "build",
            "--file",
            root.path().join("my.Dockerfile").to_str().unwrap(),
            &format!("--output=type=local,dest={}", out.display()),
            root.path().join("context").to_str().unwrap(),
        ]);
        assert!(done.status.success(), "{done:?}");
        let received: Vec<String> = listing(&out).into_iter().collect();
        assert_eq!(received.join(" "), expected, "engine: {own:?} {shared:?}");

        let tree = DiskTree::open(root.path()).unwrap();
        let directory = TreePath::new("context").unwrap();
        let dockerfile = TreePath::new("my.Dockerfile").unwrap();
        let file = applicable_ignore_file(&tree, &dockerfile, &directory)
            .map(|path| ignore::parse(&String::from_utf8_lossy(&tree.read(&path).unwrap())));
        let context = BuildContext::new(&tree, directory, file.as_ref());
        let mut files = paths(&context);
        files.remove("context/.dockerignore");
        let files: Vec<&str> = files
            .iter()
            .filter_map(|path| path.strip_prefix("context/"))
            .collect();
        assert_eq!(files.join(" "), expected, "ours: {own:?} {shared:?}");
    }
}

#[test]
fn a_source_is_found_where_the_engine_finds_it() {
    let Some(engine) = Engine::find() else { return };
    let context = context();
    let tree = DiskTree::open(context.path()).unwrap();
    for (ignored, source) in [
        ("", "a.txt"),
        ("", "./a.txt"),
        ("", "../a.txt"),
        ("", "/a/b"),
        ("", "a/../a.txt"),
        ("", "nothing"),
        ("", "nothing*"),
        ("", "nothing/*"),
        ("", "empty"),
        ("", "empty/*"),
        ("", "a*"),
        ("", "*/*.txt"),
        ("", "*/b"),
        ("", "**/c"),
        ("", "a.tx[t]"),
        ("", "directory-link"),
        ("", "directory-link/b"),
        ("", "link"),
        ("", "absolute-link"),
        ("", "outside-link"),
        ("", "broken-link"),
        ("", "."),
        ("a.txt", "a.txt"),
        ("a", "a/b"),
        ("a", "directory-link"),
        ("a", "directory-link/b"),
        ("link", "link"),
        ("a\n!a/b", "a"),
        ("a\n!a/b", "a/b"),
        ("a\n!a/nothing", "a"),
        ("*", "a*"),
        ("*", "."),
        ("*.txt", "a*"),
        ("*.txt", "*link"),
        ("*-link", "*link"),
        ("b*-link\no*-link", "*link"),
        ("**/*.txt", "app/*.txt"),
    ] {
        let out = context.path().parent().unwrap().join("out");
        let _ = fs::remove_dir_all(&out);
        let output = engine.build_to(
            context.path(),
            ignored,
            &format!("COPY [{source:?}, \"/to/\"]"),
            &out,
        );
        let copied = listing(&out).len() > 1;
        let file = ignore::parse(ignored);
        let ours = BuildContext::new(&tree, TreePath::root(), Some(&file));
        let sources = ours.resolve_source(source).unwrap();
        let expected = match (sources.matched.is_empty(), sources.required) {
            _ if !sources.broken.is_empty() => "fails",
            (true, true) => "fails",
            (true, false) => "copies nothing",
            // An empty directory, or an empty context.
            (false, _) if source == "empty" || (source, ignored) == (".", "*") => "copies nothing",
            (false, _) => "copies",
        };
        let found = match (output.status.success(), copied) {
            (false, _) => "fails",
            (true, true) => "copies",
            (true, false) => "copies nothing",
        };
        assert_eq!(found, expected, "{source:?} with {ignored:?}: {sources:?}");
    }
}

fn paths(context: &BuildContext<'_>) -> BTreeSet<String> {
    let mark = |kind: &EntryKind| {
        if *kind == EntryKind::Directory {
            "/"
        } else {
            ""
        }
    };
    let files = context.files().iter();
    files
        .map(|entry| format!("{}{}", entry.path.as_str(), mark(&entry.kind)))
        .collect()
}

/// A context with names of every kind.
fn context() -> Directory {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("context");
    for file in [
        "a/b",
        "a/c.txt",
        "b/a/b/c",
        "b/b.txt",
        "c/a/c/b/a",
        "ab",
        "aa",
        "aab",
        "abc",
        "x|y",
        "x|a",
        "a.txt",
        "abtxt",
        ".hidden",
        ".git/HEAD",
        ".gitignore",
        "sp ace",
        "é",
        "aé",
        "[x]",
        "*star",
        "back\\slash",
        "#hash",
        "!bang",
        "bang",
        "{2}",
        "a{2}",
        "a{2}b",
        "^a",
        "(a)",
        "(a)b",
        "a+b",
        "$a",
        "7",
        "UPPER",
        "node_modules/x",
        "app/node_modules/kept",
        "app/node_modules/y/z",
        "app/main.txt",
        "app/node_modules-not",
        "git-ignored/deep/file",
        "-dash",
        "a-c",
    ] {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(root.join(".gitignore"), "/git-ignored/\n*.txt\n").unwrap();
    fs::create_dir(root.join("empty")).unwrap();
    symlink("a.txt", root.join("link")).unwrap();
    symlink("a", root.join("directory-link")).unwrap();
    symlink("/a.txt", root.join("absolute-link")).unwrap();
    symlink("../../../etc/passwd", root.join("outside-link")).unwrap();
    symlink("nowhere", root.join("broken-link")).unwrap();
    Directory { directory, root }
}

struct Directory {
    #[allow(dead_code, reason = "it is removed when dropped")]
    directory: tempfile::TempDir,
    root: PathBuf,
}

impl Directory {
    fn path(&self) -> &Path {
        &self.root
    }
}

/// Ignore files put together from parts, always the same ones.
fn generated(count: usize) -> Vec<String> {
    const PARTS: &[&str] = &[
        "a",
        "b",
        "c",
        "app",
        "node_modules",
        "*",
        "**",
        "?",
        "[ab]",
        "*.txt",
        "a*",
        "kept",
        "[^b]",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let mut line = || {
        let mark = if next(3) == 0 { "!" } else { "" };
        let parts: Vec<&str> = (0..=next(3)).map(|_| PARTS[next(PARTS.len())]).collect();
        format!("{mark}{}", parts.join("/"))
    };
    (0..count)
        .map(|index| {
            (0..=index % 5)
                .map(|_| line())
                .collect::<Vec<_>>()
                .join("\n")
        })
        .collect()
}

/// Every path below `root`, directories with a slash behind.
fn listing(root: &Path) -> BTreeSet<String> {
    fn walk(directory: &Path, prefix: &str, found: &mut BTreeSet<String>) {
        for item in fs::read_dir(directory).into_iter().flatten() {
            let item = item.unwrap();
            let path = format!("{prefix}{}", item.file_name().to_str().unwrap());
            if item.file_type().unwrap().is_dir() {
                walk(&item.path(), &format!("{path}/"), found);
                found.insert(format!("{path}/"));
            } else {
                found.insert(path);
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(root, "", &mut found);
    found
}

struct Engine {
    docker: String,
}

impl Engine {
    fn find() -> Option<Self> {
        let docker = std::env::var("DOCKWRIGHT_DOCKER");
        if let (Ok(docker), true) = (docker, std::env::var_os("DOCKER_HOST").is_some()) {
            return Some(Self { docker });
        }
        assert!(
            std::env::var_os("DOCKWRIGHT_REQUIRE_ENGINE").is_none(),
            "an engine is required: set DOCKWRIGHT_DOCKER and DOCKER_HOST"
        );
        eprintln!("skipped: no engine; DOCKWRIGHT_DOCKER and DOCKER_HOST are not set");
        None
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.docker);
        command.arg("buildx").args(arguments);
        command.env("BUILDX_GIT_INFO", "false").output().unwrap()
    }

    fn build(&self, context: &Path, ignored: &str, instruction: &str) -> Output {
        let out = context.parent().unwrap().join("out");
        self.build_to(context, ignored, instruction, &out)
    }

    fn build_to(&self, context: &Path, ignored: &str, instruction: &str, out: &Path) -> Output {
        let dockerfile = context.parent().unwrap().join("one.Dockerfile");
        fs::write(&dockerfile, format!("FROM scratch\n{instruction}\n")).unwrap();
        fs::write(
            dockerfile.with_extension("Dockerfile.dockerignore"),
            ignored,
        )
        .unwrap();
        self.run(&[
            "build",
            "--file",
            dockerfile.to_str().unwrap(),
            &format!("--output=type=local,dest={}", out.display()),
            context.to_str().unwrap(),
        ])
    }

    fn refuses(&self, context: &Path, ignored: &str) -> bool {
        !self.build(context, ignored, "COPY . /").status.success()
    }

    /// What `COPY . /` brings for each ignore file, all in one call of `bake`.
    fn contexts(&self, context: &Path, cases: &[&String]) -> Vec<BTreeSet<String>> {
        let work = context.parent().unwrap();
        let mut targets = serde_json::Map::new();
        for (index, case) in cases.iter().enumerate() {
            let dockerfile = work.join(format!("{index}.Dockerfile"));
            fs::write(&dockerfile, "FROM scratch\nCOPY . /\n").unwrap();
            let ignore = work.join(format!("{index}.Dockerfile.dockerignore"));
            fs::write(ignore, case).unwrap();
            let out = work.join(format!("out/{index}"));
            let target = json!({
                "context": context,
                "dockerfile": dockerfile,
                "output": [format!("type=local,dest={}", out.display())],
            });
            targets.insert(format!("case{index}"), target);
        }
        let names: Vec<&String> = targets.keys().collect();
        let _ = fs::remove_dir_all(work.join("out"));
        let file = work.join("bake.json");
        let text = json!({"group": {"default": {"targets": names}}, "target": targets});
        fs::write(&file, text.to_string()).unwrap();
        let allow = format!("--allow=fs={}", work.display());
        let done = self.run(&["bake", "--file", file.to_str().unwrap(), &allow]);
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        (0..cases.len())
            .map(|index| listing(&work.join(format!("out/{index}"))))
            .collect()
    }
}
