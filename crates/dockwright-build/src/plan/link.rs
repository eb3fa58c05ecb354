//! What each target needs of the others, and their order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dockwright_environment::Environment;
use dockwright_environment::definition::DefinitionId;
use dockwright_environment::graph::reachable;
use dockwright_environment::image_use::{ImageUse, Producer, User};
use dockwright_environment::reference::ImageReference;

use super::Target;
use super::draft::Draft;

/// Hands every in-repository base over as a context, and sorts the drafts so that each comes after
/// those that it needs.
pub(super) fn link(environment: &Environment, drafts: Vec<Draft>) -> Vec<Target> {
    let mut linker = Linker {
        environment,
        by_definition: HashMap::new(),
        makers: makers(&drafts),
        needs: vec![BTreeSet::new(); drafts.len()],
        drafts,
    };
    for (index, draft) in linker.drafts.iter().enumerate() {
        for id in draft.others.iter().chain(&draft.definitions) {
            linker.by_definition.insert(*id, index);
        }
    }
    linker.named_contexts();
    linker.uses();
    linker.sorted()
}

/// The drafts by each name of their images, in full.
fn makers(drafts: &[Draft]) -> HashMap<String, BTreeSet<usize>> {
    let mut makers: HashMap<String, BTreeSet<usize>> = HashMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        let tags = draft.bake.tags.iter();
        for image in tags.filter_map(|tag| ImageReference::parse(tag).ok()) {
            makers.entry(image.normalised()).or_default().insert(index);
        }
    }
    makers
}

struct Linker<'a> {
    environment: &'a Environment,
    drafts: Vec<Draft>,
    by_definition: HashMap<DefinitionId, usize>,
    makers: HashMap<String, BTreeSet<usize>>,
    needs: Vec<BTreeSet<usize>>,
}

/// Which target an image is.
enum Meant {
    One(usize),
    /// The target makes the image under other tags only.
    OtherTag(usize),
    Several(Vec<usize>),
    None,
}

impl Linker<'_> {
    /// The contexts that a definition says are what another builds.
    fn named_contexts(&mut self) {
        for index in 0..self.drafts.len() {
            let links = self.drafts.get(index).map(|draft| draft.links.clone());
            for (name, id) in links.unwrap_or_default() {
                match self.by_definition.get(&id) {
                    Some(other) => self.connect(index, &name, *other),
                    None => self.refuse(index, format!("its context `{name}` cannot be built")),
                }
            }
        }
    }

    fn connect(&mut self, index: usize, name: &str, other: usize) {
        let target = self
            .drafts
            .get(other)
            .map(|other| format!("target:{}", other.name));
        if let (Some(draft), Some(target)) = (self.drafts.get_mut(index), target) {
            draft.bake.contexts.insert(name.to_owned(), target);
        }
        if let Some(needs) = self.needs.get_mut(index) {
            needs.insert(other);
        }
    }

    fn refuse(&mut self, index: usize, why: String) {
        if let Some(draft) = self.drafts.get_mut(index) {
            draft.refusal.get_or_insert(why);
        }
    }

    fn note(&mut self, index: usize, note: String) {
        if let Some(draft) = self.drafts.get_mut(index)
            && !draft.notes.contains(&note)
        {
            draft.notes.push(note);
        }
    }

    /// The images that the reachable stages of each target name.
    fn uses(&mut self) {
        let mut by_stage: HashMap<DefinitionId, Vec<&ImageUse>> = HashMap::new();
        for image_use in &self.environment.uses {
            if let User::Stage { stage, .. } = image_use.user {
                by_stage
                    .entry(stage.definition)
                    .or_default()
                    .push(image_use);
            }
        }
        for index in 0..self.drafts.len() {
            let stage = self.drafts.get(index).and_then(|draft| draft.stage);
            let build = stage.and_then(|stage| self.environment.build(stage.definition));
            let Some(build) = build else {
                continue;
            };
            let reached = reachable(build);
            let uses = by_stage.get(&build.definition).into_iter().flatten();
            let uses: Vec<&ImageUse> = uses
                .filter(|image_use| match image_use.user {
                    User::Stage { stage, .. } => reached.contains(&stage.stage),
                    _ => false,
                })
                .copied()
                .collect();
            for image_use in uses {
                self.link_use(index, image_use);
            }
        }
    }

    fn link_use(&mut self, index: usize, image_use: &ImageUse) {
        let name = image_use.value.text.as_str();
        if !image_use.value.is_known() {
            let unset = image_use
                .value
                .variables
                .iter()
                .filter(|it| it.value.is_none());
            let unset: Vec<&str> = unset.map(|it| it.name.as_str()).collect();
            let unset = unset.join(" and ");
            self.note(
                index,
                format!("the image `{name}` is not known: {unset} is not set"),
            );
            return;
        }
        match self.meant(image_use) {
            Meant::One(other) => self.connect(index, name, other),
            Meant::OtherTag(other) => {
                let other = self.drafts.get(other).map(|other| other.name.clone());
                self.note(
                    index,
                    format!(
                        "`{name}` is left to the engine: target `{}` makes that image, but under other tags",
                        other.unwrap_or_default()
                    ),
                );
            }
            Meant::Several(others) => {
                let names = others.iter().filter_map(|other| self.drafts.get(*other));
                let names: Vec<String> = names.map(|other| format!("`{}`", other.name)).collect();
                self.refuse(
                    index,
                    format!("`{name}` may be any of the targets {}", names.join(", ")),
                );
            }
            Meant::None => {}
        }
    }

    fn meant(&self, image_use: &ImageUse) -> Meant {
        let (ids, exact) = match &image_use.producer {
            Producer::Definitions(ids) | Producer::Undeclared(ids) => (ids.as_slice(), true),
            Producer::OtherTag(ids) => (ids.as_slice(), false),
            Producer::Nobody | Producer::Elsewhere | Producer::Unknown => (&[][..], false),
        };
        let Some(Ok(reference)) = &image_use.reference else {
            return Meant::None;
        };
        // A target's own tags go before what the definitions said: versions are added to them.
        let own = self.makers.get(&reference.normalised());
        let makes = match own.filter(|_| !ids.is_empty()) {
            Some(own) => own.clone(),
            None => {
                let of_definitions = ids.iter().filter_map(|id| self.by_definition.get(id));
                let makes: BTreeSet<usize> = of_definitions.copied().collect();
                let is_newest = reference.effective_tag() == Some("latest");
                if !exact && !is_newest {
                    return makes.first().map_or(Meant::None, |it| Meant::OtherTag(*it));
                }
                makes
            }
        };
        let makes: Vec<usize> = makes.into_iter().collect();
        match makes.as_slice() {
            [] => Meant::None,
            [one] => Meant::One(*one),
            _ => Meant::Several(makes),
        }
    }

    /// The targets in order. One that needs itself, however many others lie between, is refused.
    fn sorted(mut self) -> Vec<Target> {
        let (order, circles) = order(&self.needs);
        for circle in circles {
            let names = circle.iter().chain(circle.first());
            let names = names.filter_map(|index| self.drafts.get(*index));
            let names: Vec<String> = names.map(|draft| draft.name.clone()).collect();
            for index in circle {
                self.refuse(index, format!("it needs itself: {}", names.join(" → ")));
            }
        }
        let place: BTreeMap<usize, usize> = order
            .iter()
            .enumerate()
            .map(|(place, index)| (*index, place))
            .collect();
        let mut drafts: BTreeMap<usize, Draft> = self.drafts.into_iter().enumerate().collect();
        let targets = order.iter().enumerate().filter_map(|(own, index)| {
            let draft = drafts.remove(index)?;
            let needs = self.needs.get(*index)?.iter();
            let mut needs: Vec<usize> = needs
                .filter_map(|need| place.get(need).copied())
                .filter(|place| *place < own)
                .collect();
            needs.sort_unstable();
            Some(Target {
                name: draft.name,
                aliases: draft.aliases,
                definitions: draft.definitions,
                needs,
                bake: draft.bake,
                dockerfile: draft.dockerfile,
                refusal: draft.refusal,
                notes: draft.notes,
            })
        });
        targets.collect()
    }
}

/// An order in which each comes after what it needs, else as before, and the circles there are.
/// Of a circle, the members in the order in which they need each other.
fn order(needs: &[BTreeSet<usize>]) -> (Vec<usize>, Vec<Vec<usize>>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; needs.len()];
    let mut order = Vec::with_capacity(needs.len());
    let mut circles = Vec::new();
    let next = |node: usize| needs.get(node).into_iter().flatten().copied();
    for root in 0..needs.len() {
        if marks.get(root) != Some(&Mark::New) {
            continue;
        }
        let mut path = vec![(root, next(root))];
        if let Some(mark) = marks.get_mut(root) {
            *mark = Mark::Open;
        }
        while let Some((node, rest)) = path.last_mut() {
            let node = *node;
            let Some(need) = rest.next() else {
                path.pop();
                order.push(node);
                if let Some(mark) = marks.get_mut(node) {
                    *mark = Mark::Done;
                }
                continue;
            };
            match marks.get(need) {
                Some(Mark::New) => {
                    if let Some(mark) = marks.get_mut(need) {
                        *mark = Mark::Open;
                    }
                    path.push((need, next(need)));
                }
                Some(Mark::Open) => {
                    let nodes = path.iter().map(|(node, _)| *node);
                    circles.push(nodes.skip_while(|node| *node != need).collect());
                }
                _ => {}
            }
        }
    }
    (order, circles)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(needs: &[&[usize]]) -> Vec<BTreeSet<usize>> {
        let sets = needs.iter().map(|needs| needs.iter().copied().collect());
        sets.collect()
    }

    #[test]
    fn each_comes_after_what_it_needs() {
        let (order, circles) = order(&edges(&[&[1, 2], &[3], &[3], &[]]));
        assert_eq!(order, [3, 1, 2, 0]);
        assert!(circles.is_empty());
    }

    #[test]
    fn circles_are_told_in_the_order_of_need() {
        let (order, circles) = order(&edges(&[&[1], &[2], &[0], &[3]]));
        assert_eq!(order.len(), 4);
        assert_eq!(circles, [vec![0, 1, 2], vec![3]]);
    }
}
