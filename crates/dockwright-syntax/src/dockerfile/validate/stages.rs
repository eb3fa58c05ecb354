//! Which stage a `--from` means.

use std::collections::HashMap;

use super::{Validator, excerpt, given, image, problem};
use crate::dockerfile::expand::expand;
use crate::dockerfile::{Dockerfile, Instruction, Mount};
use crate::{Problem, Span, Text};

/// The stages of a file by name and by number.
pub(super) struct Stages {
    count: usize,
    /// The stages of each name, in order.
    by_name: HashMap<String, Vec<usize>>,
    /// Images that instructions have named so far: they take the numbers behind the stages.
    images: usize,
}

impl Stages {
    pub(super) fn new(file: &Dockerfile) -> Self {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, stage) in file.stages.iter().enumerate() {
            if let Some(name) = &stage.name {
                by_name.entry(name.value.clone()).or_default().push(index);
            }
        }
        Self {
            count: file.stages.len(),
            by_name,
            images: 0,
        }
    }

    /// The stage that `FROM name` in the stage number `before` means: the last one before it. Its
    /// case counts, and names of stages are in lower case.
    pub(super) fn base(&self, before: usize, name: &str) -> Option<usize> {
        let indices = self.by_name.get(name)?;
        let behind = indices.partition_point(|index| *index < before);
        indices.get(behind.checked_sub(1)?).copied()
    }

    /// The stage that `--from=name` means anywhere: the last of that name, whatever its case.
    fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(&name.to_lowercase())?.last().copied()
    }
}

/// Why the stage number `stage` cannot take files from the stage number `from`.
fn order_problem(stage: usize, from: usize, name: &str, span: Span) -> Option<Problem> {
    let message = match from.cmp(&stage) {
        std::cmp::Ordering::Less => return None,
        std::cmp::Ordering::Equal => format!("the stage `{}` is this one", excerpt(name)),
        std::cmp::Ordering::Greater => format!("the stage `{}` comes later", excerpt(name)),
    };
    Some(problem(
        span,
        message,
        "files can be taken from the stages before this one",
    ))
}

impl Validator {
    /// Checks `COPY --from`.
    pub(super) fn copy_from(&mut self, stage: usize, instruction: &Instruction) {
        let Some(from) = instruction.flag("from").and_then(given) else {
            return;
        };
        let found = self.copy_from_problem(stage, from);
        self.add(found);
    }

    fn copy_from_problem(&mut self, stage: usize, from: &Text) -> Option<Problem> {
        let name = from.value.as_str();
        let expansion = expand(from, self.escape, &mut |_| None);
        if expansion.error.is_some() || expansion.value != name {
            return Some(problem(
                from.span,
                "`--from` cannot hold a variable",
                "name a stage: FROM with the variable, AS name, and use that name here",
            ));
        }
        let Ok(number) = name.parse::<i64>() else {
            return self.source_problem(stage, name, from.span);
        };
        match usize::try_from(number) {
            Ok(index) if index < self.stages.count => order_problem(stage, index, name, from.span),
            Ok(index) if index - self.stages.count < self.stages.images => None,
            _ => Some(problem(
                from.span,
                format!("there is no stage number {number}"),
                "the first stage has number 0",
            )),
        }
    }

    /// Checks the name of a stage or an image that files are taken from.
    fn source_problem(&mut self, stage: usize, name: &str, span: Span) -> Option<Problem> {
        if let Some(from) = self.stages.named(name) {
            return order_problem(stage, from, name, span);
        }
        self.stages.images += 1;
        image::reference_problem(name, span)
    }

    /// Checks the `from` of a mount, and counts the image that the mount stands for.
    pub(super) fn mount_from(&mut self, stage: usize, mount: &Mount) -> Option<Problem> {
        let options = mount.options.iter().rev();
        let mut from = options.filter(|option| option.key.value == "from");
        let from = from.find_map(|option| option.value.as_ref());
        let Some(from) = from.filter(|from| !from.value.is_empty()) else {
            // Every mount counts as one of `scratch`.
            self.stages.images += usize::from(self.stages.named(image::SCRATCH).is_none());
            return None;
        };
        // The parser has told of a variable.
        let is_plain = from
            .value
            .find('$')
            .is_none_or(|at| at + 1 == from.value.len());
        let found = self.source_problem(stage, &from.value, from.span);
        found.filter(|_| is_plain)
    }
}
