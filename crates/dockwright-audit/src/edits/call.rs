//! Changes to calls of package managers.

use dockwright_environment::Documents;
use dockwright_syntax::dockerfile::Command;

use crate::fix::{Fix, indentation};
use crate::package_calls::{Action, PackageCall};
use crate::stage::StageView;

/// Options without a value that people write first.
const FIRST: &[&str] = &[
    "-y",
    "-q",
    "-qq",
    "-yq",
    "-qy",
    "-yqq",
    "-qqy",
    "--yes",
    "--assume-yes",
    "--quiet",
];

/// Puts an option in behind the sub-command of a call, and behind `-y` and the like. `None` in the exec
/// form, and where a variable stands for the sub-command.
pub(crate) fn add_option(
    documents: &Documents,
    stage: StageView<'_>,
    call: &PackageCall<'_>,
    action: &Action<'_>,
    option: &str,
    fix: Fix,
) -> Option<Fix> {
    call.step?;
    let document = documents.get(stage.dockerfile.document);
    let (before, mut rest) = document.text.split_at_checked(action.span.end as usize)?;
    if !before.ends_with(action.name.rsplit(' ').next()?) {
        return None;
    }
    let mut offset = action.span.end;
    loop {
        let word = rest.trim_start_matches([' ', '\t']);
        let blanks = rest.len() - word.len();
        let end = word.find(char::is_whitespace).unwrap_or(word.len());
        let (word, behind) = word.split_at(end);
        if !FIRST.contains(&word) {
            break;
        }
        offset += u32::try_from(blanks + end).ok()?;
        rest = behind;
    }
    Some(fix.insert(document.id, offset, format!(" {option}")))
}

/// Puts a command in at the end of the step of a call, written as the step is. `None` where the step is a
/// here-document or ends with something that a command cannot simply follow.
pub(crate) fn add_command(
    documents: &Documents,
    stage: StageView<'_>,
    call: &PackageCall<'_>,
    command: &str,
    fix: Fix,
) -> Option<Fix> {
    let step = call.step?;
    let Command::Shell(shell) = &step.run.command else {
        return None;
    };
    let document = documents.get(stage.dockerfile.document);
    let text = shell.span.of(&document.text).trim_end();
    let last = text.rsplit('\n').next()?;
    if !step.instruction.heredocs.is_empty()
        || last.contains(['#', '`'])
        || text.ends_with([';', '&', '|', '\\'])
    {
        return None;
    }
    let lines = text.contains('\n');
    let indentation = indentation(last);
    let escape = stage.dockerfile.tree.escape;
    let added = if lines && last.trim_start().starts_with("&&") {
        format!(" {escape}\n{indentation}&& {command}")
    } else if lines {
        format!(" && {escape}\n{indentation}{command}")
    } else {
        format!(" && {command}")
    };
    let end = shell.span.start + u32::try_from(text.len()).ok()?;
    Some(fix.insert(document.id, end, added))
}
