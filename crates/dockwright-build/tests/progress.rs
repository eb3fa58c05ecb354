//! What recorded runs of buildx come to.

#![allow(clippy::unwrap_used, reason = "a test may fail so")]

use std::fmt::Write as _;
use std::time::Duration;

use dockwright_build::progress::rawjson::{Decoder, Expected};
use dockwright_build::progress::{Change, Event, State, Status};

/// A target: its name, whether its image is exported, and what it needs.
type Target = (&'static str, bool, &'static [usize]);

const BASE: Target = ("base", true, &[]);
const APP: Target = ("app", true, &[0]);
const TOOL: Target = ("tool", true, &[0]);

/// The events of a recorded run.
fn events(file: &str, targets: &[Target]) -> Vec<Event> {
    let path = format!(
        "{}/tests/progress/{file}.rawjson",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).unwrap();
    let mut decoder = Decoder::new(targets.iter().map(|&(name, exports, _)| Expected {
        name: name.to_owned(),
        exports,
    }));
    let mut events = Vec::new();
    for line in text.lines() {
        decoder.line(line, &mut |event| events.push(event));
    }
    decoder.finish(!text.contains("ERROR: "), &mut |event| events.push(event));
    events
}

/// A new state of a run.
fn state(targets: &[Target]) -> State {
    State::new(
        targets
            .iter()
            .map(|&(name, _, needs)| (name.to_owned(), needs.to_vec())),
    )
}

/// Plays a recorded run, a tenth of a second for each event, and writes what changes.
fn play(file: &str, targets: &[Target]) -> String {
    let mut state = state(targets);
    let mut out = String::new();
    for event in events(file, targets) {
        state.advance(state.now() + Duration::from_millis(100));
        for change in state.apply(event) {
            write_change(&mut out, &state, &change);
        }
    }
    state.end();
    for (index, target) in state.targets().iter().enumerate() {
        let steps = state.steps(index);
        let status = match &target.status {
            Status::Failed(_) => "failed".to_owned(),
            status => format!("{status:?}"),
        };
        let _ = writeln!(
            out,
            "{}: {status}, {} of {} steps, {} cached",
            target.name, steps.done, steps.total, steps.cached
        );
    }
    out
}

fn write_change(out: &mut String, state: &State, change: &Change) {
    let place = |target: &usize, step: &usize| {
        let target = state.target(*target).unwrap();
        let step = &target.step(*step).unwrap().step;
        let name: String = step.name.chars().take(30).collect();
        (
            format!("{}: {} {name}", target.name, step.place),
            step.clone(),
        )
    };
    let _ = match change {
        Change::Line(_) => return,
        Change::Began(target, step) => {
            let (place, step) = place(target, step);
            if step.internal {
                return;
            }
            writeln!(out, "{place}")
        }
        Change::Output(target, step, line) => {
            writeln!(out, "{} | {line}", place(target, step).0)
        }
        Change::Ended(target, step) => {
            let (place, step) = place(target, step);
            if step.internal && step.error.is_none() {
                return;
            }
            let how = match (&step.error, step.cached) {
                (Some(_), _) => "failed",
                (None, true) => "cached",
                (None, false) => "done",
            };
            writeln!(out, "{place}: {how}")
        }
        Change::Message(text) => writeln!(out, "{text}"),
        Change::Settled(target) => {
            let target = state.target(*target).unwrap();
            writeln!(out, "{}: settled", target.name)
        }
    };
}

#[test]
fn the_work_of_a_base_is_told_as_its_own_and_once() {
    insta::assert_snapshot!(play("cold", &[BASE, APP, TOOL]), @r#"
    base: 1/3 FROM docker.io/library/debian:
    base: 1/3 FROM docker.io/library/debian:: done
    base: 2/3 RUN echo "preparing the base" 
    base: 2/3 RUN echo "preparing the base"  | preparing the base
    base: 2/3 RUN echo "preparing the base" : done
    base: 3/3 COPY motd /etc/motd
    base: 3/3 COPY motd /etc/motd: done
    app: compile 1/2 RUN for part in one two three;
    tool: 1/2 RUN echo "to standard error" >
    base:  exporting to image
    base:  exporting to image: done
    base: settled
    tool: 1/2 RUN echo "to standard error" > | to standard error
    app: compile 1/2 RUN for part in one two three; | compiling one
    app: compile 1/2 RUN for part in one two three; | compiling two
    app: compile 1/2 RUN for part in one two three; | compiling three
    tool: 1/2 RUN echo "to standard error" > | no newline at the end
    tool: 1/2 RUN echo "to standard error" >: done
    tool:  exporting to image
    app: compile 1/2 RUN for part in one two three;: done
    tool:  exporting to image: done
    app: stage-1 1/3 COPY --from=compile /out /out
    tool: settled
    app: stage-1 1/3 COPY --from=compile /out /out: done
    app: stage-1 2/3 RUN cat /out
    app: stage-1 2/3 RUN cat /out | done
    app: stage-1 2/3 RUN cat /out: done
    app:  exporting to image
    app:  exporting to image: done
    app: settled
    base: Built, 2 of 2 steps, 0 cached
    app: Built, 3 of 3 steps, 0 cached
    tool: Built, 1 of 1 steps, 0 cached
    "#);
}

#[test]
fn cached_steps_are_counted() {
    let played = play("cached", &[BASE, APP, TOOL]);
    let counts = played.split_once("tool: settled").unwrap_or_default().1;
    insta::assert_snapshot!(counts.trim(), @r#"
    app: settled
    base: Built, 2 of 2 steps, 2 cached
    app: Built, 3 of 3 steps, 3 cached
    tool: Built, 1 of 1 steps, 1 cached
    "#);
}

#[test]
fn a_failing_step_is_found_with_its_output_and_its_lines() {
    let targets = [("base", false, [].as_slice()), APP, ("broken", true, &[0])];
    let played = play("failing", &targets);
    let lines: Vec<&str> = played
        .lines()
        .filter(|line| !line.ends_with(" passed"))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    base: 1/3 FROM docker.io/library/debian:
    base: 1/3 FROM docker.io/library/debian:: done
    base: 2/3 RUN echo "preparing the base" 
    base: 2/3 RUN echo "preparing the base" : cached
    base: 3/3 COPY motd /etc/motd
    base: 3/3 COPY motd /etc/motd: cached
    broken: 1/4 RUN echo "this works"
    base: settled
    app: compile 1/2 RUN for part in one two three;
    app: compile 1/2 RUN for part in one two three;: cached
    app: stage-1 1/3 COPY --from=compile /out /out
    app: stage-1 1/3 COPY --from=compile /out /out: cached
    app: stage-1 2/3 RUN cat /out
    app: stage-1 2/3 RUN cat /out: cached
    app:  exporting to image
    app:  exporting to image: done
    broken: 1/4 RUN echo "this works" | this works
    app: settled
    broken: 1/4 RUN echo "this works": done
    broken: 2/4 RUN for number in $(seq 1 30);
    broken: 2/4 RUN for number in $(seq 1 30); | test 31 failed
    broken: 2/4 RUN for number in $(seq 1 30);: failed
    broken: settled
    base: Built, 2 of 2 steps, 2 cached
    app: Built, 3 of 3 steps, 3 cached
    broken: failed, 1 of 3 steps, 0 cached
    "#);
    let mut state = state(&targets);
    for event in events("failing", &targets) {
        state.apply(event);
    }
    let target = state.target(2).unwrap();
    let Status::Failed(failure) = &target.status else {
        panic!("{:?}", target.status);
    };
    let step = &target.step(failure.step.unwrap()).unwrap().step;
    assert_eq!(step.place, "2/4");
    assert_eq!(state.output(step).last(), Some(&"test 31 failed"));
    let excerpt = failure.excerpt.as_ref().unwrap();
    assert_eq!(excerpt.file, "Dockerfile");
    let marked = excerpt.lines.iter().filter(|line| line.marked);
    assert_eq!(marked.map(|line| line.number).collect::<Vec<_>>(), [5, 6]);
}

#[test]
fn a_failure_of_a_base_is_the_bases_though_the_engine_names_another() {
    insta::assert_snapshot!(play("base-fails", &[BASE, APP]), @r#"
    warning: app: FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)
    warning: app: MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label (line 2)
    warning: app: SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV "PASSWORD") (line 5)
    warning: app: JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals (line 7)
    base: 1/2 FROM docker.io/library/debian:
    base: 1/2 FROM docker.io/library/debian:: done
    base: 2/2 RUN echo about to fail >&2; fa
    base: 2/2 RUN echo about to fail >&2; fa | about to fail
    base: 2/2 RUN echo about to fail >&2; fa: failed
    base: settled
    base: failed, 0 of 1 steps, 0 cached
    app: Stopped, 0 of 2 steps, 0 cached
    "#);
}

#[test]
fn steps_of_a_single_target_have_no_name_before_them() {
    insta::assert_snapshot!(play("stages", &[("app", true, &[])]), @r#"
    warning: FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)
    warning: MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label (line 2)
    warning: SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV "PASSWORD") (line 5)
    warning: JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals (line 7)
    app: first 1/2 FROM docker.io/library/debian:
    app: first 1/2 FROM docker.io/library/debian:: done
    app: first 2/2 RUN echo one > /one
    app: first 2/2 RUN echo one > /one: done
    app: second 2/2 COPY --from=first /one /one
    app: second 2/2 COPY --from=first /one /one: done
    app:  exporting to image
    app:  exporting to image: done
    app: settled
    app: Built, 2 of 2 steps, 0 cached
    "#);
}

#[test]
fn what_is_wrong_before_any_step_is_a_failure_too() {
    insta::assert_snapshot!(play("unreadable", &[("app", true, &[])]), @r#"
    app: settled
    app: failed, 0 of 0 steps, 0 cached
    "#);
}

#[test]
fn what_is_built_again_for_a_later_job_changes_nothing() {
    let targets = [BASE, APP, TOOL];
    let mut state = state(&targets);
    for event in events("cold", &targets) {
        state.apply(event);
    }
    let before: Vec<_> = (0..3).map(|index| state.steps(index)).collect();
    for event in events("cached", &targets) {
        let changes = state.apply(event);
        assert!(
            changes.iter().all(|it| matches!(it, Change::Message(_))),
            "{changes:?}"
        );
    }
    let after: Vec<_> = (0..3).map(|index| state.steps(index)).collect();
    assert_eq!(before, after);
}

#[test]
fn a_stopped_target_goes_on_in_a_later_job_with_what_it_did_itself() {
    let targets = [BASE, APP, TOOL];
    let mut state = state(&targets);
    let is_of_tool = |event: &Event| matches!(event, Event::Built(name) if name == "tool");
    for event in events("cold", &targets)
        .into_iter()
        .filter(|it| !is_of_tool(it))
    {
        state.apply(event);
    }
    for event in events("cached", &targets) {
        state.apply(event);
    }
    let steps = state.steps(2);
    assert_eq!((steps.total, steps.done, steps.cached), (1, 1, 0));
}

#[test]
fn to_wait_for_a_base_takes_no_time() {
    let targets = [BASE, APP, TOOL];
    let mut state = state(&targets);
    for event in events("cold", &targets) {
        state.advance(state.now() + Duration::from_millis(100));
        state.apply(event);
    }
    let elapsed: Vec<_> = state
        .targets()
        .iter()
        .map(|it| state.elapsed(it).as_millis())
        .collect();
    insta::assert_snapshot!(format!("{elapsed:?} of {:?}", state.now()), @"[3200, 4400, 4000] of 11.9s");
}
