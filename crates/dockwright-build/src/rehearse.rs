//! A rehearsal: the real builder reads every file of a build, in the real order, and nothing else.
//!
//! Every base from elsewhere is empty, no command runs, no network is needed. What is left of a
//! Dockerfile is what it takes from its context and from other images: that proves in seconds that
//! all sources are there, are not ignored, and come after what makes them. What a command would
//! have made is not there, so of other stages and images only their existence is proved.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::{fs, io};

use dockwright_environment::Environment;
use dockwright_environment::build::{Base, Build, StageId};
use dockwright_environment::context::applicable_ignore_file;
use dockwright_environment::context_reads;
use dockwright_environment::definition::BuildDefinition;
use dockwright_environment::graph::reachable;
use dockwright_syntax::dockerfile::Instruction;
use tempfile::TempDir;

use crate::Plan;
use crate::bake::BakeTarget;

/// A plan whose builds only read files.
#[derive(Debug)]
pub struct Rehearsal {
    /// The plan.
    pub plan: Plan,
    /// What bake has to be allowed: to read the Dockerfiles of the rehearsal.
    pub allow: Vec<String>,
    /// The targets that cannot be rehearsed, because their Dockerfiles are elsewhere.
    pub left_out: Vec<String>,
    /// Holds the Dockerfiles until the rehearsal is over.
    _directory: TempDir,
}

/// Where the sources of an instruction are copied to.
const STAGE_ROOT: &str = "/rehearsed";

/// Makes the rehearsal of a plan.
pub fn rehearse(environment: &Environment, plan: &Plan) -> io::Result<Rehearsal> {
    let directory = tempfile::tempdir()?;
    let root = directory.path().canonicalize()?;
    let mut rehearsed = plan.clone();
    let mut left_out = Vec::new();
    for target in &mut rehearsed.targets {
        let Some(text) = dockerfile(environment, target) else {
            left_out.push(target.name.clone());
            continue;
        };
        let folder = root.join(&target.name);
        fs::create_dir(&folder)?;
        let file = folder.join("Dockerfile");
        fs::write(&file, text.0)?;
        if let Some(ignore) = ignore_file(environment, target) {
            fs::write(beside(&file), ignore)?;
        }
        let contexts = &target.bake.contexts;
        target.bake = BakeTarget {
            context: target.bake.context.clone(),
            dockerfile: Some(file.display().to_string()),
            target: Some(text.1),
            contexts: contexts
                .iter()
                .filter(|(_, value)| value.starts_with("target:"))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            output: vec!["type=cacheonly".to_owned()],
            ..BakeTarget::default()
        };
    }
    Ok(Rehearsal {
        plan: rehearsed,
        allow: vec![format!("fs.read={}", root.display())],
        left_out,
        _directory: directory,
    })
}

/// The ignore file of a Dockerfile.
fn beside(dockerfile: &std::path::Path) -> PathBuf {
    let mut path = dockerfile.to_owned().into_os_string();
    path.push(".dockerignore");
    path.into()
}

/// The first definition of a target, and its build.
fn deciding<'a>(
    environment: &'a Environment,
    target: &crate::plan::Target,
) -> Option<(&'a BuildDefinition, &'a Build)> {
    let id = *target.definitions.first()?;
    Some((environment.definition(id)?, environment.build(id)?))
}

/// The text of the ignore file that applies to a target.
fn ignore_file(environment: &Environment, target: &crate::plan::Target) -> Option<Vec<u8>> {
    let (definition, build) = deciding(environment, target)?;
    let dockerfile = environment.dockerfile(build.dockerfile)?;
    let path = &environment.documents.get(dockerfile.document).path;
    let context = definition.context.directory()?;
    let ignore = applicable_ignore_file(environment.tree.as_ref(), path, context)?;
    Some(environment.tree.read(&ignore).ok()?.to_vec())
}

/// What is left of a target's Dockerfile, and the name of the stage to build. Each instruction
/// begins in the line in which it begins in the Dockerfile, so that an error has the right line.
fn dockerfile(environment: &Environment, target: &crate::plan::Target) -> Option<(String, String)> {
    let (_, build) = deciding(environment, target)?;
    let dockerfile = environment.dockerfile(build.dockerfile)?;
    let document = environment.documents.get(dockerfile.document);
    let mut lines = Lines::default();
    for index in reachable(build) {
        let id = StageId {
            definition: build.definition,
            stage: index,
        };
        let stage = build.stages.get(index)?;
        let mut rest: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (at, instruction) in environment.stage_instructions(id) {
            let sources = sources(environment, id, at);
            if !sources.is_empty() {
                let flags = flags(instruction, &document.text);
                let line = format!(
                    "COPY {flags}{}",
                    array(&sources, &format!("{STAGE_ROOT}/{at}/"))
                );
                rest.entry(at).or_default().push(line);
            }
        }
        for (number, source) in stage.sources.iter().enumerate() {
            if let Some(from) = from(&source.base, &source.name.text, &target.bake) {
                let line = format!(
                    "COPY --from={from} {}",
                    array(&["/".to_owned()], &format!("{STAGE_ROOT}/from-{number}/"))
                );
                rest.entry(source.instruction).or_default().push(line);
            }
        }
        let base = from(&stage.base, &stage.base_value.text, &target.bake);
        let base = base.unwrap_or_else(|| "scratch".to_owned());
        for (at, instruction) in environment.stage_instructions(id) {
            let start = document.lines().line(instruction.span.start);
            if at == dockerfile.tree.stages.get(index)?.from_index() {
                lines.put(start, &format!("FROM {base} AS {}", stage_name(index)));
            }
            for line in rest.remove(&at).unwrap_or_default() {
                lines.put(start, &line);
            }
        }
    }
    // The engine hands no image on in which there is nothing at all.
    lines.put(0, &format!("WORKDIR {STAGE_ROOT}"));
    Some((lines.text, stage_name(build.target?)))
}

fn stage_name(index: usize) -> String {
    format!("stage-{index}")
}

/// What a stage starts or copies from, where it is there in a rehearsal: a stage, or another
/// target.
fn from(base: &Base, name: &str, target: &BakeTarget) -> Option<String> {
    match base {
        Base::Stage(index) => Some(stage_name(*index)),
        _ => {
            let context = target.contexts.get(name)?;
            context.starts_with("target:").then(|| name.to_owned())
        }
    }
}

/// The paths that an instruction takes from the context, as far as they are known.
fn sources(environment: &Environment, id: StageId, instruction: usize) -> Vec<String> {
    let reads = environment.context_reads(id).into_iter();
    let own = reads.filter(|read| read.instruction == instruction && !read.is_trigger);
    let paths = own.filter_map(|read| context_reads::path(&read.source));
    paths
        .filter(|path| !path.contains('$'))
        .map(|path| {
            if path.is_empty() {
                ".".to_owned()
            } else {
                path
            }
        })
        .collect()
}

/// The options that decide which files are taken.
fn flags(instruction: &Instruction, source: &str) -> String {
    let deciding = instruction.flags.iter();
    let deciding =
        deciding.filter(|flag| matches!(flag.name.value.as_str(), "exclude" | "parents"));
    deciding
        .flat_map(|flag| [flag.span.of(source), " "])
        .collect()
}

/// Sources and a destination as a JSON array.
fn array(sources: &[String], destination: &str) -> String {
    let words = sources.iter().map(String::as_str).chain([destination]);
    words.collect::<serde_json::Value>().to_string()
}

/// Lines of a file that is written from the top.
#[derive(Debug, Default)]
struct Lines {
    text: String,
    written: usize,
}

impl Lines {
    /// Writes a line, at the number `at` from one unless that is taken.
    fn put(&mut self, at: usize, line: &str) {
        while self.written + 1 < at {
            self.text.push('\n');
            self.written += 1;
        }
        self.text.push_str(line);
        self.text.push('\n');
        self.written += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dockwright_environment::tree::MemoryTree;
    use dockwright_environment::{CallerVariables, ReadOptions};

    use super::*;
    use crate::Publication;

    #[test]
    fn a_dockerfile_is_left_with_what_it_takes() {
        let tree = MemoryTree::new()
            .file(
                "Dockerfile",
                "# syntax=docker/dockerfile:1\n\
                 FROM golang:1.24 AS build\n\
                 RUN --mount=type=bind,source=go.mod,target=go.mod \\\n    go mod download\n\
                 COPY --chown=app --exclude=*.md cmd internal /src/\n\
                 ADD https://example.org/x /x\n\
                 \n\
                 FROM shop-base\n\
                 ENV DIRECTORY=conf\n\
                 COPY --from=build /src/app /app\n\
                 COPY $DIRECTORY/app.toml /etc/\n\
                 FROM debian AS unused\n",
            )
            .file("base/Dockerfile", "FROM debian:trixie\nCOPY . /\n")
            .file("compose.yaml", "name: shop\nservices:\n  web:\n    build: {context: ., target: '1'}\n  base:\n    build: base\n    image: shop-base\n");
        let environment = Environment::read(Arc::new(tree), &ReadOptions::default());
        let plan = Plan::of(
            &environment,
            &Publication::default(),
            &CallerVariables::default(),
        );
        let web = plan
            .targets
            .iter()
            .find(|target| target.name == "web")
            .unwrap();
        let (text, stage) = dockerfile(&environment, web).unwrap();
        insta::assert_snapshot!(format!("{text}target: {stage}"), @r#"

        FROM scratch AS stage-0
        COPY ["go.mod","/rehearsed/1/"]

        COPY --exclude=*.md ["cmd","internal","/rehearsed/2/"]


        FROM shop-base AS stage-1

        COPY --from=stage-0 ["/","/rehearsed/from-0/"]
        COPY ["conf/app.toml","/rehearsed/7/"]
        WORKDIR /rehearsed
        target: stage-1
        "#);
    }
}
