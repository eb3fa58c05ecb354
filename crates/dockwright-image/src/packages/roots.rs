//! What pulled a package in: the package that someone asked for and that needs it.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{Package, PackageKind, Packages};

/// For each package the one that pulled it in, over which others.
#[derive(Debug, Default)]
pub struct Roots {
    /// The package that needs this one, on the shortest way from one that someone asked for.
    needed_by: Vec<Option<usize>>,
    /// The package that someone asked for.
    roots: Vec<Option<usize>>,
}

impl Roots {
    /// Goes along what packages need. `steps` says of each layer what made it. Where nobody keeps
    /// track of what was asked for, it is what the step names, and if it names none, what no other
    /// package needs. A package that was installed together with others was pulled in by one of
    /// those.
    pub fn of(packages: &Packages, steps: &[&str]) -> Self {
        let all = packages.all.as_slice();
        let needs = needs(all);
        let asked = asked(all, &needs, steps);
        let mut roots = Self {
            needed_by: vec![None; all.len()],
            roots: vec![None; all.len()],
        };
        let layer = |index: usize| all.get(index).and_then(|package| package.layer);
        roots.spread(&asked, &needs, &|from, to| layer(from) == layer(to));
        roots.spread(&asked, &needs, &|_, _| true);
        roots
    }

    /// The package that someone asked for and that needs this one; a package that was asked for
    /// is its own.
    pub fn root(&self, package: usize) -> Option<usize> {
        self.roots.get(package).copied().flatten()
    }

    /// The packages from the root to this one, both included.
    pub fn way(&self, package: usize) -> Vec<usize> {
        let mut way = vec![package];
        let mut at = package;
        while let Some(by) = self.needed_by.get(at).copied().flatten() {
            way.push(by);
            at = by;
        }
        way.reverse();
        way
    }

    /// Gives each package that can be reached and has no root yet the nearest one.
    fn spread(
        &mut self,
        asked: &[usize],
        needs: &[Vec<usize>],
        may: &dyn Fn(usize, usize) -> bool,
    ) {
        let mut left: VecDeque<usize> = VecDeque::new();
        for root in asked {
            if let Some(of) = self.roots.get_mut(*root) {
                *of = Some(*root);
            }
        }
        left.extend((0..self.roots.len()).filter(|index| self.root(*index).is_some()));
        while let Some(from) = left.pop_front() {
            let root = self.root(from);
            for to in needs
                .get(from)
                .into_iter()
                .flatten()
                .filter(|to| may(from, **to))
            {
                if let Some(of) = self.roots.get_mut(*to).filter(|of| of.is_none()) {
                    *of = root;
                    if let Some(by) = self.needed_by.get_mut(*to) {
                        *by = Some(from);
                    }
                    left.push_back(*to);
                }
            }
        }
    }
}

/// What each package needs: first what it cannot do without.
fn needs(all: &[Package]) -> Vec<Vec<usize>> {
    let mut named: HashMap<(PackageKind, &str), usize> = HashMap::new();
    for (index, package) in all.iter().enumerate() {
        for name in &package.provides {
            named.entry((package.kind, name)).or_insert(index);
        }
    }
    for (index, package) in all.iter().enumerate() {
        named.insert((package.kind, &package.name), index);
    }
    let needs = all.iter().enumerate().map(|(index, package)| {
        let needs = package.depends.iter().chain(&package.recommends);
        let mut found: Vec<usize> = needs
            .filter_map(|names| {
                names
                    .iter()
                    .find_map(|name| named.get(&(package.kind, name.as_str())))
            })
            .copied()
            .filter(|other| *other != index)
            .collect();
        let mut seen = HashSet::new();
        found.retain(|other| seen.insert(*other));
        found
    });
    needs.collect()
}

/// The packages that someone asked for.
fn asked(all: &[Package], needs: &[Vec<usize>], steps: &[&str]) -> Vec<usize> {
    let needed: HashSet<usize> = needs.iter().flatten().copied().collect();
    let is_part = |it: char| it.is_ascii_alphanumeric() || "+-._".contains(it);
    let words: Vec<HashSet<&str>> = steps
        .iter()
        .map(|step| step.split(|it| !is_part(it)).collect())
        .collect();
    let is_named = |package: &Package| {
        let words = package
            .layer
            .and_then(|layer| words.get(usize::from(layer)));
        words.is_some_and(|words| words.contains(package.name.as_str()))
    };
    let naming: HashSet<Option<u16>> = all
        .iter()
        .filter(|package| is_named(package))
        .map(|package| package.layer)
        .collect();
    let is_asked = |index: &usize| {
        all.get(*index)
            .is_some_and(|package| match package.is_automatic {
                Some(automatic) => !automatic,
                None if naming.contains(&package.layer) => is_named(package),
                None => !needed.contains(index),
            })
    };
    (0..all.len()).filter(is_asked).collect()
}
