//! The sources of `COPY` and `ADD`.

use std::sync::LazyLock;

use regex::Regex;

use super::image::digest_problem;
use super::{excerpt, problem};
use crate::dockerfile::expand::{Part, Template};
use crate::dockerfile::{Copy, CopySource};
use crate::{Problem, Span, Text};

/// A Git repository by its address, as far as it is one beyond doubt.
static REPOSITORY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^(?:(?:git|ssh)://(?:[A-Za-z0-9_-]+@)?[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._/-]*)?",
        r"|[A-Za-z0-9_-]+@[A-Za-z0-9.-]+:[A-Za-z0-9._/-]*)$"
    ))
    .ok()
});

/// Why `COPY` cannot take one of its sources.
pub(super) fn copy_problem(copy: &Copy, escape: char) -> Option<Problem> {
    let refused = |path: &Text| {
        let template = Template::parse(path, escape);
        let what = if is_url(&template) {
            "the URL"
        } else if REPOSITORY.as_ref()?.is_match(&template.as_literal()?) {
            "the Git repository"
        } else {
            return None;
        };
        Some(problem(
            path.span,
            format!("COPY cannot take {what} `{}`", excerpt(&path.value)),
            "use ADD",
        ))
    };
    paths(copy).find_map(refused)
}

/// Why `ADD` cannot check what it adds against `checksum`.
pub(super) fn checksum_problem(
    checksum: &str,
    span: Span,
    copy: &Copy,
    escape: char,
) -> Option<Problem> {
    if checksum.is_empty() {
        return None;
    }
    let mut sources = paths(copy);
    let (Some(source), None) = (sources.next(), sources.next()) else {
        let message = "`--checksum` needs exactly one source";
        return Some(Problem::new(span, message));
    };
    let template = Template::parse(source, escape);
    let is_url = is_url(&template);
    let source = template.as_literal()?;
    if is_url && !source.contains(".git") {
        return digest_problem(checksum, span);
    }
    let is_local = !is_url
        && !source.contains("://")
        && !source.contains('@')
        && !source.starts_with("github.com/");
    is_local.then(|| {
        problem(
            span,
            "`--checksum` is for downloads and Git repositories only",
            "remove it: what is in the build context is not checked",
        )
    })
}

fn paths(copy: &Copy) -> impl Iterator<Item = &Text> {
    copy.sources.iter().filter_map(|source| match source {
        CopySource::Path(path) => Some(path),
        CopySource::Heredoc(_) => None,
    })
}

/// Whether the text begins with the scheme of a URL, whatever variables follow.
fn is_url(template: &Template) -> bool {
    let Some(Part::Literal(first)) = template.parts.first() else {
        return false;
    };
    first.value.starts_with("http://") || first.value.starts_with("https://")
}
