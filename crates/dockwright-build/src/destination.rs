//! Where the result of a build goes.

use std::fmt;

/// Where the result of a build goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The image store of the engine.
    Engine,
    /// A registry.
    Registry,
    /// A directory.
    Directory(String),
    /// A file.
    File(String),
    /// Standard output.
    Stdout,
    /// Nowhere: it stays in the builder's cache.
    Cache,
}

impl Destination {
    /// What a value of `--output` means. Source of facts: the reference of `docker buildx build`.
    pub fn of_output(output: &str) -> Self {
        let fields = || {
            output
                .split(',')
                .map(|field| field.split_once('=').unwrap_or((field, "")))
        };
        let value = |key: &str| {
            let mut fields = fields().filter(|(name, _)| name.trim() == key);
            fields.next_back().map(|(_, value)| value.trim())
        };
        let dest = value("dest").filter(|dest| !dest.is_empty());
        let file = |dest: Option<&str>| match dest {
            Some("-") | None => Self::Stdout,
            Some(dest) => Self::File(dest.to_owned()),
        };
        let is_on = |key| value(key).is_some_and(|value| value.is_empty() || value == "true");
        match value("type") {
            Some("registry") => Self::Registry,
            Some("image") if is_on("push") => Self::Registry,
            Some("local") => Self::Directory(dest.unwrap_or(".").to_owned()),
            Some("oci") if value("tar") == Some("false") => {
                Self::Directory(dest.unwrap_or(".").to_owned())
            }
            Some("tar" | "oci") => file(dest),
            Some("docker") if dest.is_some() => file(dest),
            Some("image" | "docker") => Self::Engine,
            Some(_) => Self::Cache,
            // Without a type it is a path.
            None if output == "-" => Self::Stdout,
            None => Self::Directory(output.to_owned()),
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Engine => "engine",
            Self::Registry => "registry",
            Self::Directory(path) | Self::File(path) => path,
            Self::Stdout => "standard output",
            Self::Cache => "cache only",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_read_as_buildx_reads_them() {
        let of = |output| Destination::of_output(output).to_string();
        assert_eq!(of("type=docker"), "engine");
        assert_eq!(of("type=image,name=web"), "engine");
        assert_eq!(of("type=image,name=web,push=true"), "registry");
        assert_eq!(of("type=registry"), "registry");
        assert_eq!(of("type=docker,dest=web.tar"), "web.tar");
        assert_eq!(of("type=oci,dest=-"), "standard output");
        assert_eq!(of("type=oci,tar=false,dest=layout"), "layout");
        assert_eq!(of("type=local,dest=out"), "out");
        assert_eq!(of("type=cacheonly"), "cache only");
        assert_eq!(of("out/web"), "out/web");
        assert_eq!(of("-"), "standard output");
    }
}
