//! Whether the assignments of an `UPDATE` go together.

use std::collections::{BTreeMap, BTreeSet};

use super::{Assignment, Operation};
use crate::identifier::Identifier;
use crate::span::Spanned;

/// How many assignments are compared one by one: there are hardly ever more.
const FEW: usize = 16;

/// What was assigned to which columns, if it is more than a few.
#[derive(Default)]
pub(super) struct AssignedColumns {
    /// Of each column, whether it is set as a whole, and which of its fields are set.
    many: BTreeMap<Identifier, (bool, BTreeSet<Identifier>)>,
}

impl AssignedColumns {
    /// Whether an assignment goes together with all that are `before` it: a column is set once as a whole, or each of
    /// its fields once, or its elements are changed.
    pub(super) fn take(&mut self, before: &[Spanned<Assignment>], assignment: &Assignment) -> bool {
        if before.len() < FEW {
            return before.iter().all(|other| Self::go_together(&other.node, assignment));
        }
        if self.many.is_empty() {
            for other in before {
                self.insert(&other.node);
            }
        }
        self.insert(assignment)
    }

    fn go_together(one: &Assignment, other: &Assignment) -> bool {
        if one.column != other.column {
            return true;
        }
        match (&one.operation, &other.operation) {
            (Operation::SetValue(_), _) | (_, Operation::SetValue(_)) => false,
            (Operation::SetField { field: one, .. }, Operation::SetField { field: other, .. }) => {
                one != other
            }
            _ => true,
        }
    }

    /// Whether the assignment goes together with those that were inserted before.
    fn insert(&mut self, Assignment { column, operation }: &Assignment) -> bool {
        let sets = matches!(operation, Operation::SetValue(_));
        let is_new_field = |fields: &mut BTreeSet<Identifier>| match operation {
            Operation::SetField { field, .. } => fields.insert(field.clone()),
            _ => true,
        };
        match self.many.get_mut(column) {
            Some((before, fields)) => !*before && !sets && is_new_field(fields),
            None => is_new_field(&mut self.many.entry(column.clone()).or_insert((sets, BTreeSet::new())).1),
        }
    }
}
