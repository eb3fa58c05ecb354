//! A line that tells how much of an image is read, on a terminal.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::words::short;
use crate::units::size;

/// How often the line is drawn anew.
const TICK: Duration = Duration::from_millis(200);

/// A line on standard error while it lives; nothing where that is no terminal.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Tells how much of an image is read, going by a count of bytes.
    pub fn new(name: &str, bytes_read: Arc<AtomicU64>) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{msg}: {read} read") {
            let read = move |_: &ProgressState, text: &mut dyn Write| {
                let _ = text.write_str(&size(bytes_read.load(Ordering::Relaxed)));
            };
            bar.set_style(style.with_key("read", read));
        }
        bar.set_message(short(name, 60));
        bar.enable_steady_tick(TICK);
        Self(bar)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
