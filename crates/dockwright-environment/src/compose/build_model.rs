//! From the merged tree to the typed project.

use std::collections::HashMap;

use crate::{Location, TreePath, Value};

use super::command;
use super::extends::outside;
use super::load::Resolver;
use super::merge;
use super::model::{
    AdditionalContext, Build, CommandForm, CommandLine, Dependency, EnvFile, FileMount,
    Healthcheck, HealthcheckTest, Mount, MountKind, Pair, Port, Project, Resource, Service, Watch,
};
use super::node::{Entry, Name, Node};
use super::problem::Problem;
use super::variables::Variables;

/// Makes the project from the merged tree.
pub(super) fn project(
    node: Option<Node>,
    name: Option<Value>,
    directory: TreePath,
    variables: &Variables,
    resolver: &mut Resolver<'_>,
) -> Project {
    let section = |key: &str| {
        node.as_ref()
            .and_then(|node| node.get(key))
            .map_or(&[][..], Node::entries)
    };
    let resources = |key: &str| section(key).iter().map(resource).collect();
    let services = section("services")
        .iter()
        .filter(|entry| entry.value.mapping().is_some())
        .map(|entry| service(entry, variables, resolver))
        .collect();
    Project {
        name,
        asked_for: Vec::new(),
        files: Vec::new(),
        directory,
        services,
        volumes: resources("volumes"),
        networks: resources("networks"),
        configs: resources("configs"),
        secrets: resources("secrets"),
        models: resources("models"),
        problems: Vec::new(),
        node,
    }
}

fn value(node: &Node, key: &str) -> Option<Value> {
    node.get(key)?.value().cloned()
}

fn values(node: &Node, key: &str) -> Vec<Value> {
    let Some(node) = node.get(key) else {
        return Vec::new();
    };
    match node.value() {
        Some(value) => vec![value.clone()],
        None => node
            .items()
            .iter()
            .filter_map(Node::value)
            .cloned()
            .collect(),
    }
}

fn each<T>(node: &Node, key: &str, make: impl Fn(&Node) -> Option<T>) -> Vec<T> {
    let items = node.get(key).map_or(&[][..], Node::items);
    items.iter().filter_map(make).collect()
}

fn whole(name: &Name, node: &Node) -> Location {
    if name.location.document == node.location.document {
        let span = name.location.span.to(node.location.span);
        Location::new(name.location.document, span)
    } else {
        node.location
    }
}

/// `KEY: VALUE` or `KEY=VALUE`.
fn pairs(node: &Node, key: &str) -> Vec<Pair> {
    let Some(node) = node.get(key) else {
        return Vec::new();
    };
    let node = merge::pairs(node.clone());
    let pair = |entry: &Entry| Pair {
        name: entry.key.clone(),
        value: entry.value.value().cloned(),
        location: whole(&entry.key, &entry.value),
    };
    node.entries().iter().map(pair).collect()
}

fn service(entry: &Entry, variables: &Variables, resolver: &mut Resolver<'_>) -> Service {
    let node = &entry.value;
    let mut environment = pairs(node, "environment");
    from_variables(&mut environment, variables);
    Service {
        name: entry.key.clone(),
        image: value(node, "image"),
        build: node
            .get("build")
            .filter(|build| build.mapping().is_some())
            .map(|build| self::build(build, variables)),
        extends: resolver.extends.get(&entry.key.text).cloned(),
        profiles: values(node, "profiles"),
        env_files: env_files(node, &environment, variables, resolver),
        environment,
        volumes: each(node, "volumes", mount),
        tmpfs: values(node, "tmpfs"),
        ports: each(node, "ports", port),
        expose: values(node, "expose"),
        entrypoint: command_line(node, "entrypoint", resolver),
        command: command_line(node, "command", resolver),
        user: value(node, "user"),
        working_dir: value(node, "working_dir"),
        healthcheck: node.get("healthcheck").and_then(healthcheck),
        depends_on: node
            .get("depends_on")
            .map_or(&[][..], Node::entries)
            .iter()
            .map(dependency)
            .collect(),
        restart: value(node, "restart"),
        pull_policy: value(node, "pull_policy"),
        platform: value(node, "platform"),
        container_name: value(node, "container_name"),
        network_mode: value(node, "network_mode"),
        networks: node
            .get("networks")
            .map_or(&[][..], Node::entries)
            .iter()
            .map(|entry| entry.key.clone())
            .collect(),
        privileged: node
            .get("privileged")
            .filter(|privileged| privileged.is_true())
            .and_then(Node::value)
            .cloned(),
        labels: pairs(node, "labels"),
        configs: each(node, "configs", file_mount),
        secrets: each(node, "secrets", file_mount),
        // `x-develop` is the old name.
        watch: node
            .get("develop")
            .or_else(|| node.get("x-develop"))
            .map_or(Vec::new(), |develop| each(develop, "watch", watch)),
        node: node.clone(),
    }
}

/// A name without a value has that of the project's variables, if they have one.
fn from_variables(pairs: &mut [Pair], variables: &Variables) {
    for pair in pairs.iter_mut().filter(|pair| pair.value.is_none()) {
        if let Some((text, source)) = variables.get(&pair.name.text) {
            pair.value = Some(Value {
                text: text.to_owned(),
                location: pair.name.location,
                variables: vec![crate::Variable {
                    name: pair.name.text.to_string(),
                    value: Some(text.to_owned()),
                    source,
                }],
            });
        }
    }
}

fn build(node: &Node, variables: &Variables) -> Build {
    let mut args = pairs(node, "args");
    from_variables(&mut args, variables);
    let context = node.get("context");
    let inline = node.get("dockerfile_inline").and_then(Node::scalar);
    Build {
        location: node.location,
        context: context.and_then(Node::value).cloned(),
        context_directory: context.unwrap_or(node).directory.clone(),
        dockerfile: value(node, "dockerfile"),
        dockerfile_inline: inline.map(|scalar| (scalar.traced(), scalar.value.location)),
        target: value(node, "target"),
        args,
        additional_contexts: node
            .get("additional_contexts")
            .map_or(&[][..], Node::entries)
            .iter()
            .filter_map(|entry| {
                Some(AdditionalContext {
                    name: entry.key.clone(),
                    value: entry.value.value()?.clone(),
                    directory: entry.value.directory.clone(),
                })
            })
            .collect(),
        tags: values(node, "tags"),
        platforms: values(node, "platforms"),
        secrets: each(node, "secrets", file_mount),
        ssh: pairs(node, "ssh"),
        cache_from: values(node, "cache_from"),
        cache_to: values(node, "cache_to"),
        no_cache: value(node, "no_cache"),
        pull: value(node, "pull"),
        network: value(node, "network"),
        labels: pairs(node, "labels"),
        node: node.clone(),
    }
}

fn env_files(
    node: &Node,
    environment: &[Pair],
    variables: &Variables,
    resolver: &mut Resolver<'_>,
) -> Vec<EnvFile> {
    let set: HashMap<&str, &str> = environment
        .iter()
        .filter_map(|pair| Some((&*pair.name.text, pair.value.as_ref()?.text.as_str())))
        .collect();
    let mut files = Vec::new();
    for item in node.get("env_file").map_or(&[][..], Node::items) {
        let Some(path_node) = item.get("path") else {
            continue;
        };
        let Some(path) = path_node.value().cloned() else {
            continue;
        };
        let required = item.get("required").is_none_or(Node::is_true);
        let raw = item.get("format").and_then(Node::text) == Some("raw");
        let lookup = |name: &str| {
            let outside = variables.get(name).map(|(value, _)| value);
            outside
                .or_else(|| set.get(name).copied())
                .map(str::to_owned)
        };
        let variables = match path_node.directory.join(&path.text) {
            None => {
                resolver.problems.push(outside(path_node, &path.text));
                None
            }
            Some(_) if !path.is_known() => None,
            Some(file) => match resolver.service_environment(&file, raw, &lookup) {
                Ok(variables) => Some(variables),
                Err(error) => {
                    if required {
                        resolver.unreadable(&file, &error, path.location);
                    }
                    None
                }
            },
        };
        files.push(EnvFile {
            path,
            directory: path_node.directory.clone(),
            required,
            variables,
        });
    }
    files
}

fn mount(node: &Node) -> Option<Mount> {
    let kind = match node.get("type")?.text()? {
        "bind" => MountKind::Bind,
        "volume" => MountKind::Volume,
        "tmpfs" => MountKind::Tmpfs,
        "image" => MountKind::Image,
        "npipe" => MountKind::NamedPipe,
        "cluster" => MountKind::Cluster,
        _ => return None,
    };
    Some(Mount {
        location: node.location,
        kind,
        source: value(node, "source"),
        directory: node.get("source").unwrap_or(node).directory.clone(),
        target: value(node, "target"),
        read_only: node.get("read_only").is_some_and(Node::is_true),
        node: node.clone(),
    })
}

fn port(node: &Node) -> Option<Port> {
    Some(Port {
        location: node.location,
        host_ip: value(node, "host_ip"),
        published: value(node, "published"),
        target: value(node, "target")?,
        protocol: node
            .get("protocol")
            .and_then(Node::text)
            .unwrap_or("tcp")
            .to_owned(),
    })
}

fn command_line(node: &Node, key: &str, resolver: &mut Resolver<'_>) -> Option<CommandLine> {
    let node = node.get(key).filter(|node| !node.is_null())?;
    let Some(scalar) = node.scalar() else {
        return Some(CommandLine {
            location: node.location,
            form: CommandForm::List,
            words: node
                .items()
                .iter()
                .filter_map(Node::value)
                .cloned()
                .collect(),
        });
    };
    let words = match command::split(&scalar.value.text) {
        Ok(words) => words,
        Err(message) => {
            resolver
                .problems
                .push(Problem::invalid(&scalar.value, message));
            Vec::new()
        }
    };
    let word = |(text, range): command::Word| Value {
        text,
        ..scalar.slice(range).value
    };
    Some(CommandLine {
        location: node.location,
        form: CommandForm::Text(scalar.value.clone()),
        words: words.into_iter().map(word).collect(),
    })
}

fn healthcheck(node: &Node) -> Option<Healthcheck> {
    node.mapping()?;
    let test = node.get("test").filter(|test| !test.is_null());
    let test = test.and_then(|test| {
        if let Some(command) = test.value() {
            Some(HealthcheckTest::Shell(command.clone()))
        } else {
            let words: Vec<Value> = test
                .items()
                .iter()
                .filter_map(Node::value)
                .cloned()
                .collect();
            let (first, rest) = words.split_first()?;
            match first.text.as_str() {
                "NONE" => Some(HealthcheckTest::None(first.location)),
                "CMD-SHELL" => rest.first().cloned().map(HealthcheckTest::Shell),
                "CMD" => Some(HealthcheckTest::Exec(rest.to_vec())),
                _ => None,
            }
        }
    });
    Some(Healthcheck {
        location: node.location,
        test,
        disable: node.get("disable").is_some_and(Node::is_true),
        node: node.clone(),
    })
}

fn dependency(entry: &Entry) -> Dependency {
    let text = |key| entry.value.get(key).and_then(Node::text);
    let condition = entry.value.get("condition").and_then(Node::value);
    Dependency {
        name: entry.key.clone(),
        is_known: condition.is_none_or(Value::is_known),
        condition: text("condition").unwrap_or("service_started").to_owned(),
        required: entry.value.get("required").is_none_or(Node::is_true),
    }
}

fn file_mount(node: &Node) -> Option<FileMount> {
    Some(FileMount {
        location: node.location,
        source: value(node, "source")?,
        target: value(node, "target"),
    })
}

fn watch(node: &Node) -> Option<Watch> {
    let path = node.get("path")?;
    Some(Watch {
        location: node.location,
        path: path.value()?.clone(),
        directory: path.directory.clone(),
        action: value(node, "action"),
        target: value(node, "target"),
        ignore: values(node, "ignore"),
    })
}

fn resource(entry: &Entry) -> Resource {
    let node = &entry.value;
    let file = node.get("file");
    Resource {
        name: entry.key.clone(),
        external: node.get("external").is_some_and(Node::is_true),
        real_name: value(node, "name"),
        file: file.and_then(Node::value).cloned(),
        directory: file.unwrap_or(node).directory.clone(),
        node: node.clone(),
    }
}
