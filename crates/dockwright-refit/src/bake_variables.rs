//! Which texts of a plan depend on a variable, and how that is said in HCL.

use std::collections::{BTreeMap, BTreeSet};

use dockwright_build::plan::Target;
use dockwright_environment::definition::BuildDefinition;
use dockwright_environment::image_use::User;
use dockwright_environment::{Environment, Value, Variable, VariableSource};

use crate::hcl::{Expression, Part, Template, plain};
use crate::release::Release;

/// The variables that a bake file can take over from the files that a plan is made from.
pub(crate) struct Variables<'a> {
    environment: &'a Environment,
    /// What each is when the caller does not set it; nothing where the build argument is then not
    /// given.
    pub(crate) defaults: BTreeMap<String, Option<String>>,
    /// Those whose values come from a file that git ignores: they may be secret.
    pub(crate) withheld: BTreeSet<String>,
    /// What every image gets.
    release: Option<Release>,
}

impl<'a> Variables<'a> {
    /// The variables in the names and arguments of targets. One that has two defaults is none: its
    /// values are written out.
    pub(crate) fn of(environment: &'a Environment, targets: &[Target]) -> Self {
        let mut found: BTreeMap<&str, BTreeSet<Option<&str>>> = BTreeMap::new();
        let mut from_file = BTreeSet::new();
        for definition in targets
            .iter()
            .flat_map(|target| definitions(environment, target))
        {
            let names = definition.tags.iter().map(|tag| &tag.value);
            let given = definition.arguments.iter();
            let given = given.filter_map(|argument| argument.value.as_ref());
            for variable in names.chain(given).flat_map(|value| &value.variables) {
                if variable.source == VariableSource::File {
                    from_file.insert(variable.name.as_str());
                }
                let defaults = found.entry(&variable.name).or_default();
                defaults.insert(Some(unset(variable)));
            }
            for argument in definition.arguments.iter().filter(|it| it.value.is_none()) {
                found.entry(&argument.name).or_default().insert(None);
            }
        }
        let mut defaults = BTreeMap::new();
        for (name, values) in found {
            let mut values = values.into_iter();
            if let (Some(value), None, true) = (values.next(), values.next(), is_name(name)) {
                defaults.insert(name.to_owned(), value.map(str::to_owned));
            }
        }
        let is_withheld = has_ignored_file(environment);
        let withheld = from_file.into_iter().filter(|_| is_withheld);
        Self {
            environment,
            defaults,
            withheld: withheld.map(str::to_owned).collect(),
            release: None,
        }
    }

    /// The default of a variable, where there is one.
    pub(crate) fn default(&self, name: &str) -> Option<String> {
        self.defaults.get(name).cloned().flatten()
    }

    /// With the variable that holds the version of every image.
    pub(crate) fn with_release(mut self, release: Release) -> Self {
        if let Some((name, default)) = &release.variable {
            self.defaults.insert(name.clone(), Some(default.clone()));
        }
        self.release = Some(release);
        self
    }

    /// A name of a target's image.
    pub(crate) fn tag(&self, target: &Target, text: &str) -> Template {
        let definitions = definitions(self.environment, target);
        let mut tags = definitions.flat_map(|definition| &definition.tags);
        let tag = tags.find(|tag| tag.value.text == text);
        let template = match (tag, &self.release) {
            (Some(tag), _) => self.template(&tag.value),
            (None, Some(release)) => release.tag(text),
            (None, None) => None,
        };
        template.unwrap_or_else(|| plain(text))
    }

    /// The value of a label.
    pub(crate) fn label(&self, name: &str, text: &str) -> Template {
        let release = self.release.as_ref();
        let template = release.and_then(|release| release.label(name, text));
        template.unwrap_or_else(|| plain(text))
    }

    /// A build argument of a target.
    pub(crate) fn argument(&self, target: &Target, name: &str, text: &str) -> Template {
        let value = self.argument_value(target, name, text);
        let template = value.and_then(|value| self.template(value));
        template.unwrap_or_else(|| plain(text))
    }

    /// Whether the value of a build argument may be secret, and no variable can stand for it.
    pub(crate) fn is_secret(&self, target: &Target, name: &str, text: &str) -> bool {
        let Some(value) = self.argument_value(target, name, text) else {
            return false;
        };
        let mut variables = value.variables.iter();
        variables.any(|it| self.withheld.contains(&it.name)) && self.template(value).is_none()
    }

    fn argument_value(&self, target: &Target, name: &str, text: &str) -> Option<&'a Value> {
        let definitions = definitions(self.environment, target);
        let mut arguments = definitions.flat_map(|definition| &definition.arguments);
        arguments.find_map(|argument| {
            let value = argument.value.as_ref()?;
            (argument.name == name && value.text == text).then_some(value)
        })
    }

    /// The build arguments of a target that the caller gives, if it wants to.
    pub(crate) fn left_to_caller(&self, target: &Target) -> Vec<String> {
        let first = definitions(self.environment, target).next();
        let given = first.map_or(&[][..], |definition| &definition.arguments);
        let left = given.iter().filter(|argument| {
            let name = &argument.name;
            argument.value.is_none()
                && !target.bake.args.contains_key(name)
                && self.defaults.get(name) == Some(&None)
                && self.declares(target, name)
        });
        left.map(|argument| argument.name.clone()).collect()
    }

    /// The name of a named context that stands for an image: where the Dockerfile has it from a
    /// build argument that depends on a variable, so does the name.
    pub(crate) fn context(
        &self,
        target: &Target,
        name: &str,
        arguments: &[(Template, Expression)],
    ) -> Template {
        let argument = |name: &str| {
            let key = plain(name);
            let given = arguments.iter().find(|(known, _)| *known == key)?;
            match &given.1 {
                Expression::Template(parts) => Some(parts.clone()),
                Expression::Variable(name) if matches!(self.defaults.get(name), Some(Some(_))) => {
                    Some(vec![Part::Variable(name.clone())])
                }
                _ => None,
            }
        };
        let named = self.environment.uses.iter().find(|image_use| {
            let definition = match image_use.user {
                User::Stage { stage, .. } => stage.definition,
                _ => return false,
            };
            image_use.value.text == name && target.definitions.contains(&definition)
        });
        let parts = named.and_then(|image_use| {
            let parts = split(self.environment, &image_use.value)?;
            let mut template = Vec::new();
            for part in parts {
                match part {
                    Part::Variable(name) => match argument(&name) {
                        Some(parts) => template.extend(parts),
                        None => template.extend(plain(value_of(&image_use.value, &name)?)),
                    },
                    text @ Part::Text(_) => template.push(text),
                }
            }
            Some(template)
        });
        let has_variable =
            |parts: &Template| parts.iter().any(|it| matches!(it, Part::Variable(_)));
        parts.filter(has_variable).unwrap_or_else(|| plain(name))
    }

    /// A value with its variables, if all of them can be taken over.
    fn template(&self, value: &Value) -> Option<Template> {
        let mut variables = value.variables.iter();
        if variables.any(|variable| variable.source == VariableSource::Fixed) {
            return None;
        }
        let parts = split(self.environment, value)?;
        let is_taken_over = |name: &String| matches!(self.defaults.get(name), Some(Some(_)));
        let mut variables = parts.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name),
            Part::Text(_) => None,
        });
        variables.all(is_taken_over).then_some(parts)
    }

    /// Whether the Dockerfile of a target declares a build argument.
    fn declares(&self, target: &Target, name: &str) -> bool {
        let mut builds = target.definitions.iter();
        builds.any(|id| {
            let Some(build) = self.environment.build(*id) else {
                return false;
            };
            let stages = build.stages.iter().flat_map(|stage| stage.bindings.iter());
            let mut bindings = build.globals.iter().chain(stages);
            bindings.any(|binding| binding.name == name)
        })
    }
}

fn definitions<'a>(
    environment: &'a Environment,
    target: &Target,
) -> impl Iterator<Item = &'a BuildDefinition> {
    let ids = target.definitions.iter();
    ids.filter_map(|id| environment.definition(*id))
}

/// What a variable is when the caller does not set it: Compose takes an unset one for empty.
fn unset(variable: &Variable) -> &str {
    variable.value.as_deref().unwrap_or_default()
}

fn value_of<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    let variable = value.variables.iter().find(|it| it.name == name)?;
    variable.value.as_deref()
}

/// Whether a variable of this name can be declared, and is not one of bake's own.
fn is_name(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && name.chars().all(is_letter)
        && !name.starts_with("BAKE_")
}

/// Whether there is an environment file that git ignores.
fn has_ignored_file(environment: &Environment) -> bool {
    let mut entries = environment.tree.entries().iter();
    entries.any(|entry| entry.ignored && entry.path.file_name().starts_with(".env"))
}

/// A value as its file has it: text and variables in turn. Nothing when it is not put together in
/// so simple a way that this gives the same text.
fn split(environment: &Environment, value: &Value) -> Option<Template> {
    if value.is_literal() {
        return None;
    }
    let written = environment.documents.text(value.location).trim();
    let quotes = ['"', '\''];
    let unquoted = quotes.iter().find_map(|quote| {
        let inner = written.strip_prefix(*quote)?;
        inner.strip_suffix(*quote)
    });
    let mut rest = unquoted.unwrap_or(written);
    let mut parts: Template = Vec::new();
    let mut text = String::new();
    while let Some((before, behind)) = rest.split_once('$') {
        let (name, behind) = variable(behind)?;
        parts.extend(
            Some(before)
                .filter(|it| !it.is_empty())
                .map(|it| Part::Text(it.to_owned())),
        );
        text.push_str(before);
        let known = value.variables.iter().find(|it| it.name == name)?;
        text.push_str(known.value.as_deref().unwrap_or_default());
        parts.push(Part::Variable(name.to_owned()));
        rest = behind;
    }
    text.push_str(rest);
    parts.extend(
        Some(rest)
            .filter(|it| !it.is_empty())
            .map(|it| Part::Text(it.to_owned())),
    );
    (text == value.text).then_some(parts)
}

/// The name of a variable that stands behind a `$`, and what follows: `NAME`, `{NAME}`,
/// `{NAME:-default}`, `(NAME)`.
fn variable(text: &str) -> Option<(&str, &str)> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let name_of = |text: &str| text.find(|letter| !is_letter(letter)).unwrap_or(text.len());
    let (inner, behind) = match text.chars().next()? {
        '{' => text.strip_prefix('{')?.split_once('}')?,
        '(' => text.strip_prefix('(')?.split_once(')')?,
        _ => text.split_at(name_of(text)),
    };
    let (name, modifier) = inner.split_at(name_of(inner));
    let has_default = ["-", ":-", "?", ":?"]
        .iter()
        .any(|it| modifier.starts_with(it));
    let is_plain = modifier.is_empty() || has_default;
    (!name.is_empty() && is_plain && !modifier.contains('$')).then_some((name, behind))
}
