//! The files that a build sends to the builder.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use dockwright_syntax::ignore::filepath::{self, BadPattern, Wildcard};
use dockwright_syntax::ignore::{IgnoreFile, Matched, Pattern};

use crate::TreePath;
use crate::tree::{Entry, EntryKind, Tree};

/// Entries of a context that are looked at; a larger one is marked as truncated.
pub const MAX_ENTRIES: usize = 200_000;

/// Links that one `COPY` source may pass through.
const MAX_HOPS: usize = 40;

/// The name of the ignore file at a context's root.
const IGNORE_FILE: &str = ".dockerignore";

/// The ignore file that the engine uses for a build of `dockerfile` with `context`:
/// `<Dockerfile>.dockerignore` beside the Dockerfile, else `.dockerignore` at the context's root.
pub fn applicable_ignore_file(
    tree: &dyn Tree,
    dockerfile: &TreePath,
    context: &TreePath,
) -> Option<TreePath> {
    let is_file = |path: &TreePath| match tree.entry(path).map(|entry| entry.kind) {
        Some(EntryKind::File) => true,
        Some(EntryKind::Link(_)) => tree.read(path).is_ok(),
        _ => false,
    };
    let own = TreePath::new(&format!("{}.dockerignore", dockerfile.as_str()));
    own.filter(is_file)
        .or_else(|| context.join(IGNORE_FILE).filter(is_file))
}

/// A directory of a tree as the engine would receive it, with one ignore file applied.
///
/// What git ignores is part of it: the engine sends what is on disk.
pub struct BuildContext<'a> {
    tree: &'a dyn Tree,
    directory: TreePath,
    ignore: Option<&'a IgnoreFile>,
    sent: Arc<OnceLock<Sent>>,
}

/// What a context holds after the ignore file.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    files: Vec<Entry>,
    truncated: bool,
    /// One for every pattern of the ignore file.
    effects: Vec<Effect>,
}

/// What a pattern did in a walk over a context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effect {
    /// It matched no path. Directories that other patterns exclude were not looked into.
    #[default]
    None,
    /// It matched only what other patterns had decided already.
    Redundant,
    /// It changed what is sent.
    Effective,
}

/// The size of a context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Regular files.
    pub files: usize,
    /// Bytes in them.
    pub bytes: u64,
    /// The entries at the context's root, the largest first: path, files, bytes.
    pub largest: Vec<(TreePath, usize, u64)>,
    /// Whether there is more than could be looked at.
    pub truncated: bool,
}

/// What a source of `COPY` or `ADD` finds in a context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// What is copied: files, links and directories, without what lies below them.
    pub matched: Vec<TreePath>,
    /// Links that lead to what is copied, as they are named.
    pub links: Vec<TreePath>,
    /// What would be copied too, were it not for the ignore file: the path and the index of the
    /// pattern that decides.
    pub excluded: Vec<(TreePath, usize)>,
    /// Links that are sent while what they lead to is not, because it is missing or excluded.
    /// The engine refuses to build.
    pub broken: Vec<TreePath>,
    /// Whether the engine refuses to build when nothing matches. A wildcard in the first part of
    /// the path may match nothing.
    pub required: bool,
}

impl<'a> BuildContext<'a> {
    /// The context in `directory` of `tree`, with the ignore file that applies.
    pub fn new(tree: &'a dyn Tree, directory: TreePath, ignore: Option<&'a IgnoreFile>) -> Self {
        Self::sharing(tree, directory, ignore, Arc::default())
    }

    /// The same, with what another walk over it has found.
    pub(crate) fn sharing(
        tree: &'a dyn Tree,
        directory: TreePath,
        ignore: Option<&'a IgnoreFile>,
        sent: Arc<OnceLock<Sent>>,
    ) -> Self {
        Self {
            tree,
            directory,
            ignore,
            sent,
        }
    }

    /// The root of the context.
    pub fn directory(&self) -> &TreePath {
        &self.directory
    }

    /// What the engine receives: regular files, links, and directories; sorted by path. A
    /// directory that is excluded is there when something below it is not.
    pub fn files(&self) -> &[Entry] {
        &self.sent().files
    }

    /// Whether the context has more than [`MAX_ENTRIES`] entries, so that the rest is unknown.
    pub fn is_truncated(&self) -> bool {
        self.sent().truncated
    }

    /// What each pattern of the ignore file did, in the file's order.
    pub fn effects(&self) -> &[Effect] {
        &self.sent().effects
    }

    /// How much is sent.
    pub fn measure(&self) -> Measure {
        let sent = self.sent();
        let mut measure = Measure {
            truncated: sent.truncated,
            ..Measure::default()
        };
        let mut tops: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
        for file in &sent.files {
            let Some(relative) = file.path.relative_to(&self.directory) else {
                continue;
            };
            let top = relative.split('/').next().unwrap_or_default();
            let (files, bytes) = tops.entry(top).or_default();
            if file.kind == EntryKind::File {
                *files += 1;
                *bytes += file.size;
                measure.files += 1;
                measure.bytes += file.size;
            }
        }
        let tops = tops.into_iter();
        measure.largest = tops
            .filter_map(|(top, (files, bytes))| Some((self.directory.join(top)?, files, bytes)))
            .collect();
        measure
            .largest
            .sort_by_key(|(_, _, bytes)| std::cmp::Reverse(*bytes));
        measure
    }

    /// Whether `path` is excluded, and by which pattern: the last that matched, by its index.
    /// An excluded directory is sent all the same when something below it is not.
    pub fn excluded_by(&self, path: &TreePath) -> Option<usize> {
        let relative = path.relative_to(&self.directory);
        let matched = self
            .ignore?
            .matched(relative.filter(|path| !path.is_empty())?);
        matched.decided_by.filter(|_| matched.excluded)
    }

    /// Whether an exception may include something below `path`, which need not exist.
    pub fn may_include_below(&self, path: &str) -> bool {
        self.ignore
            .is_some_and(|ignore| ignore.may_include_below(path))
    }

    /// The pattern at `index`, as in [`Sources::excluded`] and [`BuildContext::effects`].
    pub fn pattern(&self, index: usize) -> Option<&'a Pattern> {
        self.ignore?.patterns.get(index)
    }

    fn sent(&self) -> &Sent {
        self.sent.get_or_init(|| {
            let nothing = IgnoreFile::default();
            let ignore = self.ignore.unwrap_or(&nothing);
            let mut walk = Walk {
                context: self,
                ignore,
                sent: Sent {
                    effects: vec![Effect::None; ignore.patterns.len()],
                    ..Sent::default()
                },
                held_back: HashMap::new(),
            };
            walk.run();
            let mut sent = walk.sent;
            sent.files
                .sort_unstable_by(|one, other| one.path.cmp(&other.path));
            sent
        })
    }
}

/// The source of a `COPY` or `ADD`.
impl BuildContext<'_> {
    /// What `source` finds: a path relative to the context's root, which `..` and a leading slash
    /// do not leave, with Go's wildcards. Links are followed inside the context.
    pub fn resolve_source(&self, source: &str) -> Result<Sources, BadPattern> {
        let cleaned = filepath::clean(&format!("/{source}"));
        let parts: Vec<&str> = cleaned.split('/').filter(|part| !part.is_empty()).collect();
        let literal = parts
            .iter()
            .position(|part| filepath::has_wildcards(part))
            .unwrap_or(parts.len());
        let (plain, wild) = parts.split_at(literal);
        let mut sources = Sources {
            required: wild.is_empty() || !plain.is_empty(),
            ..Sources::default()
        };
        let wildcard = Wildcard::parse(&wild.join("/"))?;
        let named = self.directory.join(&plain.join("/"));
        let Some(start) = self.follow(plain) else {
            sources.broken.extend(named);
            return Ok(sources);
        };
        if wild.is_empty() {
            if let Some(named) = named {
                self.classify(named, &mut sources);
            }
            return Ok(sources);
        }
        // No match is deeper than the pattern: a wildcard never crosses a slash, unless a class
        // does.
        let depth = if wild.iter().any(|part| part.contains('[')) {
            usize::MAX
        } else {
            wild.len()
        };
        let mut waiting = vec![(start.clone(), 1)];
        let mut budget = MAX_ENTRIES;
        while let Some((directory, level)) = waiting.pop() {
            for entry in self.tree.list(&directory) {
                budget = budget.saturating_sub(1);
                let relative = entry.path.relative_to(&start).unwrap_or_default();
                if wildcard.matches(relative) {
                    self.classify(entry.path, &mut sources);
                } else if entry.kind == EntryKind::Directory && level < depth && budget > 0 {
                    waiting.push((entry.path, level + 1));
                }
            }
        }
        sources.matched.sort_unstable();
        sources.links.sort_unstable();
        sources.excluded.sort_unstable();
        sources.broken.sort_unstable();
        Ok(sources)
    }

    /// Puts a path where it belongs. To copy through a link, the engine needs both ends of it.
    fn classify(&self, named: TreePath, sources: &mut Sources) {
        let relative = named.relative_to(&self.directory).unwrap_or_default();
        let target = self.follow(&relative.split('/').collect::<Vec<_>>());
        let target = target.filter(|target| self.entry(target).is_some());
        let is_link = target.as_ref() != Some(&named);
        let excluded = |path: &TreePath| {
            let index = self.excluded_by(path)?;
            (!self.holds_something(path)).then_some(index)
        };
        if self.entry(&named).is_none() && target.is_none() {
            return;
        }
        if let Some(index) = excluded(&named) {
            sources.excluded.push((named, index));
            return;
        }
        let Some(target) = target else {
            sources.broken.push(named);
            return;
        };
        if let Some(index) = excluded(&target) {
            sources.excluded.push((target, index));
            if is_link {
                sources.broken.push(named);
            }
            return;
        }
        sources.matched.push(target);
        if is_link {
            sources.links.push(named);
        }
    }

    /// Whether an excluded directory is sent for the sake of what is in it.
    fn holds_something(&self, path: &TreePath) -> bool {
        let may_include = |ignore: &IgnoreFile| {
            let relative = path.relative_to(&self.directory).unwrap_or_default();
            ignore.may_include_below(relative)
        };
        if !self.ignore.is_some_and(may_include) {
            return false;
        }
        let files = self.files();
        files.binary_search_by(|entry| entry.path.cmp(path)).is_ok()
    }

    /// Where `parts` lead when links are followed; the context's root is their root.
    fn follow(&self, parts: &[&str]) -> Option<TreePath> {
        let mut waiting: Vec<String> = parts.iter().rev().map(|part| (*part).to_owned()).collect();
        let mut at = self.directory.clone();
        let mut hops = 0;
        while let Some(part) = waiting.pop() {
            let next = match part.as_str() {
                "" | "." => continue,
                ".." if at == self.directory => continue,
                ".." => {
                    at = at.parent()?;
                    continue;
                }
                part => at.join(part)?,
            };
            let Some(EntryKind::Link(target)) = self.entry(&next).map(|entry| entry.kind) else {
                at = next;
                continue;
            };
            hops += 1;
            if hops > MAX_HOPS {
                return None;
            }
            if target.starts_with('/') {
                at = self.directory.clone();
            }
            waiting.extend(target.split('/').rev().map(str::to_owned));
        }
        Some(at)
    }

    /// The entry at `path`; the context's root counts as a directory.
    fn entry(&self, path: &TreePath) -> Option<Entry> {
        if *path == self.directory {
            return Some(Entry {
                path: path.clone(),
                kind: EntryKind::Directory,
                size: 0,
                executable: false,
                ignored: false,
            });
        }
        self.tree.entry(path)
    }
}

/// A walk over a context that looks into excluded directories only where it must.
struct Walk<'a> {
    context: &'a BuildContext<'a>,
    ignore: &'a IgnoreFile,
    sent: Sent,
    /// Excluded directories that are sent as soon as something below them is.
    held_back: HashMap<TreePath, Entry>,
}

impl Walk<'_> {
    fn run(&mut self) {
        let root = self.context.directory.clone();
        let mut waiting = vec![(root, Rc::new(Matched::default()))];
        let mut looked_at = 0;
        while let Some((directory, above)) = waiting.pop() {
            for entry in self.context.tree.list(&directory) {
                looked_at += 1;
                if looked_at > MAX_ENTRIES {
                    self.sent.truncated = true;
                    return;
                }
                let matched = self.matched(&above, &entry);
                let is_directory = entry.kind == EntryKind::Directory;
                if is_directory && (!matched.excluded || self.may_include_below(&entry.path)) {
                    waiting.push((entry.path.clone(), Rc::new(matched.clone())));
                }
                if entry.kind == EntryKind::Other {
                    continue;
                }
                if !matched.excluded {
                    self.send(entry);
                } else if is_directory {
                    self.held_back.insert(entry.path.clone(), entry);
                }
            }
        }
    }

    fn matched(&mut self, above: &Matched, entry: &Entry) -> Matched {
        let path = self.relative(&entry.path);
        let matched = self.ignore.below(above, path);
        let patterns = self.ignore.patterns.iter().zip(&mut self.sent.effects);
        for (index, (pattern, effect)) in patterns.enumerate() {
            if *effect == Effect::Effective {
                continue;
            }
            if matched.has_matched(index) && !above.has_matched(index) {
                *effect = Effect::Effective;
            } else if *effect == Effect::None
                // Where nothing excludes, every pattern that could has been asked already.
                && (pattern.negated || matched.decided_by.is_some())
                && pattern.matches(path)
            {
                *effect = Effect::Redundant;
            }
        }
        matched
    }

    fn send(&mut self, entry: Entry) {
        let above = std::iter::successors(entry.path.parent(), TreePath::parent);
        for directory in above {
            match self.held_back.remove(&directory) {
                Some(directory) => self.sent.files.push(directory),
                None => break,
            }
        }
        self.sent.files.push(entry);
    }

    fn may_include_below(&self, path: &TreePath) -> bool {
        self.ignore.may_include_below(self.relative(path))
    }

    fn relative<'p>(&self, path: &'p TreePath) -> &'p str {
        path.relative_to(&self.context.directory)
            .unwrap_or_default()
    }
}
