//! Patterns of ignore files that are plain paths.

use dockwright_environment::Location;
use dockwright_environment::commands::Voice;

use super::{Anchor, Collector, Kind};

pub(super) fn collect(collector: &mut Collector<'_>) {
    let environment = collector.environment;
    for context in environment.contexts() {
        let Some(ignore) = environment.ignore_of(context) else {
            continue;
        };
        for pattern in &ignore.file.patterns {
            if !pattern.text.contains(['*', '?', '[', '\\']) {
                let location = Location::new(ignore.document, pattern.span);
                let bases = std::slice::from_ref(&context.directory);
                collector.add(
                    location,
                    &pattern.text,
                    bases,
                    Anchor::Directory,
                    Kind::Pattern,
                    Voice::Program,
                );
            }
        }
    }
}
