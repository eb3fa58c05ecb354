//! Change sets as people and `git apply` read them.

use std::fmt::Write;

use similar::TextDiff;

use crate::ChangeSet;

/// A change set as a unified diff in git's form.
pub fn unified(changes: &ChangeSet) -> String {
    let mut diff = String::new();
    for (path, change) in changes.iter() {
        let _ = writeln!(diff, "diff --git a/{path} b/{path}");
        let old = if change.before().is_some() {
            format!("a/{path}")
        } else {
            diff.push_str("new file mode 100644\n");
            "/dev/null".to_owned()
        };
        let before = String::from_utf8_lossy(change.before().unwrap_or_default());
        let after = String::from_utf8_lossy(change.after());
        let lines = TextDiff::from_lines(before.as_ref(), after.as_ref());
        let mut lines = lines.unified_diff();
        let _ = write!(diff, "{}", lines.header(&old, &format!("b/{path}")));
    }
    diff
}

#[cfg(test)]
mod tests {
    use dockwright_environment::TreePath;

    use super::*;

    #[test]
    fn a_diff_has_gits_form() {
        let path = |path| TreePath::new(path).unwrap();
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
}
