//! What the forms say alike.

use std::cmp::Reverse;

use dockwright_image::diff::{
    Applied, Aspect, ConfigChange, Diff, File, FileChange, PackageChange, Totals,
};
use dockwright_image::{Kind, Verdict};

use super::super::words::short;
use crate::escape::visible_line;
use crate::units::size;

/// Characters of a value, a version or a link.
const MAX_VALUE: usize = 60;

/// Something that differs.
pub(super) struct Row {
    /// `+`, `-` or `~`.
    pub(super) sign: char,
    /// What it is.
    pub(super) name: String,
    /// How it differs.
    pub(super) how: String,
    /// Bytes before and after.
    pub(super) bytes: (u64, u64),
}

/// The verdict with its reasons, in one line.
pub(super) fn verdict(diff: &Diff) -> String {
    let count = |count: usize, one: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {one}s")),
    };
    let parts = [
        count(diff.config.len(), "setting"),
        count(diff.packages.len(), "package"),
        count(diff.files.len(), "path"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let is_one = diff.config.len() + diff.packages.len() + diff.files.len() == 1;
    let differ = if is_one { "differs" } else { "differ" };
    let parts = match parts.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        parts => parts.concat(),
    };
    let why = match diff.verdict {
        Verdict::Identical => "both are one image".to_owned(),
        Verdict::Equal => "only times, layers and known noise differ".to_owned(),
        Verdict::OnlySmaller => format!("{parts} went or shrank, and all else is as it was"),
        Verdict::EqualPackages | Verdict::Different => format!("{parts} {differ}"),
    };
    format!("{}: {why}", diff.verdict.label())
}

/// What differs of the images as wholes: name, before, after, by how much.
pub(super) fn totals(diff: &Diff) -> Vec<[String; 4]> {
    let bytes = |name: &str, of: fn(&Totals) -> u64| {
        let (before, after) = (of(&diff.before), of(&diff.after));
        [
            name.to_owned(),
            size(before),
            size(after),
            growth(before, after),
        ]
    };
    let number = |name: &str, of: fn(&Totals) -> usize| {
        let (before, after) = (of(&diff.before), of(&diff.after));
        let by = match after.cmp(&before) {
            std::cmp::Ordering::Greater => format!("+{}", after - before),
            std::cmp::Ordering::Less => format!("-{}", before - after),
            std::cmp::Ordering::Equal => "=".to_owned(),
        };
        [name.to_owned(), before.to_string(), after.to_string(), by]
    };
    vec![
        bytes("unpacked", |it| it.unpacked),
        bytes("visible", |it| it.visible),
        bytes("stored", |it| it.stored),
        number("files", |it| it.files),
        number("packages", |it| it.packages),
        number("layers", |it| it.layers),
    ]
}

/// `3 of 4 layers shared; the other has 1.2 kB as stored`.
pub(super) fn sharing(diff: &Diff) -> String {
    let (shared, all) = (diff.shared_layers, diff.after.layers);
    match all - shared.min(all) {
        0 => "all layers of the later image are in the earlier one".to_owned(),
        others => {
            let them = if others == 1 {
                "the other has"
            } else {
                "the others have"
            };
            let stored = size(diff.new_stored);
            format!("{shared} of {all} layers shared; {them} {stored} as stored")
        }
    }
}

/// `+12.0 kB`, `-1 B` or `=`.
pub(super) fn growth(before: u64, after: u64) -> String {
    match after.cmp(&before) {
        std::cmp::Ordering::Greater => format!("+{}", size(after - before)),
        std::cmp::Ordering::Less => format!("-{}", size(before - after)),
        std::cmp::Ordering::Equal => "=".to_owned(),
    }
}

/// Settings that differ.
pub(super) fn settings(changes: &[ConfigChange]) -> Vec<Row> {
    let row = |change: &ConfigChange| {
        let value = |value: &String| match value.as_str() {
            "" => "an empty text".to_owned(),
            value => short(value, MAX_VALUE),
        };
        // Values of variables are not shown; a port or a volume has none.
        let is_shown = !matches!(change.key, "ENV" | "EXPOSE" | "VOLUME");
        let how = match (&change.before, &change.after) {
            (Some(before), Some(after)) if is_shown => {
                format!("{} → {}", value(before), value(after))
            }
            (Some(_), Some(_)) => "another value".to_owned(),
            (Some(only), None) | (None, Some(only)) if is_shown => value(only),
            _ => String::new(),
        };
        let name = format!("{} {}", change.key, change.name);
        Row {
            sign: sign(change.before.is_some(), change.after.is_some()),
            name: short(name.trim_end(), MAX_VALUE),
            how,
            bytes: (0, 0),
        }
    };
    changes.iter().map(row).collect()
}

/// Packages that differ, the largest difference first.
pub(super) fn packages(changes: &[PackageChange]) -> Vec<Row> {
    let versions = |versions: &[String]| short(&versions.join(", "), MAX_VALUE);
    let row = |change: &PackageChange| {
        let (before, after) = (versions(&change.before), versions(&change.after));
        let is_there = (!change.before.is_empty(), !change.after.is_empty());
        Row {
            sign: sign(is_there.0, is_there.1),
            name: short(&change.name, MAX_VALUE),
            how: match is_there {
                (true, true) => format!("{before} → {after}"),
                _ => format!("{before}{after}"),
            },
            bytes: change.bytes,
        }
    };
    largest_first(changes.iter().map(row).collect())
}

/// Files that differ, the largest difference first, and how many are left out because they are of
/// packages that differ. A directory that came or went is one row with all that is in it.
pub(super) fn files(changes: &[FileChange]) -> (Vec<Row>, usize) {
    let mut rows = Vec::new();
    let mut left_out = 0;
    let mut rest = changes;
    while let Some((change, following)) = rest.split_first() {
        let inside = inside(change, following);
        rest = following.get(inside..).unwrap_or_default();
        let inside = following.get(..inside).unwrap_or_default();
        let told: Vec<&FileChange> = std::iter::once(change)
            .chain(inside)
            .filter(|change| !change.of_changed_package)
            .collect();
        let of_packages = 1 + inside.len() - told.len();
        left_out += of_packages;
        let is_told = |it: &&FileChange| bytes_of(it).is_some();
        // Directories are of no package: those that came with one are no news.
        if told.is_empty() || (of_packages > 0 && !told.iter().any(is_told)) {
            left_out += told.len();
            continue;
        }
        rows.push(file_row(change, &told));
    }
    (largest_first(rows), left_out)
}

/// How many of the changes that follow one are in a directory that came or went with it.
fn inside(change: &FileChange, following: &[FileChange]) -> usize {
    let Some(only) = change.before.as_ref().xor(change.after.as_ref()) else {
        return 0;
    };
    if only.kind != Kind::Directory {
        return 0;
    }
    let is_inside = |it: &&FileChange| {
        let rest = it.path.strip_prefix(&change.path);
        rest.is_some_and(|rest| rest.starts_with('/'))
    };
    following.iter().take_while(is_inside).count()
}

/// Bytes before and after, of what is no directory.
fn bytes_of(change: &FileChange) -> Option<(u64, u64)> {
    let bytes = |file: &Option<File>| match file {
        Some(file) if file.kind != Kind::Directory => Some(file.bytes),
        _ => None,
    };
    let (before, after) = (bytes(&change.before), bytes(&change.after));
    (before.is_some() || after.is_some()).then(|| (before.unwrap_or(0), after.unwrap_or(0)))
}

fn file_row(change: &FileChange, told: &[&FileChange]) -> Row {
    let files: Vec<(u64, u64)> = told.iter().filter_map(|it| bytes_of(it)).collect();
    let bytes = files
        .iter()
        .fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    let path = short(&change.path, 200);
    let only = match (&change.before, &change.after) {
        (Some(before), Some(after)) => {
            return Row {
                sign: '~',
                name: path,
                how: how(change, before, after),
                bytes,
            };
        }
        (only, None) | (None, only) => only.as_ref(),
    };
    let is_directory = only.is_some_and(|file| file.kind == Kind::Directory);
    let (slash, how) = match (is_directory, files.len()) {
        (false, _) => ("", only.map_or_else(String::new, link)),
        (true, 0) => ("/", "empty".to_owned()),
        (true, 1) => ("/", "1 file".to_owned()),
        (true, count) => ("/", format!("{count} files")),
    };
    Row {
        sign: sign(change.before.is_some(), change.after.is_some()),
        name: format!("{path}{slash}"),
        how,
        bytes,
    }
}

fn link(file: &File) -> String {
    match file.link.as_str() {
        "" => String::new(),
        link => format!("link to {}", short(link, MAX_VALUE)),
    }
}

/// `contents, mode 644 → 755`.
fn how(change: &FileChange, before: &File, after: &File) -> String {
    let attributes = |file: &File| match file.xattrs.as_slice() {
        [] => "none".to_owned(),
        names => short(&names.join(" "), MAX_VALUE),
    };
    let aspect = |aspect: &Aspect| match aspect {
        Aspect::Contents if change.is_fewer => "fewer entries".to_owned(),
        Aspect::Contents => "contents".to_owned(),
        Aspect::Kind => format!("{} → {}", kind(before.kind), kind(after.kind)),
        Aspect::Link => format!(
            "link to {} → {}",
            short(&before.link, MAX_VALUE),
            short(&after.link, MAX_VALUE)
        ),
        Aspect::Mode => format!("mode {:o} → {:o}", before.mode, after.mode),
        Aspect::Owner => format!(
            "owner {}:{} → {}:{}",
            before.uid, before.gid, after.uid, after.gid
        ),
        Aspect::Xattrs => format!("attributes {} → {}", attributes(before), attributes(after)),
    };
    let aspects: Vec<String> = change.aspects.iter().map(aspect).collect();
    aspects.join(", ")
}

/// What a file is, in a word or two.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::File | Kind::HardLink => "file",
        Kind::SymbolicLink => "link",
        Kind::CharacterDevice => "character device",
        Kind::BlockDevice => "block device",
        Kind::Directory => "directory",
        Kind::Fifo => "pipe",
        Kind::Whiteout | Kind::Opaque => "deletion",
    }
}

/// What a normaliser was applied to: `/var/log/dpkg.log and 3 more`.
pub(super) fn places(applied: &Applied, most: usize) -> String {
    let named: Vec<String> = applied
        .places
        .iter()
        .take(most)
        .map(|place| visible_line(place).into_owned())
        .collect();
    let more = match applied.count - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", named.join(", "))
}

/// `2 added, 1 removed, 3 changed`, as far as there are such.
pub(super) fn counts(rows: &[Row]) -> String {
    let counts =
        [('+', "added"), ('-', "removed"), ('~', "changed")].map(|(sign, what)| {
            match rows.iter().filter(|row| row.sign == sign).count() {
                0 => None,
                count => Some(format!("{count} {what}")),
            }
        });
    counts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn sign(before: bool, after: bool) -> char {
    match (before, after) {
        (true, true) => '~',
        (true, false) => '-',
        (false, _) => '+',
    }
}

fn largest_first(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_key(|row| Reverse(row.bytes.0.abs_diff(row.bytes.1)));
    rows
}
