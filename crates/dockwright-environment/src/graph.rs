//! The environment as nodes and edges, for drawing.

use crate::Location;

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
