//! Where an image's bytes come from, summed up: by category, by step, by package, by file.

use std::collections::BTreeMap;

use crate::attribution::{Attribution, Line, plain};
use crate::category::{Category, Share, shares};
use crate::packages::Roots;
use crate::{History, Image, Layer};

/// Where an image's bytes come from.
#[derive(Debug)]
pub struct Inspection {
    /// Bytes of all layers as they are stored, and whether all of them are compressed.
    pub stored: (u64, bool),
    /// Bytes of the files of all layers: what the image takes when it is unpacked.
    pub unpacked: u64,
    /// Bytes of the files that are there in the end.
    pub visible: u64,
    /// How many files there are in the end.
    pub files: usize,
    /// Bytes and number of files by category, those without any left out.
    pub categories: BTreeMap<Category, Sum>,
    /// What made the image, first step first. Layers that no history tells of are steps as well.
    pub steps: Vec<Step>,
    /// How many layers, from the lowest on, are the base's.
    pub base_layers: usize,
    /// The packages that someone asked for, with all that they pulled in, largest first.
    pub roots: Vec<Pulled>,
    /// For each package, what pulled it in.
    pub pulled_by: Roots,
    /// Every file that is shipped, largest first.
    pub shares: Vec<Share>,
}

/// Bytes and files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Bytes of the files.
    pub bytes: u64,
    /// How many files.
    pub files: usize,
}

impl Sum {
    fn add(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.files += 1;
    }
}

/// A step that made the image.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it did, in a Dockerfile's words. Values of variables are left out: they may be
    /// secrets. Empty if nobody tells.
    pub created_by: String,
    /// The line of the Dockerfile.
    pub line: Option<Line>,
    /// The layer that it made: its index.
    pub layer: Option<usize>,
    /// Whether it is the base's.
    pub is_base: bool,
    /// What its files are for.
    pub categories: BTreeMap<Category, Sum>,
    /// Bytes of its files, those included that are not there in the end.
    pub bytes: u64,
}

/// A package with all that came because of it.
#[derive(Clone, Debug)]
pub struct Pulled {
    /// The package that someone asked for: its index.
    pub root: usize,
    /// It and what it pulled in, largest first.
    pub packages: Vec<usize>,
    /// Bytes of all of them.
    pub bytes: u64,
}

impl Inspection {
    /// Sums up an image. Without an attribution, the lowest layer of an image with an operating
    /// system is taken for the base.
    pub fn of(image: &Image, attribution: Option<&Attribution>) -> Self {
        let base_layers = base_layers(image, attribution);
        let mut shares = shares(image, base_layers);
        let mut steps = steps(image, attribution, base_layers);
        let mut categories: BTreeMap<Category, Sum> = BTreeMap::new();
        let mut by_layer: Vec<Option<usize>> = vec![None; image.layers.len()];
        for (step, index) in steps.iter().zip(0..) {
            if let Some(place) = step.layer.and_then(|layer| by_layer.get_mut(layer)) {
                *place = Some(index);
            }
        }
        for share in &shares {
            categories
                .entry(share.category)
                .or_default()
                .add(share.bytes);
            let step = by_layer
                .get(usize::from(share.entry.layer))
                .copied()
                .flatten();
            if let Some(step) = step.and_then(|step| steps.get_mut(step)) {
                step.categories
                    .entry(share.category)
                    .or_default()
                    .add(share.bytes);
                step.bytes += share.bytes;
            }
        }
        shares.sort_by_key(|share| (std::cmp::Reverse(share.bytes), share.entry));
        let made_by: Vec<&str> = image
            .layers
            .iter()
            .map(|layer| made_by(image, layer))
            .collect();
        let pulled_by = Roots::of(&image.packages, &made_by);
        let is_packed = |layer: &Layer| layer.compression != crate::Compression::None;
        let visible = shares.iter().filter(|share| share.node.is_some());
        Self {
            stored: (
                image.layers.iter().map(|layer| layer.stored_bytes).sum(),
                image.layers.iter().all(is_packed),
            ),
            unpacked: shares.iter().map(|share| share.bytes).sum(),
            visible: visible.map(|share| share.bytes).sum(),
            files: image
                .tree
                .nodes()
                .filter(|node| image.tree.file(*node).is_some())
                .count(),
            categories,
            steps,
            base_layers,
            roots: roots(image, &pulled_by),
            pulled_by,
            shares,
        }
    }
}

/// What made a layer, as far as the history tells.
fn made_by<'a>(image: &'a Image, layer: &Layer) -> &'a str {
    let step = layer
        .history
        .and_then(|step| image.config.history.get(step));
    step.map_or("", told)
}

/// What made a step: a comment says so where a command does not.
fn told(step: &History) -> &str {
    match step.created_by.as_str() {
        "" => step.comment.as_deref().unwrap_or_default(),
        created_by => created_by,
    }
}

fn base_layers(image: &Image, attribution: Option<&Attribution>) -> usize {
    let Some(attribution) = attribution else {
        let lowest = |path| {
            image
                .tree
                .follow(&image.layers, path)
                .and_then(|node| image.tree.entry(node))
        };
        let is_system = lowest("etc/os-release")
            .or_else(|| lowest("usr/lib/os-release"))
            .is_some();
        return usize::from(is_system).min(image.layers.len());
    };
    let is_base = |step: Option<usize>| step.is_some_and(|step| step < attribution.base_steps);
    image
        .layers
        .iter()
        .take_while(|layer| is_base(layer.history))
        .count()
}

fn steps(image: &Image, attribution: Option<&Attribution>, base_layers: usize) -> Vec<Step> {
    let step = |created_by: &str, layer: Option<usize>| Step {
        created_by: plain(created_by),
        line: None,
        layer,
        is_base: false,
        categories: BTreeMap::new(),
        bytes: 0,
    };
    let is_told = image.layers.iter().all(|layer| layer.history.is_some());
    if !is_told || image.config.history.is_empty() {
        let layers = (0..image.layers.len()).map(|layer| Step {
            is_base: layer < base_layers,
            ..step("", Some(layer))
        });
        return layers.collect();
    }
    let base_steps = attribution.map_or_else(
        || {
            let last = base_layers
                .checked_sub(1)
                .and_then(|last| image.layers.get(last)?.history);
            last.map_or(0, |last| last + 1)
        },
        |attribution| attribution.base_steps,
    );
    let layer_of = |index| {
        image
            .layers
            .iter()
            .position(|layer| layer.history == Some(index))
    };
    let steps = image
        .config
        .history
        .iter()
        .enumerate()
        .map(|(index, history)| Step {
            line: attribution.and_then(|it| it.lines.get(index)?.clone()),
            is_base: index < base_steps,
            ..step(told(history), layer_of(index))
        });
    steps.collect()
}

/// The packages that someone asked for, with what they pulled in.
fn roots(image: &Image, pulled_by: &Roots) -> Vec<Pulled> {
    let bytes = |index: usize| {
        image
            .packages
            .all
            .get(index)
            .map_or(0, |package| package.bytes)
    };
    let mut roots: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, package) in image.packages.all.iter().enumerate() {
        if package.within.is_none() {
            let root = pulled_by.root(index).unwrap_or(index);
            roots.entry(root).or_default().push(index);
        }
    }
    let mut pulled: Vec<Pulled> = roots
        .into_iter()
        .map(|(root, mut packages)| {
            packages.sort_by_key(|index| (std::cmp::Reverse(bytes(*index)), *index));
            let bytes = packages.iter().map(|index| bytes(*index)).sum();
            Pulled {
                root,
                packages,
                bytes,
            }
        })
        .collect();
    pulled.sort_by_key(|one| (std::cmp::Reverse(one.bytes), one.root));
    pulled
}
