//! Any text is a configuration.
#![no_main]

use dockwright_audit::levels;
use dockwright_settings::Settings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let checked = Settings::parse(source).and_then(|settings| levels::check(&settings));
    if let Err(error) = checked {
        assert!(!error.message.is_empty() && !error.hint.is_empty());
    }
});
