//! `ineffective-ignore-pattern`

use std::collections::BTreeMap;

use dockwright_environment::context::{BuildContext, Effect};
use dockwright_environment::tree::{Entry, below};
use dockwright_environment::{Environment, IgnoreDocument, Location, TreePath};
use dockwright_syntax::ignore::Pattern;

use crate::edits;
use crate::rule::{Context, Describe, Rule, rule};
use crate::tables::{self, Local, LocalKind};
use crate::{Confidence, Finding, Fix, Safety, Severity};

rule! {
    /// There is an ignore pattern that does not do what it looks like.
    ///
    /// ## What it does
    ///
    /// Runs every ignore file over the contexts it applies to, as the engine does, and looks at the
    /// patterns that change nothing. Reports one for which the files show what was meant:
    ///
    /// - it matches at the root of the context only, and the same names lie deeper (unlike git, the
    ///   engine reads `*.md` as `/*.md`);
    /// - the file is called otherwise: another case, a leading dot;
    /// - it holds a comment, a backslash, or `..`, or is relative to the wrong directory;
    /// - an exception (`!`) that a later pattern undoes, or that nothing above it makes necessary;
    /// - the directory of a package manager for which there is no manifest anywhere.
    ///
    /// Names of what comes into being later (`node_modules`, `*.log`, `.env`, `dist`, …), and names
    /// that git ignores too, may match nothing. Other plain names that match nothing are a hint of low
    /// confidence.
    ///
    /// ## Why is this bad?
    ///
    /// What the pattern seems to keep out is sent, and ends in the image.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY . /src
    /// ```
    /// ```text .dockerignore
    /// auth_tokens.json
    /// ```
    /// ```json tests/auth_tokens.json
    /// {"access_token": "made-up"}
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY . /src
    /// ```
    /// ```text .dockerignore
    /// **/auth_tokens.json
    /// ```
    /// ```json tests/auth_tokens.json
    /// {"access_token": "made-up"}
    /// ```
    ///
    /// ## Fix safety
    ///
    /// `**/` before a pattern excludes the files that it was written for. This is safe for what comes
    /// into being by itself and for credentials; for all else, and for a pattern that is corrected or
    /// moved, it is unsafe: the image may need them after all. A line that cannot match anything is
    /// left out, which is safe. Whether a name that matches nothing is needed has to be decided.
    ///
    /// ## References
    ///
    /// - Docker documentation: build context, .dockerignore files, syntax
    /// - gitignore(5), for the difference
    IneffectiveIgnorePattern {
        name: "ineffective-ignore-pattern",
        family: Context,
        severity: Warning,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for IneffectiveIgnorePattern {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let reads = cx.reads();
        for ignore in &environment.ignore_files {
            let is_own = |shared: &dockwright_environment::contexts::SharedContext| {
                environment
                    .ignore_of(shared)
                    .is_some_and(|own| own.document == ignore.document)
            };
            let mut contexts = Vec::new();
            let mut confidence = Confidence::Low;
            for (number, shared) in environment
                .contexts()
                .iter()
                .enumerate()
                .filter(|(_, shared)| is_own(shared))
            {
                contexts.push(View::new(
                    environment,
                    ignore,
                    environment.build_context(shared),
                ));
                let own = reads.iter().filter(|read| read.context == number);
                confidence = own
                    .map(|read| read.confidence)
                    .fold(confidence, Confidence::max);
            }
            for index in 0..ignore.file.patterns.len() {
                let mut judgements = contexts.iter().map(|view| view.judge(index));
                // In every context that it applies to.
                let Some(Some(judgement)) = judgements.next() else {
                    continue;
                };
                if judgements.all(|other| other.is_some()) {
                    let fix = judgement
                        .remedy
                        .as_ref()
                        .filter(|it| contexts.len() == 1 || it.is_general())
                        .and_then(|it| it.fix(environment, ignore, index));
                    let finding = self.finding(ignore, index, judgement, confidence);
                    findings.extend(finding.map(|finding| finding.fix(fix)));
                }
            }
        }
    }
}

impl IneffectiveIgnorePattern {
    fn finding(
        &self,
        ignore: &IgnoreDocument,
        index: usize,
        judgement: Judgement,
        confidence: Confidence,
    ) -> Option<Finding> {
        let span = ignore.file.patterns.get(index)?.span;
        let mut finding = Finding::new(
            self.metadata(),
            Location::new(ignore.document, span),
            judgement.message,
        )
        .severity(judgement.severity)
        .confidence(judgement.confidence.min(confidence))
        .help(judgement.help);
        if let Some(other) = judgement
            .undone_by
            .and_then(|other| ignore.file.patterns.get(other))
        {
            finding = finding.related(
                Location::new(ignore.document, other.span),
                "this pattern decides",
            );
        }
        Some(finding)
    }
}

/// What is wrong with a pattern.
struct Judgement {
    severity: Severity,
    confidence: Confidence,
    message: String,
    help: String,
    undone_by: Option<usize>,
    remedy: Option<Remedy>,
}

/// What can be done about a pattern.
enum Remedy {
    /// `**/` before it. What comes into being by itself, and credentials, no build needs.
    AtEveryDepth { is_expendable: bool },
    /// Another pattern in its place, by what lies in the context.
    Write(String),
    /// Its line away: it cannot match anything.
    Delete,
    /// The comment that it holds on a line of its own.
    CommentApart,
    /// Its line below that of another pattern.
    Below(usize),
}

impl Remedy {
    /// Whether it is the same in every context.
    fn is_general(&self) -> bool {
        matches!(
            self,
            Self::AtEveryDepth { .. } | Self::Delete | Self::CommentApart
        )
    }

    fn fix(&self, environment: &Environment, ignore: &IgnoreDocument, index: usize) -> Option<Fix> {
        let document = environment.documents.get(ignore.document);
        let span = ignore.file.patterns.get(index)?.span;
        let place = Location::new(document.id, span);
        let written = span.of(&document.text);
        let sends_less = "it excludes more: a build that needs it does not find it";
        Some(match self {
            // `./name` means the root.
            Self::AtEveryDepth { .. } if written.starts_with("./") => return None,
            Self::AtEveryDepth { is_expendable } => {
                let title = format!("write `**/{written}`");
                let fix = if *is_expendable {
                    Fix::safe(title, "no build needs what it names")
                } else {
                    Fix::with_care(title, sends_less)
                };
                fix.insert(document.id, span.start, "**/")
            }
            Self::Write(pattern) => {
                Fix::with_care(format!("write `{pattern}`"), sends_less).replace(place, pattern)
            }
            Self::Delete => Fix::new(Safety::Safe, "leave it out", "it matches nothing")
                .delete_lines(document, span),
            Self::CommentApart => {
                let (pattern, comment) = written.split_once('#')?;
                let pattern = pattern.trim_end();
                let text = format!("# {}\n{pattern}", comment.trim());
                let title = "put the comment above the pattern";
                Fix::with_care(title, sends_less).replace(place, text)
            }
            Self::Below(other) => {
                let other = ignore.file.patterns.get(*other)?;
                let title = format!("move it below `{}`", other.span.of(&document.text));
                Fix::with_care(title, "more is sent then")
                    .delete_lines(document, span)
                    .insert_line_after(document, other.span, written)
            }
        })
    }
}

impl Judgement {
    fn remedied(mut self, remedy: impl Into<Option<Remedy>>) -> Self {
        self.remedy = remedy.into();
        self
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is what every caller returns")]
    fn new(
        severity: Severity,
        confidence: Confidence,
        message: String,
        help: impl Into<String>,
    ) -> Option<Self> {
        Some(Self {
            severity,
            confidence,
            message,
            help: help.into(),
            undone_by: None,
            remedy: None,
        })
    }
}

/// An ignore file in one of its contexts.
struct View<'a> {
    environment: &'a Environment,
    ignore: &'a IgnoreDocument,
    context: BuildContext<'a>,
    /// What is sent from below the root of the context: file name → how many, and the first path.
    deeper: BTreeMap<String, (usize, TreePath)>,
}

impl<'a> View<'a> {
    fn new(
        environment: &'a Environment,
        ignore: &'a IgnoreDocument,
        context: BuildContext<'a>,
    ) -> Self {
        let mut deeper: BTreeMap<String, (usize, TreePath)> = BTreeMap::new();
        for entry in context.files() {
            let relative = entry
                .path
                .relative_to(context.directory())
                .unwrap_or_default();
            let is_git = relative.starts_with(".git/");
            let Some((_, name)) = relative.rsplit_once('/').filter(|_| !is_git) else {
                continue;
            };
            match deeper.get_mut(name) {
                Some((count, _)) => *count += 1,
                None => {
                    deeper.insert(name.to_owned(), (1, entry.path.clone()));
                }
            }
        }
        Self {
            environment,
            ignore,
            context,
            deeper,
        }
    }

    fn judge(&self, index: usize) -> Option<Judgement> {
        let pattern = self.ignore.file.patterns.get(index)?;
        let effect = *self.context.effects().get(index)?;
        let text = &self.environment.documents.get(self.ignore.document).text;
        let written = pattern.span.of(text);
        if self.context.is_truncated() {
            return None;
        }
        if effect == Effect::Effective {
            return if pattern.negated {
                None
            } else {
                self.shallow(pattern, written)
            };
        }
        self.misspelt(written, pattern)
            .or_else(|| match (pattern.negated, effect) {
                (true, _) => self.exception(index, pattern, written),
                (false, Effect::None) => self.without_match(pattern, written),
                (false, _) => None,
            })
    }

    /// A comment, a path out of the context, a backslash.
    fn misspelt(&self, written: &str, pattern: &Pattern) -> Option<Judgement> {
        let sure = |message: String, help: &str| {
            Judgement::new(Severity::Warning, Confidence::High, message, help)
        };
        if written.starts_with('#') || written.contains(" #") || written.contains("\t#") {
            return sure(
                format!(
                    "`{written}` is read as one pattern: a comment begins at the start of its line"
                ),
                "put the comment on a line of its own, with `#` as its first character",
            )
            .map(|it| {
                let is_apart = !written.starts_with('#');
                it.remedied(is_apart.then_some(Remedy::CommentApart))
            });
        }
        if pattern.text == ".." || pattern.text.starts_with("../") {
            return sure(
                format!(
                    "`{written}` matches nothing: a pattern does not lead out of the build context"
                ),
                "patterns are relative to the root of the build context",
            )
            .map(|it| it.remedied(Remedy::Delete));
        }
        let slashes = written.trim_start_matches('!').replace('\\', "/");
        if written.contains('\\') && self.exists(slashes.trim_start_matches('/')) {
            return sure(
                format!("`{written}` matches nothing: a backslash escapes the next character"),
                "separate the parts of the path by `/`",
            )
            .map(|it| it.remedied(Remedy::Write(written.replace('\\', "/"))));
        }
        None
    }

    /// A pattern that matches at the root, and would match deeper.
    fn shallow(&self, pattern: &Pattern, written: &str) -> Option<Judgement> {
        let is_general = |text: &str| {
            let is_suffix = text
                .strip_prefix('*')
                .is_some_and(|rest| rest.starts_with('.') && !rest.contains('*'));
            let local = tables::local(text);
            is_suffix
                || local.is_some_and(|local| {
                    matches!(local.kind, LocalKind::Dependencies)
                        || (local.kind == LocalKind::Cache && text.contains('_'))
                })
        };
        if pattern.text.contains('/')
            || !written.starts_with(&pattern.text)
            || !is_general(&pattern.text)
        {
            return None;
        }
        let (count, first) = self.deeper(pattern)?;
        let severity = if tables::credential(first.as_str()).is_some() {
            Severity::Warning
        } else {
            Severity::Info
        };
        Judgement::new(
            severity,
            Confidence::Medium,
            format!(
                "`{written}` matches at the root of the build context only, and {} deeper",
                lie(count, &first)
            ),
            format!("`**/{}` matches at every depth", pattern.text),
        )
        .map(|it| it.remedied(at_every_depth(&pattern.text)))
    }

    /// A pattern that excludes nothing because nothing matches.
    fn without_match(&self, pattern: &Pattern, written: &str) -> Option<Judgement> {
        let text = pattern.text.as_str();
        let is_literal = !text.contains(['*', '?', '[', '\\']);
        if text.is_empty() || text == "." || (is_literal && self.exists(text)) {
            return None;
        }
        let named = self.context.directory().join(text)?;
        if self.environment.is_in_absent_submodule(&named) {
            return None;
        }
        let name = text.rsplit('/').next().unwrap_or(text);
        if let Some(path) = self.beside_the_ignore_file(text) {
            return Judgement::new(
                Severity::Warning,
                Confidence::Medium,
                format!(
                    "`{written}` matches nothing: it is read relative to the build context, where it is `{path}`"
                ),
                format!("write `{path}`"),
            )
            .map(|it| it.remedied(Remedy::Write(path)));
        }
        let is_anchored = written.starts_with('/') || text.contains('/') || text.len() < 2;
        if let Some((count, first)) = self.deeper(pattern).filter(|_| !is_anchored) {
            // One plain word is often just what lies at the root, or will.
            let local = tables::local(text).map(|local| local.kind);
            let is_general = !is_literal
                || text.contains('.')
                || matches!(local, Some(LocalKind::Dependencies | LocalKind::Cache));
            return Judgement::new(
                Severity::Warning,
                if is_general {
                    Confidence::Medium
                } else {
                    Confidence::Low
                },
                format!(
                    "`{written}` matches nothing: it is read at the root of the build context only, and {} deeper",
                    lie(count, &first)
                ),
                format!("`**/{text}` matches at every depth"),
            )
            .map(|it| it.remedied(at_every_depth(text)));
        }
        if !is_literal {
            return None;
        }
        if let Some(path) = self.near(text, is_anchored) {
            return Judgement::new(
                Severity::Warning,
                Confidence::Medium,
                format!("`{written}` matches nothing: the nearest name is `{path}`"),
                "write the name as it is, with `**/` before it if it lies deeper",
            )
            .map(|it| it.remedied(self.relative(&path).map(Remedy::Write)));
        }
        self.made_by_nothing(written, name)
    }

    /// Names that match nothing, with no other evidence than that.
    fn made_by_nothing(&self, written: &str, name: &str) -> Option<Judgement> {
        let path = self.context.directory().join(name)?;
        let entries = below(self.environment.tree.entries(), self.context.directory());
        if let Some(local) = tables::local(name) {
            if self.environment.git_ignores(&path, true) {
                return None;
            }
            let is_made = entries.iter().any(|entry| self.makes(entry, local));
            let confidence = match local.kind {
                LocalKind::Dependencies | LocalKind::Vendored if !is_made => Confidence::Medium,
                // Only some keep it with the sources.
                LocalKind::Vendored => Confidence::Low,
                _ => return None,
            };
            return Judgement::new(
                Severity::Info,
                confidence,
                format!("`{written}` matches nothing, and nothing here makes it"),
                "remove it, or leave it where every project of yours has the same ignore file",
            );
        }
        let is_made =
            self.environment.git_ignores(&path, true) || tables::credential(name).is_some();
        if is_made || name.starts_with('.') {
            return None;
        }
        Judgement::new(
            Severity::Info,
            Confidence::Low,
            format!("`{written}` matches nothing"),
            "remove it, unless what it is for is made later",
        )
    }

    /// Whether a file says that a tool is in use that makes `local`, and has something to put there.
    fn makes(&self, entry: &Entry, local: &Local) -> bool {
        let path = entry.path.as_str();
        if !local.made_by.iter().any(|manifest| manifest.matches(path)) {
            return false;
        }
        local.needs.is_empty()
            || self
                .environment
                .tree
                .read(&entry.path)
                .map_or(true, |bytes| {
                    let text = String::from_utf8_lossy(&bytes);
                    local.needs.iter().any(|part| text.contains(part.as_str()))
                })
    }

    /// An exception that changes nothing.
    fn exception(&self, index: usize, pattern: &Pattern, written: &str) -> Option<Judgement> {
        let text = pattern.text.as_str();
        let matched = self.first_match(pattern);
        let Some(path) = matched else {
            let is_literal = !text.contains(['*', '?', '[', '\\']);
            let named = self.context.directory().join(text)?;
            let is_later = self.environment.git_ignores(&named, false)
                || text.split('/').any(|part| tables::local(part).is_some());
            if !is_literal || is_later {
                return None;
            }
            let (severity, message) = match self.near(text, true) {
                Some(near) => (
                    Severity::Warning,
                    format!("`{written}` lets nothing through: the nearest name is `{near}`"),
                ),
                None => (
                    Severity::Info,
                    format!("`{written}` lets nothing through: there is no such path"),
                ),
            };
            return Judgement::new(
                severity,
                Confidence::Medium,
                message,
                "name a path of the build context, or remove it",
            );
        };
        if let Some(later) = self
            .context
            .excluded_by(&path)
            .filter(|later| *later > index)
        {
            let decides = self.ignore.file.patterns.get(later)?;
            let document = &self.environment.documents.get(self.ignore.document).text;
            let mut judgement = Judgement::new(
                Severity::Warning,
                Confidence::High,
                format!(
                    "`{written}` lets nothing through: `{}` below it excludes `{path}` again",
                    decides.span.of(document)
                ),
                "the last pattern that matches decides: move the exception below it",
            )?;
            judgement.undone_by = Some(later);
            judgement.remedy = Some(Remedy::Below(later));
            return Some(judgement);
        }
        // Another exception, or none of the patterns above, has let it through.
        let relative = path.relative_to(self.context.directory())?;
        let above = self.ignore.file.patterns.get(..index)?;
        let ends = relative
            .match_indices('/')
            .map(|(at, _)| at)
            .chain([relative.len()]);
        let mut parts = ends.filter_map(|end| relative.get(..end));
        if parts.any(|part| above.iter().any(|other| other.matches(part))) {
            return None;
        }
        Judgement::new(
            Severity::Info,
            Confidence::Medium,
            format!("`{written}` lets nothing through: no pattern above it excludes `{path}`"),
            "remove it, or put the pattern that it is an exception to above it",
        )
    }

    /// The pattern that matches just a path of the context.
    fn relative(&self, path: &TreePath) -> Option<String> {
        let relative = path.relative_to(self.context.directory())?;
        Some(edits::ignore::pattern(relative)?.to_owned())
    }

    /// How many paths below the root of the context have a name that the pattern matches.
    fn deeper(&self, pattern: &Pattern) -> Option<(usize, TreePath)> {
        let mut named: Vec<(usize, TreePath)> = if pattern.text.contains(['*', '?', '[', '\\']) {
            let names = self.deeper.iter().filter(|(name, _)| pattern.matches(name));
            names.map(|(_, found)| found.clone()).collect()
        } else {
            self.deeper
                .get(&pattern.text)
                .cloned()
                .into_iter()
                .collect()
        };
        named.sort_by(|a, b| a.1.cmp(&b.1));
        let count = named.iter().map(|(count, _)| count).sum();
        Some((count, named.into_iter().next()?.1))
    }

    fn exists(&self, path: &str) -> bool {
        let path = self.context.directory().join(path);
        path.is_some_and(|path| self.environment.tree.entry(&path).is_some())
    }

    /// The first path of the context that an exception matches.
    fn first_match(&self, pattern: &Pattern) -> Option<TreePath> {
        if !pattern.text.contains(['*', '?', '[', '\\']) {
            let path = self.context.directory().join(&pattern.text)?;
            return self.environment.tree.entry(&path).map(|entry| entry.path);
        }
        let entries = below(self.environment.tree.entries(), self.context.directory());
        let found = entries.iter().find(|entry| {
            let relative = entry.path.relative_to(self.context.directory());
            relative.is_some_and(|relative| !relative.is_empty() && pattern.matches(relative))
        });
        found.map(|entry| entry.path.clone())
    }

    /// What a pattern would name if it were relative to the ignore file's own directory.
    fn beside_the_ignore_file(&self, text: &str) -> Option<String> {
        let own = self
            .environment
            .documents
            .get(self.ignore.document)
            .path
            .parent()?;
        let below = own
            .relative_to(self.context.directory())
            .filter(|below| !below.is_empty())?;
        self.environment.tree.entry(&own.join(text)?)?;
        Some(format!("{below}/{text}"))
    }

    /// A path whose name differs only by its case or a leading dot.
    fn near(&self, text: &str, is_anchored: bool) -> Option<TreePath> {
        let (directory, name) = text.rsplit_once('/').unwrap_or(("", text));
        // Who forgets the dot means the hidden file; who writes one does not mean the other.
        let is_hidden = name.starts_with('.');
        let plain = |name: &str| {
            let plain = if is_hidden {
                name
            } else {
                name.trim_start_matches('.')
            };
            plain.to_lowercase()
        };
        let wanted = plain(name);
        if wanted.len() < 3 {
            return None;
        }
        let beside = self.context.directory().join(directory)?;
        let beside = self.environment.tree.list(&beside).into_iter();
        let sent = beside.filter(|entry| self.context.excluded_by(&entry.path).is_none());
        let mut near = sent.filter(|entry| plain(entry.path.file_name()) == wanted);
        if let Some(entry) = near.next() {
            return Some(entry.path);
        }
        // A name that is not just any word may lie deeper.
        let is_particular = !is_anchored && wanted.contains(['.', '_', '-']);
        let mut deeper = self.deeper.iter().filter(|_| is_particular);
        deeper
            .find(|(name, _)| plain(name) == wanted)
            .map(|(_, (_, path))| path.clone())
    }
}

/// `**/` before a pattern that is a plain name.
fn at_every_depth(text: &str) -> Remedy {
    let is_made = tables::local(text).is_some_and(|local| {
        use LocalKind::{Cache, Dependencies, VersionControl};
        matches!(local.kind, Cache | Dependencies | VersionControl)
    });
    Remedy::AtEveryDepth {
        is_expendable: is_made || tables::credential(text).is_some(),
    }
}

/// How many lie somewhere, in words.
fn lie(count: usize, first: &TreePath) -> String {
    match count {
        1 => format!("`{first}` lies"),
        2 => format!("`{first}` and one other lie"),
        count => format!("`{first}` and {} others lie", count - 1),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    const RULE: &str = "ineffective-ignore-pattern";

    #[test]
    fn what_comes_into_being_later_is_silent() {
        assert_eq!(
            audit(
                RULE,
                "\
-- .gitignore --
/generated/
-- .dockerignore --
# everything local
.git
.platform
node_modules
*.log
.env
.env.*
!.env.example
**/.DS_Store
dist/
generated
/target
-- .env.example --
-- package.json --
-- platform/a --
-- src/a.c --
-- Dockerfile --
FROM debian
COPY . /src
"
            ),
            ""
        );
    }

    #[test]
    fn the_files_show_what_was_meant() {
        insta::assert_snapshot!(audit(RULE, "\
-- .dockerignore --
*.md
*.pyc
License
auth_tokens.json
docs # the manual
tests\\data
../other
node_modules
-- README.md --
-- lib/README.md --
-- lib/a.pyc --
-- lib/.auth_tokens.json --
-- LICENSE --
-- tests/data/x --
-- docs/x --
-- compose.yaml --
services:
  web:
    build: .
-- Dockerfile --
FROM debian
COPY . /src
"), @r"
        warning (medium) .dockerignore:2:1 `*.pyc` matches nothing: it is read at the root of the build context only, and `lib/a.pyc` lies deeper
          help: `**/*.pyc` matches at every depth
        warning (medium) .dockerignore:3:1 `License` matches nothing: the nearest name is `LICENSE`
          help: write the name as it is, with `**/` before it if it lies deeper
        warning (medium) .dockerignore:4:1 `auth_tokens.json` matches nothing: the nearest name is `lib/.auth_tokens.json`
          help: write the name as it is, with `**/` before it if it lies deeper
        warning .dockerignore:5:1 `docs # the manual` is read as one pattern: a comment begins at the start of its line
          help: put the comment on a line of its own, with `#` as its first character
        warning .dockerignore:6:1 `tests\data` matches nothing: a backslash escapes the next character
          help: separate the parts of the path by `/`
        warning .dockerignore:7:1 `../other` matches nothing: a pattern does not lead out of the build context
          help: patterns are relative to the root of the build context
        info (medium) .dockerignore:1:1 `*.md` matches at the root of the build context only, and `lib/README.md` lies deeper
          help: `**/*.md` matches at every depth
        info (medium) .dockerignore:8:1 `node_modules` matches nothing, and nothing here makes it
          help: remove it, or leave it where every project of yours has the same ignore file
        ");
    }

    #[test]
    fn what_a_project_without_dependencies_never_has() {
        let vendor = |manifest: &str| {
            audit(
                RULE,
                &format!(
                    "\
-- .dockerignore --
vendor/
-- go.mod --
{manifest}
-- Dockerfile --
FROM debian
COPY . /src
-- compose.yaml --
services:
  web:
    build: .
"
                ),
            )
        };
        assert!(vendor("module example.com/a").starts_with("info (medium) .dockerignore:1:1"));
        let needs_one = vendor("module example.com/a\nrequire example.com/b v1.0.0");
        assert!(needs_one.starts_with("info (low)"), "{needs_one}");
    }

    #[test]
    fn exceptions_that_change_nothing() {
        insta::assert_snapshot!(audit(RULE, "\
-- .dockerignore --
!a.md
!kept
*.md
!b.md
*
!src
!src/**
!gone.txt
-- a.md --
-- b.md --
-- kept --
-- src/a.c --
-- compose.yaml --
services:
  web:
    build: .
-- Dockerfile --
FROM debian
COPY . /src
"), @r"
        warning .dockerignore:1:1 `!a.md` lets nothing through: `*.md` below it excludes `a.md` again
          .dockerignore:3:1 this pattern decides
          help: the last pattern that matches decides: move the exception below it
        warning .dockerignore:2:1 `!kept` lets nothing through: `*` below it excludes `kept` again
          .dockerignore:5:1 this pattern decides
          help: the last pattern that matches decides: move the exception below it
        info (medium) .dockerignore:8:1 `!gone.txt` lets nothing through: there is no such path
          help: name a path of the build context, or remove it
        ");
    }

    #[test]
    fn patterns_of_a_dockerfile_in_a_directory_are_relative_to_the_context() {
        insta::assert_snapshot!(audit(RULE, "\
-- docker/Dockerfile.dockerignore --
scripts
-- docker/scripts/a.sh --
-- src/a.c --
-- compose.yaml --
services:
  web:
    build:
      context: .
      dockerfile: docker/Dockerfile
-- docker/Dockerfile --
FROM debian
COPY . /src
"), @r"
        warning (medium) docker/Dockerfile.dockerignore:1:1 `scripts` matches nothing: it is read relative to the build context, where it is `docker/scripts`
          help: write `docker/scripts`
        ");
    }

    #[test]
    fn what_was_meant_is_written() {
        insta::assert_snapshot!(fix("ineffective-ignore-pattern", "\
-- .dockerignore --
*.md
*.pyc
License
docs # the manual
tests\\data
../other
!keep.txt
*.txt
-- README.md --
-- keep.txt --
-- lib/README.md --
-- lib/a.pyc --
-- LICENSE --
-- tests/data/x --
-- docs/x --
-- compose.yaml --
services:
  web:
    build: .
-- Dockerfile --
FROM debian
COPY . /src
"), @r#"
        safe: write `**/*.pyc`, for no build needs what it names
        unsafe: write `LICENSE`, for it excludes more: a build that needs it does not find it
        unsafe: put the comment above the pattern, for it excludes more: a build that needs it does not find it
        unsafe: write `tests/data`, for it excludes more: a build that needs it does not find it
        safe: leave it out, for it matches nothing
        unsafe: move it below `*.txt`, for more is sent then
        unsafe: write `**/*.md`, for it excludes more: a build that needs it does not find it
        -- .dockerignore --
        -*.md
        -*.pyc
        -License
        -docs # the manual
        -tests\data
        -../other
        +**/*.md
        +**/*.pyc
        +LICENSE
        +# the manual
        +docs
        +tests/data
        +*.txt
        -*.txt
        "#);
    }
}
