//! GitLab CI: the scripts of a job are one shell at the root.

use dockwright_syntax::gitlab;
use dockwright_syntax::shell::Dialect;
use dockwright_syntax::substitute::braced;

use super::Host;
use crate::TreePath;
use crate::commands::Directory;

pub(super) fn read(host: &mut Host<'_>) {
    let ci = gitlab::parse(&host.document.text);
    for job in &ci.jobs {
        for image in &job.images {
            host.image(&braced(image));
        }
        let variables = ci.variables.iter().chain(&job.variables);
        let variables = variables
            .map(|(name, text)| (name.clone(), host.value(&braced(text))))
            .collect();
        if let Some(script) = &job.script {
            let root = Directory::at(TreePath::root());
            host.shell(script, Dialect::Bash, root, variables);
        }
    }
}
