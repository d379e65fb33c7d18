//! Values: as literals, as bytes that are bound, and in JSON.

/// The same value in three forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub literal: String,
    pub bytes: Vec<u8>,
    pub json: String,
}

impl Value {
    fn plain(literal: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let literal = literal.into();
        Self { json: literal.clone(), literal, bytes: bytes.into() }
    }

    /// What has no form of its own in JSON and is text there.
    fn texted(literal: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { json: format!("\"{literal}\""), literal: literal.to_owned(), bytes: bytes.into() }
    }

    /// A text, or what is written as one.
    fn quoted(text: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        Self {
            literal: format!("'{}'", text.replace('\'', "''")),
            bytes: bytes.into(),
            json: format!("\"{escaped}\""),
        }
    }
}

/// The signed number of so many bytes: the first are common, the last are the ends of the range.
fn integer(bits: u32, number: usize) -> Value {
    let (least, most) = (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1);
    let value = [1, 2, 3, 0, -1, 7, 100, -42, most, least][number % 10];
    Value::plain(value.to_string(), &value.to_be_bytes()[16 - bits as usize / 8..])
}

fn varint(number: usize) -> Value {
    match number % 8 {
        6 => Value::plain("123456789012345678901234567890", hex("018ee90ff6c373e0ee4e3f0ad2")),
        7 => {
            Value::plain("-170141183460469231731687303715884105728", hex("80000000000000000000000000000000"))
        }
        other => {
            let value = [1_i8, 2, 0, -1, 100, -128][other];
            Value::plain(value.to_string(), value.to_be_bytes())
        }
    }
}

/// No two are equal. Where equal ones of other scales meet in keys, sets and indexes, which of them stays follows in Cassandra
/// from where they are: `Row.Merger` keeps the last clustering, memtables the first, sets one by its hash, and an index of
/// entries that are not attached finds neither by the other.
fn decimal(number: usize) -> Value {
    let (literal, scale, unscaled) = [
        ("1.5", 1_i32, "0f"),
        ("2", 0, "02"),
        ("-0.001", 3, "ff"),
        ("0", 0, "00"),
        ("2.25", 2, "00e1"),
        ("1E+3", -3, "01"),
        ("123456789.123456789", 9, "01b69b4bacd05f15"),
        ("-1E-30", 30, "ff"),
    ][number % 8];
    Value::plain(literal, [&scale.to_be_bytes()[..], &hex(unscaled)].concat())
}

fn double(number: usize) -> Value {
    let (literal, value) = [
        ("1.5", 1.5),
        ("2", 2.0),
        ("-3.25", -3.25),
        ("0", 0.0),
        ("-0.0", -0.0),
        ("1e10", 1e10),
        ("1.7976931348623157E308", f64::MAX),
        ("0.1", 0.1),
        ("NaN", f64::NAN),
        ("Infinity", f64::INFINITY),
    ][number % 10];
    let bytes = value.to_be_bytes();
    if value.is_finite() { Value::plain(literal, bytes) } else { Value::texted(literal, bytes) }
}

fn float(number: usize) -> Value {
    let (literal, value) = [
        ("1.5", 1.5_f32),
        ("2", 2.0),
        ("-3.25", -3.25),
        ("0", 0.0),
        ("-0.0", -0.0),
        ("1e10", 1e10),
        ("3.4028235E38", f32::MAX),
        ("0.1", 0.1),
        ("NaN", f32::NAN),
        ("-Infinity", f32::NEG_INFINITY),
    ][number % 10];
    let bytes = value.to_be_bytes();
    if value.is_finite() { Value::plain(literal, bytes) } else { Value::texted(literal, bytes) }
}

fn text(number: usize) -> Value {
    let text = ["a", "bb", "", "it's", "ü€😀", "c\"d\\", "abc", "Z z", "a\nb", "123"][number % 10];
    let mut value = Value::quoted(text, text.as_bytes());
    if number % 10 == 6 {
        value.literal = "$$abc$$".to_owned();
    }
    value
}

fn ascii(number: usize) -> Value {
    let text = ["a", "bb", "", "it's", "Zz", "c\"d"][number % 6];
    Value::quoted(text, text.as_bytes())
}

fn blob(number: usize) -> Value {
    let literal = ["0x00", "0xff", "0x", "0xdeadBEEF", "0x0000", "0x0102030405060708"][number % 6];
    Value::texted(literal, hex(&literal[2..]))
}

fn date(number: usize) -> Value {
    let (literal, days) = [
        ("2024-01-02", 19_724_i64),
        ("1970-01-01", 0),
        ("1969-12-31", -1),
        ("2000-02-29", 11_016),
        ("9999-12-31", 2_932_896),
        ("0001-01-01", -719_162),
    ][number % 6];
    let stored = (days + (1 << 31)) as u32;
    let mut value = Value::quoted(literal, stored.to_be_bytes());
    if number % 7 == 3 {
        value.literal = stored.to_string();
    }
    value
}

fn time(number: usize) -> Value {
    let (literal, nanos) = [
        ("08:12:54.123456789", 29_574_123_456_789_i64),
        ("00:00:00", 0),
        ("23:59:59.999999999", 86_399_999_999_999),
        ("12:30:00.5", 45_000_500_000_000),
    ][number % 4];
    let mut value = Value::quoted(literal, nanos.to_be_bytes());
    if number % 7 == 3 {
        value.literal = nanos.to_string();
    }
    value
}

fn timestamp(number: usize) -> Value {
    let (literal, millis) = [
        ("2024-01-02 03:04:05+0000", 1_704_164_645_000_i64),
        ("1970-01-01", 0),
        ("2024-01-02T03:04:05.678Z", 1_704_164_645_678),
        ("1969-12-31 23:59:59.999+0000", -1),
        ("2024-01-02 03:04+0200", 1_704_157_440_000),
        ("2039-06-01 00:00:00Z", 2_190_499_200_000),
    ][number % 6];
    let mut value = Value::quoted(literal, millis.to_be_bytes());
    if number % 5 == 3 {
        value.literal = millis.to_string();
    }
    value
}

fn uuid(number: usize, of_time: bool) -> Value {
    let literal = if of_time {
        [
            "123e4567-e89b-12d3-a456-426655440000",
            "123e4567-e89b-12d3-8456-426655440001",
            "50554d6e-29bb-11e5-b345-feff819cdc9f",
            "ffffffff-29bb-11e5-b345-feff819cdc9f",
            "00000000-0000-1000-8080-808080808080",
        ][number % 5]
    } else {
        [
            "123e4567-e89b-12d3-a456-426655440000",
            "5a1c395e-b41f-45e5-9f22-ba0be0483c18",
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "50554d6e-29bb-11e5-b345-feff819cdc9f",
        ][number % 5]
    };
    Value::texted(literal, hex(&literal.replace('-', "")))
}

fn inet(number: usize) -> Value {
    let (literal, bytes) = [
        ("127.0.0.1", "7f000001"),
        ("::1", "00000000000000000000000000000001"),
        ("10.0.0.255", "0a0000ff"),
        ("2001:db8::ff00:42:8329", "20010db8000000000000ff0000428329"),
    ][number % 4];
    Value::quoted(literal, hex(bytes))
}

fn duration(number: usize) -> Value {
    let (literal, months, days, nanos) = [
        ("1h", 0_i64, 0_i64, 3_600_000_000_000_i64),
        ("1mo2d", 1, 2, 0),
        ("-3d", 0, -3, 0),
        ("PT5M", 0, 0, 300_000_000_000),
        ("P1Y2M3D", 14, 3, 0),
        ("1y2mo3w4d5h6m7s8ms9us10ns", 14, 25, 18_367_008_009_010),
    ][number % 6];
    let parts = [months, days, nanos].map(vint);
    Value::texted(literal, parts.concat())
}

/// A signed vint, as `VIntCoding.writeVInt` writes it.
fn vint(value: i64) -> Vec<u8> {
    unsigned_vint(((value << 1) ^ (value >> 63)) as u64)
}

/// An unsigned vint: as many leading ones as bytes follow.
pub fn unsigned_vint(value: u64) -> Vec<u8> {
    let significant = 64 - (value | 1).leading_zeros() as usize;
    let following = if significant > 56 { 8 } else { (significant - 1) / 7 };
    let bytes = value.to_be_bytes();
    if following == 8 {
        return [&[0xFF][..], &bytes].concat();
    }
    let mut out = bytes[7 - following..].to_vec();
    out[0] |= !(0xFF_u8 >> following);
    out
}

fn hex(digits: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len() / 2).map(|byte| pair(byte * 2)).collect()
}

/// A value of a native type; the same number is the same value.
pub fn native(name: &str, number: usize) -> Value {
    match name {
        "ascii" => ascii(number),
        "bigint" | "counter" => integer(64, number),
        "blob" => blob(number),
        "boolean" => {
            let literal = ["true", "false", "TRUE"][number % 3];
            Value { json: literal.to_lowercase(), ..Value::plain(literal, [u8::from(number % 3 != 1)]) }
        }
        "date" => date(number),
        "decimal" => decimal(number),
        "double" => double(number),
        "duration" => duration(number),
        "float" => float(number),
        "inet" => inet(number),
        "int" => integer(32, number),
        "smallint" => integer(16, number),
        "time" => time(number),
        "timestamp" => timestamp(number),
        "timeuuid" => uuid(number, true),
        "tinyint" => integer(8, number),
        "uuid" => uuid(number, false),
        "varint" => varint(number),
        _ => text(number),
    }
}

/// A length and the value, as collections and tuples have their elements.
pub fn counted(value: Option<&[u8]>) -> Vec<u8> {
    match value {
        Some(bytes) => [&(bytes.len() as i32).to_be_bytes()[..], bytes].concat(),
        None => (-1_i32).to_be_bytes().to_vec(),
    }
}
