//! `scattered-documentation`

use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    /// are many, some of them tell the same, and no document leads to most of the others by its links, they
    /// are reported together. Documents of a
    /// site that has a navigation of its own, which pages with front matter belong to, do not count, nor do versions, translations, histories,
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
    /// Build it with `docker build -t shop .`, then run `docker compose up` and `docker compose logs`.
    /// ```
    /// ```md docs/tests.md
    /// Run `docker compose run tests`, then `docker compose down`.
    /// ```
    /// ```md docs/release.md
    /// Run `docker build -t shop .`, then `docker push shop`.
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
    /// Run `docker build -t shop .`, then `docker push shop`.
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
/// A command with fewer words is not worth an explanation.
const LONG: usize = 4;
/// How many of the documents an index links to, in hundredths.
const MOST: usize = 80;
/// Documents that may be the index, at most.
const STARTS: usize = 50;
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
        let explaining = explaining(cx);
        if explaining.len() <= FEW_DOCUMENTS
            || !has_overlap(environment, &explaining)
            || has_index(cx, &explaining)
        {
            return;
        }
        let mut documents: Vec<_> = explaining.values().collect();
        documents.sort_by_key(|(path, first)| (path.parts().count(), first.location));
        let Some(((_, first), others)) = documents.split_first() else {
            return;
        };
        let message = format!(
            "{} documents explain how to use containers, and none leads to the others",
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
fn explaining(cx: Context<'_>) -> BTreeMap<DocumentId, (&TreePath, &Invocation)> {
    let environment = cx.environment;
    let sites = sites(environment);
    let told = documents::told(environment);
    let kept = documents::kept(cx).into_iter();
    kept.filter_map(|document| {
        let (path, text) = {
            let document = environment.documents.get(document);
            (&document.path, &document.text)
        };
        let commands = told
            .get(&document)
            .filter(|told| told.len() > FEW_COMMANDS)?;
        let is_listed = sites.iter().any(|site| path.relative_to(site).is_some());
        let is_page = text.starts_with("---\n");
        (!is_listed && !is_page).then_some((document, (path, *commands.first()?)))
    })
    .collect()
}

/// Whether two of the documents tell their readers to type the same command.
fn has_overlap(
    environment: &Environment,
    explaining: &BTreeMap<DocumentId, (&TreePath, &Invocation)>,
) -> bool {
    let mut first: HashMap<&str, DocumentId> = HashMap::new();
    let told = environment.invocations.iter();
    let mut told = told.filter(|one| explaining.contains_key(&one.location.document));
    told.any(|one| {
        let document = one.location.document;
        let command = environment.documents.text(one.location);
        let is_long = command.split_whitespace().count() >= LONG;
        is_long && *first.entry(command).or_insert(document) != document
    })
}

/// The directories of sites that have a navigation.
fn sites(environment: &Environment) -> BTreeSet<TreePath> {
    let entries = environment.tree.entries().iter();
    let files = entries.filter(|entry| NAVIGATION.contains(&entry.path.file_name()));
    files.filter_map(|entry| entry.path.parent()).collect()
}

/// Whether most of the documents can be reached by links from one of all documents.
fn has_index(cx: Context<'_>, explaining: &BTreeMap<DocumentId, (&TreePath, &Invocation)>) -> bool {
    let documents = &cx.environment.documents;
    let kept = documents::kept(cx);
    let links: BTreeMap<&TreePath, BTreeSet<TreePath>> = kept
        .iter()
        .map(|id| {
            let document = documents.get(*id);
            let links = markdown::parse(&document.text).links;
            let targets = links
                .iter()
                .filter_map(|link| target(&document.path, &link.value));
            (&document.path, targets.collect())
        })
        .collect();
    let paths: BTreeSet<&TreePath> = explaining.values().map(|(path, _)| *path).collect();
    // An index stands high up; nobody looks for one deep down.
    let mut starts: Vec<&TreePath> = links.keys().copied().collect();
    starts.sort_by_key(|path| path.parts().count());
    starts.into_iter().take(STARTS).any(|start| {
        let reached = reachable(&links, start);
        let others = || paths.iter().filter(|path| **path != start);
        let found = others().filter(|path| {
            let parent = || {
                path.parent()
                    .is_some_and(|parent| reached.contains(&parent))
            };
            reached.contains(**path) || parent()
        });
        found.count() * 100 >= others().count() * MOST
    })
}

/// What can be reached by links from a document.
fn reachable(
    links: &BTreeMap<&TreePath, BTreeSet<TreePath>>,
    start: &TreePath,
) -> BTreeSet<TreePath> {
    let mut reached = BTreeSet::new();
    let mut next = vec![start.clone()];
    while let Some(path) = next.pop() {
        if !reached.insert(path.clone()) {
            continue;
        }
        let readme = || path.join("README.md");
        let targets = links.get(&path).or_else(|| links.get(&readme()?));
        next.extend(targets.into_iter().flatten().cloned());
    }
    reached
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
        let files: Vec<String> = (0..count)
            .map(|number| {
                format!("-- d{number}/use.md --\n```sh\ndocker build -t a .\ndocker run a\n```\n")
            })
            .collect();
        let files = files.concat();
        audit(
            "scattered-documentation",
            &format!("{files}-- Dockerfile --\nFROM debian\n{more}"),
        )
    }

    #[test]
    fn many_documents_need_an_index() {
        insta::assert_snapshot!(check(5, ""), @"
        info (medium) d0/use.md:2:1 5 documents explain how to use containers, and none leads to the others
          d1/use.md:2:1 another begins here
          d2/use.md:2:1 another begins here
          d3/use.md:2:1 another begins here
          d4/use.md:2:1 another begins here
          help: add an index to one of them, with a link to each of the others
        ");
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
