//! Every rule's fix, held to the example of its page.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;

use dockwright_audit::{Confidence, Finding, Metadata, Safety, page, registry, rule::Fixable};
use dockwright_environment::tree::MemoryTree;
use dockwright_environment::{Environment, ReadOptions, Tree};
use dockwright_refit::fixes::{Outcome, Selection, fix};
use dockwright_refit::{Context, unified};
use dockwright_settings::{FILE_NAME, Settings};

/// Rules whose findings can be repaired, as their pages say, by a fix that is not there yet.
const NOT_YET: &[&str] = &[
    "alias-image",
    "dangling-path",
    "dangling-service",
    "duplicate-producer",
    "inconsistent-base-reference",
    "misplaced-base",
    "tag-skew",
    "unbuilt-image",
    "undeclared-base-build",
    "legacy-compose",
    "legacy-docker-build",
    "noop-compose-command",
    "unpinned-action",
    "inconsistent-mount",
    "ineffective-override",
    "invalid-mount",
    "obsolete-version",
    "quoted-volume",
    "unbound-port",
    "unnamed-project",
    "unordered-service-keys",
    "unordered-top-level-keys",
    "unquoted-port",
    "unsorted-dependencies",
    "unsorted-ports",
    "unsorted-services",
    "unused-resource",
    "volume-name-mismatch",
    "arg-out-of-scope",
    "unconsumed-build-arg",
    "copy-source-ignored",
    "ineffective-ignore-pattern",
    "missing-dockerignore",
    "oversized-context",
    "secret-in-context",
    "duplicate-function",
    "duplicate-service",
    "duplicate-stage",
    "redundant-env",
    "redundant-label",
    "redundant-package",
    "repeated-instructions",
    "shadowed-function",
    "consecutive-runs",
    "constant-platform",
    "deprecated-maintainer",
    "empty-continuation-line",
    "host-port-in-expose",
    "inconsistent-keyword-casing",
    "legacy-key-value",
    "linked-shell",
    "mismatched-as-casing",
    "needless-add",
    "overridden-instruction",
    "pipe-without-pipefail",
    "redundant-target-platform",
    "several-sources-to-file",
    "shell-form-command",
    "sparse-user-log",
    "sudo-in-run",
    "uppercase-port-protocol",
    "wget-progress",
];

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
    repair(Arc::new(tree), &settings, rule, safety)
}

/// A tree with a history: lines of a number and the path that so many commits touched.
fn committed(tree: MemoryTree, history: &str) -> MemoryTree {
    let lines = history.lines().filter_map(|line| line.split_once(' '));
    lines.fold(tree, |tree, (count, path)| {
        let count: usize = count.parse().unwrap();
        (0..count).fold(tree, |tree, _| tree.commit(path))
    })
}

fn repair(tree: Arc<dyn Tree>, settings: &Settings, rule: &Metadata, safety: Safety) -> Outcome {
    let options = ReadOptions::default();
    let environment = Environment::read(tree, &options);
    let cx = Context {
        environment: &environment,
        options: &options,
        settings,
        revision: None,
    };
    let includes = |_: &Environment, finding: &Finding| finding.rule.name == rule.name;
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
        if NOT_YET.contains(&rule.name) {
            let is_there = !outcome.fixed.is_empty();
            assert!(!is_there, "{} is repaired: take it off the list", rule.name);
            continue;
        }
        let is_repaired = !outcome.fixed.is_empty() && outcome.refused.is_empty();
        if is_repaired == (rule.fix == Fixable::None) || !outcome.refused.is_empty() {
            wrong += &format!(
                "{}: {:?} is not what happens: {:#?}\n",
                rule.name, rule.fix, outcome.refused
            );
            wrong += &unified(&outcome.changes);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
