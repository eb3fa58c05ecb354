//! Dates that a file itself names.

use super::{Arguments, Result};
use crate::bake::datum::{Datum, Kind};

pub(super) fn call(name: &str, arguments: Arguments<'_>) -> Option<Result<Datum>> {
    Some(match name {
        "formatdate" => formatted(arguments, false),
        "formattimestamp" => formatted(arguments, true),
        "timeadd" => added(arguments),
        "unixtimestampparse" => parsed(arguments),
        _ => return None,
    })
}

/// A moment: seconds since 1970, and the offset of its zone in seconds.
#[derive(Clone, Copy)]
struct Moment {
    seconds: i64,
    offset: i64,
}

/// A moment taken apart.
struct Date {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    weekday: i64,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

fn name_of(names: &'static [&'static str], number: i64) -> &'static str {
    let index = usize::try_from(number).ok();
    index.and_then(|at| names.get(at)).copied().unwrap_or("")
}

impl Moment {
    /// Reads an RFC 3339 time.
    fn read(text: &str) -> Option<Self> {
        let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
        let is = |at: usize, wanted: &[u8]| {
            text.as_bytes()
                .get(at)
                .is_some_and(|it| wanted.contains(it))
        };
        let fits = is(4, b"-") && is(7, b"-") && is(10, b"Tt") && is(13, b":") && is(16, b":");
        if !fits {
            return None;
        }
        let days = days_since_1970(number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let time = number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
        let zone = text.get(19..)?;
        let zone = match zone.strip_prefix('.') {
            Some(fraction) => fraction.trim_start_matches(|it: char| it.is_ascii_digit()),
            None => zone,
        };
        let offset = if matches!(zone, "Z" | "z") {
            0
        } else {
            let sign = match zone.get(..1)? {
                "+" => 1,
                "-" => -1,
                _ => return None,
            };
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            sign * (hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60)
        };
        Some(Self {
            seconds: days * 86_400 + time - offset,
            offset,
        })
    }

    fn date(self) -> Date {
        let local = self.seconds + self.offset;
        let (days, rest) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let (year, month, day) = civil(days);
        Date {
            year,
            month,
            day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            weekday: (days + 4).rem_euclid(7),
        }
    }

    fn zone(self, separator: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }

    fn rfc3339(self) -> String {
        let it = self.date();
        let zone = if self.offset == 0 {
            "Z".to_owned()
        } else {
            self.zone(":")
        };
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{zone}",
            it.year, it.month, it.day, it.hour, it.minute, it.second
        )
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the leap day is their last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a number of days since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

fn moment(arguments: Arguments<'_>, index: usize, with_numbers: bool) -> Result<Moment> {
    let datum = arguments.get(index)?;
    if with_numbers && matches!(datum.kind, Kind::Number(_)) {
        return Ok(Moment {
            seconds: arguments.integer(index)?,
            offset: 0,
        });
    }
    let text = arguments.text(index)?;
    Moment::read(&text).ok_or_else(|| "this is no RFC 3339 time".to_owned())
}

fn formatted(arguments: Arguments<'_>, with_numbers: bool) -> Result<Datum> {
    let format = arguments.text(0)?;
    let moment = moment(arguments, 1, with_numbers)?;
    if with_numbers && format == "X" {
        return Ok(Datum::string(moment.seconds.to_string()));
    }
    let date = moment.date();
    let mut text = String::new();
    let mut rest = format.as_str();
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = quoted(rest, &mut text)?;
            continue;
        }
        let length = rest.find(|it| it != first).unwrap_or(rest.len());
        let (verb, behind) = rest.split_at(length);
        rest = behind;
        text.push_str(&shown(verb, first, &date, moment)?);
    }
    Ok(Datum::string(text))
}

fn quoted<'t>(rest: &'t str, text: &mut String) -> Result<&'t str> {
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != '\'' {
            text.push(character);
        } else if characters.next_if(|(_, next)| *next == '\'').is_some() {
            text.push('\'');
        } else {
            return Ok(rest.get(at + 1..).unwrap_or_default());
        }
    }
    Err("a quote is not closed".to_owned())
}

fn shown(verb: &str, first: char, date: &Date, moment: Moment) -> Result<String> {
    let short = |name: &str| name.chars().take(3).collect::<String>();
    let hour12 = match date.hour % 12 {
        0 => 12,
        hour => hour,
    };
    Ok(match verb {
        "YYYY" => format!("{:04}", date.year),
        "YY" => format!("{:02}", date.year.rem_euclid(100)),
        "MMMM" => name_of(&MONTHS, date.month - 1).to_owned(),
        "MMM" => short(name_of(&MONTHS, date.month - 1)),
        "MM" => format!("{:02}", date.month),
        "M" => date.month.to_string(),
        "DD" => format!("{:02}", date.day),
        "D" => date.day.to_string(),
        "EEEE" => name_of(&DAYS, date.weekday).to_owned(),
        "EEE" => short(name_of(&DAYS, date.weekday)),
        "hh" => format!("{:02}", date.hour),
        "h" => date.hour.to_string(),
        "HH" => format!("{hour12:02}"),
        "H" => hour12.to_string(),
        "AA" => if date.hour < 12 { "AM" } else { "PM" }.to_owned(),
        "aa" => if date.hour < 12 { "am" } else { "pm" }.to_owned(),
        "mm" => format!("{:02}", date.minute),
        "m" => date.minute.to_string(),
        "ss" => format!("{:02}", date.second),
        "s" => date.second.to_string(),
        "Z" if moment.offset == 0 => "Z".to_owned(),
        "Z" | "ZZZZZ" => moment.zone(":"),
        "ZZZ" if moment.offset == 0 => "UTC".to_owned(),
        "ZZZ" | "ZZZZ" => moment.zone(""),
        _ if first.is_alphabetic() => return Err(format!("the verb `{verb}` is not known")),
        _ => verb.to_owned(),
    })
}

fn added(arguments: Arguments<'_>) -> Result<Datum> {
    let moment = moment(arguments, 0, false)?;
    let duration = arguments.text(1)?;
    let (sign, mut rest) = match duration.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, duration.strip_prefix('+').unwrap_or(&duration)),
    };
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest
            .find(|it: char| !it.is_ascii_digit() && it != '.')
            .unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        let letters = behind
            .find(|it: char| it.is_ascii_digit() || it == '.')
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        let scale = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return Err("this is no duration".to_owned()),
        };
        let number: f64 = number.parse().map_err(|_| "this is no duration")?;
        seconds += number * scale;
        rest = behind;
    }
    let seconds: f64 = sign * seconds;
    if seconds.abs() > 1e12 {
        return Err("the duration is too long".to_owned());
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked")]
    let seconds = moment.seconds + seconds as i64;
    Ok(Datum::string(Moment { seconds, ..moment }.rfc3339()))
}

fn parsed(arguments: Arguments<'_>) -> Result<Datum> {
    let seconds = arguments.integer(0)?;
    if seconds.abs() > 100_000_000_000_000 {
        return Err("the time is out of range".to_owned());
    }
    let moment = Moment { seconds, offset: 0 };
    let date = moment.date();
    #[expect(clippy::cast_precision_loss, reason = "parts of a date are small")]
    let number = |number: i64| Datum::number(number as f64);
    let start = days_since_1970(date.year, 1, 1);
    let today = seconds.div_euclid(86_400);
    // The week of the year is that of its Thursday.
    let thursday = today - (date.weekday + 6) % 7 + 3;
    let (iso_year, ..) = civil(thursday);
    let iso_week = (thursday - days_since_1970(iso_year, 1, 1)) / 7 + 1;
    let entries = [
        ("year", number(date.year)),
        ("year_day", number(today - start + 1)),
        ("day", number(date.day)),
        ("month", number(date.month)),
        (
            "month_name",
            Datum::string(name_of(&MONTHS, date.month - 1)),
        ),
        ("weekday", number(date.weekday)),
        ("weekday_name", Datum::string(name_of(&DAYS, date.weekday))),
        ("hour", number(date.hour)),
        ("minute", number(date.minute)),
        ("second", number(date.second)),
        ("rfc3339", Datum::string(moment.rfc3339())),
        ("iso_year", number(iso_year)),
        ("iso_week", number(iso_week)),
    ];
    Datum::object(
        entries
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}
