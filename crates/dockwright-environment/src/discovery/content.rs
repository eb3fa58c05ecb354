//! What a file's content says.

use dockwright_syntax::dockerfile::KEYWORDS;
use dockwright_syntax::{compose, yaml};

use super::DocumentKind as Kind;

/// Lines of a possible Dockerfile that are looked at.
const MAX_LINES: usize = 200;

/// Whether `text` looks like a document of `kind`.
pub(super) fn is(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Dockerfile => is_dockerfile(text),
        Kind::Compose => is_compose(text),
        Kind::Bake => is_bake(text),
        Kind::Shell => is_shell(text),
        Kind::Action => has_key(text, "runs"),
        Kind::Manifest => is_manifest(text),
        Kind::GitlabCi => is_gitlab_ci(text),
        Kind::Unit => text.contains("[Service]") || text.contains("[Container]"),
        Kind::Settings | Kind::Toml | Kind::Ini => {
            text.contains("ocker") || text.contains("compose") || text.contains("ontainerfile")
        }
        Kind::Python | Kind::PackageJson | Kind::Devcontainer | Kind::Taskfile => {
            crate::hosts::speaks_of_containers(text)
        }
        _ => false,
    }
}

/// Whether a file named as a document of `kind` is a template of one.
pub(super) fn is_template(kind: Kind, text: &str) -> bool {
    if kind == Kind::Compose {
        return is_compose_template(text);
    }
    if kind != Kind::Dockerfile {
        return false;
    }
    // `{{` also occurs in arguments, as in `docker inspect --format`.
    text.lines()
        .take(MAX_LINES)
        .map(str::trim_start)
        .any(|line| {
            let word = line.split_ascii_whitespace().next().unwrap_or_default();
            let begins = ["{%", "{{", "<%"].iter().any(|mark| line.starts_with(mark));
            begins
                || (word.eq_ignore_ascii_case("FROM") && line.contains("{{"))
                || (is_expanded(word) && has_property(line))
        })
}

/// Whether `BuildKit` itself expands the variables of an instruction.
fn is_expanded(keyword: &str) -> bool {
    let keywords = ["FROM", "COPY", "ADD", "ENV", "LABEL", "USER", "WORKDIR"];
    let mut keywords = keywords.iter();
    keywords.any(|known| known.eq_ignore_ascii_case(keyword))
}

/// Whether `line` holds `${a.b}`: a property that Maven or Gradle puts in, no variable.
fn has_property(line: &str) -> bool {
    line.split("${").skip(1).any(|rest| {
        let is_name = |ch: char| ch.is_ascii_alphanumeric() || ch == '_';
        let end = rest.find(|ch| !is_name(ch)).unwrap_or(rest.len());
        end > 0 && rest.get(end..).is_some_and(|rest| rest.starts_with('.'))
    })
}

/// A line of a template language, or a value that begins with one: no YAML begins so.
fn is_compose_template(text: &str) -> bool {
    text.lines().map(str::trim_start).any(|line| {
        let value = line.split_once(": ").map_or(line, |(_, value)| value);
        let value = value.trim_start_matches("- ").trim_start();
        ["{%", "{{", "<%"]
            .iter()
            .any(|mark| value.starts_with(mark))
    })
}

/// `ARG` lines and `FROM`, and then nothing but instructions, at least one.
fn is_dockerfile(text: &str) -> bool {
    let mut instructions = 0;
    let mut has_base = false;
    let mut is_continued = false;
    for line in text.lines().take(MAX_LINES) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let is_new = !is_continued;
        is_continued = line.ends_with(['\\', '`']);
        if !is_new {
            continue;
        }
        let word = line.split_ascii_whitespace().next().unwrap_or_default();
        let word = word.to_ascii_uppercase();
        if !KEYWORDS.contains(&word.as_str()) {
            return false;
        }
        if word == "FROM" {
            if !is_base(line) {
                return false;
            }
            has_base = true;
        } else if !has_base && word != "ARG" {
            return false;
        }
        instructions += 1;
        // What stands in a heredoc is no instruction.
        if line.contains("<<") {
            break;
        }
    }
    has_base && instructions > 1
}

/// `FROM [--flag] image [AS name]`, unlike a sentence that begins with "From".
fn is_base(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace().skip(1);
    let image = words.by_ref().find(|word| !word.starts_with("--"));
    let rest: Vec<&str> = words.collect();
    image.is_some()
        && match rest.as_slice() {
            [] => true,
            [keyword, _] => keyword.eq_ignore_ascii_case("AS"),
            _ => false,
        }
}

/// A top-level `services:` mapping of services, and nothing that Compose does not know. Other tools
/// have services too.
fn is_compose(text: &str) -> bool {
    if is_compose_template(text) {
        return false;
    }
    // Most YAML files need not be parsed.
    let has_services = text.lines().any(|line| line.starts_with("services:"));
    has_services && compose::is_compose(&yaml::parse(text))
}

/// Whether a key stands at the top of a YAML file.
fn has_key(text: &str, key: &str) -> bool {
    text.lines().any(|line| {
        let rest = line.strip_prefix(key);
        rest.is_some_and(|rest| rest.starts_with(':'))
    })
}

/// A Kubernetes object, or values with images in them.
fn is_manifest(text: &str) -> bool {
    let has_image = text.contains("image:");
    let is_object = has_key(text, "apiVersion") && has_key(text, "kind");
    let is_values = text.contains("repository:") && text.contains("tag:");
    has_image && (is_object || is_values)
}

/// A part that a `.gitlab-ci.yml` includes.
fn is_gitlab_ci(text: &str) -> bool {
    let has_script = text.lines().any(|line| line.trim() == "script:");
    has_script && text.contains("stage:") && crate::hosts::speaks_of_containers(text)
}

/// A `target` block, or a `group` with targets; in JSON an object of targets.
fn is_bake(text: &str) -> bool {
    if text.trim_start().starts_with('{') {
        return text.contains("\"target\"");
    }
    text.lines().any(|line| {
        let mut words = line.split_ascii_whitespace();
        let is_block = words.next() == Some("target");
        let name = words.next().unwrap_or_default();
        let opens = words.next().is_some_and(|word| word.starts_with('{')) || name.ends_with('{');
        is_block && name.starts_with('"') && opens
    })
}

/// A first line that names a shell.
fn is_shell(text: &str) -> bool {
    let Some(command) = text.lines().next().and_then(|line| line.strip_prefix("#!")) else {
        return false;
    };
    let words = command.split_ascii_whitespace();
    let names = words.map(|word| word.rsplit('/').next().unwrap_or_default());
    // `#!/usr/bin/env -S bash -e`
    let mut names = names.filter(|name| !name.starts_with('-') && *name != "env");
    matches!(names.next(), Some("sh" | "bash" | "dash" | "ash" | "ksh"))
}
