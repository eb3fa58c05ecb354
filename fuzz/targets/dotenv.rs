//! Any text is an environment file.
#![no_main]

use dockwright_environment::compose::dotenv;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let outside = |name: &str| (name.len() == 1).then(|| name.repeat(2));
    for file in [dotenv::parse(source, &outside), dotenv::parse_raw(source)] {
        for assignment in &file.assignments {
            assert!(source.get(assignment.value_span.range()).is_some());
        }
    }
});
