//! What a person sees of a build.

use std::io::{self, IsTerminal, Write};

use dockwright_build::prepare::Prepared;
use dockwright_build::progress::{Change, State, Status};
use dockwright_build::rehearse::Rehearsal;
use dockwright_build::{Plan, Publication};
use dockwright_report::TextOptions;
use dockwright_report::build::{Live, Plain, View, failure};

use crate::cli::{BuildArguments, Cli, ProgressFormat};
use crate::load;

/// The view that was asked for, on standard error.
pub(super) fn view(arguments: &BuildArguments, cli: &Cli) -> Box<dyn View> {
    let color = load::color_of_errors(cli.color);
    let is_terminal = io::stderr().is_terminal();
    match arguments.progress {
        ProgressFormat::Live => Box::new(Live::stderr(color)),
        ProgressFormat::Auto if is_terminal => Box::new(Live::stderr(color)),
        ProgressFormat::Auto | ProgressFormat::Plain => Box::new(Plain::new(io::stderr(), color)),
        ProgressFormat::Rawjson => Box::new(Lines),
        ProgressFormat::Quiet => Box::new(Nothing),
    }
}

/// What the engine writes, as it is.
struct Lines;

impl View for Lines {
    fn change(&mut self, _: &State, change: &Change) {
        if let Change::Line(line) = change {
            drop(writeln!(io::stderr(), "{line}"));
        }
    }
}

struct Nothing;

impl View for Nothing {
    fn change(&mut self, _: &State, _: &Change) {}
}

/// What a person should know before it begins.
pub(super) fn notes(publication: &Publication, prepared: &Prepared) {
    for note in &publication.notes {
        eprintln!("note: {note}");
    }
    for index in prepared.plan.closure(&prepared.targets) {
        let Some(target) = prepared.plan.targets.get(index) else {
            continue;
        };
        for note in &target.notes {
            eprintln!("note: {}: {note}", target.name);
        }
    }
}

/// The targets that a rehearsal passes over.
pub(super) fn left_out(rehearsal: &Rehearsal, targets: &[usize]) {
    let names = rehearsal.plan.names(&rehearsal.plan.closure(targets));
    for name in rehearsal
        .left_out
        .iter()
        .filter(|name| names.contains(name))
    {
        eprintln!("note: {name} is not rehearsed: its Dockerfile is not in this repository");
    }
}

/// Whether any target was begun.
pub(super) fn has_begun(state: &State) -> bool {
    let mut targets = state.targets().iter();
    targets.any(|target| target.status != Status::Waiting)
}

/// Whether any target could not be built.
pub(super) fn has_failures(state: &State) -> bool {
    let mut targets = state.targets().iter();
    targets.any(|target| matches!(target.status, Status::Failed(_)))
}

/// Why targets could not be built.
pub(super) fn failures(plan: &Plan, state: &State, cli: &Cli) {
    let options = TextOptions {
        color: load::color_of_errors(cli.color),
        ..TextOptions::default()
    };
    for (index, told) in state.targets().iter().enumerate() {
        let target = plan.targets.iter().find(|target| target.name == told.name);
        let dockerfile = target.and_then(|target| target.dockerfile.as_deref());
        if let Some(text) = failure(state, index, dockerfile, &options) {
            eprintln!("{text}");
        }
    }
}
