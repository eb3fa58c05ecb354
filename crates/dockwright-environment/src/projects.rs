//! Compose and bake projects, and the build definitions in them.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use dockwright_syntax::yaml::{self, YamlTree};

use crate::compose::{self, Loader, Request, Source};
use crate::define::{self, Draft, Scope};
use crate::definition::{
    BuildArgument, ContextSource, DockerfileSource, NamedContext, Origin, Tag,
};
use crate::read::text;
use crate::tree::ReadError;
use crate::{DocumentId, Documents, Environment, Tree, TreePath, Value};

/// Gives the Compose resolver its files, and numbers those that discovery did not find.
struct TreeLoader<'a> {
    tree: &'a dyn Tree,
    documents: RefCell<&'a mut Documents>,
    trees: RefCell<HashMap<TreePath, (Source, Arc<YamlTree>)>>,
}

impl TreeLoader<'_> {
    fn source(&self, path: &TreePath) -> Result<Source, ReadError> {
        if let Some(document) = self.documents.borrow().by_path(path) {
            return Ok(Source {
                document: document.id,
                text: Arc::clone(&document.text),
            });
        }
        // What cannot be read as text is for the resolver the same as what cannot be read.
        self.tree.read(path)?;
        let text = text(self.tree, path).map_err(|problem| ReadError::Refused(problem.message))?;
        let document = self
            .documents
            .borrow_mut()
            .add(path.clone(), Arc::clone(&text));
        Ok(Source { document, text })
    }
}

impl Loader for TreeLoader<'_> {
    fn file(&self, path: &TreePath) -> Result<Source, ReadError> {
        self.source(path)
    }

    fn yaml(&self, path: &TreePath) -> Result<(Source, Arc<YamlTree>), ReadError> {
        if let Some((source, tree)) = self.trees.borrow().get(path) {
            return Ok((source.clone(), Arc::clone(tree)));
        }
        let source = self.source(path)?;
        let tree = Arc::new(yaml::parse(&source.text));
        let found = (source, tree);
        self.trees.borrow_mut().insert(path.clone(), found.clone());
        Ok(found)
    }
}

/// Resolves every Compose project.
pub(crate) fn resolve_compose(
    environment: &mut Environment,
    files: Vec<(DocumentId, Arc<YamlTree>)>,
    root_name: Option<&str>,
) {
    let mut paths = Vec::new();
    let mut trees = HashMap::new();
    for (id, tree) in files {
        let problems = tree.problems.iter().cloned();
        environment.documents.get_mut(id).problems.extend(problems);
        let document = environment.documents.get(id);
        let source = Source {
            document: id,
            text: Arc::clone(&document.text),
        };
        paths.push(document.path.clone());
        trees.insert(document.path.clone(), (source, tree));
    }
    let tree = Arc::clone(&environment.tree);
    let loader = TreeLoader {
        tree: tree.as_ref(),
        documents: RefCell::new(&mut environment.documents),
        trees: RefCell::new(trees),
    };
    for files in compose::project_files(&paths, &loader) {
        let request = Request {
            files,
            root_name: root_name.map(str::to_owned),
        };
        environment
            .compose
            .push(compose::resolve(&request, &loader));
    }
}

/// Evaluates every bake project.
pub(crate) fn evaluate_bake(_environment: &mut Environment, _files: &[DocumentId]) {}

/// The build definitions of every Compose service.
pub(crate) fn compose_drafts(environment: &mut Environment, drafts: &mut Vec<Draft>) {
    let projects = std::mem::take(&mut environment.compose);
    let mut inline = HashMap::new();
    let mut seen = HashSet::new();
    for (number, project) in projects.iter().enumerate() {
        for (index, service) in project.services.iter().enumerate() {
            let Some(build) = &service.build else {
                continue;
            };
            let origin = Origin::Service {
                project: number,
                service: index,
            };
            let mut definition = define::blank(origin, &service.name.text, build.location);
            let directory = &build.context_directory;
            definition.context = match &build.context {
                Some(value) => define::context(environment.tree.as_ref(), directory, value),
                None => ContextSource::Directory(directory.clone()),
            };
            definition.dockerfile = match &build.dockerfile_inline {
                Some((text, location)) => {
                    let embed = || environment.embed_dockerfile(location.document, text.clone());
                    DockerfileSource::Read(*inline.entry(*location).or_insert_with(embed))
                }
                None => {
                    define::dockerfile(environment, &definition.context, build.dockerfile.as_ref())
                }
            };
            definition.context_value.clone_from(&build.context);
            definition.dockerfile_value.clone_from(&build.dockerfile);
            definition.target.clone_from(&build.target);
            definition.platforms.clone_from(&build.platforms);
            let arguments = build.args.iter().map(|argument| BuildArgument {
                name: argument.name.text.to_string(),
                value: argument.value.clone(),
                location: argument.location,
            });
            definition.arguments = arguments.collect();
            let contexts = build
                .additional_contexts
                .iter()
                .map(|context| NamedContext {
                    name: context.name.text.to_string(),
                    source: define::named_context(
                        environment.tree.as_ref(),
                        &context.directory,
                        &context.value,
                    ),
                    value: context.value.clone(),
                    location: context.name.location,
                });
            definition.contexts = contexts.collect();
            let named = service.image.iter().chain(&build.tags).cloned();
            definition.tags = named.map(define::tag).collect();
            if service.image.is_none() {
                definition.tags.extend(implicit_tag(project, service));
            }
            // A file that is laid over another says again what the other says.
            let tags = definition
                .tags
                .iter()
                .map(|tag| &tag.value)
                .collect::<Vec<_>>();
            let said = (
                &service.name.text,
                &definition.arguments,
                &definition.target,
                &definition.platforms,
                tags,
            );
            let what = (
                &definition.dockerfile,
                &definition.context,
                &definition.contexts,
            );
            if seen.insert(format!("{:?} {said:?} {what:?}", definition.location)) {
                drafts.push(Draft {
                    definition,
                    scope: Scope::Compose(number),
                });
            }
        }
    }
    environment.compose = projects;
}

/// The name Compose gives to the image of a service that has none: project and service.
fn implicit_tag(project: &compose::Project, service: &compose::Service) -> Option<Tag> {
    let name = project.name.as_ref()?;
    let value = Value {
        text: format!("{}-{}", name.text, service.name.text),
        location: service.name.location,
        variables: name.variables.clone(),
    };
    Some(Tag {
        implicit: true,
        ..define::tag(value)
    })
}

/// The build definitions of every bake target.
pub(crate) fn bake_drafts(_environment: &mut Environment, _drafts: &mut Vec<Draft>) {}
