//! `oversized-context`

use dockwright_environment::Location;
use dockwright_syntax::Span;

use crate::Finding;
use crate::reads;
use crate::rule::{Context, Describe, Rule, rule};

rule! {
    /// There is a build that sends more to the builder than the budget allows.
    ///
    /// ## What it does
    ///
    /// Measures every context that some instruction reads as a whole (`COPY .`, `ADD .`, a bind mount of
    /// the context), as the ignore file leaves it, in bytes and in files. Reports one that is over the
    /// budget, with its largest entries. A context without an ignore file is `missing-dockerignore`.
    ///
    /// A context of which only named paths are copied is left alone: BuildKit sends no more than these.
    ///
    /// ## Why is this bad?
    ///
    /// Every build hashes all of it and sends what has changed, and the image grows by it.
    ///
    /// ## Example
    ///
    /// ```toml dockwright.toml
    /// [context]
    /// max-files = 2
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY . /src
    /// ```
    /// ```text .dockerignore
    /// *.log
    /// ```
    /// ```text recordings/one.txt
    /// 1
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```toml dockwright.toml
    /// [context]
    /// max-files = 2
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY . /src
    /// ```
    /// ```text .dockerignore
    /// *.log
    /// recordings
    /// dockwright.toml
    /// ```
    /// ```text recordings/one.txt
    /// 1
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: what of it the build needs has to be decided.
    ///
    /// ## Options
    ///
    /// `max-megabytes` (100) and `max-files` (10000) in the `[context]` table of `dockwright.toml`.
    ///
    /// ## References
    ///
    /// - Docker documentation: build context
    OversizedContext {
        name: "oversized-context",
        family: Context,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for OversizedContext {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let reads = cx.reads();
        for (number, shared) in environment.contexts().iter().enumerate() {
            let (Some(ignore), Some(read)) =
                (environment.ignore_of(shared), reads::whole(reads, number))
            else {
                continue;
            };
            let measure = environment.build_context(shared).measure();
            if !reads::is_over(&measure, &cx.settings.context) {
                continue;
            }
            let name = reads::name(shared);
            let path = &environment.documents.get(ignore.document).path;
            let message = format!(
                "`{}` reads all of {name}: {}",
                reads::quoted(read),
                reads::size(&measure)
            );
            let mut finding = Finding::new(self.metadata(), read.location(), message)
                .confidence(read.confidence)
                .label(format!(
                    "the largest are {}",
                    reads::list(&reads::largest(&measure))
                ))
                .related(
                    Location::new(ignore.document, Span::default()),
                    "this ignore file applies",
                )
                .help(format!(
                    "exclude what the build does not need in `{path}`, or copy only what it needs"
                ));
            if let Some((location, label)) = reads::declaration(read) {
                finding = finding.related(location, label);
            }
            findings.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    const RULE: &str = "oversized-context";

    #[test]
    fn a_shared_context_is_measured_after_its_ignore_file_and_reported_once() {
        insta::assert_snapshot!(audit(RULE, "\
-- dockwright.toml --
[context]
max-files = 6
-- compose.yaml --
services:
  web:
    build: .
  worker:
    build:
      context: .
      dockerfile: worker.Dockerfile
-- Dockerfile --
FROM debian
COPY . /src
-- worker.Dockerfile --
FROM debian
RUN --mount=type=bind,target=/src make -C /src
-- .dockerignore --
out
-- out/a --
-- out/b --
-- data/a --
123456
-- data/b --
1234
-- src/a.c --
1
"), @r"
        warning Dockerfile:2:6 `COPY .` reads all of the build context at the root: 229 bytes in 8 files
          ^ the largest are `compose.yaml` (104 bytes), `worker.Dockerfile` (59 bytes) and `Dockerfile` (24 bytes)
          .dockerignore:1:1 this ignore file applies
          compose.yaml:3:12 the context is given here
          help: exclude what the build does not need in `.dockerignore`, or copy only what it needs
        ");
    }

    #[test]
    fn named_paths_are_all_that_is_sent() {
        assert_eq!(
            audit(
                RULE,
                "\
-- dockwright.toml --
[context]
max-files = 1
-- Dockerfile --
FROM debian
COPY src /src
-- .dockerignore --
out
-- src/a.c --
-- src/b.c --
"
            ),
            ""
        );
    }
}
