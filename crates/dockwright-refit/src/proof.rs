//! What a change does to images, told without building them.
//!
//! The effective configuration of every stage is evaluated before and after, as far as the repository
//! itself determines it. Two that are equal make images with the same configuration.

use std::collections::{BTreeMap, BTreeSet};

use dockwright_audit::fix::Aspect;
use dockwright_environment::build::{Base, StageId};
use dockwright_environment::configuration::{CommandValue, Configuration};
use dockwright_environment::copies::CopyOrigin;
use dockwright_environment::{Environment, TreePath, Value};

/// The configurations of all stages of an environment.
pub struct Configurations(BTreeMap<Stage, BTreeMap<Aspect, String>>);

/// A stage as its Dockerfile, arguments and name tell it from others; numbers change with the files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stage {
    dockerfile: TreePath,
    /// Who builds it, where the Dockerfile stands in another file: that may hold several, in any order.
    builder: String,
    arguments: String,
    name: String,
}

/// A difference between two configurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The Dockerfile.
    pub dockerfile: TreePath,
    /// The stage's name, or its number.
    pub stage: String,
    /// What differs.
    pub aspect: Aspect,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

impl Configurations {
    /// Evaluates every stage of an environment.
    pub fn of(environment: &Environment) -> Self {
        let mut all = BTreeMap::new();
        for build in environment
            .definitions
            .iter()
            .filter_map(|it| environment.build(it.id))
        {
            for stage in 0..build.stages.len() {
                let id = StageId {
                    definition: build.definition,
                    stage,
                };
                if let Some(key) = key(environment, id) {
                    all.entry(key).or_insert_with(|| aspects(environment, id));
                }
            }
        }
        Self(all)
    }

    /// The same once Dockerfiles are elsewhere: each pair is an old path with its new one.
    #[must_use]
    pub fn moved(self, files: &[(TreePath, TreePath)]) -> Self {
        let path = |old: &TreePath| {
            let found = files.iter().find(|(from, _)| from == old);
            found.map_or_else(|| old.clone(), |(_, to)| to.clone())
        };
        let text = |mut text: String| {
            for (from, to) in files {
                text = text.replace(
                    &format!("dockerfile: {from},"),
                    &format!("dockerfile: {to},"),
                );
            }
            text
        };
        let stages = self.0.into_iter().map(|(stage, aspects)| {
            let dockerfile = path(&stage.dockerfile);
            let aspects = aspects
                .into_iter()
                .map(|(aspect, value)| (aspect, text(value)));
            (
                Stage {
                    dockerfile,
                    ..stage
                },
                aspects.collect(),
            )
        });
        Self(stages.collect())
    }

    /// What differs in the stages that both have.
    pub fn differences(&self, after: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        for (stage, before) in &self.0 {
            let Some(after) = after.0.get(stage) else {
                continue;
            };
            let names: BTreeSet<&Aspect> = before.keys().chain(after.keys()).collect();
            for aspect in names {
                let of =
                    |all: &BTreeMap<Aspect, String>| all.get(aspect).cloned().unwrap_or_default();
                let (before, after) = (of(before), of(after));
                if before != after {
                    found.push(Difference {
                        dockerfile: stage.dockerfile.clone(),
                        stage: stage.name.clone(),
                        aspect: *aspect,
                        before,
                        after,
                    });
                }
            }
        }
        found
    }
}

fn key(environment: &Environment, id: StageId) -> Option<Stage> {
    let dockerfile = environment.dockerfile_of(id)?;
    let definition = environment.definition(id.definition)?;
    let document = environment.documents.get(dockerfile.document);
    let mut arguments: Vec<String> = definition
        .arguments
        .iter()
        .map(|argument| {
            format!(
                "{}={}",
                argument.name,
                argument.value.as_ref().map_or("", |it| &it.text)
            )
        })
        .collect();
    arguments.sort();
    let name = dockerfile.tree.stages.get(id.stage)?.name.as_ref();
    Some(Stage {
        dockerfile: document.path.clone(),
        builder: match document.embedded {
            Some(_) => definition.name.clone(),
            None => String::new(),
        },
        arguments: arguments.join(" "),
        name: name.map_or_else(|| format!("{}", id.stage + 1), |it| it.value.clone()),
    })
}

fn aspects(environment: &Environment, id: StageId) -> BTreeMap<Aspect, String> {
    let configuration = environment.configuration(id);
    let Configuration {
        root,
        environment: variables,
        user,
        working_directory,
        entrypoint,
        command,
        ports,
        volumes,
        labels,
        shell,
        stop_signal,
        healthcheck,
    } = &configuration;
    let base = environment
        .stage(id)
        .map(|it| base(environment, &it.base, &it.base_value));
    let one = |value: &Option<Value>| value.as_ref().map(text).unwrap_or_default();
    let commands = [entrypoint, command].map(|it| it.as_ref().map(words).unwrap_or_default());
    let check = healthcheck.as_ref().map(|it| it.as_ref().map(words));
    BTreeMap::from([
        (
            Aspect::Base,
            format!("{} {root:?}", base.unwrap_or_default()),
        ),
        (Aspect::Environment, pairs(variables)),
        (Aspect::User, one(user)),
        (Aspect::WorkingDirectory, one(working_directory)),
        (Aspect::Command, commands.join("\n")),
        (Aspect::Ports, list(ports)),
        (Aspect::Volumes, list(volumes)),
        (Aspect::Labels, pairs(labels)),
        (Aspect::Shell, shell.clone().unwrap_or_default().join(" ")),
        (Aspect::StopSignal, one(stop_signal)),
        (Aspect::Healthcheck, format!("{check:?}")),
        (Aspect::Copies, copies(environment, id)),
    ])
}

/// What a base is; one of this repository by what builds it, not by the name that it is called by.
fn base(environment: &Environment, base: &Base, name: &Value) -> String {
    match base {
        Base::Scratch => "scratch".to_owned(),
        Base::Stage(stage) => format!("stage {stage}"),
        Base::Definition(id) => key(environment, *id)
            .map(|key| format!("{key:?}"))
            .unwrap_or_default(),
        Base::External(reference) => reference.to_string(),
        Base::Unknown => text(name),
    }
}

/// A value; what its variables are belongs to it where they are not known.
fn text(value: &Value) -> String {
    let unknown = value.variables.iter().filter(|it| it.value.is_none());
    let names: Vec<&str> = unknown.map(|it| it.name.as_str()).collect();
    match names.as_slice() {
        [] => value.text.clone(),
        names => format!("{} ${}", value.text, names.join(" $")),
    }
}

fn words(command: &CommandValue) -> String {
    format!("{:?}", command.words)
}

fn list(values: &[Value]) -> String {
    let mut texts: Vec<String> = values.iter().map(text).collect();
    texts.sort();
    texts.join("\n")
}

fn pairs(values: &[(String, Value)]) -> String {
    let mut texts: Vec<String> = values
        .iter()
        .map(|(name, value)| format!("{name}={}", text(value)))
        .collect();
    texts.sort();
    texts.join("\n")
}

fn copies(environment: &Environment, id: StageId) -> String {
    let copies = environment.copies(id);
    let lines = copies.iter().map(|copy| {
        let origin = match &copy.origin {
            CopyOrigin::Context => String::new(),
            CopyOrigin::Stage(id) => key(environment, *id)
                .map(|it| format!("{it:?}"))
                .unwrap_or_default(),
            CopyOrigin::Elsewhere => {
                let from = copy
                    .instruction
                    .flag("from")
                    .and_then(|it| it.value.as_ref());
                from.map(|it| text(&environment.expand(id, copy.index, it)))
                    .unwrap_or_default()
            }
        };
        let sources: Vec<String> = copy.sources.iter().map(text).collect();
        format!(
            "{origin}: {} -> {}",
            sources.join(" "),
            text(&copy.destination)
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dockwright_environment::ReadOptions;
    use dockwright_environment::tree::MemoryTree;

    use super::*;

    const BASE: &str = "FROM debian:trixie\nENV A=1\nUSER app\n";
    const WEB: &str = "FROM shop-base:1.0 AS web\nWORKDIR /srv\nCOPY a b ./\nENTRYPOINT [\"run\"]\nCMD [\"a\"]\nEXPOSE 80\nVOLUME /v\nLABEL l=1\nSHELL [\"/bin/bash\", \"-c\"]\nSTOPSIGNAL SIGINT\nHEALTHCHECK CMD true\n";
    const COMPOSE: &str = "services:\n  base: {build: base, image: \"shop-base:1.0\"}\n";

    fn configurations(files: &[(&str, &str)]) -> Configurations {
        let mut tree = MemoryTree::new();
        for (path, text) in files {
            tree = tree.file(path, text);
        }
        Configurations::of(&Environment::read(Arc::new(tree), &ReadOptions::default()))
    }

    /// What differs when a text of the shop stands for another.
    fn changed(old: &str, new: &str) -> String {
        let shop = |change: &dyn Fn(&str) -> String| {
            let texts = [BASE, WEB, COMPOSE].map(change);
            let [base, web, compose] = texts.each_ref().map(String::as_str);
            configurations(&[
                ("base/Dockerfile", base),
                ("web/Dockerfile", web),
                ("compose.yaml", compose),
            ])
        };
        let before = shop(&str::to_owned);
        let after = shop(&|text| text.replace(old, new));
        let differences = before.differences(&after).into_iter();
        let told: Vec<String> = differences
            .map(|it| format!("{} {}: {}", it.dockerfile, it.stage, it.aspect.as_str()))
            .collect();
        told.join(", ")
    }

    #[test]
    fn every_part_of_a_configuration_is_compared() {
        for (old, new, aspect) in [
            (
                "WORKDIR /srv",
                "WORKDIR /",
                "WORKDIR, web/Dockerfile web: what is copied",
            ),
            ("a b ./", "a ./", "what is copied"),
            ("[\"run\"]", "run", "ENTRYPOINT and CMD"),
            ("[\"a\"]", "[\"b\"]", "ENTRYPOINT and CMD"),
            ("80", "81", "EXPOSE"),
            ("/v", "/w", "VOLUME"),
            ("l=1", "l=2", "LABEL"),
            ("\"-c\"", "\"-ec\"", "SHELL"),
            ("SIGINT", "SIGTERM", "STOPSIGNAL"),
            ("CMD true", "CMD false", "HEALTHCHECK"),
            ("FROM shop-base:1.0", "FROM scratch", "the base"),
        ] {
            let told = changed(old, new);
            assert!(
                told.contains(&format!("web/Dockerfile web: {aspect}")),
                "{new}: {told}"
            );
        }
    }

    #[test]
    fn what_is_inherited_is_compared_where_it_ends_up() {
        assert_eq!(
            changed("A=1", "A=2"),
            "base/Dockerfile 1: ENV, web/Dockerfile web: ENV"
        );
        assert_eq!(
            changed("USER app", "USER web"),
            "base/Dockerfile 1: USER, web/Dockerfile web: USER"
        );
    }

    #[test]
    fn how_it_is_written_does_not_matter() {
        for (old, new) in [
            ("shop-base:1.0", "shop-base:2.0"),
            ("ENV A=1", "ENV A \"1\""),
            ("AS web", "as web"),
            ("a b ./", "[\"a\", \"b\", \"/srv/\"]"),
        ] {
            assert_eq!(changed(old, new), "", "{new}");
        }
    }

    #[test]
    fn dockerfiles_inside_a_compose_file_may_stand_in_any_order() {
        let a = "  a: {build: {dockerfile_inline: \"FROM debian\\nUSER a\"}}\n";
        let b = "  b: {build: {dockerfile_inline: \"FROM debian\\nUSER b\"}}\n";
        let project = |services: String| {
            let text = format!("services:\n{services}");
            configurations(&[("compose.yaml", text.as_str())])
        };
        let before = project(format!("{a}{b}"));
        assert_eq!(before.differences(&project(format!("{b}{a}"))), []);
        let other = b.replace("USER b", "USER c");
        assert_eq!(before.differences(&project(format!("{other}{a}"))).len(), 1);
    }
}
