//! `relative-workdir`

use dockwright_environment::build::Base;
use dockwright_syntax::dockerfile::InstructionKind;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is a working directory that depends on the base image.
    ///
    /// ## What it does
    ///
    /// Looks at the first `WORKDIR` of a stage and of the stages of the file that it starts from,
    /// with its variables expanded. A relative one that follows another is a hint of low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// A relative path continues the working directory of the base. When a new version of the base
    /// has another one, everything moves, and paths that name the directory elsewhere are wrong.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM nginx:1.29
    /// WORKDIR html
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM nginx:1.29
    /// WORKDIR /usr/share/nginx/html
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: only the base image says what the directory is.
    ///
    /// ## References
    ///
    /// - Build check `WorkdirRelativePath`
    /// - hadolint `DL3000`
    RelativeWorkdir {
        name: "relative-workdir",
        family: Dockerfile,
        severity: Warning,
        fix: None,
        aliases: ["WorkdirRelativePath", "DL3000"],
    }
}

impl Rule for RelativeWorkdir {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let is_windows = cx.environment.is_windows(stage.id);
        let mut is_first = !bases_enter(stage);
        for (at, instruction) in stage.instructions() {
            let InstructionKind::Workdir(path) = &instruction.kind else {
                continue;
            };
            let value = stage.expand(at, path);
            let first = std::mem::replace(&mut is_first, false);
            if is_absolute(&value.text, is_windows) {
                continue;
            }
            let message = match value.text.as_str() {
                "" => "the working directory is empty".to_owned(),
                text => format!("the working directory `{text}` is relative"),
            };
            let mut finding = Finding::new(self.metadata(), stage.location(path.span), message)
                .help("begin the path with `/`");
            // hadolint takes a variable, and a drive, for the beginning of an absolute path.
            let is_plain = !path.value.trim_start_matches(['"', '\'']).starts_with('$')
                && !is_absolute(&path.value, true);
            finding = match (first, is_plain) {
                (true, true) => finding,
                (true, false) => finding.codes(&["WorkdirRelativePath"]),
                (false, true) => finding.codes(&["DL3000"]).confidence(Confidence::Low),
                (false, false) => continue,
            };
            if !value.is_known() {
                finding = finding.confidence(Confidence::Low);
            }
            findings.push(finding);
        }
    }
}

/// Whether a stage of the file that this one starts from has a `WORKDIR`.
fn bases_enter(stage: StageView<'_>) -> bool {
    let tree = &stage.dockerfile.tree;
    let mut base = &stage.stage.base;
    // A base stands earlier, so that this ends.
    while let Base::Stage(index) = base {
        let instructions = tree
            .stages
            .get(*index)
            .map(|it| tree.stage_instructions(it));
        let mut instructions = instructions.unwrap_or_default().iter();
        if instructions.any(|it| matches!(it.kind, InstructionKind::Workdir(_))) {
            return true;
        }
        match stage.build.stages.get(*index) {
            Some(next) => base = &next.base,
            None => return false,
        }
    }
    false
}

/// Whether a path is absolute; on Windows one with a drive is as well.
fn is_absolute(path: &str, is_windows: bool) -> bool {
    let mut letters = path.chars();
    let drive = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && letters.next() == Some(':');
    path.starts_with('/') || is_windows && (drive || path.starts_with('\\'))
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(dockerfile: &str) -> String {
        audit(
            "relative-workdir",
            &format!("-- Dockerfile --\n{dockerfile}"),
        )
    }

    #[test]
    fn the_first_one_decides_for_those_that_follow() {
        insta::assert_snapshot!(check("\
FROM debian:trixie AS a
WORKDIR app
WORKDIR bin
FROM a
WORKDIR \"lib 64\"
"), @r"
        warning Dockerfile:2:9 the working directory `app` is relative
          help: begin the path with `/`
        warning (low) Dockerfile:3:9 the working directory `bin` is relative
          help: begin the path with `/`
        warning (low) Dockerfile:5:9 the working directory `lib 64` is relative
          help: begin the path with `/`
        ");
    }

    #[test]
    fn variables_are_expanded() {
        assert_eq!(
            check("FROM debian:trixie\nARG D=/srv\nWORKDIR $D/app\n"),
            ""
        );
        assert!(check("FROM debian:trixie\nARG D=srv\nWORKDIR $D\n").contains("`srv`"));
        assert!(check("FROM debian:trixie\nARG D\nWORKDIR $D\n").contains("(low)"));
        assert_eq!(check("FROM debian:trixie\nARG D\nWORKDIR /srv/$D\n"), "");
    }

    #[test]
    fn windows_has_drives() {
        assert_eq!(check("# escape=`\nFROM any\nWORKDIR C:\\app\n"), "");
    }
}
