//! Which findings are asked for.

use std::path::{Component, Path, PathBuf};

use dockwright_audit::{Confidence, Finding, registry};
use dockwright_environment::{Environment, TreePath};
use dockwright_settings::Settings;

use crate::cli::Sureness;
use crate::commands::explain::unknown_rule;
use crate::failure::{Failure, USAGE};

/// The confidence that is asked for, or the one of the settings.
pub(crate) fn confidence(asked: Option<Sureness>, settings: &Settings) -> Confidence {
    match asked {
        Some(Sureness::Low) => Confidence::Low,
        Some(Sureness::Medium) => Confidence::Medium,
        Some(Sureness::High) => Confidence::High,
        None => settings.audit.confidence,
    }
}

/// The names of the rules that are called by name or alias.
pub(crate) fn rules(names: &[String]) -> Result<Vec<&'static str>, Failure> {
    let rule = |name: &String| registry::find(name).ok_or_else(|| unknown_rule(name));
    names.iter().map(|name| Ok(rule(name)?.name)).collect()
}

/// Whether a finding stands in one of the files or directories that are asked for; no path asks for all.
pub(crate) fn stands_in(environment: &Environment, finding: &Finding, paths: &[TreePath]) -> bool {
    let location = environment.documents.outermost(finding.location);
    let document = environment.documents.get(location.document);
    paths.is_empty()
        || paths
            .iter()
            .any(|path| document.path.relative_to(path).is_some())
}

/// The paths that are asked for, relative to the root.
pub(crate) fn paths(root: &Path, paths: &[PathBuf]) -> Result<Vec<TreePath>, Failure> {
    paths.iter().map(|path| path_in(root, path)).collect()
}

fn path_in(root: &Path, path: &Path) -> Result<TreePath, Failure> {
    let unusable = |error: String| {
        Failure::new(
            USAGE,
            error,
            "name files or directories inside the repository at `--root`",
        )
    };
    let absolute = std::path::absolute(path)
        .ok()
        .filter(|path| path.exists())
        .or_else(|| {
            std::path::absolute(root.join(path))
                .ok()
                .filter(|path| path.exists())
        })
        .ok_or_else(|| unusable(format!("there is no `{}`", path.display())))?;
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (absolute, root) = (real(&absolute), real(root));
    let outside = || {
        unusable(format!(
            "`{}` is not inside `{}`",
            path.display(),
            root.display()
        ))
    };
    let relative = absolute.strip_prefix(&root).map_err(|_| outside())?;
    let parts: Vec<String> = relative
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    TreePath::new(&parts.join("/")).ok_or_else(outside)
}
