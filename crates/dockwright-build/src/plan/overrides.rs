//! `--set TARGET.KEY=VALUE`: what a person changes in a target for one build.
//!
//! Source of facts: the reference of `docker buildx bake`, section `--set`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use globset::{Glob, GlobMatcher};

use super::{Plan, Target};
use crate::bake::BakeTarget;

/// One `--set`.
#[derive(Clone, Debug)]
pub struct Override {
    written: String,
    pattern: String,
    targets: GlobMatcher,
    key: String,
    /// The name inside a map, such as that of a build argument.
    name: Option<String>,
    value: String,
    append: bool,
}

/// Why a `--set` cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverrideError {
    /// What is wrong.
    pub error: String,
    /// What to do.
    pub hint: String,
}

/// Keys whose values are maps: `--set TARGET.KEY.NAME=VALUE`.
const MAPS: &[&str] = &["args", "contexts", "extra-hosts", "labels"];

/// Keys whose values are lists; several `--set` of one key add up.
const LISTS: &[&str] = &[
    "annotations",
    "attest",
    "cache-from",
    "cache-to",
    "entitlements",
    "no-cache-filter",
    "output",
    "platform",
    "secrets",
    "ssh",
    "tags",
    "ulimits",
];

/// Keys with a single value.
const SINGLES: &[&str] = &[
    "context",
    "dockerfile",
    "network",
    "no-cache",
    "pull",
    "shm-size",
    "target",
];

impl FromStr for Override {
    type Err = OverrideError;

    fn from_str(written: &str) -> Result<Self, OverrideError> {
        let hint = || "write it as `TARGET.KEY=VALUE`, such as `web.args.DEBUG=1` or `*.platform=linux/arm64`";
        let wrong = |error: String| OverrideError {
            error,
            hint: hint().to_owned(),
        };
        let form = || wrong(format!("`--set {written}` is not understood"));
        let (path, value) = written.split_once('=').ok_or_else(form)?;
        let (path, append) = match path.strip_suffix('+') {
            Some(path) => (path, true),
            None => (path, false),
        };
        let mut parts = path.splitn(3, '.');
        let (pattern, key) = parts.next().zip(parts.next()).ok_or_else(form)?;
        let name = parts.next().map(str::to_owned);
        // Several spellings are in use.
        let key = match key {
            "platforms" => "platform",
            "secret" => "secrets",
            "outputs" => "output",
            key => key,
        };
        let is_map = MAPS.contains(&key);
        if !is_map && !LISTS.contains(&key) && !SINGLES.contains(&key) {
            let keys: BTreeSet<&str> = [MAPS, LISTS, SINGLES].concat().into_iter().collect();
            let keys: Vec<&str> = keys.into_iter().collect();
            return Err(OverrideError {
                error: format!("`--set {written}`: a target has no key `{key}`"),
                hint: format!("there are: {}", keys.join(", ")),
            });
        }
        if is_map != name.is_some() || (append && !LISTS.contains(&key)) {
            return Err(form());
        }
        if matches!(key, "no-cache" | "pull") && value.parse::<bool>().is_err() {
            return Err(wrong(format!(
                "`--set {written}`: `{key}` is `true` or `false`"
            )));
        }
        let targets = Glob::new(pattern).map_err(|_| form())?.compile_matcher();
        Ok(Self {
            written: written.to_owned(),
            pattern: pattern.to_owned(),
            targets,
            key: key.to_owned(),
            name,
            value: value.to_owned(),
            append,
        })
    }
}

impl Override {
    /// Whether it is meant for a target.
    pub fn is_for(&self, target: &Target) -> bool {
        self.targets.is_match(&target.name) || target.aliases.contains(&self.pattern)
    }

    /// The build argument that it gives.
    pub fn argument(&self) -> Option<(&str, &str)> {
        let name = self.name.as_deref().filter(|_| self.key == "args")?;
        Some((name, &self.value))
    }

    fn apply(&self, bake: &mut BakeTarget, is_first: bool) {
        let value = || self.value.clone();
        if let Some(name) = &self.name {
            match self.key.as_str() {
                "args" => drop(bake.args.insert(name.clone(), Some(value()))),
                "contexts" => drop(bake.contexts.insert(name.clone(), value())),
                "extra-hosts" => drop(bake.extra_hosts.insert(name.clone(), value())),
                _ => drop(bake.labels.insert(name.clone(), value())),
            }
            return;
        }
        let list = match self.key.as_str() {
            "context" => return bake.context = value(),
            "dockerfile" => return bake.dockerfile = Some(value()),
            "network" => return bake.network = Some(value()),
            "no-cache" => return bake.no_cache = self.value.parse().ok(),
            "pull" => return bake.pull = self.value.parse().ok(),
            "shm-size" => return bake.shm_size = Some(value()),
            "target" => return bake.target = Some(value()),
            "annotations" => &mut bake.annotations,
            "attest" => &mut bake.attest,
            "cache-from" => &mut bake.cache_from,
            "cache-to" => &mut bake.cache_to,
            "entitlements" => &mut bake.entitlements,
            "no-cache-filter" => &mut bake.no_cache_filter,
            "output" => &mut bake.output,
            "platform" => &mut bake.platforms,
            "secrets" => &mut bake.secret,
            "ssh" => &mut bake.ssh,
            "ulimits" => &mut bake.ulimits,
            _ => &mut bake.tags,
        };
        if is_first && !self.append {
            list.clear();
        }
        // As for `--platform`, one value may hold several.
        if self.key == "platform" {
            list.extend(self.value.split(',').map(str::to_owned));
        } else if !self.value.is_empty() {
            list.push(value());
        }
    }
}

impl fmt::Display for Override {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "--set {}", self.written)
    }
}

impl Plan {
    /// Changes targets for one build. One that no target is meant by is an error.
    pub fn set(&mut self, overrides: &[Override]) -> Result<(), OverrideError> {
        for (index, given) in overrides.iter().enumerate() {
            let mut is_used = false;
            for target in &mut self.targets {
                if !given.is_for(target) {
                    continue;
                }
                is_used = true;
                let mut earlier = overrides.iter().take(index);
                let is_first = !earlier.any(|other| other.key == given.key && other.is_for(target));
                given.apply(&mut target.bake, is_first);
            }
            if !is_used {
                let names: Vec<&str> = self.targets.iter().map(|it| it.name.as_str()).collect();
                return Err(OverrideError {
                    error: format!("`{given}`: no target is called `{}`", given.pattern),
                    hint: format!("the targets are: {}", names.join(", ")),
                });
            }
        }
        Ok(())
    }
}
