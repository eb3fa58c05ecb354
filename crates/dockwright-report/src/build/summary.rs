//! What a build came to: a table of the images.

use annotate_snippets::renderer::Style;
use console::measure_text_width;
use dockwright_build::ImageResult;
use dockwright_build::progress::{State, Status};

use super::words::{STRONG, line, outcome, painted, size, time};

const HEADINGS: [&str; COLUMNS] = [
    "image",
    "status",
    "time",
    "cached",
    "compressed",
    "unpacked",
    "to",
];
const COLUMNS: usize = 7;
/// Numbers stand to the right.
const NUMBERS: std::ops::Range<usize> = 2..6;
const STATUS: usize = 1;

/// The table, with a row for each target of the run, and a last line with the whole time.
pub fn summary(state: &State, rows: &[ImageResult], color: bool) -> String {
    let mut cells = vec![HEADINGS.map(str::to_owned)];
    let mut styles = vec![None];
    for (index, (target, row)) in state.targets().iter().zip(rows).enumerate() {
        let (status, style) = outcome(target);
        let steps = state.steps(index);
        let done = target.status == Status::Built;
        let begun = !matches!(target.status, Status::Waiting | Status::Skipped(_));
        let if_built = |text: String| if done { text } else { String::new() };
        let destinations: Vec<String> = row
            .destinations
            .iter()
            .map(|it| line(&it.to_string()))
            .collect();
        cells.push([
            line(&row.image),
            line(&status),
            if begun {
                time(state.elapsed(target))
            } else {
                String::new()
            },
            if_built(format!("{}/{}", steps.cached, steps.total)),
            if_built(size(row.size.compressed)),
            if_built(size(row.size.unpacked)),
            if_built(destinations.join(", ")),
        ]);
        styles.push(Some(style));
    }
    let table = table(&cells, &styles, color);
    let all = state.targets().len();
    let built = state
        .targets()
        .iter()
        .filter(|it| it.status == Status::Built)
        .count();
    let images = if all == 1 { "image" } else { "images" };
    let time = time(state.now());
    format!("{table}\n{built} of {all} {images} built in {time}.\n")
}

/// Cells below one another. `styles` are those of the status of each row; the headings have none.
fn table(cells: &[[String; COLUMNS]], styles: &[Option<Style>], color: bool) -> String {
    let mut widths = [0; COLUMNS];
    for row in cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = measure_text_width(cell).max(*width);
        }
    }
    let mut out = String::new();
    for (row, style) in cells.iter().zip(styles) {
        let mut text = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            let blanks = " ".repeat(width - measure_text_width(cell));
            let cell = match style {
                Some(style) if column == STATUS => painted(cell, *style, color),
                Some(_) => cell.clone(),
                None => painted(cell, STRONG, color),
            };
            if column > 0 {
                text += "  ";
            }
            text += &if NUMBERS.contains(&column) {
                blanks + &cell
            } else {
                cell + &blanks
            };
        }
        out += text.trim_end();
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::recorded::{BASE_FAILS, COLD, FAILING, Recorded};
    use super::*;
    use dockwright_build::progress::Event;
    use dockwright_build::{Destination, ImageSize};

    /// The state at the end of a recorded run, and of what is told after it.
    fn ended(recorded: Recorded, more: impl IntoIterator<Item = Event>) -> State {
        let mut state = recorded.state();
        for event in recorded.events().into_iter().chain(more) {
            state.advance(state.now() + std::time::Duration::from_millis(100));
            state.apply(event);
        }
        state.end();
        state
    }

    fn row(image: &str, sizes: Option<(u64, u64)>, to: Destination) -> ImageResult {
        ImageResult {
            image: image.to_owned(),
            size: ImageSize {
                compressed: sizes.map(|(compressed, _)| compressed),
                unpacked: sizes.map(|(_, unpacked)| unpacked),
            },
            destinations: vec![to],
        }
    }

    #[test]
    fn a_table_says_what_came_of_every_target() {
        let state = ended(COLD, []);
        let rows = [
            row("example-base:1.0", None, Destination::Cache),
            row(
                "example-app:1.0",
                Some((51_603_080, 133_910_528)),
                Destination::Engine,
            ),
            row(
                "example-tool:1.0",
                Some((1_250_000_000, 3_000_000_000)),
                Destination::Registry,
            ),
        ];
        insta::assert_snapshot!(summary(&state, &rows, false), @r#"
        image             status  time  cached  compressed  unpacked  to
        example-base:1.0  built   3.2s     0/2           –         –  cache only
        example-app:1.0   built   4.4s     0/3     51.6 MB  133.9 MB  engine
        example-tool:1.0  built   4.0s     0/1      1.2 GB    3.0 GB  registry

        3 of 3 images built in 11.9s.
        "#);
    }

    #[test]
    fn what_is_not_built_says_why() {
        let rows = |images: &[&str]| -> Vec<ImageResult> {
            images
                .iter()
                .map(|image| row(image, None, Destination::Engine))
                .collect()
        };
        let state = ended(FAILING, []);
        let images = rows(&["example-base:1.0", "example-app:1.0", "broken"]);
        insta::assert_snapshot!(summary(&state, &images, false), @r#"
        image             status  time  cached  compressed  unpacked  to
        example-base:1.0  built   1.8s     2/2           –         –  engine
        example-app:1.0   built   0.7s     3/3           –         –  engine
        broken            failed  7.0s

        2 of 3 images built in 12.9s.
        "#);
        let skipped = Event::Skipped {
            target: "app".to_owned(),
            because: "base".to_owned(),
        };
        let state = ended(BASE_FAILS, [skipped]);
        insta::assert_snapshot!(summary(&state, &rows(&["base", "app"]), false), @r#"
        image  status                time  cached  compressed  unpacked  to
        base   failed                1.6s
        app    skipped: base failed

        0 of 2 images built in 4.9s.
        "#);
        let state = ended(BASE_FAILS, []);
        insta::assert_snapshot!(summary(&state, &rows(&["base", "app"]), false), @r#"
        image  status   time  cached  compressed  unpacked  to
        base   failed   1.6s
        app    stopped  0.2s

        0 of 2 images built in 4.8s.
        "#);
    }

    #[test]
    fn colours_add_nothing_but_colours() {
        let state = ended(FAILING, []);
        let rows = vec![ImageResult::default(); 3];
        let coloured = summary(&state, &rows, true);
        assert!(coloured.contains("\u{1b}["));
        assert_eq!(
            console::strip_ansi_codes(&coloured),
            summary(&state, &rows, false)
        );
    }
}
