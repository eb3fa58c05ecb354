//! `adopt-bake`

use std::collections::{BTreeMap, BTreeSet};

use dockwright_audit::Severity;
use dockwright_build::bake::{BakeFile, BakeGroup, BakeTarget};
use dockwright_build::{Plan, Publication};
use dockwright_environment::bake::{self, BakeProject};
use dockwright_environment::{CallerVariables, DocumentId, Environment, TreePath, Value};
use dockwright_syntax::bake::parse_hcl;

use crate::bake_text::{self, DEFAULT_DOCKERFILE};
use crate::bake_variables::Variables;
use crate::release::Release;
use crate::{ChangeSet, Context, Proposal, Refactoring, Refusal, Review, review};

/// The file that is written.
const FILE: &str = "docker-bake.hcl";

/// Findings that a proposal tells, at most.
const TOLD: usize = 5;

/// Writes down how every image is built, as `docker buildx bake` reads it.
pub(crate) struct AdoptBake;

impl Refactoring for AdoptBake {
    fn name(&self) -> &'static str {
        "adopt-bake"
    }

    fn summary(&self) -> &'static str {
        "Write a docker-bake.hcl that says how every image is built, as the other files say it now"
    }

    fn propose(&self, cx: Context<'_>) -> Result<Proposal, Refusal> {
        let environment = cx.environment;
        let path = TreePath::root().join(FILE).unwrap_or_else(TreePath::root);
        refuse_second(environment)?;
        let mut notes = Vec::new();
        let plan = |publication: &Publication| {
            Plan::of(environment, publication, &CallerVariables::default())
        };
        let named = plan(&Publication::default());
        let variables = Variables::of(environment, &named.targets);
        let release = Release::of(cx, |name| variables.default(name))?;
        let mut plan = plan(&release.publication);
        let variables = variables.with_release(release);
        leave_out_broken(&mut plan, &mut notes);
        if plan.targets.is_empty() {
            return Err(Refusal::new(
                "there is no image that can be built",
                "`dockwright audit` says what is wrong",
            ));
        }
        leave_out_secrets(&mut plan, &variables, &mut notes);
        let write = |plan: &Plan, header: &[String], reveal| {
            bake_text::write(environment, plan, &variables, header, reveal)
        };

        // Bake lays a service of the same name under a target. Where that changes it, the target
        // gets another name.
        let changes = |plan: &Plan, header: &[String]| {
            let text = write(plan, header, false);
            ChangeSet::default().create(path.clone(), text.into_bytes())
        };
        let first = review(&changes(&plan, &[]), cx)?;
        let read = project(&first.environment).ok_or_else(differs)?;
        let alone = evaluate(&write(&plan, &[], false));
        for (name, service) in changed_by_services(&alone, read) {
            let new = free_name(&name, &plan, read);
            notes.push(format!(
                "the target `{name}` is called `{new}`: bake would lay the service `{service}` under it, which says something else"
            ));
            rename(&mut plan, &name, &new);
        }

        let header = header(read, &first.environment);
        same(&plan.bake_file(), &evaluate(&write(&plan, &header, true)))?;
        let changes = changes(&plan, &header);
        let reviewed = review(&changes, cx)?;
        let read = project(&reviewed.environment).ok_or_else(differs)?;
        let alone = evaluate(&write(&plan, &header, false));
        if !changed_by_services(&alone, read).is_empty() {
            return Err(differs());
        }
        notes.extend(withheld(&variables));
        notes.extend(findings(&reviewed, &variables));
        Ok(Proposal { changes, notes })
    }
}

/// A repository has one file that says how its images are built.
fn refuse_second(environment: &Environment) -> Result<(), Refusal> {
    let projects = environment.bake.iter();
    let mut files = projects.flat_map(|project| &project.files);
    let Some(file) = files.next() else {
        return Ok(());
    };
    let path = &environment.documents.get(*file).path;
    Err(Refusal::new(
        format!("the repository has a bake file already: `{path}`"),
        format!("change `{path}` itself; `dockwright audit --rule bake-drift` says what it lacks"),
    ))
}

/// Leaves out targets that cannot be built, and those that need them.
fn leave_out_broken(plan: &mut Plan, notes: &mut Vec<String>) {
    let mut left_out = BTreeSet::new();
    for (index, target) in plan.targets.iter().enumerate() {
        let needed = target.needs.iter().find(|need| left_out.contains(*need));
        let needed = needed.and_then(|need| plan.targets.get(*need));
        let why = match (&target.refusal, needed) {
            (Some(why), _) => why.clone(),
            (None, Some(needed)) => format!("it needs `{}`", needed.name),
            (None, None) => continue,
        };
        left_out.insert(index);
        notes.push(format!("`{}` is left out: {why}", target.name));
    }
    retain(plan, &left_out);
}

/// Removes targets from a plan.
fn retain(plan: &mut Plan, left_out: &BTreeSet<usize>) {
    let mut kept = BTreeMap::new();
    let mut targets = Vec::new();
    for (index, target) in std::mem::take(&mut plan.targets).into_iter().enumerate() {
        if !left_out.contains(&index) {
            kept.insert(index, targets.len());
            targets.push(target);
        }
    }
    let moved = |indices: &mut Vec<usize>| {
        *indices = indices.iter().filter_map(|it| kept.get(it).copied()).collect();
    };
    for target in &mut targets {
        moved(&mut target.needs);
    }
    for group in &mut plan.groups {
        moved(&mut group.targets);
    }
    plan.groups.retain(|group| !group.targets.is_empty());
    plan.targets = targets;
}

/// Leaves out build arguments whose values must not be copied into a file that git keeps.
fn leave_out_secrets(plan: &mut Plan, variables: &Variables<'_>, notes: &mut Vec<String>) {
    for target in &mut plan.targets {
        let given = target.bake.args.iter();
        let secret = given.filter_map(|(name, value)| {
            let is_secret = variables.is_secret(target, name, value.as_ref()?);
            is_secret.then(|| name.clone())
        });
        for name in secret.collect::<Vec<_>>() {
            target.bake.args.remove(&name);
            notes.push(format!(
                "the build argument `{name}` of `{}` is left out: its value is in a file that git ignores",
                target.name
            ));
        }
    }
}

fn rename(plan: &mut Plan, old: &str, new: &str) {
    let (link, renamed) = (format!("target:{old}"), format!("target:{new}"));
    for target in &mut plan.targets {
        if target.name == old {
            new.clone_into(&mut target.name);
        }
        let contexts = target.bake.contexts.values_mut();
        for context in contexts.filter(|context| **context == link) {
            renamed.clone_into(context);
        }
    }
}

fn free_name(name: &str, plan: &Plan, read: &BakeProject) -> String {
    let is_taken = |name: &String| {
        read.target(name).is_some()
            || plan.groups.iter().any(|group| group.name == *name)
            || plan.targets.iter().any(|target| target.name == *name)
    };
    let mut free = format!("{name}-image");
    while is_taken(&free) {
        free.push_str("-image");
    }
    free
}

/// What stands at the top of the file.
fn header(read: &BakeProject, environment: &Environment) -> Vec<String> {
    let mut header = vec![
        "How the images of this repository are built.".to_owned(),
        format!("Written by `dockwright refit adopt-bake`; build with `docker buildx bake -f {FILE}`."),
    ];
    let services = read.compose_files.iter();
    let services: Vec<String> = services
        .map(|id| environment.documents.get(*id).path.to_string())
        .collect();
    if !services.is_empty() {
        header.push(format!(
            "Without `-f`, bake reads {} too and makes targets of the services there.",
            services.join(" and ")
        ));
    }
    header
}

/// The project of the new file, as bake reads it without `-f`.
fn project(environment: &Environment) -> Option<&BakeProject> {
    environment.bake.iter().find(|project| {
        let files = project.files.iter();
        let mut paths = files.map(|id| &environment.documents.get(*id).path);
        paths.any(|path| path.as_str() == FILE)
    })
}

/// The new file by itself.
fn evaluate(text: &str) -> BakeProject {
    bake::evaluate(&[(DocumentId(0), &parse_hcl(text))])
}

/// The targets that say something else with the services beside the file, with the services.
fn changed_by_services(alone: &BakeProject, read: &BakeProject) -> Vec<(String, String)> {
    let changed = alone.targets.iter().filter_map(|target| {
        let merged = read.target(&target.name)?;
        let service = merged.service.as_ref()?;
        (said(merged) != said(target)).then(|| (target.name.clone(), service.name.clone()))
    });
    changed.collect()
}

/// Whether the file says what the plan does.
fn same(plan: &BakeFile, project: &BakeProject) -> Result<(), Refusal> {
    let targets = project.targets.iter().filter(|target| !target.abstract_);
    let targets = targets.map(|target| (target.name.clone(), said(target)));
    let groups = project.groups.iter().map(|group| {
        let targets = group.targets.iter().map(|target| target.text.clone());
        let targets = targets.collect();
        (group.name.clone(), BakeGroup { targets })
    });
    let written = BakeFile {
        groups: groups.collect(),
        targets: targets.collect(),
    };
    let mut plan = plan.clone();
    for target in plan.targets.values_mut() {
        target.dockerfile = target.dockerfile.take().filter(|it| it != DEFAULT_DOCKERFILE);
    }
    if project.problems.is_empty() && written == plan {
        return Ok(());
    }
    Err(differs())
}

fn differs() -> Refusal {
    Refusal::new(
        format!("`{FILE}` would not say what the other files say"),
        "this is a defect of Dockwright; `dockwright build --print` shows the plan as JSON",
    )
}

/// A target as the plan has it.
fn said(target: &bake::Target) -> BakeTarget {
    let text = |value: &Option<Value>| value.as_ref().map(|value| value.text.clone());
    let truth = |value: &Option<Value>| value.as_ref().and_then(|value| value.text.parse().ok());
    let texts = |values: &[Value]| values.iter().map(|value| value.text.clone()).collect();
    let pairs = |pairs: &[bake::BuildArgument]| {
        let pairs = pairs.iter();
        pairs
            .map(|pair| (pair.name.clone(), pair.value.text.clone()))
            .collect::<BTreeMap<_, _>>()
    };
    let arguments = pairs(&target.args).into_iter();
    let contexts = target.contexts.iter();
    BakeTarget {
        context: text(&target.context).unwrap_or_else(|| ".".to_owned()),
        dockerfile: text(&target.dockerfile),
        dockerfile_inline: text(&target.dockerfile_inline),
        target: text(&target.target),
        args: arguments.map(|(name, value)| (name, Some(value))).collect(),
        contexts: contexts
            .map(|context| (context.name.clone(), context.value.text.clone()))
            .collect(),
        tags: texts(&target.tags),
        labels: pairs(&target.labels),
        annotations: texts(&target.annotations),
        platforms: texts(&target.platforms),
        attest: texts(&target.attest),
        cache_from: texts(&target.cache_from),
        cache_to: texts(&target.cache_to),
        secret: texts(&target.secret),
        ssh: texts(&target.ssh),
        output: texts(&target.output),
        pull: truth(&target.pull),
        no_cache: truth(&target.no_cache),
        no_cache_filter: texts(&target.no_cache_filter),
        call: text(&target.call),
        network: text(&target.network),
        shm_size: text(&target.shm_size),
        ulimits: texts(&target.ulimits),
        entitlements: texts(&target.entitlements),
        extra_hosts: pairs(&target.extra_hosts),
    }
}

fn withheld(variables: &Variables<'_>) -> Option<String> {
    let names: Vec<String> = variables.withheld.iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| {
        format!(
            "the values of {} are in a file that git ignores and are not copied: set them where bake runs",
            names.join(", ")
        )
    })
}

/// What is wrong once the file is there. That a variable has no value in it yet is said already.
fn findings(review: &Review, variables: &Variables<'_>) -> Vec<String> {
    let documents = &review.environment.documents;
    let withheld = variables.withheld.iter().map(|name| format!("`{name}`"));
    let withheld: Vec<String> = withheld.collect();
    let new = review.new_findings.iter().filter(|finding| {
        let message = &finding.message;
        finding.severity > Severity::Info && !withheld.iter().any(|name| message.contains(name))
    });
    let mut notes: Vec<String> = new
        .map(|finding| {
            let location = documents.outermost(finding.location);
            let path = &documents.get(location.document).path;
            let (severity, rule) = (finding.severity.as_str(), finding.rule.name);
            format!(
                "`dockwright audit` will say, of `{path}`: {severity}[{rule}]: {}",
                finding.message
            )
        })
        .collect();
    let more = notes.len().saturating_sub(TOLD);
    notes.truncate(TOLD);
    if more > 0 {
        notes.push(format!("and {more} more findings"));
    }
    notes
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::sync::Arc;

        use dockwright_environment::ReadOptions;
    use dockwright_environment::tree::MemoryTree;
    use dockwright_settings::Settings;

    use super::*;

    fn propose(tree: MemoryTree) -> Result<Proposal, Refusal> {
        propose_with(tree, &Settings::default())
    }

    fn propose_with(tree: MemoryTree, settings: &Settings) -> Result<Proposal, Refusal> {
        let options = ReadOptions::default();
        let environment = Environment::read(Arc::new(tree), &options);
        AdoptBake.propose(Context {
            environment: &environment,
            options: &options,
            settings,
            revision: None,
        })
    }

    /// The file, then the notes.
    fn adopted(tree: MemoryTree) -> String {
        shown(&propose(tree).unwrap())
    }

    fn shown(proposal: &Proposal) -> String {
        let files = proposal.changes.iter();
        let mut output: String = files
            .map(|(_, change)| String::from_utf8_lossy(change.after().unwrap_or_default()).into_owned())
            .collect();
        for note in &proposal.notes {
            let _ = writeln!(output, "note: {note}");
        }
        output
    }

    #[test]
    fn a_base_is_handed_over_and_a_version_is_a_variable() {
        let tree = MemoryTree::from([
            ("base/Dockerfile", "FROM debian:trixie\n"),
            (
                "web/Dockerfile",
                "ARG VERSION=0\nARG TOKEN\nFROM shop-base:${VERSION}\nCMD [\"true\"]\n",
            ),
            (
                "docker/compose.yaml",
                "\
services:
  base:
    build: ../base
    image: shop-base:${VERSION:-1.0}
  web:
    build:
      context: ../web
      args:
        VERSION: ${VERSION:-1.0}
        TOKEN:
    image: shop-web:${VERSION:-1.0}
",
            ),
        ]);
        insta::assert_snapshot!(adopted(tree), @r#"
        # How the images of this repository are built.
        # Written by `dockwright refit adopt-bake`; build with `docker buildx bake -f docker-bake.hcl`.

        variable "TOKEN" {
          default = null
        }

        variable "VERSION" {
          default = "1.0"
        }

        group "default" {
          targets = ["base", "web"]
        }

        group "all" {
          targets = ["base", "web"]
        }

        group "production" {
          targets = ["web"]
        }

        # base/Dockerfile, as in docker/compose.yaml (base)
        target "base" {
          context = "base"
          tags    = ["shop-base:${VERSION}", "shop-base:latest"]
        }

        # web/Dockerfile, as in docker/compose.yaml (web)
        target "web" {
          context = "web"
          contexts = {
            "shop-base:${VERSION}" = "target:base"
          }
          args = {
            TOKEN   = TOKEN
            VERSION = VERSION
          }
          tags = ["shop-web:${VERSION}", "shop-web:latest"]
        }
        "#);
    }

    #[test]
    fn every_image_gets_the_version_that_the_caller_sets() {
        let tree = MemoryTree::from([
            ("VERSION", "1.2.3\n"),
            ("Dockerfile", "FROM debian:trixie\n"),
            ("Makefile", "all:\n\tdocker build -t shop/web .\n"),
        ]);
        let toml = "[build]\nversion = {file = \"VERSION\"}\ntags = [\"v{version}\", \"latest\"]\n";
        let settings = Settings::parse(toml).unwrap();
        let proposal = propose_with(tree, &settings).unwrap();
        insta::assert_snapshot!(shown(&proposal), @r#"
        # How the images of this repository are built.
        # Written by `dockwright refit adopt-bake`; build with `docker buildx bake -f docker-bake.hcl`.

        variable "VERSION" {
          default = "dev"
        }

        group "default" {
          targets = ["web"]
        }

        group "all" {
          targets = ["web"]
        }

        group "production" {
          targets = ["web"]
        }

        # Dockerfile, as in Makefile
        target "web" {
          context = "."
          tags    = ["shop/web", "shop/web:v${VERSION}"]
          labels = {
            "org.opencontainers.image.version" = VERSION
          }
        }
        "#);
    }

    #[test]
    fn what_several_images_have_in_common_stands_once() {
        let service = |name: &str| {
            format!(
                "  {name}:
    build:
      context: {name}
      args: {{LEVEL: \"{name}\"}}
      platforms: [linux/amd64, linux/arm64]
      labels:
        org.opencontainers.image.vendor: Shop
        org.opencontainers.image.source: https://example.org/shop
        org.opencontainers.image.title: {name}
    image: shop/{name}:1
"
            )
        };
        let services = format!("services:\n{}{}{}", service("a"), service("b"), service("c"));
        let file = "FROM debian:trixie\nARG LEVEL\n";
        let tree = MemoryTree::from([
            ("docker-compose.yml", services.as_str()),
            ("a/Dockerfile", file),
            ("b/Dockerfile", file),
            ("c/Dockerfile", file),
        ]);
        insta::assert_snapshot!(adopted(tree), @r#"
        # How the images of this repository are built.
        # Written by `dockwright refit adopt-bake`; build with `docker buildx bake -f docker-bake.hcl`.
        # Without `-f`, bake reads docker-compose.yml too and makes targets of the services there.

        group "default" {
          targets = ["a", "b", "c"]
        }

        group "all" {
          targets = ["a", "b", "c"]
        }

        group "production" {
          targets = ["a", "b", "c"]
        }

        # What several images have in common.
        target "_common" {
          labels = {
            "org.opencontainers.image.source" = "https://example.org/shop"
            "org.opencontainers.image.vendor" = "Shop"
          }
          platforms = ["linux/amd64", "linux/arm64"]
        }

        # a/Dockerfile, as in docker-compose.yml (a)
        target "a" {
          inherits = ["_common"]
          context  = "a"
          args = {
            LEVEL = "a"
          }
          tags = ["shop/a:1", "shop/a:latest"]
          labels = {
            "org.opencontainers.image.title" = "a"
          }
        }

        # b/Dockerfile, as in docker-compose.yml (b)
        target "b" {
          inherits = ["_common"]
          context  = "b"
          args = {
            LEVEL = "b"
          }
          tags = ["shop/b:1", "shop/b:latest"]
          labels = {
            "org.opencontainers.image.title" = "b"
          }
        }

        # c/Dockerfile, as in docker-compose.yml (c)
        target "c" {
          inherits = ["_common"]
          context  = "c"
          args = {
            LEVEL = "c"
          }
          tags = ["shop/c:1", "shop/c:latest"]
          labels = {
            "org.opencontainers.image.title" = "c"
          }
        }
        note: `dockwright audit` will say, of `docker-bake.hcl`: warning[ambiguous-build-files]: `docker buildx bake` merges the service `a` of `docker-compose.yml` into the target of the same name in `docker-bake.hcl`
        "#);
    }

    #[test]
    fn a_service_that_bake_would_lay_under_a_target_does_not_change_it() {
        // The Makefile calls one image what the service calls another.
        let tree = MemoryTree::from([
            ("Dockerfile", "FROM debian:trixie\nARG A\n"),
            ("web/Dockerfile", "FROM debian:trixie\nARG A\n"),
            (
                "compose.yaml",
                "services:\n  shop:\n    build: {context: ., args: {A: a}}\n  web:\n    build: {context: ., args: {A: a}}\n",
            ),
            ("Makefile", "web:\n\tdocker build -t web web\n"),
        ]);
        insta::assert_snapshot!(adopted(tree), @r#"
        # How the images of this repository are built.
        # Written by `dockwright refit adopt-bake`; build with `docker buildx bake -f docker-bake.hcl`.
        # Without `-f`, bake reads compose.yaml too and makes targets of the services there.

        group "default" {
          targets = ["shop", "web-image"]
        }

        group "all" {
          targets = ["shop", "web-image"]
        }

        group "production" {
          targets = ["shop", "web-image"]
        }

        # Dockerfile, as in compose.yaml (shop, web)
        target "shop" {
          context = "."
          args = {
            A = "a"
          }
          tags = ["shop:latest"]
        }

        # web/Dockerfile, as in Makefile
        target "web-image" {
          context = "web"
          tags    = ["web"]
        }
        note: the target `web` is called `web-image`: bake would lay the service `web` under it, which says something else
        "#);
    }

    #[test]
    fn no_second_bake_file_is_written() {
        let tree = MemoryTree::from([
            ("Dockerfile", "FROM debian:trixie\n"),
            ("deploy/docker-bake.json", "{\"target\": {\"web\": {}}}"),
        ]);
        let refusal = propose(tree).unwrap_err();
        assert_eq!(
            refusal.error,
            "the repository has a bake file already: `deploy/docker-bake.json`"
        );
        assert!(refusal.hint.contains("deploy/docker-bake.json"));
    }

    #[test]
    fn an_image_that_cannot_be_built_is_left_out() {
        let tree = MemoryTree::from([
            ("Dockerfile", "FROM debian:trixie\n"),
            (
                "compose.yaml",
                "services:\n  web: {build: ., image: shop}\n  old: {build: gone, image: old}\n",
            ),
        ]);
        let output = adopted(tree);
        assert!(output.contains("target \"web\""), "{output}");
        assert!(!output.contains("target \"old\""), "{output}");
        assert!(
            output.contains("note: `old` is left out: its Dockerfile `gone/Dockerfile` is not there\n"),
            "{output}"
        );
        let tree = MemoryTree::from([("compose.yaml", "services: {old: {build: gone}}\n")]);
        assert_eq!(
            propose(tree).unwrap_err().error,
            "there is no image that can be built"
        );
    }

    /// A service with an argument, beside an environment file.
    fn with_token(argument: &str) -> MemoryTree {
        let compose = format!(
            "services:\n  web:\n    build:\n      context: .\n      args:\n        TOKEN: {argument}\n    image: shop\n"
        );
        MemoryTree::new()
            .file("Dockerfile", "FROM debian:trixie\nARG TOKEN\n")
            .file("docker/.env", "TOKEN=canary\n")
            .file("docker/compose.yaml", compose.replace("context: .", "context: .."))
    }

    #[test]
    fn values_of_a_file_that_git_ignores_are_not_copied() {
        assert!(adopted(with_token("${TOKEN}")).contains("canary"));
        let output = adopted(with_token("${TOKEN}").ignored("docker/.env"));
        insta::assert_snapshot!(output, @r#"
        # How the images of this repository are built.
        # Written by `dockwright refit adopt-bake`; build with `docker buildx bake -f docker-bake.hcl`.

        # Its value is in a file that git ignores: set it where bake runs.
        variable "TOKEN" {
          default = ""
        }

        group "default" {
          targets = ["web"]
        }

        group "all" {
          targets = ["web"]
        }

        group "production" {
          targets = ["web"]
        }

        # Dockerfile, as in docker/compose.yaml (web)
        target "web" {
          context = "."
          args = {
            TOKEN = TOKEN
          }
          tags = ["shop"]
        }
        note: the values of `TOKEN` are in a file that git ignores and are not copied: set them where bake runs
        "#);
        // Where no variable can stand for it, it is left out.
        let output = adopted(with_token("${TOKEN:+with ${TOKEN}}").ignored("docker/.env"));
        assert!(!output.contains("canary"), "{output}");
        assert!(
            output.contains("note: the build argument `TOKEN` of `web` is left out"),
            "{output}"
        );
    }

    #[test]
    fn the_same_file_is_written_every_time() {
        let tree = || {
            MemoryTree::from([
                ("a/Dockerfile", "FROM debian:trixie\n"),
                ("b/Dockerfile", "FROM a\n"),
                ("Makefile", "all:\n\tdocker build -t a a\n\tdocker build -t b b\n"),
            ])
        };
        assert_eq!(adopted(tree()), adopted(tree()));
    }
}
