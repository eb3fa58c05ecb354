//! `arg-out-of-scope`

use std::collections::{BTreeMap, HashSet};

use dockwright_environment::build::{Base, Lookup};
use dockwright_environment::{DockerfileDocument, Location};
use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::predefined::{PREDEFINED, PredefinedKind, predefined};
use dockwright_syntax::dockerfile::{Command, InstructionKind};
use dockwright_syntax::shell::{Modifier, Script};

use crate::declarations::{self, Declaration};
use crate::edits::DockerfileEdits;
use crate::fix::Aspect;
use crate::rule::{Context, Describe, Rule, rule};
use crate::variables::{self, VariableUse};
use crate::{Confidence, Finding, Fix, Metadata, Severity, StageView, image_environment, nearest};

rule! {
    /// There is a variable that is used where it is not declared.
    ///
    /// ## What it does
    ///
    /// Follows BuildKit's scopes: an `ARG` before the first `FROM` is known to `FROM` alone, until a
    /// stage declares it again; a stage knows the `ARG`s that it, or a stage of the same file that
    /// it starts from, declares before the place of use; an image hands on its `ENV` and never its
    /// `ARG`s. Looks at the words that BuildKit expands, and at the commands of `RUN` for names that
    /// the Dockerfile declares elsewhere. A value that the script itself sets and what a base from
    /// elsewhere may set are left alone. A default beside the use (`${A:-b}`), a value that is added
    /// to (`ENV A=b:$A`), and a name that is nearly one that is set, on a base that may set it, are
    /// hints of low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// The variable is empty there. The build goes on with an empty label, a path that lacks a part,
    /// or a download of the wrong file; `--build-arg` changes nothing.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// ARG VERSION=1.0
    /// FROM debian:trixie
    /// LABEL org.opencontainers.image.version="${VERSION}"
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// ARG VERSION=1.0
    /// FROM debian:trixie
    /// ARG VERSION
    /// LABEL org.opencontainers.image.version="${VERSION}"
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Declaring the argument in the stage, right before its first use, is safe where the file declares
    /// it for `FROM`, or BuildKit sets it: the image differs only by the value that was meant. Unsafe are
    /// a declaration before the first `FROM` that copies a default from a stage, and correcting a name
    /// that is nearly that of another. There is no fix for a name that is declared nowhere.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: "Scope" of `ARG`, "Understand how ARG and FROM interact"
    /// - Build checks `UndefinedVar` and `UndefinedArgInFrom`
    ArgOutOfScope {
        name: "arg-out-of-scope",
        family: Arguments,
        severity: Warning,
        fix: Safe,
        aliases: ["UndefinedVar", "UndefinedArgInFrom"],
    }
}

impl Rule for ArgOutOfScope {
    fn check_dockerfile(
        &self,
        cx: Context<'_>,
        dockerfile: &DockerfileDocument,
        findings: &mut Vec<Finding>,
    ) {
        let declarations = declarations::arguments(&dockerfile.tree);
        let scope = Scope {
            rule: self.metadata(),
            dockerfile,
            declarations: &declarations,
        };
        scope.check_global(findings);
        for view in StageView::all(cx.environment, dockerfile) {
            scope.check_from(cx, view, findings);
            scope.check_stage(cx, view, findings);
        }
    }
}

struct Scope<'a> {
    rule: &'static Metadata,
    dockerfile: &'a DockerfileDocument,
    declarations: &'a [Declaration<'a>],
}

/// How a name is used that has no value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Manner {
    /// As if it had one.
    Plain,
    /// With a word for the case that it has none.
    Guarded,
    /// To add to what may be there, as in `ENV A=b:$A`.
    Extended,
    /// Where a base may set it, and nearly as one that is set is called.
    Misspelt,
}

/// The uses of one name in one stage.
struct Uses {
    spans: Vec<Span>,
    instruction: usize,
}

type Found = BTreeMap<(String, Manner), Uses>;

/// Adds the use of a name in an instruction.
fn add(found: &mut Found, name: String, manner: Manner, instruction: usize, span: Span) {
    let uses = found.entry((name, manner)).or_insert_with(|| Uses {
        spans: Vec::new(),
        instruction,
    });
    uses.spans.push(span);
}

impl<'a> Scope<'a> {
    fn global(&self, name: &str, before: usize) -> bool {
        let mut globals = self
            .declarations
            .iter()
            .filter(|declaration| declaration.stage.is_none());
        globals.any(|declaration| declaration.name == name && declaration.instruction < before)
            || is_platform(name)
    }

    fn location(&self, span: Span) -> Location {
        Location::new(self.dockerfile.document, span)
    }

    /// Defaults of global `ARG`s.
    fn check_global(&self, findings: &mut Vec<Finding>) {
        for (index, instruction) in self
            .dockerfile
            .tree
            .global_instructions()
            .iter()
            .enumerate()
        {
            let InstructionKind::Arg(assignments) = &instruction.kind else {
                continue;
            };
            for variable in variables::expanded(instruction, self.dockerfile.tree.escape) {
                // One ARG may declare several, each of which sees those before it.
                let same = assignments.iter().any(|assignment| {
                    assignment.name.value == variable.name
                        && assignment.span.start < variable.span.start
                });
                if variable.guarded || same || self.global(&variable.name, index) {
                    continue;
                }
                let message = format!("`{}` has no value in this default", variable.name);
                let finding = self.explain(message, &variable, index, None);
                findings.push(finding.codes(&["UndefinedArgInFrom"]));
            }
        }
    }

    /// What `FROM` uses.
    fn check_from(&self, cx: Context<'_>, view: StageView<'a>, findings: &mut Vec<Finding>) {
        let Some(from) = view.from() else {
            return;
        };
        for variable in variables::expanded(from, self.dockerfile.tree.escape) {
            let at = view.syntax.from_index();
            if self.global(&variable.name, at) {
                continue;
            }
            let message = format!("`{}` has no value in `FROM`", variable.name);
            let finding = self.explain(message, &variable, at, None);
            let finding = finding.codes(&["UndefinedArgInFrom"]);
            let fix = self.fix_from(cx, &variable, at);
            let finding = finding.fix(fix.filter(|_| !variable.guarded));
            findings.push(if variable.guarded {
                finding.confidence(Confidence::Low)
            } else {
                finding.severity(Severity::Error)
            });
        }
    }

    /// A finding that points to where the name is declared instead.
    fn explain(
        &self,
        message: String,
        variable: &VariableUse,
        at: usize,
        stage: Option<usize>,
    ) -> Finding {
        let name = &variable.name;
        let mut finding = Finding::new(self.rule, self.location(variable.span), message);
        let mut elsewhere = self
            .declarations
            .iter()
            .filter(|declaration| declaration.name == *name);
        if let Some(declaration) = elsewhere.next() {
            let why = match declaration.stage {
                own if own == stage && declaration.instruction >= at => "it is declared later",
                None => "it is declared for `FROM` only",
                Some(_) => "it is declared in another stage",
            };
            finding = finding.related(self.location(declaration.span), why);
        }
        match stage {
            Some(_) => finding.help(format!(
                "declare it in this stage, before its first use: `ARG {name}`"
            )),
            None => match self.nearest_global(name, at) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding.help(format!(
                    "declare it before the first `FROM`, and before its first use: `ARG {name}`"
                )),
            },
        }
    }

    /// What `FROM` knows that is nearly called `name`.
    fn nearest_global(&self, name: &str, at: usize) -> Option<&str> {
        let globals = self.declarations.iter().filter(|one| one.stage.is_none());
        let known = globals
            .filter(|one| one.instruction < at)
            .map(|one| one.name);
        let platforms = PREDEFINED.iter().map(|argument| argument.name);
        nearest::variable(
            name,
            known.chain(platforms.filter(|name| is_platform(name))),
        )
    }

    /// What is set in a stage before the instruction `at` and nearly called `name`.
    fn nearest_set(cx: Context<'_>, view: StageView<'_>, at: usize, name: &str) -> Option<String> {
        let stages = cx.environment.chain_stages(view.id);
        let stages = stages.filter_map(|id| cx.environment.stage(id));
        let names = stages.flat_map(|stage| stage.bindings.iter().map(|it| it.name.as_str()));
        let is_set = |name: &&str| match cx.environment.variable(view.id, at, name) {
            Lookup::Bound(binding) => binding.value.is_some(),
            Lookup::Unset | Lookup::Unknown => false,
        };
        let names = std::iter::once("PATH").chain(names.filter(is_set));
        nearest::variable(name, names).map(str::to_owned)
    }

    fn check_stage(&self, cx: Context<'_>, view: StageView<'a>, findings: &mut Vec<Finding>) {
        let mut found = Found::new();
        for (index, instruction) in view.instructions().skip(1) {
            for variable in variables::expanded(instruction, self.dockerfile.tree.escape) {
                let name = variable.name;
                let assignments = match &instruction.kind {
                    InstructionKind::Env(all) | InstructionKind::Arg(all) => all.as_slice(),
                    _ => &[],
                };
                let mut assignments = assignments.iter().filter(|it| it.name.value == name);
                let is_env = matches!(instruction.kind, InstructionKind::Env(_));
                let own = assignments
                    .clone()
                    .any(|it| is_env && it.span.contains(variable.span));
                // One ARG may declare several, each of which knows those before it.
                let declared = assignments.any(|it| !is_env && it.span.start < variable.span.start);
                let manner = match self.is_set(cx, view, index, &name) {
                    _ if declared => continue,
                    Some(true) => continue,
                    None if variable.guarded || own || name.len() < 4 => continue,
                    None => match Self::nearest_set(cx, view, index, &name) {
                        Some(_) => Manner::Misspelt,
                        None => continue,
                    },
                    Some(false) if variable.guarded => Manner::Guarded,
                    Some(false) if own => Manner::Extended,
                    Some(false) => Manner::Plain,
                };
                add(&mut found, name, manner, index, variable.span);
            }
            let InstructionKind::Run(run) = &instruction.kind else {
                continue;
            };
            if matches!(run.command, Command::Exec(_)) || self.has_other_shell(view, index) {
                continue;
            }
            let Some(script) = self.dockerfile.script(index) else {
                continue;
            };
            for (name, span) in unset_in_script(script) {
                if !self.is_declared_elsewhere(name)
                    || self.is_set(cx, view, index, name) != Some(false)
                {
                    continue;
                }
                add(&mut found, name.to_owned(), Manner::Plain, index, span);
            }
        }
        for ((name, manner), uses) in &found {
            let near = Self::nearest_set(cx, view, uses.instruction, name);
            let fix = match (manner, &near) {
                (Manner::Plain, _) if self.is_declarable(view, name) => {
                    self.declare(cx, view, &found, uses.instruction)
                }
                (Manner::Plain, Some(near))
                    if !self.is_declared_elsewhere(name) && !is_of_shell(name) =>
                {
                    Some(self.correct(cx, name, near, &uses.spans))
                }
                _ => None,
            };
            let finding = self.finding(view, name, *manner, uses, near);
            findings.extend(finding.map(|it| it.fix(fix)));
        }
    }

    /// Whether `ARG name` in the stage has a value: the file declares it for `FROM`, or `BuildKit` sets
    /// it, and no `ARG` of the stage itself is in the way.
    fn is_declarable(&self, view: StageView<'_>, name: &str) -> bool {
        let mut own = self
            .declarations
            .iter()
            .filter(|it| view.syntax.instructions.contains(&it.instruction));
        self.global(name, view.syntax.from_index()) && !own.any(|it| it.name == name)
    }

    /// Declares all that the stage first uses in one instruction, right before that.
    fn declare(
        &self,
        cx: Context<'_>,
        view: StageView<'_>,
        found: &Found,
        at: usize,
    ) -> Option<Fix> {
        let here = found.iter().filter(|((name, manner), uses)| {
            *manner == Manner::Plain && uses.instruction == at && self.is_declarable(view, name)
        });
        let lines: Vec<String> = here.map(|((name, _), _)| format!("ARG {name}")).collect();
        let mut fix = Fix::safe(
            format!("declare it in this stage: `{}`", lines.join("`, `")),
            "only the value that was meant comes in",
        );
        // The value may be in anything that the stage says.
        fix.changes = vec![
            Aspect::Environment,
            Aspect::User,
            Aspect::WorkingDirectory,
            Aspect::Command,
            Aspect::Ports,
            Aspect::Volumes,
            Aspect::Labels,
            Aspect::StopSignal,
            Aspect::Healthcheck,
            Aspect::Copies,
        ];
        let edits = DockerfileEdits::of(cx.environment, self.dockerfile);
        (!lines.is_empty()).then(|| edits.insert_before(fix, at, &lines.join("\n")))
    }

    /// Writes the name that was meant, everywhere.
    fn correct(&self, cx: Context<'_>, name: &str, near: &str, spans: &[Span]) -> Fix {
        let edits = DockerfileEdits::of(cx.environment, self.dockerfile);
        let fix = Fix::with_care(
            format!("write `{near}`"),
            "the names are alike, and this one has a value",
        );
        spans.iter().fold(fix, |fix, span| {
            let Some(at) = edits.written(*span).find(name) else {
                return fix;
            };
            let start = span.start as usize + at;
            fix.replace(self.location(Span::new(start, start + name.len())), near)
        })
    }

    /// What makes a name known to `FROM`: the declaration of another stage, with its default, or the name
    /// that was meant.
    fn fix_from(&self, cx: Context<'_>, variable: &VariableUse, at: usize) -> Option<Fix> {
        let name = &variable.name;
        let edits = DockerfileEdits::of(cx.environment, self.dockerfile);
        let mut elsewhere = self.declarations.iter().filter(|it| it.name == *name);
        let Some(declaration) = elsewhere.next() else {
            let near = self.nearest_global(name, at)?;
            return Some(self.correct(cx, name, near, &[variable.span]));
        };
        let written = edits.written(declaration.span);
        let has_default = written.contains('=') && !written.contains(['$', '\n']);
        let first = self.dockerfile.tree.stages.first()?.from_index();
        let line = format!("ARG {written}");
        let fix = Fix::with_care(
            format!("write `{line}` before the first `FROM`"),
            "the default was meant for the stage",
        );
        (has_default && declaration.stage.is_some()).then(|| edits.insert_before(fix, first, &line))
    }

    fn finding(
        &self,
        view: StageView<'a>,
        name: &str,
        manner: Manner,
        uses: &Uses,
        near: Option<String>,
    ) -> Option<Finding> {
        let variable = VariableUse {
            name: name.to_owned(),
            span: *uses.spans.first()?,
            guarded: false,
        };
        let stage = self
            .dockerfile
            .tree
            .stages
            .iter()
            .position(|stage| std::ptr::eq(stage, view.syntax));
        let message = match manner {
            Manner::Plain => format!("`{name}` has no value in this stage"),
            Manner::Guarded => format!("`{name}` never has a value in this stage"),
            Manner::Extended => format!("`{name}` has no value to add to"),
            Manner::Misspelt => format!("`{name}` has no value unless the base sets it"),
        };
        let mut finding = self.explain(message, &variable, uses.instruction, stage);
        finding = finding.codes(&["UndefinedVar"]);
        for span in uses.spans.iter().skip(1) {
            finding = finding.related(self.location(*span), "nor here");
        }
        if is_of_shell(name) && !self.is_declared_elsewhere(name) {
            finding = finding.help("only a shell sets it: name the path, or set it with `ENV`");
        } else if let Some(near) = near.filter(|_| !self.is_declared_elsewhere(name)) {
            finding = finding.help(format!("did you mean `${near}`?"));
        }
        // What a base from elsewhere sets is known for a few images only.
        Some(finding.confidence(if manner != Manner::Plain {
            Confidence::Low
        } else if ends_in_scratch(view) {
            Confidence::High
        } else {
            Confidence::Medium
        }))
    }

    /// Whether the Dockerfile declares the name anywhere, or `BuildKit` sets it for `FROM`.
    fn is_declared_elsewhere(&self, name: &str) -> bool {
        is_platform(name)
            || self
                .declarations
                .iter()
                .any(|declaration| declaration.name == name)
    }

    /// Whether the name has a value in a stage before the instruction `at`; `None` when a base may
    /// set it.
    fn is_set(&self, cx: Context<'_>, view: StageView<'a>, at: usize, name: &str) -> Option<bool> {
        match cx.environment.variable(view.id, at, name) {
            Lookup::Bound(_) => Some(true),
            // BuildKit itself sets it where no image does.
            _ if name == "PATH" => Some(true),
            Lookup::Unset => Some(false),
            Lookup::Unknown => {
                let last = cx.environment.chain_stages(view.id).last()?;
                match &cx.environment.stage(last)?.base {
                    Base::External(reference) => match image_environment::sets(reference, name) {
                        Some(sets) => Some(sets),
                        // An argument of this file that a base happens to set too is rare.
                        None if self.is_declared_elsewhere(name) => {
                            Some(names_image(&reference.path, name))
                        }
                        None => None,
                    },
                    _ if may_start_from_stage(view) => None,
                    _ if self.is_declared_elsewhere(name) && is_platform(name) => Some(false),
                    _ => None,
                }
            }
        }
    }

    /// Whether `SHELL` or the base says that commands are not for a POSIX shell.
    fn has_other_shell(&self, view: StageView<'a>, at: usize) -> bool {
        if self.dockerfile.tree.escape == '`' {
            return true;
        }
        let mut shells = view.instructions().filter(|(index, _)| *index < at);
        shells.any(|(_, instruction)| match &instruction.kind {
            InstructionKind::Shell(words) => {
                let name = words
                    .first()
                    .map(|word| word.value.as_str())
                    .unwrap_or_default();
                !name.ends_with("sh") || name.ends_with("pwsh")
            }
            _ => false,
        })
    }
}

/// Whether a variable may choose one of the file's own stages as the base, as in `FROM build-${ARCH}`.
fn may_start_from_stage(view: StageView<'_>) -> bool {
    let stages = view.dockerfile.tree.stages.iter();
    let mut earlier = stages.take_while(|stage| !std::ptr::eq(*stage, view.syntax));
    let Some(InstructionKind::From(from)) = view.from().map(|from| &from.kind) else {
        return false;
    };
    let Some((start, _)) = from.image.value.split_once('$') else {
        return false;
    };
    earlier.any(|stage| {
        stage.name.as_ref().is_some_and(|name| {
            let name = name.value.to_ascii_lowercase();
            name.starts_with(&start.to_ascii_lowercase())
        })
    })
}

/// Whether the chain of bases ends in nothing, so that nothing unknown can set a variable.
fn ends_in_scratch(view: StageView<'_>) -> bool {
    let mut stage = view.stage;
    for _ in 0..view.build.stages.len() {
        match &stage.base {
            Base::Scratch => return true,
            Base::Stage(index) => match view.build.stages.get(*index) {
                Some(next) => stage = next,
                None => return false,
            },
            _ => return false,
        }
    }
    false
}

/// Whether a variable is called after an image, as in `NODE_VERSION` of `node`.
fn names_image(path: &str, variable: &str) -> bool {
    let image = path
        .rsplit('/')
        .next()
        .unwrap_or(path)
        .replace('-', "_")
        .to_ascii_uppercase();
    variable.starts_with(&image)
}

/// Whether a variable is one that a shell sets by itself.
fn is_of_shell(name: &str) -> bool {
    matches!(name, "HOME" | "USER")
}

fn is_platform(name: &str) -> bool {
    predefined(name).is_some_and(|argument| argument.kind == PredefinedKind::Platform)
}

/// The variables that a script reads and never sets, with the place of their first use.
fn unset_in_script(script: &Script) -> Vec<(&str, Span)> {
    let sources = script.sourced();
    let evaluates = script.commands().iter().any(|found| {
        let invocation = found.command.invocation();
        invocation.is_some_and(|invocation| invocation.name == "eval")
    });
    // What it reads may set anything.
    if !sources.is_empty() || evaluates {
        return Vec::new();
    }
    let assigned: HashSet<&str> = script
        .variables_assigned()
        .iter()
        .map(|assigned| assigned.name)
        .collect();
    // `[ -n "$A" ]` and `${A:+…}` are prepared for an empty value, here and elsewhere.
    let mut seen = HashSet::new();
    let reads = script.variables_read();
    let prepared: HashSet<&str> = reads
        .iter()
        .filter(|read| {
            read.expansion
                .is_some_and(|use_| !matches!(use_.modifier, Modifier::None))
        })
        .map(|read| read.name.value.as_str())
        .collect();
    let unset = reads.iter().filter(|read| {
        let name = read.name.value.as_str();
        !assigned.contains(name) && !prepared.contains(name) && seen.insert(name)
    });
    unset
        .map(|read| {
            (
                read.name.value.as_str(),
                read.expansion.map_or(read.name.span, |use_| use_.span),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(dockerfile: &str) -> String {
        audit(
            "arg-out-of-scope",
            &format!("-- Dockerfile --\n{dockerfile}"),
        )
    }

    #[test]
    fn a_global_argument_is_known_to_from_alone() {
        insta::assert_snapshot!(check("\
ARG VERSION=1
ARG BASE=debian:trixie
FROM ${BASE} AS a
RUN fetch \"$VERSION\" && install $VERSION
FROM a
ARG VERSION
RUN fetch $VERSION
"), @r#"
        warning (medium) Dockerfile:4:12 `VERSION` has no value in this stage
          Dockerfile:1:5 it is declared for `FROM` only
          help: declare it in this stage, before its first use: `ARG VERSION`
        "#);
    }

    #[test]
    fn a_stage_argument_is_not_known_to_from() {
        insta::assert_snapshot!(check("\
FROM debian:trixie AS a
ARG TAG=1
FROM debian:$TAG
ARG LATE
COPY x-$ARCH-$TARGETARCH /
ARG ARCH
"), @r#"
        error Dockerfile:3:13 `TAG` has no value in `FROM`
          Dockerfile:2:5 it is declared in another stage
          help: declare it before the first `FROM`, and before its first use: `ARG TAG`
        warning (medium) Dockerfile:5:14 `TARGETARCH` has no value in this stage
          help: declare it in this stage, before its first use: `ARG TARGETARCH`
        "#);
    }

    #[test]
    fn a_default_sees_only_what_is_declared_before_it() {
        insta::assert_snapshot!(check("ARG NAME=app-$VERSION\nARG VERSION=1\nFROM debian:$VERSION\n"), @r#"
        warning Dockerfile:1:14 `VERSION` has no value in this default
          Dockerfile:2:5 it is declared later
          help: declare it before the first `FROM`, and before its first use: `ARG VERSION`
        "#);
        assert_eq!(check("ARG A=1 B=$A\nFROM debian:$B\nARG C=1 D=$C\n"), "");
    }

    #[test]
    fn what_a_stage_starts_from_hands_on_its_arguments() {
        assert_eq!(
            check("FROM debian:trixie AS a\nARG X=1\nFROM a\nLABEL x=$X\nRUN echo $X\n"),
            ""
        );
    }

    #[test]
    fn a_name_of_the_shell_that_the_file_declares_is_declared_again() {
        insta::assert_snapshot!(check("ARG USER=app\nFROM debian:trixie\nUSER ${USER}\n"), @r#"
        warning (medium) Dockerfile:3:6 `USER` has no value in this stage
          Dockerfile:1:5 it is declared for `FROM` only
          help: declare it in this stage, before its first use: `ARG USER`
        "#);
    }

    #[test]
    fn what_may_be_set_elsewhere_is_left_alone() {
        for body in [
            // One of several stages that all start from the one that declares it.
            "FROM debian AS base\nARG TARGETARCH\nFROM base AS os-amd64\nFROM base AS os-arm64\nFROM os-${TARGETARCH}\nRUN apt-get install linux-image-${TARGETARCH}\n",
            // A base from elsewhere.
            "ARG NODE_VERSION=22\nFROM node:$NODE_VERSION\nLABEL node=$NODE_VERSION\nRUN echo $NODE_VERSION\n",
            "FROM acme/base\nWORKDIR $HOME\nENV A=$B\n",
            // The shell itself, or a file it reads.
            "ARG V=1\nFROM debian:trixie\nRUN V=2; echo $V\n",
            "ARG V=1\nFROM debian:trixie\nRUN . /etc/os-release && echo $V\n",
            "ARG V=1\nFROM debian:trixie\nRUN for V in a b; do echo $V; done\n",
            "ARG V=1\nFROM debian:trixie\nRUN echo ${V:-2} '$V' $HOME\n",
            // Another shell.
            "ARG V=1\nFROM debian:trixie\nSHELL [\"pwsh\", \"-c\"]\nRUN echo $V\n",
            "ARG V=1\nFROM debian:trixie\nRUN [\"echo\", \"$V\"]\n",
            "FROM acme/base\nENV LD_LIBRARY_PATH=/opt/lib:$LD_LIBRARY_PATH\n",
        ] {
            assert_eq!(check(body), "", "{body}");
        }
    }

    #[test]
    fn a_name_that_nothing_declares_is_empty() {
        insta::assert_snapshot!(check("FROM scratch\nCOPY a /opt/$NAME\nFROM alpine:3\nWORKDIR $HOME/app\n"), @r#"
        warning Dockerfile:2:13 `NAME` has no value in this stage
          help: declare it in this stage, before its first use: `ARG NAME`
        warning (medium) Dockerfile:4:9 `HOME` has no value in this stage
          help: only a shell sets it: name the path, or set it with `ENV`
        "#);
    }

    #[test]
    fn what_a_missing_value_does_no_harm_to_is_a_hint() {
        insta::assert_snapshot!(check("\
FROM ${BASE:-debian:trixie}
FROM debian:trixie
ENV LIBS=/opt/lib:$LIBS A=${B:-c}
"), @r"
        warning (low) Dockerfile:1:6 `BASE` has no value in `FROM`
          help: declare it before the first `FROM`, and before its first use: `ARG BASE`
        warning (low) Dockerfile:3:19 `LIBS` has no value to add to
          help: declare it in this stage, before its first use: `ARG LIBS`
        warning (low) Dockerfile:3:27 `B` never has a value in this stage
          help: declare it in this stage, before its first use: `ARG B`
        ");
    }

    #[test]
    fn one_instruction_does_not_see_what_it_sets() {
        assert!(check("FROM debian:trixie\nENV A=1 B=$A\n").contains(":2:11 `A` has no value"));
        assert_eq!(
            check("FROM debian:trixie\nENV A=1\nENV A=2 B=$A PATH=/x:$PATH\n"),
            ""
        );
    }

    #[test]
    fn a_misspelt_name_is_found() {
        insta::assert_snapshot!(check("\
ARG VERSION=1
FROM debian:$VERSOIN
ENV APP_HOME=/srv
ENV PATH=$PAHT:$APP_HOM/bin
FROM acme/base
ENV PATH=$PAHT:/srv/bin
"), @r"
        error Dockerfile:2:13 `VERSOIN` has no value in `FROM`
          help: did you mean `VERSION`?
        warning (low) Dockerfile:4:10 `PAHT` has no value unless the base sets it
          help: did you mean `$PATH`?
        warning (low) Dockerfile:4:16 `APP_HOM` has no value unless the base sets it
          help: did you mean `$APP_HOME`?
        warning (low) Dockerfile:6:10 `PAHT` has no value unless the base sets it
          help: did you mean `$PATH`?
        ");
    }

    #[test]
    fn arguments_are_declared_where_they_are_used() {
        insta::assert_snapshot!(fix("arg-out-of-scope", "\
-- Dockerfile --
ARG A=1
ARG B=2
FROM debian:trixie AS a
# both
RUN echo $A $B $TARGETARCH
COPY $A /$C/
FROM debian:trixie AS b
ARG TAG=1
LABEL tag=$TGA
FROM debian:$TAG
"), @r#"
        unsafe: write `ARG TAG=1` before the first `FROM`, for the default was meant for the stage
        safe: declare it in this stage: `ARG A`, `ARG B`, `ARG TARGETARCH`, for only the value that was meant comes in
        safe: declare it in this stage: `ARG A`, `ARG B`, `ARG TARGETARCH`, for only the value that was meant comes in
        safe: declare it in this stage: `ARG A`, `ARG B`, `ARG TARGETARCH`, for only the value that was meant comes in
        unsafe: write `TAG`, for the names are alike, and this one has a value
        -- Dockerfile --
        +ARG TAG=1
        +ARG A
        +ARG B
        +ARG TARGETARCH
        -LABEL tag=$TGA
        +LABEL tag=$TAG
        "#);
    }
}
