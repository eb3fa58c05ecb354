//! A plan as a bake file that people like to read.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use dockwright_build::Plan;
use dockwright_build::plan::Target;
use dockwright_environment::definition::Origin;
use dockwright_environment::{Environment, TreePath};

use crate::bake_variables::Variables;
use crate::hcl::{self, Block, Expression, Template, plain};

/// The target that others inherit what they have in common from.
const COMMON: &str = "_common";

/// The Dockerfile that bake takes when none is named.
pub(crate) const DEFAULT_DOCKERFILE: &str = "Dockerfile";

/// Files, and names of each, that a comment has, at most.
const NAMED: usize = 3;

/// Repeated lines from which what targets have in common stands once.
const WORTH: usize = 3;

/// Sets of targets that are tried for what they have in common, the largest first.
const TRIED: usize = 50;

/// Attributes that are entries of a whole: two targets may have some of them in common.
const BY_KEY: [&str; 3] = ["args", "labels", "extra-hosts"];

/// Attributes that say what a target is, and are said of it alone.
const OWN: [&str; 6] = [
    "context",
    "dockerfile",
    "target",
    "contexts",
    "tags",
    "dockerfile-inline",
];

/// What a bake file says of a target.
type Attributes = Vec<(&'static str, Expression)>;

/// The text of a bake file with the variables, groups and targets of a plan; `header` stands at its
/// top. With `reveal`, variables that may be secret have their values as defaults.
pub(crate) fn write(
    environment: &Environment,
    plan: &Plan,
    variables: &Variables<'_>,
    header: &[String],
    reveal: bool,
) -> String {
    let targets = plan.targets.iter();
    let mut bodies: Vec<Attributes> = targets
        .map(|target| attributes(target, variables))
        .collect();
    let used: BTreeSet<String> = bodies
        .iter()
        .flatten()
        .flat_map(|(_, value)| in_expression(value))
        .collect();
    let common = common(&mut bodies);

    let mut blocks: Vec<Block> = used
        .iter()
        .map(|name| variable(name, variables, reveal))
        .collect();
    let (default, others): (Vec<_>, Vec<_>) = plan
        .groups
        .iter()
        .partition(|group| group.name == "default");
    for group in default.into_iter().chain(others) {
        let mut block = Block::new("group", &group.name);
        block.set("targets", Expression::texts(&plan.names(&group.targets)));
        blocks.push(block);
    }
    if let Some(common) = &common {
        let mut block = Block::new("target", COMMON);
        block
            .comments
            .push("What several images have in common.".to_owned());
        for (name, value) in &common.attributes {
            block.set(name, value.clone());
        }
        blocks.push(block);
    }
    for (index, (target, body)) in plan.targets.iter().zip(bodies).enumerate() {
        let mut block = Block::new("target", &target.name);
        block.comments.push(origin(environment, target));
        if common
            .as_ref()
            .is_some_and(|common| common.heirs.contains(&index))
        {
            block.set("inherits", Expression::texts(&[COMMON.to_owned()]));
        }
        for (name, value) in body {
            block.set(name, value);
        }
        blocks.push(block);
    }

    let mut text = String::new();
    hcl::comments(header, &mut text);
    for block in blocks {
        if !text.is_empty() {
            text.push('\n');
        }
        block.write(&mut text);
    }
    text
}

fn in_expression(value: &Expression) -> Vec<String> {
    let mut found = Vec::new();
    value.variables(&mut found);
    found
}

fn variable(name: &str, variables: &Variables<'_>, reveal: bool) -> Block {
    let mut block = Block::new("variable", name);
    let default = match variables.defaults.get(name) {
        Some(Some(_)) if variables.withheld.contains(name) && !reveal => {
            block.comments.push(
                "Its value is in a file that git ignores: set it where bake runs.".to_owned(),
            );
            Expression::text("")
        }
        Some(Some(text)) => Expression::text(text),
        _ => Expression::Null,
    };
    block.set("default", default);
    block
}

/// What a bake file says of a target, in the order in which people read it.
fn attributes(target: &Target, variables: &Variables<'_>) -> Attributes {
    let bake = &target.bake;
    let mut attributes: Attributes = vec![("context", Expression::text(&bake.context))];
    let mut set = |name, value: Option<Expression>| {
        attributes.extend(value.map(|value| (name, value)));
    };
    let text = |text: &Option<String>| text.as_ref().map(Expression::text);
    let truth = |truth: Option<bool>| truth.map(Expression::Bool);
    let list = |texts: &[String]| (!texts.is_empty()).then(|| Expression::texts(texts));
    let object = |pairs: &BTreeMap<String, String>| {
        let pairs = pairs.iter();
        fields(pairs.map(|(key, value)| (plain(key), Expression::text(value))))
    };
    let given = bake.args.iter().filter_map(|(name, value)| {
        let value = variables.argument(target, name, value.as_ref()?);
        Some((plain(name), Expression::from(value)))
    });
    let left = variables.left_to_caller(target).into_iter();
    let left = left.map(|name| (plain(&*name), Expression::Variable(name)));
    let mut arguments: Vec<(Template, Expression)> = given.chain(left).collect();
    arguments.sort();
    let contexts = bake.contexts.iter().map(|(name, value)| {
        let name = variables.context(target, name, &arguments);
        (name, Expression::text(value))
    });
    let tags = bake.tags.iter();
    let tags = tags.map(|tag| Expression::Template(variables.tag(target, tag)));
    let tags: Vec<Expression> = tags.collect();

    let dockerfile = bake
        .dockerfile
        .as_ref()
        .filter(|it| *it != DEFAULT_DOCKERFILE);
    set("dockerfile", dockerfile.map(Expression::text));
    set("target", text(&bake.target));
    set("contexts", fields(contexts));
    set("args", fields(arguments.clone().into_iter()));
    set("tags", (!tags.is_empty()).then_some(Expression::List(tags)));
    let labels = bake.labels.iter().map(|(name, text)| {
        let value = variables.label(name, text);
        (plain(name), Expression::from(value))
    });
    set("labels", fields(labels));
    set("annotations", list(&bake.annotations));
    set("platforms", list(&bake.platforms));
    set("secret", list(&bake.secret));
    set("ssh", list(&bake.ssh));
    set("cache-from", list(&bake.cache_from));
    set("cache-to", list(&bake.cache_to));
    set("output", list(&bake.output));
    set("attest", list(&bake.attest));
    set("pull", truth(bake.pull));
    set("no-cache", truth(bake.no_cache));
    set("no-cache-filter", list(&bake.no_cache_filter));
    set("call", text(&bake.call));
    set("network", text(&bake.network));
    set("shm-size", text(&bake.shm_size));
    set("ulimits", list(&bake.ulimits));
    set("entitlements", list(&bake.entitlements));
    set("extra-hosts", object(&bake.extra_hosts));
    set("dockerfile-inline", text(&bake.dockerfile_inline));
    attributes
}

fn fields(fields: impl Iterator<Item = (Template, Expression)>) -> Option<Expression> {
    let fields: Vec<_> = fields.collect();
    (!fields.is_empty()).then_some(Expression::Object(fields))
}

/// What targets have in common.
struct Common {
    attributes: Attributes,
    /// The targets that have it.
    heirs: BTreeSet<usize>,
}

/// An attribute, or an entry of one.
type Item = (&'static str, Option<Template>, Expression);

/// Takes what targets have in common out of them: for the targets with which most lines are saved,
/// if it is worth it.
fn common(bodies: &mut [Attributes]) -> Option<Common> {
    let mut owners: BTreeMap<Item, BTreeSet<usize>> = BTreeMap::new();
    for (index, body) in bodies.iter().enumerate() {
        for item in body.iter().flat_map(items) {
            owners.entry(item).or_default().insert(index);
        }
    }
    owners.retain(|_, owners| owners.len() > 1);
    // Lines that go when the targets inherit what all of them have.
    let saved = |heirs: &BTreeSet<usize>| {
        let shared = owners.values().filter(|own| own.is_superset(heirs));
        shared.count() * heirs.len().saturating_sub(1)
    };
    let sets: BTreeSet<&BTreeSet<usize>> = owners.values().collect();
    let mut sets: Vec<&BTreeSet<usize>> = sets.into_iter().collect();
    sets.sort_by_key(|heirs| Reverse(heirs.len()));
    let tried = sets.into_iter().take(TRIED).rev();
    let (_, heirs) = tried
        .map(|heirs| (saved(heirs), heirs))
        .filter(|(saved, _)| *saved >= WORTH)
        .max_by_key(|(saved, _)| *saved)?;
    let heirs = heirs.clone();
    let shared: BTreeSet<&Item> = owners
        .iter()
        .filter(|(_, own)| own.is_superset(&heirs))
        .map(|(item, _)| item)
        .collect();
    let mut attributes = Attributes::new();
    for index in &heirs {
        let Some(body) = bodies.get_mut(*index) else {
            continue;
        };
        let (inherited, own) = parted(body, &shared);
        *body = own;
        attributes = inherited;
    }
    Some(Common { attributes, heirs })
}

/// What of an attribute can be shared.
fn items((name, value): &(&'static str, Expression)) -> Vec<Item> {
    match value {
        _ if OWN.contains(name) => Vec::new(),
        Expression::Object(fields) if BY_KEY.contains(name) => fields
            .iter()
            .map(|(key, value)| (*name, Some(key.clone()), value.clone()))
            .collect(),
        _ => vec![(*name, None, value.clone())],
    }
}

/// The shared and the other attributes of a target.
fn parted(body: &Attributes, shared: &BTreeSet<&Item>) -> (Attributes, Attributes) {
    let (mut inherited, mut own) = (Attributes::new(), Attributes::new());
    for (name, value) in body {
        match value {
            Expression::Object(of_it) if BY_KEY.contains(name) => {
                let is_shared = |(key, value): &(Template, Expression)| {
                    shared.contains(&(*name, Some(key.clone()), value.clone()))
                };
                let (inner, outer): (Vec<_>, Vec<_>) = of_it.iter().cloned().partition(is_shared);
                inherited.extend(fields(inner.into_iter()).map(|value| (*name, value)));
                own.extend(fields(outer.into_iter()).map(|value| (*name, value)));
            }
            _ if shared.contains(&(*name, None, value.clone())) => {
                inherited.push((*name, value.clone()));
            }
            _ => own.push((*name, value.clone())),
        }
    }
    (inherited, own)
}

/// What a target is made from, and who says so, in one line.
fn origin(environment: &Environment, target: &Target) -> String {
    let file = target.dockerfile.as_deref();
    let file = file.unwrap_or("A Dockerfile in this file");
    let mut sayers: BTreeMap<&TreePath, BTreeSet<&str>> = BTreeMap::new();
    for id in &target.definitions {
        let definition = environment.definition(*id);
        let Some(definition) = definition.filter(|it| it.is_declared()) else {
            continue;
        };
        let location = environment.documents.outermost(definition.location);
        let path = &environment.documents.get(location.document).path;
        let names = sayers.entry(path).or_default();
        // What a command builds has no name in its file.
        if definition.origin != Origin::Command {
            names.insert(&definition.name);
        }
    }
    if sayers.is_empty() {
        return format!("{file}; nothing says how it is built, so this is inferred");
    }
    let sayers = sayers.into_iter().map(|(path, names)| {
        if names.is_empty() {
            return path.to_string();
        }
        let names = some(names.into_iter().map(str::to_owned));
        format!("{path} ({names})")
    });
    format!("{file}, as in {}", some(sayers))
}

/// The first of several names.
fn some(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    let first = names.get(..NAMED).unwrap_or(&names).join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
