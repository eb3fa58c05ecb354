//! What a run has left: images, their sizes, and where they went.

use dockwright_environment::reference::ImageReference;

use crate::plan::Target;
use crate::progress::{State, Status, TargetState};
use crate::{Destination, ImageSize, ImageStore, Plan};

/// What a target came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageResult {
    /// What the image is called; the target's name when it is called nothing.
    pub image: String,
    /// How large it is.
    pub size: ImageSize,
    /// Where it went.
    pub destinations: Vec<Destination>,
}

/// What each target of a run came to, in the order of the state. Sizes are asked of `store`.
pub fn results(plan: &Plan, state: &State, store: Option<&ImageStore>) -> Vec<ImageResult> {
    let of = |told: &TargetState| {
        let target = plan.targets.iter().find(|target| target.name == told.name);
        target.map_or_else(ImageResult::default, |target| result(target, told, store))
    };
    state.targets().iter().map(of).collect()
}

fn result(target: &Target, told: &TargetState, store: Option<&ImageStore>) -> ImageResult {
    let image = target.bake.tags.first();
    let outputs = target.bake.output.iter();
    let mut destinations: Vec<Destination> = outputs
        .map(|output| Destination::of_output(output))
        .collect();
    if destinations.is_empty() {
        destinations.push(left_to_builder(told));
    }
    let is_built = told.status == Status::Built;
    let size = image
        .zip(store)
        .filter(|_| is_built)
        .and_then(|(image, store)| {
            let name = ImageReference::parse(image).ok()?.familiar_name();
            let tag = ImageReference::parse(image)
                .ok()?
                .effective_tag()?
                .to_owned();
            let full = format!("{name}:{tag}");
            if destinations.contains(&Destination::Engine) {
                store.size(&full)
            } else if destinations.contains(&Destination::Registry) {
                store.pushed_size(&full)
            } else {
                None
            }
        });
    ImageResult {
        image: image.unwrap_or(&target.name).clone(),
        size: size.unwrap_or_default(),
        destinations,
    }
}

/// Where a result goes when nobody says: some builders load it, others keep it in their cache.
fn left_to_builder(told: &TargetState) -> Destination {
    let exports = |name: &str| name.starts_with("exporting to") && !name.contains("cache");
    let mut steps = (0..).map_while(|number| told.step(number));
    if steps.any(|step| exports(&step.step.name)) {
        Destination::Engine
    } else {
        Destination::Cache
    }
}
