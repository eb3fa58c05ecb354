//! Any files are a Compose project.
#![no_main]

use dockwright_environment::TreePath;
use dockwright_environment::compose::{Request, project_files, resolve};
use dockwright_fuzz::{Files, files};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let loader = Files(files(source, "compose.yaml"));
    let paths: Vec<TreePath> = loader.0.iter().map(|(path, _)| path.clone()).collect();
    for files in project_files(&paths, &loader) {
        let request = Request {
            files,
            root_name: Some("project".to_owned()),
            default_name: None,
            ..Request::default()
        };
        resolve(&request, &loader);
    }
});
