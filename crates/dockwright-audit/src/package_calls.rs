//! The calls of package managers in a stage.

use dockwright_syntax::dockerfile::{Command, Run};
use dockwright_syntax::shell::{Word, unwrapped};
use dockwright_syntax::{Span, Spanned};

use crate::expansion::{Argument, Expansion};
use crate::package_commands::PackageCommand;
use crate::rule::Context;
use crate::stage::StageView;
use crate::steps::{self, Step};

/// A call of a package manager in a `RUN`, in shell or exec form.
pub(crate) struct PackageCall<'a> {
    /// The package manager.
    pub(crate) command: &'static PackageCommand,
    /// The program, without its directory.
    pub(crate) name: &'a str,
    /// The program's word.
    pub(crate) program: Span,
    /// The whole command.
    pub(crate) span: Span,
    /// Index of the instruction in the Dockerfile.
    pub(crate) at: usize,
    /// The `RUN`.
    pub(crate) run: &'a Run,
    /// The step it belongs to; absent for the exec form.
    pub(crate) step: Option<&'a Step<'a>>,
    /// Whether it is part of a pipeline, and so may be answered.
    pub(crate) pipeline: bool,
    /// Whether it stands in a condition, a loop or a function.
    conditional: bool,
    options: Vec<Argument>,
    operands: Vec<Argument>,
}

/// What a call is told to do.
pub(crate) struct Action<'c> {
    /// The sub-command; that of the program where there is none.
    pub(crate) span: Span,
    /// What the action is, as people write it: `apt-get install`.
    pub(crate) name: String,
    /// What it is to be done with.
    pub(crate) operands: &'c [Argument],
}

impl Action<'_> {
    /// Whether it is one of `actions`, each of one word.
    pub(crate) fn is_one_of(&self, actions: &[String]) -> bool {
        let own = self.name.rsplit(' ').next();
        actions.iter().any(|action| Some(action.as_str()) == own)
    }
}

impl PackageCall<'_> {
    /// What it does, when that is one of `actions`.
    pub(crate) fn action(&self, actions: &[String]) -> Option<Action<'_>> {
        // `apt-get $OPTIONS install …`
        let known = self.operands.iter().position(|word| !word.is_unknown());
        let operands = self.operands.get(known.unwrap_or(0)..)?;
        actions.iter().find_map(|action| {
            let mut rest = operands;
            for word in action.split_whitespace() {
                let (first, behind) = rest.split_first()?;
                if first.text != word {
                    return None;
                }
                rest = behind;
            }
            if action.is_empty() && (!operands.is_empty() || self.only_tells()) {
                return None;
            }
            let used = operands.get(..operands.len() - rest.len())?;
            let span = match (used.first(), used.last()) {
                (Some(first), Some(last)) => first.span.to(last.span),
                _ => self.program,
            };
            let name = format!("{} {action}", self.name);
            Some(Action {
                span,
                name: name.trim_end().to_owned(),
                operands: rest,
            })
        })
    }

    /// Whether one of `options` is given: `--long`, `--long=value`, `-s`, `-svalue`, or `-s`
    /// among others (`-qsy`). `-qq` is `-q` twice.
    pub(crate) fn has_option(&self, options: &[String]) -> bool {
        options.iter().any(|option| self.gives(option))
    }

    fn gives(&self, option: &str) -> bool {
        let letters = option.strip_prefix('-').unwrap_or_default();
        if letters.starts_with('-') || letters.contains('=') {
            return self.options.iter().any(|given| {
                let rest = given.text.strip_prefix(option);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
            });
        }
        let Some(letter) = letters.chars().next() else {
            return false;
        };
        let given = self.options.iter().filter_map(|given| {
            let own = given.text.strip_prefix('-')?;
            (!own.starts_with('-')).then_some(own)
        });
        let count: usize = given
            .map(|own| {
                let is_cluster = own.chars().all(|letter| letter.is_ascii_alphabetic());
                if is_cluster {
                    own.matches(letter).count()
                } else {
                    usize::from(own.starts_with(letter))
                }
            })
            .sum();
        count >= letters.len()
    }

    /// Whether it only tells its version, or how it is called.
    fn only_tells(&self) -> bool {
        let mut options = self.options.iter();
        options.any(|it| matches!(it.text.as_str(), "--version" | "-v" | "--help" | "-h"))
    }

    /// Whether it is called whenever the step runs.
    pub(crate) fn is_unconditional(&self) -> bool {
        !self.conditional
    }

    /// Whether something may be an option and is not known.
    pub(crate) fn may_have_more_options(&self) -> bool {
        let operands = self.operands.split_last();
        operands.is_some_and(|(_, others)| others.iter().any(Argument::is_unknown))
    }
}

/// Every call of a package manager in a stage, in order.
pub(crate) fn of_stage<'a>(cx: Context<'a>, stage: StageView<'_>) -> Vec<PackageCall<'a>> {
    let mut calls = Vec::new();
    for step in cx.steps(stage) {
        let expansion = Expansion::new(cx, stage.id, step);
        for (invocation, command) in step.invocations() {
            let Some((known, words)) = called(invocation.words, written) else {
                continue;
            };
            let Some((program, arguments)) = words.split_first() else {
                continue;
            };
            let arguments = arguments.iter().flat_map(|word| expansion.words(word));
            let (options, operands) = sort(known, arguments);
            calls.push(PackageCall {
                command: known,
                name: base_name(written(program)),
                program: program.span,
                span: command.command.span,
                at: step.at,
                run: step.run,
                step: Some(step),
                pipeline: command.context.pipeline,
                conditional: command.context.conditional || command.context.function.is_some(),
                options,
                operands,
            });
        }
    }
    for (at, instruction) in cx.environment.stage_instructions(stage.id) {
        let Some(run) = steps::run_of(&instruction.kind) else {
            continue;
        };
        let Command::Exec(words) = &run.command else {
            continue;
        };
        let text = |word: &'a Spanned<String>| word.value.as_str();
        let Some((known, words)) = called(unwrapped(words, |word| word.value.as_str()), text)
        else {
            continue;
        };
        let Some((program, arguments)) = words.split_first() else {
            continue;
        };
        let arguments = arguments.iter().map(|word| Argument {
            text: word.value.clone(),
            span: word.span,
        });
        let (options, operands) = sort(known, arguments);
        calls.push(PackageCall {
            command: known,
            name: base_name(text(program)),
            program: program.span,
            span: instruction.span,
            at,
            run,
            step: None,
            pipeline: false,
            conditional: false,
            options,
            operands,
        });
    }
    calls
}

/// The package manager that is called, and the words of the call; behind `python -m` too.
fn called<'a, W>(
    words: &'a [W],
    text: impl Fn(&'a W) -> &'a str,
) -> Option<(&'static PackageCommand, &'a [W])> {
    let name = base_name(text(words.first()?));
    if name.starts_with("python") || name.starts_with("pypy") {
        let option = words.iter().position(|word| text(word) == "-m")?;
        let words = words.get(option + 1..)?;
        let known = PackageCommand::named(text(words.first()?))?;
        return Some((known, words));
    }
    Some((PackageCommand::named(name)?, words))
}

fn written(word: &Word) -> &str {
    word.literal.as_deref().unwrap_or_default()
}

fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// The options and the operands of a call; what is behind `--` is for somebody else.
fn sort(
    command: &PackageCommand,
    words: impl Iterator<Item = Argument>,
) -> (Vec<Argument>, Vec<Argument>) {
    let valued = command
        .manager()
        .map(|manager| manager.value_options.as_slice());
    let valued = valued.unwrap_or_default();
    let (mut options, mut operands) = (Vec::new(), Vec::new());
    let mut words = words.take_while(|word| word.text != "--");
    while let Some(word) = words.next() {
        if word.text.starts_with('-') && word.text.len() > 1 {
            if valued.contains(&word.text) {
                words.next();
            }
            options.push(word);
        } else {
            operands.push(word);
        }
    }
    (options, operands)
}
