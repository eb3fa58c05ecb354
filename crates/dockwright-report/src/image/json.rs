//! An image as JSON with a version and a schema.

use dockwright_image::category::Category;
use dockwright_image::inspection::Sum;
use dockwright_image::packages::Package;
use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde_json::Value;

use super::InspectionView;
use super::words::path;
use crate::json::pretty;

/// The version of the format. It grows when a field is removed or changes its meaning; new fields
/// may come at any time.
const VERSION: u32 = 1;

/// Files that are listed.
const MAX_FILES: usize = 100;

/// Where an image's bytes come from.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Inspection")]
struct InspectionRecord<'a> {
    /// The version of this format.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// What the image was called by.
    name: &'a str,
    /// The digest of its configuration.
    id: &'a str,
    /// The digest of its manifest, if it has one.
    digest: Option<&'a str>,
    /// What it runs on.
    platform: String,
    /// Bytes of all layers as they are stored.
    stored_bytes: u64,
    /// Whether all of them are compressed.
    compressed: bool,
    /// Bytes of the files of all layers.
    unpacked_bytes: u64,
    /// Bytes of the files that are there in the end.
    visible_bytes: u64,
    /// How many layers, from the lowest on, are the base's.
    base_layers: usize,
    /// What the bytes are for.
    categories: Vec<CategoryRecord>,
    /// Layers, lowest first.
    layers: Vec<LayerRecord<'a>>,
    /// What made the image, first step first.
    steps: Vec<StepRecord<'a>>,
    /// Packages, by kind and name.
    packages: Vec<PackageRecord<'a>>,
    /// The largest files.
    largest_files: Vec<FileRecord>,
    /// How its processes run, in the words of the OCI image specification. Values of variables are left out.
    configuration: Value,
    /// Files that may tell of packages, and are too large to be read.
    unread: Vec<&'a str>,
}

/// Bytes of a category.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Category")]
struct CategoryRecord {
    /// What they are for.
    #[schemars(extend("enum" = Category::ALL.map(Category::as_str)))]
    category: &'static str,
    /// How many.
    bytes: u64,
    /// In how many files.
    files: usize,
}

/// A layer.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Layer")]
struct LayerRecord<'a> {
    /// The digest of its archive before compression.
    diff_id: &'a str,
    /// The digest of its blob, where it is known.
    digest: Option<&'a str>,
    /// How the blob is compressed.
    #[schemars(extend("enum" = ["none", "gzip", "zstd"]))]
    compression: &'static str,
    /// Bytes of the blob.
    stored_bytes: u64,
    /// Bytes of its files.
    unpacked_bytes: u64,
    /// How many entries it has.
    entries: usize,
}

/// A step that made the image.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Step")]
struct StepRecord<'a> {
    /// What it did, in a Dockerfile's words, without values of variables; empty if nobody tells.
    created_by: &'a str,
    /// The line of the Dockerfile, from 1, where one is given and it is known.
    line: Option<usize>,
    /// The layer that it made: its index.
    layer: Option<usize>,
    /// Whether it is the base's.
    base: bool,
    /// Bytes of its files.
    bytes: u64,
    /// What they are for.
    categories: Vec<CategoryRecord>,
}

/// A package.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Package")]
struct PackageRecord<'a> {
    /// Who manages it, as package URLs call it.
    #[schemars(extend("enum" = ["deb", "apk", "rpm", "pypi", "npm", "golang", "cargo", "maven"]))]
    kind: &'static str,
    /// Its name.
    name: &'a str,
    /// Its version.
    version: &'a str,
    /// The processor that it is for.
    architecture: Option<&'a str>,
    /// Bytes of its files that are there.
    bytes: u64,
    /// The layer that installed it: its index.
    layer: Option<u16>,
    /// The file that says it is there.
    location: &'a str,
    /// Whether it came only because another needs it; null where nobody keeps track.
    automatic: Option<bool>,
    /// The packages from the one that someone asked for to this one, both included.
    pulled_in_by: Vec<&'a str>,
}

/// A file of some layer.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "File")]
struct FileRecord {
    /// Its path.
    path: String,
    /// Its size.
    bytes: u64,
    /// Its layer: the index.
    layer: u16,
    /// Whether it is there in the end.
    visible: bool,
    /// What it is for.
    category: &'static str,
}

/// An image as one JSON document.
pub fn json(view: &InspectionView) -> String {
    let (image, inspection) = (view.image, view.inspection);
    let layers = image.layers.iter().map(|layer| LayerRecord {
        diff_id: &layer.diff_id,
        digest: layer.digest.as_deref(),
        compression: layer.compression.as_str(),
        stored_bytes: layer.stored_bytes,
        unpacked_bytes: layer.file_bytes(),
        entries: layer.entries.len(),
    });
    let steps = inspection.steps.iter().map(|step| StepRecord {
        created_by: &step.created_by,
        line: step.line.as_ref().map(|line| line.number),
        layer: step.layer,
        base: step.is_base,
        bytes: step.bytes,
        categories: categories(&step.categories),
    });
    let packages = image
        .packages
        .all
        .iter()
        .enumerate()
        .map(|(index, it)| package(view, index, it));
    let files = inspection
        .shares
        .iter()
        .take(MAX_FILES)
        .map(|share| FileRecord {
            path: path(image, share.entry),
            bytes: share.bytes,
            layer: share.entry.layer,
            visible: share.node.is_some(),
            category: share.category.as_str(),
        });
    let mut process = image.config.config.clone();
    for variable in &mut process.env {
        variable.truncate(variable.find('=').unwrap_or(variable.len()));
    }
    pretty(&InspectionRecord {
        version: VERSION,
        name: view.name,
        id: &image.id,
        digest: image.digest.as_deref(),
        platform: image.config.platform().to_string(),
        stored_bytes: inspection.stored.0,
        compressed: inspection.stored.1,
        unpacked_bytes: inspection.unpacked,
        visible_bytes: inspection.visible,
        base_layers: inspection.base_layers,
        categories: categories(&inspection.categories),
        layers: layers.collect(),
        steps: steps.collect(),
        packages: packages.collect(),
        largest_files: files.collect(),
        configuration: serde_json::to_value(process).unwrap_or_default(),
        unread: image
            .layers
            .iter()
            .flat_map(|layer| &layer.unread)
            .map(String::as_str)
            .collect(),
    })
}

fn categories(sums: &std::collections::BTreeMap<Category, Sum>) -> Vec<CategoryRecord> {
    let records = sums.iter().map(|(category, sum)| CategoryRecord {
        category: category.as_str(),
        bytes: sum.bytes,
        files: sum.files,
    });
    records.collect()
}

fn package<'a>(view: &InspectionView<'a>, index: usize, package: &'a Package) -> PackageRecord<'a> {
    let all = &view.image.packages.all;
    let way = view.inspection.pulled_by.way(index).into_iter();
    PackageRecord {
        kind: package.kind.as_str(),
        name: &package.name,
        version: &package.version,
        architecture: package.architecture.as_deref(),
        bytes: package.bytes,
        layer: package.layer,
        location: &package.location,
        automatic: package.is_automatic,
        pulled_in_by: way
            .filter_map(|index| Some(all.get(index)?.name.as_str()))
            .collect(),
    }
}

/// The JSON Schema of what [`json`] returns.
pub fn inspection_schema() -> Value {
    schema_for!(InspectionRecord).to_value()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_output_follows_its_schema() {
        let validator = jsonschema::validator_for(&inspection_schema()).unwrap();
        let output = sample::shown(json);
        let mut output: Value = serde_json::from_str(&output).unwrap();
        validator.validate(&output).unwrap();
        let packages = output["packages"].as_array().unwrap();
        let perl = packages
            .iter()
            .find(|it| it["name"] == "libperl5.40")
            .unwrap();
        assert_eq!(
            perl["pulled_in_by"],
            serde_json::json!(["git", "perl", "libperl5.40"])
        );
        output["layers"][0]["compression"] = "glue".into();
        assert!(!validator.is_valid(&output));
    }

    #[test]
    fn values_of_variables_are_left_out() {
        assert!(!sample::shown(json).contains("hunter2"));
    }
}
