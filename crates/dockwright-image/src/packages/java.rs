//! Java archives. Sources: "JAR File Specification"; the Maven Archiver's documentation for
//! `pom.properties`.

use super::zip::{Member, members};
use super::{Package, PackageKind};

const ENDS: [&str; 4] = [".jar", ".war", ".ear", ".hpi"];
const MANIFEST: &[u8] = b"META-INF/MANIFEST.MF";

/// Bytes of a description in an archive, and of an archive in an archive.
const MAX_DESCRIPTION: u64 = 1 << 20;
const MAX_INNER: u64 = 32 << 20;

/// Archives inside archives.
const MAX_DEPTH: usize = 3;

/// Members of an archive.
const MAX_MEMBERS: usize = 200_000;

/// Whether a file is a Java archive, by its name.
pub(super) fn is_archive(name: &str) -> bool {
    ENDS.iter().any(|end| name.ends_with(end))
}

/// The packages in an archive: itself, what is put into it, archives inside.
pub(super) fn packages(path: &str, archive: &[u8]) -> Vec<Package> {
    let mut packages = Vec::new();
    add(path, path, archive, 0, &mut packages);
    if let Some(first) = packages.first_mut() {
        first.is_main = true;
    }
    packages
}

fn add(path: &str, name: &str, archive: &[u8], depth: usize, packages: &mut Vec<Package>) {
    let before = packages.len();
    let mut manifest = None;
    for member in members(archive).take(MAX_MEMBERS) {
        let called = String::from_utf8_lossy(member.name);
        if member.name == MANIFEST {
            manifest = text(&member);
        } else if called.starts_with("META-INF/maven/") && called.ends_with("/pom.properties") {
            packages.extend(text(&member).and_then(|text| of_maven(path, &text)));
        } else if is_archive(&called) && depth < MAX_DEPTH {
            let inner = member.contents(MAX_INNER).unwrap_or_default();
            add(path, &called, &inner, depth + 1, packages);
        }
    }
    if packages.len() == before {
        packages.extend(manifest.and_then(|text| of_manifest(path, name, &text)));
    }
}

fn text(member: &Member<'_>) -> Option<String> {
    let bytes = member.contents(MAX_DESCRIPTION)?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn of_maven(path: &str, properties: &str) -> Option<Package> {
    let field = |name: &str| {
        let mut fields = properties.lines().filter_map(|line| line.split_once('='));
        fields
            .find(|(key, _)| key.trim() == name)
            .map(|(_, value)| value.trim())
    };
    let name = format!("{}:{}", field("groupId")?, field("artifactId")?);
    Some(Package::new(
        PackageKind::Java,
        &name,
        field("version")?,
        path,
    ))
}

/// An archive that nobody built with Maven: what its manifest says, and else what it is called.
fn of_manifest(path: &str, name: &str, manifest: &str) -> Option<Package> {
    // A long line goes on after a line break and a space.
    let manifest = manifest.replace("\r\n", "\n").replace("\n ", "");
    let field = |name: &str| {
        let mut fields = manifest.lines().filter_map(|line| line.split_once(": "));
        fields
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.trim().to_owned())
    };
    let version = [
        "Bundle-Version",
        "Implementation-Version",
        "Specification-Version",
    ]
    .into_iter()
    .find_map(field)?;
    let file = name.rsplit('/').next().unwrap_or(name);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let stem = stem.strip_suffix(&format!("-{version}")).unwrap_or(stem);
    let named = field("Bundle-SymbolicName").or_else(|| field("Implementation-Title"));
    let named = named
        .filter(|name| !name.contains(' '))
        .unwrap_or_else(|| stem.to_owned());
    let named = named.split(';').next().unwrap_or_default();
    Some(Package::new(PackageKind::Java, named, &version, path))
}
