//! `volume-name-mismatch`

use std::collections::BTreeSet;

use dockwright_environment::commands::{Invocation, Voice};
use dockwright_environment::compose::{Project, Resource};
use dockwright_environment::reference::ImageReference;
use dockwright_environment::{Environment, Location, Value};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Fix};

rule! {
    /// There is a command that names a volume of Compose without its project.
    ///
    /// ## What it does
    ///
    /// Looks for `docker volume rm` and `docker volume inspect`, and for helper containers that mount a
    /// volume (`docker run -v data:/data alpine`), where the name is a key under `volumes:` of a Compose
    /// file. Volumes that are `external`, have a `name:`, or that some command makes under this name are
    /// left alone.
    ///
    /// ## Why is this bad?
    ///
    /// Compose puts the name of the project before that of the volume. A command that leaves it out finds
    /// nothing; `docker run` makes a new, empty volume, so that a backup is empty as well.
    ///
    /// ## Example
    ///
    /// ```sh reset.sh
    /// #!/bin/sh
    /// docker volume rm db-data
    /// ```
    /// ```yaml compose.yaml
    /// name: shop
    /// services:
    ///   db:
    ///     image: postgres:17
    ///     volumes:
    ///       - db-data:/var/lib/postgresql/data
    /// volumes:
    ///   db-data:
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```sh reset.sh
    /// #!/bin/sh
    /// docker volume rm shop_db-data
    /// ```
    /// ```yaml compose.yaml
    /// name: shop
    /// services:
    ///   db:
    ///     image: postgres:17
    ///     volumes:
    ///       - db-data:/var/lib/postgresql/data
    /// volumes:
    ///   db-data:
    /// ```
    ///
    /// ## Fix safety
    ///
    /// The command can be given the name that Compose uses. This is unsafe: it finds the volume then, and
    /// removes it if that is what it is for.
    ///
    /// ## References
    ///
    /// - Compose file reference, `volumes`: `name`, `external`
    VolumeNameMismatch {
        name: "volume-name-mismatch",
        family: Compose,
        severity: Warning,
        fix: Unsafe,
        aliases: [],
    }
}

impl Rule for VolumeNameMismatch {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let made = made(environment);
        let mut seen = BTreeSet::new();
        for invocation in &environment.invocations {
            if invocation.voice == Voice::History {
                continue;
            }
            for (name, location) in names(environment, invocation) {
                let Some((project, volume)) = volume(environment, &name) else {
                    continue;
                };
                let location = assigned(environment, location, &name).unwrap_or(location);
                if made.contains(&name) || !seen.insert((location, name.clone())) {
                    continue;
                }
                let project = project.name.as_ref().and_then(Value::known);
                let fix = project.and_then(|project| named(environment, location, &name, project));
                let (called, help) = match project {
                    Some(project) => {
                        let real = format!("{project}_{name}");
                        (
                            format!("Compose calls it `{real}`"),
                            format!("name `{real}`, or give the volume a `name:`"),
                        )
                    }
                    None => (
                        "Compose puts the name of the project before it".to_owned(),
                        "put the name of the project before it, or give the volume a `name:`"
                            .to_owned(),
                    ),
                };
                let message = format!("the volume `{name}` is named without its project: {called}");
                findings.push(
                    Finding::new(self.metadata(), location, message)
                        .related(volume.name.location, "declared here, with no `name:`")
                        .help(help)
                        .fix(fix),
                );
            }
        }
    }
}

/// Writes the name that Compose uses, where the name stands in the command as it is.
fn named(environment: &Environment, location: Location, name: &str, project: &str) -> Option<Fix> {
    let written = environment.documents.text(location);
    let quote = usize::from(written.starts_with(['"', '\'']));
    let rest = written.get(quote..)?.strip_prefix(name)?;
    if !(rest.is_empty() || rest.starts_with([':', '"', '\''])) {
        return None;
    }
    let fix = Fix::with_care(
        format!("write `{project}_{name}`"),
        "the command finds the volume then, and may remove it",
    );
    let start = location
        .span
        .start
        .checked_add(u32::try_from(quote).ok()?)?;
    Some(fix.insert(location.document, start, format!("{project}_")))
}

/// The volume that Compose makes from a key of this name; `None` when some project has a volume that
/// is really called so.
fn volume<'a>(environment: &'a Environment, name: &str) -> Option<(&'a Project, &'a Resource)> {
    let all = || {
        let projects = environment.compose.iter();
        projects.flat_map(|project| project.volumes.iter().map(move |volume| (project, volume)))
    };
    let is_real = |volume: &Resource| match &volume.real_name {
        Some(real) => real.known().is_none_or(|real| real == name),
        None => volume.external && &*volume.name.text == name,
    };
    if all().any(|(_, volume)| is_real(volume)) {
        return None;
    }
    all().find(|(_, volume)| {
        &*volume.name.text == name && !volume.external && volume.real_name.is_none()
    })
}

/// The volumes that commands make under the names they give: by `volume create`, and by running a
/// program of their own with a volume.
fn made(environment: &Environment) -> BTreeSet<String> {
    let mut made = BTreeSet::new();
    for invocation in &environment.invocations {
        if is_volume(invocation, &["create"]) {
            made.extend(invocation.operands.iter().map(|name| name.text.clone()));
            made.extend(invocation.value("name").map(|name| name.text.clone()));
        } else if invocation.is_run() && !is_helper(environment, invocation) {
            made.extend(mounted(invocation).map(|(name, _)| name));
        }
    }
    made
}

fn is_volume(invocation: &Invocation, verbs: &[&str]) -> bool {
    let words = invocation.command.split_once(" volume ");
    words.is_some_and(|(_, verb)| verbs.contains(&verb))
}

/// The names of volumes that have to be there, and where they stand.
fn names(environment: &Environment, invocation: &Invocation) -> Vec<(String, Location)> {
    if is_volume(invocation, &["rm", "inspect"]) {
        let names = invocation.operands.iter();
        return names
            .filter_map(|name| Some((name.known()?.to_owned(), name.location)))
            .collect();
    }
    if invocation.is_run() && is_helper(environment, invocation) {
        return mounted(invocation).collect();
    }
    Vec::new()
}

/// The named volumes that a `run` mounts.
fn mounted(invocation: &Invocation) -> impl Iterator<Item = (String, Location)> {
    invocation.values("volume").filter_map(|mount| {
        let (name, _) = mount.known()?.split_once(':')?;
        let is_name = name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && !name.contains(['/', '\\']);
        is_name.then(|| (name.to_owned(), mount.location))
    })
}

/// Whether a `run` starts an official image that no service runs: a tool that is to look at what
/// others have written.
fn is_helper(environment: &Environment, invocation: &Invocation) -> bool {
    let Some(image) = invocation.operands.first().and_then(Value::known) else {
        return false;
    };
    let Ok(image) = ImageReference::parse(image) else {
        return false;
    };
    let mut services = environment
        .compose
        .iter()
        .flat_map(|project| &project.services);
    image.is_official()
        && !services.any(|service| {
            let own = service
                .image
                .as_ref()
                .and_then(|own| ImageReference::parse(&own.text).ok());
            own.is_some_and(|own| own.repository() == image.repository())
        })
}

/// Where a script says the name, when the command at `location` takes it from a variable.
fn assigned(environment: &Environment, location: Location, name: &str) -> Option<Location> {
    let scripts = &environment.scripts;
    let script = scripts
        .iter()
        .find(|script| script.document == location.document)?;
    let script = script.script(&environment.documents);
    let variable = script
        .variables_read()
        .into_iter()
        .find(|read| location.span.contains(read.name.span))?;
    let assigned = script.variables_assigned();
    let assigned = assigned.iter().rev().find(|assigned| {
        assigned.name == variable.name.value
            && assigned.value.and_then(|value| value.literal.as_deref()) == Some(name)
    })?;
    Some(Location::new(location.document, assigned.value?.span))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    const COMPOSE: &str = "\
-- compose.yaml --
name: shop
services:
  db:
    image: postgres:17
    volumes: ['data:/data', 'named:/named', 'outer:/outer']
volumes:
  data:
  named: {name: named}
  outer: {external: true}
";

    fn script(text: &str) -> String {
        audit(
            "volume-name-mismatch",
            &format!("{COMPOSE}-- x.sh --\n#!/bin/sh\n{text}"),
        )
    }

    #[test]
    fn the_name_that_compose_uses_is_told() {
        insta::assert_snapshot!(script("docker volume rm -f data\n"), @"
        warning x.sh:2:21 the volume `data` is named without its project: Compose calls it `shop_data`
          compose.yaml:7:3 declared here, with no `name:`
          help: name `shop_data`, or give the volume a `name:`
        ");
    }

    #[test]
    fn a_name_in_a_variable_is_reported_once_where_it_is_said() {
        let text =
            "VOLUME=\"data\"\ndocker volume inspect \"$VOLUME\"\ndocker volume rm \"$VOLUME\"\n";
        let first = script(text);
        assert!(first.starts_with("warning x.sh:2:8 "), "{first}");
        assert_eq!(first.matches("warning").count(), 1, "{first}");
    }

    #[test]
    fn a_helper_container_gets_an_empty_volume() {
        let found = script("docker run --rm -v data:/data alpine tar cf - /data\n");
        assert!(found.starts_with("warning x.sh:2:20 "), "{found}");
    }

    #[test]
    fn volumes_that_are_really_called_so_are_left_alone() {
        assert_eq!(script("docker volume rm named outer shop_data other\n"), "");
        assert_eq!(
            script("docker volume create data\ndocker volume rm data\n"),
            ""
        );
        let own = "docker run -d -v data:/var/lib/postgresql/data postgres:17\n";
        assert_eq!(script(&format!("{own}docker volume rm data\n")), "");
    }

    #[test]
    fn the_project_is_put_before_the_name() {
        insta::assert_snapshot!(fix("volume-name-mismatch", "\
-- compose.yaml --
name: shop
services:
  db: {image: 'postgres:17', volumes: ['data:/data']}
volumes: {data: }
-- x.sh --
#!/bin/sh
docker volume rm -f \"data\"
docker run --rm -v data:/data:ro alpine tar cf - /data
docker volume inspect \"${NAME:-data}\"
"), @r#"
        unsafe: write `shop_data`, for the command finds the volume then, and may remove it
        unsafe: write `shop_data`, for the command finds the volume then, and may remove it
        -- x.sh --
        -docker volume rm -f "data"
        -docker run --rm -v data:/data:ro alpine tar cf - /data
        +docker volume rm -f "shop_data"
        +docker run --rm -v shop_data:/data:ro alpine tar cf - /data
        "#);
    }
}
