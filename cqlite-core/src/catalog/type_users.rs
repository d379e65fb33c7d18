//! Where user-defined types are used.

use cqlite_cql::{TypeName, parse_type};
use cqlite_sstable::schema::SchemaRow;
use cqlite_sstable::types::{CqlType, Elements, UserType};

use super::Table;

/// Whether the user-defined type of this name is the type, or inside it.
pub(super) fn uses_type(of: &CqlType, name: &str) -> bool {
    of.contains(&|inside| matches!(inside, CqlType::User(user) if user.name == name))
}

/// Whether a column of the table has the type.
pub(super) fn table_uses_type(table: &Table, name: &str) -> bool {
    table.schema().user_types.iter().any(|of| of.name == name)
}

/// Whether a field of the type has the type of this name.
pub(super) fn type_uses_type(of: &UserType, name: &str) -> bool {
    of.fields.iter().any(|field| uses_type(&field.field_type, name))
}

/// Whether a function or aggregate has the type among its arguments, its result or its state.
pub(super) fn function_uses_type(row: &SchemaRow, name: &str) -> bool {
    let arguments = row.clustering().get(1).map(Vec::as_slice).unwrap_or_default();
    let arguments = Elements::of_collection(arguments).into_iter().flatten();
    let arguments = arguments.filter_map(|of| Some(String::from_utf8_lossy(of.ok()??).into_owned()));
    let others = ["return_type", "state_type"].map(|column| row.text(column).ok().flatten());
    let mut types = arguments.chain(others.into_iter().flatten());
    types.any(|of| parse_type(&of).is_ok_and(|of| names(&of, name)))
}

fn names(of: &TypeName, name: &str) -> bool {
    match of {
        TypeName::UserDefined(named) => named.name == *name,
        TypeName::List(inside)
        | TypeName::Set(inside)
        | TypeName::Frozen(inside)
        | TypeName::Vector(inside, _) => names(inside, name),
        TypeName::Map(key, value) => names(key, name) || names(value, name),
        TypeName::Tuple(types) => types.iter().any(|of| names(of, name)),
        TypeName::Native(_) | TypeName::Custom(_) => false,
    }
}
