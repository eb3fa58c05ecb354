//! Which program a command really runs.

use super::tree::{SimpleCommand, Word};

/// A command without the wrappers before it.
#[derive(Clone, Debug)]
pub struct Invocation<'a> {
    /// The program, without its directory.
    pub name: &'a str,
    /// The program's own word and its arguments.
    pub words: &'a [Word],
    /// The wrappers before it, outermost first.
    pub wrappers: Vec<Wrapper<'a>>,
}

/// `sudo`, `env`, `exec`, … before a command.
#[derive(Clone, Debug)]
pub struct Wrapper<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its own word, options, assignments and operands.
    pub words: &'a [Word],
}

/// A program that runs the command behind it.
struct Known {
    name: &'static str,
    /// Options whose value is the next word.
    valued: &'static [&'static str],
    /// Words between the options and the command.
    operands: usize,
}

const fn known(name: &'static str, valued: &'static [&'static str], operands: usize) -> Known {
    Known {
        name,
        valued,
        operands,
    }
}

const WRAPPERS: &[Known] = &[
    known("builtin", &[], 0),
    known("busybox", &[], 0),
    known("chroot", &[], 1),
    known("command", &[], 0),
    known("doas", &["-u", "-C"], 0),
    known("eatmydata", &[], 0),
    known("env", &["-u", "--unset", "-C", "--chdir"], 0),
    known("exec", &["-a"], 0),
    known("fakeroot", &[], 0),
    known("gosu", &[], 1),
    known("ionice", &["-c", "-n", "-p"], 0),
    known("nice", &["-n", "--adjustment"], 0),
    known("nohup", &[], 0),
    known("setpriv", &["--reuid", "--regid", "--groups"], 0),
    known("setsid", &[], 0),
    known("stdbuf", &["-i", "-o", "-e"], 0),
    known("su-exec", &[], 1),
    known(
        "sudo",
        &[
            "-u", "--user", "-g", "--group", "-h", "--host", "-p", "--prompt", "-C", "-D", "-R",
            "-T",
        ],
        0,
    ),
    known("time", &["-f", "-o"], 0),
    known("timeout", &["-s", "--signal", "-k", "--kill-after"], 1),
    known("tini", &["-p", "-e"], 0),
    known("dumb-init", &[], 0),
];

impl SimpleCommand {
    /// The program that runs, behind `sudo`, `env A=b`, `exec` and the like; `None` when its name
    /// is not literal or nothing runs.
    pub fn invocation(&self) -> Option<Invocation<'_>> {
        let mut words = self.words.as_slice();
        let mut wrappers = Vec::new();
        loop {
            let name = base_name(words.first()?.literal.as_deref()?);
            let Some(length) = wrapped(words, beginning) else {
                return Some(Invocation {
                    name,
                    words,
                    wrappers,
                });
            };
            let (own, rest) = words.split_at_checked(length)?;
            wrappers.push(Wrapper { name, words: own });
            words = rest;
        }
    }
}

impl<'a> Invocation<'a> {
    /// The script behind `-c` of a shell: `sh -c '…'`.
    pub fn inline_script(&self) -> Option<&'a Word> {
        super::Dialect::from_shell(self.name)?;
        let is_option = |word: &Word| {
            let text = word.literal.as_deref().unwrap_or_default();
            text.starts_with('-') && !text.starts_with("--") && text.ends_with('c')
        };
        let at = self.words.iter().position(is_option)?;
        self.words.get(at + 1)
    }

    /// The arguments behind the program's own word.
    pub fn arguments(&self) -> &'a [Word] {
        self.words.get(1..).unwrap_or_default()
    }
}

/// The command that really runs, behind `sudo`, `env A=b`, `exec` and the like, of words that have
/// been expanded. `text` tells what a word says.
pub fn unwrapped<W>(words: &[W], text: impl Fn(&W) -> &str + Copy) -> &[W] {
    let mut words = words;
    while let Some(length) = wrapped(words, text) {
        words = words.get(length..).unwrap_or_default();
    }
    words
}

/// How many words the wrapper at the start of `words` takes; `None` when there is none, or no
/// command behind it.
fn wrapped<W>(words: &[W], text: impl Fn(&W) -> &str + Copy) -> Option<usize> {
    let name = base_name(text(words.first()?));
    let wrapper = WRAPPERS.iter().find(|wrapper| wrapper.name == name)?;
    behind(wrapper, words, text)
}

/// How many words `wrapper` takes at the start of `words`; `None` when no command is behind it.
fn behind<W>(wrapper: &Known, words: &[W], text: impl Fn(&W) -> &str) -> Option<usize> {
    let mut at = 1;
    let mut operands = wrapper.operands;
    loop {
        let text = text(words.get(at)?);
        if text == "--" {
            at += 1 + operands;
            return words.get(at).map(|_| at);
        }
        if text.starts_with('-') {
            // `command -v x` asks, it does not run.
            if wrapper.name == "command" && matches!(text, "-v" | "-V") {
                return None;
            }
            at += 1 + usize::from(wrapper.valued.contains(&text));
        } else if matches!(wrapper.name, "env" | "sudo" | "doas") && is_assignment(text) {
            at += 1;
        } else if operands > 0 {
            operands -= 1;
            at += 1;
        } else {
            return Some(at);
        }
    }
}

/// Whether a word begins as `NAME=value`.
fn is_assignment(text: &str) -> bool {
    let name = text.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty()
        && name
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || it == '_')
}

/// What a word says at its start.
fn beginning(word: &Word) -> &str {
    match (&word.literal, word.parts.first()) {
        (Some(literal), _) => literal,
        (None, Some(super::Part::Literal(head))) => &head.value,
        _ => "",
    }
}

/// The last part of a path.
fn base_name(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((_, name)) if !name.is_empty() => name,
        _ => path,
    }
}
