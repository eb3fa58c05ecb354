//! `ineffective-override`

use dockwright_environment::compose::{Project, Service};
use dockwright_environment::{DocumentId, Location};
use dockwright_syntax::Span;
use dockwright_syntax::yaml::Node;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Fix};

rule! {
    /// There is an empty list that is meant to clear what is inherited, and clears nothing.
    ///
    /// ## What it does
    ///
    /// Reports `[]` and `{}` in a service that `extends` another one, or in a file that is laid over another, where the
    /// merged service has something under that key all the same.
    ///
    /// ## Why is this bad?
    ///
    /// Compose adds lists and mappings to what is inherited. A device, capability or volume that is thought to be gone
    /// is still there.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     image: busybox
    ///     cap_add: [SYS_ADMIN]
    ///   small:
    ///     extends: base
    ///     cap_add: []
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     image: busybox
    ///     cap_add: [SYS_ADMIN]
    ///   small:
    ///     extends: base
    ///     cap_add: !reset []
    /// ```
    ///
    /// ## Fix safety
    ///
    /// `!reset []` does what is written. It is offered as safe, since what is written says what is meant. Compose reads
    /// it since 2.18.
    ///
    /// ## References
    ///
    /// - Compose specification, "Merge": sequences are appended, `!reset` and `!override`
    IneffectiveOverride {
        name: "ineffective-override",
        family: Compose,
        severity: Warning,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for IneffectiveOverride {
    fn check_compose(&self, cx: Context<'_>, project: &Project, findings: &mut Vec<Finding>) {
        for (index, document) in project.files.iter().enumerate() {
            let text = &cx.environment.documents.get(*document).text;
            if !text.contains("[]") && !text.contains("{}") {
                continue;
            }
            let Some(file) = cx.compose_file(*document) else {
                continue;
            };
            let services = file.tree.root().and_then(|root| root.get("services"));
            for (name, node) in services.into_iter().flat_map(Node::entries) {
                let Some(service) = name.text().and_then(|name| project.service(name)) else {
                    continue;
                };
                let node = node.resolved();
                let is_over = index > 0 && is_defined_before(cx, project, index, service);
                if node.get("extends").is_some() || is_over {
                    self.service(*document, node, service, findings);
                }
            }
        }
    }
}

impl IneffectiveOverride {
    fn service(
        &self,
        document: DocumentId,
        node: Node<'_>,
        service: &Service,
        findings: &mut Vec<Finding>,
    ) {
        for (key, value) in node.entries() {
            let is_empty = value.is_sequence() && value.items().len() == 0
                || value.is_mapping() && value.entries().len() == 0;
            let Some(key_text) = key.text().filter(|_| is_empty && value.data.tag.is_none()) else {
                continue;
            };
            let Some(merged) = service.node.get(key_text) else {
                continue;
            };
            let count = merged.items().len() + merged.entries().len();
            if count == 0 {
                continue;
            }
            let span: Span = key.span().to(value.span());
            let written = if value.is_sequence() { "[]" } else { "{}" };
            let message = format!(
                "`{key_text}: {written}` clears nothing: `{}` keeps what it inherits",
                service.name.text
            );
            let first = merged.items().first();
            let first = first.or_else(|| merged.entries().first().map(|entry| &entry.value));
            let place = first.map_or(merged.location, |first| first.location);
            let fix = value.data.anchor.is_none().then(|| {
                let title = format!("write `!reset {written}`");
                let start = value.span().start;
                Fix::safe(title, "it does what is written").insert(document, start, "!reset ")
            });
            findings.push(
                Finding::new(self.metadata(), Location::new(document, span), message)
                    .related(place, "inherited from here")
                    .help(format!("write `{key_text}: !reset {written}`"))
                    .fix(fix),
            );
        }
    }
}

/// Whether a file before the one at `index` has the service too.
fn is_defined_before(cx: Context<'_>, project: &Project, index: usize, service: &Service) -> bool {
    let before = project.files.iter().take(index);
    before.into_iter().any(|document| {
        let root = cx.compose_file(*document).and_then(|file| file.tree.root());
        let services = root.and_then(|root| root.get("services"));
        services.is_some_and(|services| services.get(&service.name.text).is_some())
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn lists_that_are_laid_over_others() {
        insta::assert_snapshot!(audit("ineffective-override", "\
-- compose.yaml --
services:
  web:
    image: nginx
    ports: [\"80:80\"]
    environment: {}
    volumes: []
-- compose.override.yaml --
services:
  web:
    ports: []
    networks: {}
"), @r#"
        warning compose.override.yaml:3:5 `ports: []` clears nothing: `web` keeps what it inherits
          compose.yaml:4:13 inherited from here
          help: write `ports: !reset []`
        "#);
    }

    #[test]
    fn the_tag_is_put_before_what_is_there() {
        insta::assert_snapshot!(fix("ineffective-override", "\
-- compose.yaml --
services:
  web: {image: nginx, ports: [\"80:80\"], environment: {A: b}}
-- compose.override.yaml --
services:
  web:
    ports: [] # behind a proxy
    environment:
      {}
"), @r#"
        safe: write `!reset []`, for it does what is written
        safe: write `!reset {}`, for it does what is written
        -- compose.override.yaml --
        -    ports: [] # behind a proxy
        +    ports: !reset [] # behind a proxy
        -      {}
        +      !reset {}
        "#);
    }

    #[test]
    fn what_does_what_it_says_is_left_alone() {
        let files = "\
-- compose.yaml --
services:
  base:
    image: nginx
    ports: [\"80:80\"]
    command: [a]
  web:
    extends: base
    ports: !reset []
    command: []
    volumes: []
";
        assert_eq!(audit("ineffective-override", files), "");
    }
}
