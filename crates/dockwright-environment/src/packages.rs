//! What a stage installs.

use std::sync::LazyLock;

use dockwright_syntax::dockerfile::{Command, Instruction, InstructionKind};
use dockwright_syntax::shell::{Script, SimpleCommand, Word};
use dockwright_syntax::{Span, Spanned};
use serde::Deserialize;

use crate::build::StageId;
use crate::{Environment, Location};

/// How a package manager is called.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manager {
    /// Its name.
    pub name: String,
    /// What it installs.
    pub kind: ManagerKind,
    /// The commands it is called by.
    pub commands: Vec<String>,
    /// Sub-commands that install, their words separated by spaces; empty when there is none.
    pub install: Vec<String>,
    /// Options whose value is the next word.
    pub value_options: Vec<String>,
    /// What stands between a package and its version.
    pub separator: String,
    /// Directories that hold its downloads; `~` is the user's home directory.
    pub cache: Vec<String>,
}

/// What a [`Manager`] installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ManagerKind {
    /// Packages of the distribution.
    System,
    /// Packages of a programming language.
    Language,
}

/// A call of a package manager that installs something.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The package manager.
    pub manager: &'static Manager,
    /// Which of [`Manager::install`] it is.
    pub action: &'static str,
    /// The whole command, in the document.
    pub span: Span,
    /// What it is asked to install.
    pub packages: Vec<Package>,
    /// Every option, in order.
    pub options: Vec<Spanned<String>>,
}

/// A package that is asked for by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// The version that is asked for.
    pub version: Option<String>,
    /// Where it is named.
    pub span: Span,
}

/// A package that a stage has.
#[derive(Clone, Debug)]
pub struct InstalledPackage {
    /// The package manager.
    pub manager: &'static Manager,
    /// The package.
    pub package: Package,
    /// The stage that installs it.
    pub stage: StageId,
    /// Where it is named.
    pub location: Location,
}

#[derive(Deserialize)]
struct Table {
    manager: Vec<Manager>,
}

/// Every package manager that is known.
pub fn managers() -> &'static [Manager] {
    static MANAGERS: LazyLock<Vec<Manager>> = LazyLock::new(|| {
        let table: Result<Table, _> = toml::from_str(include_str!("../data/package-managers.toml"));
        table.map(|table| table.manager).unwrap_or_default()
    });
    &MANAGERS
}

/// Reads a command as a call of a package manager that installs something.
pub fn installation(command: &SimpleCommand) -> Option<Installation> {
    let invocation = command.invocation()?;
    let words: Vec<(&str, Span)> = invocation
        .arguments()
        .iter()
        .map(|word| (text(word), word.span))
        .collect();
    of_words(invocation.name, &words, command.span)
}

/// A word's value; one that is not literal is taken as written.
fn text(word: &Word) -> &str {
    word.literal.as_deref().unwrap_or("\0")
}

fn of_words(name: &str, words: &[(&str, Span)], span: Span) -> Option<Installation> {
    let name = name
        .rsplit_once('/')
        .map_or(name, |(directory, file)| match directory {
            "." => name,
            _ => file,
        });
    // `python -m pip install …`
    if name.starts_with("python") {
        let module = words.iter().position(|(word, _)| *word == "-m")?;
        let (module_name, _) = words.get(module + 1)?;
        return of_words(module_name, words.get(module + 2..)?, span);
    }
    let manager = managers()
        .iter()
        .find(|manager| manager.commands.iter().any(|command| command == name))?;
    let mut options = Vec::new();
    let mut operands: Vec<(&str, Span)> = Vec::new();
    let mut words = words.iter();
    while let Some((word, at)) = words.next() {
        let is_action = manager.install.iter().any(|action| action == word);
        if word.starts_with('-') && word.len() > 1 && !is_action {
            options.push(Spanned::new((*word).to_owned(), *at));
            if manager.value_options.iter().any(|option| option == word) {
                words.next();
            }
        } else {
            operands.push((word, *at));
        }
    }
    let (action, used) = manager.install.iter().find_map(|action| {
        let parts: Vec<&str> = action.split_whitespace().collect();
        let leading: Vec<&str> = operands
            .iter()
            .take(parts.len())
            .map(|(word, _)| *word)
            .collect();
        let matches = leading == parts && (!parts.is_empty() || operands.is_empty());
        matches.then_some((action.as_str(), parts.len()))
    })?;
    let packages = operands
        .iter()
        .skip(used)
        .filter(|(word, _)| !word.starts_with('\0'));
    Some(Installation {
        manager,
        action,
        span,
        packages: packages
            .map(|(word, at)| package(manager, word, *at))
            .collect(),
        options,
    })
}

fn package(manager: &Manager, word: &str, span: Span) -> Package {
    // A leading separator belongs to the name: npm's scopes begin with `@`.
    let from = usize::from(word.starts_with(&manager.separator));
    let separator = match manager.separator.as_str() {
        // `name-1.2`: no way to tell where the version begins.
        "-" => None,
        separator => word
            .get(from..)
            .and_then(|rest| rest.find(separator))
            .map(|at| at + from),
    };
    let (name, version) = match separator {
        Some(at) => (word.get(..at), word.get(at + manager.separator.len()..)),
        None => (Some(word), None),
    };
    let name = name.unwrap_or(word);
    // `package[extra]`, `package>=1`, `package/suite`, `package:arch`
    let end = match manager.name.as_str() {
        "pip" | "uv pip" => name.find(['[', '<', '>', '~', '!', ';', ' ']),
        "apt" => name
            .find(['/', ':'])
            .or_else(|| name.strip_suffix(['+', '-']).map(str::len)),
        "apk" => name.find(['<', '>', '~', '@']),
        _ => None,
    };
    Package {
        name: name
            .get(..end.unwrap_or(name.len()))
            .unwrap_or(name)
            .to_owned(),
        version: version.map(str::to_owned),
        span,
    }
}

/// The calls of package managers in a `RUN`, given the script of its shell form.
pub(crate) fn of_run(instruction: &Instruction, script: Option<&Script>) -> Vec<Installation> {
    let InstructionKind::Run(run) = &instruction.kind else {
        return Vec::new();
    };
    if let Command::Exec(words) = &run.command {
        let words: Vec<(&str, Span)> = words
            .iter()
            .map(|word| (word.value.as_str(), word.span))
            .collect();
        let call = words
            .split_first()
            .and_then(|((name, _), rest)| of_words(name, rest, instruction.span));
        return call.into_iter().collect();
    }
    let commands = script.map(Script::commands).unwrap_or_default();
    commands
        .iter()
        .filter_map(|found| installation(found.command))
        .collect()
}

impl Environment {
    /// The calls of package managers in one `RUN`.
    pub fn installations(&self, stage: StageId, instruction: usize) -> &[Installation] {
        self.dockerfile_of(stage)
            .map(|dockerfile| dockerfile.installations(instruction))
            .unwrap_or_default()
    }

    /// The packages that a stage and what it starts from install by name, as far as this
    /// repository says; the first installation first.
    pub fn packages(&self, id: StageId) -> Vec<InstalledPackage> {
        let mut stages: Vec<StageId> = self.chain_stages(id).collect();
        stages.reverse();
        let mut packages = Vec::new();
        for stage in stages {
            let document = self.document_of(stage);
            for (index, _) in self.stage_instructions(stage) {
                for installation in self.installations(stage, index) {
                    packages.extend(
                        installation
                            .packages
                            .iter()
                            .map(|package| InstalledPackage {
                                manager: installation.manager,
                                location: Location::new(document, package.span),
                                package: package.clone(),
                                stage,
                            }),
                    );
                }
            }
        }
        packages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(String, String, Vec<String>)> {
        let mut words = line.split(' ').map(|word| (word, Span::default()));
        let (name, _) = words.next()?;
        let rest: Vec<_> = words.collect();
        let call = of_words(name, &rest, Span::default())?;
        let packages = call
            .packages
            .into_iter()
            .map(|package| match package.version {
                Some(version) => format!("{} {version}", package.name),
                None => package.name,
            });
        Some((
            call.manager.name.clone(),
            call.action.to_owned(),
            packages.collect(),
        ))
    }

    #[test]
    fn package_managers_are_read_with_their_own_options() {
        let call = |manager: &str, action: &str, packages: &[&str]| {
            let packages = packages
                .iter()
                .map(|package| (*package).to_owned())
                .collect();
            Some((manager.to_owned(), action.to_owned(), packages))
        };
        assert_eq!(
            read("apt-get install -y -t stable --no-install-recommends curl=8.1 git:arm64"),
            call("apt", "install", &["curl 8.1", "git"])
        );
        assert_eq!(read("apt-get -y update"), None);
        assert_eq!(
            read("apk add -t .build gcc musl-dev>1"),
            call("apk", "add", &["gcc", "musl-dev"])
        );
        assert_eq!(
            read("python3 -m pip install -r requirements.txt flask[async]==3.0"),
            call("pip", "install", &["flask 3.0"])
        );
        assert_eq!(
            read("npm install -g @scope/tool@2"),
            call("npm", "install", &["@scope/tool 2"])
        );
        assert_eq!(read("npm run build"), None);
        assert_eq!(read("yarn"), call("yarn", "", &[]));
        assert_eq!(read("yarn build"), None);
        assert_eq!(read("go mod download"), call("go", "mod download", &[]));
        assert_eq!(
            read("pacman -Sy base-devel"),
            call("pacman", "-Sy", &["base-devel"])
        );
    }
}
