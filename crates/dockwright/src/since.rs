//! What an audit finds that was not there at an earlier revision.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use dockwright_audit::{Audit, Finding, audit};
use dockwright_environment::git::{run, run_on_files};
use dockwright_environment::tree::{GitTree, PastTree};
use dockwright_environment::{Environment, ReadOptions, Tree, TreePath};
use dockwright_settings::Settings;

use crate::failure::{Failure, UNUSABLE};

/// The findings of an earlier revision, to be compared with those of now.
pub(crate) struct Earlier {
    tree: Arc<dyn Tree>,
    /// The earlier path of every renamed file.
    renamed: HashMap<TreePath, TreePath>,
}

/// Rule, file, message and lines of a finding.
type Identity = (&'static str, TreePath, String, String);

impl Earlier {
    /// The tree at `since`, which may be `REV...`: where it and `revision` (or `HEAD`) parted.
    pub(crate) fn open(
        root: &Path,
        now: &Arc<dyn Tree>,
        since: &str,
        revision: Option<&str>,
    ) -> Result<Self, Failure> {
        let before = match since.strip_suffix("...") {
            Some(branch) => merge_base(root, branch, revision.unwrap_or("HEAD"))?,
            None => object(root, since)?,
        };
        let past = GitTree::open(root, &before).map_err(|error| unusable(error.to_string()))?;
        let tree: Arc<dyn Tree> = match revision {
            Some(_) => Arc::new(past),
            None => Arc::new(PastTree::new(now.clone(), past)),
        };
        let after = revision.map(|it| object(root, it)).transpose()?;
        let renamed = renamed(root, &before, after.as_deref())?;
        Ok(Self { tree, renamed })
    }

    /// Takes away what was found there already; how many findings that are.
    pub(crate) fn leave_out(
        &self,
        environment: &Environment,
        found: &mut Audit,
        options: &ReadOptions,
        settings: &Settings,
    ) -> usize {
        let past = Environment::read(self.tree.clone(), options);
        let mut known: HashMap<Identity, usize> = HashMap::new();
        for finding in &audit(&past, settings).findings {
            *known.entry(identity(&past, finding)).or_default() += 1;
        }
        let count = found.findings.len();
        found.findings.retain(|finding| {
            let mut identity = identity(environment, finding);
            if let Some(earlier) = self.renamed.get(&identity.1) {
                identity.1 = earlier.clone();
            }
            match known.get_mut(&identity) {
                Some(left) if *left > 0 => {
                    *left -= 1;
                    false
                }
                _ => true,
            }
        });
        count - found.findings.len()
    }
}

fn identity(environment: &Environment, finding: &Finding) -> Identity {
    let location = environment.documents.outermost(finding.location);
    let path = environment.documents.get(location.document).path.clone();
    let text = environment.documents.text(location);
    // Other spaces make no other finding.
    let words: Vec<&str> = text.split_whitespace().collect();
    (
        finding.rule.name,
        path,
        finding.message.clone(),
        words.join(" "),
    )
}

fn object(root: &Path, revision: &str) -> Result<String, Failure> {
    let find = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
    run(root, &[&find[..], &[revision]].concat())
        .map(|object| String::from_utf8_lossy(&object).trim_end().to_owned())
        .map_err(|error| match error {
            dockwright_environment::git::GitError::Failed { reason } if reason.is_empty() => {
                unusable(format!("the repository has no revision `{revision}`"))
            }
            error => unusable(error.to_string()),
        })
}

fn merge_base(root: &Path, branch: &str, revision: &str) -> Result<String, Failure> {
    let (one, other) = (object(root, branch)?, object(root, revision)?);
    let base = run(root, &["merge-base", &one, &other]).map_err(|_| {
        Failure::new(
            UNUSABLE,
            format!("`{branch}` and `{revision}` have no commit in common"),
            "fetch more of the history, if the clone is shallow",
        )
    })?;
    Ok(String::from_utf8_lossy(&base).trim_end().to_owned())
}

/// The earlier path of every file that git takes for renamed.
fn renamed(
    root: &Path,
    before: &str,
    after: Option<&str>,
) -> Result<HashMap<TreePath, TreePath>, Failure> {
    // Looking into a submodule would run a git there, with a configuration of its own.
    let mut diff = vec![
        "diff",
        "--name-status",
        "-z",
        "--find-renames",
        "--diff-filter=R",
        "--no-ext-diff",
        "--relative",
        "--ignore-submodules=dirty",
        before,
    ];
    diff.extend(after);
    diff.push("--");
    let listed = run_on_files(root, &diff).map_err(|error| unusable(error.to_string()))?;
    let listed = String::from_utf8_lossy(&listed);
    let words: Vec<&str> = listed.split_terminator('\0').collect();
    let pairs = words.chunks_exact(3).filter_map(|words| match words {
        [_, old, new] => Some((TreePath::new(new)?, TreePath::new(old)?)),
        _ => None,
    });
    Ok(pairs.collect())
}

fn unusable(error: String) -> Failure {
    Failure::new(
        UNUSABLE,
        error,
        "name a commit, branch or tag of the repository at `--root`",
    )
}
