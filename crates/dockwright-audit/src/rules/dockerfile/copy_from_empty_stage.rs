//! `copy-from-empty-stage`

use dockwright_environment::build::Base;
use dockwright_environment::copies::CopyOrigin;
use dockwright_syntax::dockerfile::InstructionKind;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, StageView};

rule! {
    /// There is a `COPY --from` a stage in which there is nothing.
    ///
    /// ## What it does
    ///
    /// Looks for a `COPY --from` a stage that starts from `scratch`, and has no `COPY`, `ADD`, `RUN` or `WORKDIR`, nor
    /// has a stage that it starts from.
    ///
    /// ## Why is this bad?
    ///
    /// The build fails as soon as it gets there. Most often another stage is meant.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS build
    /// RUN make --directory=/src
    /// FROM scratch AS release
    /// ENV MODE=release
    /// FROM release
    /// COPY --from=release /src/shop /shop
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS build
    /// RUN make --directory=/src
    /// FROM scratch AS release
    /// ENV MODE=release
    /// FROM release
    /// COPY --from=build /src/shop /shop
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: which stage is meant cannot be told.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `COPY --from`, `FROM scratch`
    CopyFromEmptyStage {
        name: "copy-from-empty-stage",
        family: Dockerfile,
        severity: Error,
        fix: None,
        aliases: [],
    }
}

impl Rule for CopyFromEmptyStage {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for copy in cx.environment.copies(stage.id) {
            let CopyOrigin::Stage(from) = copy.origin else {
                continue;
            };
            let Some(from) = StageView::of(cx.environment, from).filter(|it| is_empty(*it)) else {
                continue;
            };
            let mut sources = copy.sources.iter();
            let named = sources.find(|it| {
                it.known()
                    .is_some_and(|it| !it.trim_matches('/').is_empty())
            });
            if let Some(source) = named {
                let message = format!("`{}` cannot be there: the stage is empty", source.text);
                let mut finding = Finding::new(self.metadata(), source.location, message)
                    .help("name the stage that makes it");
                if let Some(begin) = from.from() {
                    finding = finding.related(from.location(begin.span), "nothing is put into it");
                }
                findings.push(finding);
            }
        }
    }
}

fn is_empty(stage: StageView<'_>) -> bool {
    let fills = |kind: &InstructionKind| {
        matches!(
            kind,
            InstructionKind::Copy(_)
                | InstructionKind::Add(_)
                | InstructionKind::Run(_)
                | InstructionKind::Workdir(_)
        )
    };
    let from_scratch = stage.chain().last();
    from_scratch.is_some_and(|it| matches!(it.stage.base, Base::Scratch))
        && stage
            .chain()
            .all(|link| !link.instructions().any(|(_, it)| fills(&it.kind)))
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn what_is_put_in_is_there() {
        insta::assert_snapshot!(audit("copy-from-empty-stage", "\
-- Dockerfile --
FROM scratch AS empty
LABEL a=b
FROM empty AS too
FROM scratch AS full
COPY a /
FROM scratch
COPY --from=too /a /b
COPY --from=empty / /
COPY --from=full /a /b
COPY --from=debian /a /b
"), @r#"
        error Dockerfile:7:17 `/a` cannot be there: the stage is empty
          Dockerfile:3:1 nothing is put into it
          help: name the stage that makes it
        "#);
    }
}
