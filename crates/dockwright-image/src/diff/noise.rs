//! What differs between two builds of the same image and means nothing: `data/noise.toml`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use memchr::memmem;
use serde::Deserialize;

/// Paths that are named of those that one normaliser was applied to.
const MAX_NAMED: usize = 1000;

/// A normaliser, and what it was applied to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its name in the table.
    pub name: &'static str,
    /// What it leaves aside, for people.
    pub about: &'static str,
    /// How many files and labels.
    pub count: usize,
    /// The first thousand of them: paths from `/`, and `LABEL` with a name.
    pub places: Vec<String>,
}

/// Collects what normalisers were applied to.
#[derive(Debug, Default)]
pub(super) struct Log(BTreeMap<&'static str, Applied>);

impl Log {
    pub(super) fn add(&mut self, noise: &'static Noise, place: impl FnOnce() -> String) {
        let applied = self.0.entry(&noise.name).or_insert_with(|| Applied {
            name: &noise.name,
            about: &noise.about,
            count: 0,
            places: Vec::new(),
        });
        applied.count += 1;
        if applied.places.len() < MAX_NAMED {
            applied.places.push(place());
        }
    }

    /// By name.
    pub(super) fn done(self) -> Vec<Applied> {
        self.0.into_values().collect()
    }
}

/// What is done with files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Form {
    /// They may be there or not, with any contents.
    Ignored,
    /// The order of their lines does not count.
    Lines,
    /// The order of their paragraphs does not count.
    Paragraphs,
    /// As lines, without the dates of the last change of passwords.
    ShadowDates,
    /// When they were changed does not count.
    ModificationTimes,
}

impl Form {
    /// Whether contents have to be at hand to compare them.
    fn has_parts(self) -> bool {
        matches!(self, Self::Lines | Self::Paragraphs | Self::ShadowDates)
    }

    /// The parts of a file's contents, sorted.
    fn parts(self, contents: &[u8]) -> Vec<Cow<'_, [u8]>> {
        let lines = || contents.split(|byte| *byte == b'\n');
        let mut parts: Vec<Cow<[u8]>> = match self {
            Self::Paragraphs => {
                let ends = memmem::find_iter(contents, "\n\n").chain([contents.len()]);
                let mut start = 0;
                let paragraphs = ends.map(|end| {
                    let paragraph = contents.get(start..end).unwrap_or_default();
                    start = end;
                    Cow::Borrowed(paragraph.trim_ascii())
                });
                paragraphs.collect()
            }
            Self::ShadowDates => lines().map(|line| without_date(line).into()).collect(),
            _ => lines().map(Cow::Borrowed).collect(),
        };
        parts.retain(|part| !part.is_empty());
        parts.sort_unstable();
        parts
    }
}

/// A line of `/etc/shadow` without its third field.
fn without_date(line: &[u8]) -> Vec<u8> {
    let fields = line.split(|byte| *byte == b':').enumerate();
    let kept: Vec<&[u8]> = fields
        .map(|(index, field)| if index == 2 { b"" } else { field })
        .collect();
    kept.join(&b':')
}

/// How contents relate whose order does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// They have the same parts.
    Same,
    /// The later one has some of the earlier one's parts, and no others.
    Fewer,
    /// None of these.
    Other,
}

/// A normaliser.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Noise {
    name: String,
    about: String,
    form: Form,
    globs: Vec<String>,
    #[serde(default)]
    labels: Vec<String>,
}

impl Noise {
    /// The normaliser of a file that need not be there, or whose contents mean nothing.
    pub(super) fn of_file(path: &str) -> Option<&'static Self> {
        find(path, |form| form == Form::Ignored)
    }

    /// The normaliser of the time of a change.
    pub(super) fn of_time(path: &str) -> Option<&'static Self> {
        find(path, |form| form == Form::ModificationTimes)
    }

    /// The normaliser of a file with parts in any order.
    pub(super) fn of_order(path: &str) -> Option<&'static Self> {
        find(path, Form::has_parts)
    }

    /// The normaliser of a label.
    pub(super) fn of_label(name: &str) -> Option<&'static Self> {
        let mut all = table().all.iter();
        all.find(|noise| noise.labels.iter().any(|label| label == name))
    }

    /// How two contents relate in the form that this one gives them.
    pub(super) fn relation(&self, before: &[u8], after: &[u8]) -> Relation {
        let (before, after) = (self.form.parts(before), self.form.parts(after));
        if before == after {
            return Relation::Same;
        }
        let mut rest = before.iter();
        // Both are sorted: each part is found after the one before it, or not at all.
        if after.iter().all(|part| rest.any(|it| it == part)) {
            Relation::Fewer
        } else {
            Relation::Other
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    noise: Vec<Noise>,
}

/// The paths of all normalisers as one set.
#[derive(Debug, Default)]
struct Table {
    set: GlobSet,
    /// Of each glob in the set, the normaliser.
    owners: Vec<usize>,
    all: Vec<Noise>,
}

fn find(path: &str, fits: impl Fn(Form) -> bool) -> Option<&'static Noise> {
    let table = table();
    let owners = table.set.matches(path);
    let owners = owners.iter().filter_map(|index| table.owners.get(*index));
    let mut noises = owners.filter_map(|index| table.all.get(*index));
    noises.find(|noise| fits(noise.form))
}

/// A pattern in which `*` stands for a part of one name.
fn glob(text: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(text).literal_separator(true).build()
}

fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        let data: Data = toml::from_str(include_str!("../../data/noise.toml")).unwrap_or_default();
        let mut set = GlobSetBuilder::new();
        let mut owners = Vec::new();
        for (index, noise) in data.noise.iter().enumerate() {
            for glob in noise.globs.iter().filter_map(|text| glob(text).ok()) {
                set.add(glob);
                owners.push(index);
            }
        }
        Table {
            set: set.build().unwrap_or_default(),
            owners,
            all: data.noise,
        }
    });
    &TABLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        let data: Data = toml::from_str(include_str!("../../data/noise.toml")).unwrap();
        let globs = data.noise.iter().flat_map(|noise| &noise.globs);
        assert_eq!(globs.filter(|text| glob(text).is_err()).count(), 0);
        assert!(data.noise.iter().all(|noise| !noise.about.is_empty()));
        // The root's path is empty.
        assert!(Noise::of_time("").is_some());
        assert!(Noise::of_file("usr/share/mime/magic").is_some());
        assert!(Noise::of_file("usr/share/mime/packages/shop.xml").is_none());
    }

    #[test]
    fn paragraphs_in_any_order() {
        let status = Noise::of_order("var/lib/dpkg/status").unwrap();
        let relation =
            |before: &str, after: &str| status.relation(before.as_bytes(), after.as_bytes());
        assert_eq!(
            relation("A: 1\nB: 2\n\nA: 3\n", "A: 3\n\n\nA: 1\nB: 2\n\n"),
            Relation::Same
        );
        assert_eq!(relation("A: 1\nB: 2\n\nA: 3\n", "A: 3\n"), Relation::Fewer);
        assert_eq!(relation("A: 1\nB: 2\n", "B: 2\nA: 1\n"), Relation::Other);
        assert_eq!(relation("A: 3\n", "A: 3\n\nA: 3\n"), Relation::Other);
    }

    #[test]
    fn the_day_of_a_password() {
        let shadow = Noise::of_order("etc/shadow").unwrap();
        let relation = |after: &str| {
            shadow.relation(b"root:*:20000:0::::\napp:!:20001::::\n", after.as_bytes())
        };
        assert_eq!(
            relation("root:*:20400:0::::\napp:!:20401::::\n"),
            Relation::Same
        );
        assert_eq!(relation("root:*:20400:0::::\n"), Relation::Fewer);
        assert_eq!(
            relation("root::20000:0::::\napp:!:20001::::\n"),
            Relation::Other
        );
    }
}
