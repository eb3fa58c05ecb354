//! Names in commands that lead to nothing.

use dockwright_environment::Environment;
use dockwright_environment::commands::Voice;
use dockwright_environment::mentions::{Mention, Named, Resolution};

use crate::images::{MANY, is_fixture};
use crate::{Confidence, Finding, Fix, Metadata, Severity, nearest};

/// What a rule says of every name of one kind that is not defined. `noun` is what it is called.
pub(crate) fn findings<'a>(
    environment: &'a Environment,
    rule: &'static Metadata,
    named: &'a Named,
    noun: &'a str,
) -> impl Iterator<Item = Finding> + 'a {
    let mentions = environment.mentions.iter();
    let mentions = mentions.filter(move |mention| mention.named == *named);
    mentions.filter_map(move |mention| finding(environment, rule, mention, noun))
}

fn finding(
    environment: &Environment,
    rule: &'static Metadata,
    mention: &Mention,
    noun: &str,
) -> Option<Finding> {
    let Resolution::Missing(known) = &mention.resolution else {
        return None;
    };
    let is_prose = mention.voice == Voice::Prose;
    if mention.voice == Voice::History || is_prose && is_placeholder(&mention.text) {
        return None;
    }
    let message = format!("there is no {noun} `{}`", mention.text);
    let mut finding = Finding::new(rule, mention.location, message);
    if is_prose {
        finding = finding.severity(Severity::Warning);
    }
    if is_fixture(environment, mention.location) {
        finding = finding.confidence(Confidence::Low);
    }
    let names = known.iter().map(String::as_str);
    let fix = only_alike(&mention.text, known).and_then(|name| {
        let is_written = environment.documents.text(mention.location) == mention.text;
        let title = format!("write `{name}`");
        let fix = Fix::safe(
            title,
            format!(
                "`{}` names nothing, and one {noun} is called nearly so",
                mention.text
            ),
        );
        is_written.then(|| fix.replace(mention.location, name))
    });
    let finding = finding.fix(fix);
    Some(match nearest::name(&mention.text, names) {
        Some(name) => finding.help(format!("the nearest there is: `{name}`")),
        None if known.is_empty() => finding.help(format!("there is no {noun} at all")),
        None => finding.help(format!("there are: {}", listed(known))),
    })
}

/// The only name that is one or two letters away.
fn only_alike<'a>(name: &str, names: &'a [String]) -> Option<&'a str> {
    let allowed = if name.chars().count() > 4 { 2 } else { 1 };
    let mut alike = names
        .iter()
        .filter(|other| strsim::levenshtein(name, other) <= allowed);
    let only = alike.next()?;
    alike.next().is_none().then_some(only)
}

/// The first of some names.
fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(2 * MANY)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = names.len().saturating_sub(shown.len());
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Whether a name stands for one that the reader puts in: `SERVICE`, `service_name`, `your-app`.
fn is_placeholder(name: &str) -> bool {
    let lower = name.to_lowercase();
    let is_shouted = name
        .chars()
        .all(|it| it.is_ascii_uppercase() || "_-".contains(it));
    let words = ["name", "service", "target", "stage", "profile", "container"];
    is_shouted
        || words.contains(&lower.as_str())
        || ["your", "my-", "my_", "some-", "some_", "foo", "xxx"]
            .iter()
            .any(|start| lower.starts_with(start))
        || ["-name", "_name"].iter().any(|end| lower.ends_with(end))
}
