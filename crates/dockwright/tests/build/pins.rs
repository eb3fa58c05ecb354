//! `dockwright fix` with versions from a registry and an image.

use std::fs;

use serde_json::Value;

use crate::trial::{Trial, output, registry};

#[test]
fn an_image_is_pinned_to_what_the_registry_has() {
    let Some(registry) = registry() else {
        return;
    };
    let Some(trial) = Trial::new("pins", "-- Dockerfile --\nFROM busybox\n") else {
        return;
    };
    let image = format!("{registry}/{{name}}");
    trial.docker(&["tag", "busybox", &image]);
    trial.docker(&["push", &image]);
    trial.write("Dockerfile", &format!("FROM {image}\n"));
    fix(&trial, &["--online", "--rule", "unversioned-base"]);
    let inspect = ["buildx", "imagetools", "inspect", &image];
    let told = trial.docker(&[&inspect[..], &["--format", "{{json .Manifest}}"]].concat());
    let manifest: Value = serde_json::from_str(&told).unwrap();
    let digest = manifest["digest"].as_str().unwrap();
    let pinned = format!("FROM {image}@{digest}\n");
    assert_eq!(dockerfile(&trial), pinned);
    trial.builds(&[]);
    trial.docker(&["image", "rm", &image]);
}

#[test]
fn packages_have_the_versions_of_an_image() {
    let files = r#"
-- base/Dockerfile --
FROM busybox
RUN printf '#!/bin/sh\necho "installed curl=8.14.1-2"\n' >/bin/dpkg-query && chmod +x /bin/dpkg-query
-- Dockerfile --
FROM debian:trixie
RUN apt-get update && apt-get install -y curl
"#;
    let Some(trial) = Trial::new("packages", files) else {
        return;
    };
    trial.docker(&["build", "--tag", "{name}", "base"]);
    fix(
        &trial,
        &["--packages-of", "{name}", "--rule", "unpinned-package"],
    );
    assert_eq!(
        dockerfile(&trial),
        "FROM debian:trixie\nRUN apt-get update && apt-get install -y curl=8.14.1-2\n"
    );
}

/// Repairs what needs a look and is unsure.
fn fix(trial: &Trial, arguments: &[&str]) {
    let mut command = trial.command(env!("CARGO_BIN_EXE_dockwright"));
    command.args(["fix", "--unsafe", "--allow-dirty", "--confidence", "low"]);
    command.args(arguments.iter().map(|it| trial.named(it)));
    output(command, "");
}

fn dockerfile(trial: &Trial) -> String {
    let text = fs::read_to_string(trial.path("Dockerfile")).unwrap();
    trial.nameless(&text)
}
