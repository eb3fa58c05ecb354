//! Bake files in HCL's own syntax.

use hcl_edit::Span as _;
use hcl_edit::structure::{Block as TheirBlock, Structure};

use super::lower::Place;
use super::recover;
use super::tree::{
    Attribute, Block, Document, Expression, ExpressionKind, Function, Validation, Variable,
};
use crate::{Problem, Span, Spanned};

/// Files beyond this many bytes are not read.
pub(super) const MAX_BYTES: usize = 4 << 20;

/// Reads a bake file in HCL. What follows a syntax error is read again from the next block on.
pub fn parse_hcl(source: &str) -> Document {
    let mut document = Document::default();
    if source.len() > MAX_BYTES {
        let message = format!("the file has more than {MAX_BYTES} bytes");
        let whole = Span::new(0, source.len());
        document.problems.push(Problem::new(whole, message));
        return document;
    }
    let outline = recover::outline(source);
    let start = source.len() - source.trim_start_matches('\u{feff}').len();
    if let Err(problem) = read(source, Span::new(start, source.len()), &mut document) {
        let known = document.problems.len();
        for item in outline.items {
            if let Err(problem) = read(source, item, &mut document) {
                document.problems.push(problem);
            }
        }
        if document.problems.len() == known {
            document.problems.push(problem);
        }
    }
    document.comments = outline.comments;
    document
}

/// Reads one HCL expression, such as a type that JSON writes as a string.
pub fn parse_expression(source: &str) -> Option<Expression> {
    let expression = hcl_edit::parser::parse_expr(source).ok()?;
    Some(Place::At(0).expression(&expression))
}

/// Adds what stands in `span` to the document.
fn read(source: &str, span: Span, document: &mut Document) -> Result<(), Problem> {
    let base = span.range().start;
    let body = hcl_edit::parser::parse_body(span.of(source)).map_err(|error| {
        let at = (base + error.location().offset()).min(source.len());
        Problem::new(Span::at(at), error.message().replace('\n', "; "))
    })?;
    let place = Place::At(base);
    for structure in &body {
        match structure {
            Structure::Attribute(it) => document.attributes.push(attribute(&place, it)),
            Structure::Block(it) => add_block(&place, it, document),
        }
    }
    Ok(())
}

fn attribute(place: &Place<'_>, attribute: &hcl_edit::structure::Attribute) -> Attribute {
    Attribute {
        span: place.span(attribute),
        name: place.name(&attribute.key),
        value: place.expression(&attribute.value),
    }
}

fn add_block(place: &Place<'_>, block: &TheirBlock, document: &mut Document) {
    let keyword = block.ident.as_str();
    if !matches!(keyword, "variable" | "function" | "target" | "group") {
        let message = format!("a `{keyword}` block is not known");
        let span = place.span(&block.ident);
        document.ignored.push(Problem::new(span, message));
        return;
    }
    let [label] = block.labels.as_slice() else {
        let message = format!("a `{keyword}` block needs exactly one label");
        let span = place.span(&block.ident);
        document.problems.push(Problem::new(span, message));
        return;
    };
    let name = Spanned::new(label.as_str().to_owned(), inside_quotes(place, label));
    let span = place.span(block);
    let attributes: Vec<_> = block
        .body
        .attributes()
        .map(|it| attribute(place, it))
        .collect();
    for inner in block.body.blocks() {
        if keyword != "variable" || inner.ident.as_str() != "validation" {
            let message = format!("a `{}` block is not known here", inner.ident.as_str());
            let span = place.span(&inner.ident);
            document.ignored.push(Problem::new(span, message));
        }
    }
    match keyword {
        "variable" => {
            let validations = block.body.get_blocks("validation").map(|it| {
                let attributes = it
                    .body
                    .attributes()
                    .map(|it| attribute(place, it))
                    .collect();
                validation(place.span(it), attributes)
            });
            let validations = validations.collect();
            let variable = variable(span, name, attributes, validations, &mut document.problems);
            document.variables.push(variable);
        }
        "function" => {
            let function = function(span, name, attributes, &mut document.problems);
            document.functions.push(function);
        }
        _ => {
            let blocks = match keyword {
                "group" => &mut document.groups,
                _ => &mut document.targets,
            };
            blocks.push(Block {
                span,
                name,
                attributes,
            });
        }
    }
}

fn inside_quotes(place: &Place<'_>, label: &hcl_edit::structure::BlockLabel) -> Span {
    let range = label.span().unwrap_or_default();
    if label.is_string() && range.len() >= 2 {
        return place.range(range.start + 1, range.end - 1);
    }
    place.range(range.start, range.end)
}

/// A variable from the attributes of its block.
pub(super) fn variable(
    span: Span,
    name: Spanned<String>,
    attributes: Vec<Attribute>,
    validations: Vec<Validation>,
    problems: &mut Vec<Problem>,
) -> Variable {
    let mut variable = Variable {
        span,
        name,
        type_: None,
        default: None,
        description: None,
        validations,
    };
    for attribute in attributes {
        let slot = match attribute.name.value.as_str() {
            "type" => &mut variable.type_,
            "default" => &mut variable.default,
            "description" => &mut variable.description,
            // What a variable has besides is ignored by bake.
            _ => continue,
        };
        if slot.is_some() {
            let message = format!("`{}` is set twice", attribute.name.value);
            problems.push(Problem::new(attribute.name.span, message));
        }
        *slot = Some(attribute.value);
    }
    variable
}

/// A validation from the attributes of its block.
pub(super) fn validation(span: Span, attributes: Vec<Attribute>) -> Validation {
    let mut validation = Validation {
        span,
        condition: None,
        error_message: None,
    };
    for attribute in attributes {
        match attribute.name.value.as_str() {
            "condition" => validation.condition = Some(attribute.value),
            "error_message" => validation.error_message = Some(attribute.value),
            _ => {}
        }
    }
    validation
}

/// A function from the attributes of its block.
pub(super) fn function(
    span: Span,
    name: Spanned<String>,
    attributes: Vec<Attribute>,
    problems: &mut Vec<Problem>,
) -> Function {
    let mut function = Function {
        span,
        name,
        parameters: Vec::new(),
        variadic: None,
        result: None,
    };
    let mut has_parameters = false;
    for attribute in attributes {
        let value = attribute.value;
        match attribute.name.value.as_str() {
            "params" => {
                has_parameters = true;
                let ExpressionKind::Array(parameters) = &value.kind else {
                    problems.push(Problem::new(value.span, "`params` must be a list of names"));
                    continue;
                };
                for parameter in parameters {
                    match keyword(parameter) {
                        Some(name) => function.parameters.push(name),
                        None => problems.push(not_a_name(parameter)),
                    }
                }
            }
            "variadic_params" => {
                function.variadic = keyword(&value);
                if function.variadic.is_none() {
                    problems.push(not_a_name(&value));
                }
            }
            "result" => function.result = Some(value),
            other => {
                let message = format!("a function has no attribute `{other}`");
                problems.push(Problem::new(attribute.name.span, message));
            }
        }
    }
    let missing = if has_parameters { "result" } else { "params" };
    if !has_parameters || function.result.is_none() {
        let message = format!("the function has no `{missing}`");
        problems.push(Problem::new(function.name.span, message));
    }
    function
}

fn not_a_name(expression: &Expression) -> Problem {
    Problem::new(expression.span, "a parameter must be a bare name")
}

/// A bare name, which JSON writes as a string.
fn keyword(expression: &Expression) -> Option<Spanned<String>> {
    match &expression.kind {
        ExpressionKind::Variable(name) => Some(Spanned::new(name.clone(), expression.span)),
        _ => None,
    }
}
