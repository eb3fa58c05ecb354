//! Compose and bake projects, and the build definitions in them.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use dockwright_syntax::bake::{self as syntax, Format};
use dockwright_syntax::yaml::{self, YamlTree};
use dockwright_syntax::{Span, Text};

use crate::bake::{self, BakeProject};
use crate::compose::{self, Loader, Request, Source};
use crate::define::{self, Draft, Scope};
use crate::definition::{
    BuildArgument, ContextSource, DockerfileId, DockerfileSource, NamedContext, Origin, Tag,
};
use crate::read::{ReadOptions, text};
use crate::tree::ReadError;
use crate::{
    CallerVariables, DocumentId, Documents, Environment, Location, Tree, TreePath, Value,
    bake_service,
};

/// Ways to lay Compose files over one another that commands may add to the projects there are.
const MAX_COMMAND_PROJECTS: usize = 256;

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

/// Resolves every Compose project, and what commands make of the files that they name.
pub(crate) fn resolve_compose(
    environment: &mut Environment,
    files: Vec<(DocumentId, Arc<YamlTree>)>,
    options: &ReadOptions,
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
    let resolve = |files: Vec<TreePath>| {
        let request = Request {
            files,
            root_name: options.root_name.clone(),
            default_name: None,
            variables: options.variables.clone(),
        };
        compose::resolve(&request, &loader)
    };
    let own = compose::project_files(&paths, &loader);
    let named = environment.invocations.iter();
    let named = named.filter(|invocation| invocation.compose_command().is_some());
    let mut named: BTreeSet<Vec<TreePath>> = named
        .flat_map(|invocation| invocation.compose_file_lists(tree.as_ref()))
        .collect();
    named.retain(|files| !own.contains(files));
    let named = named.into_iter().take(MAX_COMMAND_PROJECTS);
    environment.compose = own.into_iter().map(resolve).collect();
    environment.command_projects = named.map(resolve).collect();
}

/// Evaluates every bake project. The default files of a directory come with the Compose files
/// beside them, as bake reads them when it is given none.
pub(crate) fn evaluate_bake(
    environment: &mut Environment,
    files: &[DocumentId],
    compose: &[(DocumentId, Arc<YamlTree>)],
    variables: &CallerVariables,
) {
    let mut parsed = Vec::new();
    for id in files {
        let document = environment.documents.get(*id);
        let is_json = document.path.file_name().ends_with(".json");
        let format = if is_json { Format::Json } else { Format::Hcl };
        let file = BakeFile {
            document: *id,
            path: document.path.clone(),
            tree: syntax::parse(&document.text, format),
        };
        let problems = file.tree.problems.iter().cloned();
        environment.documents.get_mut(*id).problems.extend(problems);
        parsed.push(file);
    }
    for group in bake_groups(&parsed) {
        let files: Vec<_> = group
            .iter()
            .map(|file| (file.document, &file.tree))
            .collect();
        let mut project = bake::evaluate_with(None, &files, variables);
        let own = group.last().and_then(|file| file.path.parent());
        let own = own.unwrap_or_else(TreePath::root);
        project.directory = bake_directory(environment, &project, &own);
        // Run from elsewhere, it is told its files.
        let is_default = |file: &&BakeFile| bake::DEFAULT_FILES.contains(&file.path.file_name());
        if project.directory == own
            && group.iter().any(is_default)
            && let Some(services) = services_beside(environment, &own, compose, variables)
        {
            project = bake::evaluate_with(Some(&services), &files, variables);
            project.directory = own;
        }
        environment.bake.push(project);
    }
}

/// The Compose project that bake reads in `directory`: every default file, without overrides.
fn services_beside(
    environment: &mut Environment,
    directory: &TreePath,
    files: &[(DocumentId, Arc<YamlTree>)],
    variables: &CallerVariables,
) -> Option<compose::Project> {
    let mut trees = HashMap::new();
    for (id, tree) in files {
        let document = environment.documents.get(*id);
        let source = Source {
            document: *id,
            text: Arc::clone(&document.text),
        };
        trees.insert(document.path.clone(), (source, Arc::clone(tree)));
    }
    let candidates: Vec<TreePath> = trees.keys().cloned().collect();
    let files: Vec<TreePath> = bake::default_files(directory, &candidates);
    if files.is_empty() {
        return None;
    }
    let tree = Arc::clone(&environment.tree);
    let loader = TreeLoader {
        tree: tree.as_ref(),
        documents: RefCell::new(&mut environment.documents),
        trees: RefCell::new(trees),
    };
    Some(compose::resolve(
        &bake::compose_request(files, variables),
        &loader,
    ))
}

/// A bake file that was parsed.
struct BakeFile {
    document: DocumentId,
    path: TreePath,
    tree: syntax::Document,
}

/// Which files are read together: the default ones of a directory, any other alone. A file with
/// variables and functions only goes with every other of its directory.
fn bake_groups(files: &[BakeFile]) -> Vec<Vec<&BakeFile>> {
    let mut groups: Vec<Vec<&BakeFile>> = Vec::new();
    let is_default = |file: &BakeFile| bake::DEFAULT_FILES.contains(&file.path.file_name());
    let is_part = |file: &BakeFile| file.tree.targets.is_empty() && file.tree.groups.is_empty();
    for file in files.iter().filter(|file| !is_part(file)) {
        let together = groups.iter_mut().find(|group| {
            let default =
                |other: &&BakeFile| is_default(other) && other.path.parent() == file.path.parent();
            is_default(file) && group.iter().any(default)
        });
        match together {
            Some(group) => group.push(file),
            None => groups.push(vec![file]),
        }
    }
    for group in &mut groups {
        group.sort_by_key(|file| {
            bake::DEFAULT_FILES
                .iter()
                .position(|name| *name == file.path.file_name())
        });
        let directory = group.first().and_then(|file| file.path.parent());
        let parts = files
            .iter()
            .filter(|file| is_part(file) && file.path.parent() == directory);
        let parts: Vec<&BakeFile> = parts.collect();
        group.splice(0..0, parts);
    }
    groups
}

/// The directory bake is run in, which its paths are relative to: of the file's own and those
/// above it, the one where most Dockerfiles are found; the nearest of equals.
fn bake_directory(environment: &Environment, project: &BakeProject, own: &TreePath) -> TreePath {
    let found = |directory: &TreePath| {
        let targets = project
            .targets
            .iter()
            .filter(|target| target.dockerfile_inline.is_none());
        let files = targets.filter_map(|target| {
            let text = |value: &Option<Value>, default: &'static str| match value {
                Some(value) => value.known().map(str::to_owned),
                None => Some(default.to_owned()),
            };
            let context = directory.join(&text(&target.context, ".")?)?;
            context.join(&text(&target.dockerfile, "Dockerfile")?)
        });
        files
            .filter(|path| environment.tree.entry(path).is_some())
            .count()
    };
    let mut best = (found(own), own.clone());
    let mut directory = own.parent();
    while let Some(candidate) = directory {
        let count = found(&candidate);
        if count > best.0 {
            best = (count, candidate.clone());
        }
        directory = candidate.parent();
    }
    best.1
}

/// The Dockerfiles that stand in other files, by their places.
pub(crate) type InlineDockerfiles = HashMap<Location, DockerfileId>;

/// The build definitions of every Compose service.
pub(crate) fn compose_drafts(
    environment: &mut Environment,
    drafts: &mut Vec<Draft>,
    inline: &mut InlineDockerfiles,
) {
    let projects = std::mem::take(&mut environment.compose);
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
                    aliases: Vec::new(),
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

/// The build definitions of every bake target that is built and not only inherited. A Compose
/// service that no bake file changes is built as its own definition says.
pub(crate) fn bake_drafts(
    environment: &mut Environment,
    drafts: &mut Vec<Draft>,
    inline: &mut InlineDockerfiles,
) {
    let projects = std::mem::take(&mut environment.bake);
    for (number, project) in projects.iter().enumerate() {
        let inherited: HashSet<&str> = project
            .targets
            .iter()
            .flat_map(|target| &target.inherits)
            .map(|name| name.text.as_str())
            .collect();
        let grouped: HashSet<&str> = project
            .groups
            .iter()
            .flat_map(|group| &group.targets)
            .map(|name| name.text.as_str())
            .collect();
        for (index, target) in project.targets.iter().enumerate() {
            let name = target.name.as_str();
            let is_part = target.abstract_ || (inherited.contains(name) && !grouped.contains(name));
            let service = target
                .service
                .as_ref()
                .and_then(|service| bake_service::draft(drafts, service));
            if target.is_service()
                && let Some(draft) = service.and_then(|index| drafts.get_mut(index))
            {
                draft.aliases.push((Scope::Bake(number), name.to_owned()));
                continue;
            }
            if is_part {
                continue;
            }
            let origin = Origin::BakeTarget {
                project: number,
                target: index,
            };
            let mut definition = define::blank(origin, name, target.location);
            definition.context = match &target.context {
                Some(value) => {
                    define::context(environment.tree.as_ref(), &project.directory, value)
                }
                None => ContextSource::Directory(project.directory.clone()),
            };
            definition.dockerfile = match &target.dockerfile_inline {
                Some(value) => {
                    let embed = || {
                        let text = inline_text(&environment.documents, value);
                        environment.embed_dockerfile(value.location.document, text)
                    };
                    DockerfileSource::Read(*inline.entry(value.location).or_insert_with(embed))
                }
                None => {
                    let file = target
                        .dockerfile
                        .as_ref()
                        .filter(|file| !file.text.is_empty());
                    define::dockerfile(environment, &definition.context, file)
                }
            };
            definition.context_value.clone_from(&target.context);
            definition.dockerfile_value.clone_from(&target.dockerfile);
            definition.target.clone_from(&target.target);
            definition.platforms.clone_from(&target.platforms);
            definition.tags = target.tags.iter().cloned().map(define::tag).collect();
            let arguments = target.args.iter().map(|argument| BuildArgument {
                name: argument.name.clone(),
                value: Some(argument.value.clone()),
                location: argument.location,
            });
            definition.arguments = arguments.collect();
            let contexts = target.contexts.iter().map(|context| NamedContext {
                name: context.name.clone(),
                source: define::named_context(
                    environment.tree.as_ref(),
                    &project.directory,
                    &context.value,
                ),
                value: context.value.clone(),
                location: context.location,
            });
            definition.contexts = contexts.collect();
            if let Some(draft) = service.and_then(|index| drafts.get_mut(index))
                && bake_service::is_same(&definition, &draft.definition)
            {
                draft.aliases.push((Scope::Bake(number), name.to_owned()));
                continue;
            }
            drafts.push(Draft {
                definition,
                scope: Scope::Bake(number),
                aliases: Vec::new(),
            });
        }
    }
    environment.bake = projects;
}

/// The text of an inline Dockerfile. One that stands in its file as it is keeps its places; the
/// others point to the whole expression.
fn inline_text(documents: &Documents, value: &Value) -> Text {
    let span = value.location.span;
    let source = documents.text(value.location);
    match source.find(&value.text) {
        Some(at) if !value.text.is_empty() => {
            let start = span.start as usize + at;
            Text::verbatim(
                value.text.clone(),
                Span::new(start, start + value.text.len()),
            )
        }
        _ => Text::traced(value.text.clone(), span, []),
    }
}
