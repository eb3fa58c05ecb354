//! GitLab CI: `.gitlab-ci.yml` and the files that it includes.
//!
//! Source: GitLab documentation, "CI/CD YAML syntax reference".

use crate::yaml::{self, Node};
use crate::{Span, Spanned, Text};

/// A GitLab CI configuration.
#[derive(Clone, Debug, Default)]
pub struct GitlabCi {
    /// Variables of every job.
    pub variables: Vec<(String, Text)>,
    /// The files of this repository that it includes, relative to the root.
    pub includes: Vec<Spanned<String>>,
    /// The jobs, hidden ones and `default` too.
    pub jobs: Vec<Job>,
}

/// A job.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// Its variables.
    pub variables: Vec<(String, Text)>,
    /// Its own image and those of its services.
    pub images: Vec<Text>,
    /// What its shell runs, `before_script`, `script` and `after_script` in one.
    pub script: Option<Text>,
}

/// Keys at the top that are no jobs.
const KEYWORDS: &[&str] = &["include", "spec", "stages", "variables", "workflow"];

/// Keys of which a job has at least one.
const OF_A_JOB: &[&str] = &[
    "before_script",
    "extends",
    "image",
    "script",
    "services",
    "trigger",
];

/// Reads a configuration.
pub fn parse(source: &str) -> GitlabCi {
    let tree = yaml::parse(source);
    let mut ci = GitlabCi::default();
    let Some(root) = tree.root() else {
        return ci;
    };
    ci.variables = variables(root.get("variables"));
    ci.includes = includes(root.get("include"));
    let top = Job {
        images: images(root),
        script: script(root),
        ..Job::default()
    };
    ci.jobs.push(top);
    for (key, node) in root.entries() {
        let node = node.resolved();
        let is_job = key.text().is_some_and(|key| !KEYWORDS.contains(&key))
            && OF_A_JOB.iter().any(|key| node.get(key).is_some());
        if is_job {
            ci.jobs.push(Job {
                variables: variables(node.get("variables")),
                images: images(node),
                script: script(node),
            });
        }
    }
    ci
}

fn variables(node: Option<Node<'_>>) -> Vec<(String, Text)> {
    let entries = node.into_iter().flat_map(Node::entries);
    let values = entries.filter_map(|(key, node)| {
        let node = node.resolved();
        let value = node.get("value").unwrap_or(node);
        Some((key.text()?.to_owned(), value.scalar()?.text.clone()))
    });
    values.collect()
}

fn includes(node: Option<Node<'_>>) -> Vec<Spanned<String>> {
    let Some(node) = node else {
        return Vec::new();
    };
    let items = if node.is_sequence() {
        node.items().collect()
    } else {
        vec![node]
    };
    let local = items.into_iter().filter_map(|item| {
        let item = item.resolved();
        let path = item.get("local").unwrap_or(item);
        let text = path.text()?;
        let is_local = item.get("local").is_some() || !text.contains("://");
        let text = text.trim_start_matches('/').to_owned();
        is_local.then(|| Spanned::new(text, path.span()))
    });
    local.collect()
}

fn images(node: Node<'_>) -> Vec<Text> {
    let own = node.get("image");
    let services = node.get("services").into_iter().flat_map(Node::items);
    let all = own.into_iter().chain(services.map(Node::resolved));
    let named = all.filter_map(|node| {
        let node = node.get("name").unwrap_or(node);
        Some(node.scalar()?.text.clone())
    });
    named.collect()
}

fn script(node: Node<'_>) -> Option<Text> {
    let keys = ["before_script", "script", "after_script"];
    let mut lines = Vec::new();
    for node in keys.iter().filter_map(|key| node.get(key)) {
        add_lines(node, &mut lines, 0);
    }
    lines.into_iter().reduce(|mut all, line| {
        all.append(&Text::verbatim("\n", Span::at(line.span.start as usize)));
        all.append(&line);
        all
    })
}

/// Lists in lists come from anchors.
fn add_lines(node: Node<'_>, lines: &mut Vec<Text>, depth: usize) {
    if let Some(scalar) = node.scalar() {
        lines.push(scalar.text.clone());
    } else if depth < 8 {
        for item in node.items() {
            add_lines(item.resolved(), lines, depth + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn jobs_have_images_and_scripts() {
        let ci = parse(
            "\
include:
  - local: /ci/build.yml
  - remote: https://example.com/x.yml
variables: { TAG: a, FULL: { value: b } }
.setup: &setup
  - cd web
build:
  image: { name: 'docker:27' }
  services: ['docker:27-dind']
  script:
    - *setup
    - docker build -t app:$TAG .
pages: {}
",
        );
        let includes: Vec<&str> = ci.includes.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(includes, ["ci/build.yml"]);
        assert_eq!(ci.variables.len(), 2);
        let job = ci.jobs.last().unwrap();
        let images: Vec<&str> = job.images.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(images, ["docker:27", "docker:27-dind"]);
        let script = job.script.as_ref().unwrap();
        assert_eq!(script.value, "cd web\ndocker build -t app:$TAG .");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[a-z:\n &*\\[\\],-]{0,80}") {
            parse(&text);
        }
    }
}
