//! What `BuildKit` refuses of a file that it can parse.
//!
//! After parsing, the frontend converts every instruction of a stage to a build step, and refuses
//! more: a port that is none, a mount that makes no sense, a stage that comes later. [`validate`]
//! finds what it refuses whatever the build arguments and the base images are.

mod files;
mod image;
mod modes;
mod mounts;
mod ports;
mod signals;
mod sizes;
mod stages;
mod workdir;

use super::excerpt::excerpt;
use super::expand::Template;
use super::{Assignment, Copy, CopySource, Dockerfile, Flag, Instruction, InstructionKind};
use crate::{Problem, Span, Text};
use stages::Stages;
use workdir::Workdir;

/// The most problems that are told; the parser has the same limit.
const MAX_PROBLEMS: usize = 1_000;

/// Finds what `BuildKit` refuses after it has parsed a file, in the order of the file.
///
/// Every stage is looked at, as `docker build --check` does; a build of one target looks at the
/// stages that the target needs only. The parser's own problems are not told again.
///
/// Only what the file alone makes certain is told. A value that holds a variable says nothing,
/// unless its substitution can never be evaluated; the default of an `ARG` says nothing, because
/// a build argument replaces it unread. The trigger of an `ONBUILD` is not looked at: `BuildKit`
/// reads it when an image is built on it. Paths and platforms are those of Linux.
///
/// The time grows linearly with the length of the file; more than 1,000 problems are not told.
pub fn validate(file: &Dockerfile) -> Vec<Problem> {
    let mut validator = Validator {
        escape: file.escape,
        stages: Stages::new(file),
        problems: Vec::new(),
    };
    let mut workdirs = Vec::with_capacity(file.stages.len());
    for (index, stage) in file.stages.iter().enumerate() {
        let mut workdir = Workdir::default();
        for instruction in file.stage_instructions(stage) {
            if validator.problems.len() >= MAX_PROBLEMS {
                break;
            }
            validator.instruction(index, instruction, &mut workdir, &workdirs);
        }
        workdirs.push(workdir);
    }
    let mut problems = validator.problems;
    problems.sort_by_key(|problem| problem.span.start);
    problems
}

struct Validator {
    escape: char,
    stages: Stages,
    problems: Vec<Problem>,
}

/// A problem with help.
fn problem(span: Span, message: impl Into<String>, help: impl Into<String>) -> Problem {
    Problem {
        help: Some(help.into()),
        ..Problem::new(span, message)
    }
}

impl Validator {
    fn instruction(
        &mut self,
        stage: usize,
        instruction: &Instruction,
        workdir: &mut Workdir,
        workdirs: &[Workdir],
    ) {
        match &instruction.kind {
            InstructionKind::From(from) => {
                let image = self.read(&from.image);
                let image = image.as_deref();
                let base = image.and_then(|name| self.stages.base(stage, name));
                *workdir = Workdir::of_base(image, base.and_then(|base| workdirs.get(base)));
                if let (Some(name), None) = (image, base) {
                    self.add(base_problem(name, from.image.span));
                }
                self.flag(instruction, "platform", image::platform_problem);
            }
            InstructionKind::Run(run) => {
                for mount in &run.mounts {
                    let found = self.mount(stage, mount, workdir);
                    self.add(found);
                }
            }
            InstructionKind::Copy(copy) => {
                self.copy_from(stage, instruction);
                self.paths(instruction, copy);
                self.add(files::copy_problem(copy, self.escape));
            }
            InstructionKind::Add(copy) => {
                let checksum = instruction.flag("checksum");
                let checksum = checksum.and_then(|flag| flag.value.as_ref());
                let value = checksum.and_then(|text| self.read(text));
                self.paths(instruction, copy);
                if let (Some(text), Some(value)) = (checksum, value) {
                    self.add(files::checksum_problem(
                        &value,
                        text.span,
                        copy,
                        self.escape,
                    ));
                }
            }
            InstructionKind::Env(pairs) | InstructionKind::Label(pairs) => self.pairs(pairs),
            InstructionKind::User(name) => {
                self.read(name);
            }
            InstructionKind::Workdir(path) => {
                let path = self.read(path);
                workdir.enter(path.as_deref());
            }
            InstructionKind::Expose(words) => {
                // Of a list that is written in another form, one word is enough.
                let known = words.iter().filter(|word| self.read(word).is_some());
                let known: Vec<&Text> = known.collect();
                let wrong = known
                    .into_iter()
                    .find_map(|word| ports::problem(word, self.escape));
                self.add(wrong);
            }
            InstructionKind::Volume(paths) => {
                for path in paths {
                    // The parser has told of a path that is empty as it stands.
                    if !path.value.is_empty() && self.read(path).is_some_and(|path| path.is_empty())
                    {
                        let message = "the path of a volume cannot be empty";
                        self.add(Some(Problem::new(path.span, message)));
                    }
                }
            }
            InstructionKind::StopSignal(signal) => {
                if let Some(value) = self.read(signal) {
                    self.add(signals::problem(&value, signal.span));
                }
            }
            InstructionKind::Arg(_)
            | InstructionKind::Cmd(_)
            | InstructionKind::Entrypoint(_)
            | InstructionKind::Shell(_)
            | InstructionKind::Healthcheck(_)
            | InstructionKind::Onbuild(_)
            | InstructionKind::Maintainer(_)
            | InstructionKind::Invalid => {}
        }
    }

    fn add(&mut self, problem: Option<Problem>) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.extend(problem);
        }
    }

    /// The value of a text without variables. What can never be evaluated is a problem.
    fn read(&mut self, text: &Text) -> Option<String> {
        let template = Template::parse(text, self.escape);
        let refusal = template.refusal();
        let is_refused = refusal.is_some();
        self.add(refusal);
        template.as_literal().filter(|_| !is_refused)
    }

    /// Checks the value of the flag `name`, if it is given and known.
    fn flag(
        &mut self,
        instruction: &Instruction,
        name: &str,
        check: fn(&str, Span) -> Option<Problem>,
    ) {
        let flag = instruction.flag(name);
        if let Some(text) = flag.and_then(given)
            && let Some(value) = self.read(text)
        {
            self.add(check(&value, text.span));
        }
    }

    fn pairs(&mut self, pairs: &[Assignment]) {
        for pair in pairs {
            self.read(&pair.name);
            if let Some(value) = &pair.value {
                self.read(value);
            }
        }
    }

    /// What `COPY` and `ADD` have in common.
    fn paths(&mut self, instruction: &Instruction, copy: &Copy) {
        self.flag(instruction, "chown", |_, _| None);
        self.flag(instruction, "chmod", modes::problem);
        let mut is_copied = vec![false; instruction.heredocs.len()];
        for source in &copy.sources {
            match source {
                CopySource::Path(path) => {
                    self.read(path);
                }
                CopySource::Heredoc(index) => {
                    if let Some(is_copied) = is_copied.get_mut(*index) {
                        *is_copied = true;
                    }
                }
            }
        }
        for (heredoc, is_copied) in instruction.heredocs.iter().zip(is_copied) {
            if is_copied && heredoc.expand {
                self.add(Template::heredoc(&heredoc.body).refusal());
            }
        }
        self.read(&copy.destination);
    }
}

/// The value of a flag; an empty one is as none.
fn given(flag: &Flag) -> Option<&Text> {
    flag.value.as_ref().filter(|value| !value.value.is_empty())
}

fn base_problem(name: &str, span: Span) -> Option<Problem> {
    if name.is_empty() {
        return Some(Problem::new(span, "the name of the base is empty"));
    }
    image::reference_problem(name, span)
}
