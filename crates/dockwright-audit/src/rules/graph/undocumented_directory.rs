//! `undocumented-directory`

use std::collections::BTreeMap;

use dockwright_environment::text_files::TextFile;
use dockwright_environment::{Environment, Location, TreePath};
use dockwright_syntax::Span;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, images};

rule! {
    /// There is a directory of Dockerfiles that neither its name nor a document explains.
    ///
    /// ## What it does
    ///
    /// Reports a directory with a Dockerfile whose path has only words that fit any image, as
    /// `build/docker`, when no document lies in it or above it, the root apart, and no document names
    /// it. Says nothing unless the documents explain most directories with Dockerfiles, and at least
    /// three.
    ///
    /// ## Why is this bad?
    ///
    /// Readers who have come to rely on the documents do not learn that the image exists, or what it is
    /// for.
    ///
    /// ## Example
    ///
    /// ```dockerfile web/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile worker/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile tools/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile build/docker/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```md README.md
    /// `web/` serves the shop, `worker/` does the rest, `tools/` has the linters.
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile web/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile worker/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile tools/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile build/docker/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```md README.md
    /// `web/` serves the shop, `worker/` does the rest, `tools/` has the linters. `build/docker/` is for
    /// releases.
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: somebody has to say what the directory is for.
    UndocumentedDirectory {
        name: "undocumented-directory",
        family: Graph,
        severity: Info,
        fix: None,
        aliases: [],
    }
}

/// Directories that documents explain before one that they do not is worth a word.
const ENOUGH: usize = 3;

/// Parts of a path that fit any image.
const ANY: &[&str] = &[
    "artifacts",
    "build",
    "builds",
    "container",
    "containers",
    "contrib",
    "docker",
    "dockerfiles",
    "etc",
    "files",
    "image",
    "images",
    "misc",
    "out",
    "output",
    "scripts",
    "test-artifacts",
    "tools",
];

impl Rule for UndocumentedDirectory {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let directories = directories(environment);
        let prose = environment.text_files().iter();
        let prose: Vec<&TextFile> = prose.filter(|file| file.is_prose()).collect();
        let (explained, mut others): (Vec<_>, Vec<_>) = directories
            .into_iter()
            .partition(|(directory, _)| is_explained(directory, &prose));
        if explained.len() < ENOUGH || explained.len() <= others.len() {
            return;
        }
        others.retain(|(directory, _)| directory.parts().all(|part| ANY.contains(&part)));
        for (directory, location) in others {
            let message = format!("no document explains `{directory}`");
            findings.push(
                Finding::new(self.metadata(), location, message)
                    .confidence(Confidence::Medium)
                    .help("say in a document what its image is for, or remove it"),
            );
        }
    }
}

/// The directories of the Dockerfiles, the root apart, each with the first line of one.
fn directories(environment: &Environment) -> BTreeMap<TreePath, Location> {
    let mut found = BTreeMap::new();
    for dockerfile in &environment.dockerfiles {
        let document = environment.documents.get(dockerfile.document);
        let line = document.text.lines().next().unwrap_or_default().len();
        let location = Location::new(document.id, Span::new(0, line));
        let Some(directory) = document
            .path
            .parent()
            .filter(|directory| !directory.is_root())
        else {
            continue;
        };
        if document.embedded.is_none() && !images::is_test(environment, location) {
            found.entry(directory).or_insert(location);
        }
    }
    found
}

/// Whether a document lies in a directory or above it, or names it.
fn is_explained(directory: &TreePath, prose: &[&TextFile]) -> bool {
    prose.iter().any(|file| {
        let is_above = file.path.parent().is_some_and(|parent| {
            !parent.is_root() && (parent == *directory || directory.relative_to(&parent).is_some())
        });
        is_above || file.mentions(directory.as_str())
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn files(readme: &str) -> String {
        let [a, b, c, d] = ["web", "worker", "tools", "build/docker"]
            .map(|directory| format!("-- {directory}/Dockerfile --\nFROM debian:trixie\n"));
        format!("{a}{b}{c}{d}-- README.md --\n{readme}\n")
    }

    #[test]
    fn one_among_others_that_are_explained() {
        insta::assert_snapshot!(audit("undocumented-directory", &files("web, worker, tools")), @r"
        info (medium) build/docker/Dockerfile:1:1 no document explains `build/docker`
          help: say in a document what its image is for, or remove it
        ");
    }

    #[test]
    fn a_document_in_it_or_above_explains_it() {
        for path in ["build/docker/README.md", "build/notes.md"] {
            let files = files("web, worker, tools") + &format!("-- {path} --\n");
            assert_eq!(audit("undocumented-directory", &files), "", "{path}");
        }
    }

    #[test]
    fn a_name_may_explain_it() {
        let files = files("web, worker, tools").replace("build/docker", "build/proxy");
        assert_eq!(audit("undocumented-directory", &files), "");
    }

    #[test]
    fn nothing_is_asked_where_little_is_explained() {
        assert_eq!(audit("undocumented-directory", &files("web, worker")), "");
    }
}
