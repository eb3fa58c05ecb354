//! A failed target: why, where in its Dockerfile, and what the step wrote at last.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use dockwright_build::progress::{Excerpt, State, Status};

use super::words::{line, reason, step};
use crate::TextOptions;
use crate::escape::{visible, visible_line};

/// Why a target could not be built, with the lines of its Dockerfile. The engine calls that by its
/// last name; `dockerfile` is its path, where it is known. Nothing for a target that did not fail.
pub fn failure(
    state: &State,
    target: usize,
    dockerfile: Option<&str>,
    options: &TextOptions,
) -> Option<String> {
    let target = state.target(target)?;
    let Status::Failed(failure) = &target.status else {
        return None;
    };
    let culprit = failure
        .step
        .and_then(|number| target.step(number))
        .map(|it| &it.step);
    let title = format!(
        "`{}` could not be built: {}",
        target.name,
        reason(&failure.error)
    );
    let mut group = Group::with_title(Level::ERROR.primary_title(title));
    let path = |excerpt: &Excerpt| {
        let path = dockerfile.unwrap_or(&excerpt.file);
        visible_line(path).into_owned()
    };
    if let Some(excerpt) = failure.excerpt.as_ref().filter(|it| !it.lines.is_empty()) {
        let (source, marked) = source(excerpt);
        let first = excerpt.lines.first().map_or(1, |line| line.number);
        let snippet = Snippet::source(source)
            .path(path(excerpt))
            .line_start(first);
        let label = culprit
            .map(|step| line(&step.place))
            .filter(|place| !place.is_empty());
        let mark = AnnotationKind::Primary.span(marked);
        let mark = mark.label(label.map(|place| format!("step {place}")));
        group = group.element(snippet.annotation(mark));
    } else {
        if let Some(path) = dockerfile {
            group = group.element(Origin::path(visible_line(path)));
        }
        if let Some(culprit) = culprit {
            group = group.element(Level::NOTE.message(format!("in the step {}", step(culprit))));
        }
    }
    let output = culprit.map(|step| state.output(step)).unwrap_or_default();
    if !output.is_empty() {
        let lines: Vec<String> = output.into_iter().map(line).collect();
        let lines = lines.join("\n");
        group = group.element(Level::NOTE.message(format!("the last lines of the step:\n{lines}")));
    }
    let renderer = if options.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    Some(renderer.term_width(options.width).render(&[group]) + "\n")
}

/// The lines of an excerpt as one text, and the place of the marked ones in it.
fn source(excerpt: &Excerpt) -> (String, std::ops::Range<usize>) {
    let mut source = String::new();
    let mut marked: Option<std::ops::Range<usize>> = None;
    for line in &excerpt.lines {
        let text = visible(&line.text);
        let text = text.trim_end();
        if line.marked {
            let indent = text.len() - text.trim_start().len();
            let start = marked.map_or(source.len() + indent, |marked| marked.start);
            marked = Some(start..source.len() + text.len());
        }
        source += text;
        source.push('\n');
    }
    (source, marked.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use dockwright_build::progress::{Event, ExcerptLine, Step};

    use super::super::recorded::{BASE_FAILS, FAILING, Recorded, UNREADABLE};
    use super::*;

    fn failures(recorded: Recorded, dockerfile: Option<&str>) -> String {
        let mut state = recorded.state();
        for event in recorded.events() {
            state.apply(event);
        }
        let targets = 0..state.targets().len();
        targets
            .filter_map(|target| failure(&state, target, dockerfile, &TextOptions::default()))
            .collect()
    }

    #[test]
    fn a_failure_has_the_lines_of_its_dockerfile_and_the_last_output() {
        insta::assert_snapshot!(failures(FAILING, Some("broken/Dockerfile")), @r#"
        error: `broken` could not be built: exit code: 3
         --> broken/Dockerfile:5:1
          |
        5 | / RUN for number in $(seq 1 30); do echo "test $number passed"; done; \
        6 | |     sleep 0.5; echo "test 31 failed" >&2; exit 3
          | |________________________________________________^ step 2/4
          |
          = note: the last lines of the step:
                  test 12 passed
                  test 13 passed
                  test 14 passed
                  test 15 passed
                  test 16 passed
                  test 17 passed
                  test 18 passed
                  test 19 passed
                  test 20 passed
                  test 21 passed
                  test 22 passed
                  test 23 passed
                  test 24 passed
                  test 25 passed
                  test 26 passed
                  test 27 passed
                  test 28 passed
                  test 29 passed
                  test 30 passed
                  test 31 failed
        "#);
    }

    #[test]
    fn without_a_path_the_file_is_called_as_the_engine_calls_it() {
        insta::assert_snapshot!(failures(BASE_FAILS, None), @r#"
        error: `base` could not be built: exit code: 1
         --> Dockerfile:2:1
          |
        2 | RUN echo about to fail >&2; false
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ step 2/2
          |
          = note: the last lines of the step:
                  about to fail
        "#);
    }

    #[test]
    fn a_failure_before_any_step_has_its_line_too() {
        insta::assert_snapshot!(failures(UNREADABLE, Some("app/Dockerfile")), @r#"
        error: `app` could not be built: dockerfile parse error on line 2: COPY requires at least two arguments, but only one was provided. Destination could not be determined
         --> app/Dockerfile:2:1
          |
        2 | COPY
          | ^^^^
        "#);
    }

    #[test]
    fn a_failure_without_an_excerpt_names_the_step() {
        let mut state = State::new([("app".to_owned(), Vec::new())]);
        state.apply(Event::Step(Step {
            id: "1".to_owned(),
            target: Some("app".to_owned()),
            place: "2/3".to_owned(),
            name: "RUN make".to_owned(),
            started: true,
            error: Some("exit code: 2".to_owned()),
            ..Step::default()
        }));
        state.apply(Event::Failed {
            target: "app".to_owned(),
            error: "exit code: 2".to_owned(),
            excerpt: None,
        });
        let failure = failure(&state, 0, Some("Dockerfile"), &TextOptions::default());
        insta::assert_snapshot!(failure.unwrap_or_default(), @r#"
        error: `app` could not be built: exit code: 2
        --> Dockerfile
         = note: in the step [2/3] RUN make
        "#);
    }

    #[test]
    fn any_excerpt_is_shown_and_harmless() {
        for texts in [
            [""; 3],
            ["\u{1b}[2J", "é\u{202e}", "\t \r"],
            ["  FROM a", "", "x"],
        ] {
            for marks in 0..8 {
                let lines = texts.iter().enumerate().map(|(number, text)| ExcerptLine {
                    number: number + 7,
                    marked: marks >> number & 1 == 1,
                    text: (*text).to_owned(),
                });
                let mut state = State::new([("app".to_owned(), Vec::new())]);
                state.apply(Event::Failed {
                    target: "app".to_owned(),
                    error: "\u{1b}[31mno\u{7}".to_owned(),
                    excerpt: Some(Excerpt {
                        file: "Dockerfile\u{1b}".to_owned(),
                        lines: lines.collect(),
                    }),
                });
                let shown = failure(&state, 0, None, &TextOptions::default()).unwrap_or_default();
                assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown}");
            }
        }
    }
}
