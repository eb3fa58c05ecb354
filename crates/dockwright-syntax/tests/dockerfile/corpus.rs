//! Small Dockerfiles, one feature each: those `BuildKit` accepts and those it refuses.

use std::fmt::Write as _;
use std::path::Path;

use dockwright_syntax::LineIndex;
use dockwright_syntax::dockerfile::parse;

use crate::spans;

/// Name and text of every file in a folder of the corpus, by name.
fn files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/dockerfile_corpus")
        .join(folder);
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    assert!(files.len() > 100);
    files
}

#[test]
fn accepted_files_have_no_problem() {
    for (name, source) in files("accepted") {
        let tree = parse(&source);
        assert_eq!(tree.problems, [], "{name}");
        assert!(!tree.stages.is_empty(), "{name}");
    }
}

#[test]
fn every_span_is_right() {
    for (_, source) in files("accepted").into_iter().chain(files("rejected")) {
        spans::check(&source, &parse(&source));
    }
}

#[test]
fn rejected_files_say_why_and_where() {
    let mut report = String::new();
    for (name, source) in files("rejected") {
        let tree = parse(&source);
        let lines = LineIndex::new(&source);
        assert!(!tree.problems.is_empty(), "{name}");
        for problem in &tree.problems {
            let place = lines.line_column(&source, problem.span.start);
            let text: String = problem.span.of(&source).chars().take(30).collect();
            writeln!(
                report,
                "{name}: {}:{} {text:?} {}",
                place.line, place.column, problem.message
            )
            .unwrap();
        }
    }
    insta::assert_snapshot!(report, @r##"
    add-flag-of-copy: 2:5 "--from=base" ADD has no flag `--from`
    add-one-path: 2:5 "a" ADD needs a source and a destination
    arg-blank-name: 2:5 "=1" ARG needs a name before `=`
    arg-nothing: 2:1 "ARG" ARG needs at least one argument
    arg-space-before-equals: 2:7 "=1" ARG needs a name before `=`
    cmd-flag: 2:5 "--a" CMD has no flag `--a`
    cmd-json-mixed: 2:11 "true" a JSON array must hold strings only
    continuation-only: 1:1 "" the line goes on to nothing
    continuation-only: 3:1 "" the file has no FROM, so nothing to build
    copy-flag-empty-boolean: 2:6 "--link=" the flag `--link` needs a value
    copy-flag-no-boolean: 2:6 "--link=yes" the flag `--link` is true or false, not `yes`
    copy-flag-of-add: 2:6 "--keep-git-dir" COPY has no flag `--keep-git-dir`
    copy-flag-twice: 2:16 "--chown=b" the flag `--chown` is given twice
    copy-flag-unclosed-quote: 2:1 "COPY" COPY needs a source and a destination
    copy-flag-unknown: 2:6 "--form=base" COPY has no flag `--form`
    copy-flag-without-value: 2:6 "--chown" the flag `--chown` needs a value
    copy-json-empty: 2:6 "[]" COPY needs a source and a destination
    copy-json-number: 2:12 "1" a JSON array must hold strings only
    copy-json-one: 2:6 "[\"a\"]" COPY needs a source and a destination
    copy-nothing: 2:1 "COPY" COPY needs a source and a destination
    copy-one-path: 2:6 "a" COPY needs a source and a destination
    directive-check-blank-behind-semicolon: 1:9 "skip=all; error=true" a check option is missing behind `;`; no blank may follow that
    directive-check-error-no-boolean: 1:9 "error=maybe" `maybe` is no boolean
    directive-check-no-equals: 1:9 "strict" the check option `strict` has no `=`
    directive-check-option-unknown: 1:9 "ignore=all" the check option `ignore` is not known
    directive-duplicate: 2:1 "# escape=`" the directive `escape` is given twice
    directive-duplicate-check: 3:1 "# check=error=true" the directive `check` is given twice
    directive-escape-blank: 1:10 " " the escape character must be `\` or a backtick, not ` `
    directive-escape-long: 1:10 "\\\\" the escape character must be `\` or a backtick, not `\\`
    directive-escape-unknown: 1:10 "%" the escape character must be `\` or a backtick, not `%`
    entrypoint-flag: 2:12 "--a" ENTRYPOINT has no flag `--a`
    entrypoint-json-mixed: 2:13 "{}" a JSON array must hold strings only
    env-blank-name: 2:5 "=1" ENV needs a name before `=`
    env-flag: 2:5 "--a=b" ENV has no flag `--a`
    env-name-only: 2:5 "name" ENV needs a name and a value
    env-nothing: 2:1 "ENV" ENV needs at least one argument
    env-spaces-around-equals: 2:9 "b" `b` has no `=`; it must be name=value
    env-spaces-around-equals: 2:11 "=" ENV needs a name before `=`
    env-word-without-equals: 2:9 "b" `b` has no `=`; it must be name=value
    expose-flag: 2:8 "--all" EXPOSE has no flag `--all`
    expose-nothing: 2:1 "EXPOSE" EXPOSE needs at least one argument
    from-after-env: 2:1 "ENV" ENV stands before the first FROM
    from-after-run: 1:1 "RUN" RUN stands before the first FROM
    from-alias-digit: 1:17 "1st" `1st` cannot name a stage
    from-alias-quoted: 1:17 "\"a\"" `"a"` cannot name a stage
    from-alias-symbol: 1:17 "a/b" `a/b` cannot name a stage
    from-alias-variable: 2:17 "$A" `$A` cannot name a stage
    from-as-without-name: 1:6 "scratch AS" FROM takes an image, or an image and the name of the stage
    from-comment-behind: 1:6 "scratch # base" FROM takes an image, or an image and the name of the stage
    from-flag-twice: 1:29 "--platform=linux/arm64" the flag `--platform` is given twice
    from-flag-unknown: 1:6 "--arch=amd64" FROM has no flag `--arch`
    from-flag-upper-case: 1:6 "--Platform=linux/amd64" FROM has no flag `--Platform`
    from-flag-without-value: 1:6 "--platform" the flag `--platform` needs a value
    from-four-words: 1:6 "scratch AS a b" FROM takes an image, or an image and the name of the stage
    from-missing: 2:1 "" the file has no FROM, so nothing to build
    from-nothing: 1:1 "FROM" FROM needs at least one argument
    from-two-words: 1:6 "scratch base" FROM takes an image, or an image and the name of the stage
    healthcheck-duration-negative: 2:24 "-1s" `--interval` cannot be less than 1ms
    healthcheck-duration-too-long: 2:24 "2562048h" `2562048h` is no duration such as 30s or 1m30s
    healthcheck-duration-too-short: 2:24 "999us" `--interval` cannot be less than 1ms
    healthcheck-duration-unit-unknown: 2:23 "1d" `1d` is no duration such as 30s or 1m30s
    healthcheck-duration-variable: 3:24 "$T" `$T` is no duration such as 30s or 1m30s
    healthcheck-duration-without-unit: 2:24 "30" `30` is no duration such as 30s or 1m30s
    healthcheck-empty-array: 2:13 "CMD []" HEALTHCHECK CMD needs a command
    healthcheck-flag-unknown: 2:13 "--delay=1s" HEALTHCHECK has no flag `--delay`
    healthcheck-json-mixed: 2:23 "1" a JSON array must hold strings only
    healthcheck-kind-unknown: 2:13 "curl" `curl` is no kind of health check
    healthcheck-none-with-more: 2:18 "true" HEALTHCHECK NONE takes no arguments
    healthcheck-nothing: 2:1 "HEALTHCHECK" HEALTHCHECK needs at least one argument
    healthcheck-retries-negative: 2:23 "-1" `--retries` cannot be negative
    healthcheck-retries-no-number: 2:23 "three" `three` is no whole number
    healthcheck-without-command: 2:13 "CMD" HEALTHCHECK CMD needs a command
    heredoc-as-destination: 2:8 "<<EOF" a here-document cannot be the destination of COPY
    heredoc-blanks-behind-end: 2:5 "<<EOF" no line `EOF` ends this here-document
    heredoc-exec-destination: 2:13 "<<EOF" a here-document cannot be the destination of COPY
    heredoc-second-unterminated: 2:11 "<<TWO" no line `TWO` ends this here-document
    heredoc-space-behind-dash-is-none: 3:2 "one" `one` is no instruction
    heredoc-space-behind-dash-is-none: 4:2 "EOF" `EOF` is no instruction
    heredoc-tab-before-end: 2:5 "<<EOF" no line `EOF` ends this here-document
    heredoc-unterminated: 2:5 "<<EOF" no line `EOF` ends this here-document
    keyword-from-shell: 3:3 "two" `two` is no instruction
    keyword-misspelt: 2:1 "RUNN" `RUNN` is no instruction
    keyword-trigger-word: 4:1 "NOTHING" `NOTHING` is no instruction
    keyword-unknown: 2:1 "INSTALL" `INSTALL` is no instruction
    keyword-yaml: 1:1 "services:" `services:` is no instruction
    keyword-yaml: 2:3 "web:" `web:` is no instruction
    keyword-yaml: 3:5 "image:" `image:` is no instruction
    keyword-yaml: 4:1 "" the file has no FROM, so nothing to build
    label-nothing: 2:1 "LABEL" LABEL needs at least one argument
    label-one-word: 2:7 "name" LABEL needs a name and a value
    label-word-without-equals: 2:11 "two" `two` has no `=`; it must be name=value
    line-empty-file: 1:1 "" the file has no instructions
    line-no-break-space-behind-keyword: 2:1 "RUN\u{a0}one" `RUN one` is no instruction
    line-only-blank: 4:1 "" the file has no instructions
    line-only-comments: 4:1 "" the file has no instructions
    line-too-long: 2:1 "RUN echo xxxxxxxxxxxxxxxxxxxxx" the line is longer than 65535 bytes
    maintainer-before-from: 1:1 "MAINTAINER" MAINTAINER stands before the first FROM
    maintainer-nothing: 2:1 "MAINTAINER" MAINTAINER needs at least one argument
    onbuild-chained: 2:9 "ONBUILD" ONBUILD cannot be triggered by ONBUILD
    onbuild-env-without-equals: 2:17 "b" `b` has no `=`; it must be name=value
    onbuild-flag: 2:9 "--x" ONBUILD has no flag `--x`
    onbuild-from: 2:9 "FROM" FROM cannot be triggered by ONBUILD
    onbuild-heredoc-unterminated: 2:13 "<<EOF" no line `EOF` ends this here-document
    onbuild-json-mixed: 2:19 "1" a JSON array must hold strings only
    onbuild-maintainer: 2:9 "maintainer" MAINTAINER cannot be triggered by ONBUILD
    onbuild-nothing: 2:1 "ONBUILD" ONBUILD needs an instruction
    run-device-empty: 2:5 "--device=" the device is no list of comma-separated options
    run-device-named-twice: 2:21 "name=b" the device is named twice
    run-device-option-unknown: 2:18 "count=2" `count=2` is no option of `--device`
    run-device-required-no-boolean: 2:16 "required=often" `often` is no boolean
    run-flag-unknown: 2:5 "--privileged" RUN has no flag `--privileged`
    run-json-nested: 2:6 "[\"a\"]" a JSON array must hold strings only
    run-json-null: 2:11 "null" a JSON array must hold strings only
    run-json-number: 2:15 "1" a JSON array must hold strings only
    run-mount-bare-quote: 2:5 "--mount='type=cache,target=\"/a" the mount is no list of comma-separated options
    run-mount-empty: 2:5 "--mount=" the mount is no list of comma-separated options
    run-mount-from-variable: 3:28 "$S" `from` of a mount cannot hold a variable
    run-mount-without-value: 2:5 "--mount" the flag `--mount` needs a value
    run-network-twice: 2:20 "--network=host" the flag `--network` is given twice
    run-network-unknown: 2:15 "bridge" `bridge` is no value of `--network`
    run-security-unknown: 2:16 "off" `off` is no value of `--security`
    shell-broken-json: 2:7 "['/bin/bash', '-c']" SHELL needs a JSON array
    shell-empty: 2:1 "SHELL" SHELL needs at least one argument
    shell-no-json: 2:7 "/bin/bash -c" SHELL needs a JSON array
    shell-nothing: 2:1 "SHELL" SHELL needs at least one argument
    stopsignal-nothing: 2:1 "STOPSIGNAL" STOPSIGNAL needs at least one argument
    user-flag: 2:6 "--x" USER has no flag `--x`
    user-nothing: 2:1 "USER" USER needs at least one argument
    volume-blank-path: 2:12 "" the path of a volume cannot be empty
    volume-empty-path: 2:16 "" the path of a volume cannot be empty
    volume-json-empty: 2:1 "VOLUME" VOLUME needs at least one argument
    volume-json-mixed: 2:15 "2" a JSON array must hold strings only
    volume-nothing: 2:1 "VOLUME" VOLUME needs at least one argument
    workdir-nothing: 2:1 "WORKDIR" WORKDIR needs at least one argument
    "##);
}
