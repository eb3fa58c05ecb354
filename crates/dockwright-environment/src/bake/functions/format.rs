//! `format` and `formatlist`.

use super::text::{made, radix};
use super::{Arguments, Result};
use crate::bake::budget::Budget;
use crate::bake::convert::number_text;
use crate::bake::datum::{Datum, Kind};

/// The widest field.
const MAX_WIDTH: usize = 1024;

pub(super) fn call(name: &str, arguments: Arguments<'_>, budget: &Budget) -> Option<Result<Datum>> {
    Some(match name {
        "format" => format(arguments, budget),
        "formatlist" => format_list(arguments, budget),
        _ => return None,
    })
}

fn format(arguments: Arguments<'_>, budget: &Budget) -> Result<Datum> {
    let template = arguments.text(0)?;
    let values: Vec<&Datum> = arguments.0.iter().skip(1).collect();
    made(formatted(&template, &values)?, budget)
}

/// One text per element of the lists among the arguments.
fn format_list(arguments: Arguments<'_>, budget: &Budget) -> Result<Datum> {
    let template = arguments.text(0)?;
    let values = arguments.0.get(1..).unwrap_or_default();
    let length = values.iter().filter_map(Datum::as_list).map(<[Datum]>::len);
    let length = length.max().unwrap_or(1);
    let mut texts = Vec::new();
    for index in 0..length {
        let row = values.iter().map(|value| match value.as_list() {
            Some(items) => items.get(index).ok_or("the lists differ in length"),
            None => Ok(value),
        });
        let row = row.collect::<std::result::Result<Vec<_>, _>>()?;
        texts.push(made(formatted(&template, &row)?, budget)?);
    }
    Datum::list(texts)
}

/// A verb such as `%-5.2f` or `%[1]s`.
#[derive(Default)]
struct Verb {
    left: bool,
    plus: bool,
    zero: bool,
    space: bool,
    width: usize,
    precision: Option<usize>,
}

fn formatted(template: &str, values: &[&Datum]) -> Result<String> {
    let mut text = String::new();
    let mut characters = template.chars().peekable();
    let mut next = 0;
    let mut used = 0;
    while let Some(character) = characters.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        let mut verb = Verb::default();
        while let Some(flag) = characters.peek() {
            match flag {
                '-' => verb.left = true,
                '+' => verb.plus = true,
                '0' => verb.zero = true,
                ' ' => verb.space = true,
                '#' => {}
                _ => break,
            }
            characters.next();
        }
        verb.width = digits(&mut characters).unwrap_or(0);
        if characters.next_if_eq(&'.').is_some() {
            verb.precision = Some(digits(&mut characters).unwrap_or(0));
        }
        if verb.width.max(verb.precision.unwrap_or(0)) > MAX_WIDTH {
            return Err(format!("a field is wider than {MAX_WIDTH}"));
        }
        if characters.next_if_eq(&'[').is_some() {
            let number = digits(&mut characters).and_then(|number| number.checked_sub(1));
            next = number.ok_or("the number of an argument is wrong")?;
            characters.next_if_eq(&']').ok_or("`]` is missing")?;
        }
        let kind = characters.next().ok_or("a verb is missing behind `%`")?;
        if kind == '%' {
            text.push('%');
            continue;
        }
        let value = values.get(next).ok_or("there are too few arguments")?;
        next += 1;
        used = used.max(next);
        text.push_str(&field(&verb, kind, value)?);
    }
    if used < values.len() {
        return Err("there are too many arguments".to_owned());
    }
    Ok(text)
}

fn digits(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<usize> {
    let mut number = None;
    while let Some(digit) = characters.peek().and_then(|it| it.to_digit(10)) {
        characters.next();
        let digit = usize::try_from(digit).unwrap_or(0);
        let known: usize = number.unwrap_or(0);
        number = Some(known.saturating_mul(10).saturating_add(digit));
    }
    number
}

fn field(verb: &Verb, kind: char, value: &Datum) -> Result<String> {
    let number = || value.to_number().ok_or("a number is needed");
    let text = || value.to_text().ok_or("a string is needed");
    let mut shown = match kind {
        'v' => match &value.kind {
            Kind::Null => "null".to_owned(),
            Kind::List(_) | Kind::Object(_) => value.to_json(1 << 20).ok_or("it is too long")?,
            _ => text()?,
        },
        's' => text()?,
        'q' => Datum::string(text()?)
            .to_json(1 << 20)
            .ok_or("it is too long")?,
        't' => value.to_bool().ok_or("a bool is needed")?.to_string(),
        'd' => radix(number()?, 10),
        'b' => radix(number()?, 2),
        'o' => radix(number()?, 8),
        'x' => radix(number()?, 16),
        'X' => radix(number()?, 16).to_uppercase(),
        'f' | 'F' => format!("{:.*}", verb.precision.unwrap_or(6), number()?),
        'g' | 'G' => number_text(number()?),
        'e' | 'E' => exponent(number()?, verb.precision.unwrap_or(6)),
        other => return Err(format!("the verb `{other}` is not known")),
    };
    if matches!(kind, 's' | 'v')
        && let Some(precision) = verb.precision
    {
        shown = shown.chars().take(precision).collect();
    }
    let is_number = matches!(kind, 'd' | 'b' | 'o' | 'x' | 'X' | 'f' | 'F' | 'g' | 'e');
    if is_number && !shown.starts_with('-') {
        if verb.plus {
            shown.insert(0, '+');
        } else if verb.space {
            shown.insert(0, ' ');
        }
    }
    let missing = verb.width.saturating_sub(shown.chars().count());
    if verb.left {
        shown.push_str(&" ".repeat(missing));
    } else if verb.zero && is_number {
        let sign = usize::from(shown.starts_with(['-', '+', ' ']));
        shown.insert_str(sign, &"0".repeat(missing));
    } else {
        shown.insert_str(0, &" ".repeat(missing));
    }
    Ok(shown)
}

/// With at least two digits behind the `e`.
fn exponent(number: f64, precision: usize) -> String {
    let shown = format!("{number:.precision$e}");
    let Some((mantissa, exponent)) = shown.split_once('e') else {
        return shown;
    };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}
