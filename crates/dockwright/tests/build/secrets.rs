//! Secrets are used, and are nowhere.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::trial::{Trial, output};

/// Text that must be found nowhere, and what a step makes of it.
const SECRET: &str = "canaryabcdefgh";
const ROTATED: &str = "dbobszbcdefghi";
const OF_FILE: &str = "canaryxwvuts";
const ROTATED_FILE: &str = "dbobszyxwvut";

const FILES: &str = "
-- compose.yaml --
services:
  base: {build: base, image: '{name}-base'}
  app: {build: app, image: '{name}-app'}
-- base/Dockerfile --
FROM busybox
RUN --mount=type=secret,id=file,required=true tr a-y b-z </run/secrets/file >/of-file; echo {name}
-- app/Dockerfile --
FROM {name}-base
ARG RUN=1
RUN --mount=type=secret,id=token,env=TOKEN,required=true echo {name} $RUN; echo $TOKEN | tr a-y b-z >/of-token
-- private/secret.txt --
canaryxwvuts
";

fn trial(name: &str) -> Option<Trial> {
    let mut trial = Trial::new(name, FILES)?;
    trial.set("SECRET_TOKEN", SECRET);
    Some(trial)
}

/// How both secrets are given.
const SECRETS: [&str; 4] = [
    "--secret",
    "id=token,env=SECRET_TOKEN",
    "--secret",
    "id=file,src=private/secret.txt",
];

/// Every blob of an OCI archive that holds a text, compressed or not.
fn blobs_with(archive: &Path, text: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let mut tar = Command::new("tar");
    tar.arg("-xf").arg(archive).arg("-C").arg(folder.path());
    output(tar, "");
    let blobs = fs::read_dir(folder.path().join("blobs/sha256")).unwrap();
    let blobs: Vec<_> = blobs.map(|blob| blob.unwrap().path()).collect();
    assert!(blobs.len() > 3, "{blobs:?}");
    let holds = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let plain = Command::new("gzip").arg("-dc").arg(path).output().unwrap();
            assert!(plain.status.success());
            bytes.extend(plain.stdout);
        }
        String::from_utf8_lossy(&bytes).contains(text)
    };
    blobs.iter().filter(|path| holds(path)).count()
}

#[test]
fn a_secret_is_in_no_layer_configuration_or_metadata() {
    let Some(trial) = trial("secret") else {
        return;
    };
    let mut arguments = SECRETS.to_vec();
    arguments.extend([
        "--output",
        "type=oci,dest=image.tar",
        "--output",
        "type=docker",
    ]);
    arguments.extend([
        "--provenance=mode=max",
        "--metadata-file",
        "metadata.json",
        "app",
    ]);
    let run = trial.builds(&arguments);
    // They were used.
    assert_eq!(
        trial.file("{name}-app", "/of-token"),
        format!("{ROTATED}\n")
    );
    assert_eq!(
        trial.file("{name}-app", "/of-file"),
        format!("{ROTATED_FILE}\n")
    );

    let archive = trial.path("image.tar");
    let metadata = fs::read_to_string(trial.path("metadata.json")).unwrap();
    // Provenance knows of them, by name.
    assert!(blobs_with(&archive, "https://slsa.dev/provenance") > 0);
    assert!(metadata.contains("containerimage.digest"), "{metadata}");
    assert_eq!(blobs_with(&archive, ROTATED), 1);
    assert_eq!(blobs_with(&archive, ROTATED_FILE), 1);
    for secret in [SECRET, OF_FILE] {
        assert_eq!(blobs_with(&archive, secret), 0);
        assert!(!metadata.contains(secret), "{metadata}");
        for text in [&run.output, &run.errors] {
            assert!(!text.contains(secret), "{text}");
        }
        for command in ["history", "inspect"] {
            let mut words = vec!["image", command];
            words.extend((command == "history").then_some("--no-trunc"));
            let text = trial.docker(&[words.as_slice(), &["{name}-app"]].concat());
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn a_secret_is_in_no_output() {
    let Some(trial) = trial("silent") else {
        return;
    };
    for progress in ["auto", "live", "plain", "rawjson", "quiet"] {
        // Another value, so that the step runs.
        let argument = format!("RUN={progress}");
        let mut arguments = SECRETS.to_vec();
        arguments.extend(["--output", "type=cacheonly", "--progress", progress]);
        arguments.extend(["--build-arg", argument.as_str(), "app"]);
        let run = trial.builds(&arguments);
        for text in [&run.output, &run.errors] {
            assert!(!text.contains("canary"), "{progress}: {text}");
        }
    }
    let mut arguments = SECRETS.to_vec();
    arguments.extend(["--print", "app"]);
    let run = trial.builds(&arguments);
    assert!(
        run.output.contains("id=token,env=SECRET_TOKEN"),
        "{}",
        run.output
    );
    assert!(run.output.contains("private/secret.txt"), "{}", run.output);
    assert!(!run.output.contains("canary"), "{}", run.output);
    assert!(!run.errors.contains("canary"), "{}", run.errors);
}

#[test]
fn a_secret_that_is_not_given_is_missed() {
    let Some(trial) = trial("missed") else {
        return;
    };
    let run = trial.build(&["app"]);
    assert_eq!(run.code, 1, "{run:#?}");
    let said = trial.said(&run);
    let said = said
        .lines()
        .find(|line| line.starts_with("error: "))
        .unwrap();
    insta::assert_snapshot!(said, @"error: `base` could not be built: secret file: not found");
}

#[test]
fn a_credential_among_the_build_arguments_is_not_printed() {
    let files = "
-- compose.yaml --
services:
  app:
    build:
      context: .
      args:
        NPM_TOKEN:
        INDEX: https://user:${NPM_TOKEN}@example.org/
        VERSION: '1.0'
-- Dockerfile --
FROM busybox
ARG NPM_TOKEN
ARG INDEX
ARG VERSION
ARG API_KEY
";
    let mut trial = Trial::without_engine("credential", files);
    trial.set("NPM_TOKEN", SECRET);
    trial.set("API_KEY", OF_FILE);
    let run = trial.builds(&[
        "--print",
        "--build-arg",
        "API_KEY",
        "--set",
        "app.labels.of=${NPM_TOKEN}",
    ]);
    let json: serde_json::Value = serde_json::from_str(&run.output).unwrap();
    insta::assert_snapshot!(format!("{:#}", json["target"]["app"]["args"]), @r#"
    {
      "API_KEY": "***",
      "INDEX": "https://user:***@example.org/",
      "NPM_TOKEN": "***",
      "VERSION": "1.0"
    }
    "#);
    assert!(!run.output.contains("canary"), "{}", run.output);
}
