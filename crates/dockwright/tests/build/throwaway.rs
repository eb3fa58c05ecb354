//! An engine that a test may break.

use std::env;
use std::process::Command;

use tempfile::TempDir;

use crate::trial::{Trial, docker, output, workspace};

/// An engine of its own, deleted at the end.
pub struct Engine {
    state: TempDir,
    /// Its `DOCKER_HOST`.
    host: String,
}

impl Engine {
    /// Starts one, with the arguments of `scripts/engine start`. None if there is no engine at all,
    /// or only one that the machine has and none can be started.
    pub fn start(arguments: &[&str]) -> Option<Self> {
        let docker = docker()?;
        let mut engine = Self {
            state: tempfile::tempdir().unwrap(),
            host: String::new(),
        };
        let started = engine.script("start").args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&started.stderr);
        if !started.status.success() {
            assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "{errors}");
            eprintln!("skipped: {errors}");
            return None;
        }
        let printed = String::from_utf8_lossy(&started.stdout);
        let mut words = printed.split_whitespace();
        let host = words.find_map(|word| word.strip_prefix("DOCKER_HOST="));
        engine.host.push_str(host.unwrap());
        // The image goes from one engine to the other.
        let copy = r#""$1" save busybox | DOCKER_HOST=$2 "$1" load"#;
        let mut shell = Command::new("sh");
        shell.args(["-ec", copy, "sh", &docker, &engine.host]);
        output(shell, "");
        Some(engine)
    }

    /// Builds a trial on it.
    pub fn take(&self, trial: &mut Trial) {
        trial.set("DOCKER_HOST", &self.host);
    }

    /// Ends it as a crash does.
    pub fn kill(&self) {
        output(self.script("kill"), "");
    }

    fn script(&self, verb: &str) -> Command {
        let mut command = Command::new(workspace().join("scripts/engine"));
        command
            .arg(verb)
            .env("DOCKWRIGHT_ENGINE_STATE", self.state.path());
        command
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.script("clean").output());
    }
}
