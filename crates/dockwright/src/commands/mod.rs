//! One file per subcommand.

pub(crate) mod audit;
pub(crate) mod build;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod fix;
pub(crate) mod graph;
pub(crate) mod inspect;
pub(crate) mod mv;
pub(crate) mod refit;
pub(crate) mod undo;
