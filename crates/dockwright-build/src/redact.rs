//! Keeping credentials out of what is printed.

use std::sync::OnceLock;

use dockwright_environment::CallerVariables;
use serde::Deserialize;

use crate::Plan;

/// What stands for a credential.
const HIDDEN: &str = "***";

/// `data/credentials.toml`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    words: Vec<String>,
    public: Vec<String>,
}

fn credentials() -> Option<&'static Credentials> {
    static CREDENTIALS: OnceLock<Option<Credentials>> = OnceLock::new();
    let read = || toml::from_str(include_str!("../data/credentials.toml")).ok();
    CREDENTIALS.get_or_init(read).as_ref()
}

/// Whether a variable holds a credential, by the words of its name.
fn is_credential(name: &str) -> bool {
    let Some(credentials) = credentials() else {
        return true;
    };
    let name = name.to_lowercase();
    let words: Vec<&str> = name.split(|it: char| !it.is_ascii_alphanumeric()).collect();
    let has = |list: &[String]| list.iter().any(|word| words.contains(&word.as_str()));
    has(&credentials.words) && !has(&credentials.public)
}

impl Plan {
    /// The plan as it may be printed: credentials of the caller's environment, and build arguments
    /// that are called like credentials, are `***`.
    #[must_use]
    pub fn redacted(&self, caller: &CallerVariables) -> Self {
        let values: Vec<&str> = caller
            .iter()
            .filter(|(name, value)| is_credential(name) && !value.is_empty())
            .map(|(_, value)| value)
            .collect();
        let hide = |name: &str, text: &mut String| {
            if is_credential(name) && !text.is_empty() {
                HIDDEN.clone_into(text);
            }
            for value in &values {
                if text.contains(value) {
                    *text = text.replace(value, HIDDEN);
                }
            }
        };
        let mut plan = self.clone();
        for target in &mut plan.targets {
            let bake = &mut target.bake;
            for (name, value) in &mut bake.args {
                if let Some(value) = value {
                    hide(name, value);
                }
            }
            for (name, value) in &mut bake.labels {
                hide(name, value);
            }
            for value in bake.contexts.values_mut().chain([&mut bake.context]) {
                hide("", value);
            }
        }
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Target;

    #[test]
    fn credentials_are_known_by_the_words_of_their_names() {
        for name in [
            "GITHUB_TOKEN",
            "npm_token",
            "DB_PASSWORD",
            "AWS_SECRET_ACCESS_KEY",
            "API-KEY",
        ] {
            assert!(is_credential(name), "{name}");
        }
        for name in [
            "MONKEY",
            "TOKENIZER",
            "PUBLIC_KEY",
            "SECRET_FILE",
            "VERSION",
            "KEYBOARD",
        ] {
            assert!(!is_credential(name), "{name}");
        }
    }

    #[test]
    fn what_is_printed_holds_no_credential() {
        let caller = [("GITHUB_TOKEN", "canary"), ("VERSION", "1.0")];
        let caller = caller.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut target = Target::default();
        let args = [
            ("GITHUB_TOKEN", "canary"),
            ("URL", "https://canary@example.org"),
            ("VERSION", "1.0"),
        ];
        for (name, value) in args {
            target
                .bake
                .args
                .insert(name.to_owned(), Some(value.to_owned()));
        }
        let plan = Plan {
            targets: vec![target],
            groups: Vec::new(),
        };
        let redacted = plan.redacted(&caller.into_iter().collect());
        let args: Vec<_> = redacted.targets[0].bake.args.values().flatten().collect();
        assert_eq!(args, ["***", "https://***@example.org", "1.0"]);
    }
}
