//! Any text is a Dockerfile, whose spans lie in the text.
#![no_main]

use dockwright_syntax::dockerfile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let tree = dockerfile::parse(source);
    for problem in tree.problems.iter().chain(&dockerfile::validate(&tree)) {
        assert!(problem.span.end as usize <= source.len());
    }
    for instruction in &tree.instructions {
        assert!(source.get(instruction.span.range()).is_some());
    }
});
