//! Expressions to values.

use std::collections::BTreeMap;

use dockwright_syntax::bake::{
    BinaryOperator, Expression, ExpressionKind, For, Item, Step, UnaryOperator,
};

use super::datum::{Datum, Kind};
use super::functions;
use super::resolve::Evaluator;
use super::scope::Scope;
use crate::Location;

/// Why an expression has no value.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) location: Location,
    pub(super) message: String,
}

pub(super) type Evaluated = Result<Datum, Failure>;

impl<'a> Evaluator<'a> {
    /// The value of an expression.
    pub(super) fn evaluate(&self, expression: &'a Expression, scope: Scope<'_>) -> Evaluated {
        let fail = |message| fail(expression, scope, message);
        self.budget.steps(1).map_err(fail)?;
        self.budget.enter().map_err(fail)?;
        let result = self.evaluate_kind(expression, scope);
        self.budget.leave();
        let mut datum = result?;
        if datum.origin.is_none() {
            datum.origin = Some(Location::new(scope.document, expression.span));
        }
        Ok(datum)
    }

    fn evaluate_kind(&self, expression: &'a Expression, scope: Scope<'_>) -> Evaluated {
        let fail = |message| fail(expression, scope, message);
        match &expression.kind {
            ExpressionKind::Null => Ok(Datum::null()),
            ExpressionKind::Bool(value) => Ok(Datum::bool(*value)),
            ExpressionKind::Number(value) => Ok(Datum::number(*value)),
            ExpressionKind::String(value) => Ok(Datum::string(value.as_str())),
            ExpressionKind::Template(parts) => self.template(parts, expression, scope),
            ExpressionKind::Array(items) => {
                let items = items.iter().map(|item| self.evaluate(item, scope));
                Datum::list(items.collect::<Result<_, _>>()?).map_err(fail)
            }
            ExpressionKind::Object(items) => self.object(items, expression, scope),
            ExpressionKind::Variable(name) => self.variable(name, expression, scope),
            ExpressionKind::Traversal(base, steps) => self.traversal(base, steps, scope),
            ExpressionKind::Call(call) => functions::call(self, call, expression, scope),
            ExpressionKind::Conditional(parts) => self.conditional(parts, scope),
            ExpressionKind::Unary(operator, operand) => {
                let operand = self.evaluate(operand, scope)?;
                unary(*operator, &operand).map_err(fail)
            }
            ExpressionKind::Binary(operator, operands) => {
                let [left, right] = operands.as_ref();
                let left = self.evaluate(left, scope)?;
                let right = self.evaluate(right, scope)?;
                let result = binary(*operator, &left, &right).map_err(fail)?;
                Ok(result.tainted_by(&left).tainted_by(&right))
            }
            ExpressionKind::For(it) => self.for_expression(it, expression, scope),
            ExpressionKind::Parenthesis(inner) => self.evaluate(inner, scope),
        }
    }

    fn object(&self, items: &'a [Item], expression: &Expression, scope: Scope<'_>) -> Evaluated {
        let mut entries = BTreeMap::new();
        for item in items {
            let key = self.evaluate(&item.key, scope)?;
            let Some(name) = key.to_text() else {
                let message = format!("a key cannot be {}", key.type_name());
                return Err(fail(&item.key, scope, message));
            };
            let mut value = self.evaluate(&item.value, scope)?.tainted_by(&key);
            value.key = Some(Location::new(scope.document, item.key.span));
            entries.insert(name, value);
        }
        Datum::object(entries).map_err(|message| fail(expression, scope, message))
    }

    fn variable(&self, name: &'a str, expression: &Expression, scope: Scope<'_>) -> Evaluated {
        if let Some(local) = scope.get(name) {
            return Ok(local.clone());
        }
        let resolved = self.global(name);
        let mut datum = resolved.map_err(|message| fail(expression, scope, message))?;
        datum.key = None;
        // The place that counts for a plain value is where it is used.
        if !matches!(datum.kind, Kind::List(_) | Kind::Object(_)) {
            datum.origin = None;
        }
        Ok(datum)
    }

    fn conditional(&self, parts: &'a [Expression; 3], scope: Scope<'_>) -> Evaluated {
        let [condition, yes, no] = parts;
        let decision = self.evaluate(condition, scope)?;
        if decision.is_unknown() {
            return Ok(Datum::new(Kind::Unknown).tainted_by(&decision));
        }
        let Some(is_true) = decision.to_bool() else {
            let message = format!("a condition cannot be {}", decision.type_name());
            return Err(fail(condition, scope, message));
        };
        let (chosen, other) = if is_true { (yes, no) } else { (no, yes) };
        let chosen = self.evaluate(chosen, scope)?;
        // Both sides get the type of either: a number beside a string is a string.
        let is_text = |datum: &Datum| matches!(datum.kind, Kind::String(_));
        let is_plain = matches!(chosen.kind, Kind::Number(_) | Kind::Bool(_));
        let beside_text = is_plain && self.evaluate(other, scope).is_ok_and(|it| is_text(&it));
        let text = chosen.to_text().filter(|_| beside_text);
        let datum = match text {
            Some(text) => Datum {
                kind: Kind::String(text.into()),
                ..chosen
            },
            None => chosen,
        };
        Ok(datum.tainted_by(&decision))
    }

    fn traversal(&self, base: &'a Expression, steps: &'a [Step], scope: Scope<'_>) -> Evaluated {
        if let ExpressionKind::Variable(root) = &base.kind
            && scope.get(root).is_none()
            && matches!(root.as_str(), "target" | "group")
        {
            return self.block_reference(root, base, steps, scope);
        }
        let datum = self.evaluate(base, scope)?;
        self.follow(datum, steps, base, scope)
    }

    /// Applies steps to a value.
    pub(super) fn follow(
        &self,
        datum: Datum,
        steps: &'a [Step],
        base: &Expression,
        scope: Scope<'_>,
    ) -> Evaluated {
        let fail = |message| fail(base, scope, message);
        let Some((step, rest)) = steps.split_first() else {
            return Ok(datum);
        };
        if datum.is_unknown() {
            return Ok(datum);
        }
        self.budget.steps(1).map_err(fail)?;
        let key = match step {
            Step::Attribute(name) => Datum::string(name.value.as_str()),
            Step::Index(index) => self.evaluate(index, scope)?,
            Step::AttributeSplat | Step::Splat => {
                let items = match datum.as_list() {
                    Some(items) => items.to_vec(),
                    None if datum.is_null() => Vec::new(),
                    None => vec![datum.clone()],
                };
                let attributes = rest
                    .iter()
                    .take_while(|step| matches!(step, Step::Attribute(_)))
                    .count();
                let each = match step {
                    Step::AttributeSplat => attributes,
                    _ => rest.len(),
                };
                let (inner, outer) = rest.split_at_checked(each).unwrap_or((rest, &[]));
                self.budget.enter().map_err(fail)?;
                let items = items
                    .into_iter()
                    .map(|item| self.follow(item, inner, base, scope));
                let items = items.collect::<Result<_, _>>();
                self.budget.leave();
                let list = Datum::list(items?).map_err(fail)?.tainted_by(&datum);
                return self.follow(list, outer, base, scope);
            }
        };
        let next = index(&datum, &key).map_err(fail)?.tainted_by(&datum);
        self.follow(next.tainted_by(&key), rest, base, scope)
    }

    fn for_expression(&self, it: &'a For, expression: &Expression, scope: Scope<'_>) -> Evaluated {
        let collection = self.evaluate(&it.collection, scope)?;
        if collection.is_unknown() {
            return Ok(collection);
        }
        let pairs = pairs(&collection).map_err(|message| fail(&it.collection, scope, message))?;
        let mut items = Vec::new();
        let mut entries: BTreeMap<String, Datum> = BTreeMap::new();
        let mut groups: BTreeMap<String, Vec<Datum>> = BTreeMap::new();
        let mut decisions = Datum::null().tainted_by(&collection);
        for (key, value) in pairs {
            let mut names = vec![(it.value.clone(), value.tainted_by(&collection))];
            if let Some(name) = &it.key {
                names.push((name.clone(), key));
            }
            let locals = scope.locals(&names);
            let inner = scope.with(&locals);
            if let Some(condition) = &it.condition {
                let decision = self.evaluate(condition, inner)?;
                decisions.add_variables(&decision.variables);
                match decision.to_bool() {
                    Some(true) => {}
                    Some(false) => continue,
                    None => {
                        let message = format!("a condition cannot be {}", decision.type_name());
                        return Err(fail(condition, inner, message));
                    }
                }
            }
            let result = self.evaluate(&it.result, inner)?;
            let Some(result_key) = &it.result_key else {
                items.push(result);
                continue;
            };
            let key = self.evaluate(result_key, inner)?;
            let Some(name) = key.to_text() else {
                let message = format!("a key cannot be {}", key.type_name());
                return Err(fail(result_key, inner, message));
            };
            let result = result.tainted_by(&key);
            if it.grouping {
                groups.entry(name).or_default().push(result);
            } else if entries.insert(name.clone(), result).is_some() {
                let message = format!("the key `{name}` is made twice");
                return Err(fail(result_key, inner, message));
            }
        }
        let datum = if it.result_key.is_none() {
            Datum::list(items)
        } else if it.grouping {
            let groups = groups
                .into_iter()
                .map(|(key, items)| Ok((key, Datum::list(items)?)));
            groups
                .collect::<Result<_, String>>()
                .and_then(Datum::object)
        } else {
            Datum::object(entries)
        };
        let datum = datum.map_err(|message| fail(expression, scope, message))?;
        Ok(datum.tainted_by(&decisions))
    }
}

/// A failure at an expression.
pub(super) fn fail(expression: &Expression, scope: Scope<'_>, message: String) -> Failure {
    Failure {
        location: Location::new(scope.document, expression.span),
        message,
    }
}

/// The keys and values that a loop runs through.
pub(super) fn pairs(collection: &Datum) -> Result<Vec<(Datum, Datum)>, String> {
    #[expect(clippy::cast_precision_loss, reason = "lists are short")]
    let number = |index: usize| Datum::number(index as f64);
    match &collection.kind {
        Kind::List(list) => {
            let items = list.items.iter().enumerate();
            Ok(items.map(|(at, item)| (number(at), item.clone())).collect())
        }
        Kind::Object(object) => {
            let entries = object.entries.iter();
            Ok(entries
                .map(|(key, value)| (Datum::string(key.as_str()), value.clone()))
                .collect())
        }
        _ => Err(format!("{} cannot be looped over", collection.type_name())),
    }
}

/// The element of a list or object.
pub(super) fn index(datum: &Datum, key: &Datum) -> Result<Datum, String> {
    if key.is_unknown() {
        return Ok(key.clone());
    }
    let missing = || {
        let key = key.to_text().unwrap_or_else(|| key.type_name().to_owned());
        format!("there is no element `{key}`")
    };
    match &datum.kind {
        Kind::List(list) => {
            let position = key.to_number().ok_or_else(missing)?;
            if position < 0.0 || position.fract() != 0.0 || position > 1e9 {
                return Err(missing());
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked"
            )]
            let position = position as usize;
            list.items.get(position).cloned().ok_or_else(missing)
        }
        Kind::Object(object) => {
            let name = key.to_text().ok_or_else(missing)?;
            object.entries.get(&name).cloned().ok_or_else(missing)
        }
        _ => Err(format!("{} has no elements", datum.type_name())),
    }
}

fn unary(operator: UnaryOperator, operand: &Datum) -> Result<Datum, String> {
    if operand.is_unknown() {
        return Ok(operand.clone());
    }
    let refused = || format!("the operator does not take {}", operand.type_name());
    let result = match operator {
        UnaryOperator::Negate => Datum::number(-operand.to_number().ok_or_else(refused)?),
        UnaryOperator::Not => Datum::bool(!operand.to_bool().ok_or_else(refused)?),
    };
    Ok(result.tainted_by(operand))
}

fn binary(operator: BinaryOperator, left: &Datum, right: &Datum) -> Result<Datum, String> {
    use BinaryOperator as Op;
    if left.is_unknown() || right.is_unknown() {
        return Ok(Datum::new(Kind::Unknown));
    }
    let refused = |datum: &Datum| format!("the operator does not take {}", datum.type_name());
    let number = |datum: &Datum| datum.to_number().ok_or_else(|| refused(datum));
    let bool = |datum: &Datum| datum.to_bool().ok_or_else(|| refused(datum));
    Ok(match operator {
        Op::Equal => Datum::bool(left.equals(right)),
        Op::NotEqual => Datum::bool(!left.equals(right)),
        Op::LessOrEqual => Datum::bool(number(left)? <= number(right)?),
        Op::GreaterOrEqual => Datum::bool(number(left)? >= number(right)?),
        Op::Less => Datum::bool(number(left)? < number(right)?),
        Op::Greater => Datum::bool(number(left)? > number(right)?),
        Op::And => Datum::bool(bool(left)? & bool(right)?),
        Op::Or => Datum::bool(bool(left)? | bool(right)?),
        Op::Add => Datum::number(number(left)? + number(right)?),
        Op::Subtract => Datum::number(number(left)? - number(right)?),
        Op::Multiply => Datum::number(number(left)? * number(right)?),
        Op::Divide | Op::Modulo => {
            let (left, right) = (number(left)?, number(right)?);
            if right == 0.0 {
                return Err("division by zero".to_owned());
            }
            Datum::number(match operator {
                Op::Divide => left / right,
                _ => left % right,
            })
        }
    })
}
