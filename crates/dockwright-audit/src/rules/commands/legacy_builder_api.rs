//! `legacy-builder-api`

use dockwright_environment::commands::Form;

use crate::Finding;
use crate::rule::{Context, Describe, Rule, rule};

rule! {
    /// There is a program that builds with the classic builder of the Docker API.
    ///
    /// ## What it does
    ///
    /// Reports calls of `images.build` of the Docker SDK for Python.
    ///
    /// ## Why is this bad?
    ///
    /// The SDK knows the classic builder only, which is deprecated: no cache mounts, no secrets, no named contexts, no
    /// here-documents. A Dockerfile that uses one of them builds on the command line and fails in the program.
    ///
    /// ## Example
    ///
    /// ```python build.py
    /// import docker
    /// docker.from_env().images.build(path=".", tag="app")
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python build.py
    /// import subprocess
    /// subprocess.run(["docker", "buildx", "build", "--load", "--tag", "app", "."], check=True)
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: what the program does with the answer has to change too.
    ///
    /// ## References
    ///
    /// - Docker SDK for Python, `ImageCollection.build`
    /// - Docker Engine documentation, "Deprecated features": legacy builder for Linux images
    LegacyBuilderApi {
        name: "legacy-builder-api",
        family: Commands,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for LegacyBuilderApi {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let invocations = cx.environment.invocations.iter();
        let calls = invocations.filter(|it| it.form == Form::Sdk && it.is_build());
        findings.extend(calls.map(|call| {
            let message = "the Docker SDK builds with the classic builder only";
            Finding::new(self.metadata(), call.location, message)
                .help("run `docker buildx build` or `docker buildx bake`")
        }));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn only_the_sdk_of_docker_is_meant() {
        let files = |import: &str| {
            format!(
                "-- Dockerfile --\nFROM debian:trixie\n-- a.py --\nimport {import}\nclient.images.build(path='.')\nclient.containers.run('busybox')\n"
            )
        };
        assert!(audit("legacy-builder-api", &files("docker")).contains("a.py:2"));
        assert_eq!(audit("legacy-builder-api", &files("other")), "");
    }
}
