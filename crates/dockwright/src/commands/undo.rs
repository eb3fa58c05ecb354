//! `dockwright undo`

use std::fmt::Write;
use std::process::ExitCode;

use dockwright_refit::{Undone, undo, unstage_renames};

use crate::cli::Cli;
use crate::failure::Failure;
use crate::load;

pub(crate) fn run(cli: &Cli) -> Result<ExitCode, Failure> {
    load::recover(&cli.root)?;
    let mut output = String::new();
    let all = undo(&cli.root)?;
    unstage_renames(&all, &cli.root)?;
    for undone in all {
        let _ = match undone {
            Undone::Restored(path) => writeln!(output, "restored {path}"),
            Undone::Removed(path) => writeln!(output, "removed {path}"),
        };
    }
    load::print(&output)?;
    Ok(ExitCode::SUCCESS)
}
