//! `legacy-key-value`

use dockwright_syntax::dockerfile::expand::{Part, Template};
use dockwright_syntax::dockerfile::{Assignment, Instruction, InstructionKind};
use dockwright_syntax::{Span, Text};

use crate::edits::DockerfileEdits;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Fix, StageView};

rule! {
    /// There is an `ENV` or `LABEL` without an equals sign.
    ///
    /// ## What it does
    ///
    /// Looks for the old form `ENV name value`.
    ///
    /// ## Why is this bad?
    ///
    /// It holds one name only, and everything behind the name is the value: `ENV A=1 B 2` is refused,
    /// while `ENV A B=1` sets `A` to `B=1` and says nothing of it. The form may be removed.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ENV LANG C.UTF-8
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ENV LANG=C.UTF-8
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Writing `name="value"`, quoted where the value has blanks, is safe: the image is the same. There
    /// is no fix where the value looks as if it was meant to set more names. In `name = value` the equals
    /// sign is part of the value; leaving it out is unsafe.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `ENV`, `LABEL`
    /// - Build check `LegacyKeyValueFormat`
    LegacyKeyValue {
        name: "legacy-key-value",
        family: Dockerfile,
        severity: Warning,
        fix: Safe,
        aliases: ["LegacyKeyValueFormat"],
    }
}

impl Rule for LegacyKeyValue {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for (_, instruction) in stage.instructions() {
            let Some(legacy) = legacy(instruction) else {
                continue;
            };
            let keyword = &instruction.keyword.value;
            let name = &legacy.name.value;
            let message = format!("`{keyword} {name} …` is the old form without `=`");
            let location = stage.location(legacy.name.span);
            let mut finding = Finding::new(self.metadata(), location, message)
                .help(format!("write `{keyword} {name}=…`"));
            let value = legacy.value.as_ref();
            if let Some(value) = value.filter(|value| holds_assignment(&value.value)) {
                finding = finding.related(stage.location(value.span), "all of this is the value");
            } else {
                finding = finding.fix(fix(cx, stage, instruction, legacy));
            }
            findings.push(finding);
        }
    }
}

/// Writes the form with `=`; none where a value with quotes and blanks cannot be written as one word.
fn fix(
    cx: Context<'_>,
    stage: StageView<'_>,
    instruction: &Instruction,
    legacy: &Assignment,
) -> Option<Fix> {
    let edits = DockerfileEdits::of(cx.environment, stage.dockerfile);
    let escape = stage.dockerfile.tree.escape;
    let (name, value) = (&legacy.name, legacy.value.as_ref()?);
    let gap = Span {
        start: name.span.end,
        end: value.span.start,
    };
    if edits.written(gap).contains('#') {
        return None;
    }
    let keyword = &instruction.keyword.value;
    let fix = |word: &str| {
        Fix::safe(
            format!("write `{keyword} {}={word}`", name.value),
            "it is the same value",
        )
    };
    // `A = b`: what was meant is clear, and the equals sign is in the value by now.
    if let Some(rest) = value.value.strip_prefix('=') {
        let word = rest.trim_start();
        let start = value.span.end as usize - word.len();
        let fix = Fix::with_care(
            format!("write `{keyword} {}={word}`", name.value),
            "the value begins with `=` as it is",
        );
        let is_plain = edits.is_verbatim(value) && is_one_word(word, escape);
        return is_plain.then(|| {
            let blanks = Span::new(name.span.end as usize, start);
            fix.replace(stage.location(blanks), "=")
        });
    }
    let gap = stage.location(gap);
    if is_one_word(&value.value, escape) {
        return Some(fix(&value.value).replace(gap, "="));
    }
    if !value.value.contains(['"', '\'', escape]) {
        let document = stage.dockerfile.document;
        let fix = fix(&format!("\"{}\"", value.value)).replace(gap, "=\"");
        return Some(fix.insert(document, value.span.end, "\""));
    }
    let word = edits.is_verbatim(value).then(|| quoted(value, escape))??;
    Some(
        fix(&word)
            .replace(gap, "=")
            .replace(stage.location(value.span), &word),
    )
}

/// Whether every blank of a value is in quotes or escaped.
fn is_one_word(value: &str, escape: char) -> bool {
    let mut quote = None;
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        if letter == escape && quote != Some('\'') {
            letters.next();
        } else if quote == Some(letter) {
            quote = None;
        } else if quote.is_none() && matches!(letter, '"' | '\'') {
            quote = Some(letter);
        } else if quote.is_none() && letter.is_whitespace() {
            return false;
        }
    }
    quote.is_none()
}

/// A value in double quotes, whatever quotes it has; none where a variable has more than a name.
fn quoted(value: &Text, escape: char) -> Option<String> {
    let template = Template::parse(value, escape);
    let mut word = String::from("\"");
    for part in &template.parts {
        match part {
            Part::Literal(literal) => {
                for letter in literal.value.chars() {
                    if letter == escape || matches!(letter, '"' | '$') {
                        word.push(escape);
                    }
                    word.push(letter);
                }
            }
            Part::Variable(variable) if variable.modifier.is_none() => {
                word.extend(["${", &variable.name.value, "}"]);
            }
            Part::Variable(_) => return None,
        }
    }
    word.push('"');
    template.problem.is_none().then_some(word)
}

/// The only assignment of an instruction in the old form.
fn legacy(instruction: &Instruction) -> Option<&Assignment> {
    let (InstructionKind::Env(pairs) | InstructionKind::Label(pairs)) = &instruction.kind else {
        return None;
    };
    let pair = pairs.first()?;
    let behind = instruction.arguments.value.get(pair.name.value.len()..)?;
    (!behind.starts_with('=')).then_some(pair)
}

/// Whether a value looks as if it was meant to set more names.
fn holds_assignment(value: &str) -> bool {
    value.split_whitespace().any(|word| {
        let name = word.split_once('=').map(|(name, _)| name);
        name.is_some_and(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(body: &str) -> String {
        let files = format!("-- Dockerfile --\nFROM debian:trixie\n{body}");
        audit("legacy-key-value", &files)
    }

    #[test]
    fn what_was_meant_to_be_another_name_is_pointed_out() {
        insta::assert_snapshot!(check("ENV LANG C.UTF-8\nlabel \\\n  a b=c\n"), @r"
        warning Dockerfile:2:5 `ENV LANG …` is the old form without `=`
          help: write `ENV LANG=…`
        warning Dockerfile:4:3 `label a …` is the old form without `=`
          Dockerfile:4:5 all of this is the value
          help: write `label a=…`
        ");
    }

    #[test]
    fn quotes_may_hold_blanks() {
        for body in [
            "ENV A=1 B=\"x y\"\n",
            "LABEL \"a b\"=c\n",
            "ENV A=\n",
            "ENV \\\n  A=1 \\\n  B=2\n",
        ] {
            assert_eq!(check(body), "", "{body}");
        }
    }

    #[test]
    fn values_stay_what_they_are() {
        insta::assert_snapshot!(fix("legacy-key-value", "\
-- Dockerfile --
FROM debian:trixie
ENV LANG C.UTF-8
ENV HELLO Hello $USER!
ENV PATHS \"/a b\":/c
env OPTIONS -a \"b c\" $D
LABEL text \\
  in two \\
  # and a comment
  lines
ENV A B=1 C=2
LABEL a = \"b c\"
"), @r#"
        safe: write `ENV LANG=C.UTF-8`, for it is the same value
        safe: write `ENV HELLO="Hello $USER!"`, for it is the same value
        safe: write `ENV PATHS="/a b":/c`, for it is the same value
        safe: write `env OPTIONS="-a b c ${D}"`, for it is the same value
        safe: write `LABEL text="in two   lines"`, for it is the same value
        unsafe: write `LABEL a="b c"`, for the value begins with `=` as it is
        -- Dockerfile --
        -ENV LANG C.UTF-8
        -ENV HELLO Hello $USER!
        -ENV PATHS "/a b":/c
        -env OPTIONS -a "b c" $D
        -LABEL text \
        -  in two \
        +ENV LANG=C.UTF-8
        +ENV HELLO="Hello $USER!"
        +ENV PATHS="/a b":/c
        +env OPTIONS="-a b c ${D}"
        +LABEL text="in two \
        -  lines
        +  lines"
        -LABEL a = "b c"
        +LABEL a="b c"
        "#);
    }
}
