//! Which archives `ADD` unpacks.

/// Endings of names of tar archives in a compression that `ADD` knows: none, gzip, bzip2, xz and
/// zstd. Source: Dockerfile reference, `ADD`; the endings are those that GNU tar's manual lists.
const TAR: [&str; 13] = [
    ".tar", ".tar.gz", ".tgz", ".taz", ".tar.bz2", ".tbz", ".tbz2", ".tb2", ".tz2", ".tar.xz",
    ".txz", ".tar.zst", ".tzst",
];

/// Whether a file of this name is a tar archive that `ADD` unpacks.
pub(crate) fn is_tar(name: &str) -> bool {
    let name = name.trim_end_matches(['"', '\'']).to_ascii_lowercase();
    TAR.iter().any(|ending| name.ends_with(ending))
}

/// Whether a name may be that of an archive or of a compressed file, whatever `ADD` makes of it.
pub(crate) fn may_be_compressed(name: &str) -> bool {
    const OTHERS: [&str; 8] = [".gz", ".bz2", ".xz", ".z", ".lzma", ".lz", ".tlz", ".zst"];
    let name = name.trim_end_matches(['"', '\'']).to_ascii_lowercase();
    is_tar(&name) || name.contains(".tar*") || OTHERS.iter().any(|ending| name.ends_with(ending))
}
