//! Comments that silence findings.
//!
//! `# dockwright: ignore[rule, …] reason` on a line of its own covers the next line, and in a
//! Dockerfile the whole next instruction; behind other text it covers its own line.
//! `# dockwright: ignore-file[rule, …] reason` covers its file. In Markdown `<!-- … -->` stands in
//! place of `#`, in JSON with comments `//`. hadolint's `# hadolint ignore=…`
//! and `# hadolint global ignore=…`, `ShellCheck`'s `# shellcheck disable=…` and `BuildKit`'s
//! `# check=skip=…` are honoured too.

use std::collections::HashMap;

use dockwright_environment::{Document, DocumentId, Environment};
use dockwright_syntax::Span;

use crate::finding::Finding;

/// Every suppression comment of an environment.
pub(crate) struct Suppressions(HashMap<DocumentId, Vec<Suppression>>);

/// One suppression comment.
#[derive(Debug)]
struct Suppression {
    /// Rule names or aliases; `all` stands for every rule.
    rules: Vec<String>,
    /// The bytes whose findings it covers; absent for the whole file.
    covers: Option<Span>,
}

impl Suppression {
    fn applies(&self, finding: &Finding, at: Span) -> bool {
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
                || text.contains("check="))
            {
                continue;
            }
            let suppressions = in_document(environment, document);
            if !suppressions.is_empty() {
                all.insert(document.id, suppressions);
            }
        }
        Self(all)
    }

    /// Whether a comment silences the finding.
    pub(crate) fn cover(&self, environment: &Environment, finding: &Finding) -> bool {
        let own = finding.location;
        let host = environment.documents.outermost(own);
        [own, host].iter().any(|location| {
            let suppressions = self.0.get(&location.document).map(Vec::as_slice);
            let mut suppressions = suppressions.unwrap_or_default().iter();
            suppressions.any(|suppression| suppression.applies(finding, location.span))
        })
    }
}

/// What begins a comment in the documents there are: `#` nearly everywhere, `//` in JSON with
/// comments, `<!--` in Markdown.
const COMMENTS: &[&str] = &["#", "//", "<!--"];

fn in_document(environment: &Environment, document: &Document) -> Vec<Suppression> {
    let instructions: Vec<Span> = environment
        .dockerfiles
        .iter()
        .filter(|dockerfile| dockerfile.document == document.id)
        .flat_map(|dockerfile| &dockerfile.tree.instructions)
        .map(|instruction| instruction.span)
        .collect();
    let mut suppressions = Vec::new();
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
        let covers = if comment.file {
            None
        } else if own_line {
            Some(following(document, &instructions, line))
        } else {
            Some(span)
        };
        suppressions.push(Suppression {
            rules: comment.rules,
            covers,
        });
    }
    suppressions
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

struct Comment {
    rules: Vec<String>,
    file: bool,
}

fn parse(comment: &str) -> Option<Comment> {
    let split = |names: &str| {
        let names = names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    if let Some(rest) = comment.strip_prefix("dockwright:") {
        let rest = rest.trim_start();
        let (file, rest) = match rest.strip_prefix("ignore-file") {
            Some(rest) => (true, rest),
            None => (false, rest.strip_prefix("ignore")?),
        };
        let (names, _) = rest.trim_start().strip_prefix('[')?.split_once(']')?;
        return Some(Comment {
            rules: split(names),
            file,
        });
    }
    if let Some(rest) = comment.strip_prefix("hadolint ") {
        let rest = rest.trim_start();
        let (file, rest) = match rest.strip_prefix("global ") {
            Some(rest) => (true, rest.trim_start()),
            None => (false, rest),
        };
        let names = rest
            .strip_prefix("ignore")?
            .trim_start()
            .strip_prefix('=')?;
        return Some(Comment {
            rules: split(names),
            file,
        });
    }
    if let Some(rest) = comment.strip_prefix("shellcheck ") {
        let names = rest.trim_start().strip_prefix("disable=")?;
        let names = names.split_whitespace().next().unwrap_or_default();
        return Some(Comment {
            rules: split(names),
            file: false,
        });
    }
    let directive = comment.strip_prefix("check=")?;
    let skip = directive
        .split(';')
        .find_map(|part| part.trim().strip_prefix("skip="))?;
    Some(Comment {
        rules: split(skip),
        file: true,
    })
}

#[cfg(test)]
mod tests {
    use super::parse;
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
        let read = |comment| parse(comment).map(|comment| (comment.rules, comment.file));
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            read("dockwright: ignore[unbuilt-image, DL3006] the CI builds it"),
            Some((names(&["unbuilt-image", "DL3006"]), false))
        );
        assert_eq!(
            read("dockwright: ignore-file[all] generated"),
            Some((names(&["all"]), true))
        );
        assert_eq!(
            read("hadolint ignore=DL3008,DL3009"),
            Some((names(&["DL3008", "DL3009"]), false))
        );
        assert_eq!(
            read("hadolint global ignore=DL3008"),
            Some((names(&["DL3008"]), true))
        );
        assert_eq!(
            read("check=skip=JSONArgsRecommended,StageNameCasing;error=true"),
            Some((names(&["JSONArgsRecommended", "StageNameCasing"]), true))
        );
        assert_eq!(read("dockwright ignores this"), None);
    }
}
