//! What is built, and how.

use serde_json::Value;

use crate::trial::Trial;

const FILES: &str = "
-- compose.yaml --
services:
  web:
    build: {context: web, args: {LEVEL: '1'}}
    image: '{name}-web'
    profiles: [site]
  api: {build: api, image: '{name}-api'}
  base: {build: base, image: '{name}-base'}
-- web/Dockerfile --
FROM {name}-base
ARG LEVEL
COPY page /page
RUN echo $LEVEL >/level
-- web/page --
{name}
-- web/notes.md --
Not part of the image.
-- web/.dockerignore --
*.md
-- api/Dockerfile --
FROM busybox
RUN echo {name} api >/api
-- base/Dockerfile --
FROM busybox
RUN echo {name} base >/base
";

/// The targets of a printed plan that are built.
fn printed(text: &str) -> (Value, Vec<String>) {
    let json: Value = serde_json::from_str(text).unwrap();
    let built = json["group"]["default"]["targets"]
        .as_array()
        .unwrap()
        .iter();
    let built = built
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    (json, built)
}

#[test]
fn platforms_of_what_is_asked_for_and_what_that_needs() {
    let trial = Trial::without_engine("platforms", FILES);
    let run = trial.builds(&["web", "--platform", "linux/amd64,linux/arm64", "--print"]);
    let (plan, built) = printed(&run.output);
    assert_eq!(built, ["web"]);
    for target in ["web", "base"] {
        let platforms = &plan["target"][target]["platforms"];
        assert_eq!(
            platforms,
            &serde_json::json!(["linux/amd64", "linux/arm64"])
        );
    }
    assert_eq!(plan["target"].as_object().unwrap().len(), 2);
}

#[test]
fn one_image_for_several_platforms() {
    // Without a command that runs, no emulation is needed.
    let files = "
-- compose.yaml --
services:
  app: {build: app, image: '{name}-app'}
  base: {build: base, image: '{name}-base'}
-- app/Dockerfile --
FROM {name}-base
ARG TARGETARCH
COPY $TARGETARCH /arch
-- app/amd64 --
{name} amd64
-- app/arm64 --
{name} arm64
-- base/Dockerfile --
# {name}
FROM scratch
COPY Dockerfile /base
";
    let Some(trial) = Trial::new("several", files) else {
        return;
    };
    let arguments = [
        "app",
        "--platform",
        "linux/amd64,linux/arm64",
        "--output",
        "out",
    ];
    let run = trial.builds(&arguments);
    insta::assert_snapshot!(trial.table(&run), @r#"
    {name}-base built 0/1
    {name}-app built 0/2
    "#);
    for architecture in ["amd64", "arm64"] {
        let path = trial.path(&format!("out/linux_{architecture}"));
        let text = std::fs::read_to_string(path.join("arch")).unwrap();
        assert_eq!(text, trial.named(&format!("{{name}} {architecture}\n")));
        assert!(path.join("base").is_file());
    }
}

#[test]
fn a_target_is_changed_for_one_build() {
    let Some(trial) = Trial::new("changed", FILES) else {
        return;
    };
    let set = [
        "web",
        "--set",
        "web.args.LEVEL=7",
        "--set",
        "web.tags={name}-trial:7",
        "--set",
        "w*.labels.trial=yes",
    ];
    trial.builds(&set);
    assert_eq!(trial.images(), ["{name}-trial:7"]);
    assert_eq!(trial.file("{name}-trial:7", "/level"), "7\n");
    let format = "{{index .Config.Labels \"trial\"}}";
    assert_eq!(
        trial.docker(&["image", "inspect", "--format", format, "{name}-trial:7"]),
        "yes\n"
    );
}

#[test]
fn names_of_all_kinds() {
    let Some(trial) = Trial::new("names", FILES) else {
        return;
    };
    for name in [
        "web",
        "{name}-web",
        "web/Dockerfile",
        "./web/Dockerfile",
        "site",
    ] {
        let run = trial.builds(&["--print", name]);
        assert_eq!(printed(&run.output).1, ["web"], "{name}");
    }
    let run = trial.builds(&["web/Dockerfile", "{name}-api"]);
    insta::assert_snapshot!(trial.table(&run), @r#"
    {name}-base built 0/1
    {name}-web built 0/2
    {name}-api built 0/1
    "#);
    assert_eq!(trial.images(), ["{name}-api:latest", "{name}-web:latest"]);
}

#[test]
fn only_what_has_changed() {
    let Some(trial) = Trial::new("affected", FILES) else {
        return;
    };
    trial.repository.git(&["init", "--quiet"]);
    trial.repository.git(&["add", "."]);
    trial.repository.git(&["commit", "--quiet", "-m", "first"]);
    let affected = || {
        let run = trial.builds(&["--affected-since", "HEAD", "--print"]);
        let reasons = run
            .errors
            .lines()
            .filter(|line| line.starts_with("affected: "));
        let reasons: Vec<String> = reasons.map(|line| trial.nameless(line)).collect();
        (printed(&run.output).1.join(" "), reasons.join("\n"))
    };
    assert_eq!(affected(), (String::new(), String::new()));
    let run = trial.builds(&["--affected-since", "HEAD"]);
    insta::assert_snapshot!(trial.said(&run), @"nothing to build");

    // An ignored file is no part of any image.
    trial.write("web/notes.md", "Still no part of it.\n");
    assert_eq!(affected().0, "");
    trial.write("web/page", "{name} once more\n");
    insta::assert_snapshot!(format!("{:?}", affected()), @r#"("web", "affected: web: `web/page` changed")"#);
    trial.write(
        "base/Dockerfile",
        "FROM busybox\nRUN echo {name} new >/base\n",
    );
    insta::assert_snapshot!(format!("{:?}", affected()), @r#"("base web", "affected: base: `base/Dockerfile` changed\naffected: web: `web/page` changed")"#);
    let run = trial.builds(&["--affected-since", "HEAD"]);
    insta::assert_snapshot!(trial.table(&run), @r#"
    {name}-base built 0/1
    {name}-web built 0/2
    "#);
    let list = trial.builds(&["--affected-since", "HEAD", "--list"]);
    insta::assert_snapshot!(trial.list(&list), @r#"
    TARGET | IMAGE | NEEDS
    base | {name}-base | –
    web | {name}-web | base
    "#);

    let run = trial.build(&["--affected-since", "nowhere"]);
    assert_eq!(run.code, 4, "{run:#?}");
    insta::assert_snapshot!(trial.said(&run), @r#"
    error: the repository has no revision `nowhere`
    hint: name a commit, branch or tag of the repository at `--root`
    "#);
}
