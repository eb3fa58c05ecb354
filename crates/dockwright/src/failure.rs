//! What ends the program early.

use std::process::ExitCode;

use dockwright_image::ImageError;
use dockwright_refit::Refusal;

/// Wrong usage or configuration.
pub(crate) const USAGE: u8 = 2;
/// Nothing to read.
pub(crate) const NOTHING: u8 = 3;
/// A file or revision could not be used.
pub(crate) const UNUSABLE: u8 = 4;

/// Why the program cannot go on, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) code: u8,
    /// What is wrong.
    pub(crate) error: String,
    /// What to do.
    pub(crate) hint: String,
}

impl Failure {
    pub(crate) fn new(code: u8, error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            error: error.into(),
            hint: hint.into(),
        }
    }

    /// Prints the failure and gives its exit code.
    pub(crate) fn show(&self) -> ExitCode {
        eprintln!("error: {}\nhint: {}", self.error, self.hint);
        ExitCode::from(self.code)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::new(UNUSABLE, refusal.error, refusal.hint)
    }
}

impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Self {
        Self::new(UNUSABLE, error.error, error.hint)
    }
}
