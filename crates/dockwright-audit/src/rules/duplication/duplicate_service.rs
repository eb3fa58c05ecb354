//! `duplicate-service`

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::compose::{Node, NodeKind, Service};
use dockwright_environment::{DocumentId, Location};

use crate::clones::MANY;
use crate::edits::anchor;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, reads};

rule! {
    /// There are services that are equal but for a few keys.
    ///
    /// ## What it does
    ///
    /// Compares the services of each Compose file after interpolation, key by key, and reports those that
    /// say nearly the same. Keys that a service has by `extends` or from an anchor are not counted: they
    /// are written once. A service that extends another is left alone, and so are tests and examples.
    ///
    /// ## Why is this bad?
    ///
    /// A change has to be made in every copy, and one day is made in one. What is different, the only thing
    /// that readers look for, is hard to see.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build: .
    ///     user: "1000:1000"
    ///     init: true
    ///     volumes: ["./data:/data", "cache:/cache"]
    ///     environment: {DATABASE: db, LEVEL: info}
    ///     command: web
    ///   worker:
    ///     build: .
    ///     user: "1000:1000"
    ///     init: true
    ///     volumes: ["./data:/data", "cache:/cache"]
    ///     environment: {DATABASE: db, LEVEL: info}
    ///     command: worker
    /// volumes: {cache: {}}
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web: &web
    ///     build: .
    ///     user: "1000:1000"
    ///     init: true
    ///     volumes: ["./data:/data", "cache:/cache"]
    ///     environment: {DATABASE: db, LEVEL: info}
    ///     command: web
    ///   worker:
    ///     <<: *web
    ///     command: worker
    /// volumes: {cache: {}}
    /// ```
    ///
    /// ## Fix safety
    ///
    /// The others can merge the first by an anchor, and keep the keys in which they differ. This is safe:
    /// YAML replaces whole keys, so that each service says the same as before. There is no fix where one of
    /// them lacks a key of the first, which it would get, where both merge something else already, or where
    /// a comment would be lost.
    ///
    /// ## References
    ///
    /// - Compose specification, `extends` and "Fragments"
    DuplicateService {
        name: "duplicate-service",
        family: Duplication,
        severity: Info,
        fix: Safe,
        aliases: [],
    }
}

/// Fewer keys may be equal by chance.
const FEW_KEYS: usize = 3;
/// Likewise fewer entries of them.
const FEW_ENTRIES: usize = 7;
/// Keys that may differ.
const DIFFERENT: usize = 4;
/// Services of one file that are compared, at most.
const COMPARED: usize = 500;

/// A service as its file says it.
struct Written<'a> {
    service: &'a Service,
    keys: BTreeMap<&'a str, Key<'a>>,
}

struct Key<'a> {
    /// Equal for equal values.
    text: String,
    entries: usize,
    node: &'a Node,
}

impl Rule for DuplicateService {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let mut files: BTreeMap<DocumentId, BTreeMap<Location, &Service>> = BTreeMap::new();
        for project in &cx.environment.compose {
            for service in &project.services {
                let place = service.name.location;
                if service.extends.is_none() && !cx.stands_alone(place) {
                    // Several projects may read one file; the first says how.
                    let file = files.entry(place.document).or_default();
                    file.entry(place).or_insert(service);
                }
            }
        }
        for services in files.into_values() {
            let services = services.into_values().take(COMPARED);
            let mut groups: Vec<(Written<'_>, Vec<Written<'_>>, BTreeSet<&str>)> = Vec::new();
            for service in services.map(Written::of) {
                let alike = groups
                    .iter_mut()
                    .find_map(|group| Some((differences(&group.0, &service)?, group)));
                match alike {
                    Some((keys, (_, others, different))) => {
                        different.extend(keys);
                        others.push(service);
                    }
                    None => groups.push((service, Vec::new(), BTreeSet::new())),
                }
            }
            for (first, others, different) in groups {
                let finding = self.finding(&first, &others, &different);
                let fix = |finding: Finding| finding.fix(fix(cx, &first, &others));
                findings.extend(finding.map(fix));
            }
        }
    }
}

impl DuplicateService {
    fn finding(
        &self,
        first: &Written<'_>,
        others: &[Written<'_>],
        different: &BTreeSet<&str>,
    ) -> Option<Finding> {
        if others.is_empty() {
            return None;
        }
        let quoted = |name: &str| format!("`{name}`");
        let services = std::iter::once(first).chain(others);
        let names: Vec<String> = services
            .map(|written| quoted(&written.service.name.text))
            .collect();
        let keys: Vec<String> = different.iter().copied().map(quoted).collect();
        let but = match keys.as_slice() {
            [] => String::new(),
            keys => format!(" but for {}", reads::list(keys)),
        };
        let message = format!("the services {} are equal{but}", reads::list(&names));
        let mut finding = Finding::new(self.metadata(), first.service.name.location, message)
            .confidence(Confidence::Medium)
            .help("let the others extend the first, or merge an anchor into each");
        for other in others.iter().take(MANY) {
            finding = finding.related(other.service.name.location, "the same again");
        }
        Some(finding)
    }
}

/// Merges the first service into the others.
fn fix(cx: Context<'_>, first: &Written<'_>, others: &[Written<'_>]) -> Option<Fix> {
    let file = cx.compose_file(first.service.name.location.document)?;
    let services = file.tree.root()?.get("services")?;
    let entry = |written: &Written<'_>| {
        let name = written.service.name.location.span;
        services.entries().find(|(key, _)| key.span() == name)
    };
    let bodies = others.iter().map(|other| Some(entry(other)?.1));
    let bodies: Vec<_> = bodies.collect::<Option<_>>()?;
    let text = file.text(cx.environment);
    let edits = anchor::share(text, &file.tree, entry(first)?, &bodies)?;
    let title = format!("merge `{}` into the others", first.service.name.text);
    let why = "each of them has the same keys and values as before";
    Some(file.edit(Fix::safe(title, why), edits))
}

impl<'a> Written<'a> {
    fn of(service: &'a Service) -> Self {
        let entries = service.node.entries().iter();
        let keys = entries.map(|entry| {
            let mut text = String::new();
            write(&entry.value, &mut text);
            let key = Key {
                text,
                entries: count(&entry.value),
                node: &entry.value,
            };
            (&*entry.key.text, key)
        });
        Self {
            service,
            keys: keys.collect(),
        }
    }
}

/// The keys in which two services differ, if they are alike for the rest.
fn differences<'a>(a: &Written<'a>, b: &Written<'a>) -> Option<BTreeSet<&'a str>> {
    let (mut equal, mut entries, mut shared) = (0, 0, 0);
    let mut different = BTreeSet::new();
    let mut weight = 0;
    let names: BTreeSet<&str> = a.keys.keys().chain(b.keys.keys()).copied().collect();
    for name in names {
        let (own, other) = (a.keys.get(name), b.keys.get(name));
        match (own, other) {
            (Some(own), Some(other)) if own.text == other.text => {
                if is_shared(own.node, other.node) {
                    shared += own.entries;
                } else {
                    equal += 1;
                    entries += own.entries;
                }
            }
            _ => {
                let of = |key: Option<&Key<'_>>| key.map_or(0, |key| key.entries);
                weight += of(own).max(of(other));
                different.insert(name);
            }
        }
    }
    let is_large = equal >= FEW_KEYS && entries >= FEW_ENTRIES && entries > shared;
    (is_large && different.len() <= DIFFERENT && weight * 2 <= entries).then_some(different)
}

/// Whether two equal values are written once: by an anchor, or by what both extend.
fn is_shared(a: &Node, b: &Node) -> bool {
    let children = |node: &Node| match &node.kind {
        NodeKind::Mapping(mapping) => mapping.entries.first().map(|entry| entry.value.location),
        NodeKind::Sequence(items) => items.first().map(|item| item.location),
        NodeKind::Scalar(_) => None,
    };
    let inner = children(a);
    a.location == b.location || inner.is_some() && inner == children(b)
}

/// Writes a value so that equal values are equal texts.
fn write(node: &Node, text: &mut String) {
    match &node.kind {
        NodeKind::Scalar(scalar) => {
            text.push('=');
            text.push_str(&scalar.value.text);
            let unset = scalar.value.variables.iter();
            for variable in unset.filter(|variable| variable.value.is_none()) {
                text.push('$');
                text.push_str(&variable.name);
            }
        }
        NodeKind::Sequence(items) => {
            text.push('[');
            for item in items {
                write(item, text);
                text.push(',');
            }
            text.push(']');
        }
        NodeKind::Mapping(mapping) => {
            let entries: BTreeMap<&str, &Node> = mapping
                .entries
                .iter()
                .map(|entry| (&*entry.key.text, &entry.value))
                .collect();
            text.push('{');
            for (key, value) in entries {
                text.push_str(key);
                write(value, text);
                text.push(',');
            }
            text.push('}');
        }
    }
}

/// How many entries a value has; what a long form adds to an entry is no more.
fn count(node: &Node) -> usize {
    match &node.kind {
        NodeKind::Scalar(_) => usize::from(!node.is_null()),
        NodeKind::Sequence(items) => items.len(),
        NodeKind::Mapping(mapping) => mapping.entries.len(),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    const KEYS: &str = "image: debian, user: '1', init: true, environment: {A: 1, B: 2}, volumes: ['.:/a', 'b:/b'], working_dir: /a";

    fn check(services: &[String]) -> String {
        let lines: Vec<String> = services.iter().map(|line| format!("  {line}\n")).collect();
        let services = lines.concat();
        audit(
            "duplicate-service",
            &format!("-- compose.yaml --\nservices:\n{services}volumes: {{b: }}\n"),
        )
    }

    #[test]
    fn several_services_are_one_finding() {
        let service = |name: &str| format!("{name}: {{{KEYS}, command: {name}}}");
        insta::assert_snapshot!(check(&[service("a"), service("b"), service("c"), "d: {image: x}".to_owned()]), @"
        info (medium) compose.yaml:2:3 the services `a`, `b` and `c` are equal but for `command`
          compose.yaml:3:3 the same again
          compose.yaml:4:3 the same again
          help: let the others extend the first, or merge an anchor into each
        ");
    }

    #[test]
    fn what_is_written_once_is_no_duplicate() {
        for services in [
            vec![
                format!("a: &a {{{KEYS}}}"),
                "b: {<<: *a, command: b}".to_owned(),
            ],
            vec![
                format!("a: {{{KEYS}}}"),
                "b: {extends: a, command: b}".to_owned(),
                "c: {extends: a, command: c}".to_owned(),
            ],
        ] {
            assert_eq!(check(&services), "", "{services:?}");
        }
    }

    #[test]
    fn small_services_and_many_differences_are_left_alone() {
        let small = "{image: debian, restart: always, init: true, user: '1'}";
        assert_eq!(check(&[format!("a: {small}"), format!("b: {small}")]), "");
        let other = KEYS.replace("{A: 1, B: 2}", "{C: 1, D: 2, E: 3, F: 4}");
        assert_eq!(
            check(&[format!("a: {{{KEYS}}}"), format!("b: {{{other}}}")]),
            ""
        );
    }

    #[test]
    fn variables_without_a_value_are_told_apart() {
        let other = KEYS.replace("user: '1'", "user: '${A}'");
        let third = KEYS.replace("user: '1'", "user: '${B}'");
        let output = check(&[format!("a: {{{other}}}"), format!("b: {{{third}}}")]);
        assert!(output.contains("are equal but for `user`"), "{output}");
    }

    fn fixed(services: &str) -> String {
        let files = format!("-- compose.yaml --\nservices:\n{services}volumes: {{b: }}\n");
        fix("duplicate-service", &files)
    }

    #[test]
    fn the_others_merge_the_first_and_keep_what_differs() {
        insta::assert_snapshot!(fixed("  web: # the shop
    image: debian
    init: true
    # nobody
    user: '1000'
    environment:
      - A=1
      - B=2
    volumes: ['.:/a', 'b:/b']
    working_dir: /a
    command: web

  worker:
    image: debian
    init: true
    # nobody
    user: '1000'
    environment:
      - A=1
      - B=2
    volumes: ['.:/a', 'b:/b']
    # its own
    working_dir: /b
    command: worker

  mail: {image: debian, init: true, user: '1000', environment: [A=1, B=2], volumes: ['.:/a', 'b:/b'], working_dir: /a, command: mail}
"), @r#"
        safe: merge `web` into the others, for each of them has the same keys and values as before
        -- compose.yaml --
        -  web: # the shop
        +  web: &web # the shop
        -    image: debian
        -    init: true
        -    # nobody
        -    user: '1000'
        -    environment:
        -      - A=1
        -      - B=2
        -    volumes: ['.:/a', 'b:/b']
        +    <<: *web
        -  mail: {image: debian, init: true, user: '1000', environment: [A=1, B=2], volumes: ['.:/a', 'b:/b'], working_dir: /a, command: mail}
        +  mail: {<<: *web, command: mail}
        "#);
    }

    #[test]
    fn what_would_get_or_lose_something_is_left_alone() {
        let service = |name: &str, more: &str| format!("  {name}: {{{KEYS}{more}}}\n");
        let lacks = service("a", ", tty: true") + &service("b", "");
        let anchor = service("x", "").replace("  x: {", "  x: &a {") + "  a: {<<: *a, tty: true}\n";
        for services in [lacks, anchor] {
            assert_eq!(fixed(&services), "", "{services}");
        }
        let own = format!(
            "  a:\n    {0}\n  b:\n    # why\n    {0}\n",
            KEYS.replace(", ", "\n    ")
                .replace("A: 1\n    ", "A: 1, ")
                .replace("a'\n    ", "a', ")
        );
        assert_eq!(fixed(&own), "");
        assert!(fixed(&own.replace("    # why\n", "")).contains("+    <<: *a"));
    }
}
