//! Files of credentials that `COPY` and `ADD` bring.

use std::collections::HashMap;

use dockwright_environment::build::StageId;
use dockwright_environment::{Environment, TreePath};

use super::SecretInImage;
use crate::images::MANY;
use crate::reads::{self, Read};
use crate::rule::Describe;
use crate::secrets;
use crate::{Confidence, Context, Finding, Severity, StageView};

/// Reports every file once, where the first instruction brings it.
pub(super) fn check(rule: &SecretInImage, cx: Context<'_>, findings: &mut Vec<Finding>) {
    let environment = cx.environment;
    let mut found: HashMap<TreePath, usize> = HashMap::new();
    for (number, shared) in environment.contexts().iter().enumerate() {
        let context = environment.build_context(shared);
        let candidates = secrets::candidates(&context);
        if candidates.is_empty() {
            continue;
        }
        let reads = cx.reads().iter().filter(|read| read.context == number);
        let copies: Vec<&Read> = reads
            .filter(|read| read.keyword != "RUN --mount" && ships(environment, read))
            .collect();
        for entry in candidates {
            let mut brings = copies.iter().filter(|read| {
                let sources = read
                    .path()
                    .and_then(|path| context.resolve_source(&path).ok());
                read.is_whole()
                    || sources.is_some_and(|sources| {
                        sources
                            .matched
                            .iter()
                            .any(|path| entry.path.relative_to(path).is_some())
                    })
            });
            let Some(first) = brings.next() else {
                continue;
            };
            let Some(credential) = secrets::evident(environment, &entry) else {
                continue;
            };
            let at = *found.entry(entry.path.clone()).or_insert_with(|| {
                let path = &entry.path;
                let (quoted, what) = (reads::quoted(first), &credential.what);
                let message = format!("`{quoted}` puts `{path}` into an image that ships: {what}");
                // What is committed may be made up, or is no secret any more.
                let (severity, confidence) = if entry.ignored {
                    (Severity::Error, first.confidence)
                } else {
                    (Severity::Warning, first.confidence.min(Confidence::Medium))
                };
                let finding = Finding::new(rule.metadata(), first.location(), message)
                    .severity(severity)
                    .confidence(confidence)
                    .help("leave it out of the context; a step that needs it takes it with `RUN --mount=type=secret`, and what runs gets it mounted");
                findings.push(finding);
                findings.len() - 1
            });
            if let Some(finding) = findings.get_mut(at) {
                for read in std::iter::once(first).chain(brings) {
                    if finding.related.len() < MANY {
                        reads::also(finding, read, "and here");
                    }
                }
            }
        }
    }
}

/// Whether the layer of an instruction ships.
fn ships(environment: &Environment, read: &Read<'_>) -> bool {
    let Some(build) = environment.build(read.definition.id) else {
        return false;
    };
    let Some(dockerfile) = environment.dockerfile(build.dockerfile) else {
        return false;
    };
    let stages = &dockerfile.tree.stages;
    let stage = stages
        .iter()
        .position(|stage| stage.instructions.contains(&read.instruction));
    let view = stage.and_then(|stage| {
        let definition = read.definition.id;
        StageView::of(environment, StageId { definition, stage })
    });
    view.is_some_and(StageView::ships)
}
