//! What Compose files name.

use dockwright_environment::commands::Voice;
use dockwright_environment::compose::{MountKind, Project, Service};
use dockwright_environment::context_reads::is_remote;
use dockwright_environment::{Document, Location, TreePath, Value};
use dockwright_syntax::yaml::{self, Node};

use super::{Anchor, Collector, Kind};

pub(super) fn collect(collector: &mut Collector<'_>) {
    let environment = collector.environment;
    for project in environment.all_compose() {
        for service in &project.services {
            collector.service(service);
        }
        for resource in project.configs.iter().chain(&project.secrets) {
            collector.file(resource.file.as_ref(), &resource.directory, Kind::Compose);
        }
        collector.includes(project);
    }
}

impl Collector<'_> {
    fn service(&mut self, service: &Service) {
        if let Some(build) = &service.build {
            let directory = &build.context_directory;
            self.file(build.context.as_ref(), directory, Kind::Context);
            if let Some(context) = super::context(build.context.as_ref(), directory) {
                self.inside(build.dockerfile.as_ref(), &context, Kind::Dockerfile);
            }
            for context in &build.additional_contexts {
                self.file(Some(&context.value), &context.directory, Kind::Context);
            }
        }
        if let Some(extends) = &service.extends {
            self.file(extends.file.as_ref(), &extends.directory, Kind::Compose);
        }
        for file in &service.env_files {
            self.file(Some(&file.path), &file.directory, Kind::Compose);
        }
        for mount in service
            .volumes
            .iter()
            .filter(|it| it.kind == MountKind::Bind)
        {
            self.file(mount.source.as_ref(), &mount.directory, Kind::Mount);
        }
        for watch in &service.watch {
            self.file(Some(&watch.path), &watch.directory, Kind::Compose);
        }
    }

    /// A path that is relative to the project.
    fn file(&mut self, value: Option<&Value>, directory: &TreePath, kind: Kind) {
        self.path(value, directory, Anchor::File, kind);
    }

    /// A path that is relative to a build context.
    pub(super) fn inside(&mut self, value: Option<&Value>, context: &TreePath, kind: Kind) {
        self.path(value, context, Anchor::Directory, kind);
    }

    pub(super) fn path(
        &mut self,
        value: Option<&Value>,
        base: &TreePath,
        anchor: Anchor,
        kind: Kind,
    ) {
        let known = value.and_then(|value| Some((value, value.known()?)));
        if let Some((value, text)) =
            known.filter(|(_, text)| !text.starts_with('/') && !is_remote(text))
        {
            let bases = std::slice::from_ref(base);
            self.add(value.location, text, bases, anchor, kind, Voice::Program);
        }
    }

    /// The files of `include`.
    fn includes(&mut self, project: &Project) {
        for id in &project.files {
            let document = self.environment.documents.get(*id);
            let tree = yaml::parse(&document.text);
            if let Some(include) = tree.root().and_then(|root| root.get("include")) {
                for item in include.items() {
                    self.included(document, item);
                }
            }
        }
    }

    fn included(&mut self, document: &Document, item: Node<'_>) {
        if item.scalar().is_some() {
            return self.included_path(document, item);
        }
        for key in ["path", "env_file", "project_directory"] {
            if let Some(node) = item.get(key) {
                self.included_path(document, node);
                for node in node.items() {
                    self.included_path(document, node);
                }
            }
        }
    }

    fn included_path(&mut self, document: &Document, node: Node<'_>) {
        if let Some(text) = node.text().filter(|text| !text.contains('$')) {
            let value = Value::literal(text, Location::new(document.id, node.span()));
            let base = document.path.parent().unwrap_or_else(TreePath::root);
            self.file(Some(&value), &base, Kind::Compose);
        }
    }
}
