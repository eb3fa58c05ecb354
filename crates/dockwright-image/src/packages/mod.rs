//! The packages of an image: of its distribution, and of programming languages.

mod apk;
mod dpkg;
mod elf;
mod go;
mod index;
mod java;
mod node;
mod python;
mod roots;
mod rpm;
mod rust;
mod zip;

use std::io::{self, Read};

use crate::tree::NodeId;

pub use index::Packages;
pub use roots::Roots;

/// Who manages a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackageKind {
    /// dpkg: Debian, Ubuntu, distroless images.
    Deb,
    /// apk: Alpine, Wolfi.
    Apk,
    /// RPM: Fedora, Red Hat, SUSE, Amazon Linux.
    Rpm,
    /// pip and what installs like it.
    Python,
    /// npm and what installs like it.
    Node,
    /// A module inside a Go program.
    Go,
    /// A crate inside a Rust program that was built with `cargo auditable`.
    Rust,
    /// A Java archive.
    Java,
}

impl PackageKind {
    /// Its type in a package URL. Source: the PURL types of ECMA-427.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Apk => "apk",
            Self::Rpm => "rpm",
            Self::Python => "pypi",
            Self::Node => "npm",
            Self::Go => "golang",
            Self::Rust => "cargo",
            Self::Java => "maven",
        }
    }

    /// Whether it is a package of the distribution.
    pub fn is_system(self) -> bool {
        matches!(self, Self::Deb | Self::Apk | Self::Rpm)
    }
}

/// A package.
#[derive(Clone, Debug)]
pub struct Package {
    /// Who manages it.
    pub kind: PackageKind,
    /// Its name. With [`PackageKind::Java`] it is `GROUP:NAME` where the group is known.
    pub name: String,
    /// Its version, in the manager's own form: `EPOCH:VERSION-RELEASE` where there are such parts.
    pub version: String,
    /// The processor that it is for, in the manager's own words.
    pub architecture: Option<String>,
    /// The source package that it is built from, if it is called otherwise, and that one's version.
    pub source: Option<(String, String)>,
    /// Its licence, as it says itself.
    pub license: Option<String>,
    /// The section of its archive, such as `libdevel`. Only Debian has them.
    pub section: Option<String>,
    /// What it needs: of each need, the names that fill it.
    pub depends: Vec<Vec<String>>,
    /// What is installed with it unless someone says otherwise, in the same form.
    pub recommends: Vec<Vec<String>>,
    /// Other names that it fills a need under.
    pub provides: Vec<String>,
    /// Whether it came only because another needs it; `None` where nobody keeps track.
    pub is_automatic: Option<bool>,
    /// Whether the system cannot be without it.
    pub is_essential: bool,
    /// The file that says it is there.
    pub location: String,
    /// The layer that has its files as they are now: that which installed or upgraded it.
    pub layer: Option<u16>,
    /// Its files as far as they are in the image. Directories belong to nobody.
    pub files: Vec<NodeId>,
    /// Bytes of its files, each counted once.
    pub bytes: u64,
    /// The package of the distribution that has this one of a language among its files.
    pub within: Option<usize>,
    /// Whether the file that tells of it is this one's, among others that are inside.
    is_main: bool,
    /// Paths of its files, from the image's root, as its manager lists them.
    listed: Vec<String>,
}

impl Package {
    /// A package of which no more is known.
    pub(crate) fn new(kind: PackageKind, name: &str, version: &str, location: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            version: version.to_owned(),
            architecture: None,
            source: None,
            license: None,
            section: None,
            depends: Vec::new(),
            recommends: Vec::new(),
            provides: Vec::new(),
            is_automatic: None,
            is_essential: false,
            location: location.to_owned(),
            layer: None,
            files: Vec::new(),
            bytes: 0,
            within: None,
            is_main: false,
            listed: Vec::new(),
        }
    }
}

/// Whether a file is part of a package database that is read as a whole, with others.
pub(crate) fn is_database(path: &str) -> bool {
    dpkg::is_database(path) || apk::is_database(path) || python::is_record(path)
}

/// A kind of file that tells by itself which packages there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Teller {
    /// A database of RPM.
    Rpm,
    /// What a Python package says of itself.
    Python,
    /// `package.json` below `node_modules`.
    Node,
    /// A program.
    Program,
    /// A Java archive.
    Java,
}

/// Bytes of a file that is read to know its packages.
const MAX_DATABASE: u64 = 128 << 20;
const MAX_TEXT: u64 = 1 << 20;
const MAX_PROGRAM: u64 = 64 << 20;

/// What a file tells by itself, going by its path, size and mode.
pub(crate) fn teller(path: &str, size: u64, mode: u16) -> Option<Teller> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if rpm::is_database(path) {
        return Some(Teller::Rpm);
    }
    if python::is_metadata(path) {
        return Some(Teller::Python);
    }
    if node::is_manifest(path) {
        return Some(Teller::Node);
    }
    if java::is_archive(name) {
        return Some(Teller::Java);
    }
    let is_program = mode & 0o111 != 0 && !name.contains(".so");
    (is_program && size >= elf::SMALLEST).then_some(Teller::Program)
}

impl Teller {
    /// The packages that a file tells of; `None` if it is too large to be read.
    pub(crate) fn packages(
        self,
        path: &str,
        size: u64,
        contents: &mut dyn Read,
    ) -> io::Result<Option<Vec<Package>>> {
        let limit = match self {
            Self::Rpm => MAX_DATABASE,
            Self::Python | Self::Node => MAX_TEXT,
            Self::Program | Self::Java => MAX_PROGRAM,
        };
        if self == Self::Program {
            let mut head = [0; elf::MAGIC.len()];
            contents.read_exact(&mut head)?;
            if head != elf::MAGIC {
                return Ok(Some(Vec::new()));
            }
            if size > limit {
                return go::search(path, contents).map(Some);
            }
            let bytes = all(&head, size, contents)?;
            let mut packages = go::packages(path, &bytes);
            packages.append(&mut rust::packages(path, &bytes));
            return Ok(Some(packages));
        }
        if size > limit {
            return Ok(None);
        }
        let bytes = all(&[], size, contents)?;
        Ok(Some(match self {
            Self::Rpm => rpm::packages(path, &bytes),
            Self::Python => python::package(path, &bytes).into_iter().collect(),
            Self::Node => node::package(path, &bytes).into_iter().collect(),
            Self::Java => java::packages(path, &bytes),
            Self::Program => Vec::new(),
        }))
    }
}

fn all(head: &[u8], size: u64, contents: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    bytes.extend_from_slice(head);
    contents.read_to_end(&mut bytes)?;
    Ok(bytes)
}
