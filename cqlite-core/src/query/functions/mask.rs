//! Masking (`functions.masking`).

use std::sync::Arc;

use cqlite_sstable::types::CqlType;

use super::native_scalar::NativeScalar;
use super::temporal::time_uuid;
use crate::query::term::push_unsigned_vint;
use crate::query::{QueryError, QueryResult};

/// Always null.
pub(super) fn null(name: String, of: &CqlType) -> NativeScalar {
    NativeScalar::new(name, of.clone(), vec![of.clone()], |_, _, _| Ok(false))
}

/// One value of each type, whatever the argument.
pub(super) fn default(name: String, of: &CqlType) -> NativeScalar {
    let input = of.clone();
    NativeScalar::new(name, of.clone(), vec![of.clone()], move |_, _, out| {
        push_masked(&input, out)?;
        Ok(true)
    })
}

/// `AbstractType.getMaskedValue`
fn push_masked(of: &CqlType, out: &mut Vec<u8>) -> QueryResult<()> {
    match of {
        CqlType::Ascii | CqlType::Text => out.extend_from_slice(b"****"),
        CqlType::Blob | CqlType::Empty => {}
        CqlType::Boolean | CqlType::TinyInt | CqlType::Varint => out.push(0),
        CqlType::SmallInt => out.extend([0; 2]),
        CqlType::Int | CqlType::Float | CqlType::Inet => out.extend([0; 4]),
        CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. } => out.extend([0; 4]),
        CqlType::BigInt | CqlType::Counter | CqlType::Double | CqlType::Time => out.extend([0; 8]),
        CqlType::Timestamp | CqlType::LegacyTimestamp => out.extend([0; 8]),
        CqlType::Date => out.extend([0x80, 0, 0, 0]),
        CqlType::Decimal => out.extend([0; 5]),
        CqlType::Duration => out.extend([0; 3]),
        CqlType::Uuid => out.extend([0; 16]),
        CqlType::TimeUuid | CqlType::LegacyTimeUuid => out.extend(time_uuid(0, 0, 0x8080_8080_8080_8080)),
        CqlType::Tuple(types) => types.iter().try_for_each(|of| push_field(of, out))?,
        CqlType::User(user) => {
            user.fields.iter().try_for_each(|field| push_field(&field.field_type, out))?;
        }
        CqlType::Vector { element, dimension } => push_vector(element, *dimension, out)?,
        other => {
            let message = format!("There isn't a defined masked value for type {}", other.cql_name());
            return Err(QueryError::unsupported(message));
        }
    }
    Ok(())
}

fn push_field(of: &CqlType, out: &mut Vec<u8>) -> QueryResult<()> {
    let mut field = Vec::new();
    push_masked(of, &mut field)?;
    out.extend(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(field);
    Ok(())
}

fn push_vector(element: &Arc<CqlType>, dimension: u32, out: &mut Vec<u8>) -> QueryResult<()> {
    let mut one = Vec::new();
    push_masked(element, &mut one)?;
    for _ in 0..dimension {
        if element.fixed_length().is_none() {
            push_unsigned_vint(one.len() as u64, out);
        }
        out.extend_from_slice(&one);
    }
    Ok(())
}

/// The second argument.
pub(super) fn replace(name: String, of: &CqlType) -> NativeScalar {
    let types = vec![of.clone(), of.clone()];
    NativeScalar::new(name, of.clone(), types, |arguments, _, out| {
        let value = arguments.get(1).copied().flatten();
        out.extend_from_slice(value.unwrap_or_default());
        Ok(value.is_some())
    })
}

/// The hash of the bytes.
pub(super) fn hash(name: String, of: &CqlType, has_algorithm: bool) -> NativeScalar {
    let mut types = vec![of.clone()];
    if has_algorithm {
        types.push(CqlType::Text);
    }
    NativeScalar::new(name, CqlType::Blob, types, |arguments, _, out| {
        let algorithm = arguments.get(1).copied().flatten().unwrap_or(b"SHA-256");
        let algorithm = String::from_utf8_lossy(algorithm);
        let digest = digest_of(&algorithm)?;
        let Some(value) = arguments.first().copied().flatten() else {
            return Ok(false);
        };
        digest(value, out);
        Ok(true)
    })
    .checked(|_, constants| match constants.get(1).copied().flatten() {
        Some(algorithm) => digest_of(&String::from_utf8_lossy(algorithm)).map(|_| ()),
        None => Ok(()),
    })
}

type Digest = fn(&[u8], &mut Vec<u8>);

/// `MessageDigest.getInstance`
fn digest_of(algorithm: &str) -> QueryResult<Digest> {
    use md5::Md5;
    use sha1::Sha1;
    use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};
    Ok(match algorithm.to_ascii_uppercase().as_str() {
        "MD5" => |value, out| out.extend(Md5::digest(value)),
        "SHA-1" | "SHA" | "SHA1" => |value, out| out.extend(Sha1::digest(value)),
        "SHA-224" => |value, out| out.extend(Sha224::digest(value)),
        "SHA-256" => |value, out| out.extend(Sha256::digest(value)),
        "SHA-384" => |value, out| out.extend(Sha384::digest(value)),
        "SHA-512" => |value, out| out.extend(Sha512::digest(value)),
        "SHA-512/224" => |value, out| out.extend(Sha512_224::digest(value)),
        "SHA-512/256" => |value, out| out.extend(Sha512_256::digest(value)),
        "MD2" | "SHA3-224" | "SHA3-256" | "SHA3-384" | "SHA3-512" => {
            return Err(QueryError::unsupported(format!(
                "the hash algorithm {algorithm} is not supported: use SHA-256 or another of its family"
            )));
        }
        _ => return Err(QueryError::invalid(format!("Hash algorithm not found: {algorithm}"))),
    })
}

/// A text of which the inner or the outer characters are replaced.
pub(super) fn partial(name: String, of: &CqlType, has_padding: bool, is_inner: bool) -> NativeScalar {
    let mut types = vec![of.clone(), CqlType::Int, CqlType::Int];
    if has_padding {
        types.push(CqlType::Text);
    }
    let function = name.clone();
    NativeScalar::new(name, of.clone(), types, move |arguments, _, out| {
        let int = |index: usize| {
            let value = arguments.get(index).copied().flatten();
            value.and_then(|value| <[u8; 4]>::try_from(value).ok()).map_or(0, i32::from_be_bytes)
        };
        let padding = match arguments.get(3).copied().flatten() {
            Some(padding) => padding_of(&function, &String::from_utf8_lossy(padding))?,
            None => u16::from(b'*'),
        };
        let Some(value) = arguments.first().copied().flatten() else {
            return Ok(false);
        };
        // Java counts characters in UTF-16.
        let mut units: Vec<u16> = String::from_utf8_lossy(value).encode_utf16().collect();
        let begin = i64::from(int(1));
        let size = i32::try_from(units.len()).unwrap_or(i32::MAX);
        let end = i64::from(size.wrapping_sub(1).wrapping_sub(int(2)));
        for (unit, place) in units.iter_mut().zip(0_i64..) {
            if ((place >= begin) && (place <= end)) == is_inner {
                *unit = padding;
            }
        }
        push_utf16(&units, out);
        Ok(true)
    })
    .checked(|function, constants| match constants.get(3).copied().flatten() {
        Some(padding) => padding_of(function, &String::from_utf8_lossy(padding)).map(|_| ()),
        None => Ok(()),
    })
}

/// What Java encodes as UTF-8: half a pair of surrogates as `?`.
fn push_utf16(units: &[u16], out: &mut Vec<u8>) {
    for character in char::decode_utf16(units.iter().copied()) {
        let mut buffer = [0; 4];
        out.extend_from_slice(character.unwrap_or('?').encode_utf8(&mut buffer).as_bytes());
    }
}

fn padding_of(function: &str, padding: &str) -> QueryResult<u16> {
    let mut units = padding.encode_utf16();
    match (units.next(), units.next()) {
        (Some(unit), None) => Ok(unit),
        _ => Err(QueryError::invalid(format!(
            "The padding argument for function system.{function} should be single-character, but '{padding}' has {} characters.",
            padding.encode_utf16().count()
        ))),
    }
}
