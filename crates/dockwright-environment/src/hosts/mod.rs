//! Documents that hold commands, and what they say to run and to look at: one file for each kind.

mod action;
mod devcontainer;
mod gitlab;
mod history;
mod justfile;
mod make;
mod makefile;
mod manifest;
mod markdown;
mod names;
mod package_json;
mod python;
mod settings;
mod shell;
mod taskfile;
mod unit;
mod workflow;

use dockwright_syntax::shell::{Dialect, Script, parse_text};
use dockwright_syntax::{Problem, Span, Text};
use rayon::prelude::*;

use crate::commands::{
    self, Argument, Call, Directory, Form, Invocation, MakeCall, PROGRAMS, Snippet, Voice, is_make,
};
use crate::discovery::DocumentKind;
use crate::mentions::{self, Mention, PathRole, Resolution};
use crate::{Document, DocumentId, Environment, Location, Tree, TreePath, Value};

pub use history::History;

/// The largest document that is searched, in bytes: what is longer was written by a program.
const MAX_BYTES: usize = 512 * 1024;

/// Words without which a text says nothing of containers.
const CONTAINERS: &[&str] = &[
    "ocker",
    "podman",
    "buildah",
    "nerdctl",
    "skopeo",
    "compose",
    "ontainerfile",
    "image:",
    "Image=",
];

/// Whether a text may say something of containers.
pub(crate) fn speaks_of_containers(text: &str) -> bool {
    CONTAINERS.iter().any(|word| text.contains(word))
}

/// What a document says.
#[derive(Default)]
pub(crate) struct Said {
    /// Commands, in order.
    pub(crate) invocations: Vec<Invocation>,
    /// Paths that are named beside those in commands.
    pub(crate) mentions: Vec<Mention>,
    /// Images that are started: of CI jobs, Kubernetes, development containers.
    pub(crate) images: Vec<Value>,
    /// Actions of CI that are used.
    pub(crate) actions: Vec<ActionUse>,
    /// Calls of make.
    makes: Vec<MakeCall>,
    /// What the document's own tool refuses.
    pub(crate) problems: Vec<(DocumentId, Problem)>,
}

/// An action of another repository that CI uses.
#[derive(Clone, Debug)]
pub struct ActionUse {
    /// Where it is named.
    pub location: Location,
    /// Its repository, and the directory in it.
    pub name: String,
    /// The tag, branch or commit behind the `@`.
    pub version: String,
}

/// A document that holds commands.
struct Host<'a> {
    tree: &'a dyn Tree,
    document: &'a Document,
    voice: Voice,
    /// What the repository is called, by the name of its root.
    repository: Option<String>,
    said: Said,
}

/// What every document says, in the order of the documents.
pub(crate) fn read_all(
    environment: &Environment,
    history: &History,
    repository: Option<&str>,
) -> Said {
    let scripts = environment.scripts.iter();
    let scripts = scripts.map(|script| (script.document, DocumentKind::Shell));
    let texts = environment
        .texts
        .iter()
        .map(|text| (text.document, text.kind));
    let mut documents: Vec<(DocumentId, DocumentKind)> = scripts.chain(texts).collect();
    documents.sort_by_key(|(document, _)| *document);
    let said: Vec<Said> = documents
        .par_iter()
        .map(|(id, kind)| {
            let document = environment.documents.get(*id);
            let mut host = Host {
                tree: environment.tree.as_ref(),
                document,
                voice: history.voice(&document.path, *kind),
                repository: repository.map(str::to_owned),
                said: Said::default(),
            };
            // What CI and make run belongs to the repository, whatever it is about.
            let is_build = matches!(
                kind,
                DocumentKind::Makefile | DocumentKind::Workflow | DocumentKind::Action
            );
            let is_searched = is_build || speaks_of_containers(&document.text);
            if is_searched && document.text.len() <= MAX_BYTES {
                read(&mut host, environment, *kind);
            }
            host.said
        })
        .collect();
    let mut all = Said::default();
    for said in said {
        all.invocations.extend(said.invocations);
        all.mentions.extend(said.mentions);
        all.images.extend(said.images);
        all.actions.extend(said.actions);
        all.makes.extend(said.makes);
        all.problems.extend(said.problems);
    }
    make::follow(environment, repository, &mut all);
    all
}

fn read(host: &mut Host<'_>, environment: &Environment, kind: DocumentKind) {
    match kind {
        DocumentKind::Shell => shell::read(host, environment),
        DocumentKind::Makefile => makefile::read(host),
        DocumentKind::Workflow => workflow::read(host),
        DocumentKind::Action => workflow::read_action(host),
        DocumentKind::GitlabCi => gitlab::read(host),
        DocumentKind::Justfile => justfile::read(host),
        DocumentKind::Taskfile => taskfile::read(host),
        DocumentKind::PackageJson => package_json::read(host),
        DocumentKind::Devcontainer => devcontainer::read(host),
        DocumentKind::Markdown => markdown::read(host),
        DocumentKind::Python => python::read(host),
        DocumentKind::Unit => unit::read(host),
        DocumentKind::Manifest => manifest::read(host),
        DocumentKind::Ini => {
            let problems = settings::read_ini(host).into_iter();
            let own = host.document.id;
            host.said
                .problems
                .extend(problems.map(|problem| (own, problem)));
        }
        DocumentKind::Toml => settings::read_toml(host),
        DocumentKind::Settings => settings::read_tree(host),
        _ => {}
    }
}

impl Host<'_> {
    fn location(&self, span: Span) -> Location {
        Location::new(self.document.id, span)
    }

    /// The directory that the document stands in.
    fn directory(&self) -> TreePath {
        self.document.path.parent().unwrap_or_else(TreePath::root)
    }

    /// Where the commands of a document are run that does not say: from the root or from its own
    /// directory.
    fn anywhere(&self) -> Directory {
        Directory::one_of([TreePath::root(), self.directory()])
    }

    /// Adds what a piece of shell text calls.
    fn shell(
        &mut self,
        text: &Text,
        dialect: Dialect,
        directory: Directory,
        variables: Vec<(String, Value)>,
    ) {
        for call in self.calls(text, dialect, directory, variables) {
            self.call(&call, Form::Shell);
        }
    }

    /// What a piece of shell text calls.
    fn calls(
        &self,
        text: &Text,
        dialect: Dialect,
        directory: Directory,
        variables: Vec<(String, Value)>,
    ) -> Vec<Call> {
        // A variable may hold the name of the program.
        let is_meant = PROGRAMS.iter().any(|program| text.value.contains(program))
            || text.value.contains("make ")
            || text.value.contains(['/', '$']);
        if !is_meant {
            return Vec::new();
        }
        self.calls_of(&parse_text(text, dialect), directory, variables)
    }

    /// Adds what a script calls.
    fn script(&mut self, script: &Script, directory: Directory, variables: Vec<(String, Value)>) {
        for call in self.calls_of(script, directory, variables) {
            self.call(&call, Form::Shell);
        }
    }

    fn calls_of(
        &self,
        script: &Script,
        directory: Directory,
        variables: Vec<(String, Value)>,
    ) -> Vec<Call> {
        let snippet = Snippet {
            document: self.document.id,
            file: &self.document.path,
            repository: self.repository.as_deref(),
            script,
            directory,
            variables,
        };
        commands::calls(self.tree, snippet)
    }

    /// Adds a command whose words are known.
    fn call(&mut self, call: &Call, form: Form) {
        match Invocation::read(call, form, self.voice) {
            Some(invocation) => self.said.invocations.push(invocation),
            None => self.program(call, form),
        }
    }

    /// A script of the repository that is called, by itself or by an interpreter.
    fn program(&mut self, call: &Call, form: Form) {
        let (Some(program), rest) = (call.words.first(), call.words.get(1..)) else {
            return;
        };
        if is_make(program.text()) {
            return self.make(call, form);
        }
        if matches!(program.text(), "cd" | "pushd") {
            self.entered(rest.unwrap_or_default(), &call.directory, form);
            return;
        }
        if matches!(program.text(), "hadolint" | "shellcheck") {
            let files = rest.unwrap_or_default().iter();
            for file in files.filter(|word| is_checked(word.text())) {
                self.named(&file.value, PathRole::Checked, &call.directory, form);
            }
            return;
        }
        let script = match program.text() {
            "." | "bash" | "python" | "python3" | "sh" | "source" | "zsh" => {
                let mut operands = rest.unwrap_or_default().iter();
                operands.next().filter(|word| !word.text().starts_with('-'))
            }
            text => Some(program).filter(|_| text.contains('/')),
        };
        // What a document says to call may belong to another repository.
        let is_own = |word: &&Argument| {
            let parent = word
                .text()
                .rsplit_once('/')
                .map_or("", |(parent, _)| parent);
            let places = call.directory.resolve(parent);
            let mut places = places.iter().filter(|place| !place.is_root());
            self.voice == Voice::Program
                || places.any(|place| commands::is_directory(self.tree, place))
        };
        let script = script.filter(|word| !word.splits && is_script(word.text()));
        if let Some(script) = script.filter(is_own) {
            self.named(&script.value, PathRole::Script, &call.directory, form);
        }
    }

    /// A directory that is entered, where there is such a one: others are made on the way.
    fn entered(&mut self, operands: &[Argument], directory: &Directory, form: Form) {
        let mut operands = operands.iter();
        let Some(path) = operands.find(|word| !word.text().starts_with('-')) else {
            return;
        };
        let mention = mentions::path(
            self.tree,
            directory,
            &path.value,
            PathRole::WorkingDirectory,
        );
        if let Some(mut mention) = mention.filter(|it| it.resolution == Resolution::Found) {
            mention.voice = self.voice;
            mention.form = form;
            self.said.mentions.push(mention);
        }
    }

    /// Adds a path that is named.
    fn path(&mut self, text: &Text, role: PathRole, directory: &Directory) {
        let value = self.value(text);
        self.named(&value, role, directory, Form::Setting);
    }

    fn named(&mut self, value: &Value, role: PathRole, directory: &Directory, form: Form) {
        if let Some(mut mention) = mentions::path(self.tree, directory, value, role) {
            mention.voice = self.voice;
            mention.form = form;
            self.said.mentions.push(mention);
        }
    }

    /// Adds an image that is started.
    fn image(&mut self, text: &Text) {
        let mut value = self.value(text);
        if value.text.starts_with("docker://") {
            value.text.drain(.."docker://".len());
        }
        let is_filled_in = value.text.contains("{{") || value.text.is_empty();
        if !is_filled_in && self.voice != Voice::History {
            self.said.images.push(value);
        }
    }
}

/// Whether an argument of a linter is the path of a file.
fn is_checked(word: &str) -> bool {
    !word.starts_with('-') && (word.contains('/') || word.contains('.') || word == "Dockerfile")
}

/// Whether a word is the path of a script, by its ending.
fn is_script(word: &str) -> bool {
    [".sh", ".bash", ".py"]
        .iter()
        .any(|end| word.ends_with(end))
}
