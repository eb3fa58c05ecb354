//! A Compose project.

use dockwright_syntax::Text;

use crate::{DocumentId, Location, TreePath, Value};

use super::node::{Name, Node};
use super::problem::Problem;

/// What `docker compose` would make of some files when nothing is set in its environment.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its name; its location is the first file when no file gives it. Absent when it comes from
    /// the name of the tree's own directory.
    pub name: Option<Value>,
    /// The files that it was asked for with, the later laid over the earlier.
    pub asked_for: Vec<TreePath>,
    /// The YAML files that take part, in the order they were read: those asked for, and those
    /// that they include and extend.
    pub files: Vec<DocumentId>,
    /// The project directory.
    pub directory: TreePath,
    /// The services, those of profiles too.
    pub services: Vec<Service>,
    /// The named volumes.
    pub volumes: Vec<Resource>,
    /// The networks that are declared.
    pub networks: Vec<Resource>,
    /// The configs.
    pub configs: Vec<Resource>,
    /// The secrets.
    pub secrets: Vec<Resource>,
    /// The models.
    pub models: Vec<Resource>,
    /// What Compose would refuse. What is not valid YAML is a problem of its document instead.
    pub problems: Vec<Problem>,
    /// The merged tree in long forms, for what has no field here.
    pub node: Option<Node>,
}

impl Project {
    /// The service with this name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services
            .iter()
            .find(|service| &*service.name.text == name)
    }
}

/// A service. Fields without a description hold what the Compose specification says of the key.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name, where the last file that has it says it.
    pub name: Name,
    /// The image it runs, or is tagged with when it is built.
    pub image: Option<Value>,
    /// How its image is built.
    pub build: Option<Build>,
    /// What `extends` named, before it was followed.
    pub extends: Option<Extends>,
    /// The profiles that enable it; always enabled without.
    pub profiles: Vec<Value>,
    /// What `environment` sets, without the environment files; each name once.
    pub environment: Vec<EnvironmentEntry>,
    /// The environment files, a later one going before an earlier one.
    pub env_files: Vec<EnvFile>,
    /// The mounts.
    pub volumes: Vec<Mount>,
    /// `PATH[:OPTIONS]`
    pub tmpfs: Vec<Value>,
    /// The published ports, ranges taken apart.
    pub ports: Vec<Port>,
    /// `expose`
    pub expose: Vec<Value>,
    /// What replaces the image's entrypoint.
    pub entrypoint: Option<CommandLine>,
    /// What replaces the image's command.
    pub command: Option<CommandLine>,
    /// `user`
    pub user: Option<Value>,
    /// `working_dir`
    pub working_dir: Option<Value>,
    /// `healthcheck`
    pub healthcheck: Option<Healthcheck>,
    /// The services it waits for.
    pub depends_on: Vec<Dependency>,
    /// `restart`
    pub restart: Option<Value>,
    /// `pull_policy`
    pub pull_policy: Option<Value>,
    /// `platform`
    pub platform: Option<Value>,
    /// `container_name`
    pub container_name: Option<Value>,
    /// `network_mode`
    pub network_mode: Option<Value>,
    /// The networks it joins; the default one when there is none and no `network_mode`.
    pub networks: Vec<Name>,
    /// `privileged`, when it is true.
    pub privileged: Option<Value>,
    /// The labels, without those of label files; each name once.
    pub labels: Vec<Pair>,
    /// `configs`
    pub configs: Vec<FileMount>,
    /// `secrets`
    pub secrets: Vec<FileMount>,
    /// The rules of `develop.watch`.
    pub watch: Vec<Watch>,
    /// The merged tree in long forms, for any other key.
    pub node: Node,
}

/// What a service's `extends` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extends {
    /// The service.
    pub service: Value,
    /// Its file, relative to `directory`; the same file when absent.
    pub file: Option<Value>,
    /// What `file` is relative to.
    pub directory: TreePath,
}

/// How an image is built.
#[derive(Clone, Debug)]
pub struct Build {
    /// Where the last file that has it says it.
    pub location: Location,
    /// A directory, a URL, or something with a scheme; `.` when absent.
    pub context: Option<Value>,
    /// What a relative `context` is relative to.
    pub context_directory: TreePath,
    /// The Dockerfile, relative to the context; `Dockerfile` when absent.
    pub dockerfile: Option<Value>,
    /// A Dockerfile that stands in the Compose file, after interpolation, and its location.
    pub dockerfile_inline: Option<(Text, Location)>,
    /// The stage to build.
    pub target: Option<Value>,
    /// The build arguments; each name once.
    pub args: Vec<Argument>,
    /// The named contexts.
    pub additional_contexts: Vec<AdditionalContext>,
    /// Further names of the image.
    pub tags: Vec<Value>,
    /// `platforms`
    pub platforms: Vec<Value>,
    /// The secrets of the build.
    pub secrets: Vec<FileMount>,
    /// Names of agents, and their sockets or keys.
    pub ssh: Vec<Pair>,
    /// `cache_from`
    pub cache_from: Vec<Value>,
    /// `cache_to`
    pub cache_to: Vec<Value>,
    /// `no_cache`
    pub no_cache: Option<Value>,
    /// `pull`
    pub pull: Option<Value>,
    /// `network`
    pub network: Option<Value>,
    /// The labels of the image.
    pub labels: Vec<Pair>,
    /// The merged tree in long forms, for any other key.
    pub node: Node,
}

/// A named build context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdditionalContext {
    /// Its name.
    pub name: Name,
    /// A directory, `service:NAME`, a URL, or something with a scheme.
    pub value: Value,
    /// What a relative path is relative to.
    pub directory: TreePath,
}

/// A name and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The name.
    pub name: Name,
    /// The value; absent when only the name is given.
    pub value: Option<Value>,
    /// Name and value together.
    pub location: Location,
}

/// A variable of a service's environment. Without a value it is taken from the caller.
pub type EnvironmentEntry = Pair;

/// A build argument. Without a value it is taken from the caller.
pub type Argument = Pair;

/// An environment file of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFile {
    /// The path, relative to `directory`.
    pub path: Value,
    /// What a relative path is relative to.
    pub directory: TreePath,
    /// Whether Compose refuses to go on without it.
    pub required: bool,
    /// What it sets; absent when it is not in the tree.
    pub variables: Option<Vec<EnvironmentEntry>>,
}

impl Service {
    /// The environment with that of the environment files: what `environment` sets goes first,
    /// then a later file before an earlier one. Each name once.
    pub fn effective_environment(&self) -> Vec<&EnvironmentEntry> {
        let mut seen = std::collections::HashSet::new();
        let files = self.env_files.iter().rev();
        let files = files.flat_map(|file| file.variables.iter().flatten().rev());
        self.environment
            .iter()
            .chain(files)
            .filter(|entry| seen.insert(&*entry.name.text))
            .collect()
    }
}

/// Something mounted into a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Mount {
    /// Where it is written.
    pub location: Location,
    /// What is mounted.
    pub kind: MountKind,
    /// A path of the host for a bind, the name of a volume; absent for an unnamed volume.
    pub source: Option<Value>,
    /// What a relative source is relative to.
    pub directory: TreePath,
    /// Where it is mounted.
    pub target: Option<Value>,
    /// Whether the service cannot write to it.
    pub read_only: bool,
    /// The merged tree in its long form, for any other option.
    pub node: Node,
}

/// What a [`Mount`] mounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountKind {
    /// A path of the host.
    Bind,
    /// A volume.
    Volume,
    /// Memory.
    Tmpfs,
    /// An image.
    Image,
    /// A named pipe of Windows.
    NamedPipe,
    /// A cluster volume.
    Cluster,
}

/// A published port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Where it is written.
    pub location: Location,
    /// The address it is bound to; every one when absent.
    pub host_ip: Option<Value>,
    /// The port of the host, or a range of which one is taken; any free one when absent.
    pub published: Option<Value>,
    /// The port in the container.
    pub target: Value,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
}

/// A command of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// Where it is written.
    pub location: Location,
    /// How it is written.
    pub form: CommandForm,
    /// Its words. An empty command empties that of the image.
    pub words: Vec<Value>,
}

/// How a command is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandForm {
    /// As one text, which Compose cuts into words without a shell.
    Text(Value),
    /// As a list of words.
    List,
}

/// How the health of a service is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Healthcheck {
    /// Where it is written.
    pub location: Location,
    /// The test; that of the image when absent.
    pub test: Option<HealthcheckTest>,
    /// Whether the image's check is switched off.
    pub disable: bool,
    /// The merged tree, for intervals and times.
    pub node: Node,
}

/// The test of a [`Healthcheck`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HealthcheckTest {
    /// None.
    None(Location),
    /// A command for the container's shell.
    Shell(Value),
    /// Words to run.
    Exec(Vec<Value>),
}

/// A service that another waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The service.
    pub name: Name,
    /// Whether every variable in it has a value.
    pub is_known: bool,
    /// `service_started`, `service_healthy` or `service_completed_successfully`.
    pub condition: String,
    /// Whether it may be missing.
    pub required: bool,
}

/// A config or secret given to a service or a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMount {
    /// Where it is written.
    pub location: Location,
    /// Its name in the project.
    pub source: Value,
    /// Its path in the container, or its id in the build.
    pub target: Option<Value>,
}

/// A rule of `develop.watch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Where it is written.
    pub location: Location,
    /// The path watched.
    pub path: Value,
    /// What `path` is relative to.
    pub directory: TreePath,
    /// What is done.
    pub action: Option<Value>,
    /// Where changed files go.
    pub target: Option<Value>,
    /// What is not watched.
    pub ignore: Vec<Value>,
}

/// A named volume, network, config, secret or model.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its name in the project.
    pub name: Name,
    /// Whether it exists outside of the project.
    pub external: bool,
    /// Its name outside; made from the project's when absent.
    pub real_name: Option<Value>,
    /// The file of a config or secret.
    pub file: Option<Value>,
    /// What a relative `file` is relative to.
    pub directory: TreePath,
    /// The merged tree, for any other key.
    pub node: Node,
}
