//! The rules that are build checks, compared with `docker buildx build --check`.
//!
//! Needs an engine (`scripts/engine start`); without one the tests say that they were skipped. No
//! image is pulled: what is not `scratch` is made first.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use dockwright_audit::{Confidence, Finding};
use dockwright_environment::tree::DiskTree;
use dockwright_environment::{Environment, Location, ReadOptions};
use dockwright_settings::Settings;
use dockwright_syntax::dockerfile::{self, Dockerfile};
use serde_json::Value;

/// The checks that fire, each with the first line of the instruction that it is about.
type Fired = BTreeSet<(String, usize)>;

/// What the ignore file beside every Dockerfile says.
const IGNORE: &str = "*.log\nbuild\n";

/// For each check (`CopyIgnoredFile` is experimental in some releases) a Dockerfile with a place where it fires, one where it is silent, and what lies
/// between.
const CASES: &[(&str, &str)] = &[
    (
        "StageNameCasing",
        "FROM scratch AS Build\nFROM scratch AS run-1.2_3\nFROM scratch AS \\\n  bUILDER\n",
    ),
    (
        "FromAsCasing",
        "FROM scratch as a\nfrom scratch AS b\nfrom scratch as c\nFrom scratch AS d\nFROM scratch As e\nFROM scratch \\\n  as f\n",
    ),
    (
        "NoEmptyContinuation",
        "FROM scratch\nENV A=1 \\\n\n  B=2\nENV C=1 \\\n# comment\n  D=2\nCOPY <<END /x\na \\\n\nb\nEND\nENV E=1 \\\n  # one\n\n\n  F=2 \\\n\n",
    ),
    (
        "ConsistentInstructionCasing",
        "arg BEFORE\nFROM scratch\nenv A=1\nEnv B=2\nENV C=3\nONBUILD run true\nonbuild RUN true\nUSER a\n",
    ),
    (
        "ConsistentInstructionCasing",
        "from scratch\nenv A=1\nENV B=2\nUser c\n",
    ),
    (
        "DuplicateStageName",
        "FROM scratch AS a\nFROM a AS b\nFROM scratch AS a\nFROM scratch AS A\nFROM scratch\nFROM scratch\n",
    ),
    (
        "ReservedStageName",
        "FROM scratch AS context\nFROM scratch AS contexts\nFROM scratch AS Scratch\n",
    ),
    (
        "JSONArgsRecommended",
        "FROM scratch AS a\nCMD run\nENTRYPOINT [\"run\"]\nFROM scratch AS b\nSHELL [\"sh\", \"-c\"]\nCMD run\nFROM b AS c\nENTRYPOINT run\nFROM scratch AS d\nHEALTHCHECK CMD run\nENTRYPOINT exec run\nCMD ['a', 'b']\nFROM scratch AS e\nCMD\n",
    ),
    (
        "MaintainerDeprecated",
        "FROM scratch\nMAINTAINER me\nmaintainer you\nLABEL maintainer=me\n",
    ),
    (
        "UndefinedArgInFrom",
        "ARG KNOWN=scratch\nARG EMPTY\nFROM ${KNOWN}${EMPTY} AS a\nFROM scratch${NEVER} AS b\nARG INSIDE\nFROM scratch${INSIDE} AS c\nFROM scratch${TARGETVARIANT} AS d\nFROM ${OTHER:-scratch} AS e\nFROM --platform=${WHERE:-linux} scratch AS f\n",
    ),
    (
        "WorkdirRelativePath",
        "FROM scratch AS a\nWORKDIR app\nWORKDIR bin\nFROM a\nWORKDIR src\nFROM scratch\nARG D=srv\nWORKDIR /$D\nWORKDIR $D\nFROM scratch\nARG D=srv\nWORKDIR $D\nFROM scratch\nWORKDIR \"a b\"\nFROM scratch\nARG NONE\nWORKDIR $NONE\nFROM scratch\nWORKDIR C:/app\n",
    ),
    (
        "UndefinedVar",
        "ARG GLOBAL=1\nFROM scratch AS a\nARG A=1 B=$A\nARG C\nENV D=$A E=$GLOBAL\nENV F=1 G=$F\nLABEL x=$F y=$NEVER\nENV PATH=$PAHT:/bin LIST=$LIST:x\nUSER ${WHO:-root}\nWORKDIR /${C}${D}${H#x}\nFROM a\nLABEL a=$A d=$D h=$H\n",
    ),
    (
        "MultipleInstructionsDisallowed",
        "FROM scratch AS a\nCMD [\"a\"]\nCMD [\"b\"]\nENTRYPOINT [\"a\"]\nHEALTHCHECK NONE\nHEALTHCHECK CMD [\"a\"]\nCMD [\"c\"]\nUSER a\nUSER b\nFROM a\nCMD [\"d\"]\nENTRYPOINT [\"a\"]\nENTRYPOINT [\"b\"]\n",
    ),
    (
        "LegacyKeyValueFormat",
        "FROM scratch\nENV a b\nENV a b=c\nENV a=b c=d\nLABEL x y z\nLABEL \"x y\"=z\nENV b \\\n  c\nENV d = e\n",
    ),
    (
        "RedundantTargetPlatform",
        "FROM --platform=$TARGETPLATFORM scratch AS a\nFROM --platform=${TARGETPLATFORM} scratch AS b\nFROM --platform=$BUILDPLATFORM scratch AS c\nFROM --platform=${TARGETPLATFORM:-linux/amd64} scratch AS d\nFROM --platform=linux/$TARGETARCH scratch AS e\nFROM --platform=\"$TARGETPLATFORM\" a AS f\n",
    ),
    (
        "SecretsUsedInArgOrEnv",
        "ARG FIRST_TOKEN=x\nFROM scratch\nARG FIRST_TOKEN\nARG API_KEY=1 MONKEY=2 public_key=3\nENV password= DB_PASSWD=x \\\n  secret_MESSAGE=y\nENV AUTH basic\nENV GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568\nARG TOKENS KEYS\nLABEL token=x\nONBUILD ENV TOKEN=x\n",
    ),
    (
        "InvalidDefaultArgInFrom",
        "ARG EMPTY=\nARG NAME=${EMPTY:+x}scratch\nARG TAG=\"a+b\"\nFROM $NAME AS a\nFROM scratch$EMPTY AS b\nFROM busybox:$TAG AS c\n",
    ),
    (
        "InvalidDefaultArgInFrom",
        "ARG NONE\nARG VERSION=1\nFROM scratch AS ok\nFROM $NONE AS a\nFROM busybox:$NONE AS b\nFROM busybox:$VERSION AS c\nFROM busybox:$TARGETARCH AS d\n",
    ),
    (
        "FromPlatformFlagConstDisallowed",
        "FROM --platform=linux/amd64 scratch AS a\nFROM --platform=linux/amd64 scratch AS build-amd64\nFROM --platform=linux/arm64 scratch AS linux\nFROM --platform=x86_64 scratch AS x86_64\nFROM --platform=aarch64 scratch AS on-arm64\nFROM --platform=$BUILDPLATFORM scratch AS b\nFROM --platform=\"linux/arm/v7\" scratch AS armour\n",
    ),
    (
        "CopyIgnoredFile",
        "# check=experimental=CopyIgnoredFile\nFROM scratch AS a\nCOPY a.log /\nADD ./build/out /out\nCOPY a.txt b.log /\nFROM scratch\nCOPY --from=a a.log /\nCOPY sub/a.log /\nCOPY . /\nCOPY <<a.log /x\ntext\na.log\n",
    ),
    (
        "InvalidDefinitionDescription",
        "# check=experimental=all\n# first\nARG A\n# A is one\nARG A\n# b\n# c\nARG B C\n# d\n#\nARG D\n# the base\n\nFROM scratch AS base\n# what follows\nFROM scratch\n# next is the next\nFROM scratch AS Next\n# outside\nENV X=1 \\\n# inside\n  Y=2\nARG Y\n",
    ),
    (
        "ExposeProtoCasing",
        "FROM scratch\nARG PORT=80/TCP\nEXPOSE 80/tcp\nEXPOSE 53/Udp 54/udp\nEXPOSE $PORT\nEXPOSE 80-81/SCTP\n",
    ),
    (
        "ExposeInvalidFormat",
        "FROM scratch\nARG PORT=8080:80\nEXPOSE 80 81/udp\nEXPOSE 127.0.0.1:80:80\nEXPOSE $PORT\nEXPOSE [::1]:80:80\nEXPOSE 127.0.0.1::81\nEXPOSE :82\n",
    ),
];

/// Dockerfiles whose comments say which checks to make.
const DIRECTIVES: &[&str] = &[
    "# check=skip=StageNameCasing,MaintainerDeprecated;error=true\nFROM scratch AS A\nMAINTAINER me\nENV a b\n",
    "# check=skip=all\nFROM scratch AS A\n# not a description\nARG B\n",
    "# check=skip=all;experimental=InvalidDefinitionDescription\nFROM scratch AS A\n# not a description\nARG B\n",
    "# escape=`\n# Check = skip=StageNameCasing\nFROM scratch AS A\nENV a b\n",
    "# a comment first\n# check=skip=all\nARG X\nFROM scratch AS A\n",
    "# check=error=true;skip=StageNameCasing why\nFROM scratch AS A\nENV a b\n",
];

/// The client of an engine; without one the test says that it is skipped.
fn docker() -> Option<String> {
    let docker = std::env::var("DOCKWRIGHT_DOCKER").ok();
    if docker.is_none() {
        assert!(
            std::env::var_os("DOCKWRIGHT_REQUIRE_ENGINE").is_none(),
            "DOCKWRIGHT_DOCKER is not set"
        );
        eprintln!(
            "skipped: no engine, DOCKWRIGHT_DOCKER is not set (see docs/contributing/engine.md)"
        );
    }
    docker
}

#[test]
fn the_engine_finds_the_same_bases_for_another_platform() {
    let Some(docker) = docker() else {
        return;
    };
    let images = [
        ("linux/arm/v6", "arm32v6/dockwright-test"),
        ("linux/arm64/v8", "arm64v8/dockwright-test"),
        ("linux/386", "i386/dockwright-test"),
    ];
    let mut text = String::new();
    for (platform, image) in images {
        import(&docker, platform, image);
        for wanted in [
            "linux/arm/v7",
            "linux/arm64",
            "linux/386",
            "i386",
            "linux/s390x",
        ] {
            writeln!(text, "FROM --platform={wanted} {image}").unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Dockerfile"), text).unwrap();
    let theirs = engine(&docker, folder.path());
    let ours = audit(folder.path());
    for (_, image) in images {
        let removed = Command::new(&docker).args(["image", "rm", image]).output();
        assert!(removed.unwrap().status.success());
    }
    assert_eq!(ours, theirs);
    let fired = theirs
        .iter()
        .filter(|(name, _)| name == "InvalidBaseImagePlatform");
    assert_eq!(fired.count(), 11);
}

/// Makes an image with nothing in it.
fn import(docker: &str, platform: &str, image: &str) {
    // An archive ends with two blocks of zeros; this one has nothing before them.
    let mut child = Command::new(docker)
        .args(["import", "--platform", platform, "-", image])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&[0; 1024]).unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_engine_finds_the_same_at_the_same_lines() {
    let Some(docker) = docker() else {
        return;
    };
    let cases = CASES
        .iter()
        .map(|(check, text)| (Some(*check), (*text).to_owned()));
    let directives = DIRECTIVES.iter().map(|text| (None, (*text).to_owned()));
    let made = (1..=10).map(|seed| (None, generate(seed)));
    let all: Vec<(Option<&str>, String)> = cases.chain(directives).chain(made).collect();
    // The client waits for the engine most of the time.
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let parts = all.chunks(all.len().div_ceil(4));
        let threads: Vec<_> = parts
            .map(|part| scope.spawn(|| compare(&docker, part)))
            .collect();
        let results = threads.into_iter().map(|thread| thread.join().unwrap());
        results.flatten().collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What differs, and the checks that do not fire in their own case.
fn compare(docker: &str, cases: &[(Option<&str>, String)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (check, text) in cases {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Dockerfile"), text).unwrap();
        std::fs::write(folder.path().join(".dockerignore"), IGNORE).unwrap();
        let theirs = engine(docker, folder.path());
        let ours = audit(folder.path());
        if ours != theirs {
            let more: Vec<_> = ours.difference(&theirs).collect();
            let fewer: Vec<_> = theirs.difference(&ours).collect();
            wrong.push(format!(
                "{text}only ours: {more:?}\nonly theirs: {fewer:?}\n"
            ));
        }
        if let Some(check) = check.filter(|check| !theirs.iter().any(|(name, _)| name == check)) {
            wrong.push(format!("{text}{check} does not fire\n"));
        }
    }
    wrong
}

fn engine(docker: &str, folder: &Path) -> Fired {
    let output = Command::new(docker)
        .args(["buildx", "build", "--call=check,format=json"])
        .arg(folder)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    let parsed: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{error}"));
    let text = std::fs::read_to_string(folder.join("Dockerfile")).unwrap();
    let starts = starts(&text, &dockerfile::parse(&text));
    let warnings = parsed["warnings"].as_array().into_iter().flatten();
    warnings
        .map(|warning| {
            let line = &warning["location"]["ranges"][0]["start"]["line"];
            let line = usize::try_from(line.as_u64().unwrap()).unwrap();
            let first = starts.iter().rev().find(|start| **start <= line);
            let name = warning["ruleName"].as_str().unwrap();
            (name.to_owned(), *first.unwrap())
        })
        .collect()
}

/// The first line of each instruction: the engine points at instructions, a rule at a word.
fn starts(text: &str, tree: &Dockerfile) -> Vec<usize> {
    let line = |start: u32| text[..start as usize].matches('\n').count() + 1;
    let instructions = tree.instructions.iter();
    instructions
        .map(|instruction| line(instruction.span.start))
        .collect()
}

fn audit(folder: &Path) -> Fired {
    let tree = DiskTree::open(folder).unwrap();
    let environment = Environment::read(Arc::new(tree), &ReadOptions::default());
    let mut settings = Settings::default();
    settings.audit.confidence = Confidence::Low;
    let dockerfile = &environment.dockerfiles[0];
    let text = &environment.documents.get(dockerfile.document).text;
    let starts = starts(text, &dockerfile.tree);
    let mut fired = Fired::new();
    for finding in dockwright_audit::audit(&environment, &settings).findings {
        for location in places(&finding) {
            let instructions = dockerfile.tree.instructions.iter();
            // A comment above an instruction belongs to it.
            let at = instructions
                .take_while(|it| it.span.end < location.span.start)
                .count();
            let codes = finding
                .known_codes()
                .iter()
                .filter(|code| counts(&finding, code));
            let line = starts[at.min(starts.len() - 1)];
            fired.extend(codes.map(|code| ((*code).to_owned(), line)));
        }
    }
    fired
}

/// Whether the code of a finding is one of the engine's. The experimental check has to be asked for.
fn counts(finding: &Finding, code: &str) -> bool {
    let is_other = ["DL", "SC"].iter().any(|tool| code.starts_with(tool));
    let is_experimental = code == "InvalidDefinitionDescription";
    !(is_other || is_experimental && finding.confidence == Confidence::Low)
}

/// Where a finding holds: a rule tells one cause once, with the other places beside it.
fn places(finding: &Finding) -> Vec<Location> {
    let same = ["nor here", "nor is this", "read here too"];
    let related = finding.related.iter();
    let others = related.filter(|other| same.contains(&other.label.as_str()));
    let own = std::iter::once(finding.location);
    own.chain(others.map(|other| other.location)).collect()
}

/// A Dockerfile of random instructions, the same for the same seed.
fn generate(seed: u32) -> String {
    const LINES: &[&str] = &[
        "FROM scratch AS one",
        "FROM one AS Two",
        "FROM scratch as three",
        "from --platform=linux/arm64 scratch as four",
        "FROM --platform=$TARGETPLATFORM scratch AS five",
        "ENV A=1 B=$A",
        "env A $C",
        "ARG C=x\n# D is nothing\nARG D",
        "# about it\nARG TOKEN",
        "LABEL a=$A c=${C:-1} d=$D",
        "LABEL a b",
        "WORKDIR a/$A",
        "WORKDIR /a",
        "Workdir b",
        "CMD a",
        "CMD [\"a\"]",
        "ENTRYPOINT a $A",
        "SHELL [\"/bin/sh\", \"-c\"]",
        "HEALTHCHECK CMD a",
        "EXPOSE 80/TCP 81:82",
        "USER $B",
        "MAINTAINER a",
        "ENV PASSWORD=x \\\n\n  E=$F",
        "COPY --chown=$A build/a b.log /",
        "VOLUME /$G",
        "STOPSIGNAL ${H:-SIGINT}",
    ];
    let mut state = seed;
    let mut text = "# check=experimental=CopyIgnoredFile\nARG C\nFROM scratch AS one\n".to_owned();
    for _ in 0..30 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push_str(LINES[(state >> 16) as usize % LINES.len()]);
        text.push('\n');
    }
    text
}
