//! How two images' configurations differ.

use std::collections::BTreeMap;

use super::noise::{Log, Noise};
use crate::{Config, Healthcheck};

/// A setting that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigChange {
    /// The instruction that sets it, such as `USER`; `platform` for what the image runs on.
    pub key: &'static str,
    /// Which variable, label, port or volume; else empty.
    pub name: String,
    /// What it was; `None` if it was not set. Values of variables are left out, since they may be
    /// secrets: they are empty.
    pub before: Option<String>,
    /// What it is now, likewise.
    pub after: Option<String>,
}

/// What differs, by instruction and name.
pub(super) fn changes(before: &Config, after: &Config, log: &mut Log) -> Vec<ConfigChange> {
    let (mut old, new) = (settings(before), settings(after));
    let mut all: BTreeMap<Key, (Option<String>, Option<String>)> = BTreeMap::new();
    for (key, value) in new {
        all.insert(key.clone(), (old.remove(&key), Some(value)));
    }
    all.extend(
        old.into_iter()
            .map(|(key, value)| (key, (Some(value), None))),
    );
    let mut changes = Vec::new();
    for ((key, name), (before, after)) in all {
        if before == after {
            continue;
        }
        if let Some(noise) = Noise::of_label(&name).filter(|_| key == "LABEL") {
            log.add(noise, || format!("{key} {name}"));
            continue;
        }
        let shown = |value: Option<String>| match key {
            "ENV" => value.map(|_| String::new()),
            _ => value,
        };
        changes.push(ConfigChange {
            key,
            name,
            before: shown(before),
            after: shown(after),
        });
    }
    changes
}

/// An instruction, and what it names.
type Key = (&'static str, String);

/// All that is set, as text.
fn settings(config: &Config) -> BTreeMap<Key, String> {
    let process = &config.config;
    let words = |words: &[String]| match words {
        [] => None,
        words => serde_json::to_string(words).ok(),
    };
    let or =
        |text: &str, default: &str| Some(if text.is_empty() { default } else { text }.to_owned());
    let single = [
        ("platform", Some(config.platform().to_string())),
        ("USER", or(&process.user, "root")),
        ("WORKDIR", or(&process.working_dir, "/")),
        ("ENTRYPOINT", words(&process.entrypoint)),
        ("CMD", words(&process.cmd)),
        ("SHELL", words(&process.shell)),
        ("ONBUILD", words(&process.on_build)),
        (
            "STOPSIGNAL",
            process.stop_signal.clone().filter(|it| !it.is_empty()),
        ),
        ("HEALTHCHECK", process.healthcheck.as_ref().map(healthcheck)),
    ];
    let single = single
        .into_iter()
        .filter_map(|(key, value)| Some(((key, String::new()), value?)));
    let variables = process.env.iter().map(|variable| {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        (("ENV", name.to_owned()), value.to_owned())
    });
    let labels = process
        .labels
        .iter()
        .map(|(name, value)| (("LABEL", name.clone()), value.clone()));
    let named = |key, name: &String| ((key, name.clone()), String::new());
    let ports = process
        .exposed_ports
        .keys()
        .map(|port| named("EXPOSE", port));
    let volumes = process.volumes.keys().map(|path| named("VOLUME", path));
    single
        .chain(variables)
        .chain(labels)
        .chain(ports)
        .chain(volumes)
        .collect()
}

/// `--interval=30s CMD ["curl", …]`, as a Dockerfile would say it.
fn healthcheck(check: &Healthcheck) -> String {
    let times = [
        ("interval", check.interval),
        ("timeout", check.timeout),
        ("start-period", check.start_period),
        ("start-interval", check.start_interval),
    ];
    let times = times
        .into_iter()
        .filter_map(|(name, time)| Some(format!("--{name}={}", duration(time?))));
    let retries = check.retries.map(|count| format!("--retries={count}"));
    let test = match check.test.as_slice() {
        [shell, command] if shell == "CMD-SHELL" => format!("CMD {command}"),
        [first, rest @ ..] if first == "CMD" => {
            format!("CMD {}", serde_json::to_string(rest).unwrap_or_default())
        }
        words => words.join(" "),
    };
    let parts: Vec<String> = times.chain(retries).chain([test]).collect();
    parts.join(" ").trim_end().to_owned()
}

/// Nanoseconds, in seconds where they are whole ones.
fn duration(nanoseconds: i64) -> String {
    if nanoseconds % 1_000_000_000 == 0 {
        format!("{}s", nanoseconds / 1_000_000_000)
    } else {
        format!("{nanoseconds}ns")
    }
}
