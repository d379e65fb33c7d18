//! Values as cqlsh prints them.

use std::net::Ipv6Addr;

use cqlite_sstable::types::{
    CqlType, Elements, Field, InvalidValue, JsonStyle, Scalar, push_hex, validate, write_json,
};

/// What of cqlsh's options for `COPY TO` counts for values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvStyle {
    /// What stands for no value (`NULL`).
    pub null: String,
    /// How many digits a float has (`FLOATPRECISION`).
    pub float_digits: usize,
    /// How many digits a double has (`DOUBLEPRECISION`).
    pub double_digits: usize,
}

/// The digits that cqlsh gives floats, and on the screen doubles, too.
const FLOAT_DIGITS: usize = 5;

/// The digits that cqlsh gives doubles in files.
const DOUBLE_DIGITS: usize = 12;

impl Default for CsvStyle {
    fn default() -> Self {
        Self { null: String::new(), float_digits: FLOAT_DIGITS, double_digits: DOUBLE_DIGITS }
    }
}

/// The milliseconds of the years 1 to 9999, which Python's dates have.
const MILLIS: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

/// The same in days.
const DAYS: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;

/// Pushes a value as cqlsh's `COPY TO` prints it (`cqlshlib.formatting`), before CSV puts quotes around it. What is empty, and no text,
/// is printed as no value is.
///
/// # Errors
/// If it is none of its type; nothing was pushed then.
pub fn write_csv_value(
    of: &CqlType,
    value: &[u8],
    style: &CsvStyle,
    out: &mut Vec<u8>,
) -> Result<(), InvalidValue> {
    validate(of, value)?;
    // Within a collection of doubles, too, cqlsh goes by the type of the column.
    let digits = if *of == CqlType::Double { style.double_digits } else { style.float_digits };
    write(of, value, Manner { null: &style.null, digits, is_inside: false, is_screen: false }, out)
}

/// Pushes a value as cqlsh shows it on the screen: doubles with five digits as floats, timestamps with microseconds, and nulls inside of
/// values as `null`.
///
/// # Errors
/// As [`write_csv_value`].
pub fn write_screen_value(of: &CqlType, value: &[u8], out: &mut Vec<u8>) -> Result<(), InvalidValue> {
    validate(of, value)?;
    write(of, value, Manner { null: "null", digits: FLOAT_DIGITS, is_inside: false, is_screen: true }, out)
}

/// How a value is printed.
#[derive(Clone, Copy)]
struct Manner<'s> {
    null: &'s str,
    digits: usize,
    /// In a collection, where text has quotes.
    is_inside: bool,
    /// For a person to look at, not for a file.
    is_screen: bool,
}

fn write(of: &CqlType, value: &[u8], manner: Manner<'_>, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
    let inside = Manner { is_inside: true, ..manner };
    match of {
        CqlType::Reversed(inner) => write(inner, value, manner, out),
        CqlType::List { element, .. } => {
            write_all(Elements::of_collection(value)?, element, (b'[', b']'), inside, out)
        }
        CqlType::Vector { element, dimension } => {
            write_all(Elements::of_vector(value, element, *dimension), element, (b'[', b']'), inside, out)
        }
        CqlType::Set { element, .. } => {
            write_all(Elements::of_collection(value)?, element, (b'{', b'}'), inside, out)
        }
        CqlType::Map { key, value: mapped, .. } => {
            let of_each = [key, mapped].into_iter().cycle();
            for (place, (element, of)) in Elements::of_map(value)?.zip(of_each).enumerate() {
                out.extend_from_slice(match place {
                    0 => b"{",
                    _ if place % 2 == 0 => b", ",
                    _ => b": ",
                });
                write_element(of, element?, inside, out)?;
            }
            out.extend_from_slice(if value.get(..4) == Some(&[0; 4]) { b"{}" } else { b"}" });
            Ok(())
        }
        CqlType::Tuple(types) => {
            out.push(b'(');
            for (place, (field, of)) in Elements::of_tuple(value, types.len()).zip(types.iter()).enumerate() {
                out.extend_from_slice(if place > 0 { b", " } else { b"" });
                write_element(of, field?, inside, out)?;
            }
            out.push(b')');
            Ok(())
        }
        CqlType::User(user) => write_user(value, &user.fields, inside, out),
        _ => write_scalar(of, value, manner, out),
    }
}

fn write_all(
    elements: Elements<'_>,
    of: &CqlType,
    (open, close): (u8, u8),
    manner: Manner<'_>,
    out: &mut Vec<u8>,
) -> Result<(), InvalidValue> {
    out.push(open);
    for (place, element) in elements.enumerate() {
        out.extend_from_slice(if place > 0 { b", " } else { b"" });
        write_element(of, element?, manner, out)?;
    }
    out.push(close);
    Ok(())
}

fn write_user(
    value: &[u8],
    fields: &[Field],
    manner: Manner<'_>,
    out: &mut Vec<u8>,
) -> Result<(), InvalidValue> {
    let mut values = Elements::of_tuple(value, fields.len());
    out.push(b'{');
    for (place, field) in fields.iter().enumerate() {
        out.extend_from_slice(if place > 0 { b", " } else { b"" });
        push_text(&field.name, false, out);
        out.extend_from_slice(b": ");
        write_element(&field.field_type, values.next().transpose()?.flatten(), manner, out)?;
    }
    out.push(b'}');
    Ok(())
}

fn write_element(
    of: &CqlType,
    element: Option<&[u8]>,
    manner: Manner<'_>,
    out: &mut Vec<u8>,
) -> Result<(), InvalidValue> {
    match element {
        Some(value) => write(of, value, manner, out),
        None => {
            out.extend_from_slice(manner.null.as_bytes());
            Ok(())
        }
    }
}

fn write_scalar(
    of: &CqlType,
    value: &[u8],
    manner: Manner<'_>,
    out: &mut Vec<u8>,
) -> Result<(), InvalidValue> {
    let quote: &[u8] = if manner.is_inside { b"'" } else { b"" };
    match Scalar::decode(of, value)? {
        Scalar::Empty => out.extend_from_slice(manner.null.as_bytes()),
        Scalar::Text(text) => {
            out.extend_from_slice(quote);
            push_text(text, manner.is_inside, out);
            out.extend_from_slice(quote);
        }
        Scalar::Blob(bytes) => {
            out.extend_from_slice(b"0x");
            push_hex(bytes, out);
        }
        Scalar::Boolean(value) => out.extend_from_slice(if value { b"True" } else { b"False" }),
        Scalar::Float(value) => push_float(f64::from(value), manner.digits, out),
        Scalar::Double(value) => push_float(value, manner.digits, out),
        Scalar::Date(days) if !DAYS.contains(&days) => push_number(i64::from(days), out),
        Scalar::Timestamp(millis) => {
            out.extend_from_slice(quote);
            match MILLIS.contains(&millis) {
                true => push_timestamp(of, value, manner, out)?,
                false => push_number(millis, out),
            }
            out.extend_from_slice(quote);
        }
        Scalar::Inet6(address) => {
            out.extend_from_slice(quote);
            out.extend_from_slice(Ipv6Addr::from(*address).to_string().as_bytes());
            out.extend_from_slice(quote);
        }
        Scalar::Inet4(_) => {
            out.extend_from_slice(quote);
            push_as_json(of, value, out)?;
            out.extend_from_slice(quote);
        }
        _ => push_as_json(of, value, out)?,
    }
    Ok(())
}

/// What JSON has as well, but for quotes.
fn push_as_json(of: &CqlType, value: &[u8], out: &mut Vec<u8>) -> Result<(), InvalidValue> {
    let start = out.len();
    write_json(of, value, JsonStyle::Corrected, out)?;
    if out.get(start) == Some(&b'"') {
        out.remove(start);
        out.pop();
    }
    Ok(())
}

/// `2023-11-14 22:13:20.123+0000`, on the screen `2023-11-14 22:13:20.123000+0000`
fn push_timestamp(
    of: &CqlType,
    value: &[u8],
    manner: Manner<'_>,
    out: &mut Vec<u8>,
) -> Result<(), InvalidValue> {
    push_as_json(of, value, out)?;
    if out.last() == Some(&b'Z') {
        out.pop();
        out.extend_from_slice(if manner.is_screen { b"000+0000" } else { b"+0000" });
    }
    Ok(())
}

fn push_number(number: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(number.to_string().as_bytes());
}

/// Backslashes are doubled and control characters written as Python writes them.
fn push_text(text: &str, doubles_quotes: bool, out: &mut Vec<u8>) {
    for character in text.chars() {
        match character {
            '\\' => out.extend_from_slice(b"\\\\"),
            '\'' if doubles_quotes => out.extend_from_slice(b"''"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\0'..='\x1f' | '\x7f'..='\u{a0}' => {
                out.extend_from_slice(format!("\\x{:02x}", u32::from(character)).as_bytes());
            }
            _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// As `%.*g` of C, with more digits where that has no exponent then.
fn push_float(value: f64, digits: usize, out: &mut Vec<u8>) {
    if !value.is_finite() {
        out.extend_from_slice(match value {
            _ if value.is_nan() => b"NaN",
            _ if value > 0.0 => b"Infinity",
            _ => b"-Infinity",
        });
        return;
    }
    let exponent = if value.abs() > f64::EPSILON { Some(value.abs().log10().trunc() as i64) } else { None };
    let precision = match exponent {
        Some(exponent) if (-4..digits as i64).contains(&exponent) => {
            usize::try_from(digits as i64 + exponent + 1).unwrap_or(digits)
        }
        _ => digits,
    };
    push_general(value, precision.max(1), out);
}

/// `%.*g`: so many digits, an exponent if that is below -4 or not less than the digits, and no zeros at the end.
fn push_general(value: f64, precision: usize, out: &mut Vec<u8>) {
    let scientific = format!("{:.*e}", precision - 1, value);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let without_zeros = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if exponent < -4 || exponent >= precision as i64 {
        let sign = if exponent < 0 { '-' } else { '+' };
        let text = format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs());
        out.extend_from_slice(text.as_bytes());
    } else {
        let decimals = usize::try_from(precision as i64 - 1 - exponent).unwrap_or(0);
        out.extend_from_slice(without_zeros(&format!("{value:.decimals$}")).as_bytes());
    }
}
