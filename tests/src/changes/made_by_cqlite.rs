//! Changes as mutations.

use std::sync::Arc;

use cqlite_core::{
    Database,
    catalog::Table,
    storage::mutation::{Batch, Mutation, PartitionUpdateBuilder},
};
use cqlite_sstable::row::{
    Cell, ClusteringBuffer, ClusteringKind, ClusteringValue, DeletionTime, Liveness, NO_DELETION_TIME, Row,
    RowItem,
};
use cqlite_sstable::{Error, Result};

use super::{Change, Kind, NewValue, TimeToLive};
use crate::catalogued::now_seconds;

/// About four years.
const LONG_SECONDS: i32 = 130_000_000;
const OVER_SECONDS: i32 = 100;

/// Makes changes of a table, some of them in batches.
///
/// # Errors
/// If one is refused.
pub fn change_all(
    db: &Database,
    table: &Arc<Table>,
    changes: impl IntoIterator<Item = Change>,
) -> Result<()> {
    let mut pending = Batch::new();
    for (number, change) in changes.into_iter().enumerate() {
        if let Kind::Count { clustering, column, delta } = &change.kind {
            let key = partition_key(&change.key);
            let clustering: Vec<_> = clustering.iter().map(|value| ClusteringValue::Value(value)).collect();
            db.add_to_counter(table, &key, &clustering, *column, *delta)?;
            continue;
        }
        if let Some(mutation) = mutation(db, table, &change)? {
            pending.push(mutation);
        }
        // Of every length up to five.
        if number % 7 != 1 && number % 5 != 2 {
            db.submit(&std::mem::take(&mut pending))?.wait()?;
        }
    }
    db.submit(&pending)?.wait()
}

/// A batch of changes, each of a table of its own, none of which counts.
///
/// # Errors
/// If one is refused.
pub fn batch<'a>(
    db: &Database,
    changes: impl IntoIterator<Item = (&'a Arc<Table>, Change)>,
) -> Result<Batch> {
    let mut batch = Batch::new();
    for (table, change) in changes {
        if let Some(mutation) = mutation(db, table, &change)? {
            batch.push(mutation);
        }
    }
    Ok(batch)
}

/// The serialized partition key of these values.
pub fn partition_key(values: &[Vec<u8>]) -> Vec<u8> {
    match values {
        [value] => value.clone(),
        _ => values
            .iter()
            .flat_map(|value| [&(value.len() as u16).to_be_bytes()[..], value, &[0]].concat())
            .collect(),
    }
}

/// The mutation of a change that is no count; none if it changes nothing.
fn mutation(db: &Database, table: &Table, change: &Change) -> Result<Option<Mutation>> {
    let timestamp = change.micros.unwrap_or_else(|| db.next_timestamp());
    let writing = Writing::new(timestamp, change.time_to_live);
    let mut update = PartitionUpdateBuilder::new(table.layout(), &partition_key(&change.key));
    let deletion = DeletionTime::build(timestamp, now_seconds());
    let none = ClusteringBuffer::default();
    match &change.kind {
        Kind::Row { clustering, values, is_insert } => {
            let clustering = buffer(clustering);
            let liveness = is_insert.then(|| writing.liveness());
            if liveness.is_none() && values.is_empty() {
                return Ok(None);
            }
            update.row(&Row { liveness, ..row(&clustering, false) }, &writing.items(values))?;
        }
        Kind::Statics(values) if values.is_empty() => return Ok(None),
        Kind::Statics(values) => update.row(&row(&none, true), &writing.items(values))?,
        Kind::DeleteRow(clustering) => {
            let clustering = buffer(clustering);
            update.row(&Row { deletion, ..row(&clustering, false) }, &[])?;
        }
        Kind::DeletePartition => update.delete_partition(deletion)?,
        Kind::DeleteRange { prefix, start, end } => {
            let (from, to) = (bound(prefix, start.as_ref()), bound(prefix, end.as_ref()));
            let from_kind = match start {
                Some((_, false)) => ClusteringKind::ExclStartBound,
                _ => ClusteringKind::InclStartBound,
            };
            let to_kind = match end {
                Some((_, false)) => ClusteringKind::ExclEndBound,
                _ => ClusteringKind::InclEndBound,
            };
            let (from, to) = ((from_kind, from.as_clustering()), (to_kind, to.as_clustering()));
            if table.layout().order().slice_is_empty(from, to) {
                return Ok(None);
            }
            update.delete_range(from, to, deletion)?;
        }
        Kind::Count { .. } => return Err(Error::invalid_input("a count is no part of a batch")),
    }
    update.build().map(Some)
}

fn buffer(values: &[Vec<u8>]) -> ClusteringBuffer {
    let mut buffer = ClusteringBuffer::default();
    values.iter().for_each(|value| buffer.push(ClusteringValue::Value(value)));
    buffer
}

fn bound(prefix: &[Vec<u8>], last: Option<&(Vec<u8>, bool)>) -> ClusteringBuffer {
    let mut values = prefix.to_vec();
    values.extend(last.map(|(value, _)| value.clone()));
    buffer(&values)
}

fn row(clustering: &ClusteringBuffer, is_static: bool) -> Row<'_> {
    Row {
        is_static,
        clustering: clustering.as_clustering(),
        liveness: None,
        deletion: DeletionTime::LIVE,
        shadowable_deletion: DeletionTime::LIVE,
    }
}

/// The times of what is written.
struct Writing {
    timestamp: i64,
    now_seconds: i64,
    ttl_seconds: i32,
    expires_at_seconds: i64,
}

impl Writing {
    fn new(timestamp: i64, time_to_live: TimeToLive) -> Self {
        let now_seconds = now_seconds();
        let (ttl_seconds, expires_at_seconds) = match time_to_live {
            TimeToLive::Endless => (0, NO_DELETION_TIME),
            TimeToLive::Long => (LONG_SECONDS, now_seconds + i64::from(LONG_SECONDS)),
            TimeToLive::Over => (OVER_SECONDS, now_seconds - 1),
        };
        Self { timestamp, now_seconds, ttl_seconds, expires_at_seconds }
    }

    fn liveness(&self) -> Liveness {
        Liveness {
            timestamp: self.timestamp,
            ttl_seconds: self.ttl_seconds,
            expires_at_seconds: self.expires_at_seconds,
        }
    }

    fn items<'v>(&self, values: &'v [(usize, NewValue)]) -> Vec<RowItem<'v>> {
        let mut items = Vec::new();
        for (column, value) in values {
            let column = *column;
            let deletion = DeletionTime::build(self.timestamp, self.now_seconds);
            let before = DeletionTime { marked_for_delete_at: self.timestamp - 1, ..deletion };
            match value {
                NewValue::Null => items.push(self.cell(column, None, None)),
                NewValue::Whole(value) => items.push(self.cell(column, None, Some(value))),
                NewValue::Replaced(elements) => {
                    items.push(RowItem::ComplexDeletion { column, deletion: before });
                    items.extend(
                        elements.iter().map(|(path, value)| self.cell(column, Some(path), Some(value))),
                    );
                }
                NewValue::Added(elements) => {
                    items.extend(
                        elements.iter().map(|(path, value)| self.cell(column, Some(path), Some(value))),
                    );
                }
                NewValue::Removed(paths) => {
                    items.extend(paths.iter().map(|path| self.cell(column, Some(path), None)));
                }
            }
        }
        items
    }

    fn cell<'v>(&self, column: usize, path: Option<&'v [u8]>, value: Option<&'v [u8]>) -> RowItem<'v> {
        let (ttl_seconds, local_deletion_time_seconds) = match value {
            Some(_) => (self.ttl_seconds, self.expires_at_seconds),
            None => (0, self.now_seconds),
        };
        let value = value.unwrap_or_default();
        RowItem::Cell(Cell {
            column,
            timestamp: self.timestamp,
            ttl_seconds,
            local_deletion_time_seconds,
            path,
            value,
        })
    }
}
