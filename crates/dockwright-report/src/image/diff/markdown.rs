//! How two images differ, as Markdown: tables for a pull request.

use super::super::markdown::{add_table, cell};
use super::DiffView;
use super::words::{Row, files, growth, packages, places, settings, sharing, totals, verdict};
use crate::units::size;

/// Rows of each table.
const MAX_ROWS: usize = 20;

/// Places that are named for each normaliser.
const MAX_PLACES: usize = 3;

/// The verdict, and what differs, as tables.
pub fn markdown(view: &DiffView) -> String {
    let diff = view.diff;
    let mut out = format!(
        "# {} → {}\n\n**{}.** {}.\n",
        cell(view.before.0),
        cell(view.after.0),
        cell(&verdict(diff)),
        cell(&sharing(diff))
    );
    let rows = totals(diff).into_iter().map(Vec::from).collect();
    add_table(&mut out, "Sizes", "what|before>|after>|by>", rows);
    let changed = diff
        .categories
        .iter()
        .filter(|(_, before, after)| before.bytes != after.bytes);
    let rows = changed.map(|(category, before, after)| {
        let (before, after) = (before.bytes, after.bytes);
        let by = growth(before, after);
        vec![category.label().to_owned(), size(before), size(after), by]
    });
    let columns = "category|before>|after>|by>";
    add_table(&mut out, "What the bytes are for", columns, rows.collect());
    let rows = settings(&diff.config)
        .into_iter()
        .map(|row| vec![row.sign.to_string(), row.name, row.how]);
    add_table(&mut out, "Configuration", "|setting|value", rows.collect());
    let rows = bounded(packages(&diff.packages));
    add_table(&mut out, "Packages", "|package|version|bytes>", rows);
    let (rows, _) = files(&diff.files);
    let title = if diff.packages.is_empty() {
        "Files"
    } else {
        "Files of other packages or none"
    };
    add_table(&mut out, title, "|path|how|bytes>", bounded(rows));
    let rows = diff.noise.iter().map(|applied| {
        let name = applied.name.to_owned();
        vec![name, applied.about.to_owned(), places(applied, MAX_PLACES)]
    });
    add_table(
        &mut out,
        "Left aside as noise",
        "name|what|where",
        rows.collect(),
    );
    out
}

/// The first rows of a list, and how many there are besides.
fn bounded(rows: Vec<Row>) -> Vec<Vec<String>> {
    let left = rows.len().saturating_sub(MAX_ROWS);
    let shown = rows.into_iter().take(MAX_ROWS);
    let mut shown: Vec<Vec<String>> = shown
        .map(|row| {
            let by = growth(row.bytes.0, row.bytes.1);
            vec![row.sign.to_string(), row.name, row.how, by]
        })
        .collect();
    if left > 0 {
        let more = format!("and {left} more");
        shown.push(vec![String::new(), more, String::new(), String::new()]);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn tables() {
        insta::assert_snapshot!(sample::shown(markdown), @r#"
        # shop:1 → shop:2

        **different: 7 settings, 3 packages and 14 paths differ.** 1 of 2 layers shared; the other has 1.6 kB as stored.

        ## Sizes

        |what|before|after|by|
        |---|---:|---:|---:|
        | unpacked | 136.7 kB | 171.4 kB | +34.6 kB |
        | visible | 136.7 kB | 105.2 kB | -31.5 kB |
        | stored | 2.2 kB | 2.9 kB | +774 B |
        | files | 12 | 8 | -4 |
        | packages | 2 | 2 | = |
        | layers | 2 | 2 | = |

        ## What the bytes are for

        |category|before|after|by|
        |---|---:|---:|---:|
        | base image | 60.2 kB | 29 B | -60.2 kB |
        | OS packages | 0 B | 30.1 kB | +30.1 kB |
        | documentation and locales | 6.0 kB | 0 B | -6.0 kB |
        | application | 70.5 kB | 75.0 kB | +4.5 kB |
        | duplicated across layers | 0 B | 20.1 kB | +20.1 kB |
        | deleted but shipped | 0 B | 46.0 kB | +46.0 kB |

        ## Configuration

        ||setting|value|
        |---|---|---|
        | \~ | CMD | \["run"\] → \["run","--port","8080"\] |
        | - | ENV OLD |  |
        | \~ | ENV TOKEN | another value |
        | - | EXPOSE 80/tcp |  |
        | + | EXPOSE 8080/tcp |  |
        | \~ | LABEL team | a → b |
        | \~ | USER | root → shop |

        ## Packages

        ||package|version|bytes|
        |---|---|---|---:|
        | - | git | 1:2.47.3-0 | -43.0 kB |
        | + | curl | 8.14.1-2 | +9.0 kB |
        | \~ | libc6 | 2.41-12 → 2.41-13 | +1.0 kB |

        ## Files of other packages or none

        ||path|how|bytes|
        |---|---|---|---:|
        | \~ | /srv/shop/run | contents, mode 644 → 755 | +5.0 kB |
        | - | /usr/share/doc/ | 2 files | -3.0 kB |
        | \~ | /srv/shop/notes | file → link | -500 B |
        | \~ | /var/lib/dpkg/status | contents | -1 B |

        ## Left aside as noise

        |name|what|where|
        |---|---|---|
        | dpkg-logs | logs of dpkg and apt | /var/log/dpkg.log |
        "#);
    }

    #[test]
    fn tables_have_a_bound() {
        let document = sample::shown_many(markdown);
        assert!(document.contains("|  | and 1 more |  |  |"), "{document}");
    }
}
