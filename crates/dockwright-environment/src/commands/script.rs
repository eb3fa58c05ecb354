//! What a script calls: its commands with their variables put in, and where they run.
//!
//! Nothing is executed. Every branch is followed, a loop once for each word that is known, and a
//! function with the arguments of each of its calls.

use std::collections::{BTreeMap, HashMap, HashSet};

use dockwright_syntax::Span;
use dockwright_syntax::shell::{
    self, Assignment, Command, Compound, Dialect, Function, Modifier, Script, SimpleCommand,
    Statement, unwrapped,
};

use super::argument::{Argument, Binding, joined};
use super::directory::Directory;
use super::expand;
use super::invocation::PROGRAMS;
use super::make::is_make;
use crate::{DocumentId, Location, Tree, TreePath, Value, Variable, VariableSource};

/// Commands that are followed in one script, loops and functions included.
const MAX_COMMANDS: usize = 20_000;
/// Functions and inline scripts inside one another.
const MAX_DEPTH: usize = 8;
/// Words that a loop is followed for.
const MAX_ROUNDS: usize = 24;

/// A script, and what is known before it starts.
pub(crate) struct Snippet<'a> {
    /// The document it stands in.
    pub(crate) document: DocumentId,
    /// The path of that document.
    pub(crate) file: &'a TreePath,
    /// What the repository is called.
    pub(crate) repository: Option<&'a str>,
    pub(crate) script: &'a Script,
    pub(crate) directory: Directory,
    pub(crate) variables: Vec<(String, Value)>,
}

/// A command that a script calls.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    /// The program and its arguments, without `sudo`, `env` and the like before them.
    pub(crate) words: Vec<Argument>,
    pub(crate) location: Location,
    pub(crate) directory: Directory,
    /// The variables that are set for it, as far as they mean something to the programs that are
    /// looked for.
    pub(crate) environment: Vec<(String, Value)>,
}

impl Call {
    /// The same call, said to stand at `location`.
    pub(crate) fn moved_to(mut self, location: Location) -> Self {
        self.location = location;
        for word in &mut self.words {
            word.value.location = location;
        }
        self
    }
}

/// Everything that a script calls, in order, each the same call once.
pub(crate) fn calls(tree: &dyn Tree, snippet: Snippet<'_>) -> Vec<Call> {
    let variables = snippet.variables.into_iter();
    let mut state = State {
        directory: snippet.directory,
        previous: None,
        stack: Vec::new(),
        variables: variables
            .map(|(name, value)| (name, Binding::Text(value)))
            .collect(),
        positional: None,
        ended: false,
    };
    let mut walk = Walk {
        tree,
        document: snippet.document,
        file: snippet.file,
        repository: snippet.repository,
        functions: HashMap::new(),
        called: HashSet::new(),
        left: MAX_COMMANDS,
        depth: 0,
        calls: Vec::new(),
    };
    walk.statements(&snippet.script.statements, &mut state);
    // A function that nobody calls here may be called by whoever reads the script in.
    let mut uncalled: Vec<&Function> = walk.functions.values().copied().collect();
    uncalled.retain(|function| !walk.called.contains(function.name.value.as_str()));
    uncalled.sort_by_key(|function| function.span);
    for function in uncalled {
        let mut own = state.clone();
        own.ended = false;
        walk.statement(&function.body, &mut own);
    }
    let mut seen = HashSet::new();
    let key = |call: &Call| {
        let words: Vec<&str> = call.words.iter().map(Argument::text).collect();
        (
            call.location.span,
            words.join("\0"),
            format!("{:?}", call.directory),
        )
    };
    walk.calls.retain(|call| seen.insert(key(call)));
    walk.calls
}

/// What is known at a point of a script.
#[derive(Clone)]
pub(super) struct State {
    pub(super) directory: Directory,
    previous: Option<Directory>,
    stack: Vec<Directory>,
    pub(super) variables: BTreeMap<String, Binding>,
    /// `$1`, `$2`, …; absent where the caller is not known.
    pub(super) positional: Option<Vec<Argument>>,
    /// Whether the script has ended here.
    ended: bool,
}

impl State {
    fn bind(&mut self, name: &str, binding: Binding) {
        self.variables.insert(name.to_owned(), binding);
    }

    fn go(&mut self, directory: Directory) {
        self.previous = Some(std::mem::replace(&mut self.directory, directory));
    }

    /// What is known after one of several branches was taken.
    fn merge(&mut self, branches: Vec<State>) {
        let before = self.variables.clone();
        let mut left: Vec<State> = branches.into_iter().filter(|it| !it.ended).collect();
        if left.is_empty() {
            self.ended = true;
            return;
        }
        let first = left.remove(0);
        self.directory = first.directory;
        self.variables = first.variables;
        for branch in left {
            self.directory = self.directory.or(&branch.directory);
            for (name, binding) in branch.variables {
                let was = before.get(&name);
                let own = self.variables.get(&name);
                // What a branch sets goes before what was there; what is known before what is not.
                let is_new = own.is_none() || own == was || !own.is_some_and(is_known);
                if is_new && (own.is_none() || is_known(&binding)) {
                    self.variables.insert(name, may_differ(binding));
                }
            }
        }
    }
}

fn is_known(binding: &Binding) -> bool {
    match binding {
        Binding::Text(value) => value.is_known(),
        Binding::List(_) => true,
    }
}

/// A value that is one of several.
fn may_differ(binding: Binding) -> Binding {
    match binding {
        Binding::Text(mut value) if value.is_literal() => {
            value.variables.push(Variable {
                name: String::new(),
                value: Some(value.text.clone()),
                source: VariableSource::Default,
            });
            Binding::Text(value)
        }
        other => other,
    }
}

/// Variables that mean something to the programs that are looked for.
const MEANINGFUL: [&str; 4] = ["COMPOSE_", "DOCKER_", "BUILDKIT_", "BUILDX_"];

struct Walk<'a> {
    tree: &'a dyn Tree,
    document: DocumentId,
    file: &'a TreePath,
    repository: Option<&'a str>,
    functions: HashMap<&'a str, &'a Function>,
    called: HashSet<&'a str>,
    left: usize,
    depth: usize,
    calls: Vec<Call>,
}

impl<'a> Walk<'a> {
    fn location(&self, span: Span) -> Location {
        Location::new(self.document, span)
    }

    fn expander<'s>(&'s self, state: &'s State) -> expand::Expander<'s> {
        expand::Expander {
            tree: self.tree,
            document: self.document,
            file: self.file,
            state,
        }
    }

    fn statements(&mut self, statements: &'a [Statement], state: &mut State) {
        for statement in statements {
            if state.ended {
                return;
            }
            self.statement(statement, state);
        }
    }

    fn statement(&mut self, statement: &'a Statement, state: &mut State) {
        match &statement.command {
            Command::Simple(command) => self.simple(command, statement.span, state),
            Command::AndOr(list) => {
                self.statement(&list.first, state);
                let mut is_failure = false;
                for (operator, statement) in &list.rest {
                    is_failure |= operator.value == shell::AndOrOperator::Or;
                    if is_failure {
                        // What runs after a failure does not change what runs after success.
                        self.statement(statement, &mut state.clone());
                    } else {
                        self.statement(statement, state);
                    }
                }
            }
            Command::Pipeline(statements) => {
                for statement in statements {
                    self.statement(statement, &mut state.clone());
                }
            }
            Command::Compound(compound) => self.compound(compound, state),
            Command::Function(function) => {
                self.functions.insert(&function.name.value, function);
            }
        }
    }

    fn compound(&mut self, compound: &'a Compound, state: &mut State) {
        match compound {
            Compound::If(branches) => {
                let mut ends = Vec::new();
                for branch in &branches.branches {
                    self.statements(&branch.condition, &mut state.clone());
                    let mut own = state.clone();
                    self.statements(&branch.body, &mut own);
                    ends.push(own);
                }
                let mut own = state.clone();
                self.statements(branches.otherwise.as_deref().unwrap_or_default(), &mut own);
                ends.push(own);
                state.merge(ends);
            }
            Compound::Case(case) => {
                let mut ends = Vec::new();
                for arm in &case.arms {
                    let mut own = state.clone();
                    self.statements(&arm.body, &mut own);
                    ends.push(own);
                }
                ends.push(state.clone());
                state.merge(ends);
            }
            Compound::For(each) => {
                let words = each.words.iter().flatten();
                let expander = self.expander(state);
                let words: Vec<Argument> = words.flat_map(|word| expander.words(word)).collect();
                if each.words.is_none() || words.iter().any(|word| word.splits) {
                    let unknown = Value {
                        text: String::new(),
                        location: self.location(each.name.span),
                        variables: vec![super::argument::unset(&each.name.value)],
                    };
                    state.bind(&each.name.value, Binding::Text(unknown));
                    self.repeat(&each.body, state);
                    return;
                }
                for word in words.into_iter().take(MAX_ROUNDS) {
                    state.bind(&each.name.value, Binding::Text(word.value));
                    self.repeat(&each.body, state);
                }
            }
            Compound::ArithmeticFor(each) => self.repeat(&each.body, state),
            Compound::While(each) => {
                self.statements(&each.condition, &mut state.clone());
                self.repeat(&each.body, state);
            }
            Compound::Group(group) => {
                if group.subshell {
                    self.statements(&group.body, &mut state.clone());
                } else {
                    self.statements(&group.body, state);
                }
            }
            Compound::Prefixed(prefixed) => {
                if let Some(body) = &prefixed.body {
                    self.statement(body, state);
                }
            }
            Compound::Test(_) | Compound::Arithmetic(_) => {}
        }
    }

    /// The body of a loop: it may run or not, and ends at `exit` only for itself.
    fn repeat(&mut self, body: &'a [Statement], state: &mut State) {
        let mut own = state.clone();
        self.statements(body, &mut own);
        state.variables.extend(own.variables);
    }

    fn simple(&mut self, command: &'a SimpleCommand, span: Span, state: &mut State) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        self.substitutions(command, state);
        if command.words.is_empty() {
            for assignment in &command.assignments {
                self.assign(assignment, state);
            }
            return;
        }
        if !command.declarations.is_empty() {
            for assignment in &command.declarations {
                if assignment.value.is_some() {
                    self.assign(assignment, state);
                }
            }
            return;
        }
        let expander = self.expander(state);
        let words: Vec<Argument> = command
            .words
            .iter()
            .flat_map(|word| expander.words(word))
            .collect();
        let own = command.assignments.iter();
        let own = own.map(|it| (it.name.value.clone(), expander.assigned(it)));
        let own: Vec<(String, Binding)> = own.collect();
        self.call(&words, span, &own, state);
    }

    /// Commands inside the words of a command run as well.
    fn substitutions(&mut self, command: &'a SimpleCommand, state: &State) {
        let values = command.assignments.iter().chain(&command.declarations);
        let values = values.filter_map(|it| it.value.as_ref());
        for word in command.words.iter().chain(values) {
            for part in &word.parts {
                if let shell::Part::Command(substitution) = part {
                    self.statements(&substitution.statements, &mut state.clone());
                }
            }
        }
    }

    fn assign(&mut self, assignment: &Assignment, state: &mut State) {
        let new = self.expander(state).assigned(assignment);
        state.bind(&assignment.name.value, new);
    }

    /// Follows one command with all its words known, as far as they are.
    fn call(
        &mut self,
        words: &[Argument],
        span: Span,
        own: &[(String, Binding)],
        state: &mut State,
    ) {
        // `$SUDO docker …`
        let leading = words.iter().take_while(|word| word.splits).count();
        let words = words.get(leading..).unwrap_or_default();
        let words = unwrapped(words, Argument::text);
        let (Some(program), arguments) = (words.first(), words.get(1..).unwrap_or_default()) else {
            return;
        };
        match program.text() {
            "cd" | "pushd" => {
                self.calls.push(Call {
                    words: words.to_vec(),
                    location: self.location(span),
                    directory: state.directory.clone(),
                    environment: Vec::new(),
                });
                self.change_directory(program.text(), arguments, state);
            }
            "popd" => {
                let back = state.stack.pop().unwrap_or_else(Directory::unknown);
                state.go(back);
            }
            "exit" | "return" | "exec" if arguments.is_empty() || program.text() != "exec" => {
                state.ended = true;
                return;
            }
            "set" | "shift" if program.text() == "shift" => {
                if let Some(positional) = &mut state.positional
                    && !positional.is_empty()
                {
                    positional.remove(0);
                }
            }
            _ => {}
        }
        if let Some((name, function)) = self.functions.get_key_value(program.text()) {
            let (name, function) = (*name, *function);
            self.called.insert(name);
            self.function(function, arguments.to_vec(), state);
            return;
        }
        self.inline(words, state);
        if is_looked_for(program.text()) {
            self.calls.push(Call {
                words: words.to_vec(),
                location: self.location(span),
                directory: state.directory.clone(),
                environment: environment(own, state),
            });
        }
    }

    fn change_directory(&mut self, program: &str, arguments: &[Argument], state: &mut State) {
        let target = arguments
            .iter()
            .find(|word| !word.text().starts_with('-') || word.text() == "-");
        let directory = match target {
            None => Directory::unknown(),
            Some(word) if word.text() == "-" => {
                state.previous.clone().unwrap_or_else(Directory::unknown)
            }
            Some(word) => match word.value.known() {
                // Into a copy of this very repository.
                Some(path) if Some(path.trim_end_matches('/')) == self.repository => {
                    Directory::at(TreePath::root())
                }
                Some(path) => state.directory.enter(self.tree, path),
                None => Directory::unknown(),
            },
        };
        if program == "pushd" {
            state.stack.push(state.directory.clone());
        }
        state.go(directory);
    }

    /// The body of a function, with the arguments of a call of it.
    fn function(&mut self, function: &'a Function, arguments: Vec<Argument>, state: &mut State) {
        if self.depth == MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let outer = state.positional.replace(arguments);
        self.statement(&function.body, state);
        state.positional = outer;
        state.ended = false;
        self.depth -= 1;
    }

    /// `sh -c '…'` and `eval …`: the script in the words.
    fn inline(&mut self, words: &[Argument], state: &State) {
        let Some(program) = words.first().map(Argument::text) else {
            return;
        };
        let script = if program == "eval" {
            let words = words.get(1..).unwrap_or_default().to_vec();
            let location = words.first().map(|word| word.value.location);
            location.map(|location| joined(words, location))
        } else if Dialect::from_shell(program).is_some() {
            let is_option = |word: &Argument| {
                let text = word.text();
                text.starts_with('-') && !text.starts_with("--") && text.ends_with('c')
            };
            let at = words.iter().position(is_option);
            let word = at.and_then(|at| words.get(at + 1));
            word.map(|word| word.value.clone())
        } else {
            None
        };
        let Some(script) = script.filter(|_| self.depth < MAX_DEPTH) else {
            return;
        };
        let inner = shell::parse(&script.text, Dialect::Bash);
        let mut walk = Walk {
            tree: self.tree,
            document: self.document,
            file: self.file,
            repository: self.repository,
            functions: HashMap::new(),
            called: HashSet::new(),
            left: self.left,
            depth: self.depth + 1,
            calls: Vec::new(),
        };
        walk.statements(&inner.statements, &mut state.clone());
        self.left = walk.left;
        // A word that has been expanded has lost its places: all of it stands where the word does.
        let calls = walk.calls.into_iter();
        self.calls
            .extend(calls.map(|call| call.moved_to(script.location)));
    }
}

/// Whether it matters that a program is called: a container program, something of the repository,
/// or what runs such a thing.
fn is_looked_for(program: &str) -> bool {
    const RUNNERS: [&str; 9] = [
        ".",
        "bash",
        "hadolint",
        "python",
        "python3",
        "sh",
        "shellcheck",
        "source",
        "zsh",
    ];
    program.contains('/')
        || RUNNERS.contains(&program)
        || PROGRAMS.contains(&program)
        || is_make(program)
}

/// The variables that are set for a command: its own, and those of the script before it.
fn environment(own: &[(String, Binding)], state: &State) -> Vec<(String, Value)> {
    let is_meant = |name: &str| MEANINGFUL.iter().any(|known| name.starts_with(known));
    let before = state.variables.iter();
    let before = before.filter(|(name, _)| !own.iter().any(|(other, _)| other == *name));
    let before: Vec<_> = before.filter(|(name, _)| is_meant(name)).collect();
    let before = before
        .into_iter()
        .map(|(name, binding)| (name.clone(), binding.clone()));
    let mut all: Vec<(String, Value)> = own
        .iter()
        .cloned()
        .chain(before)
        .filter_map(|(name, binding)| match binding {
            Binding::Text(value) if is_meant(&name) => Some((name, value)),
            _ => None,
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// A default that stands beside the use of a variable.
pub(super) fn is_default(modifier: Modifier) -> bool {
    matches!(modifier, Modifier::Default | Modifier::Assign)
}
