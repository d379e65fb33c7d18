//! A batch of statements that write one row each.

use std::ops::Range;
use std::sync::Arc;

use cqlite_sstable::row::ClusteringBuffer;

use super::modification::PreparedModification;
use super::operand::Inputs;
use super::row_writer::RowWriter;
use crate::database::Database;
use crate::query::QueryResult;
use crate::storage::TableId;
use crate::storage::mutation::{Batch, PartitionUpdateBuilder};

/// Where the row of a statement belongs.
struct Place {
    table: TableId,
    /// Its bytes among those of all keys.
    key: Range<usize>,
    /// The number of the statement.
    statement: usize,
}

/// The updates of statements of which each writes one row that its values tell ([`PreparedModification::writes_planned_row`]): one for each
/// partition, made by one builder after the other.
///
/// # Errors
/// If a value cannot be written; which one, of several, is not that of the first statement.
pub(super) fn updates_of_planned_rows(
    db: &Database,
    statements: &[(&PreparedModification, Inputs<'_>)],
    now: i64,
) -> QueryResult<Batch> {
    let (mut keys, mut key) = (Vec::new(), Vec::new());
    let mut places = Vec::with_capacity(statements.len());
    for (number, (statement, inputs)) in statements.iter().enumerate() {
        let Some(plan) = statement.target.plan() else { continue };
        plan.write_key(inputs, &mut key)?;
        let start = keys.len();
        keys.extend_from_slice(&key);
        places.push(Place { table: statement.table().id(), key: start..keys.len(), statement: number });
    }
    let key_of = |place: &Place| keys.get(place.key.clone()).unwrap_or_default();
    // The sort is stable: statements of a partition stay in their order.
    places.sort_by(|a, b| (a.table, key_of(a)).cmp(&(b.table, key_of(b))));
    let mut batch = Batch::new();
    let mut builder: Option<PartitionUpdateBuilder> = None;
    let (mut additions, mut clustering) = (Vec::new(), ClusteringBuffer::default());
    for rows in places.chunk_by(|a, b| (a.table, key_of(a)) == (b.table, key_of(b))) {
        let mut rows =
            rows.iter().filter_map(|place| Some((place, statements.get(place.statement)?))).peekable();
        let Some((place, (first, _))) = rows.peek() else { continue };
        let (layout, key) = (first.table().layout(), key_of(place));
        let builder = match builder.take() {
            Some(mut same) if Arc::ptr_eq(same.layout(), layout) => {
                same.restart(key);
                builder.insert(same)
            }
            _ => builder.insert(PartitionUpdateBuilder::new(layout, key)),
        };
        for (_, (statement, inputs)) in rows {
            let Some(plan) = statement.target.plan() else { continue };
            plan.write_clustering(inputs, &mut clustering)?;
            let timestamp = statement.attributes.stated_timestamp(&inputs.bindings)?.unwrap_or(now);
            let times = statement.times(db, &inputs.bindings, timestamp)?;
            let mut writer = RowWriter::new(builder, &mut additions, times, None);
            statement.write_row(&clustering, inputs, &mut writer)?;
        }
        batch.push(builder.build()?);
    }
    Ok(batch)
}
