//! Runs of instructions that the base has, or can have, for all that start from it.

use dockwright_environment::Environment;
use dockwright_environment::build::BindingKind;
use dockwright_environment::definition::DockerfileId;
use dockwright_syntax::dockerfile::{Instruction, InstructionKind, MountKind};

use super::shared::Run;
use crate::bases::bases;
use crate::clones::is_work;
use crate::edits::DockerfileEdits;
use crate::{Fix, StageView};

/// A stage of a Dockerfile, whoever builds it.
type Syntax = (DockerfileId, usize);

/// A stage that has the run, with the indices of its instructions.
type Having<'a> = (StageView<'a>, Vec<usize>);

/// Keeps a run in the base alone. `None` where the stages have none in common that is in this repository.
pub(super) fn fix(environment: &Environment, run: &Run<'_>) -> Option<Fix> {
    let instructions = run.stages.iter().flat_map(|(stage, own)| {
        let all = &stage.dockerfile.tree.instructions;
        own.iter().filter_map(|at| all.get(*at))
    });
    let is_whole = run.stages.len() == run.places.len();
    if !is_whole || !instructions.clone().all(is_inherited) {
        return None;
    }
    in_one_of_them(environment, run).or_else(|| in_common_base(environment, run))
}

/// Whether what an instruction does is inherited, and needs nothing but the stage.
fn is_inherited(instruction: &Instruction) -> bool {
    match &instruction.kind {
        InstructionKind::Env(_)
        | InstructionKind::Expose(_)
        | InstructionKind::Label(_)
        | InstructionKind::StopSignal(_)
        | InstructionKind::Volume(_) => true,
        InstructionKind::Run(run) => {
            let mut mounts = run.mounts.iter();
            mounts.all(|it| matches!(it.kind, MountKind::Cache | MountKind::Tmpfs))
        }
        _ => false,
    }
}

/// One of the stages has the run, and all others start from it.
fn in_one_of_them(environment: &Environment, run: &Run<'_>) -> Option<Fix> {
    let starts_from = |(stage, _): &Having<'_>, base: &Having<'_>| {
        let mut bases = bases(environment, *stage).into_iter();
        bases.any(|it| syntax(it) == syntax(base.0))
    };
    let mut candidates = run.stages.iter();
    let kept = candidates.find(|base| {
        let mut others = run.stages.iter();
        others.all(|it| syntax(it.0) == syntax(base.0) || starts_from(it, base))
    })?;
    let path = path(environment, kept.0);
    let title = format!("leave it to `{path}`, which they start from");
    let fix = Fix::with_care(title, "it may be meant to be done again");
    let others = run.stages.iter();
    let mut others = others.filter(|it| syntax(it.0) != syntax(kept.0));
    others.try_fold(fix, |fix, other| without(environment, fix, kept, other))
}

/// All of them begin with the run, and nothing else starts from their base.
fn in_common_base(environment: &Environment, run: &Run<'_>) -> Option<Fix> {
    let base_of = |stage: StageView<'_>| bases(environment, stage).first().copied().map(syntax);
    let first = run.stages.first()?;
    let base = *bases(environment, first.0).first()?;
    let begins = |(stage, own): &Having<'_>| {
        let work = stage.instructions().skip(1).filter(|(_, it)| is_work(it));
        let work = work.map(|(at, _)| at).take(own.len());
        work.eq(own.iter().copied()) && base_of(*stage) == Some(syntax(base))
    };
    let having: Vec<Syntax> = run.stages.iter().map(|(stage, _)| syntax(*stage)).collect();
    let dockerfiles = environment.dockerfiles.iter();
    let mut all = dockerfiles.flat_map(|it| StageView::all(environment, it));
    let is_for_all = run.stages.iter().all(begins)
        && all.all(|it| having.contains(&syntax(it)) || base_of(it) != Some(syntax(base)));
    let edits = DockerfileEdits::of(environment, first.0.dockerfile);
    let text = edits.blocks(&first.1);
    let mut bindings = base.stage.bindings.iter();
    // An argument of the base is seen by what its stage runs.
    let is_seen = bindings.any(|it| {
        let names = [format!("${}", it.name), format!("${{{}", it.name)];
        it.kind == BindingKind::Argument && names.iter().any(|name| text.contains(name))
    });
    if !is_for_all || is_seen {
        return None;
    }
    let title = format!("move it to `{}`", path(environment, base));
    let why = "that image has to be built again before the others";
    let fix = Fix::with_care(title, why);
    let fix = run
        .stages
        .iter()
        .try_fold(fix, |fix, other| without(environment, fix, first, other))?;
    let edits = DockerfileEdits::of(environment, base.dockerfile);
    let instructions: Vec<_> = base.instructions().collect();
    let last = instructions
        .iter()
        .rposition(|(_, it)| !is_of_command(it))?;
    Some(match instructions.get(last + 1) {
        Some((at, _)) => edits.insert_before(fix, *at, &format!("{text}\n")),
        None => {
            let (_, instruction) = instructions.get(last)?;
            edits.insert_after(fix, instruction, &format!("\n{}", text.trim_end()))
        }
    })
}

/// Whether an instruction is about what is started, and usually stands last.
fn is_of_command(instruction: &Instruction) -> bool {
    matches!(
        instruction.kind,
        InstructionKind::Cmd(_)
            | InstructionKind::Entrypoint(_)
            | InstructionKind::Healthcheck(_)
            | InstructionKind::StopSignal(_)
    )
}

/// Takes the run away from a stage. `None` where a comment would be lost.
fn without(
    environment: &Environment,
    fix: Fix,
    kept: &Having<'_>,
    (stage, own): &Having<'_>,
) -> Option<Fix> {
    let edits = DockerfileEdits::of(environment, stage.dockerfile);
    let known = DockerfileEdits::of(environment, kept.0.dockerfile).comments(&kept.1);
    let is_kept = edits.comments(own).is_subset(&known);
    is_kept.then(|| edits.delete_blocks(fix, own))
}

fn syntax(stage: StageView<'_>) -> Syntax {
    (stage.dockerfile.id, stage.id.stage)
}

fn path<'a>(environment: &'a Environment, stage: StageView<'_>) -> &'a str {
    let document = environment.documents.get(stage.dockerfile.document);
    document.path.as_str()
}
