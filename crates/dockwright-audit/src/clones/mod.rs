//! What stands more than once.
//!
//! Files are cut into units – an instruction, a paragraph, the body of a function – and each unit is a
//! text of normalised tokens. Equal texts have equal numbers, so that everything else is a search in
//! lists of numbers, in near-linear time.

mod instructions;
mod numbers;
mod prose;
mod repeats;
mod scope;
mod shell;
mod similarity;
mod stages;

use instructions::unit;
pub(crate) use numbers::Numbers;
pub(crate) use prose::{Block, BlockKind, sections};
pub(crate) use repeats::{Place, Repeat, repeats};
pub(crate) use scope::{Scope, without_version};
pub(crate) use shell::ShellTokens;
pub(crate) use similarity::similarity;
pub(crate) use stages::{Body, BodyUnit, bodies, is_work};

/// Places that a finding relates, at most.
pub(crate) const MANY: usize = 40;
