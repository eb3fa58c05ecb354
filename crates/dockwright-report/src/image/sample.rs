//! A small image for tests: a base with a package, a step that installs others, and one that
//! deletes and copies.

use dockwright_image::testing::{Archive, ImageBuilder};
use dockwright_image::{Attribution, Inspection, ReadOptions};

use super::InspectionView;

const BASE: &str = "\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.41-12
Section: libs

";

const ADDED: &str = "\
Package: git
Status: install ok installed
Architecture: amd64
Version: 1:2.47.3-0
Section: vcs
Depends: libc6 (>= 2.38), perl

Package: perl
Status: install ok installed
Architecture: amd64
Version: 5.40.1-6
Section: perl
Depends: libperl5.40

Package: libperl5.40
Status: install ok installed
Architecture: amd64
Version: 5.40.1-6
Section: libs

Package: gcc
Status: install ok installed
Architecture: amd64
Version: 4:14.2.0-1
Section: devel

";

const AUTOMATIC: &str = "\
Package: perl
Architecture: amd64
Auto-Installed: 1

Package: libperl5.40
Architecture: amd64
Auto-Installed: 1
";

const DOCKERFILE: &str = "\
FROM debian:trixie
RUN apt-get update && apt-get install -y git gcc
RUN rm -rf /var/lib/apt/lists
COPY shop /srv/shop
ENV TOKEN=hunter2
USER shop
";

fn image() -> ImageBuilder {
    let base = Archive::new()
        .file("etc/os-release", "ID=debian\n")
        .file("usr/lib/libc.so.6", vec![1; 20_000])
        .file("usr/share/doc/libc6/copyright", vec![1; 3000])
        .file("var/lib/dpkg/status", BASE)
        .file(
            "var/lib/dpkg/info/libc6.list",
            "/usr/lib/libc.so.6\n/usr/share/doc/libc6/copyright\n",
        );
    let added = Archive::new()
        .file("usr/bin/git", vec![1; 40_000])
        .file("usr/bin/perl", vec![1; 30_000])
        .file("usr/lib/libperl.so", vec![1; 50_000])
        .file("usr/bin/gcc", vec![1; 100_000])
        .file("usr/lib/libc.so.6", vec![2; 20_000])
        .file("var/lib/apt/lists/main", vec![1; 25_000])
        .file("var/lib/apt/extended_states", AUTOMATIC)
        .file("var/lib/dpkg/status", format!("{BASE}{ADDED}"))
        .file("var/lib/dpkg/info/git.list", "/usr/bin/git\n")
        .file("var/lib/dpkg/info/perl.list", "/usr/bin/perl\n")
        .file(
            "var/lib/dpkg/info/libperl5.40.list",
            "/usr/lib/libperl.so\n",
        )
        .file("var/lib/dpkg/info/gcc.list", "/usr/bin/gcc\n");
    ImageBuilder::new()
        .layer("# debian.sh --arch 'amd64' out/ 'trixie'", base)
        .step("CMD [\"bash\"]")
        .layer(
            "RUN /bin/sh -c apt-get update && apt-get install -y git gcc # buildkit",
            added,
        )
        .layer(
            "RUN /bin/sh -c rm -rf /var/lib/apt/lists # buildkit",
            Archive::new().whiteout("var/lib/apt/lists"),
        )
        .layer(
            "COPY shop /srv/shop # buildkit",
            Archive::new()
                .file("srv/shop/run", vec![1; 70_000])
                .file("srv/shop/.git/pack", vec![1; 9000]),
        )
        .step("ENV TOKEN=hunter2")
        .step("USER shop")
        .architecture("amd64")
        .process(serde_json::json!({
            "User": "shop",
            "Env": ["PATH=/usr/bin", "TOKEN=hunter2"],
            "Cmd": ["run", "--port", "80"],
            "ExposedPorts": { "80/tcp": {} },
        }))
}

/// What a form makes of the image.
pub(super) fn shown(form: impl FnOnce(&InspectionView) -> String) -> String {
    let image = image().read(&ReadOptions::default()).unwrap();
    let attribution = Attribution::of(&image.config.history, DOCKERFILE, None);
    let inspection = Inspection::of(&image, attribution.as_ref());
    form(&InspectionView {
        name: "shop:1",
        image: &image,
        inspection: &inspection,
    })
}
