//! A comparison as JSON with a version and a schema.

use dockwright_image::category::Category;
use dockwright_image::diff::{Aspect, Diff, File, FileChange, Totals};
use dockwright_image::{Image, Verdict};
use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde_json::Value;

use super::DiffView;
use super::words::kind;
use crate::json::pretty;

/// The version of the format. It grows when a field is removed or changes its meaning; new fields
/// may come at any time.
const VERSION: u32 = 1;

/// How two images differ.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Diff")]
struct DiffRecord<'a> {
    /// The version of this format.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// What it comes to.
    #[schemars(extend("enum" = Verdict::ALL.map(Verdict::as_str)))]
    verdict: &'static str,
    /// The earlier image.
    before: ImageRecord<'a>,
    /// The later image.
    after: ImageRecord<'a>,
    /// How many layers both have.
    shared_layers: usize,
    /// Bytes, as they are stored, of the later image's layers that the earlier one does not have.
    new_stored_bytes: u64,
    /// What the bytes are for.
    categories: Vec<CategoryRecord>,
    /// Settings that differ.
    configuration: Vec<SettingRecord<'a>>,
    /// Packages that differ, by kind and name.
    packages: Vec<PackageRecord<'a>>,
    /// Files that differ, each directory before what is in it.
    files: Vec<FileRecord<'a>>,
    /// What else differs and means nothing.
    noise: Vec<NoiseRecord<'a>>,
}

/// An image as a whole.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Image")]
struct ImageRecord<'a> {
    /// What the image was called by.
    name: &'a str,
    /// The digest of its configuration.
    id: &'a str,
    /// The digest of its manifest, if it has one.
    digest: Option<&'a str>,
    /// What it runs on.
    platform: String,
    /// How many layers it has.
    layers: usize,
    /// Bytes of all layers as they are stored.
    stored_bytes: u64,
    /// Bytes of the files of all layers.
    unpacked_bytes: u64,
    /// Bytes of the files that are there in the end.
    visible_bytes: u64,
    /// How many files are there in the end.
    files: usize,
    /// How many packages it has.
    packages: usize,
}

/// Bytes of a category.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Category")]
struct CategoryRecord {
    /// What they are for.
    #[schemars(extend("enum" = Category::ALL.map(Category::as_str)))]
    category: &'static str,
    /// How many in the earlier image.
    bytes_before: u64,
    /// How many in the later image.
    bytes_after: u64,
}

/// A setting that differs.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Setting")]
struct SettingRecord<'a> {
    /// The instruction that sets it, or `platform`.
    key: &'static str,
    /// Which variable, label, port or volume; else empty.
    name: &'a str,
    /// What it was; null if it was not set, empty for variables, ports and volumes.
    before: Option<&'a str>,
    /// What it is now, likewise.
    after: Option<&'a str>,
}

/// A package that differs.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Package")]
struct PackageRecord<'a> {
    /// Who manages it, as package URLs call it.
    #[schemars(extend("enum" = ["deb", "apk", "rpm", "pypi", "npm", "golang", "cargo", "maven"]))]
    kind: &'static str,
    /// Its name.
    name: &'a str,
    /// Versions that only the earlier image has; none if it was added.
    before: &'a [String],
    /// Versions that only the later image has; none if it was removed.
    after: &'a [String],
    /// Bytes of its files in those versions, before.
    bytes_before: u64,
    /// Bytes of its files in those versions, after.
    bytes_after: u64,
}

/// A path that differs.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "File")]
struct FileRecord<'a> {
    /// The path.
    path: &'a str,
    /// What differs: `kind`, `contents`, `link`, `mode`, `owner`, `xattrs`; nothing if it was added or removed.
    differs: Vec<&'static str>,
    /// Whether it only lost entries of a list whose order does not count.
    fewer_entries: bool,
    /// The package that it is of.
    package: Option<&'a str>,
    /// What was there; null if it was added.
    before: Option<EntryRecord<'a>>,
    /// What is there now; null if it was removed.
    after: Option<EntryRecord<'a>>,
}

/// What is at a path.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Entry")]
struct EntryRecord<'a> {
    /// What it is.
    kind: &'static str,
    /// Permissions, in octal digits.
    mode: String,
    /// The user that owns it.
    uid: u32,
    /// The group that owns it.
    gid: u32,
    /// Bytes of a file.
    bytes: u64,
    /// The digest of a file's contents.
    digest: Option<String>,
    /// Where a symbolic link leads.
    link: Option<&'a str>,
    /// Names of extended attributes.
    xattrs: &'a [String],
}

/// What a normaliser was applied to.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Noise")]
struct NoiseRecord<'a> {
    /// The normaliser.
    name: &'a str,
    /// What it leaves aside.
    about: &'a str,
    /// How many files and labels.
    count: usize,
    /// The first thousand of them.
    places: &'a [String],
}

/// A comparison as one JSON document.
pub fn json(view: &DiffView) -> String {
    let diff = view.diff;
    let categories = diff.categories.iter();
    let categories = categories.map(|(category, before, after)| CategoryRecord {
        category: category.as_str(),
        bytes_before: before.bytes,
        bytes_after: after.bytes,
    });
    let noise = diff.noise.iter().map(|applied| NoiseRecord {
        name: applied.name,
        about: applied.about,
        count: applied.count,
        places: &applied.places,
    });
    pretty(&DiffRecord {
        version: VERSION,
        verdict: diff.verdict.as_str(),
        before: image(view.before, &diff.before),
        after: image(view.after, &diff.after),
        shared_layers: diff.shared_layers,
        new_stored_bytes: diff.new_stored,
        categories: categories.collect(),
        configuration: settings(diff),
        packages: packages(diff),
        files: diff.files.iter().map(file).collect(),
        noise: noise.collect(),
    })
}

fn image<'a>((name, image): (&'a str, &'a Image), totals: &Totals) -> ImageRecord<'a> {
    ImageRecord {
        name,
        id: &image.id,
        digest: image.digest.as_deref(),
        platform: image.config.platform().to_string(),
        layers: totals.layers,
        stored_bytes: totals.stored,
        unpacked_bytes: totals.unpacked,
        visible_bytes: totals.visible,
        files: totals.files,
        packages: totals.packages,
    }
}

fn settings(diff: &Diff) -> Vec<SettingRecord<'_>> {
    let records = diff.config.iter().map(|change| SettingRecord {
        key: change.key,
        name: &change.name,
        before: change.before.as_deref(),
        after: change.after.as_deref(),
    });
    records.collect()
}

fn packages(diff: &Diff) -> Vec<PackageRecord<'_>> {
    let records = diff.packages.iter().map(|change| PackageRecord {
        kind: change.kind.as_str(),
        name: &change.name,
        before: &change.before,
        after: &change.after,
        bytes_before: change.bytes.0,
        bytes_after: change.bytes.1,
    });
    records.collect()
}

fn file(change: &FileChange) -> FileRecord<'_> {
    FileRecord {
        path: &change.path,
        differs: change
            .aspects
            .iter()
            .map(|it| Aspect::as_str(*it))
            .collect(),
        fewer_entries: change.is_fewer,
        package: change.package.as_deref(),
        before: change.before.as_ref().map(entry),
        after: change.after.as_ref().map(entry),
    }
}

fn entry(file: &File) -> EntryRecord<'_> {
    let digest = |digest: &[u8; 32]| {
        let digits = digest.iter().map(|byte| format!("{byte:02x}"));
        format!("sha256:{}", digits.collect::<String>())
    };
    EntryRecord {
        kind: kind(file.kind),
        mode: format!("{:o}", file.mode),
        uid: file.uid,
        gid: file.gid,
        bytes: file.bytes,
        digest: file.digest.as_ref().map(digest),
        link: Some(file.link.as_str()).filter(|link| !link.is_empty()),
        xattrs: &file.xattrs,
    }
}

/// The JSON Schema of what [`json`] returns.
pub fn diff_schema() -> Value {
    schema_for!(DiffRecord).to_value()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_output_follows_its_schema() {
        let validator = jsonschema::validator_for(&diff_schema()).unwrap();
        let mut output: Value = serde_json::from_str(&sample::shown(json)).unwrap();
        validator.validate(&output).unwrap();
        assert_eq!(output["verdict"], "different");
        let files = output["files"].as_array().unwrap();
        let file = files
            .iter()
            .find(|it| it["path"] == "/srv/shop/run")
            .unwrap();
        assert_eq!(file["differs"], serde_json::json!(["contents", "mode"]));
        output["verdict"] = "nearly".into();
        assert!(!validator.is_valid(&output));
    }

    #[test]
    fn values_of_variables_are_left_out() {
        let output = sample::shown(json);
        assert!(output.contains("TOKEN") && !output.contains("hunter"));
    }
}
