//! `unfollowed-redirect`

use std::sync::LazyLock;

use dockwright_syntax::shell::Invocation;
use serde::Deserialize;

use crate::downloads::{self, Output};
use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::literals;
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is a `curl` that does not follow the redirection that it gets.
    ///
    /// ## What it does
    ///
    /// Looks for `curl` without `-L` on addresses that are known to lead on to another one, such as those of
    /// releases on GitHub.
    ///
    /// ## Why is this bad?
    ///
    /// `curl` succeeds, and what it has saved is the short page that says where to go instead, or nothing. The build fails
    /// later, with another message, or does not fail at all.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN curl -f -o /tmp/tool.tar.gz https://github.com/example/tool/releases/download/v1.0/tool.tar.gz
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN curl -L -f -o /tmp/tool.tar.gz https://github.com/example/tool/releases/download/v1.0/tool.tar.gz
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Adding `-L` is unsafe: the file that comes is another one than before.
    ///
    /// ## References
    ///
    /// - curl(1): `--location`
    UnfollowedRedirect {
        name: "unfollowed-redirect",
        family: Dockerfile,
        severity: Warning,
        fix: Unsafe,
        aliases: [],
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    parts: Vec<[String; 2]>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let table = include_str!("../../../data/redirecting-addresses.toml");
    toml::from_str(table).unwrap_or_default()
});

impl Rule for UnfollowedRedirect {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for step in cx.steps(stage) {
            for download in downloads::of_step(step) {
                let is_concerned = download.program == "curl"
                    && download.output != Output::Nowhere
                    && leads_on(&download.url);
                let call = download.call;
                if !is_concerned || follows(&call) {
                    continue;
                }
                let place = stage.location(download.span);
                let message = "`curl` saves the redirection, not what it leads to";
                let mut finding = Finding::new(self.metadata(), place, message)
                    .confidence(Confidence::Medium)
                    .help("add `-L`");
                if let Some(program) = call.words.first() {
                    let fix = Fix::with_care("add `-L`", "the file that comes is another one");
                    let document = stage.dockerfile.document;
                    finding = finding.fix(fix.insert(document, program.span.end, " -L"));
                }
                findings.push(finding);
            }
        }
    }
}

fn leads_on(url: &str) -> bool {
    let address = url.split_once("://").map_or(url, |(_, rest)| rest);
    let address = address.strip_prefix("www.").unwrap_or(address);
    TABLE.parts.iter().any(|[start, middle]| {
        let rest = address.strip_prefix(start.as_str());
        rest.is_some_and(|rest| rest.contains(middle.as_str()))
    })
}

/// Whether a call follows redirections, or may: a variable or a file can hold options.
fn follows(call: &Invocation<'_>) -> bool {
    let words = call.arguments();
    let mut variables = words.iter().map(downloads::outline);
    let mut options = literals(words).filter(|word| word.starts_with('-'));
    variables.any(|word| word.starts_with('$'))
        || options.any(|option| {
            let is_short = !option.starts_with("--");
            option.starts_with("--location")
                || option.starts_with("--config")
                || is_short && option.contains(['L', 'K'])
        })
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(call: &str) -> String {
        let files = format!("-- Dockerfile --\nFROM debian:trixie\nRUN {call}\n");
        audit("unfollowed-redirect", &files)
    }

    const RELEASE: &str = "https://github.com/a/b/releases/download/v1/c.tar.gz";

    #[test]
    fn an_address_that_leads_on_is_known() {
        for call in ["curl -o c", "curl -fsS", "sudo curl -O"] {
            let call = format!("{call} {RELEASE}");
            assert!(
                check(&call).starts_with("warning (medium) Dockerfile:2:"),
                "{call}"
            );
        }
        for call in ["curl -fsSL", "curl --location -O", "wget", "curl -I"] {
            assert_eq!(check(&format!("{call} {RELEASE}")), "", "{call}");
        }
        assert_eq!(
            check("curl -o a https://example.com/releases/download/a"),
            ""
        );
    }

    #[test]
    fn the_option_is_the_first() {
        insta::assert_snapshot!(fix("unfollowed-redirect", "\
-- Dockerfile --
FROM debian:trixie
RUN V=1 && \\
    curl -f https://github.com/a/b/archive/v$V.tar.gz | tar -xz
"), @r#"
        unsafe: add `-L`, for the file that comes is another one
        -- Dockerfile --
        -    curl -f https://github.com/a/b/archive/v$V.tar.gz | tar -xz
        +    curl -L -f https://github.com/a/b/archive/v$V.tar.gz | tar -xz
        "#);
    }
}
