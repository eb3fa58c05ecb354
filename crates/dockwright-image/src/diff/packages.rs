//! How two images' packages differ.

use std::collections::BTreeMap;

use crate::packages::{Package, PackageKind, Packages};

/// A package that is in one image and not in the other, or in another version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageChange {
    /// Who manages it.
    pub kind: PackageKind,
    /// Its name.
    pub name: String,
    /// The versions that the earlier image has and the later one has not, or less often; none if it
    /// was added.
    pub before: Vec<String>,
    /// The same of the later image; none if it was removed.
    pub after: Vec<String>,
    /// Bytes of its files in those versions, before and after.
    pub bytes: (u64, u64),
}

/// Versions with their bytes, of both images.
type Versions<'a> = (Vec<&'a Package>, Vec<&'a Package>);

/// What differs, by kind and name. A package may be there in several versions, or twice in one.
pub(super) fn changes(before: &Packages, after: &Packages) -> Vec<PackageChange> {
    let mut all: BTreeMap<(PackageKind, &str), Versions> = BTreeMap::new();
    for package in &before.all {
        let versions = all.entry((package.kind, &package.name)).or_default();
        versions.0.push(package);
    }
    for package in &after.all {
        let versions = all.entry((package.kind, &package.name)).or_default();
        // One that is there in both is no change.
        let same = versions
            .0
            .iter()
            .position(|it| it.version == package.version);
        match same {
            Some(same) => drop(versions.0.swap_remove(same)),
            None => versions.1.push(package),
        }
    }
    let different = all
        .into_iter()
        .filter(|(_, (before, after))| !before.is_empty() || !after.is_empty());
    let changes = different.map(|((kind, name), (before, after))| {
        let bytes = |packages: &[&Package]| packages.iter().map(|it| it.bytes).sum();
        let versions = |packages: &[&Package]| {
            let mut versions: Vec<_> = packages.iter().map(|it| it.version.clone()).collect();
            versions.sort_unstable();
            versions.dedup();
            versions
        };
        PackageChange {
            kind,
            name: name.to_owned(),
            bytes: (bytes(&before), bytes(&after)),
            before: versions(&before),
            after: versions(&after),
        }
    });
    changes.collect()
}
