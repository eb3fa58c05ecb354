//! Writing HCL as `hclfmt` would leave it.
//!
//! Source of facts: the HCL syntax specification, and what `docker buildx bake --print` reads.

use std::fmt::Write;

/// Columns from which a list has a line for each item.
const WIDTH: usize = 100;

/// A block: `keyword "label" { … }`.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Lines above it.
    pub(crate) comments: Vec<String>,
    /// What it is.
    pub(crate) keyword: &'static str,
    /// Its name.
    pub(crate) label: String,
    /// What it sets, in order.
    pub(crate) attributes: Vec<(String, Expression)>,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Expression {
    /// Text with variables in it.
    Template(Template),
    /// `true` or `false`
    Bool(bool),
    /// `null`
    Null,
    /// The value of a variable.
    Variable(String),
    /// A list.
    List(Vec<Expression>),
    /// An object.
    Object(Vec<(Template, Expression)>),
}

/// Text with variables in it.
pub(crate) type Template = Vec<Part>;

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Text that stands for itself.
    Text(String),
    /// The value of a variable.
    Variable(String),
}

impl Expression {
    /// Text without variables.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Template(plain(text))
    }

    /// A list of texts.
    pub(crate) fn texts(texts: &[String]) -> Self {
        Self::List(texts.iter().map(Self::text).collect())
    }

    /// The variables in it.
    pub(crate) fn variables(&self, found: &mut Vec<String>) {
        match self {
            Self::Template(parts) => variables(parts, found),
            Self::Variable(name) => found.push(name.clone()),
            Self::List(items) => items.iter().for_each(|item| item.variables(found)),
            Self::Object(fields) => {
                for (key, value) in fields {
                    variables(key, found);
                    value.variables(found);
                }
            }
            Self::Bool(_) | Self::Null => {}
        }
    }
}

impl From<Template> for Expression {
    /// A template that is nothing but a variable needs no quotes.
    fn from(template: Template) -> Self {
        match <[Part; 1]>::try_from(template) {
            Ok([Part::Variable(name)]) => Self::Variable(name),
            Ok([text]) => Self::Template(vec![text]),
            Err(template) => Self::Template(template),
        }
    }
}

fn variables(parts: &[Part], found: &mut Vec<String>) {
    found.extend(parts.iter().filter_map(|part| match part {
        Part::Variable(name) => Some(name.clone()),
        Part::Text(_) => None,
    }));
}

/// A template without variables.
pub(crate) fn plain(text: impl Into<String>) -> Template {
    vec![Part::Text(text.into())]
}

impl Block {
    pub(crate) fn new(keyword: &'static str, label: impl Into<String>) -> Self {
        Self {
            comments: Vec::new(),
            keyword,
            label: label.into(),
            attributes: Vec::new(),
        }
    }

    /// Sets an attribute.
    pub(crate) fn set(&mut self, name: &str, value: Expression) {
        self.attributes.push((name.to_owned(), value));
    }

    /// The block, with a line feed at its end.
    pub(crate) fn write(&self, output: &mut String) {
        comments(&self.comments, output);
        let _ = write!(output, "{} {} {{", self.keyword, quoted(&self.label));
        if !self.attributes.is_empty() {
            output.push('\n');
            let names = self.attributes.iter();
            let lines = names.map(|(name, value)| (name.clone(), value));
            entries(lines, 1, output);
        }
        output.push_str("}\n");
    }
}

/// Comment lines.
pub(crate) fn comments(lines: &[String], output: &mut String) {
    for line in lines {
        // A path may hold anything, a line feed too.
        let line = line.replace(char::is_control, " ");
        let _ = writeln!(output, "# {line}");
    }
}

/// `name = value` lines. The equals signs of lines that follow each other are in one column, unless
/// a value begins there that has several lines.
fn entries<'a>(
    entries: impl Iterator<Item = (String, &'a Expression)>,
    depth: usize,
    output: &mut String,
) {
    let written: Vec<(String, String)> = entries
        .map(|(name, value)| {
            let column = 2 * depth + name.chars().count() + " = ".len();
            let value = value.write(depth, column);
            (name, value)
        })
        .collect();
    let is_aligned = |value: &str| !opens(value);
    let mut rest = written.as_slice();
    while let [(name, value), ..] = rest {
        let run = rest.iter().take_while(|(_, value)| is_aligned(value));
        let count = run.clone().count();
        let width = run.map(|(name, _)| name.chars().count()).max();
        let indent = "  ".repeat(depth);
        if count == 0 {
            let _ = writeln!(output, "{indent}{name} = {value}");
        }
        let (aligned, behind) = rest.split_at(count.max(1));
        for (name, value) in aligned.iter().take(count) {
            let width = width.unwrap_or_default();
            let _ = writeln!(output, "{indent}{name:width$} = {value}");
        }
        rest = behind;
    }
}

/// Whether a list or object goes on in the next line.
fn opens(value: &str) -> bool {
    let first = value.lines().next().unwrap_or_default();
    first.ends_with(['{', '['])
}

impl Expression {
    /// The expression as it stands behind `column` columns of its first line.
    fn write(&self, depth: usize, column: usize) -> String {
        match self {
            Self::Template(parts) => heredoc(parts).unwrap_or_else(|| template(parts)),
            Self::Bool(value) => value.to_string(),
            Self::Null => "null".to_owned(),
            Self::Variable(name) => name.clone(),
            Self::List(items) => list(items, depth, column),
            Self::Object(fields) => {
                let mut output = "{\n".to_owned();
                let lines = fields.iter().map(|(name, value)| (key(name), value));
                entries(lines, depth + 1, &mut output);
                output.push_str(&"  ".repeat(depth));
                output.push('}');
                output
            }
        }
    }
}

fn list(items: &[Expression], depth: usize, column: usize) -> String {
    let written: Vec<String> = items
        .iter()
        .map(|item| match item {
            Expression::Template(parts) => template(parts),
            other => other.write(depth + 1, 0),
        })
        .collect();
    let line = format!("[{}]", written.join(", "));
    if column + line.chars().count() <= WIDTH || items.len() < 2 {
        return line;
    }
    let indent = "  ".repeat(depth);
    let mut output = "[\n".to_owned();
    for item in written {
        let _ = writeln!(output, "{indent}  {item},");
    }
    output.push_str(&indent);
    output.push(']');
    output
}

/// A template in quotes.
fn template(parts: &[Part]) -> String {
    let mut output = "\"".to_owned();
    for part in parts {
        match part {
            Part::Text(text) => output.push_str(&escaped(text)),
            Part::Variable(name) => {
                let _ = write!(output, "${{{name}}}");
            }
        }
    }
    output.push('"');
    output
}

/// Text in quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    let mut output = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let behind = rest.get(letter.len_utf8()..).unwrap_or_default();
        match letter {
            '"' => output.push_str("\\\""),
            '\\' => output.push_str("\\\\"),
            '\n' => output.push_str("\\n"),
            '\r' => output.push_str("\\r"),
            '\t' => output.push_str("\\t"),
            // `$${` stands for `${`; behind another `$` or `%` the meaning of that is not so clear.
            '$' | '%' if opens_template(behind) => {
                let _ = write!(output, "\\u{:04x}", u32::from(letter));
            }
            _ if letter.is_control() => {
                let _ = write!(output, "\\u{:04x}", u32::from(letter));
            }
            _ => output.push(letter),
        }
        rest = behind;
    }
    output
}

/// Whether a `$` or `%` before `text` would have a meaning.
fn opens_template(text: &str) -> bool {
    text.trim_start_matches(['$', '%']).starts_with('{')
}

/// Text of several whole lines, as it is.
fn heredoc(parts: &[Part]) -> Option<String> {
    let [Part::Text(text)] = parts else {
        return None;
    };
    let is_plain = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\t');
    if !text.ends_with('\n') || text.lines().count() < 2 || !text.chars().all(is_plain) {
        return None;
    }
    // No escape says what such a run would be here.
    let runs = ["$${", "%%{", "$%{", "%${"];
    if runs.iter().any(|run| text.contains(run)) {
        return None;
    }
    let mut end = "EOT".to_owned();
    while text.lines().any(|line| line.trim() == end) {
        end.push('_');
    }
    let text = text.replace("${", "$${").replace("%{", "%%{");
    Some(format!("<<{end}\n{text}{end}"))
}

/// The key of an object.
fn key(parts: &[Part]) -> String {
    let [Part::Text(name)] = parts else {
        return template(parts);
    };
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let is_name = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && name.chars().all(is_letter)
        && !matches!(name.as_str(), "for" | "if" | "null" | "true" | "false");
    if is_name {
        name.to_owned()
    } else {
        quoted(name)
    }
}

#[cfg(test)]
mod tests {
    use dockwright_environment::DocumentId;
    use dockwright_environment::bake::evaluate;
    use dockwright_syntax::bake::parse_hcl;

    use super::*;

    #[test]
    fn equals_signs_are_aligned() {
        let mut block = Block::new("target", "web");
        block.comments.push("Dockerfile".to_owned());
        block.set("context", Expression::text("."));
        block.set("tags", Expression::texts(&["shop:1".to_owned()]));
        let labels = [("a.b", "c"), ("version", "1")];
        let labels = labels.map(|(name, value)| (plain(name), Expression::text(value)));
        block.set("labels", Expression::Object(labels.to_vec()));
        block.set("pull", Expression::Bool(true));
        let names: Vec<String> = (1..9).map(|it| format!("registry.example/{it}")).collect();
        block.set("platforms", Expression::texts(&names));
        let mut output = String::new();
        block.write(&mut output);
        insta::assert_snapshot!(output, @r#"
        # Dockerfile
        target "web" {
          context = "."
          tags    = ["shop:1"]
          labels = {
            "a.b"   = "c"
            version = "1"
          }
          pull = true
          platforms = [
            "registry.example/1",
            "registry.example/2",
            "registry.example/3",
            "registry.example/4",
            "registry.example/5",
            "registry.example/6",
            "registry.example/7",
            "registry.example/8",
          ]
        }
        "#);
    }

    /// What our own evaluation reads of a text that was written.
    fn read_back(text: &str) -> String {
        let mut block = Block::new("target", "a");
        block.set("dockerfile-inline", Expression::text(text));
        let key = text.replace('\n', " ");
        let labels = vec![(plain(&*key), Expression::text(text))];
        block.set("labels", Expression::Object(labels));
        let mut output = String::new();
        block.write(&mut output);
        let document = parse_hcl(&output);
        assert_eq!(document.problems, [], "{output}");
        let project = evaluate(&[(DocumentId(0), &document)]);
        assert_eq!(project.problems, [], "{output}");
        let target = project.target("a").unwrap();
        let label = target.labels.first().unwrap();
        assert_eq!(label.name, key, "{output}");
        assert_eq!(label.value.text, text, "{output}");
        target.dockerfile_inline.as_ref().unwrap().text.clone()
    }

    #[test]
    fn every_text_is_read_back() {
        for text in [
            "plain",
            "a \"quoted\" \\ word",
            "${A} %{ if } $${A} %%{ $%{ %${ $$${A} $ % $$ {}",
            "tab\tbell\u{7}return\r\nlast",
            "FROM scratch\nEOT\n  EOT\n# ${A} %{B} \\n \"q\"\n",
            "$${A}\nin lines\n",
            "grüße 🐳",
            "ends with $",
            "{",
            "# // /* no comment */",
        ] {
            assert_eq!(read_back(text), text);
        }
    }
}
