//! The functions that bake offers, and those a file defines.

mod cidr;
mod collections;
mod format;
mod hashes;
mod numbers;
mod patterns;
mod sets;
mod text;
mod time;

use dockwright_syntax::bake::{Call, Expression, Function};

use super::budget::Budget;
use super::datum::{Datum, Kind};
use super::expression::{Evaluated, Failure, fail, pairs};
use super::resolve::Evaluator;
use super::scope::Scope;
use super::types::Type;
use crate::DocumentId;

type Result<T> = std::result::Result<T, String>;

/// Functions whose result depends on the moment, on chance or on the machine, or that nobody
/// needs to know before bake runs.
const UNKNOWN: &[&str] = &[
    "bcrypt",
    "homedir",
    "rsadecrypt",
    "timestamp",
    "uuidv4",
    "uuidv5",
];

/// Calls a function.
pub(super) fn call<'a>(
    evaluator: &Evaluator<'a>,
    call: &'a Call,
    expression: &Expression,
    scope: Scope<'_>,
) -> Evaluated {
    let name = call.name.value.as_str();
    match name {
        "try" => return first_that_succeeds(evaluator, call, expression, scope),
        "can" => {
            let argument = call.arguments.first();
            let result = argument.map(|argument| evaluator.evaluate(argument, scope));
            return Ok(Datum::bool(result.is_some_and(|result| result.is_ok())));
        }
        "convert" => return convert(evaluator, call, expression, scope),
        _ => {}
    }
    let arguments = arguments(evaluator, call, scope)?;
    let fail = |message: String| fail(expression, scope, message);
    if UNKNOWN.contains(&name) {
        let mut result = evaluator.unknown(name);
        for argument in &arguments {
            result.add_variables(&argument.variables);
        }
        return Ok(result);
    }
    evaluator.budget.steps(arguments.len()).map_err(fail)?;
    let open = arguments.iter().any(Datum::is_unknown);
    let built_in = if open && is_built_in(name) {
        Some(Ok(Datum::new(Kind::Unknown)))
    } else {
        built_in(name, &arguments, &evaluator.budget)
    };
    if let Some(result) = built_in {
        let mut result = result.map_err(|message| fail(format!("`{name}`: {message}")))?;
        for argument in &arguments {
            result.add_variables(&argument.variables);
        }
        return Ok(result);
    }
    let Some((document, function)) = evaluator.functions.get(name).copied() else {
        return Err(fail(format!("there is no function `{name}`")));
    };
    if evaluator.calls.borrow().contains(&name) {
        return Err(fail(format!("the function `{name}` needs itself")));
    }
    evaluator.calls.borrow_mut().push(name);
    let result = defined(evaluator, document, function, arguments, &fail);
    evaluator.calls.borrow_mut().pop();
    result
}

fn is_built_in(name: &str) -> bool {
    built_in(name, &[], &Budget::new()).is_some()
}

/// `None` when bake has no such function.
fn built_in(name: &str, arguments: &[Datum], budget: &Budget) -> Option<Result<Datum>> {
    let arguments = Arguments(arguments);
    numbers::call(name, arguments)
        .or_else(|| text::call(name, arguments, budget))
        .or_else(|| format::call(name, arguments, budget))
        .or_else(|| hashes::call(name, arguments, budget))
        .or_else(|| collections::call(name, arguments, budget))
        .or_else(|| sets::call(name, arguments, budget))
        .or_else(|| patterns::call(name, arguments, budget))
        .or_else(|| time::call(name, arguments))
        .or_else(|| cidr::call(name, arguments))
}

fn arguments<'a>(
    evaluator: &Evaluator<'a>,
    call: &'a Call,
    scope: Scope<'_>,
) -> std::result::Result<Vec<Datum>, Failure> {
    let mut arguments = Vec::with_capacity(call.arguments.len());
    for (index, argument) in call.arguments.iter().enumerate() {
        let datum = evaluator.evaluate(argument, scope)?;
        if call.spread && index + 1 == call.arguments.len() {
            let pairs = pairs(&datum).map_err(|message| fail(argument, scope, message))?;
            arguments.extend(pairs.into_iter().map(|(_, item)| item.tainted_by(&datum)));
        } else {
            arguments.push(datum);
        }
    }
    Ok(arguments)
}

fn defined<'a>(
    evaluator: &Evaluator<'a>,
    document: DocumentId,
    function: &'a Function,
    mut arguments: Vec<Datum>,
    fail: &dyn Fn(String) -> Failure,
) -> Evaluated {
    let count = function.parameters.len();
    if arguments.len() < count || (arguments.len() > count && function.variadic.is_none()) {
        let name = &function.name.value;
        return Err(fail(format!("`{name}` takes {count} arguments")));
    }
    let rest = arguments.split_off(count);
    let parameters = function.parameters.iter().map(|it| it.value.clone());
    let mut names: Vec<(String, Datum)> = parameters.zip(arguments).collect();
    if let Some(variadic) = &function.variadic {
        names.push((variadic.value.clone(), Datum::list(rest).map_err(fail)?));
    }
    let Some(result) = &function.result else {
        return Err(fail(format!("`{}` has no result", function.name.value)));
    };
    let outer = Scope::global(document);
    let locals = outer.locals(&names);
    let mut datum = evaluator.evaluate(result, outer.with(&locals))?;
    datum.origin = None;
    Ok(datum)
}

fn first_that_succeeds<'a>(
    evaluator: &Evaluator<'a>,
    call: &'a Call,
    expression: &Expression,
    scope: Scope<'_>,
) -> Evaluated {
    let mut arguments = call.arguments.iter();
    let found = arguments.find_map(|argument| evaluator.evaluate(argument, scope).ok());
    found.ok_or_else(|| {
        fail(
            expression,
            scope,
            "every argument of `try` fails".to_owned(),
        )
    })
}

fn convert<'a>(
    evaluator: &Evaluator<'a>,
    call: &'a Call,
    expression: &Expression,
    scope: Scope<'_>,
) -> Evaluated {
    let [value, type_] = call.arguments.as_slice() else {
        let message = "`convert` takes a value and a type".to_owned();
        return Err(fail(expression, scope, message));
    };
    let type_ = Type::read(type_).map_err(|wrong| fail(wrong, scope, "no type".to_owned()))?;
    let datum = evaluator.evaluate(value, scope)?;
    type_
        .convert(&datum)
        .map_err(|message| fail(expression, scope, message))
}

/// The arguments of a call, with what functions ask of them.
#[derive(Clone, Copy)]
struct Arguments<'d>(&'d [Datum]);

impl<'d> Arguments<'d> {
    fn get(self, index: usize) -> Result<&'d Datum> {
        let missing = || format!("argument {} is missing", index + 1);
        self.0.get(index).ok_or_else(missing)
    }

    fn text(self, index: usize) -> Result<String> {
        let datum = self.get(index)?;
        datum
            .to_text()
            .ok_or_else(|| refused(index, datum, "a string"))
    }

    fn number(self, index: usize) -> Result<f64> {
        let datum = self.get(index)?;
        datum
            .to_number()
            .ok_or_else(|| refused(index, datum, "a number"))
    }

    fn integer(self, index: usize) -> Result<i64> {
        let number = self.number(index)?;
        if number.fract() != 0.0 || number.abs() > 1e15 {
            return Err(format!("argument {} must be a whole number", index + 1));
        }
        #[expect(clippy::cast_possible_truncation, reason = "checked")]
        Ok(number as i64)
    }

    fn bool(self, index: usize) -> Result<bool> {
        let datum = self.get(index)?;
        datum
            .to_bool()
            .ok_or_else(|| refused(index, datum, "a bool"))
    }

    fn list(self, index: usize) -> Result<&'d [Datum]> {
        let datum = self.get(index)?;
        datum
            .as_list()
            .ok_or_else(|| refused(index, datum, "a list"))
    }

    fn object(self, index: usize) -> Result<&'d std::collections::BTreeMap<String, Datum>> {
        let datum = self.get(index)?;
        datum
            .as_object()
            .ok_or_else(|| refused(index, datum, "an object"))
    }
}

fn refused(index: usize, datum: &Datum, wanted: &str) -> String {
    format!(
        "argument {} must be {wanted}, not {}",
        index + 1,
        datum.type_name()
    )
}

#[expect(clippy::cast_precision_loss, reason = "lengths are small")]
fn count(length: usize) -> Datum {
    Datum::number(length as f64)
}
