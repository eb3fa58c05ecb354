//! INI files: sections of keys and values.

use crate::{Problem, Span, Spanned, Text};

/// An INI file.
#[derive(Clone, Debug, Default)]
pub struct Ini {
    /// The sections, in order; what stands before the first has none with an empty name.
    pub sections: Vec<Section>,
    /// What a strict reader refuses: sections and keys that stand twice.
    pub problems: Vec<Problem>,
}

/// A section.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its name, without the brackets.
    pub name: Spanned<String>,
    /// Its keys and values, in order.
    pub entries: Vec<(Spanned<String>, Text)>,
}

/// Which reader the file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    /// Python's `configparser`: what is indented goes on with the value above, and nothing may
    /// stand twice. Source: Python documentation, "configparser".
    ConfigParser,
    /// systemd units: a backslash goes on in the next line, and keys may repeat.
    /// Source: systemd.syntax(7).
    Unit,
}

impl Section {
    /// The values of a key.
    pub fn values<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Text> {
        let entries = self.entries.iter();
        entries
            .filter(move |(own, _)| own.value == key)
            .map(|(_, value)| value)
    }
}

/// Reads an INI file.
pub fn parse(source: &str, flavor: Flavor) -> Ini {
    let mut ini = Ini::default();
    let mut at = 0;
    let mut goes_on = false;
    for line in source.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let body = line.trim_end();
        let own = body.trim_start();
        let from = start + body.len() - own.len();
        let span = Span::new(from, start + body.len());
        if own.is_empty() || own.starts_with(['#', ';']) {
            continue;
        }
        let is_more = match flavor {
            Flavor::ConfigParser => from > start,
            Flavor::Unit => goes_on,
        };
        let open = ini
            .sections
            .last_mut()
            .and_then(|section| section.entries.last_mut());
        let ends = flavor == Flavor::Unit && own.ends_with('\\');
        let kept = Span::new(from, span.end as usize - usize::from(ends));
        if let (true, Some((_, value))) = (is_more, open) {
            let between = if flavor == Flavor::Unit { " " } else { "\n" };
            value.append(&Text::verbatim(between, Span::at(from)));
            value.append(&Text::verbatim(kept.of(source), kept));
        } else if let Some(name) = own.strip_prefix('[').and_then(|own| own.split(']').next()) {
            let name = Spanned::new(name.to_owned(), Span::new(from + 1, from + 1 + name.len()));
            ini.section(name, flavor);
        } else {
            ini.entry(own, from, kept, flavor);
        }
        goes_on = ends;
    }
    ini
}

impl Ini {
    fn section(&mut self, name: Spanned<String>, flavor: Flavor) {
        let is_known = self.sections.iter().any(|own| own.name.value == name.value);
        if is_known && flavor == Flavor::ConfigParser {
            let message = format!("the section `{}` stands twice", name.value);
            self.problems.push(Problem::new(name.span, message));
        }
        self.sections.push(Section {
            name,
            entries: Vec::new(),
        });
    }

    fn entry(&mut self, own: &str, from: usize, kept: Span, flavor: Flavor) {
        let separators: &[char] = match flavor {
            Flavor::ConfigParser => &['=', ':'],
            Flavor::Unit => &['='],
        };
        let end = own.find(separators).unwrap_or(own.len());
        let key = own.get(..end).unwrap_or_default().trim_end();
        let rest = own.get(end + 1..).unwrap_or_default();
        let start = (from + own.len() - rest.trim_start().len()).min(kept.end as usize);
        let length = (kept.end as usize).saturating_sub(start);
        let shown: String = rest.trim_start().chars().collect();
        let value = shown.get(..length).unwrap_or_default();
        let span = Span::new(start, start + value.len());
        let key = Spanned::new(key.to_owned(), Span::new(from, from + key.len()));
        if self.sections.is_empty() {
            self.sections.push(Section {
                name: Spanned::new(String::new(), Span::at(from)),
                entries: Vec::new(),
            });
        }
        let Some(section) = self.sections.last_mut() else {
            return;
        };
        let is_known = section
            .entries
            .iter()
            .any(|(own, _)| own.value == key.value);
        if is_known && flavor == Flavor::ConfigParser {
            let message = format!("the key `{}` stands twice in its section", key.value);
            self.problems.push(Problem::new(key.span, message));
        }
        section.entries.push((key, Text::verbatim(value, span)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sections_keys_and_values() {
        let source = "[bumpversion]\ncommit = True\nserialize =\n\t{major}\n\t{minor}\n[bumpversion:file:a/b]\nsearch: x\n[bumpversion:file:a/b]\n";
        let ini = parse(source, Flavor::ConfigParser);
        let section = &ini.sections[0];
        assert_eq!(
            section.values("serialize").next().unwrap().value.trim(),
            "{major}\n{minor}"
        );
        let file = &ini.sections[1];
        assert_eq!(file.name.span.of(source), "bumpversion:file:a/b");
        assert_eq!(file.entries[0].1.span.of(source), "x");
        assert_eq!(ini.problems.len(), 1);
    }

    #[test]
    fn a_line_of_a_unit_goes_on_behind_a_backslash() {
        let ini = parse(
            "[Service]\nExecStart=/usr/bin/docker run \\\n  --rm app\nExecStart=x\n",
            Flavor::Unit,
        );
        let values: Vec<&str> = ini.sections[0]
            .values("ExecStart")
            .map(|it| it.value.as_str())
            .collect();
        assert_eq!(values, ["/usr/bin/docker run  --rm app", "x"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[a-z=:\\[\\]\\\\#\n\té ]{0,60}") {
            parse(&text, Flavor::ConfigParser);
            parse(&text, Flavor::Unit);
        }
    }
}
