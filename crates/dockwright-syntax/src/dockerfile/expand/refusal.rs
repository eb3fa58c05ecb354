//! What can never be evaluated.

use super::lexer;
use super::pattern::Pattern;
use super::template::{Modifier, Template, Variable};
use crate::Problem;

impl Template {
    /// Why `BuildKit` refuses to evaluate the text, whatever values the variables have.
    ///
    /// A text that is only nested too deep to be read here is not refused.
    pub fn refusal(&self) -> Option<Problem> {
        let mut variables = self.variables().into_iter();
        // Whatever is wrong behind the place where reading ended, that comes later.
        variables.find_map(Variable::refusal).or_else(|| {
            let problem = self.problem.as_ref();
            problem
                .filter(|problem| problem.message != lexer::too_deep())
                .cloned()
        })
    }
}

impl Variable {
    fn refusal(&self) -> Option<Problem> {
        let problem = |message: String| Problem::new(self.span, message);
        match self.modifier.as_ref()? {
            Modifier::Condition { .. } => None,
            Modifier::Unknown { operator, .. } => Some(problem(unknown(*operator))),
            Modifier::Trim { operator, pattern } => {
                let pattern = pattern.as_literal()?;
                let pattern = pattern.strip_prefix(*operator).unwrap_or(&pattern);
                let refused = Pattern::new(pattern).err()?;
                Some(problem(refused.to_owned()))
            }
            Modifier::Replace { pattern, .. } => {
                let refused = Pattern::new(&pattern.as_literal()?).err()?;
                Some(problem(refused.to_owned()))
            }
        }
    }
}

/// The message about an operator behind a colon that `BuildKit` does not know.
pub(super) fn unknown(operator: char) -> String {
    format!("the modifier `:{operator}` is not supported")
}
