//! Versions behind the names of packages.

use dockwright_environment::Location;
use dockwright_syntax::Span;

use crate::expansion::Argument;
use crate::fix::Fix;
use crate::package_calls::PackageCall;
use crate::package_commands::Pins;
use crate::pins;
use crate::rule::Context;
use crate::stage::StageView;

/// Gives packages of a call the versions that are known for them. `None` where one is not known, or comes from a
/// variable.
pub(crate) fn pin(
    cx: Context<'_>,
    stage: StageView<'_>,
    call: &PackageCall<'_>,
    how: &Pins,
    packages: &[&Argument],
) -> Option<Fix> {
    let manager = call.command.manager()?;
    let document = cx.environment.documents.get(stage.dockerfile.document);
    let mut fix = Fix::with_care(
        "",
        "a repository may have no old versions, and nothing newer comes in until somebody renews them",
    );
    let mut versions = Vec::new();
    for package in packages {
        let written = package.span.of(&document.text);
        let inside = written.trim_start_matches(['"', '\'']);
        let quotes = u32::try_from(written.len() - inside.len()).ok()?;
        if inside.trim_end_matches(['"', '\'']) != package.text {
            return None;
        }
        let name = how.without_floating(&package.text);
        let known = name.split(['[', ':']).next().unwrap_or(name);
        // The scheme of an address is no name.
        let version = pins::version(cx, manager, known).filter(|_| !name.contains("://"))?;
        let span = Span {
            start: package.span.start + quotes + u32::try_from(name.len()).ok()?,
            end: package.span.start + quotes + u32::try_from(package.text.len()).ok()?,
        };
        let pin = format!("{}{version}", manager.separator);
        versions.push(format!("`{name}{pin}`"));
        fix = fix.replace(Location::new(document.id, span), pin);
    }
    fix.title = format!("write {}", listed(&versions));
    Some(fix)
}

/// Packages that a title names.
const NAMED: usize = 3;

fn listed(versions: &[String]) -> String {
    let named = versions.get(..NAMED).unwrap_or(versions).join(", ");
    match versions.len().checked_sub(NAMED) {
        None | Some(0) => named,
        Some(more) => format!("{named} and the versions of {more} more"),
    }
}
