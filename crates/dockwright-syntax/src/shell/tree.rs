//! The typed tree of one shell script.

use super::Dialect;
use crate::{Problem, Span, Spanned};

/// A shell script, or the body of a `RUN`.
///
/// Every span points into the source that the reader was given: for a body read from a
/// [`Text`](crate::Text), into the file the text came from.
#[derive(Clone, Debug)]
pub struct Script {
    /// The shell it is written for.
    pub dialect: Dialect,
    /// The statements, in order.
    pub statements: Vec<Statement>,
    /// Every comment without its line ending, in order.
    pub comments: Vec<Span>,
    /// What could not be read. What stands there is still in [`Script::statements`], line by line.
    pub problems: Vec<Problem>,
}

/// A command with what stands around it.
#[derive(Clone, Debug)]
pub struct Statement {
    /// From its first to its last byte, redirections included.
    pub span: Span,
    /// What runs.
    pub command: Command,
    /// Whether `!` stands before it.
    pub negated: bool,
    /// Whether `&` stands behind it.
    pub background: bool,
    /// Redirections and here-documents, in order.
    pub redirections: Vec<Redirection>,
}

/// What a [`Statement`] runs.
#[derive(Clone, Debug)]
pub enum Command {
    /// A command with its arguments, or assignments alone.
    Simple(SimpleCommand),
    /// `first && second || third`
    AndOr(AndOr),
    /// `first | second | third`
    Pipeline(Vec<Statement>),
    /// `if`, `for`, `case`, `{ … }`, …
    Compound(Compound),
    /// The definition of a function.
    Function(Function),
}

/// Statements joined by `&&` and `||`, which bind equally and from the left.
#[derive(Clone, Debug)]
pub struct AndOr {
    /// The first statement.
    pub first: Box<Statement>,
    /// Each further one behind its operator.
    pub rest: Vec<(Spanned<AndOrOperator>, Statement)>,
}

/// `&&` or `||`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AndOrOperator {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// A command with its arguments.
#[derive(Clone, Debug, Default)]
pub struct SimpleCommand {
    /// Assignments and words, without redirections behind them.
    pub span: Span,
    /// `name=value` before the command; alone they set shell variables.
    pub assignments: Vec<Assignment>,
    /// The command's name and its arguments.
    pub words: Vec<Word>,
    /// What `export`, `local`, `declare`, `readonly` or `typeset` declare; the same text is in
    /// [`SimpleCommand::words`] too.
    pub declarations: Vec<Assignment>,
}

/// `name=value`.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// From the name to the end of the value.
    pub span: Span,
    /// The variable, without a subscript.
    pub name: Spanned<String>,
    /// The value; absent where a declaration only names the variable. An array is one word that
    /// is not literal.
    pub value: Option<Word>,
    /// The words of an array, one by one; empty for everything else.
    pub elements: Vec<Word>,
    /// Whether `+=` appends.
    pub append: bool,
}

/// A word: one argument before the shell splits and expands it.
#[derive(Clone, Debug, Default)]
pub struct Word {
    /// The word as written, quotes included.
    pub span: Span,
    /// Its value with quotes removed, when nothing in it is substituted.
    pub literal: Option<String>,
    /// What it is made of, in order. Empty for an empty word only.
    pub parts: Vec<Part>,
    /// Whether unquoted `*`, `?`, `[`, braces or a leading `~` may turn it into something else.
    pub glob: bool,
}

/// A part of a [`Word`].
#[derive(Clone, Debug)]
pub enum Part {
    /// Text that stands for itself.
    Literal(Literal),
    /// `$name` or `${name…}`
    Variable(Box<VariableUse>),
    /// `$(…)`, `` `…` ``, `<(…)` or `>(…)`
    Command(CommandSubstitution),
    /// `$((…))`
    Arithmetic(Arithmetic),
}

/// Text of a word that stands for itself.
#[derive(Clone, Debug)]
pub struct Literal {
    /// As written, without the quotes around it.
    pub span: Span,
    /// Escapes decoded.
    pub value: String,
    /// Whether it stands inside quotes.
    pub quoted: bool,
}

/// A variable that is read.
#[derive(Clone, Debug)]
pub struct VariableUse {
    /// The whole expansion, `$` and braces included.
    pub span: Span,
    /// The variable: a name, a number, or one of `@ * # ? - $ !`.
    pub name: Spanned<String>,
    /// What is done with it.
    pub modifier: Modifier,
    /// Whether a `:` makes an empty value count as unset.
    pub colon: bool,
    /// The default, the replacement, the message or the pattern behind the modifier.
    pub operand: Option<Word>,
    /// Other words inside the braces: subscripts, offsets, replacements.
    pub inner: Vec<Word>,
    /// Whether it stands inside double quotes.
    pub quoted: bool,
}

/// What a [`VariableUse`] does with the variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modifier {
    /// `$a`, `${a}`
    None,
    /// `${a-word}`, `${a:-word}`
    Default,
    /// `${a=word}`, `${a:=word}`
    Assign,
    /// `${a+word}`, `${a:+word}`
    Alternative,
    /// `${a?word}`, `${a:?word}`
    Require,
    /// `${#a}`
    Length,
    /// `${a#pattern}`, `${a##pattern}`
    TrimPrefix,
    /// `${a%pattern}`, `${a%%pattern}`
    TrimSuffix,
    /// `${a/pattern/word}`
    Replace,
    /// Anything else, such as `${a^^}`, `${a:1:2}`, `${!a}` or `${a@Q}`.
    Other,
}

/// Commands whose output (or a pipe to which) is put into a word.
#[derive(Clone, Debug)]
pub struct CommandSubstitution {
    /// The whole substitution.
    pub span: Span,
    /// What runs.
    pub statements: Vec<Statement>,
    /// Whether it is `<(…)` or `>(…)`.
    pub process: bool,
}

/// An arithmetic expression.
#[derive(Clone, Debug)]
pub struct Arithmetic {
    /// The whole of it.
    pub span: Span,
    /// Variables that are read by their bare names.
    pub reads: Vec<Spanned<String>>,
    /// Variables that are assigned.
    pub assigns: Vec<Spanned<String>>,
    /// Shell words in it, such as `$x` or `$(…)`.
    pub words: Vec<Word>,
}

/// A redirection.
#[derive(Clone, Debug)]
pub struct Redirection {
    /// The whole redirection; of a here-document only the part on the command's line.
    pub span: Span,
    /// The file descriptor before the operator.
    pub descriptor: Option<i32>,
    /// Which kind.
    pub operator: RedirectionOperator,
    /// The file, descriptor, or the word behind `<<`.
    pub target: Word,
    /// The here-document it opens.
    pub heredoc: Option<HereDocument>,
}

/// The operator of a [`Redirection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectionOperator {
    /// `<`
    Input,
    /// `>`, `>|`
    Output,
    /// `>>`
    Append,
    /// `<>`
    ReadWrite,
    /// `<<`, `<<-`
    HereDocument,
    /// `<<<`
    HereString,
    /// `<&`, `>&`
    Duplicate,
    /// `&>`, `&>>`
    OutputAndError,
}

/// The body of a here-document.
#[derive(Clone, Debug)]
pub struct HereDocument {
    /// The body. Its parts are read only where the delimiter is not quoted.
    pub body: Word,
    /// Whether variables and commands in it are expanded.
    pub expand: bool,
    /// Whether `<<-` strips leading tabs.
    pub strip_tabs: bool,
}

/// The definition of a function.
#[derive(Clone, Debug)]
pub struct Function {
    /// The whole definition.
    pub span: Span,
    /// Its name.
    pub name: Spanned<String>,
    /// The body, almost always `{ … }`; its span is that of the braces.
    pub body: Box<Statement>,
}

/// A compound command.
#[derive(Clone, Debug)]
pub enum Compound {
    /// `if … then … elif … else … fi`
    If(If),
    /// `for`, `select`
    For(For),
    /// `for ((…; …; …))`
    ArithmeticFor(ArithmeticFor),
    /// `while`, `until`
    While(While),
    /// `case … esac`
    Case(Case),
    /// `{ … }`, `( … )`
    Group(Group),
    /// `[[ … ]]`
    Test(Test),
    /// `((…))`
    Arithmetic(Arithmetic),
    /// `time` or `coproc` before a command.
    Prefixed(Prefixed),
}

/// `if … fi`
#[derive(Clone, Debug)]
pub struct If {
    /// The condition and the body of `if` and of each `elif`.
    pub branches: Vec<Branch>,
    /// The body of `else`.
    pub otherwise: Option<Vec<Statement>>,
}

/// A condition and what it guards.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Behind `if` or `elif`.
    pub condition: Vec<Statement>,
    /// Behind `then`.
    pub body: Vec<Statement>,
}

/// `for name in words; do … done`
#[derive(Clone, Debug)]
pub struct For {
    /// The variable.
    pub name: Spanned<String>,
    /// What it runs through; absent where it is the positional parameters.
    pub words: Option<Vec<Word>>,
    /// Behind `do`.
    pub body: Vec<Statement>,
}

/// `for ((…)); do … done`
#[derive(Clone, Debug)]
pub struct ArithmeticFor {
    /// The expressions in the parentheses.
    pub header: Vec<Arithmetic>,
    /// Behind `do`.
    pub body: Vec<Statement>,
}

/// `while …; do … done`
#[derive(Clone, Debug)]
pub struct While {
    /// Whether it is `until`.
    pub until: bool,
    /// The condition.
    pub condition: Vec<Statement>,
    /// Behind `do`.
    pub body: Vec<Statement>,
}

/// `case … esac`
#[derive(Clone, Debug)]
pub struct Case {
    /// What is compared.
    pub subject: Word,
    /// The arms, in order.
    pub arms: Vec<Arm>,
}

/// `pattern | pattern) … ;;`
#[derive(Clone, Debug)]
pub struct Arm {
    /// From the first pattern to the end of the body.
    pub span: Span,
    /// The patterns. Their `literal` has the pattern's text, wildcards as written.
    pub patterns: Vec<Word>,
    /// What runs.
    pub body: Vec<Statement>,
}

/// `{ … }` or `( … )`
#[derive(Clone, Debug)]
pub struct Group {
    /// Whether it runs in a subshell: `( … )`.
    pub subshell: bool,
    /// What runs.
    pub body: Vec<Statement>,
}

/// `[[ … ]]`
#[derive(Clone, Debug)]
pub struct Test {
    /// The operands, in order.
    pub words: Vec<Word>,
}

/// `time command`, `coproc command`
#[derive(Clone, Debug)]
pub struct Prefixed {
    /// The command; absent for a bare `time`.
    pub body: Option<Box<Statement>>,
}
