//! Actions that build images, read as the commands that they run.

use dockwright_syntax::workflow::{Step, UNKNOWN};
use dockwright_syntax::{Span, Text};

use super::Host;
use super::workflow::Runs;
use crate::Value;
use crate::commands::{Argument, Call, Directory, Form};

/// Inputs of an action: the option of the command that says the same, and how values are parted.
type Inputs = &'static [(&'static str, &'static str, Parts)];

/// How the values of an input are parted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parts {
    /// One value.
    One,
    /// One on each line.
    Lines,
    /// Parted by line ends and commas.
    List,
}

/// Source: inputs of docker/build-push-action 6, "Customizing".
const BUILD: Inputs = &[
    ("file", "--file", Parts::One),
    ("tags", "--tag", Parts::List),
    ("target", "--target", Parts::One),
    ("platforms", "--platform", Parts::One),
    ("build-args", "--build-arg", Parts::Lines),
    ("build-contexts", "--build-context", Parts::Lines),
];

/// Source: inputs of docker/bake-action 6, "Customizing".
const BAKE: Inputs = &[
    ("files", "--file", Parts::List),
    ("set", "--set", Parts::Lines),
];

/// Adds the command that a step's action runs.
pub(super) fn read(host: &mut Host<'_>, runs: &Runs<'_>, step: &Step, directory: &Directory) {
    let Some(uses) = &step.uses else {
        return;
    };
    let name = uses.value.split('@').next().unwrap_or_default();
    let words: &[&str] = match name {
        "docker/build-push-action" => &["docker", "buildx", "build"],
        "docker/bake-action" => &["docker", "buildx", "bake"],
        _ => return,
    };
    let mut reader = Inputed {
        host,
        runs,
        step,
        words: Vec::new(),
    };
    for word in words {
        reader.word(word, uses.span);
    }
    let mut directory = directory.clone();
    if name == "docker/bake-action" {
        reader.options(BAKE);
        for target in reader.parts("targets", Parts::List) {
            reader.push(&target);
        }
        if let Some(workdir) = step.input("workdir") {
            directory = directory.enter(reader.host.tree, &runs.full_text(workdir).value);
        }
        if step
            .input("source")
            .is_some_and(|source| source.value.contains("://"))
        {
            return;
        }
    } else {
        reader.options(BUILD);
        // Without a context the action builds the commit from its remote: the root of the tree.
        match reader.parts("context", Parts::One).pop() {
            Some(context) if is_own_remote(&context.value) => reader.word(".", context.span),
            Some(context) => reader.push(&context),
            None => reader.word(".", uses.span),
        }
    }
    let call = Call {
        words: reader.words,
        location: host.location(step.span),
        directory,
        environment: Vec::new(),
    };
    host.call(&call, Form::Action);
}

/// Whether a context is the repository that the workflow stands in: `{{defaultContext}}`.
fn is_own_remote(context: &str) -> bool {
    context == "{{defaultContext}}" || context == "${github_workspace}"
}

struct Inputed<'h, 'a, 's> {
    host: &'h mut Host<'a>,
    runs: &'s Runs<'s>,
    step: &'s Step,
    words: Vec<Argument>,
}

impl Inputed<'_, '_, '_> {
    fn word(&mut self, word: &str, span: Span) {
        self.words
            .push(Argument::literal(word, self.host.location(span)));
    }

    fn push(&mut self, text: &Text) {
        let value = self.host.value(text);
        self.words.push(Argument::of(value));
    }

    fn options(&mut self, inputs: Inputs) {
        for (input, option, parts) in inputs {
            for text in self.parts(input, *parts) {
                self.word(option, text.span);
                self.push(&text);
            }
        }
    }

    /// The values of an input.
    fn parts(&self, input: &str, parts: Parts) -> Vec<Text> {
        let Some(text) = self.step.input(input) else {
            return Vec::new();
        };
        if input == "tags"
            && let Some(names) = self.named_by_metadata(text)
        {
            return names;
        }
        let text = self.runs.full_text(text);
        let ends: &[char] = match parts {
            Parts::One => &[],
            Parts::Lines => &['\n'],
            Parts::List => &['\n', ','],
        };
        split(&text, ends)
    }

    /// `${{ steps.ID.outputs.tags }}` of docker/metadata-action: the images that it names, with
    /// tags that are not known.
    fn named_by_metadata(&self, text: &Text) -> Option<Vec<Text>> {
        let written = text.span.of(&self.host.document.text);
        let id = written.split("steps.").nth(1)?.split(".outputs").next()?;
        let mut steps = self.runs.steps.iter();
        let step = steps.find(|step| step.id.as_deref() == Some(id))?;
        let uses = step.uses.as_ref()?;
        if !uses.value.starts_with("docker/metadata-action@") {
            return None;
        }
        let images = split(&self.runs.full_text(step.input("images")?), &['\n', ',']);
        let named = images.into_iter().filter_map(|mut image| {
            // `name=…,enable=…` is the long form.
            if image.value.contains('=') {
                let name = image.value.strip_prefix("name=")?.len();
                image = image.slice(Span::new(image.value.len() - name, image.value.len()));
            }
            image.append(&Text::verbatim(
                format!(":{UNKNOWN}"),
                Span::at(image.span.end as usize),
            ));
            Some(image)
        });
        Some(named.collect())
    }
}

/// The parts of a text between `ends`, without the space around them.
fn split(text: &Text, ends: &[char]) -> Vec<Text> {
    let mut parts = Vec::new();
    let mut at = 0;
    for part in text.value.split(ends) {
        let own = part.trim();
        let start = at + part.len() - part.trim_start().len();
        at += part.len() + 1;
        if !own.is_empty() && !own.starts_with('#') {
            parts.push(text.slice(Span::new(start, start + own.len())));
        }
    }
    parts
}

impl Host<'_> {
    /// A text as a value: what is left of `${…}` in it is not known.
    pub(super) fn value(&self, text: &Text) -> Value {
        let mut value = Value::literal("", self.location(text.span));
        let mut rest = text.value.as_str();
        while let Some((before, behind)) = rest.split_once("${") {
            value.text.push_str(before);
            let (name, behind) = behind.split_once('}').unwrap_or((behind, ""));
            value.variables.push(crate::commands::unset(name));
            rest = behind;
        }
        value.text.push_str(rest);
        value
    }
}
