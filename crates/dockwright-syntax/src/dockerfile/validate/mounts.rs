//! `RUN --mount`

use super::sizes::{is_size, number};
use super::workdir::Workdir;
use super::{Validator, excerpt, problem};
use crate::dockerfile::parser::{suggest, words};
use crate::dockerfile::{Mount, MountKind, MountOption};
use crate::{Problem, Span};

const TYPES: &[(&str, MountKind)] = &[
    ("bind", MountKind::Bind),
    ("cache", MountKind::Cache),
    ("tmpfs", MountKind::Tmpfs),
    ("secret", MountKind::Secret),
    ("ssh", MountKind::Ssh),
];

const SHARING: &[&str] = &["shared", "private", "locked"];

const KEYS: &[&str] = &[
    "type",
    "from",
    "source",
    "src",
    "target",
    "dst",
    "destination",
    "readonly",
    "ro",
    "readwrite",
    "rw",
    "required",
    "size",
    "id",
    "sharing",
    "mode",
    "uid",
    "gid",
    "env",
];

/// The keys that need no value.
const BARE: &[&str] = &["readonly", "ro", "readwrite", "rw", "required"];

/// The value of an option; the last one counts where it is given several times.
#[derive(Default)]
enum Value {
    /// Not given, or empty.
    #[default]
    None,
    /// It holds a variable.
    Unknown,
    Known(String, Span),
}

impl Value {
    fn new(value: Option<&str>, span: Span) -> Self {
        match value {
            None => Self::Unknown,
            Some("") => Self::None,
            Some(value) => Self::Known(value.to_owned(), span),
        }
    }

    /// Where it stands, if it is surely not empty.
    fn given(&self) -> Option<Span> {
        match self {
            Self::Known(_, span) => Some(*span),
            Self::None | Self::Unknown => None,
        }
    }
}

/// What the options of a mount add up to.
struct Options {
    /// `None` where a variable decides.
    kind: Option<MountKind>,
    from: Value,
    source: Value,
    target: Value,
    id: Value,
    sharing: Option<Span>,
    /// The first of `mode`, `uid` and `gid`.
    owner: Option<Span>,
}

impl Validator {
    /// The first thing that is wrong with a mount.
    pub(super) fn mount(
        &mut self,
        stage: usize,
        mount: &Mount,
        workdir: &Workdir,
    ) -> Option<Problem> {
        let from = self.mount_from(stage, mount);
        let mut options = Options {
            kind: Some(MountKind::Bind),
            from: Value::None,
            source: Value::None,
            target: Value::None,
            id: Value::None,
            sharing: None,
            owner: None,
        };
        let mut read = mount.options.iter();
        let wrong = read.find_map(|option| self.mount_option(option, &mut options).err());
        wrong
            .or_else(|| options.conflict(mount.span))
            .or(from)
            .or_else(|| options.target_problem(mount.span, workdir))
    }

    /// Takes the next option; what it means depends on the type given before it.
    fn mount_option(&mut self, option: &MountOption, options: &mut Options) -> Result<(), Problem> {
        let key = option.key.value.as_str();
        let span = option.key.span;
        if !KEYS.contains(&key) {
            return Err(unknown(key, span));
        }
        let Some(text) = &option.value else {
            if !BARE.contains(&key) {
                let message = format!("the mount option `{key}` needs a value");
                return Err(Problem::new(span, message));
            }
            return options.allows(key, span);
        };
        let before = self.problems.len();
        let value = self.read(text);
        if let Some(refused) = self.problems.drain(before..).next() {
            return Err(refused);
        }
        let value = value.as_deref();
        let check = |is_valid: fn(&str) -> bool, what: &str| match value {
            Some(value) if !is_valid(value) => Err(Problem::new(
                text.span,
                format!("`{}` is no {what}", excerpt(value)),
            )),
            _ => Ok(()),
        };
        let is_boolean = |value: &str| words::boolean(value).is_some();
        match key {
            "type" => options.kind = value.map(|value| kind(value, text.span)).transpose()?,
            "from" => options.from = Value::new(value, text.span),
            "source" | "src" => options.source = Value::new(value, text.span),
            "target" | "dst" | "destination" => options.target = Value::new(value, text.span),
            "id" => options.id = Value::new(value, text.span),
            "required" => {
                options.allows(key, span)?;
                check(is_boolean, "boolean")?;
            }
            "size" => {
                options.allows(key, span)?;
                check(is_size, "size such as 64m")?;
            }
            "sharing" => {
                if let Some(value) = value {
                    sharing(value, text.span)?;
                }
                options.sharing = Some(span);
            }
            "mode" => {
                check(|value| number(value, 8).is_some(), "octal mode")?;
                options.owner.get_or_insert(span);
            }
            "uid" | "gid" => {
                check(
                    |value| number(value, 10).is_some(),
                    "number of a user or group",
                )?;
                options.owner.get_or_insert(span);
            }
            "env" => {}
            _ => check(is_boolean, "boolean")?,
        }
        Ok(())
    }
}

impl Options {
    /// Whether `required` or `size` may stand behind the type given so far.
    fn allows(&self, key: &str, span: Span) -> Result<(), Problem> {
        use MountKind::{Secret, Ssh, Tmpfs};
        let types = match key {
            "required" => "secret or ssh",
            "size" => "tmpfs",
            _ => return Ok(()),
        };
        let is_allowed = matches!(
            (key, self.kind),
            (_, None) | ("required", Some(Secret | Ssh)) | ("size", Some(Tmpfs))
        );
        if is_allowed {
            return Ok(());
        }
        Err(problem(
            span,
            format!("the mount option `{key}` is for the type {types} only"),
            format!("`type` must stand before `{key}`"),
        ))
    }

    /// Options that exclude each other.
    fn conflict(&self, mount: Span) -> Option<Problem> {
        let kind = self.kind?;
        let name = TYPES
            .iter()
            .find(|(_, known)| *known == kind)
            .map(|(name, _)| *name)?;
        let refused = |span: Span, what: &str| {
            Some(Problem::new(
                span,
                format!("a mount of the type {name} takes no {what}"),
            ))
        };
        if let (Some(span), MountKind::Bind | MountKind::Tmpfs) = (self.owner, kind) {
            return refused(span, "mode, uid or gid");
        }
        if let (Some(span), MountKind::Secret) = (self.from.given(), kind) {
            return refused(span, "from");
        }
        if let Some(span) = self.sharing.filter(|_| kind != MountKind::Cache) {
            return refused(span, "sharing");
        }
        if kind == MountKind::Secret {
            if let (Value::None, Value::None, Value::None) = (&self.source, &self.target, &self.id)
            {
                return Some(problem(mount, "the mount names no secret", "write id=name"));
            }
            if let (Some(_), Some(id)) = (self.source.given(), self.id.given()) {
                return Some(Problem::new(
                    id,
                    "a mount of the type secret takes source or id, not both",
                ));
            }
        }
        match self.source.given() {
            Some(span) if kind == MountKind::Ssh => refused(span, "source"),
            _ => None,
        }
    }

    /// A mount over the root. Without a target, a mount covers the working directory.
    fn target_problem(&self, mount: Span, workdir: &Workdir) -> Option<Problem> {
        use MountKind::{Bind, Cache, Tmpfs};
        self.kind
            .filter(|kind| matches!(kind, Bind | Cache | Tmpfs))?;
        let (target, span) = match &self.target {
            Value::Known(target, span) => (target.as_str(), *span),
            Value::None => ("", mount),
            Value::Unknown => return None,
        };
        let is_root = target == "/" || (!target.starts_with('/') && workdir.is_root(target));
        is_root.then(|| {
            problem(
                span,
                "a mount cannot cover the root",
                "write target= and a path below it",
            )
        })
    }
}

fn kind(value: &str, span: Span) -> Result<MountKind, Problem> {
    let name = value.to_lowercase();
    if let Some((_, kind)) = TYPES.iter().find(|(known, _)| *known == name) {
        return Ok(*kind);
    }
    let names = TYPES.iter().map(|(name, _)| *name);
    let help = match suggest::closest(&name, names.clone()) {
        Some(known) => format!("did you mean {known}?"),
        None => format!("it is one of {}", names.collect::<Vec<_>>().join(", ")),
    };
    Err(problem(
        span,
        format!("`{}` is no type of a mount", excerpt(value)),
        help,
    ))
}

fn sharing(value: &str, span: Span) -> Result<(), Problem> {
    if SHARING.contains(&value.to_lowercase().as_str()) {
        return Ok(());
    }
    Err(problem(
        span,
        format!("`{}` is no way to share a cache mount", excerpt(value)),
        format!("it is one of {}", SHARING.join(", ")),
    ))
}

fn unknown(key: &str, span: Span) -> Problem {
    if key.is_empty() {
        return problem(
            span,
            "an option of the mount is empty",
            "no blank may stand behind a comma",
        );
    }
    let help = match suggest::closest(key, KEYS.iter().copied()) {
        Some(known) => format!("did you mean {known}?"),
        None => format!("the options are {}", KEYS.join(", ")),
    };
    problem(
        span,
        format!("`{}` is no option of a mount", excerpt(key)),
        help,
    )
}
