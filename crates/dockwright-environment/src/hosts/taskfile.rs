//! Taskfiles: each command is run by a shell of its own, where the Taskfile is.

use dockwright_syntax::shell::Dialect;
use dockwright_syntax::substitute::put_in;
use dockwright_syntax::taskfile;

use super::Host;
use crate::commands::Directory;

pub(super) fn read(host: &mut Host<'_>) {
    let file = taskfile::parse(&host.document.text);
    let here = Directory::at(host.directory());
    for task in &file.tasks {
        let value = |name: &str| {
            let mut variables = task.variables.iter().chain(&file.variables);
            let found = variables.find(|(own, _)| own == name);
            found.map(|(_, value)| value.value.clone())
        };
        let directory = match &task.directory {
            None => here.clone(),
            Some(directory) => {
                let directory = put_in(directory, &value).value;
                if directory.contains("${") {
                    Directory::unknown()
                } else {
                    here.enter(host.tree, &directory)
                }
            }
        };
        for command in &task.commands {
            let command = put_in(command, &value);
            host.shell(&command, Dialect::Bash, directory.clone(), Vec::new());
        }
    }
}
