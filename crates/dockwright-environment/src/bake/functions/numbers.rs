//! Arithmetic, comparison and logic.

use super::{Arguments, Result};
use crate::bake::datum::Datum;

pub(super) fn call(name: &str, arguments: Arguments<'_>) -> Option<Result<Datum>> {
    let one = |operation: fn(f64) -> f64| Ok(Datum::number(operation(arguments.number(0)?)));
    let two = |operation: fn(f64, f64) -> f64| {
        let result = operation(arguments.number(0)?, arguments.number(1)?);
        if !result.is_finite() {
            return Err("the result is no number".to_owned());
        }
        Ok(Datum::number(result))
    };
    let compare = |test: fn(&f64, &f64) -> bool| {
        Ok(Datum::bool(test(
            &arguments.number(0)?,
            &arguments.number(1)?,
        )))
    };
    let logic = |operation: fn(bool, bool) -> bool| {
        Ok(Datum::bool(operation(
            arguments.bool(0)?,
            arguments.bool(1)?,
        )))
    };
    let equal = || Ok::<_, String>(arguments.get(0)?.equals(arguments.get(1)?));
    let most = |pick: fn(f64, f64) -> f64| {
        let numbers = (0..arguments.0.len()).map(|index| arguments.number(index));
        let numbers = numbers.collect::<Result<Vec<_>>>()?;
        let picked = numbers.into_iter().reduce(pick);
        picked
            .map(Datum::number)
            .ok_or_else(|| "a number is needed".to_owned())
    };
    Some(match name {
        "absolute" => one(f64::abs),
        "add" => two(|left, right| left + right),
        "and" => logic(|left, right| left && right),
        "ceil" => one(f64::ceil),
        "divide" => two(|left, right| left / right),
        "equal" => equal().map(Datum::bool),
        "floor" => one(f64::floor),
        "greaterthan" => compare(f64::gt),
        "greaterthanorequalto" => compare(f64::ge),
        "int" => one(f64::trunc),
        "lessthan" => compare(f64::lt),
        "lessthanorequalto" => compare(f64::le),
        "log" => two(|number, base| number.ln() / base.ln()),
        "max" => most(f64::max),
        "min" => most(f64::min),
        "modulo" => two(|left, right| left % right),
        "multiply" => two(|left, right| left * right),
        "negate" => one(|number| -number),
        "not" => arguments.bool(0).map(|value| Datum::bool(!value)),
        "notequal" => equal().map(|equal| Datum::bool(!equal)),
        "or" => logic(|left, right| left || right),
        "parseint" => parse_int(arguments),
        "pow" => two(f64::powf),
        "signum" => one(|number| if number == 0.0 { 0.0 } else { number.signum() }),
        "subtract" => two(|left, right| left - right),
        _ => return None,
    })
}

fn parse_int(arguments: Arguments<'_>) -> Result<Datum> {
    let text = arguments.text(0)?;
    let base = u32::try_from(arguments.integer(1)?).ok();
    let base = base.filter(|base| (2..=36).contains(base));
    let base = base.ok_or("the base must be between 2 and 36")?;
    let number = i64::from_str_radix(&text, base).map_err(|_| "this is no number")?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "numbers of a bake file are small"
    )]
    Ok(Datum::number(number as f64))
}
