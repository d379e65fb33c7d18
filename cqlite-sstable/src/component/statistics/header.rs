//! The serialization header: how the rows of an SSTable are encoded.

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::field_reader::FieldReader;
use super::super::field_writer::FieldWriter;
use crate::encoding::{Bytes, DELETION_TIME_EPOCH_SECONDS, DecodeError, TIMESTAMP_EPOCH};
use crate::error::Result;
use crate::types::CqlType;
use crate::version::Version;

/// "Nothing has a timestamp" (`LivenessInfo.NO_TIMESTAMP`).
const NO_TIMESTAMP: i64 = i64::MIN;

/// A column that rows of the SSTable may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderColumn {
    /// The name: UTF-8, except for some columns made with Thrift.
    pub name: Vec<u8>,
    /// The type with which the column's values were written; the table's may have changed since.
    pub column_type: CqlType,
}

impl HeaderColumn {
    /// The name as text.
    pub fn name_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.name)
    }
}

/// What decoding the rows of an SSTable needs to know (`SerializationHeader.Component`). The names of key and
/// clustering columns are not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerializationHeader {
    /// What encoded timestamps are relative to, in microseconds. Not necessarily the least of them.
    pub min_timestamp: i64,
    /// What encoded local deletion times are relative to.
    pub min_local_deletion_time_seconds: i64,
    /// What encoded TTLs are relative to.
    pub min_ttl_seconds: i32,
    /// The type of the partition key; a [`CqlType::Composite`] if it has several columns.
    pub key_type: CqlType,
    /// The types of the clustering columns; [`CqlType::Reversed`] where the order is descending.
    pub clustering_types: Vec<CqlType>,
    /// The static columns in the order in which rows have them.
    pub static_columns: Vec<HeaderColumn>,
    /// The regular columns in the order in which rows have them.
    pub regular_columns: Vec<HeaderColumn>,
}

impl SerializationHeader {
    pub(super) fn parse(reader: &mut FieldReader<'_>, version: Version) -> Result<Self> {
        let timestamp = reader.read("minTimestamp", Bytes::uvint)?;
        let min_timestamp = match (timestamp as i64).wrapping_add(TIMESTAMP_EPOCH) {
            NO_TIMESTAMP => TIMESTAMP_EPOCH,
            timestamp => timestamp,
        };
        let min_local_deletion_time_seconds = reader.read("minLocalDeletionTime", |bytes| {
            let raw = bytes.uvint()? as i64;
            match i32::try_from(raw) {
                // 32 bits that wrap: what is encoded relative to it wraps back
                Ok(delta) => Ok(i64::from(delta.wrapping_add(DELETION_TIME_EPOCH_SECONDS as i32))),
                Err(_) if version.has_wide_deltas() => Ok(raw.wrapping_add(DELETION_TIME_EPOCH_SECONDS)),
                Err(_) => Err(DecodeError::TOO_WIDE),
            }
        })?;
        let min_ttl = |bytes: &mut Bytes<'_>| {
            if version.has_wide_deltas() { Ok(bytes.uvint()? as i32) } else { bytes.uvint32() }
        };
        Ok(Self {
            min_timestamp,
            min_local_deletion_time_seconds,
            min_ttl_seconds: reader.read("minTTL", min_ttl)?,
            key_type: parse_type(reader, "the key type")?,
            clustering_types: parse_types(reader, "the clustering types")?,
            static_columns: parse_columns(reader, "the static columns")?,
            regular_columns: parse_columns(reader, "the regular columns")?,
        })
    }

    /// The bytes of the part HEADER (`SerializationHeader.Serializer.serialize`), without a checksum.
    pub fn write(&self, version: Version) -> Vec<u8> {
        let mut writer = FieldWriter::default();
        writer.uvint(self.min_timestamp.wrapping_sub(TIMESTAMP_EPOCH) as u64);
        let seconds = self.min_local_deletion_time_seconds;
        let local_deletion_time = seconds.wrapping_sub(DELETION_TIME_EPOCH_SECONDS);
        let wide = version.has_wide_deltas() && i32::try_from(self.min_local_deletion_time_seconds).is_err();
        // otherwise 32 bits that wrap, written with their sign
        let narrow = i64::from(local_deletion_time as i32);
        writer.uvint(if wide { local_deletion_time } else { narrow } as u64);
        writer.uvint(i64::from(self.min_ttl_seconds) as u64);
        write_type(&mut writer, &self.key_type);
        write_types(&mut writer, &self.clustering_types);
        for columns in [&self.static_columns, &self.regular_columns] {
            writer.uvint(columns.len() as u64);
            for column in columns {
                writer.vint_prefixed(&column.name);
                write_type(&mut writer, &column.column_type);
            }
        }
        writer.into_bytes()
    }
}

/// A marshal class name behind its length.
fn parse_type(reader: &mut FieldReader<'_>, field: &'static str) -> Result<CqlType> {
    let at = reader.offset();
    let text = reader.read(field, Bytes::vint_prefixed)?;
    let text =
        std::str::from_utf8(text).map_err(|_| reader.broken(field, at, &"a class name is not UTF-8"))?;
    CqlType::parse_marshal(text)
        .map_err(|error| reader.broken(field, at, &format!("'{text}' is not a type: {error}")))
}

fn write_type(writer: &mut FieldWriter, written: &CqlType) {
    writer.vint_prefixed(written.marshal_name().to_string().as_bytes());
}

/// Writes what [`parse_types`] reads.
pub(super) fn write_types(writer: &mut FieldWriter, types: &[CqlType]) {
    writer.uvint(types.len() as u64);
    types.iter().for_each(|written| write_type(writer, written));
}

/// A count and so many types.
pub(super) fn parse_types(reader: &mut FieldReader<'_>, field: &'static str) -> Result<Vec<CqlType>> {
    let count = reader.vint_count(field, 1)?;
    (0..count).map(|_| parse_type(reader, field)).collect()
}

/// The columns in the order in which rows have them: the simple ones before those of several cells. Cassandra lists
/// them so. ScyllaDB lists them all by name, but writes its rows in the same order as Cassandra.
fn parse_columns(reader: &mut FieldReader<'_>, field: &'static str) -> Result<Vec<HeaderColumn>> {
    let count = reader.vint_count(field, 2)?;
    let mut columns: Vec<HeaderColumn> = Vec::new();
    let mut seen = HashSet::new();
    for _ in 0..count {
        let at = reader.offset();
        let name = reader.read(field, Bytes::vint_prefixed)?;
        if !seen.insert(name) {
            let told = format!("the column '{}' is listed twice", String::from_utf8_lossy(name));
            return Err(reader.broken(field, at, &told));
        }
        columns.push(HeaderColumn { name: name.to_owned(), column_type: parse_type(reader, field)? });
    }
    columns.sort_by_key(|column| column.column_type.is_multi_cell());
    Ok(columns)
}
