//! What builds read of their contexts: `COPY`, `ADD` and bind mounts.

use std::collections::HashMap;

use dockwright_environment::build::{Base, Build, StageId};
use dockwright_environment::context::{BuildContext, Measure};
use dockwright_environment::contexts::SharedContext;
use dockwright_environment::definition::{BuildDefinition, ContextSource, Origin};
use dockwright_environment::shell::is_windows_image;
use dockwright_environment::{
    DockerfileDocument, Environment, Location, TreePath, Value, context_reads,
};
use dockwright_settings::ContextSettings;
use dockwright_syntax::Span;
use rayon::prelude::*;

use crate::finding::{Confidence, Finding, Related};

/// Directory names that hold Dockerfiles rather than what these build.
const DOCKERFILE_DIRECTORIES: [&str; 16] = [
    "docker",
    ".docker",
    "dockerfiles",
    "dockerfile",
    "containers",
    "container",
    ".devcontainer",
    "build",
    "ci",
    ".ci",
    "deploy",
    "deployment",
    "packaging",
    "ops",
    "images",
    "hack",
];

/// Directory names that hold what tests read.
const FIXTURE_DIRECTORIES: [&str; 12] = [
    "testdata",
    "test-data",
    "test_data",
    "fixtures",
    "fixture",
    "__fixtures__",
    "test-fixtures",
    "mocks",
    "test_resources",
    "test-resources",
    "testresources",
    "__mocks__",
];

/// Something of its context that a build reads.
pub(crate) struct Read<'a> {
    /// Index into [`Environment::contexts`].
    pub(crate) context: usize,
    /// The definition, the surest of those that share it.
    pub(crate) definition: &'a BuildDefinition,
    /// Index of the instruction in the Dockerfile.
    pub(crate) instruction: usize,
    /// The instruction that reads.
    pub(crate) keyword: &'static str,
    /// The source as written, expanded; empty for a mount of the whole context.
    pub(crate) source: Value,
    /// Whether it is or may be built on Windows, whose file systems ignore case.
    pub(crate) ignores_case: bool,
    /// How sure it is that the build reads this: the context may be inferred, the stage unused.
    pub(crate) confidence: Confidence,
}

impl Read<'_> {
    /// Where the source stands.
    pub(crate) fn location(&self) -> Location {
        self.source.location
    }

    /// The source's path in the context, cleaned; `None` when it is not known, or is no path.
    pub(crate) fn path(&self) -> Option<String> {
        context_reads::path(&self.source)
    }

    /// Whether it reads all there is.
    pub(crate) fn is_whole(&self) -> bool {
        self.path()
            .is_some_and(|path| matches!(path.as_str(), "" | "*" | "**"))
    }
}

/// Everything that builds read of their contexts, each place once for every context; in the order
/// of the contexts, the surest first, then of the places.
pub(crate) fn all(environment: &Environment) -> Vec<Read<'_>> {
    let mut reads: Vec<Read> = Vec::new();
    let mut known: HashMap<(usize, Location, String), usize> = HashMap::new();
    for (number, context) in environment.contexts().iter().enumerate() {
        let definitions = context.definitions.par_iter();
        let found: Vec<Read> = definitions
            .filter_map(|id| environment.definition(*id))
            .flat_map_iter(|definition| of_definition(environment, number, definition))
            .collect();
        for read in found {
            let key = (number, read.location(), read.source.text.clone());
            match known.get(&key).and_then(|at| reads.get_mut(*at)) {
                Some(other) if other.confidence < read.confidence => *other = read,
                Some(_) => {}
                None => {
                    known.insert(key, reads.len());
                    reads.push(read);
                }
            }
        }
    }
    reads.sort_by_key(|read| {
        let surest = std::cmp::Reverse(read.confidence);
        (read.context, surest, read.location())
    });
    reads
}

/// What one definition reads of its context, which has the number `context`.
pub(crate) fn of_definition<'a>(
    environment: &'a Environment,
    context: usize,
    definition: &'a BuildDefinition,
) -> Vec<Read<'a>> {
    let found = || {
        let build = environment.build(definition.id)?;
        Some((build, environment.dockerfile(build.dockerfile)?))
    };
    let mut reads = Vec::new();
    let Some((build, dockerfile)) = found() else {
        return reads;
    };
    let reached = reached(build);
    let ignores_case = ignores_case(build, dockerfile);
    for index in 0..build.stages.len() {
        let id = StageId {
            definition: definition.id,
            stage: index,
        };
        let is_reached = reached.get(index).copied().unwrap_or_default();
        let own = environment.context_reads(id).into_iter();
        reads.extend(own.filter(|read| !read.is_trigger).map(|read| Read {
            context,
            definition,
            instruction: read.instruction,
            keyword: read.keyword,
            source: read.source,
            ignores_case,
            confidence: if is_reached {
                Confidence::High
            } else {
                Confidence::Medium
            },
        }));
    }
    if reads.is_empty() {
        return reads;
    }
    let confidence = confidence(environment, definition, dockerfile, &reads);
    for read in &mut reads {
        read.confidence = read.confidence.min(confidence);
    }
    reads
}

/// Whether images of Windows are or may be built, by their names or by the escape character they
/// need.
fn ignores_case(build: &Build, dockerfile: &DockerfileDocument) -> bool {
    let mut bases = build.stages.iter().map(|stage| &stage.base_value);
    dockerfile.tree.escape == '`'
        || bases.any(|base| !base.is_known() || is_windows_image(&base.text))
}

/// Which stages are built; all when the target is not known.
fn reached(build: &Build) -> Vec<bool> {
    let Some(target) = build.target else {
        return vec![true; build.stages.len()];
    };
    let mut reached = vec![false; build.stages.len()];
    let mut waiting = vec![target];
    while let Some(index) = waiting.pop() {
        let (Some(slot), Some(stage)) = (reached.get_mut(index), build.stages.get(index)) else {
            continue;
        };
        if std::mem::replace(slot, true) {
            continue;
        }
        let bases = stage
            .sources
            .iter()
            .map(|source| &source.base)
            .chain([&stage.base]);
        waiting.extend(bases.filter_map(|base| match base {
            Base::Stage(index) => Some(*index),
            _ => None,
        }));
    }
    reached
}

/// How sure it is that a definition's context is the one it is taken to be.
fn confidence(
    environment: &Environment,
    definition: &BuildDefinition,
    dockerfile: &DockerfileDocument,
    reads: &[Read],
) -> Confidence {
    let path = &environment.documents.get(dockerfile.document).path;
    if is_fixture(path) {
        return Confidence::Low;
    }
    match definition.origin {
        Origin::Service { .. } | Origin::BakeTarget { .. } => return Confidence::High,
        // A command in a document or recipe is typed in a directory that is not always known.
        Origin::Command => return Confidence::Medium,
        Origin::Dockerfile => {}
    }
    let ContextSource::Inferred { directory, .. } = &definition.context else {
        return Confidence::Medium;
    };
    let context = BuildContext::new(environment.tree.as_ref(), directory.clone(), None);
    let named = reads.iter().filter_map(Read::path);
    let named: Vec<String> = named
        .filter(|path| !matches!(path.as_str(), "" | "*" | "**"))
        .collect();
    if !named.is_empty() {
        let is_found = |path: &&String| {
            let found = context.resolve_source(path);
            found.is_ok_and(|found| !found.matched.is_empty())
        };
        // Where most is not there, the context is put together by something that is not read.
        let found = named.iter().filter(is_found).count();
        return if found * 2 >= named.len() {
            Confidence::Medium
        } else {
            Confidence::Low
        };
    }
    let own = path.parent().unwrap_or_else(TreePath::root);
    let is_elsewhere = |name: &str| DOCKERFILE_DIRECTORIES.contains(&name.to_lowercase().as_str());
    if own == *directory && !is_elsewhere(own.file_name()) {
        Confidence::Medium
    } else {
        Confidence::Low
    }
}

/// Whether a path lies among what tests read.
pub(crate) fn is_fixture(path: &TreePath) -> bool {
    let is_resource = ["test/resources/", "tests/resources/"]
        .iter()
        .any(|resources| path.as_str().contains(resources));
    let is_named = |part: &str| FIXTURE_DIRECTORIES.contains(&part.to_lowercase().as_str());
    is_resource || path.parts().any(is_named)
}

/// The first place, for every context, that reads all of it; the surest of them.
pub(crate) fn whole<'r, 'a>(reads: &'r [Read<'a>], context: usize) -> Option<&'r Read<'a>> {
    reads
        .iter()
        .find(|read| read.context == context && read.is_whole())
}

/// What a context is called in a message.
pub(crate) fn name(context: &SharedContext) -> String {
    if context.directory.is_root() {
        "the build context at the root".to_owned()
    } else {
        format!("the build context `{}`", context.directory)
    }
}

/// The place that says which context it is, and what to say beside it; `None` when it is inferred.
pub(crate) fn declaration(read: &Read<'_>) -> Option<(Location, String)> {
    let definition = read.definition;
    if !definition.is_declared() {
        return None;
    }
    let value = definition.context_value.as_ref();
    let location = value.map_or(definition.location, |value| value.location);
    (location.span != Span::default()).then(|| (location, "the context is given here".to_owned()))
}

/// Adds another place to a finding about the same thing.
pub(crate) fn also(finding: &mut Finding, read: &Read<'_>, label: &str) {
    let location = read.location();
    let is_known = finding.location == location
        || finding
            .related
            .iter()
            .any(|related| related.location == location);
    if !is_known {
        finding.related.push(Related {
            location,
            label: label.to_owned(),
        });
    }
}

/// The read as a message quotes it.
pub(crate) fn quoted(read: &Read<'_>) -> String {
    match read.source.text.as_str() {
        "" => read.keyword.to_owned(),
        text => format!("{} {text}", read.keyword),
    }
}

/// Whether a context is over the budget.
pub(crate) fn is_over(measure: &Measure, settings: &ContextSettings) -> bool {
    measure.bytes > settings.max_megabytes.saturating_mul(1_000_000)
        || measure.files as u64 > settings.max_files
        || measure.truncated
}

/// The size of a context in words.
pub(crate) fn size(measure: &Measure) -> String {
    let more = if measure.truncated { "more than " } else { "" };
    format!(
        "{more}{} in {} files",
        megabytes(measure.bytes),
        measure.files
    )
}

/// The three largest entries of a context.
pub(crate) fn largest(measure: &Measure) -> Vec<String> {
    let tops = measure.largest.iter().take(3);
    tops.map(|(path, files, bytes)| match files {
        0 | 1 => format!("`{}` ({})", path.file_name(), megabytes(*bytes)),
        files => format!(
            "`{}` ({}, {files} files)",
            path.file_name(),
            megabytes(*bytes)
        ),
    })
    .collect()
}

/// Items of a list in a sentence.
pub(crate) fn list(items: &[String]) -> String {
    match items.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// Bytes as people write them.
pub(crate) fn megabytes(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
