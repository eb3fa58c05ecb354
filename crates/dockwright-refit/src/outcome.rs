//! What a change set comes to at each path.

use std::collections::BTreeMap;
use std::sync::Arc;

use dockwright_environment::TreePath;
use dockwright_environment::tree::STATE_DIRECTORY;

use crate::{Change, ChangeSet, Node, Refusal};

/// What stands at one path before and after a change set; nothing where nothing does.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome<'a> {
    pub(crate) before: Option<Side<'a>>,
    pub(crate) after: Option<Side<'a>>,
    /// The path of the file that this was before: it keeps the modes that nothing is said of.
    pub(crate) was: Option<&'a TreePath>,
}

/// What a change says of one side of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side<'a> {
    File {
        content: &'a [u8],
        /// Whether the owner may execute it; nothing where the change does not care.
        executable: Option<bool>,
    },
    Link {
        target: &'a str,
    },
}

/// What is found at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    Directory,
    File {
        content: Arc<[u8]>,
        executable: bool,
    },
    Link {
        target: String,
    },
    /// A socket, device or pipe.
    Other,
    /// It could not be looked at, for this reason.
    Unreadable(String),
}

impl<'a> From<&'a Node> for Side<'a> {
    fn from(node: &'a Node) -> Self {
        match node {
            Node::File {
                content,
                executable,
            } => Self::File {
                content,
                executable: Some(*executable),
            },
            Node::Link { target } => Self::Link { target },
        }
    }
}

/// What a change set comes to at each path. Refused where its changes contradict each other.
pub(crate) fn outcomes(changes: &ChangeSet) -> Result<BTreeMap<&TreePath, Outcome<'_>>, Refusal> {
    let mut outcomes: BTreeMap<&TreePath, Outcome<'_>> = BTreeMap::new();
    for (path, change) in changes.iter() {
        let (from, before, after) = sides(path, change);
        if let Some(before) = before {
            let outcome = outcomes.entry(from).or_default();
            if outcome.before.replace(before).is_some() {
                return Err(contradiction(from));
            }
        }
        if let Some(after) = after {
            let outcome = outcomes.entry(path).or_default();
            outcome.after = Some(after);
            outcome.was = before.map(|_| from);
        }
    }
    for (path, outcome) in &outcomes {
        is_free_to_change(path)?;
        let is_file = |above: &TreePath| {
            outcomes
                .get(above)
                .is_some_and(|outcome| outcome.after.is_some())
        };
        let above = std::iter::successors(path.parent(), TreePath::parent).find(is_file);
        if let (Some(above), Some(_)) = (above, outcome.after) {
            return Err(contradiction(&above));
        }
    }
    Ok(outcomes)
}

/// Where the file was, what it was, and what it is afterwards.
fn sides<'a>(
    path: &'a TreePath,
    change: &'a Change,
) -> (&'a TreePath, Option<Side<'a>>, Option<Side<'a>>) {
    match change {
        Change::Create { after } => (path, None, Some(after.into())),
        Change::Replace {
            before,
            after,
            executable,
        } => {
            let side = |content, executable| {
                Some(Side::File {
                    content,
                    executable,
                })
            };
            let was = executable.map(|executable| !executable);
            (path, side(before, was), side(after, *executable))
        }
        Change::Delete { before } => (path, Some(before.into()), None),
        Change::Rename {
            from,
            before,
            after,
        } => (from, Some(before.into()), Some(after.into())),
    }
}

fn contradiction(path: &TreePath) -> Refusal {
    Refusal::new(
        format!("`{path}` would be changed in two ways at once"),
        "this is a defect of Dockwright; nothing was written",
    )
}

/// What belongs to git or to the record of writes is no file of the repository.
pub(crate) fn is_free_to_change(path: &TreePath) -> Result<(), Refusal> {
    let is_git = |part: &str| part.eq_ignore_ascii_case(".git");
    let is_state = path
        .parts()
        .next()
        .is_some_and(|part| part == STATE_DIRECTORY);
    if path.is_root() || is_state || path.parts().any(is_git) {
        return Err(Refusal::new(
            format!("`{path}` is not changed: it is no file of the repository"),
            "name a file beside `.git`, not in it",
        ));
    }
    Ok(())
}

/// Whether what is found at a path is what the change was made for, and whether there is a way
/// through directories only.
pub(crate) fn fits(
    path: &TreePath,
    outcome: &Outcome<'_>,
    look: impl Fn(&TreePath) -> Found,
) -> Result<(), Refusal> {
    let mut above: Vec<TreePath> = std::iter::successors(path.parent(), TreePath::parent).collect();
    // Outermost first: nothing is looked at behind a link.
    while let Some(directory) = above.pop() {
        if !directory.is_root() && !matches!(look(&directory), Found::Directory | Found::Nothing) {
            return Err(Refusal::new(
                format!("`{path}` cannot be written: `{directory}` is no directory"),
                "only what lies in real directories of the repository is changed",
            ));
        }
    }
    let found = look(path);
    if let Found::Unreadable(reason) = &found {
        return Err(Refusal::new(
            format!("`{path}` cannot be read: {reason}"),
            "see that the file may be read",
        ));
    }
    let Some(before) = outcome.before else {
        return match found {
            Found::Nothing => Ok(()),
            _ => Err(Refusal::new(
                format!("`{path}` is there already"),
                "move it away, or change it by hand",
            )),
        };
    };
    let is_as_it_was = match (before, &found) {
        (
            Side::File {
                content,
                executable,
            },
            Found::File {
                content: now,
                executable: is_now,
            },
        ) => content == &**now && executable.is_none_or(|was| was == *is_now || !cfg!(unix)),
        (Side::Link { target }, Found::Link { target: now }) => target == now,
        (Side::File { .. }, Found::Link { .. } | Found::Directory | Found::Other) => {
            return Err(Refusal::new(
                format!("`{path}` is no regular file"),
                "links are not followed; change the file that it leads to",
            ));
        }
        _ => false,
    };
    if is_as_it_was {
        return Ok(());
    }
    Err(Refusal::new(
        format!("`{path}` has changed since it was read"),
        "try again",
    ))
}
