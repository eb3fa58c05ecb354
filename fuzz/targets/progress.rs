//! Any lines are what an engine tells of a build, which is shown in every way.
#![no_main]

use std::time::Duration;

use dockwright_build::ImageResult;
use dockwright_build::progress::State;
use dockwright_build::progress::rawjson::{Decoder, Expected};
use dockwright_report::TextOptions;
use dockwright_report::build::{Plain, View, failure, summary};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    // A source that begins with an empty line is that of a single target.
    let names: &[&str] = if source.starts_with('\n') {
        &["app"]
    } else {
        &["base", "app", "tool"]
    };
    let mut decoder = Decoder::new(names.iter().map(|&name| Expected {
        name: name.to_owned(),
        exports: name != "base",
    }));
    let mut state = State::new(names.iter().enumerate().map(|(index, &name)| {
        let needs = if index == 0 { Vec::new() } else { vec![0] };
        (name.to_owned(), needs)
    }));
    let mut events = Vec::new();
    for line in source.lines() {
        decoder.line(line, &mut |event| events.push(event));
    }
    decoder.finish(source.len().is_multiple_of(2), &mut |event| {
        events.push(event)
    });
    let mut shown = Vec::new();
    let mut plain = Plain::new(&mut shown, false);
    for event in events {
        state.advance(state.now() + Duration::from_millis(100));
        for change in state.apply(event) {
            plain.change(&state, &change);
        }
        for index in 0..names.len() {
            let steps = state.steps(index);
            assert!(steps.cached <= steps.done && steps.done <= steps.total);
            state.activity(index);
        }
    }
    state.end();
    for (index, target) in state.targets().iter().enumerate() {
        assert!(state.elapsed(target) <= state.now());
        failure(&state, index, None, &TextOptions::default());
    }
    summary(&state, &vec![ImageResult::default(); names.len()], false);
    assert!(!shown.contains(&0x1b));
});
