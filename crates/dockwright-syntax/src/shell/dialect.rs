//! Which shell a script is for.

/// A family of shells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `sh`, `dash`, `ash`: what a `RUN` gets when no `SHELL` is set.
    #[default]
    Posix,
    /// `bash`
    Bash,
    /// `ksh`, `mksh`
    Ksh,
    /// `zsh`
    Zsh,
}

impl Dialect {
    /// The dialect of a shell by its file name or path (`/bin/bash`); `None` when it is no such shell.
    pub fn from_shell(path: &str) -> Option<Self> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        match name.strip_suffix(".exe").unwrap_or(name) {
            "sh" | "dash" | "ash" => Some(Self::Posix),
            "bash" => Some(Self::Bash),
            "ksh" | "ksh93" | "mksh" | "pdksh" => Some(Self::Ksh),
            "zsh" => Some(Self::Zsh),
            _ => None,
        }
    }

    /// The dialect of a script by its `#!` line; `None` when there is none or it is for another program.
    pub fn from_shebang(source: &str) -> Option<Self> {
        let line = source.strip_prefix("#!")?.lines().next()?;
        let mut words = line.split_whitespace();
        let first = words.next()?;
        if first.rsplit('/').next() != Some("env") {
            return Self::from_shell(first);
        }
        let program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
        Self::from_shell(program)
    }

    /// The dialect of a script by what it says itself: a comment `# shellcheck shell=…` before its
    /// first command, else its `#!` line, else the extension of its name, of which `.sh` says nothing.
    pub fn of_file(name: &str, source: &str) -> Option<Self> {
        let comments = source.lines().map(str::trim);
        let mut comments = comments.take_while(|line| line.is_empty() || line.starts_with('#'));
        let named = comments.find_map(|line| {
            let directive = line.trim_start_matches('#').trim_start();
            let mut keys = directive.strip_prefix("shellcheck ")?.split_whitespace();
            keys.find_map(|key| Self::from_shell(key.strip_prefix("shell=")?))
        });
        let extension = || match name.rsplit_once('.')?.1 {
            "bash" | "bats" => Some(Self::Bash),
            "dash" => Some(Self::Posix),
            "ksh" => Some(Self::Ksh),
            "zsh" => Some(Self::Zsh),
            _ => None,
        };
        named
            .or_else(|| Self::from_shebang(source))
            .or_else(extension)
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn the_first_line_names_the_shell() {
        let cases = [
            ("#!/bin/sh -e\n", Some(Dialect::Posix)),
            ("#! /usr/bin/env -S A=b bash -e\n", Some(Dialect::Bash)),
            ("#!/usr/bin/env python3\n", None),
            ("#!/bin/busybox-like-sh\n", None),
            ("#!\n", None),
            ("echo hello\n", None),
        ];
        for (source, expected) in cases {
            assert_eq!(Dialect::from_shebang(source), expected, "{source}");
        }
    }

    #[test]
    fn a_file_may_say_it_in_three_ways() {
        let cases = [
            ("a.sh", "# shellcheck shell=dash\n", Some(Dialect::Posix)),
            (
                "a.bash",
                "#!/bin/sh\n\n# shellcheck disable=SC2086 shell=ksh\n",
                Some(Dialect::Ksh),
            ),
            ("a.bash", "#!/bin/sh\n", Some(Dialect::Posix)),
            (
                "a.bash",
                "echo\n# shellcheck shell=sh\n",
                Some(Dialect::Bash),
            ),
            ("a.sh", "echo\n", None),
        ];
        for (name, source, expected) in cases {
            assert_eq!(Dialect::of_file(name, source), expected, "{source}");
        }
    }
}
