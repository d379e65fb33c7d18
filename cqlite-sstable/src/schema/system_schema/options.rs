//! The options of tables and keyspaces.

use cqlite_cql::{Literal, MapLiteral, Property};

use super::schema_row::SchemaRow;
use crate::error::Result;
use crate::types::{CqlType, write_string};

/// The package that `DESCRIBE` leaves out of the class of a replication strategy.
const LOCATOR_PACKAGE: &str = "org.apache.cassandra.locator.";

/// How an option is stored.
#[derive(Debug, Clone, Copy)]
enum Stored {
    Boolean,
    Double,
    Int,
    Text,
    TextMap,
    BlobMap,
}

/// The options that `CREATE TABLE` takes, in the order in which `DESCRIBE` prints them.
const OPTIONS: [(&str, Stored); 19] = [
    ("additional_write_policy", Stored::Text),
    ("allow_auto_snapshot", Stored::Boolean),
    ("bloom_filter_fp_chance", Stored::Double),
    ("caching", Stored::TextMap),
    ("cdc", Stored::Boolean),
    ("comment", Stored::Text),
    ("compaction", Stored::TextMap),
    ("compression", Stored::TextMap),
    ("memtable", Stored::Text),
    ("crc_check_chance", Stored::Double),
    ("default_time_to_live", Stored::Int),
    ("extensions", Stored::BlobMap),
    ("gc_grace_seconds", Stored::Int),
    ("incremental_backups", Stored::Boolean),
    ("max_index_interval", Stored::Int),
    ("memtable_flush_period_in_ms", Stored::Int),
    ("min_index_interval", Stored::Int),
    ("read_repair", Stored::Text),
    ("speculative_retry", Stored::Text),
];

/// The options in a row of `tables` or `views`. What is not written there has its default.
pub(super) fn table_options(row: &SchemaRow) -> Result<Vec<Property>> {
    let mut options = Vec::new();
    for (name, stored) in OPTIONS.into_iter().filter(|(name, _)| row.bytes(name).is_some()) {
        let literal = match stored {
            Stored::Boolean => row.boolean(name)?.map(Literal::boolean),
            Stored::Double => row.double(name)?.map(|value| Literal::Float(java_text(value).into())),
            Stored::Int => row.int(name)?.map(|value| Literal::Integer(value.to_string().into())),
            Stored::Text => row.text(name)?.map(|value| Literal::String(value.into())),
            Stored::TextMap => {
                options.push(Property::map(name, row.text_map(name)?.into_iter().collect()));
                None
            }
            Stored::BlobMap => {
                options.push(Property::map(name, blobs(row.blob_map(name)?)));
                None
            }
        };
        options.extend(literal.map(|literal| Property::literal(name, literal)));
    }
    Ok(options)
}

/// The options in a row of `keyspaces`.
pub(super) fn keyspace_options(row: &SchemaRow) -> Result<Vec<Property>> {
    let mut replication = row.text_map("replication")?;
    for (name, value) in &mut replication {
        if name == "class"
            && let Some(short) = value.strip_prefix(LOCATOR_PACKAGE)
        {
            *value = short.to_owned();
        }
    }
    let mut options = vec![Property::map("replication", replication.into_iter().collect())];
    let durable = row.boolean("durable_writes")?;
    options.extend(durable.map(|durable| Property::literal("durable_writes", Literal::boolean(durable))));
    Ok(options)
}

/// The number with a point, as Java prints it.
fn java_text(value: f64) -> String {
    let mut text = Vec::new();
    match write_string(&CqlType::Double, &value.to_be_bytes(), &mut text) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        Err(_) => value.to_string(),
    }
}

fn blobs(entries: Vec<(String, Vec<u8>)>) -> MapLiteral {
    let blob = |bytes: &[u8]| {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Literal::Blob(format!("0x{digits}").into())
    };
    let entries = entries.into_iter().map(|(key, value)| (Literal::String(key.into()), blob(&value)));
    MapLiteral { entries: entries.collect() }
}
