//! `volatile-before-stable`

use std::collections::HashMap;
use std::sync::OnceLock;

use dockwright_environment::copies::{CopyOrigin, CopyStep};
use dockwright_environment::packages::{Installation, ManagerKind};
use dockwright_environment::{Environment, Location, TreePath};
use dockwright_syntax::Span;

use crate::brought;
use crate::edits::lines::moved_behind;
use crate::installs::{Ecosystem, ecosystems};
use crate::reads::megabytes;
use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::Step;
use crate::{Confidence, Finding, Fix, StageView};

/// Commits that are looked at, at most.
const COMMITS: usize = 100;

/// Commits that there have to be before anything is concluded.
const ENOUGH: usize = 20;

/// Commits that have to touch what changes often.
const OFTEN: usize = 10;

/// How many times as often it has to change.
const MARGIN: usize = 5;

/// Bytes from which a copy alone is worth keeping.
const LARGE: u64 = 5_000_000;

rule! {
    /// There is something copied that changes often, before something that seldom does.
    ///
    /// ## What it does
    ///
    /// Counts, in the last hundred commits of the repository, those that touch what each `COPY` brings.
    /// Reports a `COPY` that at least ten of them touch, when something behind it in the same stage needs
    /// none of its files, is expensive, and changes at most a fifth as often: the installation of
    /// packages of the distribution, the installation of what the manifests of another `COPY` name, or a
    /// `COPY` of more than five megabytes.
    ///
    /// Says nothing where there are fewer than twenty commits, or no git.
    ///
    /// ## Why is this bad?
    ///
    /// The builder runs everything again that stands behind what has changed.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM python:3.13
    /// COPY shop /app/shop
    /// COPY requirements.txt /app/
    /// RUN pip install -r /app/requirements.txt
    /// ```
    /// ```text requirements.txt
    /// flask==3.1.0
    /// ```
    /// ```text shop/app.py
    /// print("hello")
    /// ```
    /// ```text .git/commits
    /// 40 shop/app.py
    /// 2 requirements.txt
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM python:3.13
    /// COPY requirements.txt /app/
    /// RUN pip install -r /app/requirements.txt
    /// COPY shop /app/shop
    /// ```
    /// ```text requirements.txt
    /// flask==3.1.0
    /// ```
    /// ```text shop/app.py
    /// print("hello")
    /// ```
    /// ```text .git/commits
    /// 40 shop/app.py
    /// 2 requirements.txt
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Moving the `COPY` is unsafe: a step may read the files all the same. There is a fix where only other
    /// `COPY`s that do not touch the same files stand between the two.
    ///
    /// ## References
    ///
    /// - Docker documentation: "Optimize cache usage in builds", ordering of layers
    VolatileBeforeStable {
        name: "volatile-before-stable",
        family: Cache,
        severity: Info,
        fix: Unsafe,
        aliases: [],
    }
}

impl Rule for VolatileBeforeStable {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let history = OnceLock::new();
        for dockerfile in &cx.environment.dockerfiles {
            for stage in StageView::all(cx.environment, dockerfile) {
                findings.extend(self.stage(cx, stage, &history));
            }
        }
    }
}

impl VolatileBeforeStable {
    fn stage(
        &self,
        cx: Context<'_>,
        stage: StageView<'_>,
        history: &OnceLock<History>,
    ) -> Option<Finding> {
        let copies = cx.environment.copies(stage.id);
        let own: Vec<&CopyStep> = copies
            .iter()
            .filter(|copy| copy.origin == CopyOrigin::Context)
            .collect();
        own.iter().find_map(|volatile| {
            // Git is asked only where its answer may matter.
            let stable = stable_behind(cx, stage, volatile, &own);
            if stable.is_empty() {
                return None;
            }
            let history = history.get_or_init(|| History::of(cx.environment));
            let often = history.commits(&paths(cx, volatile));
            if history.count < ENOUGH || often < OFTEN {
                return None;
            }
            stable.iter().find_map(|stable| {
                let seldom = history.commits(&stable.paths);
                let is_clear = often >= seldom.max(1) * MARGIN;
                is_clear.then(|| {
                    let fix = moved(cx, stage, volatile, stable, &copies);
                    self.report(volatile, stable, [often, seldom], history.count)
                        .fix(fix)
                })
            })
        })
    }

    fn report(
        &self,
        volatile: &CopyStep<'_>,
        stable: &Stable,
        [often, seldom]: [usize; 2],
        all: usize,
    ) -> Finding {
        let source = volatile.sources.first();
        let name = source.map_or("…", |source| source.text.as_str());
        let what = &stable.what;
        let message = format!(
            "`COPY {name}` changed in {often} of the last {all} commits, and stands before {what}, which changed in {seldom}"
        );
        let location = source.map_or(stable.location, |source| source.location);
        Finding::new(self.metadata(), location, message)
            .confidence(Confidence::Medium)
            .related(stable.location, "has to run again each time")
            .help("copy it behind that")
    }
}

/// Moves a `COPY` behind what does without it. `None` where something between the two may need it, or
/// sets how it is made.
fn moved(
    cx: Context<'_>,
    stage: StageView<'_>,
    volatile: &CopyStep<'_>,
    stable: &Stable,
    copies: &[CopyStep<'_>],
) -> Option<Fix> {
    let document = cx.environment.documents.get(stage.dockerfile.document);
    let is_stable = |span: Span| span.contains(stable.location.span);
    let (end, last) = stage.instructions().find(|(_, it)| is_stable(it.span))?;
    let mut between = stage
        .instructions()
        .filter(|(at, _)| *at > volatile.index && *at < end);
    let is_independent = |at: usize| {
        let copy = copies.iter().find(|copy| copy.index == at);
        copy.is_some_and(|copy| !writes_over(volatile, copy))
    };
    if !between.all(|(at, _)| is_independent(at)) {
        return None;
    }
    let fix = Fix::with_care(
        "copy it behind that",
        "a step between the two may read the files all the same",
    );
    moved_behind(document, &[volatile.instruction.span], last.span, fix)
}

/// Whether what a copy brings may lie on what the other has brought: both go to the same directory under
/// the same name, or a whole directory is copied.
fn writes_over(one: &CopyStep<'_>, other: &CopyStep<'_>) -> bool {
    let (Some(to), Some(other_to)) = (one.destination.known(), other.destination.known()) else {
        return true;
    };
    let is_file_into = |copy: &CopyStep<'_>, to: &str| {
        let mut sources = copy.sources.iter().map(|it| it.text.as_str());
        to.ends_with('/') && sources.all(|it| it.contains('.') && !it.ends_with(['.', '/', '*']))
    };
    let below = |path: &str, directory: &str| {
        let rest = path.strip_prefix(directory.trim_end_matches('/'));
        rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
    };
    // Files that are named into a directory do not touch a directory beside them.
    let is_beside = is_file_into(other, other_to)
        && below(to, other_to)
        && to.trim_end_matches('/') != other_to.trim_end_matches('/');
    !is_beside && overlaps(one, other)
}

/// Something expensive that stands behind a `COPY` and does without it.
struct Stable {
    /// What it is, for a message.
    what: String,
    location: Location,
    /// The files that it depends on.
    paths: Vec<TreePath>,
}

fn stable_behind(
    cx: Context<'_>,
    stage: StageView<'_>,
    volatile: &CopyStep<'_>,
    copies: &[&CopyStep<'_>],
) -> Vec<Stable> {
    let mut found = Vec::new();
    let dockerfile = &cx.environment.documents.get(stage.dockerfile.document).path;
    for step in cx
        .steps(stage)
        .iter()
        .filter(|step| step.at > volatile.index)
    {
        let calls = cx.environment.installations(stage.id, step.at);
        if let Some(call) = calls.first().filter(|_| is_of_distribution(step, calls)) {
            found.push(Stable {
                what: format!("the packages of `{}`", command(call)),
                location: stage.location(call.span),
                paths: vec![dockerfile.clone()],
            });
        }
        for call in calls {
            let ecosystem = ecosystems()
                .iter()
                .find(|ecosystem| ecosystem.installs(call));
            let manifests =
                ecosystem.and_then(|it| manifests_between(cx, volatile, copies, step.at, it));
            if let Some(paths) = manifests {
                found.push(Stable {
                    what: format!("what `{}` installs", command(call)),
                    location: stage.location(call.span),
                    paths,
                });
            }
        }
    }
    for copy in copies.iter().filter(|copy| copy.index > volatile.index) {
        let mut bytes = 0;
        brought::files(cx, copy, &mut |file| bytes += file.entry.size);
        if bytes >= LARGE && !overlaps(volatile, copy) {
            let name = copy
                .sources
                .first()
                .map_or("…", |source| source.text.as_str());
            found.push(Stable {
                what: format!("`COPY {name}` ({})", megabytes(bytes)),
                location: stage.location(copy.instruction.span),
                paths: paths(cx, copy),
            });
        }
    }
    found
}

fn command(call: &Installation) -> &str {
    call.manager.commands.first().unwrap_or(&call.manager.name)
}

/// Whether a step does nothing but install packages of the distribution by name, and clean up.
fn is_of_distribution(step: &Step<'_>, calls: &[Installation]) -> bool {
    const HARMLESS: &[&str] = &[
        "apt-get", "apt", "apk", "dnf", "microdnf", "yum", "zypper", "pacman", "rm", "set", "true",
        "echo",
    ];
    let is_system = calls.iter().any(|call| {
        call.manager.kind == ManagerKind::System
            && !call.packages.is_empty()
            && call
                .packages
                .iter()
                .all(|package| !package.name.contains(['/', '.', '$']))
    });
    is_system
        && step.commands.iter().all(|command| {
            let invocation = command.command.invocation();
            let name = invocation.as_ref().map(|invocation| invocation.name);
            // `apt-get install ./a.deb`, `. ./script`
            let is_file = |text: &str| text.starts_with(['/', '.']) && name != Some("rm");
            let mut words = command.command.words.iter();
            name.is_some_and(|name| HARMLESS.contains(&name))
                && words.all(|word| word.literal.as_deref().is_some_and(|text| !is_file(text)))
        })
}

/// The manifests of an ecosystem that are copied between a `COPY` without any and an instruction.
fn manifests_between(
    cx: Context<'_>,
    volatile: &CopyStep<'_>,
    copies: &[&CopyStep<'_>],
    before: usize,
    ecosystem: &Ecosystem,
) -> Option<Vec<TreePath>> {
    let manifests = |copy: &CopyStep<'_>| {
        let mut found = Vec::new();
        brought::files(cx, copy, &mut |file| {
            if ecosystem.is_manifest(file.entry.path.file_name()) {
                found.push(file.entry.path.clone());
            }
        });
        found
    };
    if !manifests(volatile).is_empty() {
        return None;
    }
    let between = copies
        .iter()
        .filter(|copy| copy.index > volatile.index && copy.index < before);
    let found: Vec<TreePath> = between.flat_map(|copy| manifests(copy)).collect();
    (!found.is_empty()).then_some(found)
}

/// Whether one copy may write over what the other has brought.
fn overlaps(one: &CopyStep<'_>, other: &CopyStep<'_>) -> bool {
    let (Some(one), Some(other)) = (one.destination.known(), other.destination.known()) else {
        return true;
    };
    let (one, other) = (one.trim_end_matches('/'), other.trim_end_matches('/'));
    one.starts_with(other) || other.starts_with(one)
}

/// The files and directories that a copy names, as they lie in the repository.
fn paths(cx: Context<'_>, copy: &CopyStep<'_>) -> Vec<TreePath> {
    let Some(context) = cx.build_context(copy.stage.definition) else {
        return Vec::new();
    };
    let sources = copy
        .sources
        .iter()
        .filter_map(dockwright_environment::context_reads::path);
    let matched = sources.filter_map(|path| context.resolve_source(&path).ok());
    matched.flat_map(|sources| sources.matched).collect()
}

/// Which commits touched which paths.
struct History {
    /// How many commits there are.
    count: usize,
    /// The commits that touched a file, or something in a directory.
    touched: HashMap<TreePath, Vec<usize>>,
}

impl History {
    fn of(environment: &Environment) -> Self {
        let commits = environment.tree.history(COMMITS);
        let mut touched: HashMap<TreePath, Vec<usize>> = HashMap::new();
        for (number, paths) in commits.iter().enumerate() {
            for path in paths {
                let above = std::iter::successors(Some(path.clone()), TreePath::parent);
                for path in above {
                    let numbers = touched.entry(path).or_default();
                    if numbers.last() != Some(&number) {
                        numbers.push(number);
                    }
                }
            }
        }
        Self {
            count: commits.len(),
            touched,
        }
    }

    /// How many commits touched at least one of some paths.
    fn commits(&self, paths: &[TreePath]) -> usize {
        let mut numbers: Vec<usize> = paths
            .iter()
            .filter_map(|path| self.touched.get(path))
            .flatten()
            .copied()
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.len()
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    const FILES: &str = "-- app/main.py --\n-- requirements.txt --\nflask\n";

    fn check(dockerfile: &str, commits: &str) -> String {
        let files = format!("-- Dockerfile --\n{dockerfile}{FILES}-- .git/commits --\n{commits}");
        audit("volatile-before-stable", &files)
    }

    const APP_FIRST: &str = "FROM python:3\nCOPY app /app\nCOPY requirements.txt /\nRUN pip install -r /requirements.txt\n";

    #[test]
    fn it_is_copied_behind_what_does_without_it() {
        let files = |between: &str| {
            format!(
                "\
-- Dockerfile --
FROM python:3.13
COPY shop /app/shop
{between}COPY requirements.txt /app/
RUN pip install -r \\
  /app/requirements.txt
-- requirements.txt --
flask==3.1.0
-- shop/app.py --
-- .git/commits --
40 shop/app.py
2 requirements.txt
"
            )
        };
        insta::assert_snapshot!(fix("volatile-before-stable", &files("")), @r#"
        unsafe: copy it behind that, for a step between the two may read the files all the same
        -- Dockerfile --
        -COPY shop /app/shop
        +COPY shop /app/shop
        "#);
        assert_eq!(
            fix(
                "volatile-before-stable",
                &files("RUN python /app/shop/app.py\n")
            ),
            ""
        );
    }

    #[test]
    fn the_packages_of_a_distribution_need_no_sources() {
        let dockerfile =
            "FROM debian\nCOPY app /app\nRUN apt-get update && apt-get install -y curl\n";
        insta::assert_snapshot!(check(dockerfile, "30 app/main.py\n1 Dockerfile\n"), @r"
        info (medium) Dockerfile:2:6 `COPY app` changed in 30 of the last 31 commits, and stands before the packages of `apt-get`, which changed in 1
          Dockerfile:3:23 has to run again each time
          help: copy it behind that
        ");
    }

    #[test]
    fn the_history_has_to_be_long_and_clear() {
        assert!(
            check(APP_FIRST, "40 app/main.py\n8 requirements.txt\n").starts_with("info (medium)")
        );
        for commits in [
            "",
            "15 app/main.py\n",
            "9 app/main.py\n30 README.md\n",
            "40 app/main.py\n9 requirements.txt\n",
        ] {
            assert_eq!(check(APP_FIRST, commits), "", "{commits}");
        }
    }

    #[test]
    fn what_may_need_the_files_stays_behind_them() {
        for dockerfile in [
            "FROM debian\nCOPY app /app\nRUN /app/setup && apt-get install -y curl\n",
            "FROM debian\nCOPY app /app\nRUN apt-get install -y /app/x.deb\n",
            "FROM python:3\nCOPY . /app\nRUN pip install -r /app/requirements.txt\n",
            "FROM python:3\nCOPY requirements.txt /\nRUN pip install -r /requirements.txt\nCOPY app /app\n",
        ] {
            assert_eq!(check(dockerfile, "40 app/main.py\n"), "", "{dockerfile}");
        }
    }
}
