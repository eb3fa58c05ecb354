//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "dockwright",
    version,
    about = "Reads everything that says how a repository's images are made and used as one graph, and says what is wrong between the files",
    after_help = "Exit codes:\n  0  nothing at or above the threshold\n  1  findings\n  2  wrong usage or configuration\n  3  nothing to read\n  4  a file or revision could not be used",
    propagate_version = true
)]
pub struct Cli {
    /// The repository
    #[arg(long, value_name = "DIR", default_value = ".", global = true)]
    pub root: PathBuf,

    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: When,

    /// What to do
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Report every finding, worst first
    Audit(AuditArguments),
    /// Show the images, who builds them and who uses them
    Graph(GraphArguments),
    /// Show the page of a rule
    Explain(ExplainArguments),
    /// Change the repository by a named refactoring
    Refit(RefitArguments),
}

/// `auto`, `always` or `never`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The arguments of `audit`.
#[derive(Debug, Args)]
pub struct AuditArguments {
    /// Report only what stands in these files or directories; everything is read all the same
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// How to print the findings
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: FindingsFormat,

    /// The severity from which the exit code is 1 [default: warning, or as `dockwright.toml` says]
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<Threshold>,

    /// The confidence from which findings are shown [default: medium, or as `dockwright.toml` says]
    #[arg(long, value_name = "CONFIDENCE")]
    pub confidence: Option<Sureness>,

    /// Report only these rules, by name or alias
    #[arg(long = "rule", value_name = "RULE")]
    pub rules: Vec<String>,

    /// Read a git revision instead of the files on disk
    #[arg(long, value_name = "REV")]
    pub rev: Option<String>,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FindingsFormat {
    /// For people, with the source
    Text,
    /// A versioned object; its schema is in the documentation
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands that GitHub shows as annotations
    Github,
}

/// The severity from which the exit code is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Threshold {
    /// Any finding
    Info,
    /// Warnings and errors
    Warning,
    /// Errors
    Error,
    /// Never
    Never,
}

/// The confidence from which findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sureness {
    /// Everything, hints too
    Low,
    /// What is very likely
    Medium,
    /// What follows from the files
    High,
}

/// The arguments of `graph`.
#[derive(Debug, Args)]
pub struct GraphArguments {
    /// How to print the graph
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: GraphFormat,

    /// Read a git revision instead of the files on disk
    #[arg(long, value_name = "REV")]
    pub rev: Option<String>,
}

/// How the graph is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// A tree, for people
    Text,
    /// A versioned object; its schema is in the documentation
    Json,
    /// For Graphviz
    Dot,
    /// For Markdown that renders Mermaid
    Mermaid,
    /// A picture
    Svg,
}

/// The arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// A rule's name or alias; all rules are listed without
    #[arg(value_name = "RULE")]
    pub rule: Option<String>,
}

/// The arguments of `refit`.
#[derive(Debug, Args)]
pub struct RefitArguments {
    /// The refactoring; `list` shows all
    #[arg(value_name = "NAME")]
    pub name: String,

    /// Write the changes; without it they are only shown
    #[arg(long)]
    pub write: bool,
}
