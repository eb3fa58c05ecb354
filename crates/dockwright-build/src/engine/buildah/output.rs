//! What `podman build` and `buildah build` write, as events.
//!
//! Each instruction begins with `STEP 2/5: RUN make`, behind `[1/2] ` where there are several
//! stages; `--> Using cache ID` says that its result was there; the image is written at `COMMIT NAME`,
//! and its identity is the last line. What steps write stands between.

use std::time::Instant;

use super::super::child::Stream;
use crate::progress::{Event, Step};

/// How the program begins its own word on why it failed.
const ERROR: &str = "Error: ";

/// Reads the lines of one build.
pub(super) struct Output<'a> {
    target: &'a str,
    running: Option<(Step, Instant)>,
    image: Option<String>,
    error: Option<String>,
}

impl<'a> Output<'a> {
    pub(super) fn of(target: &'a str) -> Self {
        Self {
            target,
            running: None,
            image: None,
            error: None,
        }
    }

    /// The identity of the image, once it is built: 64 hexadecimal digits.
    pub(super) fn image(&self) -> Option<&str> {
        self.image.as_deref()
    }

    /// The program's own word on why it failed.
    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Reads a line.
    pub(super) fn read(&mut self, stream: Stream, line: &str, tell: &mut dyn FnMut(Event)) {
        // The identity and the error are the last words; what more lines follow is a step's.
        let held = match stream {
            Stream::Out => self.image.take(),
            Stream::Err => self.error.take().map(|error| format!("{ERROR}{error}")),
        };
        if let Some(held) = held {
            self.log(&held, tell);
        }
        if stream == Stream::Err {
            match line.strip_prefix(ERROR) {
                Some(error) => self.error = Some(error.to_owned()),
                None => self.log(line, tell),
            }
        } else if let Some((before, heading)) = heading(line) {
            // Behind what the last step wrote without an end of line.
            if !before.is_empty() {
                self.log(before, tell);
            }
            self.end(tell);
            self.begin(&heading, tell);
        } else if line.starts_with("--> Using cache ") {
            if let Some((step, _)) = &mut self.running {
                step.cached = true;
            }
        } else if line.strip_prefix("--> ").is_some_and(is_hexadecimal) {
            // The names of the image are told after it is written.
            if !self.running.as_ref().is_some_and(|(step, _)| step.internal) {
                self.end(tell);
            }
        } else if line.len() == 64 && is_hexadecimal(line) {
            self.image = Some(line.to_owned());
        } else {
            self.log(line, tell);
        }
    }

    /// Ends the step that runs, if any.
    pub(super) fn end(&mut self, tell: &mut dyn FnMut(Event)) {
        if let Some((mut step, begun)) = self.running.take() {
            step.took = Some(begun.elapsed());
            tell(Event::Step(step));
        }
    }

    /// Ends the step that runs, if any, with the error.
    pub(super) fn fail(&mut self, error: &str, tell: &mut dyn FnMut(Event)) {
        if let Some((step, _)) = &mut self.running {
            step.error = Some(error.to_owned());
        }
        self.end(tell);
    }

    /// Begins a step.
    pub(super) fn begin(&mut self, name: &str, tell: &mut dyn FnMut(Event)) {
        let step = Step {
            id: format!("{} {name}", self.target),
            target: Some(self.target.to_owned()),
            name: name.to_owned(),
            internal: name.starts_with("COMMIT"),
            started: true,
            ..Step::default()
        };
        tell(Event::Step(step.clone()));
        // A base that is in the store is told of by no word, a pull by many.
        let cached = name.contains(" FROM ");
        self.running = Some((Step { cached, ..step }, Instant::now()));
    }

    fn log(&mut self, line: &str, tell: &mut dyn FnMut(Event)) {
        tell(match &mut self.running {
            Some((step, _)) => {
                step.cached = false;
                Event::Log {
                    step: step.id.clone(),
                    text: format!("{line}\n"),
                }
            }
            None => Event::Message(line.to_owned()),
        });
    }
}

/// Splits a line at the heading of a step, and names the step: `[1/2] 2/5 RUN make`.
fn heading(line: &str) -> Option<(&str, String)> {
    if line == "COMMIT" || line.starts_with("COMMIT ") {
        return Some(("", line.to_owned()));
    }
    let (before, rest) = line.split_once("STEP ")?;
    let (place, instruction) = rest.split_once(": ")?;
    if !is_place(place) {
        return None;
    }
    let (before, stage) = match before.strip_suffix("] ").and_then(|it| it.rsplit_once('[')) {
        Some((before, stage)) if is_place(stage) => (before, format!("[{stage}] ")),
        _ => (before, String::new()),
    };
    Some((before, format!("{stage}{place} {instruction}")))
}

/// Whether a text is `2/5`.
fn is_place(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    text.split_once('/')
        .is_some_and(|(number, count)| is_number(number) && is_number(count))
}

fn is_hexadecimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a build's standard output tells, a line each.
    fn told(lines: &str) -> (Vec<String>, Option<String>) {
        let mut events = Vec::new();
        let mut tell = |event| {
            events.push(match event {
                Event::Step(step) => format!(
                    "{}{}{}",
                    step.name,
                    if step.took.is_some() {
                        ": done"
                    } else {
                        ": begun"
                    },
                    if step.cached { ", cached" } else { "" },
                ),
                Event::Log { step, text } => format!("{step}> {}", text.trim_end()),
                other => format!("{other:?}"),
            });
        };
        let mut output = Output::of("web");
        for line in lines.lines() {
            output.read(Stream::Out, line, &mut tell);
        }
        let image = output.image().map(str::to_owned);
        (events, image)
    }

    #[test]
    fn steps_of_a_single_stage() {
        let image = "a8276b1742c3f9c467141a58cfbc892c6b03c9b8a553da8f6d7b5b14ca9df23c";
        let (events, built) = told(&format!(
            "STEP 1/3: FROM scratch\nSTEP 2/3: COPY a /a\n--> Using cache {image}\n--> a8276b1742c\nSTEP 3/3: RUN make\nhello\nCOMMIT web:1\n--> a8276b1742c\nSuccessfully tagged localhost/web:1\n{image}\n"
        ));
        insta::assert_snapshot!(events.join("\n"), @r"
        1/3 FROM scratch: begun
        1/3 FROM scratch: done, cached
        2/3 COPY a /a: begun
        2/3 COPY a /a: done, cached
        3/3 RUN make: begun
        web 3/3 RUN make> hello
        3/3 RUN make: done
        COMMIT web:1: begun
        web COMMIT web:1> Successfully tagged localhost/web:1
        ");
        assert_eq!(built.as_deref(), Some(image));
    }

    #[test]
    fn steps_of_several_stages_have_names_of_their_own() {
        let (events, _) = told("[1/2] STEP 1/1: FROM scratch AS a\n[2/2] STEP 1/1: FROM a\n");
        insta::assert_snapshot!(events.join("\n"), @r"
        [1/2] 1/1 FROM scratch AS a: begun
        [1/2] 1/1 FROM scratch AS a: done, cached
        [2/2] 1/1 FROM a: begun
        ");
    }

    #[test]
    fn output_without_an_end_of_line_stands_before_the_next_step() {
        let (events, _) =
            told("STEP 1/2: RUN printf x\nx[done] STEP 2/2: RUN echo \"STEP 9/9: no\"");
        insta::assert_snapshot!(events.join("\n"), @r#"
        1/2 RUN printf x: begun
        web 1/2 RUN printf x> x[done]
        1/2 RUN printf x: done
        2/2 RUN echo "STEP 9/9: no": begun
        "#);
    }

    #[test]
    fn only_the_last_line_is_the_image() {
        let line = "a".repeat(64);
        let (events, built) = told(&format!("STEP 1/1: RUN sum\n{line}\nCOMMIT\n"));
        assert_eq!(built, None);
        assert_eq!(events[1], format!("web 1/1 RUN sum> {line}"));
    }

    #[test]
    fn only_the_last_error_is_the_programs() {
        let mut logs = Vec::new();
        let mut tell = |event| {
            if let Event::Log { text, .. } = event {
                logs.push(text);
            }
        };
        let mut output = Output::of("web");
        output.begin("1/1 RUN make", &mut tell);
        for line in [
            "Error: of make",
            "Error: building at STEP \"RUN make\": exit status 2",
        ] {
            output.read(Stream::Err, line, &mut tell);
        }
        assert_eq!(
            output.error(),
            Some("building at STEP \"RUN make\": exit status 2")
        );
        assert_eq!(logs, ["Error: of make\n"]);
    }
}
