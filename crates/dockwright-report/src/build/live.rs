//! Progress on a terminal: a line for each target that is being built, and above them one for each
//! that is done.

use console::{Term, truncate_str};
use dockwright_build::progress::{Activity, Change, State, Status};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::View;
use super::words::{QUIET, STRONG, line, name_width, outcome, painted, reason, step, time};

/// Shows a build on a terminal.
pub struct Live {
    lines: ProgressBar,
    /// The size of the terminal: rows and columns.
    size: Box<dyn Fn() -> (usize, usize)>,
    color: bool,
}

/// On fewer columns nothing is left blank for what there is not.
const NARROW: usize = 60;

impl Live {
    /// A view on the terminal that is standard error.
    pub fn stderr(color: bool) -> Self {
        let size = || {
            let (rows, columns) = Term::stderr().size();
            (usize::from(rows), usize::from(columns))
        };
        Self::on(ProgressDrawTarget::stderr(), size, color)
    }

    fn on(
        target: ProgressDrawTarget,
        size: impl Fn() -> (usize, usize) + 'static,
        color: bool,
    ) -> Self {
        let lines = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            lines.set_style(style);
        }
        Self {
            lines,
            size: Box::new(size),
            color,
        }
    }

    /// A line that stays.
    fn say(&self, text: &str) {
        self.lines.println(text);
    }

    fn show(&self, state: &State) {
        let (rows, columns) = (self.size)();
        let running: Vec<usize> = (0..state.targets().len())
            .filter(|index| {
                state
                    .target(*index)
                    .is_some_and(|it| it.status == Status::Running)
            })
            .collect();
        let works = |index: &usize| matches!(state.activity(*index), Activity::Runs { .. });
        // The last row is left to the cursor, one to the counts.
        let room = rows.saturating_sub(2).max(1);
        let mut shown = running.clone();
        if shown.len() > room {
            // Those that merely wait go first.
            shown.sort_by_key(|index| (!works(index), *index));
            shown.truncate(room);
            shown.sort_unstable();
        }
        let mut lines: Vec<String> = shown
            .iter()
            .map(|index| self.line(state, *index, &doing(state, *index), columns))
            .collect();
        lines.push(self.counts(state, columns));
        self.lines.set_message(lines.join("\n"));
    }

    /// `app   4.2s  1/3  1 cached  [compile 2/2] RUN make`, no wider than the terminal.
    fn line(&self, state: &State, index: usize, what: &str, columns: usize) -> String {
        let Some(target) = state.target(index) else {
            return String::new();
        };
        let steps = state.steps(index);
        let width = name_width(state);
        let name = painted(&format!("{:width$}", target.name), STRONG, self.color);
        let done = match steps.total {
            0 => String::new(),
            total => format!("{}/{total}", steps.done),
        };
        let cached = match steps.cached {
            0 => String::new(),
            cached => format!("{cached} cached"),
        };
        let took = time(state.elapsed(target));
        let gap = if columns < NARROW { cached.len() } else { 9 };
        let text = format!("{name}  {took:>6}  {done:>5}  {cached:<gap$}  {what}");
        truncate_str(&text, columns.saturating_sub(1), "…").into_owned()
    }

    /// `2 of 6 done, 1 failed, 12.3s`.
    fn counts(&self, state: &State, columns: usize) -> String {
        let count = |which: fn(&Status) -> bool| {
            let targets = state.targets().iter();
            targets.filter(|target| which(&target.status)).count()
        };
        let (built, all) = (
            count(|status| *status == Status::Built),
            state.targets().len(),
        );
        let others = [
            (
                count(|status| matches!(status, Status::Failed(_))),
                "failed",
            ),
            (
                count(|status| matches!(status, Status::Skipped(_))),
                "skipped",
            ),
            (count(|status| *status == Status::Waiting), "not begun"),
        ];
        let others = others.iter().filter(|(number, _)| *number > 0);
        let mut parts = vec![format!("{built} of {all} built")];
        parts.extend(others.map(|(number, word)| format!("{number} {word}")));
        parts.push(time(state.now()));
        let text = parts.join(", ");
        painted(
            &truncate_str(&text, columns.saturating_sub(1), "…"),
            QUIET,
            self.color,
        )
    }
}

impl View for Live {
    fn change(&mut self, state: &State, change: &Change) {
        match change {
            Change::Settled(index) => {
                if let Some(target) = state.target(*index) {
                    let (word, style) = outcome(target);
                    let mut what = painted(&word, style, self.color);
                    if let Status::Failed(failure) = &target.status {
                        what = format!("{what}: {}", reason(&failure.error));
                    }
                    let (_, columns) = (self.size)();
                    self.say(&self.line(state, *index, &what, columns));
                }
                self.show(state);
            }
            Change::Message(text) => self.say(&line(text)),
            Change::Line(_) | Change::Began(..) | Change::Output(..) | Change::Ended(..) => {}
        }
    }

    fn tick(&mut self, state: &State) {
        self.show(state);
    }

    fn finish(&mut self, _: &State) {
        self.lines.finish_and_clear();
    }
}

/// What a target does.
fn doing(state: &State, index: usize) -> String {
    let target = state.target(index);
    match state.activity(index) {
        Activity::Runs {
            step: number,
            others,
        } => {
            let name = target
                .and_then(|target| target.step(number))
                .map(|it| step(&it.step));
            let name = name.unwrap_or_default();
            match others {
                0 => name,
                others => format!("(+{others}) {name}"),
            }
        }
        Activity::WaitsFor(other) => {
            let name = state.target(other).map(|it| it.name.as_str());
            format!("waits for {}", name.unwrap_or_default())
        }
        Activity::Idle => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use indicatif::InMemoryTerm;

    use super::super::recorded::{CACHED, COLD, FAILING, Recorded, play, show};
    use super::*;

    fn on(term: &InMemoryTerm, rows: usize, columns: usize, color: bool) -> Live {
        let target = ProgressDrawTarget::term_like(Box::new(term.clone()));
        Live::on(target, move || (rows, columns), color)
    }

    /// What stands on a terminal when a part of a recorded run is played.
    fn after(recorded: Recorded, percent: usize, rows: u16, columns: u16) -> String {
        let term = InMemoryTerm::new(rows, columns);
        let mut live = on(&term, rows.into(), columns.into(), false);
        let mut events = recorded.events();
        events.truncate(events.len() * percent / 100);
        let mut state = recorded.state();
        show(events, &mut state, &mut live);
        term.contents()
    }

    #[test]
    fn a_line_for_each_target_that_is_built_and_those_that_are_done_above() {
        insta::assert_snapshot!(after(COLD, 40, 12, 80), @r#"
        base    0.4s
        app     1.0s                    load build context
        tool    2.0s                    waits for base
        0 of 3 built, 4.7s
        "#);
        insta::assert_snapshot!(after(COLD, 65, 12, 80), @r#"
        base    2.3s    0/2             [2/3] RUN echo "preparing the base" && sleep 0…
        app     2.1s    0/3             waits for base
        tool    2.6s    0/1             waits for base
        0 of 3 built, 7.7s
        "#);
        insta::assert_snapshot!(after(COLD, 90, 12, 80), @r#"
        base    3.2s    2/2             built
        tool    4.0s    1/1             built
        app     3.8s    1/3             [stage-1 1/3] COPY --from=compile /out /out
        2 of 3 built, 10.7s
        "#);
    }

    #[test]
    fn what_is_done_stays() {
        let stays = |recorded| {
            let term = InMemoryTerm::new(12, 100);
            play(recorded, &mut on(&term, 12, 100, false));
            term.contents()
        };
        insta::assert_snapshot!(stays(CACHED), @r#"
        base    3.7s    2/2  2 cached   built
        tool    1.6s    1/1  1 cached   built
        app     1.8s    3/3  3 cached   built
        "#);
        insta::assert_snapshot!(stays(FAILING), @r#"
        base      1.8s    2/2  2 cached   built
        app       0.7s    3/3  3 cached   built
        broken    7.0s    1/3             failed: exit code: 3
        "#);
    }

    #[test]
    fn on_a_narrow_and_low_terminal_lines_are_cut_and_counted() {
        insta::assert_snapshot!(after(COLD, 65, 4, 40), @r#"
        base    2.3s    0/2    [2/3] RUN echo …
        app     2.1s    0/3    waits for base
        0 of 3 built, 7.7s
        "#);
        for columns in 1..20 {
            after(COLD, 65, 2, columns);
        }
    }

    #[test]
    fn the_time_goes_on_without_events() {
        let term = InMemoryTerm::new(12, 80);
        let mut live = on(&term, 12, 80, false);
        let mut events = COLD.events();
        events.truncate(events.len() * 40 / 100);
        let mut state = COLD.state();
        show(events, &mut state, &mut live);
        let before = term.contents();
        state.advance(state.now() + Duration::from_secs(100));
        live.tick(&state);
        let changed = term.contents();
        let changed: Vec<_> = before
            .lines()
            .zip(changed.lines())
            .filter(|(a, b)| a != b)
            .collect();
        insta::assert_snapshot!(format!("{changed:#?}"), @r#"
        [
            (
                "app     1.0s                    load build context",
                "app   1m 41s                    load build context",
            ),
            (
                "0 of 3 built, 4.7s",
                "0 of 3 built, 1m 44s",
            ),
        ]
        "#);
    }

    #[test]
    fn colours_add_nothing_but_colours() {
        let formatted = |color| {
            let term = InMemoryTerm::new(12, 100);
            play(FAILING, &mut on(&term, 12, 100, color));
            (
                term.contents(),
                String::from_utf8(term.contents_formatted()).unwrap(),
            )
        };
        let (plain, coloured) = (formatted(false), formatted(true));
        assert_eq!(plain.0, coloured.0);
        assert!(
            coloured.1.contains("failed") && coloured.1.contains("\u{1b}[1m"),
            "{coloured:?}"
        );
        assert!(
            !plain.1.contains("\u{1b}[1m") && !plain.1.contains("\u{1b}[3"),
            "{plain:?}"
        );
    }
}
