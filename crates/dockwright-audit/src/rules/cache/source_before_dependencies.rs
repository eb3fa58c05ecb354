//! `source-before-dependencies`

use dockwright_environment::TreePath;
use dockwright_environment::copies::{CopyOrigin, CopyStep};
use dockwright_environment::packages::Installation;
use dockwright_environment::tree::{Entry, EntryKind, below};
use dockwright_syntax::dockerfile::{CopySource, InstructionKind, MountKind};

use crate::installs::{Ecosystem, ecosystems};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, Severity, StageView};

rule! {
    /// There are sources that are copied before the dependencies are installed.
    ///
    /// ## What it does
    ///
    /// Looks for a `COPY` of a directory with sources and manifests in it – the whole context, most
    /// often – behind which the stage installs what the manifests name, or compiles and downloads it
    /// on the way. Says nothing when the stage, or one that it starts from, has installed them before,
    /// when nothing but the project's own code could tell what is needed, or when the dependencies
    /// lie in the repository.
    ///
    /// ## Why is this bad?
    ///
    /// The installation runs anew after every change of any file, though what it installs changes
    /// with the manifests alone.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.24
    /// WORKDIR /src
    /// COPY . .
    /// RUN go mod download
    /// RUN go build ./...
    /// ```
    /// ```text go.mod
    /// module example.com/shop
    /// ```
    /// ```text main.go
    /// package main
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.24
    /// WORKDIR /src
    /// COPY go.mod go.sum ./
    /// RUN go mod download
    /// COPY . .
    /// RUN go build ./...
    /// ```
    /// ```text go.mod
    /// module example.com/shop
    /// ```
    /// ```text main.go
    /// package main
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Copying the manifests first is unsafe: the installation may need more files than they are, which
    /// a build shows. There is a fix where `COPY . …` without options stands right before a step that only
    /// installs, and the manifests lie at the top of the context.
    ///
    /// ## References
    ///
    /// - Docker documentation: "Optimize cache usage in builds", ordering of layers
    SourceBeforeDependencies {
        name: "source-before-dependencies",
        family: Cache,
        severity: Warning,
        fix: Unsafe,
        aliases: [],
    }
}

impl Rule for SourceBeforeDependencies {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let Some(definition) = cx.environment.definition(stage.id.definition) else {
            return;
        };
        let Some(context) = definition.context.directory() else {
            return;
        };
        let copies = cx.environment.copies(stage.id);
        let copies = copies
            .iter()
            .filter(|copy| copy.origin == CopyOrigin::Context);
        for copy in copies {
            for ecosystem in ecosystems() {
                if let Some(finding) = self.check(cx, stage, context, copy, ecosystem) {
                    findings.push(finding);
                    // What comes with the first directory cannot come earlier with a later one.
                    return;
                }
            }
        }
    }
}

impl SourceBeforeDependencies {
    fn check(
        &self,
        cx: Context<'_>,
        stage: StageView<'_>,
        context: &TreePath,
        copy: &CopyStep<'_>,
        ecosystem: &Ecosystem,
    ) -> Option<Finding> {
        let (at, call) = first_call(cx, stage, ecosystem, |at| at > copy.index)?;
        let installed_before = cx.environment.chain_stages(stage.id).any(|link| {
            let mut instructions = cx
                .environment
                .stage_instructions(link)
                .filter(|(at, _)| link != stage.id || *at < copy.index);
            instructions.any(|(at, _)| {
                let calls = cx.environment.installations(link, at);
                calls
                    .iter()
                    .any(|call| ecosystem.installs(call) || ecosystem.builds(call))
            })
        });
        if installed_before || comes_installed(cx, stage, copy, ecosystem) {
            return None;
        }
        let (source, directory) = copy.sources.iter().find_map(|source| {
            let directory = context.join(
                source
                    .known()?
                    .trim_start_matches('/')
                    .trim_end_matches('*'),
            )?;
            Some((source, directory))
        })?;
        if has_manifests_elsewhere(cx, stage, context, &directory, ecosystem, at) {
            return None;
        }
        let files = Files::below(cx, &directory, ecosystem);
        if files.manifests.is_empty() || !files.has_sources || files.is_vendored {
            return None;
        }
        let cached = has_cache_mount(stage, at);
        let builds = !ecosystem.installs(call);
        if builds && (cached || !names_dependencies(cx, ecosystem, &files.manifests)) {
            return None;
        }
        let verb = if builds { "downloaded" } else { "installed" };
        let message = format!(
            "sources are copied before the {} dependencies are {verb}",
            ecosystem.name
        );
        let hindered = files
            .manifests
            .iter()
            .any(|manifest| contains_any(cx, manifest, &ecosystem.obstacles));
        let names: Vec<String> = names(&files.manifests)
            .into_iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let finding = Finding::new(self.metadata(), source.location, message)
            .severity(if cached || builds {
                Severity::Info
            } else {
                Severity::Warning
            })
            .confidence(if hindered {
                Confidence::Low
            } else {
                Confidence::Medium
            })
            .related(
                stage.location(call.span),
                "runs anew after every change of a source",
            )
            .help(format!(
                "copy {} first, install, and then copy the rest",
                names.join(", ")
            ));
        let fix = fix(cx, stage, copy, at, &files.manifests);
        Some(finding.fix(fix.filter(|_| !builds && !hindered)))
    }
}

/// Copies the manifests, and the rest behind the step that installs. `None` unless the whole of the
/// context is copied right before that step, which does nothing else.
fn fix(
    cx: Context<'_>,
    stage: StageView<'_>,
    copy: &CopyStep<'_>,
    at: usize,
    manifests: &[&TreePath],
) -> Option<Fix> {
    let document = cx.environment.documents.get(stage.dockerfile.document);
    let [CopySource::Path(source)] = copy.copy.sources.as_slice() else {
        return None;
    };
    let step = cx.steps(stage).iter().find(|step| step.at == at)?;
    let is_next = copy.index + 1 == at && step.commands.len() == 1;
    let is_plain = copy.instruction.flags.is_empty() && !copy.copy.exec_form && !copy.add;
    let is_whole = matches!(source.value.as_str(), "." | "./");
    let line = copy.instruction.span.of(&document.text);
    if !is_next || !is_plain || !is_whole || line.contains('\n') {
        return None;
    }
    let definition = cx.environment.definition(stage.id.definition)?;
    let context = definition.context.directory()?;
    let names: Option<Vec<&str>> = manifests.iter().map(|it| it.relative_to(context)).collect();
    let names = names?;
    let is_odd = |name: &&str| name.contains(['/', ' ', '$', '[', '*', '?']);
    if names.iter().any(is_odd) {
        return None;
    }
    let destination = &copy.copy.destination;
    let place = stage.location(source.span.to(destination.span));
    let directory = destination.value.trim_end_matches('/');
    let fix = Fix::with_care(
        "copy the manifests, install, and copy the rest",
        "the installation may need more files than they are",
    );
    let fix = fix.replace(place, format!("{} {directory}/", names.join(" ")));
    Some(fix.insert_line_after(document, step.instruction.span, line))
}

/// The first call that needs the manifests.
fn first_call<'a>(
    cx: Context<'a>,
    stage: StageView<'_>,
    ecosystem: &Ecosystem,
    wanted: impl Fn(usize) -> bool,
) -> Option<(usize, &'a Installation)> {
    stage
        .instructions()
        .filter(|(at, _)| wanted(*at))
        .find_map(|(at, _)| {
            let mut calls = cx.environment.installations(stage.id, at).iter();
            let call = calls.find(|call| ecosystem.installs(call) || ecosystem.builds(call))?;
            Some((at, call))
        })
}

/// Whether what another stage has installed is copied before.
fn comes_installed(
    cx: Context<'_>,
    stage: StageView<'_>,
    copy: &CopyStep<'_>,
    ecosystem: &Ecosystem,
) -> bool {
    let copies = cx.environment.copies(stage.id);
    copies
        .iter()
        .filter(|other| other.index < copy.index)
        .any(|other| {
            let CopyOrigin::Stage(from) = other.origin else {
                return false;
            };
            cx.environment.chain_stages(from).any(|link| {
                let mut instructions = cx.environment.stage_instructions(link);
                instructions.any(|(at, _)| {
                    let calls = cx.environment.installations(link, at);
                    calls.iter().any(|call| ecosystem.installs(call))
                })
            })
        })
}

/// Whether manifests are copied by name from outside a directory: they are what the installation
/// reads, and the directory is a package of this repository that they name.
fn has_manifests_elsewhere(
    cx: Context<'_>,
    stage: StageView<'_>,
    context: &TreePath,
    directory: &TreePath,
    ecosystem: &Ecosystem,
    before: usize,
) -> bool {
    let copies = cx.environment.copies(stage.id);
    let mut sources = copies
        .iter()
        .filter(|copy| copy.origin == CopyOrigin::Context && copy.index < before)
        .flat_map(|copy| &copy.sources);
    sources.any(|source| {
        let path = source
            .known()
            .and_then(|path| context.join(path.trim_start_matches('/')));
        path.is_some_and(|path| {
            ecosystem.is_manifest(path.file_name()) && path.relative_to(directory).is_none()
        })
    })
}

/// Whether a file among Python's manifests lists requirements.
fn is_list(ecosystem: &Ecosystem, path: &TreePath) -> bool {
    let name = path.file_name();
    ecosystem.name == "Python"
        && !ecosystem.is_manifest(name)
        && (name.ends_with(".txt") || name.ends_with(".in"))
}

fn has_cache_mount(stage: StageView<'_>, at: usize) -> bool {
    match stage
        .dockerfile
        .tree
        .instructions
        .get(at)
        .map(|instruction| &instruction.kind)
    {
        Some(InstructionKind::Run(run)) => run
            .mounts
            .iter()
            .any(|mount| mount.kind == MountKind::Cache),
        _ => false,
    }
}

/// What a copied directory holds.
#[derive(Default)]
struct Files<'a> {
    /// The manifests that lie highest.
    manifests: Vec<&'a TreePath>,
    has_sources: bool,
    is_vendored: bool,
}

/// Manifests that lie deeper belong to parts that are built on their own.
const MAX_DEPTH: usize = 2;

impl<'a> Files<'a> {
    fn below(cx: Context<'a>, directory: &TreePath, ecosystem: &Ecosystem) -> Self {
        let depth = |path: &TreePath| {
            let relative = path.relative_to(directory).unwrap_or_default();
            relative.matches('/').count()
        };
        let all = cx.manifests().below(directory, ecosystem);
        let all = all.iter().map(|entry| &entry.path);
        let highest = all.clone().map(depth).min();
        let Some(highest) = highest.filter(|highest| *highest <= MAX_DEPTH) else {
            return Self::default();
        };
        let tree = cx.environment.tree.as_ref();
        let is_source = |entry: &Entry| {
            entry.kind != EntryKind::Directory
                && !entry.ignored
                // Another list of requirements, or what one is made from.
                && !is_list(ecosystem, &entry.path)
                && !ecosystem.is_manifest(entry.path.file_name())
        };
        let vendor = ecosystem.vendor.as_ref();
        let vendor = vendor.and_then(|name| tree.entry(&directory.join(name)?));
        Self {
            manifests: all.filter(|path| depth(path) == highest).collect(),
            has_sources: below(tree.entries(), directory).iter().any(is_source),
            is_vendored: vendor
                .is_some_and(|entry| entry.kind == EntryKind::Directory && !entry.ignored),
        }
    }
}

/// Whether a Go module needs another one; for the others this is taken for granted.
fn names_dependencies(cx: Context<'_>, ecosystem: &Ecosystem, manifests: &[&TreePath]) -> bool {
    ecosystem.name != "Go"
        || manifests
            .iter()
            .any(|manifest| contains_any(cx, manifest, &["require".to_owned()]))
}

fn contains_any(cx: Context<'_>, path: &TreePath, parts: &[String]) -> bool {
    let Ok(bytes) = cx.environment.tree.read(path) else {
        return false;
    };
    let text = String::from_utf8_lossy(&bytes);
    parts.iter().any(|part| text.contains(part.as_str()))
}

fn names<'a>(manifests: &[&'a TreePath]) -> Vec<&'a str> {
    let mut names: Vec<&str> = manifests.iter().map(|path| path.file_name()).collect();
    names.dedup();
    names.truncate(3);
    names
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(files: &str) -> String {
        audit("source-before-dependencies", files)
    }

    #[test]
    fn the_rest_is_copied_behind_the_installation() {
        insta::assert_snapshot!(fix("source-before-dependencies", r#"
-- Dockerfile --
FROM node:22
WORKDIR /app
COPY . .
RUN npm \
    ci
CMD ["node", "a.js"]
-- package.json --
{"dependencies": {"left-pad": "1"}}
-- package-lock.json --
{}
-- a.js --
-- Dockerfile.other --
FROM node:22
COPY --chown=node . /app/
RUN npm ci
"#), @r#"
        unsafe: copy the manifests, install, and copy the rest, for the installation may need more files than they are
        -- Dockerfile --
        -COPY . .
        +COPY package-lock.json package.json ./
        +COPY . .
        "#);
    }

    #[test]
    fn every_language_has_its_manifests() {
        for (manifest, install) in [
            ("package.json", "npm ci"),
            ("package.json", "yarn install --frozen-lockfile"),
            (
                "requirements.txt",
                "pip install --no-cache-dir -r requirements.txt",
            ),
            ("Gemfile", "bundle install"),
            ("composer.json", "composer install"),
            ("pom.xml", "mvn package"),
            ("Cargo.toml", "cargo build --release"),
            ("App.csproj", "dotnet restore"),
        ] {
            let files = format!(
                "-- Dockerfile --\nFROM acme/base\nCOPY . .\nRUN {install}\n-- {manifest} --\n-- src/main --\n"
            );
            assert!(check(&files).contains("Dockerfile:2:6"), "{install}");
            let first = files.replace(
                "COPY . .\n",
                &format!("COPY {manifest} .\nRUN {install}\nCOPY . .\n"),
            );
            assert_eq!(check(&first), "", "{install}");
        }
    }

    #[test]
    fn a_cache_mount_makes_it_cheap() {
        insta::assert_snapshot!(check("\
-- Dockerfile --
FROM node:22
WORKDIR /app
COPY --chown=node:node ./ ./
RUN --mount=type=cache,target=/root/.npm npm ci
-- package.json --
{\"scripts\": {\"postinstall\": \"node setup.js\"}}
-- index.js --
"), @r#"
        info (low) Dockerfile:3:24 sources are copied before the Node.js dependencies are installed
          Dockerfile:4:42 runs anew after every change of a source
          help: copy `package.json` first, install, and then copy the rest
        "#);
    }

    #[test]
    fn what_cannot_come_first_is_left_alone() {
        for files in [
            // Nothing is named by a manifest.
            "-- Dockerfile --\nFROM node:22\nCOPY . .\nRUN npm install -g pnpm\n-- package.json --\n-- a.js --\n",
            "-- Dockerfile --\nFROM python:3\nCOPY . .\nRUN pip install .\n-- pyproject.toml --\n-- a.py --\n",
            // A directory of manifests alone.
            "-- Dockerfile --\nFROM python:3\nCOPY requirements /r\nRUN pip install -r /r/requirements.txt\n-- requirements/requirements.txt --\n",
            "-- Dockerfile --\nFROM python:3\nCOPY requirements /r\nRUN pip install -r /r/requirements.txt\n-- requirements/requirements.txt --\n-- requirements/base.in --\n",
            // A package of the repository that a manifest beside it names.
            "-- Dockerfile --\nFROM golang:1\nCOPY api/ api/\nCOPY go.mod go.sum ./\nRUN go mod download\n-- go.mod --\nreplace a/api => ./api\n-- go.sum --\n-- api/go.mod --\nrequire b v1\n-- api/a.go --\n",
            // They come from another stage, as files.
            "-- Dockerfile --\nFROM node:22 AS deps\nCOPY package.json .\nRUN npm ci\nFROM node:22\nCOPY --from=deps /node_modules /node_modules\nCOPY . .\nRUN npm ci && npm run build\n-- package.json --\n-- a.js --\n",
            // The dependencies are in the repository.
            "-- Dockerfile --\nFROM golang:1\nCOPY . .\nRUN go build\n-- go.mod --\nrequire a v1\n-- vendor/a/a.go --\n",
            // There are none.
            "-- Dockerfile --\nFROM golang:1\nCOPY . .\nRUN go build\n-- go.mod --\nmodule a\n-- a.go --\n",
            // They come from another stage.
            "-- Dockerfile --\nFROM node:22 AS deps\nCOPY package.json .\nRUN npm ci\nFROM deps\nCOPY . .\nRUN npm ci --omit=dev\n-- package.json --\n-- a.js --\n",
        ] {
            assert_eq!(check(files), "", "{files}");
        }
    }
}
