//! What a build context holds, and what `COPY` finds in it. `ignore_engine.rs` asks the engine
//! the same.

#![allow(missing_docs, clippy::unwrap_used)]

use dockwright_environment::TreePath;
use dockwright_environment::context::{BuildContext, Effect, applicable_ignore_file};
use dockwright_environment::tree::MemoryTree;
use dockwright_syntax::ignore::{self, IgnoreFile};

fn path(path: &str) -> TreePath {
    TreePath::new(path).unwrap()
}

fn project() -> MemoryTree {
    MemoryTree::from([
        ("app/Dockerfile", "FROM scratch\n"),
        ("app/Dockerfile.dockerignore", "dist\n"),
        ("app/.dockerignore", "*\n!src\n"),
        ("app/src/main.c", "int main;"),
        ("app/src/lib/a.c", ""),
        ("app/node_modules/x/index.js", "0123456789"),
        ("app/node_modules/y.js", "01234"),
        ("app/README.md", "#"),
        ("other/file", "not in the context"),
    ])
    .ignored("app/node_modules")
    .link("app/latest", "src/lib")
    .link("app/up", "../other/file")
}

fn files(context: &BuildContext<'_>) -> Vec<String> {
    let files = context.files().iter();
    files.map(|entry| entry.path.to_string()).collect()
}

#[test]
fn the_engine_is_sent_what_git_ignores_and_nothing_above_the_context() {
    let tree = project();
    let file = ignore::parse("src/lib\n**/Dockerfile*\n.dockerignore\n");
    let context = BuildContext::new(&tree, path("app"), Some(&file));
    assert_eq!(
        files(&context),
        [
            "app/README.md",
            "app/latest",
            "app/node_modules",
            "app/node_modules/x",
            "app/node_modules/x/index.js",
            "app/node_modules/y.js",
            "app/src",
            "app/src/main.c",
            "app/up",
        ]
    );
    let measure = context.measure();
    assert_eq!(
        (measure.files, measure.bytes, measure.truncated),
        (4, 25, false)
    );
    let (largest, files, bytes) = measure.largest.first().unwrap();
    assert_eq!(
        (largest.as_str(), *files, *bytes),
        ("app/node_modules", 2, 15)
    );
}

#[test]
fn an_excluded_directory_is_sent_for_the_sake_of_what_is_in_it() {
    let tree = project();
    let file = ignore::parse("*\n!src/lib/a.c\n");
    let context = BuildContext::new(&tree, path("app"), Some(&file));
    assert_eq!(
        files(&context),
        ["app/src", "app/src/lib", "app/src/lib/a.c"]
    );
    assert_eq!(context.excluded_by(&path("app/src/main.c")), Some(0));
    assert_eq!(context.excluded_by(&path("app/src/lib/a.c")), None);
    assert_eq!(context.excluded_by(&path("app")), None);
}

#[test]
fn a_pattern_without_effect_is_known() {
    let tree = project();
    let source = "node_modules\n**/*.js\nsrc\nsrc/lib\n*.pyc\n!src/main.c\n!nothing\n";
    let file = ignore::parse(source);
    let context = BuildContext::new(&tree, path("app"), Some(&file));
    let effects: Vec<String> = file
        .patterns
        .iter()
        .zip(context.effects())
        .map(|(pattern, effect)| format!("{} {effect:?}", pattern.span.of(source)))
        .collect();
    insta::assert_snapshot!(effects.join("\n"), @r"
    node_modules Effective
    **/*.js None
    src Effective
    src/lib Redundant
    *.pyc None
    !src/main.c Effective
    !nothing None
    ");
    assert_eq!(context.effects().last(), Some(&Effect::None));
}

#[test]
fn the_ignore_file_beside_the_dockerfile_comes_first() {
    let tree = project();
    let applies = |dockerfile: &str, context: &str| {
        let file = applicable_ignore_file(&tree, &path(dockerfile), &path(context));
        file.map(|file| file.to_string())
    };
    let own = Some("app/Dockerfile.dockerignore".to_owned());
    assert_eq!(applies("app/Dockerfile", "app"), own);
    assert_eq!(applies("app/Dockerfile", "."), own);
    assert_eq!(
        applies("other/Dockerfile", "app"),
        Some("app/.dockerignore".to_owned())
    );
    assert_eq!(applies("other/Dockerfile", "other"), None);
}

/// What is copied, what the ignore file keeps away, and links that lead to nothing.
fn sources(tree: &MemoryTree, ignored: &str, source: &str) -> String {
    let file: IgnoreFile = ignore::parse(ignored);
    let context = BuildContext::new(tree, path("app"), Some(&file));
    let sources = context.resolve_source(source).unwrap();
    let by = |index| context.pattern(index).unwrap().span.of(ignored);
    let excluded = sources.excluded.iter();
    let excluded: Vec<String> = excluded
        .map(|(path, index)| format!("{path} by {}", by(*index)))
        .collect();
    format!(
        "{:?} {excluded:?} {:?} {}",
        sources.matched,
        sources.broken,
        if sources.required {
            "required"
        } else {
            "optional"
        }
    )
}

#[test]
fn a_source_says_what_it_finds_and_what_keeps_the_rest_away() {
    let tree = project();
    let of = |ignored: &str, source: &str| sources(&tree, ignored, source);
    let found = [
        of("", "src"),
        of("", "../src/./main.c"),
        of("", "nothing"),
        of("", "nothing*"),
        of("", "nothing/*"),
        of("", "*.md"),
        of("", "*/*.c"),
        of("", "s[a-z]c/*"),
        of("", "."),
        of("", "latest/a.c"),
        of("", "up"),
        of("src/lib", "src/*"),
        of("src", "src/main.c"),
        of("src", "latest"),
        of("*\n!src/lib/a.c", "src"),
        of("*\n!src/nothing", "src"),
        of("", "node_modules/y.js"),
    ];
    insta::assert_snapshot!(found.join("\n"), @r#"
    [app/src] [] [] required
    [app/src/main.c] [] [] required
    [] [] [] required
    [] [] [] optional
    [] [] [] required
    [app/README.md] [] [] optional
    [app/src/main.c] [] [] optional
    [app/src/lib, app/src/main.c] [] [] optional
    [app] [] [] required
    [app/src/lib/a.c] [] [] required
    [] [] [app/up] required
    [app/src/main.c] ["app/src/lib by src/lib"] [] required
    [] ["app/src/main.c by src"] [] required
    [] ["app/src/lib by src"] [app/latest] required
    [app/src] [] [] required
    [] ["app/src by *"] [] required
    [app/node_modules/y.js] [] [] required
    "#);
    assert!(
        BuildContext::new(&tree, path("app"), None)
            .resolve_source("[")
            .is_err()
    );
}
