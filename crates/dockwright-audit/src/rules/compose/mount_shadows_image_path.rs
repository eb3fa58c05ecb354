//! `mount-shadows-image-path`

mod contents;

use dockwright_environment::compose::{Mount, MountKind, Service};
use dockwright_environment::tree::EntryKind;
use dockwright_environment::{Environment, Location, TreePath, Value};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Severity, images};
use contents::{Content, Origin};

rule! {
    /// There is a mount that hides what the image has at its path.
    ///
    /// ## What it does
    ///
    /// Compares the mounts of a service with what the image that it runs has below their paths, where
    /// this repository builds the image:
    ///
    /// - a `tmpfs` over files that `COPY` or `ADD` brought, over a home that `useradd -m` made, or over a
    ///   cache of Go or Cargo that a `RUN` filled;
    /// - a directory of the host over files that were copied to it and that the directory does not have;
    /// - as information, the working copy over its own copy, where the image has given the files another
    ///   owner or mode: the mount brings the old ones back.
    ///
    /// A named volume is left alone: an empty one gets what the image has.
    ///
    /// ## Why is this bad?
    ///
    /// The files are in the image and not in the container. A step that warmed a cache or set an owner
    /// has cost time for nothing, and a program that needs the files fails.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   test:
    ///     build: .
    ///     tmpfs: [/tmp]
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM golang:1
    /// ENV GOCACHE=/tmp/go-cache
    /// WORKDIR /src
    /// COPY . .
    /// RUN go build ./...
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   test:
    ///     build: .
    ///     tmpfs: [/tmp]
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM golang:1
    /// ENV GOCACHE=/var/cache/go
    /// WORKDIR /src
    /// COPY . .
    /// RUN go build ./...
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: whether the mount or the image has to change must be decided.
    ///
    /// ## References
    ///
    /// - Docker documentation, "Bind mounts" and "tmpfs mounts": a mount over a directory that is not
    ///   empty obscures its contents
    /// - Docker documentation, "Volumes": an empty volume gets the contents of the directory
    MountShadowsImagePath {
        name: "mount-shadows-image-path",
        family: Compose,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

/// What is mounted over the image.
struct Cover<'a> {
    /// Where it is written.
    location: Location,
    /// The path in the container.
    target: &'a str,
    /// The directory of the repository; absent for memory.
    source: Option<TreePath>,
}

impl Rule for MountShadowsImagePath {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        for &(service, stage) in cx.services() {
            let covers = covers(environment, service);
            if covers.is_empty() {
                continue;
            }
            let contents = contents::of_image(environment, stage);
            for cover in &covers {
                let hidden: Vec<&Content> = contents
                    .iter()
                    .filter(|content| below(&content.path, cover.target).is_some())
                    .filter(|content| !is_covered_again(service, cover, content))
                    .collect();
                let found = match &cover.source {
                    None => self.memory(cover, &hidden),
                    Some(source) => self.directory(environment, cover, source, &hidden),
                };
                findings.extend(found);
            }
        }
    }
}

impl MountShadowsImagePath {
    fn memory(&self, cover: &Cover<'_>, hidden: &[&Content]) -> Option<Finding> {
        let hidden: Vec<_> = hidden
            .iter()
            .filter(|content| match content.origin {
                Origin::Copy { .. } => !is_temporary(&content.path),
                // A home in memory is meant where its own path is mounted.
                Origin::Home => content.path != cover.target,
                Origin::Cache => true,
            })
            .collect();
        let first = hidden.first()?;
        let message = format!(
            "the tmpfs at `{}` hides {} of the image",
            cover.target,
            first.describe()
        );
        let mut finding = Finding::new(self.metadata(), cover.location, message)
            .confidence(Confidence::Medium)
            .help("mount it at another path, or let the image keep this elsewhere");
        for content in hidden.iter().take(images::MANY) {
            finding = finding.related(content.location, format!("makes {}", content.describe()));
        }
        Some(finding)
    }

    fn directory(
        &self,
        environment: &Environment,
        cover: &Cover<'_>,
        source: &TreePath,
        hidden: &[&Content],
    ) -> Option<Finding> {
        for content in hidden {
            let Origin::Copy { changed, .. } = &content.origin else {
                continue;
            };
            let rest = below(&content.path, cover.target)?;
            let same = source.join(rest.trim_start_matches('/'))?;
            let describe = content.describe();
            if !same.is_root() && environment.tree.entry(&same).is_none() {
                if environment.git_ignores(&same, true) || environment.git_ignores(&same, false) {
                    continue;
                }
                let message = format!(
                    "the mount at `{}` hides {describe} of the image, and `{source}` has no such file",
                    cover.target
                );
                return Some(
                    Finding::new(self.metadata(), cover.location, message)
                        .confidence(Confidence::Medium)
                        .related(content.location, "brings it into the image")
                        .help("mount a directory below, or put the file elsewhere in the image"),
                );
            }
            if let (Some(changed), true) = (changed, content.is_copy_of(&same)) {
                let message = format!(
                    "the working copy at `{}` hides {describe} of the image, owner and mode with it",
                    cover.target
                );
                return Some(
                    Finding::new(self.metadata(), cover.location, message)
                        .severity(Severity::Info)
                        .confidence(Confidence::Medium)
                        .related(content.location, "brings them into the image")
                        .related(*changed, "what this sets is hidden")
                        .help("leave the files out of an image that is run on a working copy"),
                );
            }
        }
        None
    }
}

/// The mounts of a service that hide what is below: memory, and directories of the repository.
fn covers<'a>(environment: &Environment, service: &'a Service) -> Vec<Cover<'a>> {
    let memory = service.tmpfs.iter().filter_map(|tmpfs| {
        Some(Cover {
            location: tmpfs.location,
            target: clean(tmpfs.known()?.split(':').next()?)?,
            source: None,
        })
    });
    let mounts = service.volumes.iter().filter_map(|mount: &Mount| {
        let target = clean(mount.target.as_ref()?.known()?)?;
        let source = match mount.kind {
            MountKind::Tmpfs => None,
            MountKind::Bind => {
                let path = mount.directory.join(mount.source.as_ref()?.known()?)?;
                let is_directory = path.is_root()
                    || environment
                        .tree
                        .entry(&path)
                        .is_some_and(|entry| entry.kind == EntryKind::Directory);
                Some(path).filter(|_| is_directory).map(Some)?
            }
            _ => return None,
        };
        Some(Cover {
            location: mount.location,
            target,
            source,
        })
    });
    memory.chain(mounts).collect()
}

/// An absolute path other than the root, without a slash at its end.
fn clean(path: &str) -> Option<&str> {
    let path = path.trim_end_matches('/');
    path.starts_with('/').then_some(path)
}

/// What of `path` is below `directory`; empty for the directory itself.
fn below<'a>(path: &'a str, directory: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(directory)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// Whether another mount of the service, deeper than `cover`, decides what is at the path.
fn is_covered_again(service: &Service, cover: &Cover<'_>, content: &Content) -> bool {
    let targets = service
        .volumes
        .iter()
        .filter_map(|mount| mount.target.as_ref());
    let mut targets = targets.filter_map(Value::known).filter_map(clean);
    targets.any(|target| {
        target != cover.target
            && below(target, cover.target).is_some()
            && below(&content.path, target).is_some()
    })
}

/// Whether files at a path are there for the build only.
fn is_temporary(path: &str) -> bool {
    ["/tmp", "/var/tmp", "/run", "/var/run"]
        .iter()
        .any(|directory| below(path, directory).is_some())
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn service(dockerfile: &str, rest: &str) -> String {
        format!(
            "\
-- Dockerfile --
FROM debian:trixie
{dockerfile}
-- src/main.py --
-- entrypoint.sh --
-- conf/app.conf --
-- compose.yaml --
services:
  app:
    build: .
    {rest}
"
        )
    }

    #[test]
    fn memory_over_a_home_and_over_files() {
        let home = service("RUN useradd -m -d /tmp/home tester", "tmpfs: /tmp:size=1g");
        insta::assert_snapshot!(audit("mount-shadows-image-path", &home), @r"
        warning (medium) compose.yaml:4:12 the tmpfs at `/tmp` hides the home `/tmp/home` of the image
          Dockerfile:2:5 makes the home `/tmp/home`
          help: mount it at another path, or let the image keep this elsewhere
        ");
        let files = service("COPY conf /etc/app/", "tmpfs: [/etc/app]");
        insta::assert_snapshot!(audit("mount-shadows-image-path", &files), @r"
        warning (medium) compose.yaml:4:13 the tmpfs at `/etc/app` hides the copy at `/etc/app` of the image
          Dockerfile:2:1 makes the copy at `/etc/app`
          help: mount it at another path, or let the image keep this elsewhere
        ");
    }

    #[test]
    fn a_directory_without_the_file_that_was_copied() {
        let files = service("COPY entrypoint.sh /app/", "volumes: ['./src:/app']");
        insta::assert_snapshot!(audit("mount-shadows-image-path", &files), @r"
        warning (medium) compose.yaml:4:15 the mount at `/app` hides the copy at `/app/entrypoint.sh` of the image, and `src` has no such file
          Dockerfile:2:1 brings it into the image
          help: mount a directory below, or put the file elsewhere in the image
        ");
    }

    #[test]
    fn a_working_copy_over_files_with_another_owner() {
        let files = service("COPY . /app\nRUN chown -R 1000 /app", "volumes: ['.:/app']");
        insta::assert_snapshot!(audit("mount-shadows-image-path", &files), @r"
        info (medium) compose.yaml:4:15 the working copy at `/app` hides the copy at `/app` of the image, owner and mode with it
          Dockerfile:2:1 brings them into the image
          Dockerfile:3:5 what this sets is hidden
          help: leave the files out of an image that is run on a working copy
        ");
    }

    #[test]
    fn what_hides_nothing() {
        for (dockerfile, rest) in [
            ("COPY . /app", "volumes: ['.:/app']"),
            ("COPY . /app", "volumes: ['./src:/app/src']"),
            ("COPY conf /etc/app", "volumes: ['conf:/etc/app']"),
            (
                "COPY conf/app.conf /etc/app.conf",
                "volumes: ['./conf/app.conf:/etc/app.conf']",
            ),
            (
                "COPY entrypoint.sh /app/bin/",
                "volumes: ['./src:/app', '/app/bin']",
            ),
            ("COPY entrypoint.sh /tmp/", "tmpfs: /tmp"),
            ("RUN useradd -m app", "tmpfs: /home/app"),
            ("RUN mkdir -p /data", "tmpfs: /data"),
            ("COPY . /app", "tmpfs: /app/tmp"),
        ] {
            let files = service(dockerfile, rest);
            assert_eq!(
                audit("mount-shadows-image-path", &files),
                "",
                "{dockerfile} {rest}"
            );
        }
    }
}
