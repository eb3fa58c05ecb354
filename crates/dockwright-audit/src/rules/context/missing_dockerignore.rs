//! `missing-dockerignore`

use dockwright_environment::context::{BuildContext, Measure};
use dockwright_environment::{Environment, TreePath};

use crate::reads::{self, Read, megabytes};
use crate::rule::{Context, Describe, Rule, rule};
use crate::tables::{self, Local, LocalKind};
use crate::{Confidence, Finding, Severity};

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
    /// An ignore file with the entries that are named changes what the image holds only by these. A
    /// build that calls git needs `.git`: look before.
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
            findings.push(finding);
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

/// What lies at the root of a context and does not belong in a build.
fn unwanted(environment: &Environment, measure: &Measure) -> Vec<String> {
    let tops = measure.largest.iter().filter(|(path, _, bytes)| {
        let is_history = tables::local(path.file_name())
            .is_some_and(|local| local.kind == LocalKind::VersionControl);
        is_history
            || (*bytes > 0
                && environment
                    .tree
                    .entry(path)
                    .is_some_and(|entry| entry.ignored))
    });
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
    use crate::testing::audit;

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
}
