//! Credentials that steps have in their command lines, or write.

use dockwright_syntax::dockerfile::MountKind;
use dockwright_syntax::shell::{Command, Node, Part, RedirectionOperator, Statement, Word};

use super::SecretInImage;
use crate::downloads::outline;
use crate::rule::Describe;
use crate::secret_values::{is_secret_name, known_form};
use crate::secrets::has_password_in_url;
use crate::steps::{Step, literals};
use crate::tables;
use crate::{Confidence, Context, Finding, StageView};

/// Reports what the steps of a stage leave behind.
pub(super) fn check(
    rule: &SecretInImage,
    cx: Context<'_>,
    stage: StageView<'_>,
    findings: &mut Vec<Finding>,
) {
    for step in cx.steps(stage) {
        step.script.walk(&mut |node, _| match node {
            Node::Word(word) => findings.extend(literal(rule, stage, word)),
            Node::Statement(statement) => {
                findings.extend(password(rule, stage, statement));
                findings.extend(written(rule, stage, step, statement));
            }
            _ => {}
        });
    }
}

/// A credential that stands in a command line.
fn literal(rule: &SecretInImage, stage: StageView<'_>, word: &Word) -> Option<Finding> {
    let text = word.literal.as_deref()?;
    let (what, confidence) = match known_form(text) {
        Some(what) => (what, Confidence::High),
        None if has_password_in_url(text) => ("a password in an address", Confidence::Medium),
        None => return None,
    };
    let message =
        format!("the step has {what} in its command line, which stays in the history of the image");
    let finding = Finding::new(rule.metadata(), stage.location(word.span), message)
        .confidence(confidence)
        .help("take it with `RUN --mount=type=secret`, and revoke this one");
    Some(finding)
}

/// `echo user:password | chpasswd`
fn password(rule: &SecretInImage, stage: StageView<'_>, statement: &Statement) -> Option<Finding> {
    let Command::Pipeline(members) = &statement.command else {
        return None;
    };
    let [first, .., last] = members.as_slice() else {
        return None;
    };
    let (Command::Simple(first), Command::Simple(last)) = (&first.command, &last.command) else {
        return None;
    };
    if last.invocation()?.name != "chpasswd" {
        return None;
    }
    let mut arguments = first.invocation()?.arguments().iter();
    let word = arguments.find(|word| {
        let pair = word
            .literal
            .as_deref()
            .and_then(|text| text.split_once(':'));
        pair.is_some_and(|(user, password)| !user.is_empty() && !password.is_empty())
    })?;
    let user = word.literal.as_deref()?.split(':').next()?;
    let message =
        format!("the user `{user}` has a fixed password, which everybody can read in the image");
    let finding = Finding::new(rule.metadata(), stage.location(word.span), message)
        .confidence(Confidence::Medium)
        .help("lock the account, and let in by key or by what is mounted");
    Some(finding)
}

/// A file of credentials that a step writes and leaves.
fn written(
    rule: &SecretInImage,
    stage: StageView<'_>,
    step: &Step<'_>,
    statement: &Statement,
) -> Option<Finding> {
    let output = statement.redirections.iter().find(|redirection| {
        matches!(
            redirection.operator,
            RedirectionOperator::Output | RedirectionOperator::Append
        )
    })?;
    let path = outline(&output.target);
    let credential = tables::credential(&path)?;
    let removed = step.invocations().any(|(invocation, _)| {
        matches!(invocation.name, "rm" | "shred")
            && invocation
                .arguments()
                .iter()
                .any(|word| outline(word) == path)
    });
    let mounted = step.run.mounts.iter().any(|mount| {
        let target = mount.value(&["target", "dst", "destination"]);
        mount.kind != MountKind::Bind
            && target.is_some_and(|target| path.starts_with(&target.value))
    });
    if removed || mounted || !holds_secret(statement) {
        return None;
    }
    let message = format!(
        "the step writes {} to `{path}`, which stays in the image",
        credential.what
    );
    let finding = Finding::new(rule.metadata(), stage.location(output.target.span), message)
        .help("mount the file: `RUN --mount=type=secret,target=…`");
    Some(finding)
}

/// Whether what a statement writes has a secret in it: a variable that is called so, or a secret
/// mount.
fn holds_secret(statement: &Statement) -> bool {
    let Command::Simple(command) = &statement.command else {
        return false;
    };
    let heredocs = statement
        .redirections
        .iter()
        .filter_map(|one| one.heredoc.as_ref());
    let mut words = command
        .words
        .iter()
        .chain(heredocs.map(|heredoc| &heredoc.body));
    literals(&command.words).any(|word| word.starts_with("/run/secrets/"))
        || words.any(|word| {
            word.parts.iter().any(|part| match part {
                Part::Variable(variable) => is_secret_name(&variable.name.value),
                Part::Command(substitution) => substitution.statements.iter().any(holds_secret),
                _ => false,
            })
        })
}
