//! `invalid-mount`

use dockwright_environment::compose::{Mount, MountKind, Project, Service};

use crate::Finding;
use crate::rule::{Context, Describe, Rule, rule};

rule! {
    /// There is a mount that the engine refuses.
    ///
    /// ## What it does
    ///
    /// Reports mounts that `docker compose config` passes and the engine refuses: propagation on a
    /// named volume or memory, `nocopy` on a path of the host, a path in the container that is not absolute, or is
    /// the root.
    ///
    /// ## Why is this bad?
    ///
    /// The service does not start: "invalid mount config", "invalid mode".
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx
    ///     volumes: ["data:/data:rshared"]
    /// volumes:
    ///   data:
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx
    ///     volumes: ["data:/data"]
    /// volumes:
    ///   data:
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Leaving the option out is safe: with it nothing starts.
    ///
    /// ## References
    ///
    /// - Docker Engine documentation, "Bind mounts": propagation is for bind mounts only
    /// - Engine API, `HostConfig.Mounts` and `Binds`: which options each type takes
    InvalidMount {
        name: "invalid-mount",
        family: Compose,
        severity: Error,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for InvalidMount {
    fn check_service(
        &self,
        _: Context<'_>,
        _: &Project,
        service: &Service,
        findings: &mut Vec<Finding>,
    ) {
        for mount in &service.volumes {
            if let Some((what, help)) = refused(mount) {
                let message = format!("the engine refuses this mount: {what}");
                findings.push(Finding::new(self.metadata(), mount.location, message).help(help));
            }
        }
    }
}

/// Why the engine refuses a mount, and what to do.
fn refused(mount: &Mount) -> Option<(String, &'static str)> {
    let option = |table: &str, name: &str| {
        let node = mount.node.get(table)?.get(name)?;
        node.text().map(str::to_owned)
    };
    let target = mount
        .target
        .as_ref()
        .and_then(|target| target.known())
        .unwrap_or("/x");
    let is_windows = target.contains('\\') || target.get(1..2) == Some(":");
    if target == "/" {
        return Some((
            "nothing can be mounted over the root of the container".to_owned(),
            "mount it at a directory below the root",
        ));
    }
    if !target.starts_with('/') && !is_windows && !target.is_empty() {
        return Some((
            format!("`{target}` is no absolute path"),
            "write the path in the container with a slash at its start",
        ));
    }
    let is_bind = matches!(mount.kind, MountKind::Bind);
    if !is_bind && let Some(propagation) = option("bind", "propagation") {
        return Some((
            format!(
                "`{propagation}` is for paths of the host, and this is {}",
                noun(mount.kind)
            ),
            "leave the propagation out, or mount a path of the host",
        ));
    }
    if is_bind && option("volume", "nocopy").is_some() {
        return Some((
            "`nocopy` is for volumes, and this is a path of the host".to_owned(),
            "leave it out: nothing is copied into a path of the host",
        ));
    }
    None
}

fn noun(kind: MountKind) -> &'static str {
    match kind {
        MountKind::Tmpfs => "memory",
        MountKind::Image => "an image",
        _ => "a volume",
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(mount: &str) -> String {
        audit(
            "invalid-mount",
            &format!(
                "\
-- compose.yaml --
services:
  web:
    image: nginx
    volumes:
      - {mount}
volumes:
  data:
"
            ),
        )
    }

    #[test]
    fn what_the_engine_refuses() {
        insta::assert_snapshot!([
            "data:/data:rshared",
            "data:data",
            "./a:/",
            "{ type: volume, source: data, target: /d, bind: { propagation: slave } }",
            "{ type: bind, source: ./a, target: /d, volume: { nocopy: true } }",
        ].map(check).join("\n"), @r#"
        error compose.yaml:5:9 the engine refuses this mount: `rshared` is for paths of the host, and this is a volume
          help: leave the propagation out, or mount a path of the host

        error compose.yaml:5:9 the engine refuses this mount: `data` is no absolute path
          help: write the path in the container with a slash at its start

        error compose.yaml:5:9 the engine refuses this mount: nothing can be mounted over the root of the container
          help: mount it at a directory below the root

        error compose.yaml:5:9 the engine refuses this mount: `slave` is for paths of the host, and this is a volume
          help: leave the propagation out, or mount a path of the host

        error compose.yaml:5:9 the engine refuses this mount: `nocopy` is for volumes, and this is a path of the host
          help: leave it out: nothing is copied into a path of the host
        "#);
    }

    #[test]
    fn what_it_takes() {
        for mount in [
            "data:/data:ro",
            "data:/data:nocopy",
            "./a:/data:rshared",
            "/data",
            "'${A}'",
            "{ type: tmpfs, target: /d, tmpfs: { size: 10 } }",
        ] {
            assert_eq!(check(mount), "", "{mount}");
        }
    }
}
