//! What a `COPY` or `ADD` brings from its build context.

use dockwright_environment::copies::{CopyOrigin, CopyStep};
use dockwright_environment::tree::{Entry, EntryKind, below};
use dockwright_environment::{TreePath, context_reads};

use crate::Context;

/// A file that a [`CopyStep`] brings.
pub(crate) struct Brought<'a> {
    /// Which of the repository.
    pub(crate) entry: &'a Entry,
    /// What the source of the copy has matched: the file, or a directory above it.
    matched: &'a TreePath,
    /// Where to; not known where it has variables without a value.
    destination: Option<&'a str>,
    /// Whether the copy has more than one source, so that its destination is a directory.
    several: bool,
}

impl Brought<'_> {
    /// Its path in the image, if that is known.
    pub(crate) fn path(&self) -> Option<String> {
        let destination = self.destination?;
        let directory = destination.trim_end_matches('/');
        let path = &self.entry.path;
        let below = path
            .relative_to(self.matched)
            .filter(|rest| !rest.is_empty());
        Some(match below {
            Some(rest) => format!("{directory}/{rest}"),
            // The matched file itself.
            None if self.several || destination.ends_with('/') => {
                format!("{directory}/{}", path.file_name())
            }
            None => directory.to_owned(),
        })
    }
}

/// Visits the files that a copy from the build context brings, as far as they are in the repository.
pub(crate) fn files(cx: Context<'_>, copy: &CopyStep<'_>, visit: &mut dyn FnMut(&Brought<'_>)) {
    let context = cx.build_context(copy.stage.definition);
    let Some(context) = context.filter(|_| copy.origin == CopyOrigin::Context) else {
        return;
    };
    let destination = copy
        .destination
        .known()
        .filter(|path| path.starts_with('/'));
    for path in copy.sources.iter().filter_map(context_reads::path) {
        let Ok(sources) = context.resolve_source(&path) else {
            continue;
        };
        let several = copy.sources.len() > 1 || sources.matched.len() > 1;
        for matched in &sources.matched {
            let all = context.files();
            let own = all.binary_search_by(|entry| entry.path.cmp(matched)).ok();
            let own = own.and_then(|at| all.get(at));
            let entries = own.into_iter().chain(below(all, matched));
            for entry in entries.filter(|entry| entry.kind == EntryKind::File) {
                visit(&Brought {
                    entry,
                    matched,
                    destination,
                    several,
                });
            }
        }
    }
}
