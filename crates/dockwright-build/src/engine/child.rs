//! Running an engine's program: its output line by line, and an end when the person asks for one.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program has to end by itself after each request to.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// How often the program and the wish to stop are looked at.
const TICK: Duration = Duration::from_millis(50);

/// How often a program that has closed its output is looked at.
const BLINK: Duration = Duration::from_millis(1);

/// How long output is waited for after the program has ended: one of its own children may hold
/// the pipe open for good.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A line longer than this, in bytes, comes in several parts.
const LONGEST_LINE: u64 = 16 << 20;

/// Lines that are read ahead of the one that is being told.
const LINES_AHEAD: usize = 256;

/// Where a program writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself.
    Exited(ExitStatus),
    /// Because it was asked to.
    Stopped,
}

/// Runs a program to its end and tells every line that it writes, without the line's end.
///
/// It reads `input` and then the end of its standard input. It leads a process group of its own, so that Ctrl-C
/// on a terminal reaches it only through `stop`. When that is set, the whole group is interrupted,
/// asked to terminate after `patience`, and killed after another `patience`.
///
/// The error is that of starting it; what it writes is read to the end whatever it writes.
pub(crate) fn run(
    mut command: Command,
    input: Vec<u8>,
    stop: &AtomicBool,
    patience: Duration,
    tell: &mut dyn FnMut(Stream, &str),
) -> io::Result<End> {
    if stop.load(Ordering::Relaxed) {
        return Ok(End::Stopped);
    }
    lead_a_group(&mut command);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ends early does not read it all; its exit status says why.
        thread::spawn(move || stdin.write_all(&input));
    }
    let (send, lines) = sync_channel(LINES_AHEAD);
    if let Some(pipe) = child.stdout.take() {
        read_lines(pipe, Stream::Out, send.clone());
    }
    if let Some(pipe) = child.stderr.take() {
        read_lines(pipe, Stream::Err, send.clone());
    }
    drop(send);
    wait(&mut child, &lines, stop, patience, tell)
}

/// What is done next to a program that is to stop, the mildest first.
#[derive(Clone, Copy)]
enum Push {
    Interrupt,
    Terminate,
    Kill,
}

fn wait(
    child: &mut Child,
    lines: &Receiver<(Stream, String)>,
    stop: &AtomicBool,
    patience: Duration,
    tell: &mut dyn FnMut(Stream, &str),
) -> io::Result<End> {
    let mut pushes = [Push::Interrupt, Push::Terminate, Push::Kill].into_iter();
    let mut next_push = None;
    let mut ended: Option<(ExitStatus, Instant)> = None;
    loop {
        let line = lines.recv_timeout(TICK);
        if let Ok((stream, line)) = &line {
            tell(*stream, line);
        }
        if ended.is_none() {
            ended = child.try_wait()?.map(|status| (status, Instant::now()));
        }
        if let Some((status, at)) = ended {
            let stopped = next_push.is_some() && !status.success();
            let silent = match line {
                Ok(_) => stop.load(Ordering::Relaxed),
                Err(RecvTimeoutError::Timeout) => at.elapsed() > LAST_WORDS,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            match (silent, stopped) {
                (true, true) => return Ok(End::Stopped),
                (true, false) => return Ok(End::Exited(status)),
                (false, _) => continue,
            }
        }
        if line == Err(RecvTimeoutError::Disconnected) {
            thread::sleep(BLINK); // both pipes are closed, only the end is missing
        }
        let due = next_push.map_or_else(|| stop.load(Ordering::Relaxed), |at| Instant::now() >= at);
        if due && let Some(push) = pushes.next() {
            signal(child, push);
            next_push = Some(Instant::now() + patience);
        }
    }
}

/// Sends the lines of a pipe until its end. A line need not be valid UTF-8.
fn read_lines(
    pipe: impl Read + Send + 'static,
    stream: Stream,
    lines: SyncSender<(Stream, String)>,
) {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while let Ok(1..) = (&mut pipe).take(LONGEST_LINE).read_until(b'\n', &mut line) {
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            let text = String::from_utf8_lossy(text).into_owned();
            if lines.send((stream, text)).is_err() {
                return; // the program has ended, and nobody listens any more
            }
            line.clear();
        }
    });
}

#[cfg(unix)]
fn lead_a_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(unix)]
fn signal(child: &mut Child, push: Push) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let signal = match push {
        Push::Interrupt => Signal::INT,
        Push::Terminate => Signal::TERM,
        Push::Kill => Signal::KILL,
    };
    // The child has not been waited for, so its number is still its own.
    // A group that is gone already needs no signal.
    let _ = kill_process_group(Pid::from_child(child), signal);
}

#[cfg(not(unix))]
fn lead_a_group(_: &mut Command) {}

/// Without signals, ending the program is all there is.
#[cfg(not(unix))]
fn signal(child: &mut Child, _: Push) {
    let _ = child.kill();
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    const MOMENT: Duration = Duration::from_millis(200);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    /// Runs a script to its end; what it wrote, `out` and `err` told apart.
    fn run_script(script: &str, input: &str) -> (End, Vec<String>) {
        let mut told = Vec::new();
        let end = run(
            shell(script),
            input.into(),
            &AtomicBool::new(false),
            MOMENT,
            &mut |stream, line| told.push(format!("{stream:?} {line}")),
        );
        (end.unwrap(), told)
    }

    /// Runs a script that is asked to stop as soon as it writes its first line.
    fn run_and_stop(script: &str) -> (End, Vec<String>, Duration) {
        let stop = AtomicBool::new(false);
        let begun = Instant::now();
        let mut told = Vec::new();
        let end = run(shell(script), Vec::new(), &stop, MOMENT, &mut |_, line| {
            told.push(line.to_owned());
            stop.store(true, Ordering::Relaxed);
        });
        (end.unwrap(), told, begun.elapsed())
    }

    #[test]
    fn every_line_of_both_streams_is_told() {
        let (end, mut told) = run_script("echo one; echo two >&2; printf 'three\\r\\nfour'", "");
        told.sort();
        assert_eq!(end, End::Exited(ExitStatus::from_raw(0)));
        assert_eq!(told, ["Err two", "Out four", "Out one", "Out three"]);
    }

    #[test]
    fn the_program_reads_the_input_and_then_its_end() {
        let (_, told) = run_script("cat", "a\nb\n");
        assert_eq!(told, ["Out a", "Out b"]);
    }

    #[test]
    fn a_program_may_leave_its_input_unread() {
        let (end, _) = run_script("exit 3", &"x".repeat(1 << 20));
        assert_eq!(end, End::Exited(ExitStatus::from_raw(3 << 8)));
    }

    #[test]
    fn bytes_that_are_no_text_do_not_end_the_reading() {
        let (_, told) = run_script("printf '\\377\\nafter\\n'", "");
        assert_eq!(told, ["Out \u{fffd}", "Out after"]);
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        let command = Command::new("/no/such/program");
        let end = run(
            command,
            Vec::new(),
            &AtomicBool::new(false),
            MOMENT,
            &mut |_, _| {},
        );
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn nothing_starts_once_it_is_to_stop() {
        let end = run(
            Command::new("/no/such/program"),
            Vec::new(),
            &AtomicBool::new(true),
            MOMENT,
            &mut |_, _| {},
        );
        assert_eq!(end.unwrap(), End::Stopped);
    }

    #[test]
    fn a_program_can_tidy_up_when_it_is_interrupted() {
        let (end, told, _) =
            run_and_stop("trap 'echo tidy; exit 1' INT; echo begun; sleep 60 & wait");
        assert_eq!(end, End::Stopped);
        assert_eq!(told, ["begun", "tidy"]);
    }

    #[test]
    fn a_program_that_has_succeeded_nevertheless_was_not_stopped() {
        let (end, ..) = run_and_stop("trap 'exit 0' INT; echo begun; sleep 60 & wait");
        assert_eq!(end, End::Exited(ExitStatus::from_raw(0)));
    }

    #[test]
    fn a_program_that_ignores_requests_is_killed_with_its_children() {
        let (end, told, took) =
            run_and_stop("trap '' INT TERM; sleep 60 & echo $!; while :; do wait; sleep 60; done");
        assert_eq!(end, End::Stopped);
        assert!(
            took >= 2 * MOMENT && took < Duration::from_secs(20),
            "{took:?}"
        );
        let child: i32 = told[0].parse().unwrap();
        let lives = || {
            let status = std::fs::read_to_string(format!("/proc/{child}/status"));
            status.is_ok_and(|status| !status.contains("State:\tZ"))
        };
        // A signal takes a moment to arrive.
        let deadline = Instant::now() + Duration::from_secs(20);
        while lives() && Instant::now() < deadline {
            thread::sleep(TICK);
        }
        assert!(!lives());
    }

    #[test]
    fn a_child_that_outlives_the_program_holds_up_nobody() {
        let begun = Instant::now();
        let (end, told) = run_script("echo begun; setsid sleep 30 & exit 0", "");
        assert_eq!(
            (end, told),
            (
                End::Exited(ExitStatus::from_raw(0)),
                vec!["Out begun".into()]
            )
        );
        assert!(begun.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_flood_of_output_is_told_completely() {
        let (end, told) = run_script("seq 100000", "");
        assert_eq!(end, End::Exited(ExitStatus::from_raw(0)));
        assert_eq!(told.len(), 100_000);
        assert_eq!(told.last().unwrap(), "Out 100000");
    }
}
