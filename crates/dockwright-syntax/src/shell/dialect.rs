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
}
