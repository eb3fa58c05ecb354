//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "dockwright",
    version,
    about = "Reads everything that says how a repository's images are made and used as one graph, and says what is wrong between the files",
    after_help = "Exit codes:\n  0  nothing at or above the threshold\n  1  findings\n  2  wrong usage or configuration\n  3  nothing to read\n  4  a file, revision, image or engine could not be used",
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
    /// Repair findings by changes that are proved not to break anything
    Fix(FixArguments),
    /// Change the repository by a named refactoring
    Refit(RefitArguments),
    /// Move files or directories, and rewrite everything that names them
    Mv(MvArguments),
    /// Take back the last change that was written
    Undo,
    /// Build images, each after what it needs
    Build(Box<BuildArguments>),
    /// Show where every byte of an image comes from
    Inspect(InspectArguments),
    /// Say how two images differ: packages, files, configuration, bytes
    Diff(DiffArguments),
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

    /// Report only what was not found at a git revision; `REV...` is where the branches parted
    #[arg(long, value_name = "REV")]
    pub since: Option<String>,

    /// Check shell code with the installed `ShellCheck` instead of the built-in rules
    #[arg(long, value_name = "PROGRAM", num_args = 0..=1, require_equals = true, default_missing_value = "shellcheck")]
    pub shellcheck: Option<PathBuf>,
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
    /// A GitLab code quality report
    Gitlab,
    /// A `JUnit` report: a test that failed for each error and warning
    Junit,
    /// A Checkstyle report
    Checkstyle,
    /// What hadolint prints with `--format json`
    Hadolint,
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

/// The arguments of `fix`.
#[derive(Debug, Args)]
pub struct FixArguments {
    /// Repair only what stands in these files or directories; everything is read all the same
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Repair what needs a build and a look, too
    #[arg(long = "unsafe")]
    pub with_unsafe: bool,

    /// Ask registries for the digests of images that have no version, and pin those to them
    #[arg(long, requires = "with_unsafe")]
    pub online: bool,

    /// Pin packages that have no version to what an image of the engine has
    #[arg(long, value_name = "IMAGE", requires = "with_unsafe")]
    pub packages_of: Vec<String>,

    /// Pin images and packages that have no version as a JSON file says
    #[arg(long, value_name = "FILE", requires = "with_unsafe")]
    pub pins: Option<PathBuf>,

    /// Repair only what these rules find, by name or alias
    #[arg(long = "rule", value_name = "RULE")]
    pub rules: Vec<String>,

    /// Print the changes as a diff that `git apply` takes, and write nothing
    #[arg(long, conflicts_with = "check")]
    pub diff: bool,

    /// Write nothing; the exit code is 1 when something can be repaired
    #[arg(long)]
    pub check: bool,

    /// Repair although there are changes that are not committed
    #[arg(long)]
    pub allow_dirty: bool,

    /// The confidence from which findings are repaired [default: medium, or as `dockwright.toml` says]
    #[arg(long, value_name = "CONFIDENCE")]
    pub confidence: Option<Sureness>,
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

    /// Write them although there are changes that are not committed
    #[arg(long)]
    pub allow_dirty: bool,
}

/// The arguments of `mv`.
#[derive(Debug, Args)]
pub struct MvArguments {
    /// The file or directory, relative to the repository's root
    #[arg(value_name = "OLD")]
    pub old: PathBuf,

    /// Its new path, or a directory to move it into
    #[arg(value_name = "NEW")]
    pub new: PathBuf,

    /// Print the changes as a diff, and write nothing
    #[arg(long)]
    pub diff: bool,

    /// Leave mentions that cannot be rewritten with certainty as they are, and list them
    #[arg(long)]
    pub leave: bool,

    /// Move although there are changes that are not committed
    #[arg(long)]
    pub allow_dirty: bool,
}

/// The arguments of `build`.
#[derive(Debug, Args)]
pub struct BuildArguments {
    /// Targets, groups, services, images or Dockerfiles [default: the group `default`]
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// Only those that changed since a git revision, and what depends on them
    #[arg(long, value_name = "REV")]
    pub affected_since: Option<String>,

    /// Print what would be built, as a bake file in JSON, and build nothing
    #[arg(long, conflicts_with = "list")]
    pub print: bool,

    /// List the targets and groups that are asked for, or all there are, and build nothing
    #[arg(long)]
    pub list: bool,

    /// Prove without network that all files are there and in order: bases are empty, nothing runs
    #[arg(long)]
    pub rehearse: bool,

    /// The engine
    #[arg(
        long,
        value_name = "ENGINE",
        default_value = "docker",
        help_heading = "Engine"
    )]
    pub engine: EngineName,

    /// The builder of buildx [default: its current one]
    #[arg(long, value_name = "NAME", help_heading = "Engine")]
    pub builder: Option<String>,

    /// Privileges for the build, as buildx has them, such as `network.host`
    #[arg(long, value_name = "ENTITLEMENT", help_heading = "Engine")]
    pub allow: Vec<String>,

    /// Build this many targets at the same time [default: no bound]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), help_heading = "Engine")]
    pub jobs: Option<u16>,

    /// Go on with independent targets when one fails
    #[arg(short, long, help_heading = "Engine")]
    pub keep_going: bool,

    /// A build argument, for every Dockerfile that declares it; without a value, the one that the
    /// environment has
    #[arg(
        long = "build-arg",
        value_name = "NAME[=VALUE]",
        help_heading = "What is built"
    )]
    pub build_arguments: Vec<String>,

    /// Change a target for this build, as bake does
    #[arg(
        long = "set",
        value_name = "TARGET.KEY=VALUE",
        help_heading = "What is built"
    )]
    pub overrides: Vec<String>,

    /// Build for these platforms
    #[arg(
        long = "platform",
        value_name = "PLATFORM",
        value_delimiter = ',',
        help_heading = "What is built"
    )]
    pub platforms: Vec<String>,

    /// Use no cache
    #[arg(long, help_heading = "What is built")]
    pub no_cache: bool,

    /// Ask for bases anew
    #[arg(long, help_heading = "What is built")]
    pub pull: bool,

    /// A secret: its name and place
    #[arg(
        long,
        value_name = "id=ID[,src=FILE|,env=NAME]",
        help_heading = "What is built"
    )]
    pub secret: Vec<String>,

    /// An SSH agent or keys
    #[arg(long, value_name = "default|ID[=PATH]", help_heading = "What is built")]
    pub ssh: Vec<String>,

    /// Push the images to their registries
    #[arg(long, help_heading = "Where it goes")]
    pub push: bool,

    /// Load the images into the engine's own store
    #[arg(long, help_heading = "Where it goes")]
    pub load: bool,

    /// Write the results elsewhere, such as `type=oci,dest=image.tar`
    #[arg(short, long, value_name = "OUTPUT", help_heading = "Where it goes")]
    pub output: Vec<String>,

    /// A cache to read, such as `type=registry,ref=example.org/app:cache`
    #[arg(long, value_name = "CACHE", help_heading = "Where it goes")]
    pub cache_from: Vec<String>,

    /// A cache to write
    #[arg(long, value_name = "CACHE", help_heading = "Where it goes")]
    pub cache_to: Vec<String>,

    /// A bill of materials
    #[arg(long, value_name = "OPTIONS", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = "Where it goes")]
    pub sbom: Option<String>,

    /// Provenance, such as `mode=max`
    #[arg(long, value_name = "OPTIONS", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = "Where it goes")]
    pub provenance: Option<String>,

    /// Where the engine writes what it knows of the results, as JSON
    #[arg(long, value_name = "FILE", help_heading = "Where it goes")]
    pub metadata_file: Option<PathBuf>,

    /// How to show what happens
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    pub progress: ProgressFormat,
}

/// What builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineName {
    /// `docker buildx bake`, and every builder that buildx has
    Docker,
    /// `podman build`
    Podman,
    /// `buildah build`
    Buildah,
}

/// How what happens is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProgressFormat {
    /// A line for each target on a terminal, else plain
    Auto,
    /// A line for each target, kept up to date
    Live,
    /// Line by line
    Plain,
    /// What buildx says, as JSON
    Rawjson,
    /// Nothing but errors and the table at the end
    Quiet,
}

/// The arguments of `inspect`.
#[derive(Debug, Args)]
pub struct InspectArguments {
    /// A name in Docker or podman, a path to an archive or OCI layout, or one after `docker-archive:`,
    /// `oci-archive:`, `oci:`, `docker-daemon:`, `containers-storage:` or `docker://`
    #[arg(value_name = "IMAGE")]
    pub image: String,

    /// The platform, where there are several [default: this machine's]
    #[arg(long, value_name = "PLATFORM")]
    pub platform: Option<String>,

    /// The Dockerfile that it was built from: steps get its lines
    #[arg(long, value_name = "FILE")]
    pub dockerfile: Option<PathBuf>,

    /// The stage that was built [default: the last one]
    #[arg(long, value_name = "STAGE", requires = "dockerfile")]
    pub target: Option<String>,

    /// Trust the digests of layers, and skip what need not be read
    #[arg(long)]
    pub no_verify: bool,

    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: InspectionFormat,
}

/// How an image is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InspectionFormat {
    /// One screen, for people
    Text,
    /// A versioned object; its schema is in the documentation
    Json,
    /// Tables, for a pull request
    Markdown,
}

/// The arguments of `diff`.
#[derive(Debug, Args)]
pub struct DiffArguments {
    /// The earlier image, named as for `inspect`
    #[arg(value_name = "A")]
    pub before: String,

    /// The later image
    #[arg(value_name = "B")]
    pub after: String,

    /// The platform, where there are several [default: this machine's]
    #[arg(long, value_name = "PLATFORM")]
    pub platform: Option<String>,

    /// Trust the digests of layers
    #[arg(long)]
    pub no_verify: bool,

    /// List all that differs, however much it is
    #[arg(long)]
    pub all: bool,

    /// The verdict from which the exit code is 1
    #[arg(long, value_name = "VERDICT", default_value = "only-smaller")]
    pub fail_on: LeastVerdict,

    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: InspectionFormat,
}

/// The verdict from which the exit code is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LeastVerdict {
    /// All but one and the same image
    Equal,
    /// Something is gone, or more than that
    OnlySmaller,
    /// Settings or files of no package differ, or more than that
    EqualPackages,
    /// Packages or their files differ
    Different,
    /// Never
    Never,
}
