//! The build arguments that exist without an `ARG`, as data.
//!
//! Source: the sections "Predefined ARGs", "Automatic platform ARGs in the global scope" and
//! "BuildKit built-in build args" of the Dockerfile reference, and `BuildKit`'s frontend.

/// What a predefined argument is for, and so where it can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PredefinedKind {
    /// Passed to every `RUN` when given on the command line, without an `ARG`; not part of the
    /// image's history. Not expanded in instructions unless declared.
    Proxy,
    /// Set by `BuildKit` in the global scope: usable in `FROM`, and in a stage behind an `ARG`
    /// of that name.
    Platform,
    /// Read by `BuildKit` itself from the command line; it changes how the build runs.
    Builder,
}

/// An argument that exists without an `ARG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Predefined {
    /// The name.
    pub name: &'static str,
    /// What it is for.
    pub kind: PredefinedKind,
    /// What its value says.
    pub meaning: &'static str,
}

const fn proxy(name: &'static str, meaning: &'static str) -> Predefined {
    Predefined {
        name,
        kind: PredefinedKind::Proxy,
        meaning,
    }
}

const fn platform(name: &'static str, meaning: &'static str) -> Predefined {
    Predefined {
        name,
        kind: PredefinedKind::Platform,
        meaning,
    }
}

const fn builder(name: &'static str, meaning: &'static str) -> Predefined {
    Predefined {
        name,
        kind: PredefinedKind::Builder,
        meaning,
    }
}

/// Every predefined argument.
pub const PREDEFINED: &[Predefined] = &[
    proxy("HTTP_PROXY", "proxy for HTTP"),
    proxy("http_proxy", "proxy for HTTP"),
    proxy("HTTPS_PROXY", "proxy for HTTPS"),
    proxy("https_proxy", "proxy for HTTPS"),
    proxy("FTP_PROXY", "proxy for FTP"),
    proxy("ftp_proxy", "proxy for FTP"),
    proxy("NO_PROXY", "hosts that need no proxy"),
    proxy("no_proxy", "hosts that need no proxy"),
    proxy("ALL_PROXY", "proxy for every protocol"),
    proxy("all_proxy", "proxy for every protocol"),
    platform(
        "TARGETPLATFORM",
        "platform of the result, such as linux/arm/v7",
    ),
    platform("TARGETOS", "operating system of the result"),
    platform(
        "TARGETOSVERSION",
        "version of the operating system of the result",
    ),
    platform("TARGETARCH", "architecture of the result"),
    platform("TARGETVARIANT", "variant of the architecture of the result"),
    platform("TARGETSTAGE", "name of the stage that is built"),
    platform("BUILDPLATFORM", "platform of the node that builds"),
    platform("BUILDOS", "operating system of the node that builds"),
    platform(
        "BUILDOSVERSION",
        "version of the operating system of the node that builds",
    ),
    platform("BUILDARCH", "architecture of the node that builds"),
    platform(
        "BUILDVARIANT",
        "variant of the architecture of the node that builds",
    ),
    builder("BUILDKIT_BUILD_NAME", "name of the build in its progress"),
    builder(
        "BUILDKIT_CACHE_MOUNT_NS",
        "prefix of the ids of cache mounts",
    ),
    builder(
        "BUILDKIT_CONTEXT_KEEP_GIT_DIR",
        "keeps `.git` of a git context",
    ),
    builder("BUILDKIT_DOCKERFILE_CHECK", "options of the build checks"),
    builder(
        "BUILDKIT_INLINE_CACHE",
        "puts cache metadata into the image",
    ),
    builder(
        "BUILDKIT_MULTI_PLATFORM",
        "gives the result the form of several platforms",
    ),
    builder("BUILDKIT_SANDBOX_HOSTNAME", "host name inside RUN"),
    builder(
        "BUILDKIT_SBOM_SCAN_CONTEXT",
        "includes the context in the bill of materials",
    ),
    builder(
        "BUILDKIT_SBOM_SCAN_STAGE",
        "includes stages in the bill of materials",
    ),
    builder(
        "BUILDKIT_SYNTAX",
        "frontend image to use instead of `# syntax`",
    ),
    builder(
        "SOURCE_DATE_EPOCH",
        "time stamp of the image and its layers, in seconds",
    ),
];

/// The predefined argument called `name`; its case counts.
pub fn predefined(name: &str) -> Option<&'static Predefined> {
    PREDEFINED.iter().find(|argument| argument.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_found_by_their_exact_name() {
        let kind = |name| predefined(name).map(|argument| argument.kind);
        assert_eq!(kind("no_proxy"), Some(PredefinedKind::Proxy));
        assert_eq!(kind("TARGETARCH"), Some(PredefinedKind::Platform));
        assert_eq!(kind("BUILDKIT_INLINE_CACHE"), Some(PredefinedKind::Builder));
        assert_eq!(kind("targetarch"), None);
    }

    #[test]
    fn no_argument_is_listed_twice() {
        let mut names: Vec<&str> = PREDEFINED.iter().map(|argument| argument.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PREDEFINED.len());
    }
}
