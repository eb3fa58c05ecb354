//! A stage with all that a rule wants to know of it.

use dockwright_environment::build::{Base, Build, Stage, StageId};
use dockwright_environment::{DockerfileDocument, Environment, Location, Value};
use dockwright_syntax::dockerfile::{self, Instruction, InstructionKind};
use dockwright_syntax::{Span, Text};

/// A stage of a Dockerfile, as its first build definition evaluates it.
#[derive(Clone, Copy)]
pub struct StageView<'a> {
    environment: &'a Environment,
    /// The Dockerfile.
    pub dockerfile: &'a DockerfileDocument,
    /// The stage as written.
    pub syntax: &'a dockerfile::Stage,
    /// The stage's number, for what only the environment can tell.
    pub id: StageId,
    /// The Dockerfile as evaluated.
    pub build: &'a Build,
    /// The stage as evaluated.
    pub stage: &'a Stage,
}

/// A Dockerfile with more stages is not looked at stage by stage: nobody writes one, and what rules ask
/// of a stage may go through all that are before it.
const MAX_STAGES: usize = 1_000;

impl<'a> StageView<'a> {
    /// Every stage of a Dockerfile, in order; none of one with more stages than anybody writes.
    pub fn all(
        environment: &'a Environment,
        dockerfile: &'a DockerfileDocument,
    ) -> impl Iterator<Item = Self> {
        let is_sane = dockerfile.tree.stages.len() <= MAX_STAGES;
        let build = environment.first_build(dockerfile.id).filter(|_| is_sane);
        let stages = dockerfile.tree.stages.iter().enumerate();
        stages.filter_map(move |(index, syntax)| {
            let build = build?;
            Some(Self {
                environment,
                dockerfile,
                syntax,
                id: StageId {
                    definition: build.definition,
                    stage: index,
                },
                build,
                stage: build.stages.get(index)?,
            })
        })
    }

    /// A stage by number.
    pub fn of(environment: &'a Environment, id: StageId) -> Option<Self> {
        let build = environment.build(id.definition)?;
        let dockerfile = environment.dockerfile(build.dockerfile)?;
        Some(Self {
            environment,
            dockerfile,
            syntax: dockerfile.tree.stages.get(id.stage)?,
            id,
            build,
            stage: build.stages.get(id.stage)?,
        })
    }

    /// The stage, then every stage of this repository that it starts from.
    pub fn chain(self) -> impl Iterator<Item = Self> {
        let chain = self.environment.chain_stages(self.id);
        chain.filter_map(move |id| Self::of(self.environment, id))
    }

    /// Whether it starts from another stage, of this Dockerfile or by the image that is built of that.
    pub fn starts_from(self, base: StageView<'_>) -> bool {
        let (dockerfile, stage) = match self.stage.base {
            Base::Stage(number) => (Some(self.dockerfile), number),
            Base::Definition(id) => (self.environment.dockerfile_of(id), id.stage),
            Base::Scratch | Base::External(_) | Base::Unknown => return false,
        };
        dockerfile.is_some_and(|it| it.id == base.dockerfile.id) && stage == base.id.stage
    }

    /// The instructions with their index in the Dockerfile, the `FROM` first.
    pub fn instructions(self) -> impl DoubleEndedIterator<Item = (usize, &'a Instruction)> {
        let start = self.syntax.instructions.start;
        let instructions = self.dockerfile.tree.stage_instructions(self.syntax).iter();
        instructions
            .enumerate()
            .map(move |(offset, instruction)| (start + offset, instruction))
    }

    /// The words of `EXPOSE`, with their places and their variables expanded.
    pub fn exposed(self) -> impl Iterator<Item = (Span, Value)> {
        self.instructions().flat_map(move |(at, instruction)| {
            let words: &[Text] = match &instruction.kind {
                InstructionKind::Expose(words) => words,
                _ => &[],
            };
            words
                .iter()
                .map(move |word| (word.span, self.expand(at, word)))
        })
    }

    /// The `FROM` instruction.
    pub fn from(self) -> Option<&'a Instruction> {
        self.dockerfile.tree.stage_instructions(self.syntax).first()
    }

    /// Whether some definition builds it: its image is what people get.
    pub fn is_target(self) -> bool {
        let mut definitions = self.environment.definitions_of(self.dockerfile.id);
        definitions.any(|definition| {
            let build = self.environment.build(definition.id);
            build.and_then(|build| build.target) == Some(self.id.stage)
        })
    }

    /// Whether its layers are in an image that people get: it is a target, or one starts from it.
    pub fn ships(self) -> bool {
        let definitions = self.environment.definitions_of(self.dockerfile.id);
        let mut targets = definitions.filter_map(|definition| {
            let stage = self.environment.build(definition.id)?.target?;
            Some(StageId {
                definition: definition.id,
                stage,
            })
        });
        targets.any(|target| {
            let mut chain = self.environment.chain_stages(target);
            chain.any(|link| {
                let dockerfile = self.environment.dockerfile_of(link).map(|it| it.id);
                dockerfile == Some(self.dockerfile.id) && link.stage == self.id.stage
            })
        })
    }

    /// Whether some definition gives a context of this name.
    pub fn has_named_context(self, name: &str) -> bool {
        let mut definitions = self.environment.definitions_of(self.dockerfile.id);
        definitions.any(|definition| {
            let mut contexts = definition.contexts.iter();
            contexts.any(|context| context.name == name)
        })
    }

    /// A place in the Dockerfile.
    pub fn location(self, span: Span) -> Location {
        Location::new(self.dockerfile.document, span)
    }

    /// A word with its variables as they are before the instruction `at`.
    pub fn expand(self, at: usize, text: &Text) -> Value {
        self.environment.expand(self.id, at, text)
    }
}
