//! How much of an image is taken in: enough for any that is meant to run, and little enough that
//! a hostile one costs no more than its own size.

/// Layers of an image. The engines' own limit is 127.
pub(crate) const MAX_LAYERS: usize = 1024;

/// Entries of a layer.
pub(crate) const MAX_ENTRIES: usize = 4_000_000;

/// Bytes of the names in a layer.
pub(crate) const MAX_NAMES: usize = 512 << 20;

/// Bytes of one path: `PATH_MAX` of Linux.
pub(crate) const MAX_PATH: usize = 4096;

/// Bytes of what precedes a member of an archive: its long names and extended attributes. The
/// archive reader that the engines use has the same limit.
pub(crate) const MAX_EXTENSION: u64 = 1 << 20;

/// Pieces of a sparse file.
pub(crate) const MAX_PIECES: usize = 1 << 16;

/// Bytes of a manifest, an index or a configuration.
pub(crate) const MAX_DOCUMENT: u64 = 8 << 20;

/// Manifests of an index.
pub(crate) const MAX_MANIFESTS: usize = 1024;

/// Indexes inside indexes.
pub(crate) const MAX_NESTING: usize = 4;

/// Members of an archive of an image.
pub(crate) const MAX_MEMBERS: usize = 65_536;

/// Links that are followed on the way to one file: as many as Linux follows.
pub(crate) const MAX_LINKS: usize = 40;

/// Unpacked bytes of a layer, unless told otherwise.
pub(crate) const MAX_UNPACKED: u64 = 128 << 30;

/// Bytes of the contents that are kept of one layer: package databases and such.
pub(crate) const MAX_KEPT: usize = 96 << 20;
