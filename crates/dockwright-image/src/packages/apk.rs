//! apk's database. Source: "Apk spec" of the Alpine wiki, and apk(8).

use std::collections::HashMap;

use super::{Package, PackageKind};

const INSTALLED: [&str; 2] = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];

/// The packages that someone asked for.
const WORLD: &str = "etc/apk/world";

/// Whether a file is part of the database.
pub(super) fn is_database(path: &str) -> bool {
    INSTALLED.contains(&path) || path == WORLD
}

/// The packages that the files of the database tell of.
pub(super) fn packages(files: &HashMap<&str, &[u8]>) -> Vec<Package> {
    let Some((location, installed)) = INSTALLED
        .iter()
        .find_map(|path| Some((path, files.get(path)?)))
    else {
        return Vec::new();
    };
    let world = files.get(WORLD).map(|world| String::from_utf8_lossy(world));
    let wanted: Option<Vec<&str>> = world
        .as_ref()
        .map(|world| world.split_whitespace().map(name).collect());
    let text = String::from_utf8_lossy(installed);
    let mut packages: Vec<Package> = text
        .split("\n\n")
        .filter_map(|stanza| package(stanza, location))
        .collect();
    for package in &mut packages {
        package.is_automatic = wanted
            .as_ref()
            .map(|wanted| !wanted.contains(&package.name.as_str()));
    }
    packages
}

fn package(stanza: &str, location: &str) -> Option<Package> {
    let mut package = Package::new(PackageKind::Apk, "", "", location);
    let mut origin = None;
    let mut folder = "";
    for line in stanza.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        match key {
            "P" => value.clone_into(&mut package.name),
            "V" => value.clone_into(&mut package.version),
            "A" => package.architecture = Some(value.to_owned()),
            "L" => package.license = Some(value.to_owned()),
            "o" => origin = Some(value.to_owned()),
            "D" => {
                let needs = value.split(' ').filter(|need| !need.starts_with('!'));
                package.depends = needs.map(|need| vec![name(need).to_owned()]).collect();
            }
            "p" => package.provides = value.split(' ').map(|it| name(it).to_owned()).collect(),
            "F" => folder = value,
            "R" => {
                let slash = if folder.is_empty() { "" } else { "/" };
                package.listed.push(format!("{folder}{slash}{value}"));
            }
            _ => {}
        }
    }
    if package.name.is_empty() {
        return None;
    }
    let version = package.version.clone();
    package.source = origin
        .filter(|origin| *origin != package.name)
        .map(|it| (it, version));
    Some(package)
}

/// A name without a version and a repository's tag.
fn name(need: &str) -> &str {
    let end = need.find(['=', '<', '>', '~', '@']).unwrap_or(need.len());
    need.get(..end).unwrap_or_default()
}
