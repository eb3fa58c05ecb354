//! `dockwright mv`

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use dockwright_environment::tree::EntryKind;
use dockwright_environment::{CallerVariables, TreePath};
use dockwright_refit::moves::{Left, Move, plan};
use dockwright_refit::{Context, stage_renames, unified, write};

use crate::cli::{Cli, MvArguments};
use crate::failure::{Failure, UNUSABLE, USAGE};
use crate::load;

/// Mentions that are shown before the rest is counted.
const MAX_SHOWN: usize = 50;

pub(crate) fn run(cli: &Cli, arguments: &MvArguments) -> Result<ExitCode, Failure> {
    let tree = load::tree(&cli.root, None)?;
    let settings = load::settings(tree.as_ref())?;
    let (old, mut new) = (path(&arguments.old)?, path(&arguments.new)?);
    // A file that goes into a directory which is still to be made.
    let is_into = arguments.new.as_os_str().as_encoded_bytes().ends_with(b"/");
    let is_file = tree
        .entry(&old)
        .is_some_and(|it| it.kind != EntryKind::Directory);
    if is_into && is_file && tree.entry(&new).is_none() {
        new = new.join(old.file_name()).unwrap_or(new);
    }
    // What is written is the same whoever asks.
    let options = load::options(&cli.root, &settings, &CallerVariables::default())?;
    let environment = load::read(tree, &options)?;
    let context = Context {
        environment: &environment,
        options: &options,
        settings: &settings,
        revision: None,
    };
    let plan = plan(context, &old, &new)?;
    if !plan.uncertain.is_empty() && !arguments.leave {
        eprint!("{}", listed(&plan.uncertain));
        let count = match plan.uncertain.len() {
            1 => "1 mention".to_owned(),
            count => format!("{count} mentions"),
        };
        return Err(Failure::new(
            UNUSABLE,
            format!("`{old}` is not moved: {count} cannot be rewritten with certainty"),
            "change them by hand first, or give `--leave` to move it and leave them as they are",
        ));
    }
    if arguments.diff {
        load::print(&unified(&plan.changes))?;
        eprint!("{}", left(&plan));
        return Ok(ExitCode::SUCCESS);
    }
    if !arguments.allow_dirty {
        load::needs_clean_tree(&plan.changes, &cli.root)?;
    }
    write(&plan.changes, &cli.root)?;
    stage_renames(&plan.changes, &cli.root)?;
    load::print(&summary(&plan))?;
    Ok(ExitCode::SUCCESS)
}

/// A path below the root, as it is given.
fn path(given: &Path) -> Result<TreePath, Failure> {
    let text = given.to_str().and_then(TreePath::new);
    text.ok_or_else(|| {
        Failure::new(
            USAGE,
            format!("`{}` is not in the repository", given.display()),
            "give paths relative to the repository's root",
        )
    })
}

fn summary(plan: &Move) -> String {
    let mut text = String::new();
    for (from, to) in &plan.renamed {
        let _ = writeln!(text, "renamed {from} -> {to}");
    }
    for one in &plan.reworded {
        let (path, line, old, new) = (&one.path, one.line, &one.old, &one.new);
        let _ = writeln!(text, "rewrote {path}:{line}: {old} -> {new}");
    }
    text + &left(plan)
}

/// What stays as it is.
fn left(plan: &Move) -> String {
    let mut text = String::new();
    for line in listed(&plan.uncertain).lines() {
        let _ = writeln!(text, "left {line}");
    }
    match plan.history.len() {
        0 => {}
        1 => text.push_str("left 1 mention that tells of the past\n"),
        count => {
            let _ = writeln!(text, "left {count} mentions that tell of the past");
        }
    }
    text
}

fn listed(all: &[Left]) -> String {
    let mut text = String::new();
    for one in all.iter().take(MAX_SHOWN) {
        let (path, line, why) = (&one.path, one.line, &one.why);
        let _ = match one.text.as_str() {
            "" => writeln!(text, "{path}:{line}: {why}"),
            said => writeln!(text, "{path}:{line}: `{said}`: {why}"),
        };
    }
    if all.len() > MAX_SHOWN {
        let _ = writeln!(text, "and {} more", all.len() - MAX_SHOWN);
    }
    text
}
