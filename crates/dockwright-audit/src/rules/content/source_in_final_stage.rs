//! `source-in-final-stage`

use dockwright_environment::build::StageId;
use dockwright_environment::copies::{CopyOrigin, CopyStep};
use dockwright_environment::tree::Entry;
use dockwright_environment::{Location, Value};

use crate::brought;
use crate::build_tools;
use crate::rule::{Context, Describe, Rule, rule};
use crate::source_files::{self, SourceKind};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There are sources of a compiled program in an image that ships.
    ///
    /// ## What it does
    ///
    /// Looks at the directories that a `COPY` or `ADD` brings into an image that ships, from the build
    /// context or from another stage that has copied them, and at the kinds of files in them. Reports
    /// those in which files of compiled languages (Go, Rust, C, Java and others) are the most; where a
    /// language's sources are the program itself, they belong there.
    ///
    /// Images to develop, test or build with are left out, and those whose command compiles.
    ///
    /// ## Why is this bad?
    ///
    /// The sources are of no use to the program, change the layer with every commit, and tell whoever
    /// has the image all there is to know. What a later step removes stays in the layer below.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.24
    /// WORKDIR /src
    /// COPY . .
    /// RUN go build -o /usr/local/bin/shop .
    /// CMD ["/usr/local/bin/shop"]
    /// ```
    /// ```text main.go
    /// package main
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.24 AS build
    /// WORKDIR /src
    /// COPY . .
    /// RUN go build -o /shop .
    ///
    /// FROM debian:trixie-slim
    /// COPY --from=build /shop /usr/local/bin/shop
    /// CMD ["/usr/local/bin/shop"]
    /// ```
    /// ```text main.go
    /// package main
    /// ```
    ///
    /// ## Fix safety
    ///
    /// There is no fix: the program may read files that lie among the sources.
    ///
    /// ## References
    ///
    /// - Docker documentation: "Multi-stage builds"
    SourceInFinalStage {
        name: "source-in-final-stage",
        family: Content,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for SourceInFinalStage {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        if !cx.roles().is_product(stage) {
            return;
        }
        let words = cx.environment.configuration(stage.id).command_line();
        if build_tools::needs_toolchain(&words) {
            return;
        }
        let own = stage
            .chain()
            .filter(|link| link.dockerfile.id == stage.dockerfile.id);
        for link in own {
            for copy in cx.environment.copies(link.id) {
                let brought = sources(cx, &copy);
                if let Some(source) = copy.sources.first().filter(|_| brought.is_source()) {
                    findings.push(self.report(source, &brought));
                }
            }
        }
    }
}

impl SourceInFinalStage {
    fn report(&self, source: &Value, brought: &Sources) -> Finding {
        let (count, example) = (brought.compiled, &brought.example);
        let message = match count {
            1 => format!("the source `{example}` is copied into an image that ships"),
            count => format!(
                "{count} source files, such as `{example}`, are copied into an image that ships"
            ),
        };
        let mut finding = Finding::new(self.metadata(), source.location, message)
            .confidence(Confidence::Medium)
            .help("copy what is compiled of them with `COPY --from`, and the files that the program reads by name");
        if let Some(location) = brought.through {
            finding = finding.related(location, "the other stage has them from here");
        }
        finding
    }
}

/// The sources among what a copy brings.
#[derive(Default)]
struct Sources {
    compiled: usize,
    interpreted: usize,
    /// One that is compiled.
    example: String,
    /// The copy of another stage that they come by.
    through: Option<Location>,
}

impl Sources {
    fn is_source(&self) -> bool {
        self.compiled > self.interpreted
    }

    fn count(&mut self, file: &Entry) {
        match source_files::kind(file.path.file_name()) {
            Some(SourceKind::Compiled) => {
                if self.compiled == 0 {
                    file.path.as_str().clone_into(&mut self.example);
                }
                self.compiled += 1;
            }
            Some(SourceKind::Interpreted) => self.interpreted += 1,
            None => {}
        }
    }
}

fn sources(cx: Context<'_>, copy: &CopyStep<'_>) -> Sources {
    let mut sources = Sources::default();
    match &copy.origin {
        CopyOrigin::Context => brought::files(cx, copy, &mut |file| sources.count(file.entry)),
        CopyOrigin::Stage(from) => {
            for source in copy.sources.iter().filter_map(Value::known) {
                through_stage(cx, *from, source.trim_end_matches('/'), &mut sources);
            }
        }
        CopyOrigin::Elsewhere => {}
    }
    sources
}

/// What another stage has copied to a directory, or below it.
fn through_stage(cx: Context<'_>, from: StageId, directory: &str, sources: &mut Sources) {
    if !directory.starts_with('/') || directory.contains('*') {
        return;
    }
    let is_below = |path: &str| {
        let rest = path.strip_prefix(directory);
        rest.is_some_and(|rest| rest.starts_with('/'))
    };
    for link in cx.environment.chain_stages(from) {
        for copy in cx.environment.copies(link) {
            let before = sources.compiled;
            brought::files(cx, &copy, &mut |file| {
                if source_files::kind(file.entry.path.file_name()).is_some()
                    && file.path().is_some_and(|path| is_below(&path))
                {
                    sources.count(file.entry);
                }
            });
            if sources.compiled > before {
                let document = cx.environment.document_of(link);
                let location = Location::new(document, copy.instruction.span);
                sources.through.get_or_insert(location);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    const FILES: &str = "-- src/main.rs --\n-- src/lib.rs --\n-- web/app.js --\n-- Cargo.toml --\n";

    fn check(dockerfile: &str) -> String {
        let files = format!("-- Dockerfile --\n{dockerfile}CMD [\"/app\"]\n{FILES}");
        audit("source-in-final-stage", &files)
    }

    #[test]
    fn another_stage_may_have_copied_them() {
        insta::assert_snapshot!(check("\
FROM rust:1 AS build
WORKDIR /work
COPY . .
RUN cargo build --release
FROM debian:trixie
COPY --from=build /work /work
"), @r"
        warning (medium) Dockerfile:6:19 2 source files, such as `src/lib.rs`, are copied into an image that ships
          Dockerfile:3:1 the other stage has them from here
          help: copy what is compiled of them with `COPY --from`, and the files that the program reads by name
        ");
    }

    #[test]
    fn what_the_program_reads_belongs_there() {
        for body in [
            "FROM debian\nCOPY web /web\n",
            "FROM debian\nCOPY Cargo.toml /\n",
            "FROM rust AS build\nCOPY . /work\nFROM debian\nCOPY --from=build /work/target/app /app\n",
            "FROM rust AS dev\nCOPY . /work\n",
        ] {
            assert_eq!(check(body), "", "{body}");
        }
    }
}
