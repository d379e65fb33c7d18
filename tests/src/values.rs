//! Serialized values of every type that look random, the same in each run. They are made of few different bytes, so
//! that pairs of them are often equal, or equal at their beginning.

use cqlite_sstable::types::CqlType;

use crate::fuzz::Random;

/// Bytes at the borders of signs, vints and escapes.
const TELLING: [u8; 14] = [0, 0, 0, 1, 2, 0x0F, 0x3F, 0x40, 0x61, 0x7F, 0x80, 0x81, 0xFE, 0xFF];

/// A value that Cassandra accepts, but no null; one in twelve is empty where that is allowed.
pub fn random_value(of: &CqlType, random: &mut Random) -> Vec<u8> {
    if allows_empty(of) && random.below(12) == 0 {
        return Vec::new();
    }
    match of {
        CqlType::Reversed(inner) => random_value(inner, random),
        CqlType::List { element, .. } | CqlType::Set { element, .. } => collection(&[element], random),
        CqlType::Map { key, value, .. } => collection(&[key, value], random),
        CqlType::Tuple(types) => fields(types.iter(), random),
        CqlType::User(user) => fields(user.fields.iter().map(|field| &field.field_type), random),
        CqlType::Vector { element, dimension } => vector(element, *dimension, random),
        CqlType::Composite(types) => composite(types, random),
        CqlType::DynamicComposite(aliases) => dynamic(aliases, random),
        scalar => random_scalar(scalar, random),
    }
}

fn allows_empty(of: &CqlType) -> bool {
    match of {
        CqlType::Reversed(inner) => allows_empty(inner),
        CqlType::TinyInt | CqlType::SmallInt | CqlType::Date | CqlType::Time => false,
        CqlType::Duration | CqlType::Vector { .. } => false,
        _ => true,
    }
}

fn random_scalar(of: &CqlType, random: &mut Random) -> Vec<u8> {
    match of {
        CqlType::Empty => Vec::new(),
        CqlType::Boolean | CqlType::TinyInt => bytes(1, random),
        CqlType::SmallInt => bytes(2, random),
        CqlType::Int | CqlType::Date => bytes(4, random),
        CqlType::BigInt | CqlType::Timestamp | CqlType::LegacyTimestamp | CqlType::Time => bytes(8, random),
        CqlType::Float => floating(&bytes(4, random), random),
        CqlType::Double => floating(&bytes(8, random), random),
        CqlType::Inet => {
            let length = [4, 16][random.below(2)];
            bytes(length, random)
        }
        CqlType::Uuid | CqlType::LexicalUuid => uuid([0, 1, 1, 4, 7][random.below(5)], random),
        CqlType::TimeUuid | CqlType::LegacyTimeUuid => uuid(1, random),
        CqlType::Varint => varint(random),
        CqlType::Duration => duration(random),
        CqlType::Decimal => decimal(random),
        CqlType::Text | CqlType::Ascii => {
            let length = random.below(5);
            (0..length).map(|_| [0, 0, b'a', b'b', 0x7F][random.below(5)]).collect()
        }
        _ => {
            let length = random.below(7);
            bytes(length, random)
        }
    }
}

fn bytes(length: usize, random: &mut Random) -> Vec<u8> {
    if random.below(3) == 0 {
        return (0..length).map(|_| random.next_u64() as u8).collect();
    }
    (0..length).map(|_| TELLING[random.below(TELLING.len())]).collect()
}

/// Often zero, infinite, or no number.
fn floating(value: &[u8], random: &mut Random) -> Vec<u8> {
    let exponent: &[u8] = if value.len() == 4 { &[0x7F, 0x80] } else { &[0x7F, 0xF0] };
    let zero_or_infinite = [&[0, 0], exponent][random.below(2)];
    let mut special = zero_or_infinite.to_vec();
    special.resize(value.len(), 0);
    special[0] |= [0, 0x80][random.below(2)];
    match random.below(6) {
        0 => special,
        1 => [&special[..2], &value[2..]].concat(),
        _ => value.to_vec(),
    }
}

fn uuid(version: u8, random: &mut Random) -> Vec<u8> {
    let mut value = bytes(16, random);
    if random.below(2) == 0 {
        value[..6].fill(7);
    }
    value[6] = (value[6] & 0x0F) | (version << 4);
    value
}

/// Months, days and nanoseconds of one sign, each a vint of one byte.
fn duration(random: &mut Random) -> Vec<u8> {
    let is_negative = random.below(2) == 1;
    let zigzag = |number: usize| if is_negative && number > 0 { 2 * number - 1 } else { 2 * number };
    (0..3).map(|_| zigzag(random.below(60)) as u8).collect()
}

/// Of up to twelve bytes, now and then many; not always the shortest form. Cassandra has no form for short numbers in
/// more than eight bytes.
fn varint(random: &mut Random) -> Vec<u8> {
    let length = match random.below(20) {
        0 => 100 + random.below(80),
        _ => 1 + random.below(12),
    };
    let mut value = bytes(length, random);
    if length > 6 && matches!(value[0], 0 | 0xFF) {
        value[0] = [0x01, 0x80][random.below(2)];
    }
    value
}

fn decimal(random: &mut Random) -> Vec<u8> {
    let scale = match random.below(6) {
        0 => [i32::MIN, i32::MIN + 1, i32::MAX, i32::MAX - 1][random.below(4)],
        1 => random.next_u64() as i32,
        _ => random.below(9) as i32 - 4,
    };
    let unscaled = match random.below(3) {
        // Powers of ten, so that different scales often make the same number.
        0 => (10_i64.pow(random.below(7) as u32) * [-1, 1, 25][random.below(3)]).to_be_bytes().to_vec(),
        _ => varint(random),
    };
    [&scale.to_be_bytes()[..], &unscaled].concat()
}

fn counted(value: &[u8]) -> Vec<u8> {
    [&(value.len() as i32).to_be_bytes()[..], value].concat()
}

fn collection(types: &[&CqlType], random: &mut Random) -> Vec<u8> {
    let count = random.below(4);
    let mut out = (count as i32).to_be_bytes().to_vec();
    for _ in 0..count {
        for of in types {
            out.extend(counted(&random_value(of, random)));
        }
    }
    out
}

fn fields<'t>(types: impl ExactSizeIterator<Item = &'t CqlType>, random: &mut Random) -> Vec<u8> {
    let written = types.len() - random.below(3).min(types.len());
    let mut out = Vec::new();
    for of in types.take(written) {
        match random.below(4) {
            0 => out.extend((-1_i32).to_be_bytes()),
            _ => out.extend(counted(&random_value(of, random))),
        }
    }
    out
}

fn vector(element: &CqlType, dimension: u32, random: &mut Random) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..dimension {
        let mut value = random_value(element, random);
        // A length below 128 is a vint of one byte.
        value.resize(element.fixed_length().unwrap_or(value.len().min(127)), 0);
        if element.fixed_length().is_none() {
            out.push(value.len() as u8);
        }
        out.extend(value);
    }
    out
}

fn component(value: &[u8], end: u8) -> Vec<u8> {
    [&(value.len() as u16).to_be_bytes()[..], value, &[end]].concat()
}

/// The last component may have an end-of-component byte.
fn end_of_component(is_last: bool, random: &mut Random) -> u8 {
    if is_last { [0, 0, 1, 0xFF][random.below(4)] } else { 0 }
}

fn composite(types: &[CqlType], random: &mut Random) -> Vec<u8> {
    let count = 1 + random.below(types.len());
    let mut out = if random.below(6) == 0 { vec![0xFF, 0xFF] } else { Vec::new() };
    for (index, of) in types.iter().take(count).enumerate() {
        let end = end_of_component(index + 1 == count, random);
        out.extend(component(&random_value(of, random), end));
    }
    out
}

fn dynamic(aliases: &[(char, CqlType)], random: &mut Random) -> Vec<u8> {
    let count = 1 + random.below(3);
    let mut out = Vec::new();
    for index in 0..count {
        let (alias, of) = &aliases[random.below(aliases.len())];
        match random.below(2) {
            0 => out.extend([0x80, *alias as u8]),
            _ => {
                let name = of.marshal_name().to_string();
                out.extend((name.len() as u16).to_be_bytes());
                out.extend(name.as_bytes());
            }
        }
        let end = end_of_component(index + 1 == count, random);
        out.extend(component(&random_value(of, random), end));
    }
    out
}
