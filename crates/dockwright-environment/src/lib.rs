//! From files to one linked model of a repository's Docker environment.

pub mod bake;
mod bake_service;
pub mod build;
mod caller;
pub mod commands;
pub mod compose;
pub mod configuration;
pub mod context;
pub mod context_reads;
pub mod contexts;
pub mod copies;
mod cycles;
mod define;
pub mod definition;
pub mod discovery;
pub mod document;
mod environment;
mod fold;
pub mod git;
mod git_ignored;
pub mod graph;
pub mod hosts;
pub mod image_use;
mod link;
pub mod location;
pub mod mentions;
pub mod naming;
pub mod packages;
pub mod path;
mod projects;
mod read;
pub mod reference;
pub mod repository;
pub mod roles;
pub mod shell;
pub mod text_files;
pub mod tree;
pub mod value;

pub use caller::CallerVariables;
pub use document::{Document, Documents};
pub use environment::{
    DockerfileDocument, Environment, IgnoreDocument, ScriptDocument, TextDocument,
};
pub use location::{DocumentId, Location};
pub use path::TreePath;
pub use read::ReadOptions;
pub use tree::Tree;
pub use value::{Value, Variable, VariableSource};
