//! What the views say alike.

use std::time::Duration;

use annotate_snippets::renderer::{AnsiColor, Effects, Style};
use console::{measure_text_width, strip_ansi_codes};
use dockwright_build::progress::{State, Status, Step, TargetState};

use crate::escape::visible_line;
use crate::units;

pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::BrightRed.on_default().effects(Effects::BOLD);
pub(super) const QUIET: Style = Style::new().effects(Effects::DIMMED);
pub(super) const STRONG: Style = Style::new().effects(Effects::BOLD);

/// Text in a style, if there are colours.
pub(super) fn painted(text: &str, style: Style, color: bool) -> String {
    if color && !text.is_empty() {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}

/// `0.4s`, `12.3s`, `2m 05s`, `1h 02m`.
pub(super) fn time(time: Duration) -> String {
    let tenths = time.as_millis() / 100;
    let seconds = tenths / 10;
    match seconds {
        0..60 => format!("{seconds}.{}s", tenths % 10),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// `51.6 MB`, or a dash for what is not known.
pub(super) fn size(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "–".to_owned(), units::size)
}

/// A line of what a step or the engine wrote, without colours and harmless.
pub(super) fn line(text: &str) -> String {
    visible_line(&strip_ansi_codes(text)).into_owned()
}

/// `[compile 1/2] RUN make`.
pub(super) fn step(step: &Step) -> String {
    let work = work(step);
    match place(step) {
        place if place.is_empty() => work,
        place => format!("{place} {work}"),
    }
}

/// `[compile 1/2]`; nothing for a step that is no instruction.
pub(super) fn place(step: &Step) -> String {
    if step.place.is_empty() || step.internal {
        String::new()
    } else {
        format!("[{}]", line(&step.place))
    }
}

/// `RUN make`. An image is known well enough without its digest.
pub(super) fn work(step: &Step) -> String {
    let name = match step.name.split_once("@sha256:") {
        Some((image, _)) if step.name.starts_with("FROM ") => image,
        _ => &step.name,
    };
    line(name)
}

/// Why something failed, in few words: neither a command nor a name that means nothing to people
/// is said.
pub(super) fn reason(error: &str) -> String {
    const ENDED: &str = "did not complete successfully: ";
    const CHECKSUM: &str = "failed to calculate checksum of ref ";
    let after_name = |rest: &str| rest.split_once(": ").map(|(_, reason)| line(reason));
    if let Some((_, reason)) = error.rsplit_once(ENDED) {
        line(reason)
    } else if let Some(reason) = error.rsplit_once(CHECKSUM).and_then(|it| after_name(it.1)) {
        reason
    } else {
        line(error)
    }
}

/// What became of a target, and how that looks.
pub(super) fn outcome(target: &TargetState) -> (String, Style) {
    match &target.status {
        Status::Built => ("built".to_owned(), GOOD),
        Status::Failed(_) => ("failed".to_owned(), BAD),
        Status::Skipped(because) => (format!("skipped: {because} failed"), QUIET),
        Status::Stopped | Status::Running => ("stopped".to_owned(), QUIET),
        Status::Waiting => ("not begun".to_owned(), QUIET),
    }
}

/// How wide the names of a run are.
pub(super) fn name_width(state: &State) -> usize {
    let names = state.targets().iter();
    let width = names.map(|target| measure_text_width(&target.name)).max();
    width.unwrap_or_default().min(30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_short() {
        let time = |millis| time(Duration::from_millis(millis));
        assert_eq!(time(0), "0.0s");
        assert_eq!(time(12_345), "12.3s");
        assert_eq!(time(59_999), "59.9s");
        assert_eq!(time(125_000), "2m 05s");
        assert_eq!(time(3_725_000), "1h 02m");
        assert_eq!(size(Some(51_603_080)), "51.6 MB");
        assert_eq!(size(None), "–");
    }

    #[test]
    fn reasons_leave_out_what_says_nothing() {
        let ended = r#"process "/bin/sh -c make" did not complete successfully: exit code: 2"#;
        assert_eq!(reason(ended), "exit code: 2");
        let missing = r#"failed to compute cache key: failed to calculate checksum of ref a::b: "/x": not found"#;
        assert_eq!(reason(missing), r#""/x": not found"#);
        assert_eq!(reason("no such file"), "no such file");
    }

    #[test]
    fn what_others_wrote_cannot_act_on_the_terminal() {
        assert_eq!(line("\u{1b}[31mred\u{1b}[0m\tand\u{7}"), "red and␇");
    }
}
