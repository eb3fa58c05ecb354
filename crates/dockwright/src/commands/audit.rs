//! `dockwright audit`

use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use dockwright_audit::{Audit, Confidence, Finding, Severity, audit, registry};
use dockwright_environment::{CallerVariables, Environment, TreePath};
use dockwright_report::{
    FindingsView, SarifOptions, TextOptions, checkstyle, github, gitlab, hadolint, json, junit,
    sarif, text,
};
use dockwright_settings::{Level, Settings};

use crate::cli::{AuditArguments, Cli, FindingsFormat, Sureness, Threshold};
use crate::commands::explain::unknown_rule;
use crate::failure::{Failure, UNUSABLE, USAGE};
use crate::load;
use crate::since::Earlier;

pub(crate) fn run(cli: &Cli, arguments: &AuditArguments) -> Result<ExitCode, Failure> {
    let tree = load::tree(&cli.root, arguments.rev.as_deref())?;
    let mut settings = load::settings(tree.as_ref())?;
    apply(arguments, &mut settings)?;
    let paths = paths(&cli.root, &arguments.paths)?;
    let options = load::options(&cli.root, &settings, &CallerVariables::default())?;
    let since = arguments.since.as_deref();
    let earlier = since
        .map(|since| Earlier::open(&cli.root, &tree, since, arguments.rev.as_deref()))
        .transpose()?;
    let environment = load::read(tree, &options)?;
    let mut audit = audit(&environment, &settings);
    keep(&environment, &mut audit, &paths);
    if !arguments.rules.is_empty() {
        let is_asked =
            |finding: &Finding| arguments.rules.iter().any(|name| finding.answers_to(name));
        audit.findings.retain(is_asked);
    }
    let older =
        earlier.map(|earlier| earlier.leave_out(&environment, &mut audit, &options, &settings));
    let view = FindingsView {
        findings: &audit.findings,
        documents: &environment.documents,
        files_read: environment
            .documents
            .iter()
            .filter(|document| document.embedded.is_none())
            .count(),
        hidden: audit.hidden,
        suppressed: audit.suppressed,
        older,
    };
    let output = match arguments.format {
        FindingsFormat::Text => text(
            &view,
            &TextOptions {
                color: load::color(cli.color),
                show_hidden: "--confidence low".to_owned(),
                ..TextOptions::default()
            },
        ),
        FindingsFormat::Json => json(&view),
        FindingsFormat::Sarif => sarif(&view, &SarifOptions::default()),
        FindingsFormat::Github => github(&view),
        FindingsFormat::Gitlab => gitlab(&view),
        FindingsFormat::Junit => junit(&view),
        FindingsFormat::Checkstyle => checkstyle(&view),
        FindingsFormat::Hadolint => hadolint(&view),
    };
    load::print(&output)?;
    let code = exit_code(arguments, &settings, &audit);
    // The process ends, and with it its memory, sooner than all of this can be freed.
    std::mem::forget((environment, audit));
    Ok(code)
}

/// What is said on the command line goes before what the configuration says.
fn apply(arguments: &AuditArguments, settings: &mut Settings) -> Result<(), Failure> {
    settings.audit.confidence = match arguments.confidence {
        Some(Sureness::Low) => Confidence::Low,
        Some(Sureness::Medium) => Confidence::Medium,
        Some(Sureness::High) => Confidence::High,
        None => settings.audit.confidence,
    };
    settings.audit.fail_on = match arguments.fail_on {
        Some(Threshold::Info) => Severity::Info,
        Some(Threshold::Warning) => Severity::Warning,
        Some(Threshold::Error | Threshold::Never) => Severity::Error,
        None => settings.audit.fail_on,
    };
    if let Some(program) = &arguments.shellcheck {
        // A path is meant from here, wherever the program is started later.
        let is_path = program.components().nth(1).is_some();
        let absolute = is_path.then(|| std::path::absolute(program).ok()).flatten();
        let program = absolute.unwrap_or_else(|| program.clone());
        dockwright_audit::can_check_shell(&program).map_err(|error| {
            Failure::new(
                UNUSABLE,
                error.to_string(),
                "install ShellCheck, name it with `--shellcheck=PROGRAM`, or leave the option out",
            )
        })?;
        settings.audit.shellcheck = Some(program);
    }
    let mut asked = Vec::new();
    for name in &arguments.rules {
        let rule = registry::find(name).ok_or_else(|| unknown_rule(name))?;
        asked.push(rule.name);
    }
    if !asked.is_empty() {
        for rule in registry::all().filter(|rule| !asked.contains(&rule.name)) {
            settings.rules.insert(rule.name.to_owned(), Level::Off);
        }
    }
    Ok(())
}

/// The paths to report on, relative to the root.
fn paths(root: &Path, paths: &[PathBuf]) -> Result<Vec<TreePath>, Failure> {
    paths.iter().map(|path| path_in(root, path)).collect()
}

fn path_in(root: &Path, path: &Path) -> Result<TreePath, Failure> {
    let unusable = |error: String| {
        Failure::new(
            USAGE,
            error,
            "name files or directories inside the repository at `--root`",
        )
    };
    let absolute = std::path::absolute(path)
        .ok()
        .filter(|path| path.exists())
        .or_else(|| {
            std::path::absolute(root.join(path))
                .ok()
                .filter(|path| path.exists())
        })
        .ok_or_else(|| unusable(format!("there is no `{}`", path.display())))?;
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (absolute, root) = (real(&absolute), real(root));
    let outside = || {
        unusable(format!(
            "`{}` is not inside `{}`",
            path.display(),
            root.display()
        ))
    };
    let relative = absolute.strip_prefix(&root).map_err(|_| outside())?;
    let parts: Vec<String> = relative
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    TreePath::new(&parts.join("/")).ok_or_else(outside)
}

/// Leaves out what stands in no file that was asked for.
fn keep(environment: &Environment, audit: &mut Audit, paths: &[TreePath]) {
    if paths.is_empty() {
        return;
    }
    audit.findings.retain(|finding| {
        let location = environment.documents.outermost(finding.location);
        let document = environment.documents.get(location.document);
        paths
            .iter()
            .any(|path| document.path.relative_to(path).is_some())
    });
}

fn exit_code(arguments: &AuditArguments, settings: &Settings, audit: &Audit) -> ExitCode {
    let never = arguments.fail_on == Some(Threshold::Never);
    let fails = audit.findings.iter().any(|finding| {
        // What is said on the command line holds for every file.
        let own = finding.fails.filter(|_| arguments.fail_on.is_none());
        own.unwrap_or(finding.severity >= settings.audit.fail_on)
    });
    ExitCode::from(u8::from(fails && !never))
}
