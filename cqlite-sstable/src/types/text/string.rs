//! Values as Cassandra's tools print keys and paths.

use crate::types::{CompositeComponents, CqlType, Elements, InvalidValue, Scalar};

use super::escape::Backslashed;
use super::hex::push_hex;
use super::plain::{Manner, push_scalar};
use super::sink::TextSink;
use super::time::Years;

const MANNER: Manner = Manner { quote: b"", time_quote: b"", separator: b'T', years: Years::OfEra };

/// Pushes `value` as `AbstractType.getString` of Cassandra 5.0 prints it: in keys, collection paths and
/// `sstabledump -d`.
///
/// Scalars are unquoted and an empty value is no text. The components of a composite are joined by `:`,
/// a `:` inside escaped by a backslash; so are the fields of tuples and user-defined types, with `@` for null.
/// Collections, vectors, counters and unknown types are hexadecimal. A value that is null altogether is the
/// caller's to print, as `null`.
///
/// # Errors
/// If `value` is not valid for its type. Nothing has been pushed then.
///
/// # Example
/// ```
/// use cqlite_sstable::types::{CqlType, write_string};
/// let key = CqlType::parse_marshal("CompositeType(Int32Type,UTF8Type)").unwrap();
/// let mut text = Vec::new();
/// write_string(&key, &[0, 4, 0, 0, 0, 7, 0, 0, 3, b'a', b':', b'b', 0], &mut text)?;
/// assert_eq!(text, br"7:a\:b");
/// # Ok::<(), cqlite_sstable::types::InvalidValue>(())
/// ```
pub fn write_string<S: TextSink + ?Sized>(
    of: &CqlType,
    value: &[u8],
    sink: &mut S,
) -> Result<(), InvalidValue> {
    match of {
        CqlType::Tuple(_) | CqlType::User(_) | CqlType::Composite(_) | CqlType::DynamicComposite(_) => {
            write(of, value, &mut Checked)?;
            write(of, value, sink)
        }
        CqlType::Reversed(inner) => write_string(inner, value, sink),
        _ => write(of, value, sink),
    }
}

/// Takes the text of a first pass, which only finds out whether there is one.
struct Checked;

impl TextSink for Checked {
    fn push(&mut self, _: &[u8]) {}
}

fn write<S: TextSink + ?Sized>(of: &CqlType, value: &[u8], sink: &mut S) -> Result<(), InvalidValue> {
    match of {
        CqlType::Counter
        | CqlType::List { .. }
        | CqlType::Set { .. }
        | CqlType::Map { .. }
        | CqlType::Vector { .. } => {
            push_hex(value, sink);
            Ok(())
        }
        CqlType::Tuple(types) => write_fields(value, types.len(), types.iter(), sink),
        CqlType::User(user) => {
            let types = user.fields.iter().map(|field| &field.field_type);
            write_fields(value, user.fields.len(), types, sink)
        }
        CqlType::Composite(types) => write_components(CompositeComponents::new(value, types), sink),
        CqlType::DynamicComposite(aliases) => {
            write_components(CompositeComponents::dynamic(value, aliases), sink)
        }
        CqlType::Reversed(inner) => write(inner, value, sink),
        CqlType::Empty => Ok(()),
        _ => push_scalar(Scalar::decode(of, value)?, MANNER, sink),
    }
}

fn write_fields<'t, S: TextSink + ?Sized>(
    value: &[u8],
    count: usize,
    types: impl Iterator<Item = &'t CqlType>,
    mut sink: &mut S,
) -> Result<(), InvalidValue> {
    for (i, (field, of)) in Elements::of_tuple(value, count).zip(types).enumerate() {
        if i > 0 {
            sink.push(b":");
        }
        match field? {
            Some(field) => write(of, field, &mut Backslashed::new(b":@", &mut sink))?,
            None => sink.push(b"@"),
        }
    }
    Ok(())
}

fn write_components<S: TextSink + ?Sized>(
    components: CompositeComponents<'_>,
    mut sink: &mut S,
) -> Result<(), InvalidValue> {
    for (i, component) in components.enumerate() {
        let component = component?;
        if i > 0 {
            sink.push(b":");
        }
        if let Some(name) = &component.type_name {
            sink.push(name.as_bytes());
            sink.push(b"@");
        }
        let mut escaped = Backslashed::new(b":", &mut sink);
        write(&component.component_type, component.value, &mut escaped)?;
        // So that the backslash does not escape what follows, and a '!' is no end-of-component.
        if matches!(escaped.last(), Some(b'\\' | b'!')) {
            sink.push(b"!");
        }
        match component.end_of_component {
            0 => {}
            ..0 => sink.push(b":_"),
            1.. => sink.push(b":!"),
        }
    }
    Ok(())
}
