//! `shadowed-function`

use std::collections::{BTreeMap, HashMap};

use dockwright_environment::{DocumentId, Environment, Location, ScriptDocument};
use dockwright_syntax::Span;
use dockwright_syntax::shell::Function;

use crate::libraries::{Libraries, outer_functions};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix};

rule! {
    /// There is a shell function that a script defines although a script that it reads in defines it too.
    ///
    /// ## What it does
    ///
    /// Follows `source` and `.` from each script to other scripts of the repository, also where the
    /// directory stands in a variable and only one script fits, and compares the functions that both
    /// define. Whichever definition is read last is the one that is called.
    ///
    /// What is defined or read in under a condition is left alone, and so are tests and examples.
    ///
    /// ## Why is this bad?
    ///
    /// One of the two is never called from the script. A change to it has no effect, and readers take
    /// the one for the other.
    ///
    /// ## Example
    ///
    /// ```sh lib/common.sh
    /// print_error() { echo "error: $1" >&2; }
    /// ```
    /// ```sh entrypoint.sh
    /// #!/bin/sh
    /// . lib/common.sh
    /// print_error() { echo "$1"; }
    /// print_error "no command is given"
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```sh lib/common.sh
    /// print_error() { echo "error: $1" >&2; }
    /// ```
    /// ```sh entrypoint.sh
    /// #!/bin/sh
    /// . lib/common.sh
    /// print_error "no command is given"
    /// ```
    ///
    /// ## Fix safety
    ///
    /// The definition in the script can go. This is unsafe: the script may replace the function on purpose.
    ///
    /// ## References
    ///
    /// - POSIX Shell Command Language, "Function Definition Command"
    ShadowedFunction {
        name: "shadowed-function",
        family: Duplication,
        severity: Warning,
        fix: Unsafe,
        aliases: [],
    }
}

/// Scripts that read scripts that read scripts are followed so far.
const MAX_DEPTH: usize = 4;

impl Rule for ShadowedFunction {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let libraries = Libraries::of(cx.environment);
        for script in &cx.environment.scripts {
            let place = Location::new(script.document, Span::default());
            if !cx.stands_alone(place) {
                self.check(cx.environment, &libraries, script, findings);
            }
        }
    }
}

impl ShadowedFunction {
    fn check(
        &self,
        environment: &Environment,
        libraries: &Libraries<'_>,
        script: &ScriptDocument,
        findings: &mut Vec<Finding>,
    ) {
        let sources = libraries.read_in(script);
        if sources.is_empty() {
            return;
        }
        // The last definition of a name is the one that the script means.
        let own: BTreeMap<&str, &Function> = outer_functions(script.script(&environment.documents))
            .into_iter()
            .map(|function| (function.name.value.as_str(), function))
            .collect();
        for (library, command) in sources {
            let mut found = HashMap::new();
            functions(environment, libraries, library, MAX_DEPTH, &mut found);
            for (name, function) in &own {
                let Some((document, place)) = found.get(name) else {
                    continue;
                };
                if *document == script.document {
                    continue;
                }
                let path = &environment.documents.get(*document).path;
                let is_last = function.span.start > command.start;
                let (message, help) = if is_last {
                    (
                        format!("`{name}` replaces the function of the same name in `{path}`"),
                        "call that of the library, or give this one a name of its own",
                    )
                } else {
                    (
                        format!(
                            "`{name}` is replaced by the function of the same name in `{path}`"
                        ),
                        "remove it, or give it a name of its own",
                    )
                };
                let own = |span| Location::new(script.document, span);
                let title = format!("remove `{name}` from this script");
                let why = format!("the one in `{path}` may do something else");
                let fix = Fix::with_care(title, why)
                    .delete_lines(environment.documents.get(script.document), function.span);
                findings.push(
                    Finding::new(self.metadata(), own(function.name.span), message)
                        .confidence(Confidence::Medium)
                        .related(*place, "the library defines it here")
                        .related(own(command), "and is read in here")
                        .help(help)
                        .fix(fix),
                );
            }
        }
    }
}

/// The functions that a script defines, with those of the scripts that it reads in.
fn functions<'a>(
    environment: &'a Environment,
    libraries: &Libraries<'a>,
    script: &'a ScriptDocument,
    depth: usize,
    found: &mut HashMap<&'a str, (DocumentId, Location)>,
) {
    for function in outer_functions(script.script(&environment.documents)) {
        let place = Location::new(script.document, function.name.span);
        found
            .entry(&function.name.value)
            .or_insert((script.document, place));
    }
    if depth > 0 {
        for (library, _) in libraries.read_in(script) {
            functions(environment, libraries, library, depth - 1, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(source: &str, script: &str) -> String {
        let script = script.replace("SOURCE", source);
        let library = "-- docker/scripts/common.sh --\nfail() { exit 1; }\nother() { :; }\n";
        audit(
            "shadowed-function",
            &format!("{library}-- docker/run.sh --\n{script}"),
        )
    }

    #[test]
    fn whichever_comes_last_is_called() {
        insta::assert_snapshot!(
            check("scripts/common.sh", ". SOURCE\nfail() { exit 2; }\n") +
            &check("scripts/common.sh", "fail() { exit 2; }\n. SOURCE\n"), @"
        warning (medium) docker/run.sh:2:1 `fail` replaces the function of the same name in `docker/scripts/common.sh`
          docker/scripts/common.sh:1:1 the library defines it here
          docker/run.sh:1:1 and is read in here
          help: call that of the library, or give this one a name of its own
        warning (medium) docker/run.sh:1:1 `fail` is replaced by the function of the same name in `docker/scripts/common.sh`
          docker/scripts/common.sh:1:1 the library defines it here
          docker/run.sh:2:1 and is read in here
          help: remove it, or give it a name of its own
        ");
    }

    #[test]
    fn the_directory_may_be_unknown() {
        for source in [
            "\"$(dirname \"$0\")/scripts/common.sh\"",
            "\"${HERE}/common.sh\"",
            "/usr/local/lib/common.sh",
            "./scripts/common.sh",
        ] {
            let output = check(source, "source SOURCE\nfail() { exit 2; }\n");
            assert!(output.starts_with("warning"), "{source}: {output}");
        }
    }

    #[test]
    fn conditions_other_names_and_unknown_scripts_say_nothing() {
        for (source, script) in [
            ("scripts/common.sh", ". SOURCE\nfail2() { exit 2; }\n"),
            (
                "scripts/common.sh",
                "if a; then . SOURCE; fi\nfail() { exit 2; }\n",
            ),
            (
                "scripts/common.sh",
                ". SOURCE\nif a; then fail() { exit 2; }; fi\n",
            ),
            ("scripts/nothing.sh", ". SOURCE\nfail() { exit 2; }\n"),
            ("\"$LIBRARY\"", ". SOURCE\nfail() { exit 2; }\n"),
        ] {
            assert_eq!(check(source, script), "", "{source} {script}");
        }
    }

    #[test]
    fn the_own_function_may_go() {
        insta::assert_snapshot!(fix("shadowed-function", "\
-- lib.sh --
say() { echo \"$1\"; }
-- run.sh --
#!/bin/sh
. ./lib.sh
say() {
  printf '%s\\n' \"$1\"
}
say hello
"), @r#"
        unsafe: remove `say` from this script, for the one in `lib.sh` may do something else
        -- run.sh --
        -say() {
        -  printf '%s\n' "$1"
        -}
        "#);
    }
}
