//! `ShellCheck`'s rules on shell code.
//!
//! [`check`] applies them in process, [`Installed`] by the program itself. Both answer with its codes, and
//! with places in the script that they were given.

mod in_process;
mod installed;
mod replacement;

use dockwright_syntax::shell::Dialect;

pub use in_process::{check, codes};
pub use installed::{Installed, NotChecked, can_check};
pub use replacement::Replacement;

/// A script to check.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Script<'a> {
    /// The text.
    pub text: &'a str,
    /// The shell that reads it.
    pub dialect: Dialect,
    /// Variables that have a value when it starts. For a file there is none, as it says itself what it
    /// needs.
    pub variables: Vec<&'a str>,
    /// Whether it is a file of its own, and may say by its first line what reads it.
    pub is_file: bool,
}

/// What `ShellCheck` says of a place in a script.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Comment {
    /// The first byte it is about.
    pub start: usize,
    /// The byte behind the last.
    pub end: usize,
    /// The number of its code: 2086 for `SC2086`.
    pub code: u32,
    /// How bad it is.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// What the checker would write instead, whether or not that is wise.
    pub replacement: Option<Replacement>,
}

/// How bad it is, in `ShellCheck`'s words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It can be written better.
    Style,
    /// It may not be meant so.
    Info,
    /// It will hurt.
    Warning,
    /// It cannot work.
    Error,
}

/// What stands before a script when it is checked: how the shell is called, and what is set.
fn preamble(script: &Script<'_>) -> String {
    if script.is_file && script.text.starts_with("#!") {
        return String::new();
    }
    let shell = match script.dialect {
        Dialect::Posix => "sh",
        Dialect::Bash => "bash",
        Dialect::Ksh => "ksh",
        Dialect::Zsh => "zsh",
    };
    let mut preamble = format!("#!/bin/{shell}\n");
    for name in &script.variables {
        // A value without blanks: how it is used is not the question.
        preamble.extend(["export ", name, "=1\n"]);
    }
    preamble
}

/// Codes that say nothing of a command line of a Dockerfile, or of a file that is not there to be read.
///
/// 1090 and 1091: a sourced file cannot be followed. 1071 and 2148: the shell of a file. 2187: `ash`. 2265: the
/// rule in process that has this number, about `return $?`, is none of `ShellCheck`.
const LEFT_OUT: [u32; 6] = [1071, 1090, 1091, 2148, 2187, 2265];
