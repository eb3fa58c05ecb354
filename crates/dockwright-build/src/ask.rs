//! What is asked of a docker client beside builds: short commands with an answer.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::engine::child::{End, Stream, run};

/// How long an answer may take: a registry is far, and a container has to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a program may take to end when it is asked to.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// An answer longer than this, in bytes, is none.
const MAX_ANSWER: usize = 16 << 20;

/// What a command writes, or why there is no answer, as one clause.
pub(crate) fn ask(command: Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let stop = Arc::new(AtomicBool::new(false));
    let bell = Arc::clone(&stop);
    thread::spawn(move || {
        thread::sleep(PATIENCE);
        bell.store(true, Ordering::Relaxed);
    });
    let mut answer = String::new();
    let mut last = String::new();
    let end = run(
        command,
        Vec::new(),
        &stop,
        LAST_WORDS,
        &mut |stream, line| {
            let line = line.trim_end();
            match stream {
                Stream::Out if answer.len() + line.len() < MAX_ANSWER => {
                    answer.push_str(line);
                    answer.push('\n');
                }
                // The client's last word may be how to call it.
                Stream::Err if !line.is_empty() && !line.starts_with("Run 'docker") => {
                    line.clone_into(&mut last);
                }
                _ => {}
            }
        },
    );
    match end {
        Ok(End::Exited(status)) if status.success() => Ok(answer),
        Ok(End::Exited(status)) if last.is_empty() => Err(format!("`{program}` failed: {status}")),
        Ok(End::Exited(_)) => Err(last.trim_start_matches("ERROR: ").to_owned()),
        Ok(End::Stopped) => Err("there is no answer in time".to_owned()),
        Err(error) => Err(format!("cannot run `{program}`: {error}")),
    }
}
