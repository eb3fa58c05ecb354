//! A rule's page, in Markdown.

use std::fmt::Write;

use dockwright_audit::{Fixable, Metadata};

/// The page of a rule. `output` is what the audit says of its example.
pub fn page(rule: &Metadata, output: Option<&str>) -> String {
    let mut page = format!("# {}\n\n", rule.name);
    let fix = match rule.fix {
        Fixable::None => "none",
        Fixable::Safe => "safe",
        Fixable::Unsafe => "unsafe",
    };
    let (family, severity) = (rule.family.as_str(), rule.severity.as_str());
    let _ = write!(
        page,
        "Family **{family}** · severity **{severity}** · fix **{fix}**"
    );
    if !rule.aliases.is_empty() {
        let aliases: Vec<String> = rule
            .aliases
            .iter()
            .map(|alias| format!("`{alias}`"))
            .collect();
        let _ = write!(page, " · also known as {}", aliases.join(", "));
    }
    page.push_str("\n\n");
    let lines = rule.documentation.lines();
    for line in lines.map(|line| line.strip_prefix(' ').unwrap_or(line)) {
        if let (Some(output), true) = (output, line == "## Use instead") {
            let _ = write!(
                page,
                "The audit says:\n\n```text\n{}\n```\n\n",
                output.trim_end()
            );
        }
        page.push_str(line);
        page.push('\n');
    }
    page
}
