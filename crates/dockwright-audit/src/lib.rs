//! Rules: from an environment to findings.

pub mod finding;
pub mod rule;

pub use finding::{Confidence, Finding, Related, Severity};
pub use rule::{Family, Fix, Metadata};
