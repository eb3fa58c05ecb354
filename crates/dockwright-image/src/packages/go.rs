//! What Go programs say of the modules in them: since Go 1.18, where it is text.
//!
//! Source: the package `debug/buildinfo` of Go, and `runtime/debug.BuildInfo`.

use std::io::{self, Read};

use memchr::memmem;

use super::{Package, PackageKind, elf};

const SECTION: &str = ".go.buildinfo";
const MAGIC: &[u8] = b"\xff Go buildinf:";

/// The bit that says that texts follow, instead of pointers to them.
const IS_INLINE: u8 = 2;

/// Where the texts begin.
const HEADER: usize = 32;

/// Bytes before and after the list of modules.
const FRAME: usize = 16;

/// Bytes of the list of modules.
const MAX_LIST: usize = 4 << 20;

/// The modules of a program.
pub(super) fn packages(path: &str, program: &[u8]) -> Vec<Package> {
    let section = elf::section(program, SECTION);
    section
        .and_then(|section| read(path, section))
        .unwrap_or_default()
}

/// The modules of a program that is too large to be held, by what their list begins with.
pub(super) fn search(path: &str, program: &mut dyn Read) -> io::Result<Vec<Package>> {
    let mut window = Vec::with_capacity(2 * MAX_LIST);
    let mut is_end = false;
    while !is_end {
        let wanted = (2 * MAX_LIST).saturating_sub(window.len());
        is_end = program.take(wanted as u64).read_to_end(&mut window)? < wanted;
        let mut from = 0;
        while let Some(place) = memmem::find(window.get(from..).unwrap_or_default(), MAGIC) {
            let start = from + place;
            if !is_end && window.len() - start < MAX_LIST {
                break;
            }
            if let Some(packages) = window.get(start..).and_then(|it| read(path, it)) {
                return Ok(packages);
            }
            from = start + 1;
        }
        // What begins near the end may go on after it.
        let rest =
            memmem::find(window.get(from..).unwrap_or_default(), MAGIC).map(|place| from + place);
        let kept = rest.unwrap_or(window.len().saturating_sub(MAGIC.len()));
        window.drain(..kept);
    }
    Ok(Vec::new())
}

fn read(path: &str, info: &[u8]) -> Option<Vec<Package>> {
    let flags = info.strip_prefix(MAGIC)?.get(1)?;
    if flags & IS_INLINE == 0 {
        return None;
    }
    let (version, rest) = text(info.get(HEADER..)?)?;
    let (list, _) = text(rest)?;
    let version = str::from_utf8(version).ok()?;
    if !version.starts_with("go") && !version.starts_with("devel") {
        return None;
    }
    let list = list
        .get(FRAME..list.len().checked_sub(FRAME)?)
        .unwrap_or_default();
    let list = String::from_utf8_lossy(list);
    let mut packages: Vec<Package> = Vec::new();
    for line in list.lines() {
        let mut columns = line.split('\t');
        match (columns.next(), columns.next(), columns.next()) {
            (Some(word @ ("mod" | "dep")), Some(name), Some(version)) => {
                let mut package = Package::new(PackageKind::Go, name, version, path);
                package.is_main = word == "mod";
                packages.push(package);
            }
            // The module before is replaced by this one.
            (Some("=>"), Some(name), Some(version)) => {
                packages.pop();
                packages.push(Package::new(PackageKind::Go, name, version, path));
            }
            _ => {}
        }
    }
    let standard = version
        .split(' ')
        .next()
        .unwrap_or_default()
        .trim_start_matches("go");
    packages.push(Package::new(PackageKind::Go, "stdlib", standard, path));
    Some(packages)
}

/// A text after its length, and what follows it.
fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0_usize;
    for (index, byte) in bytes.iter().enumerate().take(5) {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let rest = bytes.get(index + 1..)?;
            return (length <= MAX_LIST).then(|| rest.split_at_checked(length))?;
        }
    }
    None
}
