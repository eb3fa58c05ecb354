//! What `docker buildx bake` names.

use super::{Named, Names, PathRole};
use crate::bake::BakeProject;
use crate::commands::Directory;
use crate::define::is_remote;

pub(super) fn names(names: &mut Names<'_>) {
    let invocation = names.invocation;
    if invocation.command != "docker buildx bake" {
        return;
    }
    // The first operand may be the URL of another repository.
    let operands = invocation.operands.as_slice();
    if operands.first().is_some_and(|first| is_remote(&first.text)) {
        return;
    }
    for file in invocation.values("file") {
        let remote = file.text.strip_prefix("cwd://");
        if remote.is_none() && !is_remote(&file.text) {
            names.path(file, PathRole::BakeFile);
        }
    }
    let known = targets(names);
    for target in operands {
        // `target.key=value` belongs to `--set`.
        names.name(target, Named::BakeTarget, known.clone());
    }
}

/// The targets and groups of the files that it reads.
fn targets(names: &Names<'_>) -> Option<Vec<String>> {
    let environment = names.environment;
    let files: Vec<_> = names.invocation.values("file").collect();
    let mut found: Vec<&BakeProject> = Vec::new();
    for base in names.invocation.directory.candidates() {
        let from = Directory::at(base.clone());
        let paths = files.iter().flat_map(|file| {
            file.known()
                .map_or_else(Vec::new, |path| from.resolve(path))
        });
        let documents: Vec<_> = paths
            .filter_map(|path| environment.documents.by_path(&path).map(|it| it.id))
            .collect();
        if documents.len() < files.len() {
            continue;
        }
        found.extend(environment.bake.iter().filter(|project| {
            let mut own = project.files.iter().chain(&project.compose_files);
            if files.is_empty() {
                project.directory == *base
            } else {
                own.any(|file| documents.contains(file))
            }
        }));
    }
    if found.is_empty() || found.iter().any(|project| !project.problems.is_empty()) {
        return None;
    }
    let mut all = vec!["default".to_owned()];
    for project in found {
        all.extend(
            project
                .targets
                .iter()
                .flat_map(|it| [it.name.clone(), it.block.clone()]),
        );
        all.extend(project.groups.iter().map(|group| group.name.clone()));
    }
    all.sort_unstable();
    all.dedup();
    Some(all)
}
