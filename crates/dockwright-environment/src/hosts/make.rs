//! Calls of make: the makefiles that they name, and the recipes that they run with variables of
//! their own.

use std::collections::{HashSet, VecDeque};

use super::{Host, Said, makefile};
use crate::commands::{Call, Form, MAKEFILE_NAMES, MakeCall, Voice, is_directory};
use crate::mentions::{self, PathRole, Resolution};
use crate::{Environment, TreePath, Value};

/// Calls whose recipes are followed, each other's included.
const MAX_CALLS: usize = 256;

/// Files from which makefiles are made.
const SOURCES: &[&str] = &[
    "CMakeLists.txt",
    "Kbuild",
    "Makefile.PL",
    "Makefile.am",
    "Makefile.in",
    "configure",
    "configure.ac",
    "configure.in",
    "extconf.rb",
    "meson.build",
    "premake5.lua",
];

/// Adds what the recipes call for the sake of the variables that calls of make give them.
pub(super) fn follow(environment: &Environment, repository: Option<&str>, said: &mut Said) {
    let tree = environment.tree.as_ref();
    let mut calls: VecDeque<MakeCall> = std::mem::take(&mut said.makes).into();
    let mut seen = HashSet::new();
    while let Some(call) = calls.pop_front().filter(|_| seen.len() < MAX_CALLS) {
        let found = call.makefile(tree).filter(|_| call.says_more());
        let Some((path, directory)) = found else {
            continue;
        };
        let Some(document) = environment.documents.by_path(&path) else {
            continue;
        };
        let given = call.variables.iter();
        let given = given.map(|(name, it)| (name.clone(), it.known().map(str::to_owned)));
        let given: Vec<(String, Option<String>)> = given.collect();
        if !seen.insert((path, directory.clone(), call.targets.clone(), given)) {
            continue;
        }
        let mut host = Host {
            tree,
            document,
            voice: call.voice,
            repository: repository.map(str::to_owned),
            said: Said::default(),
        };
        makefile::run(&mut host, &call, directory);
        calls.extend(host.said.makes.into_iter().map(|mut inner| {
            inner.inherit(&call.variables);
            inner
        }));
        said.invocations.extend(host.said.invocations);
        said.mentions.extend(host.said.mentions);
    }
    said.invocations
        .sort_by_key(|invocation| invocation.location.document);
}

impl Host<'_> {
    /// A call of make.
    pub(super) fn make(&mut self, call: &Call, form: Form) {
        let Some(make) = MakeCall::read(call, self.voice) else {
            return;
        };
        if let Some(directory) = make.directory.as_ref().filter(|_| make.is_complete) {
            self.make_directory(&make, directory, form);
        }
        self.said.makes.push(make);
    }

    /// What `make -C` names: a directory with a makefile in it.
    fn make_directory(&mut self, make: &MakeCall, directory: &Value, form: Form) {
        let Some(text) = directory.known().map(|text| text.trim_end_matches('/')) else {
            return;
        };
        let mention = |text: String, role| {
            let value = Value {
                text,
                ..directory.clone()
            };
            mentions::path(self.tree, &make.from, &value, role)
        };
        let mention = if make.has_directory(self.tree, text) {
            let names: Vec<&str> = match &make.file {
                Some(file) => vec![file.text.as_str()],
                None => MAKEFILE_NAMES.to_vec(),
            };
            let files = names
                .into_iter()
                .filter_map(|name| mention(format!("{text}/{name}"), PathRole::Makefile));
            let mut files: Vec<_> = files.collect();
            let found = files
                .iter()
                .position(|file| file.resolution == Resolution::Found);
            match found {
                Some(found) => Some(files.swap_remove(found)),
                None => files.pop().filter(|_| !self.makes_makefiles(make, text)),
            }
        } else {
            // What a document says to call may belong to another repository.
            let parent = text.rsplit_once('/').map(|(parent, _)| parent);
            let is_own = |parent| {
                let places = make.from.resolve(parent);
                places.iter().any(|place| is_directory(self.tree, place))
            };
            let is_own = self.voice == Voice::Program || parent.is_some_and(is_own);
            let mention = mention(text.to_owned(), PathRole::WorkingDirectory);
            mention.filter(|_| is_own && !self.makes_makefiles(make, text))
        };
        self.said.mentions.extend(mention.map(|mut mention| {
            mention.voice = self.voice;
            mention.form = form;
            mention
        }));
    }

    /// Whether a tool may make the makefile of a directory: its input lies there or above.
    fn makes_makefiles(&self, make: &MakeCall, directory: &str) -> bool {
        let places = make.from.resolve(directory);
        let mut above = places
            .iter()
            .flat_map(|place| std::iter::successors(Some(place.clone()), TreePath::parent));
        above.any(|place| {
            let mut sources = SOURCES.iter().filter_map(|name| place.join(name));
            sources.any(|source| self.tree.entry(&source).is_some())
        })
    }
}
