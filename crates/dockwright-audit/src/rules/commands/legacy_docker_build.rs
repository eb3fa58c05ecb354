//! `legacy-docker-build`

use dockwright_environment::Environment;
use dockwright_environment::build::Base;
use dockwright_environment::commands::{Form, Invocation, Voice};

use crate::edits::first_words::Words;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, Severity};

rule! {
    /// There is a call of the classic `docker build`.
    ///
    /// ## What it does
    ///
    /// Reports `docker build` and `docker image build` wherever they are really called: in scripts, Makefiles, CI,
    /// programs and documents. A project's own sub-command of that name and a check whether Docker is there are no
    /// calls. A call that needs the classic builder – `DOCKER_BUILDKIT=0`, `--squash` and others – is a warning.
    ///
    /// ## Why is this bad?
    ///
    /// Since Docker 23.0 `docker build` is another name of `docker buildx build` where the plugin is installed, and
    /// else the deprecated classic builder, without cache mounts, secrets and platforms. The long name says
    /// which is meant, and a bake file builds images that need each other in one go.
    ///
    /// ## Example
    ///
    /// ```shell build.sh
    /// docker build -t app .
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```shell build.sh
    /// docker buildx build --load -t app .
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// `docker buildx build --load` does the same on every builder. This is safe where no option of the classic
    /// builder is used. It is unsafe where an image of the repository is built on another one of it: a builder in a
    /// container does not see the images of the engine; and where a variable may hold more options.
    ///
    /// ## References
    ///
    /// - Docker Engine documentation, "Deprecated features": legacy builder for Linux images
    LegacyDockerBuild {
        name: "legacy-docker-build",
        family: Commands,
        severity: Info,
        fix: Safe,
        aliases: [],
    }
}

/// Options that only the classic builder has.
/// Source: the `docker build` reference of Docker 20.10, "Options", against that of buildx.
const CLASSIC: &[&str] = &[
    "squash",
    "compress",
    "force-rm",
    "rm",
    "security-opt",
    "isolation",
];

impl Rule for LegacyDockerBuild {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        for invocation in &cx.environment.invocations {
            let is_classic = invocation.is_build()
                && invocation.program_name() == "docker"
                && !invocation.written.contains("buildx")
                && matches!(invocation.form, Form::Shell | Form::Words);
            // Something is built in a command, but not in a sentence that names one.
            let is_call = invocation.voice == Voice::Program || !invocation.operands.is_empty();
            if !is_classic || !is_call || invocation.voice == Voice::History {
                continue;
            }
            let message = format!("`{}` is called", invocation.written);
            let finding = Finding::new(self.metadata(), invocation.program, message);
            let finding = match needs_classic(invocation) {
                Some(why) => finding
                    .severity(Severity::Warning)
                    .label(format!("`{why}` asks for the classic builder"))
                    .help("build with BuildKit; the classic builder is deprecated"),
                None => finding
                    .help("use `docker buildx build --load`, or a bake file for several images")
                    .fix(modern(cx.environment, invocation)),
            };
            findings.push(finding.confidence(Confidence::High));
        }
    }
}

fn needs_classic(invocation: &Invocation) -> Option<&'static str> {
    let is_off = invocation
        .variable("DOCKER_BUILDKIT")
        .is_some_and(|value| value.known() == Some("0"));
    if is_off {
        return Some("DOCKER_BUILDKIT=0");
    }
    let mut options = CLASSIC.iter().copied();
    options.find(|option| matches!(*option, "squash" | "isolation") && invocation.has(option))
}

/// Writes the long name, and has the image loaded as `docker build` does with every builder.
fn modern(environment: &Environment, invocation: &Invocation) -> Option<Fix> {
    let old: Vec<&str> = invocation.written.split(' ').collect();
    let words = Words::of(environment, invocation, &old)?;
    // What goes elsewhere, or nowhere, is not loaded.
    let mut others = ["output", "push", "load", "check", "call", "print"].iter();
    let mut new = vec!["docker", "buildx", "build"];
    if !others.any(|option| invocation.has(option)) {
        new.push("--load");
    }
    let title = format!("call `{}`", new.join(" "));
    let fix = if !invocation.is_complete {
        Fix::with_care(
            title,
            "a variable in it may hold options that `--load` is against",
        )
    } else if sees_no_images(environment) {
        Fix::with_care(
            title,
            "a builder of its own does not see the images of the engine",
        )
    } else {
        Fix::safe(title, "it does the same with every builder")
    };
    let text = words.joined(&new);
    Some(fix.replace(words.location, text))
}

/// Whether something here builds on an image that is built here, which a builder in a container would
/// look for in a registry; `docker build` always takes the engine's own builder.
fn sees_no_images(environment: &Environment) -> bool {
    environment.definitions.iter().any(|definition| {
        let build = environment.build(definition.id);
        build.is_some_and(|build| {
            let mut stages = build.stages.iter();
            stages.any(|stage| {
                let sources = stage.sources.iter().map(|source| &source.base);
                let mut bases = sources.chain([&stage.base]);
                bases.any(|base| matches!(base, Base::Definition(_)))
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(script: &str) -> String {
        audit(
            "legacy-docker-build",
            &format!("-- Dockerfile --\nFROM debian:trixie\n-- run.sh --\n{script}"),
        )
    }

    #[test]
    fn real_calls_are_found() {
        insta::assert_snapshot!(check("\
sudo docker build -t a .
docker image build .
DOCKER_BUILDKIT=0 docker build .
docker build --squash .
"), @r#"
        warning run.sh:3:19 `docker build` is called
          ^ `DOCKER_BUILDKIT=0` asks for the classic builder
          help: build with BuildKit; the classic builder is deprecated
        warning run.sh:4:1 `docker build` is called
          ^ `squash` asks for the classic builder
          help: build with BuildKit; the classic builder is deprecated
        info run.sh:1:6 `docker build` is called
          help: use `docker buildx build --load`, or a bake file for several images
        info run.sh:2:1 `docker image build` is called
          help: use `docker buildx build --load`, or a bake file for several images
        "#);
    }

    #[test]
    fn what_is_no_call_is_none() {
        for script in [
            "docker buildx build .",
            "./dev docker build",
            "echo docker build .",
            "command -v docker && podman build .",
        ] {
            assert_eq!(check(script), "", "{script}");
        }
    }

    #[test]
    fn the_long_name_loads_the_image() {
        insta::assert_snapshot!(fix("legacy-docker-build", "\
-- Dockerfile --
FROM debian:trixie
-- run.sh --
sudo docker build -t a .
docker image  build .
docker build --output out .
docker build --check .
docker build $ARGS .
docker --debug build .
DOCKER_BUILDKIT=0 docker build .
-- run.py --
import subprocess
subprocess.run(['docker', 'build', '.'])
-- README.md --
Run `docker build .`, as `docker build` does.
"), @r#"
        safe: call `docker buildx build --load`, for it does the same with every builder
        safe: call `docker buildx build --load`, for it does the same with every builder
        safe: call `docker buildx build --load`, for it does the same with every builder
        safe: call `docker buildx build --load`, for it does the same with every builder
        safe: call `docker buildx build`, for it does the same with every builder
        safe: call `docker buildx build`, for it does the same with every builder
        unsafe: call `docker buildx build --load`, for a variable in it may hold options that `--load` is against
        -- README.md --
        -Run `docker build .`, as `docker build` does.
        +Run `docker buildx build --load .`, as `docker build` does.
        -- run.py --
        -subprocess.run(['docker', 'build', '.'])
        +subprocess.run(['docker', 'buildx', 'build', '--load', '.'])
        -- run.sh --
        -sudo docker build -t a .
        -docker image  build .
        -docker build --output out .
        -docker build --check .
        -docker build $ARGS .
        +sudo docker buildx build --load -t a .
        +docker buildx build --load .
        +docker buildx build --output out .
        +docker buildx build --check .
        +docker buildx build --load $ARGS .
        "#);
    }
}
