//! What an image is sure to have, and where.

use dockwright_environment::build::StageId;
use dockwright_environment::copies::{CopyOrigin, CopyStep};
use dockwright_environment::tree::EntryKind;
use dockwright_environment::{Environment, Location, TreePath, Value};
use dockwright_syntax::dockerfile::{InstructionKind, Run};
use dockwright_syntax::shell::{Script, Word};

/// A file or directory of an image.
pub(super) struct Content {
    /// Where it is, absolute and without a slash at its end.
    pub(super) path: String,
    /// What brings it.
    pub(super) origin: Origin,
    /// Where that is written.
    pub(super) location: Location,
}

/// What brings a [`Content`].
pub(super) enum Origin {
    /// `COPY` or `ADD`.
    Copy {
        /// What of the repository was copied.
        source: Option<TreePath>,
        /// What changes its owner or mode afterwards.
        changed: Option<Location>,
    },
    /// `useradd -m`.
    Home,
    /// A command that fills its cache.
    Cache,
}

/// Commands that fill a directory that a variable names: the command, its first arguments, the
/// variable. Source: `go help environment`, the Cargo book.
const CACHES: &[(&str, &[&str], &str)] = &[
    ("go", &["build", "install", "test", "vet"], "GOCACHE"),
    ("go", &["get", "mod"], "GOMODCACHE"),
    ("cargo", &["build", "fetch", "install"], "CARGO_HOME"),
];

impl Content {
    /// Names it, for a message.
    pub(super) fn describe(&self) -> String {
        let what = match self.origin {
            Origin::Copy { .. } => "copy at",
            Origin::Home => "home",
            Origin::Cache => "filled cache",
        };
        format!("the {what} `{}`", self.path)
    }

    /// Whether it was copied from `path`.
    pub(super) fn is_copy_of(&self, path: &TreePath) -> bool {
        matches!(&self.origin, Origin::Copy { source: Some(source), .. } if source == path)
    }
}

/// What the image of a stage has.
pub(super) fn of_image(environment: &Environment, id: StageId) -> Vec<Content> {
    let mut found = Vec::new();
    let variables = environment.configuration(id).environment;
    for stage in environment.chain_stages(id) {
        for copy in environment.copies(stage) {
            copied(environment, &copy, &mut found);
        }
        ran(environment, stage, &variables, &mut found);
    }
    found
}

fn copied(environment: &Environment, copy: &CopyStep<'_>, found: &mut Vec<Content>) {
    let Some(destination) = copy.destination.known() else {
        return;
    };
    let document = environment.document_of(copy.stage);
    let location = Location::new(document, copy.instruction.span);
    let into = destination.ends_with('/') || copy.sources.len() > 1;
    let destination = destination.trim_end_matches('/');
    if !destination.starts_with('/') {
        return;
    }
    for source in copy.sources.iter().filter_map(Value::known) {
        let context = match &copy.origin {
            CopyOrigin::Context => environment
                .definition(copy.stage.definition)
                .and_then(|definition| definition.context.directory()),
            CopyOrigin::Stage(_) | CopyOrigin::Elsewhere => None,
        };
        let own = context.and_then(|context| context.join(source.trim_start_matches('/')));
        let entry = own.as_ref().and_then(|own| environment.tree.entry(own));
        let is_file = entry.is_some_and(|entry| entry.kind != EntryKind::Directory);
        let name = source.trim_end_matches('/').rsplit('/').next();
        let path = match name.filter(|_| into && is_file) {
            Some(name) => format!("{destination}/{name}"),
            None => destination.to_owned(),
        };
        found.push(Content {
            origin: Origin::Copy {
                changed: changed(environment, copy, &path),
                source: own,
            },
            path,
            location,
        });
    }
}

/// The command after a `COPY` that changes owner or mode of what it brought.
fn changed(environment: &Environment, copy: &CopyStep<'_>, path: &str) -> Option<Location> {
    let dockerfile = environment.dockerfile_of(copy.stage)?;
    let instructions = environment.stage_instructions(copy.stage);
    let mut after = instructions.filter(|(index, _)| *index > copy.index);
    after.find_map(|(index, _)| {
        let commands = dockerfile.script(index)?.commands();
        let change = commands.iter().find(|found| {
            let invocation = found.command.invocation();
            invocation.is_some_and(|invocation| {
                matches!(invocation.name, "chown" | "chmod")
                    && invocation
                        .arguments()
                        .iter()
                        .any(|word| literal(word) == path)
            })
        })?;
        Some(Location::new(dockerfile.document, change.command.span))
    })
}

fn ran(
    environment: &Environment,
    stage: StageId,
    variables: &[(String, Value)],
    found: &mut Vec<Content>,
) {
    let Some(dockerfile) = environment.dockerfile_of(stage) else {
        return;
    };
    for (index, instruction) in environment.stage_instructions(stage) {
        let InstructionKind::Run(run) = &instruction.kind else {
            continue;
        };
        let commands = dockerfile.script(index).map(Script::commands);
        for command in commands.unwrap_or_default() {
            let Some(invocation) = command.command.invocation() else {
                continue;
            };
            let arguments = invocation.arguments();
            let location = Location::new(dockerfile.document, command.command.span);
            if invocation.name == "useradd"
                && let Some(path) = home(arguments)
            {
                found.push(Content {
                    path,
                    origin: Origin::Home,
                    location,
                });
            }
            let first = arguments.first().map(literal).unwrap_or_default();
            let caches = CACHES.iter().filter(|(name, first_words, _)| {
                *name == invocation.name && first_words.contains(&first)
            });
            for (_, _, variable) in caches {
                let value = variables.iter().find(|(name, _)| name == variable);
                let path = value.and_then(|(_, value)| value.known());
                if let Some(path) = path.filter(|path| !is_mounted(run, path)) {
                    found.push(Content {
                        path: path.trim_end_matches('/').to_owned(),
                        origin: Origin::Cache,
                        location,
                    });
                }
            }
        }
    }
}

/// Whether a `RUN` has a mount at a path, so that nothing of it stays in the image.
fn is_mounted(run: &Run, path: &str) -> bool {
    let mut targets = run
        .mounts
        .iter()
        .filter_map(|mount| mount.value(&["target", "dst", "destination"]));
    targets.any(|target| super::below(path, target.value.trim_end_matches('/')).is_some())
}

/// The home that `useradd` makes.
fn home(arguments: &[Word]) -> Option<String> {
    let words: Vec<&str> = arguments.iter().map(literal).collect();
    let has_flag = |word: &&str| {
        *word == "--create-home"
            || (word.starts_with('-') && !word.starts_with("--") && word.contains('m'))
    };
    if !words.iter().any(has_flag) {
        return None;
    }
    let given = words.iter().position(|word| {
        *word == "--home-dir" || *word == "--home" || (*word == "-d" || *word == "-md")
    });
    match given {
        Some(at) => words.get(at + 1).map(|path| (*path).to_owned()),
        None if words.iter().any(|word| word.starts_with("--home")) => None,
        None => Some(format!("/home/{}", words.last()?)),
    }
    .filter(|path| path.starts_with('/') && !path.ends_with('/'))
}

fn literal(word: &Word) -> &str {
    word.literal.as_deref().unwrap_or_default()
}
