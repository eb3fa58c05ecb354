//! Conversions between values, as HCL does them by itself.

use std::fmt::Write as _;

use super::datum::{Datum, Kind};

impl Datum {
    /// The text of a string, number or bool; `None` for anything else.
    pub(super) fn to_text(&self) -> Option<String> {
        match &self.kind {
            Kind::String(text) => Some(text.as_ref().to_owned()),
            Kind::Number(number) => Some(number_text(*number)),
            Kind::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// A number, or the number that a string holds.
    pub(super) fn to_number(&self) -> Option<f64> {
        match &self.kind {
            Kind::Number(number) => Some(*number),
            Kind::String(text) => {
                let number = text.parse::<f64>().ok()?;
                let plain =
                    |it: char| it.is_ascii_digit() || matches!(it, '.' | '-' | '+' | 'e' | 'E');
                (number.is_finite() && text.chars().all(plain)).then_some(number)
            }
            _ => None,
        }
    }

    /// A bool, or the bool that a string holds.
    pub(super) fn to_bool(&self) -> Option<bool> {
        match &self.kind {
            Kind::Bool(value) => Some(*value),
            Kind::String(text) => match text.as_ref() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether both are the same; values of different kinds never are.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Null, Kind::Null) => true,
            (Kind::Bool(left), Kind::Bool(right)) => left == right,
            #[expect(clippy::float_cmp, reason = "equality of the language")]
            (Kind::Number(left), Kind::Number(right)) => left == right,
            (Kind::String(left), Kind::String(right)) => left == right,
            (Kind::List(left), Kind::List(right)) => {
                let (left, right) = (&left.items, &right.items);
                left.len() == right.len()
                    && left
                        .iter()
                        .zip(right)
                        .all(|(left, right)| left.equals(right))
            }
            (Kind::Object(left), Kind::Object(right)) => {
                let (left, right) = (&left.entries, &right.entries);
                left.len() == right.len()
                    && left
                        .iter()
                        .zip(right)
                        .all(|((left_key, left), (right_key, right))| {
                            left_key == right_key && left.equals(right)
                        })
            }
            _ => false,
        }
    }

    /// The value as JSON, as `jsonencode` writes it. `None` when it would be longer than `limit`.
    pub(super) fn to_json(&self, limit: usize) -> Option<String> {
        let mut json = String::new();
        write_json(self, &mut json, limit)?;
        Some(json)
    }

    /// The value of a JSON text.
    pub(super) fn from_json(json: &serde_json::Value) -> Result<Self, String> {
        Ok(match json {
            serde_json::Value::Null => Self::null(),
            serde_json::Value::Bool(value) => Self::bool(*value),
            serde_json::Value::Number(number) => Self::number(number.as_f64().unwrap_or(0.0)),
            serde_json::Value::String(text) => Self::string(text.as_str()),
            serde_json::Value::Array(items) => Self::list(
                items
                    .iter()
                    .map(Self::from_json)
                    .collect::<Result<_, _>>()?,
            )?,
            serde_json::Value::Object(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), Self::from_json(value)?)));
                Self::object(entries.collect::<Result<_, String>>()?)?
            }
        })
    }
}

/// A number as bake prints it: never with an exponent.
pub(super) fn number_text(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    number.to_string()
}

fn write_json(datum: &Datum, json: &mut String, limit: usize) -> Option<()> {
    if json.len() > limit {
        return None;
    }
    match &datum.kind {
        Kind::Null | Kind::Unknown => json.push_str("null"),
        Kind::String(text) => write_json_string(text, json),
        Kind::List(list) => {
            json.push('[');
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    json.push(',');
                }
                write_json(item, json, limit)?;
            }
            json.push(']');
        }
        Kind::Object(object) => {
            json.push('{');
            for (index, (key, value)) in object.entries.iter().enumerate() {
                if index > 0 {
                    json.push(',');
                }
                write_json_string(key, json);
                json.push(':');
                write_json(value, json, limit)?;
            }
            json.push('}');
        }
        Kind::Bool(_) | Kind::Number(_) => json.push_str(&datum.to_text()?),
    }
    Some(())
}

/// Characters that HTML gives a meaning are escaped too.
fn write_json_string(text: &str, json: &mut String) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{0}'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(json, "\\u{:04x}", u32::from(character));
            }
            _ => json.push(character),
        }
    }
    json.push('"');
}
