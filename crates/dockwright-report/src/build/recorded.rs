//! Runs of buildx that were recorded, for tests of the views.

use std::time::Duration;

use dockwright_build::progress::rawjson::{Decoder, Expected};
use dockwright_build::progress::{Event, State};

use super::View;

/// A recorded run: the file, and the targets with what each needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recorded {
    file: &'static str,
    targets: &'static [(&'static str, &'static [usize])],
}

pub(super) const COLD: Recorded = Recorded {
    file: "cold",
    targets: &[("base", &[]), ("app", &[0]), ("tool", &[0])],
};
pub(super) const CACHED: Recorded = Recorded {
    file: "cached",
    ..COLD
};
pub(super) const FAILING: Recorded = Recorded {
    file: "failing",
    targets: &[("base", &[]), ("app", &[0]), ("broken", &[0])],
};
pub(super) const BASE_FAILS: Recorded = Recorded {
    file: "base-fails",
    targets: &[("base", &[]), ("app", &[0])],
};
pub(super) const UNREADABLE: Recorded = Recorded {
    file: "unreadable",
    targets: &[("app", &[])],
};

impl Recorded {
    /// Its events.
    pub(super) fn events(self) -> Vec<Event> {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../dockwright-build/tests/progress"
        );
        let text = std::fs::read_to_string(format!("{path}/{}.rawjson", self.file)).unwrap();
        let mut decoder = Decoder::new(self.targets.iter().map(|(name, _)| Expected {
            name: (*name).to_owned(),
            exports: *name != "base" || !text.contains("ERROR: "),
        }));
        let mut events = Vec::new();
        for line in text.lines() {
            decoder.line(line, &mut |event| events.push(event));
        }
        decoder.finish(!text.contains("ERROR: "), &mut |event| events.push(event));
        events
    }

    /// The state before it.
    pub(super) fn state(self) -> State {
        let targets = self.targets.iter();
        State::new(targets.map(|(name, needs)| ((*name).to_owned(), needs.to_vec())))
    }
}

/// Plays a recorded run, a tenth of a second for each event, to its end.
pub(super) fn play(recorded: Recorded, view: &mut dyn View) -> State {
    let mut state = recorded.state();
    show(recorded.events(), &mut state, view);
    state.end();
    view.finish(&state);
    state
}

/// Plays events, a tenth of a second for each.
pub(super) fn show(events: Vec<Event>, state: &mut State, view: &mut dyn View) {
    for event in events {
        state.advance(state.now() + Duration::from_millis(100));
        for change in state.apply(event) {
            view.change(state, &change);
        }
        view.tick(state);
    }
}
