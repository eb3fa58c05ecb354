//! Bake files evaluated: what `docker buildx bake` would build when nothing is set in its
//! environment.
//!
//! Source of facts: the bake file reference, and what `docker buildx bake --print` answers.

mod blocks;
mod budget;
mod compose;
mod convert;
mod datum;
mod decode;
mod entries;
mod expression;
mod functions;
mod lookup;
mod resolve;
mod scope;
mod size;
mod target;
mod template;
mod types;

pub use compose::{compose_request, target_name};
pub use lookup::{DEFAULT_FILES, default_files};
pub use resolve::{evaluate, evaluate_with};

use crate::{DocumentId, Location, TreePath, Value};

/// The bake files that one invocation reads, as one.
#[derive(Clone, Debug)]
pub struct BakeProject {
    /// The bake files, in the order in which they are merged.
    pub files: Vec<DocumentId>,
    /// The Compose files that bake lays under them.
    pub compose_files: Vec<DocumentId>,
    /// The directory that bake runs in: every path is relative to it.
    pub directory: TreePath,
    /// Every target, those of a matrix one by one, with what it inherits merged in.
    pub targets: Vec<Target>,
    /// Every group, the ones that a matrix makes too.
    pub groups: Vec<Group>,
    /// Every variable.
    pub variables: Vec<BakeVariable>,
    /// What bake would refuse.
    pub problems: Vec<(Location, String)>,
    /// What bake passes over in silence, such as a misspelt attribute.
    pub ignored: Vec<(Location, String)>,
}

/// A target with everything it inherits.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name; of a matrix, the one that `name` gives.
    pub name: String,
    /// The name of the block, where it differs for the targets of a matrix.
    pub block: String,
    /// Where the block's name stands, in the first bake file that has it; the service's name when
    /// none has.
    pub location: Location,
    /// The Compose service that bake makes it of, or lays under its blocks.
    pub service: Option<ServiceOrigin>,
    /// Whether it is only there to be inherited, by its leading `_`.
    pub abstract_: bool,
    /// `description`
    pub description: Option<Value>,
    /// `context`; bake takes `.` when it is absent.
    pub context: Option<Value>,
    /// `dockerfile`; bake takes `Dockerfile` when it is absent or empty.
    pub dockerfile: Option<Value>,
    /// `dockerfile-inline`
    pub dockerfile_inline: Option<Value>,
    /// `target`: the stage.
    pub target: Option<Value>,
    /// `tags`
    pub tags: Vec<Value>,
    /// `args`
    pub args: Vec<BuildArgument>,
    /// `contexts`: named contexts.
    pub contexts: Vec<NamedContext>,
    /// `platforms`
    pub platforms: Vec<Value>,
    /// `labels`
    pub labels: Vec<BuildArgument>,
    /// `inherits`, of the target's own blocks.
    pub inherits: Vec<Value>,
    /// `annotations`
    pub annotations: Vec<Value>,
    /// `attest`, as on the command line.
    pub attest: Vec<Value>,
    /// `cache-from`, as on the command line.
    pub cache_from: Vec<Value>,
    /// `cache-to`, as on the command line.
    pub cache_to: Vec<Value>,
    /// `secret`, as on the command line.
    pub secret: Vec<Value>,
    /// `ssh`, as on the command line.
    pub ssh: Vec<Value>,
    /// `output`, as on the command line.
    pub output: Vec<Value>,
    /// `pull`: `true` or `false`.
    pub pull: Option<Value>,
    /// `no-cache`: `true` or `false`.
    pub no_cache: Option<Value>,
    /// `no-cache-filter`
    pub no_cache_filter: Vec<Value>,
    /// `network`
    pub network: Option<Value>,
    /// `shm-size`
    pub shm_size: Option<Value>,
    /// `ulimits`
    pub ulimits: Vec<Value>,
    /// `call`
    pub call: Option<Value>,
    /// `entitlements`
    pub entitlements: Vec<Value>,
    /// `extra-hosts`
    pub extra_hosts: Vec<BuildArgument>,
}

/// The Compose service behind a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceOrigin {
    /// Its name in the Compose file: dots are `_` in the target's.
    pub name: String,
    /// Where its name stands.
    pub location: Location,
    /// Where its `build` stands.
    pub build: Location,
}

/// A named value: a build argument, a label, a host.
#[derive(Clone, Debug)]
pub struct BuildArgument {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Where the name stands.
    pub location: Location,
}

/// A named context.
#[derive(Clone, Debug)]
pub struct NamedContext {
    /// The name that the Dockerfile uses.
    pub name: String,
    /// What it is.
    pub value: Value,
    /// Where the name stands.
    pub location: Location,
}

/// What a context is, by its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextKind<'a> {
    /// A directory relative to [`BakeProject::directory`].
    Path(&'a str),
    /// `target:name`: the result of another target.
    Target(&'a str),
    /// `docker-image://reference`
    Image(&'a str),
    /// `oci-layout://path[:tag][@digest]`
    OciLayout(&'a str),
    /// A git repository or an archive somewhere else.
    Remote(&'a str),
}

/// A group of targets.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Where it stands; of a matrix, where the target's name stands.
    pub location: Location,
    /// Targets and groups by their names.
    pub targets: Vec<Value>,
}

/// A variable of a bake file.
#[derive(Clone, Debug)]
pub struct BakeVariable {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub location: Location,
    /// The default as text (a list or object as JSON); absent when nothing gives it one.
    pub default: Option<Value>,
    /// `description`
    pub description: Option<Value>,
}

impl BakeProject {
    /// The target called `name`.
    pub fn target(&self, name: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.name == name)
    }

    /// The names of the targets that `name` builds: itself, or what a group holds, groups in it
    /// taken apart. A name that nothing defines is given back as it is.
    pub fn expand<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let mut targets = Vec::new();
        let mut pending = vec![name];
        let mut seen = Vec::new();
        while let Some(name) = pending.pop() {
            let group = self.groups.iter().find(|group| group.name == name);
            match group {
                Some(group) if !seen.contains(&name) => {
                    seen.push(name);
                    let members = group.targets.iter().rev();
                    pending.extend(members.map(|member| member.text.as_str()));
                }
                None if !targets.contains(&name) => targets.push(name),
                _ => {}
            }
        }
        targets
    }
}

impl Target {
    /// Whether it is a Compose service, and no bake file says anything of it.
    pub fn is_service(&self) -> bool {
        let service = self.service.as_ref();
        service.is_some_and(|service| service.location == self.location)
    }
}

impl<'a> ContextKind<'a> {
    /// Reads the text of a `context` or of an entry of `contexts`.
    pub fn of(text: &'a str) -> Self {
        if let Some(name) = text.strip_prefix("target:") {
            return Self::Target(name);
        }
        if let Some(image) = text.strip_prefix("docker-image:") {
            return Self::Image(image.strip_prefix("//").unwrap_or(image));
        }
        if let Some(layout) = text.strip_prefix("oci-layout://") {
            return Self::OciLayout(layout);
        }
        if let Some(path) = text.strip_prefix("cwd://") {
            return Self::Path(path);
        }
        let schemes = [
            "http://",
            "https://",
            "git://",
            "ssh://",
            "git@",
            "github.com/",
        ];
        if schemes.iter().any(|scheme| text.starts_with(scheme)) {
            return Self::Remote(text);
        }
        Self::Path(text)
    }
}
