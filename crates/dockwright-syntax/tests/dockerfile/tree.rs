//! What the tree of a file says.

use dockwright_syntax::dockerfile::{
    Command, Copy, CopySource, Dockerfile, Instruction, InstructionKind, MountKind, Run, parse,
};

/// The tree of a stage that holds `body`; nothing may be wrong with it.
fn stage(body: &str) -> Dockerfile {
    let tree = parse(&format!("FROM scratch\n{body}"));
    assert_eq!(tree.problems, []);
    tree
}

/// The one instruction of such a stage.
fn instruction(body: &str) -> Instruction {
    let mut tree = stage(body);
    assert_eq!(tree.instructions.len(), 2, "{tree:#?}");
    tree.instructions.remove(1)
}

fn run(body: &str) -> Run {
    match instruction(body).kind {
        InstructionKind::Run(run) => run,
        other => panic!("{other:?}"),
    }
}

fn copy(instruction: &Instruction) -> &Copy {
    match &instruction.kind {
        InstructionKind::Copy(copy) | InstructionKind::Add(copy) => copy,
        other => panic!("{other:?}"),
    }
}

/// The command of a `RUN`: one text in shell form, its words in exec form.
fn command(body: &str) -> Result<String, Vec<String>> {
    match run(body).command {
        Command::Shell(text) => Ok(text.value),
        Command::Exec(words) => Err(words.into_iter().map(|word| word.value).collect()),
    }
}

/// Name and value of every assignment.
fn assignments(body: &str) -> Vec<(String, Option<String>)> {
    let (InstructionKind::Arg(list) | InstructionKind::Env(list) | InstructionKind::Label(list)) =
        instruction(body).kind
    else {
        panic!("{body}");
    };
    let pair = |text: Option<dockwright_syntax::Text>| text.map(|text| text.value);
    list.into_iter()
        .map(|one| (one.name.value, pair(one.value)))
        .collect()
}

fn pairs(pairs: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
    let own = |(name, value): &(&str, Option<&str>)| ((*name).to_owned(), value.map(str::to_owned));
    pairs.iter().map(own).collect()
}

#[test]
fn stages_hold_what_follows_their_from() {
    let tree =
        parse("ARG V=1\nFROM a AS One\nRUN b\nFROM --platform=$P one\nFROM c as two\nUSER d\n");
    assert_eq!(tree.problems, []);
    assert_eq!(tree.global_instructions().len(), 1);
    let stages: Vec<_> = tree
        .stages
        .iter()
        .map(|stage| {
            let name = stage.name.as_ref().map(|name| name.value.as_str());
            (stage.from_index(), stage.instructions.len(), name)
        })
        .collect();
    assert_eq!(
        stages,
        [(1, 2, Some("one")), (3, 1, None), (4, 2, Some("two"))]
    );
    let InstructionKind::From(from) = &tree.instructions[1].kind else {
        panic!("{tree:?}");
    };
    assert_eq!(from.image.value, "a");
    assert_eq!(from.alias.as_ref().unwrap().value, "One");
    let platform = tree.instructions[3].flag("platform").unwrap();
    assert_eq!(platform.value.as_ref().unwrap().value, "$P");
}

#[test]
fn directives_and_comments_are_kept_apart() {
    let source = "# syntax = x/y:1 \n# Escape=`\n# one\nFROM a\nRUN b `\n  # two\n  c\n";
    let tree = parse(source);
    assert_eq!(tree.escape, '`');
    let directives: Vec<_> = tree
        .directives
        .iter()
        .map(|line| (line.name.value.as_str(), line.value.value.as_str()))
        .collect();
    assert_eq!(directives, [("syntax", "x/y:1"), ("escape", "`")]);
    let comments: Vec<_> = tree
        .comments
        .iter()
        .map(|comment| comment.of(source))
        .collect();
    assert_eq!(comments, ["# one", "# two"]);
}

#[test]
fn a_directive_counts_where_buildkit_looks_for_it() {
    let names = |source: &str| -> Vec<String> {
        parse(source)
            .directives
            .into_iter()
            .map(|line| line.name.value)
            .collect()
    };
    assert_eq!(
        names("#!/bin/x\n# syntax=a\n# escape=`\nFROM b\n"),
        ["syntax"]
    );
    assert_eq!(names(" # escape=`\n# syntax=a\nFROM b\n"), ["escape"]);
    assert_eq!(names("# note\n# syntax=a\nFROM b\n"), [""; 0]);
    assert_eq!(names("# a=b\n# syntax=a\nFROM b\n"), [""; 0]);
}

#[test]
fn continued_lines_are_one_text_that_knows_its_places() {
    let source = "FROM a\nRUN one && \\\n  # why\n\n  two\n";
    let tree = parse(source);
    let run = &tree.instructions[1];
    assert_eq!(run.arguments.value, "one &&   two");
    let two = run.arguments.value.find("two").unwrap();
    let place = run.arguments.source_offset(two) as usize;
    assert_eq!(&source[place..place + 3], "two");
    assert_eq!(run.span.of(source), "RUN one && \\\n  # why\n\n  two");
}

#[test]
fn an_instruction_ends_with_its_last_line() {
    let source = "FROM a\nRUN b \\\n# end\n\n";
    let tree = parse(source);
    assert_eq!(tree.instructions[1].span.of(source), "RUN b \\");
    let source = "FROM a  \r\nRUN <<X\nc\nX\r\n";
    let tree = parse(source);
    assert_eq!(tree.instructions[0].span.of(source), "FROM a  ");
    assert_eq!(tree.instructions[1].span.of(source), "RUN <<X\nc\nX");
}

#[test]
fn a_keyword_may_be_continued_and_in_any_case() {
    let tree = stage("us\\\ner me\n");
    let user = &tree.instructions[1];
    assert_eq!(user.keyword.value, "user");
    assert!(matches!(&user.kind, InstructionKind::User(name) if name.value == "me"));
}

#[test]
fn what_is_no_json_array_is_a_shell_command() {
    let words = |list: &[&str]| Err(list.iter().map(|word| (*word).to_owned()).collect());
    assert_eq!(command("RUN [\"a\", \"b c\"]"), words(&["a", "b c"]));
    assert_eq!(command("RUN [ ]"), words(&[]));
    assert_eq!(
        command("RUN [\"\\u00e9\\ud83d\\ude00\\n\\/\\ud800\"]"),
        words(&["é😀\n/\u{fffd}"])
    );
    for text in [
        "['a']",
        "[\"a\",]",
        "[\"a\"] b",
        "[\"a\\x\"]",
        "[a]",
        "[\"a\"",
        "a [\"b\"]",
    ] {
        assert_eq!(command(&format!("RUN {text}")), Ok(text.to_owned()));
    }
}

#[test]
fn words_of_an_exec_form_stand_in_their_quotes() {
    let source = "FROM a\nCMD [\"b\", \\\n  \"c\\td\"]\n";
    let tree = parse(source);
    let InstructionKind::Cmd(Command::Exec(words)) = &tree.instructions[1].kind else {
        panic!("{tree:?}");
    };
    let words: Vec<_> = words
        .iter()
        .map(|word| (word.value.as_str(), word.span.of(source)))
        .collect();
    assert_eq!(words, [("b", "\"b\""), ("c\td", "\"c\\td\"")]);
}

#[test]
fn assignments_keep_their_quotes() {
    assert_eq!(
        assignments("ENV a=b \"c d\"='e f' g=h\\ i j="),
        pairs(&[
            ("a", Some("b")),
            ("\"c d\"", Some("'e f'")),
            ("g", Some("h\\ i")),
            ("j", Some("")),
        ])
    );
    assert_eq!(
        assignments("ARG a b=\"c d\" e="),
        pairs(&[("a", None), ("b", Some("\"c d\"")), ("e", Some(""))])
    );
    assert_eq!(assignments("ENV a=b\\\\"), pairs(&[("a", Some("b\\\\"))]));
}

#[test]
fn the_legacy_form_takes_the_whole_rest() {
    assert_eq!(
        assignments("ENV a  b = \"c\"  "),
        pairs(&[("a", Some("b = \"c\""))])
    );
    assert_eq!(assignments("LABEL a \\\n b"), pairs(&[("a", Some("b"))]));
}

#[test]
fn quotes_and_escapes_of_flags_are_removed() {
    let copy = instruction("COPY --chown=\"a b\" --chmod=\\7'5'5 --link -- --x y");
    let value = |name: &str| {
        copy.flag(name)
            .unwrap()
            .value
            .as_ref()
            .map(|value| value.value.as_str())
    };
    assert_eq!(value("chown"), Some("a b"));
    assert_eq!(value("chmod"), Some("755"));
    assert_eq!(value("link"), None);
    assert_eq!(copy.arguments.value, "--x y");
}

#[test]
fn mounts_are_split_into_options() {
    let run = run("RUN --mount=target=/a,ro --mount=\"Type=Cache,id=x\" --mount=type=$T make");
    let kinds: Vec<_> = run.mounts.iter().map(|mount| mount.kind).collect();
    assert_eq!(kinds, [MountKind::Bind, MountKind::Cache, MountKind::Other]);
    let keys: Vec<_> = run.mounts[0]
        .options
        .iter()
        .map(|option| option.key.value.as_str())
        .collect();
    assert_eq!(keys, ["target", "ro"]);
    assert_eq!(run.mounts[0].value(&["dst", "target"]).unwrap().value, "/a");
    assert_eq!(run.mounts[1].value(&["id"]).unwrap().value, "x");
}

#[test]
fn a_quoted_field_of_a_mount_holds_commas() {
    let run = run("RUN --mount='type=cache,\"target=/a,\"\"b\"' make");
    assert_eq!(run.mounts[0].value(&["target"]).unwrap().value, "/a,\"b");
}

#[test]
fn here_documents_follow_the_line_that_opens_them() {
    let source = "FROM s\nRUN <<A cat && 3<<-'B' cat <&3\none\nA\n\t\ttwo\n\tB\nUSER me\n";
    let tree = parse(source);
    assert_eq!(tree.problems, []);
    let [first, second] = tree.instructions[1].heredocs.as_slice() else {
        panic!("{tree:?}");
    };
    assert_eq!(
        (first.name.value.as_str(), first.body.value.as_str()),
        ("A", "one\n")
    );
    assert!(first.expand && !first.strip_tabs);
    assert_eq!(first.operator.of(source), "<<A");
    assert_eq!(
        (second.name.value.as_str(), second.body.value.as_str()),
        ("B", "two\n")
    );
    assert!(!second.expand && second.strip_tabs);
    assert_eq!(second.operator.of(source), "3<<-'B'");
    assert_eq!(second.name.span.of(source), "'B'");
    assert_eq!(second.terminator.of(source), "\tB");
    assert_eq!(second.body.span.of(source), "two\n");
}

#[test]
fn sources_of_copy_may_be_here_documents() {
    let copied = instruction("COPY <<one.txt a <<\"two\" /b/\n1\none.txt\n2\ntwo\n");
    let Copy {
        sources,
        destination,
        exec_form,
    } = copy(&copied);
    assert!(matches!(
        sources.as_slice(),
        [CopySource::Heredoc(0), CopySource::Path(path), CopySource::Heredoc(1)] if path.value == "a"
    ));
    assert_eq!(destination.value, "/b/");
    assert!(!exec_form);
    let copied = instruction("ADD [\"a b\", \"<<x\", \"c\"]");
    assert!(copy(&copied).exec_form);
    assert_eq!(copy(&copied).sources.len(), 2);
}

#[test]
fn a_trigger_is_an_instruction_of_its_own() {
    let onbuild = instruction("ONBUILD COPY --link <<X /a\nb\nX\n");
    let InstructionKind::Onbuild(trigger) = &onbuild.kind else {
        panic!("{onbuild:?}");
    };
    assert_eq!(trigger.keyword.value, "COPY");
    assert!(trigger.flag("link").is_some());
    assert_eq!(trigger.heredocs[0].body.value, "b\n");
    assert!(matches!(
        copy(trigger).sources[..],
        [CopySource::Heredoc(0)]
    ));
    assert_eq!(onbuild.span.end, trigger.span.end);
}

#[test]
fn a_health_check_has_a_command_or_none() {
    let kind = |body: &str| instruction(body).kind;
    assert!(matches!(
        kind("HEALTHCHECK NONE"),
        InstructionKind::Healthcheck(None)
    ));
    assert!(matches!(
        kind("HEALTHCHECK --retries=2 CMD curl -f x || exit 1"),
        InstructionKind::Healthcheck(Some(Command::Shell(text))) if text.value == "curl -f x || exit 1"
    ));
    assert!(matches!(
        kind("HEALTHCHECK CMD [\"a\"]"),
        InstructionKind::Healthcheck(Some(Command::Exec(words))) if words.len() == 1
    ));
}

#[test]
fn a_windows_path_may_end_in_a_backslash() {
    let source = "# escape=`\nFROM s\nCOPY a C:\\b\\\nWORKDIR C:\\\n";
    let tree = parse(source);
    assert_eq!(tree.problems, []);
    assert_eq!(copy(&tree.instructions[1]).destination.value, "C:\\b\\");
    assert!(
        matches!(&tree.instructions[2].kind, InstructionKind::Workdir(path) if path.value == "C:\\")
    );
}

#[test]
fn reading_goes_on_behind_an_error() {
    let tree = parse("FROM\nRUNN a\nENV b\nCOPY --what=c d e\nUSER f\nFROM s AS 1\nRUN g\n");
    assert_eq!(tree.problems.len(), 5);
    assert_eq!(tree.stages.len(), 2);
    assert_eq!(copy(&tree.instructions[3]).destination.value, "e");
    assert!(matches!(&tree.instructions[4].kind, InstructionKind::User(name) if name.value == "f"));
    assert_eq!(tree.stages[1].name.as_ref().unwrap().value, "1");
}

#[test]
fn a_misspelt_word_is_guessed() {
    let help = |source: &str| parse(source).problems[0].help.clone().unwrap();
    assert_eq!(help("FROM a\nRUNN b\n"), "did you mean RUN?");
    assert_eq!(help("FORM a\n"), "did you mean FROM?");
    assert_eq!(help("FROM a\nCOPY --form=b c d\n"), "did you mean --from?");
    assert_eq!(help("FROM a\nUSER --x b\n"), "USER takes no flags");
}
