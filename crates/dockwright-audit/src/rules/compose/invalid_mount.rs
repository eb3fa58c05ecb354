//! `invalid-mount`

use dockwright_environment::Location;
use dockwright_environment::compose::{Mount, MountKind, Project, Service};
use dockwright_syntax::Span;

use crate::edits::yaml::{Above, mapping_at, remove};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Fix};

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
    /// Leaving the option out is safe: with it nothing starts. Which path is meant where one is wrong has to be decided.
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
        cx: Context<'_>,
        _: &Project,
        service: &Service,
        findings: &mut Vec<Finding>,
    ) {
        for mount in &service.volumes {
            if let Some(refusal) = refused(mount) {
                let message = format!("the engine refuses this mount: {}", refusal.what);
                let option = refusal.option;
                findings.push(
                    Finding::new(self.metadata(), mount.location, message)
                        .help(refusal.help)
                        .fix(option.and_then(|it| without(cx, mount, &it))),
                );
            }
        }
    }
}

/// Why the engine refuses a mount.
struct Refusal {
    what: String,
    help: &'static str,
    /// The option that can be left out: its table and name in the long form, its word in the short
    /// one.
    option: Option<(&'static str, &'static str, String)>,
}

/// Takes an option out of a mount.
fn without(
    cx: Context<'_>,
    mount: &Mount,
    (table, name, word): &(&str, &str, String),
) -> Option<Fix> {
    let location = mount.location;
    let document = cx.environment.documents.get(location.document);
    let fix = Fix::safe(format!("leave `{word}` out"), "with it nothing starts");
    let tree = &cx.compose_file(document.id)?.tree;
    if let Some(mapping) = mapping_at(tree, location.span) {
        let at = mapping
            .entries()
            .position(|(key, _)| key.text() == Some(table))?;
        let (_, options) = mapping.entries().nth(at)?;
        let edit = if options.entries().len() == 1 {
            remove(&document.text, tree, mapping, at, Above::Goes)?
        } else {
            let own = options
                .entries()
                .position(|(key, _)| key.text() == Some(name))?;
            remove(&document.text, tree, options, own, Above::Goes)?
        };
        let (span, text) = edit;
        return Some(fix.replace(Location::new(document.id, span), text));
    }
    let written = location.span.of(&document.text);
    let (rest, options) = written.trim_end_matches(['"', '\'']).rsplit_once(':')?;
    let options_at = rest.len() + 1;
    let mut others: Vec<&str> = options.split(',').collect();
    let before = others.len();
    others.retain(|option| option != word);
    if others.len() + 1 != before || written.contains('$') {
        return None;
    }
    let start = location.span.start as usize;
    let (from, text) = if others.is_empty() {
        (rest.len(), String::new())
    } else {
        (options_at, others.join(","))
    };
    let span = Span::new(start + from, start + options_at + options.len());
    Some(fix.replace(Location::new(document.id, span), text))
}

/// Why the engine refuses a mount, and what to do.
fn refused(mount: &Mount) -> Option<Refusal> {
    let because = |what: String, help| Refusal {
        what,
        help,
        option: None,
    };
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
        return Some(because(
            "nothing can be mounted over the root of the container".to_owned(),
            "mount it at a directory below the root",
        ));
    }
    if !target.starts_with('/') && !is_windows && !target.is_empty() {
        return Some(because(
            format!("`{target}` is no absolute path"),
            "write the path in the container with a slash at its start",
        ));
    }
    let is_bind = matches!(mount.kind, MountKind::Bind);
    if !is_bind && let Some(propagation) = option("bind", "propagation") {
        let what = format!(
            "`{propagation}` is for paths of the host, and this is {}",
            noun(mount.kind)
        );
        return Some(Refusal {
            option: Some(("bind", "propagation", propagation)),
            ..because(
                what,
                "leave the propagation out, or mount a path of the host",
            )
        });
    }
    if is_bind && option("volume", "nocopy").is_some() {
        let what = "`nocopy` is for volumes, and this is a path of the host".to_owned();
        return Some(Refusal {
            option: Some(("volume", "nocopy", "nocopy".to_owned())),
            ..because(
                what,
                "leave it out: nothing is copied into a path of the host",
            )
        });
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
    use crate::testing::{audit, fix};

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

    #[test]
    fn the_option_is_left_out() {
        insta::assert_snapshot!(fix("invalid-mount", "\
-- compose.yaml --
services:
  web:
    image: nginx
    volumes:
      - \"data:/data:rshared\" # shared
      - data:/other:ro,slave
      - { type: volume, source: data, target: /d, bind: { propagation: slave } }
      - type: volume
        source: data
        target: /e
        bind:
          propagation: slave
          create_host_path: true
      - data:relative
volumes:
  data:
"), @r#"
        safe: leave `rshared` out, for with it nothing starts
        safe: leave `slave` out, for with it nothing starts
        safe: leave `slave` out, for with it nothing starts
        safe: leave `slave` out, for with it nothing starts
        -- compose.yaml --
        -      - "data:/data:rshared" # shared
        -      - data:/other:ro,slave
        -      - { type: volume, source: data, target: /d, bind: { propagation: slave } }
        +      - "data:/data" # shared
        +      - data:/other:ro
        +      - { type: volume, source: data, target: /d }
        -          propagation: slave
        "#);
    }
}
