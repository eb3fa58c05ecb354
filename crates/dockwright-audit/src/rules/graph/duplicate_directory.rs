//! `duplicate-directory`

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dockwright_environment::text_files::TextFile;
use dockwright_environment::{DocumentId, Environment, Location, TreePath};
use dockwright_syntax::Span;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, reads};

rule! {
    /// There are two directories whose files are nearly the same.
    ///
    /// ## What it does
    ///
    /// Compares directories that lie side by side and hold Dockerfiles, and reports two that have the same
    /// files under the same names: at least four fifths of the names are in both, and so are four fifths
    /// of the lines of a file, on average. The finding says which files differ.
    ///
    /// Documents and hidden files do not count. Directories of versions, tests and examples are left
    /// alone, as are those with a Compose file, which are projects of their own, and three or more that
    /// are alike, since that is how a repository of many images is laid out.
    ///
    /// ## Why is this bad?
    ///
    /// A change has to be made twice, and one day is made once. Readers cannot tell which of the
    /// differences are meant.
    ///
    /// ## Example
    ///
    /// ```dockerfile packaging/deb/Dockerfile
    /// FROM debian:trixie
    /// RUN apt-get update && apt-get install -y debhelper
    /// CMD ["dpkg-buildpackage"]
    /// ```
    /// ```text packaging/deb/control
    /// Source: shop
    /// ```
    /// ```text packaging/deb/rules
    /// %:
    /// 	dh $@
    /// ```
    /// ```dockerfile packaging/ubuntu/Dockerfile
    /// FROM ubuntu:noble
    /// RUN apt-get update && apt-get install -y debhelper
    /// CMD ["dpkg-buildpackage"]
    /// ```
    /// ```text packaging/ubuntu/control
    /// Source: shop
    /// ```
    /// ```text packaging/ubuntu/rules
    /// %:
    /// 	dh $@
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile packaging/deb/Dockerfile
    /// ARG BASE=debian:trixie
    /// FROM ${BASE}
    /// RUN apt-get update && apt-get install -y debhelper
    /// CMD ["dpkg-buildpackage"]
    /// ```
    /// ```text packaging/deb/control
    /// Source: shop
    /// ```
    /// ```text packaging/deb/rules
    /// %:
    /// 	dh $@
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: which of the differences are meant must be decided.
    ///
    /// ## References
    ///
    /// - Docker build documentation, "Variables": one Dockerfile for several bases with `ARG` before `FROM`
    DuplicateDirectory {
        name: "duplicate-directory",
        family: Graph,
        severity: Info,
        fix: None,
        aliases: [],
    }
}

/// Directories with fewer files are not compared, nor are those with more.
const FILES: std::ops::RangeInclusive<usize> = 3..=100;
/// Directories that are compared, at most.
const MAX_DIRECTORIES: usize = 200;
/// How much must be in both, in hundredths: of names, and of lines on average.
const SAME: usize = 80;

/// Parts of a path whose directories are alike on purpose.
const ALIKE: &[&str] = &[
    "demo", "demos", "e2e", "example", "examples", "fixtures", "sample", "samples", "test",
    "testdata", "tests",
];

/// The text files of a directory by their names in it, without documents and hidden files.
type Files<'a> = BTreeMap<&'a str, &'a TextFile>;

impl Rule for DuplicateDirectory {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let documents = documents(environment);
        let mut beside: BTreeMap<TreePath, Vec<(TreePath, Files<'_>)>> = BTreeMap::new();
        for directory in directories(environment, &documents)
            .into_iter()
            .take(MAX_DIRECTORIES)
        {
            let files = files(environment, &directory);
            if let (Some(parent), true) = (directory.parent(), FILES.contains(&files.len())) {
                beside.entry(parent).or_default().push((directory, files));
            }
        }
        for directories in beside.values() {
            for (index, (second, own)) in directories.iter().enumerate() {
                let equals = |(other, files): &&(TreePath, Files<'_>)| {
                    other != second && are_alike(files, own)
                };
                let alike: Vec<_> = directories.iter().filter(equals).collect();
                let [(first, files)] = alike.as_slice() else {
                    continue;
                };
                let is_first = directories
                    .iter()
                    .position(|(directory, _)| directory == first)
                    .is_some_and(|at| at < index);
                if is_first {
                    findings.extend(self.finding(&documents, (first, files), (second, own)));
                }
            }
        }
    }
}

impl DuplicateDirectory {
    fn finding(
        &self,
        documents: &BTreeMap<&TreePath, DocumentId>,
        (first, files): (&TreePath, &Files<'_>),
        (second, own): (&TreePath, &Files<'_>),
    ) -> Option<Finding> {
        let place = |file: &TextFile| {
            let line = file.text.lines().next().unwrap_or_default().len();
            let document = documents.get(&file.path)?;
            Some(Location::new(*document, Span::new(0, line)))
        };
        let (here, there) = own
            .iter()
            .find_map(|(name, file)| Some((place(file)?, place(files.get(name)?)?)))?;
        let names: BTreeSet<&str> = files.keys().chain(own.keys()).copied().collect();
        let text = |files: &Files<'_>, name: &str| files.get(name).map(|file| file.text.clone());
        let different: Vec<String> = names
            .into_iter()
            .filter(|name| text(files, name) != text(own, name))
            .map(|name| format!("`{name}`"))
            .collect();
        let tells = match different.as_slice() {
            [] => "no file differs".to_owned(),
            [one] => format!("only {one} differs"),
            many => format!("{} differ", reads::list(many)),
        };
        let message = format!("`{second}` is nearly the same as `{first}`: {tells}");
        Some(
            Finding::new(self.metadata(), here, message)
                .confidence(Confidence::Medium)
                .related(there, format!("its counterpart in `{first}`"))
                .help("keep one directory, with arguments for what has to differ"),
        )
    }
}

/// The Dockerfiles that are files of their own.
fn documents(environment: &Environment) -> BTreeMap<&TreePath, DocumentId> {
    let dockerfiles = environment.dockerfiles.iter();
    let dockerfiles = dockerfiles.map(|dockerfile| dockerfile.document);
    let documents = dockerfiles.map(|id| environment.documents.get(id));
    documents
        .filter(|document| document.embedded.is_none())
        .map(|document| (&document.path, document.id))
        .collect()
}

/// The directories of the documents, and those above them.
fn directories(
    environment: &Environment,
    documents: &BTreeMap<&TreePath, DocumentId>,
) -> BTreeSet<TreePath> {
    let is_version = |name: &str| name.contains(|letter: char| letter.is_ascii_digit());
    let mut found = BTreeSet::new();
    for path in documents.keys() {
        let Some(parent) = path.parent() else {
            continue;
        };
        found.extend(
            [Some(parent.clone()), parent.parent()]
                .into_iter()
                .flatten(),
        );
    }
    let files = environment
        .compose
        .iter()
        .flat_map(|project| &project.files);
    let projects: BTreeSet<_> = files
        .filter_map(|id| environment.documents.get(*id).path.parent())
        .collect();
    found.retain(|directory| {
        !directory.is_root()
            && !projects.contains(directory)
            && environment.tree.entry(directory).is_some()
            && !is_version(directory.file_name())
            && !directory.parts().any(|part| ALIKE.contains(&part))
    });
    found
}

fn files<'a>(environment: &'a Environment, directory: &TreePath) -> Files<'a> {
    let prefix = format!("{}/", directory.as_str());
    let all = environment.text_files();
    let start = all.partition_point(|file| file.path.as_str() < prefix.as_str());
    let files = all.get(start..).unwrap_or_default().iter();
    let below = files.map_while(|file| {
        let name = file.path.as_str().strip_prefix(&prefix)?;
        Some((name, file))
    });
    let counts = |(name, file): &(&str, &TextFile)| {
        !file.is_prose() && !name.split('/').any(|part| part.starts_with('.'))
    };
    below.filter(counts).take(FILES.end() + 1).collect()
}

/// Whether two directories have nearly the same names and lines.
fn are_alike(a: &Files<'_>, b: &Files<'_>) -> bool {
    let shared: Vec<_> = a
        .iter()
        .filter_map(|(name, file)| Some((*file, *b.get(name)?)))
        .collect();
    let all = a.len().max(b.len());
    if shared.len() < *FILES.start() || shared.len() * 100 < all * SAME {
        return false;
    }
    let sum: usize = shared.iter().map(|(a, b)| sameness(&a.text, &b.text)).sum();
    sum >= shared.len() * SAME
}

/// How many hundredths of the lines are in both texts.
fn sameness(a: &str, b: &str) -> usize {
    if a == b {
        return 100;
    }
    let lines = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).count();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for line in a.lines().map(str::trim).filter(|line| !line.is_empty()) {
        *counts.entry(line).or_default() += 1;
    }
    let mut shared = 0;
    for line in b.lines().map(str::trim) {
        if let Some(count) = counts.get_mut(line).filter(|count| **count > 0) {
            *count -= 1;
            shared += 1;
        }
    }
    shared * 100 / lines(a).max(lines(b)).max(1)
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn directory(name: &str, base: &str) -> String {
        format!(
            "\
-- {name}/Dockerfile --
FROM {base}
RUN apt-get update
RUN apt-get install -y debhelper
RUN useradd builder
CMD [\"dpkg-buildpackage\"]
-- {name}/control --
Source: shop
-- {name}/rules --
%:
\tdh $@
"
        )
    }

    #[test]
    fn two_directories_that_differ_in_a_line() {
        let two = directory("deb", "debian:trixie") + &directory("ubuntu", "ubuntu:noble");
        insta::assert_snapshot!(audit("duplicate-directory", &two), @r"
        info (medium) ubuntu/Dockerfile:1:1 `ubuntu` is nearly the same as `deb`: only `Dockerfile` differs
          deb/Dockerfile:1:1 its counterpart in `deb`
          help: keep one directory, with arguments for what has to differ
        ");
    }

    #[test]
    fn many_versions_and_examples_are_alike_on_purpose() {
        for names in [
            ["a", "b", "c"].as_slice(),
            &["v1", "v2"],
            &["examples/a", "examples/b"],
            &["a", "x/b"],
        ] {
            let files: String = names
                .iter()
                .map(|name| directory(name, "debian:trixie"))
                .collect();
            assert_eq!(audit("duplicate-directory", &files), "", "{names:?}");
        }
    }

    #[test]
    fn two_projects_may_be_alike() {
        let compose =
            |name: &str| format!("-- {name}/compose.yaml --\nservices: {{a: {{build: .}}}}\n");
        let two = directory("a", "debian:trixie") + &directory("b", "debian:trixie");
        assert!(!audit("duplicate-directory", &two).is_empty());
        let two = two + &compose("a") + &compose("b");
        assert_eq!(audit("duplicate-directory", &two), "");
    }

    #[test]
    fn files_that_differ_in_many_lines_are_not_the_same() {
        let other = directory("b", "debian:trixie").replace("RUN", "# RUN");
        let files = directory("a", "debian:trixie") + &other.replace("Source", "Package");
        assert_eq!(audit("duplicate-directory", &files), "");
    }
}
