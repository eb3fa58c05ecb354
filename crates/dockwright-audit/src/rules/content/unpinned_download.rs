//! `unpinned-download`

use std::collections::HashSet;

use dockwright_environment::build::Base;
use dockwright_environment::copies::CopyOrigin;
use dockwright_syntax::Span;
use dockwright_syntax::shell::{Command, Node, Statement};

use crate::downloads::{self, Download, Output};
use crate::images::is_fixture;
use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::{Step, literals};
use crate::{Confidence, Finding, Fix, Severity, StageView};

/// Programs that run what they are handed.
const INTERPRETERS: &[&str] = &[
    "bash", "sh", "ash", "dash", "zsh", "python", "python3", "perl", "ruby", "node", "php",
];

/// Programs that take an archive apart.
const UNPACKERS: &[&str] = &[
    "tar", "bsdtar", "unzip", "gunzip", "gzip", "zcat", "unxz", "xz", "xzcat", "bunzip2", "bzip2",
    "cpio", "unzstd", "zstd",
];

/// Programs that compare with a checksum or signature. Source: the manual of each.
const CHECKS: &[&str] = &[
    "cosign",
    "gpg",
    "gpgv",
    "gpg2",
    "md5sum",
    "b2sum",
    "minisign",
    "openssl",
    "sha1sum",
    "sha224sum",
    "sha256sum",
    "sha384sum",
    "sha512sum",
    "shasum",
    "signify",
    "slsa-verifier",
    "rpmkeys",
];

/// Where package managers keep what they check signatures with, and the names of repositories.
const TRUST: &[&str] = &[
    "/etc/apt/",
    "/usr/share/keyrings",
    "/etc/apk/",
    "/etc/yum.repos.d",
    "/etc/zypp",
    "/etc/pki/rpm-gpg",
    "keyring",
];

rule! {
    /// There is a download that nothing compares with what was meant.
    ///
    /// ## What it does
    ///
    /// Looks at `ADD` of an address, and at what `curl` and `wget` save, unpack or hand to a shell, in
    /// every stage that some build needs. A download counts as checked when a checksum or signature is
    /// compared in the same step (`sha256sum -c`, `gpg --verify`, a test of what `sha256sum` prints), or
    /// in a later one for a file that is saved; when `--checksum=` gives it; and when the address has a
    /// digest or a commit in it. Keys and lists of package repositories are left out: packages are
    /// checked with them.
    ///
    /// A script that goes to a shell at once is a warning; so is a download without a version or
    /// without TLS. What has a version is information.
    ///
    /// ## Why is this bad?
    ///
    /// Whoever controls the other end, or the way there, controls the image. Two builds may differ with
    /// no change in the repository, and nobody can tell afterwards what was in it.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN curl -fsSL https://example.com/tool-1.2.tar.gz | tar -xz -C /opt
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d \
    ///     https://example.com/tool-1.2.tar.gz /tmp/tool.tar.gz
    /// RUN tar -xz -C /opt -f /tmp/tool.tar.gz
    /// ```
    ///
    /// ## Fix safety
    ///
    /// For `ADD` the option is shown that takes the checksum. Nothing is written: the right checksum has to come from whoever publishes the file; the one of what is
    /// served today may be that of the attack.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `ADD --checksum`
    /// - sha256sum(1), gpg(1)
    UnpinnedDownload {
        name: "unpinned-download",
        family: Content,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for UnpinnedDownload {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        if !is_needed(stage) || is_fixture(cx.environment, stage.location(Span::default())) {
            return;
        }
        self.additions(cx, stage, findings);
        let steps = cx.steps(stage);
        let last_check = steps.iter().rposition(checks);
        for (number, step) in steps.iter().enumerate() {
            if checks(step) {
                continue;
            }
            let is_checked_later = last_check.is_some_and(|last| last > number);
            let pipelines = pipelines(step);
            let mut seen = HashSet::new();
            for download in downloads::of_step(step) {
                let url = strip(&download.url);
                if is_pinned(url) || is_local(url) {
                    continue;
                }
                let behind = behind(&pipelines, download.statement);
                if is_trust(&behind, &download) || !seen.insert(download.span) {
                    continue;
                }
                let Some(fate) = fate(step, &behind, &download) else {
                    continue;
                };
                if fate != Fate::Run && is_checked_later {
                    continue;
                }
                findings.push(self.download(stage, &download, fate));
            }
        }
    }
}

impl UnpinnedDownload {
    fn additions(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let copies = cx.environment.copies(stage.id).into_iter();
        let added = copies.filter(|copy| copy.add && copy.origin == CopyOrigin::Context);
        for copy in added.filter(|copy| copy.instruction.flag("checksum").is_none()) {
            for source in copy.sources.iter().filter(|source| {
                let is_web =
                    source.text.starts_with("http://") || source.text.starts_with("https://");
                is_web && !source.text.contains(".git")
            }) {
                let to = copy.destination.known().unwrap_or_default();
                let is_key = TRUST.iter().any(|place| to.contains(place));
                if is_pinned(&source.text) || is_key {
                    continue;
                }
                let message = "`ADD` downloads without a checksum";
                let keyword = copy.instruction.keyword.span;
                let fix = Fix::to_show(
                    "write `ADD --checksum=sha256:…`",
                    "the checksum has to come from whoever publishes the file",
                );
                let option = " --checksum=sha256:…";
                let fix = fix.insert(stage.dockerfile.document, keyword.end, option);
                findings.push(
                    Finding::new(self.metadata(), source.location, message)
                        .severity(severity(&source.text))
                        .confidence(Confidence::Medium)
                        .help(
                            "give the checksum that its publisher names: `ADD --checksum=sha256:…`",
                        )
                        .fix(fix),
                );
            }
        }
    }

    fn download(&self, stage: StageView<'_>, download: &Download<'_>, fate: Fate) -> Finding {
        let program = download.program;
        let (message, severity, help) = match fate {
            Fate::Run => (
                format!("`{program}` hands a script to a shell, and nothing checks it"),
                Severity::Warning,
                "save it, compare it with the checksum of the version that was read, and run it then; or install a package",
            ),
            Fate::Unpacked => (
                format!("`{program}` downloads an archive that is unpacked without a check"),
                severity(&download.url),
                "save it, compare it with `sha256sum -c`, and unpack it then; or use `ADD --checksum=… --unpack`",
            ),
            Fate::Saved => (
                format!("`{program}` downloads a file that nothing checks"),
                severity(&download.url),
                "compare it with `sha256sum -c`; or use `ADD --checksum=…`",
            ),
        };
        Finding::new(self.metadata(), stage.location(download.span), message)
            .severity(severity)
            .confidence(Confidence::Medium)
            .help(help)
    }
}

/// What becomes of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Run,
    Unpacked,
    Saved,
}

/// Whether some build needs the stage.
fn is_needed(stage: StageView<'_>) -> bool {
    let Some(target) = stage.build.target else {
        return true;
    };
    let mut waiting = vec![target];
    let mut seen = HashSet::new();
    while let Some(index) = waiting.pop() {
        let Some(other) = stage.build.stages.get(index).filter(|_| seen.insert(index)) else {
            continue;
        };
        let bases = other
            .sources
            .iter()
            .map(|source| &source.base)
            .chain([&other.base]);
        waiting.extend(bases.filter_map(|base| match base {
            Base::Stage(index) => Some(*index),
            _ => None,
        }));
    }
    seen.contains(&stage.id.stage) || stage.is_target()
}

/// Whether a step compares something with a checksum or a signature.
fn checks(step: &Step<'_>) -> bool {
    step.invocations().any(|(invocation, _)| {
        let is_key = literals(invocation.arguments()).any(|word| {
            matches!(
                word,
                "--dearmor"
                    | "--import"
                    | "--recv-keys"
                    | "--recv"
                    | "rand"
                    | "req"
                    | "genrsa"
                    | "x509"
            )
        });
        let is_verify = literals(invocation.arguments()).any(|word| {
            matches!(
                word,
                "--verify" | "verify" | "verify-blob" | "--checksig" | "-K"
            )
        });
        CHECKS.contains(&invocation.name) && (!is_key || is_verify)
            || invocation.name.starts_with("rpm") && is_verify
    })
}

/// Whether an address says what is behind it: a commit or a digest.
fn is_pinned(url: &str) -> bool {
    let parts = url.split(|letter: char| !letter.is_ascii_alphanumeric());
    parts.into_iter().any(|part| {
        matches!(part.len(), 40 | 64 | 96 | 128)
            && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Whether an address is that of the machine itself, or of an interface that is asked for something.
fn is_local(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    matches!(
        host,
        "localhost" | "127.0.0.1" | "0.0.0.0" | "169.254.169.254"
    ) || host.starts_with("api.")
}

fn strip(url: &str) -> &str {
    url.trim_start_matches("--url=")
}

/// Whether a download is a key, a signature, a list of checksums or a list of a package repository.
fn is_trust(behind: &[&Statement], download: &Download<'_>) -> bool {
    const ENDINGS: &[&str] = &[
        ".asc",
        ".gpg",
        ".key",
        ".pub",
        ".sig",
        ".sha256",
        ".sha256sum",
        ".sha512",
        ".sha1",
        ".md5",
        ".minisig",
        ".repo",
        ".list",
        ".sources",
        "KEYS",
        "KEY.gpg",
        "SHA256SUMS",
        "SHASUMS256.txt",
        "checksums.txt",
        "-key",
        ".pem",
        ".crt",
    ];
    let url = strip(&download.url);
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let to = match &download.output {
        Output::File(name) => name.as_str(),
        _ => "",
    };
    let has_end = |text: &str| ENDINGS.iter().any(|end| text.ends_with(end));
    has_end(path)
        || has_end(to)
        || path.to_ascii_lowercase().contains("gpg")
        || TRUST.iter().any(|place| to.contains(place))
        || behind.iter().any(|statement| {
            let Command::Simple(command) = &statement.command else {
                return false;
            };
            let name = command.invocation().map(|invocation| invocation.name);
            let mut words = command.words.iter().map(downloads::outline);
            matches!(name, Some("gpg" | "gpg2" | "apt-key" | "rpm" | "rpmkeys"))
                || words.any(|word| TRUST.iter().any(|place| word.contains(place)))
        })
}

/// What becomes of a download; `None` when it is only looked at.
fn fate(step: &Step<'_>, behind: &[&Statement], download: &Download<'_>) -> Option<Fate> {
    let calls = |statement: &&&Statement, programs: &[&str]| match &statement.command {
        Command::Simple(command) => command
            .invocation()
            .is_some_and(|invocation| programs.contains(&invocation.name)),
        _ => false,
    };
    let file = match &download.output {
        Output::Nowhere => return None,
        Output::Stream => {
            if behind.iter().any(|it| calls(&it, INTERPRETERS))
                || is_substituted_into_shell(step, download)
            {
                return Some(Fate::Run);
            }
            if behind.iter().any(|it| calls(&it, UNPACKERS)) {
                return Some(Fate::Unpacked);
            }
            let saved = behind
                .iter()
                .any(|it| calls(&it, &["tee", "dd", "install"]))
                && !behind
                    .iter()
                    .any(|it| calls(&it, &["jq", "grep", "sed", "awk"]));
            return saved.then_some(Fate::Saved);
        }
        Output::File(name) => name,
    };
    let name = file.rsplit('/').next().unwrap_or(file);
    let names_it = |programs: &[&str]| {
        step.invocations().any(|(invocation, _)| {
            let is_it = |word: &String| !name.is_empty() && word.rsplit('/').next() == Some(name);
            programs.contains(&invocation.name)
                && invocation
                    .arguments()
                    .iter()
                    .map(downloads::outline)
                    .any(|word| is_it(&word))
        })
    };
    if names_it(INTERPRETERS) || names_it(&[".", "source"]) {
        Some(Fate::Run)
    } else if names_it(UNPACKERS) {
        Some(Fate::Unpacked)
    } else {
        Some(Fate::Saved)
    }
}

/// The members of every pipeline of a step.
fn pipelines<'a>(step: &Step<'a>) -> Vec<&'a [Statement]> {
    let mut pipelines = Vec::new();
    step.script.walk(&mut |node, _| {
        if let Node::Statement(outer) = node
            && let Command::Pipeline(members) = &outer.command
        {
            pipelines.push(members.as_slice());
        }
    });
    pipelines
}

/// The statements behind one in its pipeline.
fn behind<'a>(pipelines: &[&'a [Statement]], statement: &Statement) -> Vec<&'a Statement> {
    let around = pipelines.iter().filter_map(|members| {
        let mut places = members.iter();
        let at = places.position(|member| holds(member, statement.span))?;
        members.get(at + 1..)
    });
    around.flatten().collect()
}

fn holds(statement: &Statement, span: Span) -> bool {
    statement.span.contains(span)
}

/// Whether a download is put into the command line of a shell: `bash -c "$(curl …)"`, `bash <(curl …)`.
fn is_substituted_into_shell(step: &Step<'_>, download: &Download<'_>) -> bool {
    step.invocations().any(|(invocation, command)| {
        let is_shell = INTERPRETERS.contains(&invocation.name)
            || matches!(invocation.name, "eval" | "source" | ".");
        is_shell
            && command.command.span.contains(download.statement.span)
            && command.command.span != download.statement.span
    })
}

/// How bad a download is, by its address: with TLS and a version in it, one can at least say what
/// was meant.
fn severity(url: &str) -> Severity {
    let is_versioned = || {
        let moving = ["/latest/", "/master/", "/nightly/", "/HEAD/", "/heads/"];
        // A digit or a variable that is no part of a host's name.
        let path = url.split_once("://").map_or(url, |(_, rest)| rest);
        let path = path.split_once('/').map_or("", |(_, path)| path);
        path.contains(|letter: char| letter.is_ascii_digit() || letter == '$')
            && !moving.iter().any(|word| url.contains(word))
    };
    if url.starts_with("https://") && is_versioned() {
        Severity::Info
    } else {
        Severity::Warning
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(body: &str) -> String {
        audit(
            "unpinned-download",
            &format!("-- Dockerfile --\nFROM debian\n{body}\n"),
        )
    }

    #[test]
    fn what_becomes_of_it_counts() {
        insta::assert_snapshot!(check("\
RUN curl -fsSL https://example.com/install.sh | bash -s -- -y
RUN bash -c \"$(curl -fsSL https://example.com/i)\"
RUN wget -qO- https://example.com/v1.2.0/a.tgz | tar xz
RUN set -e; \\
    wget https://example.com/latest/a.zip; \\
    unzip a.zip
ADD https://example.com/a-1.0.jar /a.jar
RUN curl -Lo /usr/bin/a http://example.com/a-1.0"), @r"
        warning (medium) Dockerfile:2:16 `curl` hands a script to a shell, and nothing checks it
          help: save it, compare it with the checksum of the version that was read, and run it then; or install a package
        warning (medium) Dockerfile:3:27 `curl` hands a script to a shell, and nothing checks it
          help: save it, compare it with the checksum of the version that was read, and run it then; or install a package
        warning (medium) Dockerfile:6:10 `wget` downloads an archive that is unpacked without a check
          help: save it, compare it with `sha256sum -c`, and unpack it then; or use `ADD --checksum=… --unpack`
        warning (medium) Dockerfile:9:25 `curl` downloads a file that nothing checks
          help: compare it with `sha256sum -c`; or use `ADD --checksum=…`
        info (medium) Dockerfile:4:15 `wget` downloads an archive that is unpacked without a check
          help: save it, compare it with `sha256sum -c`, and unpack it then; or use `ADD --checksum=… --unpack`
        info (medium) Dockerfile:8:5 `ADD` downloads without a checksum
          help: give the checksum that its publisher names: `ADD --checksum=sha256:…`
        ");
    }

    #[test]
    fn a_check_is_a_check() {
        const DIGEST: &str = "24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d";
        for body in [
            "RUN curl -o a https://example.com/a && echo \"x  a\" | sha256sum -c -".to_owned(),
            "RUN curl -o a https://example.com/a && [ \"$(sha256sum a | cut -d' ' -f1)\" = \"$SUM\" ]".to_owned(),
            "RUN curl -o a https://example.com/a\nRUN gpg --verify a.asc a".to_owned(),
            format!("RUN curl -o a https://example.com/{DIGEST}/a"),
            format!("ADD --checksum=sha256:{DIGEST} https://example.com/a /a"),
            "RUN curl -fsSL https://example.com/key | gpg --dearmor -o /etc/apt/keyrings/a.gpg".to_owned(),
            "RUN curl -o /etc/apt/keyrings/a.asc https://example.com/a".to_owned(),
        ] {
            assert_eq!(check(&body), "", "{body}");
        }
    }

    #[test]
    fn a_question_is_no_download() {
        for body in [
            "RUN curl -s https://example.com/version | jq -r .tag",
            "RUN V=$(curl -s https://example.com/version) && echo $V",
            "RUN curl -fsS http://localhost:8080/health -o /tmp/x",
            "RUN curl -sSf -o /dev/null https://example.com/",
            "RUN wget --spider https://example.com/",
            "RUN curl -I https://example.com/",
            "RUN curl -o a \"$URL\"",
        ] {
            assert_eq!(check(body), "", "{body}");
        }
    }

    #[test]
    fn a_stage_that_nothing_needs_is_left_alone() {
        assert_eq!(
            check("RUN curl https://example.com/a | sh\nFROM alpine"),
            ""
        );
    }
}
