//! A line of JSON, as far as it is used.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The time from one moment to another, both as in RFC 3339.
pub(super) fn took(started: Option<&str>, completed: Option<&str>) -> Option<Duration> {
    let (start, end) = (started?, completed?);
    let time = |text: &str| text.parse::<Timestamp>().ok();
    let between = time(end)
        .zip(time(start))
        .map(|(end, start)| end.duration_since(start));
    // The clock of a builder may go backwards.
    Some(
        between
            .and_then(|it| it.try_into().ok())
            .unwrap_or_default(),
    )
}

#[derive(Deserialize)]
pub(super) struct Status {
    pub(super) vertexes: Option<Vec<Vertex>>,
    pub(super) logs: Option<Vec<Log>>,
    pub(super) warnings: Option<Vec<Warning>>,
    statuses: Option<IgnoredAny>,
}

impl Status {
    pub(super) fn says_something(&self) -> bool {
        let solve = self.vertexes.is_some() || self.logs.is_some();
        solve || self.warnings.is_some() || self.statuses.is_some()
    }
}

#[derive(Deserialize)]
pub(super) struct Vertex {
    pub(super) digest: String,
    pub(super) name: String,
    pub(super) started: Option<String>,
    pub(super) completed: Option<String>,
    #[serde(default)]
    pub(super) cached: bool,
    pub(super) error: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Log {
    pub(super) vertex: String,
    #[serde(default)]
    pub(super) data: String,
}

#[derive(Deserialize)]
pub(super) struct Warning {
    #[serde(default)]
    pub(super) vertex: String,
    #[serde(default)]
    pub(super) short: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_any_zone() {
        let took = |start, end| took(Some(start), Some(end)).map(|it| it.as_millis());
        assert_eq!(
            took("2026-01-01T23:59:59.5Z", "2026-01-02T02:00:00.75+02:00"),
            Some(1250)
        );
        assert_eq!(
            took("2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z"),
            Some(0)
        );
        assert_eq!(took("yesterday", "2026-01-01T00:00:00Z"), Some(0));
    }
}
