//! `stale-image-name`

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::commands::Voice;
use dockwright_environment::definition::BuildDefinition;
use dockwright_environment::discovery::DocumentKind;
use dockwright_environment::{Environment, Location, TextDocument};
use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::InstructionKind;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, images, nearest};

rule! {
    /// There is a label, comment or document with the name of an image that nothing produces.
    ///
    /// ## What it does
    ///
    /// Reads the labels and comments of Dockerfiles, the comments of scripts, and documents other than
    /// changelogs and dated notes, for names that begin as at least two images of the repository do, and
    /// that stand where an image is meant: as a title, behind `docker run`, or beside the word "image".
    /// Reports one that no build gives its image, and that no other file has. What a command really uses
    /// is left to `unbuilt-image`.
    ///
    /// ## Why is this bad?
    ///
    /// Who looks for the image finds none. Registries and tools show the label as the name of what was
    /// built.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build: .
    ///     image: shop-web
    ///   worker:
    ///     build: worker
    ///     image: shop-worker
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// LABEL org.opencontainers.image.title="shop-website"
    /// ```
    /// ```dockerfile worker/Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build: .
    ///     image: shop-web
    ///   worker:
    ///     build: worker
    ///     image: shop-worker
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// LABEL org.opencontainers.image.title="shop-web"
    /// ```
    /// ```dockerfile worker/Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// There is no fix: the nearest name may not be the one that is meant.
    ///
    /// ## References
    ///
    /// - OCI image specification, annotations: `org.opencontainers.image.title`, `.ref.name`
    StaleImageName {
        name: "stale-image-name",
        family: Graph,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

/// Words that name an image when they stand before its name.
const BEFORE: &[&str] = &[
    "docker pull",
    "docker push",
    "docker rmi",
    "docker run",
    "image",
    "image called",
    "image named",
    "predecessor of",
    "successor of",
];

impl Rule for StaleImageName {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let produced = produced(environment);
        let prefixes = prefixes(&produced);
        if prefixes.is_empty() {
            return;
        }
        let mut spoken: BTreeMap<String, Vec<Location>> = BTreeMap::new();
        for place in texts(environment) {
            let text = environment.documents.text(place.location);
            for (at, name) in names(text) {
                let prefix = name.split_once('-').map_or("", |(prefix, _)| prefix);
                if prefixes.contains(prefix)
                    && !produced.contains(name)
                    && place.means_image(text, at, name)
                {
                    let start = place.location.span.start as usize + at;
                    let span = Span::new(start, start + name.len());
                    let location = Location::new(place.location.document, span);
                    if is_command(environment, location) {
                        continue;
                    }
                    spoken.entry(name.to_owned()).or_default().push(location);
                }
            }
        }
        spoken.retain(|name, places| !is_used(environment, name, places));
        for (name, places) in &spoken {
            for place in places {
                let message = format!("nothing produces an image `{name}`");
                let finding =
                    Finding::new(self.metadata(), *place, message).confidence(Confidence::Medium);
                findings.push(
                    match nearest::name(name, produced.iter().map(String::as_str)) {
                        Some(near) => finding.help(format!("the nearest there is: `{near}`")),
                        None => finding,
                    },
                );
            }
        }
    }
}

/// The last parts of the names that builds and `docker tag` give to images.
fn produced(environment: &Environment) -> BTreeSet<String> {
    let built = environment
        .definitions
        .iter()
        .flat_map(BuildDefinition::references)
        .map(|(_, reference)| reference.path.as_str());
    let tagged = environment.invocations.iter().filter_map(|invocation| {
        let is_tag = invocation.command.ends_with(" tag");
        invocation.operands.get(1).filter(|_| is_tag)?.known()
    });
    let short = |name: &str| {
        let name = name.rsplit('/').next().unwrap_or_default();
        name.split(':').next().unwrap_or_default().to_owned()
    };
    built.chain(tagged).map(short).collect()
}

/// What at least two names have before their first dash.
fn prefixes(names: &BTreeSet<String>) -> BTreeSet<&str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (prefix, _) in names.iter().filter_map(|name| name.split_once('-')) {
        *counts.entry(prefix).or_default() += 1;
    }
    counts.retain(|prefix, count| *count > 1 && prefix.len() > 2);
    counts.into_keys().collect()
}

/// A label's value, a comment or a document.
struct Place {
    location: Location,
    /// Whether it is a label whose whole value is the name of the image.
    is_title: bool,
}

/// How many bytes before a name are looked at: more than the longest of [`BEFORE`].
const NEAR: usize = 40;

impl Place {
    /// Whether the `name` at `at` is one of an image.
    fn means_image(&self, text: &str, at: usize, name: &str) -> bool {
        let after = text.get(at + name.len()..).unwrap_or_default();
        if self.is_title {
            return text.trim_matches(['"', '\'']) == name;
        }
        let mut start = at.saturating_sub(NEAR);
        while !text.is_char_boundary(start) {
            start += 1;
        }
        let before = text.get(start..at).unwrap_or_default();
        let before = before
            .trim_end_matches(|letter: char| letter.is_whitespace() || "`'\"".contains(letter));
        let before = before.to_lowercase();
        let behind = after.trim_start_matches(['`', '\'', '"']);
        let is_behind = |word: &str| {
            let rest = before.strip_suffix(word);
            rest.is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
        };
        BEFORE.iter().any(|word| is_behind(word))
            || behind
                .strip_prefix(" image")
                .is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_alphabetic()))
    }
}

/// The labels and comments of all Dockerfiles, the comments of scripts, and documents.
fn texts(environment: &Environment) -> Vec<Place> {
    let mut places = Vec::new();
    for script in &environment.scripts {
        let comments = script.script(&environment.documents).comments.iter();
        places.extend(comments.map(|span| Place {
            location: Location::new(script.document, *span),
            is_title: false,
        }));
    }
    let is_live =
        |text: &&TextDocument| text.kind == DocumentKind::Markdown && text.voice != Voice::History;
    for text in environment.texts.iter().filter(is_live) {
        let length = environment.documents.get(text.document).text.len();
        places.push(Place {
            location: Location::new(text.document, Span::new(0, length)),
            is_title: false,
        });
    }
    places.retain(|place| !images::is_fixture(environment, place.location));
    for dockerfile in &environment.dockerfiles {
        let at = |span| Location::new(dockerfile.document, span);
        if images::is_fixture(environment, at(Span::new(0, 0))) {
            continue;
        }
        places.extend(dockerfile.tree.comments.iter().map(|span| Place {
            location: at(*span),
            is_title: false,
        }));
        for instruction in &dockerfile.tree.instructions {
            let InstructionKind::Label(labels) = &instruction.kind else {
                continue;
            };
            places.extend(labels.iter().filter_map(|label| {
                let key = label.name.value.trim_matches(['"', '\'']);
                Some(Place {
                    location: at(label.value.as_ref()?.span),
                    is_title: key.ends_with(".title") || key.ends_with(".ref.name"),
                })
            }));
        }
    }
    places
}

fn is_part(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-' || letter == '_'
}

/// The words of a text that may be the whole name of an image: small letters with a dash, and no part
/// of a path, a variable or a file name.
fn names(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(tail) = text.get(rest..).filter(|tail| !tail.is_empty()) {
        let length = tail.find(|letter| !is_part(letter)).unwrap_or(tail.len());
        let (word, after) = tail.split_at(length);
        let before = text
            .get(..rest)
            .and_then(|before| before.chars().next_back());
        let is_name = word.contains('-')
            && word.starts_with(|first: char| first.is_ascii_lowercase())
            && !word.ends_with('-')
            && !word.contains(|letter: char| letter.is_ascii_uppercase())
            && !before.is_some_and(|before| "/.$@{<:=\\".contains(before))
            && !after.starts_with(['/', '$', '@', '{', '*', '<', '\\'])
            // A full stop may end the sentence.
            && !after
                .strip_prefix('.')
                .is_some_and(|rest| rest.starts_with(is_part));
        if is_name {
            found.push((rest, word));
        }
        rest += length + after.chars().next().map_or(0, char::len_utf8);
    }
    found
}

/// Whether a place is part of a command that is read as one.
fn is_command(environment: &Environment, place: Location) -> bool {
    let mut invocations = environment.invocations.iter();
    invocations.any(|invocation| {
        let own = invocation.location;
        own.document == place.document && own.span.contains(place.span)
    })
}

/// Whether a name is that of a file, or stands in a file other than a document, beside `places`.
fn is_used(environment: &Environment, name: &str, places: &[Location]) -> bool {
    let mut entries = environment.tree.entries().iter();
    let is_file = entries.any(|entry| {
        let own = entry.path.file_name();
        own.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    let is_document = |path: &str| {
        [".md", ".mdx", ".rst", ".adoc"]
            .iter()
            .any(|end| path.ends_with(end))
    };
    is_file
        || environment.text_files().iter().any(|file| {
            if is_document(file.path.as_str()) {
                return false;
            }
            let known = places
                .iter()
                .filter(|place| environment.documents.get(place.document).path == file.path);
            count(&file.text, name) > known.count()
        })
}

/// How often a text has a name as a whole word.
fn count(text: &str, name: &str) -> usize {
    let places = text.match_indices(name).filter(|(at, _)| {
        let before = text.get(..*at).and_then(|text| text.chars().next_back());
        let after = text
            .get(at + name.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    });
    places.count()
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn with(text: &str, rest: &str) -> String {
        audit(
            "stale-image-name",
            &format!(
                "\
-- compose.yaml --
services:
  web:
    build: .
    image: acme/shop-web:1
  worker:
    build: {{context: ., target: worker}}
    image: shop-worker
-- Dockerfile --
FROM debian:trixie AS worker
FROM debian:trixie
{text}
{rest}"
            ),
        )
    }

    #[test]
    fn the_nearest_image_is_told() {
        insta::assert_snapshot!(with("LABEL a.title=\"shop-webs\" b=\"the successor of shop-works.\"", ""), @"
        warning (medium) Dockerfile:3:16 nothing produces an image `shop-webs`
          help: the nearest there is: `shop-web`
        warning (medium) Dockerfile:3:47 nothing produces an image `shop-works`
          help: the nearest there is: `shop-worker`
        ");
        insta::assert_snapshot!(with("# docker run shop-old\n# The `shop-base` image comes first.", ""), @"
        warning (medium) Dockerfile:3:14 nothing produces an image `shop-old`
          help: the nearest there is: `shop-worker`
        warning (medium) Dockerfile:4:8 nothing produces an image `shop-base`
          help: the nearest there is: `shop-web`
        ");
    }

    #[test]
    fn documents_and_scripts_speak_of_images_too() {
        insta::assert_snapshot!(with("", "-- docs/a.md --\nThe `shop-base` image comes first.\n-- up.sh --\n#!/bin/sh\n# Starts the image shop-workers\ntrue\n"), @r#"
        warning (medium) docs/a.md:1:6 nothing produces an image `shop-base`
          help: the nearest there is: `shop-web`
        warning (medium) up.sh:2:20 nothing produces an image `shop-workers`
          help: the nearest there is: `shop-worker`
        "#);
        assert_eq!(
            with("", "-- CHANGELOG.md --\nThe `shop-base` image is gone.\n"),
            ""
        );
        assert_eq!(
            with("", "-- docs/a.md --\nRead about the shop-base project.\n"),
            ""
        );
    }

    #[test]
    fn names_of_images_and_of_other_things_are_left_alone() {
        for text in [
            "LABEL a.title=shop-web",
            "LABEL a.title=\"The image shop-$X\"",
            "LABEL a.title=\"Tools of shop-tools\" b=shop-tools",
            "# the image shop-webs.tar, acme/shop-webs, and other-thing",
            "# the network shop-net",
            "# the image shop-webs\nENV NAME=shop-webs",
        ] {
            assert_eq!(with(text, ""), "", "{text}");
        }
        let text = "# the image shop-webs";
        assert_ne!(with(text, ""), "");
        assert_eq!(with(text, "-- shop-webs/x --\n"), "");
        assert_eq!(with(text, "-- x.go --\nvar name = \"shop-webs\"\n"), "");
        assert_eq!(
            with(text, "-- x.sh --\ndocker tag shop-web shop-webs\n"),
            ""
        );
    }
}
