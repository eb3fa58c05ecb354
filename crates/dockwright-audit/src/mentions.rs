//! Which variables anything in the repository reads, as far as a search for their names tells.

use std::collections::{HashMap, HashSet};

use dockwright_environment::discovery::DocumentKind;
use dockwright_environment::text_files::TextFile;
use dockwright_environment::{Environment, TreePath};
use rayon::prelude::*;

/// Endings of files that hold no program and no configuration.
const NOT_READERS: &[&str] = &["adoc", "csv", "md", "mdx", "pot", "rst"];

/// How a name is mentioned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mention {
    /// By a program, a script, a configuration, or a Dockerfile that expands it.
    pub(crate) read: bool,
    /// By a Compose file that takes it from its own environment.
    pub(crate) interpolated: bool,
}

/// What a search has found.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    names: HashMap<String, Mention>,
    /// First parts of names, up to `_`, that begin some name which is read.
    families: HashSet<String>,
    /// Whether a program takes every variable with a prefix, by names it puts together.
    binds: bool,
}

/// What programs say that take any variable of the environment for a setting, however deep.
/// Source: documentation of Viper, pydantic-settings, Spring Boot, .NET configuration, config-rs,
/// figment and envconfig.
const BINDERS: &[&str] = &[
    "AutomaticEnv()",
    "env_nested_delimiter",
    "AddEnvironmentVariables(",
    "@ConfigurationProperties",
    "Environment::with_prefix(",
    "Env::prefixed(",
];

impl Mentions {
    /// How a name is mentioned.
    pub(crate) fn of(&self, name: &str) -> Mention {
        self.names.get(name).copied().unwrap_or_default()
    }

    /// Whether something reads a variable whose name begins as this one's does: `SHOP_PORT` says
    /// that the programs of the repository read `SHOP_` variables.
    pub(crate) fn has_family(&self, name: &str) -> bool {
        family(name).is_some_and(|family| self.families.contains(family))
    }

    /// Whether a variable of this name may set a setting inside another one: `SHOP_DB_POOL_SIZE` is
    /// `db.pool.size` for a program that takes all that begins with `SHOP_`.
    pub(crate) fn may_be_bound(&self, name: &str) -> bool {
        self.binds && name.matches('_').count() > 1
    }

    /// Searches the whole tree once.
    ///
    /// Programs build the names of variables from those of their settings, so that letter case,
    /// separators and a prefix are no difference.
    pub(crate) fn search(environment: &Environment, names: &HashSet<&str>) -> Self {
        if names.is_empty() {
            return Self::default();
        }
        let search = Search::new(environment, names);
        let files = environment.text_files().par_iter();
        let found = files
            .filter(|file| search.wants(file))
            .map(|file| search.file(file));
        found.reduce(Self::default, |mut all, one| {
            for (name, mention) in one.names {
                let known = all.names.entry(name).or_default();
                known.read |= mention.read;
                known.interpolated |= mention.interpolated;
            }
            all.families.extend(one.families);
            all.binds |= one.binds;
            all
        })
    }
}

/// The first part of a name with several.
fn family(name: &str) -> Option<&str> {
    let (family, _) = name.split_once('_')?;
    (family.len() > 2).then_some(family)
}

struct Search<'a> {
    names: &'a HashSet<&'a str>,
    /// How programs may call a setting → the names it may be set by.
    needles: HashMap<String, Vec<&'a str>>,
    families: HashSet<&'a str>,
    shortest: usize,
    dockerfiles: HashSet<&'a TreePath>,
    compose: HashSet<&'a TreePath>,
    settings: HashSet<&'a TreePath>,
}

impl<'a> Search<'a> {
    fn new(environment: &'a Environment, names: &'a HashSet<&'a str>) -> Self {
        let mut needles: HashMap<String, Vec<&str>> = HashMap::new();
        for name in names {
            for form in forms(name) {
                needles.entry(plain(form)).or_default().push(name);
            }
        }
        let path = |document| &environment.documents.get(document).path;
        let dotenv = environment
            .texts
            .iter()
            .filter(|text| text.kind == DocumentKind::Dotenv);
        Self {
            names,
            shortest: needles.keys().map(String::len).min().unwrap_or_default(),
            needles,
            families: names.iter().filter_map(|name| family(name)).collect(),
            dockerfiles: environment
                .dockerfiles
                .iter()
                .map(|dockerfile| path(dockerfile.document))
                .collect(),
            compose: environment
                .compose
                .iter()
                .flat_map(|project| &project.files)
                .map(|file| path(*file))
                .collect(),
            settings: dotenv.map(|text| path(text.document)).collect(),
        }
    }

    fn wants(&self, file: &TextFile) -> bool {
        let name = file.path.file_name().to_ascii_lowercase();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        !NOT_READERS.contains(&ending)
            && !self.settings.contains(&file.path)
            && !name.starts_with("changelog")
    }

    fn file(&self, file: &TextFile) -> Mentions {
        let text = &*file.text;
        if self.compose.contains(&file.path) {
            return self.compose_file(text);
        }
        if self.dockerfiles.contains(&file.path) {
            return self.dockerfile(text);
        }
        let mut found = Mentions {
            binds: BINDERS.iter().any(|binder| text.contains(binder)),
            ..Mentions::default()
        };
        let mut buffer = String::new();
        let is_separator =
            |letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != '-';
        for word in text
            .split(is_separator)
            .filter(|word| word.len() >= self.shortest)
        {
            if let Some(family) = family(word)
                && self.families.contains(family)
                && crate::words::is_variable_name(word)
            {
                found.families.insert(family.to_owned());
            }
            buffer.clear();
            buffer.extend(
                word.chars()
                    .filter(char::is_ascii_alphanumeric)
                    .map(|letter| letter.to_ascii_lowercase()),
            );
            for name in self.needles.get(buffer.as_str()).into_iter().flatten() {
                found.names.entry((*name).to_owned()).or_default().read = true;
            }
        }
        found
    }

    /// `$NAME` is expanded by Compose, `$$NAME` in the container.
    fn compose_file(&self, text: &str) -> Mentions {
        let mut found = Mentions::default();
        for (at, name) in dollars(text) {
            if self.names.contains(name) {
                let mention = found.names.entry(name.to_owned()).or_default();
                if text.get(..at).is_some_and(|before| before.ends_with('$')) {
                    mention.read = true;
                } else {
                    mention.interpolated = true;
                }
            }
        }
        found
    }

    fn dockerfile(&self, text: &str) -> Mentions {
        let mut found = Mentions::default();
        for (_, name) in dollars(text) {
            if self.names.contains(name) {
                found.names.entry(name.to_owned()).or_default().read = true;
            }
        }
        found
    }
}

/// Every `$NAME` and `${NAME`: where the dollar stands, and the name.
fn dollars(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('$').filter_map(|(at, _)| {
        let rest = text.get(at + 1..)?;
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest
            .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .unwrap_or(rest.len());
        rest.get(..end)
            .filter(|name| !name.is_empty())
            .map(|name| (at, name))
    })
}

/// A name, and what is left of it without one or two parts before.
fn forms(name: &str) -> Vec<&str> {
    let mut forms = vec![name];
    let mut rest = name;
    for _ in 0..2 {
        let Some((_, shorter)) = rest.split_once('_') else {
            break;
        };
        rest = shorter.trim_start_matches('_');
        if rest.len() >= 8 || rest.len() >= 6 && rest.contains('_') {
            forms.push(rest);
        }
    }
    forms
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_may_be_called_otherwise_in_the_program() {
        assert_eq!(forms("SHOP_LOG_LEVEL"), ["SHOP_LOG_LEVEL", "LOG_LEVEL"]);
        assert_eq!(forms("SHOP_UID"), ["SHOP_UID"]);
        assert_eq!(plain("SHOP_LOG_LEVEL"), plain("shop-logLevel"));
    }

    #[test]
    fn names_behind_a_dollar_are_found() {
        let names: Vec<&str> = dollars("a $A ${B:-$C} $$D $ $")
            .map(|(_, name)| name)
            .collect();
        assert_eq!(names, ["A", "B", "C", "D"]);
    }
}
