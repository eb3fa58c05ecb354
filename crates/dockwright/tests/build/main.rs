//! `dockwright build` against real engines.
//!
//! Needs what `scripts/engine start`, `base busybox`, `registry` and `builder` print; see
//! docs/contributing/engine.md. A test whose engine is not there is skipped, or fails if
//! `DOCKWRIGHT_REQUIRE_ENGINE` or `DOCKWRIGHT_REQUIRE_REGISTRY` says so.

#![cfg(unix)]
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic)]

mod breakdown;
mod builder;
mod caches;
mod choices;
mod example;
mod failures;
mod interrupt;
mod oracles;
mod order;
mod outputs;
mod pins;
mod progress;
mod refusals;
mod rehearsal;
mod secrets;
#[path = "../support/mod.rs"]
mod support;
mod throwaway;
mod trial;
