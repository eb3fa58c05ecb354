//! Reading the configuration of Docker Compose Linter (dclint): a `.dclintrc` in YAML or JSON.
//!
//! Source: the documentation of Docker Compose Linter 3. `quiet`, `debug` and `$schema` are left alone:
//! they say how dclint prints.

use dockwright_environment::TreePath;
use dockwright_settings::{DclintSettings, KeyOrder, Level, Quotes};
use dockwright_syntax::Problem;
use dockwright_syntax::yaml::{self, Node};

use crate::configurations::texts;

/// The groups of a service's keys, in their usual order. Source: the documentation of `service-keys-order`
/// of Docker Compose Linter 3.
const GROUPS: [(&str, &[&str]); 9] = [
    ("Core Definitions", &["image", "build", "container_name"]),
    ("Service Dependencies", &["depends_on"]),
    (
        "Data Management and Configuration",
        &["volumes", "volumes_from", "configs", "secrets"],
    ),
    ("Environment Configuration", &["environment", "env_file"]),
    (
        "Networking",
        &["ports", "networks", "network_mode", "extra_hosts"],
    ),
    (
        "Runtime Behavior",
        &[
            "command",
            "entrypoint",
            "working_dir",
            "restart",
            "healthcheck",
        ],
    ),
    ("Operational Metadata", &["logging", "labels"]),
    ("Security and Execution Context", &["user", "isolation"]),
    ("Other", &[]),
];

/// What a configuration says, and what of it cannot be used; nothing where the file has none.
pub(crate) fn parse(file_name: &str, text: &str) -> Option<(DclintSettings, Vec<Problem>)> {
    let in_package = file_name == "package.json";
    if in_package && !text.contains("\"dclint\"") {
        return None;
    }
    let tree = yaml::parse(text);
    let mut reader = Reader::default();
    let root = tree.root().filter(|root| !root.is_null());
    if in_package {
        // A package has its own tools to tell that it cannot be read.
        reader.read(root?.get("dclint")?);
    } else {
        reader.problems.clone_from(&tree.problems);
        if let Some(root) = root {
            reader.read(root);
        }
    }
    Some((reader.settings, reader.problems))
}

/// The directory that a configuration is for: `.config` holds that of the one around it.
pub(crate) fn directory(path: &TreePath) -> TreePath {
    let own = path.parent().unwrap_or_else(TreePath::root);
    if own.file_name() == ".config" {
        return own.parent().unwrap_or(own);
    }
    own
}

/// The usual order of the keys of a service.
pub(crate) fn usual_service_keys() -> KeyOrder {
    let keys = GROUPS.iter().flat_map(|(_, keys)| *keys);
    KeyOrder {
        keys: keys.map(|key| (*key).to_owned()).collect(),
        free: Vec::new(),
    }
}

#[derive(Default)]
struct Reader {
    settings: DclintSettings,
    problems: Vec<Problem>,
}

impl Reader {
    fn read(&mut self, root: Node<'_>) {
        if !root.is_mapping() {
            self.refuse(root, "the configuration has to be a mapping of keys");
            return;
        }
        for (key, value) in root.entries() {
            let value = value.resolved();
            match key.text().unwrap_or_default() {
                "rules" => self.rules(value),
                "exclude" => self.settings.exclude = self.texts(value),
                "quiet" | "debug" | "$schema" => {}
                _ => self.refuse(key, "the keys are rules, exclude, quiet and debug"),
            }
        }
    }

    fn refuse(&mut self, node: Node<'_>, message: &str) {
        self.problems.push(Problem::new(node.span(), message));
    }

    fn texts(&mut self, node: Node<'_>) -> Vec<String> {
        texts(node, &mut self.problems)
    }

    /// Rules with their levels, or with lists of level and options.
    fn rules(&mut self, node: Node<'_>) {
        if !node.is_mapping() {
            self.refuse(node, "this has to be a mapping of rules to levels");
        }
        for (rule, value) in node.entries() {
            let (rule, value) = (rule.text().unwrap_or_default(), value.resolved());
            let mut items = value.items();
            let (level, options) = if value.is_sequence() {
                (items.next().map(Node::resolved), items.next())
            } else {
                (Some(value), None)
            };
            let level = level.and_then(|level| match level.text()? {
                "0" => Some(Level::Off),
                "1" => Some(Level::Warning),
                "2" => Some(Level::Error),
                _ => None,
            });
            match level {
                Some(level) => {
                    self.settings.levels.insert(rule.to_owned(), level);
                }
                None => self.refuse(
                    value,
                    "the levels are 0 (off), 1 (warning) and 2 (error), or a list of one and the rule's options",
                ),
            }
            if let Some(options) = options {
                self.options(rule, options.resolved());
            }
        }
    }

    fn options(&mut self, rule: &str, node: Node<'_>) {
        if !node.is_mapping() {
            self.refuse(node, "the options of a rule have to be a mapping");
        }
        let (mut groups, mut order) = (None, None);
        for (option, value) in node.entries() {
            let value = value.resolved();
            match (rule, option.text().unwrap_or_default()) {
                ("no-build-and-image", "checkPullPolicy") => {
                    self.settings.compose.ignores_pull_policy = value.text() == Some("false");
                }
                ("require-quotes-in-ports", "quoteType") => match value.text() {
                    Some("single") => self.settings.compose.port_quotes = Some(Quotes::Single),
                    Some("double") => self.settings.compose.port_quotes = Some(Quotes::Double),
                    _ => self.refuse(value, "the types of quotes are single and double"),
                },
                ("require-quotes-in-ports", "portsSections") => {
                    self.settings.compose.port_keys = Some(self.texts(value));
                }
                ("service-image-require-explicit-tag", "prohibitedTags") => {
                    self.settings.compose.moving_tags = Some(self.texts(value));
                }
                ("service-keys-order", "groups") => groups = Some(value),
                ("service-keys-order", "groupOrder") => order = Some(value),
                ("top-level-properties-order", "customOrder") => {
                    self.settings.compose.top_level_keys = Some(self.texts(value));
                }
                _ => {}
            }
        }
        if groups.is_some() || order.is_some() {
            self.settings.compose.service_keys = Some(self.service_keys(groups, order));
        }
    }

    /// The order of a service's keys: the groups in theirs, each with its own keys or the usual ones.
    fn service_keys(&mut self, groups: Option<Node<'_>>, order: Option<Node<'_>>) -> KeyOrder {
        let usual = GROUPS.iter().map(|(name, keys)| {
            let keys = keys.iter().map(|key| (*key).to_owned());
            ((*name).to_owned(), keys.collect())
        });
        let mut all: Vec<(String, Vec<String>)> = usual.collect();
        for (name, keys) in groups.into_iter().flat_map(Node::entries) {
            let (name, keys) = (name.text().unwrap_or_default(), self.texts(keys.resolved()));
            match all.iter_mut().find(|(known, _)| known == name) {
                Some((_, own)) => *own = keys,
                None => all.push((name.to_owned(), keys)),
            }
        }
        let names = match order {
            Some(order) => self.texts(order),
            None => GROUPS.iter().map(|(name, _)| (*name).to_owned()).collect(),
        };
        let is_ordered = |(name, _): &&(String, Vec<String>)| names.contains(name);
        let free = all.iter().filter(|group| !is_ordered(group));
        let free = free.flat_map(|(_, keys)| keys).cloned().collect();
        let groups = names.iter().filter_map(|name| {
            let mut known = all.iter();
            known.find(|(own, _)| own == name)
        });
        KeyOrder {
            keys: groups.flat_map(|(_, keys)| keys).cloned().collect(),
            free,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> DclintSettings {
        let (settings, problems) = parse(".dclintrc", text).unwrap();
        assert_eq!(problems, [], "{text}");
        settings
    }

    #[test]
    fn levels_and_options_are_read() {
        let json = r#"{
            "$schema": "./schema.json",
            "rules": {
                "no-version-field": 0,
                "services-alphabetical-order": 1,
                "no-build-and-image": [2, {"checkPullPolicy": false}],
                "require-quotes-in-ports": [1, {"quoteType": "double", "portsSections": ["ports"]}],
                "service-image-require-explicit-tag": [1, {"prohibitedTags": ["latest"]}],
                "top-level-properties-order": [1, {"customOrder": ["services", "x-properties"]}]
            },
            "quiet": true,
            "exclude": ["tests"]
        }"#;
        let settings = read(json);
        assert_eq!(settings.levels["no-version-field"], Level::Off);
        assert_eq!(
            settings.levels["services-alphabetical-order"],
            Level::Warning
        );
        assert_eq!(settings.levels["no-build-and-image"], Level::Error);
        assert_eq!(settings.exclude, ["tests"]);
        assert!(settings.compose.ignores_pull_policy);
        assert_eq!(settings.compose.port_quotes, Some(Quotes::Double));
        assert_eq!(
            settings.compose.port_keys.as_deref(),
            Some(&["ports".to_owned()][..])
        );
        assert_eq!(
            settings.compose.moving_tags.as_deref(),
            Some(&["latest".to_owned()][..])
        );
        let order = settings.compose.top_level_keys.clone().unwrap();
        assert_eq!(order, ["services", "x-properties"]);

        let package = format!("{{\"name\": \"web\", \"dclint\": {json}}}");
        assert_eq!(
            parse("package.json", &package),
            Some((settings, Vec::new()))
        );
        assert_eq!(parse("package.json", "{\"name\": \"web\"}"), None);
    }

    #[test]
    fn groups_of_keys_are_put_in_order() {
        let settings = read(
            "\
rules:
  service-keys-order:
    - 1
    - groupOrder: [Networking, Core Definitions, Own]
      groups:
        Networking: [ports, hostname]
        Own: [init]
",
        );
        let order = settings.compose.service_keys.unwrap();
        assert_eq!(
            order.keys.join(" "),
            "ports hostname image build container_name init"
        );
        assert!(order.free.contains(&"volumes".to_owned()));
        assert!(!order.free.contains(&"networks".to_owned()));
        assert_eq!(read("").compose.service_keys, None);
    }

    #[test]
    fn what_dclint_would_refuse_is_told() {
        for (text, problem) in [
            ("[]", "the configuration has to be a mapping of keys"),
            ("rule: {}", "the keys are rules, exclude, quiet and debug"),
            ("rules: []", "this has to be a mapping of rules to levels"),
            ("exclude: tests", "this has to be a list"),
            (
                "rules: {no-version-field: error}",
                "the levels are 0 (off), 1 (warning) and 2 (error), or a list of one and the rule's options",
            ),
            (
                "rules: {require-quotes-in-ports: [1, {quoteType: none}]}",
                "the types of quotes are single and double",
            ),
        ] {
            let (_, problems) = parse(".dclintrc", text).unwrap();
            assert_eq!(problems[0].message, problem, "{text}");
        }
        assert!(!parse(".dclintrc", "rules: {").unwrap().1.is_empty());
    }
}
