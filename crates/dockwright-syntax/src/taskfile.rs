//! Taskfiles: the tasks of `Taskfile.yml`.
//!
//! `{{.NAME}}` is written as `${NAME}`, every other template as `${_}`. Source: Task
//! documentation, "Schema reference".

use crate::Text;
use crate::substitute::{Purpose, between, is_name};
use crate::yaml::{self, Node};

/// A Taskfile.
#[derive(Clone, Debug, Default)]
pub struct Taskfile {
    /// Variables of every task.
    pub variables: Vec<(String, Text)>,
    /// The tasks.
    pub tasks: Vec<Task>,
}

/// A task.
#[derive(Clone, Debug, Default)]
pub struct Task {
    /// Where it runs, relative to the Taskfile.
    pub directory: Option<Text>,
    /// Its variables.
    pub variables: Vec<(String, Text)>,
    /// Its commands, each for a shell of its own.
    pub commands: Vec<Text>,
}

/// Reads a Taskfile.
pub fn parse(source: &str) -> Taskfile {
    let tree = yaml::parse(source);
    let Some(root) = tree.root() else {
        return Taskfile::default();
    };
    let tasks = root.get("tasks").into_iter().flat_map(Node::entries);
    Taskfile {
        variables: variables(root),
        tasks: tasks.map(|(_, node)| task(node.resolved())).collect(),
    }
}

fn task(node: Node<'_>) -> Task {
    let list = node.get("cmds").unwrap_or(node);
    let single = node
        .get("cmd")
        .or(Some(node).filter(|it| it.scalar().is_some()));
    let commands = list.items().map(Node::resolved).chain(single);
    let commands = commands.filter_map(|command| {
        let text = &command.get("cmd").unwrap_or(command).scalar()?.text;
        Some(rewrite(text, Purpose::Command))
    });
    Task {
        directory: node
            .get("dir")
            .and_then(|it| Some(rewrite(&it.scalar()?.text, Purpose::Value))),
        variables: variables(node),
        commands: commands.collect(),
    }
}

fn variables(node: Node<'_>) -> Vec<(String, Text)> {
    let maps = ["vars", "env"].iter().filter_map(|key| node.get(key));
    let entries = maps.flat_map(Node::entries);
    let values = entries.filter_map(|(key, value)| {
        let text = &value.resolved().scalar()?.text;
        Some((key.text()?.to_owned(), rewrite(text, Purpose::Value)))
    });
    values.collect()
}

fn rewrite(text: &Text, purpose: Purpose) -> Text {
    between(text, purpose, ("{{", "}}"), |expression| {
        let name = expression.strip_prefix('.').filter(|name| is_name(name));
        name.map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tasks_have_commands_and_directories() {
        let file = parse(
            "\
vars: { IMAGE: app }
tasks:
  build:
    dir: docker
    cmds:
      - docker build -t {{.IMAGE}} {{if .X}}a{{end}} .
      - cmd: docker push app
      - task: other
  one: docker ps
",
        );
        let build = &file.tasks[0];
        let commands: Vec<&str> = build.commands.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(
            commands,
            ["docker build -t ${IMAGE} ${_}a${_} .", "docker push app"]
        );
        assert_eq!(build.directory.as_ref().unwrap().value, "docker");
        assert_eq!(file.tasks[1].commands[0].value, "docker ps");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[a-z:\n {}.-]{0,80}") {
            parse(&text);
        }
    }
}
