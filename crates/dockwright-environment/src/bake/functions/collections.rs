//! Lists and objects.

use std::collections::BTreeMap;

use super::{Arguments, Result, count};
use crate::bake::budget::Budget;
use crate::bake::datum::{Datum, Kind};
use crate::bake::expression::index;

/// The most elements that `range` makes.
const MAX_RANGE: usize = 1024;

pub(super) fn call(name: &str, arguments: Arguments<'_>, budget: &Budget) -> Option<Result<Datum>> {
    Some(match name {
        "chunklist" => chunks(arguments),
        "coalesce" => coalesce(arguments),
        "coalescelist" => coalesce_list(arguments),
        "compact" => arguments.list(0).and_then(|items| {
            let is_empty = |item: &Datum| item.is_null() || item.to_text().as_deref() == Some("");
            let kept = items.iter().filter(|item| !is_empty(item));
            Datum::list(kept.cloned().collect())
        }),
        "concat" => concatenated(arguments),
        "contains" => arguments.list(0).and_then(|items| {
            let wanted = arguments.get(1)?;
            Ok(Datum::bool(
                items.iter().any(|item| loosely_equal(item, wanted)),
            ))
        }),
        "csvdecode" => arguments.text(0).and_then(|text| csv(&text, budget)),
        "distinct" => arguments.list(0).and_then(|items| {
            budget.steps(items.len().saturating_mul(items.len()))?;
            let mut distinct: Vec<Datum> = Vec::new();
            for item in items {
                if !distinct.iter().any(|known| known.equals(item)) {
                    distinct.push(item.clone());
                }
            }
            Datum::list(distinct)
        }),
        "element" => element(arguments),
        "flatten" => arguments.list(0).and_then(|items| {
            let mut flat = Vec::new();
            flatten(items, &mut flat, budget)?;
            Datum::list(flat)
        }),
        "hasindex" => arguments
            .get(0)
            .and_then(|collection| Ok(Datum::bool(index(collection, arguments.get(1)?).is_ok()))),
        "index" => arguments
            .get(0)
            .and_then(|collection| index(collection, arguments.get(1)?)),
        "indexof" => arguments.list(0).and_then(|items| {
            let wanted = arguments.get(1)?;
            let found = items.iter().position(|item| item.equals(wanted));
            found
                .map(count)
                .ok_or_else(|| "it is not in the list".to_owned())
        }),
        "keys" => arguments.object(0).and_then(|entries| {
            Datum::list(
                entries
                    .keys()
                    .map(|key| Datum::string(key.as_str()))
                    .collect(),
            )
        }),
        "length" => arguments
            .get(0)
            .and_then(|collection| match &collection.kind {
                Kind::List(list) => Ok(count(list.items.len())),
                Kind::Object(object) => Ok(count(object.entries.len())),
                _ => Err("a list or object is needed".to_owned()),
            }),
        "lookup" => lookup(arguments),
        "merge" => merged(arguments),
        "range" => range(arguments),
        "reverselist" => arguments
            .list(0)
            .and_then(|items| Datum::list(items.iter().rev().cloned().collect())),
        "slice" => arguments.list(0).and_then(|items| {
            let start = usize::try_from(arguments.integer(1)?).ok();
            let end = usize::try_from(arguments.integer(2)?).ok();
            let range = start
                .zip(end)
                .and_then(|(start, end)| items.get(start..end));
            Datum::list(range.ok_or("the positions do not fit the list")?.to_vec())
        }),
        "sort" => arguments.list(0).and_then(|items| {
            let mut texts = Vec::new();
            for item in items {
                texts.push((item.to_text().ok_or("the elements must be strings")?, item));
            }
            texts.sort_by(|left, right| left.0.cmp(&right.0));
            Datum::list(texts.into_iter().map(|(_, item)| item.clone()).collect())
        }),
        "values" => arguments
            .object(0)
            .and_then(|entries| Datum::list(entries.values().cloned().collect())),
        "zipmap" => zipped(arguments),
        _ => return None,
    })
}

/// Equal, or of the same text where one is a string.
fn loosely_equal(left: &Datum, right: &Datum) -> bool {
    let is_text = |datum: &Datum| matches!(datum.kind, Kind::String(_));
    left.equals(right)
        || ((is_text(left) || is_text(right))
            && left
                .to_text()
                .is_some_and(|text| Some(text) == right.to_text()))
}

fn chunks(arguments: Arguments<'_>) -> Result<Datum> {
    let items = arguments.list(0)?;
    let size = usize::try_from(arguments.integer(1)?).map_err(|_| "the size is negative")?;
    let size = if size == 0 { items.len().max(1) } else { size };
    let chunks = items.chunks(size).map(|chunk| Datum::list(chunk.to_vec()));
    Datum::list(chunks.collect::<Result<_>>()?)
}

fn coalesce(arguments: Arguments<'_>) -> Result<Datum> {
    let mut values = arguments.0.iter();
    let found = values.find(|value| !value.is_null()).cloned();
    let found = found.ok_or("every argument is null")?;
    // All arguments get one type: with a string among them, that of strings.
    let has_text = arguments
        .0
        .iter()
        .any(|it| matches!(it.kind, Kind::String(_)));
    match found.to_text() {
        Some(text) if has_text => Ok(Datum {
            kind: Kind::String(text.into()),
            ..found
        }),
        _ => Ok(found),
    }
}

fn coalesce_list(arguments: Arguments<'_>) -> Result<Datum> {
    let mut values = arguments.0.iter();
    let found = values.find(|value| value.as_list().is_some_and(|items| !items.is_empty()));
    found
        .cloned()
        .ok_or_else(|| "every list is empty".to_owned())
}

fn concatenated(arguments: Arguments<'_>) -> Result<Datum> {
    let mut items = Vec::new();
    for index in 0..arguments.0.len() {
        items.extend(arguments.list(index)?.iter().cloned());
    }
    Datum::list(items)
}

fn element(arguments: Arguments<'_>) -> Result<Datum> {
    let items = arguments.list(0)?;
    let position = arguments.integer(1)?;
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let wrapped = position.checked_rem_euclid(length);
    let item = wrapped.and_then(|at| items.get(usize::try_from(at).ok()?));
    item.cloned().ok_or_else(|| "the list is empty".to_owned())
}

fn flatten(items: &[Datum], flat: &mut Vec<Datum>, budget: &Budget) -> Result<()> {
    for item in items {
        budget.steps(1)?;
        match item.as_list() {
            Some(inner) => flatten(inner, flat, budget)?,
            None => flat.push(item.clone()),
        }
    }
    Ok(())
}

fn lookup(arguments: Arguments<'_>) -> Result<Datum> {
    let entries = arguments.object(0)?;
    let key = arguments.text(1)?;
    let found = entries.get(&key).or_else(|| arguments.0.get(2));
    found
        .cloned()
        .ok_or_else(|| format!("there is no key `{key}`"))
}

fn merged(arguments: Arguments<'_>) -> Result<Datum> {
    let mut entries = BTreeMap::new();
    for index in 0..arguments.0.len() {
        if arguments.get(index)?.is_null() {
            continue;
        }
        let added = arguments.object(index)?;
        entries.extend(
            added
                .iter()
                .map(|(key, value)| (key.clone(), value.clone())),
        );
    }
    Datum::object(entries)
}

fn range(arguments: Arguments<'_>) -> Result<Datum> {
    let (start, end) = match arguments.0.len() {
        1 => (0.0, arguments.number(0)?),
        _ => (arguments.number(0)?, arguments.number(1)?),
    };
    let step = match arguments.0.len() {
        0..=2 => {
            if end < start {
                -1.0
            } else {
                1.0
            }
        }
        _ => arguments.number(2)?,
    };
    if step == 0.0 || (end > start && step < 0.0) || (end < start && step > 0.0) {
        return Err("the step leads away from the end".to_owned());
    }
    let mut items = Vec::new();
    let mut number = start;
    while (step > 0.0 && number < end) || (step < 0.0 && number > end) {
        if items.len() >= MAX_RANGE {
            return Err(format!("more than {MAX_RANGE} elements"));
        }
        items.push(Datum::number(number));
        number += step;
    }
    Datum::list(items)
}

fn zipped(arguments: Arguments<'_>) -> Result<Datum> {
    let (keys, values) = (arguments.list(0)?, arguments.list(1)?);
    if keys.len() != values.len() {
        return Err("the lists differ in length".to_owned());
    }
    let mut entries = BTreeMap::new();
    for (key, value) in keys.iter().zip(values) {
        let key = key.to_text().ok_or("the keys must be strings")?;
        entries.insert(key, value.clone());
    }
    Datum::object(entries)
}

/// Each line behind the first as an object with the first line's names.
fn csv(text: &str, budget: &Budget) -> Result<Datum> {
    let mut records: Vec<Vec<String>> = vec![Vec::new()];
    let mut field = String::new();
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            '\r' if !quoted && characters.peek() == Some(&'\n') => {}
            ',' | '\n' if !quoted => {
                if let Some(record) = records.last_mut() {
                    record.push(std::mem::take(&mut field));
                }
                if character == '\n' {
                    records.push(Vec::new());
                }
            }
            _ => field.push(character),
        }
    }
    if let Some(record) = records.last_mut() {
        record.push(field);
    }
    records.retain(|record| record.as_slice() != [""]);
    let mut records = records.into_iter();
    let header = records.next().ok_or("there is no header line")?;
    let mut rows = Vec::new();
    for record in records {
        if record.len() != header.len() {
            return Err("a line has another number of fields".to_owned());
        }
        budget.steps(record.len())?;
        let fields = header
            .iter()
            .cloned()
            .zip(record.into_iter().map(Datum::string));
        rows.push(Datum::object(fields.collect())?);
    }
    Datum::list(rows)
}
