//! `duplicate-function`

mod images;
mod library;

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::{DocumentId, Location, ScriptDocument};
use dockwright_syntax::Span;
use dockwright_syntax::shell::Function;

use crate::clones::{MANY, Numbers, ShellTokens, similarity};
use crate::concerned::Concerned;
use crate::libraries::{Libraries, outer_functions};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, reads};

rule! {
    /// There is a shell function that several scripts define alike.
    ///
    /// ## What it does
    ///
    /// Compares the bodies of all functions of all scripts, comments and white space apart. Functions with
    /// equal bodies are reported together; the name has to be equal too where the body is short.
    /// Functions that the same scripts share are one finding.
    ///
    /// A function whose body is nearly that of others with the same name is reported apart, with less
    /// confidence. It may differ on purpose, so it is never one of those that can be merged.
    ///
    /// One of the scripts has to have to do with containers: it lies beside a Dockerfile or Compose file,
    /// is copied into an image, or calls a container program. Tests and examples are left alone, and so
    /// are functions that are defined inside others or under a condition.
    ///
    /// ## Why is this bad?
    ///
    /// A change has to be made in every copy, and one day is made in one.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY docker/web.sh docker/worker.sh /usr/local/bin/
    /// ```
    /// ```sh docker/web.sh
    /// #!/bin/sh
    /// fail() {
    ///   echo "error: $1" >&2
    ///   exit 1
    /// }
    ///
    /// [ -n "$PORT" ] || fail "PORT is not set"
    /// ```
    /// ```sh docker/worker.sh
    /// #!/bin/sh
    /// fail() { echo "error: $1" >&2; exit 1; }
    ///
    /// [ -n "$QUEUE" ] || fail "QUEUE is not set"
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY docker/web.sh docker/worker.sh /usr/local/bin/
    /// COPY docker/functions.sh /usr/local/bin/
    /// ```
    /// ```sh docker/functions.sh
    /// #!/bin/sh
    /// # What several scripts of this directory need.
    ///
    /// fail() {
    ///   echo "error: $1" >&2
    ///   exit 1
    /// }
    /// ```
    /// ```sh docker/web.sh
    /// #!/bin/sh
    /// . "$(dirname "$0")/functions.sh"
    ///
    /// [ -n "$PORT" ] || fail "PORT is not set"
    /// ```
    /// ```sh docker/worker.sh
    /// #!/bin/sh
    /// . "$(dirname "$0")/functions.sh"
    ///
    /// [ -n "$QUEUE" ] || fail "QUEUE is not set"
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Functions with equal bodies go to the script that all of them read in, or else to `functions.sh`
    /// beside them, which may be a new file, together with the variables that they need. Every `COPY` of one of the
    /// scripts gets one of that file. This is unsafe: a script that is started from a copy elsewhere does
    /// not find it. It is safe where one of the scripts is read in by all others already.
    ///
    /// There is no fix where the scripts lie in different directories, are for different shells, or are
    /// mounted or installed one by one, and where a function asks where it stands.
    ///
    /// ## References
    ///
    /// - POSIX Shell Command Language, "Function Definition Command" and `dot`
    DuplicateFunction {
        name: "duplicate-function",
        family: Duplication,
        severity: Info,
        fix: Unsafe,
        aliases: [],
    }
}

/// Bodies with fewer words say the same by chance, unless the name is the same.
const FEW_WORDS: usize = 20;
/// How much bodies have to have in common to be nearly the same, in hundredths.
const NEAR: usize = 80;
/// Bodies of one name that are compared with each other, at most.
const COMPARED: usize = 20;

/// Scripts that build tools write.
const WRAPPERS: &[&str] = &["gradlew", "mvnw"];

/// A definition of a function.
struct Definition<'a> {
    name: &'a str,
    script: &'a ScriptDocument,
    function: &'a Function,
    location: Location,
    tokens: Vec<&'a str>,
    body: u32,
    /// Whether the script has to do with containers.
    is_concerned: bool,
}

impl Rule for DuplicateFunction {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let definitions = definitions(cx);
        let mut by_body: BTreeMap<(u32, &str), Vec<&Definition<'_>>> = BTreeMap::new();
        let mut by_name: BTreeMap<&str, BTreeMap<u32, Vec<&Definition<'_>>>> = BTreeMap::new();
        for definition in &definitions {
            // A long body is told by itself.
            let words = definition.tokens.iter();
            let words = words.filter(|token| token.contains(char::is_alphanumeric));
            let is_long = words.count() >= FEW_WORDS;
            let name = if is_long { "" } else { definition.name };
            let alike = by_body.entry((definition.body, name)).or_default();
            alike.push(definition);
            let named = by_name.entry(definition.name).or_default();
            named.entry(definition.body).or_default().push(definition);
        }
        self.equal(cx, by_body.into_values(), findings);
        self.near(cx, by_name, findings);
    }
}

impl DuplicateFunction {
    /// Equal bodies, those that the same scripts have together.
    fn equal<'a: 'd, 'd>(
        &self,
        cx: Context<'a>,
        groups: impl Iterator<Item = Vec<&'d Definition<'a>>>,
        findings: &mut Vec<Finding>,
    ) {
        let mut by_scripts: BTreeMap<BTreeSet<DocumentId>, Vec<Vec<&'d Definition<'a>>>> =
            BTreeMap::new();
        for group in groups {
            let scripts: BTreeSet<DocumentId> =
                group.iter().map(|one| one.location.document).collect();
            if scripts.len() > 1 && group.iter().any(|one| one.is_concerned) {
                by_scripts.entry(scripts).or_default().push(group);
            }
        }
        let libraries = Libraries::of(cx.environment);
        for (scripts, mut groups) in by_scripts {
            groups.sort_by_key(|group| group.first().map(|first| first.location));
            let names = groups.iter().filter_map(|group| group.first());
            let names: Vec<String> = names.map(|first| format!("`{}`", first.name)).collect();
            let count = scripts.len();
            let message = match names.as_slice() {
                [only] => format!("{count} scripts define {only} alike"),
                many => format!("{count} scripts define {} alike", reads::list(many)),
            };
            let mut places = groups.iter().flatten();
            let Some(first) = places.next() else {
                continue;
            };
            let mut finding = Finding::new(self.metadata(), first.location, message)
                .help("define it in one script that the others read in");
            for other in places.take(MANY) {
                finding = finding.related(other.location, format!("`{}` here", other.name));
            }
            findings.push(finding.fix(library::fix(cx, &libraries, &groups)));
        }
    }

    /// Bodies that are nearly the same as those of others with the same name.
    fn near(
        &self,
        cx: Context<'_>,
        by_name: BTreeMap<&str, BTreeMap<u32, Vec<&Definition<'_>>>>,
        findings: &mut Vec<Finding>,
    ) {
        for (name, bodies) in by_name {
            // What most scripts have is what the others differ from.
            let mut bodies: Vec<Vec<&Definition<'_>>> = bodies.into_values().collect();
            bodies.sort_by_key(|body| {
                let first = body.first().map(|first| first.location);
                (std::cmp::Reverse(body.len()), first)
            });
            let mut kept: Vec<&Definition<'_>> = Vec::new();
            for body in bodies.iter().take(COMPARED) {
                let Some(first) = body.first() else {
                    continue;
                };
                let near = kept.iter().find(|other| {
                    other.location.document != first.location.document
                        && similarity(&other.tokens, &first.tokens) >= NEAR
                });
                let concerned = |near: &&&Definition<'_>| near.is_concerned || first.is_concerned;
                let Some(near) = near.filter(concerned) else {
                    kept.push(first);
                    continue;
                };
                let path = &cx.environment.documents.get(near.location.document).path;
                let message = format!("`{name}` differs only a little from that of `{path}`");
                let mut finding = Finding::new(self.metadata(), first.location, message)
                    .confidence(Confidence::Medium)
                    .related(near.location, "the other one")
                    .help("see whether the difference is meant");
                for other in body.iter().skip(1).take(MANY) {
                    finding = finding.related(other.location, "as here");
                }
                findings.push(finding);
            }
        }
    }
}

/// Every function that a script defines outside of others.
fn definitions(cx: Context<'_>) -> Vec<Definition<'_>> {
    let environment = cx.environment;
    let concerned = Concerned::of(environment);
    let mut numbers = Numbers::default();
    let mut definitions = Vec::new();
    for script in &environment.scripts {
        let place = Location::new(script.document, Span::default());
        let path = &environment.documents.get(script.document).path;
        if cx.stands_alone(place) || WRAPPERS.contains(&path.file_name()) {
            continue;
        }
        let text = &environment.documents.get(script.document).text;
        let tree = script.script(&environment.documents);
        let functions = outer_functions(tree);
        let is_concerned = concerned.has(environment, script.document);
        if functions.is_empty() {
            continue;
        }
        let tokens = ShellTokens::new(tree, text);
        for function in functions {
            let body = tokens.within(function.body.span);
            definitions.push(Definition {
                name: &function.name.value,
                script,
                function,
                location: Location::new(script.document, function.name.span),
                body: numbers.of(&body.join("\u{0}")),
                tokens: body,
                is_concerned,
            });
        }
    }
    definitions
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(files: &str) -> String {
        let files = format!("{files}-- Dockerfile --\nFROM debian:trixie\nCOPY a.sh /\n");
        audit("duplicate-function", &files)
    }

    const INFO: &str = "info() {\n  echo \"[info] $1\"\n}\n";
    const FAIL: &str = "fail() {\n  echo \"[error] something is wrong: $1\"\n  exit 1\n}\n";

    #[test]
    fn what_the_same_scripts_share_is_one_finding() {
        let files = format!(
            "-- a.sh --\n{INFO}{FAIL}\n-- b.sh --\n# b\n{INFO}\n{FAIL}\n-- c.sh --\n{INFO}\n"
        );
        insta::assert_snapshot!(check(&files), @"
        info a.sh:1:1 3 scripts define `info` alike
          b.sh:2:1 `info` here
          c.sh:1:1 `info` here
          help: define it in one script that the others read in
        info a.sh:4:1 2 scripts define `fail` alike
          b.sh:6:1 `fail` here
          help: define it in one script that the others read in
        ");
    }

    #[test]
    fn what_is_nearly_the_same_is_told_apart() {
        let other = FAIL.replace("\"\n  exit", "\" >&2\n  exit");
        let files = format!("-- a.sh --\n{FAIL}\n-- b.sh --\n{FAIL}\n-- c.sh --\n{other}\n");
        insta::assert_snapshot!(check(&files), @"
        info a.sh:1:1 2 scripts define `fail` alike
          b.sh:1:1 `fail` here
          help: define it in one script that the others read in
        info (medium) c.sh:1:1 `fail` differs only a little from that of `a.sh`
          a.sh:1:1 the other one
          help: see whether the difference is meant
        ");
    }

    #[test]
    fn scripts_that_have_nothing_to_do_with_containers_are_left_alone() {
        let files = format!("-- a.sh --\n{INFO}-- b.sh --\n{INFO}");
        assert_eq!(audit("duplicate-function", &files), "");
        let copied = "-- docker/Dockerfile --\nFROM debian\nCOPY b.sh /\n";
        assert_ne!(audit("duplicate-function", &(files + copied)), "");
    }

    #[test]
    fn other_bodies_other_names_and_one_script_are_left_alone() {
        for files in [
            format!("-- a.sh --\n{INFO}-- b.sh --\ninfo() {{ date; }}\n"),
            format!(
                "-- a.sh --\n{INFO}-- b.sh --\n{}\n",
                INFO.replace("info()", "log()")
            ),
            format!("-- a.sh --\n{INFO}{INFO}"),
            format!("-- a.sh --\n{INFO}-- b.sh --\nif true; then\n{INFO}fi\n"),
            format!("-- a.sh --\n{INFO}-- tests/b.sh --\n{INFO}"),
        ] {
            assert_eq!(check(&files), "", "{files}");
        }
    }

    #[test]
    fn a_library_beside_them_gets_the_functions_and_the_variables_that_they_need() {
        insta::assert_snapshot!(fix("duplicate-function", "\
-- docker/web.sh --
#!/bin/bash
set -e

# Colours
RED='\\033[31m'
NC='\\033[0m'
BOLD='\\033[1m'

# Says what is wrong.
fail() {
  echo -e \"${RED}error:${NC} $1\" >&2
  exit 1
}

echo -e \"$BOLD\"
-- docker/worker.sh --
#!/bin/bash
RED='\\033[31m'
NC='\\033[0m'
fail() {
  echo -e \"${RED}error:${NC} $1\" >&2
  exit 1
}
fail
-- Dockerfile --
FROM debian:trixie
COPY --chmod=755 docker/web.sh /usr/local/bin/web.sh
COPY docker/worker.sh \\
     docker/other.sh /opt/
"), @r#"
        unsafe: move `fail` to `docker/functions.sh`, for a script that is started from a copy elsewhere needs that file beside it
        -- docker/functions.sh --
        #!/bin/bash
        # What several scripts of this directory need.

        RED='\033[31m'
        NC='\033[0m'

        # Says what is wrong.
        fail() {
          echo -e "${RED}error:${NC} $1" >&2
          exit 1
        }

        -- Dockerfile --
        +COPY --chmod=755 docker/functions.sh /usr/local/bin/functions.sh
        +COPY docker/functions.sh /opt/
        -- docker/web.sh --
        +source "$(dirname "${BASH_SOURCE[0]}")/functions.sh"
        +
        -RED='\033[31m'
        -NC='\033[0m'
        -
        -# Says what is wrong.
        -fail() {
        -  echo -e "${RED}error:${NC} $1" >&2
        -  exit 1
        -}
        -- docker/worker.sh --
        -RED='\033[31m'
        -NC='\033[0m'
        -fail() {
        -  echo -e "${RED}error:${NC} $1" >&2
        -  exit 1
        -}
        +source "$(dirname "${BASH_SOURCE[0]}")/functions.sh"
        +
        "#);
    }

    #[test]
    fn a_library_that_is_read_in_already_is_taken() {
        insta::assert_snapshot!(fix("duplicate-function", &format!("\
-- lib.sh --
say() {{ echo; }}
-- a.sh --
#!/bin/sh
. ./lib.sh
{FAIL}
fail
-- b.sh --
#!/bin/sh
. ./lib.sh

{FAIL}
fail
-- Dockerfile --
FROM debian:trixie
COPY a.sh b.sh lib.sh /
")), @r#"
        unsafe: move `fail` to `lib.sh`, for whatever else reads in `lib.sh` gets them too
        -- a.sh --
        -fail() {
        -  echo "[error] something is wrong: $1"
        -  exit 1
        -}
        -- b.sh --
        -fail() {
        -  echo "[error] something is wrong: $1"
        -  exit 1
        -}
        -
        -- lib.sh --
        +
        +fail() {
        +  echo "[error] something is wrong: $1"
        +  exit 1
        +}
        "#);
        let own = format!(
            "-- lib.sh --\n{FAIL}-- a.sh --\n. ./lib.sh\n{FAIL}-- Dockerfile --\nFROM a\nCOPY a.sh lib.sh /\n"
        );
        insta::assert_snapshot!(fix("duplicate-function", &own), @r#"
        safe: leave `fail` to `lib.sh`, for the others read in the same functions from it
        -- a.sh --
        -fail() {
        -  echo "[error] something is wrong: $1"
        -  exit 1
        -}
        "#);
    }

    #[test]
    fn a_library_beside_some_of_them_gets_new_readers() {
        let library = "-- functions.sh --\n#!/bin/sh\nsay() { echo; }\n";
        let read = ". \"$(dirname \"$0\")/functions.sh\"\n\n";
        let image = "-- Dockerfile --\nFROM debian:trixie\nCOPY b.sh /\n";
        let files = format!("{library}-- a.sh --\n{read}{FAIL}-- b.sh --\n{FAIL}{image}");
        insta::assert_snapshot!(fix("duplicate-function", &files), @r#"
        unsafe: move `fail` to `functions.sh`, for whatever else reads in `functions.sh` gets them too
        -- Dockerfile --
        +COPY functions.sh /
        -- a.sh --
        -fail() {
        -  echo "[error] something is wrong: $1"
        -  exit 1
        -}
        -- b.sh --
        -fail() {
        -  echo "[error] something is wrong: $1"
        -  exit 1
        -}
        +. "$(dirname "$0")/functions.sh"
        +
        -- functions.sh --
        +
        +fail() {
        +  echo "[error] something is wrong: $1"
        +  exit 1
        +}
        "#);
        for (old, new) in [
            (
                "-- Dockerfile",
                "-- c.sh --\n. ./functions.sh\nfail() { exit 2; }\n-- Dockerfile",
            ),
            ("-- Dockerfile", "say() { :; }\n-- Dockerfile"),
            ("say() { echo; }", "date"),
        ] {
            assert_eq!(
                fix("duplicate-function", &files.replace(old, new)),
                "",
                "{new}"
            );
        }
    }

    #[test]
    fn scripts_that_come_elsewhere_by_themselves_keep_their_functions() {
        let files = |more: &str| {
            format!("-- a.sh --\n{FAIL}-- b.sh --\n{FAIL}-- Dockerfile --\nFROM debian\n{more}")
        };
        assert_ne!(
            fix("duplicate-function", &files("COPY a.sh b.sh /srv/\n")),
            ""
        );
        for more in [
            "COPY a.sh b.sh /srv/\nRUN mv /srv/a.sh /usr/bin\n",
            "COPY a.sh $HOME/a.sh\n",
            "COPY a.sh /srv\n",
            "COPY --from=x a.sh /srv/\n",
            "COPY a.sh /\n-- compose.yaml --\nservices: {a: {image: a, volumes: ['./b.sh:/b.sh']}}\n",
        ] {
            assert_eq!(fix("duplicate-function", &files(more)), "", "{more}");
        }
    }
}
