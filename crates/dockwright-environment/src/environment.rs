//! The linked model.

use std::sync::{Arc, OnceLock};

use dockwright_syntax::dockerfile::{Command, Dockerfile, Instruction, InstructionKind};
use dockwright_syntax::ignore::IgnoreFile;
use dockwright_syntax::shell::{self, Dialect, Script};
use dockwright_syntax::{Problem, Span, Text};

use crate::bake::BakeProject;
use crate::build::{Build, Lookup, Stage, StageId};
use crate::commands::{Invocation, Voice};
use crate::compose::Project;
use crate::configuration::join_directory;
use crate::contexts::Contexts;
use crate::definition::{BuildDefinition, DefinitionId, DockerfileId};
use crate::discovery::DocumentKind;
use crate::fold::{self, Link};
use crate::hosts::ActionUse;
use crate::image_use::ImageUse;
use crate::mentions::Mention;
use crate::packages::{self, Installation};
use crate::text_files::TextFiles;
use crate::{DocumentId, Documents, Location, Tree, Value, naming};

/// Everything that says how a repository's images are made and used, as one linked model.
pub struct Environment {
    /// The files it was read from.
    pub tree: Arc<dyn Tree>,
    /// What was read of them.
    pub documents: Documents,
    /// The Dockerfiles, in the order of their documents.
    pub dockerfiles: Vec<DockerfileDocument>,
    /// The ignore files, in the order of their documents.
    pub ignore_files: Vec<IgnoreDocument>,
    /// The shell scripts, in the order of their documents.
    pub scripts: Vec<ScriptDocument>,
    /// Documents, makefiles, workflows and environment files, in the order of their documents.
    pub texts: Vec<TextDocument>,
    /// The Compose projects.
    pub compose: Vec<Project>,
    /// What commands make of files that they lay over one another as no project above does.
    pub(crate) command_projects: Vec<Project>,
    /// The bake projects.
    pub bake: Vec<BakeProject>,
    /// The container commands that stand anywhere, by document.
    pub invocations: Vec<Invocation>,
    /// Images that CI jobs, Kubernetes and development containers start.
    pub images: Vec<Value>,
    /// Actions of other repositories that CI uses.
    pub actions: Vec<ActionUse>,
    /// What commands and documents name.
    pub mentions: Vec<Mention>,
    /// Who builds what. A Dockerfile that nobody builds has a definition that is inferred.
    pub definitions: Vec<BuildDefinition>,
    /// Who needs which image.
    pub uses: Vec<ImageUse>,
    /// Definitions that need each other.
    pub circles: Vec<Vec<DefinitionId>>,
    /// What could not be read or understood, beside the problems of the documents themselves.
    pub problems: Vec<(Location, Problem)>,
    pub(crate) builds: Vec<Option<Build>>,
    /// The definitions of each Dockerfile.
    pub(crate) by_dockerfile: Vec<Vec<DefinitionId>>,
    pub(crate) text_files: TextFiles,
    pub(crate) contexts: Contexts,
}

/// A Dockerfile that was read.
#[derive(Debug)]
pub struct DockerfileDocument {
    /// Its number among the Dockerfiles.
    pub id: DockerfileId,
    /// Its document.
    pub document: DocumentId,
    /// Its tree.
    pub tree: Dockerfile,
    /// What is read of each instruction when it is first asked for.
    steps: Vec<Step>,
}

/// What is read of an instruction.
#[derive(Debug, Default)]
struct Step {
    script: OnceLock<Script>,
    installations: OnceLock<Vec<Installation>>,
}

/// An ignore file that was read.
#[derive(Debug)]
pub struct IgnoreDocument {
    /// Its document.
    pub document: DocumentId,
    /// Its patterns.
    pub file: IgnoreFile,
}

/// A shell script that was read.
#[derive(Debug)]
pub struct ScriptDocument {
    /// Its document.
    pub document: DocumentId,
    /// Its dialect, by what it says itself; bash where it says nothing.
    pub dialect: Dialect,
    pub(crate) script: OnceLock<Script>,
}

/// A file that is kept as text, for what it says of the environment.
#[derive(Debug)]
pub struct TextDocument {
    /// Its document.
    pub document: DocumentId,
    /// What it is.
    pub kind: DocumentKind,
    /// Who speaks in it.
    pub voice: Voice,
}

impl DockerfileDocument {
    pub(crate) fn new(id: DockerfileId, document: DocumentId, tree: Dockerfile) -> Self {
        let steps = tree.instructions.iter().map(|_| Step::default()).collect();
        Self {
            id,
            document,
            tree,
            steps,
        }
    }

    /// What the shell reads of a `RUN`, `CMD`, `ENTRYPOINT` or `HEALTHCHECK` in shell form, its
    /// here-document included; spans point into the Dockerfile. `None` for everything else.
    pub fn script(&self, instruction: usize) -> Option<&Script> {
        let syntax = self.tree.instructions.get(instruction)?;
        let text = shell_text(syntax)?;
        let slot = &self.steps.get(instruction)?.script;
        Some(slot.get_or_init(|| shell::parse_text(text, Dialect::Posix)))
    }

    /// What the shell is given by a `RUN`, `CMD`, `ENTRYPOINT` or `HEALTHCHECK` in shell form: the
    /// here-document that is the script, or the command line with the here-documents behind it. `source`
    /// is the Dockerfile's text.
    pub fn shell_source(&self, instruction: usize, source: &str) -> Option<Text> {
        let syntax = self.tree.instructions.get(instruction)?;
        let text = shell_text(syntax)?;
        let last = syntax.heredocs.last();
        match last.filter(|last| text.span.end < last.body.span.start.max(last.terminator.start)) {
            None => Some(text.clone()),
            Some(last) => {
                let mut whole = text.clone();
                let rest = Span {
                    start: text.span.end,
                    end: last.terminator.end,
                };
                whole.append(&Text::verbatim(rest.of(source), rest));
                Some(whole)
            }
        }
    }

    /// The calls of package managers in a `RUN`; none for everything else.
    pub fn installations(&self, instruction: usize) -> &[Installation] {
        let syntax = self.tree.instructions.get(instruction);
        let (Some(syntax), Some(step)) = (syntax, self.steps.get(instruction)) else {
            return &[];
        };
        step.installations
            .get_or_init(|| packages::of_run(syntax, self.script(instruction)))
    }
}

/// The text a shell runs: the command line, or the here-document that stands for it.
fn shell_text(instruction: &Instruction) -> Option<&Text> {
    let command = match &instruction.kind {
        InstructionKind::Run(run) => &run.command,
        InstructionKind::Cmd(command)
        | InstructionKind::Entrypoint(command)
        | InstructionKind::Healthcheck(Some(command)) => command,
        InstructionKind::Onbuild(trigger) => return shell_text(trigger),
        _ => return None,
    };
    let Command::Shell(text) = command else {
        return None;
    };
    let heredoc = instruction.heredocs.first();
    // `RUN <<EOF` alone: the document is the script.
    match heredoc {
        Some(heredoc) if text.value.trim() == heredoc_operator(text, heredoc.operator) => {
            Some(&heredoc.body)
        }
        _ => Some(text),
    }
}

fn heredoc_operator(text: &Text, operator: Span) -> &str {
    let written = text.value.trim();
    if text.span.contains(operator)
        && written.starts_with("<<")
        && !written.contains(char::is_whitespace)
    {
        written
    } else {
        "\0"
    }
}

impl ScriptDocument {
    /// The parsed script; parsed when it is first asked for.
    pub fn script(&self, documents: &Documents) -> &Script {
        self.script
            .get_or_init(|| shell::parse(&documents.get(self.document).text, self.dialect))
    }
}

impl Environment {
    /// The name of the repository as a whole, as far as its files say.
    pub fn repository_name(&self) -> String {
        let mut projects = self.compose.iter();
        let named = projects.find_map(|project| project.name.as_ref()?.known());
        naming::slug(named.unwrap_or("app"))
    }

    /// Every Compose project, those that only a command lays together included.
    pub fn all_compose(&self) -> impl Iterator<Item = &Project> {
        self.compose.iter().chain(&self.command_projects)
    }

    /// A Dockerfile by number.
    pub fn dockerfile(&self, id: DockerfileId) -> Option<&DockerfileDocument> {
        self.dockerfiles.get(id.0)
    }

    /// A definition by number.
    pub fn definition(&self, id: DefinitionId) -> Option<&BuildDefinition> {
        self.definitions.get(id.0)
    }

    /// A Dockerfile as a definition evaluates it; `None` when there is no Dockerfile to read.
    pub fn build(&self, id: DefinitionId) -> Option<&Build> {
        fold::build(&self.builds, id)
    }

    /// The definitions that build a Dockerfile; at least one.
    pub fn definitions_of(&self, id: DockerfileId) -> impl Iterator<Item = &BuildDefinition> {
        let ids = self
            .by_dockerfile
            .get(id.0)
            .map(Vec::as_slice)
            .unwrap_or_default();
        ids.iter().filter_map(|id| self.definition(*id))
    }

    /// A Dockerfile as its first definition evaluates it.
    pub fn first_build(&self, id: DockerfileId) -> Option<&Build> {
        let definition = self.definitions_of(id).next()?;
        self.build(definition.id)
    }

    /// A stage by number.
    pub fn stage(&self, id: StageId) -> Option<&Stage> {
        fold::stage(&self.builds, id)
    }

    /// The Dockerfile that a stage stands in.
    pub fn dockerfile_of(&self, id: StageId) -> Option<&DockerfileDocument> {
        self.dockerfile(self.build(id.definition)?.dockerfile)
    }

    /// The document that a stage stands in.
    pub fn document_of(&self, id: StageId) -> DocumentId {
        self.dockerfile_of(id)
            .map_or(DocumentId(0), |dockerfile| dockerfile.document)
    }

    /// The instructions of a stage with their index in the Dockerfile, the `FROM` first.
    pub fn stage_instructions(
        &self,
        id: StageId,
    ) -> impl DoubleEndedIterator<Item = (usize, &Instruction)> {
        let dockerfile = self.dockerfile_of(id);
        let stage = dockerfile.and_then(|it| Some((it, it.tree.stages.get(id.stage)?)));
        let (start, instructions) = stage.map_or((0, &[][..]), |(it, stage)| {
            (stage.instructions.start, it.tree.stage_instructions(stage))
        });
        let numbered = instructions.iter().enumerate();
        numbered.map(move |(offset, one)| (start + offset, one))
    }

    /// What a variable is in a stage, before the instruction `at`.
    pub fn variable(&self, id: StageId, at: usize, name: &str) -> Lookup<'_> {
        fold::lookup(&self.builds, id, at, name)
    }

    /// A word with its variables as they are in a stage before the instruction `at`.
    pub fn expand(&self, id: StageId, at: usize, text: &Text) -> Value {
        match self.dockerfile_of(id) {
            Some(dockerfile) => dockerfile.expand(text, |name| self.variable(id, at, name)),
            None => Value::literal(
                text.value.clone(),
                Location::new(self.document_of(id), text.span),
            ),
        }
    }

    /// The user that is in force in a stage before the instruction `at`; `None` when a base from
    /// elsewhere decides.
    pub fn user(&self, id: StageId, at: usize) -> Option<Value> {
        self.chain_stages(id).find_map(|stage| {
            let instructions = self.stage_instructions(stage).rev();
            let mut before = instructions.filter(|(index, _)| stage != id || *index < at);
            before.find_map(|(index, instruction)| match &instruction.kind {
                InstructionKind::User(user) => Some(self.expand(stage, index, user)),
                _ => None,
            })
        })
    }

    /// The working directory that is in force in a stage before the instruction `at`; `None` when
    /// a base from elsewhere decides.
    pub fn working_directory(&self, id: StageId, at: usize) -> Option<Value> {
        let mut directory = None;
        let mut stages: Vec<StageId> = self.chain_stages(id).collect();
        stages.reverse();
        for stage in stages {
            for (index, instruction) in self.stage_instructions(stage) {
                if let InstructionKind::Workdir(path) = &instruction.kind
                    && (stage != id || index < at)
                {
                    let value = self.expand(stage, index, path);
                    directory = Some(join_directory(directory.as_ref(), value));
                }
            }
        }
        directory
    }

    /// A stage, then every stage of this repository that it starts from.
    pub fn chain_stages(&self, id: StageId) -> impl Iterator<Item = StageId> {
        self.chain(id).filter_map(|link| match link {
            Link::Stage(id, _) => Some(id),
            Link::Scratch | Link::Unknown => None,
        })
    }

    pub(crate) fn chain(&self, id: StageId) -> impl Iterator<Item = Link<'_>> {
        fold::chain(&self.builds, id)
    }
}
