//! What the bytes of an image are for.

use std::collections::HashSet;
use std::sync::LazyLock;

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use crate::Image;
use crate::packages::{Package, PackageKind};
use crate::tree::{EntryId, Fate, NodeId};

/// What bytes are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// What the base image has, as far as it is nothing of what follows.
    Base,
    /// Packages of the distribution that were added to the base, and their database.
    OsPackages,
    /// Compilers, headers, static libraries: what is only there to build with, of the base too.
    DevelopmentPackages,
    /// Packages of programming languages.
    LanguagePackages,
    /// Caches, downloads, temporary files and logs.
    Caches,
    /// Manuals, licences, translations.
    DocumentationAndLocales,
    /// Data of version control, and tests.
    VersionControlAndTests,
    /// All else: what the image is made for.
    Application,
    /// Files that a later layer has again at the same path.
    Duplicated,
    /// Files that a later layer deletes: they are shipped all the same.
    Deleted,
}

impl Category {
    /// All categories, in the order in which they are shown.
    pub const ALL: [Self; 10] = [
        Self::Base,
        Self::OsPackages,
        Self::DevelopmentPackages,
        Self::LanguagePackages,
        Self::Application,
        Self::Caches,
        Self::DocumentationAndLocales,
        Self::VersionControlAndTests,
        Self::Duplicated,
        Self::Deleted,
    ];

    /// Its name in configuration and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::OsPackages => "os-packages",
            Self::DevelopmentPackages => "development-packages",
            Self::LanguagePackages => "language-packages",
            Self::Caches => "caches",
            Self::DocumentationAndLocales => "documentation-and-locales",
            Self::VersionControlAndTests => "version-control-and-tests",
            Self::Application => "application",
            Self::Duplicated => "duplicated",
            Self::Deleted => "deleted",
        }
    }

    /// What it is, for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Base => "base image",
            Self::OsPackages => "OS packages",
            Self::DevelopmentPackages => "development packages",
            Self::LanguagePackages => "language packages",
            Self::Caches => "caches, temporary files, logs",
            Self::DocumentationAndLocales => "documentation and locales",
            Self::VersionControlAndTests => "version control and tests",
            Self::Application => "application",
            Self::Duplicated => "duplicated across layers",
            Self::Deleted => "deleted but shipped",
        }
    }

    /// The category of a name in configuration.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|category| category.as_str() == name)
    }
}

/// The bytes of one file of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The file.
    pub entry: EntryId,
    /// Where it is in the image; `None` if it is not there in the end.
    pub node: Option<NodeId>,
    /// What it is for.
    pub category: Category,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Every file that an image's layers ship, once, with what it is for. The sizes add up to those of
/// all layers. The lowest `base_layers` are the base's.
pub fn shares(image: &Image, base_layers: usize) -> Vec<Share> {
    let table = table();
    let development: Vec<bool> = image.packages.all.iter().map(is_development).collect();
    let mut shares = Vec::new();
    let mut seen: HashSet<EntryId> = HashSet::new();
    for node in image.tree.walk() {
        let Some(entry) = image.tree.file(node).filter(|entry| seen.insert(*entry)) else {
            continue;
        };
        let bytes = entry.of(&image.layers).map_or(0, |entry| entry.size);
        if bytes == 0 {
            continue;
        }
        let owner = image.packages.owner(node);
        let kind = owner
            .and_then(|owner| image.packages.all.get(owner))
            .map(|package| package.kind);
        let is_base = usize::from(entry.layer) < base_layers;
        let by_path = table.category(&image.tree.path(node), kind);
        let category = match (by_path, kind) {
            (Some(Category::OsPackages), _) if is_base => Category::Base,
            (Some(category), _) => category,
            (None, Some(kind)) if kind.is_system() => {
                let is_development = owner.and_then(|owner| development.get(owner)) == Some(&true);
                match (is_development, is_base) {
                    (true, _) => Category::DevelopmentPackages,
                    (false, true) => Category::Base,
                    (false, false) => Category::OsPackages,
                }
            }
            // A program is what the image is for, whatever is linked into it.
            (None, Some(PackageKind::Go | PackageKind::Rust) | None) if is_base => Category::Base,
            (None, Some(PackageKind::Go | PackageKind::Rust) | None) => Category::Application,
            (None, Some(_)) => Category::LanguagePackages,
        };
        shares.push(Share {
            entry,
            node: Some(node),
            category,
            bytes,
        });
    }
    for shadowed in &image.tree.shadowed {
        let bytes = shadowed
            .entry
            .of(&image.layers)
            .map_or(0, |entry| entry.size);
        if bytes > 0 {
            let category = match shadowed.fate {
                Fate::Overwritten => Category::Duplicated,
                Fate::Deleted => Category::Deleted,
            };
            shares.push(Share {
                entry: shadowed.entry,
                node: None,
                category,
                bytes,
            });
        }
    }
    shares
}

/// Whether a package of the distribution is there to build with.
pub fn is_development(package: &Package) -> bool {
    let table = table();
    let manager = match package.kind {
        PackageKind::Deb => "apt",
        PackageKind::Apk => "apk",
        PackageKind::Rpm => "dnf",
        _ => return false,
    };
    if table
        .development
        .not
        .iter()
        .any(|name| fits(name, &package.name))
    {
        return false;
    }
    // Sections may have an area before them: `contrib/devel`.
    let section = package
        .section
        .as_deref()
        .and_then(|section| section.rsplit('/').next());
    if section.is_some_and(|section| table.development.sections.iter().any(|it| it == section)) {
        return true;
    }
    let lists = tools()
        .packages
        .iter()
        .filter(|list| list.managers.iter().any(|it| it == manager));
    lists
        .flat_map(|list| &list.names)
        .any(|name| fits(name, &package.name))
}

/// Whether a name is that of a pattern with at most one `*`.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, end)) => {
            let rest = name.strip_prefix(start);
            rest.is_some_and(|rest| rest.ends_with(end))
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    paths: Vec<Paths>,
    development: Development,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paths {
    category: Category,
    of: Owner,
    globs: Vec<String>,
}

/// Whose files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Owner {
    Nobody,
    Language,
    Any,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Development {
    sections: Vec<String>,
    not: Vec<String>,
}

/// What is installed to build with; other tables of the file are of no interest here.
#[derive(Debug, Default, Deserialize)]
struct Tools {
    packages: Vec<ToolList>,
}

#[derive(Debug, Deserialize)]
struct ToolList {
    managers: Vec<String>,
    names: Vec<String>,
}

/// The paths of all categories as one set.
#[derive(Debug, Default)]
struct Table {
    set: GlobSet,
    /// Of each glob in the set, category and whose files.
    meanings: Vec<(Category, Owner)>,
    development: Development,
}

impl Table {
    fn category(&self, path: &str, kind: Option<PackageKind>) -> Option<Category> {
        let matches = self.set.matches(path);
        let mut meanings = matches.iter().filter_map(|index| self.meanings.get(*index));
        let fits = |owner: Owner| match owner {
            Owner::Nobody => kind.is_none(),
            Owner::Language => kind.is_none_or(|kind| !kind.is_system()),
            Owner::Any => true,
        };
        meanings
            .find(|(_, owner)| fits(*owner))
            .map(|(category, _)| *category)
    }
}

fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        let data: Data =
            toml::from_str(include_str!("../data/categories.toml")).unwrap_or_default();
        let mut set = GlobSetBuilder::new();
        let mut meanings = Vec::new();
        for paths in &data.paths {
            for glob in paths.globs.iter().filter_map(|glob| Glob::new(glob).ok()) {
                set.add(glob);
                meanings.push((paths.category, paths.of));
            }
        }
        Table {
            set: set.build().unwrap_or_default(),
            meanings,
            development: data.development,
        }
    });
    &TABLE
}

fn tools() -> &'static Tools {
    static TOOLS: LazyLock<Tools> = LazyLock::new(|| {
        let data = include_str!("../../dockwright-audit/data/build-tools.toml");
        toml::from_str(data).unwrap_or_default()
    });
    &TOOLS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_can_be_read() {
        let data: Data = toml::from_str(include_str!("../data/categories.toml")).unwrap();
        let globs = data.paths.iter().flat_map(|paths| &paths.globs);
        assert_eq!(globs.filter(|glob| Glob::new(glob).is_err()).count(), 0);
        assert!(tools().packages.iter().any(|list| list.managers == ["apk"]));
        for category in Category::ALL {
            assert_eq!(Category::named(category.as_str()), Some(category));
        }
    }

    #[test]
    fn packages_to_build_with() {
        let is = |kind, name: &str, section: Option<&str>| {
            let mut package = Package::new(kind, name, "1", "");
            package.section = section.map(str::to_owned);
            is_development(&package)
        };
        assert!(is(PackageKind::Deb, "libssl-dev", None));
        assert!(is(PackageKind::Deb, "patch", Some("devel")));
        assert!(is(PackageKind::Apk, "build-base", None));
        assert!(is(PackageKind::Rpm, "openssl-devel", None));
        assert!(!is(PackageKind::Deb, "gcc-14-base", Some("libs")));
        assert!(!is(PackageKind::Deb, "libc6", Some("libs")));
        assert!(!is(PackageKind::Python, "make", None));
    }
}
