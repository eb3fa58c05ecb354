//! Workflows and composite actions of GitHub Actions.

use dockwright_syntax::shell::Dialect;
use dockwright_syntax::substitute::put_in;
use dockwright_syntax::workflow::{self, Defaults, Step, Variable};
use dockwright_syntax::{Spanned, Text};

use super::{ActionUse, Host, action};
use crate::commands::Directory;
use crate::mentions::PathRole;
use crate::{TreePath, Value};

pub(super) fn read(host: &mut Host<'_>) {
    let workflow = workflow::parse(&host.document.text);
    for job in &workflow.jobs {
        for image in &job.images {
            host.image(image);
        }
        if let Some(uses) = &job.uses {
            host.uses(uses);
        }
        for step in &job.steps {
            if let Some(uses) = &step.uses {
                host.uses(uses);
            }
        }
        for row in &job.rows {
            let runs = Runs {
                steps: &job.steps,
                env: [workflow.env.as_slice(), &job.env].concat(),
                defaults: [&job.defaults, &workflow.defaults],
                values: row,
            };
            host.steps(&runs);
        }
    }
}

pub(super) fn read_action(host: &mut Host<'_>) {
    let action = workflow::parse_action(&host.document.text);
    if let Some(image) = &action.image {
        match image.value.strip_prefix("docker://") {
            Some(_) => host.image(image),
            None => host.path(
                image,
                PathRole::Dockerfile,
                &Directory::at(host.directory()),
            ),
        }
    }
    for uses in action.steps.iter().filter_map(|step| step.uses.as_ref()) {
        host.uses(uses);
    }
    let none = Defaults::default();
    let runs = Runs {
        steps: &action.steps,
        env: Vec::new(),
        defaults: [&none, &none],
        values: &action.inputs,
    };
    host.steps(&runs);
}

/// Steps, and what is known when they run.
pub(super) struct Runs<'a> {
    pub(super) steps: &'a [Step],
    env: Vec<Variable>,
    /// Those of the job go before those of the workflow.
    defaults: [&'a Defaults; 2],
    /// The row of the matrix, or the inputs of the action.
    values: &'a [(String, String)],
}

impl Runs<'_> {
    /// A text with the values of the matrix put in.
    pub(super) fn text(&self, text: &Text) -> Text {
        put_in(text, &|name| {
            let mut values = self.values.iter();
            let found = values.find(|(own, _)| own == name);
            found.map(|(_, value)| value.clone())
        })
    }

    /// A text with the variables of the workflow put in too, as in what is no script.
    pub(super) fn full_text(&self, text: &Text) -> Text {
        put_in(&self.text(text), &|name| {
            let mut env = self.env.iter().rev();
            let found = env.find(|(own, _)| own.value == name)?;
            Some(self.text(&found.1).value)
        })
    }

    fn directory(&self, host: &Host<'_>, step: &Step) -> Directory {
        let defaults = self
            .defaults
            .iter()
            .filter_map(|it| it.working_directory.as_ref());
        let mut named = step.working_directory.iter().chain(defaults);
        let root = Directory::at(TreePath::root());
        let Some(named) = named.next() else {
            return root;
        };
        let named = self.full_text(named).value;
        let named = named.strip_prefix("${github_workspace}/").unwrap_or(&named);
        if named.contains("${") {
            return Directory::unknown();
        }
        root.enter(host.tree, named)
    }

    fn shell(&self, step: &Step) -> Option<Dialect> {
        let defaults = self.defaults.iter().filter_map(|it| it.shell.as_ref());
        let mut named = step.shell.iter().chain(defaults);
        match named.next() {
            None => Some(Dialect::Bash),
            Some(shell) => Dialect::from_shell(shell.split_whitespace().next()?),
        }
    }

    fn variables(&self, host: &Host<'_>, step: &Step) -> Vec<(String, Value)> {
        let own = self.env.iter().chain(&step.env);
        own.map(|(name, text)| {
            let text = self.full_text(text);
            (name.value.clone(), host.value(&text))
        })
        .collect()
    }
}

/// Whether a step puts another repository in the place of this one.
fn checks_out_another(step: &Step) -> bool {
    let is_checkout = |uses: &Spanned<String>| uses.value.starts_with("actions/checkout@");
    step.uses.as_ref().is_some_and(is_checkout)
        && step.input("path").is_none()
        && step
            .input("repository")
            .is_some_and(|name| name.value != "${github_repository}")
}

impl Host<'_> {
    fn steps(&mut self, runs: &Runs<'_>) {
        let mut is_own = true;
        for step in runs.steps {
            is_own &= !checks_out_another(step);
            let directory = if is_own {
                runs.directory(self, step)
            } else {
                Directory::unknown()
            };
            if let (Some(run), Some(dialect)) = (&step.run, runs.shell(step)) {
                let variables = runs.variables(self, step);
                self.shell(&runs.text(run), dialect, directory.clone(), variables);
            }
            action::read(self, runs, step, &directory);
        }
    }

    /// An action, a workflow of this repository, or an image that runs as one.
    fn uses(&mut self, uses: &Spanned<String>) {
        let text = Text::verbatim(uses.value.clone(), uses.span);
        if uses.value.starts_with("./") {
            let root = Directory::at(TreePath::root());
            self.path(&text, PathRole::Action, &root);
        } else if uses.value.starts_with("docker://") {
            self.image(&text);
        } else if let Some((name, version)) = uses.value.split_once('@') {
            self.said.actions.push(ActionUse {
                location: self.location(uses.span),
                name: name.to_owned(),
                version: version.to_owned(),
            });
        }
    }
}
