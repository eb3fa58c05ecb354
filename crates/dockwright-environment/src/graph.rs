//! The environment as nodes and edges, for drawing.

use std::collections::{HashMap, HashSet};

use dockwright_syntax::Span;

use crate::build::{Base, Build};
use crate::definition::{BuildDefinition, DockerfileId, Origin, Tag};
use crate::image_use::Producer;
use crate::{Environment, Location, Value};

/// What makes and uses which image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// The nodes, in a stable order.
    pub nodes: Vec<Node>,
    /// The edges, in a stable order.
    pub edges: Vec<Edge>,
}

/// A node of the [`Graph`].
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name in machine formats, unique in the graph, such as `image:onemount-base:latest`.
    pub id: String,
    /// What it stands for.
    pub kind: NodeKind,
    /// What people read.
    pub label: String,
    /// A second, quieter line: a path, a stage, a tag.
    pub detail: Option<String>,
    /// The group it is drawn in: a directory, a Compose project.
    pub cluster: Option<String>,
    /// Where it is said.
    pub location: Option<Location>,
}

/// What a [`Node`] stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeKind {
    /// An image that this repository builds: a Dockerfile's target stage under its names.
    Image,
    /// A stage that no build definition asks for by name.
    Stage,
    /// An image from elsewhere.
    ExternalImage,
    /// An image that should be built here, but that nothing builds.
    MissingImage,
    /// A Compose service.
    Service,
    /// A bake target.
    BakeTarget,
    /// A bake group.
    BakeGroup,
    /// A file that says to type `docker build`.
    Command,
}

/// An edge of the [`Graph`]: `from` needs `to`.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// Index of the node that needs.
    pub from: usize,
    /// Index of the node that is needed.
    pub to: usize,
    /// How it is needed.
    pub kind: EdgeKind,
    /// Where it is said.
    pub location: Option<Location>,
}

/// What an [`Edge`] means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// `FROM`
    Base,
    /// `COPY --from` or `RUN --mount=from`
    CopyFrom,
    /// A service runs the image.
    Runs,
    /// A service or bake target builds the image.
    Builds,
    /// A bake group contains a target or group.
    Contains,
    /// A service starts after another (`depends_on`).
    DependsOn,
}

impl Graph {
    /// Draws an environment: images, who builds them and who uses them.
    pub fn of(environment: &Environment) -> Self {
        let mut drawing = Drawing {
            environment,
            graph: Self::default(),
            by_id: HashMap::new(),
            seen: HashSet::new(),
            images: HashMap::new(),
            producers: HashMap::new(),
        };
        for image_use in &environment.uses {
            let key = (image_use.value.location, image_use.value.text.as_str());
            drawing.producers.entry(key).or_insert(&image_use.producer);
        }
        drawing.definitions();
        drawing.bases();
        drawing.services();
        drawing.groups();
        drawing.graph
    }
}

struct Drawing<'a> {
    environment: &'a Environment,
    graph: Graph,
    by_id: HashMap<String, usize>,
    seen: HashSet<(usize, usize, EdgeKind)>,
    /// The image of a Dockerfile's stage, and whether the stage is asked for by name: thousands of
    /// definitions may share one.
    images: HashMap<(DockerfileId, Option<usize>, bool), usize>,
    /// Who makes the image that is named at a place.
    producers: HashMap<(Location, &'a str), &'a Producer>,
}

impl Drawing<'_> {
    fn node(&mut self, node: Node) -> usize {
        if let Some(index) = self.by_id.get(&node.id) {
            return *index;
        }
        let index = self.graph.nodes.len();
        self.by_id.insert(node.id.clone(), index);
        self.graph.nodes.push(node);
        index
    }

    fn edge(&mut self, from: usize, to: usize, kind: EdgeKind, location: Option<Location>) {
        if from != to && self.seen.insert((from, to, kind)) {
            self.graph.edges.push(Edge {
                from,
                to,
                kind,
                location,
            });
        }
    }

    /// An image is what one Dockerfile's stage becomes in one context: definitions that agree on
    /// both are one node.
    fn image(&mut self, definition: &BuildDefinition) -> Option<usize> {
        let build = self.environment.build(definition.id)?;
        let key = (build.dockerfile, build.target, definition.target.is_some());
        if let Some(image) = self.images.get(&key) {
            return Some(*image);
        }
        let dockerfile = self.environment.dockerfile(build.dockerfile)?;
        let document = self.environment.documents.get(dockerfile.document);
        let stage = build
            .target
            .and_then(|target| dockerfile.tree.stages.get(target));
        let named = stage
            .and_then(|stage| stage.name.as_ref())
            .filter(|_| definition.target.is_some());
        let target = named.map_or(String::new(), |name| format!(":{}", name.value));
        let mut tags: Vec<String> = Vec::new();
        for other in self.environment.definitions_of(build.dockerfile) {
            let same = self
                .environment
                .build(other.id)
                .is_some_and(|other| other.target == build.target);
            if same {
                tags.extend(other.tags.iter().filter_map(tag_label));
            }
        }
        tags.sort_unstable();
        tags.dedup();
        let label = match tags.split_first() {
            Some((first, [])) => first.clone(),
            Some((first, rest)) => format!("{first} (+{})", rest.len()),
            None => definition.name.clone(),
        };
        let image = self.node(Node {
            id: format!(
                "image:{}{}{target}",
                document.path,
                document
                    .embedded
                    .as_ref()
                    .map_or(String::new(), |_| format!("#{}", document.id.0))
            ),
            kind: NodeKind::Image,
            label,
            detail: Some(format!("{}{target}", document.path)),
            cluster: document
                .path
                .parent()
                .filter(|parent| !parent.is_root())
                .map(|parent| parent.to_string()),
            location: Some(Location::new(
                dockerfile.document,
                stage.map_or(Span::default(), |stage| {
                    dockerfile
                        .tree
                        .instructions
                        .get(stage.from_index())
                        .map(|from| from.span)
                        .unwrap_or_default()
                }),
            )),
        });
        self.images.insert(key, image);
        Some(image)
    }

    fn definitions(&mut self) {
        for definition in &self.environment.definitions {
            let image = self.image(definition);
            let (kind, prefix, cluster) = match definition.origin {
                Origin::Service { project, .. } => (
                    NodeKind::Service,
                    "service",
                    project_name(self.environment, project),
                ),
                Origin::BakeTarget { project, .. } => (
                    NodeKind::BakeTarget,
                    "target",
                    bake_name(self.environment, project),
                ),
                Origin::Command => {
                    self.command(definition, image);
                    continue;
                }
                Origin::Dockerfile => continue,
            };
            let builder = self.node(Node {
                id: format!(
                    "{prefix}:{}:{}",
                    cluster.as_deref().unwrap_or_default(),
                    definition.name
                ),
                kind,
                label: definition.name.clone(),
                detail: None,
                cluster,
                location: Some(definition.location),
            });
            if let Some(image) = image {
                self.edge(builder, image, EdgeKind::Builds, Some(definition.location));
            }
        }
    }

    /// The commands of one file are one node.
    fn command(&mut self, definition: &BuildDefinition, image: Option<usize>) {
        let path = &self
            .environment
            .documents
            .get(definition.location.document)
            .path;
        let node = Node {
            id: format!("command:{path}"),
            kind: NodeKind::Command,
            label: path.to_string(),
            detail: None,
            cluster: None,
            location: Some(definition.location),
        };
        let from = self.node(node);
        if let Some(image) = image {
            self.edge(from, image, EdgeKind::Builds, Some(definition.location));
        }
    }

    fn bases(&mut self) {
        for definition in &self.environment.definitions {
            let Some(image) = self.image(definition) else {
                continue;
            };
            let Some(build) = self.environment.build(definition.id) else {
                continue;
            };
            for stage in reachable(build) {
                let Some(stage) = build.stages.get(stage) else {
                    continue;
                };
                self.need(image, &stage.base, &stage.base_value, EdgeKind::Base);
                for source in &stage.sources {
                    self.need(image, &source.base, &source.name, EdgeKind::CopyFrom);
                }
            }
        }
    }

    fn need(&mut self, image: usize, base: &Base, value: &Value, kind: EdgeKind) {
        let to = match base {
            Base::Scratch | Base::Stage(_) => return,
            Base::Definition(stage) => {
                let definition = self.environment.definition(stage.definition);
                definition.and_then(|definition| self.image(definition))
            }
            Base::External(_) | Base::Unknown => self.named_image(value),
        };
        if let Some(to) = to {
            self.edge(image, to, kind, Some(value.location));
        }
    }

    /// The node of an image that is needed by name.
    fn named_image(&mut self, value: &Value) -> Option<usize> {
        let producer = self.producers.get(&(value.location, value.text.as_str()));
        let producer = producer.copied().unwrap_or(&Producer::Elsewhere);
        if let Some(definition) = producer
            .single()
            .and_then(|id| self.environment.definition(id))
        {
            return self.image(definition);
        }
        let kind = match producer {
            Producer::Definitions(ids) | Producer::OtherTag(ids) | Producer::Undeclared(ids) => {
                let first = ids
                    .first()
                    .and_then(|id| self.environment.definition(*id))?;
                return self.image(first);
            }
            Producer::Nobody => NodeKind::MissingImage,
            Producer::Elsewhere => NodeKind::ExternalImage,
            Producer::Unknown => return None,
        };
        if value.text.is_empty() {
            return None;
        }
        Some(self.node(Node {
            id: format!("external:{}", value.text),
            kind,
            label: value.text.clone(),
            detail: None,
            cluster: None,
            location: (kind == NodeKind::MissingImage).then_some(value.location),
        }))
    }

    fn services(&mut self) {
        for (number, project) in self.environment.compose.iter().enumerate() {
            let cluster = project_name(self.environment, number);
            let mut nodes = HashMap::new();
            for service in &project.services {
                let node = self.node(Node {
                    id: format!(
                        "service:{}:{}",
                        cluster.as_deref().unwrap_or_default(),
                        service.name.text
                    ),
                    kind: NodeKind::Service,
                    label: service.name.text.to_string(),
                    detail: None,
                    cluster: cluster.clone(),
                    location: Some(service.name.location),
                });
                nodes.insert(&*service.name.text, node);
                if let (None, Some(image)) = (&service.build, &service.image)
                    && let Some(to) = self.named_image(image)
                {
                    self.edge(node, to, EdgeKind::Runs, Some(image.location));
                }
            }
            for service in &project.services {
                for dependency in &service.depends_on {
                    if let (Some(from), Some(to)) = (
                        nodes.get(&*service.name.text),
                        nodes.get(&*dependency.name.text),
                    ) {
                        self.edge(
                            *from,
                            *to,
                            EdgeKind::DependsOn,
                            Some(dependency.name.location),
                        );
                    }
                }
            }
        }
    }

    fn groups(&mut self) {
        for (number, project) in self.environment.bake.iter().enumerate() {
            let cluster = bake_name(self.environment, number);
            let prefix = cluster.clone().unwrap_or_default();
            // The group that bake makes of the services is no part of the file.
            let own = |location: &Location| !project.compose_files.contains(&location.document);
            for group in project.groups.iter().filter(|it| own(&it.location)) {
                let from = self.node(Node {
                    id: format!("group:{prefix}:{}", group.name),
                    kind: NodeKind::BakeGroup,
                    label: group.name.clone(),
                    detail: None,
                    cluster: cluster.clone(),
                    location: Some(group.location),
                });
                for target in &group.targets {
                    let member = ["target", "group"].iter().find_map(|kind| {
                        self.by_id
                            .get(&format!("{kind}:{prefix}:{}", target.text))
                            .copied()
                    });
                    if let Some(to) = member {
                        self.edge(from, to, EdgeKind::Contains, Some(target.location));
                    }
                }
            }
        }
    }
}

/// A tag as people read it; of one whose version is not known, the name.
fn tag_label(tag: &Tag) -> Option<String> {
    let text = &tag.value.text;
    let label = if tag.value.is_known() {
        Some(text.as_str())
    } else {
        text.strip_suffix(':')
    };
    label.filter(|label| !label.is_empty()).map(str::to_owned)
}

/// The stages that a build needs: its target, what that starts from and copies from.
pub fn reachable(build: &Build) -> Vec<usize> {
    let mut reached = Vec::new();
    let mut pending: Vec<usize> = build.target.into_iter().collect();
    let mut seen = vec![false; build.stages.len()];
    while let Some(index) = pending.pop() {
        let (Some(stage), Some(seen)) = (build.stages.get(index), seen.get_mut(index)) else {
            continue;
        };
        if std::mem::replace(seen, true) {
            continue;
        }
        reached.push(index);
        let bases =
            std::iter::once(&stage.base).chain(stage.sources.iter().map(|source| &source.base));
        pending.extend(bases.filter_map(|base| match base {
            Base::Stage(index) => Some(*index),
            _ => None,
        }));
    }
    reached.sort_unstable();
    reached
}

fn project_name(environment: &Environment, project: usize) -> Option<String> {
    let file = environment.compose.get(project)?.files.first()?;
    Some(environment.documents.get(*file).path.to_string())
}

fn bake_name(environment: &Environment, project: usize) -> Option<String> {
    let file = environment.bake.get(project)?.files.first()?;
    Some(environment.documents.get(*file).path.to_string())
}
