//! `redundant-label`

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::{DocumentId, Environment, Location};
use dockwright_syntax::dockerfile::{Instruction, InstructionKind};

use crate::bases::bases;
use crate::clones::MANY;
use crate::edits::{DockerfileEdits, word};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

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
    /// A label that is inherited can go. This is safe, since the image has the same labels without it, and
    /// unsafe where a variable says what the base is. There is no fix where a stage sets the label twice,
    /// where a comment stands inside the instruction, and for a label that no base has: somebody has to
    /// say where it is to be given once.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `LABEL`
    /// - Bake file reference: `target.labels`
    RedundantLabel {
        name: "redundant-label",
        family: Duplication,
        severity: Info,
        fix: Safe,
        aliases: [],
    }
}

/// Dockerfiles that may set a label alike before it is worth a hint.
const FEW: usize = 2;

/// Where a label has one value.
#[derive(Default)]
struct Places<'a> {
    all: BTreeSet<Location>,
    /// Where it is inherited.
    again: BTreeMap<Location, Again<'a>>,
    /// Where the base sets it.
    base: BTreeSet<Location>,
}

/// A label that is inherited.
#[derive(Clone, Copy)]
struct Again<'a> {
    stage: StageView<'a>,
    instruction: &'a Instruction,
    /// Whether the stage sets it nowhere else.
    is_only: bool,
}

/// A label as an instruction sets it.
struct Label<'a> {
    name: &'a str,
    value: &'a str,
    location: Location,
    instruction: &'a Instruction,
}

impl Rule for RedundantLabel {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let mut labels: BTreeMap<(&str, &str), Places<'_>> = BTreeMap::new();
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
                        let mut labels = labels.filter(|label| label.name == name);
                        labels.next()
                    })
                };
                for label in &own {
                    let location = label.location;
                    if cx.stands_alone(location) {
                        continue;
                    }
                    let places = labels.entry((label.name, label.value)).or_default();
                    places.all.insert(location);
                    let base = inherited(label.name).filter(|base| base.value == label.value);
                    if let Some(base) = base {
                        let same = own.iter().filter(|other| other.name == label.name);
                        let again = Again {
                            stage,
                            instruction: label.instruction,
                            is_only: same.count() == 1,
                        };
                        places.again.insert(location, again);
                        places.base.insert(base.location);
                    }
                }
            }
        }
        let again = labels.values().flat_map(|places| places.again.keys());
        let again: BTreeSet<Location> = again.copied().collect();
        for ((name, _), places) in labels {
            let inherited = self.inherited(name, &places);
            let inherited = inherited.map(|it| it.fix(fix(cx.environment, &places, &again)));
            findings.extend(inherited.or_else(|| self.repeated(name, &places)));
        }
    }
}

/// Takes a label away wherever it is inherited; an instruction that sets nothing else goes with all that
/// are in `again`.
fn fix(environment: &Environment, places: &Places<'_>, again: &BTreeSet<Location>) -> Option<Fix> {
    let mut stages = places.again.values().map(|it| it.stage);
    let fix = if stages.all(|stage| stage.stage.base_value.is_literal()) {
        Fix::safe(
            "remove it where it is inherited",
            "the images have it without",
        )
    } else {
        Fix::with_care(
            "remove it where it is inherited",
            "another base may be given",
        )
    };
    let mut places = places.again.iter();
    places.try_fold(fix, |fix, (location, label)| {
        let dockerfile = label.stage.dockerfile;
        let span = label.instruction.span;
        let mut comments = dockerfile.tree.comments.iter();
        if !label.is_only || comments.any(|it| span.contains(*it)) {
            return None;
        }
        let InstructionKind::Label(assignments) = &label.instruction.kind else {
            return None;
        };
        let mut own = assignments.iter().map(|it| label.stage.location(it.span));
        if own.all(|it| again.contains(&it)) {
            let edits = DockerfileEdits::of(environment, dockerfile);
            return Some(edits.delete(fix, label.instruction));
        }
        let document = environment.documents.get(location.document);
        word::delete(fix, document, location.span, dockerfile.tree.escape)
    })
}

impl RedundantLabel {
    fn inherited(&self, name: &str, places: &Places<'_>) -> Option<Finding> {
        let mut again = places.again.keys();
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
            .filter(|base| !places.again.contains_key(base));
        for base in first.take(MANY) {
            finding = finding.related(*base, "the base sets it here");
        }
        for other in again.take(MANY) {
            finding = finding.related(*other, "and again here");
        }
        Some(finding)
    }

    fn repeated(&self, name: &str, places: &Places<'_>) -> Option<Finding> {
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

/// The labels of a stage that no variable takes part in, in order.
fn labels_of(stage: StageView<'_>) -> Vec<Label<'_>> {
    let mut labels = Vec::new();
    for (_, instruction) in stage.instructions() {
        let InstructionKind::Label(assignments) = &instruction.kind else {
            continue;
        };
        labels.extend(assignments.iter().filter_map(|assignment| {
            let value = assignment.value.as_ref()?.value.trim_matches(['"', '\'']);
            let name = assignment.name.value.trim_matches(['"', '\'']);
            (!value.contains('$')).then(|| Label {
                name,
                value,
                location: stage.location(assignment.span),
                instruction,
            })
        }));
    }
    labels
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

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

    #[test]
    fn inherited_labels_go_with_an_instruction_that_has_no_other() {
        insta::assert_snapshot!(fix("redundant-label", "\
-- Dockerfile --
FROM debian:trixie AS base
LABEL vendor=Shop licenses=MIT source=\"https://example.com\"

FROM base AS a
LABEL vendor=\"Shop\" \\
      licenses=MIT

FROM base AS b
LABEL title=b \\
      vendor='Shop' \\
      source=https://example.com/b
"), @r#"
        safe: remove it where it is inherited, for the images have it without
        safe: remove it where it is inherited, for the images have it without
        -- Dockerfile --
        -LABEL vendor="Shop" \
        -      licenses=MIT
        -      vendor='Shop' \
        "#);
    }

    #[test]
    fn what_the_base_is_may_be_up_to_a_variable() {
        let files = "-- Dockerfile --\nARG BASE=base\nFROM debian AS base\nLABEL a=b\nFROM ${BASE}\nLABEL a=b\n";
        assert!(fix("redundant-label", files).starts_with("unsafe: "));
        let twice = files.replace("${BASE}\n", "base\nLABEL a=c\n");
        assert_eq!(fix("redundant-label", &twice), "");
    }
}
