//! `unconsumed-build-arg`

use std::collections::{BTreeMap, HashSet};

use dockwright_environment::build::Base;
use dockwright_environment::definition::{BuildArgument, BuildDefinition, DefinitionId, Origin};
use dockwright_environment::{Document, Environment, Location};
use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::predefined::predefined;
use dockwright_syntax::yaml::{Kind, Node};

use crate::compose_files::entry;
use crate::declarations;
use crate::fix::lines;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{ComposeFile, Confidence, Finding, Fix};

rule! {
    /// There is a build argument that the Dockerfile never declares.
    ///
    /// ## What it does
    ///
    /// Compares the arguments that a build definition passes – a Compose service, a bake target, a
    /// `docker build` in a script or document – with every `ARG` of the Dockerfile it builds, those
    /// of all stages, of `ONBUILD`, and of the triggers that bases of this repository leave.
    /// Arguments that BuildKit knows without an `ARG` are left alone, and so is one that several
    /// definitions share as long as one of their Dockerfiles declares it.
    ///
    /// ## Why is this bad?
    ///
    /// The argument does nothing, but whoever reads the build believes it does: a version is pinned
    /// that is not pinned, or a name was misspelt and the default is used.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build:
    ///       context: .
    ///       args:
    ///         NODE_VERSION: "22"
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM node:20
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build:
    ///       context: .
    ///       args:
    ///         NODE_VERSION: "22"
    /// ```
    /// ```dockerfile Dockerfile
    /// ARG NODE_VERSION=20
    /// FROM node:${NODE_VERSION}
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Removing the argument is safe: the image is the same. Whether the Dockerfile should have used
    /// it is for somebody to decide. Correcting a name that is nearly one that the Dockerfile declares is
    /// unsafe: the argument takes effect then. There is no fix for arguments that stand in an anchor or in
    /// flow style, and for those of commands that do not end behind them.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `ARG`, "Predefined ARGs"
    UnconsumedBuildArg {
        name: "unconsumed-build-arg",
        family: Arguments,
        severity: Warning,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for UnconsumedBuildArg {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        // One argument may stand in an anchor or an inherited target.
        let mut places: BTreeMap<(Location, &str), Vec<&BuildDefinition>> = BTreeMap::new();
        let mut consumed: HashSet<(Location, &str)> = HashSet::new();
        for definition in environment
            .definitions
            .iter()
            .filter(|definition| definition.is_declared())
        {
            let Some(declared) = declared(environment, definition) else {
                // It may declare anything.
                consumed.extend(definition.arguments.iter().map(place));
                continue;
            };
            for argument in &definition.arguments {
                if declared.contains(argument.name.as_str()) || predefined(&argument.name).is_some()
                {
                    consumed.insert(place(argument));
                } else {
                    places.entry(place(argument)).or_default().push(definition);
                }
            }
        }
        for ((location, name), definitions) in places {
            if consumed.contains(&(location, name)) {
                continue;
            }
            let Some((definition, others)) = definitions.split_first() else {
                continue;
            };
            let message = format!("the build of `{}` never uses `{name}`", definition.name);
            let mut finding = Finding::new(self.metadata(), location, message);
            let mut seen = HashSet::new();
            for definition in std::iter::once(definition).chain(others) {
                let dockerfile = definition
                    .dockerfile_id()
                    .and_then(|id| environment.dockerfile(id));
                if let Some(dockerfile) = dockerfile.filter(|dockerfile| seen.insert(dockerfile.id))
                {
                    let from = dockerfile.tree.stages.first();
                    let from =
                        from.and_then(|stage| dockerfile.tree.instructions.get(stage.from_index()));
                    let span = from.map(|from| from.keyword.span).unwrap_or_default();
                    let place = Location::new(dockerfile.document, span);
                    finding = finding
                        .related(place, format!("this Dockerfile does not declare `{name}`"));
                }
            }
            let near = declared(environment, definition).and_then(|declared| near(name, &declared));
            finding = match near {
                Some(near) => finding
                    .help(format!("it declares `{near}`: correct the name"))
                    .fix(rename(environment, location, name, near)),
                None => finding
                    .help(format!(
                        "remove it, or declare `ARG {name}` where it is meant to work"
                    ))
                    .fix(remove(cx, definition.origin, location)),
            };
            let is_document = is_markdown(environment, location);
            finding = match definition.origin {
                // An example, as likely as not of some other image.
                Origin::Command if is_document && definition.dockerfile_value.is_none() => {
                    finding.confidence(Confidence::Low)
                }
                Origin::Command => finding.confidence(Confidence::Medium),
                _ => finding,
            };
            findings.push(finding);
        }
    }
}

/// Writes the name that the Dockerfile declares.
fn rename(environment: &Environment, location: Location, name: &str, near: &str) -> Option<Fix> {
    let written = environment.documents.text(location);
    let start = location.span.start as usize + written.find(name)?;
    let place = Location::new(location.document, Span::new(start, start + name.len()));
    let fix = Fix::with_care(format!("write `{near}`"), "the argument takes effect then");
    Some(fix.replace(place, near))
}

/// Takes an argument away that stands in lines or words of its own.
fn remove(cx: Context<'_>, origin: Origin, location: Location) -> Option<Fix> {
    let document = cx.environment.documents.get(location.document);
    let span = match origin {
        Origin::Service { .. } => {
            let mut files = cx.compose_files().iter();
            let file = files.find(|file| file.document == location.document)?;
            compose_lines(file, &document.text, location.span)?
        }
        Origin::BakeTarget { .. } => bake_lines(document, location.span)?,
        Origin::Command => option(&document.text, location.span)?,
        Origin::Dockerfile => return None,
    };
    let fix = Fix::safe("remove the argument", "no instruction reads it");
    Some(fix.delete(Location::new(location.document, span)))
}

/// The lines of an argument of a service; those of `args` as well where it is the only one.
fn compose_lines(file: &ComposeFile, text: &str, argument: Span) -> Option<Span> {
    let is_own = |node: Node<'_>| {
        node.data.anchor.is_none() && !matches!(node.data.kind, Kind::Alias { .. })
    };
    let mut found = file.services().filter_map(|(_, service)| {
        let (_, build) = entry(service, "build").filter(|(_, build)| is_own(*build))?;
        let (key, args) = entry(build, "args").filter(|(_, args)| is_own(*args))?;
        let pairs = args
            .entries()
            .map(|(key, value)| key.span().to(value.span()));
        let own = pairs
            .chain(args.items().map(Node::span))
            .find(|it| it.start == argument.start)?;
        let is_block = match args.data.kind {
            Kind::Mapping { flow, .. } | Kind::Sequence { flow, .. } => !flow,
            _ => false,
        };
        let is_only = args.entries().len() + args.items().len() == 1;
        let is_only_key = build.entries().len() == 1;
        let whole = if is_only { key.span().to(own) } else { own };
        (is_block && !(is_only && is_only_key)).then(|| lines(text, whole))
    });
    let span = found.next()?;
    // Nothing else may begin on the first line, as in `- args:` or `{args: …`.
    let start = span.of(text).trim_start();
    let is_alone = start.starts_with("args:") || !start.contains('{') && !start.contains('&');
    is_alone.then_some(span)
}

/// The line of an attribute of `args` in HCL; the block as well where it is the only one.
fn bake_lines(document: &Document, argument: Span) -> Option<Span> {
    let text = &document.text;
    let line = lines(text, argument);
    let written = line.of(text).trim();
    let value = written.split_once('=')?.1.trim();
    let is_string = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
    let is_name = value
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || it == b'_');
    let is_whole = document.path.as_str().ends_with(".hcl")
        && line.of(text).trim_start().len()
            == text.get(argument.start as usize..line.end as usize)?.len()
        && (is_string && !value.contains("${") || is_name);
    let before = Span::at(line.start.checked_sub(1)? as usize);
    let (before, behind) = (
        lines(text, before),
        lines(text, Span::at(line.end as usize)),
    );
    let opens: String = before.of(text).split_whitespace().collect();
    let is_only = opens == "args={" && behind.of(text).trim() == "}";
    is_whole.then(|| if is_only { before.to(behind) } else { line })
}

/// `--build-arg` with its value, and the line where it has one of its own.
fn option(text: &str, value: Span) -> Option<Span> {
    const NAME: &str = "--build-arg";
    let line = lines(text, value);
    let before = text.get(line.start as usize..value.start as usize)?;
    let length = if value.of(text).starts_with(NAME) {
        0
    } else {
        let rest = before.trim_end_matches([' ', '\t', '=']);
        before.len() - rest.strip_suffix(NAME)?.len()
    };
    let start = value.start as usize - length;
    let behind = text.get(value.end as usize..line.end as usize)?;
    let rest = behind.trim_start_matches([' ', '\t']);
    // The end of a word: no quote or bracket is left open.
    let is_word = rest.len() < behind.len() || rest.trim_end_matches(['\r', '\n']).is_empty();
    let is_alone = text.get(line.start as usize..start)?.trim().is_empty();
    let is_continued = rest
        .strip_prefix('\\')
        .is_some_and(|it| it.trim().is_empty());
    match (is_alone, is_continued) {
        _ if !is_word => None,
        (true, true) => Some(line),
        // The last line of a command, or one that another shell continues.
        (true, false) if matches!(rest.trim(), "^" | "`") => None,
        _ if rest.trim().is_empty() => None,
        _ => Some(Span::new(
            start,
            value.end as usize + behind.len() - rest.len(),
        )),
    }
}

fn is_markdown(environment: &Environment, location: Location) -> bool {
    let path = &environment.documents.get(location.document).path;
    [".md", ".mdx", ".markdown", ".rst", ".adoc"]
        .iter()
        .any(|ending| path.as_str().ends_with(ending))
}

fn place(argument: &BuildArgument) -> (Location, &str) {
    (argument.location, &argument.name)
}

/// The arguments that a Dockerfile declares; `None` when what it starts from, or another frontend,
/// may declare more.
fn declared<'a>(
    environment: &'a Environment,
    definition: &BuildDefinition,
) -> Option<HashSet<&'a str>> {
    let dockerfile = environment.dockerfile(definition.dockerfile_id()?)?;
    let tree = &dockerfile.tree;
    let mut directives = tree.directives.iter();
    let is_foreign = |name: &str| {
        !name
            .trim_start_matches("docker.io/")
            .starts_with("docker/dockerfile")
    };
    if tree.stages.is_empty()
        || directives.any(|one| one.name.value == "syntax" && is_foreign(&one.value.value))
    {
        return None;
    }
    let mut names: HashSet<&str> = declarations::arguments(tree)
        .iter()
        .map(|one| one.name)
        .collect();
    for base in bases(environment, definition.id)? {
        let dockerfile = environment.definition(base)?.dockerfile_id();
        let tree = &environment.dockerfile(dockerfile?)?.tree;
        names.extend(declarations::left_for_others(tree));
    }
    Some(names)
}

/// The definitions whose images the stages of a build start from; `None` when one of them is made
/// to leave triggers, or the build cannot be evaluated.
fn bases(environment: &Environment, id: DefinitionId) -> Option<Vec<DefinitionId>> {
    let mut found = Vec::new();
    for stage in &environment.build(id)?.stages {
        match &stage.base {
            Base::Definition(base) => found.push(base.definition),
            Base::External(reference) if reference.to_string().contains("onbuild") => return None,
            _ => {}
        }
    }
    Some(found)
}

/// The declared name that differs by one letter, by case, or by `-` and `_`.
fn near<'a>(name: &str, declared: &HashSet<&'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
    let mut near: Vec<&str> = declared
        .iter()
        .filter(|other| plain(other) == plain(name) || is_one_off(name, other))
        .copied()
        .collect();
    near.sort_unstable();
    near.first().copied()
}

/// Whether one letter added, left out or replaced makes one name the other.
fn is_one_off(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().min(b.len()) < 4 || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let same_end = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    // Digits tell things apart: `A_1` and `A_2` are no misspellings.
    let differs = a
        .get(same)
        .or(b.get(same))
        .is_some_and(|byte| !byte.is_ascii_digit());
    differs && same + same_end + 1 >= a.len().max(b.len())
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn a_misspelt_argument_is_told_its_name() {
        insta::assert_snapshot!(audit("unconsumed-build-arg", "\
-- Dockerfile --
FROM debian:trixie
ARG VERSION
-- compose.yaml --
services:
  web:
    build:
      context: .
      args:
        - VERSON=1
        - HTTP_PROXY=http://proxy
        - BUILDKIT_INLINE_CACHE=1
"), @r#"
        warning compose.yaml:6:11 the build of `web` never uses `VERSON`
          Dockerfile:1:1 this Dockerfile does not declare `VERSON`
          help: it declares `VERSION`: correct the name
        "#);
    }

    #[test]
    fn a_shared_argument_that_one_dockerfile_declares_is_used() {
        assert_eq!(
            audit(
                "unconsumed-build-arg",
                "\
-- a/Dockerfile --
FROM debian:trixie
ARG VERSION
-- b/Dockerfile --
FROM debian:trixie
-- compose.yaml --
x-args: &args
  VERSION: 1
services:
  a:
    build: {context: a, args: *args}
  b:
    build: {context: b, args: *args}
"
            ),
            ""
        );
    }

    #[test]
    fn what_a_base_declares_for_itself_is_no_use_of_it() {
        let files = |keyword: &str| {
            format!(
                "-- base/Dockerfile --\nFROM debian:trixie\n{keyword}ARG VERSION\n-- app/Dockerfile --\nFROM shop-base\n\
                 -- compose.yaml --\nservices:\n  base: {{image: shop-base, build: base}}\n  app:\n    build:\n      \
                 context: app\n      args: [VERSION=1]\n"
            )
        };
        assert!(audit("unconsumed-build-arg", &files("")).contains("never uses `VERSION`"));
        assert_eq!(audit("unconsumed-build-arg", &files("ONBUILD ")), "");
    }

    #[test]
    fn a_base_may_leave_a_trigger_that_declares_it() {
        let files = "\
-- Dockerfile --
FROM acme/base:onbuild
-- Makefile --
image:
\tdocker build --build-arg MODE=fast .
";
        assert_eq!(audit("unconsumed-build-arg", files), "");
        insta::assert_snapshot!(audit("unconsumed-build-arg", &files.replace(":onbuild", ":1")), @r#"
        warning (medium) Makefile:2:27 the build of `app` never uses `MODE`
          Dockerfile:1:1 this Dockerfile does not declare `MODE`
          help: remove it, or declare `ARG MODE` where it is meant to work
        "#);
    }

    #[test]
    fn arguments_go_with_their_lines() {
        insta::assert_snapshot!(fix("unconsumed-build-arg", "\
-- Dockerfile --
FROM debian:trixie
ARG VERSION
-- compose.yaml --
x-args: &args
  SHARED: 1
services:
  a:
    build:
      context: .
      args:
        ONE: 1 # why
        VERSION: 2
  b:
    build:
      context: .
      args:
        - ONE=1
  c:
    build: {context: ., args: {ONE: 1}}
  d:
    build: {context: ., args: *args}
  e:
    build:
      context: .
      args:
        VERSON: 1
-- bake/Dockerfile --
FROM debian:trixie
ARG VERSION
-- bake/docker-bake.hcl --
target \"a\" {
  args = {
    ONE = \"1\"
    VERSION = \"2\"
  }
}
target \"b\" {
  args = {
    ONE = \"1\"
  }
}
-- build.sh --
docker build --build-arg ONE=1 -t app .
docker build \\
  --build-arg \"ONE=$ONE\" \\
  --build-arg VERSION=2 \\
  .
"), @r#"
        safe: remove the argument, for no instruction reads it
        safe: remove the argument, for no instruction reads it
        safe: remove the argument, for no instruction reads it
        safe: remove the argument, for no instruction reads it
        safe: remove the argument, for no instruction reads it
        safe: remove the argument, for no instruction reads it
        unsafe: write `VERSION`, for the argument takes effect then
        -- bake/docker-bake.hcl --
        -    ONE = "1"
        -  args = {
        -    ONE = "1"
        -  }
        -- build.sh --
        -docker build --build-arg ONE=1 -t app .
        +docker build -t app .
        -  --build-arg "ONE=$ONE" \
        -- compose.yaml --
        -        ONE: 1 # why
        -      args:
        -        - ONE=1
        -        VERSON: 1
        +        VERSION: 1
        "#);
    }
}
