//! What the steps of a stage install, and from which manifests.

use std::collections::HashMap;
use std::sync::LazyLock;

use dockwright_environment::TreePath;
use dockwright_environment::packages::{Installation, ManagerKind};
use dockwright_environment::tree::{Entry, EntryKind, below};
use dockwright_syntax::shell::Script;
use serde::Deserialize;

use crate::tables::Name;

/// A programming language's way to name dependencies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ecosystem {
    /// Its name.
    pub(crate) name: String,
    /// Files that name dependencies; `*` matches any text.
    manifests: Vec<Name>,
    install: Vec<Call>,
    build: Vec<Call>,
    /// Text in a manifest: the dependencies cannot be installed from the manifests alone.
    pub(crate) obstacles: Vec<String>,
    /// A directory that holds the dependencies already.
    pub(crate) vendor: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    manager: String,
    actions: Vec<String>,
}

#[derive(Deserialize)]
struct Table {
    ecosystem: Vec<Ecosystem>,
}

/// Every ecosystem that is known.
pub(crate) fn ecosystems() -> &'static [Ecosystem] {
    static ECOSYSTEMS: LazyLock<Vec<Ecosystem>> = LazyLock::new(|| {
        let table: Result<Table, _> =
            toml::from_str(include_str!("../data/dependency-manifests.toml"));
        table.map(|table| table.ecosystem).unwrap_or_default()
    });
    &ECOSYSTEMS
}

impl Ecosystem {
    /// Whether a file of this name names dependencies.
    pub(crate) fn is_manifest(&self, name: &str) -> bool {
        self.manifests.iter().any(|known| known.matches(name)) && !name.contains("example")
    }

    /// Whether a call installs what the manifests name, and nothing else.
    pub(crate) fn installs(&self, call: &Installation) -> bool {
        self.install.iter().any(|known| known.is(call)) && takes_manifests(call)
    }

    /// Whether a call compiles, and downloads what the manifests name on the way.
    pub(crate) fn builds(&self, call: &Installation) -> bool {
        self.build.iter().any(|known| known.is(call))
            // `go install example.com/tool@v1`, `cargo install ripgrep`: not this project.
            && call.packages.iter().all(|package| package.version.is_none())
            && (call.action != "install" || call.manager.name == "maven" || call.packages.iter().all(|package| package.name.starts_with('.')))
    }
}

/// The files of a tree that name dependencies, without those that git ignores.
pub(crate) struct Manifests<'a>(HashMap<&'static str, Vec<&'a Entry>>);

impl<'a> Manifests<'a> {
    /// Finds them in a list that is sorted by path.
    pub(crate) fn of(entries: &'a [Entry]) -> Self {
        let mut manifests: HashMap<&str, Vec<&Entry>> = HashMap::new();
        let files = entries
            .iter()
            .filter(|entry| entry.kind != EntryKind::Directory && !entry.ignored);
        for file in files {
            let name = file.path.file_name();
            for ecosystem in ecosystems().iter().filter(|one| one.is_manifest(name)) {
                manifests.entry(&ecosystem.name).or_default().push(file);
            }
        }
        Self(manifests)
    }

    /// Those of an ecosystem below a directory, sorted by path.
    pub(crate) fn below(&self, directory: &TreePath, ecosystem: &Ecosystem) -> &[&'a Entry] {
        let all = self.0.get(ecosystem.name.as_str());
        below(all.map(Vec::as_slice).unwrap_or_default(), directory)
    }
}

impl Call {
    fn is(&self, call: &Installation) -> bool {
        self.manager == call.manager.name && self.actions.iter().any(|action| action == call.action)
    }
}

/// Whether a call names no packages, so that it takes them from manifests.
fn takes_manifests(call: &Installation) -> bool {
    let has = |names: &[&str]| {
        call.options
            .iter()
            .any(|option| names.iter().any(|name| option.value.starts_with(name)))
    };
    match (call.manager.name.as_str(), call.action) {
        ("pip", _) | ("uv pip", "pip install") => {
            has(&["-r", "--requirement"]) && call.packages.is_empty() && !has(&["-e", "--editable"])
        }
        ("nuget", _) => true,
        _ => call.packages.is_empty() && !has(&["-g", "--global"]),
    }
}

/// Whether a call installs packages that are made elsewhere: nothing of the project itself runs.
pub(crate) fn is_download(call: &Installation) -> bool {
    if call.manager.kind == ManagerKind::System {
        return true;
    }
    let known = ecosystems().iter().any(|ecosystem| ecosystem.builds(call));
    let local = call
        .packages
        .iter()
        .any(|package| package.name.starts_with(['.', '/']));
    let is_go_build = call.manager.name == "go" && call.action == "build";
    (!known || is_go_build) && !local
}

/// Programs that run what the project says, which may read any variable of the environment.
const RUNNERS: &[&str] = &[
    "ant", "bash", "bazel", "cmake", "dash", "gmake", "gradle", "gradlew", "grunt", "gulp", "just",
    "make", "meson", "mvn", "mvnw", "ninja", "node", "npx", "perl", "php", "python", "python3",
    "rake", "ruby", "sh", "task", "tox", "tsc", "zsh",
];

/// Whether a command line runs code of the project, which may read any variable.
pub(crate) fn runs_project_code(script: &Script) -> bool {
    script.commands().iter().any(|found| {
        let Some(invocation) = found.command.invocation() else {
            return !found.command.words.is_empty();
        };
        let first = invocation
            .words
            .first()
            .and_then(|word| word.literal.as_deref())
            .unwrap_or_default();
        let argument = |index: usize| {
            invocation
                .words
                .get(index)
                .and_then(|word| word.literal.as_deref())
        };
        let is_pip = argument(1) == Some("-m")
            && argument(2).is_some_and(|module| module.starts_with("pip"));
        first.starts_with("./")
            || (RUNNERS.contains(&invocation.name) && !is_pip)
            || argument(1) == Some("run")
            || argument(1) == Some("build")
                && matches!(
                    invocation.name,
                    "npm" | "yarn" | "pnpm" | "cargo" | "dotnet" | "bun"
                )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_known_by_name() {
        let of = |name: &str| {
            ecosystems()
                .iter()
                .find(|one| one.is_manifest(name))
                .map(|one| one.name.as_str())
        };
        assert_eq!(of("go.sum"), Some("Go"));
        assert_eq!(of("requirements-dev.txt"), Some("Python"));
        assert_eq!(of("App.csproj"), Some(".NET"));
        assert_eq!(of("main.go"), None);
    }

    #[test]
    fn every_call_of_the_table_is_one_that_the_package_managers_know() {
        let managers = dockwright_environment::packages::managers();
        for ecosystem in ecosystems() {
            for call in ecosystem.install.iter().chain(&ecosystem.build) {
                let manager = managers.iter().find(|manager| manager.name == call.manager);
                let manager = manager.unwrap_or_else(|| panic!("{}", call.manager));
                for action in &call.actions {
                    assert!(
                        manager.install.contains(action),
                        "{} {action}",
                        manager.name
                    );
                }
            }
        }
    }
}
