//! Strings.

use std::fmt::Write as _;

use dockwright_syntax::ignore::filepath;

use super::{Arguments, Result, count};
use crate::bake::budget::Budget;
use crate::bake::convert::number_text;
use crate::bake::datum::{Datum, Kind};

pub(super) fn call(name: &str, arguments: Arguments<'_>, budget: &Budget) -> Option<Result<Datum>> {
    let map = |change: fn(&str) -> String| changed(arguments, budget, change);
    let with = |change: fn(&str, &str) -> String| {
        let text = change(&arguments.text(0)?, &arguments.text(1)?);
        made(text, budget)
    };
    Some(match name {
        "base64decode" => arguments.text(0).and_then(|text| base64_decode(&text)),
        "base64encode" => map(base64_encode),
        "basename" => map(base_name),
        "byteslen" => arguments.text(0).map(|text| count(text.len())),
        "chomp" => map(|text| text.trim_end_matches(['\r', '\n']).to_owned()),
        "dirname" => map(directory_name),
        "indent" => indent(arguments, budget),
        "join" => join(arguments, budget),
        "jsondecode" => arguments.text(0).and_then(|text| {
            let json = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            Datum::from_json(&json)
        }),
        "jsonencode" => arguments.get(0).and_then(|datum| {
            let json = datum.to_json(1 << 20);
            made(json.ok_or("the text is too long")?, budget)
        }),
        "lower" => map(str::to_lowercase),
        "replace" => {
            let replaced = || {
                let (text, from) = (arguments.text(0)?, arguments.text(1)?);
                let to = arguments.text(2)?;
                let matches = text.matches(from.as_str()).count();
                budget.text(text.len() + matches.saturating_mul(to.len()))?;
                made(text.replace(&from, &to), budget)
            };
            replaced()
        }
        "reverse" => map(|text| text.chars().rev().collect()),
        "sanitize" => map(sanitize),
        "split" => split(arguments, budget),
        "strlen" => arguments.text(0).map(|text| count(text.chars().count())),
        "substr" => substring(arguments, budget),
        "title" => map(title),
        "trim" => with(|text, set| text.trim_matches(|it| set.contains(it)).to_owned()),
        "trimprefix" => with(|text, prefix| text.strip_prefix(prefix).unwrap_or(text).to_owned()),
        "trimspace" => map(|text| text.trim().to_owned()),
        "trimsuffix" => with(|text, suffix| text.strip_suffix(suffix).unwrap_or(text).to_owned()),
        "upper" => map(str::to_uppercase),
        "urlencode" => map(url_encode),
        _ => return None,
    })
}

/// A new text that has been paid for.
pub(super) fn made(text: String, budget: &Budget) -> Result<Datum> {
    budget.text(text.len())?;
    Ok(Datum::string(text))
}

fn changed(arguments: Arguments<'_>, budget: &Budget, change: fn(&str) -> String) -> Result<Datum> {
    made(change(&arguments.text(0)?), budget)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64_encode(text: &str) -> String {
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            let digit = (bits >> (18 - 6 * index)) & 63;
            let digit = usize::try_from(digit).ok().and_then(|at| BASE64.get(at));
            let is_padding = index > chunk.len();
            encoded.push(if is_padding {
                '='
            } else {
                digit.map_or('=', |digit| char::from(*digit))
            });
        }
    }
    encoded
}

fn base64_decode(text: &str) -> Result<Datum> {
    let refused = || "this is no base64".to_owned();
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return Err(refused());
    }
    let (mut bits, mut known) = (0_u32, 0);
    let mut bytes = Vec::new();
    for digit in digits.bytes() {
        let value = BASE64.iter().position(|it| *it == digit);
        let value = value.and_then(|it| u32::try_from(it).ok());
        bits = bits << 6 | value.ok_or_else(refused)?;
        known += 6;
        if known >= 8 {
            known -= 8;
            bytes.push(u8::try_from(bits >> known & 255).unwrap_or(0));
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| "the content is no text".to_owned())?;
    Ok(Datum::string(text))
}

fn base_name(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    match (path.is_empty(), trimmed) {
        (true, _) => ".".to_owned(),
        (false, "") => "/".to_owned(),
        (false, trimmed) => trimmed.rsplit('/').next().unwrap_or_default().to_owned(),
    }
}

fn directory_name(path: &str) -> String {
    match path.rsplit_once('/') {
        Some(("", _)) => "/".to_owned(),
        Some((directory, _)) => filepath::clean(directory),
        None => ".".to_owned(),
    }
}

fn sanitize(text: &str) -> String {
    let kept = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
    let characters = text.chars();
    characters
        .map(|it| if kept(it) { it } else { '_' })
        .collect()
}

fn title(text: &str) -> String {
    let mut previous = ' ';
    let characters = text.chars().map(|character| {
        let starts = !previous.is_alphanumeric() && previous != '_' && previous != '\'';
        previous = character;
        if starts {
            character.to_uppercase().next().unwrap_or(character)
        } else {
            character
        }
    });
    characters.collect()
}

fn url_encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

fn indent(arguments: Arguments<'_>, budget: &Budget) -> Result<Datum> {
    let width = usize::try_from(arguments.integer(0)?).unwrap_or(0);
    let text = arguments.text(1)?;
    let lines = text.matches('\n').count();
    budget.text(text.len() + lines.saturating_mul(width))?;
    let separator = format!("\n{}", " ".repeat(width));
    made(text.replace('\n', &separator), budget)
}

fn join(arguments: Arguments<'_>, budget: &Budget) -> Result<Datum> {
    let separator = arguments.text(0)?;
    let mut text = String::new();
    let mut variables = Datum::null();
    let mut is_first = true;
    for index in 1..arguments.0.len().max(2) {
        for item in arguments.list(index)? {
            variables.add_variables(&item.variables);
            if item.is_unknown() {
                return Ok(Datum::new(Kind::Unknown).tainted_by(item));
            }
            if !std::mem::take(&mut is_first) {
                text.push_str(&separator);
            }
            let item = item.to_text().ok_or("the elements must be strings")?;
            text.push_str(&item);
            budget.text(item.len() + separator.len())?;
        }
    }
    Ok(made(text, budget)?.tainted_by(&variables))
}

fn split(arguments: Arguments<'_>, budget: &Budget) -> Result<Datum> {
    let (separator, text) = (arguments.text(0)?, arguments.text(1)?);
    let parts: Vec<Datum> = if separator.is_empty() {
        let characters = text.chars();
        characters.map(|it| Datum::string(it.to_string())).collect()
    } else {
        text.split(separator.as_str()).map(Datum::string).collect()
    };
    budget.steps(parts.len())?;
    Datum::list(parts)
}

fn substring(arguments: Arguments<'_>, budget: &Budget) -> Result<Datum> {
    let text = arguments.text(0)?;
    let (offset, length) = (arguments.integer(1)?, arguments.integer(2)?);
    let total = text.chars().count();
    let start = if offset < 0 {
        let back = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
        total.saturating_sub(back)
    } else {
        usize::try_from(offset).unwrap_or(usize::MAX)
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    made(text.chars().skip(start).take(length).collect(), budget)
}

/// A number without a fraction in another base, for formats.
pub(super) fn radix(number: f64, base: u32) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "numbers of a bake file are small"
    )]
    let whole = number.trunc() as i64;
    match base {
        2 => format!("{whole:b}"),
        8 => format!("{whole:o}"),
        16 => format!("{whole:x}"),
        _ => number_text(number.trunc()),
    }
}
