//! What earlier instructions tell package managers.

use std::collections::HashMap;

use dockwright_environment::Environment;

use crate::package_commands;
use crate::rule::Context;
use crate::stage::StageView;

/// What the instructions of one stage tell package managers: as a variable, or into a file.
pub(crate) struct PackageSettings {
    /// Index of the instruction that first mentions a setting.
    first: HashMap<&'static str, usize>,
    /// Index of the first that names a repository as it was at some time.
    snapshot: Option<usize>,
}

impl PackageSettings {
    pub(crate) fn of(environment: &Environment, stage: StageView<'_>) -> Self {
        let source = &environment.documents.get(stage.dockerfile.document).text;
        let mut settings = Self {
            first: HashMap::new(),
            snapshot: None,
        };
        for (at, instruction) in stage.instructions() {
            let text = instruction.span.of(source);
            for setting in package_commands::settings() {
                if text.contains(setting) {
                    settings.first.entry(setting).or_insert(at);
                }
            }
            if settings.snapshot.is_none() && has_time(text) {
                settings.snapshot = Some(at);
            }
        }
        settings
    }
}

/// Whether one of `settings` is written in a stage or what it starts from, up to the instruction
/// `at`.
pub(crate) fn is_set(
    cx: Context<'_>,
    stage: StageView<'_>,
    at: usize,
    settings: &[String],
) -> bool {
    let mut settings = settings.iter();
    settings.any(|setting| {
        tells(cx, stage, at, |own| {
            own.first.get(setting.as_str()).copied()
        })
    })
}

/// Whether packages come from the state that a repository had at some time, such as
/// `…/20250131T000000Z`.
pub(crate) fn has_snapshot(cx: Context<'_>, stage: StageView<'_>, at: usize) -> bool {
    tells(cx, stage, at, |own| own.snapshot)
}

fn tells(
    cx: Context<'_>,
    stage: StageView<'_>,
    at: usize,
    first: impl Fn(&PackageSettings) -> Option<usize>,
) -> bool {
    stage.chain().any(|link| {
        let first = cx.package_settings(link).and_then(&first);
        first.is_some_and(|first| link.id != stage.id || first <= at)
    })
}

/// Whether a time as `20250131T000000Z` is in a text.
fn has_time(text: &str) -> bool {
    text.match_indices('Z').any(|(end, _)| {
        let start = end.checked_sub("20250131T000000".len());
        let time = start.and_then(|start| text.get(start..end));
        time.and_then(|time| time.split_once('T'))
            .is_some_and(|(day, time)| {
                let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
                day.len() == 8 && is_number(day) && is_number(time)
            })
    })
}
