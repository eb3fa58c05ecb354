//! What a comparison comes to, in one of five words.

use super::{ConfigChange, FileChange, PackageChange};

/// How much of one image is in another, from all to some.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// They are one image: the same configuration, byte for byte, and the same layers.
    Identical,
    /// They run alike: the same settings and the same files. Times, history, the cut into layers
    /// and known noise aside.
    Equal,
    /// The later image has the same settings, and of the files and packages some are gone. Nothing
    /// else is new or changed.
    OnlySmaller,
    /// They have the same packages in the same versions with the same files. Other files or settings differ.
    EqualPackages,
    /// None of these.
    Different,
}

impl Verdict {
    /// All verdicts, from the one that says most.
    pub const ALL: [Self; 5] = [
        Self::Identical,
        Self::Equal,
        Self::OnlySmaller,
        Self::EqualPackages,
        Self::Different,
    ];

    /// Its name on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Equal => "equal",
            Self::OnlySmaller => "only-smaller",
            Self::EqualPackages => "equal-packages",
            Self::Different => "different",
        }
    }

    /// What it says, for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Equal => "equal config and tree",
            Self::OnlySmaller => "only smaller",
            Self::EqualPackages => "equal packages",
            Self::Different => "different",
        }
    }

    /// The verdict on images that are not identical.
    pub(super) fn of(
        config: &[ConfigChange],
        packages: &[PackageChange],
        files: &[FileChange],
        has_packages: bool,
    ) -> Self {
        if config.is_empty() && packages.is_empty() && files.is_empty() {
            return Self::Equal;
        }
        let is_gone = |file: &FileChange| file.after.is_none() || file.is_fewer;
        if config.is_empty()
            && packages.iter().all(|package| package.after.is_empty())
            && files.iter().all(is_gone)
        {
            return Self::OnlySmaller;
        }
        if has_packages && packages.is_empty() && files.iter().all(|file| file.package.is_none()) {
            return Self::EqualPackages;
        }
        Self::Different
    }
}
