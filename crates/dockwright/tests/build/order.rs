//! Each image is built after what it needs, whatever file says so.

use crate::trial::Trial;

/// Six images: two in the middle from one base, one on top of both, which takes a tool from a fifth,
/// and a last one. No bake file says what needs what, and of half of them no file says anything.
pub const DIAMOND: &str = "
-- compose.yaml --
services:
  top:
    build: top
    image: {name}-top:1
  left:
    build: left
    image: {name}-left:1
  right:
    build: right
    image: {name}-right
-- top/Dockerfile --
FROM {name}-left:1
COPY --from={name}-right /right /right
RUN --mount=type=bind,from={name}-tool,target=/tool cat /left /right /tool/own >/top
-- left/Dockerfile --
FROM {name}-base
RUN cat /base >/left && echo {name} left >>/left
-- right/Dockerfile --
FROM {name}-base
RUN cat /base >/right && echo {name} right >>/right
-- base/Dockerfile --
FROM busybox
RUN echo {name} base >/base
-- docker/Dockerfile.{name}-tool --
FROM busybox
RUN echo {name} tool >/own
-- docker/Dockerfile.{name}-last --
FROM {name}-top:1
RUN cat /top >/last && echo {name} last >>/last
";

#[test]
fn a_diamond_of_six_images_without_a_bake_file() {
    let Some(trial) = Trial::new("diamond", DIAMOND) else {
        return;
    };
    assert!(trial.images().is_empty());
    let list = trial.builds(&["--list"]);
    insta::assert_snapshot!(trial.list(&list), @r#"
    TARGET | IMAGE | NEEDS
    {name}-base | {name}-base | –
    left | {name}-left:1 (+1) | {name}-base
    right | {name}-right | {name}-base
    {name}-tool | {name}-tool | –
    top | {name}-top:1 (+1) | left, right, {name}-tool
    {name}-last | {name}-last:latest | top
    "#);

    let cold = trial.builds(&["all"]);
    insta::assert_snapshot!(trial.table(&cold), @r#"
    {name}-base built 0/1
    {name}-left:1 built 0/1
    {name}-right built 0/1
    {name}-tool built 0/1
    {name}-top:1 built 0/2
    {name}-last:latest built 0/1
    "#);
    insta::assert_snapshot!(trial.images().join("\n"), @r#"
    {name}-base:latest
    {name}-last:latest
    {name}-left:1
    {name}-left:latest
    {name}-right:latest
    {name}-tool:latest
    {name}-top:1
    {name}-top:latest
    "#);
    // What each base made has come down to the last image.
    let text = trial.file("{name}-last", "/last");
    insta::assert_snapshot!(trial.nameless(&text), @r#"
    {name} base
    {name} left
    {name} base
    {name} right
    {name} tool
    {name} last
    "#);
    assert_eq!(
        trial.file("{name}-left:1", "/left"),
        trial.file("{name}-top:1", "/left")
    );

    let warm = trial.builds(&["all"]);
    assert_eq!(trial.uncached(&warm), [""; 0]);
    assert!(!warm.errors.contains("] RUN"), "{}", warm.errors);
}

/// Five images in a row. Each names the one before by arguments.
const CHAIN: &str = "
-- compose.yaml --
services:
  one: {build: one, image: '{name}/one:v1'}
  two: {build: two, image: '{name}/two:v1'}
  three: {build: three, image: '{name}/three:v1'}
  four: {build: four, image: '{name}/four:v1'}
  five: {build: five, image: '{name}/five:v1'}
-- one/Dockerfile --
FROM busybox
RUN echo {name} one >/chain
-- two/Dockerfile --
ARG OWNER={name}
ARG BASE=$OWNER/one:v1
FROM $BASE
RUN echo two >>/chain
-- three/Dockerfile --
ARG VERSION=1
FROM {name}/two:v${VERSION}
RUN echo three >>/chain
-- four/Dockerfile --
ARG NAME=three
FROM {name}/${NAME}:${TAG:-v1}
RUN echo four >>/chain
-- five/Dockerfile --
ARG FROM_FOUR={name}/four
ARG VERSION=v1
FROM ${FROM_FOUR}:${VERSION}
RUN echo five >>/chain
";

#[test]
fn a_chain_of_five_named_by_arguments() {
    let Some(trial) = Trial::new("chain", CHAIN) else {
        return;
    };
    let run = trial.builds(&["five"]);
    insta::assert_snapshot!(trial.table(&run), @r#"
    {name}/one:v1 built 0/1
    {name}/two:v1 built 0/1
    {name}/three:v1 built 0/1
    {name}/four:v1 built 0/1
    {name}/five:v1 built 0/1
    "#);
    let chain = trial.file("{name}/five:v1", "/chain");
    insta::assert_snapshot!(trial.nameless(&chain), @r#"
    {name} one
    two
    three
    four
    five
    "#);
}

const FLAVOURS: &str = "
-- compose.yaml --
services:
  app: {build: app, image: '{name}-app'}
  slim: {build: slim, image: '{name}-slim'}
  full: {build: full, image: '{name}-full'}
-- app/Dockerfile --
ARG FLAVOUR=slim
FROM {name}-${FLAVOUR}
RUN cp /flavour /app
-- slim/Dockerfile --
FROM busybox
RUN echo {name} slim >/flavour
-- full/Dockerfile --
FROM busybox
RUN echo {name} full >/flavour
";

#[test]
fn a_build_argument_changes_what_is_needed() {
    let Some(mut trial) = Trial::new("flavour", FLAVOURS) else {
        return;
    };
    trial.builds(&["app"]);
    assert_eq!(trial.images(), ["{name}-app:latest"]);
    insta::assert_snapshot!(trial.nameless(&trial.file("{name}-app", "/app")), @"{name} slim");

    trial.builds(&["app", "--build-arg", "FLAVOUR=full"]);
    insta::assert_snapshot!(trial.nameless(&trial.file("{name}-app", "/app")), @"{name} full");

    // Without a value, it is the one that the environment has.
    trial.set("FLAVOUR", "full");
    let print = trial
        .builds(&["app", "--build-arg", "FLAVOUR", "--print"])
        .output;
    assert!(
        print.contains(&trial.named(r#""{name}-full": "target:full""#)),
        "{print}"
    );
}
