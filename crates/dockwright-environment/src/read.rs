//! From a tree to an environment.

use std::sync::{Arc, OnceLock};

use dockwright_syntax::dockerfile::{self, Dockerfile};
use dockwright_syntax::ignore::{self, IgnoreFile};
use dockwright_syntax::shell::Dialect;
use dockwright_syntax::yaml::{self, YamlTree};
use dockwright_syntax::{Problem, Span, Text};
use rayon::prelude::*;

use crate::commands::{BuildCommand, Voice};
use crate::contexts::Contexts;
use crate::define::{self, Draft};
use crate::definition::{BuildArgument, BuildDefinition, DefinitionId, DockerfileId};
use crate::discovery::{DocumentKind, Excludes, discover};
use crate::environment::{DockerfileDocument, IgnoreDocument, ScriptDocument, TextDocument};
use crate::hosts::{self, History};
use crate::image_use::{ImageUse, UseKind, User};
use crate::mentions;
use crate::projects;
use crate::text_files::TextFiles;
use crate::tree::{EntryKind, TreeProblem};
use crate::{
    CallerVariables, DocumentId, Documents, Environment, Tree, TreePath, Value, fold, link,
};

/// How an environment is read.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Paths that are not read.
    pub excludes: Excludes,
    /// Which documents tell what was, beside the usual ones.
    pub history: History,
    /// The name of the directory that the tree's root is on disk: what a Compose project there is
    /// called.
    pub root_name: Option<String>,
    /// What the caller's environment sets, for Compose and bake files.
    pub variables: CallerVariables,
}

/// Problems of the tree that are told; a tree with more has another problem than these.
const MAX_TREE_PROBLEMS: usize = 100;

/// What a file was parsed to.
enum Parsed {
    Dockerfile(Dockerfile, Vec<Problem>),
    Ignore(IgnoreFile),
    Script(Dialect),
    Yaml(Arc<YamlTree>),
    /// A bake file: parsed when its project is evaluated.
    Bake,
    Text(DocumentKind),
    Nothing,
}

/// Files that make up projects.
#[derive(Default)]
struct ProjectFiles {
    compose: Vec<(DocumentId, Arc<YamlTree>)>,
    bake: Vec<DocumentId>,
}

impl Environment {
    /// Reads everything in `tree` that says how images are made and used.
    pub fn read(tree: Arc<dyn Tree>, options: &ReadOptions) -> Self {
        let jobs = jobs(tree.as_ref(), &options.excludes);
        let mut environment = Self::empty(tree);
        let mut files = ProjectFiles::default();
        for read in environment.read_files(&jobs) {
            environment.keep(read, &mut files);
        }
        environment.listen(options);
        projects::resolve_compose(&mut environment, files.compose.clone(), options);
        let variables = &options.variables;
        projects::evaluate_bake(&mut environment, &files.bake, &files.compose, variables);
        environment.define();
        environment.evaluate();
        environment.mentions = mentions::all(&environment);
        environment
    }

    /// The same environment with build arguments that a person gives to definitions, in place of
    /// what they say; everything that depends on them is evaluated anew.
    #[must_use]
    pub fn with_arguments(mut self, given: &[(DefinitionId, String, String)]) -> Self {
        for (id, name, text) in given {
            let Some(definition) = self.definitions.get_mut(id.0) else {
                continue;
            };
            let location = definition.location;
            definition.arguments.retain(|known| known.name != *name);
            definition.arguments.push(BuildArgument {
                name: name.clone(),
                value: Some(Value::literal(text.clone(), location)),
                location,
            });
        }
        if !given.is_empty() {
            self.evaluate();
        }
        self
    }

    /// Whether there is nothing in it that Dockwright is for, and nothing that it could not read.
    pub fn is_empty(&self) -> bool {
        let mut documents = self.documents.iter();
        self.dockerfiles.is_empty()
            && self.compose.is_empty()
            && self.bake.is_empty()
            && documents.all(|document| document.problems.is_empty())
    }

    fn empty(tree: Arc<dyn Tree>) -> Self {
        Self {
            tree,
            documents: Documents::default(),
            dockerfiles: Vec::new(),
            ignore_files: Vec::new(),
            scripts: Vec::new(),
            texts: Vec::new(),
            compose: Vec::new(),
            command_projects: Vec::new(),
            bake: Vec::new(),
            invocations: Vec::new(),
            images: Vec::new(),
            actions: Vec::new(),
            mentions: Vec::new(),
            definitions: Vec::new(),
            uses: Vec::new(),
            circles: Vec::new(),
            problems: Vec::new(),
            builds: Vec::new(),
            by_dockerfile: Vec::new(),
            text_files: TextFiles::default(),
            contexts: Contexts::default(),
        }
    }

    /// Reads and parses files on all cores.
    fn read_files(&self, jobs: &[Job]) -> Vec<FileRead> {
        let tree = self.tree.as_ref();
        jobs.par_iter().filter_map(|job| read(tree, job)).collect()
    }

    /// Gives a file its number and puts what was parsed in its place.
    fn keep(&mut self, read: FileRead, files: &mut ProjectFiles) {
        let document = self.documents.add(read.path, read.text);
        self.documents
            .get_mut(document)
            .problems
            .extend(read.problem);
        match read.parsed {
            Parsed::Yaml(tree) => files.compose.push((document, tree)),
            Parsed::Bake => files.bake.push(document),
            Parsed::Dockerfile(tree, problems) => {
                self.add_dockerfile(document, tree, problems);
            }
            Parsed::Ignore(file) => {
                let problems = file.problems.iter().cloned();
                self.documents.get_mut(document).problems.extend(problems);
                self.ignore_files.push(IgnoreDocument { document, file });
            }
            Parsed::Script(dialect) => self.scripts.push(ScriptDocument {
                document,
                dialect,
                script: OnceLock::new(),
            }),
            Parsed::Text(kind) => self.texts.push(TextDocument {
                document,
                kind,
                voice: Voice::Program,
            }),
            Parsed::Nothing => {}
        }
    }

    fn add_dockerfile(
        &mut self,
        document: DocumentId,
        tree: Dockerfile,
        problems: Vec<Problem>,
    ) -> DockerfileId {
        let id = DockerfileId(self.dockerfiles.len());
        self.documents.get_mut(document).problems.extend(problems);
        self.dockerfiles
            .push(DockerfileDocument::new(id, document, tree));
        id
    }

    /// Adds the Dockerfile at `path`.
    pub(crate) fn read_dockerfile(&mut self, path: &TreePath, text: &Arc<str>) -> DockerfileId {
        let known = self.documents.by_path(path).map(|document| document.id);
        let document = known.unwrap_or_else(|| self.documents.add(path.clone(), Arc::clone(text)));
        let (tree, problems) = parse_dockerfile(text);
        self.add_dockerfile(document, tree, problems)
    }

    /// Adds a Dockerfile that stands inside another document.
    pub(crate) fn embed_dockerfile(&mut self, host: DocumentId, text: Text) -> DockerfileId {
        let (tree, problems) = parse_dockerfile(&text.value);
        let document = self.documents.embed(host, text);
        self.add_dockerfile(document, tree, problems)
    }

    /// Reads what documents say to run and to look at.
    fn listen(&mut self, options: &ReadOptions) {
        for text in &mut self.texts {
            let path = &self.documents.get(text.document).path;
            text.voice = options.history.voice(path, text.kind);
        }
        let said = hosts::read_all(self, &options.history, options.root_name.as_deref());
        self.invocations = said.invocations;
        self.mentions = said.mentions;
        self.images = said.images;
        self.actions = said.actions;
        for (document, problem) in said.problems {
            self.documents.get_mut(document).problems.push(problem);
        }
    }

    fn define(&mut self) {
        let invocations = self.invocations.iter();
        let commands: Vec<BuildCommand> = invocations
            .filter_map(|invocation| {
                let own = &self.documents.get(invocation.location.document).path;
                invocation.build(self.tree.as_ref(), own)
            })
            .collect();
        let drafts: Vec<Draft> = define::drafts(self, commands);
        define::define(self, drafts);
        self.by_dockerfile = vec![Vec::new(); self.dockerfiles.len()];
        for definition in &self.definitions {
            let id = definition.dockerfile_id();
            if let Some(ids) = id.and_then(|id| self.by_dockerfile.get_mut(id.0)) {
                ids.push(definition.id);
            }
        }
    }

    fn evaluate(&mut self) {
        let open = |definition: &BuildDefinition| {
            let dockerfile = self.dockerfile(definition.dockerfile_id()?)?;
            fold::open(definition, dockerfile)
        };
        let mut builds: Vec<_> = self.definitions.par_iter().map(open).collect();
        let further = self.further_names();
        let mut uses = link::link(&self.definitions, &self.dockerfiles, &mut builds, &further);
        let (order, circles) = link::order(&builds);
        link::cut_circles(&mut builds, &circles);
        for id in order {
            if let Some(definition) = self.definitions.get(id.0)
                && let Some(dockerfile) = definition
                    .dockerfile_id()
                    .and_then(|id| self.dockerfile(id))
            {
                fold::fold(definition, dockerfile, &mut builds, &self.dockerfiles);
            }
        }
        let producers = link::Producers::new(&self.definitions, &builds, &further);
        uses.extend(self.service_uses(&producers));
        uses.extend(self.command_uses(&producers));
        uses.extend(self.document_uses(&producers));
        self.builds = builds;
        self.uses = uses;
        self.circles = circles;
    }

    /// Names that commands give to images that have one: `docker tag FROM TO`.
    fn further_names(&self) -> Vec<(Value, Value)> {
        let tags = self.invocations.iter().filter(|invocation| {
            matches!(
                invocation.command,
                "docker tag" | "podman tag" | "buildah tag"
            )
        });
        let pairs = tags.filter_map(|invocation| match invocation.operands.as_slice() {
            [from, to] => Some((from.clone(), to.clone())),
            _ => None,
        });
        pairs.collect()
    }

    /// The images that commands start containers of.
    fn command_uses(&self, producers: &link::Producers<'_>) -> Vec<ImageUse> {
        let runs = self.invocations.iter().enumerate();
        let runs = runs.filter(|(_, it)| it.is_run() && it.voice != Voice::History);
        let images = runs.filter_map(|(index, run)| Some((index, run.operands.first()?)));
        let uses = images.map(|(index, image)| {
            let (reference, producer) = producers.of_value(image, None);
            ImageUse {
                kind: UseKind::Run,
                value: image.clone(),
                reference,
                user: User::Command(index),
                producer,
            }
        });
        // What is no reference is a placeholder.
        uses.filter(|it| !matches!(it.reference, Some(Err(_))))
            .collect()
    }

    /// The images that documents say are started.
    fn document_uses(&self, producers: &link::Producers<'_>) -> Vec<ImageUse> {
        let uses = self.images.iter().map(|image| {
            let (reference, producer) = producers.of_value(image, None);
            ImageUse {
                kind: UseKind::Container,
                value: image.clone(),
                reference,
                user: User::Document,
                producer,
            }
        });
        uses.filter(|it| !matches!(it.reference, Some(Err(_))))
            .collect()
    }

    /// What services without a `build:` run.
    fn service_uses(&self, producers: &link::Producers<'_>) -> Vec<ImageUse> {
        let mut uses = Vec::new();
        for (number, project) in self.compose.iter().enumerate() {
            for (index, service) in project.services.iter().enumerate() {
                let (None, Some(image)) = (&service.build, &service.image) else {
                    continue;
                };
                let (reference, producer) = producers.of_value(image, None);
                uses.push(ImageUse {
                    kind: UseKind::Service,
                    value: image.clone(),
                    reference,
                    user: User::Service {
                        project: number,
                        service: index,
                    },
                    producer,
                });
            }
        }
        uses
    }
}

/// A file to read.
struct Job {
    path: TreePath,
    /// What discovery says it is; absent for what cannot be read at all.
    kind: Option<DocumentKind>,
    /// Why it cannot be read as that.
    problem: Option<String>,
    /// Its text, if discovery has read it.
    text: Option<Arc<str>>,
}

/// What discovery has found, sorted by path.
fn jobs(tree: &dyn Tree, excludes: &Excludes) -> Vec<Job> {
    let mut jobs: Vec<Job> = discover(tree, excludes)
        .into_iter()
        .filter(|candidate| candidate.kind != DocumentKind::Template)
        .filter(|candidate| candidate.problem.is_none() || is_document(Some(candidate.kind)))
        .map(|candidate| Job {
            path: candidate.path,
            kind: Some(candidate.kind),
            problem: candidate.problem,
            text: candidate.text,
        })
        .collect();
    for problem in tree.problems().iter().take(MAX_TREE_PROBLEMS) {
        match jobs.iter_mut().find(|job| job.path == problem.path) {
            // The tree knows better why a document cannot be read.
            Some(job) => job.problem = Some(problem.message.clone()),
            None if hides_files(tree, problem, excludes) => jobs.push(Job {
                path: problem.path.clone(),
                kind: None,
                problem: Some(problem.message.clone()),
                text: None,
            }),
            None => {}
        }
    }
    jobs.sort_by(|a, b| a.path.cmp(&b.path));
    jobs
}

/// Whether files that belong to the environment may be missing because of a problem.
fn hides_files(tree: &dyn Tree, problem: &TreeProblem, excludes: &Excludes) -> bool {
    let path = &problem.path;
    let is_directory = || {
        let entry = tree.entry(path);
        entry.is_some_and(|entry| entry.kind == EntryKind::Directory && !entry.ignored)
    };
    path.is_root() || (is_directory() && !excludes.contain(path))
}

/// A file that was read and parsed.
struct FileRead {
    path: TreePath,
    text: Arc<str>,
    problem: Option<Problem>,
    parsed: Parsed,
}

impl FileRead {
    fn unreadable(path: TreePath, why: impl Into<String>) -> Self {
        Self {
            path,
            text: Arc::from(""),
            problem: Some(Problem::new(Span::default(), why)),
            parsed: Parsed::Nothing,
        }
    }
}

/// Whether it is worth saying that a file of this kind cannot be read.
fn is_document(kind: Option<DocumentKind>) -> bool {
    use DocumentKind::{Bake, Compose, Dockerfile, Ignore};
    matches!(kind, Some(Bake | Compose | Dockerfile | Ignore))
}

/// Whether a file is kept as text, for what it says of the environment.
fn is_kept(kind: DocumentKind, text: &str) -> bool {
    use DocumentKind::{Dotenv, Makefile, Markdown, Workflow};
    matches!(kind, Dotenv | Makefile | Markdown | Workflow) || hosts::speaks_of_containers(text)
}

/// Reads and parses one file; `None` when there is nothing in it.
fn read(tree: &dyn Tree, job: &Job) -> Option<FileRead> {
    let path = job.path.clone();
    if let Some(problem) = &job.problem {
        return Some(FileRead::unreadable(path, problem));
    }
    let text = match &job.text {
        Some(known) => Ok(Arc::clone(known)),
        None => text(tree, &path),
    };
    let text = match text {
        Ok(text) => text,
        Err(problem) => {
            return Some(FileRead::unreadable(path, problem.message))
                .filter(|_| is_document(job.kind));
        }
    };
    let parsed = match job.kind {
        Some(DocumentKind::Dockerfile) => {
            let (tree, problems) = parse_dockerfile(&text);
            Parsed::Dockerfile(tree, problems)
        }
        Some(DocumentKind::Ignore) => Parsed::Ignore(ignore::parse(&text)),
        Some(DocumentKind::Shell) => {
            // A fragment is most often one of bash's, whose grammar holds nearly all of the others.
            Parsed::Script(Dialect::of_file(path.file_name(), &text).unwrap_or(Dialect::Bash))
        }
        Some(DocumentKind::Compose) => Parsed::Yaml(Arc::new(yaml::parse(&text))),
        Some(DocumentKind::Bake) => Parsed::Bake,
        Some(DocumentKind::Template) | None => Parsed::Nothing,
        Some(kind) if is_kept(kind, &text) => Parsed::Text(kind),
        _ => Parsed::Nothing,
    };
    if matches!(parsed, Parsed::Nothing) {
        return None;
    }
    Some(FileRead {
        path,
        text,
        problem: None,
        parsed,
    })
}

/// A Dockerfile with all that `BuildKit` would refuse of it.
fn parse_dockerfile(text: &str) -> (Dockerfile, Vec<Problem>) {
    let tree = dockerfile::parse(text);
    let mut problems = tree.problems.clone();
    problems.extend(dockerfile::validate(&tree));
    (tree, problems)
}

/// The text of a file, or why it cannot be read.
pub(crate) fn text(tree: &dyn Tree, path: &TreePath) -> Result<Arc<str>, Problem> {
    let bytes = tree
        .read(path)
        .map_err(|error| Problem::new(Span::default(), error.to_string()))?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Arc::from(text)),
        Err(error) => {
            let message = format!(
                "it is not valid UTF-8: the byte at offset {} is not",
                error.valid_up_to()
            );
            Err(Problem::new(Span::default(), message))
        }
    }
}
