//! The typed tree of one bake file.

use crate::{Problem, Span, Spanned};

/// How a bake file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// HCL's own syntax: `docker-bake.hcl`.
    #[default]
    Hcl,
    /// JSON: `docker-bake.json`.
    Json,
}

/// One bake file.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// How it is written.
    pub format: Format,
    /// `variable` blocks, in order.
    pub variables: Vec<Variable>,
    /// `function` blocks, in order.
    pub functions: Vec<Function>,
    /// `target` blocks, in order.
    pub targets: Vec<Block>,
    /// `group` blocks, in order.
    pub groups: Vec<Block>,
    /// Attributes outside blocks, in order.
    pub attributes: Vec<Attribute>,
    /// Comments, in order.
    pub comments: Vec<Span>,
    /// What bake would refuse. The rest of the tree is as good as it can be.
    pub problems: Vec<Problem>,
    /// What bake passes over in silence: blocks that it does not know.
    pub ignored: Vec<Problem>,
}

/// A `target` or `group` block.
#[derive(Clone, Debug)]
pub struct Block {
    /// The whole block.
    pub span: Span,
    /// The label, without quotes.
    pub name: Spanned<String>,
    /// What it sets, in order.
    pub attributes: Vec<Attribute>,
}

/// `name = value`
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The whole attribute.
    pub span: Span,
    /// Its name.
    pub name: Spanned<String>,
    /// Its value.
    pub value: Expression,
}

/// A `variable` block.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The whole block.
    pub span: Span,
    /// The label, without quotes.
    pub name: Spanned<String>,
    /// `type`, such as `list(string)`.
    pub type_: Option<Expression>,
    /// `default`
    pub default: Option<Expression>,
    /// `description`
    pub description: Option<Expression>,
    /// `validation` blocks, in order.
    pub validations: Vec<Validation>,
}

/// A `validation` block.
#[derive(Clone, Debug)]
pub struct Validation {
    /// The whole block.
    pub span: Span,
    /// `condition`
    pub condition: Option<Expression>,
    /// `error_message`
    pub error_message: Option<Expression>,
}

/// A `function` block.
#[derive(Clone, Debug)]
pub struct Function {
    /// The whole block.
    pub span: Span,
    /// The label, without quotes.
    pub name: Spanned<String>,
    /// `params`
    pub parameters: Vec<Spanned<String>>,
    /// `variadic_params`
    pub variadic: Option<Spanned<String>>,
    /// `result`
    pub result: Option<Expression>,
}

/// An expression with its place.
#[derive(Clone, Debug)]
pub struct Expression {
    /// As written, quotes and brackets included.
    pub span: Span,
    /// What it is.
    pub kind: ExpressionKind,
}

/// What an [`Expression`] is.
#[derive(Clone, Debug)]
pub enum ExpressionKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string without anything to expand; escapes decoded.
    String(String),
    /// A string or here-document with `${…}` or `%{…}`.
    Template(Vec<TemplatePart>),
    /// `[a, b]`
    Array(Vec<Expression>),
    /// `{ key = value }`
    Object(Vec<Item>),
    /// The name of a variable.
    Variable(String),
    /// `base.name`, `base[index]`, `base.*`
    Traversal(Box<Expression>, Vec<Step>),
    /// `name(arguments)`
    Call(Call),
    /// `condition ? yes : no`
    Conditional(Box<[Expression; 3]>),
    /// `-a`, `!a`
    Unary(UnaryOperator, Box<Expression>),
    /// `a + b`, …
    Binary(BinaryOperator, Box<[Expression; 2]>),
    /// `[for …]`, `{for …}`
    For(Box<For>),
    /// `(a)`
    Parenthesis(Box<Expression>),
}

/// One entry of an object.
#[derive(Clone, Debug)]
pub struct Item {
    /// The key. A bare name is a string.
    pub key: Expression,
    /// The value.
    pub value: Expression,
}

/// A part of a template.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text that stands for itself.
    Literal(Spanned<String>),
    /// `${…}`
    Interpolation(Expression),
    /// `%{if …}…%{else}…%{endif}`
    If {
        /// The condition.
        condition: Expression,
        /// When it is true.
        yes: Vec<TemplatePart>,
        /// When it is false.
        no: Vec<TemplatePart>,
    },
    /// `%{for … in …}…%{endfor}`
    For {
        /// The variable of the index or key.
        key: Option<String>,
        /// The variable of the value.
        value: String,
        /// What it runs through.
        collection: Expression,
        /// What is repeated.
        body: Vec<TemplatePart>,
    },
}

/// A step of a traversal.
#[derive(Clone, Debug)]
pub enum Step {
    /// `.name`
    Attribute(Spanned<String>),
    /// `[index]`, `.0`
    Index(Expression),
    /// `.*`: only the attribute steps behind it apply to each element.
    AttributeSplat,
    /// `[*]`: all steps behind it apply to each element.
    Splat,
}

/// A function call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function; a namespace is part of the name.
    pub name: Spanned<String>,
    /// The arguments.
    pub arguments: Vec<Expression>,
    /// Whether `...` spreads the last argument.
    pub spread: bool,
}

/// A `for` expression.
#[derive(Clone, Debug)]
pub struct For {
    /// The variable of the index or key.
    pub key: Option<String>,
    /// The variable of the value.
    pub value: String,
    /// What it runs through.
    pub collection: Expression,
    /// The key of each entry: the result is an object.
    pub result_key: Option<Expression>,
    /// Each element or the value of each entry.
    pub result: Expression,
    /// Whether `...` groups values by their key.
    pub grouping: bool,
    /// `if …`
    pub condition: Option<Expression>,
}

/// `-` or `!` before a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// An operator between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<=`
    LessOrEqual,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `&&`
    And,
    /// `||`
    Or,
}

impl Block {
    /// The attribute called `name`, the last where it is given twice.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        let mut attributes = self.attributes.iter().rev();
        attributes.find(|attribute| attribute.name.value == name)
    }
}
