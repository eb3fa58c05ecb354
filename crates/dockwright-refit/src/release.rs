//! What a bake file gives to every image, whatever the version will be.

use dockwright_build::publication::{Publication, Version, labels, tags};
use dockwright_environment::Environment;
use dockwright_settings::VersionSource;

use crate::hcl::{Part, Template, plain};
use crate::{Context, Refusal};

/// The version while nobody sets one.
const UNSET: &str = "dev";

/// What stands for the version in the tags of the settings.
const VERSION: &str = "{version}";

/// Labels that each commit changes.
const OF_COMMIT: [&str; 2] = ["revision", "created"];

/// The tags and labels that every image gets.
pub(crate) struct Release {
    /// The tags and labels while nobody sets a version.
    pub(crate) publication: Publication,
    /// The variable that holds the version, and what it is while nobody sets it.
    pub(crate) variable: Option<(String, String)>,
    /// The tags that have the version in them.
    tags: Vec<(String, Template)>,
}

impl Release {
    /// What the settings ask for. `default` is the default that the repository gives to a variable,
    /// if it gives only one.
    pub(crate) fn of(
        cx: Context<'_>,
        default: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Refusal> {
        let settings = &cx.settings.build;
        let variable = match &settings.version {
            Some(VersionSource::Env(name)) => Some(name.clone()),
            Some(VersionSource::File(_) | VersionSource::Manifest(_)) => Some("VERSION".to_owned()),
            Some(VersionSource::Git) | None => {
                let described = cx.revision.and_then(|it| it.description.as_ref());
                described.map(|_| "VERSION".to_owned())
            }
        };
        let variable = variable.map(|name| match default(&name) {
            Some(default) => (name, default),
            None if is_used(cx.environment, &name) => (format!("IMAGE_{name}"), UNSET.to_owned()),
            None => (name, UNSET.to_owned()),
        });
        let version = variable
            .as_ref()
            .and_then(|(_, version)| Version::parse(version));
        let given = tags(&settings.tags, version.as_ref());
        let given = given.map_err(|error| Refusal::new(error.message, error.hint))?;
        let mut told = labels(cx.revision, version.as_ref());
        told.retain(|name, _| {
            settings.labels && !OF_COMMIT.iter().any(|it| name.ends_with(&format!(".{it}")))
        });
        let templates = variable.iter().flat_map(|(name, default)| {
            let written = settings.tags.iter().filter(|tag| tag.contains(VERSION));
            written.map(move |tag| (tag.replace(VERSION, default), template(tag, name)))
        });
        Ok(Self {
            tags: templates.collect(),
            publication: Publication {
                tags: given,
                labels: told,
                ..Publication::default()
            },
            variable,
        })
    }

    /// A name of an image that has its tag from here.
    pub(crate) fn tag(&self, text: &str) -> Option<Template> {
        self.tags.iter().find_map(|(tag, template)| {
            let image = text.strip_suffix(tag.as_str())?;
            let image = image.strip_suffix(':').map(|_| image)?;
            let mut parts = plain(image);
            parts.extend(template.iter().cloned());
            Some(parts)
        })
    }

    /// The value of a label, where it is the version.
    pub(crate) fn label(&self, name: &str, text: &str) -> Option<Template> {
        let (variable, version) = self.variable.as_ref()?;
        let is_version = name.ends_with(".version") && text == version;
        let is_given = self.publication.labels.contains_key(name);
        (is_version && is_given).then(|| vec![Part::Variable(variable.clone())])
    }
}

/// A tag of the settings as a template.
fn template(tag: &str, variable: &str) -> Template {
    let mut parts = Template::new();
    for (index, text) in tag.split(VERSION).enumerate() {
        if index > 0 {
            parts.push(Part::Variable(variable.to_owned()));
        }
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
    }
    parts
}

/// Whether the files that say how images are built speak of a variable.
fn is_used(environment: &Environment, name: &str) -> bool {
    environment.definitions.iter().any(|definition| {
        let tags = definition.tags.iter().map(|tag| &tag.value);
        let given = definition.arguments.iter();
        let mut values = tags.chain(given.filter_map(|argument| argument.value.as_ref()));
        values.any(|value| value.variables.iter().any(|variable| variable.name == name))
    })
}
