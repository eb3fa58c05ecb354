//! `dockwright explain`

use std::fmt::Write;
use std::process::ExitCode;

use dockwright_audit::{Family, registry};

use crate::cli::ExplainArguments;
use crate::failure::{Failure, USAGE};
use crate::load;

pub(crate) fn run(arguments: &ExplainArguments) -> Result<ExitCode, Failure> {
    let Some(name) = &arguments.rule else {
        load::print(&list())?;
        return Ok(ExitCode::SUCCESS);
    };
    let Some(rule) = registry::find(name) else {
        return Err(unknown_rule(name));
    };
    load::print(&dockwright_report::page::page(rule, None))?;
    Ok(ExitCode::SUCCESS)
}

/// The failure for a rule that is not there.
pub(crate) fn unknown_rule(name: &str) -> Failure {
    let nearest = registry::nearest(name).join(", ");
    Failure::new(
        USAGE,
        format!("there is no rule called `{name}`"),
        format!("the nearest are: {nearest}; `dockwright explain` lists all"),
    )
}

fn list() -> String {
    let width = registry::all()
        .map(|rule| rule.name.len())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    for family in Family::ALL {
        let _ = writeln!(text, "{}: {}", family.as_str(), family.summary());
        for rule in registry::all().filter(|rule| rule.family == family) {
            let (name, severity) = (rule.name, rule.severity.as_str());
            let _ = writeln!(text, "  {name:width$}  {severity:7}  {}", rule.summary());
        }
        text.push('\n');
    }
    text
}
