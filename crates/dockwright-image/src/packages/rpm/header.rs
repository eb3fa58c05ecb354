//! The header of a package: an index of tags, and what they say.

use super::super::{Package, PackageKind};

const NAME: u32 = 1000;
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const EPOCH: u32 = 1003;
const LICENSE: u32 = 1014;
const ARCHITECTURE: u32 = 1022;
const SOURCE: u32 = 1044;
const PROVIDES: u32 = 1047;
const REQUIRES: u32 = 1049;
const DIRECTORY_INDEXES: u32 = 1116;
const BASE_NAMES: u32 = 1117;
const DIRECTORY_NAMES: u32 = 1118;
const RECOMMENDS: u32 = 5046;

/// Values of one tag.
const MAX_VALUES: usize = 1 << 20;

/// The package that a header describes.
pub(super) fn package(location: &str, header: &[u8]) -> Option<Package> {
    let tags = Tags::new(header)?;
    let one = |tag| tags.texts(tag).next();
    let epoch = tags.numbers(EPOCH).next();
    let epoch = epoch.map(|epoch| format!("{epoch}:")).unwrap_or_default();
    let version = format!("{epoch}{}-{}", one(VERSION)?, one(RELEASE)?);
    let mut package = Package::new(PackageKind::Rpm, &one(NAME)?, &version, location);
    package.license = one(LICENSE);
    package.architecture = one(ARCHITECTURE);
    package.source = one(SOURCE).and_then(|file| source(&file));
    // What only RPM itself provides says nothing of packages.
    let named = |tag| tags.texts(tag).filter(|name| !name.starts_with("rpmlib("));
    package.depends = named(REQUIRES).map(|name| vec![name]).collect();
    package.recommends = named(RECOMMENDS).map(|name| vec![name]).collect();
    package.provides = named(PROVIDES).collect();
    let directories: Vec<String> = tags.texts(DIRECTORY_NAMES).collect();
    let files = tags.texts(BASE_NAMES).zip(tags.numbers(DIRECTORY_INDEXES));
    let paths =
        files.filter_map(|(name, index)| Some(directories.get(index as usize)?.clone() + &name));
    package.listed = paths.collect();
    Some(package)
}

/// Name and version of the source package, from what its file is called.
fn source(file: &str) -> Option<(String, String)> {
    let stem = file
        .strip_suffix(".src.rpm")
        .or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let (rest, release) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    Some((name.to_owned(), format!("{version}-{release}")))
}

/// The tags of a header.
struct Tags<'a> {
    /// Tag, type, offset and count of each, 16 bytes.
    index: &'a [u8],
    store: &'a [u8],
}

impl<'a> Tags<'a> {
    fn new(header: &'a [u8]) -> Option<Self> {
        let count = usize::try_from(word(header, 0)?).ok()?;
        let index = header.get(8..8_usize.checked_add(count.checked_mul(16)?)?)?;
        Some(Self {
            index,
            store: header.get(8 + index.len()..)?,
        })
    }

    /// Where a tag's values begin, and how many there are.
    fn find(&self, tag: u32) -> (&'a [u8], usize) {
        let found = self
            .index
            .chunks_exact(16)
            .find(|entry| word(entry, 0) == Some(tag));
        let values = found.and_then(|entry| {
            let offset = usize::try_from(word(entry, 8)?).ok()?;
            let count = usize::try_from(word(entry, 12)?).ok()?;
            Some((self.store.get(offset..)?, count.min(MAX_VALUES)))
        });
        values.unwrap_or_default()
    }

    fn texts(&self, tag: u32) -> impl Iterator<Item = String> + use<'a> {
        let (values, count) = self.find(tag);
        let texts = values.split(|byte| *byte == 0).take(count);
        texts.map(|text| String::from_utf8_lossy(text).into_owned())
    }

    fn numbers(&self, tag: u32) -> impl Iterator<Item = u32> + use<'a> {
        let (values, count) = self.find(tag);
        values
            .chunks_exact(4)
            .take(count)
            .filter_map(|number| word(number, 0))
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(u32::from_be_bytes(bytes))
}
