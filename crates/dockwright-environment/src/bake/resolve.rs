//! Variables, blocks and their order: the evaluation of whole files.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use dockwright_syntax::bake::{self, Document, Expression};

use super::blocks::Instance;
use super::budget::Budget;
use super::datum::{Datum, Kind};
use super::expression::Failure;
use super::scope::Scope;
use super::target;
use super::types::Type;
use super::{BakeProject, BakeVariable};
use crate::{
    CallerVariables, DocumentId, Location, TreePath, Value, Variable, VariableSource, compose,
};

/// A declaration and its file.
pub(super) type Declared<'a, T> = (DocumentId, &'a T);

/// The files' declarations, and what is known of their values so far.
pub(super) struct Evaluator<'a> {
    caller: &'a CallerVariables,
    pub(super) budget: Budget,
    attributes: HashMap<&'a str, Declared<'a, bake::Attribute>>,
    variables: HashMap<&'a str, Declared<'a, bake::Variable>>,
    pub(super) functions: HashMap<&'a str, Declared<'a, bake::Function>>,
    /// Functions that are being evaluated.
    pub(super) calls: RefCell<Vec<&'a str>>,
    /// Targets and groups, those of a matrix one by one.
    pub(super) instances: Vec<Instance<'a>>,
    /// Which instances have a name.
    pub(super) by_name: HashMap<String, Vec<usize>>,
    /// Attributes of instances that are being evaluated.
    pub(super) references: RefCell<Vec<(usize, &'a str)>>,
    globals: RefCell<HashMap<&'a str, Global>>,
    /// Variables that took part somewhere; a datum names them by their index.
    named: RefCell<Named>,
    pub(super) problems: RefCell<Vec<(Location, String)>>,
    pub(super) ignored: RefCell<Vec<(Location, String)>>,
}

/// What is known of a global name.
#[derive(Clone)]
enum Global {
    Pending,
    Known(Datum),
    /// Why not has been reported.
    Failed,
}

#[derive(Default)]
struct Named {
    numbers: HashMap<String, u32>,
    variables: Vec<Variable>,
}

/// Evaluates bake files as one project, in the order given. A later file adds to and overrides
/// the ones before.
///
/// Paths are relative to the root of the tree; set [`BakeProject::directory`] where bake runs
/// elsewhere.
pub fn evaluate(files: &[(DocumentId, &Document)]) -> BakeProject {
    evaluate_with(None, files, &CallerVariables::default())
}

/// Evaluates bake files as [`evaluate`] does, with the Compose files beside them and what the
/// caller's environment sets. Every service with a `build` is a target, under the blocks of the
/// same name, and all of them are the group `default`.
pub fn evaluate_with(
    compose: Option<&compose::Project>,
    files: &[(DocumentId, &Document)],
    caller: &CallerVariables,
) -> BakeProject {
    let services = compose.map(super::compose::services).unwrap_or_default();
    let mut evaluator = Evaluator::new(files, caller);
    let variables = evaluator.declared_variables(files);
    for (id, document) in files {
        for validation in document.variables.iter().flat_map(|it| &it.validations) {
            evaluator.validate(*id, validation);
        }
    }
    let groups = evaluator.declare_instances(files);
    let targets = target::targets(&evaluator, services.targets);
    let groups = target::groups(&evaluator, groups, services.groups);
    for name in evaluator.attributes.keys() {
        let _ = evaluator.global(name);
    }
    let mut problems = evaluator.problems.into_inner();
    problems.extend(services.problems);
    problems.sort();
    problems.dedup();
    let mut ignored = evaluator.ignored.into_inner();
    for (id, document) in files {
        let passed_over = document.ignored.iter();
        ignored.extend(passed_over.map(|it| (Location::new(*id, it.span), it.message.clone())));
    }
    ignored.sort();
    ignored.dedup();
    BakeProject {
        files: files.iter().map(|(id, _)| *id).collect(),
        compose_files: compose.map_or(Vec::new(), |project| project.files.clone()),
        directory: TreePath::root(),
        targets,
        groups,
        variables,
        problems,
        ignored,
    }
}

impl<'a> Evaluator<'a> {
    fn new(files: &[(DocumentId, &'a Document)], caller: &'a CallerVariables) -> Self {
        let mut evaluator = Self {
            caller,
            budget: Budget::new(),
            attributes: HashMap::new(),
            variables: HashMap::new(),
            functions: HashMap::new(),
            calls: RefCell::default(),
            instances: Vec::new(),
            by_name: HashMap::new(),
            references: RefCell::default(),
            globals: RefCell::default(),
            named: RefCell::default(),
            problems: RefCell::default(),
            ignored: RefCell::default(),
        };
        for (id, document) in files {
            for variable in &document.variables {
                let name = variable.name.value.as_str();
                evaluator.variables.insert(name, (*id, variable));
            }
            for function in &document.functions {
                let name = function.name.value.as_str();
                evaluator.functions.insert(name, (*id, function));
            }
            for attribute in &document.attributes {
                let name = attribute.name.value.as_str();
                evaluator.attributes.insert(name, (*id, attribute));
            }
        }
        evaluator
    }

    /// Every variable once, the last declaration's, in order of the first.
    fn declared_variables(&self, files: &[(DocumentId, &'a Document)]) -> Vec<BakeVariable> {
        let mut seen = Vec::new();
        for variable in files.iter().flat_map(|(_, document)| &document.variables) {
            let name = variable.name.value.as_str();
            if !seen.contains(&name) {
                seen.push(name);
            }
        }
        let declared = seen.into_iter().filter_map(|name| {
            let (id, variable) = self.variables.get(name)?;
            let value = self.global(name).unwrap_or_else(|_| Datum::null());
            let (id, default) = match self.attributes.get(name) {
                Some((id, attribute)) => (id, Some(&attribute.value)),
                None => (id, variable.default.as_ref()),
            };
            let default = default.map(|default| {
                let location = Location::new(*id, default.span);
                let text = value.to_text().or_else(|| value.to_json(1 << 16));
                let numbers = value.variables.iter().copied();
                Value {
                    text: text.unwrap_or_default(),
                    location,
                    variables: self.named(numbers.filter(|it| *it != self.number(name))),
                }
            });
            let description = variable.description.as_ref().and_then(|it| {
                let datum = self.evaluate(it, Scope::global(*id)).ok()?;
                let text = datum.to_text()?;
                Some(Value::literal(text, Location::new(*id, it.span)))
            });
            Some(BakeVariable {
                name: name.to_owned(),
                location: Location::new(*id, variable.name.span),
                default,
                description,
            })
        });
        declared.collect()
    }

    fn validate(&self, id: DocumentId, validation: &'a bake::Validation) {
        let scope = Scope::global(id);
        let Some(condition) = &validation.condition else {
            return;
        };
        let outcome = match self.evaluate(condition, scope) {
            Ok(outcome) => outcome,
            Err(failure) => return self.report(failure),
        };
        if outcome.is_unknown() || outcome.to_bool() == Some(true) {
            return;
        }
        let message = validation.error_message.as_ref();
        let message = message.and_then(|message| self.evaluate(message, scope).ok()?.to_text());
        let message = message.unwrap_or_else(|| "the condition is false".to_owned());
        self.report(Failure {
            location: Location::new(id, condition.span),
            message: format!("the validation fails at the defaults: {message}"),
        });
    }

    /// The value of a name outside blocks. An empty error has been reported already.
    pub(super) fn global(&self, name: &'a str) -> Result<Datum, String> {
        let known = self.globals.borrow().get(name).cloned();
        match known {
            Some(Global::Known(datum)) => return Ok(datum),
            Some(Global::Failed) => return Err(String::new()),
            Some(Global::Pending) => return Err(format!("the variable `{name}` needs itself")),
            None => {}
        }
        if !self.attributes.contains_key(name)
            && !self.variables.contains_key(name)
            && !is_built_in(name)
        {
            return Err(format!("there is no variable `{name}`"));
        }
        self.globals.borrow_mut().insert(name, Global::Pending);
        let result = self.compute(name);
        let state = match &result {
            Ok(datum) => Global::Known(datum.clone()),
            Err(failure) => {
                self.report(failure.clone());
                Global::Failed
            }
        };
        self.globals.borrow_mut().insert(name, state);
        result.map_err(|_| String::new())
    }

    fn compute(&self, name: &'a str) -> Result<Datum, Failure> {
        let (mut datum, source) = self.declared_value(name)?;
        let value = match source {
            VariableSource::Unset => None,
            _ => datum.to_text().or_else(|| datum.to_json(1 << 16)),
        };
        let number = self.register(Variable {
            name: name.to_owned(),
            value,
            source,
        });
        let inherited = std::mem::replace(&mut datum.variables, Rc::new(vec![number]));
        datum.add_variables(&inherited);
        Ok(datum)
    }

    fn declared_value(&self, name: &'a str) -> Result<(Datum, VariableSource), Failure> {
        match name {
            "BAKE_CMD_CONTEXT" => return Ok((Datum::string("cwd://"), VariableSource::Default)),
            // It depends on the machine.
            "BAKE_LOCAL_PLATFORM" => return Ok((Datum::string(""), VariableSource::Unset)),
            _ => {}
        }
        let attribute = self.attributes.get(name);
        let Some((id, variable)) = self.variables.get(name).filter(|_| attribute.is_none()) else {
            let Some((id, attribute)) = attribute else {
                return Ok((Datum::null(), VariableSource::Unset));
            };
            let datum = self.evaluate(&attribute.value, Scope::global(*id))?;
            return Ok((datum, VariableSource::Fixed));
        };
        let type_ = variable_type(*id, variable)?;
        if let Some(given) = self.given(*id, variable, type_.as_ref()) {
            return Ok((given?, VariableSource::Caller));
        }
        let Some(default) = &variable.default else {
            let datum = match type_ {
                Some(_) => Datum::null(),
                None => Datum::string(""),
            };
            return Ok((datum, VariableSource::Unset));
        };
        let datum = self.evaluate(default, Scope::global(*id))?;
        let datum = match type_ {
            None => datum,
            Some(type_) => type_.convert(&datum).map_err(|message| Failure {
                location: Location::new(*id, default.span),
                message: format!("the default does not have the type: {message}"),
            })?,
        };
        let source = if datum.is_null() {
            VariableSource::Unset
        } else {
            VariableSource::Default
        };
        Ok((datum, source))
    }

    /// What the caller gives a variable, as its type; of one without, as the type of the default.
    /// One with a type may be given as JSON too, under its name and `_JSON`.
    fn given(
        &self,
        id: DocumentId,
        variable: &'a bake::Variable,
        type_: Option<&Type>,
    ) -> Option<Result<Datum, Failure>> {
        let name = variable.name.value.as_str();
        let of_default = || {
            let default = variable.default.as_ref()?;
            Type::of_primitive(&self.evaluate(default, Scope::global(id)).ok()?)
        };
        let json = || self.caller.get(&format!("{name}_JSON"));
        let (text, read) = match (type_, type_.and_then(|_| json())) {
            (Some(type_), Some(json)) => (json, type_.read_json(json)),
            _ => {
                let text = self.caller.get(name)?;
                let type_ = type_.cloned().or_else(of_default).unwrap_or(Type::String);
                (text, type_.read_text(text))
            }
        };
        Some(read.map_err(|message| Failure {
            location: Location::new(id, variable.name.span),
            message: format!("the caller's environment sets it to `{text}`: {message}"),
        }))
    }

    /// Notes a failure, unless that has been done.
    pub(super) fn report(&self, failure: Failure) {
        if !failure.message.is_empty() {
            let mut problems = self.problems.borrow_mut();
            problems.push((failure.location, failure.message));
        }
    }

    fn register(&self, variable: Variable) -> u32 {
        let mut named = self.named.borrow_mut();
        let next = u32::try_from(named.variables.len()).unwrap_or(u32::MAX);
        named.numbers.insert(variable.name.clone(), next);
        named.variables.push(variable);
        next
    }

    fn number(&self, name: &str) -> u32 {
        let named = self.named.borrow();
        named.numbers.get(name).copied().unwrap_or(u32::MAX)
    }

    /// A value that nobody knows before bake runs, because of `function`.
    pub(super) fn unknown(&self, function: &str) -> Datum {
        let name = format!("{function}()");
        let known = self.named.borrow().numbers.get(&name).copied();
        let number = known.unwrap_or_else(|| {
            self.register(Variable {
                name,
                value: None,
                source: VariableSource::Unset,
            })
        });
        let mut datum = Datum::new(Kind::Unknown);
        datum.add_variables(&[number]);
        datum
    }

    /// Whether a variable that only the caller can set took part.
    pub(super) fn is_unset(&self, datum: &Datum) -> bool {
        let variables = self.named(datum.variables.iter().copied());
        variables
            .iter()
            .any(|it| it.source == VariableSource::Unset)
    }

    /// The variables with these numbers.
    pub(super) fn named(&self, numbers: impl Iterator<Item = u32>) -> Vec<Variable> {
        let named = self.named.borrow();
        let find = |number: u32| named.variables.get(usize::try_from(number).ok()?).cloned();
        numbers.filter_map(find).collect()
    }
}

fn is_built_in(name: &str) -> bool {
    matches!(name, "BAKE_CMD_CONTEXT" | "BAKE_LOCAL_PLATFORM")
}

fn variable_type(id: DocumentId, variable: &bake::Variable) -> Result<Option<Type>, Failure> {
    let Some(expression) = &variable.type_ else {
        return Ok(None);
    };
    let read = Type::read(expression).map(Some);
    read.map_err(|wrong: &Expression| Failure {
        location: Location::new(id, wrong.span),
        message: "this is no type".to_owned(),
    })
}
