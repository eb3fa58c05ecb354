//! How two images differ, and a verdict on it.
//!
//! Both have to be read with [`read_options`]: files are compared by the digests of their contents.

mod config;
mod files;
mod noise;
mod packages;
mod verdict;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::category::Category;
use crate::inspection::Sum;
use crate::{Image, Inspection, ReadOptions};

pub use config::ConfigChange;
pub use files::{Aspect, File, FileChange};
pub use noise::Applied;
pub use packages::PackageChange;
pub use verdict::Verdict;

/// How two images differ.
#[derive(Clone, Debug)]
pub struct Diff {
    /// What it comes to.
    pub verdict: Verdict,
    /// The earlier image as a whole.
    pub before: Totals,
    /// The later image as a whole.
    pub after: Totals,
    /// How many layers both have.
    pub shared_layers: usize,
    /// Bytes, as they are stored, of the later image's layers that the earlier one does not have.
    pub new_stored: u64,
    /// Bytes by category, before and after, those that neither has left out.
    pub categories: Vec<(Category, Sum, Sum)>,
    /// Settings that differ.
    pub config: Vec<ConfigChange>,
    /// Packages that differ.
    pub packages: Vec<PackageChange>,
    /// Files that differ, each directory before what is in it.
    pub files: Vec<FileChange>,
    /// What else differs and means nothing: each normaliser with what it was applied to.
    pub noise: Vec<Applied>,
}

/// An image as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many layers it has.
    pub layers: usize,
    /// Bytes of all layers as they are stored.
    pub stored: u64,
    /// Bytes of the files of all layers.
    pub unpacked: u64,
    /// Bytes of the files that are there in the end.
    pub visible: u64,
    /// How many files are there in the end.
    pub files: usize,
    /// How many packages it has.
    pub packages: usize,
}

/// The same options, with all that a comparison needs.
pub fn read_options(options: ReadOptions) -> ReadOptions {
    let keep = Arc::clone(&options.keep);
    ReadOptions {
        file_digests: true,
        keep: Arc::new(move |path| keep(path) || noise::Noise::of_order(path).is_some()),
        ..options
    }
}

impl Diff {
    /// Compares two images.
    pub fn of(before: &Image, after: &Image) -> Self {
        let mut log = noise::Log::default();
        let config = config::changes(&before.config, &after.config, &mut log);
        let packages = packages::changes(&before.packages, &after.packages);
        let files = files::changes(before, after, &packages, &mut log);
        let verdict = if before.id == after.id {
            Verdict::Identical
        } else {
            let has_packages = !after.packages.all.is_empty();
            Verdict::of(&config, &packages, &files, has_packages)
        };
        let (old, new) = (Inspection::of(before, None), Inspection::of(after, None));
        let known: HashSet<&str> = before.layers.iter().map(|it| it.diff_id.as_str()).collect();
        let is_shared = |diff_id: &str| known.contains(diff_id);
        let layers = after.layers.iter();
        let shared = layers.clone().filter(|layer| is_shared(&layer.diff_id));
        let added = layers.filter(|layer| !is_shared(&layer.diff_id));
        Self {
            verdict,
            before: totals(before, &old),
            after: totals(after, &new),
            shared_layers: shared.count(),
            new_stored: added.map(|layer| layer.stored_bytes).sum(),
            categories: categories(&old, &new),
            config,
            packages,
            files,
            noise: log.done(),
        }
    }
}

fn totals(image: &Image, inspection: &Inspection) -> Totals {
    Totals {
        layers: image.layers.len(),
        stored: inspection.stored.0,
        unpacked: inspection.unpacked,
        visible: inspection.visible,
        files: inspection.files,
        packages: image.packages.all.len(),
    }
}

fn categories(before: &Inspection, after: &Inspection) -> Vec<(Category, Sum, Sum)> {
    let (before, after) = (&before.categories, &after.categories);
    let all: BTreeSet<Category> = before.keys().chain(after.keys()).copied().collect();
    let sum = |sums: &std::collections::BTreeMap<Category, Sum>, category| {
        sums.get(&category).copied().unwrap_or_default()
    };
    all.into_iter()
        .map(|it| (it, sum(before, it), sum(after, it)))
        .collect()
}
