//! A rule's page: its doc comment, read as sections with example files.
//!
//! The example files are code blocks whose info string ends in a path:
//! ```` ```dockerfile docker/Dockerfile ````. What stands under *Example* must make the rule fire,
//! what stands under *Use instead* must not; a test holds every page to that.

use crate::rule::Metadata;

/// A file of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleFile {
    /// Its path in the example's tree.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The files under the heading `section` of a rule's page.
pub fn example(rule: &Metadata, section: &str) -> Vec<ExampleFile> {
    let mut files: Vec<ExampleFile> = Vec::new();
    let mut inside = false;
    let mut fence: Option<String> = None;
    for line in rule.documentation.lines() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        if let Some(mark) = &fence {
            if line == mark {
                fence = None;
            } else if let Some(file) = files.last_mut().filter(|_| inside) {
                file.text.push_str(line);
                file.text.push('\n');
            }
            continue;
        }
        if let Some(heading) = line.strip_prefix("## ") {
            inside = heading.trim() == section;
            continue;
        }
        let info = line.trim_start_matches('`');
        let ticks = line.len() - info.len();
        if ticks >= 3 {
            fence = Some("`".repeat(ticks));
            if inside {
                let path = info.split_whitespace().nth(1).unwrap_or_default();
                files.push(ExampleFile {
                    path: path.to_owned(),
                    text: String::new(),
                });
            }
        }
    }
    files.retain(|file| !file.path.is_empty());
    files
}
