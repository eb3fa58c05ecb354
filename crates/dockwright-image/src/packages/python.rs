//! Python's packages. Sources: the Python specifications "Recording installed projects" and "Core
//! metadata".

use std::borrow::Cow;
use std::collections::HashMap;

use super::{Package, PackageKind};

/// Whether a file is a package's own description.
pub(super) fn is_metadata(path: &str) -> bool {
    path.ends_with(".dist-info/METADATA")
        || path.ends_with(".egg-info/PKG-INFO")
        || path.ends_with(".egg-info")
}

/// Whether a file lists those of a package.
pub(super) fn is_record(path: &str) -> bool {
    path.ends_with(".dist-info/RECORD") || path.ends_with(".egg-info/installed-files.txt")
}

/// The package that a description is of.
pub(super) fn package(path: &str, bytes: &[u8]) -> Option<Package> {
    let text = String::from_utf8_lossy(bytes);
    let header = text.lines().take_while(|line| !line.trim().is_empty());
    let fields: Vec<(&str, &str)> = header.filter_map(|line| line.split_once(": ")).collect();
    let field = |name: &str| {
        let found = fields
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    };
    let mut package = Package::new(PackageKind::Python, field("Name")?, field("Version")?, path);
    let license = field("License-Expression").or_else(|| field("License"));
    package.license = license
        .filter(|it| !it.is_empty() && *it != "UNKNOWN")
        .map(str::to_owned);
    let needs = fields
        .iter()
        .filter(|(key, value)| *key == "Requires-Dist" && !value.contains("extra =="));
    package.depends = needs
        .map(|(_, value)| vec![normal(required(value))])
        .collect();
    package.provides = vec![normal(&package.name)];
    Some(package)
}

/// The paths of a package's files, by the list beside its description.
pub(super) fn listed(location: &str, records: &HashMap<&str, &[u8]>) -> Vec<String> {
    let Some((folder, _)) = location.rsplit_once('/') else {
        return Vec::new();
    };
    let site = folder.rsplit_once('/').map_or("", |(site, _)| site);
    for (name, base) in [("RECORD", site), ("installed-files.txt", folder)] {
        let Some(record) = records.get(format!("{folder}/{name}").as_str()) else {
            continue;
        };
        let text = String::from_utf8_lossy(record);
        return text
            .lines()
            .filter_map(|line| joined(base, &first(line)))
            .collect();
    }
    vec![location.to_owned()]
}

/// The first column of a line of comma-separated values.
fn first(line: &str) -> Cow<'_, str> {
    let Some(quoted) = line.strip_prefix('"') else {
        return line.split(',').next().unwrap_or_default().into();
    };
    let end = quoted.rfind("\",").unwrap_or(quoted.len());
    quoted
        .get(..end)
        .unwrap_or_default()
        .replace("\"\"", "\"")
        .into()
}

/// A path that is relative to a directory, from the root.
fn joined(base: &str, path: &str) -> Option<String> {
    if let Some(absolute) = path.strip_prefix('/') {
        return Some(absolute.to_owned());
    }
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The name in a requirement.
fn required(requirement: &str) -> &str {
    let is_name = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
    let end = requirement
        .find(|it| !is_name(it))
        .unwrap_or(requirement.len());
    requirement.get(..end).unwrap_or_default()
}

/// A name as packages are compared: PEP 503.
fn normal(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}
