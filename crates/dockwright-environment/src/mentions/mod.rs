//! What commands and documents name, and what that leads to.
//!
//! A mention is the name of a file, directory, service, profile, stage, bake target or volume
//! somewhere outside of the file that defines it.

mod bake;
mod build;
mod compose;
mod definitions;
mod run;

use crate::commands::{Directory, Form, Invocation, Voice, shown};
use crate::{Environment, Location, Tree, TreePath, Value};

/// Something that is named.
#[derive(Clone, Debug)]
pub struct Mention {
    /// Where the name stands.
    pub location: Location,
    /// The name as it is understood, variables put in.
    pub text: String,
    /// What kind of thing it names.
    pub named: Named,
    /// Whether there is such a thing.
    pub resolution: Resolution,
    /// What a path is relative to; nowhere for other names.
    pub from: Directory,
    /// Who speaks.
    pub voice: Voice,
    /// How it is written.
    pub form: Form,
}

/// What a [`Mention`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A file or directory.
    Path {
        /// What it is for.
        role: PathRole,
        /// What the path leads to, once for each directory that it may be relative to.
        paths: Vec<TreePath>,
    },
    /// A Compose service.
    Service,
    /// A Compose profile.
    Profile,
    /// A stage of a Dockerfile.
    Stage,
    /// A target or group of a bake file.
    BakeTarget,
}

/// What a path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathRole {
    /// The Dockerfile of a build.
    Dockerfile,
    /// The context of a build, or a named one.
    BuildContext,
    /// A Compose file.
    ComposeFile,
    /// A bake file.
    BakeFile,
    /// A file of environment variables.
    EnvFile,
    /// A secret of a build.
    Secret,
    /// The source of a bind mount.
    Mount,
    /// A script or program that is run.
    Script,
    /// A file that a linter is given.
    Checked,
    /// A makefile.
    Makefile,
    /// A directory in which a command is run.
    WorkingDirectory,
    /// An action of this repository.
    Action,
    /// A file that a document links to.
    Link,
    /// A file in the drawing of a directory tree.
    Listing,
    /// A file that a setting names.
    Setting,
    /// A file that prose names.
    Prose,
}

impl PathRole {
    /// What it is called, with its article.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Dockerfile => "the Dockerfile",
            Self::BuildContext => "the build context",
            Self::ComposeFile => "the Compose file",
            Self::BakeFile => "the bake file",
            Self::EnvFile => "the environment file",
            Self::Secret => "the secret file",
            Self::Mount => "the bind mount's source",
            Self::Script => "the script",
            Self::Checked => "the file to check",
            Self::Makefile => "the makefile",
            Self::WorkingDirectory => "the working directory",
            Self::Action => "the action",
            Self::Link => "the linked file",
            Self::Listing => "the listed path",
            Self::Setting | Self::Prose => "the path",
        }
    }

    /// Whether it is a directory.
    pub fn is_directory(self) -> bool {
        matches!(
            self,
            Self::BuildContext | Self::WorkingDirectory | Self::Action
        )
    }
}

/// Whether there is what a [`Mention`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// There is.
    Found,
    /// There is not; but these are there.
    Missing(Vec<String>),
    /// It cannot be told: a variable without a value, or a file that cannot be read.
    Unknown,
}

/// What the commands and definitions of an environment name, beside what documents were found to.
pub(crate) fn all(environment: &Environment) -> Vec<Mention> {
    let mut mentions = environment.mentions.clone();
    definitions::stages(environment, &mut mentions);
    for invocation in &environment.invocations {
        let mut names = Names {
            environment,
            invocation,
            mentions: &mut mentions,
        };
        build::names(&mut names);
        compose::names(&mut names);
        bake::names(&mut names);
        run::names(&mut names);
    }
    mentions
}

/// The names in one command.
struct Names<'a> {
    environment: &'a Environment,
    invocation: &'a Invocation,
    mentions: &'a mut Vec<Mention>,
}

impl Names<'_> {
    fn add(&mut self, value: &Value, named: Named, resolution: Resolution) {
        self.mentions.push(Mention {
            location: value.location,
            text: shown(&value.text).to_owned(),
            named,
            resolution,
            from: Directory::unknown(),
            voice: self.invocation.voice,
            form: self.invocation.form,
        });
    }

    /// A path of the machine that the command runs on.
    fn path(&mut self, value: &Value, role: PathRole) {
        let tree = self.environment.tree.as_ref();
        if let Some(mut mention) = path(tree, &self.invocation.directory, value, role) {
            mention.voice = self.invocation.voice;
            mention.form = self.invocation.form;
            self.mentions.push(mention);
        }
    }

    /// A name among others.
    fn name(&mut self, value: &Value, named: Named, known: Option<Vec<String>>) {
        let resolution = match (value.known(), known) {
            (Some(name), Some(known)) if is_plain(name) => {
                // Stages are named in any case.
                let is_stage = named == Named::Stage;
                let is = |own: &String| own == name || is_stage && own.eq_ignore_ascii_case(name);
                if known.iter().any(is) {
                    Resolution::Found
                } else {
                    Resolution::Missing(known)
                }
            }
            _ => Resolution::Unknown,
        };
        self.add(value, named, resolution);
    }
}

/// The mention of a path; `None` when it can be no path of the repository.
pub(crate) fn path(
    tree: &dyn Tree,
    directory: &Directory,
    value: &Value,
    role: PathRole,
) -> Option<Mention> {
    let text = value.known().filter(|text| is_path(text))?;
    let paths = directory.resolve(text);
    let is_there = |path: &TreePath| path.is_root() || tree.entry(path).is_some();
    let resolution = if paths.is_empty() {
        Resolution::Unknown
    } else if paths.iter().any(is_there) {
        Resolution::Found
    } else {
        Resolution::Missing(Vec::new())
    };
    Some(Mention {
        location: value.location,
        text: shown(text).to_owned(),
        named: Named::Path { role, paths },
        resolution,
        from: directory.base_of(text),
        voice: Voice::Program,
        form: Form::Shell,
    })
}

/// Whether a text can be a path of the repository: no URL, no pattern, no placeholder.
pub(crate) fn is_path(text: &str) -> bool {
    let is_remote = text.contains("://") || text.starts_with("git@");
    let is_outside = text.starts_with(['/', '~', '-']);
    let odd = [
        '*', '?', '<', '>', '{', '}', '|', '\\', '$', '`', '"', '\'', '(', ')', ',', ':', '…',
    ];
    let is_placeholder = text.contains("path/to") || text.contains("...") || text.contains("YOUR");
    !(text.is_empty() || is_remote || is_outside || is_placeholder || text.contains(odd))
}

/// Whether a name is one, and no placeholder.
fn is_plain(name: &str) -> bool {
    let plain = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
    name.starts_with(char::is_alphanumeric) && name.chars().all(plain)
}
