//! Ctrl-C. The processes of a step are looked for on this machine.

#![cfg(target_os = "linux")]

use std::fs;
use std::time::{Duration, Instant};

use crate::trial::{Trial, wait_until};

/// The step sleeps for a time of its own, by which its process is known.
const FILES: &str = "
-- compose.yaml --
services:
  base: {build: base, image: '{name}-base'}
  app: {build: app, image: '{name}-app'}
  other: {build: other, image: '{name}-other'}
-- base/Dockerfile --
FROM busybox
RUN echo {name} >/base
-- app/Dockerfile --
FROM {name}-base
RUN echo begun && sleep {seconds}
RUN echo never
-- other/Dockerfile --
FROM {name}-base
RUN echo {name} other
";

/// Whether a program with these arguments runs, in a container of this machine or outside.
fn runs(arguments: &[&str]) -> bool {
    let wanted = arguments.join("\0") + "\0";
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let mut lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.any(|line| line == wanted.as_bytes())
}

/// Interrupts a build in the middle of a step, and looks at what it leaves behind.
fn interrupt(name: &str, arguments: &[&str]) {
    // No process of another run of this test.
    let seconds = 1_000_000 + std::process::id() * 10 + u32::try_from(arguments.len()).unwrap();
    let seconds = seconds.to_string();
    let Some(trial) = Trial::new(name, &FILES.replace("{seconds}", &seconds)) else {
        return;
    };
    let sleep = ["sleep", seconds.as_str()];
    let mut run = trial.start(arguments);
    run.wait_for("  begun");
    wait_until("the step", || runs(&sleep));
    let begun = Instant::now();
    run.interrupt();
    let run = run.end();
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(run.code, 130, "{run:#?}");
    let table = trial.table(&run);
    assert!(table.contains("{name}-app stopped\n"), "{table}");
    let said = trial.said(&run);
    assert!(!said.contains("error: "), "{said}");

    // The builder has let go of it as well.
    wait_until("the end of the step", || !runs(&sleep));
}

#[test]
fn the_builder_stops_its_work() {
    interrupt("interrupted", &[]);
}

#[test]
fn every_job_is_stopped() {
    interrupt("jobs", &["--keep-going"]);
}
