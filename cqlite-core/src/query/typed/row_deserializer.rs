//! Rows of results as structs of Rust.

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::value_deserializer::{DeserializeError, ValueDeserializer};
use crate::query::RowView;

/// A row, as what its columns are called and have; for tuples and sequences, as what they have.
#[derive(Debug, Clone, Copy)]
pub(in crate::query) struct RowDeserializer<'r>(pub(in crate::query) RowView<'r>);

impl<'de> Deserializer<'de> for RowDeserializer<'de> {
    type Error = DeserializeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        visitor.visit_map(Columns { row: self.0, next: 0 })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        visitor.visit_seq(Columns { row: self.0, next: 0 })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, DeserializeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct map struct enum identifier ignored_any
    }
}

struct Columns<'r> {
    row: RowView<'r>,
    next: usize,
}

impl<'r> Columns<'r> {
    fn value(&mut self) -> Option<ValueDeserializer<'r>> {
        let column = self.row.columns().get(self.next)?;
        let value = self.row.value(self.next);
        self.next = self.next.saturating_add(1);
        Some(ValueDeserializer { name: &column.name, cql_type: &column.cql_type, value })
    }
}

impl<'r> MapAccess<'r> for Columns<'r> {
    type Error = DeserializeError;

    fn next_key_seed<K: DeserializeSeed<'r>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DeserializeError> {
        let Some(column) = self.row.columns().get(self.next) else { return Ok(None) };
        let name: StrDeserializer<'_, DeserializeError> = (&*column.name).into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'r>>(&mut self, seed: S) -> Result<S::Value, DeserializeError> {
        let value = self.value().ok_or_else(|| de::Error::custom("there are no more columns"))?;
        seed.deserialize(value)
    }
}

impl<'r> SeqAccess<'r> for Columns<'r> {
    type Error = DeserializeError;

    fn next_element_seed<S: DeserializeSeed<'r>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DeserializeError> {
        self.value().map(|value| seed.deserialize(value)).transpose()
    }
}
