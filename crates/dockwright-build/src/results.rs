//! What a run has left: images, their sizes, and where they went.

use std::collections::BTreeMap;

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

/// A built image that can be asked for its size, by its name and tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// The engine has it.
    Engine(String),
    /// It was pushed.
    Registry(String),
}

impl Stored {
    /// The image of a target of the run, if it is built and is kept where it has a size.
    pub fn of(plan: &Plan, state: &State, index: usize) -> Option<Self> {
        let told = state.targets().get(index)?;
        let target = target(plan, told).filter(|_| told.status == Status::Built)?;
        let image = ImageReference::parse(target.bake.tags.first()?).ok()?;
        let full = format!("{}:{}", image.familiar_name(), image.effective_tag()?);
        let destinations = destinations(target, told);
        if destinations.contains(&Destination::Engine) {
            return Some(Self::Engine(full));
        }
        let is_pushed = destinations.contains(&Destination::Registry);
        is_pushed.then_some(Self::Registry(full))
    }

    /// How large it is.
    pub fn size(&self, store: &ImageStore) -> Option<ImageSize> {
        match self {
            Self::Engine(image) => store.size(image),
            Self::Registry(image) => store.pushed_size(image),
        }
    }
}

/// What each target of a run came to, in the order of the state, with the sizes by the same order.
pub fn results(plan: &Plan, state: &State, sizes: &BTreeMap<usize, ImageSize>) -> Vec<ImageResult> {
    let of = |(index, told): (usize, &TargetState)| {
        target(plan, told).map_or_else(ImageResult::default, |target| ImageResult {
            image: target.bake.tags.first().unwrap_or(&target.name).clone(),
            size: sizes.get(&index).copied().unwrap_or_default(),
            destinations: destinations(target, told),
        })
    };
    state.targets().iter().enumerate().map(of).collect()
}

fn target<'p>(plan: &'p Plan, told: &TargetState) -> Option<&'p Target> {
    plan.targets.iter().find(|target| target.name == told.name)
}

fn destinations(target: &Target, told: &TargetState) -> Vec<Destination> {
    if target.bake.output.is_empty() {
        return vec![left_to_builder(told)];
    }
    let outputs = target.bake.output.iter();
    outputs
        .map(|output| Destination::of_output(output))
        .collect()
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
