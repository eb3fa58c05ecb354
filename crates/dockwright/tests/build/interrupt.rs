//! Ctrl-C.

use std::fs;
use std::time::{Duration, Instant};

use crate::trial::{Trial, wait_until};

/// The step of a trial sleeps for a time of its own, by which its process is known.
fn files(seconds: u32) -> String {
    format!(
        "
-- compose.yaml --
services:
  base: {{build: base, image: '{{name}}-base'}}
  app: {{build: app, image: '{{name}}-app'}}
  other: {{build: other, image: '{{name}}-other'}}
-- base/Dockerfile --
FROM busybox
RUN echo {{name}} >/base
-- app/Dockerfile --
FROM {{name}}-base
RUN echo begun && sleep {seconds}
RUN echo never
-- other/Dockerfile --
FROM {{name}}-base
RUN echo {{name}} other
"
    )
}

/// Whether a program with these arguments runs, in a container of this machine or outside.
fn runs(arguments: &[&str]) -> bool {
    let wanted = arguments.join("\0") + "\0";
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let mut lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.any(|line| line == wanted.as_bytes())
}

/// Interrupts a build in the middle of a step, and gives what it left behind.
fn interrupted(name: &str, arguments: &[&str]) {
    // No process of another run of this test.
    let seconds = 1_000_000 + std::process::id() * 10 + u32::try_from(arguments.len()).unwrap();
    let Some(trial) = Trial::new(name, &files(seconds)) else {
        return;
    };
    let sleep = ["sleep", &seconds.to_string()];
    let mut run = trial.start(arguments);
    run.wait_for("  begun");
    // An engine on another machine hides its processes.
    let visible = runs(&sleep);
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
    let builds = trial.docker(&[
        "buildx",
        "history",
        "ls",
        "--no-trunc",
        "--format",
        "{{.Name}} {{.Status}}",
    ]);
    let own = builds
        .lines()
        .filter(|line| line.contains(&trial.named("{name}")));
    assert!(
        own.clone().all(|line| !line.ends_with("Running")),
        "{builds}"
    );
    assert!(visible || own.count() > 0);
}

#[test]
fn the_builder_stops_its_work() {
    interrupted("interrupted", &[]);
}

#[test]
fn every_job_is_stopped() {
    interrupted("jobs", &["--keep-going"]);
}
