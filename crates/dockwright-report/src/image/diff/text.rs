//! How two images differ, for people.

use std::fmt::Write;

use annotate_snippets::renderer::{Effects, Style};

use super::super::words::short;
use super::DiffView;
use super::words::{
    Row, counts, files, growth, packages, places, settings, sharing, totals, verdict,
};
use crate::escape::visible_line;
use crate::units::size;

const STRONG: Style = Style::new().effects(Effects::BOLD);

/// Rows of each list, unless all are asked for.
const MAX_ROWS: usize = 12;

/// How a comparison is shown to people.
#[derive(Clone, Copy, Debug)]
pub struct TextOptions {
    /// Whether to use colours.
    pub color: bool,
    /// Columns to fill.
    pub width: usize,
    /// Whether all is shown: lists have no bound, and lines are not cut.
    pub all: bool,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self {
            color: false,
            width: 100,
            all: false,
        }
    }
}

/// The verdict, and what differs.
pub fn text(view: &DiffView, options: &TextOptions) -> String {
    let diff = view.diff;
    let mut screen = Screen {
        options,
        out: String::new(),
    };
    let (before, after) = (visible_line(view.before.0), visible_line(view.after.0));
    screen.line(&format!("{before} → {after}"));
    screen.strong(&verdict(diff));
    screen.heading("Sizes");
    screen.line(&format!("{:>24} {:>10}", "before", "after"));
    for [name, before, after, by] in totals(diff) {
        screen.line(&format!("  {name:<11} {before:>10} {after:>10} {by:>10}"));
    }
    screen.line(&format!("  {}", sharing(diff)));
    screen.categories(view);
    screen.rows("Configuration", &settings(&diff.config));
    screen.rows("Packages", &packages(&diff.packages));
    let (rows, left_out) = files(&diff.files);
    let others = if diff.packages.is_empty() {
        "Files"
    } else {
        "Other files"
    };
    screen.rows(others, &rows);
    if left_out > 0 {
        screen.line(&format!(
            "{:>10}  {left_out} paths of the packages above",
            "and"
        ));
    }
    screen.noise(view);
    screen.out
}

struct Screen<'a> {
    options: &'a TextOptions,
    out: String,
}

impl Screen<'_> {
    fn line(&mut self, line: &str) {
        let width = if self.options.all {
            usize::MAX
        } else {
            self.options.width
        };
        self.out.push_str(short(line, width).trim_end());
        self.out.push('\n');
    }

    fn strong(&mut self, line: &str) {
        let _ = if self.options.color {
            writeln!(self.out, "{STRONG}{line}{STRONG:#}")
        } else {
            writeln!(self.out, "{line}")
        };
    }

    fn heading(&mut self, heading: &str) {
        self.out.push('\n');
        self.strong(heading);
    }

    fn categories(&mut self, view: &DiffView) {
        let changed = view
            .diff
            .categories
            .iter()
            .filter(|(_, before, after)| before.bytes != after.bytes);
        let mut rows: Vec<_> = changed.collect();
        rows.sort_by_key(|(_, before, after)| {
            std::cmp::Reverse(before.bytes.abs_diff(after.bytes))
        });
        if rows.is_empty() {
            return;
        }
        self.heading("What the bytes are for");
        for (category, before, after) in rows {
            let by = growth(before.bytes, after.bytes);
            let (before, after) = (size(before.bytes), size(after.bytes));
            let label = category.label();
            self.line(&format!("{by:>10}  {label:<30} {before:>10} → {after}"));
        }
    }

    fn rows(&mut self, heading: &str, rows: &[Row]) {
        if rows.is_empty() {
            return;
        }
        self.heading(&format!("{heading}: {}", counts(rows)));
        let most = if self.options.all {
            rows.len()
        } else {
            MAX_ROWS
        };
        for row in rows.iter().take(most) {
            let Row {
                sign,
                name,
                how,
                bytes,
            } = row;
            let by = match bytes {
                (0, 0) => String::new(),
                (before, after) => growth(*before, *after),
            };
            self.line(&format!("{by:>10}  {sign} {name}  {how}"));
        }
        if rows.len() > most {
            let left = rows.len() - most;
            self.line(&format!("{:>10}  {left} more, which --all shows", "and"));
        }
    }

    fn noise(&mut self, view: &DiffView) {
        if view.diff.noise.is_empty() {
            return;
        }
        self.heading("Left aside as noise");
        let most = if self.options.all { usize::MAX } else { 2 };
        for applied in &view.diff.noise {
            self.line(&format!("  {:<20} {}", applied.name, applied.about));
            self.line(&format!("  {:<20} {}", "", places(applied, most)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn what_differs() {
        let screen = sample::shown(|view| text(view, &TextOptions::default()));
        insta::assert_snapshot!(screen, @r#"
        shop:1 → shop:2
        different: 7 settings, 3 packages and 14 paths differ

        Sizes
                          before      after
          unpacked      136.7 kB   171.4 kB   +34.6 kB
          visible       136.7 kB   105.2 kB   -31.5 kB
          stored          2.2 kB     2.9 kB     +774 B
          files               12          8         -4
          packages             2          2          =
          layers               2          2          =
          1 of 2 layers shared; the other has 1.6 kB as stored

        What the bytes are for
          -60.2 kB  base image                        60.2 kB → 29 B
          +46.0 kB  deleted but shipped                   0 B → 46.0 kB
          +30.1 kB  OS packages                           0 B → 30.1 kB
          +20.1 kB  duplicated across layers              0 B → 20.1 kB
           -6.0 kB  documentation and locales          6.0 kB → 0 B
           +4.5 kB  application                       70.5 kB → 75.0 kB

        Configuration: 1 added, 2 removed, 4 changed
                    ~ CMD  ["run"] → ["run","--port","8080"]
                    - ENV OLD
                    ~ ENV TOKEN  another value
                    - EXPOSE 80/tcp
                    + EXPOSE 8080/tcp
                    ~ LABEL team  a → b
                    ~ USER  root → shop

        Packages: 1 added, 1 removed, 1 changed
          -43.0 kB  - git  1:2.47.3-0
           +9.0 kB  + curl  8.14.1-2
           +1.0 kB  ~ libc6  2.41-12 → 2.41-13

        Other files: 1 removed, 3 changed
           +5.0 kB  ~ /srv/shop/run  contents, mode 644 → 755
           -3.0 kB  - /usr/share/doc/  2 files
            -500 B  ~ /srv/shop/notes  file → link
              -1 B  ~ /var/lib/dpkg/status  contents
               and  6 paths of the packages above

        Left aside as noise
          dpkg-logs            logs of dpkg and apt
                               /var/log/dpkg.log
        "#);
    }

    #[test]
    fn one_image() {
        let screen = sample::shown_twice(|view| text(view, &TextOptions::default()));
        insta::assert_snapshot!(screen, @r#"
        shop:1 → shop:2
        identical: both are one image

        Sizes
                          before      after
          unpacked      136.7 kB   136.7 kB          =
          visible       136.7 kB   136.7 kB          =
          stored          2.2 kB     2.2 kB          =
          files               12         12          =
          packages             2          2          =
          layers               2          2          =
          all layers of the later image are in the earlier one
        "#);
    }

    #[test]
    fn lists_have_a_bound() {
        let shown = |all| {
            sample::shown_many(|view| {
                let options = TextOptions {
                    all,
                    ..TextOptions::default()
                };
                let screen = text(view, &options);
                let lines = screen.lines().filter(|line| line.contains("/many/"));
                (lines.count(), screen.contains("9 more, which --all shows"))
            })
        };
        assert_eq!(shown(false), (12, true));
        assert_eq!(shown(true), (20, false));
    }
}
