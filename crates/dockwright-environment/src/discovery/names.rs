//! What a file's name says.

use super::DocumentKind as Kind;
use crate::TreePath;

/// What a name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// The name says it all.
    Sure(Kind),
    /// The content has to decide among these, in this order.
    Maybe(&'static [Kind]),
}

/// Endings of files that become something else when they are filled in.
const TEMPLATES: &[&str] = &[
    "ejs", "erb", "gotmpl", "hbs", "in", "j2", "jinja", "jinja2", "m4", "mustache", "template",
    "tmpl", "tpl",
];

/// Endings behind `Dockerfile.` that name another kind of file, or a copy put aside.
const NOT_DOCKERFILES: &[&str] = &[
    "bak",
    "c",
    "cjs",
    "cs",
    "css",
    "csv",
    "diff",
    "dockerignore",
    "env",
    "gif",
    "go",
    "html",
    "java",
    "jpg",
    "js",
    "json",
    "kt",
    "lock",
    "log",
    "lua",
    "md",
    "mjs",
    "old",
    "orig",
    "patch",
    "pdf",
    "php",
    "pl",
    "png",
    "ps1",
    "py",
    "rb",
    "rej",
    "rs",
    "rst",
    "save",
    "scala",
    "sh",
    "sha256",
    "snap",
    "svg",
    "swift",
    "swp",
    "tar",
    "toml",
    "ts",
    "tsx",
    "txt",
    "xml",
    "yaml",
    "yml",
    "zip",
];

/// Endings that people give to Dockerfiles of no such name.
const DOCKERFILE_ENDINGS: &[&str] = &["docker", "container", "df", "image"];

/// What the name of `path` says; `None` when it has nothing to do with Docker.
pub(super) fn guess(path: &TreePath) -> Option<Guess> {
    let name = path.file_name().to_ascii_lowercase();
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, ending),
        _ => (name.as_str(), ""),
    };
    let speaks_of_docker = |name: &str| {
        name.contains("dockerfile")
            || name.contains("containerfile")
            || name.contains("compose")
            || name.contains("docker-bake")
    };
    // A directory such as `{{cookiecutter.name}}` is filled in, with all that is in it.
    let is_filled_in = path.as_str().contains("{{") || TEMPLATES.contains(&ending);
    if is_filled_in && speaks_of_docker(&name) {
        return Some(Guess::Sure(Kind::Template));
    }
    if is_filled_in {
        return None;
    }
    dockerfile(&name, stem, ending).or_else(|| match ending {
        "yml" | "yaml" => Some(yaml(path, stem)),
        "hcl" if stem.contains("bake") => Some(Guess::Sure(Kind::Bake)),
        "hcl" => Some(Guess::Maybe(&[Kind::Bake])),
        "json" if matches!(stem, "docker-bake" | "docker-bake.override") => {
            Some(Guess::Sure(Kind::Bake))
        }
        "json" if stem.contains("bake") => Some(Guess::Maybe(&[Kind::Bake, Kind::Settings])),
        "json" if name == "package.json" => Some(Guess::Maybe(&[Kind::PackageJson])),
        "json" if matches!(name.as_str(), "devcontainer.json" | ".devcontainer.json") => {
            Some(Guess::Maybe(&[Kind::Devcontainer]))
        }
        "json" => Some(Guess::Maybe(&[Kind::Settings])),
        "just" => Some(Guess::Sure(Kind::Justfile)),
        "py" => Some(Guess::Maybe(&[Kind::Python])),
        "toml" => Some(Guess::Maybe(&[Kind::Toml])),
        "cfg" | "ini" => Some(Guess::Maybe(&[Kind::Ini])),
        "service" | "container" => Some(Guess::Maybe(&[Kind::Dockerfile, Kind::Unit])),
        "sh" | "bash" => Some(Guess::Sure(Kind::Shell)),
        "md" | "markdown" => Some(Guess::Sure(Kind::Markdown)),
        "mk" => Some(Guess::Sure(Kind::Makefile)),
        "env" => Some(Guess::Sure(Kind::Dotenv)),
        _ if name == ".env" || name.starts_with(".env.") => Some(Guess::Sure(Kind::Dotenv)),
        _ if matches!(name.as_str(), "makefile" | "gnumakefile") => {
            Some(Guess::Sure(Kind::Makefile))
        }
        _ if matches!(name.as_str(), "justfile" | ".justfile") => Some(Guess::Sure(Kind::Justfile)),
        "" if !name.starts_with('.') => Some(Guess::Maybe(&[Kind::Shell, Kind::Dockerfile])),
        _ => None,
    })
}

fn dockerfile(name: &str, stem: &str, ending: &str) -> Option<Guess> {
    if ending == "dockerignore" || matches!(name, ".dockerignore" | ".containerignore") {
        return Some(Guess::Sure(Kind::Ignore));
    }
    if NOT_DOCKERFILES.contains(&ending) {
        return None;
    }
    let is_plain = |text: &str| matches!(text, "dockerfile" | "containerfile");
    let first = name.split('.').next().unwrap_or_default();
    if is_plain(first) || is_plain(ending) || is_plain(stem) {
        return Some(Guess::Sure(Kind::Dockerfile));
    }
    let hints = name.contains("dockerfile") || name.contains("containerfile");
    let may_be = hints || DOCKERFILE_ENDINGS.contains(&ending);
    // A quadlet is called `web.container` too.
    may_be.then_some(Guess::Maybe(&[Kind::Dockerfile, Kind::Unit]))
}

fn yaml(path: &TreePath, stem: &str) -> Guess {
    if path.as_str().contains(".github/workflows/") {
        return Guess::Sure(Kind::Workflow);
    }
    match stem {
        "action" => return Guess::Maybe(&[Kind::Action, Kind::Compose, Kind::Settings]),
        "taskfile" | "taskfile.dist" => return Guess::Maybe(&[Kind::Taskfile]),
        ".gitlab-ci" => return Guess::Sure(Kind::GitlabCi),
        _ if stem.ends_with(".gitlab-ci") => return Guess::Maybe(&[Kind::GitlabCi]),
        _ => {}
    }
    // `compose`, `docker-compose.override`, `stack.compose`, `dev-compose`.
    let begins = ["compose", "docker-compose"].into_iter().any(|name| {
        let rest = stem.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
    });
    let ends = stem
        .strip_suffix("compose")
        .is_some_and(|rest| rest.ends_with(['.', '-', '_']));
    if begins || ends {
        return Guess::Sure(Kind::Compose);
    }
    Guess::Maybe(&[
        Kind::Compose,
        Kind::Manifest,
        Kind::GitlabCi,
        Kind::Settings,
    ])
}
