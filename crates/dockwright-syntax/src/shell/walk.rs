//! Questions that are asked of a whole script.

use super::tree::{
    Arithmetic, Assignment, Case, Command, Compound, For, Function, Modifier, Part, Script,
    SimpleCommand, Statement, VariableUse, Word,
};
use super::{AndOrOperator, RedirectionOperator};
use crate::{Span, Spanned};

/// What surrounds a place in a script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context<'a> {
    /// The function whose body holds it.
    pub function: Option<&'a str>,
    /// Whether it runs only if some test or failure says so: in a branch of `if` or `case`, in a
    /// loop, behind `||`, or behind `test … &&`.
    pub conditional: bool,
    /// Whether it is part of a pipeline.
    pub pipeline: bool,
    /// Whether it runs in a subshell: `( … )`, a pipeline, a substitution or in the background.
    pub subshell: bool,
    /// Whether it is inside a command or process substitution.
    pub substitution: bool,
}

/// A place that [`Script::walk`] visits, before what is inside it.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    /// Any statement.
    Statement(&'a Statement),
    /// A simple command and the statement it is.
    Simple(&'a SimpleCommand, &'a Statement),
    /// The definition of a function.
    Function(&'a Function),
    /// A `case`.
    Case(&'a Case, &'a Statement),
    /// A `for`.
    For(&'a For),
    /// `name=value`: before a command (`Environment`), alone, or in a declaration.
    Assignment(&'a Assignment, AssignmentKind),
    /// A word: an argument, a value, an operand, the body of a here-document.
    Word(&'a Word),
    /// A variable that is expanded.
    Variable(&'a VariableUse),
    /// An arithmetic expression.
    Arithmetic(&'a Arithmetic),
}

/// How a variable gets its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignmentKind {
    /// `name=value`
    Plain,
    /// `name=value command`: for that command alone.
    Environment,
    /// `export name[=value]`, `declare -x`
    Export,
    /// `local name[=value]`
    Local,
    /// `declare`, `typeset`, `readonly`
    Declare,
    /// `read name`, `mapfile name`, `printf -v name`, `getopts … name`
    Read,
    /// `for name in …`
    Loop,
    /// `${name:=value}`
    Default,
    /// `((name = …))`
    Arithmetic,
}

/// A command of a script.
#[derive(Clone, Copy, Debug)]
pub struct CommandUse<'a> {
    /// The command.
    pub command: &'a SimpleCommand,
    /// The statement it is, with its redirections.
    pub statement: &'a Statement,
    /// What surrounds it.
    pub context: Context<'a>,
}

/// A variable that a script reads.
#[derive(Clone, Copy, Debug)]
pub struct VariableRead<'a> {
    /// Its name.
    pub name: &'a Spanned<String>,
    /// The expansion; absent in arithmetic, where the bare name is enough.
    pub expansion: Option<&'a VariableUse>,
    /// What surrounds it.
    pub context: Context<'a>,
}

/// A variable that a script sets.
#[derive(Clone, Copy, Debug)]
pub struct Assigned<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where the name stands.
    pub span: Span,
    /// The value, where there is one word that says it.
    pub value: Option<&'a Word>,
    /// How it is set.
    pub kind: AssignmentKind,
    /// What surrounds it.
    pub context: Context<'a>,
}

/// A script that is read into this one by `source` or `.`.
#[derive(Clone, Copy, Debug)]
pub struct Sourced<'a> {
    /// The word that names it.
    pub target: &'a Word,
    /// The whole command.
    pub command: &'a SimpleCommand,
    /// What surrounds it.
    pub context: Context<'a>,
}

/// A `case` over a positional parameter: the words that a script takes as arguments.
#[derive(Clone, Copy, Debug)]
pub struct Dispatch<'a> {
    /// The `case`.
    pub case: &'a Case,
    /// Where it stands.
    pub span: Span,
    /// What surrounds it.
    pub context: Context<'a>,
}

/// Every simple command of some statements; what surrounds the statements is not told.
pub fn commands_in<'a>(statements: &'a [Statement]) -> Vec<CommandUse<'a>> {
    let mut commands = Vec::new();
    let visit = &mut |node: Node<'a>, context: Context<'a>| {
        if let Node::Simple(command, statement) = node {
            commands.push(CommandUse {
                command,
                statement,
                context,
            });
        }
    };
    Walker { visit }.statements(statements, Context::default());
    commands
}

impl Script {
    /// Visits every place in source order, outer before inner: functions, substitutions and
    /// here-documents too.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(Node<'a>, Context<'a>)) {
        Walker { visit }.statements(&self.statements, Context::default());
    }

    /// Every simple command.
    pub fn commands(&self) -> Vec<CommandUse<'_>> {
        commands_in(&self.statements)
    }

    /// Every definition of a function.
    pub fn functions(&self) -> Vec<&Function> {
        let mut functions = Vec::new();
        self.walk(&mut |node, _| {
            if let Node::Function(function) = node {
                functions.push(function);
            }
        });
        functions
    }

    /// Every variable that is read.
    pub fn variables_read(&self) -> Vec<VariableRead<'_>> {
        let mut reads = Vec::new();
        self.walk(&mut |node, context| match node {
            Node::Variable(variable) => reads.push(VariableRead {
                name: &variable.name,
                expansion: Some(variable),
                context,
            }),
            Node::Arithmetic(arithmetic) => {
                reads.extend(arithmetic.reads.iter().map(|name| VariableRead {
                    name,
                    expansion: None,
                    context,
                }));
            }
            _ => {}
        });
        reads
    }

    /// Every variable that is set.
    pub fn variables_assigned<'a>(&'a self) -> Vec<Assigned<'a>> {
        let mut assigned = Vec::new();
        self.walk(&mut |node, context| {
            let mut set = |name: &'a str, span, value: Option<&'a Word>, kind| {
                assigned.push(Assigned {
                    name,
                    span,
                    value,
                    kind,
                    context,
                });
            };
            match node {
                Node::Assignment(it, kind) => {
                    set(&it.name.value, it.name.span, it.value.as_ref(), kind);
                }
                Node::For(it) => set(&it.name.value, it.name.span, None, AssignmentKind::Loop),
                Node::Variable(it) if it.modifier == Modifier::Assign => set(
                    &it.name.value,
                    it.name.span,
                    it.operand.as_ref(),
                    AssignmentKind::Default,
                ),
                Node::Arithmetic(it) => {
                    for name in &it.assigns {
                        set(&name.value, name.span, None, AssignmentKind::Arithmetic);
                    }
                }
                Node::Simple(command, _) => {
                    for (name, span) in read_names(command) {
                        set(name, span, None, AssignmentKind::Read);
                    }
                }
                _ => {}
            }
        });
        assigned
    }

    /// Every `source` and `.`.
    pub fn sourced(&self) -> Vec<Sourced<'_>> {
        let commands = self.commands().into_iter();
        let sourced = commands.filter_map(|found| {
            let invocation = found.command.invocation()?;
            if !matches!(invocation.name, "." | "source") {
                return None;
            }
            Some(Sourced {
                target: invocation.words.get(1)?,
                command: found.command,
                context: found.context,
            })
        });
        sourced.collect()
    }

    /// Every `case` over `$1`, `$@` or a variable that was set from one of them.
    pub fn dispatches(&self) -> Vec<Dispatch<'_>> {
        let assigned = self.variables_assigned();
        let arguments: Vec<&str> = assigned
            .iter()
            .filter(|it| it.value.is_some_and(|value| reads_any(value, &[])))
            .map(|it| it.name)
            .collect();
        let mut dispatches = Vec::new();
        self.walk(&mut |node, context| {
            if let Node::Case(case, statement) = node
                && reads_any(&case.subject, &arguments)
            {
                dispatches.push(Dispatch {
                    case,
                    span: statement.span,
                    context,
                });
            }
        });
        dispatches
    }
}

impl Word {
    /// The variables expanded directly in this word, not those inside substitutions.
    pub fn variables(&self) -> impl Iterator<Item = &VariableUse> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(variable) => Some(variable.as_ref()),
            _ => None,
        })
    }
}

/// Whether the word is made from a positional parameter or one of `names`.
fn reads_any(word: &Word, names: &[&str]) -> bool {
    let mut variables = word.variables();
    variables.any(|variable| {
        let name = variable.name.value.as_str();
        matches!(name, "1" | "@" | "*") || names.contains(&name)
    })
}

/// The variables that `read`, `mapfile`, `getopts` or `printf -v` set.
fn read_names(command: &SimpleCommand) -> Vec<(&str, Span)> {
    let Some(invocation) = command.invocation() else {
        return Vec::new();
    };
    let arguments = invocation.arguments();
    let operands = |valued: &'static str| {
        let mut skip = false;
        arguments.iter().filter(move |word| {
            if std::mem::take(&mut skip) {
                return false;
            }
            let Some(option) = word.literal.as_deref().and_then(|it| it.strip_prefix('-')) else {
                return true;
            };
            skip = option.ends_with(|last| valued.contains(last));
            false
        })
    };
    match invocation.name {
        "read" => operands("adinNptu").filter_map(named).collect(),
        "mapfile" | "readarray" => operands("dnOsuCc").filter_map(named).collect(),
        "getopts" => arguments.get(1).and_then(named).into_iter().collect(),
        "printf" => {
            let flag = arguments.first().and_then(|word| word.literal.as_deref());
            let target = arguments.get(1).filter(|_| flag == Some("-v"));
            target.and_then(named).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn named(word: &Word) -> Option<(&str, Span)> {
    let text = word.literal.as_deref()?;
    is_name(text).then_some((text, word.span))
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && text
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || it == '_')
}

struct Walker<'v, 'a> {
    visit: &'v mut dyn FnMut(Node<'a>, Context<'a>),
}

impl<'a> Walker<'_, 'a> {
    fn statements(&mut self, statements: &'a [Statement], context: Context<'a>) {
        for statement in statements {
            self.statement(statement, context);
        }
    }

    fn statement(&mut self, statement: &'a Statement, mut context: Context<'a>) {
        context.subshell |= statement.background;
        (self.visit)(Node::Statement(statement), context);
        match &statement.command {
            Command::Simple(command) => {
                (self.visit)(Node::Simple(command, statement), context);
                self.simple(command, context);
            }
            Command::AndOr(chain) => {
                self.statement(&chain.first, context);
                let mut before = chain.first.as_ref();
                let mut inner = context;
                for (operator, next) in &chain.rest {
                    let failed = operator.value == AndOrOperator::Or;
                    inner.conditional |= failed || is_test(before);
                    self.statement(next, inner);
                    before = next;
                }
            }
            Command::Pipeline(statements) => {
                let context = Context {
                    pipeline: true,
                    subshell: true,
                    ..context
                };
                self.statements(statements, context);
            }
            Command::Compound(compound) => self.compound(compound, statement, context),
            Command::Function(function) => {
                (self.visit)(Node::Function(function), context);
                let context = Context {
                    function: Some(&function.name.value),
                    ..Context::default()
                };
                self.statement(&function.body, context);
            }
        }
        for redirection in &statement.redirections {
            match &redirection.heredoc {
                Some(heredoc) if heredoc.expand => self.word(&heredoc.body, context),
                _ if redirection.operator == RedirectionOperator::HereDocument => {}
                _ => self.word(&redirection.target, context),
            }
        }
    }

    fn simple(&mut self, command: &'a SimpleCommand, context: Context<'a>) {
        let before = if command.words.is_empty() {
            AssignmentKind::Plain
        } else {
            AssignmentKind::Environment
        };
        for assignment in &command.assignments {
            (self.visit)(Node::Assignment(assignment, before), context);
            if let Some(value) = &assignment.value {
                self.word(value, context);
            }
        }
        if !command.declarations.is_empty() {
            let kind = declaration_kind(command);
            for declared in &command.declarations {
                (self.visit)(Node::Assignment(declared, kind), context);
            }
        }
        for word in &command.words {
            self.word(word, context);
        }
    }

    fn compound(&mut self, compound: &'a Compound, statement: &'a Statement, context: Context<'a>) {
        let guarded = Context {
            conditional: true,
            ..context
        };
        match compound {
            Compound::If(it) => {
                for (index, branch) in it.branches.iter().enumerate() {
                    let first = if index == 0 { context } else { guarded };
                    self.statements(&branch.condition, first);
                    self.statements(&branch.body, guarded);
                }
                self.statements(it.otherwise.as_deref().unwrap_or_default(), guarded);
            }
            Compound::For(it) => {
                (self.visit)(Node::For(it), context);
                for word in it.words.iter().flatten() {
                    self.word(word, context);
                }
                self.statements(&it.body, guarded);
            }
            Compound::ArithmeticFor(it) => {
                for expression in &it.header {
                    self.arithmetic(expression, context);
                }
                self.statements(&it.body, guarded);
            }
            Compound::While(it) => {
                self.statements(&it.condition, context);
                self.statements(&it.body, guarded);
            }
            Compound::Case(it) => {
                (self.visit)(Node::Case(it, statement), context);
                self.word(&it.subject, context);
                for arm in &it.arms {
                    for pattern in &arm.patterns {
                        self.word(pattern, context);
                    }
                    self.statements(&arm.body, guarded);
                }
            }
            Compound::Group(it) => {
                let context = Context {
                    subshell: context.subshell || it.subshell,
                    ..context
                };
                self.statements(&it.body, context);
            }
            Compound::Test(it) => {
                for word in &it.words {
                    self.word(word, context);
                }
            }
            Compound::Arithmetic(it) => self.arithmetic(it, context),
            Compound::Prefixed(it) => {
                if let Some(body) = &it.body {
                    self.statement(body, context);
                }
            }
        }
    }

    fn word(&mut self, word: &'a Word, context: Context<'a>) {
        (self.visit)(Node::Word(word), context);
        for part in &word.parts {
            match part {
                Part::Literal(_) => {}
                Part::Variable(variable) => {
                    (self.visit)(Node::Variable(variable), context);
                    for inner in variable.operand.iter().chain(&variable.inner) {
                        self.word(inner, context);
                    }
                }
                Part::Command(substitution) => {
                    let context = Context {
                        subshell: true,
                        substitution: true,
                        ..context
                    };
                    self.statements(&substitution.statements, context);
                }
                Part::Arithmetic(arithmetic) => self.arithmetic(arithmetic, context),
            }
        }
    }

    fn arithmetic(&mut self, arithmetic: &'a Arithmetic, context: Context<'a>) {
        (self.visit)(Node::Arithmetic(arithmetic), context);
        for word in &arithmetic.words {
            self.word(word, context);
        }
    }
}

fn declaration_kind(command: &SimpleCommand) -> AssignmentKind {
    let text = |index: usize| {
        let word = command.words.get(index)?;
        word.literal.as_deref()
    };
    match text(0) {
        Some("export") => AssignmentKind::Export,
        Some("local") => AssignmentKind::Local,
        Some("declare" | "typeset")
            if text(1).is_some_and(|flag| flag.starts_with('-') && flag.contains('x')) =>
        {
            AssignmentKind::Export
        }
        _ => AssignmentKind::Declare,
    }
}

/// Whether a statement only asks a question.
fn is_test(statement: &Statement) -> bool {
    match &statement.command {
        Command::Simple(command) => {
            let name = command
                .words
                .first()
                .and_then(|word| word.literal.as_deref());
            matches!(name, Some("[" | "test" | "[["))
        }
        Command::Compound(Compound::Test(_) | Compound::Arithmetic(_)) => true,
        _ => false,
    }
}
