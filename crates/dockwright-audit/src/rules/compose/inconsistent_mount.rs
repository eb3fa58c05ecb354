//! `inconsistent-mount`

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::compose::MountKind;
use dockwright_environment::tree::EntryKind;
use dockwright_environment::{Environment, Location, TreePath, Value};
use dockwright_syntax::Span;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, images};

rule! {
    /// There is a directory that services mount at paths of their own choice.
    ///
    /// ## What it does
    ///
    /// Compares where the services that run images of this repository mount a directory of it, across
    /// all Compose files, and reports one that is mounted at three different paths or more. The root of
    /// the repository and single files are left alone, and so are paths that all end in the directory's
    /// own name.
    ///
    /// ## Why is this bad?
    ///
    /// Scripts, variables and documents have to know each of the paths. What is put in the directory is
    /// found by one service and not by the next.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   unit:
    ///     build: .
    ///     volumes: ["./artifacts:/src/artifacts"]
    ///   system:
    ///     build: .
    ///     volumes: ["./artifacts:/home/tester/.tests"]
    ///   report:
    ///     build: .
    ///     volumes: ["./artifacts:/opt/ci"]
    ///   publish:
    ///     build: .
    ///     volumes: ["./artifacts:/opt/ci"]
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```md artifacts/README.md
    /// What tests write.
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   unit:
    ///     build: .
    ///     volumes: ["./artifacts:/opt/ci"]
    ///   system:
    ///     build: .
    ///     volumes: ["./artifacts:/opt/ci"]
    ///   report:
    ///     build: .
    ///     volumes: ["./artifacts:/opt/ci"]
    ///   publish:
    ///     build: .
    ///     volumes: ["./artifacts:/opt/ci"]
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```md artifacts/README.md
    /// What tests write.
    /// ```
    ///
    /// ## Fix safety
    ///
    /// The path that most services use can replace the others. This is unsafe: programs in the images may know the old
    /// paths. Where no path is the most common one somebody has to choose.
    ///
    /// ## References
    ///
    /// - Compose specification, `volumes`
    InconsistentMount {
        name: "inconsistent-mount",
        family: Compose,
        severity: Info,
        fix: Unsafe,
        aliases: [],
    }
}

/// Paths that are too many to be one directory's.
const DIFFERENT: usize = 3;

impl Rule for InconsistentMount {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let mut mounted: BTreeMap<TreePath, Vec<(Location, &str)>> = BTreeMap::new();
        for (service, _) in cx.services() {
            for mount in &service.volumes {
                let source = mount.source.as_ref().and_then(Value::known);
                let path = source
                    .filter(|_| mount.kind == MountKind::Bind)
                    .and_then(|source| mount.directory.join(source));
                let target = mount.target.as_ref().and_then(Value::known);
                let (Some(path), Some(target)) = (path, target) else {
                    continue;
                };
                let entry = environment.tree.entry(&path).filter(|_| !path.is_root());
                if !entry.is_some_and(|entry| entry.kind == EntryKind::Directory)
                    || images::is_test(environment, mount.location)
                {
                    continue;
                }
                let places = mounted.entry(path).or_default();
                // `extends` gives one mount to many services.
                if places.iter().all(|(place, _)| *place != mount.location) {
                    places.push((mount.location, target.trim_end_matches('/')));
                }
            }
        }
        for (path, places) in &mounted {
            let targets: BTreeSet<&str> = places.iter().map(|(_, target)| *target).collect();
            let own = |target: &&str| target.rsplit('/').next() == Some(path.file_name());
            if targets.len() < DIFFERENT || targets.iter().all(own) {
                continue;
            }
            let Some(((location, target), others)) = places.split_first() else {
                continue;
            };
            let message = format!("`{path}` is mounted at {} different paths", targets.len());
            let mut finding = Finding::new(self.metadata(), *location, message)
                .confidence(Confidence::Medium)
                .label(format!("at `{target}` here"))
                .help("mount it at one path everywhere");
            for (other, target) in others.iter().take(2 * images::MANY) {
                finding = finding.related(*other, format!("at `{target}` here"));
            }
            findings.push(finding.fix(at_one_path(environment, places)));
        }
    }
}

/// Mounts a directory everywhere where most mount it. Without a majority somebody must choose.
fn at_one_path(environment: &Environment, places: &[(Location, &str)]) -> Option<Fix> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, target) in places {
        *counts.entry(target).or_default() += 1;
    }
    let most = counts.values().copied().max().filter(|most| *most > 1)?;
    let mut common = counts.iter().filter(|(_, count)| **count == most);
    let (Some((target, _)), None) = (common.next(), common.next()) else {
        return None;
    };
    let mut fix = Fix::with_care(
        format!("mount it at `{target}` everywhere"),
        "programs in the images may know the old paths",
    );
    for (location, other) in places.iter().filter(|(_, other)| other != target) {
        // Source and target, and options behind them.
        let written = environment.documents.text(*location);
        let (source, rest) = written.split_once(':')?;
        let path = rest.split([':', '"', '\'']).next()?;
        if path.trim_end_matches('/') != *other || written.contains('$') {
            return None;
        }
        let start = location.span.start as usize + source.len() + 1;
        let span = Span::new(start, start + path.len());
        fix = fix.replace(Location::new(location.document, span), *target);
    }
    Some(fix)
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn files(mounts: [&str; 3]) -> String {
        let [a, b, c] = mounts;
        format!(
            "\
-- Dockerfile --
FROM debian:trixie
-- data/x --
-- compose.yaml --
services:
  a: {{build: ., volumes: ['{a}']}}
  b: {{build: ., volumes: ['{b}']}}
  c: {{build: ., volumes: ['{c}']}}
  d: {{extends: c}}
"
        )
    }

    #[test]
    fn three_paths_of_one_directory() {
        let three = files(["./data:/data", "./data:/srv/in/", "./data:/opt/in"]);
        insta::assert_snapshot!(audit("inconsistent-mount", &three), @r"
        info (medium) compose.yaml:2:27 `data` is mounted at 3 different paths
          ^ at `/data` here
          compose.yaml:3:27 at `/srv/in` here
          compose.yaml:4:27 at `/opt/in` here
          help: mount it at one path everywhere
        ");
    }

    #[test]
    fn two_paths_its_own_name_a_file_and_the_root_are_fine() {
        for mounts in [
            ["./data:/data", "./data:/srv/in", "./data:/srv/in/"],
            ["./data:/a/data", "./data:/b/data", "./data:/c/data"],
            ["./data/x:/a", "./data/x:/b", "./data/x:/c"],
            [".:/a", ".:/b", ".:/c"],
            ["data:/a", "data:/b", "data:/c"],
        ] {
            assert_eq!(
                audit("inconsistent-mount", &files(mounts)),
                "",
                "{mounts:?}"
            );
        }
    }

    #[test]
    fn the_most_common_path_wins() {
        insta::assert_snapshot!(fix("inconsistent-mount", "\
-- Dockerfile --
FROM debian:trixie
-- data/x --
-- compose.yaml --
services:
  a: {build: ., volumes: ['./data:/data']}
  b: {build: ., volumes: ['./data:/srv/in/:ro']}
  c: {build: ., volumes: ['./data:/opt/in']}
  d: {build: ., volumes: ['./data:/data']}
"), @r#"
        unsafe: mount it at `/data` everywhere, for programs in the images may know the old paths
        -- compose.yaml --
        -  b: {build: ., volumes: ['./data:/srv/in/:ro']}
        -  c: {build: ., volumes: ['./data:/opt/in']}
        +  b: {build: ., volumes: ['./data:/data:ro']}
        +  c: {build: ., volumes: ['./data:/data']}
        "#);
    }
}
