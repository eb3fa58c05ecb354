//! `unused-image`

mod dockerfiles;
mod images;
mod stages;

use std::collections::HashMap;

use crate::Finding;
use crate::rule::{Context, Describe, Rule, rule};

rule! {
    /// There is a Dockerfile or a stage that nothing builds, or an image that nothing uses.
    ///
    /// ## What it does
    ///
    /// Reports a Dockerfile that no Compose file, bake file or `docker build` builds and whose path no
    /// text of the repository mentions, in a repository that says how most of its Dockerfiles are built.
    /// Reports a stage that is not the last and that no `FROM`, `COPY --from`, mount or target asks for;
    /// a stage with a name is only information, since it may be built by hand.
    ///
    /// Dockerfiles of tests and examples are left alone, and so is everything in a repository whose
    /// scripts look for Dockerfiles by a pattern.
    ///
    /// Reports, as information, an image that a bake target, a script or a Makefile builds under names
    /// without a registry and a namespace, where no `FROM`, `COPY --from`, mount, service or named
    /// context uses it and no text of the repository speaks of it, to run, tag, push or save it. Says
    /// nothing where a name may be put together by a script or a variable, or where most of the images
    /// that the repository builds have no use in it.
    ///
    /// ## Why is this bad?
    ///
    /// What nothing builds is not tested and grows old: its base has gone, its paths have moved. Readers
    /// cannot tell whether it matters.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build: web
    /// ```
    /// ```dockerfile web/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile packaging/docker/Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build: web
    ///   packaging:
    ///     build: packaging/docker
    ///     profiles: [packaging]
    /// ```
    /// ```dockerfile web/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile packaging/docker/Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: whether to build it or to remove it must be decided.
    ///
    /// ## References
    ///
    /// - Docker build documentation, "Multi-stage builds": `BuildKit` builds only the stages that the target
    ///   depends on
    UnusedImage {
        name: "unused-image",
        family: Graph,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for UnusedImage {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let (rule, environment) = (self.metadata(), cx.environment);
        dockerfiles::check(rule, environment, findings);
        images::check(rule, environment, findings);
        let mut targets = HashMap::new();
        for dockerfile in &environment.dockerfiles {
            stages::check(rule, environment, dockerfile, &mut targets, findings);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    const IMAGES: &str = "\
-- web/Dockerfile --
FROM debian:trixie
-- tools/Dockerfile --
FROM debian:trixie
-- compose.yaml --
services:
  web:
    build: web
-- Makefile --
images:
\tdocker build -t shop-tools:dev tools
";

    #[test]
    fn an_image_that_is_built_and_not_used() {
        insta::assert_snapshot!(audit("unused-image", IMAGES), @r#"
        info (medium) Makefile:2:18 `shop-tools:dev` is built, and nothing uses or publishes it
          help: remove its build, or say in a script or document what it is for
        "#);
        insta::assert_snapshot!(audit("unused-image", "\
-- web/Dockerfile --
FROM debian:trixie
-- lint/Dockerfile --
FROM debian:trixie
-- docker-bake.hcl --
group \"default\" {
  targets = [\"web\", \"shop-lint\"]
}
target \"web\" {
  context = \"web\"
  tags = [\"example.com/shop/web\"]
}
target \"shop-lint\" {
  context = \"lint\"
  tags = [\"shop-lint\"]
}
-- Makefile --
lint:
\tdocker buildx bake shop-lint
"), @r#"
        info (medium) docker-bake.hcl:10:11 `shop-lint` is built, and nothing uses or publishes it
          help: remove its build, or say in a script or document what it is for
        "#);
    }

    #[test]
    fn an_image_that_something_uses_publishes_or_speaks_of() {
        for use_ in [
            "-- run.sh --\ndocker run --rm shop-tools:dev\n",
            "-- README.md --\nThe image `shop-tools` has our linters.\n",
            "-- ci.py --\nimage = f\"shop-{name}\"\n",
            "-- ci.sh --\ndocker push \"${project}-tools\"\n",
            "-- test/Dockerfile --\nFROM shop-tools:dev\n",
            "-- test/Dockerfile --\nARG BASE\nFROM $BASE\n",
            "-- lint/compose.yaml --\nservices:\n  lint:\n    image: shop-tools:dev\n",
            "-- lint/compose.yaml --\nservices:\n  lint:\n    build: ../tools\n",
        ] {
            assert_eq!(
                audit("unused-image", &format!("{IMAGES}{use_}")),
                "",
                "{use_}"
            );
        }
        for name in [
            "acme/shop-tools",
            "example.com/shop-tools",
            "debian",
            "$NAME",
        ] {
            assert_eq!(
                audit("unused-image", &IMAGES.replace("shop-tools:dev", name)),
                "",
                "{name}"
            );
        }
        let pushed = IMAGES.replace("build -t", "build --push -t");
        assert_eq!(audit("unused-image", &pushed), "");
    }

    #[test]
    fn images_are_for_people_where_nothing_else_is_built() {
        let alone = IMAGES.replace("    build: web\n", "    image: debian:trixie\n");
        assert_eq!(audit("unused-image", &alone), "");
    }

    const STAGES: &str =
        "-- Dockerfile --\nFROM debian:trixie AS base\nFROM base AS lint\nRUN lint\nFROM base\n";

    #[test]
    fn a_stage_that_nothing_asks_for() {
        insta::assert_snapshot!(audit("unused-image", STAGES), @r#"
        info (medium) Dockerfile:2:14 nothing asks for the stage `lint`
          help: remove it, or declare a build with it as the target
        "#);
    }

    #[test]
    fn a_workflow_may_ask_for_a_stage() {
        let workflow = "-- .github/workflows/ci.yaml --\nwith:\n  target: ${{ matrix.stage }}\nmatrix:\n  stage:\n    - lint\n";
        assert_eq!(audit("unused-image", &format!("{STAGES}{workflow}")), "");
        let readme = "-- README.md --\n    docker build --target lint .\n";
        assert_eq!(audit("unused-image", &format!("{STAGES}{readme}")), "");
        let bake = "-- docker-bake.hcl --\ntarget \"x\" {\n  target = \"lint\"\n}\n";
        assert_eq!(audit("unused-image", &format!("{STAGES}{bake}")), "");
    }

    #[test]
    fn a_stage_that_an_argument_chooses() {
        let files = "-- Dockerfile --\nARG KIND=a\nFROM debian:trixie AS base-a\nFROM debian:sid AS base-b\nFROM base-${KIND}\n";
        assert_eq!(audit("unused-image", files), "");
    }

    #[test]
    fn a_dockerfile_that_is_mentioned_or_alone_is_used() {
        let built = "-- web/Dockerfile --\nFROM debian:trixie\n-- compose.yaml --\nservices:\n  web:\n    build: web\n";
        let other = "-- pack/linux/Dockerfile --\nFROM debian:trixie\n";
        assert_eq!(audit("unused-image", other), "");
        for mention in [
            "-- Makefile --\nIMAGES = pack/linux\n",
            "-- ci.py --\nbuild(f'{directory}/Dockerfile')\n",
        ] {
            assert_eq!(
                audit("unused-image", &format!("{built}{other}{mention}")),
                ""
            );
        }
        let unmentioned = audit("unused-image", &format!("{built}{other}"));
        assert!(
            unmentioned.starts_with("warning (medium) pack/linux/Dockerfile:1:1 nothing builds"),
            "{unmentioned}"
        );
    }
}
