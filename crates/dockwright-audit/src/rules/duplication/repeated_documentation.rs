//! `repeated-documentation`

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::{DocumentId, Environment, Location, TreePath};

use crate::clones::{Block, BlockKind, MANY, Numbers, repeats, sections};
use crate::concerned::Concerned;
use crate::documents;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

rule! {
    /// There is a piece of documentation that stands in several documents.
    ///
    /// ## What it does
    ///
    /// Compares the paragraphs, lists, tables and blocks of code of the Markdown documents that tell how
    /// containers are used, or lie beside a Dockerfile or Compose file. What the same documents have
    /// in common is one finding, with every place. Short pieces, notices of licences and badges do not count;
    /// versions, translations, histories, examples and generated documents are left alone, and so are
    /// documents of one name in three directories or more that lie side by side.
    ///
    /// ## Why is this bad?
    ///
    /// A change has to be made in every document, and one day is made in one. Readers who see both do not
    /// know which is right.
    ///
    /// ## Example
    ///
    /// ```md README.md
    /// # Shop
    ///
    /// The tests sign in with tokens that a person obtained once. Store them with the token manager; the
    /// containers find them under `artifacts`:
    ///
    ///     docker compose run --rm tests
    /// ```
    /// ```md docs/tests.md
    /// # Tests
    ///
    /// The tests sign in with tokens that a person obtained once. Store them with the token manager; the
    /// containers find them under `artifacts`:
    ///
    ///     docker compose run --rm tests
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   tests: {build: .}
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```md README.md
    /// # Shop
    ///
    /// How to run the tests is described in [Tests](docs/tests.md).
    /// ```
    /// ```md docs/tests.md
    /// # Tests
    ///
    /// The tests sign in with tokens that a person obtained once. Store them with the token manager; the
    /// containers find them under `artifacts`:
    ///
    ///     docker compose run --rm tests
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   tests: {build: .}
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: somebody has to choose the document that the others link to.
    ///
    /// ## References
    ///
    /// - Write the Docs, "Documentation principles"
    RepeatedDocumentation {
        name: "repeated-documentation",
        family: Duplication,
        severity: Info,
        fix: None,
        aliases: [],
    }
}

/// A piece with fewer words is said more easily twice than linked to.
const FEW_WORDS: usize = 20;
/// The same for a table, whose words are chosen.
const FEW_WORDS_OF_TABLE: usize = 12;
/// Directories whose documents are alike if they share as many: a program copies them.
const COPIED: usize = 3;
/// Documents of one name in as many directories side by side are made from a template.
const TEMPLATE: usize = 3;

/// Blocks that some documents have in common.
struct Piece {
    words: usize,
    /// What people call it.
    what: &'static str,
    /// Its place in each document.
    places: Vec<Location>,
}

impl Rule for RepeatedDocumentation {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        for (documents, mut pieces) in pieces(cx) {
            pieces.sort_by_key(|piece| (Reverse(piece.words), piece.places.clone()));
            let Some((piece, further)) = pieces.split_first() else {
                continue;
            };
            let Some((first, others)) = piece.places.split_first() else {
                continue;
            };
            let (what, count) = (piece.what, documents.len());
            let message = match further.len() {
                0 => format!("this {what} stands in {count} documents"),
                1 => format!("this {what} and another piece stand in {count} documents"),
                more => format!("this {what} and {more} other pieces stand in {count} documents"),
            };
            let mut finding = Finding::new(self.metadata(), *first, message)
                .confidence(Confidence::Medium)
                .help("say it in one of them, and link to it from the others");
            for other in others.iter().take(MANY) {
                finding = finding.related(*other, "the same here");
            }
            for place in further.iter().flat_map(|piece| &piece.places).take(MANY) {
                finding = finding.related(*place, "and this");
            }
            findings.push(finding);
        }
    }
}

/// What documents have in common, by the documents.
fn pieces(cx: Context<'_>) -> BTreeMap<BTreeSet<DocumentId>, Vec<Piece>> {
    let environment = cx.environment;
    let mut numbers = Numbers::default();
    let mut sequences: Vec<Vec<u32>> = Vec::new();
    let mut sources: Vec<(DocumentId, Vec<Block>)> = Vec::new();
    for document in relevant(cx) {
        let text = &environment.documents.get(document).text;
        for section in sections(text) {
            let mut blocks = Vec::new();
            for block in section {
                if !is_notice(&block) {
                    blocks.push(block);
                }
            }
            sequences.push(blocks.iter().map(|block| numbers.of(&block.text)).collect());
            sources.push((document, blocks));
        }
    }
    let mut pieces: BTreeMap<BTreeSet<DocumentId>, Vec<Piece>> = BTreeMap::new();
    for repeat in repeats(&sequences) {
        let mut places: BTreeMap<DocumentId, Location> = BTreeMap::new();
        let (mut words, mut what, mut has_table) = (0, "section", false);
        for place in &repeat.places {
            let Some((document, blocks)) = sources.get(place.sequence) else {
                continue;
            };
            let blocks = blocks.get(place.start..place.start + repeat.length);
            let blocks = blocks.unwrap_or_default();
            let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
                continue;
            };
            words = blocks.iter().map(|block| block.words).sum();
            has_table = blocks.iter().any(|block| block.kind == BlockKind::Table);
            if repeat.length == 1 {
                what = first.kind.as_str();
            }
            let location = Location::new(*document, first.span.to(last.span));
            places.entry(*document).or_insert(location);
        }
        let few = if has_table {
            FEW_WORDS_OF_TABLE
        } else {
            FEW_WORDS
        };
        if places.len() > 1 && words >= few {
            let documents = places.keys().copied().collect();
            let own = pieces.entry(documents).or_default();
            own.push(Piece {
                words,
                what,
                places: places.into_values().collect(),
            });
        }
    }
    let copied = copied_directories(environment, pieces.keys());
    pieces.retain(|documents, _| {
        let directories = directories(environment, documents);
        !copied.contains(&directories) && !is_template(environment, documents, &directories)
    });
    pieces
}

fn directories(environment: &Environment, documents: &BTreeSet<DocumentId>) -> BTreeSet<TreePath> {
    let paths = documents
        .iter()
        .map(|id| &environment.documents.get(*id).path);
    paths.filter_map(TreePath::parent).collect()
}

/// Pairs of directories of which the one is a copy of the other.
fn copied_directories<'a>(
    environment: &Environment,
    groups: impl Iterator<Item = &'a BTreeSet<DocumentId>>,
) -> BTreeSet<BTreeSet<TreePath>> {
    let mut counts: BTreeMap<BTreeSet<TreePath>, usize> = BTreeMap::new();
    for documents in groups.filter(|documents| documents.len() == 2) {
        let directories = directories(environment, documents);
        if directories.len() == 2 {
            *counts.entry(directories).or_default() += 1;
        }
    }
    counts.retain(|_, count| *count >= COPIED);
    counts.into_keys().collect()
}

/// Whether documents have one name and lie in many directories side by side.
fn is_template(
    environment: &Environment,
    documents: &BTreeSet<DocumentId>,
    directories: &BTreeSet<TreePath>,
) -> bool {
    let paths = documents
        .iter()
        .map(|id| &environment.documents.get(*id).path);
    let names: BTreeSet<&str> = paths.map(TreePath::file_name).collect();
    let above: BTreeSet<_> = directories.iter().map(TreePath::parent).collect();
    names.len() == 1 && above.len() == 1 && directories.len() >= TEMPLATE
}

/// The documents that have to do with containers.
fn relevant(cx: Context<'_>) -> Vec<DocumentId> {
    let environment = cx.environment;
    let told = documents::told(environment);
    let concerned = Concerned::of(environment);
    let mut kept = documents::kept(cx);
    kept.retain(|document| {
        told.contains_key(document) || concerned.is_beside(environment, *document)
    });
    kept
}

/// Whether a block is a badge, a notice of a licence, a comment or HTML.
fn is_notice(block: &Block) -> bool {
    let text = block.text.to_ascii_lowercase();
    text.starts_with("[![")
        || text.starts_with("![")
        || text.starts_with(['<', '>'])
        || text.starts_with("---")
        || ["copyright", "license", "licence"]
            .iter()
            .any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    const PIECE: &str = "The containers find the tokens of the tests under the directory of artifacts, which is mounted \
        into each of them at the same path, so that nobody has to copy anything.\n";
    const TABLE: &str = "| on the host | in the container |\n|---|---|\n| the whole repository | /workspace |\n| the artifacts of the tests | /srv/artifacts |\n| the cache of the compiler | /var/cache/go |\n";

    fn check(files: &[(&str, &str)]) -> String {
        let files: Vec<String> = files
            .iter()
            .map(|(path, text)| {
                format!("-- {path} --\n# A\n\n`docker`:\n\n```sh\ndocker ps\n```\n\n## B\n\n{text}")
            })
            .collect();
        let files = files.concat();
        audit(
            "repeated-documentation",
            &format!("{files}-- Dockerfile --\nFROM debian\n"),
        )
    }

    #[test]
    fn what_the_same_documents_have_in_common_is_one_finding() {
        let all = format!("{PIECE}\n## C\n\n{TABLE}");
        let other = format!("{}\n## Else\n\nMore.\n\n{TABLE}", PIECE.replace("  ", " "));
        insta::assert_snapshot!(check(&[("a.md", &all), ("docs/b.md", &other), ("c.md", "Nothing.\n")]), @"
        info (medium) a.md:11:1 this paragraph and another piece stand in 2 documents
          docs/b.md:11:1 the same here
          a.md:15:1 and this
          docs/b.md:17:1 and this
          help: say it in one of them, and link to it from the others
        ");
    }

    #[test]
    fn editions_notices_and_short_pieces_are_left_alone() {
        for files in [
            [("a.md", PIECE), ("docs/v1/a.md", PIECE)],
            [("a.md", PIECE), ("a.de.md", PIECE)],
            [("a.md", PIECE), ("examples/a.md", PIECE)],
            [("a.md", PIECE), ("CHANGELOG.md", PIECE)],
            [("a.md", "See the manual.\n"), ("b.md", "See the manual.\n")],
        ] {
            assert_eq!(check(&files), "", "{files:?}");
        }
        let notice = format!("Copyright: {PIECE}");
        assert_eq!(check(&[("a.md", &notice), ("b.md", &notice)]), "");
    }
}
