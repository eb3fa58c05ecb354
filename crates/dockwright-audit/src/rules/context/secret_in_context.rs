//! `secret-in-context`

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::context::BuildContext;
use dockwright_environment::contexts::SharedContext;
use dockwright_environment::tree::Entry;
use dockwright_environment::{Environment, Location, TreePath};
use dockwright_syntax::Span;

use crate::edits;
use crate::reads::{self, Read};
use crate::rule::{Context, Describe, Rule, rule};
use crate::secrets::{self, Written};
use crate::tables::Credential;
use crate::{Confidence, Finding, Fix, Severity};

rule! {
    /// There is a file of credentials that a build copies along with everything else.
    ///
    /// ## What it does
    ///
    /// Looks for files that hold credentials, by the names their own tools give them and by what is in
    /// them – a private key's PEM block, a token or password that is no placeholder – among what
    /// `COPY .`, the copy of a directory or a bind mount brings in and the ignore file lets through.
    /// A file that is not there yet, but that a script of the repository writes, is reported with
    /// medium confidence. Files of one kind in one directory are one finding.
    ///
    /// Samples (`.env.example`), public keys, and what lies among tests, examples or fixtures is left
    /// alone, and so is a file that a `COPY` names itself.
    ///
    /// ## Why is this bad?
    ///
    /// Whoever can pull the image can read the file, also when a later instruction removes it.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY . /src
    /// ```
    /// ```text .env
    /// API_TOKEN=f3a9c1e07b5d4826
    /// ```
    /// ```text .gitignore
    /// .env
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY . /src
    /// ```
    /// ```text .env
    /// API_TOKEN=f3a9c1e07b5d4826
    /// ```
    /// ```text .gitignore
    /// .env
    /// ```
    /// ```text .dockerignore
    /// .env
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Excluding a file that git ignores, or that is written later, is safe: a fresh checkout is built
    /// without it. For one that is committed it is unsafe: the build may read it, and then needs a
    /// secret mount. A file that the Dockerfile speaks of is left for you.
    ///
    /// ## References
    ///
    /// - Docker documentation: build secrets; build context, .dockerignore files
    SecretInContext {
        name: "secret-in-context",
        family: Context,
        severity: Error,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for SecretInContext {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let reads = cx.reads();
        let written = secrets::written(environment);
        let mut reported: BTreeSet<(Option<usize>, TreePath)> = BTreeSet::new();
        for (number, shared) in environment.contexts().iter().enumerate() {
            let own: Vec<&Read> = reads.iter().filter(|read| read.context == number).collect();
            let context = environment.build_context(shared);
            let brought = directories(&context, &own);
            if brought.is_empty() {
                continue;
            }
            let mut found: Vec<Finding> = Vec::new();
            // Credential and directory → its first finding, and how many files there are.
            let mut kept_out = KeptOut::default();
            let mut groups: BTreeMap<(&str, Option<TreePath>), (usize, usize)> = BTreeMap::new();
            for entry in secrets::candidates(&context) {
                if let Some(read) = bringer(&brought, &entry.path)
                    && let Some(credential) = secrets::evident(environment, &entry)
                    && reported.insert((shared.ignore, entry.path.clone()))
                {
                    let group = (credential.what.as_str(), entry.path.parent());
                    let (_, count) = groups.entry(group).or_insert((found.len(), 0));
                    *count += 1;
                    let is_local = entry.ignored || environment.git_ignores(&entry.path, false);
                    kept_out.add(environment, read, &entry.path, is_local);
                    if *count == 1 {
                        found.push(self.present(environment, read, &entry, credential));
                    }
                }
            }
            for (at, count) in groups.values().filter(|(_, count)| *count > 1) {
                if let Some(finding) = found.get_mut(*at) {
                    finding.message =
                        format!("{}, and {} more beside it", finding.message, count - 1);
                }
            }
            for written in &written {
                let is_sent = written.path.relative_to(&shared.directory).is_some()
                    && environment.tree.entry(&written.path).is_none()
                    && context.excluded_by(&written.path).is_none();
                if is_sent
                    && let Some(read) = bringer(&brought, &written.path)
                    && reported.insert((shared.ignore, written.path.clone()))
                {
                    kept_out.add(environment, read, &written.path, true);
                    found.push(self.written(read, written));
                }
            }
            let fix = kept_out.fix(environment, shared);
            for finding in &mut found {
                finding.fix.clone_from(&fix);
                let ignore = environment.ignore_of(shared);
                if let Some(ignore) = ignore {
                    let place = Location::new(ignore.document, Span::default());
                    *finding = finding
                        .clone()
                        .related(place, "this ignore file lets it through");
                }
            }
            findings.extend(found);
        }
    }
}

impl SecretInContext {
    fn present(
        &self,
        environment: &Environment,
        read: &Read<'_>,
        entry: &Entry,
        credential: &Credential,
    ) -> Finding {
        let path = &entry.path;
        let what = &credential.what;
        let quoted = reads::quoted(read);
        let message = format!("`{quoted}` brings `{path}` into the image: {what}");
        let message = if read.keyword.starts_with("RUN") {
            format!("`{quoted}` shows `{path}` to the build: {what}")
        } else {
            message
        };
        let mut finding = Finding::new(self.metadata(), read.location(), message)
            .confidence(read.confidence)
            .help(format!("exclude `{path}` in the ignore file; a build that needs it takes it as a secret mount"));
        if !entry.ignored {
            // What is committed may be made up, or is no secret any more.
            finding = finding
                .severity(Severity::Warning)
                .confidence(read.confidence.min(Confidence::Medium));
        }
        if let Some(document) = environment.documents.by_path(path) {
            finding = finding.related(Location::new(document.id, Span::default()), "this file");
        }
        finding
    }

    fn written(&self, read: &Read<'_>, written: &Written) -> Finding {
        let path = &written.path;
        let (quoted, what) = (reads::quoted(read), &written.credential.what);
        let message = if read.keyword.starts_with("RUN") {
            format!("`{quoted}` will show `{path}` to the build once it is written: {what}")
        } else {
            format!("`{quoted}` will bring `{path}` into the image once it is written: {what}")
        };
        Finding::new(self.metadata(), read.location(), message)
            .severity(Severity::Warning)
            .confidence(read.confidence.min(Confidence::Medium))
            .related(written.location, "it is written here")
            .help(format!("exclude `{path}` in the ignore file"))
    }
}

/// The files that one ignore file is to keep out, all by the same fix.
#[derive(Default)]
struct KeptOut {
    paths: BTreeSet<TreePath>,
    /// Whether a checkout that is built has one of them, or the builder looks at it.
    is_there: bool,
    /// Whether a Dockerfile speaks of one of them, so that its build needs it.
    is_needed: bool,
}

impl KeptOut {
    fn add(&mut self, environment: &Environment, read: &Read<'_>, path: &TreePath, is_local: bool) {
        let dockerfile = &environment.documents.get(read.location().document).text;
        self.is_needed |= dockerfile.contains(path.file_name());
        self.is_there |= !is_local || read.keyword.starts_with("RUN");
        self.paths.insert(path.clone());
    }

    fn fix(&self, environment: &Environment, shared: &SharedContext) -> Option<Fix> {
        if self.is_needed {
            return None;
        }
        let paths = self.paths.iter();
        let lines = paths.map(|path| {
            let relative = path.relative_to(&shared.directory)?;
            Some(edits::ignore::pattern(relative)?.to_owned())
        });
        let lines: Vec<String> = lines.collect::<Option<_>>()?;
        let title = format!("exclude `{}`", lines.join("`, `"));
        let fix = if self.is_there {
            Fix::with_care(title, "the build may read it")
        } else {
            Fix::safe(title, "a fresh checkout is built without it")
        };
        edits::ignore::append(environment, shared, fix, &lines)
    }
}

/// The directories that are read, the whole context before others.
fn directories<'r, 'a>(
    context: &BuildContext<'_>,
    reads: &[&'r Read<'a>],
) -> Vec<(TreePath, &'r Read<'a>)> {
    let mut directories = Vec::new();
    for read in reads {
        let Some(path) = read.path() else {
            continue;
        };
        if read.is_whole() {
            directories.push((context.directory().clone(), *read));
        } else if let Ok(sources) = context.resolve_source(&path) {
            directories.extend(sources.matched.into_iter().map(|path| (path, *read)));
        }
    }
    directories.sort_by(|a, b| {
        let order = |(path, read): &(TreePath, &Read)| {
            (path.parts().count(), std::cmp::Reverse(read.confidence))
        };
        order(a).cmp(&order(b))
    });
    directories
}

/// The read that brings a file in without naming it.
fn bringer<'r, 'a>(
    directories: &[(TreePath, &'r Read<'a>)],
    path: &TreePath,
) -> Option<&'r Read<'a>> {
    let mut above = directories.iter().filter(|(directory, _)| {
        path.relative_to(directory)
            .is_some_and(|rest| !rest.is_empty())
    });
    above.next().map(|(_, read)| *read)
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    const RULE: &str = "secret-in-context";

    #[test]
    fn names_and_contents_both_speak() {
        insta::assert_snapshot!(audit(RULE, "\
-- compose.yaml --
services:
  web:
    build: .
-- Dockerfile --
FROM debian
COPY . /src
-- .env --
POSTGRES_PASSWORD=b7Kq0s9ZpLw2
-- certs/server.pem --
-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASC
-----END PRIVATE KEY-----
-- certs/ca.pem --
-----BEGIN CERTIFICATE-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASC
-----END CERTIFICATE-----
-- id_rsa.pub --
ssh-rsa AAAA
-- .env.example --
TOKEN=0123456789abcdef
-- tests/fixtures/id_rsa --
-----BEGIN PRIVATE KEY-----
-- .npmrc --
//registry.example.com/:_authToken=${NPM_TOKEN}
-- web.env --
API_KEY=changeme
PASSWORD_FILE=/run/secrets/password
TOKEN=
"), @r"
        warning (medium) Dockerfile:2:6 `COPY .` brings `.env` into the image: an environment file with credentials
          .env:1:1 this file
          help: exclude `.env` in the ignore file; a build that needs it takes it as a secret mount
        warning (medium) Dockerfile:2:6 `COPY .` brings `certs/server.pem` into the image: a private key
          help: exclude `certs/server.pem` in the ignore file; a build that needs it takes it as a secret mount
        ");
    }

    #[test]
    fn only_what_a_build_brings_in_counts() {
        assert_eq!(
            audit(
                RULE,
                "\
-- Dockerfile --
FROM debian
COPY src /src
COPY .env /x
-- .env --
TOKEN=0123456789abcdef
-- src/a.c --
"
            ),
            ""
        );
    }

    #[test]
    fn what_a_script_writes_is_not_there_yet() {
        insta::assert_snapshot!(audit(RULE, "\
-- Dockerfile --
FROM debian
COPY . /src
-- .dockerignore --
.env
-- scripts/login.sh --
#!/bin/sh
curl -s https://example.com/token > scripts/.auth_tokens.json
echo TOKEN=$TOKEN > .env
"), @r"
        warning (medium) Dockerfile:2:6 `COPY .` will bring `scripts/.auth_tokens.json` into the image once it is written: stored auth tokens
          scripts/login.sh:2:37 it is written here
          .dockerignore:1:1 this ignore file lets it through
          help: exclude `scripts/.auth_tokens.json` in the ignore file
        ");
    }

    #[test]
    fn what_git_ignores_is_excluded() {
        insta::assert_snapshot!(fix("secret-in-context", "\
-- Dockerfile --
FROM debian
COPY . /src
-- .gitignore --
.env
-- .env --
POSTGRES_PASSWORD=b7Kq0s9ZpLw2
-- scripts/login.sh --
#!/bin/sh
curl -s https://example.com/token > scripts/.auth_tokens.json
-- .dockerignore --
*.log
"), @r#"
        safe: exclude `.env`, `scripts/.auth_tokens.json`, for a fresh checkout is built without it
        safe: exclude `.env`, `scripts/.auth_tokens.json`, for a fresh checkout is built without it
        -- .dockerignore --
        +.env
        +scripts/.auth_tokens.json
        "#);
    }
}
