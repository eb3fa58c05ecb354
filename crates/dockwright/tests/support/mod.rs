//! Running the program on a directory that a test makes.

// Every test program has its own copy, and uses a part of it.
#![allow(dead_code, unreachable_pub)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The longest that any run may take, in seconds; a run without a bound takes for ever.
const SECONDS: u64 = 60;

/// The address space that a run may have, in kilobytes. Its resident memory is far smaller: every
/// thread reserves some 70 MB that it never touches.
const KILOBYTES: u64 = 1 << 20;

/// A repository in a temporary directory.
pub struct Repository(TempDir);

/// What a run of the program left behind.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub output: String,
    pub errors: String,
}

impl Repository {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A repository with files.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let repository = Self::new();
        for (path, text) in files {
            repository.write(path, text);
        }
        repository
    }

    pub fn root(&self) -> &Path {
        self.0.path()
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Runs the program at the root; memory and time are bounded where the system can.
    pub fn run(&self, arguments: &[&str]) -> Run {
        run(&[], self.root(), arguments)
    }

    /// The findings of an audit of everything, as `rule path:line message`.
    pub fn findings(&self) -> Vec<String> {
        let run = self.run(&["audit", "--format", "json", "--confidence", "low"]);
        assert!(matches!(run.code, 0 | 1), "{run:?}");
        run.findings()
    }

    /// Runs git in the repository.
    pub fn git(&self, arguments: &[&str]) {
        let done = Command::new("git")
            .args(["-c", "user.name=test", "-c", "user.email=test@example.org"])
            .args(["-c", "commit.gpgsign=false"])
            .current_dir(self.root())
            .args(arguments)
            .output()
            .unwrap();
        assert!(done.status.success(), "git {arguments:?}: {done:?}");
    }
}

impl Run {
    /// The findings of JSON output, as `rule path:line message`.
    pub fn findings(&self) -> Vec<String> {
        let json: Value = serde_json::from_str(&self.output).unwrap();
        let findings = json["findings"].as_array().unwrap().iter();
        findings
            .map(|finding| {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let location = &finding["location"];
                format!(
                    "{} {}:{} {}",
                    text(&finding["rule"]),
                    text(&location["path"]),
                    location["start"]["line"],
                    text(&finding["message"])
                )
            })
            .collect()
    }
}

/// Runs the program in `directory`, behind the words of `before`.
pub fn run(before: &[&str], directory: &Path, arguments: &[&str]) -> Run {
    let program = env!("CARGO_BIN_EXE_dockwright");
    let mut words: Vec<String> = Vec::new();
    if cfg!(target_os = "linux") {
        let limit = format!("ulimit -v {KILOBYTES}; exec \"$@\"");
        let bounds = ["timeout", "--kill-after=1", &SECONDS.to_string()].map(str::to_owned);
        words.extend(bounds);
        words.extend(["sh", "-c", &limit, "sh"].map(str::to_owned));
    }
    words.extend(before.iter().map(|word| (*word).to_owned()));
    if before.is_empty() {
        words.push(program.to_owned());
    }
    let (first, rest) = words.split_first().unwrap();
    let done = Command::new(first)
        .args(rest)
        .args(arguments)
        .current_dir(directory)
        .env("RAYON_NUM_THREADS", "2")
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run {
        code: done.status.code().unwrap_or(-1),
        output: text(done.stdout),
        errors: text(done.stderr),
    }
}
