//! Cache mounts for the packages of Debian and its relatives.
//!
//! Source: Docker documentation, "Optimize cache usage in builds", and apt-get(8). The documentation mounts all of
//! `/var/lib/apt`, in which apt notes as well what was installed for something else; that has to stay in the
//! image.

use std::collections::BTreeMap;

use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::{Command, InstructionKind};
use dockwright_syntax::shell::Word;

use crate::edits::{link, word};
use crate::fix::{Fix, indentation, lines};
use crate::package_calls::PackageCall;
use crate::rule::Context;
use crate::stage::StageView;
use crate::steps::Step;

const MOUNTS: [&str; 2] = [
    "--mount=type=cache,target=/var/cache/apt,sharing=locked",
    "--mount=type=cache,target=/var/lib/apt/lists,sharing=locked",
];

/// The images of Debian and Ubuntu delete what was downloaded behind every installation.
const KEEPS: &str = "rm -f /etc/apt/apt.conf.d/docker-clean";

const DIRECTORIES: [&str; 2] = ["/var/cache/apt", "/var/lib/apt"];

/// Words of a step that looks at the lists in another way, or at the switch itself.
const OTHERS: [&str; 4] = ["sudo", "apt-cache", "apt-file", "docker-clean"];

/// Stages that start from one, of which more are not looked at.
const MAX_FOLLOWERS: usize = 20;

/// Gives every step of a stage that calls apt mounts on its directories, lets it keep there what it downloads,
/// and takes away what empties them. `None` where that cannot be told of a step, or of one in a stage that
/// starts from this one.
pub(super) fn fix(cx: Context<'_>, stage: StageView<'_>) -> Option<Fix> {
    let fix = edits(cx, stage)?;
    let mut followers = followers(cx, stage)?.into_iter();
    let is_followed = followers.all(|it| calls(cx, it).is_empty() || edits(cx, it).is_some());
    is_followed.then_some(fix)
}

/// The calls of apt in a stage, by their instruction.
fn calls<'a>(cx: Context<'a>, stage: StageView<'_>) -> BTreeMap<usize, Vec<&'a PackageCall<'a>>> {
    let mut all: BTreeMap<usize, Vec<&PackageCall<'_>>> = BTreeMap::new();
    for call in cx.package_calls(stage) {
        if call.command.manager().is_some_and(|it| it.name == "apt") {
            all.entry(call.at).or_default().push(call);
        }
    }
    all
}

/// The stages that start from a stage, directly or not. `None` where there are many.
fn followers<'a>(cx: Context<'a>, stage: StageView<'_>) -> Option<Vec<StageView<'a>>> {
    let mut found = Vec::new();
    let mut bases = vec![stage];
    while let Some(base) = bases.pop() {
        let dockerfiles = cx.environment.dockerfiles.iter();
        let stages = dockerfiles.flat_map(|it| StageView::all(cx.environment, it));
        let direct = stages.filter(|it| it.starts_from(base));
        let direct: Vec<StageView<'_>> = direct.collect();
        found.extend(&direct);
        bases.extend(direct);
        if found.len() > MAX_FOLLOWERS {
            return None;
        }
    }
    Some(found)
}

fn edits(cx: Context<'_>, stage: StageView<'_>) -> Option<Fix> {
    let text = &cx.environment.documents.get(stage.dockerfile.document).text;
    let calls = calls(cx, stage);
    let mut fix = Fix::with_care(
        "add cache mounts on `/var/cache/apt` and `/var/lib/apt/lists`",
        "an image that starts from this one keeps what it downloads, unless it has the mounts too",
    );
    for (at, instruction) in stage.instructions() {
        let written = instruction.span.of(text);
        match calls.get(&at) {
            Some(calls) => fix = step(cx, stage, calls, fix)?,
            None if mentions(written) == 0 => {}
            // To remove what is not there does no harm.
            None if matches!(instruction.kind, InstructionKind::Run(_))
                && written.contains("rm ") => {}
            None => return None,
        }
    }
    (!fix.edits.is_empty()).then_some(fix)
}

fn step(
    cx: Context<'_>,
    stage: StageView<'_>,
    calls: &[&PackageCall<'_>],
    fix: Fix,
) -> Option<Fix> {
    let first = calls.first()?;
    let step = first.step?;
    let Command::Shell(shell) = &step.run.command else {
        return None;
    };
    let has_mount = |call: &&PackageCall<'_>| {
        let manager = call.command.manager();
        manager.is_some_and(|it| super::has_mount(call.run, it))
    };
    if has_mount(first) || calls.iter().all(|call| cleans(call)) {
        return Some(fix);
    }
    let document = cx.environment.documents.get(stage.dockerfile.document);
    let written = step.instruction.span.of(&document.text);
    let is_plain = step.instruction.heredocs.is_empty()
        && matches!(step.instruction.kind, InstructionKind::Run(_))
        && calls.iter().all(|call| call.name == "apt-get")
        && !OTHERS.iter().any(|word| written.contains(word))
        && link::is_link(step.script, first.span);
    if !is_plain || !is_renewed(calls) || !is_root(stage, step.at) {
        return None;
    }
    let fix = without_removals(cx, stage, step, calls, fix)?;
    let escape = stage.dockerfile.tree.escape;
    let start = shell.span.start;
    let before = Span {
        start: lines(&document.text, Span { start, end: start }).start,
        end: start,
    };
    let before = before.of(&document.text);
    let body = shell.span.of(&document.text);
    let second = body.lines().skip(1).find(|line| !line.trim().is_empty());
    let indentation = match second {
        _ if before.trim().is_empty() => before,
        Some(line) => indentation(line),
        None => "    ",
    };
    let next = format!(" {escape}\n{indentation}");
    let mounts = format!("{}{next}{}{next}", MOUNTS[0], MOUNTS[1]);
    let leads = body.lines().any(|line| line.trim_start().starts_with("&&"));
    let keeps = if leads {
        format!("{KEEPS}{next}&& ")
    } else {
        format!("{KEEPS} &&{next}")
    };
    if first.span.start == start {
        return Some(fix.insert(document.id, start, mounts + &keeps));
    }
    let keeps = if leads { keeps } else { format!("{KEEPS} && ") };
    let fix = fix.insert(document.id, start, mounts);
    Some(fix.insert(document.id, first.span.start, keeps))
}

/// Whether a call empties a directory.
fn cleans(call: &PackageCall<'_>) -> bool {
    does(
        call,
        &[
            "clean",
            "autoclean",
            "auto-clean",
            "distclean",
            "dist-clean",
        ],
    )
}

fn does(call: &PackageCall<'_>, actions: &[&str]) -> bool {
    let actions = actions.iter().map(|it| (*it).to_owned());
    call.action(&actions.collect::<Vec<_>>()).is_some()
}

/// Whether the lists are fetched before they are needed in the same step: an earlier one does not run again
/// once the cache has been emptied.
fn is_renewed(calls: &[&PackageCall<'_>]) -> bool {
    const NEED: [&str; 7] = [
        "install",
        "reinstall",
        "upgrade",
        "dist-upgrade",
        "full-upgrade",
        "build-dep",
        "source",
    ];
    let mut calls = calls.iter();
    let first = calls.find(|call| does(call, &["update"]) || does(call, &NEED));
    first.is_none_or(|call| does(call, &["update"]))
}

/// Whether a step runs as root, as far as the repository says.
fn is_root(stage: StageView<'_>, at: usize) -> bool {
    let user = stage.chain().find_map(|link| {
        let instructions = link.instructions().rev();
        let mut before = instructions.filter(|(index, _)| link.id != stage.id || *index < at);
        before.find_map(|(index, instruction)| match &instruction.kind {
            InstructionKind::User(user) => Some(link.expand(index, user)),
            _ => None,
        })
    });
    user.is_none_or(|user| {
        let name = user.known().and_then(|it| it.split(':').next());
        matches!(name, Some("root" | "0"))
    })
}

/// Takes away what empties the directories. `None` where something else is done with them.
fn without_removals(
    cx: Context<'_>,
    stage: StageView<'_>,
    step: &Step<'_>,
    calls: &[&PackageCall<'_>],
    mut fix: Fix,
) -> Option<Fix> {
    let document = cx.environment.documents.get(stage.dockerfile.document);
    let escape = stage.dockerfile.tree.escape;
    for call in calls.iter().filter(|call| cleans(call)) {
        fix = link::delete(fix, document, step.script, call.span, escape)?;
    }
    let mut gone = 0;
    for (invocation, command) in step.invocations().filter(|(it, _)| it.name == "rm") {
        let words = invocation.arguments().iter();
        let target = |word: &Word| {
            let target = word.span.of(&document.text);
            target.trim_matches(['"', '\'']).to_owned()
        };
        let targets: Vec<(&Word, String)> = words.map(|it| (it, target(it))).collect();
        let targets = targets
            .iter()
            .filter(|(_, target)| !target.starts_with('-'));
        let (own, others): (Vec<_>, Vec<_>) =
            targets.partition(|(_, target)| mentions(target) == 1 && target.starts_with('/'));
        if others.iter().any(|(_, target)| may_hold(target)) {
            return None;
        }
        gone += own.len();
        if others.is_empty() && !own.is_empty() {
            fix = link::delete(fix, document, step.script, command.command.span, escape)?;
            continue;
        }
        for (target, _) in own {
            fix = word::delete(fix, document, target.span, escape)?;
        }
    }
    (mentions(step.instruction.span.of(&document.text)) == gone).then_some(fix)
}

/// How often the directories are named.
fn mentions(text: &str) -> usize {
    let counts = DIRECTORIES.map(|directory| text.matches(directory).count());
    counts.iter().sum()
}

/// Whether removing a target may remove one of the directories, which is not possible once it is a mount.
fn may_hold(target: &str) -> bool {
    let whole = target.trim_end_matches('*').trim_end_matches('/');
    let holds = |directory: &&str| {
        let below = directory.strip_prefix(whole);
        below.is_some_and(|rest| rest.starts_with('/'))
    };
    target.contains('{') || DIRECTORIES.iter().any(holds)
}
