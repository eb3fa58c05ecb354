//! The working directory of a stage, as far as the file tells it.

use super::image::SCRATCH;

/// A working directory; `None` where the base image or a variable decides.
#[derive(Clone, Debug, Default)]
pub(super) struct Workdir(Option<String>);

/// The longest path that is followed, in bytes.
const MAX_PATH: usize = 512;

impl Workdir {
    /// That of a stage with the base `image`, which is a stage with `own` if that is given.
    pub(super) fn of_base(image: Option<&str>, own: Option<&Self>) -> Self {
        match (image, own) {
            (_, Some(own)) => own.clone(),
            (Some(SCRATCH), None) => Self(Some("/".to_owned())),
            _ => Self(None),
        }
    }

    /// Follows a `WORKDIR`; `None` is a path that holds a variable.
    pub(super) fn enter(&mut self, path: Option<&str>) {
        self.0 = path.and_then(|path| self.join(path));
    }

    /// Whether `path`, seen from here, is surely the root.
    pub(super) fn is_root(&self, path: &str) -> bool {
        self.join(path).is_some_and(|path| path == "/")
    }

    /// `path` seen from here, without `.` and `..`.
    fn join(&self, path: &str) -> Option<String> {
        let base = if path.starts_with('/') {
            ""
        } else {
            self.0.as_deref()?
        };
        if path.contains(['\\', ':']) || base.len() + path.len() > MAX_PATH {
            // A path of Windows, or none at all.
            return None;
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in base.split('/').chain(path.split('/')) {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        Some(format!("/{}", parts.join("/")))
    }
}

#[cfg(test)]
mod tests {
    use super::Workdir;

    #[test]
    fn paths_are_followed_from_a_known_place() {
        let mut workdir = Workdir::of_base(Some("scratch"), None);
        assert!(workdir.is_root("") && workdir.is_root("a/..") && !workdir.is_root("a"));
        workdir.enter(Some("a"));
        assert!(workdir.is_root("../..") && !workdir.is_root(""));
        workdir.enter(None);
        assert!(!workdir.is_root("") && workdir.is_root("/."));
    }
}
