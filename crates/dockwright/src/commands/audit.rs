//! `dockwright audit`

use std::process::ExitCode;

use dockwright_audit::{Audit, Finding, Severity, audit, registry};
use dockwright_environment::CallerVariables;
use dockwright_report::{
    FindingsView, SarifOptions, TextOptions, checkstyle, github, gitlab, hadolint, json, junit,
    sarif, text,
};
use dockwright_settings::{Level, Settings};

use crate::cli::{AuditArguments, Cli, FindingsFormat, Threshold};
use crate::failure::{Failure, UNUSABLE};
use crate::load;
use crate::selection::{confidence, paths, rules, stands_in};
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
    let stands = |finding: &Finding| stands_in(&environment, finding, &paths);
    audit.findings.retain(stands);
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
    settings.audit.confidence = confidence(arguments.confidence, settings);
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
    let asked = rules(&arguments.rules)?;
    if !asked.is_empty() {
        for rule in registry::all().filter(|rule| !asked.contains(&rule.name)) {
            settings.rules.insert(rule.name.to_owned(), Level::Off);
        }
    }
    Ok(())
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
