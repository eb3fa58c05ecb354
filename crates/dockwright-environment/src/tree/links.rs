//! Where links inside a tree lead.

use super::{EntryKind, ReadError};
use crate::TreePath;

/// Links that one path may pass through; what is beyond counts as a circle, as on Linux.
const MAX_HOPS: usize = 40;

/// The path that `path` leads to when every link on the way is followed inside the tree.
///
/// `kind` says what stands at a path whose directory is no link. The result need not exist.
pub(super) fn resolve(
    path: &TreePath,
    kind: impl Fn(&TreePath) -> Option<EntryKind>,
) -> Result<TreePath, ReadError> {
    let mut waiting: Vec<String> = path.parts().rev().map(str::to_owned).collect();
    let mut resolved = TreePath::root();
    let mut hops = 0;
    while let Some(part) = waiting.pop() {
        let next = resolved.join(&part).ok_or(ReadError::LinkOutside)?;
        let Some(EntryKind::Link(target)) = (part != "..").then(|| kind(&next)).flatten() else {
            resolved = next;
            continue;
        };
        hops += 1;
        if hops > MAX_HOPS || target.starts_with('/') {
            return Err(ReadError::LinkOutside);
        }
        let parts = target.split('/').rev();
        waiting.extend(
            parts
                .filter(|part| !matches!(*part, "" | "."))
                .map(str::to_owned),
        );
    }
    Ok(resolved)
}
