//! What the forms say alike.

use std::collections::BTreeMap;

use dockwright_image::category::Category;
use dockwright_image::inspection::{Pulled, Step, Sum};
use dockwright_image::{EntryId, Image, Packages};

use super::InspectionView;
use crate::escape::visible_line;
use crate::units::size;

/// Packages that are named of those that another pulled in.
const MAX_PULLED: usize = 4;

/// Steps of a way from one package to another that are shown.
const MAX_WAY: usize = 4;

/// Text of the image on one line, harmless, and no longer than a number of characters.
pub(super) fn short(text: &str, most: usize) -> String {
    let text = visible_line(text);
    if text.chars().count() <= most {
        return text.into_owned();
    }
    let start: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", start.trim_end())
}

/// The sizes of the whole image.
pub(super) fn totals(view: &InspectionView) -> String {
    let inspection = view.inspection;
    let layers = match view.image.layers.len() {
        1 => "1 layer".to_owned(),
        count => format!("{count} layers"),
    };
    let (stored, is_packed) = inspection.stored;
    let stored = if is_packed && stored > 0 {
        format!(", {} compressed", size(stored))
    } else {
        String::new()
    };
    let hidden = inspection.unpacked - inspection.visible;
    let hidden = match hidden {
        0 => String::new(),
        hidden => format!("; {} of it cannot be seen in the end", size(hidden)),
    };
    format!("{} in {layers}{stored}{hidden}", size(inspection.unpacked))
}

/// What a step did, in a Dockerfile's words.
pub(super) fn work(step: &Step, most: usize) -> String {
    let text = match &step.line {
        Some(line) => &line.text,
        None if step.created_by.is_empty() => "not told",
        None => step.created_by.as_str(),
    };
    short(text, most)
}

/// `development packages 612.3 MB, OS packages 80.1 MB`, the largest first, as many as there is
/// room for.
pub(super) fn shares(categories: &BTreeMap<Category, Sum>, most: usize) -> String {
    let mut largest: Vec<_> = categories.iter().filter(|(_, sum)| sum.bytes > 0).collect();
    largest.sort_by_key(|(category, sum)| (std::cmp::Reverse(sum.bytes), **category));
    let told = largest
        .iter()
        .map(|(category, sum)| format!("{} {}", category.label(), size(sum.bytes)));
    let mut line = String::new();
    for one in told.take(3) {
        if !line.is_empty() && line.len() + 2 + one.len() > most {
            break;
        }
        line += if line.is_empty() { "" } else { ", " };
        line += &one;
    }
    line
}

/// The name of a package.
pub(super) fn name(packages: &Packages, index: usize) -> String {
    let package = packages.all.get(index);
    package.map_or_else(String::new, |package| {
        visible_line(&package.name).into_owned()
    })
}

/// Name and version of a package.
pub(super) fn full_name(packages: &Packages, index: usize) -> String {
    let package = packages.all.get(index);
    package.map_or_else(String::new, |package| {
        short(&format!("{} {}", package.name, package.version), 60)
    })
}

/// What a package pulled in, the largest named.
pub(super) fn pulled(view: &InspectionView, pulled: &Pulled) -> String {
    let packages = &view.image.packages;
    let others: Vec<usize> = pulled
        .packages
        .iter()
        .copied()
        .filter(|it| *it != pulled.root)
        .collect();
    let named = others.iter().take(MAX_PULLED).map(|index| {
        let bytes = packages.all.get(*index).map_or(0, |package| package.bytes);
        format!("{} {}", name(packages, *index), size(bytes))
    });
    let mut named: Vec<String> = named.collect();
    if others.len() > MAX_PULLED {
        named.push(format!("{} more", others.len() - MAX_PULLED));
    }
    named.join(", ")
}

/// `golang-1.24-src ← golang-1.24 ← golang-go`: from a package back to what pulled it in.
pub(super) fn way(view: &InspectionView, package: usize) -> String {
    let mut way = view.inspection.pulled_by.way(package);
    way.reverse();
    let names: Vec<String> = way
        .iter()
        .map(|index| name(&view.image.packages, *index))
        .collect();
    match names.as_slice() {
        [first, .., last] if names.len() > MAX_WAY => format!("{first} ← … ← {last}"),
        names => names.join(" ← "),
    }
}

/// The path of a file of some layer, from the root.
pub(super) fn path(image: &Image, entry: EntryId) -> String {
    let layer = image.layers.get(usize::from(entry.layer));
    let path = layer
        .zip(entry.of(&image.layers))
        .map_or("", |(layer, entry)| layer.path(entry));
    format!("/{path}")
}

/// The configuration, a line for each thing that is set.
pub(super) fn configuration(image: &Image) -> Vec<(&'static str, String)> {
    let process = &image.config.config;
    let words = |words: &[String]| match words {
        [] => String::new(),
        words => serde_json::to_string(words).unwrap_or_default(),
    };
    let user = if process.user.is_empty() {
        "root"
    } else {
        &process.user
    };
    let lines = [
        ("user", user.to_owned()),
        ("directory", process.working_dir.clone()),
        ("entrypoint", words(&process.entrypoint)),
        ("command", words(&process.cmd)),
        (
            "ports",
            process
                .exposed_ports
                .keys()
                .cloned()
                .collect::<Vec<_>>()
                .join(", "),
        ),
        (
            "volumes",
            process
                .volumes
                .keys()
                .cloned()
                .collect::<Vec<_>>()
                .join(", "),
        ),
        (
            "health check",
            process
                .healthcheck
                .as_ref()
                .map(|it| it.test.join(" "))
                .unwrap_or_default(),
        ),
        // Their values may be secrets.
        ("variables", names_of(&process.env)),
        (
            "labels",
            process
                .labels
                .keys()
                .cloned()
                .collect::<Vec<_>>()
                .join(", "),
        ),
    ];
    lines
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

fn names_of(variables: &[String]) -> String {
    let names = variables
        .iter()
        .map(|it| it.split_once('=').map_or(it.as_str(), |(name, _)| name));
    names.collect::<Vec<_>>().join(", ")
}
