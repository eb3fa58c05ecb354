//! What a parser could not read.

use crate::Span;

/// Something in a file that its own tool would refuse, or that had to be skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The text it is about.
    pub span: Span,
    /// What is wrong, as one lower-case clause without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// A problem without help.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: None,
        }
    }
}
