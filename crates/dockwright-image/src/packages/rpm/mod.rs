//! RPM's databases: `SQLite` (Fedora 33, RHEL 9 and later), ndb (SUSE), and Berkeley DB (before).
//!
//! Each has the headers of the packages that are installed. Sources: the RPM documentation
//! ("Package format", "Tags") and, for ndb, `lib/backend/ndb` of RPM.

mod bdb;
mod header;
mod ndb;
mod sqlite;

use super::Package;

/// Files that are a database, in the two places where distributions have them.
const FOLDERS: [&str; 3] = ["var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/rpm/"];
const NAMES: [&str; 3] = ["rpmdb.sqlite", "Packages.db", "Packages"];

/// Packages of a database.
const MAX_PACKAGES: usize = 100_000;

/// Bytes of a package's header.
const MAX_HEADER: usize = 32 << 20;

/// What stands for a key that was given to check packages with.
const KEY: &str = "gpg-pubkey";

/// Whether a file is a database.
pub(super) fn is_database(path: &str) -> bool {
    let name = FOLDERS.iter().find_map(|folder| path.strip_prefix(folder));
    name.is_some_and(|name| NAMES.contains(&name))
}

/// The packages of a database, whichever kind it is.
pub(super) fn packages(path: &str, database: &[u8]) -> Vec<Package> {
    let headers = sqlite::headers(database)
        .or_else(|| ndb::headers(database))
        .or_else(|| bdb::headers(database));
    let packages = headers.unwrap_or_default().into_iter().take(MAX_PACKAGES);
    let packages = packages.filter_map(|header| header::package(path, &header));
    packages.filter(|package| package.name != KEY).collect()
}
