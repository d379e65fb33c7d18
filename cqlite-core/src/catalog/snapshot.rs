//! What a snapshot has beside SSTables.

use cqlite_sstable::schema::write_snapshot_cql;
use cqlite_sstable::types::{JsonStyle, TimeUnit, write_instant};

use super::Table;

/// The text of a snapshot's `manifest.json` (`service.snapshot.SnapshotManifest`): the names of the files Data.db, and
/// the time of the snapshot in milliseconds since 1970.
///
/// # Example
/// ```
/// use cqlite_core::catalog::snapshot_manifest;
/// let manifest = snapshot_manifest(&["nb-1-big-Data.db", "nb-2-big-Data.db"], 1_700_000_000_123);
/// assert_eq!(
///     manifest,
///     "{\n  \"files\" : [ \"nb-1-big-Data.db\", \"nb-2-big-Data.db\" ],\n  \"created_at\" : \"2023-11-14T22:13:20.123Z\",\n  \
///      \"expires_at\" : null,\n  \"ephemeral\" : false\n}"
/// );
/// ```
pub fn snapshot_manifest<N: AsRef<str>>(data_files: &[N], created_at_millis: i64) -> String {
    let names: Vec<String> = data_files.iter().map(|name| format!("\"{}\"", name.as_ref())).collect();
    let files = if names.is_empty() { "[ ]".to_owned() } else { format!("[ {} ]", names.join(", ")) };
    let mut created_at = Vec::new();
    let micros = created_at_millis.saturating_mul(1000);
    write_instant(micros, TimeUnit::Microseconds, JsonStyle::Corrected, &mut created_at);
    let created_at = String::from_utf8_lossy(&created_at);
    format!(
        "{{\n  \"files\" : {files},\n  \"created_at\" : \"{created_at}\",\n  \"expires_at\" : null,\n  \"ephemeral\" : \
         false\n}}"
    )
}

/// The text of a snapshot's `schema.cql`: the statements that make the table's types, the table with its id and all of
/// its parameters, and its indexes. Tables of Cassandra's own have none.
pub fn snapshot_schema(table: &Table) -> String {
    write_snapshot_cql(table.schema())
}
