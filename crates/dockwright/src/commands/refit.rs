//! `dockwright refit`

use std::fmt::Write;
use std::process::ExitCode;

use dockwright_build::publication::Revision;
use dockwright_environment::CallerVariables;
use dockwright_refit::{Context, registry, unified, write};

use crate::cli::{Cli, RefitArguments};
use crate::failure::{Failure, USAGE};
use crate::load;

pub(crate) fn run(cli: &Cli, arguments: &RefitArguments) -> Result<ExitCode, Failure> {
    if arguments.name == "list" {
        load::print(&list())?;
        return Ok(ExitCode::SUCCESS);
    }
    let refactoring =
        registry::find(&arguments.name).ok_or_else(|| unknown_refactoring(&arguments.name))?;
    let tree = load::tree(&cli.root, None)?;
    let settings = load::settings(tree.as_ref())?;
    // What is written is the same whoever asks.
    let options = load::options(&cli.root, &settings, &CallerVariables::default())?;
    let environment = load::read(tree, &options)?;
    let revision = Revision::read(&cli.root).ok();
    let proposal = refactoring.propose(Context {
        environment: &environment,
        options: &options,
        settings: &settings,
        revision: revision.as_ref(),
    });
    let proposal = proposal?;
    for note in &proposal.notes {
        eprintln!("note: {note}");
    }
    if !arguments.write {
        load::print(&unified(&proposal.changes))?;
        eprintln!("note: nothing was written; `--write` writes it");
        return Ok(ExitCode::SUCCESS);
    }
    if !arguments.allow_dirty {
        load::needs_clean_tree(&proposal.changes, &cli.root)?;
    }
    write(&proposal.changes, &cli.root)?;
    let mut written = String::new();
    for (path, _) in proposal.changes.iter() {
        let _ = writeln!(written, "wrote {path}");
    }
    load::print(&written)?;
    Ok(ExitCode::SUCCESS)
}

/// The failure for a refactoring that is not there.
fn unknown_refactoring(name: &str) -> Failure {
    let nearest = registry::nearest(name).join(", ");
    Failure::new(
        USAGE,
        format!("there is no refactoring called `{name}`"),
        format!("the nearest are: {nearest}; `dockwright refit list` lists all"),
    )
}

fn list() -> String {
    let names = registry::all().map(|refactoring| refactoring.name().len());
    let width = names.max().unwrap_or_default();
    let mut text = String::new();
    for refactoring in registry::all() {
        let (name, summary) = (refactoring.name(), refactoring.summary());
        let _ = writeln!(text, "{name:width$}  {summary}");
    }
    text
}
