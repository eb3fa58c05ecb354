//! `sudo-in-run`

use dockwright_environment::build::Base;
use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::{Instruction, InstructionKind};

use crate::edits::DockerfileEdits;
use crate::image_users::{self, DefaultUser};
use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::Step;
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is a `sudo` in a `RUN`.
    ///
    /// ## What it does
    ///
    /// Reports each `RUN` that calls `sudo`, once.
    ///
    /// ## Why is this bad?
    ///
    /// `sudo` drops the environment, wants a terminal where its policy says so, and has to be in the image
    /// with rights for the user. `USER` says the same without any of it.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// USER 1000
    /// RUN sudo make install
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// USER 0
    /// RUN make install
    /// USER 1000
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Taking `sudo` away is unsafe: commands see the whole environment then. Where the user is not root,
    /// `USER` goes around the step. There is no fix where `sudo` has options of a meaning, where the
    /// user is not known, or where commands of the step run without it.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `USER`
    SudoInRun {
        name: "sudo-in-run",
        family: Dockerfile,
        severity: Warning,
        fix: Unsafe,
        aliases: ["DL3004"],
    }
}

impl Rule for SudoInRun {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for step in cx.steps(stage) {
            let mut words = step.invocations().filter_map(|(invocation, _)| {
                let mut wrappers = invocation.wrappers.iter();
                let wrapper = wrappers.find(|wrapper| wrapper.name == "sudo");
                let alone = (invocation.name == "sudo").then_some(invocation.words);
                wrapper.map(|wrapper| wrapper.words).or(alone)?.first()
            });
            let Some(word) = words.next() else {
                continue;
            };
            let user = cx.environment.user(stage.id, step.at);
            let user = user.as_ref().and_then(|user| user.known());
            let (message, help) = match user {
                Some("root" | "0") => ("the step runs as root without `sudo`", "leave `sudo` out"),
                _ => (
                    "the step uses `sudo`",
                    "say `USER root` before it, and the other user behind it",
                ),
            };
            let finding = Finding::new(self.metadata(), stage.location(word.span), message);
            let fix = match user {
                _ if runs_as_root(cx, stage, step.at) => as_root(cx, stage, step),
                Some(_) => as_user(cx, stage, step),
                None => None,
            };
            findings.push(finding.confidence(Confidence::Medium).help(help).fix(fix));
        }
    }
}

fn runs_as_root(cx: Context<'_>, stage: StageView<'_>, at: usize) -> bool {
    if let Some(user) = cx.environment.user(stage.id, at) {
        return matches!(user.known(), Some("root" | "0"));
    }
    let last = cx.environment.chain_stages(stage.id).last();
    let root = last.and_then(|id| cx.environment.stage(id));
    match root.map(|it| &it.base) {
        Some(Base::External(reference)) => {
            let user = image_users::default_user(reference);
            matches!(user, Some(DefaultUser::Root | DefaultUser::Drops))
        }
        _ => false,
    }
}

/// Leaves `sudo` out.
fn as_root(cx: Context<'_>, stage: StageView<'_>, step: &Step<'_>) -> Option<Fix> {
    let fix = Fix::with_care(
        "leave `sudo` out",
        "the commands see the whole environment then",
    );
    Some(leave_out(fix, stage, &sudos(cx, stage, step)?.0))
}

/// Leaves `sudo` out and puts `USER` around the step, or around it and its neighbours of the same kind.
fn as_user(cx: Context<'_>, stage: StageView<'_>, step: &Step<'_>) -> Option<Fix> {
    let of = |step: &Step<'_>| match sudos(cx, stage, step) {
        Some((places, true)) => Some(places),
        _ => None,
    };
    let steps = cx.steps(stage);
    let own = steps.iter().position(|it| it.at == step.at)?;
    let mut run: Vec<(&Step<'_>, Vec<Span>)> = vec![(step, of(step)?)];
    for next in steps.iter().skip(own + 1) {
        match (run.last(), of(next)) {
            (Some((last, _)), Some(places)) if last.at + 1 == next.at => run.push((next, places)),
            _ => break,
        }
    }
    for before in steps.iter().take(own).rev() {
        match (run.first(), of(before)) {
            (Some((first, _)), Some(places)) if before.at + 1 == first.at => {
                run.insert(0, (before, places));
            }
            _ => break,
        }
    }
    let (first, last) = (run.first()?.0, run.last()?.0);
    let user = user_as_written(cx, stage, step.at)?;
    let edits = DockerfileEdits::of(cx.environment, stage.dockerfile);
    let fix = Fix::with_care(
        "leave `sudo` out, with `USER 0` before the step",
        "the commands see the whole environment then",
    );
    let mut fix = edits.insert_before(fix, first.at, "USER 0");
    for (_, places) in &run {
        fix = leave_out(fix, stage, places);
    }
    let mut rest = stage.instructions().filter(|(at, _)| *at > last.at);
    let is_next = rest
        .next()
        .is_some_and(|(_, it)| matches!(it.kind, InstructionKind::User(_)));
    if !is_next {
        fix = edits.insert_after(fix, last.instruction, &format!("USER {user}"));
    }
    Some(fix)
}

fn leave_out(fix: Fix, stage: StageView<'_>, places: &[Span]) -> Fix {
    let places = places.iter();
    places.fold(fix, |fix, place| fix.delete(stage.location(*place)))
}

/// Where `sudo` and its options stand in a step, and whether every command is behind one. None where
/// an option says more than that root runs it.
fn sudos(cx: Context<'_>, stage: StageView<'_>, step: &Step<'_>) -> Option<(Vec<Span>, bool)> {
    let edits = DockerfileEdits::of(cx.environment, stage.dockerfile);
    let is_run = matches!(step.instruction.kind, InstructionKind::Run(_));
    let (mut places, mut all) = (Vec::new(), is_run);
    for found in &step.commands {
        let call = found.command.invocation();
        let wrappers = call.as_ref().map(|it| it.wrappers.as_slice());
        let mut wrappers = wrappers.unwrap_or_default().iter();
        let Some(sudo) = wrappers.find(|it| it.name == "sudo") else {
            if call.as_ref().is_some_and(|it| it.name == "sudo") {
                return None;
            }
            all = false;
            continue;
        };
        let next = wrappers.next().map(|it| it.words);
        let next = next.or(call.as_ref().map(|it| it.words))?.first()?;
        let (name, options) = sudo.words.split_first()?;
        let is_idle =
            |word: &str| matches!(word, "-E" | "-H" | "-n" | "--preserve-env" | "--set-home");
        let place = Span {
            start: name.span.start,
            end: next.span.start,
        };
        if !options
            .iter()
            .all(|it| it.literal.as_deref().is_some_and(is_idle))
            || edits.written(place).contains('\n')
        {
            return None;
        }
        places.push(place);
    }
    Some((places, all))
}

/// What to write behind `USER` for the user that is in force.
fn user_as_written(cx: Context<'_>, stage: StageView<'_>, at: usize) -> Option<String> {
    let user = |instruction: &Instruction| match &instruction.kind {
        InstructionKind::User(user) => Some(user.value.clone()),
        _ => None,
    };
    let mut before = stage.instructions().filter(|(index, _)| *index < at).rev();
    let own = before.find_map(|(_, instruction)| user(instruction));
    own.or_else(|| {
        let inherited = cx.environment.user(stage.id, at)?;
        inherited.known().map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn the_word_itself_is_no_call() {
        insta::assert_snapshot!(audit("sudo-in-run", "\
-- Dockerfile --
FROM debian:trixie
USER root
RUN apt-get install -y sudo \\
 && echo x | sudo tee /etc/x
RUN echo sudo
"), @"
        warning (medium) Dockerfile:4:14 the step runs as root without `sudo`
          help: leave `sudo` out
        ");
    }

    #[test]
    fn user_goes_around_steps_in_a_row() {
        insta::assert_snapshot!(fix("sudo-in-run", "\
-- Dockerfile --
FROM debian:trixie AS a
RUN sudo -E make \\
 && echo x | sudo tee /etc/x
RUN sudo -u app make
FROM acme/base AS b
USER app
RUN sudo make
# why
RUN sudo make install && sudo ldconfig
RUN make check && sudo make clean
FROM acme/base AS c
RUN sudo make
"), @r#"
        unsafe: leave `sudo` out, for the commands see the whole environment then
        unsafe: leave `sudo` out, with `USER 0` before the step, for the commands see the whole environment then
        unsafe: leave `sudo` out, with `USER 0` before the step, for the commands see the whole environment then
        -- Dockerfile --
        -RUN sudo -E make \
        - && echo x | sudo tee /etc/x
        +RUN make \
        + && echo x | tee /etc/x
        -RUN sudo make
        +USER 0
        +RUN make
        -RUN sudo make install && sudo ldconfig
        +RUN make install && ldconfig
        +USER app
        "#);
    }
}
