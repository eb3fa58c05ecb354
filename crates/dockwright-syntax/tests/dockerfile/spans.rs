//! What must hold for the spans of any tree.

use dockwright_syntax::dockerfile::{
    Assignment, Command, CopySource, Dockerfile, Instruction, InstructionKind, validate,
};
use dockwright_syntax::{Span, Spanned, Text};

/// Panics if a span of `tree`, which was read from `source`, is wrong.
pub(crate) fn check(source: &str, tree: &Dockerfile) {
    let whole = Span::new(0, source.len());
    for problem in tree.problems.iter().chain(&validate(tree)) {
        assert!(whole.contains(problem.span), "{problem:?}");
        assert!(source.get(problem.span.range()).is_some(), "{problem:?}");
    }
    for directive in &tree.directives {
        assert_eq!(directive.value.span.of(source), directive.value.value);
        assert!(directive.span.contains(directive.value.span));
        assert!(directive.span.contains(directive.name.span));
    }
    for comment in &tree.comments {
        assert!(comment.of(source).starts_with('#'), "{comment:?}");
    }
    let mut end = 0;
    for instruction in &tree.instructions {
        check_gap(
            source,
            Span::new(end, instruction.span.start as usize),
            tree,
        );
        check_instruction(source, instruction);
        end = instruction.span.end as usize;
    }
    check_gap(source, Span::new(end, source.len()), tree);
    check_stages(tree);
}

/// Between instructions there are only blanks, comments, directives and lone escape characters.
fn check_gap(source: &str, gap: Span, tree: &Dockerfile) {
    let text = gap.of(source);
    assert_eq!(text.len(), gap.len(), "instructions overlap at {gap:?}");
    if tree.problems.iter().any(|problem| {
        problem.message.contains("nothing is read") || problem.message.contains("not read")
    }) {
        return;
    }
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim();
        assert!(
            line.is_empty() || line.starts_with('#') || line.chars().all(|ch| ch == tree.escape),
            "`{line}` is in no instruction"
        );
    }
}

fn check_instruction(source: &str, instruction: &Instruction) {
    let whole = instruction.span;
    let inside = |span: Span| {
        assert!(
            whole.contains(span),
            "{span:?} is outside of {instruction:?}"
        );
        assert!(
            source.get(span.range()).is_some(),
            "{span:?} cuts a character"
        );
    };
    inside(whole);
    inside(instruction.keyword.span);
    assert_eq!(instruction.keyword.span.start, whole.start);
    check_spanned(source, &instruction.keyword);
    let mut end = instruction.keyword.span.end;
    for flag in &instruction.flags {
        inside(flag.span);
        assert!(end <= flag.span.start, "flags overlap in {instruction:?}");
        end = flag.span.end;
        flag.value.iter().for_each(|value| inside(value.span));
    }
    assert!(end <= instruction.arguments.span.start);
    for heredoc in &instruction.heredocs {
        inside(heredoc.operator);
        inside(heredoc.name.span);
        inside(heredoc.body.span);
        inside(heredoc.terminator);
        assert!(heredoc.operator.of(source).contains("<<"));
        assert!(heredoc.body.span.end <= heredoc.terminator.start);
    }
    for text in texts(instruction) {
        inside(text.span);
        check_text(source, text);
    }
    if let InstructionKind::Onbuild(trigger) = &instruction.kind {
        inside(trigger.span);
        check_instruction(source, trigger);
    }
}

/// A value as long as its source is its source.
fn check_text(source: &str, text: &Text) {
    let written = text.span.of(source);
    if written.len() == text.value.len() && !written.contains(['\\', '`']) {
        assert_eq!(written, text.value);
    }
    for (at, ch) in text.value.char_indices() {
        let place = text.source_offset(at) as usize;
        let found = source.get(place..).and_then(|rest| rest.chars().next());
        assert!(
            found == Some(ch) || found == Some('\\'),
            "`{ch}` of `{}` comes from {found:?}",
            text.value
        );
    }
}

fn check_spanned(source: &str, word: &Spanned<String>) {
    if word.span.len() == word.value.len() {
        assert_eq!(word.span.of(source), word.value);
    }
}

/// Every text of an instruction.
fn texts(instruction: &Instruction) -> Vec<&Text> {
    let mut texts = vec![&instruction.arguments];
    texts.extend(
        instruction
            .flags
            .iter()
            .filter_map(|flag| flag.value.as_ref()),
    );
    texts.extend(instruction.heredocs.iter().map(|heredoc| &heredoc.body));
    match &instruction.kind {
        InstructionKind::From(from) => texts.push(&from.image),
        InstructionKind::Run(run) => {
            texts.extend(shell(&run.command));
            let options = run.mounts.iter().flat_map(|mount| &mount.options);
            texts.extend(options.filter_map(|option| option.value.as_ref()));
        }
        InstructionKind::Copy(copy) | InstructionKind::Add(copy) => {
            texts.push(&copy.destination);
            texts.extend(copy.sources.iter().filter_map(|source| match source {
                CopySource::Path(path) => Some(path),
                CopySource::Heredoc(index) => {
                    assert!(*index < instruction.heredocs.len());
                    None
                }
            }));
        }
        InstructionKind::Arg(list) | InstructionKind::Env(list) | InstructionKind::Label(list) => {
            for Assignment { name, value, .. } in list {
                texts.push(name);
                texts.extend(value);
            }
        }
        InstructionKind::User(text)
        | InstructionKind::Workdir(text)
        | InstructionKind::StopSignal(text)
        | InstructionKind::Maintainer(text) => texts.push(text),
        InstructionKind::Expose(list)
        | InstructionKind::Volume(list)
        | InstructionKind::Shell(list) => texts.extend(list),
        InstructionKind::Cmd(own)
        | InstructionKind::Entrypoint(own)
        | InstructionKind::Healthcheck(Some(own)) => texts.extend(shell(own)),
        InstructionKind::Healthcheck(None)
        | InstructionKind::Onbuild(_)
        | InstructionKind::Invalid => {}
    }
    texts
}

/// The text of a command in shell form.
fn shell(command: &Command) -> Option<&Text> {
    match command {
        Command::Shell(text) => Some(text),
        Command::Exec(_) => None,
    }
}

/// Stages follow each other without a gap, up to the last instruction.
fn check_stages(tree: &Dockerfile) {
    let mut end = tree.global_instructions().len();
    for stage in &tree.stages {
        assert_eq!(stage.instructions.start, end);
        assert_eq!(stage.from_index(), end);
        assert!(!tree.stage_instructions(stage).is_empty());
        end = stage.instructions.end;
    }
    assert_eq!(end, tree.instructions.len());
}
