//! Values as terms of CQL.

use cqlite_cql::Identifier;
use cqlite_sstable::types::{CqlType, Elements, InvalidValue, Scalar, push_hex, validate, write_cql};

/// The days of the years 1 to 9999; dates are text within them, and numbers beyond.
const DAYS: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;

/// The number that a date of 1970-01-01 has.
const EPOCH_DAY: i64 = 1 << 31;

/// Pushes a value as a term of CQL that a node takes for the same bytes again. Timestamps are numbers of milliseconds.
///
/// # Errors
/// If it is none of its type; nothing was pushed then.
pub fn write_term(of: &CqlType, value: &[u8], out: &mut Vec<u8>) -> Result<(), InvalidValue> {
    validate(of, value)?;
    write(of, value, out)
}

fn write(of: &CqlType, value: &[u8], out: &mut Vec<u8>) -> Result<(), InvalidValue> {
    match of {
        CqlType::Reversed(inner) => write(inner, value, out),
        CqlType::List { element, .. } => write_all(Elements::of_collection(value)?, element, b"[]", out),
        CqlType::Vector { element, dimension } => {
            write_all(Elements::of_vector(value, element, *dimension), element, b"[]", out)
        }
        CqlType::Set { element, .. } => write_all(Elements::of_collection(value)?, element, b"{}", out),
        CqlType::Map { key, value: mapped, .. } => {
            let of_each = [key, mapped].into_iter().cycle();
            out.push(b'{');
            for (place, (element, of)) in Elements::of_map(value)?.zip(of_each).enumerate() {
                out.extend_from_slice(match place {
                    0 => b"",
                    _ if place % 2 == 0 => b", ",
                    _ => b": ",
                });
                write_element(of, element?, out)?;
            }
            out.push(b'}');
            Ok(())
        }
        CqlType::Tuple(types) => {
            out.push(b'(');
            for (place, (field, of)) in Elements::of_tuple(value, types.len()).zip(types.iter()).enumerate() {
                out.extend_from_slice(if place > 0 { b", " } else { b"" });
                write_element(of, field?, out)?;
            }
            out.push(b')');
            Ok(())
        }
        CqlType::User(user) => {
            out.push(b'{');
            let values = Elements::of_tuple(value, user.fields.len());
            for (place, (value, field)) in values.zip(&user.fields).enumerate() {
                out.extend_from_slice(if place > 0 { b", " } else { b"" });
                out.extend_from_slice(Identifier::quote_if_needed(&field.name).as_bytes());
                out.extend_from_slice(b": ");
                write_element(&field.field_type, value?, out)?;
            }
            out.push(b'}');
            Ok(())
        }
        _ => write_scalar(of, value, out),
    }
}

fn write_all(
    elements: Elements<'_>,
    of: &CqlType,
    brackets: &[u8; 2],
    out: &mut Vec<u8>,
) -> Result<(), InvalidValue> {
    out.push(brackets[0]);
    for (place, element) in elements.enumerate() {
        out.extend_from_slice(if place > 0 { b", " } else { b"" });
        write_element(of, element?, out)?;
    }
    out.push(brackets[1]);
    Ok(())
}

fn write_element(of: &CqlType, element: Option<&[u8]>, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
    match element {
        Some(value) => write(of, value, out),
        None => {
            out.extend_from_slice(b"null");
            Ok(())
        }
    }
}

fn write_scalar(of: &CqlType, value: &[u8], out: &mut Vec<u8>) -> Result<(), InvalidValue> {
    match Scalar::decode(of, value)? {
        // No literal stands for a value of no bytes, but for text and blobs.
        Scalar::Empty => out.extend_from_slice(format!("blobas{}(0x)", of.cql_name()).as_bytes()),
        Scalar::Timestamp(millis) => out.extend_from_slice(millis.to_string().as_bytes()),
        Scalar::Date(days) if !DAYS.contains(&days) => {
            out.extend_from_slice(i64::from(days).saturating_add(EPOCH_DAY).to_string().as_bytes());
        }
        Scalar::Duration(zero) if zero.months == 0 && zero.days == 0 && zero.nanoseconds == 0 => {
            out.extend_from_slice(b"0s");
        }
        Scalar::Blob(bytes) => {
            out.extend_from_slice(b"0x");
            push_hex(bytes, out);
        }
        _ => write_cql(of, value, out)?,
    }
    Ok(())
}
