//! `copy-source-missing`

use std::collections::{HashMap, HashSet};

use dockwright_environment::context::{BuildContext, Sources};
use dockwright_environment::definition::Origin;
use dockwright_environment::text_files::TextFile;
use dockwright_environment::tree::{EntryKind, below};
use dockwright_environment::{DocumentId, Environment, Location, TreePath};

use crate::reads::{self, Read};
use crate::rule::{Context, Describe, Rule, rule};
use crate::tables::{self, LocalKind};
use crate::{Confidence, Finding, Severity};

rule! {
    /// There is a `COPY` of something that its build context does not have.
    ///
    /// ## What it does
    ///
    /// Looks up every source of `COPY`, `ADD` and `RUN --mount=type=bind` in the context of the
    /// definitions that build the Dockerfile, with the engine's wildcards and links. Reports a source
    /// that is not there, and one that is there only because git ignores it: a clean checkout does
    /// not have it. Sources from stages, images and the network are left out.
    ///
    /// A file that git ignores, or that a Makefile or workflow speaks of, may be made by an earlier
    /// step on purpose: it is reported as a warning, and as information where both hold.
    ///
    /// ## Why is this bad?
    ///
    /// The build stops, for everybody or for everybody but the author.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY scripts/entrypoint.sh /usr/local/bin/
    /// ```
    /// ```sh docker/entrypoint.sh
    /// exec "$@"
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build: .
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY docker/entrypoint.sh /usr/local/bin/
    /// ```
    /// ```sh docker/entrypoint.sh
    /// exec "$@"
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build: .
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: whether the path, the context or the file is wrong is not known.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: COPY, source
    CopySourceMissing {
        name: "copy-source-missing",
        family: Context,
        severity: Error,
        fix: None,
        aliases: [],
    }
}

impl Rule for CopySourceMissing {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let reads = cx.reads();
        let mut judged: Vec<(&Read, State)> = Vec::new();
        let recipes = Recipes::of(environment);
        let mut by_context: HashMap<usize, Vec<&Read>> = HashMap::new();
        for read in reads {
            by_context.entry(read.context).or_default().push(read);
        }
        for (number, shared) in environment.contexts().iter().enumerate() {
            let context = environment.build_context(shared);
            for read in by_context.remove(&number).unwrap_or_default() {
                if let Some(state) = state(environment, &context, read) {
                    judged.push((read, state));
                }
            }
        }
        judged.sort_by_key(|(read, _)| std::cmp::Reverse(read.confidence));
        let found_elsewhere: HashSet<Location> = judged
            .iter()
            .filter(|(_, state)| *state == State::There)
            .map(|(read, _)| read.location())
            .collect();
        // By path, and by instruction: one finding for what one `COPY` lacks.
        let mut first: HashMap<(&TreePath, String), usize> = HashMap::new();
        let mut groups: HashMap<(usize, DocumentId, usize, State), usize> = HashMap::new();
        for (read, state) in &judged {
            let guessed = matches!(read.definition.origin, Origin::Command | Origin::Dockerfile);
            if *state == State::There || (guessed && found_elsewhere.contains(&read.location())) {
                continue;
            }
            let Some(shared) = environment.contexts().get(read.context) else {
                continue;
            };
            let Some(path) = read.path() else {
                continue;
            };
            let document = read.location().document;
            let same = first.get(&(&shared.directory, path.clone()));
            let together = groups.get(&(read.context, document, read.instruction, *state));
            if let Some(finding) = same.and_then(|at| findings.get_mut(*at)) {
                reads::also(finding, read, "read here too");
                continue;
            }
            if let Some(finding) = together.and_then(|at| findings.get_mut(*at)) {
                reads::also(finding, read, "nor is this there");
                continue;
            }
            first.insert((&shared.directory, path.clone()), findings.len());
            groups.insert(
                (read.context, document, read.instruction, *state),
                findings.len(),
            );
            let finding = Finding::new(self.metadata(), read.location(), String::new());
            findings.push(describe(
                environment,
                &recipes,
                finding,
                read,
                *state,
                &path,
            ));
        }
    }
}

/// What becomes of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    There,
    Missing,
    /// Not there, but git would ignore it: something makes it.
    Made,
    /// There, and git ignores it.
    Ignored,
    /// A link that leads nowhere.
    Broken,
}

/// `None` when nothing can be said, or another rule says it.
fn state(environment: &Environment, context: &BuildContext<'_>, read: &Read<'_>) -> Option<State> {
    let path = read.path()?;
    if path.is_empty() {
        return Some(State::There);
    }
    let sources = context.resolve_source(&path).ok()?;
    if !sources.matched.is_empty() {
        let is_clean = |path: &TreePath| in_clean_checkout(environment, path);
        let is_there = sources.matched.iter().any(is_clean);
        return Some(if is_there {
            State::There
        } else {
            State::Ignored
        });
    }
    let named = context.directory().join(&path)?;
    if has_optional_part(&path) {
        return None;
    }
    if !sources.excluded.is_empty() || !sources.required || context.excluded_by(&named).is_some() {
        return None;
    }
    if environment.is_in_absent_submodule(&named) {
        return None;
    }
    if read.ignores_case && other_case(environment, context.directory(), &path).is_some() {
        return Some(State::There);
    }
    Some(missing(environment, &named, &sources))
}

fn missing(environment: &Environment, named: &TreePath, sources: &Sources) -> State {
    let is_link = environment
        .tree
        .entry(named)
        .is_some_and(|entry| matches!(entry.kind, EntryKind::Link(_)));
    if is_link && !sources.broken.is_empty() {
        return State::Broken;
    }
    let literal = plain_part(named);
    let is_output = |part: &str| {
        tables::local(part)
            .is_some_and(|local| matches!(local.kind, LocalKind::Output | LocalKind::Dependencies))
    };
    // What is below a directory of sources is no build output, whatever it is called.
    let outermost_missing = std::iter::successors(Some(literal.clone()), TreePath::parent)
        .take_while(|path| environment.tree.entry(path).is_none() && !path.is_root())
        .last();
    let is_made = environment.git_ignores(&literal, false)
        || environment.git_ignores(named, false)
        || outermost_missing.is_some_and(|path| is_output(path.file_name()));
    if is_made { State::Made } else { State::Missing }
}

/// Whether a set of one letter makes a wildcard of a plain name, as in `wheel[s]`: this says that
/// there may be nothing, since the engine asks for no match of a wildcard.
fn has_optional_part(path: &str) -> bool {
    let mut sets = path.split('[').skip(1);
    sets.any(|rest| {
        let mut letters = rest.chars();
        letters
            .next()
            .is_some_and(|letter| !matches!(letter, '^' | '!' | '\\'))
            && letters.next() == Some(']')
    })
}

/// The path up to its first wildcard.
fn plain_part(path: &TreePath) -> TreePath {
    let has_wildcard = |part: &&str| part.contains(['*', '?', '[']);
    let plain: Vec<&str> = path
        .parts()
        .take_while(|part| !has_wildcard(part))
        .collect();
    TreePath::new(&plain.join("/")).unwrap_or_else(TreePath::root)
}

/// Whether git has a file, or something below a directory.
fn in_clean_checkout(environment: &Environment, path: &TreePath) -> bool {
    let Some(entry) = environment.tree.entry(path) else {
        return true;
    };
    if entry.kind != EntryKind::Directory {
        return !entry.ignored;
    }
    if entry.ignored {
        return false;
    }
    let mut files = below(environment.tree.entries(), path)
        .iter()
        .filter(|other| other.kind != EntryKind::Directory)
        .peekable();
    files.peek().is_none() || files.any(|other| !other.ignored)
}

fn describe(
    environment: &Environment,
    recipes: &Recipes<'_>,
    finding: Finding,
    read: &Read<'_>,
    state: State,
    path: &str,
) -> Finding {
    let shared = environment.contexts().get(read.context);
    let context = shared.map(reads::name).unwrap_or_default();
    let text = &read.source.text;
    let has_wildcard = path.contains(['*', '?', '[']);
    let mut finding = finding;
    let mut confidence = read.confidence;
    if !read.source.is_literal() {
        confidence = confidence.min(Confidence::Medium);
    }
    let mentioned = || recipe_for(recipes, path);
    match state {
        State::There => {}
        State::Broken => {
            finding.message = format!("`{text}` is a link that leads to nothing in {context}");
            finding = finding.help("copy what it should lead to, or mend the link");
        }
        State::Ignored => {
            finding.message = format!("`{text}` is not in a clean checkout: git ignores it");
            finding = made(finding, mentioned(), read);
            confidence = confidence.min(Confidence::Medium);
        }
        State::Made => {
            finding.message =
                format!("`{text}` is not in {context}: a clean checkout has no such build output");
            finding = made(finding, mentioned(), read);
            confidence = confidence.min(Confidence::Medium);
        }
        State::Missing => {
            finding.message = if has_wildcard {
                format!("nothing in {context} matches `{text}`")
            } else {
                format!("`{text}` is not in {context}")
            };
            let nearest = shared.map(|shared| nearest(environment, &shared.directory, path));
            let nearest = nearest.unwrap_or_default();
            let twin = shared.and_then(|shared| other_case(environment, &shared.directory, path));
            if let Some(twin) = twin {
                finding = finding.severity(Severity::Warning).help(format!(
                    "it is called `{twin}`: only a file system that ignores case finds it"
                ));
            } else if let Some(recipe) = mentioned() {
                finding = finding.severity(Severity::Warning).help(format!(
                    "`{recipe}` speaks of it: if that makes it, it has to run before the build"
                ));
                confidence = confidence.min(Confidence::Medium);
            } else if nearest.is_empty() {
                finding = finding
                    .help("name a file of the context, or build with the context that has it");
            } else {
                finding = finding.help(format!("of this name there is {}", nearest.join(", ")));
            }
        }
    }
    if let Some((location, label)) = reads::declaration(read) {
        finding = finding.related(location, label);
    } else {
        finding =
            finding.label("the context is inferred: the directory that has most of the sources");
    }
    finding.confidence(confidence)
}

fn made(finding: Finding, recipe: Option<String>, read: &Read<'_>) -> Finding {
    // Who says how it is made, or chooses it by an argument, does so on purpose.
    let is_meant = recipe.is_some() || !read.source.is_literal();
    let finding = finding.severity(if is_meant {
        Severity::Info
    } else {
        Severity::Warning
    });
    match recipe {
        Some(recipe) => finding.help(format!(
            "`{recipe}` speaks of it: if that makes it, it has to run before the build; a stage of its own would make it inside"
        )),
        None => finding.help("make it in a stage of the Dockerfile, or document the step that has to run before"),
    }
}

/// What differs from a path only by the case of its last part.
fn other_case(environment: &Environment, context: &TreePath, path: &str) -> Option<TreePath> {
    let named = context.join(path)?;
    let beside = environment.tree.list(&named.parent()?);
    let mut twins = beside.into_iter().filter(|entry| {
        entry
            .path
            .file_name()
            .eq_ignore_ascii_case(named.file_name())
    });
    twins.next().map(|entry| entry.path)
}

/// Files of the same name, as a message lists them; at most three.
fn nearest(environment: &Environment, context: &TreePath, path: &str) -> Vec<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let entries = below(environment.tree.entries(), context).iter();
    let named = entries.filter(|entry| {
        entry.path.as_str().ends_with(name) && entry.path.file_name() == name && !entry.ignored
    });
    let found: Vec<String> = named
        .take(4)
        .map(|entry| format!("`{}`", entry.path))
        .collect();
    if found.len() > 3 { Vec::new() } else { found }
}

/// Whether a file may say how something is made.
fn is_recipe(path: &TreePath) -> bool {
    let name = path.file_name().to_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_workflow = [".github/workflows/", ".github/actions/"]
        .iter()
        .any(|directory| path.as_str().starts_with(directory))
        || name.starts_with(".gitlab-ci")
        || name.contains("goreleaser");
    matches!(
        extension,
        "sh" | "bash" | "mk" | "just" | "gradle" | "kts" | "ps1" | "bat"
    ) || matches!(
        name.as_str(),
        "makefile"
            | "gnumakefile"
            | "justfile"
            | "jenkinsfile"
            | "package.json"
            | "taskfile.yml"
            | "magefile.go"
            | "pom.xml"
            | "rakefile"
            | "earthfile"
            | "cmakelists.txt"
            | "build.zig"
            | "tasks.py"
            | "readme.md"
            | "azure-pipelines.yml"
    ) || (is_workflow && matches!(extension, "yml" | "yaml"))
}

/// With more recipes than these, only those near a path are asked about it: the ones of the
/// directories above it, and of those that serve the whole repository.
const MANY_RECIPES: usize = 50;
/// Directories at the root whose recipes serve the whole repository.
const SHARED: &[&str] = &[
    ".circleci",
    ".github",
    ".gitlab",
    "bin",
    "build",
    "ci",
    "hack",
    "make",
    "script",
    "scripts",
    "tools",
];

/// The recipes of a repository, found by the directory they stand in.
struct Recipes<'a> {
    all: Vec<&'a TextFile>,
    by_directory: HashMap<TreePath, Vec<&'a TextFile>>,
    shared: Vec<&'a TextFile>,
}

impl<'a> Recipes<'a> {
    fn of(environment: &'a Environment) -> Self {
        let files = environment.text_files().iter();
        let all: Vec<&TextFile> = files.filter(|file| is_recipe(&file.path)).collect();
        let mut by_directory: HashMap<TreePath, Vec<&TextFile>> = HashMap::new();
        let mut shared = Vec::new();
        for recipe in &all {
            let directory = recipe.path.parent().unwrap_or_else(TreePath::root);
            if directory
                .parts()
                .next()
                .is_some_and(|first| SHARED.contains(&first))
            {
                shared.push(*recipe);
            }
            by_directory.entry(directory).or_default().push(*recipe);
        }
        Self {
            all,
            by_directory,
            shared,
        }
    }

    /// The recipes that are asked about a path.
    fn for_path(&self, path: &TreePath) -> impl Iterator<Item = &'a TextFile> {
        let mut near = Vec::new();
        if self.all.len() > MANY_RECIPES {
            let mut directory = path.parent();
            while let Some(current) = directory {
                near.extend(
                    self.by_directory
                        .get(&current)
                        .into_iter()
                        .flatten()
                        .copied(),
                );
                directory = current.parent();
            }
            near.extend(&self.shared);
        } else {
            near.extend(&self.all);
        }
        near.into_iter()
    }
}

/// The first recipe that speaks of a path, or of a file name that is not just any word.
fn recipe_for(recipes: &Recipes<'_>, path: &str) -> Option<String> {
    let plain = plain_part(&TreePath::new(path)?);
    let parent = plain.parent().unwrap_or_else(TreePath::root);
    let (name, directory) = (plain.file_name(), parent.file_name());
    let is_particular = |text: &str| text.contains(['/', '.', '-', '_']) || text.len() > 7;
    let found = recipes.for_path(&plain).find(|recipe| {
        let speaks = |word: &str| is_particular(word) && recipe.mentions(word);
        // One plain word counts where the directory is named too.
        speaks(plain.as_str())
            || (name.contains(['.', '-', '_']) && speaks(name))
            || (directory.len() > 3 && recipe.mentions(directory) && recipe.mentions(name))
    })?;
    Some(found.path.to_string())
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    const RULE: &str = "copy-source-missing";

    #[test]
    fn what_is_there_or_not_known_is_silent() {
        assert_eq!(
            audit(
                RULE,
                "\
-- compose.yaml --
services:
  web:
    build: .
-- src/main.c --
int main() {}
-- Dockerfile --
# syntax=docker/dockerfile:1
FROM debian AS build
ARG FILE
COPY src/*.c ./src/ /src/
COPY lock* /src/
COPY $FILE /src/
COPY wheel[s]/ /wheels/
COPY --from=debian /nowhere /
COPY --from=build /nowhere /
ADD https://example.com/a.tar.gz git@github.com:a/b.git /
COPY <<EOF /etc/motd
hello
EOF
RUN --mount=type=bind,target=. --mount=type=cache,target=/x,source=y true
"
            ),
            ""
        );
    }

    #[test]
    fn build_output_that_a_recipe_makes_is_information() {
        insta::assert_snapshot!(audit(RULE, "\
-- compose.yaml --
services:
  web:
    build: .
-- .gitignore --
/bin/
-- Makefile --
all:
\tgo build -o bin/server ./cmd
-- Dockerfile --
FROM debian
COPY bin/server /usr/bin/server
"), @r"
        info (medium) Dockerfile:2:6 `bin/server` is not in the build context at the root: a clean checkout has no such build output
          compose.yaml:3:12 the context is given here
          help: `Makefile` speaks of it: if that makes it, it has to run before the build; a stage of its own would make it inside
        ");
    }

    #[test]
    fn one_source_in_two_stages_and_definitions_is_one_finding() {
        insta::assert_snapshot!(audit(RULE, "\
-- compose.yaml --
services:
  web:
    build: .
  worker:
    build: .
-- Dockerfile --
FROM debian AS a
COPY conf/a.ini /etc/
FROM a
COPY ./conf/a.ini /srv/
"), @r"
        error Dockerfile:2:6 `conf/a.ini` is not in the build context at the root
          compose.yaml:3:12 the context is given here
          Dockerfile:4:6 read here too
          help: name a file of the context, or build with the context that has it
        ");
    }

    #[test]
    fn a_dockerfile_of_two_contexts_names_the_one_that_lacks_it() {
        insta::assert_snapshot!(audit(RULE, "\
-- compose.yaml --
services:
  web:
    build:
      context: web
      dockerfile: ../Dockerfile
  api:
    build:
      context: api
      dockerfile: ../Dockerfile
-- web/package.json --
{}
-- api/main.py --
-- Dockerfile --
FROM debian
COPY package.json /
"), @r"
        error Dockerfile:2:6 `package.json` is not in the build context `api`
          compose.yaml:8:16 the context is given here
          help: name a file of the context, or build with the context that has it
        ");
    }

    #[test]
    fn an_inferred_context_without_any_of_the_sources_is_only_a_hint() {
        insta::assert_snapshot!(audit(RULE, "\
-- Dockerfile --
FROM scratch
COPY server /
"), @r"
        error (low) Dockerfile:2:6 `server` is not in the build context at the root
          ^ the context is inferred: the directory that has most of the sources
          help: name a file of the context, or build with the context that has it
        ");
    }

    #[test]
    fn what_the_ignore_file_excludes_is_not_missing() {
        assert_eq!(
            audit(
                RULE,
                "-- Dockerfile --\nFROM a\nCOPY dist /dist\n-- .dockerignore --\ndist\n"
            ),
            ""
        );
    }
}
