//! Sets: lists whose elements are taken once, in bake's order.

use super::{Arguments, Result};
use crate::bake::budget::Budget;
use crate::bake::datum::Datum;
use crate::bake::types::set;

pub(super) fn call(name: &str, arguments: Arguments<'_>, budget: &Budget) -> Option<Result<Datum>> {
    Some(match name {
        "sethaselement" => arguments.list(0).and_then(|items| {
            let wanted = arguments.get(1)?;
            Ok(Datum::bool(items.iter().any(|item| item.equals(wanted))))
        }),
        "setintersection" => combined(arguments, budget, |known, item, _| {
            known.iter().any(|it| it.equals(item))
        }),
        "setsubtract" => combined(arguments, budget, |known, item, is_first| {
            is_first && !known.iter().any(|it| it.equals(item))
        }),
        "setsymmetricdifference" => combined(arguments, budget, |known, item, _| {
            !known.iter().any(|it| it.equals(item))
        }),
        "setunion" => combined(arguments, budget, |_, _, _| true),
        "setproduct" => product(arguments, budget),
        _ => return None,
    })
}

/// Those elements of either set that `keep` wants, given the other set and whether the element is
/// from the first.
fn combined(
    arguments: Arguments<'_>,
    budget: &Budget,
    keep: fn(&[Datum], &Datum, bool) -> bool,
) -> Result<Datum> {
    let mut known = arguments.list(0)?.to_vec();
    for index in 1..arguments.0.len() {
        let other = arguments.list(index)?;
        budget.steps(known.len().saturating_mul(other.len()).saturating_mul(2))?;
        let left = known.iter().filter(|item| keep(other, item, true));
        let right = other.iter().filter(|item| keep(&known, item, false));
        let kept = left.chain(right).cloned().collect();
        known = kept;
    }
    Datum::list(set(known))
}

fn product(arguments: Arguments<'_>, budget: &Budget) -> Result<Datum> {
    let mut rows: Vec<Vec<Datum>> = vec![Vec::new()];
    for index in 0..arguments.0.len() {
        let items = arguments.list(index)?;
        budget.steps(rows.len().saturating_mul(items.len()).saturating_mul(8))?;
        let extended = rows.iter().flat_map(|row| {
            items.iter().map(move |item| {
                let mut row = row.clone();
                row.push(item.clone());
                row
            })
        });
        rows = extended.collect();
    }
    let rows = rows.into_iter().map(Datum::list);
    Datum::list(rows.collect::<Result<_>>()?)
}
