//! `needless-add`

use dockwright_syntax::dockerfile::{Copy, CopySource, Instruction, InstructionKind};

use super::relative_copy_destination::{is_adrift, rooted};
use crate::archives;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is an `ADD` that does what `COPY` does.
    ///
    /// ## What it does
    ///
    /// Reports an `ADD` with a source that is neither fetched – a URL, a git repository – nor an archive.
    /// A source whose variables nothing sets is a hint with low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// A reader has to look twice: `ADD` unpacks archives and fetches URLs, and does so the day a file
    /// gets another name.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ADD server.conf /etc/
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY server.conf /etc/
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Safe where the name of the source has an ending, or the source is in the repository: both
    /// instructions do the same. The step is built anew once. Unsafe for other names and for patterns,
    /// which may be those of an archive. A relative destination that no `WORKDIR` precedes gets a slash as
    /// well, where the image starts in the root directory for sure, and no fix elsewhere.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `ADD`
    NeedlessAdd {
        name: "needless-add",
        family: Dockerfile,
        severity: Info,
        fix: Safe,
        aliases: ["DL3020"],
    }
}

impl Rule for NeedlessAdd {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for (at, instruction) in stage.instructions() {
            let InstructionKind::Add(add) = &instruction.kind else {
                continue;
            };
            let plain = |source: &CopySource| match source {
                CopySource::Heredoc(_) => Some(true),
                CopySource::Path(path) => {
                    let value = stage.expand(at, path);
                    let known = value.is_known();
                    let text = if known { &value.text } else { &path.value };
                    (!is_fetched(text) && !archives::may_be_compressed(text)).then_some(known)
                }
            };
            let mut sources = add.sources.iter();
            let Some(is_known) = sources.find_map(plain) else {
                continue;
            };
            let is_known = is_known && !add.sources.iter().any(is_special);
            let place = stage.location(instruction.keyword.span);
            let finding = Finding::new(
                self.metadata(),
                place,
                "this `ADD` copies files, as `COPY` does",
            );
            let all_plain = add.sources.iter().all(|it| plain(it) == Some(true));
            let fix = all_plain
                .then(|| fix(cx, stage, (at, instruction), add))
                .flatten();
            findings.push(finding.help("use `COPY`").fix(fix).confidence(if is_known {
                Confidence::Medium
            } else {
                Confidence::Low
            }));
        }
    }
}

/// Writes `COPY`. None where `COPY` knows no such option or destination.
fn fix(
    cx: Context<'_>,
    stage: StageView<'_>,
    (at, instruction): (usize, &Instruction),
    add: &Copy,
) -> Option<Fix> {
    let mut flags = instruction.flags.iter().map(|it| it.name.value.as_str());
    let is_directory = add.destination.value.trim_end_matches(['"', '\'']);
    if !flags.all(|name| matches!(name, "chown" | "chmod" | "link"))
        || add.sources.len() > 1 && !is_directory.ends_with(['/', '.'])
    {
        return None;
    }
    let keyword = &instruction.keyword;
    let is_lower = keyword.value == keyword.value.to_lowercase();
    let copy = if is_lower { "copy" } else { "COPY" };
    // Of `COPY`, but not of `ADD`, `relative-copy-destination` asks to what the path is relative.
    let is_adrift = is_adrift(cx, stage, at, &add.destination);
    let more = if is_adrift {
        " with a path that begins with `/`"
    } else {
        ""
    };
    let title = format!("write `{copy}`{more}");
    let fix = if add.sources.iter().all(|it| is_there(cx, stage, it)) {
        Fix::safe(title, "both do the same with such sources")
    } else {
        Fix::with_care(title, "an archive under this name would not be unpacked")
    };
    let fix = fix.replace(stage.location(keyword.span), copy);
    if is_adrift {
        return rooted(cx, stage, &add.destination, fix);
    }
    Some(fix)
}

/// Whether a source is no archive for sure: its name has another ending, or it is in the repository.
fn is_there(cx: Context<'_>, stage: StageView<'_>, source: &CopySource) -> bool {
    let CopySource::Path(path) = source else {
        return true;
    };
    let path = path.value.trim_matches(['"', '\'']);
    if path.contains(['*', '?', '[', '$']) {
        return false;
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let definition = cx.environment.definition(stage.id.definition);
    let context = definition.and_then(|it| it.context.directory());
    let file = context.and_then(|it| it.join(path.trim_start_matches('/')));
    name.contains('.')
        || name.is_empty()
        || file.is_some_and(|file| cx.environment.tree.entry(&file).is_some())
}

/// Whether `COPY` would do something else with a source as written.
fn is_special(source: &CopySource) -> bool {
    match source {
        CopySource::Heredoc(_) => false,
        CopySource::Path(path) => {
            is_fetched(&path.value) || archives::may_be_compressed(&path.value)
        }
    }
}

/// Whether `ADD` fetches a source from elsewhere. Source: Dockerfile reference, `ADD`.
fn is_fetched(source: &str) -> bool {
    let source = source.trim_start_matches(['"', '\'']).to_ascii_lowercase();
    source.starts_with("git@")
        || ["http://", "https://", "git://", "ssh://"]
            .iter()
            .any(|scheme| source.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(body: &str) -> String {
        audit(
            "needless-add",
            &format!("-- Dockerfile --\nFROM debian:trixie\n{body}"),
        )
    }

    #[test]
    fn a_relative_destination_gets_a_slash() {
        insta::assert_snapshot!(fix("needless-add", "\
-- Dockerfile --
FROM debian:trixie
ADD a.txt ./
FROM acme/app
ADD a.txt ./
"), @r#"
        safe: write `COPY` with a path that begins with `/`, for both do the same with such sources
        -- Dockerfile --
        -ADD a.txt ./
        +COPY a.txt /
        "#);
    }

    #[test]
    fn what_is_fetched_or_unpacked_needs_add() {
        for body in [
            "ADD https://example.com/a /\n",
            "ADD git@example.com:a/b.git /b\n",
            "ADD app.tar.gz /\n",
            "ARG FROM=https://example.com\nADD $FROM/a /\n",
        ] {
            assert_eq!(check(body), "", "{body}");
        }
    }

    #[test]
    fn a_variable_may_be_a_url() {
        insta::assert_snapshot!(check("ARG WHAT\nADD $WHAT /x\nADD [\"a b\", \"/\"]\nADD a.zip /\n"), @"
        info (low) Dockerfile:3:1 this `ADD` copies files, as `COPY` does
          help: use `COPY`
        info (medium) Dockerfile:4:1 this `ADD` copies files, as `COPY` does
          help: use `COPY`
        info (medium) Dockerfile:5:1 this `ADD` copies files, as `COPY` does
          help: use `COPY`
        ");
    }

    #[test]
    fn what_may_be_an_archive_needs_care() {
        insta::assert_snapshot!(fix("needless-add", "\
-- Dockerfile --
FROM debian:trixie
ADD --chown=1:1 a.txt /a
add . /srv
ADD rootfs /
ADD known /known
ADD --checksum=sha256:0 b.txt /b
-- known/file --
"), @r#"
        safe: write `COPY`, for both do the same with such sources
        safe: write `copy`, for both do the same with such sources
        unsafe: write `COPY`, for an archive under this name would not be unpacked
        safe: write `COPY`, for both do the same with such sources
        -- Dockerfile --
        -ADD --chown=1:1 a.txt /a
        -add . /srv
        -ADD rootfs /
        -ADD known /known
        +COPY --chown=1:1 a.txt /a
        +copy . /srv
        +COPY rootfs /
        +COPY known /known
        "#);
    }
}
