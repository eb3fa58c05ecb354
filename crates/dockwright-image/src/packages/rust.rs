//! What Rust programs built with `cargo auditable` say of the crates in them.
//!
//! Source: PARSING.md of cargo-auditable.

use std::io::Read;

use flate2::read::ZlibDecoder;
use serde::Deserialize;

use super::{Package, PackageKind, elf};

const SECTION: &str = ".dep-v0";

/// Bytes of the list of crates.
const MAX_LIST: u64 = 8 << 20;

#[derive(Deserialize)]
struct List {
    packages: Vec<Crate>,
}

#[derive(Deserialize)]
struct Crate {
    name: String,
    version: String,
    /// `build` for what only took part in the build.
    #[serde(default)]
    kind: Option<String>,
    /// What the program itself is.
    #[serde(default)]
    root: bool,
    #[serde(default)]
    dependencies: Vec<usize>,
}

/// The crates of a program.
pub(super) fn packages(path: &str, program: &[u8]) -> Vec<Package> {
    let list = elf::section(program, SECTION).and_then(read);
    let crates = list.map(|list| list.packages).unwrap_or_default();
    let name = |index: &usize| crates.get(*index).map(|it| vec![it.name.clone()]);
    let built_in = crates
        .iter()
        .filter(|it| it.kind.as_deref() != Some("build"));
    let packages = built_in.map(|it| {
        let mut package = Package::new(PackageKind::Rust, &it.name, &it.version, path);
        package.is_main = it.root;
        package.depends = it.dependencies.iter().filter_map(name).collect();
        package
    });
    packages.collect()
}

fn read(section: &[u8]) -> Option<List> {
    let mut json = Vec::new();
    ZlibDecoder::new(section)
        .take(MAX_LIST)
        .read_to_end(&mut json)
        .ok()?;
    serde_json::from_slice(&json).ok()
}
