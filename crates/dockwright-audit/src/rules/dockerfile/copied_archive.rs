//! `copied-archive`

use dockwright_syntax::Text;
use dockwright_syntax::dockerfile::{CopySource, InstructionKind};
use dockwright_syntax::shell::Invocation;

use crate::archives;
use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::Step;
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is an archive that is copied and then unpacked, where `ADD` does both.
    ///
    /// ## What it does
    ///
    /// Looks for a tar archive of the context that a `COPY` brings and a later `RUN` of the same stage
    /// unpacks with `tar`. Archives that `ADD` does not unpack are left alone.
    ///
    /// ## Why is this bad?
    ///
    /// The archive stays in the layer of the `COPY`, beside what was unpacked from it.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY app.tar.gz /tmp/
    /// RUN tar -xzf /tmp/app.tar.gz -C /opt && rm /tmp/app.tar.gz
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ADD app.tar.gz /opt/
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: owners and modes may differ.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `ADD`
    CopiedArchive {
        name: "copied-archive",
        family: Dockerfile,
        severity: Info,
        fix: None,
        aliases: ["DL3010"],
    }
}

impl Rule for CopiedArchive {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let steps = cx.steps(stage);
        for (at, instruction) in stage.instructions() {
            let InstructionKind::Copy(copy) = &instruction.kind else {
                continue;
            };
            if instruction.flag("from").is_some() {
                continue;
            }
            let sources: Vec<&Text> = copy.sources.iter().filter_map(path).collect();
            let renamed = archives::is_tar(&copy.destination.value);
            for source in &sources {
                if !archives::is_tar(&source.value) {
                    continue;
                }
                let name = file_name(if renamed {
                    &copy.destination.value
                } else {
                    &source.value
                });
                let later = steps.iter().filter(|step| step.at > at);
                let unpacking = later
                    .flat_map(Step::invocations)
                    .find(|(invocation, _)| unpacks(invocation, name));
                let Some((_, command)) = unpacking else {
                    continue;
                };
                let message = format!("`{name}` is copied and then unpacked");
                findings.push(
                    Finding::new(self.metadata(), stage.location(source.span), message)
                        .confidence(Confidence::Medium)
                        .related(stage.location(command.command.span), "it is unpacked here")
                        .help("`ADD` unpacks it, and the archive is in no layer"),
                );
            }
        }
    }
}

fn path(source: &CopySource) -> Option<&Text> {
    match source {
        CopySource::Path(path) => Some(path),
        CopySource::Heredoc(_) => None,
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a call of `tar` unpacks an archive of this name.
fn unpacks(invocation: &Invocation<'_>, name: &str) -> bool {
    let mut arguments = invocation
        .arguments()
        .iter()
        .filter_map(|word| word.literal.as_deref());
    if !matches!(invocation.name, "tar" | "bsdtar") {
        return false;
    }
    let (mut extracts, mut names) = (false, false);
    let mut is_first = true;
    arguments.by_ref().for_each(|argument| {
        let is_short = !argument.starts_with("--") && (is_first || argument.starts_with('-'));
        extracts |=
            matches!(argument, "--extract" | "--get") || (is_short && argument.contains('x'));
        names |= file_name(argument.trim_start_matches("--file=")) == name;
        is_first = false;
    });
    extracts && names
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(body: &str) -> String {
        audit(
            "copied-archive",
            &format!("-- Dockerfile --\nFROM debian:trixie\n{body}"),
        )
    }

    #[test]
    fn the_name_may_change_on_the_way() {
        insta::assert_snapshot!(check("COPY a.tar.gz b.txz /tmp/\nCOPY c.tgz /tmp/d.tar.gz\nRUN cd /tmp && tar xf b.txz && tar --extract --file=d.tar.gz\n"), @"
        info (medium) Dockerfile:2:15 `b.txz` is copied and then unpacked
          Dockerfile:4:16 it is unpacked here
          help: `ADD` unpacks it, and the archive is in no layer
        info (medium) Dockerfile:3:6 `d.tar.gz` is copied and then unpacked
          Dockerfile:4:32 it is unpacked here
          help: `ADD` unpacks it, and the archive is in no layer
        ");
    }

    #[test]
    fn what_add_does_not_unpack_is_left_alone() {
        for body in [
            "COPY a.zip /tmp/\nRUN unzip /tmp/a.zip\n",
            "COPY a.gz /tmp/\nRUN gunzip /tmp/a.gz\n",
            "COPY a.tar /tmp/\nRUN tar tf /tmp/a.tar\n",
            "COPY --from=other a.tar /tmp/\nRUN tar xf /tmp/a.tar\n",
        ] {
            assert_eq!(check(body), "", "{body}");
        }
    }
}
