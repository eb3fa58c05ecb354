//! What buildx tells with `--progress=rawjson`: a JSON object in each line, and text.
//!
//! Source of facts: `BuildKit`'s `client.SolveStatus`, and runs of buildx that are kept as fixtures
//! under `tests/progress`.
//!
//! A *vertex* is a step. Where a run has several targets, its name begins with that of the target,
//! `[web 2/3] RUN make`; one that several targets need is told under each of their names. Errors
//! are text: an excerpt of the Dockerfile, then `ERROR: target web: failed to solve: …`. That line
//! may name a target that merely needs the one whose step failed.

mod status;
mod target;

use std::collections::{HashMap, HashSet};

use data_encoding::BASE64;
use status::{Status, Vertex, Warning, took};
use target::{Phase, Target};

use super::excerpt::{Excerpt, Read, Reader};
use super::tail::cut;
use super::{Event, Step};

/// A target that a run is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its name.
    pub name: String,
    /// Whether its result leaves the builder: it is loaded, pushed or written. One that others
    /// merely need is done when its instructions are.
    pub exports: bool,
}

/// Makes [`Event`]s of lines.
#[derive(Clone, Debug)]
pub struct Decoder {
    targets: Vec<Target>,
    by_name: HashMap<String, usize>,
    vertexes: usize,
    warnings: HashSet<String>,
    reader: Reader,
    excerpt: Option<Excerpt>,
    stopping: bool,
}

/// More steps than this are not told: a bound for a stream gone wild.
const MAX_VERTEXES: usize = 100_000;
/// More warnings than this are not told.
const MAX_WARNINGS: usize = 1000;
/// Longer names, messages and errors are cut.
const MAX_TEXT: usize = 4000;

impl Decoder {
    /// A decoder for a run of these targets, each after those that it needs.
    pub fn new(targets: impl IntoIterator<Item = Expected>) -> Self {
        let targets: Vec<Target> = targets
            .into_iter()
            .map(|expected| Target::new(expected.name, expected.exports))
            .collect();
        let names = targets.iter().enumerate();
        Self {
            by_name: names.map(|(index, it)| (it.name.clone(), index)).collect(),
            targets,
            vertexes: 0,
            warnings: HashSet::new(),
            reader: Reader::default(),
            excerpt: None,
            stopping: false,
        }
    }

    /// Takes a line, with or without its end, and tells what it says.
    pub fn line(&mut self, line: &str, tell: &mut dyn FnMut(Event)) {
        let line = line.trim_end_matches(['\r', '\n']);
        let status = line
            .starts_with('{')
            .then(|| serde_json::from_str::<Status>(line));
        match status {
            Some(Ok(status)) if status.says_something() || line == "{}" => {
                self.status(status, tell);
            }
            _ => self.text(line, tell),
        }
        self.tell_built(tell);
    }

    /// The run is being stopped: what fails from now on does so because of that.
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    /// Ends the run, which went well or did not.
    pub fn finish(mut self, success: bool, tell: &mut dyn FnMut(Event)) {
        for line in self.reader.give_up() {
            message(&line, tell);
        }
        let open = |target: &&Target| !target.told || target.again;
        for target in self.targets.iter().filter(open) {
            if success || target.is_done() {
                tell(Event::Built(target.name.clone()));
            }
        }
    }

    fn tell_built(&mut self, tell: &mut dyn FnMut(Event)) {
        for target in self.targets.iter_mut().filter(|target| !target.told) {
            let is_done = target.is_done();
            if is_done && target.ready {
                target.told = true;
                tell(Event::Built(target.name.clone()));
            }
            target.ready = is_done;
        }
    }

    fn status(&mut self, status: Status, tell: &mut dyn FnMut(Event)) {
        self.vertexes(status.vertexes.unwrap_or_default(), tell);
        for log in status.logs.into_iter().flatten() {
            if let Ok(data) = BASE64.decode(log.data.as_bytes()) {
                tell(Event::Log {
                    step: log.vertex,
                    text: String::from_utf8_lossy(&data).into_owned(),
                });
            }
        }
        for warning in status.warnings.into_iter().flatten() {
            self.warning(&warning, tell);
        }
    }

    /// Tells steps. Those that are new are told before any of them begins, for whoever wants to
    /// know all steps of a target by then: the vertexes of a line are in no order.
    fn vertexes(&mut self, vertexes: Vec<Vertex>, tell: &mut dyn FnMut(Event)) {
        let steps: Vec<_> = vertexes
            .into_iter()
            .map(|vertex| self.step(vertex))
            .collect();
        for (target, step) in &steps {
            if let Some(target) = target.and_then(|index| self.targets.get_mut(index))
                && !target.is_known(step)
                && self.vertexes < MAX_VERTEXES
            {
                self.vertexes += 1;
                if !target.started {
                    target.started = true;
                    tell(Event::Started(target.name.clone()));
                }
                let announced = Step {
                    started: false,
                    took: None,
                    cached: false,
                    error: None,
                    ..step.clone()
                };
                target.record(&announced);
                tell(Event::Step(announced));
            }
        }
        for (target, step) in steps {
            if let Some(target) = target.and_then(|index| self.targets.get_mut(index)) {
                if !target.is_known(&step) || !step.started && !step.is_over() {
                    continue;
                }
                target.record(&step);
                target.again |= target.told;
            }
            tell(Event::Step(step));
        }
    }

    /// A vertex, and the target that it belongs to.
    fn step(&self, vertex: Vertex) -> (Option<usize>, Step) {
        let (target, place, name) = self.attributed(&vertex.name);
        let last = place.rsplit(' ').next().unwrap_or_default();
        let of = target.and_then(|index| self.targets.get(index));
        let error = vertex.error.filter(|error| !error.is_empty());
        let step = Step {
            target: of.map(|target| target.name.clone()),
            internal: matches!(last, "internal" | "auth"),
            place: cut(place, MAX_TEXT).to_owned(),
            name: cut(name, MAX_TEXT).to_owned(),
            started: vertex.started.is_some(),
            took: took(vertex.started.as_deref(), vertex.completed.as_deref()),
            cached: vertex.cached,
            error: error.map(|error| cut(&error, MAX_TEXT).to_owned()),
            id: vertex.digest,
        };
        (target, step)
    }

    /// The target, place and work in the name of a vertex.
    fn attributed<'n>(&self, name: &'n str) -> (Option<usize>, &'n str, &'n str) {
        let brackets = name
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("] "));
        let (inside, work) = brackets.unwrap_or(("", name));
        // What buildx asks for when a target is done, for its file of metadata.
        if work.starts_with("resolving provenance ") {
            return (None, "internal", work);
        }
        if self.targets.len() == 1 {
            return (Some(0), inside, work);
        }
        let (first, place) = inside.split_once(' ').unwrap_or((inside, ""));
        match self.by_name.get(first) {
            Some(index) => {
                // What has brackets of its own is not always given the name within them.
                let own = work
                    .strip_prefix('[')
                    .and_then(|rest| rest.split_once("] "));
                let (place, work) = own.filter(|_| place.is_empty()).unwrap_or((place, work));
                (Some(*index), place, work)
            }
            None => (None, inside, work),
        }
    }

    fn warning(&mut self, warning: &Warning, tell: &mut dyn FnMut(Event)) {
        let Ok(short) = BASE64.decode(warning.short.as_bytes()) else {
            return;
        };
        let short = String::from_utf8_lossy(&short);
        let knows = |target: &&Target| target.by_digest.contains_key(&warning.vertex);
        let target = self.targets.iter().find(knows);
        let text = match target.filter(|_| self.targets.len() > 1) {
            Some(target) => format!("warning: {}: {short}", target.name),
            None => format!("warning: {short}"),
        };
        if self.warnings.len() < MAX_WARNINGS && self.warnings.insert(text.clone()) {
            message(&text, tell);
        }
    }

    fn text(&mut self, line: &str, tell: &mut dyn FnMut(Event)) {
        match self.reader.line(line) {
            Read::Taken => {}
            // The first one is that of the step itself.
            Read::Excerpt(excerpt) => {
                self.excerpt.get_or_insert(excerpt);
            }
            Read::Other(lines) => {
                for line in lines {
                    match line.strip_prefix("ERROR: ") {
                        Some(error) => self.error(error, tell),
                        None => message(&line, tell),
                    }
                }
            }
        }
    }

    /// `target web: failed to solve: …`.
    fn error(&mut self, error: &str, tell: &mut dyn FnMut(Event)) {
        if self.stopping {
            return;
        }
        let named = error
            .strip_prefix("target ")
            .and_then(|rest| rest.split_once(": "))
            .and_then(|(name, error)| Some((*self.by_name.get(name)?, error)));
        let of_one = || {
            let only = self.targets.first().filter(|_| self.targets.len() == 1);
            only.is_some_and(|target| target.started)
                .then_some((0, error))
        };
        let Some((named, error)) = named.or_else(of_one) else {
            message(&format!("ERROR: {error}"), tell);
            return;
        };
        let error = ["failed to build: ", "failed to solve: "]
            .iter()
            .fold(error, |error, prefix| {
                error.strip_prefix(prefix).unwrap_or(error)
            });
        let culprit = self.culprit(named, error);
        if let Some(target) = self.targets.get_mut(culprit) {
            target.told = true;
            target.again = false;
            tell(Event::Failed {
                target: target.name.clone(),
                error: cut(error, MAX_TEXT).to_owned(),
                excerpt: self.excerpt.take(),
            });
        }
    }

    /// The target whose step failed: the first of those that have it.
    fn culprit(&self, named: usize, error: &str) -> usize {
        let failed = |target: &Target, is_it: &dyn Fn(&str) -> bool| {
            let mut vertexes = target.vertexes.iter();
            let vertex = vertexes.find(|(_, phase)| match phase {
                Phase::Failed(why) => is_it(why),
                _ => false,
            });
            vertex.map(|(digest, _)| digest.clone())
        };
        let named_target = self.targets.get(named);
        let digest = named_target.and_then(|target| {
            failed(target, &|why| error.contains(why)).or_else(|| failed(target, &|_| true))
        });
        let has = |digest: &String| {
            let mut targets = self.targets.iter();
            targets.position(|target| target.by_digest.contains_key(digest))
        };
        digest.as_ref().and_then(has).unwrap_or(named)
    }
}

fn message(text: &str, tell: &mut dyn FnMut(Event)) {
    if !text.trim().is_empty() {
        tell(Event::Message(cut(text, MAX_TEXT).to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(targets: &[&str], lines: &[&str]) -> Vec<Event> {
        let mut decoder = Decoder::new(targets.iter().map(|&name| Expected {
            name: name.to_owned(),
            exports: true,
        }));
        let mut events = Vec::new();
        for line in lines {
            decoder.line(line, &mut |event| events.push(event));
        }
        decoder.finish(false, &mut |event| events.push(event));
        events
    }

    /// The target, place and work that are read from the name of a vertex.
    fn step(targets: &[&str], name: &str) -> (Option<String>, String, String, bool) {
        let line = format!(r#"{{"vertexes":[{{"digest":"d","name":"{name}"}}]}}"#);
        match decode(targets, &[&line]).pop() {
            Some(Event::Step(step)) => (step.target, step.place, step.name, step.internal),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_name_of_a_vertex_says_target_place_and_work() {
        let of = |targets: &[&str], name: &str| {
            let (target, place, work, internal) = step(targets, name);
            let target = target.unwrap_or_else(|| "-".to_owned());
            format!(
                "{target} ({place}) {work}{}",
                if internal { " *" } else { "" }
            )
        };
        let two = ["web", "web-api"];
        assert_eq!(of(&two, "[web 2/3] RUN make"), "web (2/3) RUN make");
        assert_eq!(
            of(&two, "[web-api linux/arm64 deps 2/3] COPY a] b"),
            "web-api (linux/arm64 deps 2/3) COPY a] b"
        );
        assert_eq!(
            of(&two, "[web] exporting to image"),
            "web () exporting to image"
        );
        assert_eq!(
            of(&two, "[web internal] load .dockerignore"),
            "web (internal) load .dockerignore *"
        );
        assert_eq!(of(&two, "[web] [auth] sharing"), "web (auth) sharing *");
        assert_eq!(
            of(&two, "[internal] load local bake definitions"),
            "- (internal) load local bake definitions *"
        );
        assert_eq!(of(&two, "[other 1/2] RUN make"), "- (other 1/2) RUN make");
        let one = ["web"];
        assert_eq!(of(&one, "[web 2/3] RUN make"), "web (web 2/3) RUN make");
        assert_eq!(of(&one, "exporting to image"), "web () exporting to image");
    }

    #[test]
    fn what_is_no_status_is_a_message() {
        for line in [
            "pulling…",
            "{",
            "[]",
            "17",
            r#"{"vertexes": 3}"#,
            r#"{"vertexes": [{"digest": 1}]}"#,
            r#"{"error": "no space left on device"}"#,
            "ERROR: target unknown: failed to solve: nothing",
            "ERROR: no builder \"other\" found",
            "Dockerfile:1",
        ] {
            assert_eq!(
                decode(&["web", "api"], &[line]),
                [Event::Message(line.to_owned())]
            );
        }
        for line in ["", "  ", "{}", r#"{"statuses":[{"id":1}]}"#] {
            assert_eq!(decode(&["web", "api"], &[line]), []);
        }
    }

    #[test]
    fn broken_base64_and_text_that_is_not_utf8_do_no_harm() {
        let log = |data: &str| {
            let line = format!(r#"{{"logs":[{{"vertex":"d","data":"{data}"}}]}}"#);
            decode(&["web"], &[&line])
        };
        assert_eq!(log("not base64!"), []);
        let text = "a\u{fffd}\n".to_owned();
        let step = "d".to_owned();
        assert_eq!(log("Yf8K"), [Event::Log { step, text }]);
    }

    #[test]
    fn the_steps_of_a_line_are_told_before_any_begins() {
        let vertex = |name: &str, started: &str| {
            format!(r#"{{"digest":"{name}","name":"{name}"{started}}}"#)
        };
        let begins = vertex("[1/2] FROM a", r#","started":"2026-01-01T00:00:00Z""#);
        let waits = vertex("[2/2] RUN b", "");
        let events = decode(
            &["web"],
            &[&format!(r#"{{"vertexes":[{begins},{waits}]}}"#)],
        );
        let steps = events.iter().filter_map(|event| match event {
            Event::Step(step) => Some((step.place.as_str(), step.started)),
            _ => None,
        });
        let steps: Vec<_> = steps.collect();
        assert_eq!(steps, [("1/2", false), ("2/2", false), ("1/2", true)]);
    }

    #[test]
    fn what_fails_because_the_run_is_stopped_has_not_failed() {
        let step = r#"{"vertexes":[{"digest":"d","name":"exporting to image","started":"2026-01-01T00:00:00Z","error":"EOF"}]}"#;
        let fails = |is_stopped: bool| {
            let mut decoder = Decoder::new([Expected {
                name: "web".to_owned(),
                exports: true,
            }]);
            if is_stopped {
                decoder.stop();
            }
            let mut fails = false;
            for line in [step, "ERROR: failed to solve: Canceled: context canceled"] {
                decoder.line(line, &mut |it| fails |= matches!(it, Event::Failed { .. }));
            }
            fails
        };
        assert!(fails(false));
        assert!(!fails(true));
    }

    #[test]
    fn a_target_that_is_begun_once_more_is_built_in_the_end() {
        let step = |ends: &str| {
            format!(
                r#"{{"vertexes":[{{"digest":"d","name":"[2/2] RUN a","started":"2026-01-01T00:00:00Z"{ends}}}]}}"#
            )
        };
        let ends = r#","completed":"2026-01-01T00:00:01Z""#;
        let mut decoder = Decoder::new([Expected {
            name: "web".to_owned(),
            exports: false,
        }]);
        let mut events = Vec::new();
        for line in [step(""), step(ends), "{}".to_owned(), step(""), step(ends)] {
            decoder.line(&line, &mut |event| events.push(event));
        }
        decoder.finish(true, &mut |event| events.push(event));
        let built = Event::Built("web".to_owned());
        assert_eq!(events.last(), Some(&built));
        assert_eq!(events.iter().filter(|event| **event == built).count(), 2);
    }

    #[test]
    fn an_export_may_be_followed_by_another() {
        let line = |name: &str, ends: &str| {
            format!(
                r#"{{"vertexes":[{{"digest":"{name}","name":"{name}","started":"2026-01-01T00:00:00Z"{ends}}}]}}"#
            )
        };
        let ends = r#","completed":"2026-01-01T00:00:01Z""#;
        let built = Event::Built("web".to_owned());
        let image = [
            line("exporting to image", ""),
            line("exporting to image", ends),
        ];
        let cache = [line("exporting cache", ""), line("exporting cache", ends)];
        let after = |lines: &[&String]| {
            let mut decoder = Decoder::new([Expected {
                name: "web".to_owned(),
                exports: true,
            }]);
            let mut is_built = false;
            for line in lines {
                decoder.line(line, &mut |event| is_built |= event == built);
            }
            is_built
        };
        assert!(!after(&[&image[0], &image[1]]));
        assert!(after(&[&image[0], &image[1], &"{}".to_owned()]));
        assert!(!after(&[&image[0], &image[1], &cache[0], &"{}".to_owned()]));
        assert!(after(&[
            &image[0],
            &image[1],
            &cache[0],
            &cache[1],
            &"{}".to_owned()
        ]));
    }
}
