//! Types of columns, as statements write them.

pub use cqlite_tests::random_schema::NATIVES;

/// A type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    Native(&'static str),
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>, Box<Type>),
    Tuple(Vec<Type>),
    User(String),
    Vector(Box<Type>, usize),
    Frozen(Box<Type>),
}

pub const NUMBERS: [&str; 8] =
    ["bigint", "decimal", "double", "float", "int", "smallint", "tinyint", "varint"];

impl Type {
    pub fn cql(&self) -> String {
        match self {
            Self::Native(name) => (*name).to_owned(),
            Self::List(element) => format!("list<{}>", element.cql()),
            Self::Set(element) => format!("set<{}>", element.cql()),
            Self::Map(key, value) => format!("map<{}, {}>", key.cql(), value.cql()),
            Self::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(Self::cql).collect();
                format!("tuple<{}>", parts.join(", "))
            }
            Self::User(name) => name.clone(),
            Self::Vector(element, dimension) => format!("vector<{}, {dimension}>", element.cql()),
            Self::Frozen(inner) => format!("frozen<{}>", inner.cql()),
        }
    }

    /// The type in a `frozen<>`, or itself.
    pub fn thawed(&self) -> &Self {
        match self {
            Self::Frozen(inner) => inner.thawed(),
            other => other,
        }
    }

    /// Whether each element or field is a cell.
    pub fn is_multi_cell(&self) -> bool {
        matches!(self, Self::List(_) | Self::Set(_) | Self::Map(..) | Self::User(_))
    }

    pub fn has_user(&self) -> bool {
        match self {
            Self::Native(_) => false,
            Self::List(inner) | Self::Set(inner) | Self::Vector(inner, _) | Self::Frozen(inner) => {
                inner.has_user()
            }
            Self::Map(key, value) => key.has_user() || value.has_user(),
            Self::Tuple(parts) => parts.iter().any(Self::has_user),
            Self::User(_) => true,
        }
    }

    /// Whether the elements of a set or the keys of a map that has cells for them have values of user types, or there are such in
    /// a vector, where they stay user types when the column is dropped (`VectorType.expandUserTypes`).
    pub fn has_user_in_keys(&self) -> bool {
        match self {
            Self::Vector(element, _) => element.has_user(),
            Self::Set(element) => element.has_user(),
            Self::Map(key, _) => key.has_user(),
            _ => false,
        }
    }

    pub fn is_number(&self) -> bool {
        matches!(self, Self::Native(name) if NUMBERS.contains(name))
    }

    pub fn is(&self, native: &str) -> bool {
        matches!(self, Self::Native(name) if *name == native)
    }

    /// How many bytes a value has, if all have the same (`AbstractType.valueLengthIfFixed`).
    pub fn fixed_length(&self) -> Option<usize> {
        match self {
            Self::Native("boolean") => Some(1),
            Self::Native("int" | "float") => Some(4),
            Self::Native("bigint" | "double" | "timestamp" | "counter") => Some(8),
            Self::Native("uuid" | "timeuuid") => Some(16),
            Self::Vector(element, dimension) => Some(element.fixed_length()? * dimension),
            Self::Frozen(inner) => inner.fixed_length(),
            _ => None,
        }
    }
}
