//! Paths inside a tree.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// A normalised path relative to the root of a tree: parts separated by `/`, no `.` or `..`,
/// no leading or trailing slash. The root itself is the empty path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(Arc<str>);

impl TreePath {
    /// The root of the tree.
    pub fn root() -> Self {
        Self(Arc::from(""))
    }

    /// Reads a path relative to the root; `None` when it leaves the tree.
    pub fn new(path: &str) -> Option<Self> {
        Self::root().join(path)
    }

    /// The path as text; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Resolves `path` relative to this directory. A leading `/` or a `..` beyond the root leaves
    /// the tree: `None`.
    pub fn join(&self, path: &str) -> Option<Self> {
        if path.starts_with('/') {
            return None;
        }
        if path.split('/').all(|part| !matches!(part, "" | "." | "..")) {
            return Some(if self.is_root() {
                Self(Arc::from(path))
            } else {
                Self(Arc::from(format!("{self}/{path}")))
            });
        }
        let mut parts: Vec<&str> = self.parts().collect();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        Some(Self(Arc::from(parts.join("/"))))
    }

    /// The parts of the path, none for the root.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// The last part; empty for the root.
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&*self.0, |(_, name)| name)
    }

    /// The directory that holds this path; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let parent = self.0.rsplit_once('/').map_or("", |(parent, _)| parent);
        Some(Self(Arc::from(parent)))
    }

    /// The part of this path below `directory`; `None` when it is not inside. A directory is
    /// inside itself, with the empty text.
    pub fn relative_to(&self, directory: &Self) -> Option<&str> {
        if directory.is_root() {
            return Some(&self.0);
        }
        let rest = self.0.strip_prefix(directory.as_str())?;
        if rest.is_empty() {
            return Some(rest);
        }
        rest.strip_prefix('/')
    }

    /// This path relative to `directory`, with `..` where it is not inside; empty for the directory
    /// itself.
    pub fn seen_from(&self, directory: &Self) -> String {
        let (from, to): (Vec<&str>, Vec<&str>) =
            (directory.parts().collect(), self.parts().collect());
        let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let up = from.iter().skip(common).map(|_| "..");
        let down = to.iter().skip(common).copied();
        up.chain(down).collect::<Vec<_>>().join("/")
    }
}

impl Borrow<str> for TreePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.is_root() { "." } else { &self.0 })
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_and_never_leave_the_tree() {
        let directory = TreePath::new("docker/compose").unwrap();
        assert_eq!(directory.join("../../a//./b").unwrap().as_str(), "a/b");
        assert_eq!(directory.join("../../.."), None);
        assert_eq!(directory.join("/etc"), None);
        assert_eq!(directory.join("../..").unwrap(), TreePath::root());
        assert_eq!(directory.parent().unwrap().as_str(), "docker");
        let file = directory.join("x.yml").unwrap();
        assert_eq!(file.relative_to(&directory), Some("x.yml"));
        assert_eq!(
            file.relative_to(&TreePath::new("docker/comp").unwrap()),
            None
        );
        assert_eq!(
            file.seen_from(&TreePath::new("docker/images/a").unwrap()),
            "../../compose/x.yml"
        );
        assert_eq!(directory.seen_from(&directory), "");
    }
}
