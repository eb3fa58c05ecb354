//! What shows that a file holds credentials.

use dockwright_environment::context::BuildContext;
use dockwright_environment::tree::{Entry, EntryKind};
use dockwright_environment::{DocumentId, Environment, Location, TreePath};
use dockwright_syntax::Span;

use crate::secret_values::known_form;
use crate::tables::{self, Credential, Evidence, LocalKind};
use crate::{Confidence, reads};

/// Bytes of a file that is looked into.
const MAX_BYTES: u64 = 256 * 1024;

/// Directories whose files are for show.
const SHOW_DIRECTORIES: [&str; 14] = [
    "test",
    "tests",
    "testing",
    "spec",
    "specs",
    "__tests__",
    "e2e",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "docs",
    "doc",
];

/// Parts of a name that say that it is a pattern for others.
const SAMPLE_WORDS: [&str; 15] = [
    "example", "examples", "sample", "template", "tmpl", "tpl", "dist", "default", "defaults",
    "skel", "test", "demo", "insecure", "pub", "fake",
];

/// Parts of a name that speak of a secret.
const SECRET_WORDS: [&str; 16] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "private_key",
    "private-key",
    "privatekey",
    "access_key",
    "accesskey",
    "authtoken",
    "client-key-data",
    "credential",
];

/// Values that stand for a value; in lower case, anywhere in it.
const PLACEHOLDERS: [&str; 20] = [
    "change",
    "example",
    "placeholder",
    "your",
    "xxx",
    "dummy",
    "todo",
    "replace",
    "insert",
    "sample",
    "default",
    "none",
    "null",
    "true",
    "false",
    "secret",
    "password",
    "<",
    "...",
    "***",
];

/// Whether a file is a pattern for others, public, or there for tests or show.
pub(crate) fn is_sample(path: &TreePath) -> bool {
    let name = path.file_name().to_lowercase();
    let mut words = name.split(['.', '-', '_']);
    if words.any(|word| SAMPLE_WORDS.contains(&word)) || name == "debug.keystore" {
        return true;
    }
    let Some(parent) = path.parent() else {
        return false;
    };
    let is_foreign = |part: &str| {
        tables::local(part).is_some_and(|local| {
            matches!(
                local.kind,
                LocalKind::Dependencies | LocalKind::Vendored | LocalKind::VersionControl
            )
        })
    };
    let is_show = |part: &str| SHOW_DIRECTORIES.contains(&part.to_lowercase().as_str());
    // `env` is also what some call the directory of their environment files.
    let is_foreign = |part: &str| is_foreign(part) && part != "env";
    reads::is_fixture(path) || parent.parts().any(|part| is_show(part) || is_foreign(part))
}

/// Files that are sent to the builder and have the name of credentials.
pub(crate) fn candidates(context: &BuildContext<'_>) -> Vec<Entry> {
    let files = context.files().iter().filter(|entry| {
        entry.kind == EntryKind::File
            && tables::credential(entry.path.as_str()).is_some()
            && !is_sample(&entry.path)
    });
    files.cloned().collect()
}

/// The kind of credentials a file holds, if its name and its content say so.
pub(crate) fn evident(environment: &Environment, entry: &Entry) -> Option<&'static Credential> {
    let credential = tables::credential(entry.path.as_str())?;
    if entry.size == 0 {
        return None;
    }
    if credential.evidence == Evidence::Any {
        return Some(credential);
    }
    if entry.size > MAX_BYTES {
        return None;
    }
    let bytes = environment.tree.read(&entry.path).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    // Encrypted as a whole or value by value.
    if text.starts_with("$ANSIBLE_VAULT")
        || text.contains("ENC[")
        || text.contains("BEGIN ENCRYPTED PRIVATE KEY")
    {
        return None;
    }
    let is_evident = match credential.evidence {
        Evidence::PrivateKey => holds_private_key(&text),
        Evidence::Assignment | Evidence::Any => {
            holds_private_key(&text) || text.lines().any(assigns_secret)
        }
    };
    is_evident.then_some(credential)
}

pub(crate) fn holds_private_key(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once("-----BEGIN ") {
        let label = behind.lines().next().unwrap_or_default();
        if label.contains("PRIVATE KEY-----") {
            return true;
        }
        rest = behind;
    }
    false
}

/// Whether a line gives a name that speaks of a secret a value that is no placeholder.
fn assigns_secret(line: &str) -> bool {
    let line = line.trim();
    if line.starts_with(['#', ';']) || line.starts_with("//") && !line.contains("_auth") {
        return false;
    }
    // `//host/:_authToken=…` has a colon before the equals sign.
    let split = if line.contains("_auth") {
        line.split_once('=')
    } else {
        line.split_once(['=', ':'])
    };
    let Some((name, value)) = split else {
        return false;
    };
    let name = name
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase();
    let quotes = |c: char| matches!(c, '"' | '\'' | ',' | ';' | '>' | '=') || c.is_whitespace();
    let value = value.trim_matches(quotes);
    if has_password_in_url(value) {
        return true;
    }
    speaks_of_secret(&name) && is_real(value)
}

/// Whether a name in lower case is that of a secret.
pub(crate) fn speaks_of_secret(name: &str) -> bool {
    name == "auth"
        || name.ends_with("_auth")
        || SECRET_WORDS.iter().any(|word| {
            let Some((_, rest)) = name.rsplit_once(word) else {
                return false;
            };
            // `TOKEN_EXPIRY`, `PASSWORD_FILE` speak of something else.
            rest.is_empty()
                || rest == "s"
                || rest.starts_with(|c: char| c.is_ascii_digit())
                || rest == "_id" && *word == "access_key"
        })
}

/// What the value of a variable is, and how sure that is, where it is a secret by all appearance.
pub(crate) fn evidence(name: &str, value: &str) -> Option<(&'static str, Confidence)> {
    if holds_private_key(value) {
        return Some(("a private key", Confidence::High));
    }
    if let Some(token) = known_form(value) {
        return Some((token, Confidence::High));
    }
    if has_password_in_url(value) {
        return Some(("an address with a password in it", Confidence::Low));
    }
    if !speaks_of_secret(&name.to_lowercase()) || !is_real(value) {
        return None;
    }
    Some(if is_random(value) {
        ("a secret", Confidence::Medium)
    } else {
        ("a password", Confidence::Low)
    })
}

/// Bytes of a value that nobody makes up.
const RANDOM_BYTES: usize = 20;

/// Whether a value is long, of letters and digits, and repeats few of them, as only a program makes it.
fn is_random(value: &str) -> bool {
    let has = |is: fn(&char) -> bool| value.chars().any(|letter| is(&letter));
    let kinds = has(char::is_ascii_digit) && has(char::is_ascii_alphabetic);
    let different: std::collections::BTreeSet<char> = value.chars().collect();
    // Words that people join have no digits within.
    let changes = value
        .as_bytes()
        .windows(2)
        .filter(|pair| pair.iter().filter(|byte| byte.is_ascii_digit()).count() == 1)
        .count();
    kinds && value.len() >= RANDOM_BYTES && different.len() >= 10 && changes * 6 >= value.len()
}

/// Whether a value stands for itself and not for one that is to be filled in.
pub(crate) fn is_real(value: &str) -> bool {
    let lower = value.to_lowercase();
    value.len() >= 8
        && !value.starts_with(['$', '/', '{', '[', '.', '%', '@', '('])
        && !value.contains(char::is_whitespace)
        && !value.contains("://")
        && !value.chars().all(|c| c.is_ascii_digit())
        && !PLACEHOLDERS
            .iter()
            .any(|placeholder| lower.contains(placeholder))
}

/// Whether an address has a password in it that is no placeholder.
pub(crate) fn has_password_in_url(value: &str) -> bool {
    let password = || {
        let (_, rest) = value.split_once("://")?;
        let (user, host) = rest.split('/').next()?.rsplit_once('@')?;
        let (_, password) = user.split_once(':')?;
        let is_local = [
            "localhost",
            "127.0.0.1",
            "db",
            "postgres",
            "mysql",
            "redis",
            "mongo",
        ]
        .iter()
        .any(|name| host.split(':').next() == Some(name));
        (!is_local && is_real(password)).then_some(())
    };
    password().is_some()
}

/// A file of credentials that the repository's own scripts write.
pub(crate) struct Written {
    /// Where it will be.
    pub(crate) path: TreePath,
    /// What it will be.
    pub(crate) credential: &'static Credential,
    /// The name in the script.
    pub(crate) location: Location,
}

/// The files of credentials that scripts, recipes and workflows write below the root.
pub(crate) fn written(environment: &Environment) -> Vec<Written> {
    let is_other = |document: &DocumentId| {
        environment
            .dockerfiles
            .iter()
            .any(|other| other.document == *document)
            || environment
                .ignore_files
                .iter()
                .any(|other| other.document == *document)
    };
    let mut written: Vec<Written> = Vec::new();
    let documents = environment.documents.iter();
    for document in
        documents.filter(|document| document.embedded.is_none() && !is_other(&document.id))
    {
        for (directory, word, span) in targets(&document.text) {
            let base = TreePath::new(directory.trim_start_matches("./"));
            let Some(path) = base
                .and_then(|base| base.join(word))
                .filter(|path| !path.is_root())
            else {
                continue;
            };
            let directory = path.parent().unwrap_or_else(TreePath::root);
            let is_there = directory.is_root() || environment.tree.entry(&directory).is_some();
            let is_known = written.iter().any(|other| other.path == path);
            // A certificate has the same names as a key.
            let may_be_key = |credential: &&Credential| {
                credential.evidence != Evidence::PrivateKey || path.file_name().contains("key")
            };
            if let Some(credential) = tables::credential(path.as_str()).filter(may_be_key)
                && is_there
                && !is_known
                && !is_sample(&path)
            {
                written.push(Written {
                    path,
                    credential,
                    location: Location::new(document.id, span),
                });
            }
        }
    }
    written
}

/// The literal words behind `>`, and the last words of `cp`, `mv` and `tee`, each with the directory
/// it is meant in.
fn targets(text: &str) -> Vec<(&str, &str, Span)> {
    let mut targets = Vec::new();
    let mut directory = Some("");
    for line in text.lines() {
        directory = change_directory(line, directory);
        // What an instruction of a Dockerfile writes is in an image.
        let Some(directory) = directory.filter(|_| !line.trim_start().starts_with("RUN ")) else {
            continue;
        };
        if !line.contains(['>', 'c', 'm', 't']) || line.len() > 4096 {
            continue;
        }
        let mut words = Vec::new();
        for word in line
            .split(|c: char| c.is_whitespace() || matches!(c, ';' | '|' | '&' | '"' | '\'' | '`'))
        {
            if !word.is_empty() {
                let offset = word.as_ptr() as usize - text.as_ptr() as usize;
                words.push((word, offset));
            }
        }
        let mut is_target = false;
        let mut is_copy = false;
        for (index, (word, offset)) in words.iter().enumerate() {
            let plain = word.trim_start_matches(['>', '1', '2']);
            let redirects =
                word.contains('>') && word.trim_start_matches(['1', '2']).starts_with('>');
            let (name, is_written) = if redirects {
                (plain, true)
            } else {
                (*word, is_target)
            };
            is_copy |= matches!(*word, "cp" | "mv");
            let is_last = is_copy && index + 1 == words.len() && index > 1;
            if (is_written || is_last)
                && name.contains(|c: char| c.is_alphabetic())
                && !name.contains(['$', '*', '<', '{', '~', ':', '(', ')', '%'])
                && !name.starts_with(['-', '/'])
            {
                let offset = offset + (word.len() - name.len());
                targets.push((directory, name, Span::new(offset, offset + name.len())));
            }
            is_target = (redirects && plain.is_empty()) || *word == "tee";
        }
    }
    targets
}

/// The directory behind a line: a literal one, the root, or `None` when it is not known. It lasts to
/// the end of the step of a workflow, of the code block, of the function.
fn change_directory<'a>(line: &'a str, now: Option<&'a str>) -> Option<&'a str> {
    let body = line.trim();
    let is_end = body.starts_with("```") || body.starts_with("- ") || line == "}" || body == "popd";
    let before = if is_end || body.starts_with("popd ") {
        Some("")
    } else {
        now
    };
    let step = body
        .strip_prefix("- ")
        .unwrap_or(body)
        .strip_prefix("working-directory:");
    let named = step.or_else(|| {
        let commands = body.split([';', '&', '(', '|']);
        let mut moves = commands.filter_map(|command| {
            let command = command.trim();
            command
                .strip_prefix("cd ")
                .or_else(|| command.strip_prefix("pushd "))
        });
        moves.next()
    });
    let Some(named) = named else {
        return before;
    };
    // To where the script or the repository is: as good as staying.
    let is_home = ["dirname", "BASH_SOURCE", "rev-parse", "${0"]
        .iter()
        .any(|home| body.contains(home));
    if is_home {
        return Some("");
    }
    let word = named.split_whitespace().next().unwrap_or_default();
    let word = word.trim_matches(['"', '\'']);
    let is_plain =
        before == Some("") && !word.starts_with(['/', '~']) && !word.contains(['$', '{']);
    is_plain.then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_values_are_secrets() {
        for line in [
            "API_TOKEN=f3a9c1e07b5d4826",
            "  \"refresh_token\": \"1//0gFAKEvalue\",",
            "//registry.example.com/:_authToken=npm_0123456789",
            "DATABASE_URL=postgres://app:hunter2hunter@db.example.com/app",
            "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI",
        ] {
            assert!(assigns_secret(line), "{line}");
        }
        for line in [
            "API_TOKEN=",
            "API_TOKEN=changeme-please",
            "# API_TOKEN=f3a9c1e07b5d4826",
            "TOKEN_EXPIRY_SECONDS=36000000",
            "PASSWORD_FILE=/run/secrets/x",
            "SECRET_KEY=${SECRET_KEY}",
            "DATABASE_URL=postgres://app:password@db/app",
            "PORT=8080",
        ] {
            assert!(!assigns_secret(line), "{line}");
        }
    }

    #[test]
    fn targets_of_commands_are_found() {
        let words: Vec<&str> = targets(
            "echo a > .env\ncat x | tee b/.npmrc\ncp .env.example .env.local\na >>c.env 2>&1\n",
        )
        .into_iter()
        .map(|(_, word, _)| word)
        .collect();
        assert_eq!(words, [".env", "b/.npmrc", ".env.local", "c.env"]);
    }

    #[test]
    fn a_target_lies_where_the_script_has_gone() {
        let found = |text: &'static str| -> Vec<(&str, &str)> {
            let targets = targets(text).into_iter();
            targets
                .map(|(directory, word, _)| (directory, word))
                .collect()
        };
        let script =
            "pushd ./dev >/dev/null || exit\na > .env\npopd\nb > .env\ncd $TMP/app\nc > .env\n";
        assert_eq!(found(script), [("./dev", ".env"), ("", ".env")]);
        let workflow = "- name: a\n  working-directory: \"dev\"\n  run: cp .env.example .env\n- run: a > b.env\n";
        assert_eq!(found(workflow), [("dev", ".env"), ("", "b.env")]);
        assert_eq!(found("RUN cp .env.example .env\n"), []);
        assert_eq!(
            found("cd \"$(dirname \"$0\")\"\na > .env\n"),
            [("", ".env")]
        );
    }
}
