//! Which line of a Dockerfile made which step of an image's history, and what of the history is
//! the base's.
//!
//! BuildKit writes an instruction into the history nearly as it stands in the Dockerfile: `RUN |2
//! A=1 B=2 /bin/sh -c make # buildkit`. The classic builder and Buildah write `/bin/sh -c make`
//! and `/bin/sh -c #(nop) ENV A=1`. Each instruction is one step; those of the base come first.

use std::collections::HashSet;

use dockwright_syntax::dockerfile::{self, Dockerfile, Instruction, InstructionKind};
use dockwright_syntax::span::LineIndex;

use crate::History;

/// Steps and instructions that are compared, at most.
const MAX_COMPARED: usize = 2000;

/// An instruction of a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line that it begins on, from 1.
    pub number: usize,
    /// Keyword and arguments on one line.
    pub text: String,
}

/// Where the steps of an image come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attribution {
    /// For each step of the history, the instruction that made it.
    pub lines: Vec<Option<Line>>,
    /// How many steps, from the first on, are the base's.
    pub base_steps: usize,
}

impl Attribution {
    /// Matches a history with a Dockerfile and the stage that was built: by name or number, the
    /// last one if none is named. `None` if there is no such stage, or nothing of it in the history.
    pub fn of(history: &[History], source: &str, stage: Option<&str>) -> Option<Self> {
        let dockerfile = dockerfile::parse(source);
        let lines = LineIndex::new(source);
        let instructions: Vec<Line> = of_stage(&dockerfile, stage)?
            .into_iter()
            .map(|it| Line {
                number: lines.line(it.span.start),
                text: text(it),
            })
            .collect();
        let steps: Vec<String> = history
            .iter()
            .map(|step| in_words(&step.created_by))
            .collect();
        let steps = steps.as_slice();
        if instructions.len() > MAX_COMPARED || steps.len() > MAX_COMPARED {
            return None;
        }
        let matched = align(steps, &instructions);
        let base_steps = matched.iter().position(Option::is_some)?;
        Some(Self {
            lines: matched,
            base_steps,
        })
    }
}

/// The instructions that make a stage and those it starts from, in order, without `FROM`.
fn of_stage<'a>(dockerfile: &'a Dockerfile, stage: Option<&str>) -> Option<Vec<&'a Instruction>> {
    let last = dockerfile.stages.len().checked_sub(1)?;
    let mut index = match stage {
        None => last,
        Some(name) => {
            let numbered = || name.parse().ok().filter(|number| *number <= last);
            dockerfile.stage_named(name).or_else(numbered)?
        }
    };
    let mut stages = Vec::new();
    loop {
        let stage = dockerfile.stages.get(index)?;
        let (from, rest) = dockerfile.stage_instructions(stage).split_first()?;
        stages.push(rest);
        let InstructionKind::From(from) = &from.kind else {
            break;
        };
        // A stage can start only from one before it.
        let base = dockerfile.stage_named(&from.image.value);
        match base.filter(|base| *base < index) {
            Some(base) => index = base,
            None => break,
        }
    }
    Some(stages.into_iter().rev().flatten().collect())
}

fn text(instruction: &Instruction) -> String {
    let keyword = instruction.keyword.value.to_uppercase();
    format!("{keyword} {}", collapsed(&instruction.arguments.value))
}

/// White space as single spaces.
fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A step in the words of a Dockerfile, without what engines add and without values of variables
/// and build arguments.
pub(crate) fn plain(step: &str) -> String {
    let step = in_words(step);
    let (keyword, rest) = step.split_once(' ').unwrap_or((&step, ""));
    match keyword {
        "RUN" if rest.starts_with(['|', '/']) => match rest.split_once(" -c ") {
            Some((_, command)) => format!("RUN {command}"),
            None => step,
        },
        "ENV" | "ARG" => match rest.split_once('=') {
            Some((name, _)) => format!("{keyword} {name}=…"),
            None => step,
        },
        _ => step,
    }
}

/// A step in the words of a Dockerfile.
fn in_words(step: &str) -> String {
    let step = step.trim().trim_end_matches("# buildkit");
    let step = match step.strip_prefix("/bin/sh -c ") {
        Some(rest) => match rest.strip_prefix("#(nop)") {
            Some(instruction) => instruction.trim().to_owned(),
            None => format!("RUN {rest}"),
        },
        None => step.to_owned(),
    };
    collapsed(&step)
}

/// For each step the instruction that made it: the alignment in which most agrees, from the end
/// where several are as good.
fn align(steps: &[String], instructions: &[Line]) -> Vec<Option<Line>> {
    let (height, width) = (steps.len(), instructions.len());
    let scores: Vec<u32> = steps
        .iter()
        .flat_map(|step| instructions.iter().map(|line| likeness(step, &line.text)))
        .collect();
    let at = |step: usize, line: usize| scores.get(step * width + line).copied().unwrap_or(0);
    // The best sum for the first steps and the first instructions.
    let mut best = vec![0_u32; (height + 1) * (width + 1)];
    let place = |step: usize, line: usize| step * (width + 1) + line;
    let value = |best: &[u32], step, line| best.get(place(step, line)).copied().unwrap_or(0);
    for step in 1..=height {
        for line in 1..=width {
            let score = at(step - 1, line - 1);
            let both = if score > 0 {
                value(&best, step - 1, line - 1) + score
            } else {
                0
            };
            let sum = both
                .max(value(&best, step - 1, line))
                .max(value(&best, step, line - 1));
            if let Some(cell) = best.get_mut(place(step, line)) {
                *cell = sum;
            }
        }
    }
    let mut matched = vec![None; height];
    let (mut step, mut line) = (height, width);
    while step > 0 && line > 0 {
        let score = at(step - 1, line - 1);
        let here = value(&best, step, line);
        if score > 0 && here == value(&best, step - 1, line - 1) + score {
            if let Some(matched) = matched.get_mut(step - 1) {
                *matched = instructions.get(line - 1).cloned();
            }
            (step, line) = (step - 1, line - 1);
        } else if here == value(&best, step, line - 1) {
            line -= 1;
        } else {
            step -= 1;
        }
    }
    matched
}

/// How much a step is like an instruction: not at all if another keyword begins it.
fn likeness(step: &str, instruction: &str) -> u32 {
    let keyword = |text: &str| text.split(' ').next().map(str::to_uppercase);
    if keyword(step) != keyword(instruction) {
        return 0;
    }
    let (_, arguments) = instruction.split_once(' ').unwrap_or_default();
    if step.contains(arguments) {
        return 8;
    }
    if step.starts_with("RUN ") {
        // Engines note a command as it stands, but a here-document by what is in it.
        return u32::from(arguments.contains("<<"));
    }
    // Variables are filled in; most words stay as they are.
    let there: HashSet<&str> = step.split(' ').map(bare).collect();
    let words: Vec<&str> = arguments
        .split(' ')
        .filter(|word| !word.contains('$'))
        .collect();
    let found = words
        .iter()
        .filter(|word| there.contains(bare(word)))
        .count();
    match (found, words.len()) {
        (0, 0) => 1,
        (found, all) if 2 * found >= all => 2 + u32::try_from(4 * found / all).unwrap_or_default(),
        _ => 0,
    }
}

/// A word without what JSON and quotes put around it.
fn bare(word: &str) -> &str {
    word.trim_matches(['"', '\'', '[', ']', ','])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(history: &[&str], dockerfile: &str, stage: Option<&str>) -> String {
        let history: Vec<History> = history
            .iter()
            .map(|step| History {
                created_by: (*step).to_owned(),
                ..History::default()
            })
            .collect();
        let Some(found) = Attribution::of(&history, dockerfile, stage) else {
            return "nothing".to_owned();
        };
        let lines = found.lines.iter().zip(&history).map(|(line, step)| {
            let number = line
                .as_ref()
                .map_or("-".to_owned(), |line| line.number.to_string());
            format!("{number:>2} {}", step.created_by)
        });
        let lines: Vec<String> = lines.collect();
        format!("{} of the base\n{}", found.base_steps, lines.join("\n"))
    }

    #[test]
    fn buildkit() {
        let history = [
            "# debian.sh --arch 'amd64' out/ 'trixie'",
            "CMD [\"bash\"]",
            "ARG VERSION=1",
            "ENV A=1",
            "RUN |1 VERSION=1 /bin/sh -c apt-get update &&     apt-get install -y git # buildkit",
            "WORKDIR /app",
            "COPY . . # buildkit",
            "CMD [\"app\"]",
        ];
        let dockerfile = "FROM debian\nARG VERSION\nENV A=1\nRUN apt-get update && \\\n    # tools\n    apt-get install -y git\n\nWORKDIR /app\nCOPY --link . .\nCMD [\"app\"]\n";
        insta::assert_snapshot!(told(&history, dockerfile, None), @r#"
        2 of the base
         - # debian.sh --arch 'amd64' out/ 'trixie'
         - CMD ["bash"]
         2 ARG VERSION=1
         3 ENV A=1
         4 RUN |1 VERSION=1 /bin/sh -c apt-get update &&     apt-get install -y git # buildkit
         8 WORKDIR /app
         9 COPY . . # buildkit
        10 CMD ["app"]
        "#);
    }

    #[test]
    fn a_stage_and_those_it_starts_from() {
        let history = [
            "ADD rootfs.tar /",
            "RUN /bin/sh -c make base # buildkit",
            "RUN /bin/sh -c make app # buildkit",
        ];
        let dockerfile = "FROM scratch AS base\nADD rootfs.tar /\nRUN make base\nFROM base AS app\nRUN make app\nFROM app AS test\nRUN make test\n";
        insta::assert_snapshot!(told(&history, dockerfile, Some("APP")), @r"
        0 of the base
         2 ADD rootfs.tar /
         3 RUN /bin/sh -c make base # buildkit
         5 RUN /bin/sh -c make app # buildkit
        ");
        insta::assert_snapshot!(told(&history, dockerfile, Some("1")), @r"
        0 of the base
         2 ADD rootfs.tar /
         3 RUN /bin/sh -c make base # buildkit
         5 RUN /bin/sh -c make app # buildkit
        ");
        assert_eq!(told(&history, dockerfile, Some("none")), "nothing");
    }

    #[test]
    fn the_classic_builder() {
        let history = [
            "/bin/sh -c #(nop) ADD file:abc in / ",
            "/bin/sh -c #(nop)  ENV A=1",
            "/bin/sh -c make   all",
            "/bin/sh -c #(nop) COPY file:abc in /etc/ ",
        ];
        let dockerfile = "FROM debian\nENV A=1\nRUN make \\\n  all\nCOPY a /etc/\n";
        insta::assert_snapshot!(told(&history, dockerfile, None), @r"
        1 of the base
         - /bin/sh -c #(nop) ADD file:abc in / 
         2 /bin/sh -c #(nop)  ENV A=1
         3 /bin/sh -c make   all
         5 /bin/sh -c #(nop) COPY file:abc in /etc/
        ");
    }

    #[test]
    fn values_are_left_out() {
        assert_eq!(
            plain("RUN |1 TOKEN=x /bin/bash -eu -c make   all # buildkit"),
            "RUN make all"
        );
        assert_eq!(plain("/bin/sh -c #(nop)  ENV TOKEN=x"), "ENV TOKEN=…");
        assert_eq!(plain("ARG TOKEN=x"), "ARG TOKEN=…");
        assert_eq!(plain("RUN /bin/sh -c sh -c a"), "RUN sh -c a");
        assert_eq!(plain("COPY a /b # buildkit"), "COPY a /b");
    }

    #[test]
    fn another_command_is_another_line() {
        let history = ["RUN /bin/sh -c make a b c # buildkit", "ENV VERSION=2"];
        let dockerfile = "FROM debian\nRUN make a b d\nENV VERSION=${VERSION}\n";
        insta::assert_snapshot!(told(&history, dockerfile, None), @r"
        1 of the base
         - RUN /bin/sh -c make a b c # buildkit
         3 ENV VERSION=2
        ");
    }

    #[test]
    fn a_dockerfile_of_something_else() {
        assert_eq!(
            told(&["CMD [\"bash\"]"], "FROM debian\nRUN make\n", None),
            "nothing"
        );
        assert_eq!(told(&["CMD [\"bash\"]"], "", None), "nothing");
    }
}
