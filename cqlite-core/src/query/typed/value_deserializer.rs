//! Values of results for `serde`.

use std::fmt;

use cqlite_sstable::types::{CqlType, Elements, Field, Scalar, write_string};
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};

/// Why a row cannot be told as a type of Rust.
#[derive(Debug)]
pub(in crate::query) struct DeserializeError(String);

impl fmt::Display for DeserializeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DeserializeError {}

impl de::Error for DeserializeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// A value, by its type: numbers as numbers, text as text, blobs as bytes, collections as sequences and maps, user types as
/// structs; timestamps as milliseconds since 1970; UUIDs, dates, times, addresses, decimals and durations as their text.
#[derive(Debug, Clone, Copy)]
pub(super) struct ValueDeserializer<'v> {
    pub(super) name: &'v str,
    pub(super) cql_type: &'v CqlType,
    pub(super) value: Option<&'v [u8]>,
}

type Result<T> = std::result::Result<T, DeserializeError>;

impl<'v> ValueDeserializer<'v> {
    fn told<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|DeserializeError(error)| {
            let prefix = format!("the column {}: ", self.name);
            DeserializeError(if error.starts_with("the column ") { error } else { prefix + &error })
        })
    }

    fn visit<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value> {
        let Some(value) = self.value else { return visitor.visit_none() };
        let damaged = |error: cqlite_sstable::types::InvalidValue| DeserializeError(error.to_string());
        match self.cql_type {
            CqlType::List { element, .. } | CqlType::Set { element, .. } => {
                visitor.visit_seq(ElementAccess {
                    name: self.name,
                    cql_type: element,
                    elements: Elements::of_collection(value).map_err(damaged)?,
                })
            }
            CqlType::Vector { element, dimension } => visitor.visit_seq(ElementAccess {
                name: self.name,
                cql_type: element,
                elements: Elements::of_vector(value, element, *dimension),
            }),
            CqlType::Map { key, value: of, .. } => visitor.visit_map(EntryAccess {
                name: self.name,
                types: [key, of],
                elements: Elements::of_map(value).map_err(damaged)?,
            }),
            CqlType::User(user) => visitor.visit_map(FieldAccess {
                fields: &user.fields,
                elements: Elements::of_tuple(value, user.fields.len()),
                next: 0,
            }),
            CqlType::Tuple(types) => visitor.visit_seq(TupleAccess {
                name: self.name,
                types,
                elements: Elements::of_tuple(value, types.len()),
                next: 0,
            }),
            CqlType::Counter => visitor.visit_i64(value.try_into().map_or(0, i64::from_be_bytes)),
            CqlType::Varint if value.len() <= 8 => {
                let start = if value.first().is_some_and(|first| first & 0x80 != 0) { -1 } else { 0 };
                visitor.visit_i64(value.iter().fold(start, |number, byte| (number << 8) | i64::from(*byte)))
            }
            of => match Scalar::decode(of, value).map_err(damaged)? {
                Scalar::Empty => visitor.visit_none(),
                Scalar::Text(text) => visitor.visit_borrowed_str(text),
                Scalar::Blob(bytes) => visitor.visit_borrowed_bytes(bytes),
                Scalar::Boolean(value) => visitor.visit_bool(value),
                Scalar::Float(number) => visitor.visit_f32(number),
                Scalar::Double(number) => visitor.visit_f64(number),
                _ => match integer(of, value) {
                    Some(number) => visitor.visit_i64(number),
                    None => {
                        let mut text = Vec::new();
                        write_string(of, value, &mut text).map_err(damaged)?;
                        visitor.visit_string(String::from_utf8_lossy(&text).into_owned())
                    }
                },
            },
        }
    }
}

fn integer(of: &CqlType, value: &[u8]) -> Option<i64> {
    match of {
        CqlType::TinyInt => value.try_into().ok().map(i8::from_be_bytes).map(i64::from),
        CqlType::SmallInt => value.try_into().ok().map(i16::from_be_bytes).map(i64::from),
        CqlType::Int => value.try_into().ok().map(i32::from_be_bytes).map(i64::from),
        CqlType::BigInt | CqlType::Timestamp => value.try_into().ok().map(i64::from_be_bytes),
        _ => None,
    }
}

impl<'de> Deserializer<'de> for ValueDeserializer<'de> {
    type Error = DeserializeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let visited = self.visit(visitor);
        self.told(visited)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            None => visitor.visit_none(),
            Some(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let text = self.value.and_then(|value| std::str::from_utf8(value).ok()).unwrap_or_default();
        let text: StrDeserializer<'_, DeserializeError> = text.into_deserializer();
        let visited = visitor.visit_enum(text);
        self.told(visited)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct ElementAccess<'v> {
    name: &'v str,
    cql_type: &'v CqlType,
    elements: Elements<'v>,
}

fn next<'v>(elements: &mut Elements<'v>) -> Result<Option<Option<&'v [u8]>>> {
    elements.next().transpose().map_err(|error| DeserializeError(error.to_string()))
}

impl<'v> SeqAccess<'v> for ElementAccess<'v> {
    type Error = DeserializeError;

    fn next_element_seed<S: DeserializeSeed<'v>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some(value) = next(&mut self.elements)? else { return Ok(None) };
        seed.deserialize(ValueDeserializer { name: self.name, cql_type: self.cql_type, value }).map(Some)
    }
}

struct EntryAccess<'v> {
    name: &'v str,
    types: [&'v CqlType; 2],
    elements: Elements<'v>,
}

impl<'v> MapAccess<'v> for EntryAccess<'v> {
    type Error = DeserializeError;

    fn next_key_seed<S: DeserializeSeed<'v>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some(value) = next(&mut self.elements)? else { return Ok(None) };
        let [cql_type, _] = self.types;
        seed.deserialize(ValueDeserializer { name: self.name, cql_type, value }).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'v>>(&mut self, seed: S) -> Result<S::Value> {
        let value = next(&mut self.elements)?.flatten();
        let [_, cql_type] = self.types;
        seed.deserialize(ValueDeserializer { name: self.name, cql_type, value })
    }
}

struct FieldAccess<'v> {
    fields: &'v [Field],
    elements: Elements<'v>,
    next: usize,
}

impl<'v> MapAccess<'v> for FieldAccess<'v> {
    type Error = DeserializeError;

    fn next_key_seed<S: DeserializeSeed<'v>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some(field) = self.fields.get(self.next) else { return Ok(None) };
        let name: StrDeserializer<'_, DeserializeError> = field.name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'v>>(&mut self, seed: S) -> Result<S::Value> {
        let field = self
            .fields
            .get(self.next)
            .ok_or_else(|| DeserializeError("there are no more fields".to_owned()))?;
        self.next = self.next.saturating_add(1);
        let value = next(&mut self.elements)?.flatten();
        seed.deserialize(ValueDeserializer { name: &field.name, cql_type: &field.field_type, value })
    }
}

struct TupleAccess<'v> {
    name: &'v str,
    types: &'v [CqlType],
    elements: Elements<'v>,
    next: usize,
}

impl<'v> SeqAccess<'v> for TupleAccess<'v> {
    type Error = DeserializeError;

    fn next_element_seed<S: DeserializeSeed<'v>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some(cql_type) = self.types.get(self.next) else { return Ok(None) };
        self.next = self.next.saturating_add(1);
        let value = next(&mut self.elements)?.flatten();
        seed.deserialize(ValueDeserializer { name: self.name, cql_type, value }).map(Some)
    }
}
