//! The `dockwright` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    dockwright::run()
}
