//! `podman build` and `buildah build`: building without Docker, a target at a time.
//!
//! `cannot` knows what the program has no options for, `command` says a target in those it has, and
//! `output` reads what it writes.

mod cannot;
mod command;
mod output;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use self::command::{Delivery, Images};
use self::output::Output;
use super::child::{self, End, PATIENCE};
use super::{Engine, EngineError, Job};
use crate::plan::Target;
use crate::progress::Event;

/// Podman or Buildah. Both take the same options, as the one has the other inside.
#[derive(Debug)]
pub struct Buildah {
    program: String,
    /// What was built so far.
    images: Mutex<Images>,
}

impl Buildah {
    /// The engine that runs a program: `podman`, `buildah`, or a path of one of them.
    pub fn new(program: impl Into<String>) -> Self {
        Self {
            program: program.into(),
            images: Mutex::default(),
        }
    }
}

impl Engine for Buildah {
    fn name(&self) -> &str {
        let name = Path::new(&self.program).file_name();
        name.and_then(|name| name.to_str()).unwrap_or(&self.program)
    }

    fn cannot(&self, job: &Job<'_>) -> Vec<String> {
        cannot::cannot(job, self.name())
    }

    fn takes_many(&self) -> bool {
        false
    }

    fn build(&self, job: &Job<'_>, tell: &mut dyn FnMut(Event)) -> Result<(), EngineError> {
        let targets = job.targets.iter();
        for target in targets.filter_map(|index| job.plan.targets.get(*index)) {
            tell(Event::Started(target.name.clone()));
            match self.build_target(job, target, tell) {
                Ok(()) => tell(Event::Built(target.name.clone())),
                Err(error) => {
                    if let EngineError::Failed(error) = &error {
                        tell(Event::Failed {
                            target: target.name.clone(),
                            error: error.clone(),
                            excerpt: None,
                        });
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

impl Buildah {
    fn build_target(
        &self,
        job: &Job<'_>,
        target: &Target,
        tell: &mut dyn FnMut(Event),
    ) -> Result<(), EngineError> {
        let bake = &target.bake;
        let names = command::names(job, target);
        let mut arguments = vec!["build".to_owned()];
        arguments.extend(command::options(bake, &names, &self.images()));
        arguments.extend(["--".to_owned(), bake.context.clone()]);
        let dockerfile = bake.dockerfile_inline.clone().unwrap_or_default();
        let mut output = Output::of(&target.name);
        self.run(job, &arguments, dockerfile, &mut output, tell)?;
        let Some(image) = output.image().map(str::to_owned) else {
            return Err(EngineError::Failed(format!(
                "{} did not say which image it built",
                self.name()
            )));
        };
        self.images().insert(target.name.clone(), image.clone());
        for delivery in command::deliveries(bake) {
            self.deliver(job, &image, &delivery, &mut output, tell)?;
        }
        match &job.request.metadata_file {
            Some(file) => write_metadata(file, target, &image),
            None => Ok(()),
        }
    }

    fn deliver(
        &self,
        job: &Job<'_>,
        image: &str,
        delivery: &Delivery,
        output: &mut Output<'_>,
        tell: &mut dyn FnMut(Event),
    ) -> Result<(), EngineError> {
        let (step, arguments, input) = match delivery {
            Delivery::Push(name) => (
                format!("push {name}"),
                vec![
                    "push".to_owned(),
                    image.to_owned(),
                    format!("docker://{name}"),
                ],
                String::new(),
            ),
            // The options of the build itself give either an image or files.
            Delivery::Export(export) => (
                format!("export {export}"),
                vec![
                    "build".to_owned(),
                    "--quiet".to_owned(),
                    "--layers=true".to_owned(),
                    "--force-rm=true".to_owned(),
                    "--pull=never".to_owned(),
                    "--file=-".to_owned(),
                    format!("--output={export}"),
                ],
                format!("FROM {image}\n"),
            ),
        };
        output.begin("", &step, tell);
        self.run(job, &arguments, input, output, tell)
    }

    /// Runs the program at the root of the repository.
    fn run(
        &self,
        job: &Job<'_>,
        arguments: &[String],
        input: String,
        output: &mut Output<'_>,
        tell: &mut dyn FnMut(Event),
    ) -> Result<(), EngineError> {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(job.root);
        let read = &mut |stream, line: &str| output.read(stream, line, tell);
        let end = child::run(command, input.into(), job.stop, PATIENCE, read);
        match end {
            // Some releases call it a success when they are terminated.
            Ok(_) if job.stop.load(Ordering::Relaxed) => Err(EngineError::Stopped),
            Ok(End::Stopped) => Err(EngineError::Stopped),
            Ok(End::Exited(status)) if status.success() => {
                output.end(tell);
                Ok(())
            }
            Ok(End::Exited(status)) => {
                let error = output.error().map(str::to_owned);
                let error = error.unwrap_or_else(|| format!("{} ended with {status}", self.name()));
                output.fail(&error, tell);
                Err(self.failure(error))
            }
            Err(error) => Err(EngineError::Unusable {
                error: format!("cannot run `{}`: {error}", self.program),
                hint: format!("install {}, or choose another engine", self.name()),
            }),
        }
    }

    fn failure(&self, error: String) -> EngineError {
        if error.contains("no space left on device") {
            let hint = format!(
                "the disk is full: `{0} images` shows what takes it, `{0} rmi` frees it",
                self.name()
            );
            return EngineError::Unusable { error, hint };
        }
        EngineError::Failed(error)
    }

    fn images(&self) -> std::sync::MutexGuard<'_, Images> {
        // A map is whole whatever happened to another thread.
        self.images.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes what is known of the result, as `--metadata-file` of buildx does.
fn write_metadata(file: &Path, target: &Target, image: &str) -> Result<(), EngineError> {
    let metadata = json!({
        target.name.as_str(): {
            "containerimage.config.digest": format!("sha256:{image}"),
            "image.name": target.bake.tags.join(","),
        }
    });
    fs::write(file, format!("{metadata:#}\n")).map_err(|error| EngineError::Unusable {
        error: format!("cannot write `{}`: {error}", file.display()),
        hint: "name a file that can be written with `--metadata-file`".to_owned(),
    })
}
