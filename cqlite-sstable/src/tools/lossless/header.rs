//! The first line.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::printer::name_field;
use crate::component::Component;
use crate::component::statistics::{HeaderColumn, SerializationHeader, StatsMetadata};
use crate::descriptor::{Descriptor, split_table_directory};
use crate::reader::Sstable;
use crate::types::{CqlType, TextSink, push_hex};

/// The version of the form; a reader refuses a greater one.
pub(super) const FORM: u32 = 1;

/// Writes the header: what is needed to read the lines behind it, or to write them into an SSTable like this one.
/// `table` is the keyspace and the name, where they are known.
pub fn write_lossless_header(sstable: &Sstable, table: Option<(&str, &str)>, out: &mut dyn TextSink) {
    let mut line = Map::new();
    line.insert("cqlite_lossless".to_owned(), json!(FORM));
    if let Some((keyspace, name)) = table {
        line.insert("keyspace".to_owned(), json!(keyspace));
        line.insert("table".to_owned(), json!(name));
        if let Ok(descriptor) = Descriptor::from_file(&sstable.files().path(Component::Data)) {
            insert_place(&descriptor, &mut line);
        }
    }
    let validation = &sstable.statistics().validation;
    line.insert("version".to_owned(), json!(sstable.version().to_string()));
    line.insert("partitioner".to_owned(), json!(validation.partitioner));
    insert_serialization(sstable.header(), &mut line);
    if let Some(compression) = sstable.compression() {
        let options: Map<String, Value> =
            compression.options.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let compression = json!({
            "class": compression.compressor.class_name(),
            "chunk_length": compression.chunk_length_bytes,
            "max_compressed_length": compression.max_compressed_length_bytes,
            "options": options,
        });
        line.insert("compression".to_owned(), compression);
    }
    line.insert("bloom_filter_fp_chance".to_owned(), json!(validation.bloom_filter_fp_chance));
    insert_kept_statistics(&sstable.statistics().stats, &mut line);
    out.push(Value::Object(line).to_string().as_bytes());
    out.push(b"\n");
}

/// What else the path tells: with it, an SSTable can be put where this one was.
fn insert_place(descriptor: &Descriptor, line: &mut Map<String, Value>) {
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    let table = descriptor.table_directory().and_then(|directory| name(&directory));
    if let Some((_, id)) = table.as_deref().and_then(split_table_directory) {
        line.insert("table_id".to_owned(), json!(id));
        if descriptor.is_index() {
            line.insert("index".to_owned(), json!(name(descriptor.directory())));
        }
    }
    line.insert("id".to_owned(), json!(descriptor.id().to_string()));
}

fn insert_serialization(header: &SerializationHeader, line: &mut Map<String, Value>) {
    let marshal = |of: &CqlType| Value::from(of.marshal_name().to_string());
    let columns = |columns: &[HeaderColumn]| -> Value {
        columns.iter().map(|column| named(&column.name, marshal(&column.column_type))).collect()
    };
    line.insert("min_timestamp".to_owned(), json!(header.min_timestamp));
    line.insert("min_local_deletion_time".to_owned(), json!(header.min_local_deletion_time_seconds));
    line.insert("min_ttl".to_owned(), json!(header.min_ttl_seconds));
    line.insert("key_type".to_owned(), marshal(&header.key_type));
    line.insert("clustering_types".to_owned(), header.clustering_types.iter().map(marshal).collect());
    line.insert("static_columns".to_owned(), columns(&header.static_columns));
    line.insert("regular_columns".to_owned(), columns(&header.regular_columns));
}

/// What rows do not tell. Fields that say nothing are left out.
fn insert_kept_statistics(stats: &StatsMetadata, line: &mut Map<String, Value>) {
    let mut insert = |name: &str, value: Value, says_something: bool| {
        if says_something {
            line.insert(name.to_owned(), value);
        }
    };
    let partitions = stats.estimated_partition_size_bytes.count();
    insert("partitions", json!(partitions), true);
    insert("level", json!(stats.sstable_level), stats.sstable_level != 0);
    insert("repaired_at", json!(stats.repaired_at_millis), stats.repaired_at_millis != 0);
    insert("transient", json!(stats.is_transient), stats.is_transient);
    for (name, uuid) in [("pending_repair", &stats.pending_repair), ("host_id", &stats.originating_host_id)] {
        insert(name, uuid.as_ref().map_or(Value::Null, |uuid| hex(uuid)), uuid.is_some());
    }
    let intervals: Value = (stats.commit_log_intervals.intervals().iter())
        .map(|one| json!([one.start.segment_id, one.start.position, one.end.segment_id, one.end.position]))
        .collect();
    insert("commit_log_intervals", intervals, !stats.commit_log_intervals.is_empty());
}

fn hex(bytes: &[u8]) -> Value {
    let mut digits = Vec::new();
    push_hex(bytes, &mut digits);
    Value::from(String::from_utf8_lossy(&digits).into_owned())
}

fn named(name: &[u8], marshal: Value) -> Value {
    let (field, text) = name_field(name, ["name", "name_hex"]);
    json!({ field: text, "type": marshal })
}
