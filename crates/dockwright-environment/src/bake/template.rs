//! Templates to text.

use dockwright_syntax::bake::{Expression, TemplatePart};

use super::datum::{Datum, Kind};
use super::expression::{Evaluated, Failure, fail, pairs};
use super::resolve::Evaluator;
use super::scope::Scope;

/// What a template has become so far.
#[derive(Default)]
struct Output {
    text: String,
    unknown: bool,
}

impl<'a> Evaluator<'a> {
    pub(super) fn template(
        &self,
        parts: &'a [TemplatePart],
        expression: &Expression,
        scope: Scope<'_>,
    ) -> Evaluated {
        // `"${a}"` is `a` itself, of whatever type.
        if let [TemplatePart::Interpolation(only)] = parts {
            let mut datum = self.evaluate(only, scope)?;
            if !matches!(datum.kind, Kind::List(_) | Kind::Object(_)) {
                datum.origin = None;
            }
            return Ok(datum);
        }
        let mut output = Output::default();
        let mut taint = Datum::null();
        self.write(parts, expression, scope, &mut output, &mut taint)?;
        let datum = if output.unknown {
            Datum::new(Kind::Unknown)
        } else {
            Datum::string(output.text)
        };
        Ok(datum.tainted_by(&taint))
    }

    fn write(
        &self,
        parts: &'a [TemplatePart],
        whole: &Expression,
        scope: Scope<'_>,
        output: &mut Output,
        taint: &mut Datum,
    ) -> Result<(), Failure> {
        for part in parts {
            match part {
                TemplatePart::Literal(literal) => output.text.push_str(&literal.value),
                TemplatePart::Interpolation(inner) => {
                    let datum = self.evaluate(inner, scope)?;
                    taint.add_variables(&datum.variables);
                    match datum.to_text() {
                        Some(text) => output.text.push_str(&text),
                        None if datum.is_unknown() => output.unknown = true,
                        // Bake refuses it until the caller sets the variable.
                        None if datum.is_null() && self.is_unset(&datum) => output.unknown = true,
                        None => {
                            let message =
                                format!("{} cannot be put into a text", datum.type_name());
                            return Err(fail(inner, scope, message));
                        }
                    }
                }
                TemplatePart::If { condition, yes, no } => {
                    let decision = self.evaluate(condition, scope)?;
                    taint.add_variables(&decision.variables);
                    let branch = match decision.to_bool() {
                        Some(true) => yes,
                        Some(false) => no,
                        None if decision.is_unknown() => {
                            output.unknown = true;
                            continue;
                        }
                        None => {
                            let message = format!("a condition cannot be {}", decision.type_name());
                            return Err(fail(condition, scope, message));
                        }
                    };
                    self.write_nested(branch, whole, scope, output, taint)?;
                }
                TemplatePart::For {
                    key,
                    value,
                    collection,
                    body,
                } => {
                    let items = self.evaluate(collection, scope)?;
                    taint.add_variables(&items.variables);
                    if items.is_unknown() {
                        output.unknown = true;
                        continue;
                    }
                    let pairs =
                        pairs(&items).map_err(|message| fail(collection, scope, message))?;
                    for (item_key, item) in pairs {
                        let mut names = vec![(value.clone(), item)];
                        if let Some(key) = key {
                            names.push((key.clone(), item_key));
                        }
                        let locals = scope.locals(&names);
                        self.write_nested(body, whole, scope.with(&locals), output, taint)?;
                    }
                }
            }
            let paid = self.budget.text(output.text.len());
            paid.map_err(|message| fail(whole, scope, message))?;
        }
        Ok(())
    }

    fn write_nested(
        &self,
        parts: &'a [TemplatePart],
        whole: &Expression,
        scope: Scope<'_>,
        output: &mut Output,
        taint: &mut Datum,
    ) -> Result<(), Failure> {
        let fail = |message| fail(whole, scope, message);
        self.budget.steps(1).map_err(fail)?;
        self.budget.enter().map_err(fail)?;
        let result = self.write(parts, whole, scope, output, taint);
        self.budget.leave();
        result
    }
}
