//! `uppercase-port-protocol`

use dockwright_syntax::Span;

use crate::edits::DockerfileEdits;
use crate::fix::Aspect;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is a port whose protocol has capital letters.
    ///
    /// ## What it does
    ///
    /// Looks at the protocols of `EXPOSE`, with variables expanded.
    ///
    /// ## Why is this bad?
    ///
    /// BuildKit writes it in lower case into the image; tools that read the file itself may not
    /// know `TCP`.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// EXPOSE 80/TCP
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// EXPOSE 80/tcp
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Writing the protocol in lower case is safe: the image is the same.
    ///
    /// ## References
    ///
    /// - Build check `ExposeProtoCasing`
    UppercasePortProtocol {
        name: "uppercase-port-protocol",
        family: Dockerfile,
        severity: Info,
        fix: Safe,
        aliases: ["ExposeProtoCasing"],
    }
}

impl Rule for UppercasePortProtocol {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for (span, value) in stage.exposed().filter(|(_, value)| value.is_known()) {
            let mut ports = value.text.split_whitespace();
            let wrong = ports.find_map(|port| {
                let (_, protocol) = port.split_once('/')?;
                (protocol != protocol.to_lowercase()).then_some(protocol)
            });
            if let Some(protocol) = wrong {
                let message = format!("the protocol `{protocol}` has capital letters");
                findings.push(
                    Finding::new(self.metadata(), stage.location(span), message)
                        .confidence(Confidence::Low)
                        .help(format!("write `{}`", protocol.to_lowercase()))
                        .fix(fix(cx, stage, span, protocol)),
                );
            }
        }
    }
}

/// Writes the protocol in lower case; none where a variable brings it.
fn fix(cx: Context<'_>, stage: StageView<'_>, word: Span, protocol: &str) -> Option<Fix> {
    let written = DockerfileEdits::of(cx.environment, stage.dockerfile).written(word);
    let start = word.start as usize + written.rfind(protocol)?;
    let place = stage.location(Span::new(start, start + protocol.len()));
    let lower = protocol.to_lowercase();
    let fix = Fix::safe(format!("write `{lower}`"), "BuildKit writes it so itself");
    let is_plain = !written.contains('$');
    is_plain.then(|| fix.replace(place, lower).changing(Aspect::Ports))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn variables_are_expanded() {
        insta::assert_snapshot!(audit("uppercase-port-protocol", "\
-- Dockerfile --
FROM debian:trixie
ARG PORTS=\"53/Udp 80/tcp\"
ARG OTHER
EXPOSE $PORTS $OTHER 81 82/tcp \\
  83/SCTP
"), @r"
        info (low) Dockerfile:4:8 the protocol `Udp` has capital letters
          help: write `udp`
        info (low) Dockerfile:5:3 the protocol `SCTP` has capital letters
          help: write `sctp`
        ");
    }

    #[test]
    fn what_a_variable_brings_stays() {
        insta::assert_snapshot!(fix("uppercase-port-protocol", "\
-- Dockerfile --
FROM debian:trixie
ARG PORT=53/UDP
EXPOSE $PORT 80/TCP
"), @r#"
        safe: write `tcp`, for BuildKit writes it so itself
        -- Dockerfile --
        -EXPOSE $PORT 80/TCP
        +EXPOSE $PORT 80/tcp
        "#);
    }
}
