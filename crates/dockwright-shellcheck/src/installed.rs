//! The rules by the program itself.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::{Comment, LEFT_OUT, Level, Replacement, Script, preamble};

/// A `ShellCheck` that is installed.
#[derive(Clone, Debug)]
pub struct Installed {
    program: PathBuf,
}

/// Why nothing was checked.
#[derive(Debug)]
pub struct NotChecked(String);

impl fmt::Display for NotChecked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for NotChecked {}

/// Scripts of one call; a command line has a bound.
const BATCH: usize = 500;

#[derive(Deserialize)]
struct Answer {
    comments: Vec<Told>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    file: String,
    line: usize,
    end_line: usize,
    column: usize,
    end_column: usize,
    level: Level,
    code: u32,
    message: String,
    fix: Option<ToldFix>,
}

#[derive(Deserialize)]
struct ToldFix {
    replacements: Vec<ToldReplacement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToldReplacement {
    line: usize,
    end_line: usize,
    column: usize,
    end_column: usize,
    replacement: String,
}

impl ToldFix {
    fn in_source(self, source: &str) -> Option<Replacement> {
        let parts = self.replacements.into_iter().map(|it| Replacement {
            start: offset(source, it.line, it.column),
            end: offset(source, it.end_line, it.end_column),
            text: it.replacement,
        });
        Replacement::merged(source, parts.collect())
    }
}

/// Finds out whether a program is a `ShellCheck` that can be used.
pub fn can_check(program: &Path) -> Result<(), NotChecked> {
    let script = Script {
        text: "rm $1",
        dialect: dockwright_syntax::shell::Dialect::Posix,
        variables: Vec::new(),
        is_file: false,
    };
    Installed::new(program).check(&[script]).map(drop)
}

impl Installed {
    /// The program by its path, or by its name if it is on the `PATH`.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
        }
    }

    /// What it says of each script, in order. It is called once for many of them.
    pub fn check(&self, scripts: &[Script<'_>]) -> Result<Vec<Vec<Comment>>, NotChecked> {
        let folder = tempfile::tempdir()
            .map_err(|error| NotChecked(format!("cannot make a temporary directory: {error}")))?;
        let mut sources = Vec::new();
        for (number, script) in scripts.iter().enumerate() {
            let before = preamble(script);
            let source = format!("{before}{}", script.text);
            fs::write(folder.path().join(number.to_string()), &source)
                .map_err(|error| NotChecked(format!("cannot write a script: {error}")))?;
            sources.push((source, before.len()));
        }
        let mut all = vec![Vec::new(); scripts.len()];
        let numbers: Vec<usize> = (0..scripts.len()).collect();
        for batch in numbers.chunks(BATCH) {
            let output = Command::new(&self.program)
                .args(["--norc", "--format=json1", "--severity=style", "--"])
                .args(batch.iter().map(usize::to_string))
                .current_dir(folder.path())
                .stdin(Stdio::null())
                .output()
                .map_err(|error| {
                    let program = self.program.display();
                    NotChecked(format!("cannot run `{program}`: {error}"))
                })?;
            let answer: Answer = serde_json::from_slice(&output.stdout).map_err(|error| {
                let said = String::from_utf8_lossy(&output.stderr);
                let said = said.lines().next().unwrap_or_default();
                NotChecked(format!("its answer is not understood: {error} {said}"))
            })?;
            for told in answer.comments {
                let number = told.file.parse::<usize>().ok();
                let place = number.and_then(|it| Some((it, sources.get(it)?)));
                let Some((number, (source, before))) = place else {
                    continue;
                };
                let replacement = told.fix.and_then(|it| it.in_source(source));
                let at = |line, column| offset(source, line, column).checked_sub(*before);
                let span = (
                    at(told.line, told.column),
                    at(told.end_line, told.end_column),
                );
                if let (Some(start), Some(end)) = span
                    && !LEFT_OUT.contains(&told.code)
                    && let Some(comments) = all.get_mut(number)
                {
                    comments.push(Comment {
                        start,
                        end: end.max(start),
                        code: told.code,
                        level: told.level,
                        message: told.message,
                        replacement: replacement.and_then(|it| it.behind(*before)),
                    });
                }
            }
        }
        for comments in &mut all {
            comments.sort();
        }
        Ok(all)
    }
}

/// The byte at a line and column, both from 1; a column is a character, a tab too.
fn offset(source: &str, line: usize, column: usize) -> usize {
    let mut lines = source.split_inclusive('\n');
    let before: usize = lines
        .by_ref()
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let text = lines.next().unwrap_or_default().trim_end_matches('\n');
    let letters = text.char_indices().nth(column.saturating_sub(1));
    before + letters.map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use dockwright_syntax::shell::Dialect;

    use super::*;

    #[test]
    fn columns_count_characters() {
        assert_eq!(offset("a\n\tx y\n", 2, 2), 3);
        assert_eq!(offset("é $y", 1, 3), 3);
        assert_eq!(offset("ab\n", 1, 9), 2);
    }

    #[test]
    fn a_program_that_is_not_there_is_told() {
        let script = Script {
            text: "true",
            dialect: Dialect::Posix,
            variables: Vec::new(),
            is_file: false,
        };
        let error = Installed::new("/no/such/shellcheck").check(&[script]);
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("/no/such/shellcheck")
        );
    }

    /// The program that the tests compare with.
    fn program() -> Option<Installed> {
        let program = std::env::var_os("DOCKWRIGHT_SHELLCHECK");
        if program.is_none() {
            assert!(
                std::env::var_os("DOCKWRIGHT_REQUIRE_ORACLES").is_none_or(|it| it != "1"),
                "DOCKWRIGHT_SHELLCHECK is not set"
            );
            eprintln!("skipped: DOCKWRIGHT_SHELLCHECK is not set");
        }
        program.map(Installed::new)
    }

    #[test]
    fn both_ways_say_the_same() {
        let Some(program) = program() else { return };
        let texts = [
            "rm $1",
            "x=1\nfor f in $(ls); do echo \"$f\"; done",
            "\tcd /tmp && [ $a == b ]",
            "echo é \"$(cat file | grep x)\"",
            "local x=`date`",
            "if [ -n $UNSET ]; then echo; fi",
        ];
        let scripts = texts.map(|text| Script {
            text,
            dialect: Dialect::Posix,
            variables: Vec::new(),
            is_file: false,
        });
        let theirs = program.check(&scripts).unwrap();
        for (script, theirs) in scripts.iter().zip(theirs) {
            let short = |comments: Vec<Comment>| -> Vec<(usize, usize, u32, Level)> {
                let comments = comments.into_iter();
                comments
                    .map(|it| (it.start, it.end, it.code, it.level))
                    .collect()
            };
            assert_eq!(
                short(crate::check(script)),
                short(theirs),
                "{}",
                script.text
            );
        }
    }
}
