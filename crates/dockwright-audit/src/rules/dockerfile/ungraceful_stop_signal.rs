//! `ungraceful-stop-signal`

use dockwright_syntax::dockerfile::InstructionKind;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, StageView};

rule! {
    /// There is a `STOPSIGNAL` that no process can react to.
    ///
    /// ## What it does
    ///
    /// Reports `SIGKILL` and `SIGSTOP`, by name or number.
    ///
    /// ## Why is this bad?
    ///
    /// `docker stop` sends the signal so that the process can end what it does. `SIGKILL` ends it in the middle of a
    /// write; `SIGSTOP` halts it, and the engine kills it after its grace period.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// STOPSIGNAL SIGKILL
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// STOPSIGNAL SIGTERM
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: which signal the process knows is its own matter.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `STOPSIGNAL`
    /// - signal(7)
    UngracefulStopSignal {
        name: "ungraceful-stop-signal",
        family: Dockerfile,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for UngracefulStopSignal {
    fn check_stage(&self, _cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for (at, instruction) in stage.instructions() {
            let InstructionKind::StopSignal(signal) = &instruction.kind else {
                continue;
            };
            let value = stage.expand(at, signal);
            let Some(name) = value.known().map(str::to_uppercase) else {
                continue;
            };
            if matches!(
                name.strip_prefix("SIG").unwrap_or(&name),
                "KILL" | "STOP" | "9" | "19"
            ) {
                let at = stage.location(signal.span);
                let message = format!("no process can react to the signal `{name}`");
                findings.push(Finding::new(self.metadata(), at, message).help(
                    "name the signal with which the process ends by itself, such as SIGTERM",
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(signal: &str) -> String {
        let files =
            format!("-- Dockerfile --\nFROM debian:trixie\nARG S=kill\nSTOPSIGNAL {signal}\n");
        audit("ungraceful-stop-signal", &files)
    }

    #[test]
    fn a_signal_has_several_names() {
        for signal in ["SIGKILL", "KILL", "9", "SIGSTOP", "$S"] {
            assert!(
                check(signal).starts_with("warning Dockerfile:3:12 "),
                "{signal}"
            );
        }
        for signal in ["SIGTERM", "SIGQUIT", "SIGRTMIN+3", "15"] {
            assert_eq!(check(signal), "", "{signal}");
        }
    }
}
