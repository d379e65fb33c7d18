//! Every version of every cell of a partition over all SSTables of a table: which one wins, and why.

mod events;
mod judge;
mod readable;

use std::io::Write;

use serde_json::Value;

pub use self::judge::{Covering, DeletionKind, Judgement, Verdict, judge, latest};

use self::events::Tracer;
use super::text;
use crate::error::{Error, Result};
use crate::merge::{SharedColumns, SideBySide};
use crate::partitioner::Partitioner;
use crate::reader::{Cursor, Slice};
use crate::row::{ClusteringOrder, ClusteringValue};
use crate::schema::ResolvedTable;
use crate::types::parse_string;

pub use super::text::parse_key;

/// An SSTable in which the traced partition was looked for.
pub struct TracedSstable<'a> {
    /// What the trace calls it.
    pub name: String,
    /// At the head of the partition, if it was found.
    pub cursor: Option<Box<Cursor>>,
    /// Its header.
    pub header: &'a crate::component::statistics::SerializationHeader,
}

/// What a trace shows.
#[derive(Debug, Clone)]
pub struct TraceOptions {
    /// The time at which expiry is judged, in seconds since 1970.
    pub now_seconds: i64,
    /// How long the table keeps tombstones.
    pub gc_grace_seconds: i64,
    /// Only rows whose clusterings begin with these values, as text; all if there are none.
    pub clustering: Vec<String>,
    /// Only cells of this column.
    pub column: Option<String>,
    /// One JSON object a line, or indented text.
    pub json: bool,
}

/// Prints every version of everything in the partition at which the cursors stand. `sstables` are all of `table`,
/// in the order of its maps. Memory does not grow with the partition: one cell of each SSTable is looked at
/// at a time.
///
/// # Errors
/// If an option names what the table does not have, if the rows cannot be read, or `out` fails.
pub fn trace(
    table: &ResolvedTable,
    partitioner: &Partitioner,
    key: &[u8],
    sstables: &mut [TracedSstable<'_>],
    options: &TraceOptions,
    out: &mut dyn Write,
) -> Result<()> {
    let headers: Vec<_> = sstables.iter().map(|one| one.header).collect();
    let columns = SharedColumns::new(&headers)?;
    let order = ClusteringOrder::new(table.schema.clustering_types());
    let slice = slice(table, options)?;
    if let Some(column) = &options.column
        && !table.schema.column_names().any(|name| name == column)
        && !table.schema.dropped_columns.iter().any(|dropped| dropped.name == *column)
    {
        return Err(Error::invalid_input(format!("the table has no column {column}")));
    }
    let names: Vec<String> = sstables.iter().map(|one| one.name.clone()).collect();
    let with_key = sstables.iter_mut().enumerate();
    let cursors: Vec<(usize, &mut Cursor)> =
        with_key.filter_map(|(number, one)| Some((number, one.cursor.as_deref_mut()?))).collect();
    let side_by_side = SideBySide::new(&columns, &order, cursors)?;
    let mut emit = |event: &Value| -> Result<()> {
        let written = if options.json { writeln!(out, "{event}") } else { readable::write(event, out) };
        written.map_err(Error::output)
    };
    let tracer = Tracer::new(table, options, &names, side_by_side);
    tracer.run(partitioner, key, slice.as_ref().map(|slice| (slice, &order)), &mut emit)
}

/// For how long the table keeps tombstones: its `gc_grace_seconds`, or Cassandra's default where that is not known.
pub fn gc_grace_seconds(table: &ResolvedTable) -> i64 {
    const DEFAULT_SECONDS: i64 = 864_000;
    let option = table.schema.options.iter().find(|option| option.name.as_str() == "gc_grace_seconds");
    let text = option.map(|option| option.value.to_string());
    text.and_then(|text| text.parse().ok()).unwrap_or(DEFAULT_SECONDS)
}

fn slice(table: &ResolvedTable, options: &TraceOptions) -> Result<Option<Slice>> {
    if options.clustering.is_empty() {
        return Ok(None);
    }
    let columns = &table.schema.clustering;
    if options.clustering.len() > columns.len() {
        return Err(Error::invalid_input(format!(
            "{} clustering values are given, but the table has {} clustering columns",
            options.clustering.len(),
            columns.len()
        )));
    }
    let parse = |(column, text): (&crate::schema::ClusteringColumn, &String)| {
        parse_string(&column.column_type, text).map_err(|error| {
            Error::invalid_input(format!("'{text}' is no value of the column {}: {error}", column.name))
        })
    };
    let values = columns.iter().zip(&options.clustering).map(parse).collect::<Result<Vec<Vec<u8>>>>()?;
    Ok(Some(Slice::of_prefix(values.iter().map(|value| ClusteringValue::Value(value)))))
}
