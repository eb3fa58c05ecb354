//! Targets and groups: which there are, and references between them.

use std::collections::BTreeMap;

use dockwright_syntax::bake::{self, Block, Document, Expression, ExpressionKind, Step};

use super::datum::Datum;
use super::expression::{Evaluated, Failure, fail};
use super::resolve::Evaluator;
use super::scope::Scope;
use crate::{DocumentId, Location};

/// The combinations of one matrix.
const MAX_MATRIX: usize = 10_000;

/// What a block defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Target,
    Group,
}

/// A target or group block; of a matrix, one of its combinations.
pub(super) struct Instance<'a> {
    pub(super) keyword: Keyword,
    pub(super) document: DocumentId,
    pub(super) block: &'a Block,
    pub(super) name: String,
    /// The values of the matrix.
    pub(super) locals: Vec<(String, Datum)>,
}

/// A group that a matrix makes: its label, and the names of its targets.
pub(super) struct MatrixGroup {
    pub(super) name: String,
    pub(super) location: Location,
    pub(super) targets: Vec<String>,
}

impl Instance<'_> {
    pub(super) fn location(&self) -> Location {
        Location::new(self.document, self.block.name.span)
    }
}

impl<'a> Evaluator<'a> {
    /// Finds every target and group. The result are the groups that matrices make.
    pub(super) fn declare_instances(
        &mut self,
        files: &[(DocumentId, &'a Document)],
    ) -> Vec<MatrixGroup> {
        let mut groups: Vec<MatrixGroup> = Vec::new();
        for (document, parsed) in files {
            for block in &parsed.groups {
                self.check_name(&block.name.value, *document, block);
                self.instances.push(Instance {
                    keyword: Keyword::Group,
                    document: *document,
                    block,
                    name: block.name.value.clone(),
                    locals: Vec::new(),
                });
            }
            for block in &parsed.targets {
                let instances = match self.target_instances(*document, block) {
                    Ok(instances) => instances,
                    Err(failure) => {
                        self.report(failure);
                        continue;
                    }
                };
                let label = &block.name.value;
                let names = instances.iter().map(|it| it.name.clone());
                let found = groups.iter_mut().find(|it| it.name == *label);
                match found {
                    Some(group) => group.targets.extend(names),
                    None => groups.push(MatrixGroup {
                        name: label.clone(),
                        location: Location::new(*document, block.name.span),
                        targets: names.collect(),
                    }),
                }
                self.instances.extend(instances);
            }
        }
        for (at, instance) in self.instances.iter().enumerate() {
            let numbers = self.by_name.entry(instance.name.clone()).or_default();
            numbers.push(at);
        }
        for group in &mut groups {
            let mut seen = std::collections::HashSet::new();
            group.targets.retain(|name| seen.insert(name.clone()));
        }
        groups.retain(|group| group.targets.as_slice() != [group.name.as_str()]);
        groups
    }

    fn check_name(&self, name: &str, document: DocumentId, block: &Block) {
        let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
        if name.is_empty() || !name.chars().all(fits) {
            self.report(Failure {
                location: Location::new(document, block.name.span),
                message: format!(
                    "`{name}` is no name: only letters, digits, `_` and `-` are allowed"
                ),
            });
        }
    }

    fn target_instances(
        &self,
        document: DocumentId,
        block: &'a Block,
    ) -> Result<Vec<Instance<'a>>, Failure> {
        let scope = Scope::global(document);
        let name = block.attribute("name").map(|it| &it.value);
        let Some(matrix) = block.attribute("matrix").map(|it| &it.value) else {
            if let Some(name) = name {
                let message = "`name` needs a `matrix`".to_owned();
                return Err(fail(name, scope, message));
            }
            self.check_name(&block.name.value, document, block);
            return Ok(vec![Instance {
                keyword: Keyword::Target,
                document,
                block,
                name: block.name.value.clone(),
                locals: Vec::new(),
            }]);
        };
        self.check_name(&block.name.value, document, block);
        let combinations = self.combinations(matrix, scope)?;
        let mut instances: Vec<Instance<'a>> = Vec::new();
        let mut names = std::collections::HashSet::new();
        for locals in combinations {
            let name = match name {
                None => block.name.value.clone(),
                Some(expression) => {
                    let inner = scope.locals(&locals);
                    let datum = self.evaluate(expression, scope.with(&inner))?;
                    let text = datum.to_text();
                    text.ok_or_else(|| {
                        let message = format!("the name cannot be {}", datum.type_name());
                        fail(expression, scope, message)
                    })?
                }
            };
            self.check_name(&name, document, block);
            if !names.insert(name.clone()) {
                let message = format!("the matrix makes `{name}` twice");
                return Err(fail(matrix, scope, message));
            }
            instances.push(Instance {
                keyword: Keyword::Target,
                document,
                block,
                name,
                locals,
            });
        }
        Ok(instances)
    }

    /// Every combination of a matrix' values.
    fn combinations(
        &self,
        matrix: &'a Expression,
        scope: Scope<'_>,
    ) -> Result<Vec<Vec<(String, Datum)>>, Failure> {
        let fail = |message: String| fail(matrix, scope, message);
        let datum = self.evaluate(matrix, scope)?;
        let entries = datum
            .as_object()
            .ok_or_else(|| fail(format!("the matrix cannot be {}", datum.type_name())))?;
        let mut combinations: Vec<Vec<(String, Datum)>> = vec![Vec::new()];
        for (key, values) in entries {
            let values = super::expression::pairs(values).map_err(fail)?;
            let count = combinations.len().saturating_mul(values.len());
            if count > MAX_MATRIX {
                return Err(fail(format!(
                    "the matrix has more than {MAX_MATRIX} combinations"
                )));
            }
            self.budget.steps(count).map_err(fail)?;
            let extended = combinations.iter().flat_map(|known| {
                values.iter().map(move |(_, value)| {
                    let mut locals = known.clone();
                    locals.push((key.clone(), value.clone()));
                    locals
                })
            });
            combinations = extended.collect();
        }
        Ok(combinations)
    }

    /// `target.name.attribute…`
    pub(super) fn block_reference(
        &self,
        root: &str,
        base: &'a Expression,
        steps: &'a [Step],
        scope: Scope<'_>,
    ) -> Evaluated {
        let keyword = match root {
            "target" => Keyword::Target,
            _ => Keyword::Group,
        };
        // Bake refuses `target["name"]` too.
        let Some(Step::Attribute(name)) = steps.first() else {
            let message = format!("a name must follow `{root}.`");
            return Err(fail(base, scope, message));
        };
        let name = name.value.clone();
        let numbers = self.by_name.get(name.as_str()).into_iter().flatten();
        let matching: Vec<_> = numbers
            .filter_map(|at| Some((*at, self.instances.get(*at)?)))
            .filter(|(_, it)| it.keyword == keyword)
            .collect();
        if matching.is_empty() {
            let message = format!("there is no {root} `{name}`");
            return Err(fail(base, scope, message));
        }
        let field = steps.get(1).and_then(|step| match step {
            Step::Attribute(name) => Some(name.value.as_str()),
            Step::Index(Expression {
                kind: ExpressionKind::String(name),
                ..
            }) => Some(name.as_str()),
            _ => None,
        });
        if let Some(field) = field {
            let found = matching
                .iter()
                .rev()
                .find_map(|(at, it)| Some((*at, it.block.attribute(field)?)));
            let datum = match found {
                Some((at, attribute)) => self.instance_attribute(at, attribute, base, scope)?,
                None if field == "name" => Datum::string(name),
                None => Datum::null(),
            };
            let rest = steps.get(2..).unwrap_or_default();
            return self.follow(datum, rest, base, scope);
        }
        let mut entries = BTreeMap::new();
        for (at, instance) in matching {
            for attribute in &instance.block.attributes {
                let datum = self.instance_attribute(at, attribute, base, scope)?;
                entries.insert(attribute.name.value.clone(), datum);
            }
        }
        let datum = Datum::object(entries).map_err(|message| fail(base, scope, message))?;
        let rest = steps.get(1..).unwrap_or_default();
        self.follow(datum, rest, base, scope)
    }

    fn instance_attribute(
        &self,
        at: usize,
        attribute: &'a bake::Attribute,
        base: &Expression,
        scope: Scope<'_>,
    ) -> Evaluated {
        let reference = (at, attribute.name.value.as_str());
        if self.references.borrow().contains(&reference) {
            let message = format!("`{}` needs itself", reference.1);
            return Err(fail(base, scope, message));
        }
        self.references.borrow_mut().push(reference);
        let datum = self.attribute_datum(at, attribute);
        self.references.borrow_mut().pop();
        datum
    }

    /// The value of an attribute of an instance.
    pub(super) fn attribute_datum(&self, at: usize, attribute: &'a bake::Attribute) -> Evaluated {
        let Some(instance) = self.instances.get(at) else {
            return Ok(Datum::null());
        };
        let scope = Scope::global(instance.document);
        let locals = scope.locals(&instance.locals);
        self.evaluate(&attribute.value, scope.with(&locals))
    }
}
