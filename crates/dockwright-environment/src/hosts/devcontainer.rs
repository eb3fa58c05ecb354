//! Development containers: what an editor builds and starts for a `devcontainer.json`.
//!
//! Source: Development Container Specification, "devcontainer.json reference".

use dockwright_syntax::json;
use dockwright_syntax::substitute::braced;
use dockwright_syntax::yaml::Node;
use dockwright_syntax::{Span, Text};

use super::Host;
use crate::commands::{Argument, Call, Directory, Form};

pub(super) fn read(host: &mut Host<'_>) {
    let tree = json::parse_with_comments(&host.document.text);
    let Some(root) = tree.root() else {
        return;
    };
    if let Some(image) = text(root.get("image")) {
        host.image(&image);
    }
    let build = root.get("build");
    let old = root.get("dockerFile");
    let file = text(build.and_then(|build| build.get("dockerfile")).or(old));
    if let Some(file) = file {
        let build = build.unwrap_or(root);
        builds(host, build, root, &file);
    }
    let files: Vec<Text> = match root.get("dockerComposeFile") {
        Some(list) if list.is_sequence() => list.items().filter_map(|it| text(Some(it))).collect(),
        other => text(other).into_iter().collect(),
    };
    if !files.is_empty() {
        composes(host, root, &files);
    }
}

fn text(node: Option<Node<'_>>) -> Option<Text> {
    Some(node?.scalar()?.text.clone())
}

fn builds(host: &mut Host<'_>, build: Node<'_>, root: Node<'_>, file: &Text) {
    let mut words = words(host, &["docker", "buildx", "build", "--file"], file.span);
    words.push(Argument::of(host.value(&braced(file))));
    if let Some(target) = text(build.get("target")) {
        words.push(Argument::literal("--target", host.location(target.span)));
        words.push(Argument::of(host.value(&braced(&target))));
    }
    for (name, value) in build.get("args").into_iter().flat_map(Node::entries) {
        if let (Some(name), Some(value)) = (text(Some(name)), text(Some(value))) {
            words.push(Argument::literal("--build-arg", host.location(name.span)));
            let mut argument = host.value(&braced(&value));
            argument.text = format!("{}={}", name.value, argument.text);
            argument.location = host.location(name.span);
            words.push(Argument::of(argument));
        }
    }
    match text(build.get("context").or(root.get("context"))) {
        Some(context) => words.push(Argument::of(host.value(&braced(&context)))),
        None => words.push(Argument::literal(".", host.location(file.span))),
    }
    calls(host, words, file.span);
}

fn composes(host: &mut Host<'_>, root: Node<'_>, files: &[Text]) {
    let span = files.first().map_or(root.span(), |file| file.span);
    let mut words = words(host, &["docker", "compose"], span);
    for file in files {
        words.push(Argument::literal("--file", host.location(file.span)));
        words.push(Argument::of(host.value(&braced(file))));
    }
    words.push(Argument::literal("up", host.location(span)));
    let service = text(root.get("service"));
    let more = root.get("runServices").into_iter().flat_map(Node::items);
    let more = more.filter_map(|service| text(Some(service)));
    for service in service.into_iter().chain(more) {
        words.push(Argument::of(host.value(&braced(&service))));
    }
    calls(host, words, span);
}

fn words(host: &Host<'_>, words: &[&str], span: Span) -> Vec<Argument> {
    let location = host.location(span);
    words
        .iter()
        .map(|word| Argument::literal(*word, location))
        .collect()
}

fn calls(host: &mut Host<'_>, words: Vec<Argument>, span: Span) {
    let call = Call {
        words,
        location: host.location(span),
        directory: Directory::at(host.directory()),
        environment: Vec::new(),
    };
    host.call(&call, Form::Setting);
}
