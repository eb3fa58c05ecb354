//! `dockwright build`

mod affected;
mod refuse;
mod show;
mod sizes;
mod wanted;

use std::panic::resume_unwind;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use dockwright_build::engine::{Buildah, Buildx, Engine, EngineError, Job};
use dockwright_build::prepare::Prepared;
use dockwright_build::progress::State;
use dockwright_build::rehearse::rehearse;
use dockwright_build::{Plan, Publication, Request, prepare, results, run as build};
use dockwright_report::plan;

use crate::cli::{BuildArguments, Cli, EngineName};
use crate::failure::{Failure, UNUSABLE, USAGE};
use crate::{load, stop};

/// The exit code when a target could not be built.
const FAILED: u8 = 1;
/// The exit code of a build that a person has stopped, as shells have it for an interrupt.
const STOPPED: u8 = 130;

pub(crate) fn run(cli: &Cli, arguments: &BuildArguments) -> Result<ExitCode, Failure> {
    let tree = load::tree(&cli.root, None)?;
    let settings = load::settings(tree.as_ref())?;
    let caller = load::caller();
    let wanted = wanted::wanted(arguments, &caller)?;
    let options = load::options(&cli.root, &settings, &caller)?;
    // git is asked while the files are read.
    let (publication, environment) = thread::scope(|scope| {
        let publication =
            scope.spawn(|| Publication::of(&settings.build, tree.as_ref(), &caller, &cli.root));
        let environment = load::read(Arc::clone(&tree), &options);
        let publication = publication
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic));
        (publication, environment)
    });
    let publication =
        publication.map_err(|error| Failure::new(USAGE, error.message, error.hint))?;
    let environment = environment?;
    let since = arguments
        .affected_since
        .as_deref()
        .map(|revision| affected::since(cli, revision, &environment, &options, &publication));
    let changed = since.transpose()?;
    let mut prepared =
        prepare(environment, &publication, &caller, &wanted).map_err(refuse::unprepared)?;
    if let Some(changed) = &changed {
        affected::keep(&mut prepared, changed);
    }
    if arguments.list {
        let all: Vec<usize> = (0..prepared.plan.targets.len()).collect();
        let is_asked = changed.is_some() || !wanted.names.is_empty();
        let listed = if is_asked { &prepared.targets } else { &all };
        load::print(&plan::list(&prepared.plan, listed))?;
        return Ok(ExitCode::SUCCESS);
    }
    refuse::refuse(&prepared)?;
    if arguments.print {
        let plan = prepared.plan.redacted(&caller);
        let file = plan.bake_file_of(&prepared.targets).to_json();
        load::print(&format!("{file:#}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    if prepared.targets.is_empty() {
        eprintln!("nothing to build");
        return Ok(ExitCode::SUCCESS);
    }
    let request = Request {
        builder: arguments.builder.clone(),
        jobs: arguments.jobs.map(usize::from),
        keep_going: arguments.keep_going,
        allow: [arguments.allow.clone(), wanted.options.allowed()].concat(),
        metadata_file: arguments.metadata_file.as_deref().map(absolute),
    };
    if arguments.rehearse {
        return rehearsal(cli, arguments, &prepared, request);
    }
    show::notes(&publication, &prepared);
    execute(cli, arguments, &prepared.plan, &prepared.targets, &request)
}

/// A path that does not depend on where the engine runs.
fn absolute(path: &Path) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn rehearsal(
    cli: &Cli,
    arguments: &BuildArguments,
    prepared: &Prepared,
    mut request: Request,
) -> Result<ExitCode, Failure> {
    let rehearsal = rehearse(&prepared.environment, &prepared.plan).map_err(|error| {
        Failure::new(
            UNUSABLE,
            format!("cannot write the files of the rehearsal: {error}"),
            "make room in the directory for temporary files, or name another with TMPDIR",
        )
    })?;
    show::left_out(&rehearsal, &prepared.targets);
    request.allow.extend(rehearsal.allow.iter().cloned());
    execute(cli, arguments, &rehearsal.plan, &prepared.targets, &request)
}

/// Builds targets, shows what happens, and says what came of it.
fn execute(
    cli: &Cli,
    arguments: &BuildArguments,
    plan: &Plan,
    targets: &[usize],
    request: &Request,
) -> Result<ExitCode, Failure> {
    let buildx = Buildx::default();
    let engine: Box<dyn Engine + Send> = match arguments.engine {
        EngineName::Docker => Box::new(buildx.clone()),
        EngineName::Podman => Box::new(Buildah::new("podman")),
        EngineName::Buildah => Box::new(Buildah::new("buildah")),
    };
    let stop = stop::on_signal()?;
    let job = Job {
        plan,
        targets,
        request,
        root: &cli.root,
        stop: &stop,
    };
    refuse::beyond(engine.as_ref(), &job)?;
    // What fails may be a base that nobody asked for by name.
    let mut state = State::of_plan(plan, &plan.closure(targets));
    let view = show::view(arguments, cli);
    let has_store = arguments.engine == EngineName::Docker;
    let (outcome, sizes) = thread::scope(|scope| {
        let (events, told) = channel();
        let (built, images) = channel();
        let building = scope.spawn(move || {
            let mut tell = |event| drop(events.send(event));
            build(engine.as_ref(), &job, &mut tell)
        });
        let client = buildx.client().as_ref();
        let asking = scope.spawn(move || has_store.then(|| sizes::ask(client, images)));
        let mut view = sizes::Noting { plan, view, built };
        dockwright_report::build::follow(&told, &mut state, &mut view);
        drop(view);
        (building.join(), asking.join().ok().flatten())
    });
    let outcome =
        outcome.unwrap_or_else(|_| Err(EngineError::Failed("the build ended".to_owned())));
    show::failures(plan, &state, cli);
    if show::has_begun(&state) {
        let results = results(plan, &state, &sizes.unwrap_or_default());
        let color = load::color(cli.color);
        load::print(&dockwright_report::build::summary(&state, &results, color))?;
    }
    match outcome {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(EngineError::Stopped) => Ok(ExitCode::from(STOPPED)),
        Err(EngineError::Unusable { error, hint }) => Err(Failure::new(UNUSABLE, error, hint)),
        Err(EngineError::Failed(error)) => {
            if !show::has_failures(&state) {
                return Err(Failure::new(
                    FAILED,
                    error,
                    "the lines above say what the engine did",
                ));
            }
            Ok(ExitCode::from(FAILED))
        }
    }
}
