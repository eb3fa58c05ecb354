//! Why an image cannot be read.

use std::fmt;

/// Why an image cannot be read, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageError {
    /// What is wrong, and where: one clause without a full stop.
    pub error: String,
    /// What to do.
    pub hint: String,
}

impl ImageError {
    /// An error with advice.
    pub fn new(error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            hint: hint.into(),
        }
    }

    /// An image that is not what its own documents say, or that no engine would unpack.
    pub(crate) fn broken(error: impl Into<String>) -> Self {
        Self::new(
            error,
            "the image is damaged or hostile: fetch or build it again, and do not run it",
        )
    }

    /// The same error, of a part that is named.
    pub(crate) fn of(mut self, part: impl fmt::Display) -> Self {
        self.error = format!("{part}: {}", self.error);
        self
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.error)
    }
}

impl std::error::Error for ImageError {}
