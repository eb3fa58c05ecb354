//! Any files are a repository: everything is read, linked, audited and printed.
#![no_main]

use dockwright_audit::{Confidence, audit};
use dockwright_environment::graph::Graph;
use dockwright_environment::{Environment, ReadOptions};
use dockwright_fuzz::{files, shared, tree};
use dockwright_report::{
    FindingsView, SarifOptions, TextOptions, github, graph, json, sarif, text,
};
use dockwright_settings::Settings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let tree = tree(&files(source, "Dockerfile"));
    let environment = Environment::read(shared(tree), &ReadOptions::default());
    let mut settings = Settings::default();
    settings.audit.confidence = Confidence::Low;
    let audit = audit(&environment, &settings);
    let documents = &environment.documents;
    let view = FindingsView {
        findings: &audit.findings,
        documents,
        files_read: 1,
        hidden: audit.hidden,
        suppressed: audit.suppressed,
        older: None,
    };
    for color in [false, true] {
        let options = TextOptions {
            color,
            ..TextOptions::default()
        };
        text(&view, &options);
    }
    json(&view);
    sarif(&view, &SarifOptions::default());
    github(&view);
    let drawn = Graph::of(&environment);
    graph::text(&drawn);
    graph::json(&drawn, documents);
    graph::dot(&drawn, documents);
    graph::mermaid(&drawn);
    graph::svg(&drawn, documents);
});
