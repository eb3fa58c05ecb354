//! What is read out of shell scripts.

#![allow(clippy::unwrap_used, clippy::panic)]

use dockwright_syntax::shell::{
    self, AssignmentKind, Command, Compound, Dialect, Modifier, Part, RedirectionOperator, Script,
};
use dockwright_syntax::{Span, Text};

fn parse(source: &str) -> Script {
    let script = shell::parse(source, Dialect::Bash);
    assert_eq!(script.problems, [], "{source}");
    script
}

/// Each command as its literal words, `$name` for what is not literal, and its context.
fn outline(source: &str, script: &Script) -> Vec<String> {
    let commands = script.commands().into_iter();
    let line = commands.map(|found| {
        let words = found.command.words.iter().map(|word| {
            let written = || word.span.of(source).to_owned();
            word.literal.clone().unwrap_or_else(written)
        });
        let mut line = words.collect::<Vec<_>>().join(" ");
        let context = found.context;
        let marks = [
            (context.conditional, "conditional"),
            (context.pipeline, "pipeline"),
            (context.subshell, "subshell"),
            (context.substitution, "substitution"),
        ];
        for (_, mark) in marks.iter().filter(|(is, _)| *is) {
            line.extend([" ‹", mark, "›"]);
        }
        if let Some(function) = context.function {
            line.extend([" ‹in ", function, "›"]);
        }
        line
    });
    line.collect()
}

#[test]
fn every_command_is_found_with_what_surrounds_it() {
    let source = r#"
apt-get update && apt-get install -y curl || exit 1
if [ -f a ]; then rm a; elif test -f b; then rm b; else touch c; fi
for f in *.txt; do cat "$f" | sort; done
case "$1" in start) run ;; esac
( cd /x; make ) &
greet() { echo "hi $(whoami)"; }
[ -n "$A" ] && echo "$A"
"#;
    insta::assert_snapshot!(outline(source, &parse(source)).join("\n"), @r#"
    apt-get update
    apt-get install -y curl
    exit 1 ‹conditional›
    [ -f a ]
    rm a ‹conditional›
    test -f b ‹conditional›
    rm b ‹conditional›
    touch c ‹conditional›
    cat "$f" ‹conditional› ‹pipeline› ‹subshell›
    sort ‹conditional› ‹pipeline› ‹subshell›
    run ‹conditional›
    cd /x ‹subshell›
    make ‹subshell›
    echo "hi $(whoami)" ‹in greet›
    whoami ‹subshell› ‹substitution› ‹in greet›
    [ -n "$A" ]
    echo "$A" ‹conditional›
    "#);
}

#[test]
fn quotes_and_escapes_are_removed_from_literal_words() {
    let source = r#"a\ b "c\"d\$e" 'x y' $'a\tb' "" pre'fix'"ed" "a\n" ~/x *.c {a,b} '*'"#;
    let script = parse(source);
    let commands = script.commands();
    let words = commands[0].command.words.iter();
    let shown: Vec<_> = words
        .map(|word| (word.literal.as_deref().unwrap(), word.glob))
        .collect();
    assert_eq!(
        shown,
        [
            ("a b", false),
            ("c\"d$e", false),
            ("x y", false),
            ("a\tb", false),
            ("", false),
            ("prefixed", false),
            ("a\\n", false),
            ("~/x", true),
            ("*.c", true),
            ("{a,b}", true),
            ("*", false),
        ]
    );
}

#[test]
fn expansions_tell_the_variable_and_what_is_done_with_it() {
    let source = r#"echo $a "${b}" ${c:-x$d} ${e=1} ${f:?why} ${g+on} ${#h} ${i##*/} ${j%.c} ${k/a/$l} ${m:1:$n} $1 $@ $((o + $p))"#;
    let script = parse(source);
    let reads = script.variables_read();
    let shown: Vec<_> = reads
        .iter()
        .map(|read| {
            let modifier = read.expansion.map(|it| (it.modifier, it.colon, it.quoted));
            let span = read.expansion.map_or(read.name.span, |it| it.span);
            assert_eq!(read.name.span.of(source), read.name.value);
            format!("{} {modifier:?} {}", read.name.value, span.of(source))
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    a Some((None, false, false)) $a
    b Some((None, false, true)) ${b}
    c Some((Default, true, false)) ${c:-x$d}
    d Some((None, false, false)) $d
    e Some((Assign, false, false)) ${e=1}
    f Some((Require, true, false)) ${f:?why}
    g Some((Alternative, false, false)) ${g+on}
    h Some((Length, false, false)) ${#h}
    i Some((TrimPrefix, false, false)) ${i##*/}
    j Some((TrimSuffix, false, false)) ${j%.c}
    k Some((Replace, false, false)) ${k/a/$l}
    l Some((None, false, false)) $l
    m Some((Other, false, false)) ${m:1:$n}
    n Some((None, false, false)) $n
    1 Some((None, false, false)) $1
    @ Some((None, false, false)) $@
    o None o
    p Some((None, false, false)) $p
    "#);
}

#[test]
fn every_way_to_set_a_variable_is_known() {
    let source = r#"
A=1 B=$A
C=1 make
export D=2 E
local F=3
readonly G=4
declare -x H=5
read -r -p prompt I J
for K in a b; do :; done
: "${L:=6}"
(( M = 7, N++ ))
printf -v O '%s' x
getopts ab: P
mapfile -t Q
R+=(a "$A")
"#;
    let script = parse(source);
    let shown: Vec<_> = script
        .variables_assigned()
        .iter()
        .map(|it| {
            let value = it.value.map(|value| value.span.of(source));
            format!("{} {:?} {}", it.name, it.kind, value.unwrap_or("–"))
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    A Plain 1
    B Plain $A
    C Environment 1
    D Export 2
    E Export –
    F Local 3
    G Declare 4
    H Export 5
    I Read –
    J Read –
    K Loop –
    L Default 6
    M Arithmetic –
    N Arithmetic –
    O Read –
    P Read –
    Q Read –
    R Plain (a "$A")
    "#);
}

#[test]
fn functions_have_their_body_without_what_stands_around_it() {
    let source = "f() { a; }\nfunction g {\n  b # why\n}\nh () ( c )\n";
    let script = parse(source);
    let functions = script.functions();
    let shown: Vec<_> = functions
        .iter()
        .map(|it| (it.name.value.as_str(), it.body.span.of(source)))
        .collect();
    assert_eq!(
        shown,
        [("f", "{ a; }"), ("g", "{\n  b # why\n}"), ("h", "( c )")]
    );
    let comments: Vec<_> = script.comments.iter().map(|it| it.of(source)).collect();
    assert_eq!(comments, ["# why"]);
}

#[test]
fn wrappers_are_looked_through() {
    let cases = [
        ("sudo -u app -E apt-get install x", Some("apt-get"), 4),
        ("env -i A=b \"C=$d\" make", Some("make"), 4),
        ("exec /usr/bin/nginx -g x", Some("nginx"), 1),
        (
            "time -p timeout -k 5 10 nice -n 3 gosu app ls",
            Some("ls"),
            9,
        ),
        ("command -v git", Some("command"), 0),
        ("command git", Some("git"), 1),
        ("A=b", None, 0),
        ("$run this", None, 0),
        ("sudo", Some("sudo"), 0),
        ("env A=b", Some("env"), 0),
    ];
    for (source, name, skipped) in cases {
        let script = parse(source);
        let command = script.commands()[0].command;
        let invocation = command.invocation();
        assert_eq!(invocation.as_ref().map(|it| it.name), name, "{source}");
        if let Some(invocation) = invocation {
            let left = command.words.len() - invocation.words.len();
            assert_eq!(left, skipped, "{source}");
        }
    }
}

#[test]
fn a_shell_with_a_script_as_its_argument_shows_it() {
    let script = parse("su -x; exec bash -euxc 'a; b'");
    let commands = script.commands();
    let invocation = commands[1].command.invocation().unwrap();
    let inline = invocation.inline_script().unwrap();
    assert_eq!(inline.literal.as_deref(), Some("a; b"));
}

#[test]
fn sourced_scripts_and_dispatched_arguments_are_found() {
    let source = r#"
. /opt/lib.sh
source "$DIR/common.sh"
mode="${1:-help}"
case "$mode" in
  start|stop) run "$mode" ;;
  --*) shift ;&
  *) exit 1 ;;
esac
case $OTHER in x) ;; esac
"#;
    let script = parse(source);
    let sourced: Vec<_> = script
        .sourced()
        .iter()
        .map(|it| it.target.span.of(source))
        .collect();
    assert_eq!(sourced, ["/opt/lib.sh", "\"$DIR/common.sh\""]);
    let dispatches = script.dispatches();
    assert_eq!(dispatches.len(), 1);
    let arms = dispatches[0].case.arms.iter();
    let patterns: Vec<_> = arms
        .flat_map(|arm| &arm.patterns)
        .map(|pattern| pattern.literal.as_deref().unwrap())
        .collect();
    assert_eq!(patterns, ["start", "stop", "--*", "*"]);
}

#[test]
fn redirections_and_here_documents_belong_to_their_statement() {
    let source = "cat > out 2>&1 <<EOF >> log\nhi $name\nEOF\nwhile read x; do :; done < in\n";
    let script = parse(source);
    let redirections = &script.statements[0].redirections;
    let operators: Vec<_> = redirections.iter().map(|it| it.operator).collect();
    assert_eq!(
        operators,
        [
            RedirectionOperator::Output,
            RedirectionOperator::Duplicate,
            RedirectionOperator::HereDocument,
            RedirectionOperator::Append
        ]
    );
    assert_eq!(redirections[1].descriptor, Some(2));
    let heredoc = redirections[2].heredoc.as_ref().unwrap();
    assert_eq!(heredoc.body.span.of(source), "hi $name\n");
    assert!(heredoc.expand);
    let loop_ = &script.statements[1];
    assert!(matches!(
        loop_.command,
        Command::Compound(Compound::While(_))
    ));
    assert_eq!(loop_.redirections[0].target.span.of(source), "in");
}

#[test]
fn spans_of_a_run_body_point_into_the_dockerfile() {
    let source = "FROM a\nRUN apt-get update \\\n    # the compiler\n    && apt-get install \"g++${V:-}\" \\\n       make\n";
    let piece = |part: &str| {
        let at = source.find(part).unwrap();
        Span::new(at, at + part.len())
    };
    let body = Text::joined(
        source,
        [
            piece("apt-get update "),
            piece("    && apt-get install \"g++${V:-}\" "),
            piece("       make"),
        ],
    );
    let script = shell::parse_text(&body, Dialect::Posix);
    assert_eq!(script.problems, []);
    let commands = script.commands();
    assert_eq!(
        commands[1].statement.span.of(source),
        "apt-get install \"g++${V:-}\" \\\n       make"
    );
    let words = &commands[1].command.words;
    assert_eq!(words[2].span.of(source), "\"g++${V:-}\"");
    assert_eq!(words[3].span.of(source), "make");
    let Part::Variable(variable) = &words[2].parts[1] else {
        panic!("{:?}", words[2]);
    };
    assert_eq!(variable.span.of(source), "${V:-}");
    assert_eq!(variable.modifier, Modifier::Default);
}

#[test]
fn a_broken_script_still_yields_its_commands() {
    let source = "set -e\n# note\nif [ -f x ]; then\n  apt-get install -y curl && rm -rf \"$DIR\"\necho 'unfinished\nmake all | tee log\n";
    let script = shell::parse(source, Dialect::Posix);
    assert!(!script.problems.is_empty());
    insta::assert_snapshot!(outline(source, &script).join("\n"), @r#"
    set -e
    [ -f x ]
    apt-get install -y curl
    rm -rf "$DIR"
    echo unfinished
    make all ‹pipeline› ‹subshell›
    tee log ‹pipeline› ‹subshell›
    "#);
}

#[test]
fn hostile_scripts_are_read_in_bounded_time_and_stack() {
    let count = 20_000;
    let nested = [
        "(",
        "$(",
        "{ ",
        "`",
        "${a:-",
        "\"$(",
        "$((",
        "if ",
        "case x in a) ",
        "<(",
        "[[ ( ",
        "a=(",
        "f() ",
    ];
    let mut sources: Vec<String> = nested.iter().map(|open| open.repeat(count)).collect();
    sources.push("a && ".repeat(count));
    sources.push("a | ".repeat(count));
    sources.push("! ".repeat(count));
    sources.push("cat <<E\n".repeat(count));
    sources.push("cat <<E ".repeat(count));
    sources.push("x=1 ".repeat(count));
    sources.push("'\n".repeat(count + 1));
    sources.push("a \\\n".repeat(count));
    sources.push("$".repeat(count));
    sources.push("é".repeat(2 << 20));
    for source in sources {
        let start = std::time::Instant::now();
        for dialect in [Dialect::Posix, Dialect::Bash, Dialect::Zsh] {
            shell::parse(&source, dialect).commands();
        }
        let spent = start.elapsed();
        let head: String = source.chars().take(12).collect();
        eprintln!("{head:?}: {spent:?}");
        assert!(spent.as_secs() < 30, "{head:?} took {spent:?}");
    }
}

#[test]
fn kinds_of_declarations_are_told_apart() {
    let script = parse("export A=\"$B\"");
    let assigned = script.variables_assigned();
    assert_eq!(assigned[0].kind, AssignmentKind::Export);
    let words = &script.commands()[0].command.words;
    assert_eq!(words[1].literal, None);
    assert!(matches!(&words[1].parts[0], Part::Literal(it) if it.value == "A="));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_panic(source in r#"([a-z$(){}<>|&;"'`\\#= \n\t\[\]!*?~:/+%@^0-9-]|é|EOF|if |then |fi|do|done|case |esac|in |\$\(|\$\{|<<|<<-|\[\[ |\]\] |\(\(|for |while |function |export |\r\n){0,60}"#) {
        for dialect in [Dialect::Posix, Dialect::Bash, Dialect::Ksh, Dialect::Zsh] {
            let script = shell::parse(&source, dialect);
            script.commands();
            script.variables_assigned();
            script.dispatches();
        }
    }
}
