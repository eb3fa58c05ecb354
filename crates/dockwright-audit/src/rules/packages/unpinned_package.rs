//! `unpinned-package`

use crate::edits::version;
use crate::expansion::Argument;
use crate::package_calls::PackageCall;
use crate::package_commands::Pins;
use crate::package_settings::{has_snapshot, is_set};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is a package that is installed in whatever version is the newest.
    ///
    /// ## What it does
    ///
    /// Looks at the packages that a `RUN` names to `apt-get`, `apk`, `dnf`, `yum`, `zypper`, `pip`,
    /// `npm`, `gem` or `go`, and whether each has a version. Variables of `ARG` and `ENV` are
    /// resolved. What else says a version counts too: lower bounds, requirements and constraints
    /// (`pip install -r`, `-c`, `PIP_CONSTRAINT`), files (`./tool.deb`), commits of repositories, and
    /// repositories as they were at some time (`…/20250131T000000Z`, `APT::Snapshot`,
    /// `npm --before`). Tags such as `@latest` do not.
    ///
    /// Always a hint with low confidence: pins have a price too, and distributions keep their versions
    /// stable by themselves.
    ///
    /// ## Why is this bad?
    ///
    /// The same Dockerfile gives another image tomorrow, and a release that breaks something does so
    /// without any change in the repository.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM python:3.13
    /// RUN pip install --no-cache-dir flask
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM python:3.13
    /// RUN pip install --no-cache-dir flask==3.1.1
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Which version is meant is not in the repository. Where it is said from outside – `dockwright fix
    /// --packages-of IMAGE`, `--pins FILE` – the fix writes it behind each name, and is unsafe: the package
    /// repository of a distribution may have the newest version alone, so that the next build fails. There is
    /// no fix where the version of one package of the call is not known, or a name comes from a variable.
    ///
    /// ## References
    ///
    /// - Docker documentation, Building best practices: version pinning
    /// - Reproducible builds: snapshot archives of distributions
    UnpinnedPackage {
        name: "unpinned-package",
        family: Packages,
        severity: Warning,
        fix: None,
        aliases: [
            "DL3008", "DL3013", "DL3016", "DL3018", "DL3028", "DL3033", "DL3037", "DL3041",
            "DL3062",
        ],
    }
}

/// How many packages a message names.
const NAMED: usize = 3;

impl Rule for UnpinnedPackage {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let source = &cx.environment.documents.get(stage.dockerfile.document).text;
        for call in cx.package_calls(stage) {
            let Some(pins) = &call.command.pins else {
                continue;
            };
            let packages = unpinned(call, pins);
            let Some((first, others)) = packages.split_first() else {
                continue;
            };
            if is_set(cx, stage, call.at, &pins.settings) || has_snapshot(cx, stage, call.at) {
                continue;
            }
            let mut named: Vec<String> = packages
                .iter()
                .take(NAMED)
                .map(|package| format!("`{}`", package.span.of(source).trim_matches(['"', '\''])))
                .collect();
            if packages.len() > NAMED {
                named.push(format!("{} more", packages.len() - NAMED));
            }
            let have = if others.is_empty() { "has" } else { "have" };
            let message = format!("{} {have} no version", listed(&named));
            let mut finding = Finding::new(self.metadata(), stage.location(first.span), message)
                .codes(self.metadata().code(&pins.code))
                .confidence(Confidence::Low)
                .help(format!("say which is meant, as in `{}`", pins.example))
                .fix(version::pin(cx, stage, call, pins, &packages));
            for package in others {
                finding = finding.related(stage.location(package.span), "nor has this");
            }
            findings.push(finding);
        }
    }
}

/// The packages of a call that have no version.
fn unpinned<'c>(call: &'c PackageCall<'_>, pins: &Pins) -> Vec<&'c Argument> {
    let action = call.action(&pins.actions);
    let Some(action) = action.filter(|_| !call.has_option(&pins.options)) else {
        return Vec::new();
    };
    let mut packages: Vec<&Argument> = Vec::new();
    let count = if action.is_one_of(&pins.single) {
        1
    } else {
        usize::MAX
    };
    for package in action.operands.iter().take(count) {
        // Several words may come from one variable.
        let is_new = packages.last().is_none_or(|last| last.span != package.span);
        if is_new && !package.text.is_empty() && !pins.is_pinned(&package.text) {
            packages.push(package);
        }
    }
    packages
}

/// `a`, `a and b`, `a, b and c`
fn listed(names: &[String]) -> String {
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(dockerfile: &str) -> String {
        audit(
            "unpinned-package",
            &format!("-- Dockerfile --\n{dockerfile}"),
        )
    }

    #[test]
    fn a_call_is_reported_once_at_its_first_package() {
        insta::assert_snapshot!(check("\
FROM debian:trixie
RUN apt-get update && \\
    # tools
    apt-get install -y \\
      git=1:2.47 \\
      curl jq \\
      make \"$MORE\"
RUN <<EOF
set -e
gem install rake
EOF
RUN [\"npm\", \"install\", \"-g\", \"typescript@latest\"]
"), @r#"
        warning (low) Dockerfile:6:7 `curl`, `jq`, `make` and 1 more have no version
          Dockerfile:6:12 nor has this
          Dockerfile:7:7 nor has this
          Dockerfile:7:12 nor has this
          help: say which is meant, as in `curl=8.14.1-2`
        warning (low) Dockerfile:10:13 `rake` has no version
          help: say which is meant, as in `bundler:2.7.1`
        warning (low) Dockerfile:12:30 `typescript@latest` has no version
          help: say which is meant, as in `typescript@5.9.2`
        "#);
    }

    #[test]
    fn what_is_known_from_outside_is_written() {
        insta::assert_snapshot!(fix("unpinned-package", r#"
-- .pins --
{"packages": {
  "apt": {"curl": "8.14.1-2", "libc6": "2.41-12"},
  "pip": {"flask": "3.1.1", "Jinja2": "3.1.6"},
  "npm": {"typescript": "5.9.2", "@vue/cli": "5.0.8"}
}}
-- Dockerfile --
FROM debian:trixie
ARG PACKAGE=curl
RUN apt-get install -y \
      # why
      curl \
      libc6:amd64 && \
    pip install 'Flask[async]' "jinja2"
RUN ["npm", "install", "-g", "typescript@latest", "@vue/cli"]
RUN apt-get install -y curl unknown
RUN apt-get install -y $PACKAGE
"#), @r#"
        unsafe: write `curl=8.14.1-2`, `libc6:amd64=2.41-12`, for a repository may have no old versions, and nothing newer comes in until somebody renews them
        unsafe: write `Flask[async]==3.1.1`, `jinja2==3.1.6`, for a repository may have no old versions, and nothing newer comes in until somebody renews them
        unsafe: write `typescript@5.9.2`, `@vue/cli@5.0.8`, for a repository may have no old versions, and nothing newer comes in until somebody renews them
        -- Dockerfile --
        -      curl \
        -      libc6:amd64 && \
        -    pip install 'Flask[async]' "jinja2"
        -RUN ["npm", "install", "-g", "typescript@latest", "@vue/cli"]
        +      curl=8.14.1-2 \
        +      libc6:amd64=2.41-12 && \
        +    pip install 'Flask[async]==3.1.1' "jinja2==3.1.6"
        +RUN ["npm", "install", "-g", "typescript@5.9.2", "@vue/cli@5.0.8"]
        "#);
    }

    #[test]
    fn variables_are_resolved() {
        insta::assert_snapshot!(check("\
FROM debian:trixie
ARG FLASK=flask==3.1.1
ENV TOOLS=\"git=1:2.47 curl\"
RUN pip install $FLASK jinja2==$JINJA && apt-get install -y $TOOLS
"), @r#"
        warning (low) Dockerfile:4:61 `$TOOLS` has no version
          help: say which is meant, as in `curl=8.14.1-2`
        "#);
    }

    #[test]
    fn what_says_a_version_otherwise_counts() {
        for line in [
            "RUN pip install -c constraints.txt flask",
            "RUN python3 -m pip install --requirement=requirements.txt",
            "ENV PIP_CONSTRAINT=/constraints.txt\nRUN pip install flask",
            "RUN pip install 'flask>=3' ./here git+https://example.com/a/b@v1",
            "RUN sed -i 's,http://.*/debian,https://snapshot.example.com/debian/20250131T000000Z,' /etc/apt/sources.list\nRUN apt-get install -y curl",
            "RUN gem install rake -v 13",
            "RUN go install ./cmd/... tool && go run main.go build all",
            "RUN npm install --prefix app && npm ci",
            "RUN apk add --virtual .build 'gcc~14' ./own.apk",
            "RUN dnf install -y --enablerepo crb nodejs-22",
            // No shell that is known.
            "SHELL [\"pwsh\", \"-c\"]\nRUN npm install -g typescript",
        ] {
            let dockerfile = format!("FROM debian:trixie\n{line}\n");
            assert_eq!(check(&dockerfile), "", "{line}");
        }
    }
}
