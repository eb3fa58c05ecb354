//! What is asked of a build, whatever the engine.

/// How the targets of a plan are built, beside what the plan says of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The builder of buildx to use; its current one when absent.
    pub builder: Option<String>,
    /// How many targets are built at the same time; no bound when absent.
    pub jobs: Option<usize>,
    /// Whether independent targets go on when one fails.
    pub keep_going: bool,
}
