//! Paths in the words of a command line, from one directory to another.

use dockwright_environment::TreePath;

/// Keys of an option whose values are paths.
const PATH_KEYS: &[&str] = &["src", "source", "dest"];

/// A path relative to `directory` as a path relative to the root. One that is absolute, remote, or
/// leads out of the repository is left as it is.
pub(super) fn path(text: &str, directory: &TreePath) -> String {
    let is_relative = !text.starts_with(['/', '~']) && !text.contains("://");
    match directory.join(text).filter(|_| is_relative) {
        Some(path) => path.to_string(),
        None => text.to_owned(),
    }
}

/// The same for the paths in an option of `key=value` pairs between commas, such as
/// `id=token,src=token.txt`. A pair in quotes has a comma in it, and is left as it is.
pub(super) fn option(text: &str, directory: &TreePath) -> String {
    if directory.is_root() || text.contains('"') {
        return text.to_owned();
    }
    let pairs = text.split(',').map(|pair| match pair.split_once('=') {
        Some((key, value)) if PATH_KEYS.contains(&key) => {
            format!("{key}={}", path(value, directory))
        }
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_options_are_seen_from_the_root() {
        let directory = TreePath::new("deploy/prod").unwrap();
        let option = |text| option(text, &directory);
        assert_eq!(
            option("id=token,src=./token"),
            "id=token,src=deploy/prod/token"
        );
        assert_eq!(
            option("type=local,dest=../out"),
            "type=local,dest=deploy/out"
        );
        assert_eq!(option("id=token,src=/run/token"), "id=token,src=/run/token");
        assert_eq!(option("type=registry,ref=a/b:c"), "type=registry,ref=a/b:c");
    }
}
