//! Makefiles: variables, rules and their recipes.
//!
//! What make puts into a recipe before a shell reads it is written as the shell would write it:
//! `$(NAME)` becomes `${NAME}`, `$$` a dollar, `$(shell …)` a command substitution, and what
//! cannot be said so `${_}`. Source: GNU make manual, "How to Use Variables", "Writing Recipes".

mod references;

use crate::{Span, Spanned, Text};
use references::{Automatic, command, value};

/// A makefile.
#[derive(Clone, Debug, Default)]
pub struct Makefile {
    /// The variables that it sets, in order.
    pub variables: Vec<Variable>,
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// The makefiles that it reads in, as written.
    pub includes: Vec<Spanned<String>>,
}

/// A variable that is set.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Spanned<String>,
    /// How it is set.
    pub operator: Operator,
    /// Its value, references to others written as `${NAME}`.
    pub value: Text,
    /// The targets that it is set for; none where it is set for all.
    pub targets: Vec<String>,
    /// Whether it depends on a condition.
    pub conditional: bool,
}

/// How a [`Variable`] is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`, `:=`, `::=`, `define`
    Set,
    /// `?=`: only if nobody else has set it.
    Default,
    /// `+=`
    Append,
    /// `!=`: what a command puts out.
    Output,
}

/// A rule: targets and how they are made.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What is made, as written.
    pub targets: Vec<Spanned<String>>,
    /// What has to be made before, as written.
    pub prerequisites: Vec<Spanned<String>>,
    /// The lines of the recipe, each for a shell of its own.
    pub recipe: Vec<Text>,
}

impl Makefile {
    /// Whether a target names no file.
    pub fn is_phony(&self, target: &str) -> bool {
        let mut phony = self.rules.iter().filter(|rule| {
            let mut targets = rule.targets.iter();
            targets.any(|target| target.value == ".PHONY")
        });
        phony.any(|rule| rule.prerequisites.iter().any(|own| own.value == target))
    }
}

/// Reads a makefile. Everything is read; what make would refuse is passed over.
pub fn parse(source: &str) -> Makefile {
    let mut reader = Reader {
        source,
        makefile: Makefile::default(),
        depth: 0,
        prefix: '\t',
        in_recipe: false,
    };
    let mut lines = Lines { source, at: 0 };
    while let Some(line) = lines.next() {
        if let Some(name) = reader.definition(&line) {
            let body = lines.definition();
            reader.define(name, body);
        } else {
            reader.line(&line);
        }
    }
    if reader
        .makefile
        .rules
        .iter()
        .any(|rule| has_target(rule, ".ONESHELL"))
    {
        for rule in &mut reader.makefile.rules {
            join_recipe(rule);
        }
    }
    reader.makefile
}

fn has_target(rule: &Rule, name: &str) -> bool {
    rule.targets.iter().any(|target| target.value == name)
}

/// One shell for all lines of a recipe.
fn join_recipe(rule: &mut Rule) {
    let lines = std::mem::take(&mut rule.recipe);
    let joined = lines.into_iter().reduce(|mut all, line| {
        let end = line.span.start as usize;
        all.append(&Text::verbatim("\n", Span::at(end)));
        all.append(&line);
        all
    });
    rule.recipe.extend(joined);
}

/// Logical lines: those that end in a backslash go on in the next.
struct Lines<'s> {
    source: &'s str,
    at: usize,
}

/// The pieces of a logical line without the backslashes and line ends between them.
struct Line {
    pieces: Vec<Span>,
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let mut pieces = Vec::new();
        loop {
            let rest = self.source.get(self.at..)?;
            if rest.is_empty() && pieces.is_empty() {
                return None;
            }
            let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
            let line = rest.get(..length).unwrap_or_default();
            let body = line.trim_end_matches(['\n', '\r']);
            let start = self.at;
            self.at += length;
            let is_continued = body.len() - body.trim_end_matches('\\').len();
            if is_continued % 2 == 1 && length > body.len() {
                pieces.push(Span::new(start, start + body.len() - 1));
            } else {
                pieces.push(Span::new(start, start + body.len()));
                return Some(Line { pieces });
            }
        }
    }
}

impl Lines<'_> {
    /// Everything up to `endef`.
    fn definition(&mut self) -> Span {
        let start = self.at;
        let mut end = start;
        while let Some(line) = self.next() {
            let is_end = line
                .pieces
                .first()
                .is_some_and(|span| span.of(self.source).trim().starts_with("endef"));
            if is_end {
                break;
            }
            end = line.pieces.last().map_or(end, |span| span.end as usize);
        }
        Span::new(start, end)
    }
}

struct Reader<'s> {
    source: &'s str,
    makefile: Makefile,
    /// Conditions that the line stands in.
    depth: usize,
    /// What begins a line of a recipe.
    prefix: char,
    in_recipe: bool,
}

impl Reader<'_> {
    /// The name that `define NAME` gives.
    fn definition(&self, line: &Line) -> Option<Spanned<String>> {
        let first = line.pieces.first()?;
        let text = first.of(self.source);
        let rest = text.trim_start().strip_prefix("define ")?;
        let name = rest.trim().trim_end_matches(['=', ':', ' ']);
        let at = first.start as usize + text.find(name)?;
        Some(Spanned::new(
            name.to_owned(),
            Span::new(at, at + name.len()),
        ))
    }

    fn define(&mut self, name: Spanned<String>, body: Span) {
        let text = Text::verbatim(body.of(self.source), body);
        self.makefile.variables.push(Variable {
            name,
            operator: Operator::Set,
            value: value(&text),
            targets: Vec::new(),
            conditional: self.depth > 0,
        });
    }

    fn line(&mut self, line: &Line) {
        let Some(first) = line.pieces.first() else {
            return;
        };
        let text = first.of(self.source);
        if text.starts_with(self.prefix) && self.in_recipe {
            let recipe = self.recipe_line(line);
            if let Some(rule) = self.makefile.rules.last_mut() {
                rule.recipe.extend(recipe);
            }
            return;
        }
        let trimmed = text.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            return;
        }
        let word = trimmed.split_whitespace().next().unwrap_or_default();
        let word = word.split('(').next().unwrap_or(word);
        match word {
            "ifeq" | "ifneq" | "ifdef" | "ifndef" => self.depth += 1,
            "endif" => self.depth = self.depth.saturating_sub(1),
            "else" | "undefine" | "unexport" | "vpath" => {}
            "include" | "-include" | "sinclude" => {
                let own = trimmed.get(word.len()..).unwrap_or_default();
                let names = words(own, first.end as usize - own.len());
                self.makefile.includes.extend(names);
            }
            _ => self.statement(line),
        }
    }

    /// A variable or a rule.
    fn statement(&mut self, line: &Line) {
        let joined = self.joined(line, true);
        let text = without_comment(&joined);
        let Some((at, operator)) = separator(&text.value) else {
            return;
        };
        let head = text.slice(Span::new(0, at));
        let tail = text.slice(Span::new(at + operator.len(), text.value.len()));
        if operator.contains('=') {
            self.in_recipe = false;
            self.assignment(&head, operator, &tail, Vec::new());
            return;
        }
        let targets = words_of(&head);
        let (own, inline) = match tail.value.split_once(';') {
            Some((own, _)) => {
                let rest = tail.slice(Span::new(own.len() + 1, tail.value.len()));
                (tail.slice(Span::new(0, own.len())), Some(rest))
            }
            None => (tail, None),
        };
        if let Some((at, operator)) = separator(&own.value).filter(|(_, it)| it.contains('=')) {
            let names = targets.iter().map(|target| target.value.clone()).collect();
            let head = own.slice(Span::new(0, at));
            let tail = own.slice(Span::new(at + operator.len(), own.value.len()));
            self.assignment(&head, operator, &tail, names);
            return;
        }
        let automatic = Automatic::of(&targets);
        let recipe = inline.map(|text| command(&without_prefix(&text), &automatic));
        self.makefile.rules.push(Rule {
            targets,
            prerequisites: words_of(&own),
            recipe: recipe.into_iter().collect(),
        });
        self.in_recipe = true;
    }

    fn assignment(&mut self, head: &Text, operator: &str, tail: &Text, targets: Vec<String>) {
        let names = words_of(head);
        let modifiers = ["export", "override", "private"];
        let Some(name) = names
            .into_iter()
            .find(|it| !modifiers.contains(&it.value.as_str()))
        else {
            return;
        };
        if name.value == ".RECIPEPREFIX" {
            self.prefix = tail.value.trim().chars().next().unwrap_or('\t');
        }
        let start = tail.value.len() - tail.value.trim_start().len();
        let trimmed = tail.slice(Span::new(start, tail.value.trim_end().len().max(start)));
        self.makefile.variables.push(Variable {
            name,
            operator: match operator {
                "?=" => Operator::Default,
                "+=" => Operator::Append,
                "!=" => Operator::Output,
                _ => Operator::Set,
            },
            value: value(&trimmed),
            targets,
            conditional: self.depth > 0,
        });
    }

    /// A line of a recipe as the shell reads it; `None` when nothing is left of it.
    fn recipe_line(&self, line: &Line) -> Option<Text> {
        let mut text = Text::default();
        for (index, span) in line.pieces.iter().enumerate() {
            // The shell drops a backslash and the line end behind it; make drops the prefix.
            let piece = span.of(self.source);
            let skip = usize::from(piece.starts_with(self.prefix)) * self.prefix.len_utf8();
            let span = Span::new(span.start as usize + skip, span.end as usize);
            if index > 0 {
                text.append(&Text::verbatim(" ", Span::at(span.start as usize)));
            }
            text.append(&Text::verbatim(span.of(self.source), span));
        }
        let text = without_prefix(&text);
        if text.value.trim().is_empty() || text.value.trim_start().starts_with('#') {
            return None;
        }
        let targets = self
            .makefile
            .rules
            .last()
            .map(|rule| Automatic::of(&rule.targets));
        Some(command(&text, &targets.unwrap_or_default()))
    }

    /// A logical line as one text; the space around what joins its parts is one space.
    fn joined(&self, line: &Line, squeeze: bool) -> Text {
        let mut text = Text::default();
        for (index, span) in line.pieces.iter().enumerate() {
            let piece = span.of(self.source);
            let own = if index > 0 && squeeze {
                piece.trim_start()
            } else {
                piece
            };
            let start = span.start as usize + piece.len() - own.len();
            if index > 0 {
                text.append(&Text::verbatim(" ", Span::at(start)));
            }
            text.append(&Text::verbatim(own, Span::new(start, span.end as usize)));
        }
        text
    }
}

/// A line without `@`, `-` and `+` before its command.
fn without_prefix(text: &Text) -> Text {
    let own = text.value.trim_start_matches(['@', '-', '+', ' ', '\t']);
    text.slice(Span::new(text.value.len() - own.len(), text.value.len()))
}

fn without_comment(text: &Text) -> Text {
    let mut at = 0;
    while let Some(found) = text.value.get(at..).and_then(|rest| rest.find('#')) {
        let hash = at + found;
        let is_escaped = text
            .value
            .get(..hash)
            .is_some_and(|before| before.ends_with('\\'));
        if !is_escaped {
            return text.slice(Span::new(0, hash));
        }
        at = hash + 1;
    }
    text.clone()
}

/// Where the first separator outside of references stands: of a variable or of a rule.
fn separator(text: &str) -> Option<(usize, &'static str)> {
    const SEPARATORS: [&str; 9] = [":::=", "::=", ":=", "?=", "+=", "!=", "=", "::", ":"];
    let mut depth = 0_usize;
    let mut previous = ' ';
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '{' if previous == '$' || depth > 0 => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => {
                let rest = text.get(at..).unwrap_or_default();
                let found = SEPARATORS.iter().find(|own| rest.starts_with(**own));
                // `C:\path` is no rule, as a target it would be a single letter.
                if let Some(found) = found {
                    return Some((at, found));
                }
            }
            _ => {}
        }
        previous = letter;
    }
    None
}

fn words(text: &str, start: usize) -> Vec<Spanned<String>> {
    words_of(&Text::verbatim(text, Span::new(start, start + text.len())))
}

/// The words of a text, references taken as parts of words.
fn words_of(text: &Text) -> Vec<Spanned<String>> {
    let mut found = Vec::new();
    let mut start = None;
    let mut depth = 0_usize;
    let ends = text.value.char_indices().chain([(text.value.len(), ' ')]);
    for (at, letter) in ends {
        match letter {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_space = letter.is_whitespace() && (depth == 0 || at == text.value.len());
        match (is_space, start) {
            (true, Some(from)) => {
                let span = Span::new(from, at);
                let word = span.of(&text.value).to_owned();
                found.push(Spanned::new(word, text.source_span(span)));
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(source: &str) -> String {
        let makefile = parse(source);
        let mut lines = Vec::new();
        for variable in &makefile.variables {
            let targets = if variable.targets.is_empty() {
                String::new()
            } else {
                format!(" for {}", variable.targets.join(" "))
            };
            let when = if variable.conditional { " if" } else { "" };
            let name = &variable.name.value;
            let value = &variable.value.value;
            lines.push(format!(
                "{name} {:?} ‹{value}›{targets}{when}",
                variable.operator
            ));
        }
        let names = |words: &[Spanned<String>]| {
            let words: Vec<&str> = words.iter().map(|word| word.value.as_str()).collect();
            words.join(" ")
        };
        for rule in &makefile.rules {
            lines.push(format!(
                "{}: {}",
                names(&rule.targets),
                names(&rule.prerequisites)
            ));
            lines.extend(rule.recipe.iter().map(|line| format!("  ‹{}›", line.value)));
        }
        lines.join("\n")
    }

    #[test]
    fn variables_rules_and_recipes() {
        insta::assert_snapshot!(shown("\
VERSION ?= 1.0 # the version
COMPOSE := docker compose -f $(DIR)/a.yml
FILES = a \\
\tb
ifdef CI
export FLAGS += --pull
endif
NOW != date
.PHONY: all image
all: image ; @echo done
image: FLAGS = --no-cache
image: a.txt $(wildcard src/*)
\t@docker build -t app:$(VERSION) \\
\t\t--build-arg A='$(A)' $(FLAGS) .
\t# nothing
\t-for f in $$LIST; do echo $$f $@ $< $(shell date); done
define HELP
text
endef
"), @r#"
        VERSION Default ‹1.0›
        COMPOSE Set ‹docker compose -f ${DIR}/a.yml›
        FILES Set ‹a  b›
        FLAGS Append ‹--pull› if
        NOW Output ‹date›
        FLAGS Set ‹--no-cache› for image
        HELP Set ‹text›
        .PHONY: all image
        all: image
          ‹echo done›
        image: a.txt $(wildcard src/*)
          ‹docker build -t app:${VERSION}  	--build-arg A=''"${A}"'' ${FLAGS} .›
          ‹for f in $LIST; do echo $f image ${_} $(date); done›
        "#);
    }

    #[test]
    fn one_shell_for_all_lines_and_another_prefix() {
        insta::assert_snapshot!(shown("\
.ONESHELL:
.RECIPEPREFIX = >
image:
> cd web
> docker build .
"), @r#"
        .RECIPEPREFIX Set ‹>›
        .ONESHELL: 
        image: 
          ‹cd web
        docker build .›
        "#);
    }

    #[test]
    fn every_byte_knows_its_place() {
        let source = "a:\n\t@docker build \\\n\t\t-t x:$(V) .\n";
        let makefile = parse(source);
        let line = &makefile.rules[0].recipe[0];
        let at = line.value.find("-t").unwrap();
        assert_eq!(line.source_span(Span::new(at, at + 2)).of(source), "-t");
        let at = line.value.find("${V}").unwrap();
        assert_eq!(line.source_span(Span::new(at, at + 4)).of(source), "$(V)");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[a-z:=\\\\\t\n#$(){}@ é]{0,80}") {
            parse(&text);
        }
    }
}
