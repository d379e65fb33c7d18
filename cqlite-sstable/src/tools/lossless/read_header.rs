//! The first line, read back.

use std::path::{Path, PathBuf};

use super::fields::{Fields, array, integer, marshal_type};
use super::header::FORM;
use super::line::json;
use crate::component::statistics::{
    CommitLogInterval, CommitLogPosition, HeaderColumn, SerializationHeader, StatisticsSettings,
};
use crate::compress::{CompressionParameters, Compressor};
use crate::descriptor::SstableId;
use crate::error::{Error, Result};
use crate::tools::json_text::JsonValue;
use crate::tools::rewrite::{Kept, Target, directory_name, table_place};
use crate::types::CqlType;
use crate::writer::index::IndexSettings;

/// What bases are without any times (`EncodingStats.NO_STATS`).
const NO_BASES: (i64, i64, i32) = (1_442_880_000_000_000, 1_442_880_000, 0);

/// What the header of the lossless form says of the SSTable that the rows come from.
#[derive(Debug, Clone, PartialEq)]
pub struct LosslessHeader {
    /// The keyspace, where the path of the SSTable told it.
    pub keyspace: Option<String>,
    /// The table's name, where the path of the SSTable told it.
    pub table: Option<String>,
    /// The table's id, 32 hexadecimal digits, where the path of the SSTable told it.
    pub table_id: Option<String>,
    /// The directory of the hidden table of an index within the table's, where the SSTable is one of that.
    pub index: Option<String>,
    /// The SSTable's own id, where its path told it.
    pub id: Option<String>,
    /// The letters of the version.
    pub version: String,
    /// The partitioner's class name.
    pub partitioner: String,
    /// The types, the columns, and the bases of the encoded times.
    pub serialization: SerializationHeader,
    /// How Data.db was compressed, if it was.
    pub compression: Option<LosslessCompression>,
    /// The chance of a false positive that the bloom filter was built for.
    pub bloom_filter_fp_chance: Option<f64>,
    /// How many partitions there were.
    pub partitions: Option<u64>,
    /// The level in leveled compaction.
    pub level: i32,
    /// When the data was repaired, in milliseconds since 1970; 0 if it was not.
    pub repaired_at_millis: i64,
    /// The session of a repair that is not yet finished.
    pub pending_repair: Option<[u8; 16]>,
    /// Whether the data is a transient replica's.
    pub is_transient: bool,
    /// The host whose commit log the intervals mean.
    pub host_id: Option<[u8; 16]>,
    /// The writes in the commit log that are in the SSTable.
    pub commit_log_intervals: Vec<CommitLogInterval>,
}

/// How Data.db was compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LosslessCompression {
    /// The compressor.
    pub compressor: Compressor,
    /// Uncompressed bytes of a chunk.
    pub chunk_length_bytes: u32,
    /// Chunks that take this many bytes or more were stored raw.
    pub max_compressed_length_bytes: u32,
    /// The compressor's own options.
    pub options: Vec<(String, String)>,
}

/// How many partitions the bloom filter is made for if nobody knows.
const UNKNOWN_PARTITIONS: u64 = 100_000;

impl LosslessHeader {
    /// What an SSTable of this header has: all that the one had which was dumped, as far as `target` can hold it, and
    /// another compression if one is given.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unsupported`] for a repair that is pending, if the version cannot tell of it.
    pub fn kept(&self, target: Target, compression: Option<Option<CompressionParameters>>) -> Result<Kept> {
        let stored = self.compression.as_ref().map(|stored| {
            let lengths = (stored.chunk_length_bytes, stored.max_compressed_length_bytes);
            CompressionParameters::stored(stored.compressor, stored.options.clone(), lengths)
        });
        let mut settings =
            StatisticsSettings::new(self.partitioner.clone(), self.bloom_filter_fp_chance.unwrap_or(0.01));
        settings.sstable_level = self.level;
        settings.repaired_at_millis = self.repaired_at_millis;
        if self.pending_repair.is_some() && !target.version.has_pending_repair() {
            let message = format!("a repair is pending, which the version {} cannot tell", target.version);
            return Err(Error::unsupported(message));
        }
        settings.pending_repair = self.pending_repair;
        settings.is_transient = self.is_transient;
        settings.originating_host_id = self.host_id;
        for interval in &self.commit_log_intervals {
            settings.commit_log_intervals.insert(*interval);
        }
        Ok(Kept {
            header: self.serialization.clone(),
            settings,
            compression: match compression {
                Some(chosen) => chosen,
                None => stored.transpose()?,
            },
            index: IndexSettings::of_version(target.version),
            partitions: self.partitions.unwrap_or(UNKNOWN_PARTITIONS),
        })
    }

    /// The directory below `out` for an SSTable of this header: where the one lay in its data directory, as far as
    /// the header tells.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] if a name in it cannot be that of one directory.
    pub fn place(&self, out: &Path) -> Result<PathBuf> {
        let (Some(keyspace), Some(table)) = (&self.keyspace, &self.table) else { return Ok(out.to_owned()) };
        let place = table_place(out, keyspace, table, self.table_id.as_deref())?;
        match &self.index {
            Some(index) => Ok(place.join(directory_name(index)?)),
            None => Ok(place),
        }
    }

    /// Whether the SSTable had a time UUID for its id, and so are those to have that are written.
    pub fn has_uuid(&self) -> bool {
        matches!(self.id.as_deref().and_then(SstableId::parse), Some(SstableId::Uuid(_)))
    }

    /// What `text` says; inside, an error of its own if the form is newer.
    pub(super) fn parse(text: &str) -> Result<Result<Self>, String> {
        let mut fields = Fields::of(json(text)?, "the header")?;
        let form: u32 = fields.wanted_integer("cqlite_lossless")?;
        if form > FORM {
            let message = format!("this is form {form} of lossless rows; forms up to {FORM} are supported");
            return Ok(Err(Error::unsupported(message).advise("use a newer cqlite")));
        }
        let header = Self {
            keyspace: fields.text("keyspace")?.map(std::borrow::Cow::into_owned),
            table: fields.text("table")?.map(std::borrow::Cow::into_owned),
            table_id: fields.text("table_id")?.map(std::borrow::Cow::into_owned),
            index: fields.text("index")?.map(std::borrow::Cow::into_owned),
            id: fields.text("id")?.map(std::borrow::Cow::into_owned),
            version: fields.wanted_text("version")?.into_owned(),
            partitioner: fields.wanted_text("partitioner")?.into_owned(),
            serialization: serialization(&mut fields)?,
            compression: fields.take("compression").map(compression).transpose()?,
            bloom_filter_fp_chance: fields
                .take("bloom_filter_fp_chance")
                .map(|value| chance(&value))
                .transpose()?,
            partitions: fields.integer("partitions")?,
            level: fields.integer("level")?.unwrap_or(0),
            repaired_at_millis: fields.integer("repaired_at")?.unwrap_or(0),
            pending_repair: uuid(&mut fields, "pending_repair")?,
            is_transient: fields.boolean("transient")?,
            host_id: uuid(&mut fields, "host_id")?,
            commit_log_intervals: match fields.take("commit_log_intervals") {
                Some(value) => intervals(value)?,
                None => Vec::new(),
            },
        };
        fields.finish()?;
        Ok(Ok(header))
    }
}

fn serialization(fields: &mut Fields<'_>) -> Result<SerializationHeader, String> {
    let (min_timestamp, min_local_deletion_time, min_ttl) = NO_BASES;
    let clustering_types = fields.wanted_array("clustering_types")?;
    Ok(SerializationHeader {
        min_timestamp: fields.integer("min_timestamp")?.unwrap_or(min_timestamp),
        min_local_deletion_time_seconds: fields
            .integer("min_local_deletion_time")?
            .unwrap_or(min_local_deletion_time),
        min_ttl_seconds: fields.integer("min_ttl")?.unwrap_or(min_ttl),
        key_type: marshal_type(fields.wanted("key_type")?, "key_type")?,
        clustering_types: clustering_types
            .into_iter()
            .map(|value| marshal_type(value, "clustering_types"))
            .collect::<Result<Vec<CqlType>, _>>()?,
        static_columns: columns(fields, "static_columns")?,
        regular_columns: columns(fields, "regular_columns")?,
    })
}

fn columns(fields: &mut Fields<'_>, list: &str) -> Result<Vec<HeaderColumn>, String> {
    let mut columns: Vec<HeaderColumn> = Vec::new();
    for value in fields.wanted_array(list)? {
        let mut column = Fields::of(value, list)?;
        let name = column.name(["name", "name_hex"])?;
        let column_type = marshal_type(column.wanted("type")?, "type")?;
        column.finish().map_err(|error| format!("{list}: {error}"))?;
        if columns.iter().any(|known| known.name == name) {
            return Err(format!("{list}: the column '{}' is there twice", String::from_utf8_lossy(&name)));
        }
        columns.push(HeaderColumn { name, column_type });
    }
    Ok(columns)
}

fn compression(value: JsonValue<'_>) -> Result<LosslessCompression, String> {
    let mut fields = Fields::of(value, "compression")?;
    let class = fields.wanted_text("class")?;
    let compressor = Compressor::from_class_name(&class)
        .ok_or_else(|| format!("the compressor '{class}' is not known"))?;
    let mut options = Vec::new();
    if let Some(value) = fields.take("options")
        && let JsonValue::Object(entries) = value
    {
        for (name, value) in entries {
            let JsonValue::String(value) = value else {
                return Err(format!("the option '{name}' of the compression is not a string"));
            };
            options.push((name.into_owned(), value.into_owned()));
        }
    }
    let compression = LosslessCompression {
        compressor,
        chunk_length_bytes: fields.wanted_integer("chunk_length")?,
        max_compressed_length_bytes: fields.integer("max_compressed_length")?.unwrap_or(i32::MAX as u32),
        options,
    };
    fields.finish()?;
    Ok(compression)
}

fn chance(value: &JsonValue<'_>) -> Result<f64, String> {
    integer::<f64>(value, "bloom_filter_fp_chance")
}

fn uuid(fields: &mut Fields<'_>, name: &str) -> Result<Option<[u8; 16]>, String> {
    let Some(bytes) = fields.hex(name)? else { return Ok(None) };
    bytes.try_into().map(Some).map_err(|_| format!("the field '{name}' has not the 16 bytes of a UUID"))
}

fn intervals(value: JsonValue<'_>) -> Result<Vec<CommitLogInterval>, String> {
    const NAME: &str = "commit_log_intervals";
    let interval = |value: JsonValue<'_>| {
        let numbers = array(value, NAME)?;
        let [segment, position, end_segment, end_position] = numbers.as_slice() else {
            return Err(format!("the field '{NAME}' has an interval that has not four numbers"));
        };
        Ok(CommitLogInterval {
            start: CommitLogPosition {
                segment_id: integer(segment, NAME)?,
                position: integer(position, NAME)?,
            },
            end: CommitLogPosition {
                segment_id: integer(end_segment, NAME)?,
                position: integer(end_position, NAME)?,
            },
        })
    };
    array(value, NAME)?.into_iter().map(interval).collect()
}
