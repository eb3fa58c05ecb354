//! `single-stage-build`

use dockwright_environment::build::Base;
use dockwright_environment::{Environment, Location};

use crate::build_tools::{self, BuildPackage, Compilation};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is an image that is compiled in the stage that ships.
    ///
    /// ## What it does
    ///
    /// Looks at every stage that is the image of some build, and whether it, or a stage of the same
    /// file that it starts from, compiles something: `go build`, `cargo build`, `mvn package`, `make`.
    /// The compiler has to be in the image as well: as its base, or as a package that the same step
    /// does not remove again.
    ///
    /// Images to develop, test or build with are left out, and so are those that only other images
    /// start from, and those whose command compiles. Where nothing says which program the image runs,
    /// it may be meant to have the compiler, and the confidence is low.
    ///
    /// ## Why is this bad?
    ///
    /// Compiler, headers, sources and intermediate files are pulled with every deployment. They make
    /// the image several times larger, and are at hand for whoever gets in.
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
    ///
    /// ## Fix safety
    ///
    /// There is no fix: which files the program needs of the stage that it was compiled in, and which image
    /// is to hold them, is not in the Dockerfile.
    ///
    /// ## References
    ///
    /// - Docker documentation: "Multi-stage builds"
    SingleStageBuild {
        name: "single-stage-build",
        family: Content,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for SingleStageBuild {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        if !cx.roles().is_product(stage) {
            return;
        }
        let own = stage
            .chain()
            .filter(|link| link.dockerfile.id == stage.dockerfile.id);
        for link in own {
            let compilations = build_tools::compilations(cx, link);
            if compilations.is_empty() {
                continue;
            }
            let packages = build_tools::build_packages(cx, link);
            let mut with_compiler = compilations.into_iter().filter_map(|found| {
                let compiler = compiler(link, &found, &packages)?;
                Some((found, compiler))
            });
            if let Some((compilation, compiler)) = with_compiler.next() {
                findings.extend(self.report(cx.environment, link, stage, &compilation, &compiler));
                return;
            }
        }
    }
}

impl SingleStageBuild {
    fn report(
        &self,
        environment: &Environment,
        link: StageView<'_>,
        stage: StageView<'_>,
        compilation: &Compilation,
        compiler: &Compiler,
    ) -> Option<Finding> {
        let words = environment.configuration(stage.id).command_line();
        if build_tools::needs_toolchain(&words) {
            return None;
        }
        let (name, toolchain) = (&compilation.command, &compilation.toolchain.name);
        let message = format!(
            "`{name}` runs in the stage that ships, so that the {toolchain} toolchain is in the image"
        );
        let from = link.stage.base_value.location;
        let finding = Finding::new(self.metadata(), from, message)
            .related(link.location(compilation.span), "compiles here")
            .help(
                "compile in a stage of its own, and copy what comes out of it with `COPY --from`",
            );
        let finding = match compiler {
            Compiler::Image => finding,
            Compiler::Package(location) => {
                finding.related(*location, "the compiler is installed here")
            }
        };
        // A shell is for people who look around.
        let is_program = !words.is_empty() && !is_shell(&words);
        Some(finding.confidence(if is_program {
            Confidence::High
        } else {
            Confidence::Low
        }))
    }
}

/// Whether a command is a shell without anything to do.
fn is_shell(words: &[String]) -> bool {
    let name = words.first().and_then(|word| word.rsplit('/').next());
    words.len() == 1 && matches!(name, Some("bash" | "sh" | "ash" | "zsh"))
}

/// Where a compiler comes from.
enum Compiler {
    /// The image that the stage starts from.
    Image,
    /// A package, and where it is named.
    Package(Location),
}

/// Where the compiler of a compilation comes from, if it stays in the image.
fn compiler(
    stage: StageView<'_>,
    compilation: &Compilation,
    packages: &[BuildPackage<'_>],
) -> Option<Compiler> {
    let toolchain = compilation.toolchain;
    let mut bases = stage.chain().map(|link| &link.stage.base);
    if bases.any(|base| matches!(base, Base::External(reference) if toolchain.is_image(reference)))
    {
        return Some(Compiler::Image);
    }
    let package = packages
        .iter()
        .find(|package| toolchain.is_package(package.name))?;
    Some(Compiler::Package(package.stage.location(package.span)))
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(files: &str) -> String {
        audit("single-stage-build", files)
    }

    #[test]
    fn the_compiler_may_come_from_a_base_of_the_repository() {
        insta::assert_snapshot!(check("\
-- base/Dockerfile --
FROM debian:trixie
RUN apt-get update && apt-get install -y git golang-go
-- app/Dockerfile --
FROM shop-base
COPY . .
RUN for program in a b; do go build -o /bin/$program ./$program; done
CMD [\"/bin/a\"]
-- compose.yaml --
services:
  app: {build: app}
-- Makefile --
all:
	docker build -t shop-base base
"), @r"
        warning app/Dockerfile:1:6 `go build` runs in the stage that ships, so that the Go toolchain is in the image
          app/Dockerfile:3:28 compiles here
          base/Dockerfile:2:46 the compiler is installed here
          help: compile in a stage of its own, and copy what comes out of it with `COPY --from`
        ");
    }

    #[test]
    fn what_is_removed_in_the_same_step_is_not_there() {
        for body in [
            "FROM alpine:3\nRUN apk add --virtual .deps gcc make && make install && apk del .deps\nCMD [\"/a\"]\n",
            "FROM debian:13\nRUN apt-get install -y gcc && gcc -o /a a.c && apt-get purge -y gcc\nCMD [\"/a\"]\n",
            "FROM debian:13\nRUN apt-get install -y $DEPS gcc && gcc -o /a a.c && apt-get purge -y $DEPS\nCMD [\"/a\"]\n",
        ] {
            assert_eq!(check(&format!("-- Dockerfile --\n{body}")), "", "{body}");
        }
        let later = "FROM debian:13\nRUN apt-get install -y gcc && gcc -o /a a.c\nRUN apt-get purge -y gcc\nCMD [\"/a\"]\n";
        assert!(check(&format!("-- Dockerfile --\n{later}")).starts_with("warning Dockerfile:1:6"));
    }

    #[test]
    fn images_that_need_their_compiler_are_left_alone() {
        let build = "FROM golang:1\nCOPY . .\nRUN go build -o /a .\n";
        for files in [
            format!("-- Dockerfile --\n{build}CMD [\"go\", \"run\", \".\"]\n"),
            format!("-- Dockerfile --\n{build}ENTRYPOINT go test ./...\n"),
            format!("-- Dockerfile.dev --\n{build}CMD [\"/a\"]\n"),
            format!("-- .devcontainer/Dockerfile --\n{build}CMD [\"/a\"]\n"),
            format!("-- Dockerfile --\n{build}FROM scratch\nCOPY --from=0 /a /a\nCMD [\"/a\"]\n"),
        ] {
            assert_eq!(check(&files), "", "{files}");
        }
        let unknown = check(&format!("-- Dockerfile --\n{build}"));
        assert!(unknown.starts_with("warning (low)"), "{unknown}");
    }
}
