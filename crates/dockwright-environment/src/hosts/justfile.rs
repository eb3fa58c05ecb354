//! Justfiles: each line of a recipe is run by a shell of its own, where the justfile is.

use dockwright_syntax::justfile;
use dockwright_syntax::shell::Dialect;
use dockwright_syntax::substitute::put_in;

use super::Host;
use crate::commands::Directory;

pub(super) fn read(host: &mut Host<'_>) {
    let file = justfile::parse(&host.document.text);
    let here = Directory::at(host.directory());
    let directory = match &file.directory {
        Some(directory) => here.enter(host.tree, directory),
        None => here,
    };
    let value = |name: &str| {
        let mut variables = file.variables.iter();
        let found = variables.find(|(own, _)| own == name);
        found.map(|(_, value)| value.clone())
    };
    for recipe in &file.recipes {
        let directory = if recipe.no_cd {
            Directory::unknown()
        } else {
            directory.clone()
        };
        for line in &recipe.lines {
            host.shell(
                &put_in(line, &value),
                Dialect::Posix,
                directory.clone(),
                Vec::new(),
            );
        }
        if let Some((dialect, script)) = &recipe.script {
            host.shell(&put_in(script, &value), *dialect, directory, Vec::new());
        }
    }
}
