//! Change sets on disk.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use dockwright_environment::TreePath;
use tempfile::{Builder, NamedTempFile};

use crate::{Change, ChangeSet, Refusal};

/// Writes a change set below `root`, the directory on disk that its tree was read from.
///
/// Every new content is first written beside its file, and takes its place only when all of them
/// are: a disk that is full or a directory that may not be written leaves everything as it was, and
/// each file is the old one or the new one at any moment. No link is followed.
pub fn write(changes: &ChangeSet, root: &Path) -> Result<(), Refusal> {
    let root = root.canonicalize().map_err(|error| {
        Refusal::new(
            format!("`{}` cannot be written: {error}", root.display()),
            "give the repository's directory with `--root`",
        )
    })?;
    let mut made = Directories::default();
    let mut prepared = Vec::new();
    for (path, change) in changes.iter() {
        let (file, temporary) = prepare(&root, path, change, &mut made)?;
        prepared.push((path, change, file, temporary));
    }
    for (path, change, file, temporary) in prepared {
        let placed = match change {
            // One that somebody else has created since is not overwritten.
            Change::Create { .. } => temporary.persist_noclobber(&file),
            Change::Replace { .. } => temporary.persist(&file),
        };
        placed.map_err(|error| refused(path, &error.error))?;
    }
    made.keep();
    Ok(())
}

/// Directories that were made for new files; removed again unless they are kept.
#[derive(Default)]
struct Directories(Vec<PathBuf>);

impl Directories {
    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Directories {
    fn drop(&mut self) {
        for directory in self.0.iter().rev() {
            // One that holds something by now stays.
            let _ = fs::remove_dir(directory);
        }
    }
}

/// Writes the new content of a file beside it.
fn prepare(
    root: &Path,
    path: &TreePath,
    change: &Change,
    made: &mut Directories,
) -> Result<(PathBuf, NamedTempFile), Refusal> {
    let directory = directory(root, path, made)?;
    let file = directory.join(path.file_name());
    let mut builder = Builder::new();
    builder.prefix(".dockwright-");
    let mut permissions = None;
    match change {
        Change::Create { .. } => allow_all(&mut builder),
        Change::Replace { before, .. } => {
            let metadata = file.symlink_metadata().map_err(|it| refused(path, &it))?;
            let is_as_it_was = metadata.is_file() && fs::read(&file).is_ok_and(|it| it == **before);
            if !is_as_it_was {
                return Err(Refusal::new(
                    format!("`{path}` has changed since it was read"),
                    "try again",
                ));
            }
            permissions = Some(metadata.permissions());
        }
    }
    let write = |temporary: &mut NamedTempFile| -> io::Result<()> {
        temporary.write_all(change.after())?;
        let file: &File = temporary.as_file();
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        file.sync_all()
    };
    let temporary = builder.tempfile_in(&directory).and_then(|mut temporary| {
        write(&mut temporary)?;
        Ok(temporary)
    });
    let temporary = temporary.map_err(|error| refused(path, &error))?;
    Ok((file, temporary))
}

/// The directory of a file, made where it is missing. Each on the way is one, and no link.
fn directory(root: &Path, path: &TreePath, made: &mut Directories) -> Result<PathBuf, Refusal> {
    let mut directory = root.to_owned();
    let parent = path.parent().unwrap_or_else(TreePath::root);
    for part in parent.parts() {
        directory.push(part);
        match directory.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                return Err(Refusal::new(
                    format!("`{path}` cannot be written: `{part}` is no directory"),
                    "links are not followed; make it a directory of the repository",
                ));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir(&directory).map_err(|error| refused(path, &error))?;
                made.0.push(directory.clone());
            }
            Err(error) => return Err(refused(path, &error)),
        }
    }
    Ok(directory)
}

fn refused(path: &TreePath, error: &io::Error) -> Refusal {
    if error.kind() == io::ErrorKind::AlreadyExists {
        return Refusal::new(
            format!("`{path}` is there already"),
            "move it away, or change it by hand",
        );
    }
    Refusal::new(
        format!("`{path}` cannot be written: {error}"),
        "see that the directory may be written and the disk has room",
    )
}

/// A new file has the mode that any other program would give it: all but what the mask forbids.
#[cfg(unix)]
fn allow_all(builder: &mut Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn allow_all(_: &mut Builder<'_, '_>) {}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn path(path: &str) -> TreePath {
        TreePath::new(path).unwrap()
    }

    fn names(directory: &Path) -> Vec<String> {
        let names = fs::read_dir(directory).unwrap();
        let mut names: Vec<String> = names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn files_are_created_and_replaced_and_keep_their_mode() {
        let root = tempfile::tempdir().unwrap();
        let script = root.path().join("run.sh");
        fs::write(&script, "old\n").unwrap();
        fs::set_permissions(&script, Permissions::from_mode(0o750)).unwrap();
        let changes = ChangeSet::default()
            .replace(path("run.sh"), *b"old\n", *b"new\n")
            .create(path("a/b/c"), *b"made\n");
        write(&changes, root.path()).unwrap();
        assert_eq!(fs::read(&script).unwrap(), b"new\n");
        let mode = script.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o750);
        assert_eq!(fs::read(root.path().join("a/b/c")).unwrap(), b"made\n");
        assert_eq!(names(root.path()), ["a", "run.sh"]);
    }

    #[test]
    fn a_new_file_has_the_mode_that_others_have() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("other"), "").unwrap();
        write(&ChangeSet::default().create(path("new"), *b""), root.path()).unwrap();
        let mode = |name| {
            let metadata = root.path().join(name).metadata().unwrap();
            metadata.permissions().mode() & 0o777
        };
        assert_eq!(mode("new"), mode("other"));
    }

    #[test]
    fn one_that_cannot_be_written_leaves_all_as_they_were() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a"), "old\n").unwrap();
        fs::write(root.path().join("z"), "changed since\n").unwrap();
        let changes = ChangeSet::default()
            .replace(path("a"), *b"old\n", *b"new\n")
            .create(path("m/n"), *b"made\n")
            .replace(path("z"), *b"old\n", *b"new\n");
        let refusal = write(&changes, root.path()).unwrap_err();
        assert_eq!(refusal.error, "`z` has changed since it was read");
        assert_eq!(fs::read(root.path().join("a")).unwrap(), b"old\n");
        assert_eq!(names(root.path()), ["a", "z"]);
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let outside = tempfile::tempdir().unwrap();
        let root = tempfile::tempdir().unwrap();
        symlink(outside.path(), root.path().join("docs")).unwrap();
        symlink(outside.path().join("x"), root.path().join("x")).unwrap();
        for name in ["docs/a", "x"] {
            let changes = ChangeSet::default().create(path(name), *b"new\n");
            write(&changes, root.path()).unwrap_err();
        }
        fs::write(outside.path().join("x"), "old\n").unwrap();
        let changes = ChangeSet::default().replace(path("x"), *b"old\n", *b"new\n");
        write(&changes, root.path()).unwrap_err();
        assert_eq!(fs::read(outside.path().join("x")).unwrap(), b"old\n");
        assert_eq!(names(outside.path()), ["x"]);
        assert_eq!(names(root.path()), ["docs", "x"]);
    }
}
