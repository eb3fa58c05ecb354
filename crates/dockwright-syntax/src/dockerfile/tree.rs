//! The typed tree of one Dockerfile.
//!
//! Source: the Dockerfile reference, and what `BuildKit`'s frontend really accepts.

use std::ops::Range;

use crate::{Problem, Span, Spanned, Text};

/// One Dockerfile.
#[derive(Clone, Debug, Default)]
pub struct Dockerfile {
    /// Parser directives, in order.
    pub directives: Vec<Directive>,
    /// The escape character that is in force: `\` or `` ` ``.
    pub escape: char,
    /// Every comment line, those inside continued instructions too; without the line ending.
    pub comments: Vec<Span>,
    /// Every instruction, in order. `ONBUILD`'s trigger is inside its instruction.
    pub instructions: Vec<Instruction>,
    /// The stages: which instructions belong to which `FROM`.
    pub stages: Vec<Stage>,
    /// What `BuildKit` would refuse. The rest of the tree is as good as it can be.
    pub problems: Vec<Problem>,
}

/// A parser directive: `# syntax=…`, `# escape=…`, `# check=…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// The name, in lower case.
    pub name: Spanned<String>,
    /// The value, trimmed.
    pub value: Spanned<String>,
    /// The whole line without its ending.
    pub span: Span,
}

/// A build stage: a `FROM` and what follows it.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Indices into [`Dockerfile::instructions`], the `FROM` first.
    pub instructions: Range<usize>,
    /// The name of `AS name` in lower case, as `BuildKit` compares it.
    pub name: Option<Spanned<String>>,
}

/// One instruction with all that belongs to it.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// From the keyword to the end of its last line (here-documents included), without the last line ending.
    pub span: Span,
    /// The keyword as written.
    pub keyword: Spanned<String>,
    /// `--name=value` options, in order.
    pub flags: Vec<Flag>,
    /// All that follows the keyword and the flags, continuations joined, comments dropped; here-document bodies are not in it.
    pub arguments: Text,
    /// Here-documents, in the order they are opened. Those of a trigger belong to the trigger, not
    /// to its `ONBUILD`.
    pub heredocs: Vec<Heredoc>,
    /// The arguments by their meaning.
    pub kind: InstructionKind,
}

/// A `--name[=value]` option of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The whole option.
    pub span: Span,
    /// The name without dashes, in lower case.
    pub name: Spanned<String>,
    /// The value behind `=`; absent for a bare boolean. Quotes and escape characters are removed,
    /// as `BuildKit` does before it expands variables.
    pub value: Option<Text>,
}

/// A here-document.
#[derive(Clone, Debug)]
pub struct Heredoc {
    /// The word behind `<<`, without quotes.
    pub name: Spanned<String>,
    /// The redirection as written, such as `<<-"EOF"`.
    pub operator: Span,
    /// Whether `<<-` strips leading tabs.
    pub strip_tabs: bool,
    /// Whether variables are expanded (the word is not quoted).
    pub expand: bool,
    /// The lines between, each with its ending; tabs stripped from the value where asked for.
    pub body: Text,
    /// The line that ends it.
    pub terminator: Span,
}

/// The arguments of an instruction by their meaning.
#[derive(Clone, Debug)]
pub enum InstructionKind {
    /// `FROM [--platform=…] image [AS name]`
    From(From),
    /// `RUN`
    Run(Run),
    /// `COPY`
    Copy(Copy),
    /// `ADD`
    Add(Copy),
    /// `ARG name[=default] …`
    Arg(Vec<Assignment>),
    /// `ENV name=value …` and the legacy `ENV name value`
    Env(Vec<Assignment>),
    /// `LABEL name=value …` and the legacy form
    Label(Vec<Assignment>),
    /// `USER name[:group]`
    User(Text),
    /// `WORKDIR path`
    Workdir(Text),
    /// `EXPOSE port[/protocol] …`
    Expose(Vec<Text>),
    /// `VOLUME path …` or a JSON array
    Volume(Vec<Text>),
    /// `CMD`
    Cmd(Command),
    /// `ENTRYPOINT`
    Entrypoint(Command),
    /// `SHELL ["…"]`
    Shell(Vec<Text>),
    /// `STOPSIGNAL signal`
    StopSignal(Text),
    /// `HEALTHCHECK NONE` is `None`; else the command behind `CMD`
    Healthcheck(Option<Command>),
    /// `ONBUILD instruction`
    Onbuild(Box<Instruction>),
    /// `MAINTAINER name` (deprecated)
    Maintainer(Text),
    /// A keyword `BuildKit` does not know, or arguments it refuses; a [`Problem`] says why
    Invalid,
}

/// The arguments of `FROM`.
#[derive(Clone, Debug)]
pub struct From {
    /// The image or stage name; variables not expanded.
    pub image: Text,
    /// `AS name`, as written.
    pub alias: Option<Spanned<String>>,
}

/// The arguments of `RUN`.
#[derive(Clone, Debug)]
pub struct Run {
    /// What runs. With here-documents this is the line that opens them.
    pub command: Command,
    /// `--mount=…` options, in order, split into their parts.
    pub mounts: Vec<Mount>,
}

/// What `RUN`, `CMD`, `ENTRYPOINT` or a health check execute.
#[derive(Clone, Debug)]
pub enum Command {
    /// Handed to the shell of the stage. An array that is not valid JSON is read so too, as `BuildKit` does.
    Shell(Text),
    /// A JSON array of strings; the values decoded, the spans with their quotes.
    Exec(Vec<Spanned<String>>),
}

/// A `--mount` option.
#[derive(Clone, Debug)]
pub struct Mount {
    /// The whole option.
    pub span: Span,
    /// `type=`; `bind` when absent.
    pub kind: MountKind,
    /// Every `key=value` or bare `key`, in order.
    pub options: Vec<MountOption>,
}

/// The `type` of a `--mount`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountKind {
    /// A file or folder of the context, a stage or an image.
    Bind,
    /// A cache folder.
    Cache,
    /// An in-memory file system.
    Tmpfs,
    /// A secret file or variable.
    Secret,
    /// An SSH agent socket.
    Ssh,
    /// A type `BuildKit` does not know, or one that holds a variable.
    Other,
}

/// One part of a `--mount`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountOption {
    /// The key in lower case, aliases (`src`, `dst`, `destination`, `readonly`, …) as written.
    pub key: Spanned<String>,
    /// The value behind `=`.
    pub value: Option<Text>,
}

/// The arguments of `COPY` or `ADD`.
#[derive(Clone, Debug)]
pub struct Copy {
    /// What is copied: paths, patterns, URLs or here-documents.
    pub sources: Vec<CopySource>,
    /// Where to.
    pub destination: Text,
    /// Whether the JSON array form was used.
    pub exec_form: bool,
}

/// One source of `COPY` or `ADD`.
#[derive(Clone, Debug)]
pub enum CopySource {
    /// A path, pattern or URL; variables not expanded.
    Path(Text),
    /// The index of a here-document of the instruction.
    Heredoc(usize),
}

/// One `name=value` of `ARG`, `ENV` or `LABEL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// From the name to the end of the value.
    pub span: Span,
    /// The name; for `LABEL` quotes and variables may be in it.
    pub name: Text,
    /// The value as written, quotes kept; absent for `ARG name`.
    pub value: Option<Text>,
}

impl Dockerfile {
    /// The instructions of a stage, the `FROM` first.
    pub fn stage_instructions(&self, stage: &Stage) -> &[Instruction] {
        self.instructions
            .get(stage.instructions.clone())
            .unwrap_or_default()
    }

    /// The names of the stages, in order; without those that have none.
    pub fn stage_names(&self) -> Vec<String> {
        let names = self.stages.iter().filter_map(|stage| stage.name.as_ref());
        names.map(|name| name.value.clone()).collect()
    }

    /// The instructions before the first `FROM` (global `ARG`s).
    pub fn global_instructions(&self) -> &[Instruction] {
        let end = self
            .stages
            .first()
            .map_or(self.instructions.len(), |stage| stage.instructions.start);
        self.instructions.get(..end).unwrap_or_default()
    }

    /// The names that `ARG` instructions declare, global ones too, in order.
    pub fn declared_arguments(&self) -> impl Iterator<Item = &str> {
        let declared = self.instructions.iter().filter_map(|it| match &it.kind {
            InstructionKind::Arg(arguments) => Some(arguments),
            _ => None,
        });
        declared
            .flatten()
            .map(|argument| argument.name.value.as_str())
    }
}

impl Dockerfile {
    /// The index of the stage called `name`, whatever its case; the last where several are.
    pub fn stage_named(&self, name: &str) -> Option<usize> {
        let named = |stage: &Stage| {
            let own = stage.name.as_ref();
            own.is_some_and(|own| own.value.eq_ignore_ascii_case(name))
        };
        self.stages.iter().rposition(named)
    }
}

impl Stage {
    /// The index of the `FROM` in [`Dockerfile::instructions`].
    pub fn from_index(&self) -> usize {
        self.instructions.start
    }
}

impl Instruction {
    /// The option called `name` (lower case), the last where it is given twice.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().rev().find(|flag| flag.name.value == name)
    }
}

impl Mount {
    /// The value of the first option whose key is among `keys`.
    pub fn value(&self, keys: &[&str]) -> Option<&Text> {
        let option = self
            .options
            .iter()
            .find(|option| keys.contains(&option.key.value.as_str()))?;
        option.value.as_ref()
    }
}
