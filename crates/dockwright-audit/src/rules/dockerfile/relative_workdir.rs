//! `relative-workdir`

use dockwright_environment::Value;
use dockwright_environment::build::Base;
use dockwright_syntax::Text;
use dockwright_syntax::dockerfile::InstructionKind;

use crate::distributions;
use crate::edits::DockerfileEdits;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

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
    /// FROM debian:trixie
    /// WORKDIR app
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// WORKDIR /app
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Writing the absolute path is safe where the directory is known: behind a `WORKDIR` with an absolute
    /// path, or on a base that is empty or a plain distribution. There is no fix for other bases: only
    /// the image says what its directory is.
    ///
    /// ## References
    ///
    /// - Build check `WorkdirRelativePath`
    /// - hadolint `DL3000`
    RelativeWorkdir {
        name: "relative-workdir",
        family: Dockerfile,
        severity: Warning,
        fix: Safe,
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
                .help("begin the path with `/`")
                .fix(fix(cx, stage, at, path).filter(|_| value.is_known() && !is_windows));
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

/// The absolute path, where this repository or a plain distribution says what the directory is.
fn fix(cx: Context<'_>, stage: StageView<'_>, at: usize, path: &Text) -> Option<Fix> {
    let directory = match cx.environment.working_directory(stage.id, at) {
        Some(directory) if directory.is_literal() && is_settled(cx, stage, at) => directory.text,
        None if distributions::starts_in_root(cx.environment, stage.id) => "/".to_owned(),
        _ => return None,
    };
    let written = path.value.trim_start_matches("./");
    let is_plain = !path.value.contains(['"', '\'', ' ', '\\']) && !path.value.contains("..");
    let edits = DockerfileEdits::of(cx.environment, stage.dockerfile);
    if !is_plain || written.is_empty() || !edits.is_verbatim(path) {
        return None;
    }
    let absolute = match written {
        "." => directory,
        _ => format!("{}/{written}", directory.trim_end_matches('/')),
    };
    let fix = Fix::safe(format!("write `{absolute}`"), "it is the same directory");
    Some(fix.replace(stage.location(path.span), absolute))
}

/// Whether the directory before `at` does not depend on a base from elsewhere: some `WORKDIR` in this
/// repository has an absolute path.
fn is_settled(cx: Context<'_>, stage: StageView<'_>, at: usize) -> bool {
    let chain: Vec<_> = cx.environment.chain_stages(stage.id).collect();
    let mut paths = chain.iter().flat_map(|id| {
        let instructions = cx.environment.stage_instructions(*id);
        let instructions = instructions.filter(move |(index, _)| *id != stage.id || *index < at);
        instructions.filter_map(move |(index, instruction)| match &instruction.kind {
            InstructionKind::Workdir(path) => Some(cx.environment.expand(*id, index, path)),
            _ => None,
        })
    });
    paths.any(|path: Value| path.text.starts_with('/'))
        || distributions::starts_in_root(cx.environment, stage.id)
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
    use crate::testing::{audit, fix};

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

    #[test]
    fn the_directory_before_may_be_known() {
        insta::assert_snapshot!(fix("relative-workdir", "\
-- Dockerfile --
FROM nginx
WORKDIR html
WORKDIR sub
WORKDIR /srv
WORKDIR app
WORKDIR ./bin
FROM scratch
WORKDIR app
"), @r#"
        safe: write `/srv/app`, for it is the same directory
        safe: write `/srv/app/bin`, for it is the same directory
        safe: write `/app`, for it is the same directory
        -- Dockerfile --
        -WORKDIR app
        -WORKDIR ./bin
        +WORKDIR /srv/app
        +WORKDIR /srv/app/bin
        -WORKDIR app
        +WORKDIR /app
        "#);
    }
}
