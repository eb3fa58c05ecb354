//! Any text is a shell script.
#![no_main]

use dockwright_syntax::shell::{self, Dialect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let dialect = Dialect::from_shebang(source).unwrap_or(Dialect::Posix);
    for dialect in [dialect, Dialect::Bash] {
        let script = shell::parse(source, dialect);
        for command in script.commands() {
            assert!(source.get(command.command.span.range()).is_some());
            let _ = command.command.invocation();
        }
        script.variables_read();
        script.variables_assigned();
        script.functions();
        script.sourced();
        script.dispatches();
    }
});
