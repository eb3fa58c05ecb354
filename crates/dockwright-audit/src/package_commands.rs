//! What is to be said of the calls of package managers.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use dockwright_environment::packages::{Manager, managers};
use serde::Deserialize;

use crate::Metadata;

/// A package manager, by the name it is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PackageCommand {
    names: Vec<String>,
    manager: String,
    /// How versions are asked for.
    pub(crate) pins: Option<Pins>,
    /// When it asks before it goes on.
    pub(crate) prompts: Option<Switch>,
    /// When it installs what is only recommended.
    pub(crate) recommends: Option<Switch>,
    /// What it leaves behind.
    pub(crate) cache: Option<Cache>,
    /// How everything is upgraded.
    pub(crate) upgrades: Option<Upgrades>,
}

/// How a package manager is asked for versions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pins {
    /// What hadolint calls a missing version.
    pub(crate) code: String,
    /// Sub-commands that install by name.
    pub(crate) actions: Vec<String>,
    /// Those that take one package, and then its arguments.
    #[serde(default)]
    pub(crate) single: Vec<String>,
    #[serde(default)]
    sets: Vec<String>,
    marks: Vec<String>,
    #[serde(default)]
    floating: Vec<String>,
    files: Vec<String>,
    #[serde(default)]
    folders: bool,
    /// Options that say the versions of all packages.
    #[serde(default)]
    pub(crate) options: Vec<String>,
    /// Text before the call that says them.
    #[serde(default)]
    pub(crate) settings: Vec<String>,
    /// A package with its version.
    pub(crate) example: String,
}

/// Something that an option changes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    /// What hadolint calls a call without the option.
    pub(crate) code: String,
    /// Sub-commands that need the option.
    pub(crate) actions: Vec<String>,
    /// Options that are enough; the first is what to use.
    pub(crate) options: Vec<String>,
    /// Text before the call that is enough.
    #[serde(default)]
    pub(crate) settings: Vec<String>,
}

/// What a package manager leaves behind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Cache {
    /// What hadolint calls it.
    pub(crate) code: String,
    /// Sub-commands that do.
    pub(crate) actions: Vec<String>,
    /// Where; any of them.
    pub(crate) directories: Vec<String>,
    /// What it is.
    pub(crate) what: String,
    /// Options with which nothing is left.
    #[serde(default)]
    pub(crate) options: Vec<String>,
    /// Text before the call with which nothing is left.
    #[serde(default)]
    pub(crate) settings: Vec<String>,
    /// Sub-commands that clear it.
    pub(crate) clean: Vec<String>,
    /// The command that clears it; `{name}` is how the program is called.
    pub(crate) ending: Option<String>,
    /// Whether it is not worth a word in a stage that does not ship.
    #[serde(default)]
    pub(crate) shipped_only: bool,
    /// What to do.
    pub(crate) help: String,
}

/// How a package manager upgrades everything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upgrades {
    /// What hadolint calls it.
    pub(crate) code: String,
    /// Sub-commands that do, when no package is named.
    pub(crate) actions: Vec<String>,
}

#[derive(Deserialize)]
struct Table {
    command: Vec<PackageCommand>,
}

fn commands() -> &'static [PackageCommand] {
    static COMMANDS: LazyLock<Vec<PackageCommand>> = LazyLock::new(|| {
        let table: Result<Table, _> = toml::from_str(include_str!("../data/package-commands.toml"));
        table.map(|table| table.command).unwrap_or_default()
    });
    &COMMANDS
}

/// Every text that some package manager takes for an option, each once.
pub(crate) fn settings() -> &'static BTreeSet<&'static str> {
    static SETTINGS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
        let lists = commands().iter().flat_map(|command| {
            let switches = [&command.prompts, &command.recommends]
                .into_iter()
                .flatten();
            let switches = switches.map(|switch| &switch.settings);
            let pins = command.pins.iter().map(|pins| &pins.settings);
            let caches = command.cache.iter().map(|cache| &cache.settings);
            switches.chain(pins).chain(caches)
        });
        lists.flatten().map(String::as_str).collect()
    });
    &SETTINGS
}

impl PackageCommand {
    /// The package manager of this name; a version at its end (`pip3.11`) does not matter.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        let name = name.trim_end_matches(|end: char| end.is_ascii_digit() || end == '.');
        let mut commands = commands().iter();
        commands.find(|command| command.names.iter().any(|own| own == name))
    }

    /// How it is called.
    pub(crate) fn manager(&self) -> Option<&'static Manager> {
        let mut managers = managers().iter();
        managers.find(|manager| manager.name == self.manager)
    }
}

/// Stands in a word for what is not known.
pub(crate) const UNKNOWN: char = '\0';

impl Pins {
    /// The word of a package without the end that names whatever is newest.
    pub(crate) fn without_floating<'w>(&self, word: &'w str) -> &'w str {
        let mut ends = self.floating.iter();
        let name = ends.find_map(|end| word.strip_suffix(end.as_str()));
        name.unwrap_or(word)
    }

    /// Whether the word of a package says which version is meant, or names
    /// what is there already.
    pub(crate) fn is_pinned(&self, word: &str) -> bool {
        // `name; python_version > "3"` and `git+https://…#egg=name` of pip.
        let word = word.split(';').next().unwrap_or(word);
        let word = word.split("#egg=").next().unwrap_or(word);
        if self.floating.iter().any(|end| word.ends_with(end.as_str())) {
            return false;
        }
        let scheme = word.split_once("://").map(|(scheme, _)| scheme);
        let is_repository = scheme.is_some_and(|it| it == "git" || it.contains('+'));
        word.starts_with(['.', '/', '~'])
            || self.sets.iter().any(|set| set == word)
            || word.starts_with("file:")
            || self.files.iter().any(|end| word.ends_with(end.as_str()))
            || (self.folders && word.contains('/') && !is_repository)
            || self.marks.iter().any(|mark| has_mark(word, mark))
    }
}

/// Whether a mark stands in a word, not at its beginning.
fn has_mark(word: &str, mark: &str) -> bool {
    // The user of an address is no version: `git+ssh://git@…/name`.
    let name = match word.rsplit_once('/') {
        Some((_, name)) if !mark.contains('/') => name,
        _ => word,
    };
    let Some(mark) = mark.strip_suffix('#') else {
        return name.get(1..).is_some_and(|rest| rest.contains(mark));
    };
    name.match_indices(mark).any(|(at, _)| {
        let behind = name.get(at + mark.len()..).unwrap_or_default();
        behind.starts_with(|first: char| first.is_ascii_digit() || first == UNKNOWN)
    })
}

impl Metadata {
    /// That one of the rule's aliases which is `code`, as [`Finding::codes`](crate::Finding::codes)
    /// takes it.
    pub(crate) fn code(&'static self, code: &str) -> &'static [&'static str] {
        let mut aliases = self.aliases.chunks(1);
        let is_code = |one: &&[&str]| one.contains(&code);
        aliases.find(is_code).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_one_of_a_package_manager_that_is_known() {
        assert!(!commands().is_empty());
        for command in commands() {
            assert!(command.manager().is_some(), "{:?}", command.names);
        }
    }

    #[test]
    fn each_package_manager_writes_versions_in_its_own_way() {
        let unpinned = |name: &str, words: &str| {
            let pins = PackageCommand::named(name).and_then(|it| it.pins.as_ref());
            let words = words
                .split(' ')
                .filter(|word| !pins.unwrap().is_pinned(word));
            words.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            unpinned("apt-get", "a a=1 a/stable a:amd64 ./a.deb"),
            "a a:amd64"
        );
        assert_eq!(unpinned("apk", "a a=1 a~1 a>1 a@edge a=1@edge"), "a a@edge");
        assert_eq!(
            unpinned("yum", "gcc-c++ a-1.2 a-\0 /tmp/a.rpm @a"),
            "gcc-c++ @a"
        );
        assert_eq!(unpinned("dnf5", "a nodejs:22 a-devel-1"), "a");
        assert_eq!(unpinned("zypper", "a a=1 a>=1 a-1"), "a a-1");
        assert_eq!(
            unpinned(
                "pip3.12",
                "a a[b] a[b]==1 a>=1 .[all] a.whl a;b>1 git+https://c/a git+https://c/a@v1 git+ssh://git@c/a"
            ),
            "a a[b] a;b>1 git+https://c/a git+ssh://git@c/a"
        );
        assert_eq!(
            unpinned(
                "npm",
                "a @b/a @b/a@1 a@latest b/a b/a#v1 ./a . a.tgz git+ssh://git@c/a"
            ),
            "a @b/a a@latest b/a git+ssh://git@c/a"
        );
        assert_eq!(unpinned("gem", "a a:1 a.gem"), "a");
        assert_eq!(
            unpinned("go", "c/a c/a@v1 c/a@latest ./... main.go"),
            "c/a c/a@latest"
        );
    }
}
