//! `world-writable-path`

use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::literals;
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is a file or directory that every user may write.
    ///
    /// ## What it does
    ///
    /// Looks at calls of `chmod` whose mode lets others write, such as `777`, `a+rwX` and `o+w`. A directory with the
    /// sticky bit (`1777`) is left alone. Always a hint with low confidence: platforms that run containers as any
    /// user make it so on purpose.
    ///
    /// ## Why is this bad?
    ///
    /// Whoever gets hold of any process in the container can change what others run or read. Mostly the owner
    /// is what is wrong.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN mkdir /data && chmod -R 777 /data
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN install -d -o www-data -g www-data /data
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: which user needs it is not known.
    ///
    /// ## References
    ///
    /// - chmod(1)
    WorldWritablePath {
        name: "world-writable-path",
        family: Dockerfile,
        severity: Info,
        fix: None,
        aliases: [],
    }
}

impl Rule for WorldWritablePath {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for step in cx.steps(stage) {
            for (invocation, command) in step.invocations() {
                let mode = literals(invocation.arguments()).find(|word| !word.starts_with('-'));
                let Some(mode) = mode.filter(|mode| invocation.name == "chmod" && is_open(mode))
                else {
                    continue;
                };
                let at = stage.location(command.command.span);
                findings.push(
                    Finding::new(
                        self.metadata(),
                        at,
                        format!("`chmod {mode}` lets every user write"),
                    )
                    .confidence(Confidence::Low)
                    .help("give it to the user that needs it, with `chown` or `COPY --chown`"),
                );
            }
        }
    }
}

/// Whether a mode lets others write, without the sticky bit.
fn is_open(mode: &str) -> bool {
    if mode.bytes().all(|digit| matches!(digit, b'0'..=b'7')) {
        return u32::from_str_radix(mode, 8).is_ok_and(|bits| bits & 0o1002 == 0o2);
    }
    let mut clauses = mode.split(',');
    !mode.contains('t')
        && clauses.any(|clause| {
            let Some((who, what)) = clause.split_once(['+', '=']) else {
                return false;
            };
            who.contains(['o', 'a']) && what.contains('w')
        })
}

#[cfg(test)]
mod tests {
    use super::is_open;

    #[test]
    fn a_mode_is_a_number_or_a_list_of_changes() {
        for mode in [
            "777",
            "0777",
            "666",
            "2777",
            "a+rwx",
            "u=rwx,o+w",
            "ugo+w",
            "a=rwX",
        ] {
            assert!(is_open(mode), "{mode}");
        }
        for mode in [
            "755", "1777", "775", "4755", "g+w", "+x", "o-w", "a+rwxt", "99",
        ] {
            assert!(!is_open(mode), "{mode}");
        }
    }
}
