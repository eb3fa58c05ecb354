//! Evaluation: what every variable of every stage is, through `FROM` and across files.
//!
//! Scoping follows `BuildKit`: `FROM` sees the global `ARG`s only; a stage sees an `ARG` once it
//! declares it, or once a stage of the same file that it starts from has; an image hands on its
//! `ENV`, never its `ARG`s; what is set last wins, but at the start of a stage the `ENV` of its
//! base is set anew.

use dockwright_syntax::dockerfile::expand::{self, Modifier, Template};
use dockwright_syntax::dockerfile::predefined::{PredefinedKind, predefined};
use dockwright_syntax::dockerfile::{Assignment, Dockerfile, Instruction, InstructionKind};
use dockwright_syntax::{Span, Text};

use crate::build::{
    Base, Binding, BindingKind, Bindings, Build, Lookup, Source, Stage, StageId, source_names,
};
use crate::definition::{BuildDefinition, DefinitionId};
use crate::environment::DockerfileDocument;
use crate::{DocumentId, Location, Value, Variable, VariableSource};

/// Stages that a base chain may have before it counts as unknown; bounds the cost of a look-up.
const CHAIN_LIMIT: usize = 100;

/// Expands the global `ARG`s and every stage's `FROM`, and links the stages of one file.
pub(crate) fn open(definition: &BuildDefinition, dockerfile: &DockerfileDocument) -> Option<Build> {
    let mut build = Build {
        definition: definition.id,
        dockerfile: definition.dockerfile_id()?,
        globals: Bindings::default(),
        stages: Vec::new(),
        target: None,
    };
    let tree = &dockerfile.tree;
    for (index, instruction) in tree.global_instructions().iter().enumerate() {
        let InstructionKind::Arg(assignments) = &instruction.kind else {
            continue;
        };
        for assignment in assignments {
            let value = given(definition, &assignment.name.value).unwrap_or_else(|| {
                let default = assignment.value.as_ref()?;
                Some(dockerfile.expand(default, |name| lookup_global(&build.globals, name)))
            });
            build.globals.push(binding(
                dockerfile.document,
                assignment,
                BindingKind::Argument,
                index,
                value,
            ));
        }
    }
    for stage in &tree.stages {
        let instructions = tree.stage_instructions(stage);
        let globals = |name: &str| lookup_global(&build.globals, name);
        let from = instructions.first();
        let base_value = match from.map(|instruction| &instruction.kind) {
            Some(InstructionKind::From(from)) => dockerfile.expand(&from.image, globals),
            _ => unknown_value(
                dockerfile.document,
                from.map_or(Span::default(), |from| from.span),
            ),
        };
        let platform = from
            .and_then(|from| from.flag("platform")?.value.as_ref())
            .map(|platform| dockerfile.expand(platform, globals));
        let base = local_base(&base_value, &build, tree);
        build.stages.push(Stage {
            base_value,
            base,
            platform,
            bindings: Bindings::default(),
            sources: Vec::new(),
        });
    }
    for (index, stage) in tree.stages.iter().enumerate() {
        let sources = sources(
            stage.instructions.start,
            tree.stage_instructions(stage),
            dockerfile,
        );
        let linked = sources.into_iter().map(|mut source| {
            source.base = local_source(&source, tree);
            source
        });
        let linked = linked.collect();
        if let Some(stage) = build.stages.get_mut(index) {
            stage.sources = linked;
        }
    }
    build.target = match &definition.target {
        None => tree.stages.len().checked_sub(1),
        Some(target) => target
            .known()
            .and_then(|target| tree.stage_named(target).or_else(|| target.parse().ok()))
            .filter(|index| *index < tree.stages.len()),
    };
    Some(build)
}

/// The value that a definition gives an argument: `None` when it says nothing of it, `Some(None)`
/// when it takes it from the caller's environment.
#[allow(clippy::option_option)]
fn given(definition: &BuildDefinition, name: &str) -> Option<Option<Value>> {
    let argument = definition
        .arguments
        .iter()
        .rev()
        .find(|argument| argument.name == name)?;
    Some(argument.value.clone())
}

fn binding(
    document: DocumentId,
    assignment: &Assignment,
    kind: BindingKind,
    instruction: usize,
    value: Option<Value>,
) -> Binding {
    Binding {
        name: assignment.name.value.clone(),
        value,
        kind,
        location: Location::new(document, assignment.span),
        instruction,
    }
}

fn unknown_value(document: DocumentId, span: Span) -> Value {
    Value {
        text: String::new(),
        location: Location::new(document, span),
        variables: vec![unset()],
    }
}

/// Stands for what makes a value unknown and has no name.
fn unset() -> Variable {
    Variable {
        name: String::new(),
        value: None,
        source: VariableSource::Unset,
    }
}

fn has_default(variable: &expand::Variable) -> bool {
    let condition = |operator: char| operator == '-' || operator == '+';
    matches!(&variable.modifier, Some(Modifier::Condition { operator, .. }) if condition(*operator))
}

fn lookup_global<'a>(globals: &'a Bindings, name: &str) -> Lookup<'a> {
    match globals.named(name).next() {
        Some(binding) => Lookup::Bound(binding),
        None if is_platform(name) => Lookup::Unknown,
        None => Lookup::Unset,
    }
}

/// Whether `BuildKit` itself sets the argument, to what only the build can tell.
fn is_platform(name: &str) -> bool {
    predefined(name).is_some_and(|argument| argument.kind == PredefinedKind::Platform)
}

/// `scratch` or an earlier stage; anything else is linked later.
fn local_base(value: &Value, build: &Build, tree: &Dockerfile) -> Base {
    match value.known() {
        Some("scratch") => Base::Scratch,
        Some(name) => {
            let earlier = tree.stages.iter().take(build.stages.len());
            let named = earlier.enumerate().rev().find(|(_, stage)| {
                let alias = stage.name.as_ref().map(|alias| alias.value.as_str());
                alias == Some(name)
            });
            named.map_or(Base::Unknown, |(index, _)| Base::Stage(index))
        }
        None => Base::Unknown,
    }
}

/// A stage of the same file that is copied from; anything else is linked later.
fn local_source(source: &Source, tree: &Dockerfile) -> Base {
    let Some(name) = source.name.known() else {
        return Base::Unknown;
    };
    let by_number = || name.parse().ok().filter(|_| !source.mount);
    match tree.stage_named(name).or_else(by_number) {
        Some(index) if index < tree.stages.len() => Base::Stage(index),
        _ if name == "scratch" => Base::Scratch,
        _ => Base::Unknown,
    }
}

fn sources(
    start: usize,
    instructions: &[Instruction],
    dockerfile: &DockerfileDocument,
) -> Vec<Source> {
    let named = instructions
        .iter()
        .enumerate()
        .flat_map(|(index, instruction)| {
            source_names(instruction)
                .into_iter()
                .map(move |(name, span, mount)| (start + index, name, span, mount))
        });
    named
        .map(|(instruction, name, span, mount)| Source {
            instruction,
            // BuildKit refuses variables here, so the text is what it says.
            name: if name.contains('$') {
                unknown_value(dockerfile.document, span)
            } else {
                Value::literal(name, Location::new(dockerfile.document, span))
            },
            mount,
            base: Base::Unknown,
        })
        .collect()
}

/// Sets the variables of every stage of one build. The builds that it starts from come first.
pub(crate) fn fold(
    definition: &BuildDefinition,
    dockerfile: &DockerfileDocument,
    builds: &mut [Option<Build>],
    dockerfiles: &[DockerfileDocument],
) {
    let tree = &dockerfile.tree;
    for (stage, syntax) in tree.stages.iter().enumerate() {
        let id = StageId {
            definition: definition.id,
            stage,
        };
        let from = syntax.instructions.start;
        let triggers = inherited_triggers(builds, dockerfiles, id);
        for (document, trigger) in &triggers {
            set_variables(definition, *document, builds, id, from, trigger, dockerfile);
        }
        for (offset, instruction) in tree.stage_instructions(syntax).iter().enumerate() {
            let index = from + offset;
            set_variables(
                definition,
                dockerfile.document,
                builds,
                id,
                index,
                instruction,
                dockerfile,
            );
        }
    }
}

/// The `ONBUILD` triggers that the base of a stage has left for it.
fn inherited_triggers(
    builds: &[Option<Build>],
    dockerfiles: &[DockerfileDocument],
    id: StageId,
) -> Vec<(DocumentId, Instruction)> {
    let parent = match stage(builds, id).map(|stage| &stage.base) {
        Some(Base::Stage(index)) => StageId {
            definition: id.definition,
            stage: *index,
        },
        Some(Base::Definition(parent)) => *parent,
        _ => return Vec::new(),
    };
    let Some(build) = build(builds, parent.definition) else {
        return Vec::new();
    };
    let Some(dockerfile) = dockerfiles.get(build.dockerfile.0) else {
        return Vec::new();
    };
    let Some(syntax) = dockerfile.tree.stages.get(parent.stage) else {
        return Vec::new();
    };
    let instructions = dockerfile.tree.stage_instructions(syntax).iter();
    instructions
        .filter_map(|instruction| match &instruction.kind {
            InstructionKind::Onbuild(trigger) => Some((dockerfile.document, (**trigger).clone())),
            _ => None,
        })
        .collect()
}

fn set_variables(
    definition: &BuildDefinition,
    document: DocumentId,
    builds: &mut [Option<Build>],
    id: StageId,
    index: usize,
    instruction: &Instruction,
    dockerfile: &DockerfileDocument,
) {
    let (assignments, kind) = match &instruction.kind {
        InstructionKind::Arg(assignments) => (assignments, BindingKind::Argument),
        InstructionKind::Env(assignments) => (assignments, BindingKind::Environment),
        _ => return,
    };
    for assignment in assignments {
        // One ENV sees the variables as they were before it; each part of an ARG sees the last.
        let at = match kind {
            BindingKind::Argument => usize::MAX,
            BindingKind::Environment => index,
        };
        let name = &assignment.name.value;
        let default = || {
            let default = assignment.value.as_ref()?;
            Some(dockerfile.expand(default, |name| lookup(builds, id, at, name)))
        };
        let value = match kind {
            BindingKind::Environment => default(),
            BindingKind::Argument => given(definition, name)
                .unwrap_or_else(|| default().or_else(|| global(builds, id, name))),
        };
        let binding = binding(document, assignment, kind, index, value);
        if let Some(stage) = stage_mut(builds, id) {
            stage.bindings.push(binding);
        }
    }
}

fn global(builds: &[Option<Build>], id: StageId, name: &str) -> Option<Value> {
    match lookup_global(&build(builds, id.definition)?.globals, name) {
        Lookup::Bound(binding) => binding.value.clone(),
        Lookup::Unset | Lookup::Unknown => None,
    }
}

/// What `name` is in a stage, before the instruction `at`.
pub(crate) fn lookup<'a>(
    builds: &'a [Option<Build>],
    id: StageId,
    at: usize,
    name: &str,
) -> Lookup<'a> {
    let Some(own) = stage(builds, id) else {
        return Lookup::Unknown;
    };
    if let Some(binding) = own.bindings.before(at, name) {
        return Lookup::Bound(binding);
    }
    let mut argument = None;
    let mut current = id;
    for parent in chain(builds, id).skip(1) {
        let (parent, stage) = match parent {
            Link::Stage(parent, stage) => (parent, stage),
            Link::Scratch => return argument.map_or(Lookup::Unset, Lookup::Bound),
            Link::Unknown => return argument.map_or(Lookup::Unknown, Lookup::Bound),
        };
        if parent.definition != current.definition {
            if let Some(binding) = argument {
                return Lookup::Bound(binding);
            }
            current = parent;
        }
        let mut bindings = stage.bindings.named(name);
        let environment = bindings
            .clone()
            .find(|binding| binding.kind == BindingKind::Environment);
        if let Some(binding) = environment {
            return Lookup::Bound(binding);
        }
        if argument.is_none() && parent.definition == id.definition {
            argument = bindings.next();
        }
    }
    Lookup::Unknown
}

/// A step of [`chain`].
pub(crate) enum Link<'a> {
    /// A stage that is evaluated here.
    Stage(StageId, &'a Stage),
    /// The chain ends in nothing.
    Scratch,
    /// The chain ends in an image from elsewhere, or is not known further.
    Unknown,
}

/// A stage, then what it starts from, then what that starts from, to the end.
pub(crate) fn chain(builds: &[Option<Build>], id: StageId) -> impl Iterator<Item = Link<'_>> {
    enum Next {
        Stage(StageId),
        Scratch,
        Unknown,
        End,
    }
    let mut next = Next::Stage(id);
    let mut steps = 0;
    std::iter::from_fn(move || {
        steps += 1;
        let id = match std::mem::replace(&mut next, Next::End) {
            Next::Stage(id) if steps <= CHAIN_LIMIT => id,
            Next::Stage(_) | Next::Unknown => return Some(Link::Unknown),
            Next::Scratch => return Some(Link::Scratch),
            Next::End => return None,
        };
        let Some(stage) = stage(builds, id) else {
            return Some(Link::Unknown);
        };
        next = match &stage.base {
            Base::Stage(index) => Next::Stage(StageId {
                definition: id.definition,
                stage: *index,
            }),
            Base::Definition(parent) => Next::Stage(*parent),
            Base::Scratch => Next::Scratch,
            Base::External(_) | Base::Unknown => Next::Unknown,
        };
        Some(Link::Stage(id, stage))
    })
}

pub(crate) fn build(builds: &[Option<Build>], id: DefinitionId) -> Option<&Build> {
    builds.get(id.0)?.as_ref()
}

pub(crate) fn stage(builds: &[Option<Build>], id: StageId) -> Option<&Stage> {
    build(builds, id.definition)?.stages.get(id.stage)
}

fn stage_mut(builds: &mut [Option<Build>], id: StageId) -> Option<&mut Stage> {
    builds
        .get_mut(id.definition.0)?
        .as_mut()?
        .stages
        .get_mut(id.stage)
}

impl DockerfileDocument {
    /// Expands the variables of a word of this Dockerfile.
    pub(crate) fn expand<'a>(&self, text: &Text, lookup: impl Fn(&str) -> Lookup<'a>) -> Value {
        let template = Template::parse(text, self.tree.escape);
        let mut variables: Vec<Variable> = Vec::new();
        let expansion = template.evaluate(&mut |name| {
            let (value, source) = match lookup(name) {
                Lookup::Bound(binding) => match &binding.value {
                    Some(value) if value.is_known() => {
                        let fixed = binding.kind == BindingKind::Environment && value.is_literal();
                        let source = if fixed {
                            VariableSource::Fixed
                        } else {
                            VariableSource::Default
                        };
                        (Some(value.text.clone()), source)
                    }
                    Some(value) => (Some(value.text.clone()), VariableSource::Unset),
                    None => (None, VariableSource::Unset),
                },
                Lookup::Unset | Lookup::Unknown => (None, VariableSource::Unset),
            };
            variables.push(Variable {
                name: name.to_owned(),
                value: value.clone(),
                source,
            });
            value
        });
        let uses = template.variables();
        for variable in &mut variables {
            // A default beside every use stands in for what is not set.
            let mut uses = uses.iter().filter(|used| used.name.value == variable.name);
            if variable.value.is_none() && uses.all(|used| has_default(used)) {
                variable.source = VariableSource::Default;
            }
        }
        if expansion.error.is_some() {
            variables.push(unset());
        }
        Value {
            text: expansion.value,
            location: Location::new(self.document, text.span),
            variables,
        }
    }
}
