//! dpkg's database, and the pieces of it that distroless images have.
//!
//! Sources: dpkg(1), deb-control(5), apt-mark(8); the README of the distroless images for
//! `status.d`.

use std::collections::HashMap;

use super::{Package, PackageKind};

const STATUS: &str = "var/lib/dpkg/status";
const PIECES: &str = "var/lib/dpkg/status.d/";
const LISTS: &str = "var/lib/dpkg/info/";
const DIVERSIONS: &str = "var/lib/dpkg/diversions";
pub(super) const STATES: &str = "var/lib/apt/extended_states";

/// Whether a file is part of the database.
pub(super) fn is_database(path: &str) -> bool {
    matches!(path, STATUS | DIVERSIONS | STATES)
        || path.starts_with(PIECES)
        || path
            .strip_prefix(LISTS)
            .is_some_and(|name| name.ends_with(".list"))
}

/// The packages that the files of the database tell of.
pub(super) fn packages(files: &HashMap<&str, &[u8]>) -> Vec<Package> {
    let mut packages = Vec::new();
    let text = |path: &str| files.get(path).map(|bytes| String::from_utf8_lossy(bytes));
    if let Some(status) = text(STATUS) {
        let automatic = text(STATES).map(|states| automatic(&states));
        let diverted = text(DIVERSIONS).unwrap_or_default();
        let diverted = diversions(&diverted);
        for stanza in stanzas(&status) {
            let Some(mut package) = package(&stanza, STATUS) else {
                continue;
            };
            // A package that is removed but configured still has a stanza.
            let is_there = stanza
                .get("Status")
                .is_none_or(|it| it.ends_with(" installed"));
            if !is_there {
                continue;
            }
            let name = &package.name;
            let architecture = package.architecture.as_deref().unwrap_or_default();
            // apt notes the machine's own processor for a package of any.
            package.is_automatic = automatic.as_ref().map(|all| {
                let processors = all.get(name).into_iter().flatten();
                let mut fitting =
                    processors.filter(|it| architecture == "all" || *it == architecture);
                fitting.next().is_some()
            });
            let list = text(&format!("{LISTS}{name}.list"))
                .or_else(|| text(&format!("{LISTS}{name}:{architecture}.list")));
            let paths = list.as_deref().unwrap_or_default().lines();
            package.listed = paths
                .map(|path| match diverted.get(path) {
                    Some((to, by)) if by != name => to.clone(),
                    _ => path.to_owned(),
                })
                .collect();
            packages.push(package);
        }
    }
    let mut pieces: Vec<&&str> = files
        .keys()
        .filter(|path| path.starts_with(PIECES))
        .collect();
    pieces.sort_unstable();
    for path in pieces
        .into_iter()
        .filter(|path| !path.ends_with(".md5sums"))
    {
        let piece = text(path).unwrap_or_default();
        for stanza in stanzas(&piece) {
            let Some(mut package) = package(&stanza, path) else {
                continue;
            };
            let sums = text(&format!("{path}.md5sums")).unwrap_or_default();
            let paths = sums.lines().filter_map(|line| line.split_once("  "));
            package.listed = paths.map(|(_, path)| path.to_owned()).collect();
            packages.push(package);
        }
    }
    packages
}

/// The stanzas of a control file: fields by name. Continued lines are of no use here.
fn stanzas(text: &str) -> impl Iterator<Item = HashMap<&str, &str>> {
    let stanzas = text.split("\n\n").map(|stanza| {
        let lines = stanza.lines().filter(|line| !line.starts_with([' ', '\t']));
        let fields = lines.filter_map(|line| line.split_once(':'));
        fields.map(|(name, value)| (name, value.trim())).collect()
    });
    stanzas.filter(|stanza: &HashMap<_, _>| !stanza.is_empty())
}

fn package(stanza: &HashMap<&str, &str>, location: &str) -> Option<Package> {
    let name = stanza.get("Package")?;
    let version = stanza.get("Version")?;
    let mut package = Package::new(PackageKind::Deb, name, version, location);
    let owned = |field: &str| stanza.get(field).map(|value| (*value).to_owned());
    package.architecture = owned("Architecture");
    package.section = owned("Section");
    package.is_essential = stanza.get("Essential") == Some(&"yes");
    package.source = stanza
        .get("Source")
        .map(|source| match source.split_once(" (") {
            Some((name, version)) => (name.to_owned(), version.trim_end_matches(')').to_owned()),
            None => ((*source).to_owned(), (*version).to_owned()),
        });
    let needs = |field: &str| relations(stanza.get(field).copied().unwrap_or_default());
    package.depends = needs("Pre-Depends");
    package.depends.append(&mut needs("Depends"));
    package.recommends = needs("Recommends");
    package.provides = needs("Provides").concat();
    Some(package)
}

/// A list of relations: the names of each, without versions and processors.
fn relations(list: &str) -> Vec<Vec<String>> {
    let name = |relation: &str| {
        let end = relation
            .find([' ', '(', '[', ':', '<'])
            .unwrap_or(relation.len());
        relation.get(..end).unwrap_or_default().to_owned()
    };
    let relations = list.split(',').map(|one| {
        let names = one.split('|').map(|it| name(it.trim()));
        names.filter(|name| !name.is_empty()).collect::<Vec<_>>()
    });
    relations.filter(|names| !names.is_empty()).collect()
}

/// The packages that came only because others need them, and for which processors.
fn automatic(states: &str) -> HashMap<String, Vec<String>> {
    let mut automatic: HashMap<String, Vec<String>> = HashMap::new();
    for stanza in stanzas(states).filter(|it| it.get("Auto-Installed") == Some(&"1")) {
        let name = stanza.get("Package").copied().unwrap_or_default();
        let processor = stanza.get("Architecture").copied().unwrap_or_default();
        automatic
            .entry(name.to_owned())
            .or_default()
            .push(processor.to_owned());
    }
    automatic
}

/// Files that a package has elsewhere because another has its own there: by the path, the other
/// path and the package that has it there.
fn diversions(text: &str) -> HashMap<&str, (String, String)> {
    let lines: Vec<&str> = text.lines().collect();
    lines
        .chunks_exact(3)
        .filter_map(|three| match three {
            [from, to, by] => Some((*from, ((*to).to_owned(), (*by).to_owned()))),
            _ => None,
        })
        .collect()
}
