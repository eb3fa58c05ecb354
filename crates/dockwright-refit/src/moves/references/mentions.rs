//! What commands and documents name.

use dockwright_environment::mentions::Named;

use super::{Anchor, Collector, Kind};

pub(super) fn collect(collector: &mut Collector<'_>) {
    let environment = collector.environment;
    for mention in &environment.mentions {
        if let Named::Path { role, .. } = &mention.named {
            let bases = mention.from.candidates();
            let kind = Kind::Mention(*role);
            collector.add(
                mention.location,
                &mention.text,
                bases,
                Anchor::Read,
                kind,
                mention.voice,
            );
        }
    }
}
