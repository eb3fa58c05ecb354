//! Workflows and actions of GitHub Actions.
//!
//! Expressions are written as the shell would write a variable: `${{ env.A }}` becomes `${A}`,
//! `${{ matrix.a }}` `${matrix_a}`, `${{ inputs.a }}` `${inputs_a}`, and every other `${_}`.
//! Source: GitHub documentation, "Workflow syntax", "Metadata syntax", "Contexts reference".

use crate::substitute::{OPAQUE, Purpose, as_name, between};
use crate::yaml::{self, Node};
use crate::{Span, Spanned, Text};

/// Combinations of a matrix that are looked at.
const MAX_ROWS: usize = 64;

/// A workflow.
#[derive(Clone, Debug, Default)]
pub struct Workflow {
    /// Variables of every job.
    pub env: Vec<Variable>,
    /// How and where steps run that do not say.
    pub defaults: Defaults,
    /// The jobs.
    pub jobs: Vec<Job>,
}

/// What `defaults.run` says.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// The shell.
    pub shell: Option<String>,
    /// The directory, relative to the root of the repository.
    pub working_directory: Option<Text>,
}

/// A name and its value.
pub type Variable = (Spanned<String>, Text);

/// A job.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// A workflow that is called in its place.
    pub uses: Option<Spanned<String>>,
    /// Variables of its steps.
    pub env: Vec<Variable>,
    /// How and where its steps run that do not say.
    pub defaults: Defaults,
    /// The values of its matrix, one row for each run; one empty row without a matrix.
    pub rows: Vec<Vec<(String, String)>>,
    /// The images of its container and of its services.
    pub images: Vec<Text>,
    /// The steps.
    pub steps: Vec<Step>,
}

/// A step of a job or of a composite action.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// The whole step.
    pub span: Span,
    /// What other steps call it.
    pub id: Option<String>,
    /// The action that it runs.
    pub uses: Option<Spanned<String>>,
    /// The inputs of the action.
    pub with: Vec<Variable>,
    /// The script that it runs.
    pub run: Option<Text>,
    /// The shell of the script.
    pub shell: Option<String>,
    /// Where the script runs.
    pub working_directory: Option<Text>,
    /// Its variables.
    pub env: Vec<Variable>,
}

/// An action: the `action.yml` of a directory.
#[derive(Clone, Debug, Default)]
pub struct Action {
    /// The defaults of its inputs, by names as expressions are written: `inputs_NAME`.
    pub inputs: Vec<(String, String)>,
    /// The Dockerfile or `docker://` image of an action that runs in a container.
    pub image: Option<Text>,
    /// The steps of a composite action.
    pub steps: Vec<Step>,
}

impl Step {
    /// An input of its action; names do not depend on case.
    pub fn input(&self, name: &str) -> Option<&Text> {
        let mut inputs = self.with.iter();
        let found = inputs.find(|(own, _)| own.value.eq_ignore_ascii_case(name))?;
        Some(&found.1)
    }
}

/// Reads a workflow; a file that is none has no jobs.
pub fn parse(source: &str) -> Workflow {
    let tree = yaml::parse(source);
    let Some(root) = tree.root() else {
        return Workflow::default();
    };
    let jobs = root.get("jobs");
    Workflow {
        env: variables(root.get("env")),
        defaults: defaults(root),
        jobs: jobs
            .into_iter()
            .flat_map(Node::entries)
            .map(|(_, node)| job(node.resolved()))
            .collect(),
    }
}

/// Reads the description of an action.
pub fn parse_action(source: &str) -> Action {
    let tree = yaml::parse(source);
    let Some(root) = tree.root() else {
        return Action::default();
    };
    let inputs = root.get("inputs").into_iter().flat_map(Node::entries);
    let inputs = inputs.filter_map(|(name, node)| {
        let name = as_name(name.text()?)?;
        let default = node.resolved().get("default")?.text()?;
        Some((format!("inputs_{name}"), default.to_owned()))
    });
    let runs = root.get("runs");
    Action {
        inputs: inputs.collect(),
        image: runs.and_then(|runs| value(runs.get("image")?)),
        steps: steps(runs.and_then(|runs| runs.get("steps"))),
    }
}

fn job(node: Node<'_>) -> Job {
    let mut images = Vec::new();
    if let Some(container) = node.get("container") {
        images.extend(value(container.get("image").unwrap_or(container)));
    }
    let services = node.get("services").into_iter().flat_map(Node::entries);
    images.extend(services.filter_map(|(_, service)| value(service.resolved().get("image")?)));
    let matrix = node.get("strategy").and_then(|it| it.get("matrix"));
    Job {
        uses: node.get("uses").and_then(name),
        env: variables(node.get("env")),
        defaults: defaults(node),
        rows: matrix.map_or_else(|| vec![Vec::new()], rows),
        images,
        steps: steps(node.get("steps")),
    }
}

fn steps(node: Option<Node<'_>>) -> Vec<Step> {
    let items = node.into_iter().flat_map(Node::items);
    items.map(|item| step(item.resolved())).collect()
}

fn step(node: Node<'_>) -> Step {
    let text = |key: &str| node.get(key)?.text().map(str::to_owned);
    Step {
        span: node.span(),
        id: text("id"),
        uses: node.get("uses").and_then(name),
        with: variables(node.get("with")),
        run: node
            .get("run")
            .and_then(|run| Some(rewrite(&run.scalar()?.text, Purpose::Command))),
        shell: text("shell"),
        working_directory: node.get("working-directory").and_then(value),
        env: variables(node.get("env")),
    }
}

fn defaults(node: Node<'_>) -> Defaults {
    let Some(run) = node.get("defaults").and_then(|it| it.get("run")) else {
        return Defaults::default();
    };
    Defaults {
        shell: run.get("shell").and_then(|it| it.text().map(str::to_owned)),
        working_directory: run.get("working-directory").and_then(value),
    }
}

fn variables(node: Option<Node<'_>>) -> Vec<Variable> {
    let entries = node.into_iter().flat_map(Node::entries);
    let variables = entries.filter_map(|(key, node)| Some((name(key)?, value(node.resolved())?)));
    variables.collect()
}

fn name(node: Node<'_>) -> Option<Spanned<String>> {
    Some(Spanned::new(node.text()?.to_owned(), node.span()))
}

fn value(node: Node<'_>) -> Option<Text> {
    Some(rewrite(&node.scalar()?.text, Purpose::Value))
}

/// Every combination of the values of a matrix.
fn rows(matrix: Node<'_>) -> Vec<Vec<(String, String)>> {
    let mut rows: Vec<Vec<(String, String)>> = vec![Vec::new()];
    let is_axis = |key: &str| !matches!(key, "include" | "exclude");
    for (key, values) in matrix.entries() {
        let Some(key) = key.text().filter(|key| is_axis(key)) else {
            continue;
        };
        let values: Vec<Vec<(String, String)>> = values
            .resolved()
            .items()
            .map(|value| cell(key, value))
            .collect();
        if values.is_empty() {
            continue;
        }
        let combined = rows.iter().flat_map(|row| {
            values
                .iter()
                .map(move |value| [row.as_slice(), value].concat())
        });
        rows = combined.take(MAX_ROWS).collect();
    }
    let excluded: Vec<Vec<(String, String)>> = cells(matrix.get("exclude"));
    rows.retain(|row| {
        let is_out = |out: &Vec<(String, String)>| out.iter().all(|cell| row.contains(cell));
        !excluded.iter().any(|out| !out.is_empty() && is_out(out))
    });
    for included in cells(matrix.get("include")) {
        include(&mut rows, included);
    }
    rows.truncate(MAX_ROWS);
    rows
}

/// Adds what `include` says to the rows that it agrees with, or else as a row of its own.
fn include(rows: &mut Vec<Vec<(String, String)>>, included: Vec<(String, String)>) {
    let agrees = |row: &Vec<(String, String)>| {
        let mut clashes = included
            .iter()
            .filter(|(name, value)| row.iter().any(|(own, other)| own == name && other != value));
        !row.is_empty() && clashes.next().is_none()
    };
    let mut is_added = false;
    for row in rows.iter_mut().filter(|row| agrees(row)) {
        let new: Vec<_> = included
            .iter()
            .filter(|cell| !row.contains(cell))
            .cloned()
            .collect();
        row.extend(new);
        is_added = true;
    }
    if is_added {
        return;
    }
    if rows.first().is_some_and(Vec::is_empty) {
        rows.clear();
    }
    rows.push(included);
}

fn cells(node: Option<Node<'_>>) -> Vec<Vec<(String, String)>> {
    let items = node.into_iter().flat_map(Node::items);
    items
        .map(|item| {
            let entries = item.resolved().entries();
            let cells = entries.filter_map(|(key, value)| Some(cell(key.text()?, value)));
            cells.flatten().collect()
        })
        .collect()
}

/// `matrix.key`, or what is below it.
fn cell(key: &str, value: Node<'_>) -> Vec<(String, String)> {
    let Some(key) = as_name(key) else {
        return Vec::new();
    };
    let value = value.resolved();
    if let Some(text) = value.text() {
        let plain = (!text.contains("${{")).then(|| (format!("matrix_{key}"), text.to_owned()));
        return plain.into_iter().collect();
    }
    let entries = value.entries();
    let below = entries.filter_map(|(name, value)| {
        let name = as_name(name.text()?)?;
        Some((
            format!("matrix_{key}_{name}"),
            value.resolved().text()?.to_owned(),
        ))
    });
    below.collect()
}

/// A text with its expressions as the shell would write them.
fn rewrite(text: &Text, purpose: Purpose) -> Text {
    between(text, purpose, ("${{", "}}"), variable)
}

fn variable(expression: &str) -> Option<String> {
    if let Some(name) = expression.strip_prefix("env.") {
        return as_name(name);
    }
    let is_known = ["matrix.", "inputs.", "github.", "vars."];
    is_known
        .iter()
        .any(|context| expression.starts_with(context))
        .then(|| as_name(expression))?
}

/// What stands for an expression of which nothing is known.
pub const UNKNOWN: &str = OPAQUE;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn steps_inputs_and_rows_of_a_matrix() {
        let source = "\
env: { IMAGE: app }
defaults: { run: { working-directory: web } }
jobs:
  build:
    container: node:22
    services:
      db: { image: 'postgres:17' }
    strategy:
      matrix:
        image: [api, web]
        tag: [a]
        exclude: [{ image: web }]
        include:
          - { image: api, file: x/Dockerfile }
          - { image: job }
    steps:
      - uses: actions/checkout@v4
      - id: meta
        uses: docker/build-push-action@v6
        with:
          Context: ./${{ matrix.image }}
          tags: ${{ steps.meta.outputs.tags }}
      - run: |
          docker build -t '${{ env.IMAGE }}' .
          echo ${{ secrets.X }}
        working-directory: docker
";
        let workflow = parse(source);
        let job = &workflow.jobs[0];
        let images: Vec<&str> = job
            .images
            .iter()
            .map(|image| image.value.as_str())
            .collect();
        assert_eq!(images, ["node:22", "postgres:17"]);
        let rows: Vec<String> = job
            .rows
            .iter()
            .map(|row| {
                let cells: Vec<String> = row.iter().map(|(a, b)| format!("{a}={b}")).collect();
                cells.join(" ")
            })
            .collect();
        assert_eq!(
            rows,
            [
                "matrix_image=api matrix_tag=a matrix_file=x/Dockerfile",
                "matrix_image=job"
            ]
        );
        let [_, action, script] = job.steps.as_slice() else {
            panic!("three steps");
        };
        assert_eq!(action.input("context").unwrap().value, "./${matrix_image}");
        assert_eq!(action.input("tags").unwrap().value, "${_}");
        let run = script.run.as_ref().unwrap();
        assert_eq!(run.value, "docker build -t ''\"${IMAGE}\"'' .\necho ${_}\n");
        let at = run.value.find("echo").unwrap();
        assert_eq!(run.source_span(Span::new(at, at + 4)).of(source), "echo");
        assert_eq!(workflow.defaults.working_directory.unwrap().value, "web");
    }

    #[test]
    fn an_action_has_inputs_and_steps() {
        let action = parse_action(
            "inputs:\n  image-name: { default: app }\nruns:\n  using: composite\n  steps:\n    - run: docker push ${{ inputs.image-name }}\n      shell: bash\n",
        );
        assert_eq!(
            action.inputs,
            [("inputs_image_name".to_owned(), "app".to_owned())]
        );
        assert_eq!(
            action.steps[0].run.as_ref().unwrap().value,
            "docker push ${inputs_image_name}"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[a-z:\n ${}.-]{0,80}") {
            parse(&text);
            parse_action(&text);
        }
    }
}
