//! `missing-dockerignore`

use dockwright_environment::context::{BuildContext, Measure};
use dockwright_environment::contexts::SharedContext;
use dockwright_environment::{Environment, TreePath};

use crate::edits;
use crate::reads::{self, Read, megabytes};
use crate::rule::{Context, Describe, Rule, rule};
use crate::tables::{self, Local, LocalKind, Name};
use crate::{Confidence, Finding, Fix, Severity};

rule! {
    /// There is a build that copies its whole context, and no ignore file.
    ///
    /// ## What it does
    ///
    /// Looks at every context that some instruction reads as a whole (`COPY .`, `ADD .`, a bind mount of
    /// the context) and for which there is neither `<Dockerfile>.dockerignore` nor `.dockerignore`.
    /// Reports it when something lies there that does not belong in a build – version control history,
    /// what git ignores – or when it is larger than the budget; and, as information, when a package
    /// manager or compiler will put such a directory there.
    ///
    /// A context of which only named paths are copied is left alone: BuildKit sends no more than these.
    ///
    /// ## Why is this bad?
    ///
    /// All of it is sent, ends in the image, and makes the layer's cache miss whenever any of it
    /// changes – `.git` with every commit. Installed packages of the host replace those of the image.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY . /src
    /// ```
    /// ```text .git/HEAD
    /// ref: refs/heads/main
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY . /src
    /// ```
    /// ```text .git/HEAD
    /// ref: refs/heads/main
    /// ```
    /// ```text .dockerignore
    /// .git
    /// ```
    ///
    /// ## Fix safety
    ///
    /// An ignore file with the entries that are named changes what the image holds only by these; what
    /// a `COPY` names is not among them. It is safe where by all that can be seen the build makes no
    /// use of them: no file speaks of git, packages are installed. Else it is unsafe.
    ///
    /// ## Options
    ///
    /// `max-megabytes` and `max-files` in the `[context]` table of `dockwright.toml`.
    ///
    /// ## References
    ///
    /// - Docker documentation: building best practices, exclude with .dockerignore
    MissingDockerignore {
        name: "missing-dockerignore",
        family: Context,
        severity: Warning,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for MissingDockerignore {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let reads = cx.reads();
        for (number, shared) in environment.contexts().iter().enumerate() {
            let Some(read) = reads::whole(reads, number).filter(|_| shared.ignore.is_none()) else {
                continue;
            };
            let context = environment.build_context(shared);
            let measure = context.measure();
            let unwanted = unwanted(environment, &measure);
            let is_large = reads::is_over(&measure, &cx.settings.context);
            let name = reads::name(shared);
            let path = shared
                .directory
                .join(".dockerignore")
                .unwrap_or_else(TreePath::root);
            let finding = if !unwanted.is_empty() || is_large {
                self.present(read, &name, &unwanted, &measure, is_large)
            } else if let Some(made) = to_come(environment, &context) {
                self.to_come(read, &name, made)
            } else {
                continue;
            };
            let mut finding = finding.help(format!(
                "add `{path}` that excludes what the build does not need"
            ));
            if let Some((location, label)) = reads::declaration(read) {
                finding = finding.related(location, label);
            }
            let own = reads.iter().filter(|read| read.context == number);
            let named: Vec<String> = own.filter_map(Read::path).collect();
            let made = to_come(environment, &context);
            findings.push(finding.fix(excluding(environment, shared, &measure, made, &named)));
        }
    }
}

impl MissingDockerignore {
    fn present(
        &self,
        read: &Read<'_>,
        name: &str,
        unwanted: &[String],
        measure: &Measure,
        is_large: bool,
    ) -> Finding {
        let mut message = format!(
            "nothing is excluded from {name}, and `{}` reads all of it",
            reads::quoted(read)
        );
        if !unwanted.is_empty() {
            message.push_str(": also ");
            message.push_str(&reads::list(unwanted));
        }
        let finding =
            Finding::new(self.metadata(), read.location(), message).confidence(read.confidence);
        if is_large {
            let largest = reads::list(&reads::largest(measure));
            return finding.label(format!(
                "{} – the largest are {largest}",
                reads::size(measure)
            ));
        }
        finding
    }

    fn to_come(&self, read: &Read<'_>, name: &str, made: &Local) -> Finding {
        let names: Vec<String> = made
            .names
            .iter()
            .take(1)
            .map(|name| format!("`{}`", name.as_str()))
            .collect();
        let message = format!(
            "nothing is excluded from {name}, and `{}` will read {} ({}) once it is there",
            reads::quoted(read),
            reads::list(&names),
            made.what,
        );
        // Installed packages take the place of the image's own; build output is only large.
        let confidence = match made.kind {
            LocalKind::Dependencies => Confidence::Medium,
            _ => Confidence::Low,
        };
        Finding::new(self.metadata(), read.location(), message)
            .severity(Severity::Info)
            .confidence(read.confidence.min(confidence))
    }
}

/// Writes an ignore file with what does not belong in a build and no instruction names.
fn excluding(
    environment: &Environment,
    shared: &SharedContext,
    measure: &Measure,
    made: Option<&Local>,
    named: &[String],
) -> Option<Fix> {
    let tops = measure.largest.iter();
    let there = tops.filter(|(path, _, bytes)| is_unwanted(environment, path, *bytes));
    let there = there.map(|(path, _, _)| path.file_name());
    let made = made.and_then(|local| local.names.first()).map(Name::as_str);
    let mut lines: Vec<String> = there
        .chain(made)
        .filter_map(edits::ignore::pattern)
        .filter(|name| {
            let is_needed = |path: &String| path.split('/').next() == Some(name);
            !named.iter().any(is_needed)
        })
        .map(str::to_owned)
        .collect();
    lines.sort_unstable();
    lines.dedup();
    if lines.is_empty() {
        return None;
    }
    let title = format!("exclude `{}`", lines.join("`, `"));
    let fix = if lines.iter().all(|line| is_idle(environment, shared, line)) {
        Fix::safe(title, "the build makes no use of it")
    } else {
        Fix::with_care(title, "the build may make use of it")
    };
    edits::ignore::append(environment, shared, fix, &lines)
}

/// Whether by all that can be seen no build of a context makes use of a name: of the history, because
/// nothing speaks of git; of installed packages, because it installs its own.
fn is_idle(environment: &Environment, shared: &SharedContext, name: &str) -> bool {
    let definitions = shared.definitions.iter();
    let dockerfiles = definitions.filter_map(|id| {
        let build = environment.build(*id)?;
        environment.dockerfile(build.dockerfile)
    });
    let texts = dockerfiles.map(|it| environment.documents.get(it.document).text.to_string());
    let texts: Vec<String> = texts.collect();
    let speak_of = |words: &[&str]| {
        let says = |text: &String| words.iter().any(|word| text.contains(word));
        texts.iter().any(says)
    };
    match tables::local(name).map(|local| local.kind) {
        Some(LocalKind::VersionControl) => {
            let beside = environment.tree.list(&shared.directory).into_iter();
            let mut files = beside.filter(|entry| entry.size < MAX_BYTES);
            let uses_history = files.any(|entry| {
                let bytes = environment.tree.read(&entry.path).unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes);
                let name = entry.path.file_name();
                // Go writes the revision into what it builds.
                name == "go.mod" || VERSIONED_BY.contains(&name) && says_history(&text)
            });
            !uses_history && !texts.iter().any(|text| says_history(text))
        }
        Some(LocalKind::Dependencies) => speak_of(&["install", " ci", "yarn"]),
        Some(LocalKind::Cache) => true,
        _ => false,
    }
}

/// Bytes of a file that is looked into.
const MAX_BYTES: u64 = 256 * 1024;

/// Files that say how a version is told.
const VERSIONED_BY: [&str; 8] = [
    "Makefile",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "package.json",
    "build.gradle",
    "build.gradle.kts",
    "pom.xml",
];

fn says_history(text: &str) -> bool {
    ["git", "scm", "versioneer", "vcs"]
        .iter()
        .any(|word| text.contains(word))
}

/// Whether something at the root of a context does not belong in a build.
fn is_unwanted(environment: &Environment, path: &TreePath, bytes: u64) -> bool {
    let is_history = tables::local(path.file_name())
        .is_some_and(|local| local.kind == LocalKind::VersionControl);
    let is_ignored = || environment.tree.entry(path).is_some_and(|it| it.ignored);
    is_history || (bytes > 0 && is_ignored())
}

/// What lies at the root of a context and does not belong in a build.
fn unwanted(environment: &Environment, measure: &Measure) -> Vec<String> {
    let tops = measure.largest.iter();
    let tops = tops.filter(|(path, _, bytes)| is_unwanted(environment, path, *bytes));
    let tops =
        tops.map(|(path, _, bytes)| format!("`{}` ({})", path.file_name(), megabytes(*bytes)));
    tops.take(4).collect()
}

/// What a tool will put into a context, by the files at its root.
fn to_come(environment: &Environment, context: &BuildContext<'_>) -> Option<&'static Local> {
    let entries = environment.tree.list(context.directory());
    tables::locals().iter().find(|local| {
        matches!(local.kind, LocalKind::Dependencies | LocalKind::Output)
            && entries.iter().any(|entry| {
                let name = entry.path.file_name();
                let is_manifest = local.made_by.iter().any(|manifest| manifest.matches(name));
                is_manifest && !matches!(name.rsplit_once('.'), Some((_, "py" | "txt")))
            })
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    const RULE: &str = "missing-dockerignore";

    #[test]
    fn a_small_context_of_sources_needs_none() {
        assert_eq!(
            audit(
                RULE,
                "-- Dockerfile --\nFROM debian\nCOPY . /src\n-- main.c --\nint main;\n"
            ),
            ""
        );
    }

    #[test]
    fn named_paths_are_all_that_is_sent() {
        assert_eq!(
            audit(
                RULE,
                "-- Dockerfile --\nFROM debian\nCOPY src /src\n-- src/a.c --\n-- .git/HEAD --\nref\n"
            ),
            ""
        );
    }

    #[test]
    fn packages_that_will_be_installed_are_information() {
        insta::assert_snapshot!(audit(RULE, "\
-- web/Dockerfile --
FROM node
COPY package.json ./
RUN npm ci
COPY . .
-- web/package.json --
{}
-- compose.yaml --
services:
  web:
    build: web
  copy:
    build: web
"), @r"
        info (medium) web/Dockerfile:4:6 nothing is excluded from the build context `web`, and `COPY .` will read `node_modules` (installed packages) once it is there
          compose.yaml:3:12 the context is given here
          help: add `web/.dockerignore` that excludes what the build does not need
        ");
    }

    #[test]
    fn an_ignore_file_holds_what_is_found() {
        insta::assert_snapshot!(fix("missing-dockerignore", "\
-- web/Dockerfile --
FROM node
COPY package.json ./
RUN npm ci
COPY . .
-- web/package.json --
{}
-- scm/Dockerfile --
FROM debian
COPY . /src
RUN make -C /src
-- scm/.git/HEAD --
ref: refs/heads/main
-- scm/Makefile --
VERSION := $(shell git describe)
"), @r#"
        unsafe: exclude `.git`, for the build may make use of it
        -- scm/.dockerignore --
        .git

        safe: exclude `node_modules`, for the build makes no use of it
        -- web/.dockerignore --
        node_modules
        "#);
    }
}
