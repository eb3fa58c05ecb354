//! `cache-mount-owner`

use dockwright_environment::build::StageId;
use dockwright_environment::{Environment, Location};
use dockwright_syntax::dockerfile::{InstructionKind, Mount, MountKind};
use dockwright_syntax::shell::{Script, Word};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Fix, StageView};

rule! {
    /// There is a cache mount that the user of the step cannot write to.
    ///
    /// ## What it does
    ///
    /// Looks at the cache mounts of every `RUN` behind a `USER` that is not root, in the stage itself
    /// or in what it starts from. BuildKit makes the directory of a cache mount for user 0 and group 0
    /// with mode 0755, unless `uid`, `gid` or `mode` say otherwise. Reports a mount that belongs to
    /// root or to another user than the step's. Users are known by number, or by the `useradd` or
    /// `adduser` that makes them.
    ///
    /// ## Why is this bad?
    ///
    /// The first download fails with "permission denied", or the tool warns and does without a cache,
    /// so that the mount is of no use.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.24
    /// RUN useradd --create-home --uid 1000 app
    /// USER app
    /// RUN --mount=type=cache,target=/home/app/go/pkg/mod go mod download
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.24
    /// RUN useradd --create-home --uid 1000 app
    /// USER app
    /// RUN --mount=type=cache,target=/home/app/go/pkg/mod,uid=1000,gid=1000 go mod download
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Adding `uid` and `gid` is safe where the number of the user is known: nothing of the mount
    /// reaches the image. There is no fix where it is not known.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `RUN --mount=type=cache`, options `uid`, `gid` and `mode`
    CacheMountOwner {
        name: "cache-mount-owner",
        family: Cache,
        severity: Warning,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for CacheMountOwner {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for (at, instruction) in stage.instructions() {
            let InstructionKind::Run(run) = &instruction.kind else {
                continue;
            };
            if run
                .mounts
                .iter()
                .all(|mount| mount.kind != MountKind::Cache)
                || gains_rights(stage, at)
            {
                continue;
            }
            let Some(user) = User::of(cx.environment, stage, at) else {
                continue;
            };
            for mount in run
                .mounts
                .iter()
                .filter(|mount| mount.kind == MountKind::Cache)
            {
                if !is_for_root(stage, at, mount)
                    && let Some(owner) = wrong_owner(stage, at, mount, &user)
                {
                    findings.push(self.finding(stage, mount, &user, owner));
                }
            }
        }
    }
}

impl CacheMountOwner {
    fn finding(&self, stage: StageView<'_>, mount: &Mount, user: &User, owner: u32) -> Finding {
        let owner = if owner == 0 {
            "root".to_owned()
        } else {
            format!("user {owner}")
        };
        let message = format!(
            "the cache mount belongs to {owner}, but the step runs as `{}`",
            user.name
        );
        let finding = Finding::new(self.metadata(), stage.location(mount.span), message);
        let finding = finding.related(user.said, "sets the user");
        match (user.number, user.made) {
            (Some(number), _) => finding
                .help(format!("add `uid={number},gid={number}` to the mount"))
                .fix(owned(stage, mount, number)),
            (None, Some(made)) => finding
                .related(made, "makes the user, with a number of its own choice")
                .help("give the user a number, and the mount the same: `uid=…,gid=…`"),
            (None, None) => {
                finding.help("add `uid=…,gid=…` with the numbers of the user to the mount")
            }
        }
    }
}

/// Gives a mount its owner.
fn owned(stage: StageView<'_>, mount: &Mount, number: u32) -> Option<Fix> {
    let why = "nothing of the mount is in the image";
    let option = |key: &str| mount.options.iter().find(|it| it.key.value == key);
    let Some(uid) = option("uid") else {
        let text = if option("gid").is_none() {
            format!(",uid={number},gid={number}")
        } else {
            format!(",uid={number}")
        };
        let title = format!("add `{}` to the mount", text.trim_start_matches(','));
        let fix = Fix::safe(title, why);
        return Some(fix.insert(stage.dockerfile.document, mount.span.end, text));
    };
    let value = uid.value.as_ref()?;
    let is_number = value.value.bytes().all(|byte| byte.is_ascii_digit());
    let fix = Fix::safe(format!("write `uid={number}`"), why);
    is_number.then(|| fix.replace(stage.location(value.span), number.to_string()))
}

/// A user that is not root.
struct User {
    name: String,
    /// Its number, when that is known.
    number: Option<u32>,
    said: Location,
    /// Where it is made.
    made: Option<Location>,
}

impl User {
    /// The user of a step; `None` for root, and when it is not known.
    fn of(environment: &Environment, stage: StageView<'_>, at: usize) -> Option<Self> {
        let value = environment.user(stage.id, at)?;
        let name = value.known()?.split(':').next()?.trim().to_owned();
        if name.is_empty() || name == "root" || name.parse() == Ok(0_u32) {
            return None;
        }
        let mut user = Self {
            number: name.parse().ok(),
            said: value.location,
            made: None,
            name,
        };
        if user.number.is_none() {
            for link in environment.chain_stages(stage.id) {
                user.look_for(environment, link);
            }
        }
        Some(user)
    }

    /// Looks for the command that makes the user.
    fn look_for(&mut self, environment: &Environment, stage: StageId) {
        let Some(dockerfile) = environment.dockerfile_of(stage) else {
            return;
        };
        for (index, _) in environment.stage_instructions(stage) {
            let commands = dockerfile
                .script(index)
                .map(Script::commands)
                .unwrap_or_default();
            for found in commands {
                let Some(invocation) = found.command.invocation() else {
                    continue;
                };
                if !matches!(invocation.name, "useradd" | "adduser") || self.made.is_some() {
                    continue;
                }
                let words = invocation.arguments();
                if words.iter().any(|word| literal(word) == self.name) {
                    self.number = uid(words);
                    self.made = Some(Location::new(dockerfile.document, found.command.span));
                }
            }
        }
    }
}

fn literal(word: &Word) -> &str {
    word.literal.as_deref().unwrap_or_default()
}

/// What `-u`, `--uid` say in a call of `useradd` or `adduser`.
fn uid(words: &[Word]) -> Option<u32> {
    let at = words.iter().position(|word| {
        let text = literal(word);
        text.starts_with("--uid")
            || (text.starts_with('-') && !text.starts_with("--") && text.ends_with('u'))
    })?;
    let text = literal(words.get(at)?);
    match text.split_once('=') {
        Some((_, number)) => number.parse().ok(),
        None => literal(words.get(at + 1)?).parse().ok(),
    }
}

/// The number that a mount belongs to, when the user cannot write to it.
fn wrong_owner(stage: StageView<'_>, at: usize, mount: &Mount, user: &User) -> Option<u32> {
    let has = |keys: &[&str]| {
        mount
            .options
            .iter()
            .any(|option| keys.contains(&option.key.value.as_str()))
    };
    // The mode may allow it, another source has an owner of its own, or nothing is written. `gid`
    // alone is no help: mode 0755 does not let the group write.
    if has(&["mode", "from", "ro", "readonly"]) {
        return None;
    }
    let owner = match mount.value(&["uid"]) {
        None => 0,
        Some(text) => stage.expand(at, text).known()?.parse().ok()?,
    };
    match user.number {
        Some(number) => (number != owner).then_some(owner),
        // Which number the user has is not known, but it is not that of root.
        None => (owner == 0).then_some(owner),
    }
}

/// Whether a mount lies where a package manager of the system keeps its files: nobody but root runs
/// that, so a program of the step calls it as root.
fn is_for_root(stage: StageView<'_>, at: usize, mount: &Mount) -> bool {
    const DIRECTORIES: &[&str] = &["/etc", "/var/cache", "/var/lib"];
    let Some(target) = mount.value(&["target", "dst", "destination"]) else {
        return false;
    };
    stage.expand(at, target).known().is_some_and(|path| {
        DIRECTORIES.iter().any(|directory| {
            path.strip_prefix(directory)
                .is_some_and(|rest| rest.starts_with('/'))
        })
    })
}

/// Whether a step becomes root by itself.
fn gains_rights(stage: StageView<'_>, at: usize) -> bool {
    let commands = stage
        .dockerfile
        .script(at)
        .map(Script::commands)
        .unwrap_or_default();
    commands.iter().any(|found| {
        let invocation = found.command.invocation();
        invocation.is_some_and(|invocation| {
            invocation
                .wrappers
                .iter()
                .any(|wrapper| matches!(wrapper.name, "sudo" | "doas"))
                || invocation.name == "sudo"
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(dockerfile: &str) -> String {
        audit(
            "cache-mount-owner",
            &format!("-- Dockerfile --\n{dockerfile}"),
        )
    }

    #[test]
    fn the_user_may_come_from_another_dockerfile() {
        insta::assert_snapshot!(audit("cache-mount-owner", "\
-- base/Dockerfile --
FROM debian:trixie
RUN groupadd app && useradd -m app
USER app:app
-- app/Dockerfile --
FROM shop-base
RUN --mount=type=cache,target=/tmp/go go mod download
-- compose.yaml --
services:
  base: {image: shop-base, build: base}
  app: {build: app}
"), @r#"
        warning app/Dockerfile:2:5 the cache mount belongs to root, but the step runs as `app`
          base/Dockerfile:3:6 sets the user
          base/Dockerfile:2:21 makes the user, with a number of its own choice
          help: give the user a number, and the mount the same: `uid=…,gid=…`
        "#);
    }

    #[test]
    fn numbers_are_compared() {
        insta::assert_snapshot!(check("\
FROM node:22
USER 1001:0
RUN --mount=type=cache,target=/c,uid=1000 npm ci
RUN --mount=type=cache,target=/c,uid=1001 npm ci
RUN --mount=type=cache,target=/c,gid=1001 npm ci
"), @r#"
        warning Dockerfile:3:5 the cache mount belongs to user 1000, but the step runs as `1001`
          Dockerfile:2:6 sets the user
          help: add `uid=1001,gid=1001` to the mount
        warning Dockerfile:5:5 the cache mount belongs to root, but the step runs as `1001`
          Dockerfile:2:6 sets the user
          help: add `uid=1001,gid=1001` to the mount
        "#);
    }

    #[test]
    fn the_mount_is_given_the_number_of_the_user() {
        insta::assert_snapshot!(fix("cache-mount-owner", r"
-- Dockerfile --
FROM node:22
USER 1001:0
RUN --mount=type=cache,target=/c,uid=1000 \
    --mount=type=cache,target=/d,gid=0 npm ci
USER node
RUN --mount=type=cache,target=/c npm ci
"), @r#"
        safe: write `uid=1001`, for nothing of the mount is in the image
        safe: add `uid=1001` to the mount, for nothing of the mount is in the image
        -- Dockerfile --
        -RUN --mount=type=cache,target=/c,uid=1000 \
        -    --mount=type=cache,target=/d,gid=0 npm ci
        +RUN --mount=type=cache,target=/c,uid=1001 \
        +    --mount=type=cache,target=/d,gid=0,uid=1001 npm ci
        "#);
    }

    #[test]
    fn what_may_be_written_is_left_alone() {
        for body in [
            "FROM node:22\nRUN --mount=type=cache,target=/root/.npm npm ci\nUSER node\n",
            "FROM node:22\nUSER node\nUSER root\nRUN --mount=type=cache,target=/root/.npm npm ci\n",
            "FROM node:22\nUSER node\nRUN --mount=type=cache,target=/c,uid=1000 npm ci\n",
            "FROM node:22\nUSER node\nRUN --mount=type=cache,target=/c,mode=0777 npm ci\n",
            "FROM node:22\nUSER node\nRUN --mount=type=cache,target=/c sudo apt-get install -y git\n",
            "FROM debian\nUSER app\nRUN --mount=type=cache,target=/var/cache/apt,sharing=locked ansible-playbook site.yml\n",
            "FROM acme/base\nRUN --mount=type=cache,target=/c npm ci\n",
            "ARG U\nFROM node:22\nARG U\nUSER $U\nRUN --mount=type=cache,target=/c npm ci\n",
        ] {
            assert_eq!(check(body), "", "{body}");
        }
    }
}
