//! Documents that hold commands, and what they say to run: one file for each kind.

mod history;
mod shell;

use rayon::prelude::*;

use crate::commands::{self, Call, Directory, Form, Invocation, PROGRAMS, Snippet, Voice};
use crate::discovery::DocumentKind;
use crate::{Document, DocumentId, Environment, Tree, TreePath, Value};
use dockwright_syntax::Text;
use dockwright_syntax::shell::{Dialect, Script, parse_text};

pub use history::History;

/// Words without which a text says nothing of containers.
const CONTAINERS: &[&str] = &[
    "ocker",
    "podman",
    "buildah",
    "nerdctl",
    "skopeo",
    "compose",
    "ontainerfile",
];

/// Whether a text may say something of containers.
pub(crate) fn speaks_of_containers(text: &str) -> bool {
    CONTAINERS.iter().any(|word| text.contains(word))
}

/// What a document says to run.
#[derive(Default)]
pub(crate) struct Said {
    /// Commands, in order.
    pub(crate) invocations: Vec<Invocation>,
}

/// A document that holds commands.
struct Host<'a> {
    tree: &'a dyn Tree,
    document: &'a Document,
    voice: Voice,
    said: Said,
}

/// What every document says, in the order of the documents.
pub(crate) fn read_all(environment: &Environment, history: &History) -> Said {
    let scripts = environment
        .scripts
        .iter()
        .map(|script| (script.document, None));
    let texts = environment.texts.iter();
    let texts = texts.map(|text| (text.document, Some(text.kind)));
    let mut documents: Vec<(DocumentId, Option<DocumentKind>)> = scripts.chain(texts).collect();
    documents.sort_by_key(|(document, _)| *document);
    let said: Vec<Said> = documents
        .par_iter()
        .map(|(document, kind)| read(environment, *document, *kind, history))
        .collect();
    let mut all = Said::default();
    for said in said {
        all.invocations.extend(said.invocations);
    }
    all
}

fn read(
    environment: &Environment,
    id: DocumentId,
    kind: Option<DocumentKind>,
    history: &History,
) -> Said {
    let document = environment.documents.get(id);
    if !speaks_of_containers(&document.text) {
        return Said::default();
    }
    let mut host = Host {
        tree: environment.tree.as_ref(),
        document,
        voice: history.voice(&document.path, kind),
        said: Said::default(),
    };
    match kind {
        None => shell::read(&mut host, environment),
        Some(_) => {}
    }
    host.said
}

impl<'a> Host<'a> {
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
        if PROGRAMS.iter().any(|program| text.value.contains(program)) {
            self.script(&parse_text(text, dialect), directory, variables);
        }
    }

    /// Adds what a script calls.
    fn script(&mut self, script: &Script, directory: Directory, variables: Vec<(String, Value)>) {
        let snippet = Snippet {
            document: self.document.id,
            file: &self.document.path,
            script,
            directory,
            variables,
        };
        for call in commands::calls(self.tree, snippet) {
            self.call(&call, Form::Shell);
        }
    }

    /// Adds a command whose words are known.
    fn call(&mut self, call: &Call, form: Form) {
        let invocation = Invocation::read(call, form, self.voice);
        self.said.invocations.extend(invocation);
    }
}
