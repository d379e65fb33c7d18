//! User-defined types.

use super::CqlType;

/// One field of a [`UserType`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    /// The field's name, not quoted.
    pub name: String,
    /// The field's type. Inside a frozen type it is frozen, whatever its own flag says.
    pub field_type: CqlType,
}

/// A user-defined type as an SSTable's header spells it out (`db.marshal.UserType`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserType {
    /// The keyspace of the type.
    pub keyspace: String,
    /// The name of the type, not quoted.
    pub name: String,
    /// The fields in their order; a value may hold fewer, but never more.
    pub fields: Vec<Field>,
    /// Whether values are one cell (`frozen<..>`) or a cell for each field.
    pub frozen: bool,
}
