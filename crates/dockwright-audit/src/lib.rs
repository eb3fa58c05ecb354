//! Rules: from an environment to findings.

mod brought;
mod build_tools;
mod dangling;
mod declarations;
mod dockerfile_policy;
mod documented;
mod downloads;
pub mod finding;
mod image_environment;
mod image_role;
mod image_scripts;
mod image_users;
mod images;
mod installs;
pub mod levels;
mod mentions;
mod nearest;
pub mod page;
mod reads;
pub mod registry;
pub mod rule;
mod rules;
mod run;
mod script_variables;
mod secret_values;
mod secrets;
mod source_files;
mod stage;
mod steps;
mod suppression;
mod tables;
#[cfg(test)]
mod testing;
mod variables;
mod well_known;
mod words;

pub use finding::{Confidence, Finding, Related, Severity};
pub use rule::{Context, Family, Fix, Metadata, Rule};
pub use run::{Audit, audit};
pub use stage::StageView;
