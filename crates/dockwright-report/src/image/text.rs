//! An image on one screen.

use std::fmt::Write;

use annotate_snippets::renderer::{Effects, Style};

use super::InspectionView;
use super::words::{configuration, full_name, path, pulled, shares, short, totals, way, work};
use crate::escape::visible_line;
use crate::units::{percent, size};

const STRONG: Style = Style::new().effects(Effects::BOLD);

/// Rows of each list.
const MAX_STEPS: usize = 12;
const MAX_ROOTS: usize = 8;
const MAX_PACKAGES: usize = 8;
const MAX_FILES: usize = 6;

/// Columns of the longest bar.
const BAR: u64 = 24;

/// How an image is shown to people.
#[derive(Clone, Copy, Debug)]
pub struct TextOptions {
    /// Whether to use colours.
    pub color: bool,
    /// Columns to fill.
    pub width: usize,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self {
            color: false,
            width: 100,
        }
    }
}

/// What an image consists of, what its bytes are for, which steps and packages brought them.
pub fn text(view: &InspectionView, options: &TextOptions) -> String {
    let mut screen = Screen {
        view,
        options,
        out: String::new(),
    };
    screen.head();
    screen.categories();
    screen.steps();
    screen.roots();
    screen.packages();
    screen.files();
    screen.configuration();
    screen.out
}

struct Screen<'a> {
    view: &'a InspectionView<'a>,
    options: &'a TextOptions,
    out: String,
}

impl Screen<'_> {
    fn line(&mut self, line: &str) {
        self.out
            .push_str(short(line, self.options.width).trim_end());
        self.out.push('\n');
    }

    fn heading(&mut self, heading: &str) {
        let _ = if self.options.color {
            writeln!(self.out, "\n{STRONG}{heading}{STRONG:#}")
        } else {
            writeln!(self.out, "\n{heading}")
        };
    }

    fn head(&mut self) {
        let image = self.view.image;
        let digest = image.digest.as_ref().unwrap_or(&image.id);
        let name = visible_line(self.view.name);
        self.line(&format!(
            "{name}  {}  {}",
            image.config.platform(),
            short(digest, 19)
        ));
        self.line(&totals(self.view));
        let unread: Vec<String> = image
            .layers
            .iter()
            .flat_map(|layer| &layer.unread)
            .map(|path| format!("/{path}"))
            .collect();
        if let Some(first) = unread.first() {
            let count = unread.len();
            self.line(&format!("not read, because they are too large: {count} files that may tell of packages, such as {first}"));
        }
    }

    fn categories(&mut self) {
        self.heading("What the bytes are for");
        let inspection = self.view.inspection;
        let mut rows: Vec<_> = inspection.categories.iter().collect();
        rows.sort_by_key(|(category, sum)| (std::cmp::Reverse(sum.bytes), **category));
        let largest = rows.first().map_or(1, |(_, sum)| sum.bytes.max(1));
        for (category, sum) in rows {
            let bar = usize::try_from(sum.bytes * BAR / largest).unwrap_or_default();
            let (bytes, part) = (size(sum.bytes), percent(sum.bytes, inspection.unpacked));
            self.line(&format!(
                "{bytes:>10} {part:>3} %  {:<30} {}",
                category.label(),
                "█".repeat(bar)
            ));
        }
    }

    fn steps(&mut self) {
        let steps = &self.view.inspection.steps;
        let mut largest: Vec<usize> = (0..steps.len())
            .filter(|index| steps.get(*index).is_some_and(|step| step.bytes > 0))
            .collect();
        largest
            .sort_by_key(|index| std::cmp::Reverse(steps.get(*index).map_or(0, |step| step.bytes)));
        let left = largest.len().saturating_sub(MAX_STEPS);
        largest.truncate(MAX_STEPS);
        largest.sort_unstable();
        if largest.is_empty() {
            return;
        }
        self.heading("Which step brought them");
        for step in largest.into_iter().filter_map(|index| steps.get(index)) {
            let place = match (&step.line, step.is_base) {
                (Some(line), _) => format!("line {}", line.number),
                (None, true) => "base".to_owned(),
                (None, false) => step
                    .layer
                    .map_or_else(String::new, |layer| format!("layer {}", layer + 1)),
            };
            let room = self.options.width.saturating_sub(24);
            self.line(&format!(
                "{:>10}  {place:<9} {}",
                size(step.bytes),
                work(step, room)
            ));
            let shares = shares(&step.categories, room);
            self.line(&format!("{:22} {shares}", ""));
        }
        if left > 0 {
            self.line(&format!("{:>10}  and {left} smaller steps", ""));
        }
    }

    fn roots(&mut self) {
        let roots = &self.view.inspection.roots;
        let pulling: Vec<_> = roots
            .iter()
            .filter(|one| one.packages.len() > 1)
            .take(MAX_ROOTS)
            .collect();
        if pulling.is_empty() {
            return;
        }
        self.heading("Which packages pulled others in");
        for one in pulling {
            let name = full_name(&self.view.image.packages, one.root);
            self.line(&format!("{:>10}  {name}", size(one.bytes)));
            self.line(&format!("{:12}  with {}", "", pulled(self.view, one)));
        }
    }

    fn packages(&mut self) {
        let all = &self.view.image.packages.all;
        let mut largest: Vec<usize> = (0..all.len())
            .filter(|index| all.get(*index).is_some_and(|it| it.bytes > 0))
            .collect();
        largest.sort_by_key(|index| std::cmp::Reverse(all.get(*index).map_or(0, |it| it.bytes)));
        if largest.is_empty() {
            return;
        }
        self.heading(&format!(
            "The largest of {} packages, and what pulled them in",
            all.len()
        ));
        for index in largest.into_iter().take(MAX_PACKAGES) {
            let bytes = all.get(index).map_or(0, |package| package.bytes);
            self.line(&format!("{:>10}  {}", size(bytes), way(self.view, index)));
        }
    }

    fn files(&mut self) {
        let inspection = self.view.inspection;
        if inspection.shares.is_empty() {
            return;
        }
        self.heading("The largest files");
        for share in inspection.shares.iter().take(MAX_FILES) {
            let path = visible_line(&path(self.view.image, share.entry)).into_owned();
            let owner = share
                .node
                .and_then(|node| self.view.image.packages.owner(node));
            let of = match owner {
                Some(owner) => full_name(&self.view.image.packages, owner),
                None => share.category.label().to_owned(),
            };
            self.line(&format!("{:>10}  {path}  ({of})", size(share.bytes)));
        }
    }

    fn configuration(&mut self) {
        self.heading("Configuration");
        for (what, value) in configuration(self.view.image) {
            self.line(&format!("  {what:<13} {}", visible_line(&value)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn one_screen() {
        let screen = sample::shown(|view| text(view, &TextOptions::default()));
        insta::assert_snapshot!(screen, @r#"
        shop:1  linux/amd64  sha256:2e70b9dcccb…
        367.8 kB in 4 layers, 5.2 kB compressed; 45.0 kB of it cannot be seen in the end

        What the bytes are for
          140.7 kB  38 %  OS packages                    ████████████████████████
          100.0 kB  27 %  development packages           █████████████████
           70.0 kB  19 %  application                    ███████████
           25.0 kB   7 %  deleted but shipped            ████
           20.0 kB   5 %  duplicated across layers       ███
            9.0 kB   2 %  version control and tests      █
            3.0 kB   1 %  documentation and locales
              60 B   0 %  base image

        Which step brought them
           23.1 kB  base      # debian.sh --arch 'amd64' out/ 'trixie'
                               duplicated across layers 20.0 kB, documentation and locales 3.0 kB
          265.7 kB  line 2    RUN apt-get update && apt-get install -y git gcc
                               OS packages 140.7 kB, development packages 100.0 kB
           79.0 kB  line 4    COPY shop /srv/shop
                               application 70.0 kB, version control and tests 9.0 kB

        Which packages pulled others in
          120.0 kB  git 1:2.47.3-0
                      with libperl5.40 50.0 kB, perl 30.0 kB

        The largest of 5 packages, and what pulled them in
          100.0 kB  gcc
           50.0 kB  libperl5.40 ← perl ← git
           40.0 kB  git
           30.0 kB  perl ← git
           23.0 kB  libc6

        The largest files
          100.0 kB  /usr/bin/gcc  (gcc 4:14.2.0-1)
           70.0 kB  /srv/shop/run  (application)
           50.0 kB  /usr/lib/libperl.so  (libperl5.40 5.40.1-6)
           40.0 kB  /usr/bin/git  (git 1:2.47.3-0)
           30.0 kB  /usr/bin/perl  (perl 5.40.1-6)
           25.0 kB  /var/lib/apt/lists/main  (deleted but shipped)

        Configuration
          user          shop
          command       ["run","--port","80"]
          ports         80/tcp
          variables     PATH, TOKEN
        "#);
    }
}
