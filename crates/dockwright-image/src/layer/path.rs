//! Paths of entries, made safe.

use std::borrow::Cow;

/// The path of an entry from the root, without `.`, double slashes and slashes at its ends; why
/// there is none otherwise. No engine puts anything outside of the image's root, so a path that
/// leads there is refused.
pub(super) fn clean(path: &[u8]) -> Result<Cow<'_, str>, &'static str> {
    let mut parts = path.split(|byte| *byte == b'/');
    if path.contains(&0) {
        return Err("a path has a zero byte");
    }
    if parts.clone().any(|part| part == b"..") {
        return Err("a path leads out of the image by `..`");
    }
    let trimmed = path.strip_suffix(b"/").unwrap_or(path);
    let is_clean = !trimmed.is_empty()
        && trimmed
            .split(|byte| *byte == b'/')
            .all(|part| !matches!(part, b"" | b"."));
    if is_clean {
        return Ok(text(trimmed));
    }
    let mut cleaned = Vec::with_capacity(path.len());
    for part in parts.by_ref().filter(|part| !matches!(*part, b"" | b".")) {
        if !cleaned.is_empty() {
            cleaned.push(b'/');
        }
        cleaned.extend_from_slice(part);
    }
    Ok(Cow::Owned(text(&cleaned).into_owned()))
}

/// Bytes as text; those that are none as `\xNN`.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().escape_ascii().map(char::from));
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_at_the_root() {
        let clean = |path: &str| clean(path.as_bytes()).map(Cow::into_owned);
        assert_eq!(clean("usr/bin/sh"), Ok("usr/bin/sh".to_owned()));
        assert_eq!(clean("./usr//bin/./sh/"), Ok("usr/bin/sh".to_owned()));
        assert_eq!(clean("/etc"), Ok("etc".to_owned()));
        assert_eq!(clean("./"), Ok(String::new()));
        assert!(clean("usr/../../etc").is_err());
        assert!(clean("a\0b").is_err());
    }

    #[test]
    fn bytes_that_are_no_text_stay_apart() {
        assert_eq!(text(b"caf\xe9"), r"caf\xe9");
        assert_ne!(text(b"a\xe9"), text(b"a\xe8"));
    }
}
