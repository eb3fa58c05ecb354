//! `dockwright diff`

use std::process::ExitCode;
use std::sync::Arc;

use dockwright_image::diff::read_options;
use dockwright_image::{Diff, Image, Platform, ReadOptions, Reference, Verdict, read};
use dockwright_report::image::Progress;
use dockwright_report::image::diff::{self, DiffView};

use crate::cli::{Cli, DiffArguments, InspectionFormat, LeastVerdict};
use crate::failure::{Failure, USAGE};
use crate::load;

pub(crate) fn run(cli: &Cli, arguments: &DiffArguments) -> Result<ExitCode, Failure> {
    let usage = |error| Failure {
        code: USAGE,
        ..Failure::from(error)
    };
    let platform = arguments.platform.as_deref().map(Platform::parse);
    let options = read_options(ReadOptions {
        platform: platform.transpose().map_err(usage)?,
        verify: arguments.no_verify.then_some(false),
        ..ReadOptions::default()
    });
    let before = Reference::parse(&arguments.before).map_err(usage)?;
    let after = Reference::parse(&arguments.after).map_err(usage)?;
    let before = image(&before, &arguments.before, &options)?;
    let after = image(&after, &arguments.after, &options)?;
    let diff = Diff::of(&before, &after);
    let view = DiffView {
        before: (&arguments.before, &before),
        after: (&arguments.after, &after),
        diff: &diff,
    };
    load::print(&match arguments.format {
        InspectionFormat::Text => {
            let options = diff::TextOptions {
                color: load::color(cli.color),
                all: arguments.all,
                ..diff::TextOptions::default()
            };
            diff::text(&view, &options)
        }
        InspectionFormat::Json => diff::json(&view),
        InspectionFormat::Markdown => diff::markdown(&view),
    })?;
    let fails = match arguments.fail_on {
        LeastVerdict::Equal => diff.verdict >= Verdict::Equal,
        LeastVerdict::OnlySmaller => diff.verdict >= Verdict::OnlySmaller,
        LeastVerdict::EqualPackages => diff.verdict >= Verdict::EqualPackages,
        LeastVerdict::Different => diff.verdict >= Verdict::Different,
        LeastVerdict::Never => false,
    };
    Ok(ExitCode::from(u8::from(fails)))
}

/// Reads one of both; an error says which.
fn image(reference: &Reference, name: &str, options: &ReadOptions) -> Result<Image, Failure> {
    let options = ReadOptions {
        bytes_read: Arc::default(),
        ..options.clone()
    };
    let progress = Progress::new(name, Arc::clone(&options.bytes_read));
    let image = read(reference, &options);
    drop(progress);
    image.map_err(|error| {
        let failure = Failure::from(error);
        let is_named = failure.error.contains(name);
        Failure {
            error: if is_named {
                failure.error
            } else {
                format!("`{name}`: {}", failure.error)
            },
            ..failure
        }
    })
}
