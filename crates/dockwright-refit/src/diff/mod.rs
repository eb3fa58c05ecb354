//! Change sets as people and `git apply` read them. Format: `git-diff(1)`, "Generating patch text
//! with -p".

mod binary;
mod name;

use std::fmt::Write;

use dockwright_environment::TreePath;
use similar::{ChangeTag, TextDiff};

use crate::{Change, ChangeSet, Node};
use name::quoted;

/// A change set as a unified diff in git's form, as `git diff --binary` prints one. What is no
/// UTF-8 text is a binary file.
pub fn unified(changes: &ChangeSet) -> String {
    let mut diff = String::new();
    for (path, change) in changes.iter() {
        match change {
            Change::Create { after } => created(&mut diff, path, after),
            Change::Delete { before } => deleted(&mut diff, path, before),
            Change::Replace {
                before,
                after,
                executable: None,
            } if before == after => {}
            Change::Replace {
                before,
                after,
                executable,
            } => {
                begin(&mut diff, path, path);
                mode_changed(&mut diff, executable.map(|it| !it), *executable);
                content(&mut diff, Some((path, before)), Some((path, after)));
            }
            // git has no patch that makes a link of a file, nor one that renames a file to itself.
            Change::Rename {
                from,
                before,
                after,
            } if from == path || is_link(before) != is_link(after) => {
                deleted(&mut diff, from, before);
                created(&mut diff, path, after);
            }
            Change::Rename {
                from,
                before,
                after,
            } => renamed(&mut diff, from, path, before, after),
        }
    }
    diff
}

fn begin(diff: &mut String, old: &TreePath, new: &TreePath) {
    let (old, new) = (quoted("a/", old), quoted("b/", new));
    let _ = writeln!(diff, "diff --git {old} {new}");
}

fn created(diff: &mut String, path: &TreePath, after: &Node) {
    begin(diff, path, path);
    let _ = writeln!(diff, "new file mode {}", mode(after));
    content(diff, None, Some((path, after.bytes())));
}

fn deleted(diff: &mut String, path: &TreePath, before: &Node) {
    begin(diff, path, path);
    let _ = writeln!(diff, "deleted file mode {}", mode(before));
    content(diff, Some((path, before.bytes())), None);
}

fn renamed(diff: &mut String, from: &TreePath, to: &TreePath, before: &Node, after: &Node) {
    begin(diff, from, to);
    mode_changed(diff, executable(before), executable(after));
    let similarity = similarity(before.bytes(), after.bytes());
    let _ = writeln!(diff, "similarity index {similarity}%");
    let _ = writeln!(diff, "rename from {}", quoted("", from));
    let _ = writeln!(diff, "rename to {}", quoted("", to));
    content(
        diff,
        Some((from, before.bytes())),
        Some((to, after.bytes())),
    );
}

fn is_link(node: &Node) -> bool {
    matches!(node, Node::Link { .. })
}

fn executable(node: &Node) -> Option<bool> {
    match node {
        Node::File { executable, .. } => Some(*executable),
        Node::Link { .. } => None,
    }
}

fn mode(node: &Node) -> &'static str {
    executable(node).map_or("120000", file_mode)
}

fn file_mode(executable: bool) -> &'static str {
    if executable { "100755" } else { "100644" }
}

fn mode_changed(diff: &mut String, before: Option<bool>, after: Option<bool>) {
    if let (Some(before), Some(after)) = (before, after)
        && before != after
    {
        let _ = writeln!(diff, "old mode {}", file_mode(before));
        let _ = writeln!(diff, "new mode {}", file_mode(after));
    }
}

/// How much of a file is still there, in percent of the larger one of both. What changed is never
/// wholly the same.
fn similarity(before: &[u8], after: &[u8]) -> usize {
    if before == after {
        return 100;
    }
    let kept: usize = text(before).zip(text(after)).map_or(0, |(before, after)| {
        let (before, after) = (lines(before), lines(after));
        let lines = TextDiff::from_slices(&before, &after);
        let changes = lines.iter_all_changes();
        changes
            .filter(|change| change.tag() == ChangeTag::Equal)
            .map(|change| change.value().len())
            .sum()
    });
    (kept * 100 / before.len().max(after.len()).max(1)).min(99)
}

/// What git takes for text, as far as it can be printed.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
}

/// Lines as git has them: a lone carriage return ends none.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

type Side<'a> = Option<(&'a TreePath, &'a [u8])>;

fn content(diff: &mut String, old: Side<'_>, new: Side<'_>) {
    let bytes = |side: Side<'_>| side.map_or(Vec::new(), |(_, bytes)| bytes.to_vec());
    let (before, after) = (bytes(old), bytes(new));
    if before == after && old.is_some() == new.is_some() {
        return;
    }
    let (Some(before), Some(after)) = (text(&before), text(&after)) else {
        binary::patch(diff, old.map(|(_, it)| it), new.map(|(_, it)| it));
        return;
    };
    let (before, after) = (lines(before), lines(after));
    let lines = TextDiff::from_slices(&before, &after);
    let lines = lines.unified_diff();
    let hunks: Vec<_> = lines.iter_hunks().collect();
    if hunks.is_empty() {
        return;
    }
    let header = |prefix, side: Side<'_>| {
        let Some((path, _)) = side else {
            return "/dev/null".to_owned();
        };
        let name = quoted(prefix, path);
        // Where a name has a blank, a tab says where it ends.
        let tab = if name.contains(' ') { "\t" } else { "" };
        format!("{name}{tab}")
    };
    let _ = writeln!(diff, "--- {}", header("a/", old));
    let _ = writeln!(diff, "+++ {}", header("b/", new));
    for hunk in hunks {
        let changes: Vec<_> = hunk.iter_changes().collect();
        let old = range(changes.iter().filter_map(similar::Change::old_index));
        let new = range(changes.iter().filter_map(similar::Change::new_index));
        let _ = writeln!(diff, "@@ -{old} +{new} @@");
        for change in changes {
            let _ = write!(diff, "{}{}", change.tag(), change.value());
            if !change.value().ends_with('\n') {
                diff.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
}

/// The lines of one side of a hunk, as its first line says them. The library counts them wrong where lines
/// that are the same stand around what was put in.
fn range(mut lines: impl Iterator<Item = usize>) -> String {
    let Some(first) = lines.next() else {
        return "0,0".to_owned();
    };
    match lines.count() {
        0 => format!("{}", first + 1),
        more => format!("{},{}", first + 1, more + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> TreePath {
        TreePath::new(path).unwrap()
    }

    #[test]
    fn a_hunk_counts_its_lines() {
        let before = b"\\ y\r\ntwo\n";
        let after = b"two\n\r\n\n\\ y\ntwo\n";
        let diff = unified(&ChangeSet::default().replace(path("x"), *before, *after));
        let header = diff.lines().find(|line| line.starts_with("@@"));
        assert_eq!(header, Some("@@ -1,2 +1,5 @@"));
    }

    #[test]
    fn a_diff_has_gits_form() {
        let changes = ChangeSet::default()
            .create(path("new"), *b"one\ntwo\n")
            .replace(path("old"), *b"a\nb\nc", *b"a\nB\nc");
        insta::assert_snapshot!(unified(&changes), @r#"
        diff --git a/new b/new
        new file mode 100644
        --- /dev/null
        +++ b/new
        @@ -0,0 +1,2 @@
        +one
        +two
        diff --git a/old b/old
        --- a/old
        +++ b/old
        @@ -1,3 +1,3 @@
         a
        -b
        +B
         c
        \ No newline at end of file
        "#);
    }

    #[test]
    fn moves_modes_and_deletions_have_headers_of_their_own() {
        let changes = ChangeSet::default()
            .rename(
                path("a"),
                path("my file"),
                Node::file(*b"one\ntwo\n"),
                Node::executable(*b"one\n2\n"),
            )
            .rename(
                path("link"),
                path("z/link"),
                Node::link("a"),
                Node::link("a"),
            )
            .set_executable(path("run"), *b"run\n", true)
            .delete(path("\u{fc}"), Node::link("a"));
        insta::assert_snapshot!(unified(&changes), @r#"
        diff --git a/a b/my file
        old mode 100644
        new mode 100755
        similarity index 50%
        rename from a
        rename to my file
        --- a/a
        +++ b/my file	
        @@ -1,2 +1,2 @@
         one
        -two
        +2
        diff --git a/run b/run
        old mode 100644
        new mode 100755
        diff --git a/link b/z/link
        similarity index 100%
        rename from link
        rename to z/link
        diff --git "a/\303\274" "b/\303\274"
        deleted file mode 120000
        --- "a/\303\274"
        +++ /dev/null
        @@ -1 +0,0 @@
        -a
        \ No newline at end of file
        "#);
    }

    #[test]
    fn what_is_no_text_is_told_as_git_does() {
        let changes = ChangeSet::default().create(path("logo"), *b"\x00\x01\x02");
        insta::assert_snapshot!(unified(&changes), @r#"
        diff --git a/logo b/logo
        new file mode 100644
        index 0000000000000000000000000000000000000000..8352675d67aed6625ece79af41c27fdb4ee2e867
        GIT binary patch
        literal 3
        NcmV+e0Q~;|0RjLA00aO4

        literal 0
        KcmV+b0RR6000031
        "#);
    }
}
