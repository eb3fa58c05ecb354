//! `wget-progress`

use dockwright_syntax::shell::Invocation;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

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
    /// Safe for GNU wget, which knows `--progress`; the one of `BusyBox` only knows `-q`.
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
                    .help("use `--progress=dot:giga`, or `-nv`, or `-q`"),
            );
        }
    }
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
    use crate::testing::audit;

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
}
