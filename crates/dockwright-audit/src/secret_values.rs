//! Which names and values are credentials.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::secrets;

/// A kind of token that its form gives away.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    /// What it is, with its article.
    what: String,
    prefixes: Vec<String>,
    /// Characters behind the prefix, at least.
    length: usize,
    #[serde(rename = "source")]
    _source: String,
}

fn tokens() -> &'static [Token] {
    #[derive(Deserialize)]
    struct Table {
        token: Vec<Token>,
    }
    static TOKENS: LazyLock<Vec<Token>> = LazyLock::new(|| {
        let table: Result<Table, _> = toml::from_str(include_str!("../data/token-forms.toml"));
        table.map(|table| table.token).unwrap_or_default()
    });
    &TOKENS
}

/// What a text holds, with its article, if a part of it has the form of a token and stands for none.
pub(crate) fn known_form(text: &str) -> Option<&'static str> {
    let is_part =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let mut parts = text.split(|letter| !is_part(letter));
    parts.find_map(|part| {
        let has_form = |token: &&Token| {
            let mut rests = token
                .prefixes
                .iter()
                .filter_map(|it| part.strip_prefix(&**it));
            rests.any(|rest| rest.len() >= token.length && looks_random(rest))
        };
        let token = tokens().iter().find(has_form)?;
        secrets::is_real(part).then_some(token.what.as_str())
    })
}

/// Whether the name of a variable speaks of a secret itself, not of its file, age or address.
pub(crate) fn is_secret_name(name: &str) -> bool {
    const PUBLIC: &[&str] = &["public", "pub", "fingerprint", "example", "url", "vite"];
    const KEYS: &[&str] = &["app_key", "encryption_key", "secret_key", "secret_key_base"];
    let name = name.to_lowercase();
    let speaks = secrets::speaks_of_secret(&name) || KEYS.iter().any(|key| name.ends_with(key));
    speaks && !name.split('_').any(|word| PUBLIC.contains(&word))
}

/// Whether nobody would type a value, or choose it as an example: long, of several kinds of letters,
/// without a repeating pattern. A fingerprint is all hexadecimal, and of a length of its own.
pub(crate) fn looks_random(value: &str) -> bool {
    let kinds = [
        value.bytes().any(|byte| byte.is_ascii_digit()),
        value.bytes().any(|byte| byte.is_ascii_lowercase()),
        value.bytes().any(|byte| byte.is_ascii_uppercase()),
    ];
    let kinds = kinds.iter().filter(|has| **has).count();
    let mut letters: Vec<u8> = value.bytes().collect();
    letters.sort_unstable();
    letters.dedup();
    value.len() >= 16 && kinds >= 2 && letters.len() >= 10
}

/// Whether a value of a secret's name is that secret: it looks like one, and stands for nothing else.
pub(crate) fn is_secret_value(value: &str) -> bool {
    secrets::is_real(value) && looks_random(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_tell() {
        assert!(tokens().len() > 10);
        assert_eq!(known_form("AKIAIOSFODNN7EXAMPLE"), None);
        let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0".repeat(2));
        assert_eq!(
            known_form(&format!("https://{token}@host")),
            Some("a token of GitHub")
        );
        assert_eq!(
            known_form("ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            None
        );
    }

    #[test]
    fn names_speak_of_secrets_or_of_something_about_them() {
        for name in [
            "GITHUB_TOKEN",
            "NPM_TOKEN",
            "DB_PASSWORD",
            "AWS_SECRET_ACCESS_KEY",
            "DJANGO_SECRET_KEY",
            "token",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "GPG_KEY",
            "TOKEN_URL",
            "PASSWORD_FILE",
            "PUBLIC_TOKEN",
            "NEXT_PUBLIC_TOKEN",
            "KEYS",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn values_that_people_type_are_none() {
        assert!(is_secret_value("f3a9c1e07b5d48261c"));
        for value in [
            "postgres",
            "changeme-please-1234",
            "abc",
            "aaaaaaaaaaaaaaaaaaaa1",
        ] {
            assert!(!is_secret_value(value), "{value}");
        }
    }
}
