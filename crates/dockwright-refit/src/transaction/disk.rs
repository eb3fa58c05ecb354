//! What a write does to the file system, one operation at a time.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use dockwright_environment::TreePath;
use dockwright_environment::tree::READ_LIMIT;

use crate::outcome::Found;

/// One operation. A process can be killed before each, and within each that is not one call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation<'a> {
    /// Makes a directory, with this mode or the usual one.
    MakeDirectory { path: &'a Path, mode: Option<u32> },
    /// Removes an empty directory.
    RemoveDirectory { path: &'a Path },
    /// Creates a file where there is none.
    Write {
        path: &'a Path,
        content: &'a [u8],
        mode: Mode,
    },
    /// Creates a link where there is none.
    Link { path: &'a Path, target: &'a str },
    /// Gives a file, link or directory another name; a file or link of that name is replaced.
    Rename { from: &'a Path, to: &'a Path },
    /// Removes a file or link.
    Remove { path: &'a Path },
    /// Waits until a file, or the list of names in a directory, would outlive a power failure.
    Sync { path: &'a Path },
}

/// The mode of a new file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mode {
    /// All but what the mask of the process forbids.
    Usual { executable: bool },
    /// This one.
    Exactly(u32),
}

impl Operation<'_> {
    /// What is changed.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::MakeDirectory { path, .. }
            | Self::RemoveDirectory { path }
            | Self::Write { path, .. }
            | Self::Link { path, .. }
            | Self::Rename { to: path, .. }
            | Self::Remove { path }
            | Self::Sync { path } => path,
        }
    }
}

/// Does operations; a test has one that stops.
pub(super) trait Disk {
    /// Does one operation.
    fn run(&self, operation: Operation<'_>) -> io::Result<()>;
}

/// The disk.
pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn run(&self, operation: Operation<'_>) -> io::Result<()> {
        match operation {
            Operation::MakeDirectory { path, mode } => {
                fs::create_dir(path)?;
                mode.map_or(Ok(()), |mode| set_mode(path, mode))
            }
            Operation::RemoveDirectory { path } => fs::remove_dir(path),
            Operation::Write {
                path,
                content,
                mode,
            } => {
                let mut options = File::options();
                options.write(true).create_new(true);
                allow(&mut options, mode);
                let mut file = options.open(path)?;
                file.write_all(content)?;
                match mode {
                    Mode::Usual { .. } => Ok(()),
                    Mode::Exactly(mode) => set_mode(path, mode),
                }
            }
            Operation::Link { path, target } => make_link(path, target),
            Operation::Rename { from, to } => fs::rename(from, to),
            Operation::Remove { path } => fs::remove_file(path),
            Operation::Sync { path } => sync(path),
        }
    }
}

/// What stands at a path of a working tree.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) found: Found,
    /// The mode, where the system has such.
    pub(super) mode: Option<u32>,
}

/// Looks at a path below a directory. No link is followed at its end.
pub(super) fn look(base: &Path, path: &TreePath) -> Look {
    look_at(&base.join(path.as_str()))
}

/// The same for a path on disk.
pub(super) fn look_at(disk: &Path) -> Look {
    let found = |found| Look { found, mode: None };
    let metadata = match disk.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if is_missing(&error) => return found(Found::Nothing),
        Err(error) => return found(Found::Unreadable(error.to_string())),
    };
    let mode = mode_of(&metadata);
    let kind = if metadata.is_dir() {
        Found::Directory
    } else if metadata.is_symlink() {
        match fs::read_link(disk).map(|target| target.into_os_string().into_string()) {
            Ok(Ok(target)) => Found::Link { target },
            Ok(Err(_)) => Found::Unreadable("the link's target is not valid UTF-8".to_owned()),
            Err(error) => Found::Unreadable(error.to_string()),
        }
    } else if !metadata.is_file() {
        Found::Other
    } else if metadata.len() > READ_LIMIT {
        Found::Unreadable(format!("it has more than {READ_LIMIT} bytes"))
    } else {
        match fs::read(disk) {
            Ok(content) => Found::File {
                content: content.into(),
                executable: mode.is_some_and(|mode| mode & 0o100 != 0),
            },
            Err(error) => Found::Unreadable(error.to_string()),
        }
    };
    Look { found: kind, mode }
}

/// Whether there is nothing at a path, or what should be its directory is none.
pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)]
fn mode_of(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(metadata.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode_of(_: &fs::Metadata) -> Option<u32> {
    None
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// A file whose mode is set later is nobody else's until then.
#[cfg(unix)]
fn allow(options: &mut fs::OpenOptions, mode: Mode) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(match mode {
        Mode::Usual { executable: true } => 0o777,
        Mode::Usual { executable: false } => 0o666,
        Mode::Exactly(_) => 0o600,
    });
}

#[cfg(not(unix))]
fn allow(_: &mut fs::OpenOptions, _: Mode) {}

#[cfg(unix)]
fn make_link(path: &Path, target: &str) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn make_link(_: &Path, _: &str) -> io::Result<()> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "links are not made on this system",
    ))
}

#[cfg(unix)]
fn sync(path: &Path) -> io::Result<()> {
    match File::open(path)?.sync_all() {
        // Some file systems cannot sync a directory.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        done => done,
    }
}

/// A directory cannot be opened, and a file only to be written.
#[cfg(not(unix))]
fn sync(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    File::options().write(true).open(path)?.sync_all()
}
