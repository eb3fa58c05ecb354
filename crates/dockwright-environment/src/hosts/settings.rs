//! Settings that name Dockerfiles, Compose files and the like: in INI, TOML, JSON and YAML.

use dockwright_syntax::ini::{self, Flavor};
use dockwright_syntax::yaml::{self, Node};
use dockwright_syntax::{Problem, Span, Text, json};

use super::Host;
use super::names::speaks_of_docker;
use crate::TreePath;
use crate::commands::Directory;
use crate::mentions::PathRole;

/// Nodes inside one another.
const MAX_DEPTH: usize = 32;

/// Sections and values of an INI file.
pub(super) fn read_ini(host: &mut Host<'_>) -> Vec<Problem> {
    let ini = ini::parse(&host.document.text, Flavor::ConfigParser);
    for section in &ini.sections {
        // `[bumpversion:file:PATH]`
        if let Some((_, path)) = section.name.value.split_once(":file:") {
            let end = section.name.span.end as usize;
            let span = Span::new(end - path.len(), end);
            let path = path.split(':').next_back().unwrap_or(path).trim();
            host.setting(&Text::verbatim(path, span));
        }
        for (_, value) in &section.entries {
            for line in lines(value) {
                host.setting(&line);
            }
        }
    }
    ini.problems
}

fn lines(text: &Text) -> Vec<Text> {
    let mut at = 0;
    let mut lines = Vec::new();
    for line in text.value.split('\n') {
        let own = line.trim();
        let start = at + line.len() - line.trim_start().len();
        at += line.len() + 1;
        if !own.is_empty() {
            lines.push(text.slice(Span::new(start, start + own.len())));
        }
    }
    lines
}

/// Strings of a TOML file.
pub(super) fn read_toml(host: &mut Host<'_>) {
    let source = &host.document.text;
    let Ok(table) = toml::de::DeTable::parse(source) else {
        return;
    };
    let mut found = Vec::new();
    for (_, value) in table.get_ref() {
        strings_of_toml(value, &mut found, 0);
    }
    for text in found {
        host.setting(&text);
    }
}

fn strings_of_toml(
    value: &toml::Spanned<toml::de::DeValue<'_>>,
    found: &mut Vec<Text>,
    depth: usize,
) {
    let range = value.span();
    match value.get_ref() {
        toml::de::DeValue::String(text) => {
            let span = Span::new(range.start + 1, range.end.saturating_sub(1));
            found.push(Text::verbatim(text.as_ref(), span));
        }
        toml::de::DeValue::Array(items) if depth < MAX_DEPTH => {
            for item in items {
                strings_of_toml(item, found, depth + 1);
            }
        }
        toml::de::DeValue::Table(table) if depth < MAX_DEPTH => {
            for (_, value) in table {
                strings_of_toml(value, found, depth + 1);
            }
        }
        _ => {}
    }
}

/// Strings of a JSON or YAML file.
pub(super) fn read_tree(host: &mut Host<'_>) {
    let is_json = host.document.path.file_name().ends_with(".json");
    let tree = if is_json {
        json::parse_with_comments(&host.document.text)
    } else {
        yaml::parse(&host.document.text)
    };
    for document in tree.documents() {
        walk(host, document, 0);
    }
}

fn walk(host: &mut Host<'_>, node: Node<'_>, depth: usize) {
    if let Some(scalar) = node.scalar() {
        host.setting(&scalar.text);
    } else if depth < MAX_DEPTH {
        for (_, value) in node.entries() {
            walk(host, value, depth + 1);
        }
        for item in node.items() {
            walk(host, item, depth + 1);
        }
    }
}

impl Host<'_> {
    /// A value that may be the path of a file with something of Docker in its name.
    fn setting(&mut self, text: &Text) {
        let value = text.value.trim();
        let is_one = !value.contains(char::is_whitespace) && value.contains('/');
        if is_one && speaks_of_docker(value) && !value.ends_with('/') {
            let directory = Directory::one_of([TreePath::root(), self.directory()]);
            self.path(text, PathRole::Setting, &directory);
        }
    }
}
