//! A revision of a git repository, read without a checkout.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::disk::READ_LIMIT;
use super::{Entry, EntryKind, ReadError, Tree, find, links};
use crate::TreePath;
use crate::git::{self, GitError, command, run};

/// The files of one revision, or of the directory of it that was named.
///
/// Objects are read through `git` itself, which runs nothing of the repository and fetches
/// nothing. A submodule is an empty directory.
pub struct GitTree {
    entries: Vec<Entry>,
    /// The object of every file.
    objects: HashMap<TreePath, String>,
    repository: PathBuf,
    revision: String,
    /// The readers that wait for work; every thread that reads has one of its own.
    readers: Mutex<Vec<ObjectReader>>,
    read_limit: u64,
}

impl GitTree {
    /// Lists the files of `revision` in the repository that holds the directory `repository`.
    /// When that is below the top of the working tree, the tree begins there.
    pub fn open(repository: impl AsRef<Path>, revision: &str) -> Result<Self, GitError> {
        let repository = repository.as_ref();
        let unknown = || GitError::UnknownRevision {
            revision: revision.to_owned(),
        };
        let named = format!("{revision}^{{tree}}");
        let list = [
            "ls-tree",
            "-r",
            "-t",
            "-z",
            "-l",
            "--end-of-options",
            &named,
        ];
        let listing = run(repository, &list).map_err(|error| match error {
            GitError::Failed { reason } if reason.contains("Not a valid object name") => unknown(),
            error => error,
        })?;
        let mut tree = Self {
            entries: Vec::new(),
            objects: HashMap::new(),
            repository: repository.to_owned(),
            revision: revision.to_owned(),
            readers: Mutex::default(),
            read_limit: READ_LIMIT,
        };
        for line in listing.split(|byte| *byte == 0) {
            // A name that is not UTF-8 is shown with replacement characters, as on disk.
            tree.add(&String::from_utf8_lossy(line));
        }
        if tree.entries.is_empty() && !is_top(repository) {
            return Err(unknown());
        }
        tree.entries
            .sort_unstable_by(|one, other| one.path.cmp(&other.path));
        Ok(tree)
    }

    /// The same tree with another limit for [`Tree::read`], in bytes.
    #[must_use]
    pub fn with_read_limit(mut self, bytes: u64) -> Self {
        self.read_limit = bytes;
        self
    }

    /// Adds the entry of a line `mode type object size<TAB>path`; leaves out any other line.
    fn add(&mut self, line: &str) -> Option<()> {
        let (about, path) = line.split_once('\t')?;
        let mut words = about.split_ascii_whitespace();
        let (mode, _, object, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
        // Of a directory below the top, the ones above it are listed too.
        let path = TreePath::new(path).filter(|path| !path.is_root())?;
        let size = size.parse().unwrap_or(0);
        let kind = match mode {
            "040000" | "160000" => EntryKind::Directory,
            "120000" => match self.object(object, 1 << 16) {
                Ok(target) => EntryKind::Link(String::from_utf8_lossy(&target).into_owned()),
                Err(_) => EntryKind::Other,
            },
            mode if mode.starts_with("100") => EntryKind::File,
            _ => EntryKind::Other,
        };
        let is_file = kind == EntryKind::File;
        if is_file {
            self.objects.insert(path.clone(), object.to_owned());
        }
        self.entries.push(Entry {
            path,
            kind,
            size: if is_file { size } else { 0 },
            executable: mode == "100755",
            ignored: false,
        });
        Some(())
    }

    fn object(&self, name: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        let idle = self.idle().pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => ObjectReader::start(&self.repository)
                .map_err(|error| ReadError::Refused(error.to_string()))?,
        };
        let bytes = reader.read(name, limit);
        self.idle().push(reader);
        bytes
    }

    fn idle(&self) -> MutexGuard<'_, Vec<ObjectReader>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a directory is the top of a working tree, or in a repository without one.
fn is_top(directory: &Path) -> bool {
    run(directory, &["rev-parse", "--show-prefix"])
        .is_ok_and(|prefix| prefix.trim_ascii().is_empty())
}

impl fmt::Debug for GitTree {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GitTree")
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl Tree for GitTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, ReadError> {
        let kind = |path: &TreePath| find(&self.entries, path).map(|entry| entry.kind.clone());
        let path = links::resolve(path, kind)?;
        let entry = find(&self.entries, &path).ok_or(ReadError::Missing)?;
        let object = self.objects.get(&path).ok_or(ReadError::NotAFile)?;
        if entry.size > self.read_limit {
            return Err(ReadError::TooLarge {
                size: entry.size,
                limit: self.read_limit,
            });
        }
        Ok(self.object(object, self.read_limit)?.into())
    }

    fn list(&self, directory: &TreePath) -> Vec<Entry> {
        super::children(&self.entries, directory)
    }

    fn entry(&self, path: &TreePath) -> Option<Entry> {
        find(&self.entries, path).cloned()
    }

    fn history(&self, commits: usize) -> Vec<Vec<TreePath>> {
        git::history(&self.repository, &self.revision, commits)
    }
}

/// A running `git cat-file --batch`.
struct ObjectReader {
    child: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

impl ObjectReader {
    fn start(repository: &Path) -> Result<Self, GitError> {
        let mut child = command(repository)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (Some(ask), Some(answer)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(GitError::Failed {
                reason: "no pipe to it".to_owned(),
            });
        };
        let answer = BufReader::new(answer);
        Ok(Self { child, ask, answer })
    }

    fn read(&mut self, object: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        let refused = |error: io::Error| ReadError::Refused(format!("git failed: {error}"));
        // One write, so that git wakes up once.
        let question = format!("{object}\n");
        self.ask.write_all(question.as_bytes()).map_err(refused)?;
        let mut header = String::new();
        self.answer.read_line(&mut header).map_err(refused)?;
        // `object type size`, or `object missing`, as in a partial clone.
        let size = header.split_ascii_whitespace().nth(2);
        let Some(size) = size.and_then(|size| size.parse::<u64>().ok()) else {
            let reason = "git does not have this object; is the clone partial?";
            return Err(ReadError::Refused(reason.to_owned()));
        };
        let mut bytes = Vec::new();
        let mut answer = (&mut self.answer).take(size.saturating_add(1));
        if size > limit {
            io::copy(&mut answer, &mut io::sink()).map_err(refused)?;
            return Err(ReadError::TooLarge { size, limit });
        }
        answer.read_to_end(&mut bytes).map_err(refused)?;
        if bytes.pop() != Some(b'\n') || bytes.len() as u64 != size {
            return Err(ReadError::Refused("git ended early".to_owned()));
        }
        Ok(bytes)
    }
}

impl Drop for ObjectReader {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody left to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
