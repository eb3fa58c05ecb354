//! Every rule's fix, held to the example of its page.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fmt::Write;
use std::sync::Arc;

use dockwright_audit::{Confidence, Finding, Metadata, Safety, page, registry, rule::Fixable};
use dockwright_environment::tree::MemoryTree;
use dockwright_environment::{Environment, ReadOptions, Tree};
use dockwright_refit::fixes::{Outcome, Selection, fix};
use dockwright_refit::{Context, unified};
use dockwright_settings::{FILE_NAME, Settings};

/// Repairs what one rule finds in the example of its page.
fn repaired(rule: &Metadata, safety: Safety) -> Outcome {
    let files = page::example(rule, "Example");
    let tree = files.iter().fold(MemoryTree::new(), |tree, file| {
        if file.path == ".git/commits" {
            committed(tree, &file.text)
        } else {
            tree.file(&file.path, &file.text)
        }
    });
    let own = files.iter().find(|file| file.path == FILE_NAME);
    let mut settings = own.map_or_else(Settings::default, |file| {
        Settings::parse(&file.text).unwrap()
    });
    settings.audit.confidence = Confidence::Low;
    let is_own = |finding: &Finding| finding.rule.name == rule.name;
    repair(Arc::new(tree), &settings, &is_own, safety)
}

/// A tree with a history: lines of a number and the path that so many commits touched.
fn committed(tree: MemoryTree, history: &str) -> MemoryTree {
    let lines = history.lines().filter_map(|line| line.split_once(' '));
    lines.fold(tree, |tree, (count, path)| {
        let count: usize = count.parse().unwrap();
        (0..count).fold(tree, |tree, _| tree.commit(path))
    })
}

fn repair(
    tree: Arc<dyn Tree>,
    settings: &Settings,
    is_asked: &(dyn Fn(&Finding) -> bool + Sync),
    safety: Safety,
) -> Outcome {
    let options = ReadOptions::default();
    let environment = Environment::read(tree, &options);
    let cx = Context {
        environment: &environment,
        options: &options,
        settings,
        revision: None,
    };
    let includes = |_: &Environment, finding: &Finding| is_asked(finding);
    fix(
        cx,
        Selection {
            safety,
            includes: &includes,
        },
    )
}

#[test]
fn every_rule_repairs_its_example_as_its_page_says() {
    let mut wrong = String::new();
    for rule in registry::all() {
        let outcome = match rule.fix {
            Fixable::Safe => repaired(rule, Safety::Safe),
            Fixable::None | Fixable::Unsafe => repaired(rule, Safety::Unsafe),
        };
        let is_repaired = !outcome.fixed.is_empty() && outcome.refused.is_empty();
        if is_repaired == (rule.fix == Fixable::None) || !outcome.refused.is_empty() {
            let _ = writeln!(
                wrong,
                "{}: {:?} is not what happens: {:#?}",
                rule.name, rule.fix, outcome.refused
            );
            wrong += &unified(&outcome.changes);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// All fixes at once, on a tree that has been repaired already.
#[test]
fn a_second_run_changes_nothing() {
    let mut settings = Settings::default();
    settings.audit.confidence = Confidence::Low;
    let rules: Vec<&Metadata> = registry::all().collect();
    for rules in rules.chunks(8) {
        let mut tree = MemoryTree::new();
        for rule in rules {
            for file in page::example(rule, "Example") {
                tree = tree.file(&format!("{}/{}", rule.name, file.path), &file.text);
            }
        }
        let tree: Arc<dyn Tree> = Arc::new(tree);
        for safety in [Safety::Safe, Safety::Unsafe] {
            let once = repair(Arc::clone(&tree), &settings, &|_| true, safety);
            let repaired = once.changes.overlay(&tree).unwrap();
            let twice = repair(Arc::new(repaired), &settings, &|_| true, safety);
            assert_eq!(unified(&twice.changes), "");
        }
    }
}

#[test]
fn what_moves_is_named_anew_or_stays() {
    let files = [
        ("ci/Dockerfile", "FROM debian:trixie\n"),
        ("docker/Dockerfile.web", "FROM shop-base\n"),
        ("docker/Dockerfile.mail", "FROM shop-base\n"),
        ("docker/Dockerfile.dev", "FROM shop-base\n"),
        (
            "build.sh",
            "#!/bin/sh\ndocker build -t shop-base -f ci/Dockerfile .\n",
        ),
    ];
    let is_base = |finding: &Finding| finding.rule.name == "misplaced-base";
    let moved = |tree: MemoryTree| {
        repair(
            Arc::new(tree),
            &Settings::default(),
            &is_base,
            Safety::Unsafe,
        )
    };
    insta::assert_snapshot!(unified(&moved(MemoryTree::from(files)).changes), @r#"
    diff --git a/build.sh b/build.sh
    --- a/build.sh
    +++ b/build.sh
    @@ -1,2 +1,2 @@
     #!/bin/sh
    -docker build -t shop-base -f ci/Dockerfile .
    +docker build -t shop-base -f docker/Dockerfile.base .
    diff --git a/ci/Dockerfile b/docker/Dockerfile.base
    similarity index 100%
    rename from ci/Dockerfile
    rename to docker/Dockerfile.base
    "#);
    let parts =
        "#!/bin/sh\nfor it in ci docker; do\n  docker build -t $it -f $it/Dockerfile .\ndone\n";
    let outcome = moved(MemoryTree::from(files).file("all.sh", parts));
    assert_eq!(unified(&outcome.changes), "");
    let reasons = outcome.refused.iter().map(|(_, reason)| reason.to_string());
    insta::assert_snapshot!(reasons.collect::<String>(), @r#"
    line 3 of `all.sh` cannot be reworded with certainty: it is put together from parts
    "#);
}
