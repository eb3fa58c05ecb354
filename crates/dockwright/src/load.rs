//! What every command reads: the tree, the configuration, the environment.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use dockwright_audit::levels;
use dockwright_environment::discovery::{DEFAULT_EXCLUDES, Excludes};
use dockwright_environment::hosts::History;
use dockwright_environment::tree::{DiskTree, GitTree, ReadError};
use dockwright_environment::{CallerVariables, Environment, ReadOptions, Tree, TreePath};
use dockwright_refit::ChangeSet;
use dockwright_settings::{FILE_NAME, Settings};

use crate::cli::When;
use crate::failure::{Failure, NOTHING, UNUSABLE, USAGE};

/// The tree at `root`, or a revision of the repository there. A write to the files that was
/// interrupted is finished or taken back first.
pub(crate) fn tree(root: &Path, revision: Option<&str>) -> Result<Arc<dyn Tree>, Failure> {
    if let Some(revision) = revision {
        let tree = GitTree::open(root, revision).map_err(|error| {
            Failure::new(
                UNUSABLE,
                error.to_string(),
                "name a commit, branch or tag of the repository at `--root`",
            )
        })?;
        return Ok(Arc::new(tree));
    }
    recover(root)?;
    let tree = DiskTree::open(root).map_err(|error| {
        Failure::new(
            NOTHING,
            format!("cannot read the directory `{}`: {error}", root.display()),
            "give the repository's directory with `--root`",
        )
    })?;
    Ok(Arc::new(tree))
}

/// Finishes or takes back a write that was interrupted, and says so.
pub(crate) fn recover(root: &Path) -> Result<(), Failure> {
    // What cannot be found is told when it is read.
    if !root.is_dir() {
        return Ok(());
    }
    let Some(recovered) = dockwright_refit::recover(root)? else {
        return Ok(());
    };
    eprintln!(
        "note: a change that was interrupted has been {}",
        if recovered.is_finished {
            "finished; `dockwright undo` takes it back"
        } else {
            "taken back"
        }
    );
    for path in &recovered.left {
        eprintln!("note: `{path}` has changed since and was left as it is");
    }
    Ok(())
}

/// Refuses to write where that could lose or blend with work that is in no commit.
pub(crate) fn needs_clean_tree(changes: &ChangeSet, root: &Path) -> Result<(), Failure> {
    let dirty = dockwright_refit::dirty(changes, root)?;
    let Some(first) = dirty.first() else {
        return Ok(());
    };
    let error = match dirty.len() - 1 {
        0 => format!("`{first}` has changes that are not committed"),
        1 => format!("`{first}` and another file have changes that are not committed"),
        more => format!("`{first}` and {more} other files have changes that are not committed"),
    };
    Err(Failure::new(
        UNUSABLE,
        error,
        "commit or stash them, or give `--allow-dirty`",
    ))
}

/// The configuration at the root of a tree.
pub(crate) fn settings(tree: &dyn Tree) -> Result<Settings, Failure> {
    let Some(path) = TreePath::new(FILE_NAME) else {
        return Ok(Settings::default());
    };
    let bytes = match tree.read(&path) {
        Ok(bytes) => bytes,
        Err(ReadError::Missing) => return Ok(Settings::default()),
        Err(error) => {
            let error = format!("cannot read {FILE_NAME}: {error}");
            return Err(Failure::new(
                USAGE,
                error,
                "make it a readable file, or remove it",
            ));
        }
    };
    Settings::parse(&String::from_utf8_lossy(&bytes))
        .and_then(|settings| levels::check(&settings).map(|()| settings))
        .map_err(|error| Failure::new(USAGE, error.message, error.hint))
}

/// The variables of this process, as far as they are text.
pub(crate) fn caller() -> CallerVariables {
    let variables = std::env::vars_os();
    let texts = variables
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    texts.collect()
}

/// The environment of a tree, the same whoever asks.
pub(crate) fn environment(
    root: &Path,
    tree: Arc<dyn Tree>,
    settings: &Settings,
) -> Result<Environment, Failure> {
    read(tree, &options(root, settings, &CallerVariables::default())?)
}

/// How the tree at `root` is read, with the variables of whoever calls Compose or bake.
pub(crate) fn options(
    root: &Path,
    settings: &Settings,
    caller: &CallerVariables,
) -> Result<ReadOptions, Failure> {
    let absolute = root.canonicalize().ok();
    let name = absolute.as_deref().and_then(Path::file_name);
    let patterns = DEFAULT_EXCLUDES.iter().copied();
    let patterns = patterns.chain(settings.audit.exclude.iter().map(String::as_str));
    let wrong = |key: &'static str| {
        move |error| {
            let hint =
                format!("each pattern of `{key}` is a name, or a path with `*`, `**` and `?`");
            Failure::new(USAGE, format!("{FILE_NAME}: {error}"), hint)
        }
    };
    let excludes = Excludes::new(patterns).map_err(wrong("audit.exclude"))?;
    let history = History::new(&settings.audit.history).map_err(wrong("audit.history"))?;
    Ok(ReadOptions {
        excludes,
        history,
        root_name: name.map(|name| name.to_string_lossy().into_owned()),
        variables: caller.clone(),
    })
}

/// The environment of a tree that is read in a certain way.
pub(crate) fn read(tree: Arc<dyn Tree>, options: &ReadOptions) -> Result<Environment, Failure> {
    let environment = Environment::read(tree, options);
    if environment.is_empty() {
        return Err(Failure::new(
            NOTHING,
            "there is no Dockerfile, Compose file or bake file here",
            "give the repository's directory with `--root`",
        ));
    }
    Ok(environment)
}

/// Whether to use colours on standard output.
pub(crate) fn color(when: When) -> bool {
    colored(when, std::io::stdout().is_terminal())
}

/// Whether to use colours on standard error.
pub(crate) fn color_of_errors(when: When) -> bool {
    colored(when, std::io::stderr().is_terminal())
}

fn colored(when: When, is_terminal: bool) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => {
            let asked_not = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            !asked_not && is_terminal
        }
    }
}

/// Prints a result. A reader that has gone away is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    match output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
    {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::new(
            UNUSABLE,
            format!("cannot write: {error}"),
            "check where the output goes",
        )),
        _ => Ok(()),
    }
}
