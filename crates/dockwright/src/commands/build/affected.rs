//! `--affected-since`: leaving out what is as it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use dockwright_build::Publication;
use dockwright_build::affected::{Changes, Reason, affected, changed};
use dockwright_build::prepare::Prepared;
use dockwright_environment::tree::{GitTree, PastTree};
use dockwright_environment::{Environment, ReadOptions, Tree};

use crate::cli::Cli;
use crate::failure::{Failure, UNUSABLE};
use crate::load;

const HINT: &str = "name a commit, branch or tag of the repository at `--root`";

/// What changed of an environment since a revision.
pub(super) fn since(
    cli: &Cli,
    revision: &str,
    now: &Environment,
    options: &ReadOptions,
    publication: &Publication,
) -> Result<BTreeMap<String, Reason>, Failure> {
    let unusable = |error: String| Failure::new(UNUSABLE, error, HINT);
    let changes =
        Changes::since(&cli.root, revision).map_err(|error| unusable(error.to_string()))?;
    let past = GitTree::open(&cli.root, revision).map_err(|error| unusable(error.to_string()))?;
    let past: Arc<dyn Tree> = Arc::new(PastTree::new(Arc::clone(&now.tree), past));
    let before = load::read(past, options)?;
    Ok(changed(
        now,
        &before,
        &changes,
        publication,
        &options.variables,
    ))
}

/// Keeps the targets that changed or need one that did, and says why each is kept.
pub(super) fn keep(prepared: &mut Prepared, changed: &BTreeMap<String, Reason>) {
    let found = affected(&prepared.plan, changed);
    prepared.targets.retain(|index| {
        let of = found.iter().find(|affected| affected.target == *index);
        if let Some((affected, target)) = of.zip(prepared.plan.targets.get(*index)) {
            eprintln!("affected: {}: {}", target.name, affected.reason);
        }
        of.is_some()
    });
}
