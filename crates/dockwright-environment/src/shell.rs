//! Which shell runs what a stage hands to a shell.

use dockwright_syntax::dockerfile::{Instruction, InstructionKind};
use dockwright_syntax::shell::Dialect;

use crate::build::{Base, StageId};
use crate::environment::DockerfileDocument;
use crate::{Environment, Location};

/// A shell, by the language that it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShellKind {
    /// A shell of the Bourne family, or one that is near enough: `sh`, `bash`, `ash`, `dash`, `ksh`, `zsh`.
    Posix(Dialect),
    /// `powershell`, `pwsh`
    PowerShell,
    /// `cmd`
    Cmd,
    /// A program whose language is not known here, such as `python`.
    Other,
}

/// The shell of a stage at some instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageShell {
    /// What it reads.
    pub kind: ShellKind,
    /// The program and its options; empty for the builder's own choice.
    pub words: Vec<String>,
    /// The `SHELL` that says so.
    pub location: Option<Location>,
}

/// The builder's own choice on Linux. Source: Dockerfile reference, `SHELL`.
const DEFAULT: StageShell = StageShell {
    kind: ShellKind::Posix(Dialect::Posix),
    words: Vec::new(),
    location: None,
};

/// Parts of the names of images that run on Windows only; source: the Microsoft artifact registry.
const WINDOWS_IMAGES: [&str; 4] = ["windows", "nanoserver", "servercore", "dotnet/framework"];

/// Whether an image is one for Windows, as far as its name tells.
pub fn is_windows_image(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    WINDOWS_IMAGES.iter().any(|part| name.contains(part))
}

impl Environment {
    /// The shell that is in force in a stage before the instruction `at`: that of the last `SHELL`,
    /// of the bases in this repository too.
    pub fn shell(&self, id: StageId, at: usize) -> StageShell {
        for stage in self.chain_stages(id) {
            let instructions = self.stage_instructions(stage).rev();
            let mut before = instructions.filter(|(index, _)| stage != id || *index < at);
            let found = before.find_map(|(_, instruction)| {
                let location = Location::new(self.document_of(stage), instruction.span);
                Some((words_of(instruction)?, location))
            });
            if let Some((words, location)) = found {
                return StageShell {
                    kind: kind_of(words.first().map_or("", String::as_str)),
                    words,
                    location: Some(location),
                };
            }
            let own = self.dockerfile_of(stage).and_then(|it| named(self, it));
            if let Some(kind) = own {
                return StageShell { kind, ..DEFAULT };
            }
        }
        if self.is_windows(id) {
            return StageShell {
                kind: ShellKind::Cmd,
                ..DEFAULT
            };
        }
        DEFAULT
    }

    /// Whether a stage starts from an image for Windows, as far as the names of images and the
    /// escape character tell.
    pub fn is_windows(&self, id: StageId) -> bool {
        self.chain_stages(id).any(|stage| {
            let is_escape = |it: &DockerfileDocument| it.tree.escape == '`';
            self.dockerfile_of(stage).is_some_and(is_escape)
                || self.stage(stage).is_some_and(|stage| {
                    matches!(stage.base, Base::External(_) | Base::Unknown)
                        && is_windows_image(&stage.base_value.text)
                })
        })
    }
}

fn words_of(instruction: &Instruction) -> Option<Vec<String>> {
    match &instruction.kind {
        InstructionKind::Shell(words) => {
            Some(words.iter().map(|word| word.value.clone()).collect())
        }
        _ => None,
    }
}

/// The shell that a comment `# hadolint shell=…` names for a file.
fn named(environment: &Environment, dockerfile: &DockerfileDocument) -> Option<ShellKind> {
    let text = &environment.documents.get(dockerfile.document).text;
    dockerfile.tree.comments.iter().find_map(|comment| {
        let comment = comment.of(text).trim_start_matches('#').trim();
        let shell = comment.strip_prefix("hadolint")?.trim_start();
        let shell = shell.strip_prefix("shell")?.trim_start();
        let shell = shell.strip_prefix('=')?.trim_start();
        shell.split_whitespace().next().map(kind_of)
    })
}

fn kind_of(program: &str) -> ShellKind {
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    match name.trim_end_matches(".exe") {
        "sh" | "ash" | "dash" | "busybox" => ShellKind::Posix(Dialect::Posix),
        "bash" => ShellKind::Posix(Dialect::Bash),
        "ksh" | "mksh" => ShellKind::Posix(Dialect::Ksh),
        "zsh" => ShellKind::Posix(Dialect::Zsh),
        "powershell" | "pwsh" => ShellKind::PowerShell,
        "cmd" => ShellKind::Cmd,
        _ => ShellKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ReadOptions;
    use crate::tree::MemoryTree;

    /// The shell behind the last instruction of a Dockerfile.
    fn shell(dockerfile: &str) -> ShellKind {
        let tree = MemoryTree::new().file("Dockerfile", dockerfile);
        let environment = Environment::read(Arc::new(tree), &ReadOptions::default());
        let build = environment.build(environment.definitions[0].id).unwrap();
        let id = StageId {
            definition: build.definition,
            stage: build.stages.len() - 1,
        };
        environment.shell(id, usize::MAX).kind
    }

    #[test]
    fn the_last_shell_counts_and_is_handed_on() {
        let bash = ShellKind::Posix(Dialect::Bash);
        assert_eq!(shell("FROM debian\n"), ShellKind::Posix(Dialect::Posix));
        assert_eq!(shell("FROM debian\nSHELL [\"/bin/bash\", \"-c\"]\n"), bash);
        let inherited = "FROM debian AS a\nSHELL [\"/bin/bash\", \"-c\"]\nFROM a\nRUN true\n";
        assert_eq!(shell(inherited), bash);
        assert_eq!(
            shell("FROM debian\nSHELL [\"pwsh\", \"-Command\"]\n"),
            ShellKind::PowerShell
        );
        assert_eq!(
            shell("FROM python\nSHELL [\"python3\", \"-c\"]\n"),
            ShellKind::Other
        );
    }

    #[test]
    fn windows_has_a_shell_of_its_own() {
        assert_eq!(
            shell("FROM example.com/windows/servercore:ltsc2022\n"),
            ShellKind::Cmd
        );
        assert_eq!(shell("# escape=`\nFROM any\n"), ShellKind::Cmd);
    }

    #[test]
    fn a_comment_may_name_it() {
        assert_eq!(
            shell("# hadolint shell=powershell\nFROM any\n"),
            ShellKind::PowerShell
        );
    }
}
