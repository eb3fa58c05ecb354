//! `redundant-label`

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::{DocumentId, Location};
use dockwright_syntax::dockerfile::{Assignment, InstructionKind};

use crate::bases::bases;
use crate::clones::MANY;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is a `LABEL` that says what the base image says already.
    ///
    /// ## What it does
    ///
    /// Reports a label that stages set to the value that they inherit from their base: an earlier stage,
    /// or an image that this repository builds from another Dockerfile. All places of one label are
    /// one finding.
    ///
    /// A label that stands alike in three Dockerfiles or more without being inherited is a hint with low
    /// confidence. Values with variables are left alone, and so are tests and examples.
    ///
    /// ## Why is this bad?
    ///
    /// The label changes nothing, and has to be changed in many places. What all images of a repository
    /// have in common can be said once.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS base
    /// LABEL org.opencontainers.image.vendor="Shop"
    ///
    /// FROM base
    /// LABEL org.opencontainers.image.vendor="Shop"
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS base
    /// LABEL org.opencontainers.image.vendor="Shop"
    ///
    /// FROM base
    /// ```
    ///
    /// ## Fix safety
    ///
    /// A label that is inherited can go. This is unsafe where one Dockerfile is built on another base as
    /// well.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `LABEL`
    /// - Bake file reference: `target.labels`
    RedundantLabel {
        name: "redundant-label",
        family: Duplication,
        severity: Info,
        fix: Unsafe,
        aliases: [],
    }
}

/// Dockerfiles that may set a label alike before it is worth a hint.
const FEW: usize = 2;

/// Where a label has one value.
#[derive(Default)]
struct Places {
    all: BTreeSet<Location>,
    /// Where it is inherited.
    again: BTreeSet<Location>,
    /// Where the base sets it.
    base: BTreeSet<Location>,
}

impl Rule for RedundantLabel {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let mut labels: BTreeMap<(&str, &str), Places> = BTreeMap::new();
        for dockerfile in &cx.environment.dockerfiles {
            for stage in StageView::all(cx.environment, dockerfile) {
                let own = labels_of(stage);
                if own.is_empty() {
                    continue;
                }
                let bases = bases(cx.environment, stage);
                let inherited = |name: &str| {
                    let mut below = bases.iter();
                    below.find_map(|base| {
                        let labels = labels_of(*base).into_iter().rev();
                        let mut labels = labels.filter(|label| label.0 == name);
                        labels.next()
                    })
                };
                for (name, value, location) in own {
                    if cx.stands_alone(location) {
                        continue;
                    }
                    let places = labels.entry((name, value)).or_default();
                    places.all.insert(location);
                    if let Some((_, _, base)) = inherited(name).filter(|base| base.1 == value) {
                        places.again.insert(location);
                        places.base.insert(base);
                    }
                }
            }
        }
        for ((name, _), places) in labels {
            findings.extend(
                self.inherited(name, &places)
                    .or_else(|| self.repeated(name, &places)),
            );
        }
    }
}

impl RedundantLabel {
    fn inherited(&self, name: &str, places: &Places) -> Option<Finding> {
        let mut again = places.again.iter();
        let message = match places.again.len() {
            1 => format!("the label `{name}` is set to what the base sets it to"),
            count => {
                format!("the label `{name}` is set again in {count} stages whose base sets it")
            }
        };
        let mut finding = Finding::new(self.metadata(), *again.next()?, message)
            .confidence(Confidence::Medium)
            .help("remove it: the image inherits it");
        let first = places
            .base
            .iter()
            .filter(|base| !places.again.contains(base));
        for base in first.take(MANY) {
            finding = finding.related(*base, "the base sets it here");
        }
        for other in again.take(MANY) {
            finding = finding.related(*other, "and again here");
        }
        Some(finding)
    }

    fn repeated(&self, name: &str, places: &Places) -> Option<Finding> {
        let documents: BTreeSet<DocumentId> = places.all.iter().map(|it| it.document).collect();
        if documents.len() <= FEW {
            return None;
        }
        let count = documents.len();
        let message = format!("the label `{name}` has the same value in {count} Dockerfiles");
        let (first, others) = (places.all.first()?, places.all.iter().skip(1));
        let mut finding = Finding::new(self.metadata(), *first, message)
            .confidence(Confidence::Low)
            .help("give it once, where the images are built: bake and Compose have `labels`");
        for other in others.take(MANY) {
            finding = finding.related(*other, "and here");
        }
        Some(finding)
    }
}

/// The labels of a stage that no variable takes part in: name, value and place, in order.
fn labels_of(stage: StageView<'_>) -> Vec<(&str, &str, Location)> {
    let assignments = stage.instructions().filter_map(|(_, it)| match &it.kind {
        InstructionKind::Label(assignments) => Some(assignments),
        _ => None,
    });
    let labels = assignments.flatten().filter_map(|assignment: &Assignment| {
        let value = assignment.value.as_ref()?.value.trim_matches(['"', '\'']);
        let name = assignment.name.value.trim_matches(['"', '\'']);
        let location = stage.location(assignment.span);
        (!value.contains('$')).then_some((name, value, location))
    });
    labels.collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn one_label_is_one_finding() {
        insta::assert_snapshot!(audit("redundant-label", "\
-- Dockerfile --
FROM debian:trixie AS base
LABEL vendor=Shop source=\"https://example.com\"
FROM base AS a
LABEL vendor=\"Shop\"
FROM base AS b
LABEL vendor='Shop'
LABEL source=https://example.com/b
"), @"
        info (medium) Dockerfile:4:7 the label `vendor` is set again in 2 stages whose base sets it
          Dockerfile:2:7 the base sets it here
          Dockerfile:6:7 and again here
          help: remove it: the image inherits it
        ");
    }

    #[test]
    fn many_dockerfiles_without_a_common_base_are_a_hint() {
        let files = |count: usize, value: &str| -> String {
            (0..count)
                .map(|number| {
                    format!("-- d{number}/Dockerfile --\nFROM debian\nLABEL vendor={value}\n")
                })
                .collect::<Vec<String>>()
                .concat()
        };
        insta::assert_snapshot!(audit("redundant-label", &files(3, "Shop")), @"
        info (low) d0/Dockerfile:2:7 the label `vendor` has the same value in 3 Dockerfiles
          d1/Dockerfile:2:7 and here
          d2/Dockerfile:2:7 and here
          help: give it once, where the images are built: bake and Compose have `labels`
        ");
        assert_eq!(audit("redundant-label", &files(2, "Shop")), "");
        assert_eq!(audit("redundant-label", &files(3, "$SHOP")), "");
    }
}
