//! Rules: from an environment to findings.

mod archives;
mod dangling;
mod declarations;
mod dockerfile_policy;
mod documented;
pub mod finding;
mod hadolint_configuration;
mod image_environment;
mod image_scripts;
mod images;
mod installs;
mod label_formats;
pub mod levels;
mod mentions;
mod nearest;
pub mod page;
mod reads;
pub mod registry;
pub mod rule;
mod rules;
mod run;
mod script_arguments;
mod script_variables;
mod secrets;
mod shell_codes;
mod stage;
mod steps;
mod suppression;
mod tables;
#[cfg(test)]
mod testing;
mod variables;
mod well_known;
mod words;

pub use dockwright_shellcheck::can_check as can_check_shell;
pub use finding::{Confidence, Finding, Related, Severity};
pub use rule::{Context, Family, Fix, Metadata, Rule};
pub use run::{Audit, audit};
pub use stage::StageView;
