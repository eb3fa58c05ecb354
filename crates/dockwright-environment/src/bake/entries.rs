//! Secrets, SSH agents, caches, outputs and attestations: one text each, as on the command line.

use std::collections::BTreeMap;

use super::datum::Datum;

/// Which list an entry belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    Attest,
    Cache,
    Output,
    Secret,
    Ssh,
}

/// The text of an entry that is written as an object: `type=gha,scope=x`.
pub(super) fn from_object(kind: EntryKind, entries: &BTreeMap<String, Datum>) -> Option<String> {
    if kind == EntryKind::Ssh {
        let id = entries.get("id").and_then(Datum::to_text);
        let paths = entries.get("paths").and_then(Datum::as_list);
        let paths: Vec<String> = paths
            .unwrap_or_default()
            .iter()
            .filter_map(Datum::to_text)
            .collect();
        let id = id.unwrap_or_default();
        return Some(if paths.is_empty() {
            id
        } else {
            format!("{id}={}", paths.join(","))
        });
    }
    let first = match kind {
        EntryKind::Secret => "id",
        _ => "type",
    };
    let mut pairs = Vec::new();
    let head = entries.get_key_value(first);
    let rest = entries.iter().filter(|(key, _)| *key != first);
    for (key, value) in head.into_iter().chain(rest) {
        if value.is_null() {
            continue;
        }
        pairs.push(field(key, &value.to_text()?));
    }
    Some(pairs.join(","))
}

fn field(key: &str, value: &str) -> String {
    let pair = format!("{key}={value}");
    if pair.contains([',', '"']) {
        return format!("\"{}\"", pair.replace('"', "\"\""));
    }
    pair
}

/// What makes two entries one: an equal key replaces, or is dropped.
pub(super) fn key(kind: EntryKind, text: &str) -> String {
    let fields = fields(text);
    let named = |name: &str| {
        let found = fields.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    match kind {
        EntryKind::Ssh => text.split('=').next().unwrap_or_default().to_owned(),
        EntryKind::Secret => named("id"),
        EntryKind::Attest => named("type"),
        EntryKind::Cache | EntryKind::Output => {
            if let [(only, value)] = fields.as_slice()
                && value.is_empty()
                && !text.contains('=')
            {
                return match kind {
                    EntryKind::Cache => format!("ref={only},type=registry"),
                    _ if only == "-" => "dest=-,type=tar".to_owned(),
                    _ => format!("dest={only},type=local"),
                };
            }
            let mut sorted: Vec<_> = fields
                .iter()
                .map(|(key, value)| field(key, value))
                .collect();
            sorted.sort();
            sorted.join(",")
        }
    }
}

/// The `key=value` fields of an entry; keys in lower case, a field without `=` has an empty value.
pub(super) fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut current = String::new();
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                current.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut current)),
            _ => current.push(character),
        }
    }
    fields.push(current);
    let split = fields.into_iter().map(|field| match field.split_once('=') {
        Some((key, value)) => (key.trim().to_lowercase(), value.to_owned()),
        None => (field, String::new()),
    });
    split.collect()
}
