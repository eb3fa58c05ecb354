//! An image as Markdown: tables for a pull request or a wiki.

use std::fmt::Write;

use super::InspectionView;
use super::words::{configuration, full_name, path, pulled, totals, way, work};
use crate::units::{percent, size};

/// Rows of each table.
const MAX_ROWS: usize = 20;

/// What an image consists of, as tables.
pub fn markdown(view: &InspectionView) -> String {
    let (image, inspection) = (view.image, view.inspection);
    let mut out = format!(
        "# {}\n\n{}, {}.\n",
        cell(view.name),
        image.config.platform(),
        totals(view)
    );
    let mut table = |title: &str, columns: &str, rows| add_table(&mut out, title, columns, rows);
    let mut categories: Vec<_> = inspection.categories.iter().collect();
    categories.sort_by_key(|(category, sum)| (std::cmp::Reverse(sum.bytes), **category));
    let rows = categories.into_iter().map(|(category, sum)| {
        let part = format!("{} %", percent(sum.bytes, inspection.unpacked));
        vec![
            category.label().to_owned(),
            size(sum.bytes),
            part,
            sum.files.to_string(),
        ]
    });
    table(
        "What the bytes are for",
        "category|bytes>|part>|files>",
        rows.collect(),
    );
    let rows = inspection
        .steps
        .iter()
        .filter(|step| step.layer.is_some())
        .map(|step| {
            let line = step
                .line
                .as_ref()
                .map_or_else(String::new, |line| line.number.to_string());
            let layer = step
                .layer
                .map_or_else(String::new, |layer| (layer + 1).to_string());
            vec![layer, line, size(step.bytes), work(step, 200)]
        });
    table(
        "Which step brought them",
        "layer>|line>|bytes>|step",
        rows.collect(),
    );
    let roots = inspection
        .roots
        .iter()
        .filter(|one| one.packages.len() > 1)
        .take(MAX_ROWS);
    let rows = roots.map(|one| {
        vec![
            full_name(&image.packages, one.root),
            size(one.bytes),
            pulled(view, one),
        ]
    });
    table(
        "Which packages pulled others in",
        "package|bytes with them>|with",
        rows.collect(),
    );
    let all = &image.packages.all;
    let mut largest: Vec<usize> = (0..all.len()).collect();
    let bytes = |index: usize| all.get(index).map_or(0, |package| package.bytes);
    largest.sort_by_key(|index| std::cmp::Reverse(bytes(*index)));
    let largest = largest
        .into_iter()
        .take(MAX_ROWS)
        .filter(|index| bytes(*index) > 0);
    let rows = largest.map(|index| {
        vec![
            full_name(&image.packages, index),
            size(bytes(index)),
            way(view, index),
        ]
    });
    table(
        "The largest packages",
        "package|bytes>|pulled in by",
        rows.collect(),
    );
    let files = inspection.shares.iter().take(MAX_ROWS);
    let rows = files.map(|share| {
        let layer = (share.entry.layer + 1).to_string();
        vec![
            path(image, share.entry),
            size(share.bytes),
            layer,
            share.category.label().to_owned(),
        ]
    });
    table(
        "The largest files",
        "path|bytes>|layer>|category",
        rows.collect(),
    );
    let rows = configuration(image)
        .into_iter()
        .map(|(what, value)| vec![what.to_owned(), value]);
    table("Configuration", "what|value", rows.collect());
    out
}

/// Adds a table with a heading, unless it has no rows. Columns stand between `|`; those that end in `>`
/// are flush right.
pub(super) fn add_table(out: &mut String, title: &str, columns: &str, rows: Vec<Vec<String>>) {
    if rows.is_empty() {
        return;
    }
    let rule: String = columns
        .split('|')
        .map(|name| if name.ends_with('>') { "|---:" } else { "|---" })
        .collect();
    let names = columns.replace('>', "");
    let _ = write!(out, "\n## {title}\n\n|{names}|\n{rule}|\n");
    for row in rows {
        let cells: Vec<String> = row.iter().map(|text| cell(text)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}

/// Text in a cell of a table: nothing in it is markup.
pub(super) fn cell(text: &str) -> String {
    let mut cell = String::new();
    for character in crate::escape::visible_line(text).chars() {
        if matches!(
            character,
            '\\' | '|' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '&' | '#' | '~'
        ) {
            cell.push('\\');
        }
        cell.push(character);
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn tables() {
        insta::assert_snapshot!(sample::shown(markdown), @r#"
        # shop:1

        linux/amd64, 367.8 kB in 4 layers, 5.2 kB compressed; 45.0 kB of it cannot be seen in the end.

        ## What the bytes are for

        |category|bytes|part|files|
        |---|---:|---:|---:|
        | OS packages | 140.7 kB | 38 % | 10 |
        | development packages | 100.0 kB | 27 % | 1 |
        | application | 70.0 kB | 19 % | 1 |
        | deleted but shipped | 25.0 kB | 7 % | 1 |
        | duplicated across layers | 20.0 kB | 5 % | 2 |
        | version control and tests | 9.0 kB | 2 % | 1 |
        | documentation and locales | 3.0 kB | 1 % | 1 |
        | base image | 60 B | 0 % | 2 |

        ## Which step brought them

        |layer|line|bytes|step|
        |---:|---:|---:|---|
        | 1 |  | 23.1 kB | \# debian.sh --arch 'amd64' out/ 'trixie' |
        | 2 | 2 | 265.7 kB | RUN apt-get update \&\& apt-get install -y git gcc |
        | 3 | 3 | 0 B | RUN rm -rf /var/lib/apt/lists |
        | 4 | 4 | 79.0 kB | COPY shop /srv/shop |

        ## Which packages pulled others in

        |package|bytes with them|with|
        |---|---:|---|
        | git 1:2.47.3-0 | 120.0 kB | libperl5.40 50.0 kB, perl 30.0 kB |

        ## The largest packages

        |package|bytes|pulled in by|
        |---|---:|---|
        | gcc 4:14.2.0-1 | 100.0 kB | gcc |
        | libperl5.40 5.40.1-6 | 50.0 kB | libperl5.40 ← perl ← git |
        | git 1:2.47.3-0 | 40.0 kB | git |
        | perl 5.40.1-6 | 30.0 kB | perl ← git |
        | libc6 2.41-12 | 23.0 kB | libc6 |

        ## The largest files

        |path|bytes|layer|category|
        |---|---:|---:|---|
        | /usr/bin/gcc | 100.0 kB | 2 | development packages |
        | /srv/shop/run | 70.0 kB | 4 | application |
        | /usr/lib/libperl.so | 50.0 kB | 2 | OS packages |
        | /usr/bin/git | 40.0 kB | 2 | OS packages |
        | /usr/bin/perl | 30.0 kB | 2 | OS packages |
        | /var/lib/apt/lists/main | 25.0 kB | 2 | deleted but shipped |
        | /usr/lib/libc.so.6 | 20.0 kB | 1 | duplicated across layers |
        | /usr/lib/libc.so.6 | 20.0 kB | 2 | OS packages |
        | /srv/shop/.git/pack | 9.0 kB | 4 | version control and tests |
        | /usr/share/doc/libc6/copyright | 3.0 kB | 1 | documentation and locales |
        | /var/lib/dpkg/status | 541 B | 2 | OS packages |
        | /var/lib/apt/extended\_states | 112 B | 2 | OS packages |
        | /var/lib/dpkg/status | 96 B | 1 | duplicated across layers |
        | /var/lib/dpkg/info/libc6.list | 50 B | 1 | base image |
        | /var/lib/dpkg/info/libperl5.40.list | 20 B | 2 | OS packages |
        | /var/lib/dpkg/info/perl.list | 14 B | 2 | OS packages |
        | /var/lib/dpkg/info/git.list | 13 B | 2 | OS packages |
        | /var/lib/dpkg/info/gcc.list | 13 B | 2 | OS packages |
        | /etc/os-release | 10 B | 1 | base image |

        ## Configuration

        |what|value|
        |---|---|
        | user | shop |
        | command | \["run","--port","80"\] |
        | ports | 80/tcp |
        | variables | PATH, TOKEN |
        "#);
    }

    #[test]
    fn nothing_in_a_cell_is_markup() {
        assert_eq!(cell("a|b\n`c` <d>"), r"a\|b \`c\` \<d\>");
    }
}
