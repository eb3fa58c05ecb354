//! Compose projects: from Compose files to the services that `docker compose` would run.
//!
//! [`resolve`] does what Compose v5 does when nothing is set in its environment: it interpolates,
//! follows `include` and `extends`, lays override files over one another, and brings short forms
//! into their long ones. Every value that comes out knows the file and place it was written at.
//! Nothing is run and nothing outside of the tree is read. What Compose would refuse is a
//! [`Problem`], and resolving goes on without it.

mod build_model;
mod canonical;
mod check;
mod command;
mod consistency;
pub mod dotenv;
mod extends;
mod formats;
mod include;
mod interpolate;
mod load;
mod loader;
mod merge;
mod model;
mod mounts;
mod node;
mod ports;
mod problem;
mod read;
mod roots;
mod unique;
mod variables;

pub use load::{Request, resolve};
pub use loader::{Loader, Source};
pub use model::{
    AdditionalContext, Argument, Build, CommandForm, CommandLine, Dependency, EnvFile,
    EnvironmentEntry, Extends, FileMount, Healthcheck, HealthcheckTest, Mount, MountKind, Pair,
    Port, Project, Resource, Service, Watch,
};
pub use node::{Entry, Mapping, Name, Node, NodeKind, Scalar};
pub use problem::{Problem, ProblemKind};
pub use roots::{FILE_NAMES, OVERRIDE_NAMES, project_files};
pub use variables::Variables;
