//! Small Dockerfiles, one feature each: those `BuildKit` accepts, those it refuses to convert
//! (`refused`), and those it cannot even parse (`rejected`).

use std::fmt::Write as _;
use std::path::Path;

use dockwright_syntax::LineIndex;
use dockwright_syntax::Problem;
use dockwright_syntax::dockerfile::{parse, validate};

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
    assert!(files.len() > 80);
    files
}

#[test]
fn accepted_files_have_no_problem() {
    for (name, source) in files("accepted") {
        let tree = parse(&source);
        assert_eq!(tree.problems, [], "{name}");
        assert_eq!(validate(&tree), [], "{name}");
        assert!(!tree.stages.is_empty(), "{name}");
    }
}

#[test]
fn every_span_is_right() {
    for folder in ["accepted", "refused", "rejected"] {
        for (_, source) in files(folder) {
            spans::check(&source, &parse(&source));
        }
    }
}

/// A line for each problem: where it is, the text there, and what is wrong.
fn describe(report: &mut String, name: &str, source: &str, problems: &[Problem]) {
    let lines = LineIndex::new(source);
    assert!(!problems.is_empty(), "{name}");
    for problem in problems {
        let place = lines.line_column(source, problem.span.start);
        let text: String = problem.span.of(source).chars().take(30).collect();
        let (line, column) = (place.line, place.column);
        let message = &problem.message;
        writeln!(report, "{name}: {line}:{column} {text:?} {message}").unwrap();
    }
}

#[test]
fn refused_files_can_be_parsed_and_say_why_and_where() {
    let mut report = String::new();
    for (name, source) in files("refused") {
        let tree = parse(&source);
        assert_eq!(tree.problems, [], "{name}");
        describe(&mut report, &name, &source, &validate(&tree));
    }
    insta::assert_snapshot!(report, @r##"
    add-checksum-local: 2:16 "sha256:00000000000000000000000" `--checksum` is for downloads and Git repositories only
    add-checksum-no-digest: 2:16 "sha1:da39a3ee" `sha1:da39a3ee` is no digest
    add-checksum-several: 2:16 "sha256:00000000000000000000000" `--checksum` needs exactly one source
    add-checksum-short: 2:16 "sha256:00" a sha256 digest has 64 lower-case hexadecimal digits
    add-chmod-unknown: 2:13 "rwxr-xr-x" `rwxr-xr-x` is no mode
    copy-bad-substitution: 2:6 "${a" `}` is missing in the substitution
    copy-chmod-not-octal: 2:14 "0888" `0888` is no mode
    copy-chmod-too-large: 2:14 "10000" `10000` is no mode
    copy-chmod-unknown-letter: 2:14 "u+q" `u+q` is no mode
    copy-chown-bad-substitution: 2:14 "${user:^u}" the modifier `:^` is not supported
    copy-destination-bad-substitution: 2:11 "${}" a name is missing in the substitution
    copy-from-image-upper-case: 2:13 "Registry.example/Tools" `Registry.example/Tools` is no name of an image: it must be in lower case
    copy-from-itself: 2:13 "base" the stage `base` is this one
    copy-from-last-of-name: 3:13 "a" the stage `a` comes later
    copy-from-later: 2:13 "two" the stage `two` comes later
    copy-from-number-later: 2:13 "1" the stage `1` comes later
    copy-from-number-negative: 3:13 "-1" there is no stage number -1
    copy-from-number-out-of-range: 3:13 "2" there is no stage number 2
    copy-from-quoted: 3:14 "\\base" `--from` cannot hold a variable
    copy-from-variable: 2:13 "$X" `--from` cannot hold a variable
    copy-git-repository: 2:6 "git@example.com:group/project." COPY cannot take the Git repository `git@example.com:group/project.git`
    copy-heredoc-bad-substitution: 3:6 "${name\n" the modifier of the substitution is not supported
    copy-url: 2:6 "https://example.com/a" COPY cannot take the URL `https://example.com/a`
    copy-url-with-variable: 3:6 "https://example.com/$VERSION.t" COPY cannot take the URL `https://example.com/$VERSION.tar`
    env-bad-substitution: 2:7 "${B" `}` is missing in the substitution
    env-double-quote-open: 2:7 "\"b" the double quote is not closed
    env-legacy-quoted-name: 2:5 "\"a" the double quote is not closed
    env-legacy-quoted-name: 2:9 "\" c" the double quote is not closed
    env-modifier-unknown: 2:7 "${B:^c}" the modifier `:^` is not supported
    env-name-bad-substitution: 2:5 "${A" `}` is missing in the substitution
    env-nested-modifier-unknown: 2:12 "${C:=d}" the modifier `:=` is not supported
    env-pattern-escape: 2:7 "${B#\\a}" the pattern escapes a character that has no meaning
    env-single-quote-open: 2:9 "'s" the single quote is not closed
    env-unclosed-quote: 2:7 "\"one two" the double quote is not closed
    expose-address: 2:8 "localhost:8080:80" `localhost:8080:80` is no port
    expose-comma: 2:8 "80," `80,` is no port
    expose-comment-behind: 2:11 "#" `#` is no port
    expose-json: 2:8 "[\"80\"]" `[80]` is no port
    expose-name: 2:8 "http" `http` is no port
    expose-protocol: 2:8 "80/http" `80/http` is no port
    expose-range-backwards: 2:8 "90-80" `90-80` is no port
    expose-ranges-differ: 2:8 "1-2:3-5" `1-2:3-5` is no port
    expose-too-large: 2:8 "65536" `65536` is no port
    from-blank: 1:6 "\"\"" the name of the base is empty
    from-digest-short: 1:6 "registry.example/a@sha256:00" `registry.example/a@sha256:00` is no name of an image
    from-digest-upper-case: 1:6 "registry.example/a@sha256:AAAA" a sha256 digest has 64 lower-case hexadecimal digits
    from-empty-tag: 1:6 "registry.example/a:" `registry.example/a:` is no name of an image
    from-image-id: 1:6 "000000000000000000000000000000" `000000000000000000000000000000000000000000000000000000000000…` is the id of an image, not a name
    from-platform-architecture-unknown: 1:17 "amd" `amd` is no platform
    from-platform-four-parts: 1:17 "linux/arm/v7/x" `linux/arm/v7/x` is no platform
    from-platform-trailing-slash: 1:17 "linux/" `linux/` is no platform
    from-scratch-upper-case: 1:6 "SCRATCH" `SCRATCH` is no name of an image: it must be in lower case
    from-stage-in-upper-case: 2:6 "Base" `Base` is no name of an image: it must be in lower case
    from-substitution-without-name: 1:6 "${}" a name is missing in the substitution
    from-url: 1:6 "https://registry.example/a" `https://registry.example/a` is no name of an image
    label-bad-substitution: 2:9 "${b" `}` is missing in the substitution
    run-mount-bare-key: 2:24 "target" the mount option `target` needs a value
    run-mount-boolean: 2:26 "yes" `yes` is no boolean
    run-mount-from-dollar-at-end: 2:18 "a$" `a$` is no name of an image
    run-mount-from-itself: 2:18 "base" the stage `base` is this one
    run-mount-from-later: 2:18 "two" the stage `two` comes later
    run-mount-from-upper-case: 2:18 "Tools" `Tools` is no name of an image: it must be in lower case
    run-mount-id-of-user: 2:38 "root" `root` is no number of a user or group
    run-mount-key-unknown: 2:24 "tagret" `tagret` is no option of a mount
    run-mount-mode-not-octal: 2:39 "u+x" `u+x` is no octal mode
    run-mount-mode-of-bind: 2:23 "mode" a mount of the type bind takes no mode, uid or gid
    run-mount-no-target-at-root: 2:5 "--mount=type=cache" a mount cannot cover the root
    run-mount-owner-of-tmpfs: 2:34 "uid" a mount of the type tmpfs takes no mode, uid or gid
    run-mount-required-before-type: 2:13 "required" the mount option `required` is for the type secret or ssh only
    run-mount-required-of-cache: 2:34 "required" the mount option `required` is for the type secret or ssh only
    run-mount-secret-from: 3:35 "base" a mount of the type secret takes no from
    run-mount-secret-nameless: 2:5 "--mount=type=secret" the mount names no secret
    run-mount-secret-sharing: 2:30 "sharing" a mount of the type secret takes no sharing
    run-mount-secret-source-and-id: 2:28 "a" a mount of the type secret takes source or id, not both
    run-mount-sharing-of-bind: 2:23 "sharing" a mount of the type bind takes no sharing
    run-mount-sharing-unknown: 2:42 "exclusive" `exclusive` is no way to share a cache mount
    run-mount-size-of-cache: 2:34 "size" the mount option `size` is for the type tmpfs only
    run-mount-size-unknown: 2:39 "half" `half` is no size such as 64m
    run-mount-space-behind-comma: 2:34 "" an option of the mount is empty
    run-mount-ssh-source: 2:26 "a" a mount of the type ssh takes no source
    run-mount-target-root: 3:31 "/" a mount cannot cover the root
    run-mount-target-up-to-root: 3:31 ".." a mount cannot cover the root
    run-mount-type-unknown: 2:18 "volume" `volume` is no type of a mount
    run-mount-value-bad-substitution: 2:20 "${a" `}` is missing in the substitution
    stopsignal-unknown: 2:12 "SIGBYE" `SIGBYE` is no signal
    stopsignal-zero: 2:12 "0" `0` is no signal
    two-problems: 2:8 "http" `http` is no port
    two-problems: 3:12 "0" `0` is no signal
    user-bad-substitution: 2:6 "${user" `}` is missing in the substitution
    volume-bad-substitution: 2:9 "${a" `}` is missing in the substitution
    volume-quoted-empty: 2:8 "\"\"" the path of a volume cannot be empty
    workdir-bad-substitution: 2:9 "${HOME" `}` is missing in the substitution
    "##);
}

#[test]
fn rejected_files_say_why_and_where() {
    let mut report = String::new();
    for (name, source) in files("rejected") {
        describe(&mut report, &name, &source, &parse(&source).problems);
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
