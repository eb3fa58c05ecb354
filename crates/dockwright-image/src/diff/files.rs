//! How two images' files differ.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::PackageChange;
use super::noise::{Log, Noise, Relation};
use crate::Image;
use crate::contents::Kept;
use crate::layer::Kind;
use crate::packages::PackageKind;
use crate::tree::NodeId;

/// What is at a path of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What it is: a hard link is a file.
    pub kind: Kind,
    /// Permissions, with set-user-ID, set-group-ID and sticky bits.
    pub mode: u16,
    /// The user that owns it.
    pub uid: u32,
    /// The group that owns it.
    pub gid: u32,
    /// Bytes of a file, holes included; else zero.
    pub bytes: u64,
    /// The SHA-256 of a file's contents.
    pub digest: Option<[u8; 32]>,
    /// Where a symbolic link leads.
    pub link: String,
    /// Names of its extended attributes, sorted.
    pub xattrs: Vec<String>,
    /// When it was changed: seconds since 1970.
    pub mtime: i64,
}

/// What differs of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// It is something else: a directory instead of a file.
    Kind,
    /// What is in it.
    Contents,
    /// Where a symbolic link leads.
    Link,
    /// Permissions.
    Mode,
    /// User or group.
    Owner,
    /// Which extended attributes it has.
    Xattrs,
}

impl Aspect {
    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Contents => "contents",
            Self::Link => "link",
            Self::Mode => "mode",
            Self::Owner => "owner",
            Self::Xattrs => "xattrs",
        }
    }
}

/// A path at which two images differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// The path, from `/`.
    pub path: String,
    /// What was there.
    pub before: Option<File>,
    /// What is there now.
    pub after: Option<File>,
    /// What differs; nothing if it was added or removed.
    pub aspects: Vec<Aspect>,
    /// Whether it only lost lines or paragraphs of a list whose order does not count, such as a
    /// package database.
    pub is_fewer: bool,
    /// The package that it is of.
    pub package: Option<String>,
    /// Whether that package itself was added, removed or changed.
    pub of_changed_package: bool,
}

/// What differs, each directory before what is in it, by name.
pub(super) fn changes(
    before: &Image,
    after: &Image,
    packages: &[PackageChange],
    log: &mut Log,
) -> Vec<FileChange> {
    let mut walk = Walk {
        before,
        after,
        changed: packages
            .iter()
            .map(|it| (it.kind, it.name.as_str()))
            .collect(),
        log,
        changes: Vec::new(),
        noisy: HashMap::new(),
    };
    let mut left = vec![(Some(NodeId::ROOT), Some(NodeId::ROOT))];
    while let Some((old, new)) = left.pop() {
        walk.compare(old, new);
        let mut inside: BTreeMap<&str, (Option<NodeId>, Option<NodeId>)> = BTreeMap::new();
        for node in old.into_iter().flat_map(|node| before.tree.children(node)) {
            inside.entry(before.tree.name(node)).or_default().0 = Some(node);
        }
        for node in new.into_iter().flat_map(|node| after.tree.children(node)) {
            inside.entry(after.tree.name(node)).or_default().1 = Some(node);
        }
        left.extend(inside.into_values().rev());
    }
    walk.done()
}

struct Walk<'a> {
    before: &'a Image,
    after: &'a Image,
    /// Packages that differ.
    changed: HashSet<(PackageKind, &'a str)>,
    log: &'a mut Log,
    changes: Vec<FileChange>,
    /// Directories with noise in them that only one image has.
    noisy: HashMap<String, &'static Noise>,
}

impl Walk<'_> {
    fn compare(&mut self, old: Option<NodeId>, new: Option<NodeId>) {
        let before = old.map(|node| file(self.before, node));
        let after = new.map(|node| file(self.after, node));
        let mut aspects = Vec::new();
        let mut is_changed_later = false;
        if let (Some(before), Some(after)) = (&before, &after) {
            aspects = differing(before, after);
            is_changed_later = before.mtime != after.mtime;
            if aspects.is_empty() && !is_changed_later {
                return;
            }
        }
        let path = match (old, new) {
            (_, Some(node)) => self.after.tree.path(node),
            (Some(node), None) => self.before.tree.path(node),
            (None, None) => return,
        };
        let place = || format!("/{path}");
        let mut is_fewer = false;
        match (&before, &after) {
            (Some(_), Some(_)) => {
                if is_changed_later && let Some(noise) = Noise::of_time(&path) {
                    self.log.add(noise, place);
                }
                if aspects.contains(&Aspect::Contents) {
                    let relation = self.relation(&path, old, new);
                    is_fewer = relation == Relation::Fewer;
                    if relation == Relation::Same {
                        aspects.retain(|aspect| *aspect != Aspect::Contents);
                    }
                }
                if aspects.is_empty() {
                    return;
                }
                is_fewer = is_fewer && aspects == [Aspect::Contents];
            }
            (Some(only), None) | (None, Some(only)) => {
                let is_plain = matches!(only.kind, Kind::File | Kind::Directory);
                if let Some(noise) = Noise::of_file(&path).filter(|_| is_plain) {
                    self.log.add(noise, place);
                    self.noisy.insert(folder(&place()).to_owned(), noise);
                    return;
                }
            }
            (None, None) => return,
        }
        let owner = self.owner(&path, old, new);
        self.changes.push(FileChange {
            path: place(),
            before,
            after,
            aspects,
            is_fewer,
            of_changed_package: owner.is_some_and(|owner| self.changed.contains(&owner)),
            package: owner.map(|(_, name)| name.to_owned()),
        });
    }

    /// All changes. A directory that came or went with nothing but noise in it is noise itself.
    fn done(mut self) -> Vec<FileChange> {
        let mut in_use: HashSet<String> = HashSet::new();
        let mut kept = Vec::new();
        // What is in a directory comes after it.
        for change in self.changes.into_iter().rev() {
            let parent = folder(&change.path).to_owned();
            let only = change.before.as_ref().xor(change.after.as_ref());
            let noise = only
                .filter(|only| only.kind == Kind::Directory && !in_use.contains(&change.path))
                .and_then(|_| self.noisy.remove(&change.path));
            if let Some(noise) = noise {
                self.noisy.insert(parent, noise);
                self.log.add(noise, || change.path);
            } else {
                in_use.insert(parent);
                kept.push(change);
            }
        }
        kept.reverse();
        kept
    }

    /// How the contents of a file relate that are not the same byte for byte.
    fn relation(&mut self, path: &str, old: Option<NodeId>, new: Option<NodeId>) -> Relation {
        let place = || format!("/{path}");
        if let Some(noise) = Noise::of_file(path) {
            self.log.add(noise, place);
            return Relation::Same;
        }
        let Some(noise) = Noise::of_order(path) else {
            return Relation::Other;
        };
        let (before, after) = (contents(self.before, old), contents(self.after, new));
        let relation = before
            .zip(after)
            .map_or(Relation::Other, |(before, after)| {
                noise.relation(before, after)
            });
        if relation == Relation::Same {
            self.log.add(noise, place);
        }
        relation
    }

    /// The package that a file is of, or that it tells of.
    fn owner<'a>(
        &'a self,
        path: &'a str,
        old: Option<NodeId>,
        new: Option<NodeId>,
    ) -> Option<(PackageKind, &'a str)> {
        let of = |image: &'a Image, node: Option<NodeId>| {
            let owner = image.packages.owner(node?)?;
            image.packages.all.get(owner)
        };
        let package = of(self.after, new).or_else(|| of(self.before, old));
        match package {
            Some(package) => Some((package.kind, package.name.as_str())),
            None => Some((PackageKind::Deb, of_dpkg(path)?)),
        }
    }
}

/// The package that one of dpkg's own files is about: `NAME.list` or `NAME:ARCHITECTURE.list`.
fn of_dpkg(path: &str) -> Option<&str> {
    let file = path.strip_prefix("var/lib/dpkg/info/")?;
    let (package, _) = file.rsplit_once('.')?;
    package.split(':').next()
}

/// The directory that a path is in.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What differs. Contents whose digests nobody took are taken for different ones.
fn differing(before: &File, after: &File) -> Vec<Aspect> {
    if before.kind != after.kind {
        return vec![Aspect::Kind];
    }
    let is_file = before.kind == Kind::File;
    let has_mode = before.kind != Kind::SymbolicLink;
    let are_contents_same = before.digest.is_some() && before.digest == after.digest;
    let aspects = [
        (Aspect::Contents, is_file && !are_contents_same),
        (Aspect::Link, before.link != after.link),
        (Aspect::Mode, has_mode && before.mode != after.mode),
        (
            Aspect::Owner,
            (before.uid, before.gid) != (after.uid, after.gid),
        ),
        (Aspect::Xattrs, before.xattrs != after.xattrs),
    ];
    let aspects = aspects.into_iter().filter(|(_, differs)| *differs);
    aspects.map(|(aspect, _)| aspect).collect()
}

fn file(image: &Image, node: NodeId) -> File {
    let id = image.tree.file(node).or_else(|| image.tree.entry(node));
    let layer = id.and_then(|id| image.layers.get(usize::from(id.layer)));
    let entry = id.and_then(|id| id.of(&image.layers));
    let Some((layer, entry)) = layer.zip(entry) else {
        // Engines make directories that no layer lists so.
        return File {
            kind: Kind::Directory,
            mode: 0o755,
            uid: 0,
            gid: 0,
            bytes: 0,
            digest: None,
            link: String::new(),
            xattrs: Vec::new(),
            mtime: 0,
        };
    };
    let is_link = entry.kind == Kind::SymbolicLink;
    let mut xattrs: Vec<String> = layer.xattrs(entry).map(str::to_owned).collect();
    xattrs.sort_unstable();
    File {
        kind: entry.kind,
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        bytes: entry.size,
        digest: layer.digest(entry).copied(),
        link: if is_link {
            layer.link(entry).to_owned()
        } else {
            String::new()
        },
        xattrs,
        mtime: entry.mtime,
    }
}

/// A file's contents, if they were kept.
fn contents(image: &Image, node: Option<NodeId>) -> Option<&[u8]> {
    match image.kept(image.tree.file(node?)?)? {
        Kept::Whole(bytes) => Some(bytes),
        Kept::Packages(_) => None,
    }
}
