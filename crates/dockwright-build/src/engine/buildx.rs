//! `docker buildx bake`, with the plan as JSON on its standard input.
//!
//! Whatever buildx can address builds: the engine's own `BuildKit`, containers, remote builders,
//! Kubernetes. Nothing is written to the repository.

use std::ffi::OsString;
use std::io;
use std::process::{Command, Stdio};

use super::child::{self, End, Stream};
use super::{Engine, EngineError, Job};
use crate::progress::Event;
use crate::progress::rawjson::{Decoder, Expected};

/// The environment variable that names the docker client to run.
pub const CLIENT_VARIABLE: &str = "DOCKWRIGHT_DOCKER";

/// `docker buildx bake`.
#[derive(Clone, Debug)]
pub struct Buildx {
    client: OsString,
}

impl Default for Buildx {
    /// The client that [`CLIENT_VARIABLE`] names, else `docker`.
    fn default() -> Self {
        let named = std::env::var_os(CLIENT_VARIABLE).filter(|client| !client.is_empty());
        Self {
            client: named.unwrap_or_else(|| "docker".into()),
        }
    }
}

/// Words of the last lines that tell what is the matter with the engine, and what to do about it.
/// Source: what buildx 0.29 and Docker Engine 28 say in each case.
const UNUSABLE: &[(&[&str], &str)] = &[
    (
        &[
            "is not a docker command",
            "unknown command: docker buildx",
            "unknown flag: --progress",
        ],
        "install the buildx plugin of Docker, 0.13 or newer",
    ),
    (
        &[
            "Cannot connect to the Docker daemon",
            "failed to connect to the docker API",
            "error during connect",
            "permission denied while trying to connect",
        ],
        "start the Docker engine, or name another with DOCKER_HOST, `docker context use` or `--builder`",
    ),
    (
        &[
            "no builder",
            "failed to find builder",
            "no valid drivers found",
        ],
        "`docker buildx ls` lists the builders there are",
    ),
    (
        &[
            "error reading from server: EOF",
            "transport is closing",
            "connection reset by peer",
            "connection refused",
            "code = Unavailable",
            "unexpected EOF",
        ],
        "the engine has gone away: look at its log, start it again, and build again",
    ),
    (
        &["no space left on device"],
        "the engine's disk is full: `docker system df` shows what takes it, `docker buildx prune` frees its cache",
    ),
];

impl Engine for Buildx {
    fn name(&self) -> &'static str {
        "docker"
    }

    fn cannot(&self, _: &Job<'_>) -> Vec<String> {
        Vec::new()
    }

    fn takes_many(&self) -> bool {
        true
    }

    fn build(&self, job: &Job<'_>, tell: &mut dyn FnMut(Event)) -> Result<(), EngineError> {
        let mut decoder = Decoder::new(expected(job));
        let mut last = LastLines::default();
        let own: Vec<String> = job.plan.names(job.targets);
        let mut tell = |event: Event| {
            if !job.has_needs
                || event
                    .target()
                    .is_none_or(|name| own.iter().any(|it| it == name))
            {
                tell(event);
            }
        };
        let input = job.plan.bake_file_of(job.targets).to_json().to_string();
        let mut each = |stream: Stream, line: &str| {
            if stream == Stream::Err {
                last.keep(line);
                tell(Event::Line(line.to_owned()));
                decoder.line(line, &mut tell);
            }
        };
        let command = self.command(job);
        let end = child::run(
            command,
            input.into_bytes(),
            job.stop,
            child::PATIENCE,
            &mut each,
        );
        let end = end.map_err(|error| self.not_started(&error))?;
        let success = matches!(end, End::Exited(status) if status.success());
        decoder.finish(success, &mut tell);
        match end {
            End::Exited(status) if status.success() => Ok(()),
            End::Exited(_) => Err(last.error()),
            End::Stopped => Err(EngineError::Stopped),
        }
    }
}

impl Buildx {
    fn command(&self, job: &Job<'_>) -> Command {
        let request = job.request;
        let mut command = Command::new(&self.client);
        command.current_dir(job.root).stdin(Stdio::piped());
        command.args(["buildx", "bake", "--file", "-", "--progress", "rawjson"]);
        if let Some(builder) = &request.builder {
            command.args(["--builder", builder]);
        }
        for allowed in &request.allow {
            command.args(["--allow", allowed]);
        }
        match &request.metadata_file {
            Some(file) => {
                command.arg("--metadata-file").arg(file);
            }
            // Else it would be collected for nobody.
            None => {
                command.env("BUILDX_METADATA_PROVENANCE", "disabled");
            }
        }
        // Advertisements have no place between the lines.
        command.env("DOCKER_CLI_HINTS", "false");
        command.arg("--").args(job.plan.names(job.targets));
        command
    }

    fn not_started(&self, error: &io::Error) -> EngineError {
        EngineError::Unusable {
            error: format!("cannot run `{}`: {error}", self.client.to_string_lossy()),
            hint: format!(
                "install Docker with its buildx plugin, name the client with {CLIENT_VARIABLE}, or build with `--engine podman` or `--engine buildah`"
            ),
        }
    }
}

/// The targets that buildx will speak of.
fn expected(job: &Job<'_>) -> Vec<Expected> {
    let closure = job.plan.closure(job.targets).into_iter();
    let targets = closure.filter_map(|index| Some((index, job.plan.targets.get(index)?)));
    targets
        .map(|(index, target)| Expected {
            name: target.name.clone(),
            exports: job.targets.contains(&index),
        })
        .collect()
}

/// The last lines that are no JSON: among them is why the run failed.
#[derive(Debug, Default)]
struct LastLines(Vec<String>);

/// Lines that are kept.
const KEPT: usize = 50;

impl LastLines {
    fn keep(&mut self, line: &str) {
        if line.starts_with('{') || line.trim().is_empty() {
            return;
        }
        if self.0.len() == KEPT {
            self.0.remove(0);
        }
        self.0.push(line.to_owned());
    }

    fn error(&self) -> EngineError {
        let says = |words: &&str| self.0.iter().any(|line| line.contains(*words));
        let error = self.0.iter().rev().find(|line| line.starts_with("ERROR:"));
        let error = error
            .or(self.0.last())
            .map_or("buildx failed", |line| line.as_str());
        let error = error.trim_start_matches("ERROR:").trim().to_owned();
        let known = UNUSABLE.iter().find(|(words, _)| words.iter().any(says));
        match known {
            Some((_, hint)) => EngineError::Unusable {
                error,
                hint: (*hint).to_owned(),
            },
            None => EngineError::Failed(error),
        }
    }
}
