//! What earlier instructions tell package managers.

use crate::rule::Context;
use crate::stage::StageView;

/// Whether one of `settings` is written in a stage or what it starts from, up to the instruction
/// `at`: as a variable, or into a file.
pub(crate) fn is_set(
    cx: Context<'_>,
    stage: StageView<'_>,
    at: usize,
    settings: &[String],
) -> bool {
    mentions(cx, stage, at, |text| {
        settings
            .iter()
            .any(|setting| text.contains(setting.as_str()))
    })
}

/// Whether packages come from the state that a repository had at some time, such as
/// `…/20250131T000000Z`.
pub(crate) fn has_snapshot(cx: Context<'_>, stage: StageView<'_>, at: usize) -> bool {
    mentions(cx, stage, at, |text| {
        text.match_indices('Z').any(|(end, _)| {
            let start = end.checked_sub("20250131T000000".len());
            let time = start.and_then(|start| text.get(start..end));
            time.and_then(|time| time.split_once('T'))
                .is_some_and(|(day, time)| {
                    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
                    day.len() == 8 && is_number(day) && is_number(time)
                })
        })
    })
}

fn mentions(cx: Context<'_>, stage: StageView<'_>, at: usize, is: impl Fn(&str) -> bool) -> bool {
    let environment = cx.environment;
    environment.chain_stages(stage.id).any(|link| {
        let text = &environment
            .documents
            .get(environment.document_of(link))
            .text;
        let instructions = environment.stage_instructions(link).into_iter();
        let mut before = instructions.filter(|(index, _)| link != stage.id || *index <= at);
        before.any(|(_, instruction)| is(instruction.span.of(text)))
    })
}
