//! A builder that does not see the images of the engine.

use std::fs;

use crate::trial::{Trial, builder, registry};

#[test]
fn a_base_that_is_another_target_is_found() {
    let files = "
-- compose.yaml --
services:
  app: {build: app, image: '{name}-app'}
  base: {build: base, image: '{name}-base:2'}
-- app/Dockerfile --
FROM {name}-base:2
COPY --from={name}-data /data /data
COPY Dockerfile /app
-- base/Dockerfile --
FROM scratch
COPY motd /motd
-- base/motd --
{name}
-- docker/Dockerfile.{name}-data --
FROM scratch
COPY Dockerfile.{name}-data /data
";
    let Some((trial, builder)) = Trial::new("unseen", files).zip(builder()) else {
        return;
    };
    // Not even an image of the same name that the engine has is taken.
    trial.write("old/Dockerfile", "FROM scratch\nCOPY Dockerfile /motd\n");
    trial.docker(&["build", "--quiet", "--tag", "{name}-base:2", "old"]);
    fs::remove_dir_all(trial.path("old")).unwrap();

    let arguments = [
        "app",
        "--builder",
        &builder,
        "--output",
        "type=local,dest=out",
    ];
    let run = trial.builds(&arguments);
    insta::assert_snapshot!(trial.table(&run), @r#"
    {name}-base:2 built 0/1
    {name}-data built 0/1
    {name}-app built 0/2
    "#);
    let text = |path: &str| fs::read_to_string(trial.path(path)).unwrap();
    assert_eq!(text("out/motd"), trial.named("{name}\n"));
    assert!(text("out/data").starts_with("FROM scratch"));
    assert!(text("out/app").starts_with("FROM "));
    assert_eq!(trial.images(), ["{name}-base:2"]);
}

#[test]
fn results_go_to_the_engine_or_the_registry_when_asked() {
    let files = "
-- compose.yaml --
services:
  app: {build: app, image: '{registry}/{name}-app:1'}
  base: {build: base, image: '{name}-base'}
-- app/Dockerfile --
FROM {name}-base
COPY Dockerfile /app
-- base/Dockerfile --
FROM scratch
COPY Dockerfile /base
";
    let Some((builder, registry)) = builder().zip(registry()) else {
        return;
    };
    let Some(trial) = Trial::new("results", &files.replace("{registry}", &registry)) else {
        return;
    };
    let image = format!("{registry}/{{name}}-app:1");
    let shown = |arguments: &[&str]| {
        let run = trial.builds(&[&["app", "--builder", &builder], arguments].concat());
        trial.row(&run, &image)[6].clone()
    };
    assert_eq!(shown(&[]), "cache only");
    assert!(trial.images().is_empty());
    assert_eq!(shown(&["--push"]), "registry");
    assert!(trial.images().is_empty());
    trial.docker(&["pull", "--quiet", &image]);
    trial.docker(&["image", "rm", &image]);
    assert_eq!(shown(&["--load"]), "engine");
    assert!(trial.images().contains(&image));
}
