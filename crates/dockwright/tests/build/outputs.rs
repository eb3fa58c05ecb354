//! Where results go.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::trial::{Trial, output, registry};

const FILES: &str = "
-- compose.yaml --
services:
  app: {build: app, image: '{name}-app:1'}
  lib: {build: lib, image: '{name}-lib'}
-- app/Dockerfile --
FROM {name}-lib
RUN cp /lib /app
-- lib/Dockerfile --
FROM busybox
RUN echo {name} >/lib
";

#[test]
fn images_are_in_the_engine_with_all_their_names() {
    let Some(trial) = Trial::new("engine", FILES) else {
        return;
    };
    trial.write(
        "dockwright.toml",
        "[build]\nversion = { file = 'VERSION' }\n",
    );
    trial.write("VERSION", "2.3.4\n");
    let run = trial.builds(&["app", "--load"]);
    // Only what is asked for goes there, with a size as it is packed and as it is used.
    let row = trial.row(&run, "{name}-app:1");
    assert!(row[4].ends_with("MB") && row[5].ends_with("MB"), "{row:?}");
    assert_eq!(row[6], "engine");
    assert_eq!(trial.row(&run, "{name}-lib").last().unwrap(), "cache only");
    insta::assert_snapshot!(trial.images().join("\n"), @r#"
    {name}-app:1
    {name}-app:2.3.4
    {name}-app:latest
    "#);
    let labels = trial.docker(&[
        "image",
        "inspect",
        "--format",
        "{{json .Config.Labels}}",
        "{name}-app:1",
    ]);
    let labels: Value = serde_json::from_str(&labels).unwrap();
    assert_eq!(
        labels["org.opencontainers.image.version"], "2.3.4",
        "{labels}"
    );
}

#[test]
fn images_are_pushed() {
    let Some(registry) = registry() else {
        return;
    };
    let files = FILES.replace("'{name}-app:1'", &format!("'{registry}/{{name}}-app:1'"));
    let Some(trial) = Trial::new("pushed", &files) else {
        return;
    };
    let run = trial.builds(&["app", "--push"]);
    let image = format!("{registry}/{{name}}-app:1");
    let row = trial.row(&run, &image);
    assert!(row[4].ends_with("MB"), "{row:?}");
    assert_eq!(row[6], "registry");
    trial.docker(&["image", "rm", "--force", &image]);
    trial.docker(&["pull", "--quiet", &image]);
    assert_eq!(trial.file(&image, "/app"), trial.named("{name}\n"));
}

#[test]
fn an_image_is_written_to_an_archive() {
    let Some(trial) = Trial::new("archive", FILES) else {
        return;
    };
    let run = trial.builds(&["app", "--output", "type=oci,dest=app.tar"]);
    assert_eq!(trial.row(&run, "{name}-app:1")[6], "{root}/app.tar");
    assert!(trial.images().is_empty());
    let mut tar = Command::new("tar");
    tar.args(["-xOf"])
        .arg(trial.path("app.tar"))
        .arg("index.json");
    let index: Value = serde_json::from_str(&output(tar, "")).unwrap();
    let names: Vec<&str> = index["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["annotations"]["io.containerd.image.name"].as_str())
        .collect();
    insta::assert_snapshot!(trial.nameless(&names.join("\n")), @r#"
    docker.io/library/{name}-app:1
    docker.io/library/{name}-app:latest
    "#);
}

#[test]
fn paths_are_those_of_who_types_them() {
    let Some(trial) = Trial::new("elsewhere", FILES) else {
        return;
    };
    fs::create_dir(trial.path("here")).unwrap();
    let mut command = trial.command(env!("CARGO_BIN_EXE_dockwright"));
    command.current_dir(trial.path("here")).args([
        "--root",
        "..",
        "build",
        "app",
        "--output",
        "files",
        "--metadata-file",
        "metadata.json",
    ]);
    output(command, "");
    let text = fs::read_to_string(trial.path("here/files/app")).unwrap();
    assert_eq!(text, trial.named("{name}\n"));
    assert!(trial.path("here/metadata.json").is_file());
}

/// The targets of a metadata file that have a digest.
fn digests(trial: &Trial) -> Vec<String> {
    let text = fs::read_to_string(trial.path("metadata.json")).unwrap();
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let targets = metadata.as_object().unwrap().iter();
    let mut with: Vec<String> = targets
        .filter(|(_, of)| of["containerimage.digest"].is_string())
        .map(|(name, _)| name.clone())
        .collect();
    with.sort();
    with
}

#[test]
fn metadata_is_one_file_however_many_calls_there_are() {
    let Some(trial) = Trial::new("metadata", FILES) else {
        return;
    };
    trial.builds(&["--metadata-file", "metadata.json"]);
    assert_eq!(digests(&trial), ["app", "lib"]);
    fs::remove_file(trial.path("metadata.json")).unwrap();

    trial.write("broken/Dockerfile", "FROM {name}-lib\nRUN exit 1\n");
    let run = trial.build(&["all", "--keep-going", "--metadata-file", "metadata.json"]);
    assert_eq!(run.code, 1, "{run:#?}");
    assert_eq!(digests(&trial), ["app", "lib"]);
    // Nothing else is left over.
    let files = fs::read_dir(trial.repository.root()).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = files.filter(|file| file.contains("metadata")).collect();
    assert_eq!(left, ["metadata.json"]);
}
