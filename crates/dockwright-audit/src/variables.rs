//! The variables that instructions use.

use dockwright_syntax::dockerfile::expand::{Modifier, Template};
use dockwright_syntax::dockerfile::{CopySource, Instruction, InstructionKind};
use dockwright_syntax::{Span, Text};

/// A variable that `BuildKit` itself expands in an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VariableUse {
    /// Its name.
    pub(crate) name: String,
    /// From the `$` to the end.
    pub(crate) span: Span,
    /// Whether it stands beside a word for the case that it is not set.
    pub(crate) guarded: bool,
}

/// Every variable that `BuildKit` expands in an instruction, in order. What a shell expands is not
/// among them.
pub(crate) fn expanded(instruction: &Instruction, escape: char) -> Vec<VariableUse> {
    let mut uses = Vec::new();
    let texts = texts(instruction).into_iter();
    for text in texts.filter(|text| text.value.contains('$')) {
        add(&mut uses, &Template::parse(text, escape));
    }
    if matches!(
        instruction.kind,
        InstructionKind::Copy(_) | InstructionKind::Add(_)
    ) {
        for heredoc in instruction.heredocs.iter().filter(|heredoc| heredoc.expand) {
            add(&mut uses, &Template::heredoc(&heredoc.body));
        }
    }
    uses.sort_by_key(|variable| variable.span);
    uses
}

fn add(uses: &mut Vec<VariableUse>, template: &Template) {
    for variable in template.variables() {
        // `$1`, `$?` and the like are no variables of a Dockerfile.
        if !variable
            .name
            .value
            .starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        {
            continue;
        }
        let guarded = matches!(variable.modifier, Some(Modifier::Condition { .. }));
        uses.push(VariableUse {
            name: variable.name.value.clone(),
            span: variable.span,
            guarded,
        });
    }
}

/// The words of an instruction in which `BuildKit` expands variables.
fn texts(instruction: &Instruction) -> Vec<&Text> {
    let mut texts: Vec<&Text> = match &instruction.kind {
        InstructionKind::From(from) => vec![&from.image],
        InstructionKind::Arg(assignments) | InstructionKind::Env(assignments) => assignments
            .iter()
            .filter_map(|assignment| assignment.value.as_ref())
            .collect(),
        InstructionKind::Label(assignments) => assignments
            .iter()
            .flat_map(|assignment| std::iter::once(&assignment.name).chain(&assignment.value))
            .collect(),
        InstructionKind::User(text)
        | InstructionKind::Workdir(text)
        | InstructionKind::StopSignal(text) => vec![text],
        InstructionKind::Expose(words) | InstructionKind::Volume(words) => words.iter().collect(),
        InstructionKind::Copy(copy) | InstructionKind::Add(copy) => {
            let sources = copy.sources.iter().filter_map(|source| match source {
                CopySource::Path(path) => Some(path),
                CopySource::Heredoc(_) => None,
            });
            sources.chain(std::iter::once(&copy.destination)).collect()
        }
        InstructionKind::Run(run) => {
            let options = run.mounts.iter().flat_map(|mount| &mount.options);
            let options = options.filter(|option| option.key.value != "from");
            options.filter_map(|option| option.value.as_ref()).collect()
        }
        _ => Vec::new(),
    };
    let flags = instruction.flags.iter();
    let flags = flags.filter(|flag| {
        matches!(
            flag.name.value.as_str(),
            "platform" | "chown" | "chmod" | "checksum"
        )
    });
    texts.extend(flags.filter_map(|flag| flag.value.as_ref()));
    texts
}
