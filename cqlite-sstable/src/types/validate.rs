//! Whether bytes are a value of their type.

use super::{CompositeComponents, CounterContext, CqlType, Elements, InvalidValue, Scalar};

/// What a value must be good for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be stored: what Cassandra accepts from clients.
    Storing,
    /// To be printed: nulls in collections and values that are oddly empty can be, some accepted text cannot.
    Printing,
}

/// Checks `value` as Cassandra does before it stores it (`AbstractType.validate`), nested values too.
///
/// Counters are checked as the contexts that they are on disk, and the keys of index tables by the type of the
/// base table's key. Some of what this accepts is too odd to print (a `time` beyond the day, the modified UTF-8
/// that Cassandra tolerates), so [`write_json`](super::write_json) may still refuse it.
///
/// # Errors
/// A sentence about the innermost value that is wrong.
///
/// # Example
/// ```
/// use cqlite_sstable::types::{CqlType, validate};
/// assert!(validate(&CqlType::Int, &[0, 0, 0, 1]).is_ok());
/// let error = validate(&CqlType::SmallInt, &[1]).unwrap_err();
/// assert_eq!(error.to_string(), "a value of type smallint has 1 bytes, not 2");
/// ```
pub fn validate(of: &CqlType, value: &[u8]) -> Result<(), InvalidValue> {
    check(of, value, Purpose::Storing)
}

pub(super) fn check(of: &CqlType, value: &[u8], purpose: Purpose) -> Result<(), InvalidValue> {
    match of {
        CqlType::List { element, .. } | CqlType::Set { element, .. } => {
            check_all(Elements::of_collection(value)?, std::iter::repeat(&**element), purpose)
        }
        CqlType::Map { key, value: mapped, .. } => {
            check_all(Elements::of_map(value)?, [&**key, &**mapped].into_iter().cycle(), purpose)
        }
        CqlType::Tuple(types) => check_fields(Elements::of_tuple(value, types.len()), types.iter(), purpose),
        CqlType::User(user) => {
            let types = user.fields.iter().map(|field| &field.field_type);
            check_fields(Elements::of_tuple(value, user.fields.len()), types, purpose)
        }
        CqlType::Vector { .. } if value.is_empty() => Err(InvalidValue::of(of, "is empty")),
        CqlType::Vector { element, dimension } => {
            let elements = Elements::of_vector(value, element, *dimension);
            // Vectors of text may hold a million elements of no bytes, so it is the count that is checked.
            check_all(elements, std::iter::repeat(&**element), purpose)
        }
        CqlType::Composite(types) => check_components(CompositeComponents::new(value, types), purpose),
        CqlType::DynamicComposite(aliases) => {
            check_components(CompositeComponents::dynamic(value, aliases), purpose)
        }
        CqlType::Reversed(inner) => check(inner, value, purpose),
        CqlType::PartitionerDefinedOrder { base: Some(base), .. } => check(base, value, purpose),
        scalar if purpose == Purpose::Printing => check_printable(scalar, value),
        scalar => check_storable(scalar, value),
    }
}

fn check_all<'t>(
    elements: Elements<'_>,
    types: impl Iterator<Item = &'t CqlType>,
    purpose: Purpose,
) -> Result<(), InvalidValue> {
    for (element, of) in elements.zip(types) {
        match element? {
            Some(value) => check(of, value, purpose)?,
            None if purpose == Purpose::Storing => {
                return Err(InvalidValue::new("a collection has a null element"));
            }
            None => {}
        }
    }
    Ok(())
}

fn check_fields<'t>(
    mut fields: Elements<'_>,
    types: impl Iterator<Item = &'t CqlType>,
    purpose: Purpose,
) -> Result<(), InvalidValue> {
    for of in types {
        match fields.next().transpose()?.flatten() {
            Some(value) => check(of, value, purpose)?,
            None => continue,
        }
    }
    // Behind the last field there is nothing, or the error about what is there.
    fields.next().transpose().map(|_| ())
}

fn check_components(components: CompositeComponents<'_>, purpose: Purpose) -> Result<(), InvalidValue> {
    for component in components {
        let component = component?;
        check(&component.component_type, component.value, purpose)?;
    }
    Ok(())
}

fn check_printable(of: &CqlType, value: &[u8]) -> Result<(), InvalidValue> {
    match (of, Scalar::decode(of, value)?) {
        (_, Scalar::Time(nanoseconds)) => printable_time(nanoseconds),
        _ => Ok(()),
    }
}

/// A `time` that has a text: less than a day off midnight.
pub(super) fn printable_time(nanoseconds: i64) -> Result<(), InvalidValue> {
    if nanoseconds.unsigned_abs() < 86_400_000_000_000 {
        return Ok(());
    }
    Err(InvalidValue::of(&CqlType::Time, "is beyond the day"))
}

fn check_storable(of: &CqlType, value: &[u8]) -> Result<(), InvalidValue> {
    match of {
        CqlType::TinyInt | CqlType::SmallInt | CqlType::Date | CqlType::Time | CqlType::Duration
            if value.is_empty() =>
        {
            Err(InvalidValue::of(of, "is empty"))
        }
        CqlType::Counter => CounterContext::decode(value).map(|_| ()),
        CqlType::Decimal if value.len() == 4 => Ok(()),
        CqlType::Text if std::str::from_utf8(value).is_err() && is_tolerated_utf8(value) => Ok(()),
        _ => Scalar::decode(of, value).map(|_| ()),
    }
}

/// What may come next in text as Cassandra validates it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Character,
    /// This many bytes, each 10xxxxxx.
    Continuation(u8),
    /// 0x80 alone, of the two bytes that Java writes for NUL.
    NulEnd,
    /// The second of three bytes after 0xE0: anything but 100xxxxx.
    AfterE0,
    /// The second of four bytes after 0xF0: anything with one of the bits 0x30.
    AfterF0,
}

/// Whether Cassandra takes `value` for text (`UTF8Serializer`): laxer than UTF-8.
fn is_tolerated_utf8(value: &[u8]) -> bool {
    let next = |expected: Expected, &byte: &u8| match expected {
        Expected::Character => match byte {
            0..0x80 => Some(Expected::Character),
            0xC0 => Some(Expected::NulEnd),
            0xC2..0xE0 => Some(Expected::Continuation(1)),
            0xE0 => Some(Expected::AfterE0),
            0xE1..0xF0 => Some(Expected::Continuation(2)),
            0xF0 => Some(Expected::AfterF0),
            0xF1..0xF8 => Some(Expected::Continuation(3)),
            _ => None,
        },
        Expected::Continuation(left) if byte & 0xC0 == 0x80 => {
            Some(if left == 1 { Expected::Character } else { Expected::Continuation(left - 1) })
        }
        Expected::NulEnd if byte == 0x80 => Some(Expected::Character),
        Expected::AfterE0 if byte & 0xE0 != 0x80 => Some(Expected::Continuation(1)),
        Expected::AfterF0 if byte & 0x30 != 0 => Some(Expected::Continuation(2)),
        _ => None,
    };
    value.iter().try_fold(Expected::Character, next) == Some(Expected::Character)
}
