//! Projects on disk, resolved here and by Compose itself, in one shape.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use dockwright_environment::compose::{
    self, Build, CommandLine, HealthcheckTest, Loader, Mount, MountKind, Node, Pair, Project,
    Request, Resource, Service, Source,
};
use dockwright_environment::tree::ReadError;
use dockwright_environment::{DocumentId, TreePath, Value};
use dockwright_syntax::yaml::{self, YamlTree};
use serde_json::{Map, Value as Json, json};

type Document = (Source, Arc<YamlTree>);

/// Files below a directory of the disk.
pub(crate) struct DiskLoader {
    root: PathBuf,
    documents: RefCell<HashMap<TreePath, Result<Document, ReadError>>>,
}

impl DiskLoader {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            documents: RefCell::default(),
        }
    }

    fn document(&self, path: &TreePath) -> Result<Document, ReadError> {
        let mut documents = self.documents.borrow_mut();
        let number = documents.len();
        let read = || {
            let file = self.root.join(path.as_str());
            if !file.exists() {
                return Err(ReadError::Missing);
            }
            let text = std::fs::read(&file).map_err(|_| ReadError::NotAFile)?;
            let text: Arc<str> = String::from_utf8_lossy(&text).into();
            let tree = Arc::new(yaml::parse(&text));
            let document = DocumentId(u32::try_from(number).unwrap());
            Ok((Source { document, text }, tree))
        };
        documents.entry(path.clone()).or_insert_with(read).clone()
    }

    /// The path and text of a document.
    #[allow(dead_code, reason = "not every test asks for it")]
    pub(crate) fn text(&self, document: DocumentId) -> (TreePath, Arc<str>) {
        let documents = self.documents.borrow();
        let found = documents.iter().find_map(|(path, read)| {
            let (source, _) = read.as_ref().ok()?;
            (source.document == document).then(|| (path.clone(), Arc::clone(&source.text)))
        });
        found.unwrap()
    }

    /// Whether a document that was read is not valid YAML.
    #[allow(dead_code, reason = "not every test asks for it")]
    pub(crate) fn has_yaml_problems(&self, project: &Project) -> bool {
        let documents = self.documents.borrow();
        documents.values().flatten().any(|(source, tree)| {
            project.files.contains(&source.document) && !tree.problems.is_empty()
        })
    }
}

impl Loader for DiskLoader {
    fn file(&self, path: &TreePath) -> Result<Source, ReadError> {
        self.document(path).map(|(source, _)| source)
    }

    fn yaml(&self, path: &TreePath) -> Result<Document, ReadError> {
        self.document(path)
    }
}

/// Resolves files below `root` here.
pub(crate) fn resolve(root: &Path, files: &[&str], loader: &DiskLoader) -> Project {
    let request = Request {
        files: files
            .iter()
            .map(|file| TreePath::new(file).unwrap())
            .collect(),
        root_name: root
            .file_name()
            .map(|name| name.to_string_lossy().into_owned()),
        default_name: None,
        ..Request::default()
    };
    compose::resolve(&request, loader)
}

/// What Compose makes of them, or why it refuses them. Nothing is set in its environment.
pub(crate) fn ask_compose(program: &str, root: &Path, files: &[&str]) -> Result<Json, String> {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("HOME", "/home/nobody")
        .current_dir(root);
    for file in files {
        command.arg("-f").arg(file);
    }
    let output = command
        .args(["--profile", "*", "config", "--format", "json"])
        .output()
        .unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    // What it prints can be read again by Compose, so each `$` is doubled.
    let text = String::from_utf8_lossy(&output.stdout).replace("$$", "$");
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// A project in the shape that Compose prints, as far as the typed model goes.
pub(crate) fn render(project: &Project, root: &Path) -> Json {
    let paths = Paths { root };
    let name = project.name.as_ref().map_or("", |name| &name.text);
    let services = project
        .services
        .iter()
        .map(|service| (service.name.text.to_string(), paths.service(service)));
    let mut out = json!({ "name": name, "services": Json::Object(services.collect()) });
    for (key, resources) in [
        ("volumes", &project.volumes),
        ("networks", &project.networks),
        ("secrets", &project.secrets),
        ("configs", &project.configs),
    ] {
        let resources = resources
            .iter()
            .map(|it| (it.name.text.to_string(), paths.resource(it, name)));
        out[key] = Json::Object(resources.collect());
    }
    out
}

struct Paths<'a> {
    root: &'a Path,
}

fn text(value: &Value) -> Json {
    json!(value.text)
}

fn texts(values: &[Value]) -> Json {
    values.iter().map(text).collect()
}

fn pairs<'a>(pairs: impl IntoIterator<Item = &'a Pair>, absent: &Json) -> Json {
    let pair = |pair: &'a Pair| {
        let value = pair.value.as_ref().map_or(absent.clone(), text);
        (pair.name.text.to_string(), value)
    };
    Json::Object(
        pairs
            .into_iter()
            .map(pair)
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect(),
    )
}

/// Only what is there.
struct Fields(Map<String, Json>);

impl Fields {
    fn put(&mut self, key: &str, value: Json) {
        let empty = match &value {
            Json::Null | Json::Bool(false) => true,
            Json::Array(items) => items.is_empty(),
            Json::Object(entries) => entries.is_empty(),
            _ => false,
        };
        if !empty {
            self.0.insert(key.to_owned(), value);
        }
    }

    fn text(&mut self, key: &str, value: Option<&Value>) {
        if let Some(value) = value.filter(|value| !value.text.is_empty()) {
            self.put(key, text(value));
        }
    }
}

impl Paths<'_> {
    fn absolute(&self, directory: &TreePath, path: &str) -> String {
        let path = match path.strip_prefix('~') {
            Some(rest) => format!("/home/nobody{rest}"),
            None => path.to_owned(),
        };
        if path.starts_with('/') || path.get(1..3) == Some(":\\") {
            return path;
        }
        let joined = format!("{}/{}/{path}", self.root.display(), directory.as_str());
        let mut parts = Vec::new();
        for part in joined.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        format!("/{}", parts.join("/"))
    }

    fn context(&self, directory: &TreePath, context: &str) -> String {
        let remote = [
            "https://",
            "http://",
            "git://",
            "ssh://",
            "github.com/",
            "git@",
            "service:",
        ];
        if context.contains("://") || remote.iter().any(|start| context.starts_with(start)) {
            return context.to_owned();
        }
        self.absolute(directory, context)
    }

    fn service(&self, service: &Service) -> Json {
        let mut out = Fields(Map::new());
        out.text("image", service.image.as_ref());
        if let Some(build) = &service.build {
            out.put("build", self.build(build));
        }
        let environment = service.effective_environment();
        let set = environment
            .into_iter()
            .filter(|entry| entry.value.is_some() || service.environment.contains(entry));
        out.put("environment", pairs(set, &Json::Null));
        out.put("labels", pairs(&service.labels, &json!("")));
        out.put("ports", ports(service));
        out.put(
            "volumes",
            service
                .volumes
                .iter()
                .map(|mount| self.mount(mount))
                .collect(),
        );
        out.put(
            "command",
            service.command.as_ref().map_or(Json::Null, command),
        );
        out.put(
            "entrypoint",
            service.entrypoint.as_ref().map_or(Json::Null, command),
        );
        out.text("user", service.user.as_ref());
        out.text("working_dir", service.working_dir.as_ref());
        out.text("restart", service.restart.as_ref());
        out.text("platform", service.platform.as_ref());
        out.text("container_name", service.container_name.as_ref());
        out.text("network_mode", service.network_mode.as_ref());
        let policy = service.pull_policy.as_ref().map(|policy| Value {
            text: policy.text.replace("if_not_present", "missing"),
            ..policy.clone()
        });
        out.text("pull_policy", policy.as_ref());
        out.put("profiles", texts(&service.profiles));
        out.put("expose", texts(&service.expose));
        out.put("tmpfs", texts(&service.tmpfs));
        out.put("privileged", json!(service.privileged.is_some()));
        out.put("depends_on", dependencies(service));
        let mut networks: Vec<&str> = service.networks.iter().map(|name| &*name.text).collect();
        if networks.is_empty()
            && service.network_mode.is_none()
            && service.node.get("provider").is_none()
        {
            networks.push("default");
        }
        networks.sort_unstable();
        out.put("networks", json!(networks));
        let test = service
            .healthcheck
            .as_ref()
            .and_then(|check| check.test.as_ref());
        out.put("healthcheck", test.map_or(Json::Null, health));
        for (key, mounts, directory) in [
            ("secrets", &service.secrets, "/run/secrets/"),
            ("configs", &service.configs, ""),
        ] {
            let mount = |mount: &compose::FileMount| {
                let default =
                    (!directory.is_empty()).then(|| format!("{directory}{}", mount.source.text));
                let target = mount
                    .target
                    .as_ref()
                    .map(|target| target.text.clone())
                    .or(default);
                json!([mount.source.text, target])
            };
            out.put(key, mounts.iter().map(mount).collect());
        }
        let watch = service.watch.iter().map(|rule| {
            json!([
                self.absolute(&rule.directory, &rule.path.text),
                rule.action.as_ref().map(text),
                rule.target.as_ref().map(text),
                texts(&rule.ignore)
            ])
        });
        out.put("develop", watch.collect());
        Json::Object(out.0)
    }

    fn build(&self, build: &Build) -> Json {
        let mut out = Fields(Map::new());
        let context = build.context.as_ref().map_or(".", |context| &context.text);
        out.put(
            "context",
            json!(self.context(&build.context_directory, context)),
        );
        match (&build.dockerfile_inline, &build.dockerfile) {
            (Some((inline, _)), _) => out.put("dockerfile_inline", json!(inline.value)),
            (None, Some(dockerfile)) => out.text("dockerfile", Some(dockerfile)),
            (None, None) => out.put("dockerfile", json!("Dockerfile")),
        }
        // Arguments without a value are left out when nothing sets them.
        out.put(
            "args",
            pairs(
                build.args.iter().filter(|pair| pair.value.is_some()),
                &Json::Null,
            ),
        );
        out.put("labels", pairs(&build.labels, &json!("")));
        let contexts = build.additional_contexts.iter().map(|context| {
            let value = self.context(&context.directory, &context.value.text);
            (context.name.text.to_string(), json!(value))
        });
        out.put("additional_contexts", Json::Object(contexts.collect()));
        out.text("target", build.target.as_ref());
        out.text("network", build.network.as_ref());
        out.put(
            "no_cache",
            json!(build.no_cache.as_ref().is_some_and(|it| it.text == "true")),
        );
        out.put(
            "pull",
            json!(build.pull.as_ref().is_some_and(|it| it.text == "true")),
        );
        out.put("tags", texts(&build.tags));
        out.put("platforms", texts(&build.platforms));
        out.put("cache_from", texts(&build.cache_from));
        out.put("cache_to", texts(&build.cache_to));
        let secret = |secret: &compose::FileMount| {
            json!([secret.source.text, secret.target.as_ref().map(text)])
        };
        out.put("secrets", build.secrets.iter().map(secret).collect());
        Json::Object(out.0)
    }

    fn mount(&self, mount: &Mount) -> Json {
        let kind = match mount.kind {
            MountKind::Bind => "bind",
            MountKind::Volume => "volume",
            MountKind::Tmpfs => "tmpfs",
            MountKind::Image => "image",
            MountKind::NamedPipe => "npipe",
            MountKind::Cluster => "cluster",
        };
        let source = mount.source.as_ref().map(|source| match mount.kind {
            MountKind::Bind => self.absolute(&mount.directory, &source.text),
            _ => source.text.clone(),
        });
        let option =
            |group: &str, key: &str| mount.node.get(group)?.get(key)?.text().map(str::to_owned);
        json!([
            kind,
            source.filter(|source| !source.is_empty()),
            mount.target.as_ref().map(text),
            mount.read_only,
            option("bind", "selinux"),
            option("bind", "propagation"),
            option("volume", "subpath")
        ])
    }

    fn resource(&self, resource: &Resource, project: &str) -> Json {
        let name = match &resource.real_name {
            Some(name) if name.text.is_empty() => return json!([null, resource.external, null]),
            Some(name) => name.text.clone(),
            None if resource.external => resource.name.text.to_string(),
            None => format!("{project}_{}", resource.name.text),
        };
        let file = resource
            .file
            .as_ref()
            .map(|file| self.absolute(&resource.directory, &file.text));
        json!([name, resource.external, file])
    }
}

fn ports(service: &Service) -> Json {
    let port = |port: &compose::Port| {
        json!([
            port.host_ip.as_ref().map(text),
            port.published.as_ref().map(text),
            port.target.text.parse::<u64>().ok(),
            port.protocol
        ])
    };
    service.ports.iter().map(port).collect()
}

fn command(command: &CommandLine) -> Json {
    // An empty command is no empty field.
    json!([texts(&command.words)])
}

fn health(test: &HealthcheckTest) -> Json {
    match test {
        HealthcheckTest::None(_) => json!(["NONE"]),
        HealthcheckTest::Shell(command) => json!(["CMD-SHELL", command.text]),
        HealthcheckTest::Exec(words) => {
            let words = words.iter().map(text);
            std::iter::once(json!("CMD")).chain(words).collect()
        }
    }
}

/// Those written, and those that follow from sharing something.
fn dependencies(service: &Service) -> Json {
    let mut all: BTreeMap<String, Json> = BTreeMap::new();
    for dependency in &service.depends_on {
        let value = json!([dependency.condition, dependency.required]);
        all.insert(dependency.name.text.to_string(), value);
    }
    let mut implied: Vec<String> = Vec::new();
    for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        let shared = service
            .node
            .get(key)
            .and_then(Node::text)
            .and_then(|it| it.strip_prefix("service:"));
        implied.extend(shared.map(str::to_owned));
    }
    for key in ["links", "volumes_from"] {
        for item in service.node.get(key).map_or(&[][..], Node::items) {
            let name = item.text().unwrap().split(':').next().unwrap();
            if name != "container" {
                implied.push(name.to_owned());
            }
        }
    }
    for name in implied {
        all.entry(name).or_insert(json!(["service_started", true]));
    }
    Json::Object(all.into_iter().collect())
}

/// What Compose printed, in the same shape.
pub(crate) fn project_json(printed: &Json) -> Json {
    let object = |json: &Json| json.as_object().cloned().unwrap_or_default();
    let services = object(&printed["services"]);
    let services = services
        .iter()
        .map(|(name, service)| (name.clone(), service_json(service)));
    let mut out = json!({ "name": printed["name"], "services": Json::Object(services.collect()) });
    for key in ["volumes", "networks", "secrets", "configs"] {
        let resources = object(&printed[key]);
        let resources = resources.iter().map(|(name, it)| {
            let external = it["external"].as_bool().unwrap_or(false);
            (name.clone(), json!([it["name"], external, it["file"]]))
        });
        out[key] = Json::Object(resources.collect());
    }
    out
}

fn service_json(service: &Json) -> Json {
    let mut out = Fields(Map::new());
    for key in [
        "image",
        "environment",
        "labels",
        "user",
        "working_dir",
        "restart",
        "platform",
        "container_name",
        "network_mode",
        "pull_policy",
        "profiles",
        "expose",
        "tmpfs",
        "privileged",
    ] {
        out.put(key, service[key].clone());
    }
    for key in ["command", "entrypoint"] {
        let words = &service[key];
        out.put(
            key,
            if words.is_null() {
                Json::Null
            } else {
                json!([words])
            },
        );
    }
    let list = |json: &Json| json.as_array().cloned().unwrap_or_default();
    let keys = |json: &Json| {
        let mut keys: Vec<String> = json
            .as_object()
            .map_or(Vec::new(), |map| map.keys().cloned().collect());
        keys.sort_unstable();
        keys
    };
    out.put("networks", json!(keys(&service["networks"])));
    out.put("healthcheck", service["healthcheck"]["test"].clone());
    let port = |port: &Json| {
        json!([
            port["host_ip"],
            port["published"],
            port["target"],
            port.get("protocol").cloned().unwrap_or(json!("tcp"))
        ])
    };
    out.put("ports", list(&service["ports"]).iter().map(port).collect());
    let mount = |mount: &Json| {
        json!([
            mount["type"],
            mount["source"],
            mount["target"],
            mount["read_only"].as_bool().unwrap_or(false),
            mount["bind"]["selinux"],
            mount["bind"]["propagation"],
            mount["volume"]["subpath"]
        ])
    };
    out.put(
        "volumes",
        list(&service["volumes"]).iter().map(mount).collect(),
    );
    for key in ["secrets", "configs"] {
        let mounts = list(&service[key]);
        out.put(
            key,
            mounts
                .iter()
                .map(|it| json!([it["source"], it["target"]]))
                .collect(),
        );
    }
    let depends = service["depends_on"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let depends: BTreeMap<_, _> = depends.into_iter().collect();
    let depends = depends.into_iter().map(|(name, it)| {
        (
            name,
            json!([it["condition"], it["required"].as_bool().unwrap_or(false)]),
        )
    });
    out.put("depends_on", Json::Object(depends.collect()));
    let watch = list(&service["develop"]["watch"]);
    let watch = watch
        .iter()
        .map(|it| json!([it["path"], it["action"], it["target"], list(&it["ignore"])]));
    out.put("develop", watch.collect());
    if service["build"].is_object() {
        let build = &service["build"];
        let mut fields = Fields(Map::new());
        for key in [
            "context",
            "dockerfile",
            "dockerfile_inline",
            "args",
            "labels",
            "additional_contexts",
            "target",
            "network",
            "no_cache",
            "pull",
            "tags",
            "platforms",
            "cache_from",
            "cache_to",
        ] {
            fields.put(key, build[key].clone());
        }
        let secrets = list(&build["secrets"]);
        fields.put(
            "secrets",
            secrets
                .iter()
                .map(|it| json!([it["source"], it["target"]]))
                .collect(),
        );
        out.put("build", Json::Object(fields.0));
    }
    Json::Object(out.0)
}

/// Compose leaves out what no service uses, and declares the default network by using it.
pub(crate) fn keep_used(ours: &mut Json, printed: &Json) {
    if let Some(default) = printed["networks"].get("default")
        && ours["networks"].get("default").is_none()
    {
        ours["networks"]["default"] = default.clone();
    }
    for key in ["volumes", "networks", "secrets", "configs"] {
        if let Some(resources) = ours[key].as_object_mut() {
            resources.retain(|name, _| printed[key].get(name).is_some());
        }
    }
}

/// Where two trees differ, one line each.
pub(crate) fn differences(ours: &Json, theirs: &Json) -> Vec<String> {
    let mut out = Vec::new();
    differ("", ours, theirs, &mut out);
    out
}

fn differ(path: &str, ours: &Json, theirs: &Json, out: &mut Vec<String>) {
    match (ours, theirs) {
        (Json::Object(a), Json::Object(b)) => {
            let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let (a, b) = (
                    a.get(key).unwrap_or(&Json::Null),
                    b.get(key).unwrap_or(&Json::Null),
                );
                differ(&format!("{path}/{key}"), a, b, out);
            }
        }
        _ if ours == theirs => {}
        _ => out.push(format!("{path}: ours {ours}, Compose's {theirs}")),
    }
}
