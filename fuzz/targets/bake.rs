//! Any text is a bake file, as HCL and as JSON, and is evaluated.
#![no_main]

use dockwright_environment::{DocumentId, bake::evaluate};
use dockwright_syntax::bake::{Format, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    for format in [Format::Hcl, Format::Json] {
        let file = parse(source, format);
        for problem in &file.problems {
            assert!(problem.span.end as usize <= source.len());
        }
        evaluate(&[(DocumentId(0), &file)]);
    }
});
