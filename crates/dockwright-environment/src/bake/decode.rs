//! Values of expressions to values of targets.

use dockwright_syntax::bake::Attribute;

use super::BuildArgument;
use super::datum::Datum;
use super::entries;
use super::expression::Failure;
use super::resolve::Evaluator;
use super::target::{Setting, Shape, is_open};
use crate::{DocumentId, Location, Value};

impl Evaluator<'_> {
    /// What an attribute sets; `None` for null.
    pub(super) fn setting(
        &self,
        datum: &Datum,
        shape: Shape,
        attribute: &Attribute,
        document: DocumentId,
    ) -> Result<Option<Setting>, Failure> {
        if datum.is_null() {
            return Ok(None);
        }
        let whole = Location::new(document, attribute.value.span);
        let name = &attribute.name.value;
        let refused = |datum: &Datum| Failure {
            location: whole,
            message: format!("`{name}` cannot be {}", datum.type_name()),
        };
        let setting = match shape {
            Shape::Text | Shape::Bool => {
                let value = self.value(datum, whole).ok_or_else(|| refused(datum))?;
                if matches!(shape, Shape::Bool) && datum.to_bool().is_none() && !datum.is_unknown()
                {
                    return Err(refused(datum));
                }
                Setting::Text(value)
            }
            Shape::List | Shape::Entries(_) if datum.is_unknown() => {
                Setting::List(self.value(datum, whole).into_iter().collect())
            }
            Shape::List => {
                let items = datum.as_list().ok_or_else(|| refused(datum))?;
                let values = items.iter().map(|item| {
                    let item = item.clone().tainted_by(datum);
                    self.value(&item, whole).ok_or_else(|| refused(&item))
                });
                Setting::List(values.collect::<Result<_, _>>()?)
            }
            Shape::Entries(kind) => {
                let items = datum.as_list().ok_or_else(|| refused(datum))?;
                let mut values = Vec::new();
                for item in items {
                    let item = item.clone().tainted_by(datum);
                    let Some(entries) = item.as_object() else {
                        let value = self.value(&item, whole).ok_or_else(|| refused(&item))?;
                        // An empty entry counts as none.
                        if !value.text.is_empty() || is_open(&value) {
                            values.push(value);
                        }
                        continue;
                    };
                    let text = entries::from_object(kind, entries);
                    let text = text.ok_or_else(|| refused(&item))?;
                    let mut tainted = item.clone();
                    for inner in entries.values() {
                        tainted.add_variables(&inner.variables);
                    }
                    values.push(Value {
                        text,
                        location: place(&item, whole),
                        variables: self.named(tainted.variables.iter().copied()),
                    });
                }
                Setting::List(values)
            }
            Shape::Map if datum.is_unknown() => Setting::Map(Vec::new()),
            Shape::Map => {
                let entries = datum.as_object().ok_or_else(|| refused(datum))?;
                let mut arguments = Vec::new();
                for (name, item) in entries {
                    if item.is_null() {
                        continue;
                    }
                    let item = item.clone().tainted_by(datum);
                    arguments.push(BuildArgument {
                        name: name.clone(),
                        value: self.value(&item, whole).ok_or_else(|| refused(&item))?,
                        location: item.key.filter(|key| within(*key, whole)).unwrap_or(whole),
                    });
                }
                // As written, not by name.
                arguments.sort_by_key(|argument| argument.location.span);
                Setting::Map(arguments)
            }
            Shape::Ignored => return Ok(None),
        };
        Ok(Some(setting))
    }

    /// The text of a scalar; what is not known is empty, with the function that makes it so.
    pub(super) fn value(&self, datum: &Datum, whole: Location) -> Option<Value> {
        let text = match datum.to_text() {
            Some(text) => text,
            None if datum.is_unknown() => String::new(),
            None => return None,
        };
        Some(Value {
            text,
            location: place(datum, whole),
            variables: self.named(datum.variables.iter().copied()),
        })
    }
}

/// Where a value stands: the expression that made it, if that is part of the attribute.
fn place(datum: &Datum, whole: Location) -> Location {
    datum
        .origin
        .filter(|origin| within(*origin, whole))
        .unwrap_or(whole)
}

fn within(inner: Location, whole: Location) -> bool {
    inner.document == whole.document && whole.span.contains(inner.span)
}
