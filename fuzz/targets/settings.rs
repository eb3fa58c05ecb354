//! Any text is a configuration.
#![no_main]

use dockwright_audit::Settings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    if let Err(error) = Settings::parse(source) {
        assert!(!error.message.is_empty() && !error.hint.is_empty());
    }
});
