//! Ctrl-C and its like.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::failure::{Failure, UNUSABLE};

/// A flag that is set when the person, or the system, asks the program to stop.
pub(crate) fn on_signal() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).map_err(|error| {
            let error = format!("cannot listen to signals: {error}");
            Failure::new(UNUSABLE, error, "run it where a program may handle signals")
        })?;
    }
    Ok(stop)
}
