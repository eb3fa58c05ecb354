//! Names that only part of a file knows.

use super::datum::Datum;
use crate::DocumentId;

/// Where an expression stands: its file and the local names around it.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    pub(super) document: DocumentId,
    locals: Option<&'s Locals<'s>>,
}

/// Local names, and those around them.
pub(super) struct Locals<'s> {
    names: &'s [(String, Datum)],
    outer: Option<&'s Locals<'s>>,
}

impl<'s> Scope<'s> {
    /// Outside any local name.
    pub(super) fn global(document: DocumentId) -> Self {
        Self {
            document,
            locals: None,
        }
    }

    /// The names of this scope behind new ones.
    pub(super) fn locals(&self, names: &'s [(String, Datum)]) -> Locals<'s> {
        Locals {
            names,
            outer: self.locals,
        }
    }

    /// The same place with these local names.
    pub(super) fn with<'i>(&self, locals: &'i Locals<'i>) -> Scope<'i> {
        Scope {
            document: self.document,
            locals: Some(locals),
        }
    }

    /// The value of a local name.
    pub(super) fn get(&self, name: &str) -> Option<&'s Datum> {
        let mut locals = self.locals;
        while let Some(current) = locals {
            let found = current.names.iter().rev().find(|(known, _)| known == name);
            if let Some((_, datum)) = found {
                return Some(datum);
            }
            locals = current.outer;
        }
        None
    }
}
