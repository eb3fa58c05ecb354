//! A script with what is asked of its tree.

use std::collections::{HashMap, HashSet};

use dockwright_syntax::Span;
use dockwright_syntax::shell::{
    AndOrOperator, AssignmentKind, Command, Compound, Context, Dialect, Node, Script,
    SimpleCommand, Statement,
};

/// A script that is to be changed.
pub(crate) struct Source<'a> {
    /// The text that the checker was given.
    pub(crate) text: &'a str,
    /// The shell that reads it.
    pub(crate) dialect: Dialect,
    /// Whether it is a file, into which a line can be put.
    pub(crate) is_file: bool,
    /// By where they start.
    commands: Vec<Found<'a>>,
    fleeting: HashSet<&'a str>,
}

/// A simple command and where it stands.
pub(super) struct Found<'a> {
    pub(super) command: &'a SimpleCommand,
    pub(super) statement: &'a Statement,
    pub(super) role: Role,
    pub(super) context: Context<'a>,
}

/// What a statement is in the one around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// One of several that follow one another.
    Listed,
    /// What `if` or `while` asks.
    Condition,
    /// A part of a chain of `&&` and `||`.
    Chained {
        /// The operator before it; none at the first.
        before: Option<AndOrOperator>,
        /// Whether the chain has no `||`.
        only_and: bool,
    },
    /// A part of a pipeline.
    Piped,
}

impl<'a> Source<'a> {
    /// Looks at the tree of a script.
    pub(crate) fn new(text: &'a str, dialect: Dialect, is_file: bool, tree: &'a Script) -> Self {
        let mut source = Self {
            text,
            dialect,
            is_file,
            commands: Vec::new(),
            fleeting: HashSet::new(),
        };
        let mut roles = HashMap::new();
        // What is around comes first.
        tree.walk(&mut |node, context| match node {
            Node::Statement(statement) => note_roles(statement, &mut roles),
            Node::For(it) => {
                source.fleeting.insert(&it.name.value);
            }
            Node::Assignment(it, AssignmentKind::Local | AssignmentKind::Declare) => {
                source.fleeting.insert(&it.name.value);
            }
            Node::Simple(command, statement) => {
                let role = roles.get(&statement.span).copied();
                source.commands.push(Found {
                    command,
                    statement,
                    role: role.unwrap_or(Role::Listed),
                    context,
                });
            }
            _ => {}
        });
        source
            .commands
            .sort_by_key(|found| found.statement.span.start);
        source
    }

    /// The innermost command around a byte.
    pub(super) fn command_at(&self, offset: usize) -> Option<&Found<'a>> {
        // Deeper ones start later; what is far away is not looked at.
        const NEAR: usize = 64;
        let offset = Span::at(offset).start;
        let before = |found: &Found<'_>| found.statement.span.start <= offset;
        let end = self.commands.partition_point(before);
        let before = self.commands.get(..end)?.iter().rev().take(NEAR);
        before.into_iter().find(|found| {
            let span = found.statement.span.to(found.command.span);
            offset < span.end
        })
    }

    /// Whether a variable is one of a loop or of a function, which has its value there alone.
    pub(super) fn is_fleeting(&self, name: &str) -> bool {
        self.fleeting.contains(name)
    }

    /// The text between two bytes.
    pub(super) fn between(&self, start: usize, end: usize) -> Option<&'a str> {
        self.text.get(start..end)
    }
}

fn note_roles(parent: &Statement, roles: &mut HashMap<Span, Role>) {
    let mut note = |statement: &Statement, role| {
        roles.insert(statement.span, role);
    };
    match &parent.command {
        Command::AndOr(chain) => {
            let mut operators = chain.rest.iter().map(|(operator, _)| operator.value);
            let only_and = operators.all(|it| it == AndOrOperator::And);
            let role = |before| Role::Chained { before, only_and };
            note(&chain.first, role(None));
            for (operator, statement) in &chain.rest {
                note(statement, role(Some(operator.value)));
            }
        }
        Command::Pipeline(statements) => {
            for statement in statements {
                note(statement, Role::Piped);
            }
        }
        Command::Compound(Compound::If(it)) => {
            for statement in it.branches.iter().flat_map(|branch| &branch.condition) {
                note(statement, Role::Condition);
            }
        }
        Command::Compound(Compound::While(it)) => {
            for statement in &it.condition {
                note(statement, Role::Condition);
            }
        }
        _ => {}
    }
}
