//! The build checks of `BuildKit`, and what a Dockerfile says of them.
//!
//! Source: the Dockerfile reference, section `check`, and the list of build checks beside it.

use dockwright_environment::Environment;
use dockwright_syntax::dockerfile::Dockerfile;

use crate::finding::Finding;

/// Every build check.
const NAMES: [&str; 22] = [
    "ConsistentInstructionCasing",
    "CopyIgnoredFile",
    "DuplicateStageName",
    "ExposeInvalidFormat",
    "ExposeProtoCasing",
    "FromAsCasing",
    "FromPlatformFlagConstDisallowed",
    "InvalidBaseImagePlatform",
    "InvalidDefaultArgInFrom",
    "InvalidDefinitionDescription",
    "JSONArgsRecommended",
    "LegacyKeyValueFormat",
    "MaintainerDeprecated",
    "MultipleInstructionsDisallowed",
    "NoEmptyContinuation",
    "RedundantTargetPlatform",
    "ReservedStageName",
    "SecretsUsedInArgOrEnv",
    "StageNameCasing",
    "UndefinedArgInFrom",
    "UndefinedVar",
    "WorkdirRelativePath",
];

/// The check that is made on request only.
pub(crate) const EXPERIMENTAL: &str = "InvalidDefinitionDescription";

/// What a `# check=…` says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options<'a> {
    /// The checks that are left out; `all` stands for every one.
    pub(crate) skip: Vec<&'a str>,
    /// The experimental checks that are made; `all` stands for every one.
    pub(crate) experimental: Vec<&'a str>,
    /// Whether a check that finds something fails the build.
    pub(crate) error: bool,
}

impl<'a> Options<'a> {
    /// Reads what stands behind `check=`. `BuildKit` reads on to the first blank only.
    pub(crate) fn parse(text: &'a str) -> Self {
        let mut options = Self::default();
        let text = text.split(' ').next().unwrap_or_default();
        let pairs = text.split(';').filter_map(|option| option.split_once('='));
        for (key, value) in pairs {
            let names = || value.split(',').map(str::trim).collect();
            match key.trim() {
                "skip" => options.skip = names(),
                "experimental" => options.experimental = names(),
                "error" => {
                    options.error =
                        matches!(value.trim(), "1" | "t" | "T" | "true" | "TRUE" | "True");
                }
                _ => {}
            }
        }
        options
    }

    /// What the directive of a Dockerfile says.
    pub(crate) fn of(tree: &'a Dockerfile) -> Self {
        let mut directives = tree.directives.iter();
        let check = directives.find(|directive| directive.name.value == "check");
        check.map_or_else(Self::default, |check| Self::parse(&check.value.value))
    }

    /// Whether an experimental check is asked for.
    pub(crate) fn asks_for(&self, check: &str) -> bool {
        let mut names = self.experimental.iter();
        names.any(|name| *name == "all" || *name == check)
    }
}

/// Whether `BuildKit` checks what a finding tells.
fn is_one(finding: &Finding) -> bool {
    let mut codes = finding.known_codes().iter();
    codes.any(|code| NAMES.contains(code))
}

/// Whether `skip=` can leave a finding out. An experimental check is one that was asked for.
pub(crate) fn can_be_skipped(finding: &Finding) -> bool {
    is_one(finding) && !finding.has_code(EXPERIMENTAL)
}

/// Whether a build fails because of a finding: the Dockerfile says `error=true`.
pub(crate) fn fails_build(environment: &Environment, finding: &Finding) -> bool {
    let mut dockerfiles = environment.dockerfiles.iter();
    is_one(finding)
        && dockerfiles.any(|dockerfile| {
            dockerfile.document == finding.location.document && Options::of(&dockerfile.tree).error
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry;
    use crate::testing::audit;

    #[test]
    fn every_check_is_a_rule() {
        let mut names = NAMES.iter();
        assert!(names.all(|name| registry::find(name).is_some()));
    }

    #[test]
    fn options_end_at_a_blank() {
        let options = Options::parse("skip=A,B;experimental=all;error=true but why");
        assert_eq!(options.skip, ["A", "B"]);
        assert!(options.error && options.asks_for("C"));
        assert!(!Options::parse("skip=A error=true").error);
    }

    #[test]
    fn a_finding_that_fails_the_build_is_an_error() {
        let check = |head: &str| {
            let file = format!("-- Dockerfile --\n{head}\nFROM debian\nMAINTAINER me\n");
            audit("deprecated-maintainer", &file)
        };
        assert!(check("# check=error=true").starts_with("error "));
        assert!(check("# check=error=false").starts_with("warning "));
        assert_eq!(check("# check=skip=MaintainerDeprecated;error=true"), "");
    }
}
