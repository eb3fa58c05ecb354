//! `dockwright inspect`

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use dockwright_image::{Attribution, Image, Inspection, Platform, ReadOptions, Reference, read};
use dockwright_report::image::{self, InspectionView};

use crate::cli::{Cli, InspectArguments, InspectionFormat};
use crate::failure::{Failure, UNUSABLE, USAGE};
use crate::load;

pub(crate) fn run(cli: &Cli, arguments: &InspectArguments) -> Result<ExitCode, Failure> {
    let usage = |error| Failure {
        code: USAGE,
        ..Failure::from(error)
    };
    let reference = Reference::parse(&arguments.image).map_err(usage)?;
    let platform = arguments.platform.as_deref().map(Platform::parse);
    let options = ReadOptions {
        platform: platform.transpose().map_err(usage)?,
        verify: arguments.no_verify.then_some(false),
        ..ReadOptions::default()
    };
    let progress = image::Progress::new(&arguments.image, Arc::clone(&options.bytes_read));
    let read = read(&reference, &options);
    drop(progress);
    let image = read?;
    let attribution = attribution(arguments, &image)?;
    let inspection = Inspection::of(&image, attribution.as_ref());
    let view = InspectionView {
        name: &arguments.image,
        image: &image,
        inspection: &inspection,
    };
    load::print(&match arguments.format {
        InspectionFormat::Text => {
            let options = image::TextOptions {
                color: load::color(cli.color),
                ..image::TextOptions::default()
            };
            image::text(&view, &options)
        }
        InspectionFormat::Json => image::json(&view),
        InspectionFormat::Markdown => image::markdown(&view),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Which lines of the Dockerfile made the image, if one is given.
fn attribution(
    arguments: &InspectArguments,
    image: &Image,
) -> Result<Option<Attribution>, Failure> {
    let Some(path) = &arguments.dockerfile else {
        return Ok(None);
    };
    let shown = path.display();
    let source = fs::read_to_string(path).map_err(|error| {
        Failure::new(
            UNUSABLE,
            format!("cannot read `{shown}`: {error}"),
            "give the Dockerfile that the image was built from",
        )
    })?;
    let found = Attribution::of(&image.config.history, &source, arguments.target.as_deref());
    found.map(Some).ok_or_else(|| {
        Failure::new(
            UNUSABLE,
            format!("nothing in the image's history is of `{shown}`"),
            "give the Dockerfile that it was built from, and the stage with `--target`",
        )
    })
}
