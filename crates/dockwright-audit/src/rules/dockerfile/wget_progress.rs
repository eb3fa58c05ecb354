//! `wget-progress`

use dockwright_syntax::shell::Invocation;

use crate::distributions::{self, Wget};
use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::Step;
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is a `wget` that writes its progress into the log of the build.
    ///
    /// ## What it does
    ///
    /// Reports each `RUN` with a `wget` that neither is quiet nor has `--progress` nor a log file of its
    /// own, once. It only nags, so the finding is a hint with low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// Without a terminal `wget` writes a line for every 50 KB, and what matters in the log is lost among
    /// them.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN wget https://example.com/large.tar.gz
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN wget --progress=dot:giga https://example.com/large.tar.gz
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Adding `--progress=dot:giga` is safe for GNU wget, which Debian, Fedora and their relatives have.
    /// The `wget` of `BusyBox`, on Alpine, gets `-q`. Where the distribution is not known, the fix is
    /// unsafe.
    ///
    /// ## References
    ///
    /// - wget(1): `--progress`
    WgetProgress {
        name: "wget-progress",
        family: Dockerfile,
        severity: Info,
        fix: Safe,
        aliases: ["DL3047"],
    }
}

impl Rule for WgetProgress {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for step in cx.steps(stage) {
            let mut calls = step.invocations();
            let Some((_, command)) = calls.find(|(call, _)| call.name == "wget" && is_loud(call))
            else {
                continue;
            };
            let at = stage.location(command.command.span);
            let finding = Finding::new(
                self.metadata(),
                at,
                "`wget` writes its progress into the log of the build",
            );
            findings.push(
                finding
                    .confidence(Confidence::Low)
                    .help("use `--progress=dot:giga`, or `-nv`, or `-q`")
                    .fix(fix(cx, stage, step)),
            );
        }
    }
}

/// Gives every loud call of a step the option that its `wget` knows.
fn fix(cx: Context<'_>, stage: StageView<'_>, step: &Step<'_>) -> Fix {
    let packages = cx.environment.packages(stage.id);
    let is_installed = packages.iter().any(|it| it.package.name == "wget");
    let wget = match distributions::of(cx.environment, stage.id).map(|it| it.wget) {
        Some(Wget::Busybox) if is_installed => Some(Wget::Gnu),
        known => known,
    };
    let (option, why) = match wget {
        Some(Wget::Busybox) => ("-q", "the `wget` of BusyBox tells of errors all the same"),
        _ => (
            "--progress=dot:giga",
            "GNU wget prints less and does the same",
        ),
    };
    let title = format!("add `{option}`");
    let fix = match wget {
        Some(_) => Fix::safe(title, why),
        None => Fix::with_care(title, "the `wget` of BusyBox does not know the option"),
    };
    let calls = step.invocations().map(|(call, _)| call);
    let loud = calls.filter(|call| call.name == "wget" && is_loud(call));
    let names = loud.filter_map(|call| call.words.first());
    names.fold(fix, |fix, name| {
        let document = stage.dockerfile.document;
        fix.insert(document, name.span.end, format!(" {option}"))
    })
}

fn is_loud(call: &Invocation<'_>) -> bool {
    const QUIET: [&str; 4] = [
        "--quiet",
        "--no-verbose",
        "--output-file",
        "--append-output",
    ];
    let mut options = call
        .arguments()
        .iter()
        .filter_map(|word| word.literal.as_deref());
    !options.any(|option| {
        let is_short = option.starts_with('-') && !option.starts_with("--");
        let name = option.split('=').next().unwrap_or_default();
        name == "--progress"
            || QUIET.contains(&name)
            || option.starts_with("-nv")
            || (is_short && option.contains(['q', 'o', 'a']))
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn quiet_calls_have_many_forms() {
        let check = |call: &str| {
            audit(
                "wget-progress",
                &format!("-- Dockerfile --\nFROM debian:trixie\nRUN {call}\n"),
            )
        };
        for call in [
            "wget -qO- x",
            "wget -nv x",
            "wget --quiet x",
            "wget -o log x",
            "wget --progress dot x",
            "curl x",
        ] {
            assert_eq!(check(call), "", "{call}");
        }
        insta::assert_snapshot!(check("make \\\n && wget -O - x | sh"), @"
        info (low) Dockerfile:3:5 `wget` writes its progress into the log of the build
          help: use `--progress=dot:giga`, or `-nv`, or `-q`
        ");
    }

    #[test]
    fn the_option_depends_on_the_distribution() {
        insta::assert_snapshot!(fix("wget-progress", "\
-- Dockerfile --
FROM debian:trixie
RUN wget a && wget b
FROM alpine:3.22
RUN wget c
FROM alpine:3.22
RUN apk add wget && wget d
FROM example.com/any
RUN wget e
"), @r#"
        safe: add `--progress=dot:giga`, for GNU wget prints less and does the same
        safe: add `-q`, for the `wget` of BusyBox tells of errors all the same
        safe: add `--progress=dot:giga`, for GNU wget prints less and does the same
        unsafe: add `--progress=dot:giga`, for the `wget` of BusyBox does not know the option
        -- Dockerfile --
        -RUN wget a && wget b
        +RUN wget --progress=dot:giga a && wget --progress=dot:giga b
        -RUN wget c
        +RUN wget -q c
        -RUN apk add wget && wget d
        +RUN apk add wget && wget --progress=dot:giga d
        -RUN wget e
        +RUN wget --progress=dot:giga e
        "#);
    }
}
