//! Whether what a package manager leaves behind is taken away again.

use dockwright_syntax::dockerfile::{Mount, MountKind};
use dockwright_syntax::shell::{Part, Word};

use crate::package_calls::PackageCall;
use crate::package_commands::{Cache, UNKNOWN};
use crate::steps::Step;

/// Whether a mount keeps the cache out of the layer: a cache mount, or one in memory.
pub(crate) fn has_mount(call: &PackageCall<'_>, cache: &Cache) -> bool {
    let mounts = call.run.mounts.iter();
    let mut targets = mounts.filter_map(|mount| match mount.kind {
        MountKind::Cache | MountKind::Tmpfs => target(mount),
        _ => None,
    });
    targets.any(|target| {
        let mut directories = cache.directories.iter();
        directories.any(|directory| covers(target, directory))
    })
}

fn target(mount: &Mount) -> Option<&str> {
    let target = mount.value(&["target", "dst", "destination"])?;
    Some(target.value.trim_end_matches('/'))
}

/// Whether a directory is `directory`, or holds it.
fn covers(target: &str, directory: &str) -> bool {
    let holds = |directory: &str| {
        let below = directory.strip_prefix(target);
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match directory.strip_prefix('~') {
        // A home directory is known by what is in it.
        Some(below) => target.ends_with(below) || holds(&format!("/root{below}")),
        None => holds(directory),
    }
}

/// Whether the package manager itself, `rm` or `find` clears the cache in the same step, behind the
/// call.
pub(crate) fn is_cleared(call: &PackageCall<'_>, calls: &[PackageCall<'_>], cache: &Cache) -> bool {
    let mut same = calls.iter().filter(|other| {
        other.at == call.at
            && other.span.start > call.span.start
            && std::ptr::eq(other.command, call.command)
    });
    if same.any(|other| other.name == call.name && other.action(&cache.clean).is_some()) {
        return true;
    }
    let mut commands = call.step.into_iter().flat_map(Step::invocations);
    commands.any(|(invocation, command)| {
        let is_later = command.command.span.start > call.span.start;
        // A function is called somewhere below.
        if !is_later && command.context.function.is_none() {
            return false;
        }
        let words: Vec<String> = invocation.arguments().iter().map(text).collect();
        // `bash -c 'rm …'`
        let is_shell = matches!(invocation.name, "sh" | "bash" | "dash");
        let deletes = match invocation.name {
            "rm" => true,
            _ if is_shell => words.iter().any(|word| word.contains("rm ")),
            "find" => words
                .iter()
                .any(|word| word == "-delete" || word == "-exec"),
            _ => false,
        };
        let words = words.iter().map(String::as_str);
        let words: Vec<&str> = if is_shell {
            words.flat_map(str::split_whitespace).collect()
        } else {
            words.collect()
        };
        let mut targets = words.iter().flat_map(|word| alternatives(word));
        deletes && targets.any(|target| cache.directories.iter().any(|it| clears(&target, it)))
    })
}

/// A word with [`UNKNOWN`] for what is put into it.
fn text(word: &Word) -> String {
    let part = |part: &Part| match part {
        Part::Literal(literal) => literal.value.clone(),
        _ => UNKNOWN.to_string(),
    };
    match &word.literal {
        Some(literal) => literal.clone(),
        None => word.parts.iter().map(part).collect(),
    }
}

/// Whether removing `target` removes what is in `directory`.
fn clears(target: &str, directory: &str) -> bool {
    // `${ROOT}/var/lib/apt/lists`
    let target = target.trim_start_matches(UNKNOWN);
    let inside = directory.trim_start_matches('~');
    if directory.starts_with('~') {
        // `~/.cache/*`, `/root/.cache`, `$HOME/.cache/pip`
        let first = inside.split('/').nth(1).unwrap_or_default();
        return target.contains(inside) || target.trim_end_matches("/*").ends_with(first);
    }
    let whole = target.trim_end_matches('*').trim_end_matches('/');
    target.starts_with(inside) || (!whole.is_empty() && covers(whole, directory))
}

/// What braces make of a word: `/var/{lib,cache}/apt`.
fn alternatives(word: &str) -> Vec<String> {
    let parts = || {
        let (before, rest) = word.split_once('{')?;
        let (inside, after) = rest.split_once('}')?;
        Some((before, inside, after))
    };
    match parts() {
        Some((before, inside, after)) if inside.contains(',') => inside
            .split(',')
            .map(|one| format!("{before}{one}{after}"))
            .collect(),
        _ => vec![word.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removing_a_directory_removes_what_is_in_it() {
        let lists = "/var/lib/apt/lists";
        for target in [
            "/var/lib/apt/lists",
            "/var/lib/apt/lists/*",
            "/var/lib/apt/",
            "/var/lib/apt/*",
            "/var/lib/apt/lists/deb.*",
            "\0/var/lib/apt/lists/",
            "/var/lib/{dpkg,apt}/lists",
        ] {
            assert!(
                alternatives(target).iter().any(|it| clears(it, lists)),
                "{target}"
            );
        }
        assert!(!clears("/var/lib/dpkg", lists));
        assert!(!clears("/tmp/*", lists));
        assert!(!clears("\0", lists));
        assert!(clears("/root/.cache", "~/.cache/pip"));
        assert!(clears("\0/.cache/pip/*", "~/.cache/pip"));
    }

    #[test]
    fn a_mount_covers_what_is_below_it() {
        assert!(covers("/var/lib/apt", "/var/lib/apt/lists"));
        assert!(!covers("/var/lib/apt/lists/partial", "/var/lib/apt/lists"));
        assert!(!covers("/var/lib/ap", "/var/lib/apt"));
        assert!(covers("/home/app/.cache/pip", "~/.cache/pip"));
        assert!(covers("/root/.cache", "~/.cache/pip"));
    }
}
