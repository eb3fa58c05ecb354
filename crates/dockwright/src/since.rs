//! What an audit finds that was not there at an earlier revision.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use dockwright_audit::{Audit, Confidence, Finding, audit};
use dockwright_environment::git::{GitError, run, run_on_files};
use dockwright_environment::tree::{GitTree, MemoryTree, PastTree};
use dockwright_environment::{Environment, ReadOptions, Tree, TreePath};
use dockwright_settings::Settings;

use crate::failure::{Failure, UNUSABLE};

/// The findings of an earlier revision, to be compared with those of now.
pub(crate) struct Earlier {
    tree: Arc<dyn Tree>,
    /// The earlier path of every renamed file, and of the directories that moved with them.
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
        if revision.is_none() {
            needs_working_tree(root)?;
        }
        let before = match since.strip_suffix("...") {
            Some(branch) => merge_base(root, branch, revision.unwrap_or("HEAD"))?,
            None => object(root, since, "tree")?,
        };
        let tree: Arc<dyn Tree> = match (GitTree::open(root, &before), revision) {
            (Ok(past), Some(_)) => Arc::new(past),
            (Ok(past), None) => Arc::new(PastTree::new(now.clone(), past)),
            // The revision is there, the directory was not yet.
            (Err(GitError::UnknownRevision { .. }), _) => Arc::new(MemoryTree::new()),
            (Err(error), _) => return Err(unusable(&error)),
        };
        let after = revision.map(|it| object(root, it, "tree")).transpose()?;
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
        // What was found there with less confidence is not new now.
        let mut settings = settings.clone();
        settings.audit.confidence = Confidence::Low;
        let mut known: HashMap<Identity, usize> = HashMap::new();
        for finding in &audit(&past, &settings).findings {
            *known.entry(identity(&past, finding)).or_default() += 1;
        }
        let count = found.findings.len();
        found.findings.retain(|finding| {
            match known.get_mut(&self.earlier(identity(environment, finding))) {
                Some(left) if *left > 0 => {
                    *left -= 1;
                    false
                }
                _ => true,
            }
        });
        count - found.findings.len()
    }

    /// The same with the earlier paths, in the message too.
    fn earlier(&self, (rule, path, message, lines): Identity) -> Identity {
        let path = self.renamed.get(&path).cloned().unwrap_or(path);
        let words = message.split('`').map(|word| {
            let earlier = self.renamed.get(word).map(TreePath::as_str);
            earlier.unwrap_or(word)
        });
        let words: Vec<&str> = words.collect();
        (rule, path, words.join("`"), lines)
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

/// Fails where there are no files to compare with, as in a bare repository.
fn needs_working_tree(root: &Path) -> Result<(), Failure> {
    let answer =
        run(root, &["rev-parse", "--is-inside-work-tree"]).map_err(|error| unusable(&error))?;
    if answer.trim_ascii() == b"true" {
        return Ok(());
    }
    Err(Failure::new(
        UNUSABLE,
        format!("`{}` is no working tree", root.display()),
        "name the commit to audit with `--rev`",
    ))
}

/// The object of a kind, `commit` or `tree`, that a revision names.
fn object(root: &Path, revision: &str, kind: &str) -> Result<String, Failure> {
    let named = format!("{revision}^{{{kind}}}");
    let find = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
    match run(root, &[&find[..], &[&named]].concat()) {
        Ok(object) => Ok(text(&object)),
        Err(error @ GitError::NotARepository { .. }) => Err(unusable(&error)),
        Err(_) => Err(unusable(&GitError::UnknownRevision {
            revision: revision.to_owned(),
        })),
    }
}

fn merge_base(root: &Path, branch: &str, revision: &str) -> Result<String, Failure> {
    let one = object(root, branch, "commit")?;
    let other = object(root, revision, "commit")?;
    let base = run(root, &["merge-base", &one, &other]).map_err(|_| {
        Failure::new(
            UNUSABLE,
            format!("`{branch}` and `{revision}` have no commit in common"),
            "in a shallow clone, fetch more of the history",
        )
    })?;
    Ok(text(&base))
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end().to_owned()
}

/// The earlier path of every file that git takes for renamed, and of the directories above it.
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
    let listed = run_on_files(root, &diff).map_err(|error| unusable(&error))?;
    let listed = String::from_utf8_lossy(&listed);
    let words: Vec<&str> = listed.split_terminator('\0').collect();
    let pairs = words.chunks_exact(3).filter_map(|words| match words {
        [_, old, new] => Some((TreePath::new(new)?, TreePath::new(old)?)),
        _ => None,
    });
    let mut renamed = HashMap::new();
    for pair in pairs {
        let mut moved = Some(pair);
        while let Some((new, old)) = moved {
            // What kept its name moved with its directory.
            let kept = new.file_name() == old.file_name();
            let above = new.parent().zip(old.parent()).filter(|_| kept);
            moved = above.filter(|(new, old)| new != old && !new.is_root() && !old.is_root());
            renamed.entry(new).or_insert(old);
        }
    }
    Ok(renamed)
}

fn unusable(error: &GitError) -> Failure {
    let hint = match error {
        GitError::NotARepository { .. } => {
            "give a git repository with `--root`, or leave out `--since`"
        }
        GitError::UnknownRevision { .. } => {
            "name a commit, branch or tag of the repository at `--root`; \
             in a shallow clone, fetch it first"
        }
        GitError::Failed { .. } => "install git, or see why it cannot read the repository",
    };
    Failure::new(UNUSABLE, error.to_string(), hint)
}
