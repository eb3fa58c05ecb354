//! `duplicated-layer-bytes`

use std::collections::{HashMap, HashSet};

use dockwright_environment::build::StageId;
use dockwright_environment::copies::{CopyOrigin, CopyStep};
use dockwright_environment::{Location, Value};
use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::InstructionKind;
use dockwright_syntax::shell::{Invocation, Word};

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
        let mut layers = HashMap::new();
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
                    let change = (path.as_str(), change.recursive);
                    if let Some(earlier) = earlier(cx, stage, step.at, change, &mut layers) {
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
        || !text.starts_with('/') && changes_directory(step)
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

/// What the instructions of a stage bring, the last first.
struct Layers<'a> {
    copies: Vec<CopyStep<'a>>,
    made: Vec<Made>,
}

impl<'a> Layers<'a> {
    fn of(cx: Context<'a>, stage: StageView<'_>) -> Self {
        let mut copies = cx.environment.copies(stage.id);
        copies.reverse();
        let steps = cx.steps(stage).iter().rev();
        Self {
            copies,
            made: steps.flat_map(|step| made(cx, stage, step)).collect(),
        }
    }
}

/// The last instruction before `at`, of what the stage starts from too, that has brought a path, or something below it
/// where that counts.
fn earlier<'a>(
    cx: Context<'a>,
    stage: StageView<'_>,
    at: usize,
    (path, recursive): (&str, bool),
    layers: &mut HashMap<StageId, Layers<'a>>,
) -> Option<Earlier> {
    stage.chain().find_map(|link| {
        let layers = layers
            .entry(link.id)
            .or_insert_with(|| Layers::of(cx, link));
        let before = |index: usize| link.id != stage.id || index < at;
        let mut before_it = layers.copies.iter().filter(|copy| before(copy.index));
        let copied =
            before_it.find_map(|copy| Some((copy.index, copied(cx, link, copy, path, recursive)?)));
        let mut made = layers.made.iter().filter(|made| before(made.at));
        let made = made
            .find(|made| is_at(&made.path, path, recursive) && (recursive || !made.is_directory));
        match (copied, made) {
            (Some((index, copied)), made) if made.is_none_or(|made| made.at < index) => {
                Some(copied)
            }
            (_, Some(made)) => Some(Earlier {
                location: link.location(made.span),
                is_copy: false,
                bytes: None,
                confidence: Confidence::Medium,
            }),
            (_, None) => None,
        }
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
    let destination = copy.destination.known().filter(|to| to.starts_with('/'))?;
    let directory = destination.trim_end_matches('/');
    // What is copied to elsewhere need not be looked at.
    if !is_at(path, directory, true) && !is_at(directory, path, recursive) {
        return None;
    }
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
    let into = destination.ends_with('/') || copy.sources.len() > 1;
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

/// What a step makes by itself.
struct Made {
    /// Index of the step in the Dockerfile.
    at: usize,
    path: String,
    /// Whether it is a directory that is filled.
    is_directory: bool,
    span: Span,
}

/// The files that a step downloads, then the directories that it fills.
fn made(cx: Context<'_>, stage: StageView<'_>, step: &Step<'_>) -> Vec<Made> {
    let moves = changes_directory(step);
    let resolve = |name: &str| {
        if moves && !name.starts_with('/') || name.contains('$') || name.is_empty() {
            return None;
        }
        absolute(cx, stage, step.at, name)
    };
    let mut made = Vec::new();
    let mut add = |name: &str, is_directory, span| {
        made.extend(resolve(name).map(|path| Made {
            at: step.at,
            path,
            is_directory,
            span,
        }));
    };
    for download in downloads::of_step(step) {
        if let Output::File(name) = &download.output {
            add(name, false, download.statement.span);
        }
    }
    let removals = step.invocations().filter(|(other, _)| other.name == "rm");
    let removed: HashSet<&str> = removals
        .flat_map(|(other, _)| literals(other.arguments()))
        .collect();
    for (invocation, command) in step.invocations() {
        if let Some(filled) = filled(&invocation).filter(|it| !removed.contains(it)) {
            add(filled, true, command.command.span);
        }
    }
    made
}

/// The directory that a command fills. Source: the manual of each.
fn filled<'a>(invocation: &Invocation<'a>) -> Option<&'a str> {
    let words = || literals(invocation.arguments());
    let after = |options: &[&str]| words().skip_while(|word| !options.contains(word)).nth(1);
    let first = words().next();
    match invocation.name {
        "tar" => after(&["-C", "--directory"]),
        "unzip" => after(&["-d"]),
        "git" if first == Some("clone") => {
            let last = words().last();
            last.filter(|last| !last.contains("://") && words().count() > 2)
        }
        "npm" if matches!(first, Some("ci" | "install")) => Some("."),
        "yarn" if first.is_none_or(|word| word == "install" || word.starts_with('-')) => Some("."),
        "composer" | "bundle" if first == Some("install") => Some("."),
        _ => None,
    }
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
