//! `ineffective-directive`

use dockwright_environment::DockerfileDocument;
use dockwright_environment::Location;
use dockwright_syntax::Span;

use crate::nearest;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix};

/// The parser directives. Source: the Dockerfile reference.
const DIRECTIVES: [&str; 3] = ["syntax", "escape", "check"];

rule! {
    /// There is a comment that was to be a parser directive.
    ///
    /// ## What it does
    ///
    /// Looks for `# syntax=…`, `# escape=…` and `# check=…` behind the place where directives end: the first
    /// comment of another kind, empty line or instruction. Looks for names that are nearly those, at the top.
    ///
    /// ## Why is this bad?
    ///
    /// It is a comment like any other. The Dockerfile is built with the syntax that the builder has by chance, and
    /// checks that were to fail the build do not.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// # The shop.
    /// # syntax=docker/dockerfile:1
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// # syntax=docker/dockerfile:1
    /// # The shop.
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Moving `syntax` or `check` to the top is unsafe: what it says was never tried. So is a name that is put right.
    /// There is no fix for `escape`, with which every line is read otherwise.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: "Parser directives"
    IneffectiveDirective {
        name: "ineffective-directive",
        family: Dockerfile,
        severity: Warning,
        fix: Unsafe,
        aliases: [],
    }
}

impl Rule for IneffectiveDirective {
    fn check_dockerfile(
        &self,
        cx: Context<'_>,
        dockerfile: &DockerfileDocument,
        findings: &mut Vec<Finding>,
    ) {
        let tree = &dockerfile.tree;
        let text = &cx.environment.documents.get(dockerfile.document).text;
        let first = tree
            .instructions
            .first()
            .map_or(u32::MAX, |it| it.span.start);
        let is_directive = |comment: Span| {
            let mut directives = tree.directives.iter();
            directives.any(|it| comment.contains(it.name.span))
        };
        for comment in tree.comments.iter().filter(|it| !is_directive(**it)) {
            let Some((name, value)) = parts(comment.of(text)) else {
                continue;
            };
            let place = Location::new(dockerfile.document, *comment);
            let is_late = DIRECTIVES.contains(&name.as_str());
            let is_given = tree.directives.iter().any(|it| it.name.value == name);
            if !fits(&name, value) || is_given {
                continue;
            }
            if is_late {
                let message = format!("`{name}` is a comment here: directives end before");
                let mut finding =
                    Finding::new(self.metadata(), place, message).help("put it on the first line");
                if name != "escape" {
                    finding = finding.fix(moved(cx, dockerfile, *comment));
                }
                if comment.start > first {
                    finding = finding.confidence(Confidence::Medium);
                }
                findings.push(finding);
                continue;
            }
            let meant = nearest::name(&name, DIRECTIVES).filter(|meant| fits(meant, value));
            // What stands in the midst of other comments may be prose.
            let is_at_top = comment.start < first
                && text
                    .get(..comment.start as usize)
                    .is_some_and(|before| before.lines().all(|line| line.starts_with('#')));
            if let Some(meant) = meant.filter(|_| is_at_top) {
                let message = format!("there is no directive `{name}`");
                findings.push(
                    Finding::new(self.metadata(), place, message)
                        .confidence(Confidence::Medium)
                        .help(format!("did you mean `{meant}`?"))
                        .fix(renamed(cx, place, &name, meant)),
                );
            }
        }
    }
}

/// Name and value of a comment that is written as a directive is.
fn parts(comment: &str) -> Option<(String, &str)> {
    let (name, value) = comment.trim_start_matches('#').split_once('=')?;
    let name = name.trim().to_ascii_lowercase();
    let is_name = !name.is_empty() && name.bytes().all(|it| it.is_ascii_lowercase());
    is_name.then_some((name, value.trim()))
}

/// Whether a value is one that a directive can have.
fn fits(name: &str, value: &str) -> bool {
    match name {
        "escape" => matches!(value, "\\" | "`"),
        "check" => {
            value.starts_with("skip=")
                || value.starts_with("error=")
                || value.starts_with("experimental=")
        }
        _ => !value.contains(char::is_whitespace) && value.contains("dockerfile"),
    }
}

/// Moves a comment to the first line, behind the directives that are there.
fn moved(cx: Context<'_>, dockerfile: &DockerfileDocument, comment: Span) -> Option<Fix> {
    let document = cx.environment.documents.get(dockerfile.document);
    let directives = dockerfile.tree.directives.iter();
    let last = directives.map(|it| it.value.span.end as usize).max();
    let top = last.map_or(0, |end| {
        let rest = document.text.get(end..).unwrap_or_default();
        end + rest.find('\n').map_or(rest.len(), |length| length + 1)
    });
    let fix = Fix::with_care("move it to the first line", "what it says was never tried");
    let line = format!("{}\n", comment.of(&document.text));
    let fix = fix.insert(document.id, u32::try_from(top).ok()?, line);
    Some(fix.delete_lines(document, comment))
}

/// Puts the name right.
fn renamed(cx: Context<'_>, place: Location, name: &str, meant: &str) -> Option<Fix> {
    let text = cx.environment.documents.text(place);
    let start = place.span.start as usize + text.find(|it: char| it.is_ascii_alphabetic())?;
    let name = Location::new(place.document, Span::new(start, start + name.len()));
    let fix = Fix::with_care(format!("write `{meant}`"), "what it says was never tried");
    Some(fix.replace(name, meant))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(dockerfile: &str) -> String {
        audit(
            "ineffective-directive",
            &format!("-- Dockerfile --\n{dockerfile}"),
        )
    }

    #[test]
    fn directives_end_with_the_first_line_of_another_kind() {
        for before in ["# why\n", "\n", "FROM a\n", "# check=error=true\n# why\n"] {
            let text = format!("{before}# syntax=docker/dockerfile:1\nFROM b\n");
            assert!(check(&text).contains("directives end before"), "{before}");
        }
        for text in [
            "# syntax=docker/dockerfile:1\nFROM a\n",
            "# syntax=docker/dockerfile:1\n# why\n# syntax=docker/dockerfile:1\nFROM a\n",
            "FROM a\n# the syntax = what one writes\n# check=yes\nRUN b\n",
        ] {
            assert_eq!(check(text), "", "{text}");
        }
    }

    #[test]
    fn names_are_misspelt() {
        insta::assert_snapshot!(check("# sytnax=docker/dockerfile:1\n# user=app\nFROM a\n"), @r#"
        warning (medium) Dockerfile:1:1 there is no directive `sytnax`
          help: did you mean `syntax`?
        "#);
    }

    #[test]
    fn it_goes_behind_the_directives() {
        insta::assert_snapshot!(fix("ineffective-directive", "\
-- Dockerfile --
# check=skip=JSONArgsRecommended
# The shop.
#syntax=docker/dockerfile:1
FROM debian:trixie
"), @r#"
        unsafe: move it to the first line, for what it says was never tried
        -- Dockerfile --
        +#syntax=docker/dockerfile:1
        -#syntax=docker/dockerfile:1
        "#);
    }

    #[test]
    fn a_name_is_put_right() {
        insta::assert_snapshot!(fix("ineffective-directive", "\
-- Dockerfile --
#  Sytnax = docker/dockerfile:1
FROM debian:trixie
"), @r#"
        unsafe: write `syntax`, for what it says was never tried
        -- Dockerfile --
        -#  Sytnax = docker/dockerfile:1
        +#  syntax = docker/dockerfile:1
        "#);
    }
}
