//! The images of the example.

use std::fs;
use std::path::Path;

use crate::trial::{Trial, workspace};

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

/// The example as it is. Its images install compilers, which takes minutes.
#[test]
fn all_images_of_the_example_are_built() {
    if std::env::var_os("DOCKWRIGHT_TEST_EXAMPLE_IMAGES").is_none_or(|it| it != "1") {
        eprintln!("skipped: DOCKWRIGHT_TEST_EXAMPLE_IMAGES is not 1; it takes minutes");
        return;
    }
    let Some(trial) = Trial::new("example", "") else {
        return;
    };
    let images = || {
        let all = trial.all_images().into_iter();
        let of_example = all.filter(|image| image.starts_with("onemount"));
        of_example.collect::<Vec<_>>()
    };
    let copied = trial.path("onemount");
    copy(&workspace().join("examples/onemount"), &copied);
    let before = images();
    let cold = trial.builds(&["--root", "onemount"]);
    let after = images();
    let warm = trial.builds(&["--root", "onemount"]);
    println!("{}\n{}", cold.output, warm.output);
    let new: Vec<&str> = after
        .iter()
        .filter(|image| !before.contains(image))
        .map(String::as_str)
        .collect();
    trial.docker(&[&["image", "rm", "--force"], new.as_slice()].concat());

    for image in [
        "onemount-base:0.1.0rc1",
        "onemount-base:latest",
        "onemount-builder:latest",
        "onemount-deb-builder:latest",
        "onemount-github-runner:latest",
        "onemount-test-runner:latest",
        "onemount:latest",
    ] {
        assert!(after.iter().any(|it| it == image), "{image}: {after:?}");
    }
    assert!(cold.output.contains("\n5 of 5 images built"));
    assert_eq!(trial.uncached(&warm), [""; 0]);
}
