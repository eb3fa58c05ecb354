//! `docker buildx bake`, with the plan as JSON on its standard input.
//!
//! Whatever buildx can address builds: the engine's own `BuildKit`, containers, remote builders,
//! Kubernetes. Nothing is written to the repository.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;

use super::child::{self, End, Stream};
use super::{Engine, EngineError, Job, plugin};
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

/// A cause that lies with the engine, and not with what it builds.
struct Cause {
    /// Words of buildx's last line.
    words: &'static [&'static str],
    /// What to do.
    hint: &'static str,
}

/// Source: what buildx 0.29 and Docker Engine 28 say in each case.
const CAUSES: &[Cause] = &[
    Cause {
        words: &[
            "is not a docker command",
            "unknown command: docker buildx",
            "unknown flag: --progress",
            "unknown shorthand flag",
        ],
        hint: "install the buildx plugin of Docker, 0.13 or newer",
    },
    Cause {
        words: &[
            "Cannot connect to the Docker daemon",
            "failed to connect to the docker API",
            "error during connect",
            "permission denied while trying to connect",
        ],
        hint: "start the Docker engine, or name another with DOCKER_HOST, `docker context use` or `--builder`",
    },
    Cause {
        words: &[
            "no builder",
            "failed to find builder",
            "no valid drivers found",
        ],
        hint: "`docker buildx ls` lists the builders there are",
    },
    // It says so as if the engine had gone: https://github.com/moby/buildkit/issues/748
    Cause {
        words: &["only one connection allowed"],
        hint: "the engine has lost its connection to buildx, which happens by chance: build again",
    },
    Cause {
        words: &[
            "error reading from server: EOF",
            "transport is closing",
            "code = Unavailable",
        ],
        hint: "the engine has gone away: look at its log, start it again, and build again",
    },
    Cause {
        words: &["no space left on device"],
        hint: "the engine's disk is full: `docker system df` shows what takes it, `docker buildx prune` frees its cache",
    },
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
        let input = job.plan.bake_file_of(job.targets).to_json().to_string();
        let mut each = |stream: Stream, line: &str| {
            if stream == Stream::Err {
                last.keep(line);
                if job.stop.load(Ordering::Relaxed) {
                    decoder.stop();
                }
                tell(Event::Line(line.to_owned()));
                decoder.line(line, tell);
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
        decoder.finish(success, tell);
        match end {
            End::Exited(status) if status.success() => Ok(()),
            End::Exited(_) => Err(last.error()),
            End::Stopped => Err(EngineError::Stopped),
        }
    }
}

impl Buildx {
    /// The docker client that it runs.
    pub fn client(&self) -> &OsStr {
        &self.client
    }

    /// `docker buildx`, by the shortest way.
    fn buildx(&self) -> Command {
        if let Some(plugin) = plugin::buildx(&self.client) {
            return Command::new(plugin);
        }
        let mut command = Command::new(&self.client);
        command.arg("buildx");
        command
    }

    fn command(&self, job: &Job<'_>) -> Command {
        let request = job.request;
        let mut command = self.buildx();
        command.current_dir(job.root).stdin(Stdio::piped());
        command.args(["bake", "--file", "-", "--progress", "rawjson"]);
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

    /// Why the run failed, by the last line.
    fn error(&self) -> EngineError {
        let error = self.0.iter().rev().find(|line| line.starts_with("ERROR:"));
        let error = error
            .or(self.0.last())
            .map_or("buildx failed", |line| line.as_str());
        let error = error.trim_start_matches("ERROR:").trim().to_owned();
        let is_cause = |cause: &&Cause| cause.words.iter().any(|words| error.contains(words));
        match CAUSES.iter().find(is_cause) {
            Some(cause) => EngineError::Unusable {
                error,
                hint: cause.hint.to_owned(),
            },
            None => EngineError::Failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(last: &[&str]) -> EngineError {
        let mut lines = LastLines::default();
        for line in last {
            lines.keep(line);
        }
        lines.error()
    }

    #[test]
    fn a_failing_step_is_no_fault_of_the_engine() {
        let last = [
            "   2 | >>> RUN exit 3",
            "ERROR: target c: failed to solve: process \"/bin/sh -c exit 3\" did not complete successfully: exit code: 3",
        ];
        assert!(
            matches!(error(&last), EngineError::Failed(error) if error.starts_with("target c: "))
        );
    }

    #[test]
    fn an_engine_that_cannot_be_used_is_told_apart_with_what_to_do() {
        let hint = |line: &str| match error(&[line]) {
            EngineError::Unusable { hint, .. } => hint,
            other => panic!("{line}: {other:?}"),
        };
        assert!(
            hint("ERROR: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?")
                .starts_with("start the Docker engine")
        );
        for gone in [
            "ERROR: target one: failed to receive status: rpc error: code = Unavailable desc = error reading from server: EOF",
            "ERROR: failed to solve: Unavailable: error reading from server: EOF",
        ] {
            assert!(hint(gone).starts_with("the engine has gone away"));
        }
        let lost = "ERROR: target app: failed to solve: Unavailable: rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: only one connection allowed\"";
        assert!(hint(lost).ends_with("build again"));
        assert!(
            hint("ERROR: failed to solve: ResourceExhausted: write /x: no space left on device")
                .starts_with("the engine's disk is full")
        );
    }
}
