//! The images of the example.

use std::fs;
use std::path::Path;

use crate::trial::{Trial, found, workspace};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The example as it is. Its images install compilers: that takes minutes.
#[test]
fn all_images_of_the_example_are_built() {
    let asked = std::env::var("DOCKWRIGHT_TEST_EXAMPLE_IMAGES").is_ok_and(|it| it == "1");
    if !asked {
        eprintln!("skipped: DOCKWRIGHT_TEST_EXAMPLE_IMAGES is not 1; it takes minutes");
        return;
    }
    if found("DOCKWRIGHT_DOCKER", "DOCKWRIGHT_REQUIRE_ENGINE").is_none() {
        return;
    }
    let Some(trial) = Trial::new("example", "") else {
        return;
    };
    copy(
        &workspace().join("examples/onemount"),
        trial.repository.root(),
    );
    let run = trial.builds(&[]);
    eprintln!("{}", run.output);
    insta::assert_snapshot!(trial.table(&run), @"");
    let run = trial.builds(&[]);
    insta::assert_snapshot!(trial.table(&run), @"");
}
