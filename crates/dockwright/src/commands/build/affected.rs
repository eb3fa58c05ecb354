//! `--affected-since`: leaving out what is as it was.

use std::sync::Arc;

use dockwright_build::affected::{Changes, Planned, affected};
use dockwright_build::prepare::Prepared;
use dockwright_environment::Tree;
use dockwright_environment::tree::{GitTree, PastTree};

use crate::cli::Cli;
use crate::failure::{Failure, UNUSABLE};

const HINT: &str = "name a commit, branch or tag of the repository at `--root`";

/// Keeps the targets that changed since a revision, and says why each did.
pub(super) fn keep(
    cli: &Cli,
    revision: &str,
    tree: &Arc<dyn Tree>,
    prepared: &mut Prepared,
    prepare: impl Fn(&Arc<dyn Tree>) -> Result<Prepared, Failure>,
) -> Result<(), Failure> {
    let unusable = |error: String| Failure::new(UNUSABLE, error, HINT);
    let changes =
        Changes::since(&cli.root, revision).map_err(|error| unusable(error.to_string()))?;
    let past = GitTree::open(&cli.root, revision).map_err(|error| unusable(error.to_string()))?;
    let past: Arc<dyn Tree> = Arc::new(PastTree::new(Arc::clone(tree), past));
    let before = prepare(&past)?;
    let found = affected(
        Planned {
            environment: &prepared.environment,
            plan: &prepared.plan,
        },
        Planned {
            environment: &before.environment,
            plan: &before.plan,
        },
        &changes,
    );
    prepared.targets.retain(|index| {
        let of = found.iter().find(|affected| affected.target == *index);
        if let Some((affected, target)) = of.zip(prepared.plan.targets.get(*index)) {
            eprintln!("affected: {}: {}", target.name, affected.reason);
        }
        of.is_some()
    });
    Ok(())
}
