//! The SSTables that imported rows go to.

use std::path::{Path, PathBuf};

use cqlite_cql::{Literal, PropertyValue};

use crate::component::statistics::{SerializationHeader, StatisticsSettings};
use crate::compress::{CompressionParameters, Compressor};
use crate::error::{Error, Result};
use crate::partitioner::Partitioner;
use crate::schema::{TableSchema, UNKNOWN_KEYSPACE, UNKNOWN_TABLE};
use crate::tools::rewrite::{Kept, table_place};
use crate::types::CqlType;
use crate::version::Version;
use crate::writer::builder::SortedPartitions;
use crate::writer::index::IndexSettings;

/// Cassandra's default.
const FALSE_POSITIVE_CHANCE: f64 = 0.01;

/// What the SSTables of an import have: the table's compression, unless another is given, and its chance of false
/// positives.
///
/// # Errors
/// If the table's compression is none that is known.
pub fn kept_of_table(
    schema: &TableSchema,
    sorted: &SortedPartitions,
    (version, partitioner): (Version, &Partitioner),
    compression: Option<Option<CompressionParameters>>,
) -> Result<Kept> {
    let chance = text_option(schema, "bloom_filter_fp_chance").and_then(|chance| chance.parse().ok());
    let class_name = format!("org.apache.cassandra.dht.{}", partitioner.name());
    Ok(Kept {
        header: sorted.header().clone(),
        settings: StatisticsSettings::new(class_name, chance.unwrap_or(FALSE_POSITIVE_CHANCE)),
        compression: match compression {
            Some(chosen) => chosen,
            None => compression_of_table(schema)?,
        },
        index: IndexSettings::of_version(version),
        partitions: sorted.estimated_partitions(),
    })
}

/// Refuses types and compression that a version cannot hold, before anything is read.
///
/// # Errors
/// [`crate::ErrorKind::Unsupported`] if there are such.
pub fn check_version(
    header: &SerializationHeader,
    version: Version,
    compression: Option<&CompressionParameters>,
) -> Result<()> {
    let refuse = |what: String| {
        let error = Error::unsupported(format!("{what}, which the version '{version}' cannot hold"));
        Err(error.advise("write another version with --to"))
    };
    let is_vector = |of: &CqlType| of.marshal_name().to_string().contains("VectorType");
    if !version.has_vectors() {
        if std::iter::once(&header.key_type).chain(&header.clustering_types).any(is_vector) {
            return refuse("the primary key has vectors".to_owned());
        }
        let mut columns = header.static_columns.iter().chain(&header.regular_columns);
        if let Some(column) = columns.find(|column| is_vector(&column.column_type)) {
            return refuse(format!("the column '{}' has vectors", column.name_text()));
        }
    }
    let Some(compression) = compression else { return Ok(()) };
    if compression.compressor() == Compressor::Zstd && !version.has_zstd() {
        return refuse("the data is to be compressed with Zstd".to_owned());
    }
    if compression.has_raw_chunks() && !version.has_max_compressed_length() {
        return refuse("chunks that do not compress well are to be stored raw".to_owned());
    }
    Ok(())
}

/// The directory below `out`: `<keyspace>/<table>-<id>` as a node has it, as far as the schema tells. `nodetool import`
/// and `sstableloader` learn keyspace and table from it.
///
/// # Errors
/// If a name cannot be that of a directory.
pub fn place_of_table(schema: &TableSchema, out: &Path) -> Result<PathBuf> {
    if schema.keyspace == UNKNOWN_KEYSPACE || schema.name == UNKNOWN_TABLE {
        return Ok(out.to_owned());
    }
    let id = schema.id.map(|id| id.to_string().replace('-', ""));
    table_place(out, &schema.keyspace, &schema.name, id.as_deref())
}

fn text_option<'s>(schema: &'s TableSchema, name: &str) -> Option<&'s str> {
    let option = schema.options.iter().find(|option| option.name.as_str() == name)?;
    match &option.value {
        PropertyValue::Literal(literal) => literal_text(literal),
        PropertyValue::Map(_) => None,
    }
}

fn literal_text(literal: &Literal) -> Option<&str> {
    match literal {
        Literal::String(text) | Literal::Integer(text) | Literal::Float(text) | Literal::Boolean(text) => {
            Some(text)
        }
        _ => None,
    }
}

/// The compression that a table asks for; without a word of it, Cassandra's default.
///
/// # Errors
/// If it is none that is known.
pub fn compression_of_table(schema: &TableSchema) -> Result<Option<CompressionParameters>> {
    let option = schema.options.iter().find(|option| option.name.as_str() == "compression");
    match option.map(|option| &option.value) {
        Some(PropertyValue::Map(map)) => {
            let entries = map.entries.iter();
            let texts = entries.filter_map(|(name, value)| Some((literal_text(name)?, literal_text(value)?)));
            CompressionParameters::from_options(texts)
        }
        _ => Ok(Some(CompressionParameters::default())),
    }
}
