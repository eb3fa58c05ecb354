//! `user-without-passwd`

use dockwright_environment::build::Base;
use dockwright_environment::copies::CopyStep;
use dockwright_syntax::dockerfile::{Flag, InstructionKind};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, StageView};

rule! {
    /// There is a user or group given by name in an image that has no list of names.
    ///
    /// ## What it does
    ///
    /// Looks at `USER` and at `COPY --chown` in stages that start from `scratch`, where nothing that is copied
    /// can be `/etc/passwd` (or `/etc/group`), and nothing that runs can write it.
    ///
    /// ## Why is this bad?
    ///
    /// A container of such an image does not start: "unable to find user app: no matching entries in passwd
    /// file". This holds for `root` as well. `COPY --chown` fails the build.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.25 AS build
    /// RUN go build -o /shop
    /// FROM scratch
    /// COPY --from=build /shop /shop
    /// USER shop
    /// ENTRYPOINT ["/shop"]
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.25 AS build
    /// RUN go build -o /shop
    /// FROM scratch
    /// COPY --from=build /shop /shop
    /// USER 65532:65532
    /// ENTRYPOINT ["/shop"]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: which number it is to be is for somebody to decide.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `USER`, `COPY --chown`
    UserWithoutPasswd {
        name: "user-without-passwd",
        family: Dockerfile,
        severity: Error,
        fix: None,
        aliases: [],
    }
}

impl Rule for UserWithoutPasswd {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        if !has_no_names(cx, stage) {
            return;
        }
        for (at, instruction) in stage.instructions() {
            let owner = |flag: &Flag| (flag.name.value == "chown").then_some(flag.value.clone())?;
            let (text, consequence) = match &instruction.kind {
                InstructionKind::User(user) => (Some(user.clone()), "no container of it starts"),
                InstructionKind::Copy(_) | InstructionKind::Add(_) => {
                    (instruction.flags.iter().find_map(owner), "the build fails")
                }
                _ => continue,
            };
            let Some(text) = text else {
                continue;
            };
            let value = stage.expand(at, &text);
            let names = value.known().into_iter().flat_map(|known| known.split(':'));
            let mut names = names.filter(|name| !name.bytes().all(|it| it.is_ascii_digit()));
            if let Some(name) = names.next() {
                let message =
                    format!("the image has no list of users that names `{name}`: {consequence}");
                findings.push(
                    Finding::new(self.metadata(), stage.location(text.span), message)
                        .help("give the number, or copy an `/etc/passwd` and `/etc/group` before"),
                );
            }
        }
    }
}

/// Whether the image is made of nothing but copied files, none of which can be a list of users.
fn has_no_names(cx: Context<'_>, stage: StageView<'_>) -> bool {
    let from_scratch = stage.chain().last();
    let from_scratch = from_scratch.is_some_and(|it| matches!(it.stage.base, Base::Scratch));
    from_scratch
        && stage.chain().all(|link| {
            let mut instructions = link.instructions();
            let runs = |kind: &InstructionKind| matches!(kind, InstructionKind::Run(_));
            let mut copies = cx.environment.copies(link.id).into_iter();
            !instructions.any(|(_, it)| runs(&it.kind)) && !copies.any(|it| may_bring_names(&it))
        })
}

/// Whether something that is copied may be a list of users: it goes there, or is a directory or archive that may
/// hold one.
fn may_bring_names(copy: &CopyStep<'_>) -> bool {
    let Some(to) = copy.destination.known() else {
        return true;
    };
    let to = to.trim_end_matches('/');
    // What has an extension is a file.
    let is_other = |source: &str| {
        let name = source.rsplit('/').next().unwrap_or_default();
        name.contains('.') && !name.contains(['*', '?', '[']) && !name.starts_with("passwd")
    };
    match to {
        "/etc/passwd" | "/etc/group" => true,
        "" => {
            copy.add
                || !copy
                    .sources
                    .iter()
                    .all(|it| it.known().is_some_and(is_binary))
        }
        "/etc" => !copy
            .sources
            .iter()
            .all(|it| it.known().is_some_and(is_other)),
        _ => false,
    }
}

/// Whether a path is most likely that of one file: a directory of the same name would be the whole of an image.
fn is_binary(source: &str) -> bool {
    let parts = source.trim_matches('/').split('/');
    let is_plain =
        !source.is_empty() && !source.ends_with('/') && !source.contains(['*', '?', '[']);
    is_plain && parts.clone().any(|part| matches!(part, "bin" | "sbin"))
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(body: &str) -> String {
        let files = format!("-- Dockerfile --\nFROM golang:1.25 AS build\nFROM scratch\n{body}\n");
        audit("user-without-passwd", &files)
    }

    #[test]
    fn names_mean_nothing_without_a_list() {
        insta::assert_snapshot!(check("COPY --from=build --chown=app /x /shop\nUSER root\nUSER 1:1\nUSER $WHO"), @r#"
        error Dockerfile:3:27 the image has no list of users that names `app`: the build fails
          help: give the number, or copy an `/etc/passwd` and `/etc/group` before
        error Dockerfile:4:6 the image has no list of users that names `root`: no container of it starts
          help: give the number, or copy an `/etc/passwd` and `/etc/group` before
        "#);
    }

    #[test]
    fn a_list_may_come_from_somewhere() {
        for copied in [
            "--from=build /etc/passwd /etc/",
            "--from=build /etc /etc",
            "passwd /etc/passwd",
            "--from=build /rootfs/ /",
            "--from=build /rootfs /",
            "$A $B",
        ] {
            assert_eq!(check(&format!("COPY {copied}\nUSER app")), "", "{copied}");
        }
        assert_ne!(check("COPY ca.pem /etc/\nCOPY a /usr/bin/\nUSER app"), "");
        assert_eq!(check("ADD rootfs.tar /\nUSER app"), "");
        assert_eq!(check("FROM busybox\nUSER app"), "");
    }
}
