//! Small environments that the tests show.

use std::sync::Arc;

use dockwright_audit::{Confidence, Family, Finding, Fixable, Metadata, Severity};
use dockwright_environment::graph::{Edge, EdgeKind, Graph, Node, NodeKind};
use dockwright_environment::{DocumentId, Documents, Location, TreePath};
use dockwright_syntax::Span;

use crate::FindingsView;

static UNBUILT_IMAGE: Metadata = Metadata {
    name: "unbuilt-image",
    family: Family::Graph,
    severity: Severity::Error,
    fix: Fixable::Unsafe,
    aliases: &[],
    documentation: "An image of this repository is used that nothing builds.\n\nThe name is one of ours, the tag is not.\n\n## Why it is bad\n\nA clean checkout fails.\n",
};

static TAG_SKEW: Metadata = Metadata {
    name: "tag-skew",
    family: Family::Graph,
    severity: Severity::Warning,
    fix: Fixable::Safe,
    aliases: &[],
    documentation: "Producer and consumer of an image name different tags.",
};

static UNPARSEABLE_FILE: Metadata = Metadata {
    name: "unparseable-file",
    family: Family::Graph,
    severity: Severity::Error,
    fix: Fixable::None,
    aliases: &[],
    documentation: "A file cannot be read by its own tool.",
};

/// Findings with the documents they point into.
pub(crate) struct Audit {
    pub(crate) documents: Documents,
    pub(crate) findings: Vec<Finding>,
}

const DOCKERFILE: &str = "FROM demo-base:1.0\nRUN make \\\n    all\n";
const COMPOSE: &str = "services:\n  base:\n    image: demo-base:latest # größer\n    build: base\n";

impl Audit {
    /// Two files, one that cannot be read, and three findings about them.
    pub(crate) fn new() -> Self {
        Self::with_lines_above(0)
    }

    /// The same findings after comments have come in above what they are about.
    pub(crate) fn with_lines_above(lines: usize) -> Self {
        let above = "# a comment\n".repeat(lines);
        let mut documents = Documents::default();
        let dockerfile = add(
            &mut documents,
            "app/Dockerfile",
            &format!("{above}{DOCKERFILE}"),
        );
        let compose = add(&mut documents, "compose.yml", &format!("{above}{COMPOSE}"));
        let broken = add(&mut documents, "docker-bake.hcl", "");
        let from = find(&documents, dockerfile, "demo-base:1.0");
        let image = find(&documents, compose, "demo-base:latest");
        let findings = vec![
            Finding::new(&UNBUILT_IMAGE, from, "nothing builds `demo-base:1.0`")
                .label("used as a base")
                .related(image, "`demo-base` is built under this tag")
                .related(
                    find(&documents, dockerfile, "RUN make"),
                    "needs the base's `make`",
                )
                .help("name the tag that is built: `demo-base:latest`"),
            Finding::new(
                &TAG_SKEW,
                find(&documents, compose, "image: demo-base:latest"),
                "`demo-base` is built as `latest` but used as `1.0`",
            )
            .confidence(Confidence::Medium),
            Finding::new(
                &UNPARSEABLE_FILE,
                Location::new(broken, Span::default()),
                "the file is not UTF-8",
            ),
        ];
        Self {
            documents,
            findings,
        }
    }

    pub(crate) fn view(&self) -> FindingsView<'_> {
        FindingsView {
            findings: &self.findings,
            documents: &self.documents,
            files_read: 2,
            hidden: 4,
            suppressed: 1,
            older: None,
        }
    }
}

/// File names, file contents and findings that try to break out of every format, and places that
/// do not fit their files.
pub(crate) fn hostile() -> Audit {
    let path = "a \u{1b}[31m\"<,:%b>\u{202e}`$(x)`/ü\n::error::x";
    let text = "\u{feff}FROM a\u{1b}]8;;x\u{7}b\r\nRUN \u{9b}2J\u{202e}\u{200b}\t{0} [a](b) é漢🦀\r\n\rRUN x\u{0}\n\n";
    let mut documents = Documents::default();
    let document = add(&mut documents, path, text);
    let mut findings = Vec::new();
    let length = u32::try_from(text.len()).unwrap();
    for start in 0..=length + 2 {
        for end in [start, start + 1, start + 7, length, u32::MAX] {
            let location = Location::new(
                document,
                Span {
                    start,
                    end: end.max(start),
                },
            );
            findings.push(
                Finding::new(&UNBUILT_IMAGE, location, text)
                    .label(text)
                    .related(location, text)
                    .related(
                        Location::new(document, Span::new(3, 40)),
                        "\n::error::\u{1b}c",
                    )
                    .help(text),
            );
        }
    }
    Audit {
        documents,
        findings,
    }
}

fn add(documents: &mut Documents, path: &str, text: &str) -> DocumentId {
    documents.add(TreePath::new(path).unwrap(), Arc::from(text))
}

fn find(documents: &Documents, document: DocumentId, text: &str) -> Location {
    let start = documents.get(document).text.find(text).unwrap();
    Location::new(document, Span::new(start, start + text.len()))
}

/// A graph with the documents it points into.
pub(crate) struct Drawing {
    pub(crate) documents: Documents,
    pub(crate) graph: Graph,
}

impl Drawing {
    /// Two images on one base, who builds and runs them, and one that is missing.
    pub(crate) fn small() -> Self {
        let mut documents = Documents::default();
        let base = add(&mut documents, "base/Dockerfile", "FROM debian:trixie\n");
        let app = add(&mut documents, "app/Dockerfile", DOCKERFILE);
        let compose = add(&mut documents, "compose.yml", COMPOSE);
        let mut graph = Graph::default();
        let mut node = |id: &str, kind, detail: Option<&str>, location| {
            let label = id.split_once(' ').map_or(id, |(_, label)| label);
            graph.nodes.push(Node {
                id: id.replace(' ', ":"),
                kind,
                label: label.to_owned(),
                detail: detail.map(str::to_owned),
                cluster: (kind == NodeKind::Service).then(|| "compose.yml".to_owned()),
                location,
            });
        };
        node("image debian:trixie", NodeKind::ExternalImage, None, None);
        node(
            "image demo-base:latest",
            NodeKind::Image,
            Some("base/Dockerfile"),
            Some(find(&documents, base, "FROM")),
        );
        node(
            "image demo-app:latest",
            NodeKind::Image,
            Some("app/Dockerfile"),
            Some(find(&documents, app, "FROM")),
        );
        node("image demo-tool:latest", NodeKind::MissingImage, None, None);
        node(
            "service base",
            NodeKind::Service,
            Some("compose.yml"),
            Some(find(&documents, compose, "base:")),
        );
        node("service app", NodeKind::Service, None, None);
        node("target app", NodeKind::BakeTarget, None, None);
        node("group default", NodeKind::BakeGroup, None, None);
        let from = find(&documents, app, "FROM demo-base:1.0");
        for (from, to, kind, location) in [
            (1, 0, EdgeKind::Base, None),
            (2, 1, EdgeKind::Base, Some(from)),
            (2, 3, EdgeKind::CopyFrom, None),
            (4, 1, EdgeKind::Builds, None),
            (4, 1, EdgeKind::Runs, None),
            (5, 2, EdgeKind::Runs, None),
            (5, 4, EdgeKind::DependsOn, None),
            (6, 2, EdgeKind::Builds, None),
            (7, 6, EdgeKind::Contains, None),
        ] {
            graph.edges.push(Edge {
                from,
                to,
                kind,
                location,
            });
        }
        Self { documents, graph }
    }

    /// A repository with `images` images: a few families on bases of their own, services in a
    /// few Compose files, bake targets for some.
    pub(crate) fn of_size(images: usize) -> Self {
        let mut graph = Graph::default();
        let bases = ["debian:trixie", "python:3.14-slim", "golang:1.26"];
        for base in bases {
            push(&mut graph, NodeKind::ExternalImage, base, None, None);
        }
        let mut families = Vec::new();
        let mut made = Vec::new();
        for index in 0..images {
            let family = index % (images / 8 + 2);
            let directory = format!("images/family-{family}");
            let label = match index % 7 {
                0 => format!("registry.example.org/platform/runtime-{index}:2026.11"),
                3 => format!("svc{index}"),
                _ => format!("acme-service-{index}:latest"),
            };
            let image = push(
                &mut graph,
                NodeKind::Image,
                &label,
                Some(&format!("{directory}/Dockerfile.{index}")),
                Some(&directory),
            );
            match families.get(family) {
                None => {
                    families.push(image);
                    let base = family % bases.len();
                    edge(&mut graph, image, base, EdgeKind::Base);
                }
                Some(base) => edge(&mut graph, image, *base, EdgeKind::Base),
            }
            if index % 9 == 8 {
                edge(&mut graph, image, made[index - 4], EdgeKind::CopyFrom);
            }
            made.push(image);
            if index % 3 != 0 {
                let compose = format!("docker/compose-{}.yml", index % 4);
                let label = format!("service-{index}");
                let service = push(&mut graph, NodeKind::Service, &label, None, Some(&compose));
                edge(&mut graph, service, image, EdgeKind::Runs);
                if index % 2 == 0 {
                    edge(&mut graph, service, image, EdgeKind::Builds);
                }
            } else if index % 2 == 1 {
                let label = format!("target-{index}");
                let target = push(&mut graph, NodeKind::BakeTarget, &label, None, None);
                edge(&mut graph, target, image, EdgeKind::Builds);
            }
        }
        let missing = push(
            &mut graph,
            NodeKind::MissingImage,
            "acme-tools:1",
            None,
            None,
        );
        edge(&mut graph, 3, missing, EdgeKind::CopyFrom);
        Self {
            documents: Documents::default(),
            graph,
        }
    }
}

/// Names that try to break out of every format, and edges to nodes that do not exist.
pub(crate) fn hostile_drawing() -> Drawing {
    let text = "\u{1b}[31m\"]<b>&'#`%\\\n<script>\u{202e}|{}();-->\u{0}\u{ffff}\t漢🦀";
    let mut graph = Graph::default();
    for kind in [NodeKind::Image, NodeKind::Service, NodeKind::BakeGroup] {
        let node = push(&mut graph, kind, text, Some(text), Some(text));
        push(&mut graph, kind, &text.repeat(100), None, None);
        edge(&mut graph, node, 0, EdgeKind::Base);
        edge(&mut graph, node, usize::MAX, EdgeKind::Runs);
        edge(&mut graph, 1000, node, EdgeKind::Builds);
    }
    let mut documents = Documents::default();
    let document = add(&mut documents, text, text);
    for node in &mut graph.nodes {
        node.location = Some(Location::new(document, Span::new(1, 9999)));
    }
    Drawing { documents, graph }
}

/// Images each of which is built on the one before.
pub(crate) fn chain(length: usize) -> Graph {
    let mut graph = Graph::default();
    for index in 0..length {
        let label = format!("image{index}");
        let node = push(&mut graph, NodeKind::Image, &label, None, None);
        if index > 0 {
            edge(&mut graph, node, node - 1, EdgeKind::Base);
        }
    }
    graph
}

/// A chain whose first image is built on its last.
pub(crate) fn ring(length: usize) -> Graph {
    let mut graph = chain(length);
    edge(&mut graph, 0, length - 1, EdgeKind::Base);
    graph
}

fn push(
    graph: &mut Graph,
    kind: NodeKind,
    label: &str,
    detail: Option<&str>,
    cluster: Option<&str>,
) -> usize {
    graph.nodes.push(Node {
        id: format!("{}:{label}", graph.nodes.len()),
        kind,
        label: label.to_owned(),
        detail: detail.map(str::to_owned),
        cluster: cluster.map(str::to_owned),
        location: None,
    });
    graph.nodes.len() - 1
}

fn edge(graph: &mut Graph, from: usize, to: usize, kind: EdgeKind) {
    graph.edges.push(Edge {
        from,
        to,
        kind,
        location: None,
    });
}

/// Numbers that look random and are the same everywhere.
#[derive(Default)]
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// How often a test with [`Numbers`] goes round; more when `ROUNDS` says so.
pub(crate) fn rounds(usual: usize) -> usize {
    std::env::var("ROUNDS").map_or(usual, |rounds| rounds.parse().unwrap())
}

/// A file of random lines with findings at random places.
pub(crate) fn random_audit(numbers: &mut Numbers) -> Audit {
    const PIECES: [&str; 12] = [
        "RUN make",
        " ",
        "\n",
        "\r\n",
        "\n\n",
        "\t",
        "é",
        "漢",
        "\u{1b}",
        "\u{200d}",
        "\r",
        "# a comment",
    ];
    let mut documents = Documents::default();
    let mut files = Vec::new();
    for name in ["a", "b"] {
        let text: String = (0..numbers.below(200))
            .map(|_| PIECES[numbers.below(PIECES.len())])
            .collect();
        files.push((add(&mut documents, name, &text), text.len()));
    }
    let location = |numbers: &mut Numbers| {
        let (document, length) = files[numbers.below(files.len())];
        let start = numbers.below(length + 2);
        let end = match numbers.below(3) {
            0 => start,
            1 => start + numbers.below(12),
            _ => start + numbers.below(length + 2),
        };
        Location::new(document, Span::new(start, end))
    };
    let findings = (0..3)
        .map(|_| {
            let mut finding = Finding::new(&TAG_SKEW, location(numbers), "message").label("label");
            for _ in 0..numbers.below(5) {
                finding = finding.related(
                    location(numbers),
                    ["", "related", "two\nlines"][numbers.below(3)],
                );
            }
            finding
        })
        .collect();
    Audit {
        documents,
        findings,
    }
}
