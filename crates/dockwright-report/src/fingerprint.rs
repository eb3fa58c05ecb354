//! Names for findings that stay the same from run to run.

use std::collections::HashMap;

use dockwright_audit::Finding;
use dockwright_environment::{Documents, Location};

use crate::place::trimmed;

/// Names for findings that survive edits elsewhere in the file: rule, path and the text of the
/// line without its spaces. Findings that are equal in these are numbered.
#[derive(Default)]
pub(crate) struct Fingerprints {
    seen: HashMap<u64, usize>,
}

impl Fingerprints {
    /// The name of the next finding.
    pub(crate) fn next(&mut self, documents: &Documents, finding: &Finding) -> String {
        let location = trimmed(documents, finding.location);
        let path = documents.get(location.document).path.as_str();
        let line = line_text(documents, location).split_whitespace();
        let parts = [finding.rule.name, path].into_iter().chain(line);
        let hash = fnv1a(parts.flat_map(|part| part.bytes().chain([0])));
        let number = self.seen.entry(hash).or_default();
        *number += 1;
        format!("{hash:016x}:{number}")
    }
}

fn line_text(documents: &Documents, location: Location) -> &str {
    let document = documents.get(location.document);
    let lines = document.lines();
    lines
        .line_span(&document.text, lines.line(location.span.start))
        .map_or("", |span| span.of(&document.text))
}

/// The 64-bit FNV-1a hash: small, and the same on every machine and in every version.
fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
