//! Credentials in `ARG` and `ENV`.

use dockwright_environment::Location;
use dockwright_environment::build::{Binding, BindingKind};
use dockwright_environment::definition::BuildArgument;
use dockwright_syntax::Span;
use dockwright_syntax::shell::{Node, Part, Word};

use super::SecretInImage;
use crate::downloads::outline;
use crate::rule::Describe;
use crate::secret_values::{is_secret_name, is_secret_value, known_form};
use crate::secrets::has_password_in_url;
use crate::{Confidence, Context, Finding, StageView};

const HELP: &str = "take it with `RUN --mount=type=secret` in the step that needs it, and revoke it if the image was published";

/// Reports what the variables of a stage hold, and the build arguments that are credentials.
pub(super) fn check(
    rule: &SecretInImage,
    cx: Context<'_>,
    stage: StageView<'_>,
    findings: &mut Vec<Finding>,
) {
    for binding in &stage.stage.bindings {
        let (keyword, keeps) = match binding.kind {
            BindingKind::Argument => ("ARG", "the history"),
            BindingKind::Environment => ("ENV", "the configuration"),
        };
        let name = &binding.name;
        let finding = |message: String, confidence| {
            Finding::new(rule.metadata(), binding.location, message)
                .confidence(confidence)
                .help(HELP)
        };
        // What an ARG is given from outside is not in the Dockerfile.
        let own = written(stage, binding);
        if let Some(what) = own.as_deref().and_then(known_form) {
            let message =
                format!("`{keyword} {name}` holds {what}, which stays in {keeps} of the image");
            findings.push(finding(message, Confidence::High));
        } else if own.as_deref().is_some_and(|value| {
            is_secret_name(name) && is_secret_value(value) || has_password_in_url(value)
        }) {
            let message = format!(
                "`{keyword} {name}` holds a credential, which stays in {keeps} of the image"
            );
            findings.push(finding(message, Confidence::Medium));
        } else if binding.kind == BindingKind::Environment {
            let kept = kept_argument(stage, binding);
            if let Some(argument) = kept {
                let message = format!(
                    "`ENV {name}` keeps the build argument `{}` in the image",
                    argument.name
                );
                findings.push(
                    finding(message, Confidence::High)
                        .related(argument.location, "the build argument"),
                );
            }
        } else if is_secret_name(name) {
            findings.extend(argument(rule, cx, stage, binding));
        }
    }
}

/// The value as the Dockerfile gives it, if it says all of it.
fn written(stage: StageView<'_>, binding: &Binding) -> Option<String> {
    let value = binding.value.as_ref()?;
    let document = stage.dockerfile.document;
    (value.location.document == document && value.is_literal()).then(|| value.text.clone())
}

/// The build argument that an `ENV` gets its value from, when it is a secret by its name and the
/// Dockerfile gives it none.
fn kept_argument<'a>(stage: StageView<'a>, binding: &Binding) -> Option<&'a Binding> {
    let value = binding.value.as_ref()?;
    value.variables.iter().find_map(|variable| {
        let argument = stage.stage.bindings.iter().rfind(|other| {
            other.name == variable.name && other.instruction < binding.instruction
        })?;
        let is_argument = argument.kind == BindingKind::Argument;
        let is_empty = written(stage, argument).is_none_or(|value| value.is_empty());
        (is_argument && is_empty && is_secret_name(&variable.name)).then_some(argument)
    })
}

/// A build argument that a step uses as a credential, or that a build passes as one.
fn argument(
    rule: &SecretInImage,
    cx: Context<'_>,
    stage: StageView<'_>,
    binding: &Binding,
) -> Option<Finding> {
    let name = &binding.name;
    let used = cx
        .steps(stage)
        .iter()
        .filter(|step| step.at > binding.instruction)
        .find_map(|step| {
            let mut found = None;
            step.script.walk(&mut |node, _| {
                if let Node::Simple(command, _) = node
                    && found.is_none()
                {
                    found = credential_use(&command.words, name);
                }
            });
            found
        });
    let passed = passed(cx, stage, name);
    if used.is_none() && passed.is_none() {
        return None;
    }
    let message = format!(
        "the credential `{name}` is a build argument, which stays in the history of the image"
    );
    let mut finding = Finding::new(rule.metadata(), binding.location, message).help(HELP);
    match used {
        Some(span) => {
            finding = finding.related(stage.location(span), "is used as a credential here");
        }
        None => finding = finding.confidence(Confidence::Medium),
    }
    if let Some(location) = passed {
        finding = finding.related(location, "is passed here");
    }
    Some(finding)
}

/// Where a build passes an argument from its own environment, or as a secret value.
fn passed(cx: Context<'_>, stage: StageView<'_>, name: &str) -> Option<Location> {
    let definitions = cx.environment.definitions_of(stage.dockerfile.id);
    let is_secret = |argument: &&BuildArgument| {
        argument.name == name
            && argument
                .value
                .as_ref()
                .is_none_or(|value| !value.is_literal() || is_secret_value(&value.text))
    };
    let mut arguments = definitions.flat_map(|definition| &definition.arguments);
    arguments.find(is_secret).map(|argument| argument.location)
}

/// The word of a command that hands a variable over as a credential.
fn credential_use(words: &[Word], variable: &str) -> Option<Span> {
    const MARKS: &[&str] = &[
        "authorization:",
        "private-token:",
        "job-token:",
        "_authtoken",
        "_auth=",
        "_password",
        "x-api-key:",
    ];
    const OPTIONS: &[&str] = &[
        "--password",
        "--token",
        "--auth-token",
        "--access-token",
        "--user",
        "-u",
        "--secret",
        "--api-key",
    ];
    let mut before = "";
    for word in words {
        let has_variable = word.parts.iter().any(|part| match part {
            Part::Variable(used) => used.name.value == variable,
            _ => false,
        });
        if has_variable {
            let text = outline(word).to_lowercase();
            // `https://user:$@host`: the variable stands before the host.
            let in_address = text.split_once("://").is_some_and(|(_, rest)| {
                let host = rest.split('/').next().unwrap_or_default();
                host.rsplit_once('@')
                    .is_some_and(|(user, _)| user.contains('$'))
            });
            let is_option = OPTIONS.contains(&before)
                || OPTIONS.iter().any(|option| {
                    text.strip_prefix(option)
                        .is_some_and(|rest| rest.starts_with('='))
                });
            if in_address || is_option || MARKS.iter().any(|mark| text.contains(mark)) {
                return Some(word.span);
            }
        }
        before = word.literal.as_deref().unwrap_or_default();
    }
    None
}
