//! `shell-mistake`

use std::collections::HashMap;
use std::sync::LazyLock;

use dockwright_environment::build::StageId;
use dockwright_environment::shell::ShellKind;
use dockwright_environment::{DocumentId, Environment, Location};
use dockwright_settings::Settings;
use dockwright_shellcheck::{Comment, Installed, Level, Script, check};
use dockwright_syntax::dockerfile::InstructionKind;
use dockwright_syntax::shell::{self, Dialect};
use dockwright_syntax::{Span, Text};
use rayon::prelude::*;

use crate::rule::{Context, Describe, Family, Fixable, Metadata, Rule};
use crate::shell_fixes::{self, Source};
use crate::sourcing::Sourcing;
use crate::{
    Confidence, Finding, Fix, Safety, Severity, StageView, images, shell_codes, steps, words,
};

/// The page of the rule.
const DOCUMENTATION: &str = "\
 There is shell code that does not do what it seems to.

 ## What it does

 Applies the rules of ShellCheck, under its own codes, to the shell form of `RUN`, `CMD`, `ENTRYPOINT` and
 `HEALTHCHECK`, to here-documents and to the repository's scripts. The shell is that of the stage (`SHELL`, also
 one of a base in this repository, or a comment `# hadolint shell=…`); other shells than those of the Bourne
 family are left alone. Variables of `ENV` and `ARG` are known. A script that says nothing of its shell is in that
 of the scripts which read it in by `source` or `.`, else in bash; their variables are known too.

 The rules are built in; `dockwright audit --shellcheck` takes the installed program instead. What ShellCheck
 calls an error or a warning is one here; its hints are information, and hidden at first where they are about style or
 in scripts. `# shellcheck disable=SC2086` is honoured in scripts and before an instruction.

 ## Why is this bad?

 A variable without quotes, a `cd` that fails, a bash word in `sh`: all of them work until a value, a directory or
 a base image changes.

 ## Example

 ```dockerfile Dockerfile
 FROM debian:trixie
 RUN file=`cat /etc/shop/state` && rm $file
 ```

 ## Use instead

 ```dockerfile Dockerfile
 FROM debian:trixie
 RUN file=\"$(cat /etc/shop/state)\" && rm \"$file\"
 ```

 ## Fix safety

 Putting a variable in double quotes is unsafe: where a shell split a word, it is split no more. Nothing is done
 where that seems meant: the name ends as in `CURL_OPTS`, a value has blanks or may be empty, or a command prints
 more than a word. Reading lines into an array, declaring a variable before it gets the output of a command, and
 `printf` for `echo -e` are unsafe too. Writing `$(…)` for backquotes without a backslash, `=` for `==`, two tests for
 `-a`, the names of signals, and `grep -E` for `egrep` is safe. Some forty codes have such a remedy; what is meant by
 the others cannot be told from the text. Neither can it be written where the text goes over the end of a continued
 line.

 ## References

 - <https://www.shellcheck.net/wiki/>, by code
";

/// Its aliases are known only once the rules are loaded, so that it is declared by hand.
pub(crate) struct ShellMistake;

impl Describe for ShellMistake {
    fn metadata(&self) -> &'static Metadata {
        static METADATA: LazyLock<Metadata> = LazyLock::new(|| Metadata {
            name: "shell-mistake",
            family: Family::Shell,
            severity: Severity::Warning,
            fix: Fixable::Unsafe,
            aliases: shell_codes::all(),
            documentation: DOCUMENTATION,
        });
        &METADATA
    }
}

/// Some shell code with the way back to its document.
struct Code<'a> {
    document: DocumentId,
    /// `None` for a file: its places are those of the script.
    text: Option<Text>,
    dialect: Dialect,
    variables: Vec<&'a str>,
    /// Whether it is in the image's configuration, as a `CMD` is.
    is_configuration: bool,
}

impl Code<'_> {
    fn source<'b>(&'b self, environment: &'b Environment) -> &'b str {
        let file = || environment.documents.get(self.document).text.as_ref();
        let text = self.text.as_ref();
        text.map_or_else(file, |text| text.value.as_str())
    }

    fn script<'b>(&'b self, environment: &'b Environment) -> Script<'b> {
        Script {
            text: self.source(environment),
            dialect: self.dialect,
            variables: self.variables.clone(),
            is_file: self.text.is_none(),
        }
    }

    fn location(&self, comment: &Comment) -> Location {
        let span = Span::new(comment.start, comment.end);
        let text = self.text.as_ref();
        Location::new(
            self.document,
            text.map_or(span, |text| text.source_span(span)),
        )
    }

    /// The place of a part of the script, where that stands in the document as it is.
    fn verbatim(&self, environment: &Environment, span: Span) -> Option<Location> {
        let Some(text) = &self.text else {
            return Some(Location::new(self.document, span));
        };
        if span.is_empty() {
            // The end of what is before, not the start of the next line.
            let before = span.start.checked_sub(1)?;
            let before = Span {
                start: before,
                end: span.start,
            };
            let end = text.source_span(before).end;
            return Some(Location::new(self.document, Span { start: end, end }));
        }
        let location = Location::new(self.document, text.source_span(span));
        let is_verbatim = environment.documents.text(location) == span.of(&text.value);
        is_verbatim.then_some(location)
    }

    fn fix(
        &self,
        environment: &Environment,
        comment: &Comment,
        source: &Source<'_>,
    ) -> Option<Fix> {
        let (remedy, edits) = shell_fixes::of(comment, source)?;
        let safety = if self.is_configuration {
            Safety::Unsafe
        } else {
            remedy.safety()
        };
        let mut fix = Fix::new(safety, &remedy.title, &remedy.why);
        for edit in edits {
            let place = self.verbatim(environment, Span::new(edit.start, edit.end))?;
            fix = fix.replace(place, edit.text);
        }
        Some(fix)
    }

    /// Whether something that the checker does not see makes a comment wrong.
    fn is_wrong(
        &self,
        environment: &Environment,
        sourcing: &Sourcing<'_>,
        comment: &Comment,
    ) -> bool {
        let text = self.source(environment);
        let about = text.get(comment.start..comment.end).unwrap_or_default();
        let name = || words::identifiers(about).next().unwrap_or_default();
        match comment.code {
            2034 => sourcing.reads_elsewhere(self.document, name()),
            2154 => sourcing.sets(self.document, name()),
            // The blanks are the indentation behind the end of a line.
            2291 => {
                let span = Span::new(comment.start, comment.end);
                self.verbatim(environment, span).is_none()
            }
            _ => false,
        }
    }

    /// What is said of it.
    fn findings(
        &self,
        environment: &Environment,
        sourcing: &Sourcing<'_>,
        comments: &[Comment],
    ) -> Vec<Finding> {
        if comments.is_empty() {
            return Vec::new();
        }
        let text = self.source(environment);
        let tree = shell::parse(text, self.dialect);
        let source = Source::new(text, self.dialect, self.text.is_none(), &tree);
        let comments = comments.iter();
        let comments = comments.filter(|comment| !self.is_wrong(environment, sourcing, comment));
        comments
            .map(|comment| {
                let fix = self.fix(environment, comment, &source);
                self.finding(comment).fix(fix)
            })
            .collect()
    }

    fn finding(&self, comment: &Comment) -> Finding {
        let severity = match comment.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Info | Level::Style => Severity::Info,
        };
        let confidence = match (comment.level, self.text.is_some()) {
            (Level::Error | Level::Warning, _) => Confidence::High,
            (Level::Info, true) => Confidence::Medium,
            (Level::Info, false) | (Level::Style, _) => Confidence::Low,
        };
        let message = comment.message.trim_end_matches('.');
        let message = format!("{message} (SC{})", comment.code);
        Finding::new(ShellMistake.metadata(), self.location(comment), message)
            .codes(shell_codes::one(comment.code))
            .severity(severity)
            .confidence(confidence)
    }
}

impl Rule for ShellMistake {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let dockerfiles = environment.dockerfiles.par_iter();
        let mut codes: Vec<Code<'_>> = dockerfiles
            .flat_map_iter(|dockerfile| StageView::all(environment, dockerfile))
            .flat_map_iter(|stage| of_stage(environment, stage))
            .collect();
        let sourcing = Sourcing::of(environment);
        codes.extend(scripts(environment, &sourcing));
        // The same line in many files is checked once.
        let mut numbers: HashMap<Script<'_>, usize> = HashMap::new();
        let mut scripts: Vec<Script<'_>> = Vec::new();
        let places: Vec<usize> = codes
            .iter()
            .map(|code| {
                let script = code.script(environment);
                *numbers.entry(script).or_insert_with_key(|script| {
                    scripts.push(script.clone());
                    scripts.len() - 1
                })
            })
            .collect();
        let comments = comments(cx.settings, &scripts);
        let codes = codes.par_iter().zip(places);
        let found = codes.flat_map_iter(|(code, place)| {
            let comments = comments.get(place).map_or(&[][..], Vec::as_slice);
            code.findings(environment, &sourcing, comments)
        });
        findings.par_extend(found);
    }
}

/// What the checker says of each script.
fn comments(settings: &Settings, scripts: &[Script<'_>]) -> Vec<Vec<Comment>> {
    let program = settings.audit.shellcheck.as_ref().map(Installed::new);
    // Whether it runs was found out before; one that fails now is replaced.
    let installed = program.and_then(|program| program.check(scripts).ok());
    installed.unwrap_or_else(|| scripts.par_iter().map(check).collect())
}

/// The shell forms of a stage.
fn of_stage<'a>(environment: &'a Environment, stage: StageView<'a>) -> Vec<Code<'a>> {
    let source = &environment.documents.get(stage.dockerfile.document).text;
    let mut codes = Vec::new();
    let mut shell = None;
    let mut set = None;
    for (at, instruction) in stage.instructions() {
        if matches!(instruction.kind, InstructionKind::Shell(_)) {
            shell = None;
        }
        let Some(text) = stage.dockerfile.shell_source(at, source) else {
            continue;
        };
        let dialect = if text.value.starts_with("#!") {
            Dialect::from_shebang(&text.value)
        } else {
            match *shell.get_or_insert_with(|| environment.shell(stage.id, at).kind) {
                ShellKind::Posix(dialect) => Some(dialect),
                ShellKind::PowerShell | ShellKind::Cmd | ShellKind::Other => None,
            }
        };
        if let Some(dialect) = dialect {
            // What is set matters to what reads a variable: `$a`, `((a))`.
            let variables = if text.value.contains(['$', '(']) {
                let all = set.get_or_insert_with(|| variables(environment, stage.id));
                spoken_of(&text.value, all, at)
            } else {
                Vec::new()
            };
            codes.push(Code {
                document: stage.dockerfile.document,
                text: Some(text),
                dialect,
                variables,
                is_configuration: steps::run_of(&instruction.kind).is_none(),
            });
        }
    }
    codes
}

/// The variables that `ENV` and `ARG` set in a stage and its bases, each with the first instruction of the stage
/// behind which it is set: 0 when a base sets it.
fn variables(environment: &Environment, id: StageId) -> HashMap<&str, usize> {
    let mut variables = HashMap::new();
    for link in environment.chain_stages(id) {
        let stage = environment.stage(link).into_iter();
        for binding in stage.flat_map(|stage| &stage.bindings) {
            let set = if link == id {
                binding.instruction + 1
            } else {
                0
            };
            let first = variables.entry(binding.name.as_str()).or_insert(set);
            *first = set.min(*first);
        }
    }
    variables
}

/// Those that are set before an instruction and that its text speaks of: others make no difference to it.
fn spoken_of<'a>(text: &str, variables: &HashMap<&'a str, usize>, at: usize) -> Vec<&'a str> {
    let words = text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
    let known = words.filter_map(|word| variables.get_key_value(word));
    let set = known.filter(|(_, first)| **first <= at);
    let mut names: Vec<&str> = set
        .map(|(name, _)| *name)
        .filter(|name| is_name(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The scripts, each in its own dialect or that of those who read it in.
fn scripts<'a>(
    environment: &'a Environment,
    sourcing: &'a Sourcing<'_>,
) -> impl Iterator<Item = Code<'a>> {
    let scripts = environment.scripts.iter().filter(|script| {
        let place = Location::new(script.document, Span::new(0, 0));
        !images::is_fixture(environment, place)
    });
    scripts.map(|script| Code {
        document: script.document,
        text: None,
        dialect: sourcing.dialect(script.document),
        variables: Vec::new(),
        is_configuration: false,
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(dockerfile: &str) -> String {
        audit("shell-mistake", &format!("-- Dockerfile --\n{dockerfile}"))
    }

    #[test]
    fn a_place_in_a_continued_line_is_exact() {
        insta::assert_snapshot!(check("FROM debian\nRUN true && \\\n  # why\n    rm $1 && \\\n    cd /x\n"), @r#"
        warning Dockerfile:5:5 `cd` should check whether the directory change succeeded (SC2164)
        info (medium) Dockerfile:4:8 quote parameter expansions to avoid word splitting and globbing (SC2086)
        "#);
    }

    #[test]
    fn here_documents_are_scripts_or_input() {
        insta::assert_snapshot!(check("FROM debian\nRUN <<EOF\n  rm $1\nEOF\nRUN cat <<E >/x && rm $2\n$b\nE\n"), @r#"
        warning Dockerfile:6:1 variable `b` is referenced before assignment (SC2154)
        info (medium) Dockerfile:3:6 quote parameter expansions to avoid word splitting and globbing (SC2086)
        info (medium) Dockerfile:5:23 quote parameter expansions to avoid word splitting and globbing (SC2086)
        "#);
        assert_eq!(
            check("FROM debian\nRUN <<EOF\n#!/usr/bin/env python3\nrm $1\nEOF\n"),
            ""
        );
    }

    #[test]
    fn the_shell_and_the_variables_of_the_stage_count() {
        let test = "RUN [[ -n \"$x\" ]]\n";
        assert!(check(&format!("FROM a\n{test}")).contains("SC3010"));
        let bash = "FROM a AS b\nSHELL [\"/bin/bash\", \"-c\"]\nENV x=1\nFROM b\n";
        assert_eq!(check(&format!("{bash}{test}")), "");
        let other = "FROM a\nSHELL [\"pwsh\", \"-Command\"]\nRUN rm $x\n";
        assert_eq!(check(other), "");
        assert_eq!(check("FROM a\nARG x\nCMD echo \"$x\"\n"), "");
    }

    #[test]
    fn each_code_can_be_silenced() {
        let run = "RUN rm $1\n";
        assert_ne!(check(&format!("FROM a\n{run}")), "");
        for comment in [
            "hadolint ignore=SC2086",
            "dockwright: ignore[SC2086]",
            "shellcheck disable=SC2086",
        ] {
            assert_eq!(
                check(&format!("FROM a\n# {comment}\n{run}")),
                "",
                "{comment}"
            );
        }
        let settings = "-- dockwright.toml --\n[rules]\nSC2086 = \"off\"\n";
        assert_eq!(check(&format!("FROM a\n{run}{settings}")), "");
    }

    #[test]
    fn what_is_written_is_changed_in_place() {
        insta::assert_snapshot!(fix("shell-mistake", r#"
-- Dockerfile --
FROM debian
RUN version=$(cat /v) && curl $CURL_OPTS /$version.tgz > "/tmp/"$version && \
    # why
    rm $1 && echo $(cat /list) "`date`" \
    $(dpkg --print-architecture)
RUN <<EOF
if [ "$1" == 1 ]; then cd /x; fi
EOF
CMD [ "$1" == a ]
-- a.sh --
#!/bin/bash
dc="docker compose"
while read line; do
  run $dc $line $1 $(( $2 + $n ))
done
"#), @r#"
        unsafe: put the command substitution in double quotes, for what it prints is one word then
        safe: write `=`, for where a shell knows `==`, both mean the same
        unsafe: add `|| exit`, for the script ends where it went on in another directory
        unsafe: write `=`, for where a shell knows `==`, both mean the same
        unsafe: put the variable in double quotes, for a value with blanks is one word then, and an empty one is a word
        unsafe: put the variable in double quotes, for a value with blanks is one word then, and an empty one is a word
        unsafe: put the variable in double quotes, for a value with blanks is one word then, and an empty one is a word
        safe: write `$(…)`, for without a backslash inside both run the same command
        unsafe: add `-r`, for a backslash in the input is kept then
        unsafe: put the variable in double quotes, for a value with blanks is one word then, and an empty one is a word
        unsafe: put the variable in double quotes, for a value with blanks is one word then, and an empty one is a word
        unsafe: write the name alone, for a value that is itself an expression is then calculated first
        -- Dockerfile --
        -RUN version=$(cat /v) && curl $CURL_OPTS /$version.tgz > "/tmp/"$version && \
        +RUN version=$(cat /v) && curl $CURL_OPTS /"$version".tgz > "/tmp/$version" && \
        -    rm $1 && echo $(cat /list) "`date`" \
        -    $(dpkg --print-architecture)
        +    rm "$1" && echo $(cat /list) "$(date)" \
        +    "$(dpkg --print-architecture)"
        -if [ "$1" == 1 ]; then cd /x; fi
        +if [ "$1" = 1 ]; then cd /x || exit; fi
        -CMD [ "$1" == a ]
        +CMD [ "$1" = a ]
        -- a.sh --
        -while read line; do
        -  run $dc $line $1 $(( $2 + $n ))
        +while read -r line; do
        +  run $dc "$line" "$1" $(( $2 + n ))
        "#);
    }

    #[test]
    fn a_fragment_is_in_the_language_of_those_who_read_it_in() {
        let fragment = "-- lib/log.sh --\n[[ -n $level ]] && echo \"$level\"\ncolor=red\n";
        let by = |shebang: &str| {
            let main = "level=1\n. \"$(dirname \"$0\")/lib/log.sh\"\necho \"$color\"\n";
            audit(
                "shell-mistake",
                &format!("{fragment}-- main.sh --\n{shebang}\n{main}"),
            )
        };
        assert_eq!(by("#!/bin/bash"), "");
        insta::assert_snapshot!(by("#!/bin/sh"), @r#"
        warning lib/log.sh:1:1 `[[ ... ]]` is not available in POSIX sh (SC3010)
        "#);
        // Read in by nobody, it is taken for one of bash.
        insta::assert_snapshot!(audit("shell-mistake", fragment), @r#"
        warning lib/log.sh:2:1 variable `color` is assigned but never used (SC2034)
        "#);
    }

    #[test]
    fn a_command_is_taken_apart() {
        insta::assert_snapshot!(fix("shell-mistake", r#"
-- Dockerfile --
FROM debian
RUN export VERSION=$(cat /v) && echo -n "$VERSION" > /version && \
    echo "deb\n" > /list
-- a.sh --
#!/bin/bash
main() {
	local file=$(find . | head -n 1) # why
	local file=$(basename $file)
	local -r fixed=$(date)
	if [ -n "$file" -a "$1" = x ] || [ a -a b -o c ]; then return 1; fi
	export A="$(date)"; readonly B=$(date)
	test "$1" -a "$2"
	trap 'rm x' 0 13
}
main
echo "$file" "$fixed" "$A" "$B" @{u} {'a b'} x{y}:$A > "$(main)"
for i in 1 2; do date; done
for s in INT HUP; do trap "rm $s" "$s"; done
find . -type f | xargs rm
find . -type f -o -name b | xargs rm
for x in ${a[*]} $*; do main "all: $@" "$x"; done
: ${A=b}
"#), @r#"
        unsafe: write `*` for `@`, for it is one word then, and no longer several
        unsafe: declare and assign one after the other, for the command's failure counts then
        unsafe: put the command substitution in double quotes, for what it prints is one word then
        unsafe: write `printf`, for a shell whose `echo` does not know the option printed it
        unsafe: declare and assign one after the other, for the command's failure counts then
        safe: write two tests, for they are asked in the same order
        unsafe: declare and assign one after the other, for the command's failure counts then
        unsafe: declare and assign one after the other, for the command's failure counts then
        safe: write the names of the signals, for they are the same on Linux
        safe: put the braces in quotes, for the word is the same
        safe: put the braces in quotes, for the word is the same
        safe: put the braces in quotes, for the word is the same
        safe: put the braces in quotes, for the word is the same
        safe: put the braces in quotes, for the word is the same
        safe: put the braces in quotes, for the word is the same
        unsafe: name the variable of the loop `_`, for nobody here reads it, but a script that is read in may
        unsafe: separate the names by NUL bytes, for not every `find` and `xargs` can
        unsafe: write the elements, each in double quotes, for elements with blanks stay one word then
        unsafe: write the elements, each in double quotes, for elements with blanks stay one word then
        unsafe: write `printf`, for the escapes are read by every shell then
        unsafe: put the variable in double quotes, for a value with blanks is one word then, and an empty one is a word
        unsafe: put the variable in double quotes, for a value with blanks is one word then, and an empty one is a word
        safe: put it in double quotes, for `:` does nothing with the words, so that nothing has to be split
        -- Dockerfile --
        -RUN export VERSION=$(cat /v) && echo -n "$VERSION" > /version && \
        -    echo "deb\n" > /list
        +RUN VERSION="$(cat /v)" && export VERSION && printf '%s' "$VERSION" > /version && \
        +    printf '%b\n' "deb\n" > /list
        -- a.sh --
        -	local file=$(find . | head -n 1) # why
        -	local file=$(basename $file)
        +	local file
        +	file=$(find . | head -n 1) # why
        +	local file=$(basename "$file")
        -	if [ -n "$file" -a "$1" = x ] || [ a -a b -o c ]; then return 1; fi
        -	export A="$(date)"; readonly B=$(date)
        +	if [ -n "$file" ] && [ "$1" = x ] || [ a -a b -o c ]; then return 1; fi
        +	A="$(date)"; export A; B=$(date); readonly B
        -	trap 'rm x' 0 13
        +	trap 'rm x' EXIT PIPE
        -echo "$file" "$fixed" "$A" "$B" @{u} {'a b'} x{y}:$A > "$(main)"
        -for i in 1 2; do date; done
        +echo "$file" "$fixed" "$A" "$B" "@{u}" '{a b}' x"{y}":"$A" > "$(main)"
        +for _ in 1 2; do date; done
        -find . -type f | xargs rm
        +find . -type f -print0 | xargs -0 rm
        -for x in ${a[*]} $*; do main "all: $@" "$x"; done
        -: ${A=b}
        +for x in "${a[@]}" "$@"; do main "all: $*" "$x"; done
        +: "${A=b}"
        "#);
    }

    #[test]
    fn arrays_stay_what_they_are() {
        insta::assert_snapshot!(fix("shell-mistake", r#"
-- a.sh --
#!/bin/bash
files=($(find . -name '*.sh' | sort))
words=($(echo a b))
parts=(${1//,/ })
files+=(${2})
docker exec $(docker ps -qf name=shop) rm $(docker ps -q) "$files"
[[ " ${files[@]} " =~ " $2 " ]] && text=${words[@]} main "${parts[@]}"
"#), @r#"
        unsafe: write `*` for `@`, for the elements are joined by the first letter of `IFS` then, most often a blank
        unsafe: read the lines with `mapfile`, for an element is a line then, and the command's failure is not seen
        unsafe: put the variable in double quotes, for a value with blanks is one element then
        unsafe: put the command substitution in double quotes, for what it prints is one word then
        unsafe: write the index of the first element, for nothing else was read before; if all elements are meant, write `[@]`
        safe: write `== *…*`, for what is in quotes is no pattern in either
        unsafe: write `*` for `@`, for the elements are joined by the first letter of `IFS` then, most often a blank
        -- a.sh --
        -files=($(find . -name '*.sh' | sort))
        +mapfile -t files < <(find . -name '*.sh' | sort)
        -files+=(${2})
        -docker exec $(docker ps -qf name=shop) rm $(docker ps -q) "$files"
        -[[ " ${files[@]} " =~ " $2 " ]] && text=${words[@]} main "${parts[@]}"
        +files+=("${2}")
        +docker exec "$(docker ps -qf name=shop)" rm $(docker ps -q) "${files[0]}"
        +[[ " ${files[*]} " == *" $2 "* ]] && text=${words[*]} main "${parts[@]}"
        "#);
    }

    #[test]
    fn hints_in_scripts_are_for_those_who_ask() {
        let files = "-- a.sh --\n#!/bin/bash\nrm $1\ncd x\n-- testdata/a.sh --\n#!/bin/sh\nrm $1\n";
        insta::assert_snapshot!(audit("shell-mistake", files), @r#"
        warning a.sh:3:1 `cd` should check whether the directory change succeeded (SC2164)
        info (low) a.sh:2:4 quote parameter expansions to avoid word splitting and globbing (SC2086)
        "#);
    }
}
