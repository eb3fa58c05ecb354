//! Findings for people: source excerpts as compilers print them, then a summary.

use std::borrow::Cow;
use std::fmt::Write as _;

use annotate_snippets::renderer::{
    DEFAULT_ERROR_STYLE, DEFAULT_HELP_STYLE, DEFAULT_INFO_STYLE, DEFAULT_WARNING_STYLE, Style,
};
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use dockwright_audit::{Confidence, Finding, Safety, Severity};
use dockwright_environment::{DocumentId, Documents, Location};
use dockwright_syntax::Span;

use crate::escape::{visible, visible_line};
use crate::place::trimmed;
use crate::{FindingsView, rule_page};

/// How to show findings to people.
#[derive(Clone, Debug)]
pub struct TextOptions {
    /// Whether to use colours.
    pub color: bool,
    /// Whether rule names are links (OSC 8), and what the address of a rule's page begins with;
    /// the rule's name follows.
    pub rule_pages: Option<String>,
    /// Columns to fill.
    pub width: usize,
    /// The option that shows what is hidden for its confidence.
    pub show_hidden: String,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self {
            color: false,
            rule_pages: None,
            width: 120,
            show_hidden: "--confidence low".to_owned(),
        }
    }
}

/// More places than this are counted, not shown.
const MAX_RELATED: usize = 4;
/// Places in one file with more lines than this between them get excerpts of their own.
const MAX_GAP: usize = 100;
/// An excerpt of more bytes than this is not shown; its place is.
const MAX_EXCERPT: usize = 64 * 1024;

/// The findings with excerpts of their sources, and a summary.
pub fn text(view: &FindingsView, options: &TextOptions) -> String {
    let renderer = if options.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer
        .hyperlink(options.rule_pages.is_some())
        .term_width(options.width);
    let mut out = String::new();
    for finding in view.findings {
        out += &renderer.render(&[group(view.documents, finding, options)]);
        out += "\n\n";
    }
    out + &summary(view, options)
}

fn group<'a>(documents: &'a Documents, finding: &'a Finding, options: &TextOptions) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut title = level
        .primary_title(visible_line(&finding.message))
        .id(finding.rule.name);
    if let Some(page) = rule_page(options.rule_pages.as_deref(), finding.rule.name) {
        title = title.id_url(visible_line(&page).into_owned());
    }
    let mut group = Group::with_title(title);
    for excerpt in excerpts(documents, finding) {
        group = group.element(excerpt.element(documents));
    }
    if let Some(left) = finding.related.len().checked_sub(MAX_RELATED + 1) {
        group = group.element(Level::NOTE.message(match left {
            0 => "and one more place".to_owned(),
            left => format!("and {} more places", left + 1),
        }));
    }
    if finding.confidence != Confidence::High {
        let confidence = finding.confidence.as_str();
        group = group.element(Level::NOTE.message(format!("the confidence is {confidence}")));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(visible(help)));
    }
    group
}

/// Neighbouring places in one file.
struct Excerpt<'a> {
    document: DocumentId,
    marks: Vec<Mark<'a>>,
}

struct Mark<'a> {
    kind: AnnotationKind,
    span: Span,
    label: &'a str,
}

/// The places of a finding by file and neighbourhood, that of the finding itself first.
fn excerpts<'a>(documents: &Documents, finding: &'a Finding) -> Vec<Excerpt<'a>> {
    let mark = |kind, location: Location, label| {
        let Location { document, span } = trimmed(documents, location);
        (document, Mark { kind, span, label })
    };
    let primary = mark(AnnotationKind::Primary, finding.location, &finding.label);
    let related = finding.related.iter().take(MAX_RELATED);
    let related = related.map(|other| mark(AnnotationKind::Context, other.location, &other.label));

    let mut excerpts: Vec<Excerpt> = Vec::new();
    for (document, mark) in std::iter::once(primary).chain(related) {
        let lines = documents.get(document).lines();
        let near = |other: &Mark| {
            lines.line(other.span.start) <= lines.line(mark.span.end) + MAX_GAP
                && lines.line(mark.span.start) <= lines.line(other.span.end) + MAX_GAP
        };
        let open = excerpts
            .iter_mut()
            .find(|excerpt| excerpt.document == document && excerpt.marks.iter().any(near));
        match open {
            Some(excerpt) => excerpt.marks.push(mark),
            None => excerpts.push(Excerpt {
                document,
                marks: vec![mark],
            }),
        }
    }
    excerpts
}

impl<'a> Excerpt<'a> {
    fn element(&self, documents: &'a Documents) -> Element<'a> {
        let document = documents.get(self.document);
        let path = visible_line(document.path.as_str());
        let lines = document.lines();
        let first = self.marks.iter().map(|mark| mark.span.start).min();
        let last = self.marks.iter().map(|mark| mark.span.end).max();
        let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
        if last == 0 {
            return Origin::path(path).into();
        }
        let start = lines.line_span(&document.text, lines.line(first));
        let end = lines.line_span(&document.text, lines.line(last));
        let window = start.unwrap_or_default().to(end.unwrap_or_default());
        if window.len() > MAX_EXCERPT {
            let place = document.line_column(first);
            let origin = Origin::path(path).line(place.line);
            return origin.char_column(place.column).into();
        }
        let source = window.of(&document.text);
        // The shown text may be longer than the file's, so a place in it is measured as shown.
        let shown = |offset: u32| {
            let before = Span {
                start: window.start,
                end: offset,
            };
            let before = before.of(&document.text);
            // Between the halves of a line ending is before it.
            let after = document.text.get(offset as usize..).unwrap_or_default();
            let before = match before.strip_suffix('\r') {
                Some(line) if after.starts_with('\n') => line,
                _ => before,
            };
            excerpt_text(before).len()
        };
        Snippet::source(excerpt_text(source))
            .path(path)
            .line_start(lines.line(window.start))
            .annotations(self.marks.iter().map(|mark| {
                let span = shown(mark.span.start)..shown(mark.span.end);
                let label = Some(mark.label).filter(|label| !label.is_empty());
                mark.kind.span(span).label(label.map(visible_line))
            }))
            .into()
    }
}

/// Source text for a terminal. Line endings stay what they are.
fn excerpt_text(source: &str) -> Cow<'_, str> {
    if source.contains("\r\n") {
        Cow::Owned(visible(&source.replace("\r\n", "\n")).into_owned())
    } else {
        visible(source)
    }
}

/// `Found 1 error and 2 warnings in 7 files.` and what was left out.
fn summary(view: &FindingsView, options: &TextOptions) -> String {
    let paint = |style: Style, text: String| {
        if options.color {
            format!("{style}{text}{style:#}")
        } else {
            text
        }
    };
    let counts: Vec<String> = [
        (Severity::Error, "error", DEFAULT_ERROR_STYLE),
        (Severity::Warning, "warning", DEFAULT_WARNING_STYLE),
        (Severity::Info, "note", DEFAULT_INFO_STYLE),
    ]
    .into_iter()
    .map(|(severity, noun, style)| (view.count(severity), noun, style))
    .filter(|(count, ..)| *count > 0)
    .map(|(count, noun, style)| paint(style, counted(count, noun)))
    .collect();
    let found = match counts.as_slice() {
        [] => "no findings".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    let mut out = format!("Found {found} in {}", counted(view.files_read, "file"));
    if view.suppressed > 0 {
        // Writing to a string cannot fail.
        let _ = write!(out, "; {} suppressed by comments", view.suppressed);
    }
    if let Some(older) = view.older {
        let _ = write!(out, "; {older} older left out");
    }
    out += ".\n";
    let fixes = |safety| {
        let fixes = view
            .findings
            .iter()
            .filter_map(|finding| finding.fix.as_ref());
        fixes.filter(|fix| fix.safety == safety).count()
    };
    let hint = paint(DEFAULT_HELP_STYLE, "hint".to_owned());
    let _ = match (fixes(Safety::Safe), fixes(Safety::Unsafe)) {
        (0, 0) => Ok(()),
        (safe, 0) => writeln!(out, "{hint}: `dockwright fix` repairs {safe} of them"),
        (0, more) => writeln!(
            out,
            "{hint}: `dockwright fix --unsafe` repairs {more} of them"
        ),
        (safe, more) => writeln!(
            out,
            "{hint}: `dockwright fix` repairs {safe} of them, and with `--unsafe` {more} more"
        ),
    };
    if view.hidden > 0 {
        let (are, them) = if view.hidden == 1 {
            ("is", "it")
        } else {
            ("are", "them")
        };
        let _ = writeln!(
            out,
            "{hint}: {} of lower confidence {are} hidden; `{}` shows {them}",
            counted(view.hidden, "finding"),
            options.show_hidden,
        );
    }
    out
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use crate::sample::{Audit, Numbers, hostile, random_audit, rounds};

    use super::*;

    #[test]
    fn findings_are_shown_with_their_sources() {
        insta::assert_snapshot!(text(&Audit::new().view(), &TextOptions::default()), @r#"
        error[unbuilt-image]: nothing builds `demo-base:1.0`
         --> app/Dockerfile:1:6
          |
        1 | FROM demo-base:1.0
          |      ^^^^^^^^^^^^^ used as a base
        2 | RUN make \
          | -------- needs the base's `make`
          |
         ::: compose.yml:3:12
          |
        3 |     image: demo-base:latest # größer
          |            ---------------- `demo-base` is built under this tag
          |
          = help: name the tag that is built: `demo-base:latest`

        warning[tag-skew]: `demo-base` is built as `latest` but used as `1.0`
         --> compose.yml:3:5
          |
        3 |     image: demo-base:latest # größer
          |     ^^^^^^^^^^^^^^^^^^^^^^^
          |
          = note: the confidence is medium

        error[unparseable-file]: the file is not UTF-8
        --> docker-bake.hcl

        Found 2 errors and 1 warning in 2 files; 1 suppressed by comments.
        hint: 4 findings of lower confidence are hidden; `--confidence low` shows them
        "#);
    }

    #[test]
    fn colours_and_links_come_only_when_asked_for() {
        let audit = Audit::new();
        let plain = text(&audit.view(), &TextOptions::default());
        assert!(!plain.contains('\u{1b}'));
        let options = TextOptions {
            rule_pages: Some("https://example.org/rules/".to_owned()),
            ..TextOptions::default()
        };
        let linked = text(&audit.view(), &options);
        assert!(linked.contains("\u{1b}]8;;https://example.org/rules/unbuilt-image\u{1b}\\"));
        assert!(!linked.contains("\u{1b}["), "{linked:?}");
        let options = TextOptions {
            color: true,
            ..TextOptions::default()
        };
        let coloured = text(&audit.view(), &options);
        assert!(coloured.contains("\u{1b}[") && !coloured.contains("\u{1b}]8"));
    }

    #[test]
    fn nothing_in_a_file_reaches_the_terminal_as_a_command() {
        let output = text(&hostile().view(), &TextOptions::default());
        let unseen = |character: &char| {
            *character != '\n'
                && visible(character.encode_utf8(&mut [0; 4])) != character.to_string()
        };
        assert_eq!(output.chars().find(unseen), None, "{output}");
    }

    #[test]
    fn any_place_has_an_excerpt() {
        let mut numbers = Numbers::default();
        for _ in 0..rounds(200) {
            let audit = random_audit(&mut numbers);
            let output = text(&audit.view(), &TextOptions::default());
            assert_eq!(output.matches("warning[tag-skew]").count(), 3);
        }
    }

    #[test]
    fn the_summary_counts_and_says_what_is_left_out() {
        let mut audit = Audit::new();
        audit.findings.clear();
        let mut view = audit.view();
        view.hidden = 0;
        view.suppressed = 0;
        assert_eq!(
            summary(&view, &TextOptions::default()),
            "Found no findings in 2 files.\n"
        );
        view.hidden = 1;
        view.suppressed = 2;
        view.files_read = 1;
        insta::assert_snapshot!(summary(&view, &TextOptions::default()), @r#"
        Found no findings in 1 file; 2 suppressed by comments.
        hint: 1 finding of lower confidence is hidden; `--confidence low` shows it
        "#);
    }
}
