//! What compiles, and what is installed for it.

use std::sync::LazyLock;

use dockwright_environment::packages::{Installation, ManagerKind};
use dockwright_environment::reference::ImageReference;
use dockwright_syntax::Span;
use dockwright_syntax::shell::Word;
use serde::Deserialize;

use crate::Context;
use crate::stage::StageView;
use crate::steps::{Step, literals};
use crate::tables::Name;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    packages: Vec<Packages>,
    toolchain: Vec<Toolchain>,
    extensions: Extensions,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Packages {
    managers: Vec<String>,
    names: Vec<Name>,
}

/// A compiler with all that belongs to it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Toolchain {
    /// Its name.
    pub(crate) name: String,
    images: Vec<String>,
    packages: Vec<Name>,
    compile: Vec<Call>,
    run: Vec<Call>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Extensions {
    install: Vec<Call>,
}

/// A program, then words of which one is among its operands; a program alone is enough.
#[derive(Debug, Deserialize)]
struct Call(Vec<String>);

fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        toml::from_str(include_str!("../data/build-tools.toml")).unwrap_or_default()
    });
    &TABLE
}

impl Call {
    fn is<'a>(&self, program: &str, mut arguments: impl Iterator<Item = &'a str>) -> bool {
        let Some((own, actions)) = self.0.split_first() else {
            return false;
        };
        own == program
            && (actions.is_empty() || arguments.any(|word| actions.iter().any(|it| it == word)))
    }
}

impl Toolchain {
    /// Whether an image is made to compile with it. What is called slim has the runtime alone.
    pub(crate) fn is_image(&self, reference: &ImageReference) -> bool {
        let tag = reference.tag.as_deref().unwrap_or_default();
        self.images.contains(&reference.familiar_name())
            && !(self.name == "Swift" && tag.contains("slim"))
    }

    /// Whether a package brings it.
    pub(crate) fn is_package(&self, name: &str) -> bool {
        self.packages.iter().any(|own| own.matches(name))
    }
}

/// Every toolchain that is known.
pub(crate) fn toolchains() -> &'static [Toolchain] {
    &table().toolchain
}

/// Whether a package of the distribution is there to build with.
pub(crate) fn is_build_package(call: &Installation, name: &str) -> bool {
    let mut tables = table().packages.iter();
    call.manager.kind == ManagerKind::System
        && tables.any(|table| {
            table.managers.contains(&call.manager.name)
                && table.names.iter().any(|own| own.matches(name))
        })
}

/// A command that compiles.
pub(crate) struct Compilation {
    /// What it compiles with.
    pub(crate) toolchain: &'static Toolchain,
    /// Index of the instruction in the Dockerfile.
    pub(crate) at: usize,
    /// The program, and the word that says what it does.
    pub(crate) command: String,
    /// The command.
    pub(crate) span: Span,
}

/// The commands of a stage that compile, in order.
pub(crate) fn compilations(cx: Context<'_>, stage: StageView<'_>) -> Vec<Compilation> {
    let mut found = Vec::new();
    for step in cx.steps(stage) {
        for (invocation, command) in step.invocations() {
            let operands = || operands(invocation.arguments());
            if literals(invocation.arguments()).any(|word| word == "--version") {
                continue;
            }
            let toolchain = toolchains().iter().find(|toolchain| {
                let mut calls = toolchain.compile.iter();
                calls.any(|call| call.is(invocation.name, operands()))
            });
            if let Some(toolchain) = toolchain {
                let action = operands().find(|word| {
                    let mut calls = toolchain.compile.iter();
                    calls.any(|call| call.0.iter().skip(1).any(|action| action == word))
                });
                let command_name = match action {
                    Some(action) => format!("{} {action}", invocation.name),
                    None => invocation.name.to_owned(),
                };
                found.push(Compilation {
                    toolchain,
                    at: step.at,
                    command: command_name,
                    span: command.command.span,
                });
            }
        }
    }
    found
}

/// The first command of a step that installs something which may be compiled on the way.
pub(crate) fn extension_install(step: &Step<'_>) -> Option<(String, Span)> {
    step.invocations().find_map(|(invocation, command)| {
        let mut calls = table().extensions.install.iter();
        let arguments = || literals(invocation.arguments());
        let is_python = invocation.name.starts_with("python");
        let found = calls.any(|call| call.is(invocation.name, arguments()))
            && (!is_python || arguments().any(|word| word == "pip"));
        let name = invocation.name.to_owned();
        found.then_some((name, command.command.span))
    })
}

/// Whether a command compiles what it runs, so that it needs its toolchain.
pub(crate) fn needs_toolchain(command: &[String]) -> bool {
    // What a shell is handed is one word.
    let words: Vec<&str> = command
        .iter()
        .flat_map(|word| word.split_whitespace())
        .collect();
    words.iter().enumerate().any(|(at, word)| {
        let program = word.rsplit('/').next().unwrap_or(word);
        let rest = words.get(at + 1..).unwrap_or_default();
        let mut toolchains = toolchains().iter();
        toolchains.any(|toolchain| {
            let mut calls = toolchain.run.iter().chain(&toolchain.compile);
            calls.any(|call| call.is(program, rest.iter().take(3).copied()))
        })
    })
}

fn operands(words: &[Word]) -> impl Iterator<Item = &str> {
    literals(words).filter(|word| !word.starts_with('-'))
}

/// What a step removes of the packages that it installs.
pub(crate) struct Removed {
    names: Vec<String>,
    /// Whether it may be more than is named.
    all: bool,
}

impl Removed {
    /// What the calls of package managers in a step remove.
    pub(crate) fn by(step: &Step<'_>) -> Self {
        const ACTIONS: &[&str] = &[
            "autoremove",
            "del",
            "erase",
            "purge",
            "remove",
            "rm",
            "-R",
            "-Rs",
            "-Rns",
        ];
        let mut removed = Self {
            names: Vec::new(),
            all: false,
        };
        for (invocation, _) in step.invocations() {
            let arguments = invocation.arguments();
            let is_manager = matches!(
                invocation.name,
                "apt"
                    | "apt-get"
                    | "apk"
                    | "dnf"
                    | "microdnf"
                    | "yum"
                    | "zypper"
                    | "pacman"
                    | "dpkg"
            );
            if invocation.name == "apt-mark" {
                // With it, `autoremove` takes what is not marked.
                removed.all = true;
            }
            if is_manager && literals(arguments).any(|word| ACTIONS.contains(&word)) {
                removed.all |= arguments.iter().any(|word| word.literal.is_none());
                removed.names.extend(operands(arguments).map(str::to_owned));
            }
        }
        removed
    }

    /// Whether a package is gone that a call has installed.
    pub(crate) fn has(&self, step: &Step<'_>, call: &Installation, name: &str) -> bool {
        let virtual_name = virtual_package(step, call);
        let mut names = self.names.iter();
        self.all
            || names.any(|own| {
                own == name
                    || Some(own.as_str()) == virtual_name
                    || own
                        .strip_suffix('*')
                        .is_some_and(|start| name.starts_with(start))
            })
    }
}

/// The name that `apk add --virtual` gives to what it installs.
fn virtual_package<'a>(step: &Step<'a>, call: &Installation) -> Option<&'a str> {
    let mut invocations = step.invocations();
    let (invocation, _) = invocations.find(|(_, command)| command.command.span == call.span)?;
    let words: Vec<&str> = literals(invocation.arguments()).collect();
    let at = words
        .iter()
        .position(|word| matches!(*word, "-t" | "--virtual"));
    let behind = at.and_then(|at| words.get(at + 1)).copied();
    behind.or_else(|| {
        words
            .iter()
            .find_map(|word| word.strip_prefix("--virtual="))
    })
}

/// A package that is there to build with, and stays in the image.
pub(crate) struct BuildPackage<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Where it is named, in the Dockerfile of `stage`.
    pub(crate) span: Span,
    /// The stage that installs it.
    pub(crate) stage: StageView<'a>,
    /// Index of the instruction in the Dockerfile.
    pub(crate) at: usize,
}

/// The packages to build with that stay in a stage, of what it starts from too; those of the stage
/// itself first.
pub(crate) fn build_packages<'a>(cx: Context<'a>, stage: StageView<'_>) -> Vec<BuildPackage<'a>> {
    let mut found = Vec::new();
    let stage = StageView::of(cx.environment, stage.id);
    for stage in stage.into_iter().flat_map(StageView::chain) {
        for step in cx.steps(stage) {
            let removed = Removed::by(step);
            for call in cx.environment.installations(stage.id, step.at) {
                let packages = call.packages.iter().filter(|package| {
                    is_build_package(call, &package.name) && !removed.has(step, call, &package.name)
                });
                found.extend(packages.map(|package| BuildPackage {
                    name: &package.name,
                    span: package.span,
                    stage,
                    at: step.at,
                }));
            }
        }
    }
    found
}
