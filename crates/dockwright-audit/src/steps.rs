//! The command lines of `RUN`s.

use dockwright_environment::Environment;
use dockwright_environment::shell::{ShellKind, StageShell};
use dockwright_syntax::dockerfile::{Instruction, InstructionKind, Run};
use dockwright_syntax::shell::{CommandUse, Invocation, Script, Word};

use crate::stage::StageView;

/// A `RUN` in shell form, behind `ONBUILD` too, that a shell of the Bourne family reads, here-document included.
pub(crate) struct Step<'a> {
    /// Index of the instruction in the Dockerfile.
    pub(crate) at: usize,
    /// The instruction.
    pub(crate) instruction: &'a Instruction,
    /// Its arguments.
    pub(crate) run: &'a Run,
    /// The shell that is in force.
    pub(crate) shell: StageShell,
    /// What the shell reads; spans point into the Dockerfile.
    pub(crate) script: &'a Script,
    /// Every command of the script, in order, those of functions and substitutions too.
    pub(crate) commands: Vec<CommandUse<'a>>,
}

impl<'a> Step<'a> {
    /// The programs that are called, behind `sudo`, `env` and the like, with the command of each.
    pub(crate) fn invocations(&self) -> impl Iterator<Item = (Invocation<'a>, &CommandUse<'a>)> {
        let commands = self.commands.iter();
        commands.filter_map(|command| Some((command.command.invocation()?, command)))
    }
}

/// The words that say what they are; those that a shell expands are left out.
pub(crate) fn literals(words: &[Word]) -> impl Iterator<Item = &str> {
    words.iter().filter_map(|word| word.literal.as_deref())
}

/// The steps of a stage.
pub(crate) fn of_stage<'a>(environment: &'a Environment, stage: StageView<'a>) -> Vec<Step<'a>> {
    let mut shell: Option<StageShell> = None;
    let mut steps = Vec::new();
    for (at, instruction) in stage.instructions() {
        match &instruction.kind {
            InstructionKind::Shell(_) => shell = None,
            kind => {
                let Some(run) = run_of(kind) else {
                    continue;
                };
                let shell = shell.get_or_insert_with(|| environment.shell(stage.id, at));
                let script = stage.dockerfile.script(at);
                if let (ShellKind::Posix(_), Some(script)) = (shell.kind, script) {
                    steps.push(Step {
                        at,
                        instruction,
                        run,
                        shell: shell.clone(),
                        script,
                        commands: script.commands(),
                    });
                }
            }
        }
    }
    steps
}

/// The `RUN` that an instruction is, now or in the builds that start from the image.
pub(crate) fn run_of(kind: &InstructionKind) -> Option<&Run> {
    match kind {
        InstructionKind::Run(run) => Some(run),
        InstructionKind::Onbuild(trigger) => run_of(&trigger.kind),
        _ => None,
    }
}
