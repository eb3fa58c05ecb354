//! What the arguments ask for.

use dockwright_build::Options;
use dockwright_build::plan::Override;
use dockwright_build::prepare::Wanted;
use dockwright_environment::CallerVariables;

use crate::cli::BuildArguments;
use crate::failure::{Failure, UNUSABLE, USAGE};

pub(super) fn wanted(
    arguments: &BuildArguments,
    caller: &CallerVariables,
) -> Result<Wanted, Failure> {
    let overrides = arguments.overrides.iter().map(|given| {
        let parsed: Result<Override, _> = given.parse();
        parsed.map_err(|error| Failure::new(USAGE, error.error, error.hint))
    });
    let given = arguments.build_arguments.iter();
    let given = given.filter_map(|given| match given.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), value.to_owned())),
        None => Some((given.clone(), caller.get(given)?.to_owned())),
    });
    let directory = std::env::current_dir().map_err(|error| {
        let hint = "change to a directory that exists";
        Failure::new(
            UNUSABLE,
            format!("there is no working directory: {error}"),
            hint,
        )
    })?;
    let options = Options {
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
    };
    Ok(Wanted {
        names: arguments.targets.clone(),
        arguments: given.collect(),
        overrides: overrides.collect::<Result<_, _>>()?,
        options: options.seen_from(&directory),
    })
}
