//! Which values of one type may be read as another.

use cqlite_sstable::types::{CqlType, UserType};

use super::Assignment;

/// Whether values of `previous` may be read as values of `of`, whatever their order
/// (`AbstractType.isValueCompatibleWith`).
pub(crate) fn is_value_compatible(of: &CqlType, previous: &CqlType) -> bool {
    match (of, previous) {
        (CqlType::User(of), CqlType::User(previous)) => is_user_type_compatible(of, previous),
        (CqlType::User(_), _) => false,
        // Of a type of the opposite order Cassandra does not look whether it is frozen.
        (of, previous) => is_value_compatible_inside(of.without_reversed(), previous.without_reversed()),
    }
}

/// How well a value of type `of` fits a receiver (`AbstractType.testAssignment`).
pub(crate) fn test_type(of: &CqlType, receiver: &CqlType) -> Assignment {
    let frozen;
    let receiver = if is_freezable(of) && !of.is_multi_cell() {
        frozen = receiver.freeze();
        &frozen
    } else {
        receiver
    };
    if is_equal(of.without_reversed(), receiver) {
        return Assignment::Exact;
    }
    let is_compatible = match of {
        // The receiver is taken as one of the opposite order, too.
        CqlType::Reversed(of) => is_value_compatible_inside(receiver, of),
        of => is_value_compatible(receiver, of),
    };
    if is_compatible { Assignment::Weak } else { Assignment::Not }
}

/// How well the result of a function fits a receiver (`AbstractFunction.testAssignment`).
pub(crate) fn test_result(returned: &CqlType, receiver: &CqlType) -> Assignment {
    let frozen;
    let returned = if is_freezable(receiver) && !receiver.is_multi_cell() {
        frozen = returned.freeze();
        &frozen
    } else {
        returned
    };
    if is_equal(receiver, returned) {
        Assignment::Exact
    } else if is_value_compatible(receiver, returned) {
        Assignment::Weak
    } else {
        Assignment::Not
    }
}

/// The first of some types that values of all of them can be read as
/// (`AssignmentTestable.getCompatibleTypeIfKnown`).
pub(crate) fn common_type(types: &[CqlType]) -> Option<&CqlType> {
    types.iter().find(|of| types.iter().all(|other| test_type(other, of).is_assignable()))
}

/// The type as which functions see it (`AbstractType.udfType`).
pub(crate) fn function_type(of: &CqlType) -> CqlType {
    match of {
        CqlType::TimeUuid => CqlType::LegacyTimeUuid,
        other => other.clone(),
    }
}

/// Whether types are the same: of time UUIDs there are two classes, which are equal (`AbstractTimeUUIDType.equals`).
pub(crate) fn is_equal(of: &CqlType, other: &CqlType) -> bool {
    use CqlType::{LegacyTimeUuid, TimeUuid};
    of == other || matches!((of, other), (TimeUuid, LegacyTimeUuid) | (LegacyTimeUuid, TimeUuid))
}

/// Whether a column may have the type frozen and not (`AbstractType.isFreezable`).
fn is_freezable(of: &CqlType) -> bool {
    matches!(of, CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. } | CqlType::User(_))
}

/// `AbstractType.isValueCompatibleWithInternal`
fn is_value_compatible_inside(of: &CqlType, previous: &CqlType) -> bool {
    use CqlType::{
        BigInt, Blob, Composite, Date, Int, LegacyTimestamp, Time, TimeUuid, Timestamp, Uuid, Varint,
    };
    match (of, previous) {
        (Blob, _) => true,
        (CqlType::List { element, frozen: true }, CqlType::List { element: previous, frozen: true }) => {
            is_value_compatible_inside(element, previous)
        }
        (
            CqlType::Map { key, value, frozen: true },
            CqlType::Map { key: previous_key, value: previous_value, frozen: true },
        ) => is_compatible(key, previous_key) && is_value_compatible(value, previous_value),
        (Composite(types), Composite(previous)) => all_compatible(types, previous, is_value_compatible),
        (LegacyTimestamp | Timestamp, LegacyTimestamp | Timestamp | BigInt)
        | (Varint, Varint | Int | BigInt | LegacyTimestamp | Timestamp)
        | (BigInt, BigInt | LegacyTimestamp | Timestamp)
        | (Date, Date | Int)
        | (Time, Time | BigInt)
        | (Uuid, Uuid | TimeUuid) => true,
        (of, previous) => match (fields(of), fields(previous)) {
            (Some(types), Some(previous)) => all_compatible(&types, &previous, is_value_compatible),
            _ => is_compatible(of, previous),
        },
    }
}

/// Whether values of `previous` may be read as values of `of` and have the same order (`AbstractType.isCompatibleWith`).
fn is_compatible(of: &CqlType, previous: &CqlType) -> bool {
    match (of, previous) {
        (CqlType::Blob | CqlType::Text, CqlType::Ascii)
        | (CqlType::Blob, CqlType::Text)
        | (CqlType::LegacyTimestamp | CqlType::Timestamp, CqlType::LegacyTimestamp | CqlType::Timestamp) => {
            true
        }
        (CqlType::List { element: a, frozen: f }, CqlType::List { element: b, frozen: g }) => {
            f == g && if *f { is_compatible(a, b) } else { is_laid_out_as(a, b) }
        }
        (CqlType::Set { element: a, frozen: f }, CqlType::Set { element: b, frozen: g }) => {
            f == g && is_compatible(a, b)
        }
        (CqlType::Map { key: a, value: v, frozen: f }, CqlType::Map { key: b, value: w, frozen: g }) => {
            f == g && is_compatible(a, b) && if *f { is_compatible(v, w) } else { is_laid_out_as(v, w) }
        }
        (CqlType::Composite(types), CqlType::Composite(previous)) => {
            all_compatible(types, previous, is_compatible)
        }
        (CqlType::Reversed(of), CqlType::Reversed(previous)) => is_compatible(of, previous),
        (of, previous) => match (fields(of), fields(previous)) {
            (Some(types), Some(previous)) => all_compatible(&types, &previous, is_compatible),
            _ => is_equal(of, previous),
        },
    }
}

/// `AbstractType.isSerializationCompatibleWith`
fn is_laid_out_as(of: &CqlType, previous: &CqlType) -> bool {
    is_value_compatible(of, previous) && of.is_laid_out_as(previous)
}

/// `UserType.isValueCompatibleWith`
fn is_user_type_compatible(of: &UserType, previous: &UserType) -> bool {
    let mut fields = of.fields.iter().zip(&previous.fields);
    of.frozen == previous.frozen
        && of.keyspace == previous.keyspace
        && of.fields.len() >= previous.fields.len()
        && fields.all(|(a, b)| is_compatible(&a.field_type, &b.field_type))
}

/// The types inside a tuple or user-defined type: to Cassandra the latter is one of the former.
fn fields(of: &CqlType) -> Option<Vec<CqlType>> {
    match of {
        CqlType::Tuple(types) => Some(types.to_vec()),
        CqlType::User(user) => Some(user.fields.iter().map(|field| field.field_type.clone()).collect()),
        _ => None,
    }
}

/// Whether each type has a previous one that it agrees with; further types are fine.
fn all_compatible(
    types: &[CqlType],
    previous: &[CqlType],
    agrees: impl Fn(&CqlType, &CqlType) -> bool,
) -> bool {
    types.len() >= previous.len() && types.iter().zip(previous).all(|(of, previous)| agrees(of, previous))
}
