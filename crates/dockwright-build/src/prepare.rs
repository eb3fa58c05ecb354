//! From what a person types to the targets that are built.

use dockwright_environment::definition::DefinitionId;
use dockwright_environment::{CallerVariables, Environment};

use crate::plan::{Override, OverrideError, UnknownName};
use crate::{Options, Plan, Publication};

/// What a person asks for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Targets, groups and their other names; the group `default` without any.
    pub names: Vec<String>,
    /// Build arguments for every Dockerfile that declares them.
    pub arguments: Vec<(String, String)>,
    /// `--set`
    pub overrides: Vec<Override>,
    /// What is said once for every target.
    pub options: Options,
}

/// A plan, and what is built of it.
pub struct Prepared {
    /// The environment, with the arguments that were given.
    pub environment: Environment,
    /// The plan, with everything that was asked for.
    pub plan: Plan,
    /// The targets that were asked for: indices into [`Plan::targets`], ascending.
    pub targets: Vec<usize>,
}

/// Why what a person asks for cannot be prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrepareError {
    /// A name is not known.
    Name(UnknownName),
    /// A `--set` cannot be followed.
    Override(OverrideError),
    /// An argument that no Dockerfile declares: its name, and every one there is.
    Argument(String, Vec<String>),
}

/// Plans an environment and applies what a person asks for.
///
/// Build arguments may decide what a `FROM` names, and so what needs what: the environment is
/// evaluated anew with them.
pub fn prepare(
    environment: Environment,
    publication: &Publication,
    caller: &CallerVariables,
    wanted: &Wanted,
) -> Result<Prepared, PrepareError> {
    for (name, _) in &wanted.arguments {
        let declared = declared(&environment);
        if !declared.contains(name) && !is_predefined(name) {
            return Err(PrepareError::Argument(name.clone(), declared));
        }
    }
    let all = environment.definitions.iter().flat_map(|definition| {
        let given = wanted.arguments.iter();
        given.map(|(name, value)| (definition.id, name.clone(), value.clone()))
    });
    let all: Vec<_> = all.collect();
    let mut environment = environment.with_arguments(&all);
    let mut plan = Plan::of(&environment, publication, caller);
    let own = own_arguments(&plan, &wanted.overrides);
    if !own.is_empty() {
        environment = environment.with_arguments(&own);
        plan = Plan::of(&environment, publication, caller);
    }
    plan.set(&wanted.overrides)
        .map_err(PrepareError::Override)?;
    let targets = plan.select(&wanted.names).map_err(PrepareError::Name)?;
    plan.apply(&targets, &wanted.options);
    Ok(Prepared {
        environment,
        plan,
        targets,
    })
}

/// The arguments that `--set` gives to single targets.
fn own_arguments(plan: &Plan, overrides: &[Override]) -> Vec<(DefinitionId, String, String)> {
    let mut own = Vec::new();
    for given in overrides {
        let Some((name, value)) = given.argument() else {
            continue;
        };
        for target in plan.targets.iter().filter(|target| given.is_for(target)) {
            let ids = target.definitions.iter();
            own.extend(ids.map(|id| (*id, name.to_owned(), value.to_owned())));
        }
    }
    own
}

/// The build arguments that Dockerfiles declare, each once.
fn declared(environment: &Environment) -> Vec<String> {
    let dockerfiles = environment.dockerfiles.iter();
    let names = dockerfiles.flat_map(|dockerfile| dockerfile.tree.declared_arguments());
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn is_predefined(name: &str) -> bool {
    dockwright_syntax::dockerfile::predefined::predefined(name).is_some()
}
