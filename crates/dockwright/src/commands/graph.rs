//! `dockwright graph`

use std::process::ExitCode;

use dockwright_environment::graph::Graph;
use dockwright_report::graph;

use crate::cli::{Cli, GraphArguments, GraphFormat};
use crate::failure::Failure;
use crate::load;

pub(crate) fn run(cli: &Cli, arguments: &GraphArguments) -> Result<ExitCode, Failure> {
    let tree = load::tree(&cli.root, arguments.rev.as_deref())?;
    let settings = load::settings(tree.as_ref())?;
    let environment = load::environment(&cli.root, tree, &settings)?;
    let drawn = Graph::of(&environment);
    let documents = &environment.documents;
    let output = match arguments.format {
        GraphFormat::Text => graph::text(&drawn),
        GraphFormat::Json => graph::json(&drawn, documents),
        GraphFormat::Dot => graph::dot(&drawn, documents),
        GraphFormat::Mermaid => graph::mermaid(&drawn),
        GraphFormat::Svg => graph::svg(&drawn, documents),
    };
    load::print(&output)?;
    Ok(ExitCode::SUCCESS)
}
