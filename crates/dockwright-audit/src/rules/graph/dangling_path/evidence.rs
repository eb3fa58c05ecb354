//! Why a path at which there is nothing may be right all the same.

use dockwright_environment::compose::FILE_NAMES;
use dockwright_environment::text_files::TextFile;
use dockwright_environment::tree::EntryKind;
use dockwright_environment::{Environment, Location, TreePath};

/// Whether the path as written leads somewhere from a directory above that of its file: the file
/// may be meant to be laid over one there.
pub(super) fn leads_somewhere_above(
    environment: &Environment,
    path: &TreePath,
    location: Location,
) -> bool {
    let own = environment.documents.get(location.document).path.parent();
    let Some((own, written)) = own
        .as_ref()
        .and_then(|own| Some((own, path.relative_to(own)?)))
    else {
        return false;
    };
    let mut above = std::iter::successors(own.parent(), TreePath::parent);
    above.any(|above| {
        above
            .join(written)
            .is_some_and(|path| path.is_root() || environment.tree.entry(&path).is_some())
    })
}

/// Whether a directory on the way is a link, so that the path may lead somewhere all the same.
pub(super) fn through_link(environment: &Environment, path: &TreePath) -> bool {
    let parents = std::iter::successors(path.parent(), TreePath::parent);
    parents.into_iter().any(|parent| {
        let entry = environment.tree.entry(&parent);
        entry.is_some_and(|entry| matches!(entry.kind, EntryKind::Link(_)))
    })
}

/// Whether a document, script or ignore file speaks of a file: somebody is told to bring it.
pub(super) fn is_brought(environment: &Environment, path: &TreePath) -> bool {
    environment
        .text_files()
        .iter()
        .any(|file| !is_compose(file) && file.mentions(path.file_name()))
}

fn is_compose(file: &TextFile) -> bool {
    let name = file.path.file_name();
    FILE_NAMES.contains(&name)
        || (name.contains("compose") && (name.ends_with("yml") || name.ends_with("yaml")))
}

/// Whether a file is of the kind that stays on a machine: `.env`, or one with a template beside it.
pub(super) fn is_local(environment: &Environment, path: &TreePath) -> bool {
    const TEMPLATES: [&str; 7] = [
        "example", "sample", "template", "tmpl", "dist", "default", "tpl",
    ];
    let name = path.file_name();
    let stem = name
        .trim_start_matches('.')
        .split('.')
        .next()
        .unwrap_or_default();
    let is_template = |other: &str| {
        let other = other.to_lowercase();
        other.contains(&stem.to_lowercase())
            && TEMPLATES.iter().any(|template| other.contains(template))
    };
    let entries = environment.tree.entries().iter();
    let mut beside = entries.filter(|entry| entry.path.parent() == path.parent());
    name.starts_with(".env") || beside.any(|entry| is_template(entry.path.file_name()))
}

/// Whether a path is inside a git submodule, which a checkout may not have.
pub(super) fn in_submodule(environment: &Environment, path: &TreePath) -> bool {
    let files = environment.text_files().iter();
    let modules = files.filter(|file| file.path.as_str() == ".gitmodules");
    let mut lines = modules.flat_map(|file| file.text.lines());
    lines.any(|line| {
        let given = line
            .trim()
            .strip_prefix("path")
            .and_then(|rest| rest.trim_start().strip_prefix('='));
        let module = given.and_then(|given| TreePath::new(given.trim()));
        module.is_some_and(|module| path.relative_to(&module).is_some())
    })
}

/// Whether a text of the repository says that something is fetched, made or linked at a path, or
/// asks whether it is there.
pub(super) fn is_made(environment: &Environment, path: &TreePath) -> bool {
    const MAKERS: [&str; 22] = [
        "clone",
        "submodule",
        "mkdir",
        "path =",
        "path:",
        "ln -s",
        "unzip",
        "tar ",
        "checkout",
        "cp ",
        "mv ",
        "generate",
        "curl ",
        "wget ",
        "tee ",
        "touch ",
        " -o ",
        "[ -",
        "if test -",
        "&& test -",
        "exists",
        "create",
    ];
    let ancestors = std::iter::successors(Some(path.clone()), TreePath::parent);
    let mut missing = ancestors.filter(|it| !it.is_root() && environment.tree.entry(it).is_none());
    missing.any(|it| is_made_by(environment, it.file_name(), &MAKERS))
}

fn is_made_by(environment: &Environment, name: &str, makers: &[&str]) -> bool {
    let sources = [
        format!("/{name}.git"),
        format!("{name}.tar"),
        format!("{name}.zip"),
    ];
    environment.text_files().iter().any(|file| {
        if sources.iter().any(|source| file.text.contains(source)) {
            return true;
        }
        let ignores = file.path.file_name() == ".gitignore";
        let mut lines = file.lines_with(name);
        let is_maker = |line: &str| {
            // `cat > NAME`
            let is_written = line.split_once(name).is_some_and(|(before, _)| {
                // The path before the name is part of the same word.
                let word = before
                    .rsplit(char::is_whitespace)
                    .next()
                    .unwrap_or_default();
                let rest = before.trim_end_matches(word).trim_end();
                rest.ends_with('>') || word.starts_with('>')
            });
            is_written || makers.iter().any(|maker| line.contains(maker))
        };
        !is_compose(file) && lines.any(|line| ignores || is_maker(line))
    })
}
