//! Commands in blocks of code.

use super::CodeBlock;
use crate::{Span, Text};

/// Languages that a shell reads.
const SHELLS: &[&str] = &["bash", "sh", "shell", "zsh", "fish", "ksh"];

/// Languages in which commands stand behind prompts, between what they put out.
const SESSIONS: &[&str] = &[
    "console",
    "shell-session",
    "shellsession",
    "terminal",
    "sh-session",
    "session",
];

/// Languages that say nothing.
const PLAIN: &[&str] = &["text", "txt", "plain", "plaintext"];

pub(super) fn of(block: &CodeBlock) -> Option<Text> {
    let language = block.language.as_deref();
    let is_shell = language.is_some_and(|it| SHELLS.contains(&it));
    let is_session = language.is_some_and(|it| SESSIONS.contains(&it));
    let is_plain = language.is_none_or(|it| PLAIN.contains(&it));
    if !(is_shell || is_session || is_plain) {
        return None;
    }
    let lines = lines(&block.text.value);
    let has_prompts = lines
        .iter()
        .any(|span| prompt(span.of(&block.text.value)).is_some());
    if has_prompts {
        return Some(behind_prompts(&block.text, &lines));
    }
    // What stands in a block without a language may be anything; what looks like a command is one.
    (is_shell || language.is_none()).then(|| block.text.clone())
}

fn lines(text: &str) -> Vec<Span> {
    let mut at = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let start = at;
            at += line.len();
            Span::new(start, at)
        })
        .collect()
}

/// How much of a line is a prompt.
fn prompt(line: &str) -> Option<usize> {
    let indent = line.len() - line.trim_start().len();
    let own = line.trim_start();
    if own.starts_with("$ ") || own.starts_with("% ") {
        return Some(indent + 2);
    }
    // `user@host:~$ `, `root@host:/# `
    let (head, _) = own.split_once(['$', '#'])?;
    let is_host = head.contains('@') && !head.contains(char::is_whitespace);
    let behind = own.get(head.len() + 1..)?;
    (is_host && behind.starts_with(' ')).then_some(indent + head.len() + 2)
}

/// The lines behind prompts, and those that they go on in.
fn behind_prompts(text: &Text, lines: &[Span]) -> Text {
    let mut kept = Vec::new();
    let mut goes_on = false;
    for span in lines {
        let line = span.of(&text.value);
        let skip = match prompt(line) {
            Some(skip) => skip,
            None if goes_on => line.len() - line.trim_start_matches(['>', ' ']).len(),
            None => continue,
        };
        goes_on = line.trim_end().ends_with('\\');
        kept.push(Span::new(span.start as usize + skip, span.end as usize));
    }
    text.select(kept)
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    fn commands(source: &str) -> Option<String> {
        Some(parse(source).blocks[0].commands()?.value)
    }

    #[test]
    fn prompts_and_output_are_left_out() {
        let session = "```console\n$ docker build \\\n>   .\nstep 1\nroot@host:/# docker ps\n```\n";
        assert_eq!(
            commands(session).unwrap(),
            "docker build \\\n.\ndocker ps\n"
        );
        assert_eq!(
            commands("```\n$ docker ps\nx\n```\n").unwrap(),
            "docker ps\n"
        );
    }

    #[test]
    fn other_languages_hold_no_commands() {
        assert_eq!(commands("```yaml\ndocker: x\n```\n"), None);
        assert_eq!(commands("```text\ndocker: x\n```\n"), None);
        assert_eq!(
            commands("```Bash\ndocker ps\n```\n").unwrap(),
            "docker ps\n"
        );
        assert_eq!(commands("    docker ps\n").unwrap(), "docker ps\n");
    }
}
