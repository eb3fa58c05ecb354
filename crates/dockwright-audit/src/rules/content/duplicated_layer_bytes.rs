//! `duplicated-layer-bytes`

use std::collections::HashSet;

use dockwright_environment::copies::{CopyOrigin, CopyStep};
use dockwright_environment::{Location, Value};
use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::{Instruction, InstructionKind};
use dockwright_syntax::shell::Word;

use crate::brought;
use crate::downloads::{self, Output};
use crate::images::is_test;
use crate::reads::megabytes;
use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::{Step, literals};
use crate::{Confidence, Finding, Fix, Severity, StageView};

/// Bytes from which a second copy is a warning.
const LARGE: u64 = 1_000_000;

rule! {
    /// There are files whose mode or owner changes in a later layer.
    ///
    /// ## What it does
    ///
    /// Looks for `chmod`, `chown` and `chgrp` of files that an earlier instruction of the same image has
    /// brought: a `COPY` or `ADD`, or a `RUN` that downloads, unpacks, clones or installs them to the
    /// same place. What the same step has made, an empty directory, and stages that do not ship are
    /// left out. From a megabyte on it is a warning, as far as the size is known.
    ///
    /// ## Why is this bad?
    ///
    /// A layer holds whole files. Changing the mode or the owner of one copies it into the new layer, so
    /// that the image has it twice.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY shop /usr/local/bin/shop
    /// RUN chmod 755 /usr/local/bin/shop
    /// ```
    /// ```text shop
    /// the program
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY --chmod=755 shop /usr/local/bin/shop
    /// ```
    /// ```text shop
    /// the program
    /// ```
    ///
    /// ## Fix safety
    ///
    /// `COPY --chmod` with the same number in the place of a step that sets the mode of one file, and does
    /// nothing else, is safe. It is unsafe for `+x`, which adds to a mode that is not known. There is no fix
    /// for several files and directories, which `--chmod` gives the same mode, and for owners, whose names
    /// may not be known yet at the `COPY`.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `COPY --chown --chmod`
    /// - OCI image specification: "Image Layer Filesystem Changeset"
    DuplicatedLayerBytes {
        name: "duplicated-layer-bytes",
        family: Content,
        severity: Info,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for DuplicatedLayerBytes {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        if !stage.ships() || is_test(cx.environment, stage.location(Span::default())) {
            return;
        }
        for step in cx.steps(stage) {
            // The first change puts a file into the layer, the next finds it there.
            let mut changed: HashSet<String> = HashSet::new();
            for (invocation, command) in step.invocations() {
                let Some(change) = Change::read(invocation.name, invocation.arguments()) else {
                    continue;
                };
                let paths = change
                    .paths
                    .iter()
                    .filter_map(|word| path(cx, stage, step, word));
                let mut found: Option<(Earlier, String)> = None;
                let mut sizes = Some(0);
                for path in paths {
                    if changed.contains(&path) {
                        continue;
                    }
                    if let Some(earlier) = earlier(cx, stage, step.at, &path, change.recursive) {
                        sizes = sizes.zip(earlier.bytes).map(|(all, one)| all + one);
                        changed.insert(path.clone());
                        found.get_or_insert((earlier, path));
                    }
                }
                if let Some((earlier, path)) = found {
                    let location = stage.location(command.command.span);
                    let fix = fix(cx, stage, step, &change, &path);
                    findings.push(
                        self.report(&change, location, &earlier, &path, sizes)
                            .fix(fix),
                    );
                }
            }
        }
    }
}

impl DuplicatedLayerBytes {
    fn report(
        &self,
        change: &Change<'_>,
        location: Location,
        earlier: &Earlier,
        path: &str,
        bytes: Option<u64>,
    ) -> Finding {
        let name = change.program;
        let size = bytes.filter(|bytes| *bytes > 0);
        let size = size.map_or(String::new(), |bytes| format!(" ({})", megabytes(bytes)));
        let message = format!("`{name}` copies `{path}` into another layer{size}");
        let option = if name == "chmod" {
            "--chmod"
        } else {
            "--chown"
        };
        let help = if earlier.is_copy {
            format!("let the instruction that brings it say so: `{option}=…`")
        } else {
            format!("run `{name}` in the step that makes it")
        };
        Finding::new(self.metadata(), location, message)
            .severity(match bytes {
                Some(bytes) if bytes >= LARGE => Severity::Warning,
                _ => Severity::Info,
            })
            .confidence(earlier.confidence)
            .related(earlier.location, "an earlier layer has it from here")
            .help(help)
    }
}

/// Lets the `COPY` of one file say the mode, and takes the step away that does nothing else.
fn fix(
    cx: Context<'_>,
    stage: StageView<'_>,
    step: &Step<'_>,
    change: &Change<'_>,
    path: &str,
) -> Option<Fix> {
    let copies = cx.environment.copies(stage.id);
    let copy = copies
        .iter()
        .rev()
        .find(|copy| copy.index < step.at && brings(cx, copy, path))?;
    let is_alone = step.commands.len() == 1 && change.paths.len() == 1 && !change.recursive;
    let has_flags = |name: &str| copy.instruction.flag(name).is_some();
    let is_plain = step.instruction.flags.is_empty()
        && step.instruction.heredocs.is_empty()
        && matches!(step.instruction.kind, InstructionKind::Run(_))
        && matches!(copy.instruction.kind, InstructionKind::Copy(_));
    if change.program != "chmod" || !is_alone || !is_plain || has_flags("chmod") {
        return None;
    }
    let mode = change.mode?;
    let is_octal = matches!(mode.len(), 3 | 4) && mode.bytes().all(|it| matches!(it, b'0'..=b'7'));
    let fix = match mode {
        _ if is_octal => Fix::safe(
            format!("write `COPY --chmod={mode}`, and take the step away"),
            "it is the same mode",
        ),
        "+x" | "a+x" => Fix::with_care(
            "write `COPY --chmod=755`, and take the step away",
            "it is the same mode where the file can be written by its owner alone",
        ),
        _ => return None,
    };
    let document = cx.environment.documents.get(stage.dockerfile.document);
    let before = document.text.get(..step.instruction.span.start as usize)?;
    let above = before.trim_end_matches(['\r', '\n']).rsplit('\n').next()?;
    // A comment would be left without what it is about.
    if above.trim_start().starts_with('#') {
        return None;
    }
    let mode = if is_octal { mode } else { "755" };
    let end = copy.instruction.keyword.span.end;
    let fix = fix.insert(document.id, end, format!(" --chmod={mode}"));
    Some(fix.delete_lines(document, step.instruction.span))
}

/// Whether a copy brings one file, to `path`.
fn brings(cx: Context<'_>, copy: &CopyStep<'_>, path: &str) -> bool {
    let mut paths = Vec::new();
    brought::files(cx, copy, &mut |file| paths.push(file.path()));
    matches!(paths.as_slice(), [Some(only)] if only == path)
}

/// A call of `chmod`, `chown` or `chgrp`.
struct Change<'a> {
    program: &'a str,
    /// The mode or the owner, where it is written as it is.
    mode: Option<&'a str>,
    recursive: bool,
    paths: Vec<&'a Word>,
}

impl<'a> Change<'a> {
    fn read(program: &'a str, arguments: &'a [Word]) -> Option<Self> {
        if !matches!(program, "chmod" | "chown" | "chgrp") {
            return None;
        }
        let is_option = |word: &&Word| {
            let text = word.literal.as_deref().unwrap_or_default();
            // `chmod -x` and `chmod -R`: modes that take away begin with a dash too.
            text.starts_with("--")
                || text.starts_with('-')
                    && text
                        .chars()
                        .skip(1)
                        .all(|letter| "RcfvhHLP".contains(letter))
        };
        let recursive = arguments.iter().filter(is_option).any(|word| {
            let text = word.literal.as_deref().unwrap_or_default();
            text == "--recursive" || !text.starts_with("--") && text.contains('R')
        });
        let mut operands = arguments.iter().filter(|word| !is_option(word));
        let has_reference = literals(arguments).any(|word| word.starts_with("--reference"));
        let mut mode = None;
        if !has_reference {
            mode = operands.next().and_then(|word| word.literal.as_deref());
        }
        Some(Self {
            program,
            mode,
            recursive,
            paths: operands.collect(),
        })
    }
}

/// The absolute path that a word of a step names; a glob of all in a directory is the directory.
fn path(cx: Context<'_>, stage: StageView<'_>, step: &Step<'_>, word: &Word) -> Option<String> {
    let text = word.literal.as_deref()?;
    let text = text
        .strip_suffix("/*")
        .unwrap_or(text)
        .trim_end_matches('/');
    if text.contains(['*', '?', '[', '{', '~', '$'])
        || changes_directory(step) && !text.starts_with('/')
    {
        return None;
    }
    absolute(cx, stage, step.at, text)
}

fn changes_directory(step: &Step<'_>) -> bool {
    step.invocations()
        .any(|(invocation, _)| matches!(invocation.name, "cd" | "pushd"))
}

fn absolute(cx: Context<'_>, stage: StageView<'_>, at: usize, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return Some(path.trim_end_matches('/').to_owned());
    }
    let directory = cx.environment.working_directory(stage.id, at)?;
    let directory = directory.known()?.trim_end_matches('/');
    let path = path.trim_start_matches("./");
    match path {
        "" | "." => Some(directory.to_owned()),
        path if path.contains("..") => None,
        path => Some(format!("{directory}/{path}")),
    }
}

/// What has brought files to a path.
struct Earlier {
    location: Location,
    is_copy: bool,
    /// How many bytes they have, where that is known.
    bytes: Option<u64>,
    confidence: Confidence,
}

/// The last instruction before `at`, of what the stage starts from too, that has brought a path.
fn earlier(
    cx: Context<'_>,
    stage: StageView<'_>,
    at: usize,
    path: &str,
    recursive: bool,
) -> Option<Earlier> {
    stage.chain().find_map(|link| {
        let before: Vec<(usize, &Instruction)> = link
            .instructions()
            .filter(|(index, _)| link.id != stage.id || *index < at)
            .collect();
        let copies = cx.environment.copies(link.id);
        before
            .iter()
            .rev()
            .find_map(|(index, instruction)| match &instruction.kind {
                InstructionKind::Copy(_) | InstructionKind::Add(_) => {
                    let copy = copies.iter().find(|copy| copy.index == *index)?;
                    copied(cx, link, copy, path, recursive)
                }
                InstructionKind::Run(_) => {
                    let steps = cx.steps(link);
                    let place = steps.binary_search_by_key(index, |step| step.at).ok()?;
                    let step = steps.get(place)?;
                    let span = made(cx, link, step, path, recursive)?;
                    Some(Earlier {
                        location: link.location(span),
                        is_copy: false,
                        bytes: None,
                        confidence: Confidence::Medium,
                    })
                }
                _ => None,
            })
    })
}

/// Whether a file lies at a path, or below it where that counts.
fn is_at(file: &str, path: &str, recursive: bool) -> bool {
    match file.strip_prefix(path) {
        Some("") => true,
        Some(rest) => recursive && rest.starts_with('/'),
        None => false,
    }
}

fn copied(
    cx: Context<'_>,
    stage: StageView<'_>,
    copy: &CopyStep<'_>,
    path: &str,
    recursive: bool,
) -> Option<Earlier> {
    let location = stage.location(copy.instruction.span);
    let mut bytes = None;
    brought::files(cx, copy, &mut |file| {
        if file.path().is_some_and(|own| is_at(&own, path, recursive)) {
            *bytes.get_or_insert(0) += file.entry.size;
        }
    });
    if bytes.is_some() {
        return Some(Earlier {
            location,
            is_copy: true,
            bytes,
            confidence: Confidence::High,
        });
    }
    // What comes from another stage or from the web, or is not there yet, lies where it is named to.
    let destination = copy.destination.known().filter(|to| to.starts_with('/'))?;
    let into = destination.ends_with('/') || copy.sources.len() > 1;
    let directory = destination.trim_end_matches('/');
    let is_archive = |name: &str| {
        copy.add
            && [".tar", ".tgz", ".gz", ".xz", ".bz2"]
                .iter()
                .any(|end| name.ends_with(end))
    };
    let is_elsewhere = copy.origin != CopyOrigin::Context;
    let mut sources = copy.sources.iter().filter_map(Value::known);
    let named = sources.any(|source| {
        let name = source
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let file = if into {
            format!("{directory}/{name}")
        } else {
            directory.to_owned()
        };
        !is_archive(name) && is_at(&file, path, recursive) && file != "/"
    });
    let heredocs = !copy.instruction.heredocs.is_empty() && is_at(directory, path, recursive);
    (named && (is_elsewhere || copy.add) || heredocs).then_some(Earlier {
        location,
        is_copy: true,
        bytes: None,
        confidence: Confidence::Medium,
    })
}

/// The command of an earlier step that has made files at a path, or below it where that counts.
fn made(
    cx: Context<'_>,
    stage: StageView<'_>,
    step: &Step<'_>,
    path: &str,
    recursive: bool,
) -> Option<Span> {
    let moves = changes_directory(step);
    let resolve = |name: &str| {
        if moves && !name.starts_with('/') || name.contains('$') || name.is_empty() {
            return None;
        }
        absolute(cx, stage, step.at, name)
    };
    let downloaded = downloads::of_step(step).into_iter().find_map(|download| {
        let Output::File(name) = &download.output else {
            return None;
        };
        let file = resolve(name)?;
        is_at(&file, path, recursive).then_some(download.statement.span)
    });
    downloaded.or_else(|| {
        step.invocations().find_map(|(invocation, command)| {
            let words: Vec<&str> = literals(invocation.arguments()).collect();
            let after = |options: &[&str]| {
                let at = words.iter().position(|word| options.contains(word))?;
                words.get(at + 1).copied()
            };
            // Directories that such a command fills. Source: the manual of each.
            let filled = match invocation.name {
                "tar" => after(&["-C", "--directory"]),
                "unzip" => after(&["-d"]),
                "git" if words.first() == Some(&"clone") => words
                    .last()
                    .copied()
                    .filter(|last| !last.contains("://") && words.len() > 2),
                "npm" if matches!(words.first(), Some(&"ci" | &"install")) => Some("."),
                "yarn"
                    if words
                        .first()
                        .is_none_or(|word| *word == "install" || word.starts_with('-')) =>
                {
                    Some(".")
                }
                "composer" | "bundle" if words.first() == Some(&"install") => Some("."),
                _ => None,
            };
            let is_removed = step.invocations().any(|(other, _)| {
                other.name == "rm" && literals(other.arguments()).any(|word| Some(word) == filled)
            });
            let directory = resolve(filled?).filter(|_| !is_removed)?;
            let is_within = is_at(&directory, path, recursive) && recursive;
            is_within.then_some(command.command.span)
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(body: &str) -> String {
        let files = format!(
            "-- Dockerfile --\nFROM debian\n{body}-- bin/a.sh --\nhello\n-- bin/b.sh --\nworld\n"
        );
        audit("duplicated-layer-bytes", &files)
    }

    #[test]
    fn the_copy_says_the_mode_of_its_file() {
        insta::assert_snapshot!(fix("duplicated-layer-bytes", r"
-- Dockerfile --
FROM debian:trixie
COPY shop /usr/local/bin/shop
COPY --chown=1 run.sh /run.sh
RUN chmod 755 \
    /usr/local/bin/shop
RUN chmod +x /run.sh
COPY shop /other
RUN chmod 755 /other && true
-- shop --
the program
-- run.sh --
#!/bin/sh
"), @r#"
        safe: write `COPY --chmod=755`, and take the step away, for it is the same mode
        unsafe: write `COPY --chmod=755`, and take the step away, for it is the same mode where the file can be written by its owner alone
        -- Dockerfile --
        -COPY shop /usr/local/bin/shop
        -COPY --chown=1 run.sh /run.sh
        -RUN chmod 755 \
        -    /usr/local/bin/shop
        -RUN chmod +x /run.sh
        +COPY --chmod=755 shop /usr/local/bin/shop
        +COPY --chmod=755 --chown=1 run.sh /run.sh
        "#);
    }

    #[test]
    fn sizes_are_added() {
        insta::assert_snapshot!(check("\
WORKDIR /app
COPY bin /usr/local/bin/
COPY bin/a.sh .
RUN chmod +x /usr/local/bin/*.sh
RUN chmod +x /usr/local/bin/a.sh /usr/local/bin/b.sh && chmod 755 a.sh
RUN chown -R nobody:nogroup /app
"), @r"
        info Dockerfile:6:5 `chmod` copies `/usr/local/bin/a.sh` into another layer (12 bytes)
          Dockerfile:3:1 an earlier layer has it from here
          help: let the instruction that brings it say so: `--chmod=…`
        info Dockerfile:7:5 `chown` copies `/app` into another layer (6 bytes)
          Dockerfile:4:1 an earlier layer has it from here
          help: let the instruction that brings it say so: `--chown=…`
        ");
    }

    #[test]
    fn a_step_may_have_made_them() {
        insta::assert_snapshot!(check("\
RUN curl -o /bin/tool https://example.com/tool
RUN chmod +x /bin/tool
COPY --from=alpine /bin/busybox /bin/busybox
RUN chmod u+s /bin/busybox
WORKDIR /app
RUN npm ci
RUN chown -R node /app
"), @r"
        info (medium) Dockerfile:3:5 `chmod` copies `/bin/tool` into another layer
          Dockerfile:2:5 an earlier layer has it from here
          help: run `chmod` in the step that makes it
        info (medium) Dockerfile:5:5 `chmod` copies `/bin/busybox` into another layer
          Dockerfile:4:1 an earlier layer has it from here
          help: let the instruction that brings it say so: `--chmod=…`
        info (medium) Dockerfile:8:5 `chown` copies `/app` into another layer
          Dockerfile:7:5 an earlier layer has it from here
          help: run `chown` in the step that makes it
        ");
    }

    #[test]
    fn what_is_made_in_the_same_step_or_empty_is_left_alone() {
        for body in [
            "RUN curl -o /bin/tool https://example.com/tool && chmod +x /bin/tool\n",
            "RUN mkdir -p /data\nRUN chown nobody /data\n",
            "COPY bin /app/bin\nRUN chown nobody /app\n",
            "COPY bin/a.sh /a.sh\nRUN chmod +x /b.sh \"$FILE\"\n",
            "COPY bin/a.sh /a.sh\nRUN chmod +x /a.sh\nFROM scratch\n",
        ] {
            assert_eq!(check(body), "", "{body}");
        }
    }
}
