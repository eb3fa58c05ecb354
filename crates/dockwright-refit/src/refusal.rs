//! Why a change is not made.

/// Why a change is not made. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong and where, in one clause without a full stop.
    pub error: String,
    /// What to do about it.
    pub hint: String,
}

impl Refusal {
    /// A refusal with what to do about it.
    pub fn new(error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            hint: hint.into(),
        }
    }
}
