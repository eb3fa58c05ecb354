//! What git says of the files that are built.

use std::path::Path;

use dockwright_environment::git::{self, GitError};

/// The commit that is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its whole name.
    pub commit: String,
    /// Whether a tracked file differs from it.
    pub is_dirty: bool,
    /// When it was made, as RFC 3339 writes it.
    pub committed: String,
    /// What `git describe --tags --dirty` says; absent when no tag is reachable.
    pub description: Option<String>,
    /// Where the repository `origin` can be looked at: an address without credentials.
    pub source: Option<String>,
}

impl Revision {
    /// Asks git about the repository that holds the directory `root`.
    pub fn read(root: &Path) -> Result<Self, GitError> {
        let ask = |arguments: &[&str]| git::run(root, arguments).map(|output| text(&output));
        let commit = ask(&["rev-parse", "--verify", "--quiet", "HEAD"]);
        let commit = commit.map_err(|error| match error {
            GitError::Failed { reason } if reason.is_empty() => GitError::UnknownRevision {
                revision: "HEAD".to_owned(),
            },
            error => error,
        })?;
        let committed = ask(&["log", "-1", "--no-show-signature", "--format=%cI", &commit])?;
        // Files that git does not know are in no revision; so `git describe` sees it too.
        let status = [
            "status",
            "--porcelain",
            "--untracked-files=no",
            "--ignore-submodules=dirty",
        ];
        let is_dirty = !git::run_on_files(root, &status)?.is_empty();
        // Both fail where there is none.
        let description = ask(&["describe", "--tags", &commit]).ok();
        let origin = ask(&["remote", "get-url", "origin"]).ok();
        let dirty = if is_dirty { "-dirty" } else { "" };
        Ok(Self {
            is_dirty,
            committed,
            description: description.map(|text| format!("{text}{dirty}")),
            source: origin.and_then(|origin| web_address(&origin)),
            commit,
        })
    }

    /// The commit's name, with `-dirty` behind it where files differ from it.
    pub fn identity(&self) -> String {
        let dirty = if self.is_dirty { "-dirty" } else { "" };
        format!("{}{dirty}", self.commit)
    }
}

/// What git writes, without the end of the line.
fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).trim_end().to_owned()
}

/// The web address of a repository by the address that git fetches it from. Hosting services show a
/// repository under the path that it is cloned from.
fn web_address(remote: &str) -> Option<String> {
    let (scheme, rest, is_web) = match remote.split_once("://") {
        Some((scheme @ ("https" | "http"), rest)) => (scheme, rest, true),
        Some(("ssh" | "git" | "git+ssh" | "ssh+git", rest)) => ("https", rest, false),
        Some(_) => return None,
        // `user@host:path`, as of scp.
        None => ("https", remote, false),
    };
    let end = rest.find(if remote.contains("://") { '/' } else { ':' })?;
    let (authority, path) = (rest.get(..end)?, rest.get(end + 1..)?);
    let host = authority.rsplit('@').next().unwrap_or_default();
    // A port of SSH is none of the web.
    let host = if is_web {
        host
    } else {
        host.split(':').next().unwrap_or_default()
    };
    // A host without a dot is likely a name from somebody's SSH configuration, or a drive.
    let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | ':');
    let is_host = host.chars().all(fits) && !host.is_empty() && (is_web || host.contains('.'));
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let is_path = !path.is_empty() && path.chars().all(|it| it.is_ascii_graphic());
    (is_host && is_path).then(|| format!("{scheme}://{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    fn git(root: &Path, arguments: &[&str]) {
        let done = Command::new("git")
            .current_dir(root)
            .args(["-c", "user.name=A", "-c", "user.email=a@example.com"])
            .args(arguments)
            .env("GIT_COMMITTER_DATE", "2024-02-29T13:00:00+01:00")
            .output()
            .unwrap();
        assert!(done.status.success(), "git {arguments:?}: {done:?}");
    }

    fn repository() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        git(root.path(), &["init", "-q"]);
        fs::write(root.path().join("a"), "a").unwrap();
        git(root.path(), &["add", "-A"]);
        git(root.path(), &["commit", "-qm", "first"]);
        root
    }

    #[test]
    fn a_commit_without_tags_and_remotes() {
        let root = repository();
        let revision = Revision::read(root.path()).unwrap();
        assert_eq!(revision.commit.len(), 40);
        assert_eq!(revision.identity(), revision.commit);
        assert_eq!(revision.committed, "2024-02-29T13:00:00+01:00");
        assert_eq!((revision.description, revision.source), (None, None));
    }

    #[test]
    fn tags_and_the_remote_are_told() {
        let root = repository();
        git(root.path(), &["tag", "v1.2.3"]);
        let origin = "https://user:secret@example.com/shop/app.git";
        git(root.path(), &["remote", "add", "origin", origin]);
        let revision = Revision::read(root.path()).unwrap();
        assert_eq!(revision.description.as_deref(), Some("v1.2.3"));
        let source = revision.source.as_deref();
        assert_eq!(source, Some("https://example.com/shop/app"));
    }

    #[test]
    fn a_changed_file_makes_it_dirty_and_an_unknown_one_does_not() {
        let root = repository();
        git(root.path(), &["tag", "v1"]);
        fs::write(root.path().join("new"), "new").unwrap();
        assert!(!Revision::read(root.path()).unwrap().is_dirty);
        fs::write(root.path().join("a"), "b").unwrap();
        let revision = Revision::read(root.path()).unwrap();
        assert_eq!(revision.description.as_deref(), Some("v1-dirty"));
        assert_eq!(revision.identity(), format!("{}-dirty", revision.commit));
    }

    #[test]
    fn without_a_repository_or_a_commit_there_is_none() {
        let root = tempfile::tempdir().unwrap();
        let error = Revision::read(root.path()).unwrap_err();
        assert!(matches!(error, GitError::NotARepository { .. }), "{error}");
        git(root.path(), &["init", "-q"]);
        let error = Revision::read(root.path()).unwrap_err();
        assert!(matches!(error, GitError::UnknownRevision { .. }), "{error}");
    }

    /// Checked against git itself: without the hardening, the filter runs.
    #[cfg(unix)]
    #[test]
    fn no_filter_of_the_repository_is_run() {
        let root = repository();
        let ran = root.path().join("ran");
        let filter = format!("touch '{}'; cat", ran.display());
        git(root.path(), &["config", "filter.a=b.clean", &filter]);
        fs::write(root.path().join(".gitattributes"), "* filter=a=b\n").unwrap();
        fs::write(root.path().join("a"), "b").unwrap();
        Revision::read(root.path()).unwrap();
        assert!(!ran.exists());
        git(root.path(), &["status"]);
        assert!(ran.exists());
    }

    #[test]
    fn remotes_have_web_addresses() {
        let shop = Some("https://example.com/shop/app".to_owned());
        for remote in [
            "https://example.com/shop/app",
            "https://user:secret@example.com/shop/app.git",
            "https://example.com/shop/app.git/?token=secret#secret",
            "git@example.com:shop/app.git",
            "example.com:/shop/app",
            "ssh://git@example.com:2222/shop/app.git",
            "git://example.com/shop/app",
        ] {
            assert_eq!(web_address(remote), shop, "{remote}");
        }
        let local = web_address("http://localhost:3000/shop/app");
        assert_eq!(local.as_deref(), Some("http://localhost:3000/shop/app"));
        for remote in [
            "",
            "/srv/app.git",
            "../app",
            "file:///srv/app.git",
            "work:shop/app",
            "C:/shop/app",
            "https://",
            "https://example.com/",
            "ssh://[::1]/shop/app",
        ] {
            assert_eq!(web_address(remote), None, "{remote}");
        }
    }
}
