//! `dockwright fix`

mod pins;

use std::process::ExitCode;

use dockwright_audit::{Finding, Safety};
use dockwright_environment::{CallerVariables, Environment};
use dockwright_refit::fixes::{Selection, fix};
use dockwright_refit::{Context, stage_renames, unified, write};
use dockwright_report::fixes;

use crate::cli::{Cli, FixArguments};
use crate::failure::Failure;
use crate::load;
use crate::selection::{confidence, paths, rules, stands_in};

pub(crate) fn run(cli: &Cli, arguments: &FixArguments) -> Result<ExitCode, Failure> {
    let tree = load::tree(&cli.root, None)?;
    let mut settings = load::settings(tree.as_ref())?;
    settings.audit.confidence = confidence(arguments.confidence, &settings);
    rules(&arguments.rules)?;
    let paths = paths(&cli.root, &arguments.paths)?;
    // What is written is the same whoever asks.
    let options = load::options(&cli.root, &settings, &CallerVariables::default())?;
    let environment = load::read(tree, &options)?;
    let includes = |environment: &Environment, finding: &Finding| {
        let mut names = arguments.rules.iter();
        stands_in(environment, finding, &paths)
            && (arguments.rules.is_empty() || names.any(|name| finding.answers_to(name)))
    };
    let safety = if arguments.with_unsafe {
        Safety::Unsafe
    } else {
        Safety::Safe
    };
    settings.audit.pins = pins::pins(arguments, (&environment, &settings), &includes)?;
    let context = Context {
        environment: &environment,
        options: &options,
        settings: &settings,
        revision: None,
    };
    let outcome = fix(
        context,
        Selection {
            safety,
            includes: &includes,
        },
    );
    let is_written = !arguments.diff && !arguments.check;
    if is_written && !outcome.changes.is_empty() {
        if !arguments.allow_dirty {
            load::needs_clean_tree(&outcome.changes, &cli.root)?;
        }
        write(&outcome.changes, &cli.root)?;
        stage_renames(&outcome.changes, &cli.root)?;
    }
    let summary = fixes(&outcome, is_written);
    if arguments.diff {
        load::print(&unified(&outcome.changes))?;
        eprint!("{summary}");
    } else {
        load::print(&summary)?;
    }
    let fails = arguments.check && !outcome.fixed.is_empty();
    // The process ends, and with it its memory, sooner than all of this can be freed.
    std::mem::forget((environment, outcome));
    Ok(ExitCode::from(u8::from(fails)))
}
