//! Variables that may hold a secret.

use std::sync::LazyLock;

use dockwright_environment::Value;
use serde::Deserialize;

use crate::secret_values::known_form;
use crate::secrets;

/// What shows that a variable holds a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// The value is one by its form.
    Value,
    /// The name speaks of one, and the value may be one.
    Name,
    /// The name alone: the value, or the rest of the name, says that it is none.
    NameAlone,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Words of a name that speak of a secret.
    secret: Vec<String>,
    /// Words of a name that speak of something public.
    public: Vec<String>,
    /// Words of a name that speak of something about a secret.
    about: Vec<String>,
    /// Words of a name whose key is checked, not kept.
    verified: Vec<String>,
}

fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        toml::from_str(include_str!("../data/secret-names.toml")).unwrap_or_default()
    });
    &TABLE
}

/// What shows that a variable holds a secret; `None` when nothing does. A variable without a value
/// is one that whoever builds gives.
pub(crate) fn evidence(name: &str, value: Option<&Value>) -> Option<Evidence> {
    let text = value.map_or("", |value| value.text.trim());
    if is_secret(text) {
        return Some(Evidence::Value);
    }
    let words = words(name);
    let has = |list: &[String]| words.iter().any(|word| list.contains(word));
    let table = table();
    if !has(&table.secret) || has(&table.public) {
        return None;
    }
    let is_known = value.is_some_and(Value::is_known);
    let is_none = has(&table.about)
        || is_known
            && (is_harmless(text) || has(&table.verified) && text.split_whitespace().all(is_hash));
    Some(if is_none {
        Evidence::NameAlone
    } else {
        Evidence::Name
    })
}

/// The words of a name, in lower case: `ADMIN_PASSWORD`, `adminPassword`.
fn words(name: &str) -> Vec<String> {
    let mut spaced = String::new();
    let mut before = ' ';
    for letter in name.chars() {
        if before.is_lowercase() && letter.is_uppercase() {
            spaced.push('_');
        }
        spaced.push(letter);
        before = letter;
    }
    spaced.split('_').map(str::to_lowercase).collect()
}

/// Whether capital letters begin words of a name, which BuildKit does not see.
pub(crate) fn is_camel_case(name: &str) -> bool {
    words(name).len() > name.split('_').count()
}

/// Whether a text is a secret whatever it is called.
fn is_secret(text: &str) -> bool {
    known_form(text).is_some()
        || secrets::holds_private_key(text)
        || secrets::has_password_in_url(text)
}

/// Whether a value under the name of a secret is none: empty, a switch, a number, a path, a URL, the
/// name of a file, or a word that stands for a value.
fn is_harmless(text: &str) -> bool {
    let lower = text.to_lowercase();
    let extension = text.rsplit_once('.').map_or("", |(_, extension)| extension);
    text.is_empty()
        || matches!(
            lower.as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "basic"
        )
        || text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() < 4
        || text.starts_with(['/', '.', '~', '<', '%', '{'])
        || text.contains("://")
        || matches!(
            extension,
            "asc" | "crt" | "gpg" | "json" | "key" | "pem" | "pub" | "txt" | "yaml" | "yml"
        )
        || [
            "dummy",
            "placeholder",
            "fake",
            "example",
            "unused",
            "none",
            "null",
        ]
        .iter()
        .any(|word| lower.contains(word))
}

/// Whether a word is a fingerprint or the id of a key: hexadecimal, and as long as one.
fn is_hash(word: &str) -> bool {
    let digits = word.strip_prefix("0x").unwrap_or(word);
    matches!(digits.len(), 8 | 16 | 32 | 40 | 64)
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        assert!(table().secret.iter().any(|word| word == "token"));
    }

    #[test]
    fn names_have_words_in_either_style() {
        assert_eq!(words("ADMIN_PASSWORD"), ["admin", "password"]);
        assert_eq!(words("app_adminPassword2"), ["app", "admin", "password2"]);
        assert!(is_camel_case("adminPassword") && !is_camel_case("admin_Password"));
    }

    #[test]
    fn forms_of_tokens_are_known() {
        let token = format!("ghp_{}", "a1B2c3D4e5F6".repeat(3));
        assert!(is_secret(&token));
        assert!(is_secret("-----BEGIN RSA PRIVATE KEY-----\\nMII"));
        assert!(!is_secret("ghp_${TOKEN}"));
        assert!(!is_secret("https://example.com/path@2"));
    }
}
