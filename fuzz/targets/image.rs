//! Any bytes are an archive of an image, and a layer of one that is right otherwise.
#![no_main]

use dockwright_image::testing::{ImageBuilder, read};
use dockwright_image::{Attribution, Diff, Inspection, ReadOptions};
use dockwright_report::image::diff::{self, DiffView};
use dockwright_report::image::{InspectionView, TextOptions, json, markdown, text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let options = ReadOptions {
        file_digests: bytes.len().is_multiple_of(2),
        max_unpacked: 64 << 20,
        ..ReadOptions::default()
    };
    let _ = read(bytes, None, &options);
    let image = ImageBuilder::new().blob("RUN make # buildkit", bytes.to_vec(), bytes.to_vec());
    let Ok(image) = image.read(&options) else {
        return;
    };
    for node in image.tree.walk() {
        assert!(image.tree.is_there(node));
        assert_eq!(image.tree.get(&image.tree.path(node)), Some(node));
    }
    let attribution = Attribution::of(&image.config.history, "FROM a\nRUN make\n", None);
    let inspection = Inspection::of(&image, attribution.as_ref());
    let shipped: u64 = image.layers.iter().map(|layer| layer.file_bytes()).sum();
    assert_eq!(inspection.unpacked, shipped);
    let view = InspectionView {
        name: "image",
        image: &image,
        inspection: &inspection,
    };
    assert!(!text(&view, &TextOptions::default()).contains('\u{1b}'));
    json(&view);
    markdown(&view);
    let Ok(none) = ImageBuilder::new().read(&options) else {
        return;
    };
    let view = DiffView {
        before: ("none", &none),
        after: ("image", &image),
        diff: &Diff::of(&none, &image),
    };
    assert!(!diff::text(&view, &diff::TextOptions::default()).contains('\u{1b}'));
    diff::json(&view);
    diff::markdown(&view);
});
