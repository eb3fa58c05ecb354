//! Types of variables, and making a value fit one.

use std::collections::BTreeMap;

use dockwright_syntax::bake::{Call, Expression, ExpressionKind};

use super::datum::{Datum, Kind};

/// What the `type` of a variable asks for.
#[derive(Clone, Debug)]
pub(super) enum Type {
    Any,
    Bool,
    Number,
    String,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Tuple(Vec<Type>),
    /// The attributes: type, whether it may be absent, and its default then.
    Object(BTreeMap<String, Field>),
}

/// An attribute of an object type.
#[derive(Clone, Debug)]
pub(super) struct Field {
    type_: Type,
    optional: bool,
}

impl Type {
    /// Reads a type; `Err` names the place that is none.
    pub(super) fn read(expression: &Expression) -> Result<Self, &Expression> {
        match &expression.kind {
            ExpressionKind::Variable(name) => match name.as_str() {
                "any" => Ok(Self::Any),
                "bool" => Ok(Self::Bool),
                "number" => Ok(Self::Number),
                "string" => Ok(Self::String),
                _ => Err(expression),
            },
            ExpressionKind::Call(call) => Self::read_call(call, expression),
            ExpressionKind::Parenthesis(inner) => Self::read(inner),
            ExpressionKind::Null => Ok(Self::Any),
            _ => Err(expression),
        }
    }

    fn read_call<'e>(call: &'e Call, whole: &'e Expression) -> Result<Self, &'e Expression> {
        let [argument] = call.arguments.as_slice() else {
            return Err(whole);
        };
        let inner = || Ok(Box::new(Self::read(argument)?));
        match (call.name.value.as_str(), &argument.kind) {
            ("list", _) => Ok(Self::List(inner()?)),
            ("set", _) => Ok(Self::Set(inner()?)),
            ("map", _) => Ok(Self::Map(inner()?)),
            ("tuple", ExpressionKind::Array(items)) => {
                let items = items.iter().map(Self::read);
                Ok(Self::Tuple(items.collect::<Result<_, _>>()?))
            }
            ("object", ExpressionKind::Object(items)) => {
                let mut fields = BTreeMap::new();
                for item in items {
                    let ExpressionKind::String(name) = &item.key.kind else {
                        return Err(&item.key);
                    };
                    fields.insert(name.clone(), Field::read(&item.value)?);
                }
                Ok(Self::Object(fields))
            }
            _ => Err(whole),
        }
    }

    /// The type of a text, number or truth value.
    pub(super) fn of_primitive(datum: &Datum) -> Option<Self> {
        match datum.kind {
            Kind::Bool(_) => Some(Self::Bool),
            Kind::Number(_) => Some(Self::Number),
            Kind::String(_) => Some(Self::String),
            _ => None,
        }
    }

    /// Reads what the caller's environment gives: a primitive, or a list of such between commas.
    pub(super) fn read_text(&self, text: &str) -> Result<Datum, String> {
        match self {
            Self::List(inner) | Self::Set(inner) if inner.is_primitive() => {
                let items = text.split(',').filter(|item| !item.is_empty());
                let items = items.map(|item| Datum::string(item.trim()));
                self.convert(&Datum::list(items.collect())?)
            }
            Self::Bool => match text {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Datum::bool(true)),
                "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Datum::bool(false)),
                _ => Err("it is neither true nor false".to_owned()),
            },
            _ if self.is_primitive() => self.convert(&Datum::string(text)),
            _ => Err(format!("{} cannot be given so", self.name())),
        }
    }

    /// Reads what the caller's environment gives as JSON.
    pub(super) fn read_json(&self, text: &str) -> Result<Datum, String> {
        let json: serde_json::Value =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        self.convert(&Datum::from_json(&json)?)
    }

    fn is_primitive(&self) -> bool {
        matches!(self, Self::Any | Self::Bool | Self::Number | Self::String)
    }

    /// Makes a value fit the type.
    pub(super) fn convert(&self, datum: &Datum) -> Result<Datum, String> {
        if datum.is_null() || datum.is_unknown() {
            return Ok(datum.clone());
        }
        let refused = || format!("{} is not {}", datum.type_name(), self.name());
        let kind = match self {
            Self::Any => return Ok(datum.clone()),
            Self::Bool => Kind::Bool(datum.to_bool().ok_or_else(refused)?),
            Self::Number => Kind::Number(datum.to_number().ok_or_else(refused)?),
            Self::String => Kind::String(datum.to_text().ok_or_else(refused)?.into()),
            Self::List(inner) | Self::Set(inner) => {
                let items = datum.as_list().ok_or_else(refused)?;
                let items = items.iter().map(|item| inner.convert(item));
                let mut items: Vec<Datum> = items.collect::<Result<_, _>>()?;
                if matches!(self, Self::Set(_)) {
                    items = set(items);
                }
                Datum::list(items)?.kind
            }
            Self::Map(inner) => {
                let entries = datum.as_object().ok_or_else(refused)?;
                let entries = entries
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), inner.convert(value)?)));
                Datum::object(entries.collect::<Result<_, String>>()?)?.kind
            }
            Self::Tuple(types) => {
                let items = datum.as_list().ok_or_else(refused)?;
                if items.len() != types.len() {
                    return Err(format!("a tuple of {} elements is needed", types.len()));
                }
                let items = types.iter().zip(items);
                let items = items.map(|(type_, item)| type_.convert(item));
                Datum::list(items.collect::<Result<_, _>>()?)?.kind
            }
            Self::Object(fields) => {
                let entries = datum.as_object().ok_or_else(refused)?;
                let mut converted = BTreeMap::new();
                for (name, field) in fields {
                    let value = match entries.get(name) {
                        Some(value) => field.type_.convert(value)?,
                        None if field.optional => Datum::null(),
                        None => return Err(format!("the attribute `{name}` is needed")),
                    };
                    converted.insert(name.clone(), value);
                }
                Datum::object(converted)?.kind
            }
        };
        Ok(Datum {
            kind,
            ..datum.clone()
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Bool => "a bool",
            Self::Number => "a number",
            Self::String => "a string",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Tuple(_) => "a tuple",
            Self::Object(_) => "an object",
        }
    }
}

impl Field {
    fn read(expression: &Expression) -> Result<Self, &Expression> {
        if let ExpressionKind::Call(call) = &expression.kind
            && call.name.value == "optional"
            && let Some(type_) = call.arguments.first()
        {
            return Ok(Self {
                type_: Type::read(type_)?,
                optional: true,
            });
        }
        Ok(Self {
            type_: Type::read(expression)?,
            optional: false,
        })
    }
}

/// The elements of a set: each once, in the order in which bake iterates.
pub(super) fn set(mut items: Vec<Datum>) -> Vec<Datum> {
    items.sort_by(|left, right| match (&left.kind, &right.kind) {
        (Kind::Number(left), Kind::Number(right)) => left.total_cmp(right),
        (Kind::Bool(left), Kind::Bool(right)) => left.cmp(right),
        _ => left.to_text().cmp(&right.to_text()),
    });
    items.dedup_by(|left, right| left.equals(right));
    items
}
