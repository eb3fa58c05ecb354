//! Which scripts a script reads in.

use std::collections::HashMap;

use dockwright_environment::{Environment, ScriptDocument};
use dockwright_syntax::Span;
use dockwright_syntax::shell::{Function, Node, Part, Script, Word};

/// The scripts of a repository by the names of their files.
pub(crate) struct Libraries<'a> {
    environment: &'a Environment,
    by_name: HashMap<&'a str, Vec<&'a ScriptDocument>>,
}

impl<'a> Libraries<'a> {
    /// Looks at every script.
    pub(crate) fn of(environment: &'a Environment) -> Self {
        let mut by_name: HashMap<&str, Vec<&ScriptDocument>> = HashMap::new();
        for script in &environment.scripts {
            let path = &environment.documents.get(script.document).path;
            by_name.entry(path.file_name()).or_default().push(script);
        }
        Self {
            environment,
            by_name,
        }
    }

    /// The scripts that a script reads in whatever happens, with the commands that do.
    pub(crate) fn read_in(&self, script: &ScriptDocument) -> Vec<(&'a ScriptDocument, Span)> {
        let sourced = script.script(&self.environment.documents).sourced();
        let sourced = sourced.into_iter();
        let sourced = sourced.filter(|it| !it.context.conditional && it.context.function.is_none());
        sourced
            .filter_map(|it| Some((self.named(script, it.target)?, it.command.span)))
            .collect()
    }

    /// The script that the word behind `source` or `.` names in another script. What stands before
    /// the last variable is not known, so the path behind it has to be beside that script or to be
    /// one script's alone.
    pub(crate) fn named(&self, by: &ScriptDocument, word: &Word) -> Option<&'a ScriptDocument> {
        let path = ending(word)?;
        let path = path.trim_start_matches("./").trim_start_matches('/');
        let candidates = self.by_name.get(path.rsplit('/').next()?)?;
        let path_of =
            |script: &ScriptDocument| &self.environment.documents.get(script.document).path;
        let beside = path_of(by).parent().and_then(|parent| parent.join(path));
        let is_beside = |script: &&&ScriptDocument| Some(path_of(script)) == beside.as_ref();
        if let Some(script) = candidates.iter().find(is_beside) {
            return Some(script);
        }
        // In an image, a script may lie in another directory than here.
        let written = path.trim_start_matches("../");
        let ends = |script: &&&ScriptDocument| {
            let own = path_of(script).as_str();
            let before = own.strip_suffix(written);
            before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        let mut meant = candidates.iter().filter(ends);
        let only = meant.next().or_else(|| candidates.first())?;
        let is_one = meant.next().is_none() && (ends(&only) || candidates.len() == 1);
        (is_one && only.document != by.document).then_some(*only)
    }
}

/// The text behind the last variable or substitution of a word.
fn ending(word: &Word) -> Option<&str> {
    if let Some(literal) = &word.literal {
        return Some(literal);
    }
    match word.parts.last()? {
        Part::Literal(literal) => Some(&literal.value),
        _ => None,
    }
}

/// The functions that a script defines whatever happens: not inside others, not under a condition.
pub(crate) fn outer_functions(script: &Script) -> Vec<&Function> {
    let mut functions = Vec::new();
    script.walk(&mut |node, context| {
        if let Node::Function(function) = node
            && context.function.is_none()
            && !context.conditional
            && !context.subshell
        {
            functions.push(function);
        }
    });
    functions
}
