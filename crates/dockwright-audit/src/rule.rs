//! What a rule is.

use crate::finding::Severity;

/// What is known of a rule before it runs.
#[derive(Debug)]
pub struct Metadata {
    /// Its kebab-case name, read as "there is a …". Never changes once released.
    pub name: &'static str,
    /// The family it belongs to.
    pub family: Family,
    /// How bad its findings usually are.
    pub severity: Severity,
    /// Whether its findings can be repaired mechanically.
    pub fix: Fix,
    /// Names other tools give to the same rule; accepted wherever a rule is named.
    pub aliases: &'static [&'static str],
    /// Its page, in Markdown: a first line that says what there is, then sections.
    pub documentation: &'static str,
}

impl Metadata {
    /// The first line of the page: what there is when the rule fires.
    pub fn summary(&self) -> &'static str {
        self.documentation
            .trim_start()
            .lines()
            .next()
            .unwrap_or_default()
            .trim()
    }
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// What one file says about another.
    Graph,
    /// What reaches the builder.
    Context,
    /// Cache and speed.
    Cache,
    /// Arguments and variables.
    Arguments,
}

impl Family {
    /// The word that people and machines read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Context => "context",
            Self::Cache => "cache",
            Self::Arguments => "arguments",
        }
    }
}

/// Whether and how surely a finding can be repaired mechanically.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fix {
    /// Somebody must decide.
    None,
    /// The images that come out are the same, or differ only by what the rule says.
    Safe,
    /// Needs a build and a look.
    Unsafe,
}
