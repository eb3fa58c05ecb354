//! Rules: from an environment to findings.

mod declarations;
pub mod finding;
mod image_environment;
mod images;
mod installs;
pub mod page;
mod reads;
pub mod registry;
pub mod rule;
mod rules;
mod run;
mod secrets;
pub mod settings;
mod stage;
mod suppression;
mod tables;
#[cfg(test)]
mod testing;
mod variables;
mod words;

pub use finding::{Confidence, Finding, Related, Severity};
pub use rule::{Context, Family, Fix, Metadata, Rule};
pub use run::{Audit, audit};
pub use settings::Settings;
pub use stage::StageView;
