//! Asking git, in a way that runs nothing of the repository.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::TreePath;

/// Why git could not say something.
#[derive(Debug)]
pub enum GitError {
    /// The directory is in no git repository.
    NotARepository {
        /// The directory.
        path: PathBuf,
    },
    /// The repository has no such revision, or no such directory in it.
    UnknownRevision {
        /// What was asked for.
        revision: String,
    },
    /// `git` could not be run, or failed.
    Failed {
        /// What git or the system says.
        reason: String,
    },
}

impl fmt::Display for GitError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotARepository { path } => {
                write!(formatter, "{} is in no git repository", path.display())
            }
            Self::UnknownRevision { revision } => {
                write!(formatter, "the repository has no revision `{revision}`")
            }
            Self::Failed { reason } => write!(formatter, "git failed: {reason}"),
        }
    }
}

impl std::error::Error for GitError {}

impl From<io::Error> for GitError {
    fn from(error: io::Error) -> Self {
        Self::Failed {
            reason: error.to_string(),
        }
    }
}

/// Runs `git` with these arguments in a directory; what it writes on standard output.
pub fn run(directory: &Path, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
    output(directory, command(directory).args(arguments))
}

/// The same for what reads files of the working tree. Filters that the repository's own
/// configuration names are switched off: they are programs.
pub fn run_on_files(directory: &Path, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
    let mut git = command(directory);
    git.env(NOTHING, "");
    for key in own_filters(directory) {
        git.arg(format!("--config-env={key}={NOTHING}"));
    }
    output(directory, git.args(arguments))
}

/// Runs `git` with these arguments in a directory, and gives it something to read.
pub fn run_with_input(
    directory: &Path,
    arguments: &[&str],
    input: &[u8],
) -> Result<Vec<u8>, GitError> {
    let mut child = command(directory)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let written = child.stdin.take().map(|mut pipe| pipe.write_all(input));
    let output = child.wait_with_output()?;
    if output.status.success() {
        written.transpose()?;
        return Ok(output.stdout);
    }
    let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(GitError::Failed { reason })
}

/// Bytes of a log that are read.
const MAX_LOG: u64 = 4 << 20;

/// Stands before each commit of a log; no path has it.
const COMMIT: char = '\u{1}';

/// The paths below a directory that each of the last commits up to `revision` touched, the latest
/// first. Merges and root commits, which touch everything in a shallow clone, are left out; so is
/// what lies beyond a few megabytes. Empty when git cannot say.
pub(crate) fn history(directory: &Path, revision: &str, commits: usize) -> Vec<Vec<TreePath>> {
    let log = || -> io::Result<Vec<u8>> {
        let mut git = command(directory)
            .args(["-c", "log.showRoot=false", "-c", "log.showSignature=false"])
            .args(["log", "-z", "--name-only", "--relative", "--no-merges"])
            .args(["--no-ext-diff", "--no-textconv", "--no-renames"])
            .args(["--ignore-submodules", "--no-color", "--format=%x01"])
            .arg(format!("--max-count={commits}"))
            .args(["--end-of-options", revision, "--", "."])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut bytes = Vec::new();
        let read = match git.stdout.take() {
            Some(output) => output.take(MAX_LOG).read_to_end(&mut bytes),
            None => Ok(0),
        };
        // It may wait for somebody to read the rest.
        let _ = git.kill();
        git.wait()?;
        read?;
        Ok(bytes)
    };
    let bytes = log().unwrap_or_default();
    // What was cut off ends in no zero byte.
    let end = bytes.iter().rposition(|byte| *byte == 0).unwrap_or(0);
    let text = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default());
    let mut history: Vec<Vec<TreePath>> = Vec::new();
    for part in text.split(['\0', '\n']) {
        let path = part.trim_start_matches(COMMIT);
        if path.len() < part.len() {
            history.push(Vec::new());
        }
        if let (Some(commit), Some(path)) = (history.last_mut(), TreePath::new(path))
            && !path.is_root()
        {
            commit.push(path);
        }
    }
    history.retain(|commit| !commit.is_empty());
    history
}

/// An environment variable for values of git's configuration.
const NOTHING: &str = "DOCKWRIGHT_NOTHING";

/// The keys of the filters in the configuration of the repository and of the working tree.
fn own_filters(directory: &Path) -> Vec<String> {
    let pattern = r"^filter\..*\.(clean|process|required)$";
    let list = ["config", "--show-scope", "--includes", "--name-only", "-z"];
    // It fails when there is none.
    let found = run(directory, &[&list[..], &["--get-regexp", pattern]].concat());
    let found = String::from_utf8_lossy(&found.unwrap_or_default()).into_owned();
    let words: Vec<&str> = found.split_terminator('\0').collect();
    let pairs = words.chunks_exact(2).filter_map(|pair| match pair {
        ["local" | "worktree", key] => Some((*key).to_owned()),
        _ => None,
    });
    pairs.collect()
}

fn output(directory: &Path, git: &mut Command) -> Result<Vec<u8>, GitError> {
    let output = git.output()?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if reason.contains("not a git repository") {
        return Err(GitError::NotARepository {
            path: directory.to_owned(),
        });
    }
    Err(GitError::Failed { reason })
}

/// A `git` that runs no hook and no monitor of the repository, takes no lock and fetches nothing.
pub(crate) fn command(directory: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(directory);
    for setting in [
        "core.fsmonitor=false",
        "core.hooksPath=/dev/null",
        "protocol.allow=never",
    ] {
        git.args(["-c", setting]);
    }
    for variable in [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_NAMESPACE",
        "GIT_PREFIX",
    ] {
        git.env_remove(variable);
    }
    git.env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    git
}
