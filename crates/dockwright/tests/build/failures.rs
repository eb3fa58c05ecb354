//! A step that fails.

use std::collections::BTreeSet;

use crate::support::Run;
use crate::trial::Trial;

/// `app` needs `lib`, which fails, and that needs `base`; `other` needs only `base`.
const FAILING: &str = "
-- compose.yaml --
services:
  base: {build: base, image: '{name}-base'}
  lib: {build: lib, image: '{name}-lib'}
  app: {build: app, image: '{name}-app'}
  other: {build: other, image: '{name}-other'}
-- base/Dockerfile --
FROM busybox
RUN echo {name} >/base
-- lib/Dockerfile --
FROM {name}-base

RUN echo 'compiling the library' && \\
    echo 'no rule to make it' && \\
    exit 3
RUN echo never
-- app/Dockerfile --
FROM {name}-lib
RUN echo app
-- other/Dockerfile --
FROM {name}-base
RUN echo {name} other && sleep 1
";

fn trial(name: &str) -> Option<Trial> {
    Trial::new(name, FAILING)
}

/// The targets that the table says are built, and those whose images are there.
fn built(trial: &Trial, run: &Run) -> (BTreeSet<String>, BTreeSet<String>) {
    let table = trial.table(run);
    let rows = table.lines().filter_map(|row| row.split_once(" built "));
    let told = rows.map(|(image, _)| format!("{image}:latest"));
    (told.collect(), trial.images().into_iter().collect())
}

/// What is said of the failure after everything else.
fn excerpt(trial: &Trial, run: &Run) -> String {
    let said = trial.said(run);
    let from = said.find("error: ").unwrap();
    said[from..].to_owned()
}

#[test]
fn the_line_is_shown_and_what_is_not_built_is_not_said_to_be() {
    let Some(trial) = trial("failing") else {
        return;
    };
    let run = trial.build(&[]);
    assert_eq!(run.code, 1, "{run:#?}");
    insta::assert_snapshot!(excerpt(&trial, &run), @r#"
    error: `lib` could not be built: exit code: 3
     --> lib/Dockerfile:3:1
      |
    3 | / RUN echo 'compiling the library' && \
    4 | |     echo 'no rule to make it' && \
    5 | |     exit 3
      | |__________^ step 1/3
      |
      = note: the last lines of the step:
              compiling the library
              no rule to make it
    "#);
    let table = trial.table(&run);
    assert!(table.contains("{name}-lib failed\n"), "{table}");
    assert!(!table.contains("{name}-app built"), "{table}");
    // What was being stored when the build was ended may be there although the engine never said so.
    let (told, there) = built(&trial, &run);
    assert!(told.is_subset(&there), "{there:#?} {run:#?}");
    assert!(!there.contains("{name}-lib:latest"));
}

#[test]
fn what_does_not_need_it_goes_on_when_asked_to() {
    let Some(trial) = trial("going") else {
        return;
    };
    let run = trial.build(&["--keep-going"]);
    assert_eq!(run.code, 1, "{run:#?}");
    insta::assert_snapshot!(trial.table(&run), @r#"
    {name}-base built 0/1
    {name}-lib failed
    {name}-app skipped: lib failed
    {name}-other built 0/1
    "#);
    let (told, there) = built(&trial, &run);
    assert_eq!(told, there);
    insta::assert_snapshot!(excerpt(&trial, &run), @r#"
    error: `lib` could not be built: exit code: 3
     --> lib/Dockerfile:3:1
      |
    3 | / RUN echo 'compiling the library' && \
    4 | |     echo 'no rule to make it' && \
    5 | |     exit 3
      | |__________^ step 1/3
      |
      = note: the last lines of the step:
              compiling the library
              no rule to make it
    "#);
}

#[test]
fn one_after_another_nothing_is_begun_after_it() {
    let Some(trial) = trial("single") else {
        return;
    };
    let run = trial.build(&["--jobs", "1"]);
    assert_eq!(run.code, 1, "{run:#?}");
    insta::assert_snapshot!(trial.table(&run), @r#"
    {name}-base built 0/1
    {name}-lib failed
    {name}-app not begun
    {name}-other not begun
    "#);
    assert_eq!(trial.images(), ["{name}-base:latest"]);

    // Without what fails, all goes well.
    let run = trial.builds(&["--jobs", "1", "other", "base"]);
    insta::assert_snapshot!(trial.table(&run), @r#"
    {name}-base built 1/1
    {name}-other built 0/1
    "#);
}

#[test]
fn a_base_that_fails_is_told_when_another_was_asked_for() {
    let Some(trial) = trial("asked") else {
        return;
    };
    let run = trial.build(&["app"]);
    assert_eq!(run.code, 1, "{run:#?}");
    insta::assert_snapshot!(excerpt(&trial, &run), @r#"
    error: `lib` could not be built: exit code: 3
     --> lib/Dockerfile:3:1
      |
    3 | / RUN echo 'compiling the library' && \
    4 | |     echo 'no rule to make it' && \
    5 | |     exit 3
      | |__________^ step 1/3
      |
      = note: the last lines of the step:
              compiling the library
              no rule to make it
    "#);
    assert!(
        trial.table(&run).contains("{name}-lib failed\n"),
        "{run:#?}"
    );
    assert!(trial.images().is_empty());
}

#[test]
fn a_dockerfile_that_the_engine_cannot_read() {
    let files = "
-- compose.yaml --
services:
  web: {build: ., image: '{name}-web'}
-- Dockerfile --
FROM busybox
RUN echo fine
COPPY . /
";
    let Some(trial) = Trial::new("unread", files) else {
        return;
    };
    let run = trial.build(&[]);
    assert_eq!(run.code, 1, "{run:#?}");
    insta::assert_snapshot!(excerpt(&trial, &run), @r#"
    error: `web` could not be built: dockerfile parse error on line 3: unknown instruction: COPPY (did you mean COPY?)
     --> Dockerfile:3:1
      |
    3 | COPPY . /
      | ^^^^^^^^^
    "#);
}
