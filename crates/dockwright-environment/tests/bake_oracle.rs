//! Bake files evaluated here and by `docker buildx bake --print`: both must say the same.
//!
//! Needs `DOCKWRIGHT_DOCKER`, the path of a `docker` with the buildx plugin. No engine is asked.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use dockwright_environment::bake::{
    self, BakeProject, BuildArgument, ContextKind, DEFAULT_FILES, Group, Target,
};
use dockwright_environment::compose::{self, Loader, Project, Source};
use dockwright_environment::tree::ReadError;
use dockwright_environment::{CallerVariables, DocumentId, TreePath, Value};
use dockwright_syntax::bake::{Document, Format, parse};
use dockwright_syntax::yaml::{self, YamlTree};
use serde_json::{Map, Value as Json, json};

#[test]
fn bake_prints_what_is_evaluated_here() {
    let Some(docker) = std::env::var_os("DOCKWRIGHT_DOCKER") else {
        assert!(
            std::env::var_os("DOCKWRIGHT_REQUIRE_ENGINE").is_none(),
            "DOCKWRIGHT_DOCKER is not set"
        );
        eprintln!("skipped: DOCKWRIGHT_DOCKER is not set");
        return;
    };
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bake");
    let mut directories: Vec<_> = std::fs::read_dir(fixtures)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    directories.sort();
    assert!(directories.len() >= 42, "fixtures are missing");
    let mut differences = Vec::new();
    for directory in directories {
        let files = files_of(&directory);
        let refused = directory.to_string_lossy().contains("refused");
        if let Err(difference) = compare(docker.as_ref(), &directory, &files, refused) {
            differences.push(format!("{}: {difference}", directory.display()));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

/// Compose files below a directory of the disk.
struct Files(PathBuf);

impl Loader for Files {
    fn file(&self, path: &TreePath) -> Result<Source, ReadError> {
        let text = std::fs::read_to_string(self.0.join(path.as_str()));
        let text = text.map_err(|_| ReadError::Missing)?;
        Ok(Source {
            document: DocumentId(1000),
            text: text.into(),
        })
    }

    fn yaml(&self, path: &TreePath) -> Result<(Source, Arc<YamlTree>), ReadError> {
        let source = self.file(path)?;
        let tree = Arc::new(yaml::parse(&source.text));
        Ok((source, tree))
    }
}

fn is_yaml(name: &Path) -> bool {
    name.extension()
        .is_some_and(|it| it == "yml" || it == "yaml")
}

fn services(directory: &Path, files: &[&PathBuf]) -> Project {
    let paths = files.iter().filter_map(|it| TreePath::new(it.to_str()?));
    let request = bake::compose_request(paths.collect(), &CallerVariables::default());
    compose::resolve(&request, &Files(directory.to_owned()))
}

/// The default files in bake's order.
fn files_of(directory: &Path) -> Vec<PathBuf> {
    let names = DEFAULT_FILES.iter().map(PathBuf::from);
    names.filter(|name| directory.join(name).exists()).collect()
}

/// Whether bake and the evaluation agree about the files; `Err` shows how they differ.
fn compare(
    docker: &Path,
    directory: &Path,
    files: &[PathBuf],
    refused: bool,
) -> Result<usize, String> {
    let (compose, files_of_bake): (Vec<_>, Vec<_>) = files.iter().partition(|name| is_yaml(name));
    let documents: Vec<Document> = files_of_bake
        .iter()
        .map(|name| read(&directory.join(name)))
        .collect();
    let numbered: Vec<_> = (0..).map(DocumentId).zip(&documents).collect();
    let services = (!compose.is_empty()).then(|| services(directory, &compose));
    let project = bake::evaluate_with(services.as_ref(), &numbered, &CallerVariables::default());
    let syntax = documents.iter().flat_map(|it| &it.problems);
    let mut problems: Vec<String> = syntax.map(|it| it.message.clone()).collect();
    problems.extend(project.problems.iter().map(|(_, message)| message.clone()));

    let targets = project.targets.iter().map(|it| it.name.as_str());
    let groups = project.groups.iter().map(|it| it.name.as_str());
    let names: Vec<&str> = targets
        .chain(groups)
        .filter(|it| *it != "default")
        .collect();
    let printed = match print(docker, directory, files, &names) {
        Ok(printed) => printed,
        Err(error) if problems.is_empty() => return Err(format!("bake refuses it: {error}")),
        Err(_) if refused => return Ok(0),
        Err(error) => return Err(format!("refused by bake ({error}) and here: {problems:?}")),
    };
    if refused {
        return Err("bake accepts it".to_owned());
    }
    if !problems.is_empty() {
        return Err(format!("bake accepts it, but here: {problems:?}"));
    }
    for target in &project.targets {
        if target.name != "default" {
            let printed = &printed["target"][&target.name];
            same(&target.name, printed, &target_json(target))?;
        }
    }
    for group in project.groups.iter().filter(|it| it.name != "default") {
        let printed = &printed["group"][&group.name]["targets"];
        same(&group.name, &sorted(printed), &members(group))?;
    }
    compare_default(docker, directory, files, &project)?;
    Ok(project.targets.len())
}

/// Bake adds what it is asked for to the group `default`, so that one is asked for alone.
fn compare_default(
    docker: &Path,
    directory: &Path,
    files: &[PathBuf],
    project: &BakeProject,
) -> Result<(), String> {
    let print = || print(docker, directory, files, &["default"]);
    if let Some(group) = project.groups.iter().find(|it| it.name == "default") {
        let printed = &print()?["group"]["default"]["targets"];
        return same("default", printed, &members(group));
    }
    if let Some(target) = project.target("default") {
        let printed = &print()?["target"]["default"];
        return same("default", printed, &target_json(target));
    }
    Ok(())
}

/// Sorted, because bake runs through a matrix in any order.
fn members(group: &Group) -> Json {
    let mut names: Vec<&str> = group.targets.iter().map(|it| it.text.as_str()).collect();
    names.sort_unstable();
    json!(names)
}

fn sorted(names: &Json) -> Json {
    let names = names.as_array().into_iter().flatten();
    let mut names: Vec<&str> = names.filter_map(Json::as_str).collect();
    names.sort_unstable();
    json!(names)
}

/// Stands for a text that only bake knows: the time.
const OPEN: &str = "\u{0}";

fn known(value: &Value) -> String {
    if value.variables.iter().any(|it| it.name.ends_with("()")) {
        return OPEN.to_owned();
    }
    escaped(&value.text)
}

fn plain(value: &Value) -> String {
    match known(value) {
        open if open == OPEN => open,
        _ => value.text.clone(),
    }
}

fn alike(printed: &Json, ours: &Json) -> bool {
    match (printed, ours) {
        (_, Json::String(text)) if text == OPEN => true,
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| alike(l, r))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|it| alike(value, it)))
        }
        _ => printed == ours,
    }
}

fn same(name: &str, printed: &Json, ours: &Json) -> Result<(), String> {
    if alike(printed, ours) {
        return Ok(());
    }
    let (Json::Object(left), Json::Object(right)) = (printed, ours) else {
        return Err(format!("`{name}`\n  bake: {printed}\n  here: {ours}"));
    };
    let keys = left.keys().chain(right.keys());
    let differs = keys.filter(|key| left.get(*key) != right.get(*key));
    let lines = differs.map(|key| {
        let show = |side: &Map<String, Json>| side.get(key).map(ToString::to_string);
        let (left, right) = (show(left), show(right));
        format!("\n  {key} in bake: {left:?}\n  {key} here: {right:?}")
    });
    Err(format!("`{name}`{}", lines.collect::<String>()))
}

fn read(path: &Path) -> Document {
    let source = std::fs::read_to_string(path).unwrap();
    let is_json = path.extension().is_some_and(|it| it == "json");
    parse(&source, if is_json { Format::Json } else { Format::Hcl })
}

fn print(
    docker: &Path,
    directory: &Path,
    files: &[PathBuf],
    names: &[&str],
) -> Result<Json, String> {
    let mut command = Command::new(docker);
    command.current_dir(directory).env_clear();
    for name in ["PATH", "HOME", "DOCKER_CONFIG", "DOCKER_HOST"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    // Bake wants to see an agent's socket before it prints a target that uses one.
    let agent = tempfile::tempdir().unwrap();
    let socket = agent.path().join("agent");
    let _listener = UnixListener::bind(&socket).unwrap();
    command.env("SSH_AUTH_SOCK", &socket);
    command.args(["buildx", "bake", "--progress=quiet"]);
    for file in files {
        command.arg("--file").arg(file);
    }
    let output = command.arg("--print").args(names).output().unwrap();
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(error.trim().lines().last().unwrap_or_default().to_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

/// A target as `--print` writes it.
fn target_json(target: &Target) -> Json {
    let mut json = Map::new();
    let mut put = |name: &str, value: Option<Json>| {
        if let Some(value) = value {
            json.insert(name.to_owned(), value);
        }
    };
    let text = |value: &Option<Value>| value.as_ref().map(|it| json!(it.text));
    let bool = |value: &Option<Value>| value.as_ref().map(|it| json!(it.text == "true"));
    let context = target.context.as_ref().map_or(".", |it| &it.text);
    // Bake prints paths from the directory it runs in, in their shortest form.
    let context = match ContextKind::of(context) {
        ContextKind::Path(path) => shortest(path),
        _ => context.to_owned(),
    };
    let dockerfile = target.dockerfile.as_ref();
    let dockerfile = dockerfile.map_or("Dockerfile", |it| &it.text);
    let contexts = target.contexts.iter();
    let contexts: Map<String, Json> = contexts
        .map(|it| (it.name.clone(), json!(it.value.text)))
        .collect();
    let inline = target.dockerfile_inline.as_ref();
    put("description", text(&target.description));
    put("annotations", texts(&target.annotations));
    put("attest", entries(&target.attest, attest));
    put("context", Some(json!(context)));
    put(
        "contexts",
        (!contexts.is_empty()).then(|| Json::Object(contexts)),
    );
    put("dockerfile", Some(json!(dockerfile)));
    put(
        "dockerfile-inline",
        inline.map(|it| json!(escaped(&it.text))),
    );
    put("args", arguments(&target.args));
    put("labels", arguments(&target.labels));
    put("tags", texts(&target.tags));
    put("cache-from", entries(&target.cache_from, cache));
    put("cache-to", entries(&target.cache_to, cache));
    put("target", text(&target.target));
    put("secret", entries(&target.secret, secret));
    put("ssh", entries(&target.ssh, ssh));
    put("platforms", texts(&target.platforms));
    put("output", entries(&target.output, output));
    put("pull", bool(&target.pull));
    put("no-cache", bool(&target.no_cache));
    put("network", text(&target.network));
    put("no-cache-filter", texts(&target.no_cache_filter));
    put("shm-size", text(&target.shm_size));
    put("ulimits", texts(&target.ulimits));
    put("call", text(&target.call));
    put("entitlements", texts(&target.entitlements));
    put("extra-hosts", arguments(&target.extra_hosts));
    Json::Object(json)
}

fn shortest(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    let joined = format!("{root}{}", parts.join("/"));
    if joined.is_empty() {
        return ".".to_owned();
    }
    joined
}

/// Text that `--print` writes so that bake reads it again.
fn escaped(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

fn texts(values: &[Value]) -> Option<Json> {
    let texts: Vec<_> = values.iter().map(plain).collect();
    (!texts.is_empty()).then(|| json!(texts))
}

fn arguments(arguments: &[BuildArgument]) -> Option<Json> {
    let entries = arguments.iter();
    let entries: Map<String, Json> = entries
        .map(|it| (it.name.clone(), json!(known(&it.value))))
        .collect();
    (!entries.is_empty()).then(|| Json::Object(entries))
}

fn entries(values: &[Value], entry: fn(&str) -> Json) -> Option<Json> {
    let entries: Vec<_> = values.iter().map(|it| entry(&it.text)).collect();
    (!entries.is_empty()).then(|| Json::Array(entries))
}

fn pairs(text: &str) -> Map<String, Json> {
    let mut pairs = Map::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (field, behind) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let end = quoted.find('"').unwrap();
                (&quoted[..end], quoted[end + 1..].trim_start_matches(','))
            }
            None => rest.split_once(',').unwrap_or((rest, "")),
        };
        let (key, value) = field.split_once('=').unwrap_or((field, ""));
        pairs.insert(key.to_lowercase(), json!(value));
        rest = behind;
    }
    pairs
}

fn cache(text: &str) -> Json {
    if text.contains('=') {
        return Json::Object(pairs(text));
    }
    json!({"type": "registry", "ref": text})
}

fn output(text: &str) -> Json {
    match text {
        "-" => json!({"type": "tar", "dest": "-"}),
        _ if !text.contains('=') => json!({"type": "local", "dest": text}),
        _ => Json::Object(pairs(text)),
    }
}

fn secret(text: &str) -> Json {
    let mut pairs = pairs(text);
    let kind = pairs.remove("type");
    if let Some(source) = pairs.remove("source") {
        pairs.insert("src".to_owned(), source);
    }
    if kind == Some(json!("env"))
        && !pairs.contains_key("env")
        && let Some(source) = pairs.remove("src")
    {
        pairs.insert("env".to_owned(), source);
    }
    Json::Object(pairs)
}

fn ssh(text: &str) -> Json {
    match text.split_once('=') {
        None => json!({"id": text}),
        Some((id, paths)) => json!({"id": id, "paths": paths.split(',').collect::<Vec<_>>()}),
    }
}

fn attest(text: &str) -> Json {
    let mut pairs = pairs(text);
    if let Some(disabled) = pairs.remove("disabled")
        && disabled == "true"
    {
        pairs.insert("disabled".to_owned(), json!(true));
    }
    Json::Object(pairs)
}
