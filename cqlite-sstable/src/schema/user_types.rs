//! The user-defined types that columns are made of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::types::{CqlType, UserType};

/// As deep as types nest in a header; types that name each other in a circle end here.
const MAX_DEPTH: usize = 64;

/// How many types and fields a column's type may come to when the newest definitions are put in.
const MAX_NODES: usize = 100_000;

/// The newest definition of each user-defined type, out of all headers of a table.
#[derive(Debug, Default)]
pub(super) struct NewestTypes {
    by_name: BTreeMap<String, UserType>,
}

impl NewestTypes {
    /// Takes in the types inside `of`. Fields are only ever added: the definition with most of them is the
    /// newest, and of two with as many (after a renaming) the one that comes later here.
    pub(super) fn learn(&mut self, of: &CqlType) {
        if let CqlType::User(user) = of {
            let known = self.by_name.get(&user.name);
            if known.is_none_or(|known| known.fields.len() <= user.fields.len()) {
                self.by_name.insert(user.name.clone(), UserType::clone(user));
            }
        }
        for_each_inside(of, &mut |inside| self.learn(inside));
    }

    /// The keyspace of the types, if there are any.
    pub(super) fn keyspace(&self) -> Option<&str> {
        self.by_name.values().next().map(|user| user.keyspace.as_str())
    }

    /// `of` with the newest definitions in it.
    pub(super) fn apply(&self, of: &CqlType) -> Result<CqlType> {
        let mut nodes_left = MAX_NODES;
        self.apply_within(of, MAX_DEPTH, &mut nodes_left)
    }

    fn apply_within(&self, of: &CqlType, depth: usize, nodes_left: &mut usize) -> Result<CqlType> {
        *nodes_left = nodes_left.saturating_sub(1);
        let (Some(depth), true) = (depth.checked_sub(1), *nodes_left > 0) else {
            return Err(Error::corrupt("user-defined types contain each other without end"));
        };
        let mut apply = |inside: &CqlType| self.apply_within(inside, depth, nodes_left);
        Ok(match of {
            CqlType::List { element, frozen } => {
                CqlType::List { element: Arc::new(apply(element)?), frozen: *frozen }
            }
            CqlType::Set { element, frozen } => {
                CqlType::Set { element: Arc::new(apply(element)?), frozen: *frozen }
            }
            CqlType::Map { key, value, frozen } => {
                CqlType::Map { key: Arc::new(apply(key)?), value: Arc::new(apply(value)?), frozen: *frozen }
            }
            CqlType::Tuple(types) => CqlType::Tuple(types.iter().map(apply).collect::<Result<_>>()?),
            CqlType::Composite(types) => CqlType::Composite(types.iter().map(apply).collect::<Result<_>>()?),
            CqlType::Vector { element, dimension } => {
                CqlType::Vector { element: Arc::new(apply(element)?), dimension: *dimension }
            }
            CqlType::Reversed(inner) => CqlType::Reversed(Arc::new(apply(inner)?)),
            CqlType::User(user) => {
                let mut newest = self.by_name.get(&user.name).unwrap_or(user).clone();
                newest.frozen = user.frozen;
                for field in &mut newest.fields {
                    // nothing inside a user-defined type has cells of its own
                    field.field_type = apply(&field.field_type)?.freeze();
                }
                CqlType::User(Arc::new(newest))
            }
            other => other.clone(),
        })
    }
}

impl CqlType {
    /// The type with tuples in the place of user-defined types, as `system_schema` keeps those of dropped columns
    /// (`AbstractType.expandUserTypes`). A user-defined type of many cells becomes a tuple, too.
    #[must_use]
    pub fn with_tuples_for_user_types(&self) -> Self {
        let expand = |inside: &CqlType| Arc::new(inside.with_tuples_for_user_types());
        match self {
            Self::List { element, frozen } => Self::List { element: expand(element), frozen: *frozen },
            Self::Set { element, frozen } => Self::Set { element: expand(element), frozen: *frozen },
            Self::Map { key, value, frozen } => {
                Self::Map { key: expand(key), value: expand(value), frozen: *frozen }
            }
            Self::Vector { element, dimension } => {
                Self::Vector { element: expand(element), dimension: *dimension }
            }
            Self::Tuple(types) => Self::Tuple(types.iter().map(Self::with_tuples_for_user_types).collect()),
            Self::User(user) => {
                let fields = user.fields.iter();
                Self::Tuple(fields.map(|field| field.field_type.with_tuples_for_user_types()).collect())
            }
            other => other.clone(),
        }
    }

    /// The type with this definition in the place of every other one of the user-defined type.
    ///
    /// # Errors
    /// If the type would contain itself, or spell out to more than a header can hold.
    pub fn with_user_type(&self, changed: &UserType) -> Result<Self> {
        let mut types = NewestTypes::default();
        types.by_name.insert(changed.name.clone(), changed.clone());
        types.apply(self)
    }

    /// Whether `test` is true of the type or of one inside it.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::types::CqlType;
    /// let list = CqlType::parse_marshal("ListType(TupleType(Int32Type,DurationType))")?;
    /// assert!(list.contains(&|inside| *inside == CqlType::Duration));
    /// # Ok::<(), cqlite_sstable::types::MarshalError>(())
    /// ```
    pub fn contains(&self, test: &dyn Fn(&Self) -> bool) -> bool {
        let mut found = test(self);
        for_each_inside(self, &mut |inside| found = found || inside.contains(test));
        found
    }
}

/// The user-defined types inside `types`, each behind those that it needs itself.
pub(super) fn needed_types<'a>(types: impl IntoIterator<Item = &'a CqlType>) -> Vec<UserType> {
    let mut needed = Vec::new();
    let mut seen = BTreeSet::new();
    for of in types {
        collect(of, &mut seen, &mut needed);
    }
    needed
}

fn collect(of: &CqlType, seen: &mut BTreeSet<String>, needed: &mut Vec<UserType>) {
    for_each_inside(of, &mut |inside| collect(inside, seen, needed));
    if let CqlType::User(user) = of
        && seen.insert(user.name.clone())
    {
        needed.push(UserType { frozen: false, ..UserType::clone(user) });
    }
}

/// Calls `visit` for each type directly inside `of`.
pub(super) fn for_each_inside(of: &CqlType, visit: &mut dyn FnMut(&CqlType)) {
    match of {
        CqlType::List { element, .. } | CqlType::Set { element, .. } | CqlType::Vector { element, .. } => {
            visit(element);
        }
        CqlType::Map { key, value, .. } => {
            visit(key);
            visit(value);
        }
        CqlType::Tuple(types) | CqlType::Composite(types) => types.iter().for_each(visit),
        CqlType::User(user) => user.fields.iter().for_each(|field| visit(&field.field_type)),
        CqlType::DynamicComposite(aliases) => aliases.iter().for_each(|(_, aliased)| visit(aliased)),
        CqlType::Reversed(inner) => visit(inner),
        CqlType::PartitionerDefinedOrder { base: Some(base), .. } => visit(base),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> CqlType {
        CqlType::parse_marshal(text).unwrap()
    }

    #[test]
    fn the_definition_with_most_fields_wins_also_deep_inside() {
        let mut newest = NewestTypes::default();
        newest.learn(&parse("UserType(ks,61,78:Int32Type,79:UTF8Type)"));
        newest.learn(&parse("UserType(ks,61,78:Int32Type)"));
        let list = parse("ListType(FrozenType(UserType(ks,62,66:UserType(ks,61,78:Int32Type))))");
        let wanted =
            parse("ListType(FrozenType(UserType(ks,62,66:UserType(ks,61,78:Int32Type,79:UTF8Type))))");
        assert_eq!(newest.apply(&list).unwrap(), wanted);
    }

    #[test]
    fn types_that_contain_each_other_end_in_an_error() {
        let mut newest = NewestTypes::default();
        newest.learn(&parse("UserType(ks,61,66:UserType(ks,62),67:Int32Type)"));
        newest.learn(&parse("UserType(ks,62,66:UserType(ks,61),67:Int32Type)"));
        assert!(newest.apply(&parse("UserType(ks,61)")).is_err());
    }

    #[test]
    fn each_type_stands_behind_those_that_it_needs() {
        let nested = parse("UserType(ks,61,66:ListType(UserType(ks,62,67:UserType(ks,63,68:Int32Type))))");
        let names: Vec<String> = needed_types([&nested]).into_iter().map(|user| user.name).collect();
        assert_eq!(names, ["c", "b", "a"]);
    }
}
