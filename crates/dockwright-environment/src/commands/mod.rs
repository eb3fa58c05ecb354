//! Commands that stand anywhere in a repository: in scripts, Makefiles, workflows, programs and
//! documents.
//!
//! `script` follows a shell script without running it and tells what it calls, with variables put
//! in and `cd` respected; `invocation` reads what it calls with the grammars of the container
//! programs, and `make` the calls of make.

mod argument;
mod build;
mod compose;
mod directory;
mod expand;
mod grammar;
mod invocation;
mod make;
mod script;

pub use argument::Argument;
pub(crate) use argument::unset;
pub(crate) use build::BuildCommand;
pub use compose::ComposeCommand;
pub use directory::Directory;
pub(crate) use directory::{is_directory, shown, spell};
pub(crate) use invocation::PROGRAMS;
pub use invocation::{CommandOption, Form, Invocation, Voice};
pub(crate) use make::{MAKEFILE_NAMES, MakeCall, is_make};
pub(crate) use script::{Call, Snippet, calls};
