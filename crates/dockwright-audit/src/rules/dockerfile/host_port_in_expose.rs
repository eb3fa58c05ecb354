//! `host-port-in-expose`

use dockwright_syntax::Span;

use crate::edits::DockerfileEdits;
use crate::fix::Aspect;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Fix, StageView};

rule! {
    /// There is an `EXPOSE` with an address or a port of the host.
    ///
    /// ## What it does
    ///
    /// Looks for words such as `8080:80` and `127.0.0.1:8080:80`, with variables expanded.
    ///
    /// ## Why is this bad?
    ///
    /// An image cannot choose ports of its host. BuildKit keeps the container's port, drops the rest,
    /// and is going to refuse it; who wrote it expects a port that is published.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// EXPOSE 127.0.0.1:8080:80
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// EXPOSE 80
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Leaving the container's port alone is safe: the image is the same.
    ///
    /// ## References
    ///
    /// - Build check `ExposeInvalidFormat`
    HostPortInExpose {
        name: "host-port-in-expose",
        family: Dockerfile,
        severity: Warning,
        fix: Safe,
        aliases: ["ExposeInvalidFormat"],
    }
}

impl Rule for HostPortInExpose {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for (span, value) in stage.exposed().filter(|(_, value)| value.is_known()) {
            let mut ports = value.text.split_whitespace();
            let wrong = ports.find_map(|port| {
                let (host, container) = port.rsplit_once(':')?;
                (!host.trim_matches(':').is_empty()).then_some((port, container))
            });
            if let Some((port, container)) = wrong {
                let message = format!("`{port}` names more than a port of the container");
                let help =
                    format!("write `{container}`, and publish it with `docker run -p {port}`");
                findings.push(
                    Finding::new(self.metadata(), stage.location(span), message)
                        .help(help)
                        .fix(fix(cx, stage, span, (port, container))),
                );
            }
        }
    }
}

/// Leaves what belongs to the host out; none where a variable brings it.
fn fix(
    cx: Context<'_>,
    stage: StageView<'_>,
    word: Span,
    (port, container): (&str, &str),
) -> Option<Fix> {
    let written = DockerfileEdits::of(cx.environment, stage.dockerfile).written(word);
    let start = word.start as usize + written.find(port)?;
    let host = Span::new(start, start + port.len() - container.len());
    let fix = Fix::safe(format!("write `{container}`"), "BuildKit drops the rest");
    let is_plain = !written.contains('$');
    is_plain.then(|| fix.delete(stage.location(host)).changing(Aspect::Ports))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn the_port_of_the_container_is_the_last_part() {
        insta::assert_snapshot!(audit("host-port-in-expose", "\
-- Dockerfile --
FROM debian:trixie
ARG PORT=8080:80/udp
EXPOSE 80 53-54/udp $PORT \"[::1]:443:443\"
"), @r"
        warning Dockerfile:3:21 `8080:80/udp` names more than a port of the container
          help: write `80/udp`, and publish it with `docker run -p 8080:80/udp`
        warning Dockerfile:3:27 `[::1]:443:443` names more than a port of the container
          help: write `443`, and publish it with `docker run -p [::1]:443:443`
        ");
    }

    #[test]
    fn only_what_belongs_to_the_host_goes() {
        insta::assert_snapshot!(fix("host-port-in-expose", "\
-- Dockerfile --
FROM debian:trixie
ARG PORT=8080:80
EXPOSE 53 $PORT \"[::1]:443:443\" 80:8080/udp
"), @r#"
        safe: write `443`, for BuildKit drops the rest
        safe: write `8080/udp`, for BuildKit drops the rest
        -- Dockerfile --
        -EXPOSE 53 $PORT "[::1]:443:443" 80:8080/udp
        +EXPOSE 53 $PORT "443" 8080/udp
        "#);
    }
}
