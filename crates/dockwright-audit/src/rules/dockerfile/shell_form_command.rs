//! `shell-form-command`

use dockwright_syntax::Text;
use dockwright_syntax::dockerfile::{self, Command, Instruction, InstructionKind};
use dockwright_syntax::shell::{self, Word};

use crate::edits::DockerfileEdits;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, Severity, StageView};

rule! {
    /// There is a program of a container that runs behind a shell.
    ///
    /// ## What it does
    ///
    /// Looks at `CMD` and `ENTRYPOINT` that are no JSON array of strings. One that looks like an
    /// array and is none, for a quote of the wrong kind, is an error. A `SHELL` in the stage or in
    /// what it starts from says that a shell is wanted; such instructions, those that begin with
    /// `exec`, those of stages that no image is made of, and health checks are hints of low
    /// confidence.
    ///
    /// ## Why is this bad?
    ///
    /// The shell is process 1 and hands no signals on: `docker stop` waits ten seconds and then
    /// kills the program. An `ENTRYPOINT` in this form ignores `CMD` and the arguments of
    /// `docker run`.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ENTRYPOINT /usr/bin/server --port 80
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ENTRYPOINT ["/usr/bin/server", "--port", "80"]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Writing the words as an array is unsafe: another program is process 1. There is no fix where a
    /// shell is needed, for variables, patterns or operators such as `&&`, nor for an `ENTRYPOINT` that
    /// ignores a `CMD`, which would get that as its arguments.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: "Shell and exec form"
    /// - Build check `JSONArgsRecommended`
    /// - hadolint `DL3025`
    ShellFormCommand {
        name: "shell-form-command",
        family: Dockerfile,
        severity: Warning,
        fix: Unsafe,
        aliases: ["JSONArgsRecommended", "DL3025"],
    }
}

impl Rule for ShellFormCommand {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for (at, instruction) in stage.instructions() {
            let Some((text, is_check)) = shell_form(instruction) else {
                continue;
            };
            let keyword = &instruction.keyword;
            let span = if text.value.is_empty() {
                keyword.span
            } else {
                text.span
            };
            let finding = |message: String| {
                Finding::new(self.metadata(), stage.location(span), message)
                    .label("a shell reads this")
            };
            if is_check {
                let message = "the health check runs behind a shell".to_owned();
                let finding = finding(message).confidence(Confidence::Low).fix(exec_form(
                    cx,
                    stage,
                    at,
                    instruction,
                ));
                findings.push(finding.severity(Severity::Info).codes(&["DL3025"]));
                continue;
            }
            let shell = cx.environment.shell(stage.id, at).location;
            if shell.is_none() && text.value.starts_with('[') {
                let message = format!("the array of `{}` is not valid JSON", keyword.value);
                findings.push(
                    finding(message)
                        .severity(Severity::Error)
                        .help("each word needs double quotes, and a comma between them")
                        .fix(mended(cx, stage, text)),
                );
                continue;
            }
            let message = format!("a shell stands before the program of `{}`", keyword.value);
            let mut finding = finding(message).help(
                "write the words as a JSON array, with `sh -c` among them if a shell is needed",
            );
            finding = finding.fix(exec_form(cx, stage, at, instruction));
            let is_meant = text.value.starts_with("exec ") || !stage.ships();
            if let Some(shell) = shell {
                finding = finding
                    .codes(&["DL3025"])
                    .confidence(Confidence::Low)
                    .related(shell, "this shell");
            } else {
                finding = finding.confidence(if is_meant {
                    Confidence::Low
                } else {
                    Confidence::Medium
                });
            }
            findings.push(finding);
        }
    }
}

/// The words as an array. None where a shell does more with them than to cut them, or would add the
/// words of `CMD` that it leaves out now.
fn exec_form(
    cx: Context<'_>,
    stage: StageView<'_>,
    at: usize,
    instruction: &Instruction,
) -> Option<Fix> {
    let is_entrypoint = matches!(instruction.kind, InstructionKind::Entrypoint(_));
    let is_check = matches!(instruction.kind, InstructionKind::Healthcheck(_));
    // Words such as `--port` are options to the parser, and lost.
    if !is_check && !instruction.flags.is_empty()
        || is_entrypoint && cx.environment.configuration(stage.id).command.is_some()
        || cx.environment.is_windows(stage.id)
        || !is_plain_shell(&cx.environment.shell(stage.id, at).words)
    {
        return None;
    }
    let (text, _) = shell_form(instruction)?;
    let edits = DockerfileEdits::of(cx.environment, stage.dockerfile);
    let words = plain_words(stage.dockerfile.script(at)?, text)?;
    let (first, rest) = words.split_first()?;
    let mut strings = Vec::new();
    let fix = Fix::with_care(
        "write the words as an array",
        "the program is process 1 then, and no shell stands before it",
    );
    // `exec` goes: there is no shell to replace.
    let mut place = first.span;
    place.start = text.span.start;
    let places = std::iter::once(place).chain(rest.iter().map(|word| word.span));
    let count = words.len();
    for (number, (word, place)) in words.iter().zip(places).enumerate() {
        let open = if number == 0 { "[" } else { "" };
        let close = if number + 1 == count { "]" } else { "," };
        let string = json(word.literal.as_deref()?)?;
        if edits.written(place).contains('\n') {
            return None;
        }
        strings.push((place, format!("{open}{string}{close}")));
    }
    let fix = strings.into_iter().fold(fix, |fix, (place, string)| {
        fix.replace(stage.location(place), string)
    });
    Some(fix)
}

/// The words of the only command of a script that a shell only cuts into words.
fn plain_words<'s>(script: &'s shell::Script, text: &Text) -> Option<&'s [Word]> {
    /// What only a shell can do.
    const BUILTINS: [&str; 14] = [
        ".", ":", "alias", "cd", "command", "eval", "exit", "export", "read", "set", "source",
        "trap", "ulimit", "umask",
    ];
    let [statement] = script.statements.as_slice() else {
        return None;
    };
    let shell::Command::Simple(command) = &statement.command else {
        return None;
    };
    let is_whole = statement.span.start == text.span.start
        && statement.span.end == text.span.end
        && script.problems.is_empty();
    let is_bare = !statement.negated
        && !statement.background
        && statement.redirections.is_empty()
        && command.assignments.is_empty();
    let words = match command.words.as_slice() {
        [exec, words @ ..] if exec.literal.as_deref() == Some("exec") => words,
        words => words,
    };
    let name = words.first()?.literal.as_deref()?;
    let is_program = !BUILTINS.contains(&name) && !name.is_empty() && !name.starts_with('-');
    let is_plain = |word: &Word| word.literal.is_some() && !word.glob;
    (is_whole && is_bare && is_program && words.iter().all(is_plain)).then_some(words)
}

/// Whether a shell has no options that change what it finds, as one of a login would.
fn is_plain_shell(words: &[String]) -> bool {
    words
        .iter()
        .skip(1)
        .all(|word| match word.strip_prefix('-') {
            Some(letters) => letters.chars().all(|letter| "ceoux".contains(letter)),
            None => word == "pipefail",
        })
}

/// An array that is none only for its quotes or a comma at its end, mended.
fn mended(cx: Context<'_>, stage: StageView<'_>, text: &Text) -> Option<Fix> {
    let quoted = text.value.replace(['\'', '“', '”', '‘', '’'], "\"");
    let words = quoted.strip_suffix(']')?.trim_end();
    let array = format!("{}]", words.strip_suffix(',').unwrap_or(words));
    let tree = dockerfile::parse(&format!("FROM scratch\nCMD {array}\n"));
    let is_array = tree.instructions.iter().any(
        |it| matches!(&it.kind, InstructionKind::Cmd(Command::Exec(words)) if !words.is_empty()),
    );
    let edits = DockerfileEdits::of(cx.environment, stage.dockerfile);
    let fix = Fix::with_care(
        format!("write `{array}`"),
        "a shell got the array as its command before",
    );
    (is_array && edits.is_verbatim(text)).then(|| fix.replace(stage.location(text.span), &array))
}

/// A string of JSON; none where it would need escapes for control characters.
fn json(text: &str) -> Option<String> {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    (!text.contains(char::is_control)).then(|| format!("\"{escaped}\""))
}

/// The command that a shell reads, and whether it is a health check.
fn shell_form(instruction: &Instruction) -> Option<(&Text, bool)> {
    match &instruction.kind {
        InstructionKind::Cmd(Command::Shell(text))
        | InstructionKind::Entrypoint(Command::Shell(text)) => Some((text, false)),
        InstructionKind::Healthcheck(Some(Command::Shell(text))) => Some((text, true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(dockerfile: &str) -> String {
        audit(
            "shell-form-command",
            &format!("-- Dockerfile --\n{dockerfile}"),
        )
    }

    #[test]
    fn an_array_that_is_none_is_an_error() {
        insta::assert_snapshot!(check("FROM debian:trixie\nENTRYPOINT [\"a\"]\nCMD ['a', \"b\"]\n"), @r"
        error Dockerfile:3:5 the array of `CMD` is not valid JSON
          ^ a shell reads this
          help: each word needs double quotes, and a comma between them
        ");
    }

    #[test]
    fn a_shell_that_is_named_is_wanted() {
        insta::assert_snapshot!(check("\
FROM debian:trixie AS base
SHELL [\"/bin/bash\", \"-c\"]
FROM base
CMD serve $PORT
"), @r"
        warning (low) Dockerfile:4:5 a shell stands before the program of `CMD`
          ^ a shell reads this
          Dockerfile:2:1 this shell
          help: write the words as a JSON array, with `sh -c` among them if a shell is needed
        ");
    }

    #[test]
    fn what_becomes_the_program_or_no_image_is_a_hint() {
        for body in [
            "FROM debian:trixie\nCMD exec serve\n",
            "FROM debian:trixie AS a\nCMD serve\nFROM debian:trixie\n",
            "FROM debian:trixie\nHEALTHCHECK CMD curl -f localhost\n",
        ] {
            assert!(check(body).contains("(low)"), "{body}");
        }
        assert!(check("FROM debian:trixie AS a\nCMD serve\nFROM a\n").contains("(medium)"));
    }

    #[test]
    fn plain_words_become_an_array() {
        insta::assert_snapshot!(fix("shell-form-command", "\
-- Dockerfile --
FROM debian:trixie AS a
CMD exec server --name \"a b\" \\
    # the port
    --port=80
FROM debian:trixie AS b
CMD server $PORT
FROM debian:trixie AS c
ENTRYPOINT server
CMD app
FROM debian:trixie AS d
CMD ['a', \"b\",]
FROM debian:trixie AS e
CMD a && b
FROM debian:trixie AS f
SHELL [\"/bin/bash\", \"-l\", \"-c\"]
CMD server
FROM debian:trixie
HEALTHCHECK --interval=5s CMD pg_isready -q
"), @r#"
        unsafe: write `["a", "b"]`, for a shell got the array as its command before
        unsafe: write the words as an array, for the program is process 1 then, and no shell stands before it
        unsafe: write the words as an array, for the program is process 1 then, and no shell stands before it
        unsafe: write the words as an array, for the program is process 1 then, and no shell stands before it
        -- Dockerfile --
        -CMD exec server --name "a b" \
        +CMD ["server", "--name", "a b", \
        -    --port=80
        +    "--port=80"]
        -CMD app
        +CMD ["app"]
        -CMD ['a', "b",]
        +CMD ["a", "b"]
        -HEALTHCHECK --interval=5s CMD pg_isready -q
        +HEALTHCHECK --interval=5s CMD ["pg_isready", "-q"]
        "#);
    }
}
