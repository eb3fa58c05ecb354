//! Tables of file names.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// A file name with at most one `*`; with a slash, the end of a path.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(crate) struct Name {
    text: String,
    /// How many slashes it has.
    slashes: usize,
    /// Where its `*` is.
    star: Option<usize>,
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self {
            slashes: text.matches('/').count(),
            star: text.find('*'),
            text,
        }
    }
}

impl Name {
    /// The name as an ignore file would have it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the last parts of `path` have this name.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let Some(star) = self.star else {
            let above = path.strip_suffix(self.text.as_str());
            return above.is_some_and(|above| above.is_empty() || above.ends_with('/'));
        };
        let before = self.text.get(..star).unwrap_or_default();
        let after = self.text.get(star + 1..).unwrap_or_default();
        if !path.ends_with(after) {
            return false;
        }
        let start = path.rmatch_indices('/').nth(self.slashes);
        let end = path.get(start.map_or(0, |(at, _)| at + 1)..);
        end.is_some_and(|end| end.len() >= before.len() + after.len() && end.starts_with(before))
    }
}

/// The actions of CI that have to do with images.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ImageActions {
    actions: Vec<String>,
}

/// Whether an action logs in to registries, builds, checks or publishes images.
pub(crate) fn handles_images(action: &str) -> bool {
    static ACTIONS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let table: Result<ImageActions, _> =
            toml::from_str(include_str!("../data/image-actions.toml"));
        table.map(|table| table.actions).unwrap_or_default()
    });
    let action = action.to_ascii_lowercase();
    ACTIONS.contains(&action)
}

/// Commands that end by themselves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneShots {
    commands: Vec<OneShot>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneShot {
    /// What such a command is, with its article.
    what: String,
    words: Vec<Vec<String>>,
    /// For people who read the table.
    #[allow(dead_code)]
    source: String,
}

/// What a command is, with its article, when it does something and ends.
pub(crate) fn one_shot(command: &[String]) -> Option<&'static str> {
    static TABLE: LazyLock<Vec<OneShot>> = LazyLock::new(|| {
        let table: Result<OneShots, _> =
            toml::from_str(include_str!("../data/one-shot-commands.toml"));
        table.map(|table| table.commands).unwrap_or_default()
    });
    let begins = |words: &Vec<String>| {
        let mut pairs = words.iter().zip(command);
        words.len() <= command.len()
            && pairs.all(|(own, word)| match own.strip_suffix('*') {
                Some(start) => word.starts_with(start),
                None => own == word,
            })
    };
    let mut kinds = TABLE.iter();
    let kind = kinds.find(|kind| kind.words.iter().any(begins))?;
    Some(&kind.what)
}

/// A kind of file that holds credentials.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credential {
    names: Vec<Name>,
    /// What it is, with its article.
    pub(crate) what: String,
    /// What has to be in it.
    pub(crate) evidence: Evidence,
    #[serde(rename = "source")]
    _source: String,
}

/// What has to be in a file of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Evidence {
    /// Something; the name is proof enough.
    Any,
    /// A PEM block of a private key.
    PrivateKey,
    /// A name that speaks of a secret with a value that is no placeholder.
    Assignment,
}

/// A file or directory that comes into being where people work.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Local {
    /// The names it has.
    pub(crate) names: Vec<Name>,
    /// What it is.
    pub(crate) what: String,
    /// Files whose presence says that a tool is in use that makes it.
    pub(crate) made_by: Vec<Name>,
    /// Text that such a file has when the tool has something to put there; empty when it always has.
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    /// What it is for.
    pub(crate) kind: LocalKind,
    #[serde(rename = "source")]
    _source: String,
}

/// What a [`Local`] is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LocalKind {
    /// The history of the sources.
    VersionControl,
    /// What a package manager installs.
    Dependencies,
    /// What a package manager installs, and some keep with the sources.
    Vendored,
    /// What a build makes.
    Output,
    /// What may be thrown away.
    Cache,
    /// What belongs to one person's machine.
    Local,
}

/// Kinds of credentials, found by name: every file of a context is looked up.
struct Credentials {
    table: Vec<Credential>,
    /// Plain file names.
    plain: HashMap<String, usize>,
    /// Names with a `*` or a slash.
    others: Vec<(usize, usize)>,
}

impl Credentials {
    fn new(table: Vec<Credential>) -> Self {
        let (mut plain, mut others) = (HashMap::new(), Vec::new());
        for (kind, credential) in table.iter().enumerate() {
            for (index, name) in credential.names.iter().enumerate() {
                if name.star.is_some() || name.slashes > 0 {
                    others.push((kind, index));
                } else {
                    plain.entry(name.text.clone()).or_insert(kind);
                }
            }
        }
        Self {
            table,
            plain,
            others,
        }
    }

    fn find(&self, path: &str) -> Option<&Credential> {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        if let Some(kind) = self.plain.get(name) {
            return self.table.get(*kind);
        }
        let mut others = self.others.iter();
        let found = others.find(|(kind, index)| {
            let own = self
                .table
                .get(*kind)
                .and_then(|kind| kind.names.get(*index));
            own.is_some_and(|own| own.matches(path))
        });
        self.table.get(found?.0)
    }
}

/// The kind of credentials that a file of this path holds, by its name.
pub(crate) fn credential(path: &str) -> Option<&'static Credential> {
    #[derive(Deserialize)]
    struct Table {
        credential: Vec<Credential>,
    }
    static TABLE: LazyLock<Credentials> = LazyLock::new(|| {
        let table: Result<Table, _> = toml::from_str(include_str!("../data/credential-files.toml"));
        Credentials::new(table.map(|table| table.credential).unwrap_or_default())
    });
    TABLE.find(path)
}

/// What a file or directory of this name is, if it comes into being where people work.
pub(crate) fn local(name: &str) -> Option<&'static Local> {
    locals()
        .iter()
        .find(|entry| entry.names.iter().any(|own| own.matches(name)))
}

/// Everything that comes into being where people work.
pub(crate) fn locals() -> &'static [Local] {
    #[derive(Deserialize)]
    struct Table {
        local: Vec<Local>,
    }
    static TABLE: LazyLock<Vec<Local>> = LazyLock::new(|| {
        let table: Result<Table, _> = toml::from_str(include_str!("../data/local-files.toml"));
        table.map(|table| table.local).unwrap_or_default()
    });
    &TABLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_the_end_of_a_path() {
        let is = |path: &str| credential(path).map(|found| found.evidence);
        assert_eq!(is("a/b/server.key"), Some(Evidence::PrivateKey));
        assert_eq!(is("home/.aws/credentials"), Some(Evidence::Assignment));
        assert_eq!(is("aws/credentials"), None);
        assert_eq!(is(".env.production"), Some(Evidence::Assignment));
        assert_eq!(
            local("x.pyc").map(|local| local.kind),
            Some(LocalKind::Cache)
        );
        assert_eq!(
            local(".git").map(|local| local.kind),
            Some(LocalKind::VersionControl)
        );
        assert!(local("src").is_none());
    }
}
