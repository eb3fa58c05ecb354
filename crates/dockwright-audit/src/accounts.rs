//! Commands that make users and groups.

use dockwright_syntax::shell::Invocation;

use crate::steps::literals;

/// Programs that make or change users and groups. Source: the manual of each.
pub(crate) const PROGRAMS: [&str; 9] = [
    "adduser", "addgroup", "chpasswd", "gpasswd", "groupadd", "groupmod", "passwd", "useradd",
    "usermod",
];

/// Options of `adduser` and `addgroup` whose value is the next word, of Debian or of `BusyBox`. Source: both manuals.
const VALUED: [&str; 7] = [
    "--uid",
    "--gid",
    "--home",
    "--shell",
    "--gecos",
    "--ingroup",
    "--comment",
];

/// The words of `adduser` and `addgroup` that are no options: a user, a group, or a user and the group it gets.
pub(crate) fn operands<'a>(call: &Invocation<'a>) -> Vec<&'a str> {
    let mut is_value = false;
    let words = literals(call.arguments()).filter(|word| {
        let was_value = std::mem::take(&mut is_value);
        let is_option = word.starts_with('-');
        let is_short = is_option && !word.starts_with("--");
        is_value =
            VALUED.contains(word) || is_short && word.ends_with(['u', 'h', 's', 'g', 'G', 'k']);
        !was_value && !is_option
    });
    words.collect()
}
