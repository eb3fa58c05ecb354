//! Moving functions that several scripts define alike to one that they read in.

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::{
    Document, DocumentId, Environment, Location, ScriptDocument, TreePath,
};
use dockwright_syntax::Span;
use dockwright_syntax::shell::{
    Assigned, AssignmentKind, Command, Context as Surroundings, Dialect, Statement,
};

use super::Definition;
use super::images;
use crate::Fix;
use crate::fix::lines;
use crate::libraries::{Libraries, outer_functions};
use crate::reads;
use crate::rule::Context;

/// The name of a library that is made.
const NAME: &str = "functions.sh";

/// Programs that start a script elsewhere, or tell where it is.
const OWN_PLACE: &[&str] = &[
    "BASH_SOURCE",
    "BASH_LINENO",
    "LINENO",
    "FUNCNAME",
    "$0",
    "${0",
];

/// A script with the functions that it shares.
struct Sharer<'a> {
    script: &'a ScriptDocument,
    document: &'a Document,
    /// The definitions, in order.
    functions: Vec<Span>,
    /// The scripts that it reads in whatever happens, and where.
    reads: Vec<(&'a ScriptDocument, Span)>,
}

/// A variable that the functions read and every script sets alike: the statement in each.
type Variable = Vec<Span>;

/// Keeps functions in one script alone. `None` where it is not known how the others get it, or where a
/// function might do something else there.
pub(super) fn fix(
    cx: Context<'_>,
    libraries: &Libraries<'_>,
    groups: &[Vec<&Definition<'_>>],
) -> Option<Fix> {
    let environment = cx.environment;
    let sharers = sharers(environment, libraries, groups)?;
    let names: BTreeSet<&str> = groups.iter().flatten().map(|one| one.name).collect();
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let quoted = reads::list(&quoted);
    let library = read_by_all(&sharers).or_else(|| beside_all(environment, &sharers));
    let Some(library) = library else {
        return made(environment, libraries, &sharers, &quoted);
    };
    if sharers.iter().all(|it| it.script.document != library) {
        return joined(environment, libraries, &sharers, (&names, &quoted), library);
    }
    let path = &environment.documents.get(library).path;
    let title = format!("leave {quoted} to `{path}`");
    let fix = Fix::safe(title, "the others read in the same functions from it");
    let others = sharers.iter().filter(|it| it.script.document != library);
    Some(others.fold(fix, |fix, other| other.without_functions(fix, None)))
}

/// Gives the functions to a library that is there, and lets those read it in that do not yet.
fn joined(
    environment: &Environment,
    libraries: &Libraries<'_>,
    sharers: &[Sharer<'_>],
    (names, quoted): (&BTreeSet<&str>, &str),
    library: DocumentId,
) -> Option<Fix> {
    let mut scripts = environment.scripts.iter();
    let script = scripts.find(|script| script.document == library)?;
    let own: BTreeSet<DocumentId> = sharers.iter().map(|it| it.script.document).collect();
    let defines = |script: &ScriptDocument| {
        let mut functions = outer_functions(script.script(&environment.documents)).into_iter();
        functions.any(|function| names.contains(function.name.value.as_str()))
    };
    let mut scripts = environment.scripts.iter();
    let is_taken = scripts.any(|script| {
        let is_other = !own.contains(&script.document);
        is_other
            && (script.document == library || reads_in(libraries, script, library))
            && defines(script)
    });
    let (readers, newcomers): (Vec<_>, Vec<_>) =
        sharers.iter().partition(|it| it.reads_first(library));
    let mut new = newcomers.iter();
    let is_in_the_way = new.any(|it| {
        reads_in(libraries, it.script, library)
            || it.script.dialect != script.dialect
            || it.has_names_of(environment, script)
    });
    if is_taken || is_in_the_way || !variables(environment, sharers)?.is_empty() {
        return None;
    }
    let document = environment.documents.get(library);
    let path = &document.path;
    let gap = if document.text.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    let end = u32::try_from(document.text.len()).ok()?;
    let text = format!("{gap}{}", sharers.first()?.functions_text());
    let title = format!("move {quoted} to `{path}`");
    let why = format!("whatever else reads in `{path}` gets them too");
    let fix = Fix::with_care(title, why).insert(library, end, text);
    let fix = readers
        .into_iter()
        .fold(fix, |fix, it| it.without_functions(fix, None));
    let fix = newcomers
        .iter()
        .try_fold(fix, |fix, it| it.reading(environment, libraries, fix, &[]))?;
    let scripts: Vec<&TreePath> = newcomers.iter().map(|it| &it.document.path).collect();
    images::with_library(environment, fix, &scripts, path)
}

/// Makes a library beside the scripts.
fn made(
    environment: &Environment,
    libraries: &Libraries<'_>,
    sharers: &[Sharer<'_>],
    quoted: &str,
) -> Option<Fix> {
    let first = sharers.first()?;
    let library = library_path(sharers)?;
    if environment.tree.entry(&library).is_some() {
        return None;
    }
    let variables = variables(environment, sharers)?;
    let mut lines = first.document.text.lines();
    let shebang = lines.next().filter(|line| line.starts_with("#!"));
    let shebang = shebang.unwrap_or(match first.script.dialect {
        Dialect::Bash => "#!/bin/bash",
        _ => "#!/bin/sh",
    });
    let mut text = format!("{shebang}\n# What several scripts of this directory need.\n\n");
    for variable in &variables {
        text += variable.first()?.of(&first.document.text);
        text.push('\n');
    }
    if !variables.is_empty() {
        text.push('\n');
    }
    text += &first.functions_text();
    let title = format!("move {quoted} to `{library}`");
    let why = "a script that is started from a copy elsewhere needs that file beside it";
    let mut fix = Fix::with_care(title, why).create(library.clone(), text.replace('\r', ""));
    for (number, sharer) in sharers.iter().enumerate() {
        let own = variables.iter().filter_map(|variable| variable.get(number));
        let own: Vec<Span> = own.copied().collect();
        fix = sharer.reading(environment, libraries, fix, &own)?;
    }
    let scripts: Vec<&TreePath> = sharers.iter().map(|it| &it.document.path).collect();
    images::with_library(environment, fix, &scripts, &library)
}

/// Where a library of scripts that lie in one directory is.
fn library_path(sharers: &[Sharer<'_>]) -> Option<TreePath> {
    let directory = sharers.first()?.document.path.parent();
    let mut all = sharers.iter();
    let is_together = all.all(|it| it.document.path.parent() == directory);
    directory.filter(|_| is_together)?.join(NAME)
}

/// The library that lies beside all of them and does nothing but define.
fn beside_all(environment: &Environment, sharers: &[Sharer<'_>]) -> Option<DocumentId> {
    let path = library_path(sharers)?;
    let mut scripts = environment.scripts.iter();
    let script = scripts.find(|it| environment.documents.get(it.document).path == path)?;
    let mut statements = script.script(&environment.documents).statements.iter();
    let is_definition =
        |it: &Statement| matches!(it.command, Command::Function(_)) || is_assignment(it);
    statements.all(is_definition).then_some(script.document)
}

/// Whether a script reads in another whatever happens.
fn reads_in(libraries: &Libraries<'_>, script: &ScriptDocument, library: DocumentId) -> bool {
    let read = libraries.read_in(script).into_iter();
    read.map(|(it, _)| it.document).any(|it| it == library)
}

/// The scripts with their functions in order. `None` where they are for different shells, a function
/// asks where it stands, or more than a function goes with it.
fn sharers<'a>(
    environment: &'a Environment,
    libraries: &Libraries<'a>,
    groups: &[Vec<&Definition<'a>>],
) -> Option<Vec<Sharer<'a>>> {
    let mut found: BTreeMap<DocumentId, Sharer<'a>> = BTreeMap::new();
    for definition in groups.iter().flatten() {
        let script = definition.script;
        let sharer = found.entry(script.document).or_insert_with(|| Sharer {
            script,
            document: environment.documents.get(script.document),
            functions: Vec::new(),
            reads: libraries.read_in(script),
        });
        sharer
            .functions
            .push(own_statement(environment, definition)?);
    }
    for group in groups {
        let name = group.first()?.name;
        let is_one = group.len() == found.len() && group.iter().all(|one| one.name == name);
        is_one.then_some(())?;
    }
    let mut sharers: Vec<Sharer<'a>> = found.into_values().collect();
    let dialect = sharers.first()?.script.dialect;
    let is_known = matches!(dialect, Dialect::Bash | Dialect::Posix);
    if !is_known || sharers.iter().any(|it| it.script.dialect != dialect) {
        return None;
    }
    for sharer in &mut sharers {
        sharer.functions.sort();
    }
    let comments = sharers.first()?.comments(environment);
    for sharer in &sharers {
        let own = sharer.comments(environment);
        let mut functions = sharer.functions.iter();
        let asks = functions.any(|it| {
            let text = it.of(&sharer.document.text);
            OWN_PLACE.iter().any(|word| text.contains(word))
        });
        if asks || !own.is_subset(&comments) {
            return None;
        }
    }
    Some(sharers)
}

/// The script that all of them, it apart, read in before the first of the functions.
fn read_by_all(sharers: &[Sharer<'_>]) -> Option<DocumentId> {
    let candidates = sharers.iter().flat_map(|it| &it.reads);
    let mut candidates = candidates.map(|(library, _)| library.document);
    candidates.find(|library| {
        let mut all = sharers.iter();
        all.all(|it| it.script.document == *library || it.reads_first(*library))
    })
}

/// The variables that the functions read and the scripts set outside of them, in order. `None` where they
/// are not set once and alike everywhere.
fn variables(environment: &Environment, sharers: &[Sharer<'_>]) -> Option<Vec<Variable>> {
    let first = sharers.first()?;
    let script = first.script.script(&environment.documents);
    let reads = script.variables_read().into_iter();
    let reads = reads.filter(|read| first.has(read.name.span));
    let names: BTreeSet<&str> = reads.map(|read| read.name.value.as_str()).collect();
    let mut variables = Vec::new();
    for name in names {
        let own = sharers.iter().map(|it| it.assignments(environment, name));
        let own: Vec<Vec<Option<Span>>> = own.collect();
        if own.iter().all(Vec::is_empty) {
            continue;
        }
        let spans = own.iter().map(|own| match own.as_slice() {
            [only] => *only,
            _ => None,
        });
        let spans: Variable = spans.collect::<Option<_>>()?;
        let texts = sharers.iter().zip(&spans);
        let texts: BTreeSet<&str> = texts.map(|(it, span)| span.of(&it.document.text)).collect();
        (texts.len() == 1).then_some(())?;
        variables.push(spans);
    }
    variables.sort();
    Some(variables)
}

impl Sharer<'_> {
    /// Whether it reads in a library before the first of the functions.
    fn reads_first(&self, library: DocumentId) -> bool {
        let first = self.functions.first().map(|it| it.start);
        let mut reads = self.reads.iter();
        reads.any(|(it, place)| it.document == library && Some(place.start) < first)
    }

    /// Whether it defines what a library defines under the same name, the shared functions apart.
    fn has_names_of(&self, environment: &Environment, library: &ScriptDocument) -> bool {
        let names = |script: &ScriptDocument, is_counted: &dyn Fn(Span) -> bool| {
            let tree = script.script(&environment.documents);
            let functions = tree.functions().into_iter();
            let functions = functions.map(|it| (it.name.value.clone(), it.name.span));
            let variables = tree.variables_assigned().into_iter();
            let variables = variables.filter(|it| it.context.function.is_none());
            let variables = variables.map(|it| (it.name.to_owned(), it.span));
            let counted = functions
                .chain(variables)
                .filter(|(_, span)| is_counted(*span));
            counted.map(|(name, _)| name).collect::<BTreeSet<String>>()
        };
        let own = names(self.script, &|span| !self.has(span));
        !own.is_disjoint(&names(library, &|_| true))
    }

    /// Lets it read in the library beside it in the place of the functions and some variables. `None` where
    /// it may be read in from another directory itself.
    fn reading(
        &self,
        environment: &Environment,
        libraries: &Libraries<'_>,
        fix: Fix,
        variables: &[Span],
    ) -> Option<Fix> {
        let start = match self.script.dialect {
            Dialect::Bash => "source \"$(dirname \"${BASH_SOURCE[0]}\")",
            _ => ". \"$(dirname \"$0\")",
        };
        let mut scripts = environment.scripts.iter();
        let is_read = scripts.any(|it| reads_in(libraries, it, self.script.document));
        if is_read && self.script.dialect != Dialect::Bash {
            return None;
        }
        let at = self.place(environment, variables)?;
        let fix = fix.insert(self.document.id, at, format!("{start}/{NAME}\"\n\n"));
        let variables = variables.iter();
        let fix = variables.fold(fix, |fix, span| fix.delete_lines(self.document, *span));
        Some(self.without_functions(fix, Some(at)))
    }

    /// Whether a place is in one of the functions.
    fn has(&self, span: Span) -> bool {
        let mut functions = self.functions.iter();
        functions.any(|function| function.contains(span))
    }

    /// Every place outside of the functions that sets a variable: the statement, where that gives it a plain
    /// value, always runs and stands by itself.
    fn assignments(&self, environment: &Environment, name: &str) -> Vec<Option<Span>> {
        let script = self.script.script(&environment.documents);
        let assigned = script.variables_assigned().into_iter();
        let assigned = assigned.filter(|it| it.name == name && !self.has(it.span));
        let statement = |it: Assigned<'_>| {
            let is_plain = it.kind == AssignmentKind::Plain
                && it.context == Surroundings::default()
                && it.value.is_some_and(|value| value.literal.is_some());
            let mut statements = script.statements.iter();
            let statement = statements.find(|own| own.span.contains(it.span))?;
            let is_own = is_assignment(statement) && is_whole(self.document, statement.span);
            let is_one =
                matches!(&statement.command, Command::Simple(it) if it.assignments.len() == 1);
            (is_plain && is_own && is_one).then_some(statement.span)
        };
        assigned.map(statement).collect()
    }

    /// Lines with those of the comments right above them.
    fn with_comments(&self, mut block: Span) -> Span {
        let text = &self.document.text;
        while let Some(end) = block.start.checked_sub(1) {
            let above = lines(text, Span { start: end, end });
            let line = above.of(text).trim_start();
            if !line.starts_with('#') || line.starts_with("#!") {
                break;
            }
            block.start = above.start;
        }
        block
    }

    /// The lines of the functions, with those of the comments right above each.
    fn blocks(&self) -> impl Iterator<Item = Span> {
        let text = &self.document.text;
        let functions = self.functions.iter();
        functions.map(move |function| self.with_comments(lines(text, *function)))
    }

    /// The comments in and right above the functions.
    fn comments(&self, environment: &Environment) -> BTreeSet<&str> {
        let comments = self.script.script(&environment.documents).comments.iter();
        let inside = comments.filter(|it| self.blocks().any(|block| block.contains(**it)));
        inside.map(|it| it.of(&self.document.text).trim()).collect()
    }

    /// The functions as they are written, a blank line between them.
    fn functions_text(&self) -> String {
        let text = &self.document.text;
        let blocks: Vec<&str> = self
            .blocks()
            .map(|block| block.of(text).trim_end())
            .collect();
        format!("{}\n", blocks.join("\n\n").replace('\r', ""))
    }

    /// Takes the functions away, each with a blank line behind it where one stands before it, or comes to
    /// stand `at` its place.
    fn without_functions(&self, fix: Fix, at: Option<u32>) -> Fix {
        let text = &self.document.text;
        let is_blank = |span: Span| span.of(text).trim().is_empty();
        self.blocks().fold(fix, |fix, mut block| {
            let above = block.start.checked_sub(1);
            let is_apart = above.is_none_or(|end| is_blank(lines(text, Span { start: end, end })));
            let is_apart = is_apart || Some(block.start) == at;
            let next = lines(
                text,
                Span {
                    start: block.end,
                    end: block.end,
                },
            );
            if is_apart && !next.is_empty() && is_blank(next) {
                block.end = next.end;
            }
            fix.delete(Location::new(self.document.id, block))
        })
    }

    /// Where the library is read in: before the first thing that it takes over, and the assignments and
    /// comments that stand together with that. `None` where the directory may be another one by then.
    fn place(&self, environment: &Environment, variables: &[Span]) -> Option<u32> {
        let script = self.script.script(&environment.documents);
        let functions = self.functions.iter().map(|function| function.start);
        let taken = variables.iter().map(|span| span.start).chain(functions);
        let first = taken.min()?;
        let statements = &script.statements;
        let mut at = statements.iter().position(|it| it.span.end > first)?;
        while let Some(before) = at.checked_sub(1).and_then(|before| statements.get(before)) {
            let between = Span {
                start: before.span.end,
                end: statements.get(at)?.span.start,
            };
            let mut between = between.of(&self.document.text).lines().skip(1);
            let is_near = between.all(|line| !line.trim().is_empty() || line.ends_with(' '));
            if !is_assignment(before) || !is_near || !is_whole(self.document, before.span) {
                break;
            }
            at -= 1;
        }
        let start = lines(&self.document.text, statements.get(at)?.span);
        let place = self.with_comments(start).start;
        let mut commands = script.commands().into_iter();
        let is_elsewhere = commands.any(|found| {
            let name = found.command.invocation().map(|it| it.name.to_owned());
            let is_move = name.is_some_and(|it| matches!(it.as_str(), "cd" | "pushd"));
            is_move && found.command.span.start < place && !found.context.subshell
        });
        (!is_elsewhere).then_some(place)
    }
}

/// The statement that defines a function. `None` where something else stands on its lines, or it is a part of
/// another statement.
fn own_statement(environment: &Environment, definition: &Definition<'_>) -> Option<Span> {
    let script = definition.script.script(&environment.documents);
    let name = definition.function.name.span;
    let mut statements = script.statements.iter();
    let statement = statements.find(|it| {
        let is_own = matches!(&it.command, Command::Function(own) if own.name.span == name);
        is_own && it.redirections.is_empty()
    })?;
    let document = environment.documents.get(definition.script.document);
    is_whole(document, statement.span).then_some(statement.span)
}

/// Whether nothing else stands on the lines of a place.
fn is_whole(document: &Document, span: Span) -> bool {
    lines(&document.text, span).of(&document.text).trim() == span.of(&document.text)
}

/// Whether a statement sets variables and does nothing else.
fn is_assignment(statement: &Statement) -> bool {
    let is_plain = statement.redirections.is_empty() && !statement.background;
    let is_alone = matches!(&statement.command, Command::Simple(it) if it.words.is_empty());
    is_plain && is_alone
}
