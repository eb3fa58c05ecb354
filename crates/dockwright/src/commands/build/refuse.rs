//! What is said before anything is built.

use dockwright_build::engine::{Engine, Job};
use dockwright_build::plan::{Refusal, UnknownName};
use dockwright_build::prepare::{PrepareError, Prepared};

use crate::failure::{Failure, USAGE};

/// Why what is asked for cannot be prepared.
pub(super) fn unprepared(error: PrepareError) -> Failure {
    match error {
        PrepareError::Name(name) => unknown(&name),
        PrepareError::Override(error) => Failure::new(USAGE, error.error, error.hint),
        PrepareError::Argument(name, declared) => Failure::new(
            USAGE,
            format!("no Dockerfile declares the build argument `{name}`"),
            match declared.as_slice() {
                [] => "no Dockerfile declares any".to_owned(),
                declared => format!("they declare: {}", declared.join(", ")),
            },
        ),
    }
}

fn unknown(name: &UnknownName) -> Failure {
    if !name.several.is_empty() {
        return Failure::new(
            USAGE,
            format!("`{}` may be any of several targets", name.name),
            format!("name one of them: {}", name.several.join(", ")),
        );
    }
    Failure::new(
        USAGE,
        format!("there is no target or group called `{}`", name.name),
        format!(
            "the nearest are: {}; `dockwright build --list` lists all",
            name.nearest.join(", ")
        ),
    )
}

/// Refuses targets that no engine can build.
pub(super) fn refuse(prepared: &Prepared) -> Result<(), Failure> {
    let refusals = prepared.plan.refusals(&prepared.targets);
    let hint = match refusals.first() {
        None => return Ok(()),
        Some(Refusal::Target { .. }) => {
            "mend it, or name the targets to build; `dockwright build --list` lists them"
        }
        Some(Refusal::SameName { .. }) => {
            "name one of them, or give them different names where they are defined"
        }
    };
    let told = refusals.iter().map(|refusal| match refusal {
        Refusal::Target {
            target,
            why,
            needed_by,
        } => match needed_by {
            Some(by) => format!("target `{target}`, which `{by}` needs, cannot be built: {why}"),
            None => format!("target `{target}` cannot be built: {why}"),
        },
        Refusal::SameName { tag, targets } => {
            format!(
                "the targets {} would all be called `{tag}`",
                targets.join(" and ")
            )
        }
    });
    let told: Vec<String> = told.collect();
    Err(Failure::new(USAGE, told.join("\n       "), hint))
}

/// Refuses what this engine has no means for.
pub(super) fn beyond(engine: &dyn Engine, job: &Job<'_>) -> Result<(), Failure> {
    let cannot = engine.cannot(job);
    if cannot.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        USAGE,
        format!(
            "{} cannot do all of this: {}",
            engine.name(),
            cannot.join("\n       ")
        ),
        "leave that out, or build with `--engine docker`",
    ))
}
