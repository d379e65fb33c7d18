//! Whether values are of the types of their columns.

use cqlite_sstable::row::Cell;
use cqlite_sstable::types::{CqlType, validate};
use cqlite_sstable::{Error, Result};

/// What makes bytes a value of a type (`AbstractType.validate`): decided once for a column, so that most values are looked
/// at for their length alone.
#[derive(Debug)]
pub(super) enum ValueCheck {
    /// All are.
    Any,
    /// So many bytes, or none if none are a value, too.
    Length { bytes: usize, may_be_empty: bool, of: CqlType },
    /// UTF-8, as Cassandra takes it.
    Text,
    /// By the type.
    Typed(CqlType),
}

impl ValueCheck {
    pub(super) fn new(of: &CqlType) -> Self {
        let length = |bytes, may_be_empty| Self::Length { bytes, may_be_empty, of: of.clone() };
        match of {
            CqlType::Blob | CqlType::Varint | CqlType::Custom(_) => Self::Any,
            CqlType::Empty => length(0, true),
            CqlType::Boolean => length(1, true),
            CqlType::TinyInt => length(1, false),
            CqlType::SmallInt => length(2, false),
            CqlType::Date => length(4, false),
            CqlType::Time => length(8, false),
            CqlType::Int | CqlType::Float => length(4, true),
            CqlType::BigInt | CqlType::Double | CqlType::Timestamp | CqlType::LegacyTimestamp => {
                length(8, true)
            }
            CqlType::Uuid | CqlType::LexicalUuid => length(16, true),
            CqlType::Text => Self::Text,
            CqlType::Reversed(inner) => Self::new(inner),
            other => Self::Typed(other.clone()),
        }
    }

    #[inline]
    pub(super) fn check(&self, value: &[u8]) -> Result<()> {
        let of = match self {
            Self::Any => return Ok(()),
            Self::Length { bytes, .. } if value.len() == *bytes => return Ok(()),
            Self::Length { may_be_empty: true, .. } if value.is_empty() => return Ok(()),
            Self::Length { of, .. } => of,
            Self::Text if std::str::from_utf8(value).is_ok() => return Ok(()),
            Self::Text => &CqlType::Text,
            // No value of CQL, but what `DurationType.fromJSONObject` makes of an empty text.
            Self::Typed(CqlType::Duration) if value.is_empty() => return Ok(()),
            Self::Typed(of) => of,
        };
        validate(of, value).map_err(|error| Error::invalid_input(error.to_string()))
    }
}

/// What makes a cell one of its column (`ColumnMetadata.validateCell`).
#[derive(Debug)]
pub(super) struct ColumnCheck {
    is_counter: bool,
    /// Of the paths; none if the column has one cell.
    path: Option<ValueCheck>,
    values: CellValues,
}

#[derive(Debug)]
enum CellValues {
    Alike(ValueCheck),
    /// Those of a user-defined type with a cell for each field.
    Fields(Vec<ValueCheck>),
}

impl ColumnCheck {
    pub(super) fn new(of: &CqlType) -> Self {
        let alike = |value: &CqlType| CellValues::Alike(ValueCheck::new(value));
        let values = match of {
            CqlType::List { element, frozen: false } => alike(element),
            CqlType::Set { frozen: false, .. } => alike(&CqlType::Empty),
            CqlType::Map { value, frozen: false, .. } => alike(value),
            CqlType::User(user) if !user.frozen => CellValues::Fields(
                user.fields.iter().map(|field| ValueCheck::new(&field.field_type)).collect(),
            ),
            other => alike(other),
        };
        let is_counter = matches!(of, CqlType::Counter);
        Self { is_counter, path: of.cell_path_type().map(ValueCheck::new), values }
    }

    /// Whether the column counts.
    pub(super) fn is_counter(&self) -> bool {
        self.is_counter
    }

    #[inline]
    pub(super) fn check(&self, cell: &Cell<'_>) -> Result<()> {
        let told = |what: &str| Err(Error::invalid_input(what));
        match (&self.path, cell.path) {
            (None, None) => {}
            (Some(check), Some(path)) => check.check(path)?,
            (None, Some(_)) => return told("the column has one cell, which has no path"),
            (Some(_), None) => return told("the column has a cell for each of its elements"),
        }
        if self.is_counter && cell.is_expiring() {
            return told("a counter has no time to live");
        }
        let check = match &self.values {
            CellValues::Alike(check) => Some(check),
            CellValues::Fields(fields) => field(cell.path).and_then(|place| fields.get(place)),
        };
        match check {
            None => told("the user-defined type has no such field"),
            Some(_) if cell.is_tombstone() && cell.value.is_empty() => Ok(()),
            Some(_) if cell.is_tombstone() => told("a deleted cell has no value"),
            Some(check) => check.check(cell.value),
        }
    }
}

/// Which field of a user-defined type a path names.
fn field(path: Option<&[u8]>) -> Option<usize> {
    let place = <[u8; 2]>::try_from(path?).ok()?;
    Some(usize::from(u16::from_be_bytes(place)))
}
