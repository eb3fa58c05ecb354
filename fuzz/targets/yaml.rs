//! Any text is YAML, aliases and merge keys included.
#![no_main]

use dockwright_syntax::{compose, yaml};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let tree = yaml::parse(source);
    for root in tree.documents() {
        assert!(root.span().end as usize <= source.len());
        for (key, value) in root.resolved().entries() {
            assert!(key.span().end as usize <= source.len());
            value.resolved().scalar_type();
        }
    }
    compose::is_compose(&tree);
});
