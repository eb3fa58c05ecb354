//! Progress in lines, for logs: each begins with the target.

use std::io::Write;
use std::time::Duration;

use dockwright_build::progress::{Change, State, Status, Step, StepState, TargetState};

use super::View;
use super::words::{
    BAD, QUIET, line, name_width, outcome, painted, place, reason, step, time, work,
};

/// Writes a line for whatever happens.
#[derive(Debug)]
pub struct Plain<W> {
    out: W,
    color: bool,
}

/// What is no work of an instruction is said when it took longer than this.
const LONG: Duration = Duration::from_secs(1);

impl<W: Write> Plain<W> {
    /// A view that writes to `out`, where it can: a reader that is gone does not end the build.
    pub fn new(out: W, color: bool) -> Self {
        Self { out, color }
    }

    fn say(&mut self, state: &State, target: &TargetState, text: &str) {
        let width = name_width(state);
        let name = painted(&format!("{:width$} |", target.name), QUIET, self.color);
        let _ = writeln!(self.out, "{name} {text}");
    }

    fn ended(&self, step: &Step) -> Option<String> {
        let place = place(step);
        let took = time(step.took.unwrap_or_default());
        let name = if place.is_empty() {
            work(step) + ":"
        } else {
            place
        };
        let text = if let Some(error) = &step.error {
            if step.is_cancelled() {
                format!("{name} stopped after {took}")
            } else {
                let failed = painted("failed", BAD, self.color);
                format!("{name} {failed} after {took}: {}", reason(error))
            }
        } else if is_minor(step) {
            let is_long = step.took.is_some_and(|took| took >= LONG);
            return is_long.then(|| format!("{} took {took}", super::words::step(step)));
        } else if step.cached {
            format!("{name} cached {}", work(step))
        } else {
            format!("{name} done in {took}")
        };
        Some(text)
    }

    fn settled(&self, state: &State, index: usize, target: &TargetState) -> String {
        let steps = state.steps(index);
        let (word, style) = outcome(target);
        let word = painted(&word, style, self.color);
        let took = time(state.elapsed(target));
        match &target.status {
            // The step has said why.
            Status::Failed(failure) if failure.step.is_some() => format!("{word} after {took}"),
            Status::Failed(failure) => format!("{word} after {took}: {}", reason(&failure.error)),
            Status::Built if steps.total > 0 => {
                format!(
                    "{word} in {took}, {}/{} steps cached",
                    steps.cached, steps.total
                )
            }
            Status::Built => format!("{word} in {took}"),
            _ => word,
        }
    }
}

impl<W: Write> View for Plain<W> {
    fn change(&mut self, state: &State, change: &Change) {
        let found = |target: &usize, number: &usize| {
            let target = state.target(*target)?;
            Some((target, target.step(*number)?))
        };
        match change {
            Change::Line(_) => {}
            Change::Began(target, number) => {
                if let Some((target, StepState { step: it, .. })) = found(target, number)
                    && !is_minor(it)
                    && !it.cached
                {
                    self.say(state, target, &step(it));
                }
            }
            Change::Output(target, number, text) => {
                if let Some((target, it)) = found(target, number) {
                    let text = format!("{}   {}", place(&it.step), line(text));
                    self.say(state, target, &text);
                }
            }
            Change::Ended(target, number) => {
                if let Some((target, it)) = found(target, number)
                    && let Some(text) = self.ended(&it.step)
                {
                    self.say(state, target, &text);
                }
            }
            Change::Message(text) => {
                let _ = writeln!(self.out, "{}", line(text));
            }
            Change::Settled(index) => {
                if let Some(target) = state.target(*index) {
                    let text = self.settled(state, *index, target);
                    self.say(state, target, &text);
                }
            }
        }
    }

    fn finish(&mut self, _: &State) {
        let _ = self.out.flush();
    }
}

/// Whether a step is not worth a line unless it takes long: the engine's own work, and bases that
/// are at hand.
fn is_minor(step: &Step) -> bool {
    step.internal || !step.place.is_empty() && !step.is_instruction()
}

#[cfg(test)]
mod tests {
    use super::super::recorded::{BASE_FAILS, CACHED, COLD, FAILING, Recorded, play};
    use super::*;

    fn plain(recorded: Recorded, color: bool) -> String {
        let mut plain = Plain::new(Vec::new(), color);
        play(recorded, &mut plain);
        String::from_utf8(plain.out).unwrap()
    }

    #[test]
    fn each_line_has_its_target() {
        insta::assert_snapshot!(plain(COLD, false), @r#"
        base | [2/3] RUN echo "preparing the base" && sleep 0.3
        base | [2/3]   preparing the base
        base | [2/3] done in 0.9s
        base | [3/3] COPY motd /etc/motd
        base | [3/3] done in 0.0s
        app  | [compile 1/2] RUN for part in one two three; do echo "compiling $part"; sleep 0.2; done && echo done >/out
        tool | [1/2] RUN echo "to standard error" >&2; sleep 0.4; printf 'no newline at the end'
        base | exporting to image
        base | exporting to image: done in 0.7s
        base | built in 3.2s, 0/2 steps cached
        tool | [1/2]   to standard error
        app  | [compile 1/2]   compiling one
        app  | [compile 1/2]   compiling two
        app  | [compile 1/2]   compiling three
        tool | [1/2]   no newline at the end
        tool | [1/2] done in 1.4s
        tool | exporting to image
        app  | [compile 1/2] done in 1.6s
        tool | exporting to image: done in 0.6s
        app  | [stage-1 1/3] COPY --from=compile /out /out
        tool | built in 4.0s, 0/1 steps cached
        app  | [stage-1 1/3] done in 0.0s
        app  | [stage-1 2/3] RUN cat /out
        app  | [stage-1 2/3]   done
        app  | [stage-1 2/3] done in 0.6s
        app  | exporting to image
        app  | exporting to image: done in 0.4s
        app  | built in 4.4s, 0/3 steps cached
        "#);
    }

    #[test]
    fn cached_steps_take_one_line() {
        insta::assert_snapshot!(plain(CACHED, false), @r#"
        base | [2/3] cached RUN echo "preparing the base" && sleep 0.3
        app  | [compile 1/2] cached RUN for part in one two three; do echo "compiling $part"; sleep 0.2; done && echo done >/out
        app  | [stage-1 1/3] cached COPY --from=compile /out /out
        tool | [1/2] cached RUN echo "to standard error" >&2; sleep 0.4; printf 'no newline at the end'
        base | [3/3] cached COPY motd /etc/motd
        tool | exporting to image
        app  | [stage-1 2/3] cached RUN cat /out
        base | exporting to image
        app  | exporting to image
        base | exporting to image: done in 0.2s
        tool | exporting to image: done in 0.2s
        base | built in 3.7s, 2/2 steps cached
        app  | exporting to image: done in 0.3s
        tool | built in 1.6s, 1/1 steps cached
        app  | built in 1.8s, 3/3 steps cached
        "#);
    }

    #[test]
    fn a_failing_step_says_why_and_nothing_is_said_for_its_dependents() {
        insta::assert_snapshot!(plain(BASE_FAILS, false), @r#"
        warning: app: FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)
        warning: app: MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label (line 2)
        warning: app: SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV "PASSWORD") (line 5)
        warning: app: JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals (line 7)
        base | [2/2] RUN echo about to fail >&2; false
        base | [2/2]   about to fail
        base | [2/2] failed after 0.7s: exit code: 1
        base | failed after 1.6s
        "#);
    }

    #[test]
    fn colours_add_nothing_but_colours() {
        let coloured = plain(FAILING, true);
        assert!(coloured.contains("\u{1b}["));
        assert_eq!(console::strip_ansi_codes(&coloured), plain(FAILING, false));
        assert!(!plain(FAILING, false).contains('\u{1b}'));
    }

    #[test]
    fn a_reader_that_is_gone_does_no_harm() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
        }
        play(COLD, &mut Plain::new(Gone, false));
    }
}
