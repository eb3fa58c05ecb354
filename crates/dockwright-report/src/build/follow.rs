//! From an engine's events to a view of them.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use dockwright_build::progress::{Event, State};

use super::View;

/// How often the time is shown anew while nothing else happens.
const TICK: Duration = Duration::from_millis(100);

/// Shows events in a view until nobody sends any more, and ends the run.
pub fn follow(events: &Receiver<Event>, state: &mut State, view: &mut dyn View) {
    let begin = Instant::now();
    let mut shown = begin;
    loop {
        let event = events.recv_timeout(TICK);
        state.advance(begin.elapsed());
        match event {
            Ok(event) => {
                for change in state.apply(event) {
                    view.change(state, &change);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if shown.elapsed() >= TICK {
            shown = Instant::now();
            view.tick(state);
        }
    }
    state.end();
    view.finish(state);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use dockwright_build::progress::Change;

    use super::*;

    #[derive(Default)]
    struct Counts {
        changes: usize,
        ticks: usize,
        finished: bool,
    }

    impl View for Counts {
        fn change(&mut self, _: &State, _: &Change) {
            self.changes += 1;
        }

        fn tick(&mut self, state: &State) {
            assert!(state.now() >= TICK);
            self.ticks += 1;
        }

        fn finish(&mut self, _: &State) {
            self.finished = true;
        }
    }

    #[test]
    fn the_time_goes_on_without_events() {
        let (sender, events) = channel();
        let mut counts = Counts::default();
        let mut state = State::new([("app".to_owned(), Vec::new())]);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let message = |text: &str| Event::Message(text.to_owned());
                sender.send(message("one")).unwrap();
                std::thread::sleep(TICK * 4);
                sender.send(message("two")).unwrap();
            });
            follow(&events, &mut state, &mut counts);
        });
        assert_eq!((counts.changes, counts.finished), (2, true));
        assert!(counts.ticks > 0);
    }
}
