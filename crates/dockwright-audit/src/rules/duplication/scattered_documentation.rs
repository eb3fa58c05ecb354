//! `scattered-documentation`

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::commands::Invocation;
use dockwright_environment::{DocumentId, Environment, TreePath};
use dockwright_syntax::markdown;

use crate::clones::MANY;
use crate::documents;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

rule! {
    /// There are many documents that explain how to use containers, and no index of them.
    ///
    /// ## What it does
    ///
    /// Counts the Markdown documents that tell their readers to type several container commands. If they
    /// are many and no document links to most of the others, they are reported together. Documents of a
    /// site that has a navigation of its own do not count, nor do versions, translations, histories,
    /// examples and generated documents.
    ///
    /// ## Why is this bad?
    ///
    /// Readers find one of the documents and not the others. Whoever changes a command does not know where
    /// it is explained.
    ///
    /// ## Example
    ///
    /// ```md README.md
    /// docker build -t shop .
    ///
    /// Then run `docker compose up` and `docker compose logs`.
    /// ```
    /// ```md docs/tests.md
    /// Run `docker compose run tests`, then `docker compose down`.
    /// ```
    /// ```md docs/release.md
    /// Run `docker build -t shop:1 .`, then `docker push shop:1`.
    /// ```
    /// ```md packaging/README.md
    /// Run `docker build -t packager .`, then `docker run packager`.
    /// ```
    /// ```md runner/README.md
    /// Run `docker build -t runner .`, then `docker run runner`.
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```md README.md
    /// Run `docker compose up` and `docker compose logs`. More about
    /// [tests](docs/tests.md), [releases](docs/release.md), [packages](packaging/README.md) and
    /// [runners](runner/README.md).
    /// ```
    /// ```md docs/tests.md
    /// Run `docker compose run tests`, then `docker compose down`.
    /// ```
    /// ```md docs/release.md
    /// Run `docker build -t shop:1 .`, then `docker push shop:1`.
    /// ```
    /// ```md packaging/README.md
    /// Run `docker build -t packager .`, then `docker run packager`.
    /// ```
    /// ```md runner/README.md
    /// Run `docker build -t runner .`, then `docker run runner`.
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: somebody has to write the index.
    ///
    /// ## References
    ///
    /// - Write the Docs, "Documentation principles"
    ScatteredDocumentation {
        name: "scattered-documentation",
        family: Duplication,
        severity: Info,
        fix: None,
        aliases: [],
    }
}

/// Documents that nobody loses sight of without an index.
const FEW_DOCUMENTS: usize = 4;
/// A document that explains something has more commands.
const FEW_COMMANDS: usize = 1;
/// How many of the documents an index links to, in hundredths.
const MOST: usize = 80;
/// Files that hold the navigation of a site, by the generators that read them.
const NAVIGATION: &[&str] = &[
    "SUMMARY.md",
    "_config.yml",
    "_toc.yml",
    "antora.yml",
    "book.toml",
    "conf.py",
    "docusaurus.config.js",
    "docusaurus.config.ts",
    "hugo.toml",
    "hugo.yaml",
    "mint.json",
    "mkdocs.yaml",
    "mkdocs.yml",
    "sidebars.js",
    "sidebars.ts",
    "zensical.toml",
];

impl Rule for ScatteredDocumentation {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let explaining = explaining(environment);
        if explaining.len() <= FEW_DOCUMENTS || has_index(environment, &explaining) {
            return;
        }
        let mut documents: Vec<_> = explaining.values().collect();
        documents.sort_by_key(|(path, first)| (path.parts().count(), first.location));
        let Some(((_, first), others)) = documents.split_first() else {
            return;
        };
        let message = format!(
            "{} documents explain how to use containers, and none links to the others",
            documents.len()
        );
        let mut finding = Finding::new(self.metadata(), first.location, message)
            .confidence(Confidence::Medium)
            .help("add an index to one of them, with a link to each of the others");
        for (_, other) in others.iter().take(MANY) {
            finding = finding.related(other.location, "another begins here");
        }
        findings.push(finding);
    }
}

/// The documents that explain how containers are used, with their paths and first commands.
fn explaining(environment: &Environment) -> BTreeMap<DocumentId, (&TreePath, &Invocation)> {
    let sites = sites(environment);
    let told = documents::told(environment);
    let kept = documents::kept(environment).into_iter();
    kept.filter_map(|document| {
        let path = &environment.documents.get(document).path;
        let commands = told
            .get(&document)
            .filter(|told| told.len() > FEW_COMMANDS)?;
        let is_listed = sites.iter().any(|site| path.relative_to(site).is_some());
        (!is_listed).then_some((document, (path, *commands.first()?)))
    })
    .collect()
}

/// The directories of sites that have a navigation.
fn sites(environment: &Environment) -> BTreeSet<TreePath> {
    let entries = environment.tree.entries().iter();
    let files = entries.filter(|entry| NAVIGATION.contains(&entry.path.file_name()));
    files.filter_map(|entry| entry.path.parent()).collect()
}

/// Whether some document links to most of the others.
fn has_index(
    environment: &Environment,
    explaining: &BTreeMap<DocumentId, (&TreePath, &Invocation)>,
) -> bool {
    documents::kept(environment).into_iter().any(|document| {
        let own = environment.documents.get(document);
        let links = markdown::parse(&own.text).links;
        let linked: BTreeSet<TreePath> = links
            .iter()
            .filter_map(|link| target(&own.path, &link.value))
            .collect();
        let others = || {
            let others = explaining.iter().filter(|(other, _)| **other != document);
            others.map(|(_, (path, _))| *path)
        };
        let found = others().filter(|path| {
            linked.contains(*path) || path.parent().is_some_and(|parent| linked.contains(&parent))
        });
        found.count() * 100 >= others().count() * MOST
    })
}

/// The file or directory of the repository that a link leads to.
fn target(from: &TreePath, link: &str) -> Option<TreePath> {
    let path = link
        .split(['#', '?'])
        .next()
        .filter(|path| !path.is_empty())?;
    // `https://host/owner/name/blob/branch/path`
    let on_host = ["/blob/", "/tree/"]
        .iter()
        .find_map(|kind| path.split_once(kind)?.1.split_once('/'));
    if let Some((_, path)) = on_host {
        return TreePath::root().join(path.trim_end_matches('/'));
    }
    if path.contains("://") {
        return None;
    }
    match path.strip_prefix('/') {
        Some(path) => TreePath::root().join(path.trim_end_matches('/')),
        None => from.parent()?.join(path.trim_end_matches('/')),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(count: usize, more: &str) -> String {
        let files: String = (0..count)
            .map(|number| {
                format!("-- d{number}/use.md --\n```sh\ndocker build -t a .\ndocker run a\n```\n")
            })
            .collect();
        audit(
            "scattered-documentation",
            &format!("{files}-- Dockerfile --\nFROM debian\n{more}"),
        )
    }

    #[test]
    fn many_documents_need_an_index() {
        insta::assert_snapshot!(check(5, ""), @"");
        assert_eq!(check(4, ""), "");
    }

    #[test]
    fn an_index_links_to_most_of_them() {
        let all = "-- README.md --\n[0](d0/use.md) [1](./d1/use.md#a) [2](/d2/use.md) [3](https://example.com/o/n/blob/main/d3/use.md)\n";
        assert_eq!(check(5, all), "");
        assert_ne!(
            check(5, "-- README.md --\n[0](d0/use.md) [1](d1/use.md)\n"),
            ""
        );
        assert_eq!(check(5, "-- mkdocs.yml --\nsite_name: A\n"), "");
    }
}
