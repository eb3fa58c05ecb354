//! Blocks of Markdown documents as units.

use dockwright_syntax::Span;

/// A paragraph, list, table or block of code.
pub(crate) struct Block {
    /// What it says, white space made even.
    pub(crate) text: String,
    /// How many words it has.
    pub(crate) words: usize,
    /// Where it stands.
    pub(crate) span: Span,
    /// What it is.
    pub(crate) kind: BlockKind,
}

/// What a [`Block`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockKind {
    /// A paragraph or list.
    Paragraph,
    /// A table.
    Table,
    /// A fenced block of code.
    Code,
}

impl BlockKind {
    /// The word that people read.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Paragraph => "paragraph",
            Self::Table => "table",
            Self::Code => "block of code",
        }
    }
}

/// The blocks of a Markdown document, those under one heading together.
pub(crate) fn sections(text: &str) -> Vec<Vec<Block>> {
    let mut reader = Reader::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        reader.line(line, at);
        at += line.len();
    }
    reader.end_section();
    reader.sections
}

#[derive(Default)]
struct Reader {
    sections: Vec<Vec<Block>>,
    blocks: Vec<Block>,
    block: Option<Block>,
    /// What closes the block of code that is open.
    fence: Option<String>,
}

impl Reader {
    fn line(&mut self, line: &str, at: usize) {
        let own = line.trim();
        let span = {
            let start = at + line.len() - line.trim_start().len();
            Span::new(start, start + own.len())
        };
        if let Some(fence) = &self.fence {
            if own.starts_with(fence.as_str()) && own.trim_start_matches(['`', '~']).is_empty() {
                self.fence = None;
            }
            self.add(own, span, BlockKind::Code);
            if self.fence.is_none() {
                self.end_block();
            }
            return;
        }
        let fence = ["```", "~~~"].iter().find(|fence| own.starts_with(**fence));
        if let Some(fence) = fence {
            self.end_block();
            let letter = fence.chars().next().unwrap_or('`');
            let length = own.len() - own.trim_start_matches(letter).len();
            self.fence = Some(letter.to_string().repeat(length));
            self.add(own, span, BlockKind::Code);
        } else if own.is_empty() {
            self.end_block();
        } else if own.starts_with('#') {
            self.end_section();
        } else if own.starts_with('|') {
            self.add(own, span, BlockKind::Table);
        } else {
            self.add(own, span, BlockKind::Paragraph);
        }
    }

    fn add(&mut self, line: &str, span: Span, kind: BlockKind) {
        if self.block.as_ref().is_some_and(|block| block.kind != kind) {
            self.end_block();
        }
        let block = self.block.get_or_insert_with(|| Block {
            text: String::new(),
            words: 0,
            span,
            kind,
        });
        for word in line.split_whitespace() {
            if !block.text.is_empty() {
                block.text.push(' ');
            }
            block.text.push_str(word);
            block.words += usize::from(word.contains(char::is_alphanumeric));
        }
        // The lines of code and of lists are more than their words.
        if kind == BlockKind::Code {
            block.text.push('\n');
        }
        block.span = block.span.to(span);
    }

    fn end_block(&mut self) {
        self.blocks.extend(self.block.take());
    }

    fn end_section(&mut self) {
        self.end_block();
        let blocks = std::mem::take(&mut self.blocks);
        if !blocks.is_empty() {
            self.sections.push(blocks);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_document_is_cut_into_blocks() {
        let text = "# A\n\none\n  two\n\n| a |\n|---|\n\n## B\n```sh\n# c\n\nd\n```\nthree\n";
        let shown: Vec<Vec<String>> = sections(text)
            .iter()
            .map(|blocks| {
                let blocks = blocks.iter();
                blocks
                    .map(|block| {
                        format!("{} {} {:?}", block.kind.as_str(), block.words, block.text)
                    })
                    .collect()
            })
            .collect();
        assert_eq!(
            shown,
            [
                vec!["paragraph 2 \"one two\"", "table 1 \"| a | |---|\""],
                vec![
                    "block of code 3 \"```sh\\n # c\\n\\n d\\n ```\\n\"",
                    "paragraph 1 \"three\""
                ],
            ]
        );
        assert_eq!(sections(text)[0][0].span.of(text), "one\n  two");
    }

    proptest! {
        #[test]
        fn blocks_stand_in_order_and_apart(text in "[a`~#| \n]{0,60}") {
            let mut end = 0;
            for block in sections(&text).iter().flatten() {
                prop_assert!(block.span.start >= end && block.span.start <= block.span.end);
                end = block.span.end;
            }
        }
    }
}
