//! Which services of a project run at the same time.

use dockwright_environment::Value;
use dockwright_environment::compose::{Node, Service};

use crate::Confidence;

/// How sure it is that two services of one project run together; `None` when one never does.
pub(crate) fn running_together(a: &Service, b: &Service) -> Option<Confidence> {
    if never_runs(a) || never_runs(b) {
        return None;
    }
    let profiles = |service: &Service| {
        let known = service
            .profiles
            .iter()
            .map(|profile| profile.known().map(str::to_owned));
        known.collect::<Option<Vec<String>>>()
    };
    let (Some(own), Some(other)) = (profiles(a), profiles(b)) else {
        return Some(Confidence::Low);
    };
    Some(match (own.is_empty(), other.is_empty()) {
        (true, true) => Confidence::High,
        // As soon as the profile is chosen.
        (true, false) | (false, true) => Confidence::Medium,
        (false, false) if own.iter().any(|profile| other.contains(profile)) => Confidence::High,
        // Profiles are mostly chosen one at a time.
        (false, false) => Confidence::Low,
    })
}

/// Whether a service is asked for zero times.
fn never_runs(service: &Service) -> bool {
    let deploy = service.node.get("deploy");
    let replicas = deploy.and_then(|deploy| deploy.get("replicas"));
    let counts = [service.node.get("scale"), replicas];
    let mut counts = counts.into_iter().flatten().filter_map(Node::value);
    counts.any(|count| Value::known(count) == Some("0"))
}
