//! The short form of a mount: `[SOURCE:]TARGET[:OPTIONS]`.

use std::ops::Range;

/// A short mount, cut into its parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ShortMount {
    pub(super) source: Option<Range<usize>>,
    pub(super) target: Range<usize>,
    pub(super) read_only: bool,
    pub(super) no_copy: bool,
    pub(super) propagation: Option<&'static str>,
    pub(super) selinux: Option<&'static str>,
    /// Whether the source is a path of the host, not the name of a volume.
    pub(super) is_bind: bool,
}

/// Where a short mount is mounted.
pub(super) fn target(text: &str) -> Option<&str> {
    text.get(parse(text).ok()?.target)
}

const PROPAGATIONS: [&str; 6] = [
    "rprivate", "private", "rshared", "shared", "rslave", "slave",
];

/// Cuts a short mount.
pub(super) fn parse(text: &str) -> Result<ShortMount, &'static str> {
    let mut mount = ShortMount {
        source: None,
        target: 0..text.len(),
        read_only: false,
        no_copy: false,
        propagation: None,
        selinux: None,
        is_bind: false,
    };
    match text.len() {
        0 => return Err("a mount cannot be empty"),
        1 | 2 => return Ok(mount),
        _ => {}
    }
    let sections = sections(text);
    if sections.iter().any(Range::is_empty) {
        return Err("there is nothing between two colons of this mount");
    }
    let options = match sections.as_slice() {
        [target] => {
            mount.target = target.clone();
            None
        }
        [source, target] => {
            mount.source = Some(source.clone());
            mount.target = target.clone();
            None
        }
        [source, target, options] => {
            mount.source = Some(source.clone());
            mount.target = target.clone();
            text.get(options.clone())
        }
        _ => return Err("this mount has too many colons"),
    };
    for option in options.unwrap_or_default().split(',') {
        match option {
            "ro" => mount.read_only = true,
            "rw" => mount.read_only = false,
            "nocopy" => mount.no_copy = true,
            "z" => mount.selinux = Some("z"),
            "Z" => mount.selinux = Some("Z"),
            option => {
                let known = PROPAGATIONS.iter().find(|known| **known == option);
                mount.propagation = known.copied().or(mount.propagation);
            }
        }
    }
    let source = mount.source.clone().and_then(|source| text.get(source));
    mount.is_bind = source.is_some_and(is_path);
    Ok(mount)
}

/// The parts between colons, except the colon of a Windows drive and those in `${…}`.
fn sections(text: &str) -> Vec<Range<usize>> {
    let mut sections = Vec::new();
    let mut start = 0;
    let mut braces = 0_usize;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '$' if chars.peek().is_some_and(|(_, next)| *next == '{') => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            ':' if braces == 0 => {
                let section = text.get(start..at).unwrap_or_default();
                if !is_drive(section) {
                    sections.push(start..at);
                    start = at + 1;
                }
            }
            _ => {}
        }
    }
    sections.push(start..text.len());
    sections
}

fn is_drive(section: &str) -> bool {
    let mut chars = section.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
}

fn is_path(source: &str) -> bool {
    let mut chars = source.chars();
    let drive = chars.next().is_some_and(char::is_alphabetic) && chars.next() == Some(':');
    source.starts_with(['.', '/', '~']) || source.starts_with("\\\\") || drive
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> String {
        match parse(text) {
            Err(error) => error.to_owned(),
            Ok(mount) => {
                let source = mount.source.map_or("-", |source| &text[source]);
                let kind = if mount.is_bind { "bind" } else { "volume" };
                let only = if mount.read_only { " ro" } else { "" };
                format!("{kind} {source} {}{only}", &text[mount.target])
            }
        }
    }

    #[test]
    fn short_mounts_are_cut_at_colons() {
        for (text, expected) in [
            ("data:/var/lib", "volume data /var/lib"),
            ("/var/lib", "volume - /var/lib"),
            ("./a:/b:ro,z", "bind ./a /b ro"),
            ("~/x:/y", "bind ~/x /y"),
            ("C:\\a:D:\\b:ro", "bind C:\\a D:\\b ro"),
            (
                "aa::bb",
                "there is nothing between two colons of this mount",
            ),
            ("aa:bb:cc:dd", "this mount has too many colons"),
        ] {
            assert_eq!(cut(text), expected, "{text}");
        }
    }
}
