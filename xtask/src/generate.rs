//! What is generated from the program: rule pages, the command-line reference, JSON Schemas.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::CommandFactory;
use dockwright::cli::Cli;
use dockwright_audit::{Confidence, Family, Metadata, audit, page, registry};
use dockwright_environment::tree::MemoryTree;
use dockwright_environment::{Environment, ReadOptions};
use dockwright_report::{FindingsView, TextOptions, findings_schema, graph, image, text};
use dockwright_settings::{Level, Settings};

/// Folders of which every file is generated.
const FOLDERS: [&str; 2] = ["docs/rules", "docs/schemas"];

/// Writes every generated file, and removes those that are no longer generated.
pub(crate) fn write() -> Result<(), String> {
    let files = files();
    for path in stale(&files) {
        fs::remove_file(root().join(&path))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    for (path, text) in files {
        let path = root().join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Says which generated files are not what the program would generate.
pub(crate) fn check() -> Result<(), String> {
    let files = files();
    let mut wrong = stale(&files);
    for (path, text) in files {
        if fs::read_to_string(root().join(&path)).ok() != Some(text) {
            wrong.push(path);
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = wrong
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    Err(format!(
        "generated files are stale, run `cargo run -p xtask -- generate`: {}",
        names.join(", ")
    ))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// Files in generated folders that are not generated.
fn stale(files: &BTreeMap<PathBuf, String>) -> Vec<PathBuf> {
    let mut stale = Vec::new();
    for folder in FOLDERS {
        for entry in fs::read_dir(root().join(folder))
            .into_iter()
            .flatten()
            .flatten()
        {
            let path = Path::new(folder).join(entry.file_name());
            if !files.contains_key(&path) {
                stale.push(path);
            }
        }
    }
    stale
}

fn files() -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for rule in registry::all() {
        let page = dockwright_report::page::page(rule, Some(&example_output(rule)));
        files.insert(format!("docs/rules/{}.md", rule.name).into(), page);
    }
    files.insert("docs/rules/README.md".into(), index());
    files.insert("docs/cli.md".into(), command_line());
    for (name, schema) in [
        ("findings", findings_schema()),
        ("graph", graph::graph_schema()),
        ("inspection", image::inspection_schema()),
        ("diff", image::diff::diff_schema()),
    ] {
        let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
        files.insert(format!("docs/schemas/{name}.json").into(), text + "\n");
    }
    files.insert("docs/SUMMARY.md".into(), summary());
    files
}

/// What the audit says of a rule's example, with that rule alone.
fn example_output(rule: &Metadata) -> String {
    let files = page::example(rule, "Example");
    let tree = files.iter().fold(MemoryTree::new(), |tree, file| {
        tree.file(&file.path, &file.text)
    });
    let environment = Environment::read(Arc::new(tree), &ReadOptions::default());
    let mut settings = Settings::default();
    settings.audit.confidence = Confidence::Low;
    for other in registry::all().filter(|other| other.name != rule.name) {
        settings.rules.insert(other.name.to_owned(), Level::Off);
    }
    let audit = audit(&environment, &settings);
    let view = FindingsView {
        findings: &audit.findings,
        documents: &environment.documents,
        files_read: environment.documents.iter().count(),
        hidden: audit.hidden,
        suppressed: audit.suppressed,
        older: None,
    };
    let output = text(&view, &TextOptions::default());
    // The last line is a summary of the whole run.
    let end = output.trim_end().rfind('\n').unwrap_or(output.len());
    output.get(..end).unwrap_or_default().to_owned()
}

fn index() -> String {
    let mut index = "# Rules\n\nEach rule's page is generated from its source file, and its examples are tests.\n".to_owned();
    for family in Family::ALL {
        let _ = write!(
            index,
            "\n## {}: {}\n\n| rule | severity | there is … |\n|---|---|---|\n",
            family.as_str(),
            family.summary()
        );
        for rule in registry::all().filter(|rule| rule.family == family) {
            let _ = writeln!(
                index,
                "| [`{0}`]({0}.md) | {1} | {2} |",
                rule.name,
                rule.severity.as_str(),
                rule.summary()
            );
        }
    }
    index
}

fn summary() -> String {
    let mut summary = "# Summary\n\n".to_owned();
    for (title, path) in [
        ("Dockwright", "README.md"),
        ("The command line", "cli.md"),
        ("Configuration", "configuration.md"),
        ("Suppressing findings", "suppression.md"),
        ("Output formats", "formats.md"),
        ("Differences from hadolint", "hadolint.md"),
        ("pre-commit, GitHub, GitLab", "integrations.md"),
        ("Building images", "building.md"),
        ("Inspecting images", "inspect.md"),
        ("Comparing images", "diff.md"),
        ("Repairing findings", "fix.md"),
        ("Moving files", "mv.md"),
        ("Refactorings", "refit.md"),
        ("Architecture", "architecture.md"),
        ("Dependencies", "dependencies.md"),
        ("Adding a rule", "contributing/rules.md"),
        ("The engine for tests", "contributing/engine.md"),
        ("Benchmarks", "benchmarks.md"),
        ("Rules", "rules/README.md"),
    ] {
        let _ = writeln!(summary, "- [{title}]({path})");
    }
    for rule in registry::all() {
        let _ = writeln!(summary, "  - [{0}](rules/{0}.md)", rule.name);
    }
    summary
}

fn command_line() -> String {
    let mut text = "# The command line\n\nGenerated from the program's own help.\n".to_owned();
    let mut command = Cli::command().term_width(100);
    command.build();
    help(&mut text, &mut command);
    text
}

fn help(text: &mut String, command: &mut clap::Command) {
    let name = command
        .get_bin_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned();
    let long = command.render_long_help().to_string();
    let lines: Vec<&str> = long.lines().map(str::trim_end).collect();
    let _ = write!(
        text,
        "\n## `{name}`\n\n```text\n{}\n```\n",
        lines.join("\n").trim_end()
    );
    for subcommand in command.get_subcommands_mut() {
        if subcommand.get_name() != "help" {
            help(text, subcommand);
        }
    }
}
