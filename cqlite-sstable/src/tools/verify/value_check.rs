//! What is checked of the values of a column, decided once from its type.

use std::cmp::Ordering;

use crate::component::statistics::HeaderColumn;
use crate::row::Cell;
use crate::types::{CounterContext, CqlType, InvalidValue, compare, validate};

/// What is wrong with a value, and whether Cassandra minds.
pub(in crate::tools) enum Fault {
    /// Cassandra reads it as null, though it would not have stored it.
    Odd(InvalidValue),
    /// It is no value of its type.
    Invalid(InvalidValue),
}

/// How values of one type are checked.
#[derive(Debug, Clone)]
pub(in crate::tools) enum ValueCheck {
    /// All bytes are good that can be decoded.
    Free,
    /// Text, which is mostly ASCII.
    Text,
    /// By all rules of the type.
    Typed(CqlType),
}

impl ValueCheck {
    /// The check of clusterings and simple cells, whose length decoding knows.
    pub(in crate::tools) fn of(value_type: &CqlType) -> Self {
        match value_type.without_reversed() {
            CqlType::Blob | CqlType::Custom(_) => Self::Free,
            CqlType::Text => Self::Text,
            CqlType::TimeUuid | CqlType::LegacyTimeUuid | CqlType::Vector { .. } | CqlType::Empty => {
                Self::Typed(value_type.clone())
            }
            fixed if fixed.fixed_length().is_some() => Self::Free,
            other => Self::Typed(other.clone()),
        }
    }

    /// The check of what has a length of its own, as paths and values of elements, and partition keys.
    pub(in crate::tools) fn of_element(value_type: &CqlType) -> Self {
        match Self::of(value_type) {
            Self::Free if value_type.without_reversed().fixed_length().is_some() => {
                Self::Typed(value_type.clone())
            }
            check => check,
        }
    }

    #[inline]
    pub(in crate::tools) fn check(&self, value: &[u8]) -> Result<(), Fault> {
        match self {
            Self::Free => Ok(()),
            Self::Text if is_ascii(value) => Ok(()),
            Self::Text => judge(&CqlType::Text, value),
            Self::Typed(value_type) => judge(value_type, value),
        }
    }
}

/// As the standard library's, but fast for short texts, too.
#[inline]
fn is_ascii(text: &[u8]) -> bool {
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    let (words, rest) = text.as_chunks::<8>();
    let rest = match text.last_chunk::<8>() {
        // It overlaps the words.
        Some(last) => u64::from_ne_bytes(*last),
        None => rest.iter().fold(0, |bits, byte| bits | u64::from(*byte)),
    };
    words.iter().fold(rest, |bits, word| bits | u64::from_ne_bytes(*word)) & HIGH_BITS == 0
}

fn judge(value_type: &CqlType, value: &[u8]) -> Result<(), Fault> {
    validate(value_type, value).map_err(|error| {
        // Their serializers make null of no bytes, though the types do not allow it.
        let reads_as_null = value.is_empty()
            && matches!(
                value_type.without_reversed(),
                CqlType::TinyInt | CqlType::SmallInt | CqlType::Date | CqlType::Time | CqlType::Duration
            );
        if reads_as_null { Fault::Odd(error) } else { Fault::Invalid(error) }
    })
}

/// How the cells of one column are checked.
#[derive(Debug, Clone)]
pub(in crate::tools) struct ColumnCheck {
    glance: Glance,
    kind: Kind,
    /// The type of the cells' paths, by which they are in order.
    path_type: CqlType,
    path: ValueCheck,
    value: ValueCheck,
}

/// Which values need no closer look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Glance {
    All,
    Ascii,
    None,
}

#[derive(Debug, Clone)]
enum Kind {
    Plain,
    Counter,
    Collection,
    /// The types of the fields.
    Fields(Vec<ValueCheck>),
}

impl ColumnCheck {
    pub(in crate::tools) fn of(column: &HeaderColumn) -> Self {
        let column_type = &column.column_type;
        let complex = |path: &CqlType, value: ValueCheck| Self {
            glance: Glance::None,
            kind: Kind::Collection,
            path_type: path.clone(),
            path: ValueCheck::of_element(path),
            value,
        };
        match column_type {
            CqlType::List { element, frozen: false } => {
                complex(&CqlType::TimeUuid, ValueCheck::of_element(element))
            }
            // The elements are the paths; a value is empty.
            CqlType::Set { element, frozen: false } => complex(element, ValueCheck::Free),
            CqlType::Map { key, value, frozen: false } => complex(key, ValueCheck::of_element(value)),
            CqlType::User(user) if !user.frozen => {
                let fields = user.fields.iter().map(|field| ValueCheck::of_element(&field.field_type));
                let kind = Kind::Fields(fields.collect());
                Self { kind, ..complex(&CqlType::SmallInt, ValueCheck::Free) }
            }
            CqlType::Counter => Self {
                glance: Glance::None,
                kind: Kind::Counter,
                path_type: CqlType::Blob,
                path: ValueCheck::Free,
                value: ValueCheck::Free,
            },
            _ => {
                let value = ValueCheck::of(column_type);
                let glance = match value {
                    ValueCheck::Free => Glance::All,
                    ValueCheck::Text => Glance::Ascii,
                    ValueCheck::Typed(_) => Glance::None,
                };
                let (kind, path_type, path) = (Kind::Plain, CqlType::Blob, ValueCheck::Free);
                Self { glance, kind, path_type, path, value }
            }
        }
    }

    /// Whether its values are counters.
    pub(super) fn is_counter(&self) -> bool {
        matches!(self.kind, Kind::Counter)
    }

    /// Whether it is known at a glance that the value of a cell that does not delete is good. Only columns whose cells
    /// have no path tell.
    #[inline]
    pub(super) fn is_surely_valid(&self, value: &[u8]) -> bool {
        match self.glance {
            Glance::All => true,
            Glance::Ascii => is_ascii(value),
            Glance::None => false,
        }
    }

    /// Checks path and value of a cell.
    #[inline]
    pub(in crate::tools) fn check(&self, cell: &Cell<'_>) -> Result<(), Fault> {
        if cell.is_tombstone() {
            if !cell.value.is_empty() {
                return Err(Fault::Invalid(InvalidValue::new("a deleted cell has a value")));
            }
            return cell.path.map_or(Ok(()), |path| self.path.check(path));
        }
        match (&self.kind, cell.path) {
            (Kind::Plain, _) => self.value.check(cell.value),
            (Kind::Counter, _) => CounterContext::decode(cell.value).map(|_| ()).map_err(Fault::Invalid),
            (Kind::Collection, path) => {
                self.path.check(path.unwrap_or_default())?;
                self.value.check(cell.value)
            }
            (Kind::Fields(fields), path) => {
                let path = path.unwrap_or_default();
                let number = path.try_into().ok().map(i16::from_be_bytes);
                let field = number.and_then(|number| fields.get(usize::try_from(number).ok()?));
                match field {
                    Some(field) => field.check(cell.value),
                    None => Err(Fault::Invalid(InvalidValue::new("the type has no such field"))),
                }
            }
        }
    }

    /// The order of two paths.
    pub(super) fn compare_paths(&self, a: &[u8], b: &[u8]) -> Ordering {
        compare(&self.path_type, a, b)
    }
}

#[cfg(test)]
mod tests {
    use super::is_ascii;

    #[test]
    fn ascii_is_told_from_other_bytes_in_every_place_of_texts_of_every_length() {
        for length in 0..70 {
            let text = vec![0x7F; length];
            assert!(is_ascii(&text), "{length}");
            for at in 0..length {
                let mut other = text.clone();
                other[at] = 0x80;
                assert!(!is_ascii(&other), "{at} of {length}");
            }
        }
    }
}
