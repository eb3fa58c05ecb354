//! Markdown documents: code, links, sentences and drawings of directory trees.
//!
//! Source: `CommonMark` 0.31 with the tables of GitHub.

mod commands;
mod listing;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::{Span, Spanned, Text};

pub use listing::{Listing, ListingEntry};

/// A Markdown document.
#[derive(Clone, Debug, Default)]
pub struct Markdown {
    /// Blocks of code, in order.
    pub blocks: Vec<CodeBlock>,
    /// Code in the midst of a text.
    pub codes: Vec<InlineCode>,
    /// What it links to, images too.
    pub links: Vec<Spanned<String>>,
    /// The headings.
    pub headings: Vec<Spanned<String>>,
    /// Paragraphs, items of lists and cells of tables, without markup.
    pub paragraphs: Vec<Text>,
}

/// A block of code.
#[derive(Clone, Debug)]
pub struct CodeBlock {
    /// The first word behind its fence, in lower case.
    pub language: Option<String>,
    /// What is in it, without the indentation of the list it stands in.
    pub text: Text,
    /// Number of the heading it stands under, if any.
    pub heading: Option<usize>,
}

/// Code in the midst of a text.
#[derive(Clone, Debug)]
pub struct InlineCode {
    /// What is between the backticks.
    pub text: Text,
    /// The paragraph it stands in: index into [`Markdown::paragraphs`].
    pub paragraph: usize,
}

impl CodeBlock {
    /// The block as a shell script: without prompts and what commands put out. `None` where it is
    /// in another language.
    pub fn commands(&self) -> Option<Text> {
        commands::of(self)
    }

    /// The directory tree that it draws, if it does.
    pub fn listing(&self) -> Option<Listing> {
        listing::of(&self.text)
    }
}

/// Reads a document.
pub fn parse(source: &str) -> Markdown {
    let mut reader = Reader::default();
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    for (event, range) in Parser::new_ext(source, options).into_offset_iter() {
        reader.event(event, Span::new(range.start, range.end), source);
    }
    reader.flush();
    reader.document
}

#[derive(Default)]
struct Reader {
    document: Markdown,
    block: Option<CodeBlock>,
    heading: Option<(String, Span)>,
    paragraph: Text,
}

impl Reader {
    fn event(&mut self, event: Event<'_>, span: Span, source: &str) {
        match event {
            Event::Start(tag) => self.start(tag, span, source),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text, span),
            Event::Code(code) => self.code(&code, span, source),
            Event::SoftBreak | Event::HardBreak => self.text(" ", span),
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html, span),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, span: Span, source: &str) {
        match tag {
            Tag::CodeBlock(kind) => {
                self.flush();
                let language = match kind {
                    CodeBlockKind::Fenced(info) => {
                        let word = info.split([' ', ',', '{']).next().unwrap_or_default();
                        (!word.is_empty()).then(|| word.to_lowercase())
                    }
                    CodeBlockKind::Indented => None,
                };
                self.block = Some(CodeBlock {
                    language,
                    text: Text::default(),
                    heading: self.document.headings.len().checked_sub(1),
                });
            }
            Tag::Heading { .. } => {
                self.flush();
                self.heading = Some((String::new(), span));
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                let place = target(source, span, &dest_url);
                self.document
                    .links
                    .push(Spanned::new(dest_url.to_string(), place));
            }
            Tag::Paragraph | Tag::Item | Tag::TableCell => self.flush(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::CodeBlock => self.document.blocks.extend(self.block.take()),
            TagEnd::Heading(_) => {
                if let Some((text, span)) = self.heading.take() {
                    self.document.headings.push(Spanned::new(text, span));
                }
            }
            TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell => self.flush(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, span: Span) {
        let piece = Text::verbatim(text, span);
        if let Some(block) = &mut self.block {
            block.text.append(&piece);
        } else if let Some((heading, _)) = &mut self.heading {
            heading.push_str(text);
        } else {
            self.paragraph.append(&piece);
        }
    }

    fn code(&mut self, code: &str, span: Span, source: &str) {
        let written = span.of(source);
        let at = written.find(code).unwrap_or_default();
        let start = span.start as usize + at;
        let text = Text::verbatim(code, Span::new(start, start + code.len()));
        if let Some((heading, _)) = &mut self.heading {
            heading.push_str(code);
        } else {
            self.paragraph.append(&text);
        }
        self.document.codes.push(InlineCode {
            text,
            paragraph: self.document.paragraphs.len(),
        });
    }

    /// `<a href="…">` and `<img src="…">`.
    fn html(&mut self, html: &str, span: Span) {
        for key in ["href=\"", "src=\""] {
            for (at, _) in html.match_indices(key) {
                let start = at + key.len();
                let rest = html.get(start..).unwrap_or_default();
                if let Some((target, _)) = rest.split_once('"') {
                    let from = span.start as usize + start;
                    let place = Span::new(from, from + target.len());
                    self.document
                        .links
                        .push(Spanned::new(target.to_owned(), place));
                }
            }
        }
    }

    fn flush(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        if !paragraph.value.is_empty() {
            self.document.paragraphs.push(paragraph);
        }
    }
}

/// Where the target of a link stands; the whole link where it is written elsewhere.
fn target(source: &str, link: Span, target: &str) -> Span {
    let written = link.of(source);
    let at = written.rfind(target).filter(|_| !target.is_empty());
    at.map_or(link, |at| {
        let start = link.start as usize + at;
        Span::new(start, start + target.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn code_links_and_sentences() {
        let source = "\
# Build `it`

Run `docker build .` in [the docs](docs/a%20b.md#x).

1. First:

   ```sh
   cd web
   docker build .
   ```

| a | `b` |
|---|---|
| <img src=\"x.png\"> | c |
";
        let document = parse(source);
        assert_eq!(document.headings[0].value, "Build it");
        let codes: Vec<&str> = document
            .codes
            .iter()
            .map(|it| it.text.value.as_str())
            .collect();
        assert_eq!(codes, ["it", "docker build .", "b"]);
        assert_eq!(document.codes[1].text.span.of(source), "docker build .");
        let links: Vec<&str> = document.links.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(links, ["docs/a%20b.md#x", "x.png"]);
        assert_eq!(document.links[0].span.of(source), "docs/a%20b.md#x");
        let block = &document.blocks[0];
        assert_eq!(block.text.value, "cd web\ndocker build .\n");
        let at = block.text.value.find("docker").unwrap();
        assert_eq!(
            block.text.source_span(Span::new(at, at + 12)).of(source),
            "docker build"
        );
        assert_eq!(
            document.paragraphs[0].value,
            "Run docker build . in the docs."
        );
    }

    #[test]
    fn line_ends_of_windows_keep_their_places() {
        let source = "```sh\r\ncd web\r\ndocker ps\r\n```\r\n";
        let block = &parse(source).blocks[0];
        let at = block.text.value.find("docker").unwrap();
        assert_eq!(
            block.text.source_span(Span::new(at, at + 9)).of(source),
            "docker ps"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[a-z`#\\[\\]()<>\"=|├└─ \n$-]{0,80}") {
            for block in parse(&text).blocks {
                block.commands();
                block.listing();
            }
        }
    }
}
