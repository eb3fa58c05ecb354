//! `STOPSIGNAL`

use super::{excerpt, problem as with_help};
use crate::{Problem, Span};

/// The signals of Linux, without `SIG`; those of real time are counted from both ends.
const NAMES: &[&str] = &[
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL",
    "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP",
    "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX",
];

/// Why `value` is no signal: it must be a number but zero, or a name.
pub(super) fn problem(value: &str, span: Span) -> Option<Problem> {
    if is_signal(value) {
        return None;
    }
    Some(with_help(
        span,
        format!("`{}` is no signal", excerpt(value)),
        "it is a name such as SIGTERM, or a number",
    ))
}

fn is_signal(value: &str) -> bool {
    if let Ok(number) = value.parse::<i64>() {
        return number != 0;
    }
    let name = value.to_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    NAMES.contains(&name)
        || is_offset(name.strip_prefix("RTMIN+"), 15)
        || is_offset(name.strip_prefix("RTMAX-"), 14)
}

/// Whether `offset` is a number from one to `last`.
fn is_offset(offset: Option<&str>, last: u32) -> bool {
    let starts_well = |offset: &&str| offset.starts_with(|ch| matches!(ch, '1'..='9'));
    let number = offset.filter(starts_well).map(str::parse::<u32>);
    matches!(number, Some(Ok(number)) if number <= last)
}

#[cfg(test)]
mod tests {
    use super::is_signal;

    #[test]
    fn signals_are_names_or_numbers() {
        for value in [
            "SIGTERM",
            "term",
            "sigRtMin+15",
            "RTMAX-14",
            "9",
            "-1",
            "99",
        ] {
            assert!(is_signal(value), "{value}");
        }
        for value in [
            "",
            "0",
            "SIG",
            "SIGSIGTERM",
            "RTMIN+16",
            "RTMIN+01",
            "RTMAX+1",
            "TERM ",
        ] {
            assert!(!is_signal(value), "{value}");
        }
    }
}
