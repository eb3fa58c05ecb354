//! The sizes of images, asked for while others are still being built.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender};
use std::thread;

use dockwright_build::progress::{Change, State};
use dockwright_build::{ImageSize, ImageStore, Plan, Stored};
use dockwright_report::build::View;

/// A view that passes on which images are built, with their places in the state.
pub(super) struct Noting<'a> {
    pub(super) plan: &'a Plan,
    pub(super) view: Box<dyn View>,
    pub(super) built: Sender<(usize, Stored)>,
}

impl View for Noting<'_> {
    fn change(&mut self, state: &State, change: &Change) {
        self.view.change(state, change);
        if let Change::Settled(index) = change
            && let Some(image) = Stored::of(self.plan, state, *index)
        {
            drop(self.built.send((*index, image)));
        }
    }

    fn tick(&mut self, state: &State) {
        self.view.tick(state);
    }

    fn finish(&mut self, state: &State) {
        self.view.finish(state);
    }
}

/// Images whose size is asked for at once: the engine looks through the files of each.
const ASKERS: usize = 4;

/// Asks the engine of a docker client for the size of each image as soon as that is built.
pub(super) fn ask(client: &Path, built: Receiver<(usize, Stored)>) -> BTreeMap<usize, ImageSize> {
    let store = ImageStore::of_client(client);
    let built = Mutex::new(built);
    let next = || built.lock().ok()?.recv().ok();
    let ask = || -> Vec<(usize, ImageSize)> {
        let images = std::iter::from_fn(next);
        images
            .filter_map(|(index, image)| Some((index, image.size(&store)?)))
            .collect()
    };
    thread::scope(|scope| {
        let askers: Vec<_> = (0..ASKERS).map(|_| scope.spawn(ask)).collect();
        let sizes = askers.into_iter().filter_map(|asker| asker.join().ok());
        sizes.flatten().collect()
    })
}
