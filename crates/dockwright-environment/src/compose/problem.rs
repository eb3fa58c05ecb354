//! What Compose would refuse.

use crate::{Location, Value};

/// Something that keeps a project from being what its files say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub location: Location,
    /// What is wrong, as one lower-case clause without a full stop.
    pub message: String,
    /// How sure it is.
    pub kind: ProblemKind,
}

/// How sure a [`Problem`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Compose refuses the project, whatever is set in its environment.
    Refused,
    /// Compose refuses the project unless a variable is set that no file sets.
    Unset,
    /// Something is not declared, and another file may be meant to do so: a file has a name that
    /// Compose does not look for, or a service has nothing to run.
    Incomplete,
    /// A file that is named is not in the tree: it is not part of the repository, or made later.
    MissingFile,
    /// It cannot be told without a network, or is beyond the limits of this reader.
    Unsupported,
}

impl Problem {
    /// What Compose refuses for certain.
    pub(super) fn refused(location: Location, message: impl Into<String>) -> Self {
        Self {
            location,
            message: message.into(),
            kind: ProblemKind::Refused,
        }
    }

    /// What Compose refuses, for certain only if every variable of `value` is known.
    pub(super) fn invalid(value: &Value, message: impl Into<String>) -> Self {
        let kind = if value.is_known() {
            ProblemKind::Refused
        } else {
            ProblemKind::Unset
        };
        Self {
            kind,
            ..Self::refused(value.location, message)
        }
    }

    /// What cannot be read here.
    pub(super) fn unsupported(location: Location, message: impl Into<String>) -> Self {
        Self {
            kind: ProblemKind::Unsupported,
            ..Self::refused(location, message)
        }
    }

    /// A file that is not there.
    pub(super) fn missing(location: Location, message: impl Into<String>) -> Self {
        Self {
            kind: ProblemKind::MissingFile,
            ..Self::refused(location, message)
        }
    }
}
