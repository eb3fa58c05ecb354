//! Compose commands, and the projects that they are about.

use super::directory::Directory;
use super::invocation::Invocation;
use crate::compose::{FILE_NAMES, Project};
use crate::{Environment, Tree, TreePath, Value};

/// A Compose command, with what it is about.
#[derive(Debug)]
pub struct ComposeCommand<'a> {
    /// Its sub-command, such as `up`.
    pub verb: &'a str,
    /// The projects that it may be about, one for each place it may run in: what the files that it
    /// names make, and no other; without such, the projects of the file that Compose finds. None when
    /// that is not known.
    pub projects: Vec<&'a Project>,
    /// The services it names.
    pub services: Vec<&'a Value>,
    /// The profiles it enables.
    pub profiles: Vec<&'a Value>,
}

/// Sub-commands of which every operand is a service.
const SERVICES: &[&str] = &[
    "attach", "build", "config", "create", "events", "images", "kill", "logs", "pause", "ps",
    "pull", "push", "restart", "rm", "start", "stats", "stop", "top", "unpause", "up", "volumes",
    "wait", "watch",
];

/// Sub-commands of which the first operand is a service.
const SERVICE: &[&str] = &["exec", "port", "run"];

/// Options whose value is a service.
const OPTIONS: &[&str] = &["attach", "exit-code-from", "no-attach"];

/// Directories above the one it runs in, in which Compose looks for its file.
const MAX_ABOVE: usize = 16;

impl Invocation {
    /// The Compose files that it names, by option or variable.
    pub fn compose_files(&self) -> Vec<Value> {
        let named: Vec<Value> = self.values("file").cloned().collect();
        if !named.is_empty() {
            return named;
        }
        let Some(value) = self.variable("COMPOSE_FILE") else {
            return Vec::new();
        };
        if !value.is_known() {
            return vec![value.clone()];
        }
        let files = value.text.split(':').filter(|file| !file.is_empty());
        files
            .map(|text| Value {
                text: text.to_owned(),
                ..value.clone()
            })
            .collect()
    }

    /// The Compose files that it names, once for each place it may run in at which all of them are;
    /// none when it names none, or one of which nothing is known.
    pub(crate) fn compose_file_lists(&self, tree: &dyn Tree) -> Vec<Vec<TreePath>> {
        let files = self.compose_files();
        let mut lists: Vec<Vec<TreePath>> = Vec::new();
        for base in self.directory.candidates() {
            let from = Directory::at(base.clone());
            let file = |file: &Value| {
                let path = from.resolve(file.known()?).into_iter().next()?;
                tree.entry(&path).map(|_| path)
            };
            let list: Option<Vec<TreePath>> = files.iter().map(file).collect();
            lists.extend(list.filter(|list| !list.is_empty() && !lists.contains(list)));
        }
        lists
    }

    fn services(&self, verb: &str) -> Vec<&Value> {
        let count = if SERVICES.contains(&verb) {
            usize::MAX
        } else {
            usize::from(SERVICE.contains(&verb))
        };
        let operands = self.operands.iter().take(count);
        let options = OPTIONS.iter().flat_map(|name| self.values(name));
        operands.chain(options).collect()
    }
}

impl Environment {
    /// What a Compose command is about; `None` when it is another command.
    pub fn compose_command<'a>(&'a self, invocation: &'a Invocation) -> Option<ComposeCommand<'a>> {
        let verb = invocation
            .compose_command()
            .filter(|verb| !verb.is_empty())?;
        let mut profiles: Vec<&Value> = invocation.values("profile").collect();
        profiles.extend(invocation.variable("COMPOSE_PROFILES"));
        Some(ComposeCommand {
            verb,
            projects: self.projects_of(invocation),
            services: invocation.services(verb),
            profiles,
        })
    }

    fn projects_of(&self, invocation: &Invocation) -> Vec<&Project> {
        if invocation.compose_files().is_empty() {
            return self.default_projects(invocation);
        }
        let lists = invocation.compose_file_lists(self.tree.as_ref());
        let projects = lists.iter().filter_map(|files| {
            let mut all = self.all_compose();
            all.find(|project| project.asked_for == *files)
        });
        projects.collect()
    }

    /// The projects of the file that Compose finds by itself: what others may lay over it counts too,
    /// since a variable that is set elsewhere may say so.
    fn default_projects(&self, invocation: &Invocation) -> Vec<&Project> {
        let mut found: Vec<&Project> = Vec::new();
        for base in invocation.directory.candidates() {
            let base = match invocation.value("project-directory") {
                Some(directory) => directory.known().and_then(|path| base.join(path)),
                None => Some(base.clone()),
            };
            let path = base.and_then(|base| self.default_file(&base));
            let document = path.and_then(|path| self.documents.by_path(&path));
            let Some(document) = document.map(|document| document.id) else {
                continue;
            };
            let projects = self.compose.iter();
            for project in projects.filter(|project| project.files.contains(&document)) {
                let is_new = !found.iter().any(|known| std::ptr::eq(*known, project));
                if is_new {
                    found.push(project);
                }
            }
        }
        found
    }

    /// The file that Compose finds from a directory.
    fn default_file(&self, base: &TreePath) -> Option<TreePath> {
        let directories = std::iter::successors(Some(base.clone()), TreePath::parent);
        directories.take(MAX_ABOVE).find_map(|directory| {
            let mut paths = FILE_NAMES.iter().filter_map(|name| directory.join(name));
            paths.find(|path| self.tree.entry(path).is_some())
        })
    }
}

impl ComposeCommand<'_> {
    /// Whether what it is about is known as a whole: no project has a part that could not be read.
    pub fn is_known(&self) -> bool {
        !self.projects.is_empty()
            && self
                .projects
                .iter()
                .all(|project| project.problems.is_empty())
    }

    /// Whether there is a service of this name.
    pub fn has_service(&self, name: &str) -> bool {
        self.projects
            .iter()
            .any(|project| project.service(name).is_some())
    }

    /// Whether some service has this profile.
    pub fn has_profile(&self, name: &str) -> bool {
        let mut services = self.projects.iter().flat_map(|project| &project.services);
        services.any(|service| {
            service
                .profiles
                .iter()
                .any(|own| !own.is_known() || own.text == name)
        })
    }
}
