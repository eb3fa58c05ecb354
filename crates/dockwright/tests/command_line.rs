//! The command line: every subcommand and format, what decides what is shown, the exit codes.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::fs;

use serde_json::Value;
use support::Repository;

/// A repository with one error.
fn broken() -> Repository {
    Repository::of(&[
        ("Dockerfile", "FROM Upper/Case:1\n"),
        ("web/Dockerfile", "FROM Other/Case:1\n"),
    ])
}

/// A repository with nothing to say about.
fn sound() -> Repository {
    Repository::of(&[
        (
            "Dockerfile",
            "FROM debian:trixie\nUSER 1000\nCMD [\"true\"]\n",
        ),
        (
            "docker-bake.hcl",
            "target \"default\" { tags = [\"app:1\"] }\n",
        ),
        ("compose.yaml", "services: {app: {image: \"app:1\"}}\n"),
    ])
}

const RULE: &str = "invalid-image-reference";

#[test]
fn findings_in_every_format() {
    let repository = broken();
    let output = |format| {
        let run = repository.run(&["audit", "--rule", RULE, "--format", format]);
        assert_eq!((run.code, run.errors.as_str()), (1, ""));
        run.output
    };
    let text = output("text");
    assert!(text.contains("error[invalid-image-reference]"), "{text}");
    assert!(text.contains("FROM Upper/Case:1"), "{text}");

    let json: Value = serde_json::from_str(&output("json")).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["findings"][0]["rule"], RULE);
    assert_eq!(json["findings"][0]["location"]["path"], "Dockerfile");

    let sarif: Value = serde_json::from_str(&output("sarif")).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], RULE);

    let github = output("github");
    assert!(
        github.starts_with("::error file=Dockerfile,line=1,"),
        "{github}"
    );
}

#[test]
fn the_graph_in_every_format() {
    let repository = sound();
    let output = |format| {
        let run = repository.run(&["graph", "--format", format]);
        assert_eq!((run.code, run.errors.as_str()), (0, ""));
        run.output
    };
    assert!(output("text").contains("app:1"));
    let json: Value = serde_json::from_str(&output("json")).unwrap();
    assert_eq!(json["version"], 1);
    assert!(output("dot").starts_with("digraph"));
    assert!(output("mermaid").starts_with("flowchart"));
    let svg = output("svg");
    assert!(
        svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"),
        "{svg}"
    );
}

#[test]
fn a_page_for_every_rule_and_a_list_of_all() {
    let repository = Repository::new();
    let list = repository.run(&["explain"]);
    assert_eq!(list.code, 0);
    for rule in dockwright_audit::registry::all() {
        assert!(list.output.contains(rule.name), "{}", rule.name);
        let page = repository.run(&["explain", rule.name]);
        assert_eq!(page.code, 0, "{page:?}");
        assert!(page.output.contains("## What it does"), "{page:?}");
    }
}

#[test]
fn exit_code_0_for_nothing_at_or_above_the_threshold() {
    let run = sound().run(&["audit"]);
    assert_eq!(run.code, 0, "{run:?}");
    for (threshold, code) in [("info", 1), ("warning", 1), ("error", 1), ("never", 0)] {
        let run = broken().run(&["audit", "--rule", RULE, "--fail-on", threshold]);
        assert_eq!(run.code, code, "{threshold}");
    }
}

#[test]
fn exit_code_2_for_wrong_usage_or_configuration() {
    let repository = broken();
    let fails = |arguments: &[&str], error: &str, hint: &str| {
        let run = repository.run(arguments);
        assert_eq!((run.code, run.output.as_str()), (2, ""), "{run:?}");
        assert!(run.errors.starts_with(error), "{run:?}");
        assert!(run.errors.contains(hint), "{run:?}");
    };
    fails(&["audit", "--format", "xml"], "error: ", "json");
    let error = "error: there is no rule called `unbuild-image`\n";
    fails(
        &["audit", "--rule", "unbuild-image"],
        error,
        "hint: the nearest are: unbuilt-image",
    );
    fails(
        &["explain", "unbuild-image"],
        error,
        "hint: the nearest are: unbuilt-image",
    );
    fails(
        &["audit", "nowhere"],
        "error: there is no `nowhere`\n",
        "hint: name files",
    );
    fails(
        &["audit", "/"],
        "error: `/` is not inside ",
        "hint: name files",
    );

    repository.write("dockwright.toml", "[rules]\nunbuild-image = \"off\"\n");
    fails(
        &["audit"],
        "error: dockwright.toml: there is no rule called `unbuild-image`",
        "hint: ",
    );
    repository.write("dockwright.toml", "[audit\n");
    fails(
        &["audit"],
        "error: dockwright.toml: ",
        "hint: the keys there are: ",
    );
    fails(&["graph"], "error: dockwright.toml: ", "hint: ");
}

#[test]
fn exit_code_3_for_nothing_to_read() {
    let empty = Repository::new();
    for verb in ["audit", "graph"] {
        let run = empty.run(&[verb]);
        assert_eq!(run.code, 3, "{run:?}");
        assert!(
            run.errors.starts_with("error: there is no Dockerfile"),
            "{run:?}"
        );
        assert!(run.errors.contains("\nhint: "), "{run:?}");
        let run = empty.run(&[verb, "--root", "nowhere"]);
        assert_eq!(run.code, 3, "{run:?}");
        let error = "error: cannot read the directory `nowhere`: ";
        assert!(run.errors.starts_with(error), "{run:?}");
    }
}

#[test]
fn exit_code_4_for_a_revision_that_cannot_be_used() {
    let repository = broken();
    let run = repository.run(&["audit", "--rev", "HEAD"]);
    assert_eq!(run.code, 4, "{run:?}");
    repository.git(&["init", "-q"]);
    for revision in ["nothing", "--help", ""] {
        let run = repository.run(&["audit", &format!("--rev={revision}")]);
        assert_eq!(run.code, 4, "{run:?}");
        assert!(run.errors.starts_with("error: "), "{run:?}");
        assert!(run.errors.contains("\nhint: "), "{run:?}");
    }
}

#[test]
fn a_revision_is_read_like_the_files_on_disk() {
    let repository = broken();
    repository.write(
        "web/compose.yaml",
        "services: {web: {build: ., image: \"web:1\"}}\n",
    );
    repository.git(&["init", "-q"]);
    repository.git(&["add", "."]);
    repository.git(&["commit", "-qm", "all"]);
    let json = |arguments: &[&str]| {
        let first = ["audit", "--confidence", "low", "--format", "json"];
        repository.run(&[&first, arguments].concat()).output
    };
    let (disk, graph) = (json(&[]), repository.run(&["graph"]).output);
    fs::remove_dir_all(repository.path("web")).unwrap();
    repository.write("Dockerfile", "FROM scratch\n");
    assert_eq!(json(&["--rev", "HEAD"]), disk);
    assert_ne!(json(&[]), disk);
    assert_eq!(repository.run(&["graph", "--rev", "HEAD"]).output, graph);
}

#[test]
fn paths_and_rules_choose_what_is_shown() {
    let repository = broken();
    let shown = |arguments: &[&str]| {
        let first = ["audit", "--format", "json", "--rule"];
        let findings = repository.run(&[&first, arguments].concat()).findings();
        let places = findings.iter().filter_map(|one| one.split(' ').nth(1));
        places.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(shown(&[RULE]), ["Dockerfile:1", "web/Dockerfile:1"]);
    assert_eq!(shown(&[RULE, "web"]), ["web/Dockerfile:1"]);
    assert_eq!(shown(&[RULE, "Dockerfile"]), ["Dockerfile:1"]);
    assert!(shown(&["dependency-cycle"]).is_empty());

    let elsewhere = Repository::new();
    let root = repository.root().to_str().unwrap();
    let run = elsewhere.run(&[
        "audit", "--root", root, "--format", "json", "--rule", RULE, "web",
    ]);
    assert_eq!(run.findings().len(), 1);
}

#[test]
fn colours_only_where_they_are_asked_for() {
    let repository = broken();
    let coloured = |when| {
        repository
            .run(&["audit", "--color", when])
            .output
            .contains('\x1b')
    };
    assert!(!coloured("auto"), "the output is no terminal");
    assert!(!coloured("never"));
    assert!(coloured("always"));
}

#[test]
fn the_configuration_and_comments_decide_what_is_reported() {
    let repository = broken();
    let severities = || {
        let run = repository.run(&["audit", "--format", "json", "--rule", RULE]);
        let json: Value = serde_json::from_str(&run.output).unwrap();
        let findings = json["findings"].as_array().unwrap().iter();
        let severities = findings.map(|finding| finding["severity"].as_str().unwrap().to_owned());
        (run.code, severities.collect::<Vec<_>>())
    };
    assert_eq!(severities(), (1, vec!["error".to_owned(); 2]));
    repository.write("dockwright.toml", format!("[rules]\n{RULE} = \"info\"\n"));
    assert_eq!(severities(), (0, vec!["info".to_owned(); 2]));
    repository.write("dockwright.toml", format!("[rules]\n{RULE} = \"off\"\n"));
    assert_eq!(severities(), (0, Vec::new()));
    repository.write(
        "dockwright.toml",
        "[audit]\nfail-on = \"error\"\nexclude = [\"web\"]\n",
    );
    assert_eq!(severities(), (1, vec!["error".to_owned()]));

    let comment = format!("# dockwright: ignore[{RULE}] the registry allows it\n");
    repository.write("Dockerfile", format!("{comment}FROM Upper/Case:1\n"));
    assert_eq!(severities(), (0, Vec::new()));
}
