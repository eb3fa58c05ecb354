//! Values of expressions.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::Location;

/// A value, where it comes from, and the variables that it depends on.
#[derive(Clone, Debug)]
pub(super) struct Datum {
    pub(super) kind: Kind,
    /// The expression that made it.
    pub(super) origin: Option<Location>,
    /// Where its key stands, when it is an entry of an object.
    pub(super) key: Option<Location>,
    /// Variables that took part, by their number, in order of appearance.
    pub(super) variables: Rc<Vec<u32>>,
}

/// A value alone. Cloning is cheap.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Null,
    /// Not known without running bake: the time, a random number.
    Unknown,
    Bool(bool),
    Number(f64),
    String(Rc<str>),
    List(Rc<List>),
    Object(Rc<Object>),
}

/// A list, set or tuple.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) items: Vec<Datum>,
    extent: Extent,
}

/// An object or map; in order of the keys, as bake iterates.
#[derive(Debug, Default)]
pub(super) struct Object {
    pub(super) entries: BTreeMap<String, Datum>,
    extent: Extent,
}

/// How large a list or object is, everything inside counted as often as it occurs.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    depth: usize,
    size: usize,
}

/// Lists and objects inside each other.
const MAX_DEPTH: usize = 64;

/// Elements in a list or object, those of inner ones too.
const MAX_SIZE: usize = 50_000;

impl Datum {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            origin: None,
            key: None,
            variables: Rc::default(),
        }
    }

    pub(super) fn null() -> Self {
        Self::new(Kind::Null)
    }

    pub(super) fn bool(value: bool) -> Self {
        Self::new(Kind::Bool(value))
    }

    pub(super) fn number(value: f64) -> Self {
        Self::new(Kind::Number(value))
    }

    pub(super) fn string(value: impl Into<Rc<str>>) -> Self {
        Self::new(Kind::String(value.into()))
    }

    pub(super) fn list(items: Vec<Self>) -> Result<Self, String> {
        let extent = around(items.iter())?;
        Ok(Self::new(Kind::List(Rc::new(List { items, extent }))))
    }

    pub(super) fn object(entries: BTreeMap<String, Self>) -> Result<Self, String> {
        let extent = around(entries.values())?;
        Ok(Self::new(Kind::Object(Rc::new(Object { entries, extent }))))
    }

    /// The same value, dependent on the variables of `other` too.
    pub(super) fn tainted_by(mut self, other: &Self) -> Self {
        self.add_variables(&other.variables);
        self
    }

    pub(super) fn add_variables(&mut self, numbers: &[u32]) {
        for number in numbers {
            if !self.variables.contains(number) {
                Rc::make_mut(&mut self.variables).push(*number);
            }
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown)
    }

    pub(super) fn as_list(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::List(list) => Some(&list.items),
            _ => None,
        }
    }

    pub(super) fn as_object(&self) -> Option<&BTreeMap<String, Self>> {
        match &self.kind {
            Kind::Object(object) => Some(&object.entries),
            _ => None,
        }
    }

    /// What a message calls it.
    pub(super) fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "null",
            Kind::Unknown => "an unknown value",
            Kind::Bool(_) => "a bool",
            Kind::Number(_) => "a number",
            Kind::String(_) => "a string",
            Kind::List(_) => "a list",
            Kind::Object(_) => "an object",
        }
    }

    fn extent(&self) -> Extent {
        match &self.kind {
            Kind::List(list) => list.extent,
            Kind::Object(object) => object.extent,
            _ => Extent::default(),
        }
    }
}

fn around<'a>(inner: impl Iterator<Item = &'a Datum>) -> Result<Extent, String> {
    let mut whole = Extent::default();
    for extent in inner.map(Datum::extent) {
        whole.depth = whole.depth.max(extent.depth);
        whole.size = whole.size.saturating_add(extent.size + 1);
    }
    whole.depth += 1;
    if whole.depth > MAX_DEPTH || whole.size > MAX_SIZE {
        return Err("the list or object is too large".to_owned());
    }
    Ok(whole)
}
