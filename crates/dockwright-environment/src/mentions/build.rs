//! What `docker build` names.

use super::{Named, Names, PathRole};
use crate::Value;
use crate::define::is_remote;

pub(super) fn names(names: &mut Names<'_>) {
    let invocation = names.invocation;
    if !invocation.is_build() {
        return;
    }
    let [context] = invocation.operands.as_slice() else {
        return;
    };
    if is_remote(&context.text) {
        return;
    }
    names.path(context, PathRole::BuildContext);
    match invocation.value("file") {
        Some(file) if file.text != "-" => names.path(file, PathRole::Dockerfile),
        Some(_) => {}
        // Without `--file` it is `Dockerfile` in the context.
        None => default_dockerfile(names, context),
    }
    for value in invocation.values("build-context") {
        if let Some(path) = part(value, "").filter(|path| !is_remote(&path.text)) {
            names.path(&path, PathRole::BuildContext);
        }
    }
    for value in invocation.values("secret") {
        for key in ["src", "source"] {
            if let Some(path) = part(value, key) {
                names.path(&path, PathRole::Secret);
            }
        }
    }
    if let Some(target) = invocation.value("target") {
        let known = stages(names);
        let is_number = target.text.parse::<usize>().is_ok();
        names.name(target, Named::Stage, known.filter(|_| !is_number));
    }
}

/// `NAME=value`, or the value of a key in `a=b,c=d`.
fn part(value: &Value, key: &str) -> Option<Value> {
    let text = if key.is_empty() {
        value.text.split_once('=').map(|(_, text)| text)
    } else {
        let mut pairs = value
            .text
            .split(',')
            .filter_map(|pair| pair.split_once('='));
        pairs.find(|(own, _)| *own == key).map(|(_, text)| text)
    };
    Some(Value {
        text: text?.to_owned(),
        ..value.clone()
    })
}

fn default_dockerfile(names: &mut Names<'_>, context: &Value) {
    let is_there = names
        .environment
        .definitions
        .iter()
        .any(|definition| definition.location == names.invocation.location);
    let Some(text) = context.known().filter(|_| !is_there) else {
        return;
    };
    let mut file = context.clone();
    file.text = format!("{}/Dockerfile", text.trim_end_matches('/'));
    names.path(&file, PathRole::Dockerfile);
}

/// The stages of the Dockerfile that it builds.
fn stages(names: &Names<'_>) -> Option<Vec<String>> {
    let environment = names.environment;
    let mut definitions = environment.definitions.iter();
    let own = definitions.find(|definition| {
        definition.location == names.invocation.location && definition.target.is_some()
    })?;
    let dockerfile = environment.dockerfile(own.dockerfile_id()?)?;
    Some(dockerfile.tree.stage_names())
}
