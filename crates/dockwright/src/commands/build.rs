//! `dockwright build`

use std::process::ExitCode;

use dockwright_build::plan::{Override, Refusal, UnknownName};
use dockwright_build::prepare::{PrepareError, Prepared, Wanted};
use dockwright_build::{Options, Publication, prepare};
use dockwright_environment::CallerVariables;
use dockwright_report::plan;

use crate::cli::{BuildArguments, Cli};
use crate::failure::{Failure, USAGE};
use crate::load;

pub(crate) fn run(cli: &Cli, arguments: &BuildArguments) -> Result<ExitCode, Failure> {
    let tree = load::tree(&cli.root, None)?;
    let settings = load::settings(tree.as_ref())?;
    let caller = load::caller();
    let publication = Publication::of(&settings.build, tree.as_ref(), &caller, &cli.root)
        .map_err(|error| Failure::new(USAGE, error.message, error.hint))?;
    let environment = load::read(tree, &load::options(&cli.root, &settings, &caller)?)?;
    let wanted = wanted(arguments, &caller)?;
    let prepared = prepare(environment, &publication, &caller, &wanted).map_err(failure)?;
    if arguments.list {
        load::print(&plan::list(&prepared.plan))?;
        return Ok(ExitCode::SUCCESS);
    }
    refuse(&prepared)?;
    if arguments.print {
        let plan = prepared.plan.redacted(&caller);
        let file = plan.bake_file_of(&prepared.targets).to_json();
        load::print(&format!("{file:#}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::SUCCESS)
}

/// What the arguments ask for.
fn wanted(arguments: &BuildArguments, caller: &CallerVariables) -> Result<Wanted, Failure> {
    let overrides = arguments.overrides.iter().map(|given| {
        let parsed: Result<Override, _> = given.parse();
        parsed.map_err(|error| Failure::new(USAGE, error.error, error.hint))
    });
    let given = arguments.build_arguments.iter();
    let given = given.filter_map(|given| match given.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), value.to_owned())),
        None => Some((given.clone(), caller.get(given)?.to_owned())),
    });
    Ok(Wanted {
        names: arguments.targets.clone(),
        arguments: given.collect(),
        overrides: overrides.collect::<Result<_, _>>()?,
        options: Options {
            no_cache: arguments.no_cache,
            pull: arguments.pull,
            platforms: arguments.platforms.clone(),
            push: arguments.push,
            load: arguments.load,
            output: arguments.output.clone(),
            cache_from: arguments.cache_from.clone(),
            cache_to: arguments.cache_to.clone(),
            secret: arguments.secret.clone(),
            ssh: arguments.ssh.clone(),
            sbom: arguments.sbom.clone(),
            provenance: arguments.provenance.clone(),
        },
    })
}

fn failure(error: PrepareError) -> Failure {
    match error {
        PrepareError::Name(name) => unknown(&name),
        PrepareError::Override(error) => Failure::new(USAGE, error.error, error.hint),
        PrepareError::Argument(name, declared) => Failure::new(
            USAGE,
            format!("no Dockerfile declares the build argument `{name}`"),
            match declared.as_slice() {
                [] => "no Dockerfile declares any".to_owned(),
                declared => format!("they declare: {}", declared.join(", ")),
            },
        ),
    }
}

fn unknown(name: &UnknownName) -> Failure {
    if !name.several.is_empty() {
        return Failure::new(
            USAGE,
            format!("`{}` may be any of several targets", name.name),
            format!("name one of them: {}", name.several.join(", ")),
        );
    }
    Failure::new(
        USAGE,
        format!("there is no target or group called `{}`", name.name),
        format!(
            "the nearest are: {}; `dockwright build --list` lists all",
            name.nearest.join(", ")
        ),
    )
}

/// Says what cannot be built before anything is.
fn refuse(prepared: &Prepared) -> Result<(), Failure> {
    let refusals = prepared.plan.refusals(&prepared.targets);
    let Some(first) = refusals.first() else {
        return Ok(());
    };
    let hint = match first {
        Refusal::Target { .. } => {
            "mend it, or name the targets to build; `dockwright build --list` lists them"
        }
        Refusal::SameName { .. } => {
            "name one of them, or give them different names where they are defined"
        }
    };
    let told = refusals.iter().map(|refusal| match refusal {
        Refusal::Target {
            target,
            why,
            needed_by,
        } => match needed_by {
            Some(by) => format!("target `{target}`, which `{by}` needs, cannot be built: {why}"),
            None => format!("target `{target}` cannot be built: {why}"),
        },
        Refusal::SameName { tag, targets } => {
            format!("{} would all be called `{tag}`", targets.join(" and "))
        }
    });
    let told: Vec<String> = told.collect();
    Err(Failure::new(USAGE, told.join("\n       "), hint))
}
