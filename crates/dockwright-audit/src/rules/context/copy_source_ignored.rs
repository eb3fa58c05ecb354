//! `copy-source-ignored`

use std::collections::HashMap;

use dockwright_environment::context::BuildContext;
use dockwright_environment::{DocumentId, Environment, Location};

use crate::reads::{self, Read};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, tables};

rule! {
    /// There is a `COPY` of something that the ignore file excludes from the build context.
    ///
    /// ## What it does
    ///
    /// Applies the ignore file of each build – `<Dockerfile>.dockerignore`, else the `.dockerignore` of
    /// the context – to every source of `COPY`, `ADD` and `RUN --mount=type=bind`, as the engine does.
    /// Reports a source of which nothing is left, and the pattern that decides. A directory or wildcard
    /// of which only a part is excluded is left alone.
    ///
    /// ## Why is this bad?
    ///
    /// The file is there, and the engine says that it is not found.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY README.md /usr/share/doc/app/
    /// ```
    /// ```text README.md
    /// # App
    /// ```
    /// ```text .dockerignore
    /// *.md
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY README.md /usr/share/doc/app/
    /// ```
    /// ```text README.md
    /// # App
    /// ```
    /// ```text .dockerignore
    /// *.md
    /// !README.md
    /// ```
    ///
    /// ## Fix safety
    ///
    /// An exception behind the pattern lets the one file through again; nothing else changes. Files with the names of
    /// credentials are left out on purpose: for these somebody must decide.
    ///
    /// ## References
    ///
    /// - Docker documentation: build context, .dockerignore files
    /// - BuildKit's build check `CopyIgnoredFile`
    CopySourceIgnored {
        name: "copy-source-ignored",
        family: Context,
        severity: Error,
        fix: Safe,
        aliases: ["CopyIgnoredFile"],
    }
}

impl Rule for CopySourceIgnored {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let reads = cx.reads();
        let mut first: HashMap<(DocumentId, String), usize> = HashMap::new();
        for (number, shared) in environment.contexts().iter().enumerate() {
            let Some(ignore) = environment.ignore_of(shared) else {
                continue;
            };
            let context = environment.build_context(shared);
            for read in reads.iter().filter(|read| read.context == number) {
                let Some((path, pattern)) = excluded(&context, read) else {
                    continue;
                };
                let at = first.get(&(ignore.document, path.clone()));
                if let Some(finding) = at.and_then(|at| findings.get_mut(*at)) {
                    reads::also(finding, read, "read here too");
                    continue;
                }
                let Some(pattern) = context.pattern(pattern) else {
                    continue;
                };
                first.insert((ignore.document, path.clone()), findings.len());
                let decides = Location::new(ignore.document, pattern.span);
                findings.push(self.finding(environment, read, decides));
            }
        }
    }
}

impl CopySourceIgnored {
    fn finding(&self, environment: &Environment, read: &Read<'_>, decides: Location) -> Finding {
        let ignore = &environment.documents.get(decides.document).path;
        let pattern = environment.documents.text(decides);
        let text = &read.source.text;
        let message =
            format!("`{text}` is excluded from the build context by `{pattern}` in `{ignore}`");
        let path = read.path().unwrap_or_default();
        let mut finding = Finding::new(self.metadata(), read.location(), message)
            .related(decides, "this pattern decides")
            .help(format!(
                "add `!{path}` below the pattern, or do not copy it"
            ));
        if let Some((location, label)) = reads::declaration(read) {
            finding = finding.related(location, label);
        }
        finding = finding.fix(let_through(environment, read, decides));
        let is_sure = read.source.is_literal();
        finding.confidence(if is_sure {
            read.confidence
        } else {
            read.confidence.min(Confidence::Medium)
        })
    }
}

/// Puts an exception behind the pattern that decides. Credentials are excluded on purpose.
fn let_through(environment: &Environment, read: &Read<'_>, decides: Location) -> Option<Fix> {
    let path = read.path().filter(|_| read.source.is_literal())?;
    let is_plain = !path.contains(['[', ']', '\\']) && path == path.trim();
    if !is_plain || tables::credential(&path).is_some() {
        return None;
    }
    let line = format!("!{path}");
    let document = environment.documents.get(decides.document);
    let fix = Fix::safe(
        format!("add `{line}` below the pattern"),
        "nothing else is let through, and nothing is built without it",
    );
    Some(fix.insert_line_after(document, decides.span, &line))
}

/// The path in the context and the pattern that excludes it, if nothing of the source is left.
fn excluded(context: &BuildContext<'_>, read: &Read<'_>) -> Option<(String, usize)> {
    let path = read.path().filter(|path| !path.is_empty())?;
    let sources = context.resolve_source(&path).ok()?;
    if !sources.matched.is_empty() {
        return None;
    }
    if let Some((_, pattern)) = sources.excluded.first() {
        return Some((path, *pattern));
    }
    // What does not exist yet would be excluded too.
    if path.contains(['*', '?', '[']) || context.may_include_below(&path) {
        return None;
    }
    let named = context.directory().join(&path)?;
    let pattern = context.excluded_by(&named)?;
    Some((path, pattern))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    const RULE: &str = "copy-source-ignored";

    #[test]
    fn the_pattern_that_decides_is_named() {
        insta::assert_snapshot!(audit(RULE, "\
-- compose.yaml --
services:
  web:
    build: .
-- .dockerignore --
docs
!docs/*.txt
**/*.1
-- docs/man/app.1 --
-- docs/a.txt --
-- Dockerfile --
FROM debian
COPY docs/man/app.1 /usr/share/man/man1/
COPY docs /docs
"), @r"
        error Dockerfile:2:6 `docs/man/app.1` is excluded from the build context by `docs` in `.dockerignore`
          .dockerignore:1:1 this pattern decides
          compose.yaml:3:12 the context is given here
          help: add `!docs/man/app.1` below the pattern, or do not copy it
        ");
    }

    #[test]
    fn a_part_that_is_excluded_is_no_finding() {
        assert_eq!(
            audit(
                RULE,
                "\
-- .dockerignore --
**/*.md
node_modules
-- src/a.md --
-- src/a.c --
-- Dockerfile --
FROM debian
COPY src /src
COPY . .
COPY src/a.* /x/
"
            ),
            ""
        );
    }

    #[test]
    fn output_that_is_not_made_yet_would_not_be_sent_either() {
        insta::assert_snapshot!(audit(RULE, "\
-- compose.yaml --
services:
  web:
    build: .
-- .dockerignore --
dist/
-- Dockerfile --
FROM debian
COPY dist/app.js /srv/
RUN --mount=type=bind,source=dist,target=/mnt true
"), @r"
        error Dockerfile:2:6 `dist/app.js` is excluded from the build context by `dist/` in `.dockerignore`
          .dockerignore:1:1 this pattern decides
          compose.yaml:3:12 the context is given here
          help: add `!dist/app.js` below the pattern, or do not copy it
        error Dockerfile:3:30 `dist` is excluded from the build context by `dist/` in `.dockerignore`
          .dockerignore:1:1 this pattern decides
          compose.yaml:3:12 the context is given here
          help: add `!dist` below the pattern, or do not copy it
        ");
    }

    #[test]
    fn an_ignore_file_of_the_dockerfile_replaces_the_one_of_the_context() {
        assert_eq!(
            audit(
                RULE,
                "\
-- .dockerignore --
a.txt
-- Dockerfile.dockerignore --
b.txt
-- a.txt --
-- Dockerfile --
FROM debian
COPY a.txt /
"
            ),
            ""
        );
    }

    #[test]
    fn an_exception_stands_behind_the_pattern() {
        insta::assert_snapshot!(fix("copy-source-ignored", "\
-- .dockerignore --
docs # all of it
docs
*.log
-- docs/app.1 --
-- .env --
-- Dockerfile.dockerignore --
.env
-- Dockerfile --
FROM debian
COPY .env /
-- other.Dockerfile --
FROM debian
COPY docs/app.1 /usr/share/man/man1/
"), @r#"
        safe: add `!docs/app.1` below the pattern, for nothing else is let through, and nothing is built without it
        -- .dockerignore --
        +!docs/app.1
        "#);
    }
}
