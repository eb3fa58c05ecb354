//! Caches that outlive a builder.

use crate::trial::{Trial, builder, registry};

/// Both start from an image that every builder can pull.
const FILES: &str = "
-- compose.yaml --
services:
  app: {build: app, image: '{name}-app'}
  base: {build: base, image: '{name}-base'}
-- app/Dockerfile --
FROM {name}-base
RUN cat /base >/app
RUN echo app >>/app
-- base/Dockerfile --
FROM {registry}/{name}-busybox
RUN echo {name} >/base
";

/// A trial, and the builder that has built none of it.
fn trial(name: &str) -> Option<(Trial, String, String)> {
    let (builder, registry) = builder().zip(registry())?;
    let trial = Trial::new(name, &FILES.replace("{registry}", &registry))?;
    let busybox = format!("{registry}/{{name}}-busybox");
    trial.docker(&["tag", "busybox", &busybox]);
    trial.docker(&["push", "--quiet", &busybox]);
    Some((trial, builder, registry))
}

/// Builds with a cache on one builder, and from nothing but that on the other.
fn is_cached_elsewhere(trial: &Trial, builder: &str, to: &str, from: &str) {
    trial.builds(&["app", "--cache-to", to]);
    let run = trial.builds(&[
        "app",
        "--builder",
        builder,
        "--cache-from",
        from,
        "--output",
        "type=cacheonly",
    ]);
    assert!(run.output.contains("\n2 of 2 images built"), "{run:#?}");
    assert_eq!(trial.uncached(&run), [""; 0]);
}

#[test]
fn in_a_registry() {
    let Some((trial, builder, registry)) = trial("regcache") else {
        return;
    };
    let place = format!("type=registry,ref={registry}/{{name}}-cache");
    let to = format!("{place},mode=max");
    is_cached_elsewhere(&trial, &builder, &to, &place);
}

#[test]
fn in_a_directory() {
    let Some((trial, builder, _)) = trial("dircache") else {
        return;
    };
    let (to, from) = ("type=local,dest=cache,mode=max", "type=local,src=cache");
    is_cached_elsewhere(&trial, &builder, to, from);
    assert!(trial.path("cache/index.json").is_file());
}

#[test]
fn none_is_used_when_asked_not_to() {
    let Some((trial, ..)) = trial("nocache") else {
        return;
    };
    trial.builds(&["app"]);
    let run = trial.builds(&["app"]);
    assert_eq!(trial.uncached(&run), [""; 0]);
    let run = trial.builds(&["app", "--no-cache"]);
    insta::assert_snapshot!(trial.table(&run), @r#"
    {name}-base built 0/1
    {name}-app built 0/2
    "#);
}
