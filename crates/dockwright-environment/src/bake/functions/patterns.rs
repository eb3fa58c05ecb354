//! Regular expressions and versions.

use std::collections::BTreeMap;

use regex::{Captures, Regex, RegexBuilder};

use super::text::made;
use super::{Arguments, Result};
use crate::bake::budget::Budget;
use crate::bake::datum::Datum;

pub(super) fn call(name: &str, arguments: Arguments<'_>, budget: &Budget) -> Option<Result<Datum>> {
    Some(match name {
        "regex" => first(arguments),
        "regexall" => all(arguments, budget),
        "regex_replace" => replaced(arguments, budget),
        "semvercmp" => semantic_version(arguments),
        _ => return None,
    })
}

fn compiled(pattern: &str) -> Result<Regex> {
    let regex = RegexBuilder::new(&in_ascii(pattern))
        .size_limit(1 << 20)
        .build();
    regex.map_err(|_| "this is no regular expression".to_owned())
}

/// The classes of Perl mean ASCII to bake.
fn in_ascii(pattern: &str) -> String {
    let mut result = String::with_capacity(pattern.len());
    let mut is_inside = false;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(escaped) = characters.next_if(|_| character == '\\') else {
            result.push(character);
            match character {
                '[' if !is_inside => {
                    is_inside = true;
                    // A bracket that comes first is an element.
                    result.extend(characters.next_if_eq(&'^'));
                    if characters.next_if_eq(&']').is_some() {
                        result.push_str("\\]");
                    }
                }
                ']' => is_inside = false,
                _ => {}
            }
            // The name of a class: `[:alpha:]`.
            if is_inside && character == '[' && characters.peek() == Some(&':') {
                for named in characters.by_ref() {
                    result.push(named);
                    if named == ']' {
                        break;
                    }
                }
            }
            continue;
        };
        match escaped {
            'd' | 'w' | 's' => {
                let class = match escaped {
                    'd' => "0-9",
                    'w' => "0-9A-Za-z_",
                    _ => r"\t\n\f\r ",
                };
                if is_inside {
                    result.push_str(class);
                } else {
                    result.push('[');
                    result.push_str(class);
                    result.push(']');
                }
            }
            'D' => result.push_str("[^0-9]"),
            'W' => result.push_str("[^0-9A-Za-z_]"),
            'S' => result.push_str(r"[^\t\n\f\r ]"),
            'b' if !is_inside => result.push_str(r"(?-u:\b)"),
            other => {
                result.push('\\');
                result.push(other);
            }
        }
    }
    result
}

fn first(arguments: Arguments<'_>) -> Result<Datum> {
    let (regex, text) = (compiled(&arguments.text(0)?)?, arguments.text(1)?);
    let captures = regex.captures(&text).ok_or("nothing matches")?;
    matched(&regex, &captures)
}

fn all(arguments: Arguments<'_>, budget: &Budget) -> Result<Datum> {
    let (regex, text) = (compiled(&arguments.text(0)?)?, arguments.text(1)?);
    let mut matches = Vec::new();
    for captures in regex.captures_iter(&text) {
        budget.steps(captures.len())?;
        matches.push(matched(&regex, &captures)?);
    }
    Datum::list(matches)
}

/// The text; with groups a list of them, with named groups an object.
fn matched(regex: &Regex, captures: &Captures<'_>) -> Result<Datum> {
    let group = |index: usize| match captures.get(index) {
        Some(found) => Datum::string(found.as_str()),
        None => Datum::null(),
    };
    let names: Vec<_> = regex.capture_names().enumerate().skip(1).collect();
    if names.is_empty() {
        return Ok(group(0));
    }
    if names.iter().any(|(_, name)| name.is_some()) {
        let entries = names
            .into_iter()
            .filter_map(|(index, name)| Some((name?.to_owned(), group(index))));
        return Datum::object(entries.collect::<BTreeMap<_, _>>());
    }
    Datum::list(names.into_iter().map(|(index, _)| group(index)).collect())
}

fn replaced(arguments: Arguments<'_>, budget: &Budget) -> Result<Datum> {
    let text = arguments.text(0)?;
    let regex = compiled(&arguments.text(1)?)?;
    let replacement = arguments.text(2)?;
    let mut result = String::new();
    let mut position = 0;
    for captures in regex.captures_iter(&text) {
        let Some(whole) = captures.get(0) else {
            continue;
        };
        result.push_str(text.get(position..whole.start()).unwrap_or_default());
        captures.expand(&replacement, &mut result);
        position = whole.end();
        budget.text(result.len())?;
    }
    result.push_str(text.get(position..).unwrap_or_default());
    made(result, budget)
}

/// A version: numbers, then the parts of a pre-release.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    numbers: [u64; 3],
    /// How many of the numbers were written.
    written: usize,
    pre_release: Option<String>,
}

fn semantic_version(arguments: Arguments<'_>) -> Result<Datum> {
    let (version, constraint) = (arguments.text(0)?, arguments.text(1)?);
    let version = Version::read(&version).ok_or("the first argument is no version")?;
    let alternatives = constraint.split("||").map(|all| {
        let normalised = all.replace(',', " ");
        let mut holds = true;
        let mut pending = String::new();
        for word in normalised.split_whitespace() {
            pending.push_str(word);
            // An operator may stand apart from its version.
            if word.chars().all(|it| "<>=!~^".contains(it)) {
                continue;
            }
            holds &= version.satisfies(&std::mem::take(&mut pending))?;
        }
        Ok(holds)
    });
    let alternatives = alternatives.collect::<Result<Vec<bool>>>()?;
    Ok(Datum::bool(alternatives.contains(&true)))
}

impl Version {
    fn read(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = text.split('+').next()?;
        let (core, pre_release) = match text.split_once('-') {
            Some((core, pre_release)) => (core, Some(pre_release.to_owned())),
            None => (text, None),
        };
        let mut numbers = [0; 3];
        let mut written = 0;
        for part in core.split('.') {
            if matches!(part, "x" | "X" | "*") {
                break;
            }
            *numbers.get_mut(written)? = part.parse().ok()?;
            written += 1;
        }
        Some(Self {
            numbers,
            written,
            pre_release,
        })
    }

    fn satisfies(&self, constraint: &str) -> Result<bool> {
        let at = constraint
            .find(|it| !"<>=!~^".contains(it))
            .unwrap_or(constraint.len());
        let (operator, wanted) = constraint.split_at(at);
        let wanted = Self::read(wanted).ok_or("the second argument is no constraint")?;
        if self.pre_release.is_some() && wanted.pre_release.is_none() {
            return Ok(false);
        }
        let order = self.compare(&wanted);
        // `1.2` and `1.2.x` mean every 1.2.
        let same_written = self.starts_like(&wanted, wanted.written);
        Ok(match operator {
            "" | "=" | "==" if wanted.written < 3 => same_written,
            "" | "=" | "==" => order.is_eq(),
            "!=" if wanted.written < 3 => !same_written,
            "!=" => order.is_ne(),
            ">" if wanted.written < 3 => order.is_gt() && !same_written,
            ">" => order.is_gt(),
            ">=" | "=>" => order.is_ge(),
            "<" => order.is_lt(),
            "<=" | "=<" => order.is_le() || (wanted.written < 3 && same_written),
            "~" | "~>" => order.is_ge() && self.starts_like(&wanted, wanted.written.min(2)),
            "^" => {
                let zeros = wanted.numbers.iter().take_while(|it| **it == 0).count();
                order.is_ge() && self.starts_like(&wanted, (zeros + 1).min(wanted.written))
            }
            _ => return Err("the second argument is no constraint".to_owned()),
        })
    }

    fn starts_like(&self, other: &Self, count: usize) -> bool {
        self.numbers
            .iter()
            .take(count)
            .eq(other.numbers.iter().take(count))
    }

    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        use std::cmp::Ordering;
        let numbers = self.numbers.cmp(&other.numbers);
        numbers.then_with(|| match (&self.pre_release, &other.pre_release) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(left), Some(right)) => compare_pre_releases(left, right),
        })
    }
}

fn compare_pre_releases(left: &str, right: &str) -> std::cmp::Ordering {
    use std::cmp::Ordering;
    let mut left = left.split('.');
    let mut right = right.split('.');
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) => match (left.parse::<u64>(), right.parse::<u64>()) {
                (Ok(left), Ok(right)) => left.cmp(&right),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => left.cmp(right),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}
