//! Comments that silence findings.
//!
//! `# dockwright: ignore[rule, …] reason` on a line of its own covers the next line, and in a
//! Dockerfile the whole next instruction; behind other text it covers its own line.
//! `# dockwright: ignore-file[rule, …] reason` covers its file. In Markdown `<!-- … -->` stands in
//! place of `#`, in JSON with comments `//`. hadolint's `# hadolint ignore=…`,
//! `# hadolint stage ignore=…` and `# hadolint global ignore=…`, `ShellCheck`'s `# shellcheck disable=…` and, in
//! Compose files, the comments of Docker Compose Linter are honoured too, and so is `BuildKit`'s `# check=skip=…`: as a directive it
//! covers the Dockerfile, above an instruction that instruction, and it speaks of build checks alone.

mod dclint;

use std::collections::HashMap;

use dockwright_environment::{Document, DocumentId, Environment, Location};
use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::Dockerfile;

use crate::build_checks;
use crate::finding::Finding;

/// Every suppression comment of an environment.
pub(crate) struct Suppressions(HashMap<DocumentId, Vec<Suppression>>);

/// One suppression comment.
#[derive(Debug)]
struct Suppression {
    /// Rule names or aliases; `all` stands for every rule.
    rules: Vec<String>,
    /// Whether it speaks of build checks alone.
    checks: bool,
    /// The bytes whose findings it covers; absent for the whole file.
    covers: Option<Span>,
    /// Whether it is one of hadolint's, which its configuration may switch off.
    pragma: bool,
}

impl Suppression {
    /// Whether it covers a finding by a place that takes part in it: another tool may point there,
    /// so that its code counts there too.
    fn applies_beside(&self, finding: &Finding, at: Span) -> bool {
        let mut names = self.rules.iter();
        self.covers
            .is_some_and(|covers| covers.start <= at.start && at.start < covers.end)
            && names.any(|name| finding.has_code(name))
    }

    fn applies(&self, finding: &Finding, at: Span) -> bool {
        if self.checks && !build_checks::can_be_skipped(finding) {
            return false;
        }
        let named = self
            .rules
            .iter()
            .any(|name| name.eq_ignore_ascii_case("all") || finding.answers_to(name));
        named
            && self
                .covers
                .is_none_or(|covers| covers.start <= at.start && at.start < covers.end)
    }
}

impl Suppressions {
    /// Reads the comments of every document that may hold one.
    pub(crate) fn read(environment: &Environment) -> Self {
        let mut all = HashMap::new();
        for document in environment.documents.iter() {
            let text = &document.text;
            if !(text.contains("dockwright:")
                || text.contains("hadolint")
                || text.contains("shellcheck disable=")
                || text.contains("check=")
                || text.contains("dclint"))
            {
                continue;
            }
            let suppressions = in_document(environment, document);
            if !suppressions.is_empty() {
                all.insert(document.id, suppressions);
            }
        }
        for dockerfile in &environment.dockerfiles {
            let left_out = of_directive(&dockerfile.tree);
            let own: &mut Vec<Suppression> = all.entry(dockerfile.document).or_default();
            own.extend(left_out);
        }
        Self(all)
    }

    /// Whether a comment silences the finding; `pragmas` says whether those of hadolint count.
    pub(crate) fn cover(
        &self,
        environment: &Environment,
        finding: &Finding,
        pragmas: bool,
    ) -> bool {
        let in_document = |location: Location| {
            let suppressions = self.0.get(&location.document).map(Vec::as_slice);
            let suppressions = suppressions.unwrap_or_default().iter();
            suppressions.filter(|suppression| pragmas || !suppression.pragma)
        };
        let own = finding.location;
        let host = environment.documents.outermost(own);
        let covers = |location: &Location| {
            in_document(*location).any(|suppression| suppression.applies(finding, location.span))
        };
        let mut beside = finding.related.iter().map(|related| related.location);
        [own, host].iter().any(covers)
            || beside.any(|location| {
                let mut suppressions = in_document(location);
                suppressions.any(|suppression| suppression.applies_beside(finding, location.span))
            })
    }
}

/// What begins a comment in the documents there are: `#` nearly everywhere, `//` in JSON with
/// comments, `<!--` in Markdown.
const COMMENTS: &[&str] = &["#", "//", "<!--"];

fn in_document(environment: &Environment, document: &Document) -> Vec<Suppression> {
    let mut dockerfiles = environment.dockerfiles.iter();
    let dockerfile = dockerfiles.find(|dockerfile| dockerfile.document == document.id);
    let tree = dockerfile.map(|dockerfile| &dockerfile.tree);
    let instructions: Vec<Span> = tree
        .iter()
        .flat_map(|tree| &tree.instructions)
        .map(|instruction| instruction.span)
        .collect();
    let mut suppressions = dclint::in_text(&document.text);
    for line in 1..=document.lines().line_count() {
        let Some(span) = document.lines().line_span(&document.text, line) else {
            continue;
        };
        let text = span.of(&document.text);
        let openings = COMMENTS.iter().flat_map(|open| {
            let places = text.match_indices(open);
            places.map(move |(at, _)| (at, at + open.len()))
        });
        let openings: Vec<(usize, usize)> = openings.collect();
        let Some(first) = openings.iter().map(|(at, _)| *at).min() else {
            continue;
        };
        let before = text.get(..first).unwrap_or_default();
        let own_line = before.trim().is_empty();
        let mut comments = openings
            .iter()
            .filter_map(|(_, behind)| text.get(*behind..));
        let Some(comment) =
            comments.find_map(|comment| parse(comment.trim().trim_end_matches("-->").trim_end()))
        else {
            continue;
        };
        if comment.checks && !(own_line && tree.is_some_and(|tree| is_comment(tree, span))) {
            continue;
        }
        let covers = match comment.scope {
            Scope::File => None,
            Scope::Stage => Some(stage(environment, document, span)),
            Scope::Next if own_line => Some(following(document, &instructions, line)),
            Scope::Next => Some(span),
        };
        suppressions.push(Suppression {
            rules: comment.rules,
            checks: comment.checks,
            covers,
            pragma: comment.pragma,
        });
    }
    suppressions
}

/// What the `check` directive of a Dockerfile leaves out.
fn of_directive(tree: &Dockerfile) -> Option<Suppression> {
    let skip = build_checks::Options::of(tree).skip;
    (!skip.is_empty()).then(|| Suppression {
        rules: skip.into_iter().map(str::to_owned).collect(),
        checks: true,
        covers: None,
        pragma: false,
    })
}

/// Whether a line of a Dockerfile is a comment, and no directive.
fn is_comment(tree: &Dockerfile, line: Span) -> bool {
    let mut comments = tree.comments.iter();
    comments.any(|comment| line.contains(*comment))
}

/// The next instruction of a Dockerfile, or the next line that is no comment.
fn following(document: &Document, instructions: &[Span], line: usize) -> Span {
    let lines = (line + 1)..=document.lines().line_count();
    let next = lines
        .filter_map(|line| document.lines().line_span(&document.text, line))
        .find(|span| {
            let text = span.of(&document.text).trim_start();
            !text.is_empty() && !text.starts_with('#')
        });
    let Some(next) = next else {
        return Span::at(document.text.len());
    };
    let instruction = instructions
        .iter()
        .find(|span| span.start >= next.start && span.start < next.end);
    instruction.map_or(next, |instruction| next.to(*instruction))
}

/// The stage that a comment stands in; one directly above a `FROM` belongs to that.
fn stage(environment: &Environment, document: &Document, comment: Span) -> Span {
    let mut dockerfiles = environment.dockerfiles.iter();
    let tree = dockerfiles
        .find(|dockerfile| dockerfile.document == document.id)
        .map(|dockerfile| &dockerfile.tree);
    let Some(tree) = tree else {
        return comment;
    };
    let next = tree
        .instructions
        .iter()
        .position(|instruction| instruction.span.start > comment.start)
        .unwrap_or(tree.instructions.len().saturating_sub(1));
    let mut stages = tree.stages.iter();
    let own = stages.find(|stage| stage.instructions.contains(&next));
    let instructions = own.map(|stage| tree.stage_instructions(stage));
    match instructions.unwrap_or_default() {
        [first, .., last] => first.span.to(last.span),
        [only] => only.span,
        [] => comment,
    }
}

struct Comment {
    rules: Vec<String>,
    /// Whether it speaks of build checks alone.
    checks: bool,
    scope: Scope,
    /// Whether it is one of hadolint's.
    pragma: bool,
}

/// What a comment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// The next instruction, or its own line.
    Next,
    /// A stage of a Dockerfile.
    Stage,
    /// Its file.
    File,
}

fn parse(comment: &str) -> Option<Comment> {
    let split = |names: &str| {
        let names = names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    let comment_of = |names: &str, scope| Comment {
        rules: split(names),
        checks: false,
        scope,
        pragma: false,
    };
    if let Some(rest) = comment.strip_prefix("dockwright:") {
        let rest = rest.trim_start();
        let (scope, rest) = match rest.strip_prefix("ignore-file") {
            Some(rest) => (Scope::File, rest),
            None => (Scope::Next, rest.strip_prefix("ignore")?),
        };
        let (names, _) = rest.trim_start().strip_prefix('[')?.split_once(']')?;
        return Some(comment_of(names, scope));
    }
    if let Some(rest) = comment.strip_prefix("hadolint ") {
        let rest = rest.trim_start();
        let scopes = [("global ", Scope::File), ("stage ", Scope::Stage)];
        let found = scopes
            .iter()
            .find_map(|(word, scope)| Some((*scope, rest.strip_prefix(word)?)));
        let (scope, rest) = found.unwrap_or((Scope::Next, rest));
        let names = rest.trim_start().strip_prefix("ignore")?.trim_start();
        // A reason may stand behind the codes.
        let names = names.strip_prefix('=')?.split('#').next()?;
        return Some(Comment {
            pragma: true,
            ..comment_of(names, scope)
        });
    }
    if let Some(rest) = comment.strip_prefix("shellcheck ") {
        let names = rest.trim_start().strip_prefix("disable=")?;
        let names = names.split_whitespace().next().unwrap_or_default();
        return Some(comment_of(names, Scope::Next));
    }
    let options = comment
        .strip_prefix("check")?
        .trim_start()
        .strip_prefix('=')?;
    let skip = build_checks::Options::parse(options.trim_start()).skip;
    (!skip.is_empty()).then(|| Comment {
        rules: skip.into_iter().map(str::to_owned).collect(),
        checks: true,
        scope: Scope::Next,
        pragma: false,
    })
}

#[cfg(test)]
mod tests {
    use super::{Scope, parse};
    use crate::testing::audit;

    #[test]
    fn a_document_has_comments_of_its_own() {
        let files = |comment: &str| {
            format!(
                "-- compose.yaml --\nservices:\n  a:\n    image: nginx\n-- README.md --\n{comment}\nRun `docker-compose up -d` there.\n"
            )
        };
        let comment = "<!-- dockwright: ignore[legacy-compose] on old hosts -->";
        assert_eq!(audit("legacy-compose", &files(comment)), "");
        assert!(audit("legacy-compose", &files("")).contains("README.md:2"));
    }

    #[test]
    fn comments_of_three_tools_are_understood() {
        let read = |comment| parse(comment).map(|comment| (comment.rules, comment.scope));
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            read("dockwright: ignore[unbuilt-image, DL3006] the CI builds it"),
            Some((names(&["unbuilt-image", "DL3006"]), Scope::Next))
        );
        assert_eq!(
            read("dockwright: ignore-file[all] generated"),
            Some((names(&["all"]), Scope::File))
        );
        assert_eq!(
            read("hadolint ignore=DL3008,DL3009"),
            Some((names(&["DL3008", "DL3009"]), Scope::Next))
        );
        assert_eq!(
            read("hadolint global ignore=DL3008"),
            Some((names(&["DL3008"]), Scope::File))
        );
        assert_eq!(
            read("check=skip=JSONArgsRecommended,StageNameCasing;error=true"),
            Some((
                names(&["JSONArgsRecommended", "StageNameCasing"]),
                Scope::Next
            ))
        );
        assert_eq!(
            read("hadolint stage ignore=DL3003 # the tool wants it"),
            Some((names(&["DL3003"]), Scope::Stage))
        );
        assert_eq!(read("dockwright ignores this"), None);
    }

    #[test]
    fn a_code_counts_where_its_tool_points() {
        let silent = |comment: &str| {
            let file = format!("-- Dockerfile --\nFROM debian\nCMD a\n# {comment}\nCMD b\n");
            audit("overridden-instruction", &file).is_empty()
        };
        assert!(silent("hadolint ignore=DL4003"));
        assert!(!silent("hadolint ignore=DL4004"));
        assert!(!silent("dockwright: ignore[overridden-instruction]"));
    }

    #[test]
    fn a_check_is_left_out_by_a_directive_or_above_an_instruction() {
        let silent = |dockerfile: &str| {
            let files = format!("-- Dockerfile --\n{dockerfile}");
            audit("deprecated-maintainer", &files).is_empty()
        };
        assert!(silent("# check=skip=all\nFROM debian\nMAINTAINER a\n"));
        assert!(silent(
            "# Check = skip=A,MaintainerDeprecated;error=true\nFROM a\nMAINTAINER a\n"
        ));
        assert!(silent(
            "FROM a\n# check=skip=MaintainerDeprecated\nMAINTAINER a\n"
        ));
        // What follows a comment is no directive, and neither is an option behind a blank.
        assert!(!silent(
            "# Why\n# check=skip=all\nFROM debian\nMAINTAINER a\n"
        ));
        assert!(!silent(
            "# check=error=true; skip=all\nFROM debian\nMAINTAINER a\n"
        ));
        assert!(!silent("FROM a\nRUN true # check=skip=all\nMAINTAINER a\n"));
    }

    #[test]
    fn a_check_that_is_left_out_leaves_other_rules() {
        let file = "-- Dockerfile --\n# check=skip=all\nFROM debian\nRUN curl $A\nSHELL [\"bash\", \"-c\"]\nCMD a\n";
        assert!(audit("shell-form-command", file).contains("Dockerfile:5:5"));
    }

    #[test]
    fn a_comment_for_a_stage_covers_it_alone() {
        let dockerfile = |comment: &str| {
            format!(
                "-- Dockerfile --\nFROM debian:trixie AS a\nRUN cd /a && make\n{comment}RUN cd /b && make\nFROM debian:trixie\nRUN cd /c && make\n"
            )
        };
        let output = audit("cd-in-run", &dockerfile("# hadolint stage ignore=DL3003\n"));
        insta::assert_snapshot!(output, @"
        warning (low) Dockerfile:6:5 `cd` changes the directory of this step only
          help: `WORKDIR` stays for the steps that follow
        ");
        let above = dockerfile("").replace(
            "FROM debian:trixie\n",
            "# hadolint stage ignore=DL3003\nFROM debian:trixie\n",
        );
        assert!(audit("cd-in-run", &above).contains("Dockerfile:2:5"));
        assert!(!audit("cd-in-run", &above).contains("/c"));
        assert_eq!(audit("cd-in-run", &above).matches("warning").count(), 2);
    }
}
