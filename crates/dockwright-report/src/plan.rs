//! A plan for people: the targets and groups that can be asked for.

use std::fmt::Write;

use dockwright_build::Plan;
use dockwright_build::plan::Target;

/// Some targets, given as indices, with their images and what they need; then the groups that have
/// any of them.
pub fn list(plan: &Plan, targets: &[usize]) -> String {
    let chosen = targets.iter().filter_map(|index| plan.targets.get(*index));
    let rows = chosen.map(|target| {
        let needs = plan.names(&target.needs);
        let needs = if needs.is_empty() {
            "–".to_owned()
        } else {
            needs.join(", ")
        };
        [target.name.clone(), image(target), needs]
    });
    let mut text = table(["TARGET", "IMAGE", "NEEDS"], &rows.collect::<Vec<_>>());
    let rows = plan.groups.iter().filter_map(|group| {
        let members = group.targets.iter().copied();
        let members: Vec<usize> = members.filter(|index| targets.contains(index)).collect();
        let names = plan.names(&members).join(", ");
        (!members.is_empty()).then(|| [group.name.clone(), names, String::new()])
    });
    text.push('\n');
    text.push_str(&table(["GROUP", "TARGETS", ""], &rows.collect::<Vec<_>>()));
    text
}

fn image(target: &Target) -> String {
    if let Some(refusal) = &target.refusal {
        return format!("cannot be built: {refusal}");
    }
    match target.bake.tags.split_first() {
        Some((first, [])) => first.clone(),
        Some((first, rest)) => format!("{first} (+{})", rest.len()),
        None => "–".to_owned(),
    }
}

/// Columns that are as wide as what stands in them.
fn table(head: [&str; 3], rows: &[[String; 3]]) -> String {
    let head = head.map(str::to_owned);
    let rows: Vec<&[String; 3]> = std::iter::once(&head).chain(rows).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let (first, second) = (width(0), width(1));
    let mut text = String::new();
    for [name, what, rest] in rows {
        let line = format!("{name:first$}  {what:second$}  {rest}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use dockwright_build::bake::BakeTarget;
    use dockwright_build::plan::Group;

    use super::*;

    #[test]
    fn targets_and_groups_are_listed_with_what_they_are() {
        let target = |name: &str, tags: &[&str], needs: &[usize]| Target {
            name: name.to_owned(),
            needs: needs.to_vec(),
            bake: BakeTarget {
                tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
                ..BakeTarget::default()
            },
            ..Target::default()
        };
        let mut plan = Plan {
            targets: vec![
                target("base", &["shop/base:1.0", "shop/base:latest"], &[]),
                target("web", &["shop/web:1.0"], &[0]),
                target("old", &[], &[]),
            ],
            groups: vec![Group {
                name: "all".to_owned(),
                targets: vec![0, 1, 2],
            }],
        };
        plan.targets[2].refusal = Some("its Dockerfile `old/Dockerfile` is not there".to_owned());
        insta::assert_snapshot!(list(&plan, &[0, 1, 2]), @r#"
        TARGET  IMAGE                                                          NEEDS
        base    shop/base:1.0 (+1)                                             –
        web     shop/web:1.0                                                   base
        old     cannot be built: its Dockerfile `old/Dockerfile` is not there  –

        GROUP  TARGETS
        all    base, web, old
        "#);
        insta::assert_snapshot!(list(&plan, &[1]), @r#"
        TARGET  IMAGE         NEEDS
        web     shop/web:1.0  base

        GROUP  TARGETS
        all    web
        "#);
    }
}
