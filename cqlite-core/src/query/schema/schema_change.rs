//! What a statement did to the schema.

/// What a statement did to the schema, as clients are told of it (`transport.Event.SchemaChange`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaChange {
    /// What was done.
    pub kind: ChangeKind,
    /// What kind of thing it was done to.
    pub target: ChangeTarget,
    /// The keyspace.
    pub keyspace: String,
    /// The table, type, function or aggregate; of a keyspace none. An index is told of by its table.
    pub name: Option<String>,
}

/// What was done (`transport.Event.SchemaChange.Change`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was dropped.
    Dropped,
    /// Nothing: by `IF EXISTS` or `IF NOT EXISTS`, or as all was so before.
    None,
}

/// What kind of thing it was done to (`transport.Event.SchemaChange.Target`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeTarget {
    /// A keyspace.
    Keyspace,
    /// A table, or a view.
    Table,
    /// A user-defined type.
    Type,
    /// A function.
    Function,
    /// An aggregate.
    Aggregate,
}

impl ChangeKind {
    /// The word of the native protocol; nothing is told of what did nothing.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Created => Some("CREATED"),
            Self::Updated => Some("UPDATED"),
            Self::Dropped => Some("DROPPED"),
            Self::None => None,
        }
    }
}

impl ChangeTarget {
    /// The word of the native protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keyspace => "KEYSPACE",
            Self::Table => "TABLE",
            Self::Type => "TYPE",
            Self::Function => "FUNCTION",
            Self::Aggregate => "AGGREGATE",
        }
    }
}

impl SchemaChange {
    pub(super) fn of_keyspace(kind: ChangeKind, keyspace: &str) -> Self {
        Self { kind, target: ChangeTarget::Keyspace, keyspace: keyspace.to_owned(), name: None }
    }

    pub(super) fn of_table(kind: ChangeKind, keyspace: &str, table: &str) -> Self {
        Self::of(kind, ChangeTarget::Table, keyspace, table)
    }

    pub(super) fn of_type(kind: ChangeKind, keyspace: &str, name: &str) -> Self {
        Self::of(kind, ChangeTarget::Type, keyspace, name)
    }

    pub(super) fn of(kind: ChangeKind, target: ChangeTarget, keyspace: &str, name: &str) -> Self {
        Self { kind, target, keyspace: keyspace.to_owned(), name: Some(name.to_owned()) }
    }

    pub(super) fn without_effect(self) -> Self {
        Self { kind: ChangeKind::None, ..self }
    }
}
