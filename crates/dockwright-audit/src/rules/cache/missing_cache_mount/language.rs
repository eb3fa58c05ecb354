//! Cache mounts for the packages of programming languages.

use dockwright_environment::build::Base;
use dockwright_environment::packages::{Manager, ManagerKind};
use dockwright_environment::{Document, Environment};
use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::{Instruction, InstructionKind};

use super::has_mount;
use crate::edits::{link, word};
use crate::fix::Fix;
use crate::package_commands::PackageCommand;
use crate::rule::Context;
use crate::stage::StageView;
use crate::steps::Step;

/// Variables that move a cache somewhere else.
const SETTINGS: &[&str] = &[
    "HOME",
    "GOPATH",
    "CARGO_HOME",
    "GEM_HOME",
    "BUNDLE_PATH",
    "COMPOSER_HOME",
    "GRADLE_USER_HOME",
    "NUGET_PACKAGES",
    "PNPM_HOME",
    "POETRY_HOME",
    "MAVEN_OPTS",
];

/// Those whose cache holds downloads alone: nothing looks there once they are installed.
const DOWNLOADS: &[&str] = &["bun", "composer", "npm", "pip", "poetry", "uv pip", "yarn"];

/// Gives every step of a stage that calls a package manager the mount. `None` where the cache is
/// somewhere else, is needed elsewhere, or is better left unfilled.
pub(super) fn fix(cx: Context<'_>, stage: StageView<'_>, manager: &Manager) -> Option<Fix> {
    let environment = cx.environment;
    let directory = manager.cache.first()?;
    if !directory.starts_with('~') && !is_official(stage) {
        return None;
    }
    let directory = directory.replacen('~', "/root", 1);
    if manager.kind == ManagerKind::System {
        return None;
    }
    let is_setting =
        |name: &str| SETTINGS.contains(&name) || name.to_ascii_uppercase().contains("CACHE");
    let is_configured = environment
        .chain_stages(stage.id)
        .filter_map(|link| environment.stage(link))
        .any(|link| link.bindings.iter().any(|it| is_setting(&it.name)));
    let document = environment.documents.get(stage.dockerfile.document);
    let is_used = document.text.contains(directory.as_str());
    let has_user = stage
        .chain()
        .flat_map(StageView::instructions)
        .any(|(_, instruction)| matches!(instruction.kind, InstructionKind::User(_)));
    let is_needed =
        !DOWNLOADS.contains(&manager.name.as_str()) && is_shared(stage, environment, manager);
    if is_configured || is_used || has_user || is_needed {
        return None;
    }
    let mount = format!("--mount=type=cache,target={directory}");
    let mut fix = Fix::with_care(
        format!("add `{mount}`"),
        "what a later step or the program expects in that directory is not in the image any more",
    );
    for (at, instruction) in stage.instructions() {
        let calls = environment.installations(stage.id, at).iter();
        let mut calls = calls.filter(|call| call.manager.name == manager.name);
        let InstructionKind::Run(run) = &instruction.kind else {
            continue;
        };
        if calls.next().is_some() && !has_mount(run, manager) {
            fix = filling(cx, stage, (at, instruction), manager, fix)?;
            let end = instruction.keyword.span.end;
            let rest = document.text.get(end as usize..)?;
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            let start = end + u32::try_from(blanks).ok()?;
            fix = fix.insert(document.id, start, format!("{mount} "));
        }
    }
    Some(fix)
}

/// Whether another stage starts from this one, or this one from one that has filled the cache, which the mount
/// would hide.
fn is_shared(stage: StageView<'_>, environment: &Environment, manager: &Manager) -> bool {
    let is_base = stage.build.stages.iter().any(|other| match &other.base {
        Base::Stage(base) => *base == stage.id.stage,
        _ => false,
    });
    is_base
        || environment.chain_stages(stage.id).any(|link| {
            let instructions = environment.stage_instructions(link);
            let mut calls = instructions.flat_map(|(at, _)| environment.installations(link, at));
            link != stage.id && calls.any(|call| call.manager.name == manager.name)
        })
}

/// Takes away what refuses or empties the cache in a step. `None` where that is done in another way, and
/// where the step should refuse it and does not.
fn filling(
    cx: Context<'_>,
    stage: StageView<'_>,
    (at, instruction): (usize, &Instruction),
    manager: &Manager,
    mut fix: Fix,
) -> Option<Fix> {
    let document = cx.environment.documents.get(stage.dockerfile.document);
    let escape = stage.dockerfile.tree.escape;
    let refuses = manager
        .commands
        .first()
        .and_then(|name| PackageCommand::named(name)?.cache.as_ref());
    let mut gone: Vec<Span> = Vec::new();
    let calls = cx.environment.installations(stage.id, at).iter();
    for call in calls.filter(|call| call.manager.name == manager.name) {
        let options = call.options.iter();
        let mut options = options
            .filter(|option| refuses.is_some_and(|cache| cache.options.contains(&option.value)));
        let option = options.next();
        // Without it there is `leftover-package-cache`, which asks for the option.
        if option.is_none() && refuses.is_some() && stage.ships() {
            return None;
        }
        if let Some(option) = option {
            gone.push(option.span);
            fix = word::delete(fix, document, option.span, escape)?;
        }
    }
    let step = cx.steps(stage).iter().find(|step| step.at == at);
    for (invocation, command) in step.into_iter().flat_map(Step::invocations) {
        let mut words = invocation
            .arguments()
            .iter()
            .filter_map(|it| it.literal.as_deref());
        let is_own = manager.commands.iter().any(|name| name == invocation.name);
        let clears =
            words.next() == Some("cache") && matches!(words.next(), Some("clean" | "purge"));
        if is_own && clears {
            let span = command.command.span;
            gone.push(span);
            fix = link::delete(fix, document, step?.script, span, escape)?;
        }
    }
    (!empties(&without(document, instruction.span, gone))).then_some(fix)
}

/// Whether a step may empty the cache in a way that is not looked into.
fn empties(step: &str) -> bool {
    const HOMES: &[&str] = &["cache", "/root", "~", "$HOME", "${HOME}"];
    let removes = step.contains("rm ") && HOMES.iter().any(|home| step.contains(home));
    removes
        || ["cache clean", "cache purge"]
            .iter()
            .any(|it| step.contains(it))
}

/// A text without some parts of it.
fn without(document: &Document, whole: Span, mut parts: Vec<Span>) -> String {
    parts.sort_unstable();
    let mut text = String::new();
    let mut start = whole.start;
    for part in parts {
        let kept = Span {
            start,
            end: part.start,
        };
        text += kept.of(&document.text);
        start = part.end;
    }
    let end = whole.end;
    text + Span { start, end }.of(&document.text)
}

/// Whether a stage starts from an official image of a language, which has its caches where they are known to be.
fn is_official(stage: StageView<'_>) -> bool {
    const IMAGES: &[&str] = &["golang", "node", "ruby", "rust"];
    let first = stage.chain().last().unwrap_or(stage);
    let base = first.stage.base_value.text.as_str();
    let name = base.rsplit('/').next().unwrap_or(base);
    let name = name.split([':', '@']).next().unwrap_or(name);
    IMAGES.contains(&name)
}
