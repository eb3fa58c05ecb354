//! The rules in process.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use dockwright_syntax::shell::{Dialect, is_too_nested};
use shuck_linter::{
    AnalysisRequest, Diagnostic, LinterSettings, Rule, ShellCheckCodeMap, ShellCheckLevel,
    ShellDialect, rule_metadata,
};
use shuck_parser::parser::Parser;

use crate::{Comment, LEFT_OUT, Level, Replacement, Script, preamble};

/// Longer scripts are not checked: some inputs take time that grows with the square of their length.
const MAX_BYTES: usize = 64 * 1024;

/// The codes that can be found in process, in order.
pub fn codes() -> Vec<u32> {
    let codes: BTreeSet<u32> = CODES.mappings().map(|(code, _)| code).collect();
    codes
        .into_iter()
        .filter(|code| !LEFT_OUT.contains(code))
        .collect()
}

static CODES: LazyLock<ShellCheckCodeMap> = LazyLock::new(ShellCheckCodeMap::default);

/// All rules that have a code of `ShellCheck`, for each shell. Sourced files are not followed: nothing but the
/// script is read.
static SETTINGS: LazyLock<[LinterSettings; 4]> = LazyLock::new(|| {
    let mut rules: Vec<Rule> = CODES.mappings().map(|(_, rule)| rule).collect();
    rules.dedup();
    let all = LinterSettings::for_rules(rules).with_resolve_source_closure(false);
    let shells = [
        ShellDialect::Sh,
        ShellDialect::Bash,
        ShellDialect::Ksh,
        ShellDialect::Zsh,
    ];
    shells.map(|shell| all.clone().with_shell(shell))
});

fn settings(dialect: Dialect) -> &'static LinterSettings {
    let [sh, bash, ksh, zsh] = &*SETTINGS;
    match dialect {
        Dialect::Posix => sh,
        Dialect::Bash => bash,
        Dialect::Ksh => ksh,
        Dialect::Zsh => zsh,
    }
}

/// What `ShellCheck`'s rules say of a script, in order. Comments `# shellcheck disable=…` are honoured.
pub fn check(script: &Script<'_>) -> Vec<Comment> {
    if script.text.len() > MAX_BYTES || is_too_nested(script.text) {
        return Vec::new();
    }
    // An input on which a foreign rule fails gets no comments; the others go on.
    let comments = catch_unwind(AssertUnwindSafe(|| lint(script)));
    comments.unwrap_or_default()
}

fn lint(script: &Script<'_>) -> Vec<Comment> {
    let mut source = preamble(script);
    let start = source.len();
    source.push_str(script.text);
    let settings = settings(script.dialect);
    let dialect = settings.shell.parser_dialect();
    let parsed = Parser::with_dialect(&source, dialect).parse();
    let request = AnalysisRequest::from_parse_result(&parsed, &source, settings);
    let found = request.with_shellcheck_map(&CODES).lint();
    let mut comments: Vec<Comment> = found
        .into_iter()
        .filter_map(|it| {
            let code = CODES.code_for_rule(it.rule)?;
            let replacement = replacement(&it, code, &source);
            let level = rule_metadata(it.rule)?.shellcheck_level;
            // What is about the lines before the script is not about the script.
            let place = |offset: usize| {
                offset
                    .checked_sub(start)
                    .map(|at| at.min(script.text.len()))
            };
            Some(Comment {
                start: place(it.span.start.offset())?,
                end: place(it.span.end.offset())?,
                code,
                level: match level {
                    Some(ShellCheckLevel::Error) => Level::Error,
                    Some(ShellCheckLevel::Info) => Level::Info,
                    Some(ShellCheckLevel::Style) => Level::Style,
                    Some(ShellCheckLevel::Warning) | None => Level::Warning,
                },
                message: it.message,
                replacement: replacement.and_then(|it| it.behind(start)),
            })
        })
        .filter(|comment| !LEFT_OUT.contains(&comment.code))
        .collect();
    comments.sort();
    comments.dedup();
    comments
}

/// What the library would write, or what is plain enough to be written without it.
fn replacement(found: &Diagnostic, code: u32, source: &str) -> Option<Replacement> {
    if let Some(fix) = &found.fix {
        let edits = fix.edits().iter().map(|edit| Replacement {
            start: edit.range().start().into(),
            end: edit.range().end().into(),
            text: edit.content().to_owned(),
        });
        return Replacement::merged(source, edits.collect());
    }
    let (start, end) = (found.span.start.offset(), found.span.end.offset());
    let old = source.get(start..end)?;
    let text = match code {
        // A backslash means something else in there.
        2006 => {
            let inside = old.strip_prefix('`')?.strip_suffix('`')?;
            let is_plain = !inside.contains(['`', '\\', '#']) && !inside.starts_with('(');
            is_plain.then(|| format!("$({inside})"))?
        }
        2164 if !old.contains('\n') => format!("{old} || exit"),
        _ => return None,
    };
    Some(Replacement { start, end, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, variables: &[&str]) -> Vec<String> {
        let script = Script {
            text,
            dialect: Dialect::Posix,
            variables: variables.to_vec(),
            is_file: false,
        };
        let comments = check(&script).into_iter();
        let told = comments.map(|it| format!("SC{} {}", it.code, &text[it.start..it.end]));
        told.collect()
    }

    #[test]
    fn a_place_is_one_in_the_script() {
        assert_eq!(
            told("x=1; rm $y", &[]),
            ["SC2034 x", "SC2086 $y", "SC2154 $y"]
        );
        assert!(told("rm \"$y\"", &["y"]).is_empty());
    }

    #[test]
    fn what_to_write_instead_comes_with_it() {
        let script = Script {
            text: "cd `pwd`; rm $1",
            dialect: Dialect::Posix,
            variables: Vec::new(),
            is_file: false,
        };
        let comments = check(&script).into_iter();
        let told: Vec<String> = comments
            .filter_map(|it| Some(format!("SC{} {}", it.code, it.replacement?.text)))
            .collect();
        assert_eq!(
            told,
            [
                "SC2164 cd `pwd` || exit",
                "SC2006 $(pwd)",
                "SC2046 \"`pwd`\"",
                "SC2086 \"$1\""
            ]
        );
    }

    #[test]
    fn the_shell_decides() {
        let script = |dialect| Script {
            text: "[[ -n $1 ]]",
            dialect,
            variables: Vec::new(),
            is_file: false,
        };
        let codes = |dialect| -> Vec<u32> {
            let comments = check(&script(dialect)).into_iter();
            comments.map(|it| it.code).collect()
        };
        assert_eq!(codes(Dialect::Posix), [3010]);
        assert!(codes(Dialect::Bash).is_empty());
    }

    #[test]
    fn its_own_comments_are_honoured() {
        assert!(told("# shellcheck disable=SC2086,SC2154\nrm $y", &[]).is_empty());
    }

    #[test]
    fn broken_code_is_no_reason_to_fail() {
        for text in ["", "if", "case x in", "\u{0}", "${", "$((", "<<EOF", "'"] {
            told(text, &[]);
        }
    }
}
