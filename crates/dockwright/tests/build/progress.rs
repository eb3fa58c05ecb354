//! What is shown while it builds.

use serde_json::Value;

use crate::trial::Trial;

const FILES: &str = "
-- compose.yaml --
services:
  app: {build: app, image: '{name}-app'}
  base: {build: base, image: '{name}-base'}
-- app/Dockerfile --
FROM {name}-base
RUN printf '\\033[31mred\\033[0m\\n'; cat /base
-- base/Dockerfile --
FROM busybox
RUN echo {name} >/base
";

#[test]
fn without_a_terminal_there_are_lines_without_colours() {
    let Some(trial) = Trial::new("plain", FILES) else {
        return;
    };
    for progress in [&[][..], &["--progress", "plain"]] {
        let run = trial.builds(&[progress, &["--no-cache"]].concat());
        assert!(
            run.errors.contains("\napp  | [1/2]   red\n"),
            "{}",
            run.errors
        );
        assert!(trial.said(&run).contains("\napp  | [1/2]   {name}\n"));
        for text in [&run.errors, &run.output] {
            assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text:?}");
        }
    }
    let run = trial.builds(&["--color", "always"]);
    assert!(run.output.contains("\u{1b}["), "{:?}", run.output);
}

#[test]
fn nothing_but_the_table_is_shown_when_it_is_quiet() {
    let Some(trial) = Trial::new("quiet", FILES) else {
        return;
    };
    let run = trial.builds(&["--progress", "quiet"]);
    assert_eq!(trial.said(&run), "");
    insta::assert_snapshot!(trial.table(&run), @r#"
    {name}-base built 0/1
    {name}-app built 0/1
    "#);
    trial.write("app/Dockerfile", "FROM {name}-base\nRUN exit 4\n");
    let run = trial.build(&["--progress", "quiet"]);
    assert_eq!(run.code, 1);
    let said = trial.said(&run);
    assert!(
        said.starts_with("error: `app` could not be built"),
        "{said}"
    );
}

#[test]
fn the_lines_of_buildx_are_passed_on() {
    let Some(trial) = Trial::new("raw", FILES) else {
        return;
    };
    let run = trial.builds(&["--progress", "rawjson"]);
    let said = trial.said(&run);
    let mut steps = 0;
    for line in said.lines() {
        let status: Value = serde_json::from_str(line).unwrap();
        steps += status["vertexes"].as_array().map_or(0, Vec::len);
    }
    assert!(steps > 5, "{said}");

    // When a step fails, what buildx says at its end is passed on too.
    trial.write("app/Dockerfile", "FROM {name}-base\nRUN exit 4\n");
    let run = trial.build(&["--progress", "rawjson"]);
    assert_eq!(run.code, 1);
    let said = trial.said(&run);
    let text: Vec<&str> = said.lines().filter(|line| !line.starts_with('{')).collect();
    insta::assert_snapshot!(text.join("\n"), @r#"
    Dockerfile:2
    --------------------
       1 |     FROM {name}-base
       2 | >>> RUN exit 4
       3 |     
    --------------------
    ERROR: target app: failed to solve: process "/bin/sh -c exit 4" did not complete successfully: exit code: 4
    error: `app` could not be built: exit code: 4
     --> app/Dockerfile:2:1
      |
    2 | RUN exit 4
      | ^^^^^^^^^^ step 1/2
    "#);
}
