//! Texts that have a form of their own: durations, pull policies, additional hosts.
//!
//! Source of the facts: the Compose specification and its JSON schema, and the behaviour of Compose v5.

use super::model::Service;
use super::node::Node;
use super::problem::Problem;

/// Where durations stand in a service.
const DURATIONS: [&[&str]; 11] = [
    &["stop_grace_period"],
    &["healthcheck", "interval"],
    &["healthcheck", "timeout"],
    &["healthcheck", "start_period"],
    &["healthcheck", "start_interval"],
    &["deploy", "rollback_config", "delay"],
    &["deploy", "rollback_config", "monitor"],
    &["deploy", "update_config", "delay"],
    &["deploy", "update_config", "monitor"],
    &["deploy", "restart_policy", "delay"],
    &["deploy", "restart_policy", "window"],
];

/// The units of a duration.
const UNITS: [&str; 10] = ["ns", "us", "µs", "μs", "ms", "s", "m", "h", "d", "w"];

/// The pull policies that are words.
const PULL_POLICIES: [&str; 8] = [
    "always",
    "never",
    "build",
    "if_not_present",
    "missing",
    "refresh",
    "daily",
    "weekly",
];

/// Checks the texts of a service.
pub(super) fn check(service: &Service, problems: &mut Vec<Problem>) {
    for path in DURATIONS {
        let mut keys = path.iter();
        let found = keys.try_fold(&service.node, |node, key| node.get(key));
        if let Some(value) = found.and_then(Node::value)
            && !is_duration(&value.text)
        {
            let message = format!("`{}` is not a duration, as `1m30s` is", value.text);
            problems.push(Problem::invalid(value, message));
        }
    }
    if let Some(policy) = &service.pull_policy
        && !is_pull_policy(&policy.text)
    {
        let message = format!("`{}` is not a pull policy", policy.text);
        problems.push(Problem::invalid(policy, message));
    }
    let build = service.node.get("build");
    let hosts = [Some(&service.node), build].map(|node| node?.get("extra_hosts"));
    for host in hosts.into_iter().flatten().flat_map(Node::items) {
        if let Some(value) = host.value()
            && !value.text.contains([':', '='])
        {
            let message = format!("the additional host `{}` has no address", value.text);
            problems.push(Problem::invalid(value, message));
        }
    }
}

/// Whether a text is numbers with units, such as `1m30s`, or `0`.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    let is_number = |letter: char| letter.is_ascii_digit() || letter == '.';
    while !rest.is_empty() {
        let behind = rest.trim_start_matches(is_number);
        let number = rest.strip_suffix(behind).unwrap_or_default();
        let next = behind.trim_start_matches(|letter| !is_number(letter));
        let unit = behind.strip_suffix(next).unwrap_or_default();
        let is_one = number.contains(|letter: char| letter.is_ascii_digit())
            && number.matches('.').count() < 2;
        if !is_one || !UNITS.contains(&unit) {
            return false;
        }
        rest = next;
    }
    !text.is_empty() && text.ends_with(char::is_alphabetic)
}

/// Whether a text is a word for a policy, or `every_` with whole numbers and units.
fn is_pull_policy(text: &str) -> bool {
    let Some(every) = text.strip_prefix("every_") else {
        return PULL_POLICIES.contains(&text);
    };
    let mut parts = every.split_inclusive(|letter: char| !letter.is_ascii_digit());
    !every.is_empty()
        && parts.all(|part| part.len() > 1 && part.ends_with(['w', 'd', 'h', 'm', 's']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_compose_does() {
        for text in [
            "30s", "1m30s", "1.5h", ".5s", "1.s", "0", "-1s", "100ms", "1w2d", "5µs",
        ] {
            assert!(is_duration(text), "{text}");
        }
        for text in [
            "", "12", "true", "1S", "1 s", "s", "1m30", "-", "1..5s", ".s", "1x",
        ] {
            assert!(!is_duration(text), "{text}");
        }
    }

    #[test]
    fn pull_policies_are_read_as_compose_does() {
        for text in ["always", "if_not_present", "every_12h", "every_5d6h"] {
            assert!(is_pull_policy(text), "{text}");
        }
        for text in [
            "",
            "Always",
            "every_",
            "every_h",
            "every_5",
            "every_5y",
            "every_5d6",
        ] {
            assert!(!is_pull_policy(text), "{text}");
        }
    }
}
