//! What may stand at each place of a Compose file, and how two files are merged there.

mod keys;

pub use keys::{FILE, SERVICE};

/// What may stand at a place of a Compose file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Anything.
    Any,
    /// A scalar of one of these types.
    Scalar(Types),
    /// A scalar of one of these types; text is turned into `Cast` after interpolation.
    Cast(Types, Cast),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list.
    List(&'static Shape),
    /// A list of scalars without repetition.
    Set(Types),
    /// Named things.
    Map(&'static Shape),
    /// A mapping from any key to scalars, or a list of `KEY=VALUE`.
    Pairs,
    /// Fixed keys, and `x-` extensions.
    Object(&'static [Field]),
    /// Fixed keys, and any other.
    OpenObject(&'static [Field]),
    /// Any of several shapes.
    Either(&'static [Shape]),
}

/// A set of scalar types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Types {
    /// Text.
    pub text: bool,
    /// Whole numbers.
    pub integer: bool,
    /// Any number.
    pub number: bool,
    /// `true` and `false`.
    pub bool: bool,
    /// `null`, or nothing.
    pub null: bool,
}

/// What the text of a variable is turned into once its value is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cast {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// A number.
    Float,
}

/// A key of an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// The key.
    pub key: &'static str,
    /// What stands there.
    pub shape: Shape,
    /// Whether the object is refused without it.
    pub required: bool,
    /// How a later file's value meets an earlier one's.
    pub merge: Merge,
    /// What makes two items of the merged list one, the later winning.
    pub unique: Unique,
}

/// How a later value meets an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// Mappings by key, lists appended, scalars replaced.
    Deep,
    /// The later one replaces the earlier one.
    Replace,
    /// Both as lists of `KEY=VALUE` or words, appended.
    Pairs,
    /// As `Pairs`, without items that are there already.
    ExtraHosts,
    /// Text is the context of a build.
    Build,
    /// Lists of services are mappings with default conditions.
    DependsOn,
    /// Lists of names are mappings without values.
    Names,
    /// Mappings by key if both have the same driver, else replaced.
    Logging,
    /// Each limit is replaced as a whole.
    Ulimits,
    /// By subnet.
    Ipam,
}

/// What makes two items of a list one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unique {
    /// Nothing does.
    No,
    /// The text before `=`.
    Key,
    /// The mount's target.
    Mount,
    /// The device's target.
    Device,
    /// The target of a config or secret, by default its name in this directory.
    File(&'static str),
    /// The port's address, published port, target and protocol.
    Port,
    /// The path.
    Path,
    /// The value.
    Value,
}

/// What stands under a key, and how it is merged.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// What stands there.
    pub shape: &'static Shape,
    /// How a later file's value meets an earlier one's.
    pub merge: Merge,
    /// What makes two items of the merged list one.
    pub unique: Unique,
}

impl Slot {
    /// A place without rules of its own.
    pub const fn plain(shape: &'static Shape) -> Self {
        Self {
            shape,
            merge: Merge::Deep,
            unique: Unique::No,
        }
    }
}

static SCALAR: Shape = Shape::Scalar(keys::ANY_SCALAR);

impl Shape {
    /// What stands under `key` of a mapping at this place.
    pub fn child(&'static self, key: &str) -> Slot {
        match self {
            Self::Object(fields) | Self::OpenObject(fields) => fields
                .iter()
                .find(|field| field.key == key)
                .map_or(Slot::plain(&Self::Any), |field| Slot {
                    shape: &field.shape,
                    merge: field.merge,
                    unique: field.unique,
                }),
            Self::Map(shape) => Slot::plain(shape),
            Self::Either(_) => self
                .mapping()
                .map_or(Slot::plain(&Self::Any), |shape| shape.child(key)),
            Self::Pairs => Slot::plain(&SCALAR),
            _ => Slot::plain(&Self::Any),
        }
    }

    /// The alternative of this place that is a mapping.
    pub fn mapping(&'static self) -> Option<&'static Self> {
        match self {
            Self::Object(_) | Self::OpenObject(_) | Self::Map(_) | Self::Pairs => Some(self),
            Self::Either(shapes) => shapes.iter().find_map(Self::mapping),
            _ => None,
        }
    }

    /// The shape of the items of a list at this place.
    pub fn item(&'static self) -> &'static Self {
        match self {
            Self::List(item) => item,
            Self::Either(shapes) => shapes
                .iter()
                .find(|shape| matches!(shape, Self::List(_)))
                .map_or(&Self::Any, Self::item),
            _ => &Self::Any,
        }
    }
}
