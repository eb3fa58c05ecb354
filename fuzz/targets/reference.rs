//! Any text is read as an image reference; what is one is the same when it is read again.
#![no_main]

use dockwright_environment::reference::ImageReference;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let Ok(reference) = ImageReference::parse(source) else {
        return;
    };
    for form in [reference.normalised(), reference.to_string()] {
        let again = ImageReference::parse(&form).expect("what is printed can be read");
        assert_eq!(again.normalised(), reference.normalised());
    }
});
