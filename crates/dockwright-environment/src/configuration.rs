//! The effective configuration of a stage: what `docker inspect` would say of its image, as far
//! as the repository itself determines it.

use dockwright_syntax::Text;
use dockwright_syntax::dockerfile::{Command, Instruction, InstructionKind};
use dockwright_syntax::ignore::filepath;

use crate::build::{Base, BindingKind, StageId};
use crate::fold::Link;
use crate::{Environment, Location, Value};

/// The effective configuration at the end of a stage.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// What the chain of bases ends in.
    pub root: Root,
    /// `ENV`, in the order the names are first set; each with its last value.
    pub environment: Vec<(String, Value)>,
    /// `USER`.
    pub user: Option<Value>,
    /// `WORKDIR`, relative ones joined; absolute unless the base decides.
    pub working_directory: Option<Value>,
    /// `ENTRYPOINT`.
    pub entrypoint: Option<CommandValue>,
    /// `CMD`.
    pub command: Option<CommandValue>,
    /// `EXPOSE`, in order, each once.
    pub ports: Vec<Value>,
    /// `VOLUME`, in order, each once.
    pub volumes: Vec<Value>,
    /// `LABEL`, in the order the names are first set; each with its last value.
    pub labels: Vec<(String, Value)>,
    /// `SHELL`.
    pub shell: Option<Vec<String>>,
    /// `STOPSIGNAL`.
    pub stop_signal: Option<Value>,
    /// `HEALTHCHECK`: `Some(None)` when it is switched off.
    pub healthcheck: Option<Option<CommandValue>>,
}

/// What a chain of bases ends in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Root {
    /// `scratch`: the configuration is complete.
    Scratch,
    /// An image from elsewhere, which may set more.
    External(String),
    /// Not known.
    #[default]
    Unknown,
}

impl Configuration {
    /// The words that a container starts with: those of the entrypoint, and behind them the command's.
    pub fn command_line(self) -> Vec<String> {
        let commands = [self.entrypoint, self.command];
        commands
            .into_iter()
            .flatten()
            .flat_map(|it| it.words)
            .collect()
    }
}

/// A command as `CMD`, `ENTRYPOINT` or a health check gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandValue {
    /// The words; the shell's own words first for the shell form.
    pub words: Vec<String>,
    /// Whether a shell runs it.
    pub shell: bool,
    /// Where it is said.
    pub location: Location,
}

/// The shell of the shell form when no `SHELL` says otherwise.
const DEFAULT_SHELL: [&str; 2] = ["/bin/sh", "-c"];

impl Environment {
    /// The effective configuration at the end of a stage, folded through `FROM`.
    pub fn configuration(&self, id: StageId) -> Configuration {
        let mut stages = Vec::new();
        let mut configuration = Configuration::default();
        for link in self.chain(id) {
            match link {
                Link::Stage(id, stage) => {
                    if let Base::External(reference) = &stage.base {
                        configuration.root = Root::External(reference.to_string());
                    }
                    stages.push(id);
                }
                Link::Scratch => configuration.root = Root::Scratch,
                Link::Unknown => {}
            }
        }
        for id in stages.into_iter().rev() {
            self.apply_stage(&mut configuration, id);
        }
        configuration
    }

    fn apply_stage(&self, configuration: &mut Configuration, id: StageId) {
        let Some(stage) = self.stage(id) else {
            return;
        };
        for binding in &stage.bindings {
            if let (BindingKind::Environment, Some(value)) = (binding.kind, &binding.value) {
                set(&mut configuration.environment, &binding.name, value.clone());
            }
        }
        let mut command_is_own = false;
        for (index, instruction) in self.stage_instructions(id) {
            self.apply(configuration, id, index, instruction, &mut command_is_own);
        }
    }

    fn apply(
        &self,
        configuration: &mut Configuration,
        id: StageId,
        index: usize,
        instruction: &Instruction,
        command_is_own: &mut bool,
    ) {
        let expand = |text: &Text| self.expand(id, index, text);
        match &instruction.kind {
            InstructionKind::User(user) => configuration.user = Some(expand(user)),
            InstructionKind::Workdir(path) => {
                let value = expand(path);
                configuration.working_directory = Some(join_directory(
                    configuration.working_directory.as_ref(),
                    value,
                ));
            }
            InstructionKind::Entrypoint(command) => {
                configuration.entrypoint = Some(self.command(configuration, id, command));
                // An inherited CMD was meant for the inherited entrypoint.
                if !*command_is_own {
                    configuration.command = None;
                }
            }
            InstructionKind::Cmd(command) => {
                configuration.command = Some(self.command(configuration, id, command));
                *command_is_own = true;
            }
            InstructionKind::Expose(ports) => {
                for port in ports {
                    add(&mut configuration.ports, expand(port));
                }
            }
            InstructionKind::Volume(paths) => {
                for path in paths {
                    add(&mut configuration.volumes, expand(path));
                }
            }
            InstructionKind::Label(assignments) => {
                for assignment in assignments {
                    if let Some(value) = &assignment.value {
                        let name = expand(&assignment.name).text;
                        set(&mut configuration.labels, &name, expand(value));
                    }
                }
            }
            InstructionKind::Shell(words) => {
                let words = words.iter().map(|word| word.value.clone()).collect();
                configuration.shell = Some(words);
            }
            InstructionKind::StopSignal(signal) => configuration.stop_signal = Some(expand(signal)),
            InstructionKind::Healthcheck(check) => {
                let check = check
                    .as_ref()
                    .map(|check| self.command(configuration, id, check));
                configuration.healthcheck = Some(check);
            }
            _ => {}
        }
    }

    fn command(
        &self,
        configuration: &Configuration,
        id: StageId,
        command: &Command,
    ) -> CommandValue {
        let document = self.document_of(id);
        match command {
            Command::Exec(words) => {
                let span = match (words.first(), words.last()) {
                    (Some(first), Some(last)) => first.span.to(last.span),
                    _ => dockwright_syntax::Span::default(),
                };
                CommandValue {
                    words: words.iter().map(|word| word.value.clone()).collect(),
                    shell: false,
                    location: Location::new(document, span),
                }
            }
            Command::Shell(text) => {
                let shell = configuration.shell.clone();
                let mut words = shell.unwrap_or_else(|| DEFAULT_SHELL.map(str::to_owned).to_vec());
                words.push(text.value.clone());
                CommandValue {
                    words,
                    shell: true,
                    location: Location::new(document, text.span),
                }
            }
        }
    }
}

fn set(entries: &mut Vec<(String, Value)>, name: &str, value: Value) {
    match entries.iter_mut().find(|(other, _)| other == name) {
        Some(entry) => entry.1 = value,
        None => entries.push((name.to_owned(), value)),
    }
}

fn add(values: &mut Vec<Value>, value: Value) {
    if !values.iter().any(|other| other.text == value.text) {
        values.push(value);
    }
}

/// A `WORKDIR` after another: relative paths are joined, `.` and `..` resolved.
pub(crate) fn join_directory(before: Option<&Value>, value: Value) -> Value {
    let absolute = value.text.starts_with('/') || value.text.get(1..2) == Some(":");
    if absolute {
        let text = clean(&value.text);
        return Value { text, ..value };
    }
    let Some(before) = before else {
        // The base may have a working directory of its own; `/` if not.
        let text = clean(&format!("/{}", value.text));
        return Value { text, ..value };
    };
    let mut variables = before.variables.clone();
    variables.extend(value.variables);
    Value {
        text: clean(&format!("{}/{}", before.text, value.text)),
        location: value.location,
        variables,
    }
}

/// A path without `.`, `..` and doubled slashes; a Windows path is left alone.
pub(crate) fn clean(path: &str) -> String {
    if path.starts_with('/') {
        filepath::clean(path)
    } else {
        path.to_owned()
    }
}
