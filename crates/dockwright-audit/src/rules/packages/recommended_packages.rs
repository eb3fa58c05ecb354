//! `recommended-packages`

use crate::edits::call;
use crate::package_settings::is_set;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There are packages that are installed only because others recommend them.
    ///
    /// ## What it does
    ///
    /// Looks at `apt-get install` without `--no-install-recommends`, unless a configuration that is
    /// written before it sets `APT::Install-Recommends`. Always a hint with low confidence: some
    /// programs need what their packages only recommend.
    ///
    /// ## Why is this bad?
    ///
    /// Debian and Ubuntu install recommended packages too. They make the image larger, and each is one
    /// more thing to update.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN apt-get update && apt-get install -y curl
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Adding the option is unsafe: what was recommended and is needed has to be named then.
    ///
    /// ## References
    ///
    /// - apt-get(8), `--no-install-recommends`
    RecommendedPackages {
        name: "recommended-packages",
        family: Packages,
        severity: Info,
        fix: Unsafe,
        aliases: ["DL3015"],
    }
}

impl Rule for RecommendedPackages {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for call in cx.package_calls(stage) {
            let Some(recommends) = &call.command.recommends else {
                continue;
            };
            let Some(action) = call.action(&recommends.actions) else {
                continue;
            };
            let is_off = call.has_option(&recommends.options);
            if is_off || is_set(cx, stage, call.at, &recommends.settings) {
                continue;
            }
            let option = recommends.options.first().map_or("", String::as_str);
            let message = format!("`{}` installs recommended packages too", action.name);
            let fix = Fix::with_care(
                format!("add `{option}`"),
                "what was recommended and is needed has to be named then",
            );
            let documents = &cx.environment.documents;
            let fix = call::add_option(documents, stage, call, &action, option, fix);
            // `aptitude` calls it otherwise.
            let fix = fix.filter(|_| call.name != "aptitude");
            findings.push(
                Finding::new(self.metadata(), stage.location(action.span), message)
                    .codes(self.metadata().code(&recommends.code))
                    .confidence(Confidence::Low)
                    .help(format!("add `{option}`, and name what is really needed"))
                    .fix(fix),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(dockerfile: &str) -> String {
        audit(
            "recommended-packages",
            &format!("-- Dockerfile --\n{dockerfile}"),
        )
    }

    #[test]
    fn an_installation_says_whether_it_wants_them() {
        insta::assert_snapshot!(check("\
FROM debian:trixie
RUN apt-get update && \\
    apt-get -y install curl && \\
    apt-get install -y --no-install-recommends git
"), @r#"
        info (low) Dockerfile:3:16 `apt-get install` installs recommended packages too
          help: add `--no-install-recommends`, and name what is really needed
        "#);
    }

    #[test]
    fn the_option_is_put_behind_those_that_are_there() {
        insta::assert_snapshot!(fix("recommended-packages", r#"
-- Dockerfile --
FROM debian:trixie
RUN apt-get update && apt-get install -y -q \
      curl && \
    apt-get -y install git && aptitude install vim
RUN ["apt-get", "install", "jq"]
"#), @r#"
        unsafe: add `--no-install-recommends`, for what was recommended and is needed has to be named then
        unsafe: add `--no-install-recommends`, for what was recommended and is needed has to be named then
        -- Dockerfile --
        -RUN apt-get update && apt-get install -y -q \
        +RUN apt-get update && apt-get install -y -q --no-install-recommends \
        -    apt-get -y install git && aptitude install vim
        +    apt-get -y install --no-install-recommends git && aptitude install vim
        "#);
    }

    #[test]
    fn a_configuration_may_say_so() {
        for line in [
            "RUN apt-get install -y -oAPT::Install-Recommends=0 curl",
            "RUN echo 'APT::Install-Recommends \"0\";' > /etc/apt/apt.conf.d/90\nRUN apt-get install -y curl",
            "RUN apt-get remove -y curl",
        ] {
            let dockerfile = format!("FROM debian:trixie\n{line}\n");
            assert_eq!(check(&dockerfile), "", "{line}");
        }
    }
}
