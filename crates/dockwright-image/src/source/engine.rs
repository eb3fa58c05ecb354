//! Images of an engine on this machine, which its own program saves to a pipe. The program knows
//! where the engine is: contexts, `DOCKER_HOST`, keys.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use super::Store;
use super::stream::Streamed;
use crate::layer::ScanOptions;
use crate::{ImageError, ReadOptions};

/// Bytes that are kept of what a program complains about.
const MAX_COMPLAINT: u64 = 64 << 10;

/// An image of a Docker engine; of podman's store if there is no such image or no Docker.
pub(super) fn docker(
    name: &str,
    options: &ReadOptions,
    scan: &ScanOptions<'_>,
) -> Result<Box<dyn Store>, ImageError> {
    let mut command = Command::new(&options.docker);
    command.args(["image", "save", "--", name]);
    let saved = save(command, &options.docker, name, scan);
    let Err(error) = saved else {
        return saved;
    };
    let has_podman = |status: std::process::ExitStatus| status.success();
    let mut asked = Command::new(&options.podman);
    asked.args(["image", "exists", "--", name]);
    asked
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if asked.status().is_ok_and(has_podman) {
        return podman(name, options, scan);
    }
    Err(error)
}

/// An image of the store that podman and buildah share.
pub(super) fn podman(
    name: &str,
    options: &ReadOptions,
    scan: &ScanOptions<'_>,
) -> Result<Box<dyn Store>, ImageError> {
    let mut command = Command::new(&options.podman);
    command.args(["save", "--format", "oci-archive", "--", name]);
    save(command, &options.podman, name, scan)
}

fn save(
    mut command: Command,
    program: &Path,
    name: &str,
    options: &ScanOptions<'_>,
) -> Result<Box<dyn Store>, ImageError> {
    let program = program.display();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map(Running).map_err(|error| {
        ImageError::new(
            format!("cannot run `{program}`: {error}"),
            "install it, or give an archive of the image: `./image.tar`",
        )
    })?;
    let complaint = child
        .0
        .stderr
        .take()
        .map(|errors| thread::spawn(move || told(errors)));
    let read = match child.0.stdout.take() {
        Some(mut output) => {
            let read = Streamed::read(&mut output, options);
            if read.is_ok() {
                // The program fails if nobody takes what fills the archive's last block.
                let _ = io::copy(&mut output, &mut io::sink());
            }
            read
        }
        None => Err(ImageError::broken("nothing is to be read")),
    };
    if read.is_err() {
        // It may still have much to say that nobody reads any more.
        let _ = child.0.kill();
    }
    let status = child.0.wait();
    let complaint = complaint
        .and_then(|thread| thread.join().ok())
        .unwrap_or_default();
    match read {
        Ok(streamed) if status.is_ok_and(|status| status.success()) => Ok(Box::new(streamed)),
        Err(error) if complaint.is_empty() => Err(error.of(format!("`{name}` from `{program}`"))),
        _ => Err(ImageError::new(
            format!("`{program}` cannot save `{name}`: {complaint}"),
            "build or pull the image first, check its name and that the engine runs, or give an archive: `./image.tar`",
        )),
    }
}

/// The last line that a program writes to standard error.
fn told(errors: impl Read) -> String {
    let mut bytes = Vec::new();
    let mut errors = errors;
    let _ = errors.by_ref().take(MAX_COMPLAINT).read_to_end(&mut bytes);
    let _ = io::copy(&mut errors, &mut io::sink());
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().rev().find(|line| !line.trim().is_empty());
    line.unwrap_or_default()
        .trim()
        .trim_start_matches("Error: ")
        .to_owned()
}

/// A program that does not outlive its reader.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
