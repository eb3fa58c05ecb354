//! The types of YAML scalars.

use super::tree::ScalarStyle;

/// The type that YAML readers of the Docker tools give to a scalar.
///
/// It is YAML 1.2's core schema with what Go's YAML library keeps of 1.1: underscores in numbers,
/// `0b`, and octal numbers with a leading zero. Words such as `yes` and `on`, and dates, are text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScalarType {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i128),
    /// A number with a fraction or an exponent, an infinity, or not a number.
    Float(f64),
    /// Anything else.
    Text,
}

impl ScalarType {
    /// The type of a scalar with this notation, value and explicit tag.
    pub fn of(style: ScalarStyle, text: &str, tag: Option<&str>) -> Self {
        match tag {
            Some("!!str" | "!") => return Self::Text,
            Some("!!null") => return Self::Null,
            None | Some("!!bool" | "!!int" | "!!float") => {}
            Some(_) if style != ScalarStyle::Plain => return Self::Text,
            Some(_) => {}
        }
        if style != ScalarStyle::Plain && tag.is_none() {
            return Self::Text;
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" => Self::Bool(true),
            "false" | "False" | "FALSE" => Self::Bool(false),
            ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Self::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Self::Float(f64::NEG_INFINITY),
            ".nan" | ".NaN" | ".NAN" => Self::Float(f64::NAN),
            text => number(text).unwrap_or(Self::Text),
        }
    }
}

fn number(text: &str) -> Option<ScalarType> {
    let first = text.bytes().next()?;
    if !first.is_ascii_digit() && !matches!(first, b'+' | b'-' | b'.') {
        return None;
    }
    let plain = text.replace('_', "");
    integer(&plain)
        .map(ScalarType::Integer)
        .or_else(|| float(&plain).map(ScalarType::Float))
}

fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let prefixed = |prefix: &str| {
        let upper = prefix.to_ascii_uppercase();
        digits
            .strip_prefix(prefix)
            .or_else(|| digits.strip_prefix(upper.as_str()))
    };
    let (digits, radix) = if let Some(rest) = prefixed("0x") {
        (rest, 16)
    } else if let Some(rest) = prefixed("0o") {
        (rest, 8)
    } else if let Some(rest) = prefixed("0b") {
        (rest, 2)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (digits, 8)
    } else {
        (digits, 10)
    };
    if !digits.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return None;
    }
    // Go reads up to 64 bits, signed or not; longer ones are floats there.
    let value = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -value } else { value };
    (i128::from(i64::MIN)..=i128::from(u64::MAX))
        .contains(&value)
        .then_some(value)
}

fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let valid_mantissa = match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty())
        }
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let valid_exponent = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    (valid_mantissa && valid_exponent).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_have_the_types_that_docker_tools_give_them() {
        let of = |text| ScalarType::of(ScalarStyle::Plain, text, None);
        for text in [
            "yes",
            "on",
            "22:22",
            "2001-12-14",
            "1.2.3",
            "-",
            "08",
            "1e",
            ".",
            "+",
        ] {
            let expected = if text == "08" {
                ScalarType::Float(8.0)
            } else {
                ScalarType::Text
            };
            assert_eq!(of(text), expected, "{text}");
        }
        assert_eq!(of("0755"), ScalarType::Integer(0o755));
        assert_eq!(of("0x1F"), ScalarType::Integer(31));
        assert_eq!(of("1_000"), ScalarType::Integer(1000));
        assert_eq!(of("-.5e1"), ScalarType::Float(-5.0));
        assert_eq!(of("~"), ScalarType::Null);
        assert_eq!(of("TRUE"), ScalarType::Bool(true));
    }

    #[test]
    fn quotes_and_tags_make_text() {
        let quoted = ScalarType::of(ScalarStyle::DoubleQuoted, "1", None);
        let tagged = ScalarType::of(ScalarStyle::Plain, "1", Some("!!str"));
        assert_eq!((quoted, tagged), (ScalarType::Text, ScalarType::Text));
    }
}
