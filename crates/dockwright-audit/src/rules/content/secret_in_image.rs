//! `secret-in-image`

mod files;
mod steps;
mod variables;

use dockwright_environment::DockerfileDocument;

use crate::rule::{Context, Rule, rule};
use crate::{Finding, StageView};

rule! {
    /// There is a credential in an image.
    ///
    /// ## What it does
    ///
    /// Looks, in every stage whose layers ship, for credentials that stay in the image:
    ///
    /// - files with the name and the content of credentials that `COPY` or `ADD` brings, named or in a
    ///   directory;
    /// - values in `ENV`, `ARG` and `RUN` that have the form of a token, that are random behind a name that
    ///   speaks of a secret, or that are a password in an address;
    /// - build arguments with such a name that a step uses as a credential (in an `Authorization` header,
    ///   in the address of a repository, as `--password`), that `ENV` keeps, or that a build passes from
    ///   its own environment;
    /// - credentials that a `RUN` writes to a file and does not remove again, and fixed passwords of users.
    ///
    /// A name alone is no evidence, and neither are placeholders, fingerprints of public keys, samples, and
    /// what lies among tests.
    ///
    /// ## Why is this bad?
    ///
    /// Everybody who can pull the image can read its files, variables and history: every build argument
    /// that a step sees is written down there.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ARG FORGE_TOKEN
    /// RUN git clone https://ci:${FORGE_TOKEN}@forge.example.com/shop.git
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN --mount=type=secret,id=forge-token \
    ///     git clone "https://ci:$(cat /run/secrets/forge-token)@forge.example.com/shop.git"
    /// ```
    ///
    /// ## Fix safety
    ///
    /// There is no fix: whoever builds has to pass the secret with `--secret`, and what was published has to be
    /// revoked.
    ///
    /// ## References
    ///
    /// - Docker documentation: "Build secrets"
    /// - Docker build checks: `SecretsUsedInArgOrEnv`, which goes by the name alone
    SecretInImage {
        name: "secret-in-image",
        family: Content,
        severity: Error,
        fix: None,
        aliases: [],
    }
}

impl Rule for SecretInImage {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        files::check(self, cx, findings);
        for dockerfile in &cx.environment.dockerfiles {
            self.check_dockerfile(cx, dockerfile, findings);
        }
    }

    fn check_dockerfile(
        &self,
        cx: Context<'_>,
        dockerfile: &DockerfileDocument,
        findings: &mut Vec<Finding>,
    ) {
        for stage in StageView::all(cx.environment, dockerfile) {
            if stage.ships() {
                variables::check(self, cx, stage, findings);
                steps::check(self, cx, stage, findings);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(files: &str) -> String {
        audit("secret-in-image", files)
    }

    fn check_body(body: &str) -> String {
        check(&format!("-- Dockerfile --\nFROM debian\n{body}"))
    }

    #[test]
    fn a_file_is_one_finding_whoever_copies_it() {
        insta::assert_snapshot!(check("\
-- a/Dockerfile --
FROM debian
COPY . /src
-- b/Dockerfile --
FROM debian AS build
COPY . /src
FROM debian
COPY keys/id_rsa /root/.ssh/
-- compose.yaml --
services:
  a: {build: {context: ., dockerfile: a/Dockerfile}}
  b: {build: {context: ., dockerfile: b/Dockerfile}}
-- keys/id_rsa --
-----BEGIN OPENSSH PRIVATE KEY-----
-- keys/id_rsa.pub --
ssh-rsa AAAA
"), @r"
        warning (medium) a/Dockerfile:2:6 `COPY .` puts `keys/id_rsa` into an image that ships: a private SSH key
          b/Dockerfile:4:6 and here
          help: leave it out of the context; a step that needs it takes it with `RUN --mount=type=secret`, and what runs gets it mounted
        ");
    }

    #[test]
    fn a_build_argument_needs_evidence() {
        insta::assert_snapshot!(check("\
-- Dockerfile --
FROM debian
ARG GITHUB_TOKEN
ARG NPM_TOKEN
ARG UNUSED_TOKEN
ARG KEPT_SECRET
ENV KEPT=$KEPT_SECRET
RUN curl -fsS -H \"Authorization: token ${GITHUB_TOKEN}\" https://example.com/
-- compose.yaml --
services:
  app:
    build:
      context: .
      args:
        - NPM_TOKEN=${NPM_TOKEN}
"), @r"
        error Dockerfile:2:5 the credential `GITHUB_TOKEN` is a build argument, which stays in the history of the image
          Dockerfile:7:18 is used as a credential here
          help: take it with `RUN --mount=type=secret` in the step that needs it, and revoke it if the image was published
        error (medium) Dockerfile:3:5 the credential `NPM_TOKEN` is a build argument, which stays in the history of the image
          compose.yaml:6:11 is passed here
          help: take it with `RUN --mount=type=secret` in the step that needs it, and revoke it if the image was published
        error Dockerfile:6:5 `ENV KEPT` keeps the build argument `KEPT_SECRET` in the image
          Dockerfile:5:5 the build argument
          help: take it with `RUN --mount=type=secret` in the step that needs it, and revoke it if the image was published
        ");
    }

    #[test]
    fn values_may_tell() {
        let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0".repeat(2));
        let output = check_body(&format!("ENV HELLO={token}\nRUN echo {token} > /x\n"));
        insta::assert_snapshot!(output, @r"
        error Dockerfile:2:5 `ENV HELLO` holds a token of GitHub, which stays in the configuration of the image
          help: take it with `RUN --mount=type=secret` in the step that needs it, and revoke it if the image was published
        error Dockerfile:3:10 the step has a token of GitHub in its command line, which stays in the history of the image
          help: take it with `RUN --mount=type=secret`, and revoke this one
        ");
        insta::assert_snapshot!(check_body("ENV SECRET_KEY=f3a9c1e07b5d48261c\nARG DB=postgres://app:f3a9c1e07b@db.example.com/app\n"), @r"
        error (medium) Dockerfile:2:5 `ENV SECRET_KEY` holds a credential, which stays in the configuration of the image
          help: take it with `RUN --mount=type=secret` in the step that needs it, and revoke it if the image was published
        error (medium) Dockerfile:3:5 `ARG DB` holds a credential, which stays in the history of the image
          help: take it with `RUN --mount=type=secret` in the step that needs it, and revoke it if the image was published
        ");
    }

    #[test]
    fn what_a_step_writes_stays() {
        insta::assert_snapshot!(check_body("\
ARG NPM_TOKEN
RUN echo \"//registry.example.com/:_authToken=${NPM_TOKEN}\" > .npmrc
RUN echo 'root:hunter22' | chpasswd
RUN --mount=type=secret,id=netrc cat /run/secrets/netrc > /root/.netrc
"), @r"
        error Dockerfile:2:5 the credential `NPM_TOKEN` is a build argument, which stays in the history of the image
          Dockerfile:3:10 is used as a credential here
          help: take it with `RUN --mount=type=secret` in the step that needs it, and revoke it if the image was published
        error Dockerfile:3:62 the step writes a package manager's configuration with a token to `.npmrc`, which stays in the image
          help: mount the file: `RUN --mount=type=secret,target=…`
        error (medium) Dockerfile:4:10 the user `root` has a fixed password, which everybody can read in the image
          help: lock the account, and let in by key or by what is mounted
        error Dockerfile:5:59 the step writes login data for remote machines to `/root/.netrc`, which stays in the image
          help: mount the file: `RUN --mount=type=secret,target=…`
        ");
    }

    #[test]
    fn a_name_alone_says_nothing() {
        for body in [
            "ENV GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D\n",
            "ENV TOKEN=\nENV PASSWORD=changeme\nARG API_TOKEN\nRUN echo $API_TOKEN\n",
            "ENV POSTGRES_PASSWORD=postgres\n",
            "ENV PASSWORD_FILE=/run/secrets/password\n",
            "RUN --mount=type=secret,id=n,target=/root/.npmrc npm ci\n",
            "ENV NEXT_PUBLIC_API_TOKEN=f3a9c1e07b5d48261c\n",
            "RUN cat /run/secrets/a > .npmrc && npm ci && rm .npmrc\n",
            "ARG NPM_TOKEN\nRUN echo \"_authToken=$NPM_TOKEN\" > .npmrc\nFROM debian\n",
        ] {
            assert_eq!(check_body(body), "", "{body}");
        }
    }
}
