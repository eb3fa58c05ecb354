//! The place in a Dockerfile as `BuildKit` shows it below an error.
//!
//! ```text
//! Dockerfile:5
//! --------------------
//!    4 |     FROM debian
//!    5 | >>> RUN make
//!    6 |
//! --------------------
//! ```

/// Lines of a Dockerfile, some of them marked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The file as the engine calls it: its name without the directory.
    pub file: String,
    /// The lines, one after another.
    pub lines: Vec<ExcerptLine>,
}

/// A line of an [`Excerpt`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExcerptLine {
    /// Its number, from one.
    pub number: usize,
    /// Whether it is what the error is about.
    pub marked: bool,
    /// The line without its end.
    pub text: String,
}

/// More lines than this are not read.
const MAX_LINES: usize = 200;
const MARK: &str = ">>>";

/// What became of a line that was given to a [`Reader`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// It may belong to an excerpt.
    Taken,
    /// An excerpt is complete.
    Excerpt(Excerpt),
    /// Neither this line nor those that were taken before are an excerpt.
    Other(Vec<String>),
}

/// Finds excerpts among lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Reader {
    taken: Vec<String>,
    excerpt: Excerpt,
}

impl Reader {
    pub(super) fn line(&mut self, line: &str) -> Read {
        let line = line.trim_end_matches(['\r', '\n']);
        self.taken.push(line.to_owned());
        match self.taken.len() {
            1 => match heading(line) {
                Some(file) => file.clone_into(&mut self.excerpt.file),
                None => return Read::Other(self.give_up()),
            },
            2 if is_rule(line) => {}
            length if length > 2 && is_rule(line) => {
                self.taken.clear();
                return Read::Excerpt(std::mem::take(&mut self.excerpt));
            }
            length if length > 2 && length <= MAX_LINES => match source(line) {
                Some(line) => self.excerpt.lines.push(line),
                None => return Read::Other(self.give_up()),
            },
            _ => return Read::Other(self.give_up()),
        }
        Read::Taken
    }

    /// The lines that were taken and did not become an excerpt.
    pub(super) fn give_up(&mut self) -> Vec<String> {
        self.excerpt = Excerpt::default();
        std::mem::take(&mut self.taken)
    }
}

/// The file of `Dockerfile:5`.
fn heading(line: &str) -> Option<&str> {
    let (file, number) = line.rsplit_once(':')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !file.is_empty()).then_some(file)
}

fn is_rule(line: &str) -> bool {
    line.len() >= 10 && line.bytes().all(|byte| byte == b'-')
}

/// `   5 | >>> RUN make`.
fn source(line: &str) -> Option<ExcerptLine> {
    let (number, text) = line.split_once('|')?;
    let number = number.trim().parse().ok()?;
    let text = text.strip_prefix(' ').unwrap_or(text);
    let marked = text.starts_with(MARK);
    // The mark, or the blanks in its place, and one blank.
    let text = text.get(MARK.len() + 1..).unwrap_or_default().to_owned();
    Some(ExcerptLine {
        number,
        marked,
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Read> {
        let mut reader = Reader::default();
        text.lines().map(|line| reader.line(line)).collect()
    }

    #[test]
    fn an_excerpt_is_read_with_its_marks() {
        let read = read(
            "\
Dockerfile:3
--------------------
   2 |     FROM debian
   3 | >>> RUN make \\
   4 | >>>     all
   5 |     
--------------------",
        );
        let Some(Read::Excerpt(excerpt)) = read.last() else {
            panic!("{read:?}");
        };
        assert_eq!(excerpt.file, "Dockerfile");
        let lines: Vec<_> = excerpt
            .lines
            .iter()
            .map(|line| (line.number, line.marked, line.text.as_str()))
            .collect();
        assert_eq!(
            lines,
            [
                (2, false, "FROM debian"),
                (3, true, "RUN make \\"),
                (4, true, "    all"),
                (5, false, ""),
            ]
        );
    }

    #[test]
    fn other_lines_come_back() {
        let other = |lines: &[&str]| Read::Other(lines.iter().map(|&it| it.to_owned()).collect());
        assert_eq!(read("something else"), [other(&["something else"])]);
        assert_eq!(
            read("listening on localhost:80\nready"),
            [Read::Taken, other(&["listening on localhost:80", "ready"])]
        );
        assert_eq!(
            read("a:1\n----------\nnot a line of source").last(),
            Some(&other(&["a:1", "----------", "not a line of source"]))
        );
    }
}
