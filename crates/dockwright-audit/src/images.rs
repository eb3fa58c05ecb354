//! Images and their builds, as rules compare them and speak of them.

use dockwright_environment::definition::{
    BuildDefinition, ContextSource, DefinitionId, DockerfileId, Origin,
};
use dockwright_environment::reference::{DEFAULT_DOMAIN, ImageReference};
use dockwright_environment::{Environment, Location, TreePath};

/// Places of one kind that a finding relates, at most.
pub(crate) const MANY: usize = 4;

/// Builds of one image or name that are compared with each other, at most.
pub(crate) const COMPARED: usize = 100;

/// Which image a definition builds, arguments and names apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Recipe<'a> {
    /// The Dockerfile.
    pub(crate) dockerfile: DockerfileId,
    /// The context.
    pub(crate) context: &'a TreePath,
    /// The stage.
    pub(crate) target: usize,
}

impl<'a> Recipe<'a> {
    /// What `definition` builds, if the repository says it all.
    pub(crate) fn of(environment: &Environment, definition: &'a BuildDefinition) -> Option<Self> {
        let ContextSource::Directory(context) = &definition.context else {
            return None;
        };
        Some(Self {
            dockerfile: definition.dockerfile_id()?,
            context,
            target: environment.build(definition.id)?.target?,
        })
    }
}

/// An argument with different values in two definitions of one Dockerfile.
pub(crate) struct Difference {
    /// The argument's name.
    pub(crate) argument: String,
    /// Its value in each of the two.
    pub(crate) values: [String; 2],
}

/// The first argument that two definitions of one Dockerfile are known to give different values,
/// each by itself or by the Dockerfile's default.
pub(crate) fn difference(
    environment: &Environment,
    a: &BuildDefinition,
    b: &BuildDefinition,
) -> Option<Difference> {
    let mut given = a.arguments.iter().chain(&b.arguments);
    given.find_map(|argument| {
        let name = argument.name.as_str();
        let values = [
            effective(environment, a, name)?,
            effective(environment, b, name)?,
        ];
        (values[0] != values[1]).then(|| Difference {
            argument: name.to_owned(),
            values,
        })
    })
}

/// The value that an argument has in a build, if its Dockerfile declares it and the value is known.
pub(crate) fn effective(
    environment: &Environment,
    definition: &BuildDefinition,
    name: &str,
) -> Option<String> {
    let build = environment.build(definition.id)?;
    let stages = build.stages.iter().flat_map(|stage| &stage.bindings);
    let mut bindings = build.globals.iter().chain(stages);
    let declared = bindings.find(|binding| binding.name == name)?;
    let given = definition
        .arguments
        .iter()
        .rev()
        .find(|argument| argument.name == name);
    let value = match given {
        Some(argument) => argument.value.as_ref(),
        None => declared.value.as_ref(),
    };
    value?.known().map(str::to_owned)
}

/// Whether a registry may have an image of this name: it has a registry or a namespace, or is an
/// official image.
pub(crate) fn is_pullable(reference: &ImageReference) -> bool {
    reference.domain != DEFAULT_DOMAIN
        || reference.familiar_name().contains('/')
        || reference.is_official()
}

/// Who builds, in a few words.
pub(crate) fn builder(definition: &BuildDefinition) -> String {
    let name = &definition.name;
    match definition.origin {
        Origin::Service { .. } => format!("the service `{name}`"),
        Origin::BakeTarget { .. } => format!("the bake target `{name}`"),
        Origin::Command => "this command".to_owned(),
        Origin::Dockerfile => "this Dockerfile".to_owned(),
    }
}

/// The known names that definitions give their images, with the definition.
pub(crate) fn tags_of<'a>(
    environment: &'a Environment,
    ids: &'a [DefinitionId],
) -> impl Iterator<
    Item = (
        &'a BuildDefinition,
        &'a dockwright_environment::definition::Tag,
        &'a ImageReference,
    ),
> {
    let definitions = ids.iter().filter_map(|id| environment.definition(*id));
    definitions.flat_map(|definition| {
        definition
            .references()
            .map(move |(tag, reference)| (definition, tag, reference))
    })
}

/// The words of a tag that tell variants of an image apart, as `alpine` in `alpine-7.0`; versions and
/// words for the state of a release do not.
pub(crate) fn variant(tag: &str) -> Vec<&str> {
    const STATES: &[&str] = &[
        "alpha", "beta", "ci", "dev", "edge", "final", "latest", "local", "main", "master",
        "nightly", "pre", "rc", "release", "snapshot", "stable", "test", "v",
    ];
    let words = tag.split(|letter: char| !letter.is_ascii_alphanumeric());
    let is_variant = |word: &&str| {
        let plain = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
        word.starts_with(|letter: char| letter.is_ascii_alphabetic()) && !STATES.contains(&plain)
    };
    words.filter(is_variant).collect()
}

/// Whether a place is in a document for people, where a command may be an example.
pub(crate) fn is_prose(environment: &Environment, location: Location) -> bool {
    let name = environment
        .documents
        .get(location.document)
        .path
        .file_name()
        .to_lowercase();
    [".md", ".mdx", ".rst", ".adoc", "readme"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// Whether a place is in a file that a test reads, and that may be wrong on purpose.
pub(crate) fn is_fixture(environment: &Environment, location: Location) -> bool {
    let path = &environment.documents.get(location.document).path;
    let is_fixture = |part: &str| {
        matches!(
            part,
            "fixture" | "fixtures" | "testdata" | "test-data" | "e2e"
        ) || part.starts_with("testfiles")
    };
    path.parts().any(is_fixture) || path.as_str().contains("test/resources/")
}

/// Whether a place is in a test, whose images are made as the test needs them.
pub(crate) fn is_test(environment: &Environment, location: Location) -> bool {
    let path = &environment.documents.get(location.document).path;
    let mut parts = path.parts();
    parts.any(|part| matches!(part, "test" | "tests" | "spec")) || is_fixture(environment, location)
}
