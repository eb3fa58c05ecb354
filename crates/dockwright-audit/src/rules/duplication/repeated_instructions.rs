//! `repeated-instructions`

mod base;
mod nearly;
mod shared;

use crate::clones::MANY;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

rule! {
    /// There is a run of instructions that stands in several Dockerfiles.
    ///
    /// ## What it does
    ///
    /// Looks for instructions that follow each other in several Dockerfiles alike, comments, white space
    /// and labels apart, and reports each run of some size once, with every Dockerfile that has it. What
    /// `duplicate-stage` reports is not said again.
    ///
    /// Among Dockerfiles that start from the same image of this repository, `RUN`s are compared that call
    /// the same programs with the same options and with other operands: names of users, paths. They
    /// are reported apart and with less confidence, since somebody has to see what they have in common.
    /// What installs packages does not count there.
    ///
    /// Tests, examples and files whose paths differ only in a version are left alone.
    ///
    /// ## Why is this bad?
    ///
    /// A change has to be made in every copy, and one day is made in one. What several images need
    /// belongs into the image that they start from.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base: {build: base, image: shop-base}
    /// ```
    /// ```dockerfile base/Dockerfile
    /// FROM debian:trixie
    /// CMD ["bash"]
    /// ```
    /// ```dockerfile web/Dockerfile
    /// FROM shop-base
    /// ENV GOCACHE=/tmp/go-cache
    /// ENV GOMODCACHE=/tmp/go-mod-cache
    /// ENV GOSUMDB=sum.golang.org
    /// RUN groupadd --force shop && useradd --create-home --groups shop --shell /bin/bash builder
    /// COPY web /web
    /// ```
    /// ```dockerfile worker/Dockerfile
    /// FROM shop-base
    /// ENV GOCACHE=/tmp/go-cache
    /// ENV GOMODCACHE=/tmp/go-mod-cache
    /// ENV GOSUMDB=sum.golang.org
    /// RUN groupadd --force shop && useradd --create-home --groups shop --shell /bin/bash builder
    /// COPY worker /worker
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base: {build: base, image: shop-base}
    /// ```
    /// ```dockerfile base/Dockerfile
    /// FROM debian:trixie
    /// ENV GOCACHE=/tmp/go-cache
    /// ENV GOMODCACHE=/tmp/go-mod-cache
    /// ENV GOSUMDB=sum.golang.org
    /// RUN groupadd --force shop && useradd --create-home --groups shop --shell /bin/bash builder
    ///
    /// CMD ["bash"]
    /// ```
    /// ```dockerfile web/Dockerfile
    /// FROM shop-base
    /// COPY web /web
    /// ```
    /// ```dockerfile worker/Dockerfile
    /// FROM shop-base
    /// COPY worker /worker
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Where all others start from one of the stages, that keeps the run alone. Where all that start from an
    /// image of this repository begin with it, that image gets it. Both are unsafe: what the run does may be
    /// meant to be done again, and the base has to be built before the others.
    ///
    /// There is no fix where the Dockerfiles have no base of this repository in common, since somebody has
    /// to give a new one a name and a place; where something copies from the context or depends on an
    /// argument; and for `RUN`s that do only nearly the same.
    ///
    /// ## References
    ///
    /// - Docker build best practices, "Create reusable stages"
    RepeatedInstructions {
        name: "repeated-instructions",
        family: Duplication,
        severity: Info,
        fix: Unsafe,
        aliases: [],
    }
}

impl Rule for RepeatedInstructions {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        for run in shared::runs(cx) {
            let Some((first, others)) = run.places.split_first() else {
                continue;
            };
            let what = match run.length {
                1 => "this instruction stands".to_owned(),
                length => format!("these {length} instructions stand"),
            };
            let message = format!("{what} alike in {} Dockerfiles", run.places.len());
            let mut finding = Finding::new(self.metadata(), *first, message)
                .confidence(Confidence::Medium)
                .help("let them start from one stage or image that has it");
            for other in others.iter().take(MANY) {
                finding = finding.related(*other, "the same here");
            }
            let finding = finding.fix(base::fix(cx.environment, &run));
            findings.push(finding);
        }
        for places in nearly::groups(cx) {
            let Some((first, others)) = places.split_first() else {
                continue;
            };
            let message = format!(
                "this `RUN` does nearly the same in {} Dockerfiles with one base",
                places.len()
            );
            let mut finding = Finding::new(self.metadata(), *first, message)
                .confidence(Confidence::Medium)
                .help("see what they have in common; the base can do that once");
            for other in others.iter().take(MANY) {
                finding = finding.related(*other, "nearly the same here");
            }
            findings.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    const ENV: &str = "\
ENV GOCACHE=/tmp/go-cache
ENV GOMODCACHE=/tmp/go-mod-cache
ENV GOSUMDB=sum.golang.org
ENV GOFLAGS=-mod=mod
";
    const USER: &str = "RUN groupadd --force shop && useradd --create-home --groups shop --shell /bin/bash builder && chown -R builder:builder /srv/builder /var/lib/builder && mkdir -p /srv/cache /srv/log /srv/run\n";

    #[test]
    fn a_run_is_found_with_every_dockerfile_that_has_it() {
        let files = format!(
            "-- a/Dockerfile --\nFROM debian\nRUN a\n{ENV}LABEL a=b\n{USER}COPY a a\n\
             -- b/Dockerfile --\nFROM debian\nCOPY b b\n{ENV}{USER}RUN b\n\
             -- c/Dockerfile --\nFROM debian\nCOPY c c\n{ENV}RUN c\n"
        );
        insta::assert_snapshot!(audit("repeated-instructions", &files), @"
        info (medium) a/Dockerfile:3:1 these 4 instructions stand alike in 3 Dockerfiles
          b/Dockerfile:3:1 the same here
          c/Dockerfile:3:1 the same here
          help: let them start from one stage or image that has it
        info (medium) a/Dockerfile:3:1 these 5 instructions stand alike in 2 Dockerfiles
          b/Dockerfile:3:1 the same here
          help: let them start from one stage or image that has it
        ");
    }

    #[test]
    fn names_may_differ_on_one_base() {
        let user = |name: &str, more: &str| {
            format!(
                "FROM shop-base\nRUN groupadd -f fuse && \\\n  useradd -m {more} -G fuse {name} && \\\n  chown -R {name}:{name} /srv/{name}\n"
            )
        };
        let files = format!(
            "-- base/Dockerfile --\nFROM debian:trixie\n-- a/Dockerfile --\n{}-- b/Dockerfile --\n{}\
             -- compose.yaml --\nservices:\n  base: {{build: base, image: shop-base}}\n",
            user("web", ""),
            user("worker", "-d /worker"),
        );
        insta::assert_snapshot!(audit("repeated-instructions", &files), @"
        info (medium) a/Dockerfile:2:1 this `RUN` does nearly the same in 2 Dockerfiles with one base
          b/Dockerfile:2:1 nearly the same here
          help: see what they have in common; the base can do that once
        ");
        let elsewhere = files.replace("image: shop-base", "image: other");
        assert_eq!(audit("repeated-instructions", &elsewhere), "");
    }

    #[test]
    fn what_is_small_or_installs_packages_is_left_alone() {
        for body in [
            "WORKDIR /app\nCOPY . .\nRUN make\n",
            "ENV A=1\nENV B=2\n",
            "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\n",
        ] {
            let files = format!(
                "-- a/Dockerfile --\nFROM debian\n{body}RUN a\n-- b/Dockerfile --\nFROM debian\n{body}RUN b\n"
            );
            assert_eq!(audit("repeated-instructions", &files), "", "{body}");
        }
    }

    #[test]
    fn what_all_that_start_from_a_base_begin_with_goes_to_it() {
        let files = format!(
            "-- base/Dockerfile --\nFROM debian:trixie\nRUN true\n\nENTRYPOINT [\"a\"]\n\
             -- a/Dockerfile --\nFROM shop-base\nLABEL a=a\n\n# Go\n{ENV}\nRUN a\n\
             -- b/Dockerfile --\nFROM shop-base\n\n{ENV}\nRUN b\n\
             -- compose.yaml --\nservices:\n  base: {{build: base, image: shop-base}}\n"
        );
        insta::assert_snapshot!(fix("repeated-instructions", &files), @r#"
        unsafe: move it to `base/Dockerfile`, for that image has to be built again before the others
        -- a/Dockerfile --
        -# Go
        -ENV GOCACHE=/tmp/go-cache
        -ENV GOMODCACHE=/tmp/go-mod-cache
        -ENV GOSUMDB=sum.golang.org
        -ENV GOFLAGS=-mod=mod
        -
        -- b/Dockerfile --
        -ENV GOCACHE=/tmp/go-cache
        -ENV GOMODCACHE=/tmp/go-mod-cache
        -ENV GOSUMDB=sum.golang.org
        -ENV GOFLAGS=-mod=mod
        -
        -- base/Dockerfile --
        +# Go
        +ENV GOCACHE=/tmp/go-cache
        +ENV GOMODCACHE=/tmp/go-mod-cache
        +ENV GOSUMDB=sum.golang.org
        +ENV GOFLAGS=-mod=mod
        +
        "#);
        for (old, new) in [
            ("RUN b\n", "RUN b\n-- c/Dockerfile --\nFROM shop-base\n"),
            ("FROM shop-base\n\nENV", "FROM shop-base\nRUN first\nENV"),
            (
                "RUN b\n",
                "RUN b\n-- c/Dockerfile --\nFROM debian\nENV GOCACHE=/tmp/go-cache GOFLAGS=-mod=mod\n",
            ),
            ("FROM shop-base\n\n", "FROM shop-base\n\n# its own\n"),
            ("image: shop-base", "image: other"),
        ] {
            let is_fixed = !fix("repeated-instructions", &files.replace(old, new)).is_empty();
            assert_eq!(is_fixed, new.contains("FROM debian\n"), "{new}");
        }
    }

    #[test]
    fn what_the_base_has_is_not_done_again() {
        let files = format!(
            "-- base/Dockerfile --\nFROM debian:trixie\n{ENV}RUN base\n\
             -- a/Dockerfile --\nFROM shop-base\nRUN a\n\n{ENV}\nRUN b\n\
             -- compose.yaml --\nservices:\n  base: {{build: base, image: shop-base}}\n"
        );
        insta::assert_snapshot!(fix("repeated-instructions", &files), @r#"
        unsafe: leave it to `base/Dockerfile`, which they start from, for it may be meant to be done again
        -- a/Dockerfile --
        -ENV GOCACHE=/tmp/go-cache
        -ENV GOMODCACHE=/tmp/go-mod-cache
        -ENV GOSUMDB=sum.golang.org
        -ENV GOFLAGS=-mod=mod
        -
        "#);
        let copies = files.replace("ENV GOSUMDB", "COPY x /x\nENV GOSUMDB");
        assert_eq!(fix("repeated-instructions", &copies), "");
    }
}
