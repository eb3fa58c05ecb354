//! An image's configuration, as the OCI image specification has it, and Docker's own fields.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::Platform;

/// What an image says of itself: how its processes run, and how it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Config {
    /// When it was made, in RFC 3339.
    pub created: Option<String>,
    /// Who made it.
    pub author: Option<String>,
    /// The processor, as Go calls it.
    pub architecture: String,
    /// The operating system, as Go calls it.
    pub os: String,
    /// The variant of the processor, such as `v7`.
    pub variant: Option<String>,
    /// How its processes run.
    #[serde(deserialize_with = "or_default")]
    pub config: Process,
    /// Its layers, lowest first.
    #[serde(deserialize_with = "or_default")]
    pub rootfs: RootFs,
    /// How it was made, first step first. Empty when nobody said.
    #[serde(deserialize_with = "or_default")]
    pub history: Vec<History>,
}

impl Config {
    /// What it runs on.
    pub fn platform(&self) -> Platform {
        Platform {
            os: self.os.clone(),
            architecture: self.architecture.clone(),
            variant: self.variant.clone(),
        }
    }
}

/// How an image's processes run: what a Dockerfile's instructions set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Process {
    /// The user, as `USER` says it. Empty for root.
    #[serde(deserialize_with = "or_default")]
    pub user: String,
    /// Ports, such as `80/tcp`.
    #[serde(deserialize_with = "or_default")]
    pub exposed_ports: BTreeMap<String, serde_json::Value>,
    /// Variables, as `NAME=VALUE`.
    #[serde(deserialize_with = "or_default")]
    pub env: Vec<String>,
    /// The command that always runs.
    #[serde(deserialize_with = "or_default")]
    pub entrypoint: Vec<String>,
    /// Its arguments, or the command.
    #[serde(deserialize_with = "or_default")]
    pub cmd: Vec<String>,
    /// Paths that are volumes.
    #[serde(deserialize_with = "or_default")]
    pub volumes: BTreeMap<String, serde_json::Value>,
    /// The directory in which they start.
    #[serde(deserialize_with = "or_default")]
    pub working_dir: String,
    /// Labels.
    #[serde(deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    /// The signal that ends them.
    pub stop_signal: Option<String>,
    /// How it is found out whether they work.
    pub healthcheck: Option<Healthcheck>,
    /// The shell of `RUN` and of commands in shell form.
    #[serde(deserialize_with = "or_default")]
    pub shell: Vec<String>,
    /// Instructions for images that start from this one.
    #[serde(deserialize_with = "or_default")]
    pub on_build: Vec<String>,
}

/// How it is found out whether a container works. Durations are in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Healthcheck {
    /// `NONE`, `CMD` with arguments, or `CMD-SHELL` with a command.
    #[serde(deserialize_with = "or_default")]
    pub test: Vec<String>,
    /// Between two checks.
    pub interval: Option<i64>,
    /// For one check.
    pub timeout: Option<i64>,
    /// During which failures do not count.
    pub start_period: Option<i64>,
    /// Between two checks during the start.
    pub start_interval: Option<i64>,
    /// Failures in a row.
    pub retries: Option<i64>,
}

/// An image's layers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RootFs {
    /// Digests of the layers' archives before compression, lowest first.
    #[serde(deserialize_with = "or_default")]
    pub diff_ids: Vec<String>,
}

/// A step that made an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct History {
    /// When, in RFC 3339.
    pub created: Option<String>,
    /// The command or instruction, in the words of whatever built it.
    #[serde(deserialize_with = "or_default")]
    pub created_by: String,
    /// What built it says something of itself here: `buildkit.dockerfile.v0` is BuildKit.
    pub comment: Option<String>,
    /// Who.
    pub author: Option<String>,
    /// It made no layer.
    pub empty_layer: bool,
}

/// A value that may be `null`, which old engines write for what is empty.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
