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
    /// The stage that is built, named as BuildKit names it.
    stage: String,
    running: Option<(Step, Instant)>,
    image: Option<String>,
    error: Option<String>,
}

impl<'a> Output<'a> {
    pub(super) fn of(target: &'a str) -> Self {
        Self {
            target,
            stage: String::new(),
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
        } else if let Some(heading) = Heading::in_line(line) {
            // Behind what the last step wrote without an end of line.
            if !heading.before.is_empty() {
                self.log(heading.before, tell);
            }
            self.end(tell);
            if heading.is_from() {
                self.stage = heading.stage();
            }
            let place = format!("{} {}", self.stage, heading.place);
            self.begin(place.trim(), heading.instruction, tell);
        } else if line == "COMMIT" || line.starts_with("COMMIT ") {
            self.end(tell);
            self.begin("", line, tell);
        } else if line.starts_with("--> Using cache ") {
            if let Some((step, _)) = &mut self.running {
                step.cached = true;
            }
        } else if line.strip_prefix("--> ").is_some_and(is_hexadecimal) {
            // The names of the image are told after it is written.
            if self
                .running
                .as_ref()
                .is_some_and(|(step, _)| step.is_instruction())
            {
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

    /// Begins a step. Its place is empty when it is no instruction.
    pub(super) fn begin(&mut self, place: &str, name: &str, tell: &mut dyn FnMut(Event)) {
        let step = Step {
            id: format!("{}: {place} {name}", self.target),
            target: Some(self.target.to_owned()),
            place: place.to_owned(),
            name: name.to_owned(),
            started: true,
            ..Step::default()
        };
        tell(Event::Step(step.clone()));
        self.running = Some((step, Instant::now()));
    }

    fn log(&self, line: &str, tell: &mut dyn FnMut(Event)) {
        tell(match &self.running {
            Some((step, _)) => Event::Log {
                step: step.id.clone(),
                text: format!("{line}\n"),
            },
            None => Event::Message(line.to_owned()),
        });
    }
}

/// The heading of a step, such as `[1/2] STEP 2/5: RUN make`.
struct Heading<'t> {
    before: &'t str,
    /// Which of the stages, counted from 1; absent where there is a single one.
    stage: Option<&'t str>,
    place: &'t str,
    instruction: &'t str,
}

impl<'t> Heading<'t> {
    fn in_line(line: &'t str) -> Option<Self> {
        let (before, rest) = line.split_once("STEP ")?;
        let (place, instruction) = rest.split_once(": ")?;
        number(place)?;
        let in_brackets = before.strip_suffix("] ").and_then(|it| it.rsplit_once('['));
        let stage = in_brackets.and_then(|(before, stage)| Some((before, number(stage)?)));
        Some(Self {
            before: stage.map_or(before, |(before, _)| before),
            stage: stage.map(|(_, number)| number),
            place,
            instruction,
        })
    }

    fn is_from(&self) -> bool {
        self.instruction.starts_with("FROM ")
    }

    /// The stage that a `FROM` begins; empty where there is a single one.
    fn stage(&self) -> String {
        let Some(number) = self.stage.and_then(|it| it.parse::<usize>().ok()) else {
            return String::new();
        };
        let mut words = self.instruction.split_whitespace().rev();
        match (words.next(), words.next()) {
            (Some(name), Some(as_word)) if as_word.eq_ignore_ascii_case("AS") => name.to_owned(),
            _ => format!("stage-{}", number.saturating_sub(1)),
        }
    }
}

/// The first number of `2/5`.
fn number(text: &str) -> Option<&str> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let (number, count) = text.split_once('/')?;
    (is_number(number) && is_number(count)).then_some(number)
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
                    "{} {}{}{}",
                    step.place,
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
        1/3 FROM scratch: done
        2/3 COPY a /a: begun
        2/3 COPY a /a: done, cached
        3/3 RUN make: begun
        web: 3/3 RUN make> hello
        3/3 RUN make: done
         COMMIT web:1: begun
        web:  COMMIT web:1> Successfully tagged localhost/web:1
        ");
        assert_eq!(built.as_deref(), Some(image));
    }

    #[test]
    fn steps_of_several_stages_have_names_of_their_own() {
        let (events, _) = told(
            "[1/2] STEP 1/1: FROM scratch AS compile\n[2/2] STEP 1/2: FROM compile\n[2/2] STEP 2/2: RUN make\n",
        );
        insta::assert_snapshot!(events.join("\n"), @r"
        compile 1/1 FROM scratch AS compile: begun
        compile 1/1 FROM scratch AS compile: done
        stage-1 1/2 FROM compile: begun
        stage-1 1/2 FROM compile: done
        stage-1 2/2 RUN make: begun
        ");
    }

    #[test]
    fn output_without_an_end_of_line_stands_before_the_next_step() {
        let (events, _) =
            told("STEP 1/2: RUN printf x\nx[done] STEP 2/2: RUN echo \"STEP 9/9: no\"");
        insta::assert_snapshot!(events.join("\n"), @r#"
        1/2 RUN printf x: begun
        web: 1/2 RUN printf x> x[done]
        1/2 RUN printf x: done
        2/2 RUN echo "STEP 9/9: no": begun
        "#);
    }

    #[test]
    fn only_the_last_line_is_the_image() {
        let line = "a".repeat(64);
        let (events, built) = told(&format!("STEP 1/1: RUN sum\n{line}\nCOMMIT\n"));
        assert_eq!(built, None);
        assert_eq!(events[1], format!("web: 1/1 RUN sum> {line}"));
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
        output.begin("1/1", "RUN make", &mut tell);
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
