//! Values from the texts that people type.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::types::{CqlType, Duration, ParseValueError, validate};

use super::decimal::{parse_decimal, parse_varint};
use super::hex::parse_hex;
use super::parse_time::{parse_date, parse_time, parse_timestamp};

/// The bytes of the value that `text` stands for: `AbstractType.fromString` of Cassandra 5.0, which takes back
/// what [`write_string`](super::write_string) prints. An empty text is an empty value, but `false` for a
/// boolean, and no `date` or `time`.
///
/// Dates are `2024-02-29` or days since −2^31, times `08:12:54.123456789` or nanoseconds; timestamps take a
/// time zone as `Z`, `UTC`, `GMT` or `+01:00` and are in UTC without one, or are milliseconds. The components
/// of composites and the fields of tuples are parted by `:`, nulls are `@`, and `\` escapes both.
///
/// # Errors
/// A sentence that names the text, the type and what is wrong.
///
/// # Example
/// ```
/// use cqlite_sstable::types::{CqlType, parse_string};
/// let key = CqlType::parse_marshal("CompositeType(ShortType,UTF8Type)").unwrap();
/// assert_eq!(parse_string(&key, r"7:a\:b")?, b"\0\x02\0\x07\0\0\x03a:b\0");
/// let error = parse_string(&CqlType::Int, "3.5").unwrap_err();
/// assert_eq!(error.to_string(), "'3.5' is no int: a whole number from -2147483648 to 2147483647 is wanted");
/// # Ok::<(), cqlite_sstable::types::ParseValueError>(())
/// ```
pub fn parse_string(of: &CqlType, text: &str) -> Result<Vec<u8>, ParseValueError> {
    let wanted = |what: &str| ParseValueError::new(of, text, what);
    match of {
        CqlType::Reversed(inner) => parse_string(inner, text),
        CqlType::Text => Ok(text.as_bytes().to_vec()),
        CqlType::Ascii if text.is_ascii() => Ok(text.as_bytes().to_vec()),
        CqlType::Ascii => Err(wanted("only ASCII characters are allowed")),
        CqlType::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" => Ok(vec![1]),
            "false" | "" => Ok(vec![0]),
            _ => Err(wanted("'true' or 'false' is wanted")),
        },
        CqlType::Tuple(types) => {
            let types: Vec<_> = types.iter().collect();
            parse_fields(of, text, &types)
        }
        CqlType::User(user) => {
            let types: Vec<_> = user.fields.iter().map(|field| &field.field_type).collect();
            parse_fields(of, text, &types)
        }
        CqlType::Composite(types) => parse_composite(of, text, |i, part| {
            let component = types.get(i).ok_or_else(|| wanted("it has too many parts"))?;
            Ok((component.clone(), Vec::new(), part))
        }),
        CqlType::DynamicComposite(aliases) => {
            parse_composite(of, text, |_, part| dynamic_component(of, text, aliases, part))
        }
        CqlType::Date => parse_date(text)
            .map(|days| (days ^ i32::MIN).to_be_bytes().to_vec())
            .ok_or_else(|| wanted("a date like 2024-02-29 is wanted, or days since -5877641-06-23")),
        CqlType::Time => parse_time(text)
            .map(|nanoseconds| nanoseconds.to_be_bytes().to_vec())
            .ok_or_else(|| wanted("a time like 08:12:54.123456789 is wanted, or nanoseconds since midnight")),
        CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. } | CqlType::Vector { .. } => {
            parse_hex(text).ok_or_else(|| wanted("the hexadecimal digits of its bytes are wanted"))
        }
        CqlType::Blob | CqlType::Counter | CqlType::Custom(_) | CqlType::PartitionerDefinedOrder { .. } => {
            parse_hex(text).ok_or_else(|| wanted("pairs of hexadecimal digits are wanted"))
        }
        _ if text.is_empty() => Ok(Vec::new()),
        _ => parse_scalar(of, text),
    }
}

/// The scalars whose empty text is an empty value.
fn parse_scalar(of: &CqlType, text: &str) -> Result<Vec<u8>, ParseValueError> {
    let (parsed, wanted) = match of {
        CqlType::TinyInt => (
            text.parse().ok().map(|v: i8| v.to_be_bytes().to_vec()),
            "a whole number from -128 to 127 is wanted",
        ),
        CqlType::SmallInt => (
            text.parse().ok().map(|v: i16| v.to_be_bytes().to_vec()),
            "a whole number from -32768 to 32767 is wanted",
        ),
        CqlType::Int => (
            text.parse().ok().map(|v: i32| v.to_be_bytes().to_vec()),
            "a whole number from -2147483648 to 2147483647 is wanted",
        ),
        CqlType::BigInt => {
            (text.parse().ok().map(|v: i64| v.to_be_bytes().to_vec()), "a whole number of 64 bits is wanted")
        }
        CqlType::Varint => (parse_varint(text), "a whole number is wanted"),
        CqlType::Decimal => (parse_decimal(text), "a number like -12.5 or 3E+8 is wanted"),
        CqlType::Float => (
            floating(text).and_then(|t| t.parse().ok()).map(|v: f32| v.to_be_bytes().to_vec()),
            "a number like -12.5 or 3E8 is wanted",
        ),
        CqlType::Double => (
            floating(text).and_then(|t| t.parse().ok()).map(|v: f64| v.to_be_bytes().to_vec()),
            "a number like -12.5 or 3E8 is wanted",
        ),
        CqlType::Timestamp | CqlType::LegacyTimestamp => (
            parse_timestamp(text).map(|millis| millis.to_be_bytes().to_vec()),
            "a date and time like 2024-02-29T08:12:54.123Z is wanted, or milliseconds since 1970",
        ),
        CqlType::Uuid | CqlType::LexicalUuid => {
            (parse_uuid(text), "32 hexadecimal digits with dashes are wanted")
        }
        CqlType::TimeUuid | CqlType::LegacyTimeUuid => (
            parse_uuid(text).filter(|uuid| uuid.get(6).is_some_and(|byte| byte >> 4 == 1)),
            "a UUID of version 1 is wanted",
        ),
        CqlType::Inet => (parse_inet(text), "an address of version 4 or 6 is wanted"),
        CqlType::Duration => (
            Duration::parse(text).map(Duration::encode),
            "a duration like 1mo2d3h4m5s or P1Y2M3DT4H5M is wanted",
        ),
        _ => (None, "its only value is empty"),
    };
    parsed.ok_or_else(|| ParseValueError::new(of, text, wanted))
}

/// The text of a floating-point number as Rust parses it, if Java's `parseDouble` takes it.
fn floating(text: &str) -> Option<&str> {
    let text = text.trim_matches(|c: char| c <= ' ');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned == "NaN" {
        // There is only one, whatever its sign.
        return Some(unsigned);
    }
    if unsigned == "Infinity" {
        return Some(text);
    }
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    let text = text.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(text);
    text.chars().all(is_number).then_some(text)
}

fn parse_uuid(text: &str) -> Option<Vec<u8>> {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths = groups.iter().map(|group| group.len());
    lengths.eq([8, 4, 4, 4, 12]).then(|| parse_hex(&groups.concat())).flatten()
}

/// An address without its name being looked up: version 4 in one to four parts as in C, version 6 with or
/// without brackets. Version 4 within version 6 is version 4.
fn parse_inet(text: &str) -> Option<Vec<u8>> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Ok(address) = bare.unwrap_or(text).parse::<Ipv6Addr>() {
        return Some(match address.to_ipv4_mapped() {
            Some(four) => four.octets().to_vec(),
            None => address.octets().to_vec(),
        });
    }
    let parts: Vec<&str> = text.split('.').collect();
    let (last, leading) = parts.split_last()?;
    let number = |part: &str, limit: u64| {
        let digits = !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit());
        part.parse::<u64>().ok().filter(|&value| digits && value < limit)
    };
    let mut address = 0_u64;
    for part in leading {
        address = (address << 8) | number(part, 256)?;
    }
    let left = 4_u32.checked_sub(leading.len() as u32).filter(|&left| left > 0)? * 8;
    address = (address << left) | number(last, 1 << left)?;
    Some(Ipv4Addr::from(address as u32).octets().to_vec())
}

/// The parts between those `:` that have no backslash before them; none of an empty text.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(at) = rest.get(from..).and_then(|tail| tail.find(':')).map(|at| from + at) {
        let (before, after) = (rest.get(..at).unwrap_or_default(), rest.get(at + 1..).unwrap_or_default());
        if before.ends_with('\\') {
            from = at + 1;
        } else {
            parts.push(before);
            (rest, from) = (after, 0);
        }
    }
    if !text.is_empty() {
        parts.push(rest);
    }
    parts
}

fn parse_fields(of: &CqlType, text: &str, types: &[&CqlType]) -> Result<Vec<u8>, ParseValueError> {
    let parts = split(text);
    if parts.len() > types.len() {
        return Err(ParseValueError::new(of, text, "it has too many fields"));
    }
    let mut value = Vec::new();
    for (part, field_type) in parts.into_iter().zip(types) {
        if part == "@" {
            value.extend((-1_i32).to_be_bytes());
            continue;
        }
        let field = parse_string(field_type, &part.replace("\\:", ":").replace("\\@", "@"))?;
        value.extend((field.len() as u32).to_be_bytes());
        value.extend(field);
    }
    Ok(value)
}

/// Puts components together; `component` makes a part into its type, what comes before the value's length,
/// and the value's own text. A last part `!` or `_` makes the end-of-component byte before it 1 or −1.
fn parse_composite<'t>(
    of: &CqlType,
    text: &'t str,
    component: impl Fn(usize, &'t str) -> Result<(CqlType, Vec<u8>, &'t str), ParseValueError>,
) -> Result<Vec<u8>, ParseValueError> {
    let mut value = Vec::new();
    for (i, part) in split(text).into_iter().enumerate() {
        if part == "!" || part == "_" {
            let end =
                value.last_mut().ok_or_else(|| ParseValueError::new(of, text, "it has no components"))?;
            *end = if part == "!" { 1 } else { 0xFF };
            break;
        }
        let (component_type, header, part) = component(i, part)?;
        let unescaped = part.replace("\\:", ":");
        let bytes = parse_string(&component_type, unescaped.strip_suffix('!').unwrap_or(&unescaped))?;
        validate(&component_type, &bytes)
            .map_err(|error| ParseValueError::new(of, text, &error.to_string()))?;
        let length = u16::try_from(bytes.len())
            .map_err(|_| ParseValueError::new(of, text, "a component exceeds 65535 bytes"))?;
        value.extend(header);
        value.extend(length.to_be_bytes());
        value.extend(bytes);
        value.push(0);
    }
    Ok(value)
}

/// A part `type@value`, the type an alias or a class name.
fn dynamic_component<'t>(
    of: &CqlType,
    text: &str,
    aliases: &[(char, CqlType)],
    part: &'t str,
) -> Result<(CqlType, Vec<u8>, &'t str), ParseValueError> {
    let trimmed = part.trim_end_matches('@');
    let (name, rest) = trimmed.split_once('@').unwrap_or((trimmed, ""));
    if rest.contains('@') || (trimmed.is_empty() && !part.is_empty()) {
        return Err(ParseValueError::new(of, text, "each part must be a type, '@' and a value"));
    }
    let mut characters = name.chars();
    if let (Some(alias), None) = (characters.next(), characters.next())
        && let Some((_, aliased)) = aliases.iter().find(|(known, _)| *known == alias)
    {
        return Ok((aliased.clone(), vec![0x80, alias as u8], rest));
    }
    let unknown = |why: &str| ParseValueError::new(of, text, &format!("'{name}' names no type: {why}"));
    let parsed = CqlType::parse_marshal(name).map_err(|error| unknown(&error.to_string()))?;
    if matches!(parsed, CqlType::Custom(_)) {
        return Err(unknown("neither an alias nor a class of Cassandra"));
    }
    let mut header = (name.len() as u16).to_be_bytes().to_vec();
    header.extend(name.bytes());
    Ok((parsed, header, rest))
}
