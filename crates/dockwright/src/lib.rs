//! The `dockwright` program: arguments, wiring, output. No logic lives here.

pub mod cli;
mod commands;
mod failure;
mod load;
mod selection;
mod since;
mod stop;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Verb};

/// Runs the program with the arguments of the process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let result = match &cli.verb {
        Verb::Audit(arguments) => commands::audit::run(&cli, arguments),
        Verb::Graph(arguments) => commands::graph::run(&cli, arguments),
        Verb::Build(arguments) => commands::build::run(&cli, arguments),
        Verb::Explain(arguments) => commands::explain::run(arguments),
        Verb::Fix(arguments) => commands::fix::run(&cli, arguments),
        Verb::Refit(arguments) => commands::refit::run(&cli, arguments),
        Verb::Mv(arguments) => commands::mv::run(&cli, arguments),
        Verb::Inspect(arguments) => commands::inspect::run(&cli, arguments),
        Verb::Diff(arguments) => commands::diff::run(&cli, arguments),
        Verb::Undo => commands::undo::run(&cli),
    };
    result.unwrap_or_else(|failure| failure.show())
}
