//! Every refactoring, one file each.

use crate::Refactoring;

/// Registers refactorings: `file::Type` for each.
macro_rules! registry {
    ($($file:ident :: $refactoring:ident,)+) => {
        $(mod $file;)+

        /// Every refactoring there is, by name.
        pub(crate) static REFACTORINGS: &[&dyn Refactoring] = &[$(&$file::$refactoring,)+];
    };
}

registry! {
    adopt_bake::AdoptBake,
}
