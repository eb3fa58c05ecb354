//! The `dockwright` program.
fn main() {}
