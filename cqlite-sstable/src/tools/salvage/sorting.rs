//! Rows that are right but out of order, brought into order.

use crate::error::{ErrorKind, Result};
use crate::row::{
    ClusteringBuffer, ClusteringKind, DeletionTime, Marker, Row, Unfiltered, UnfilteredPartitions,
};
use crate::writer::builder::{SstableBuilder, Update};

/// Adds all partitions of a source to a builder, whatever order they come in. Where a row or partition comes twice, what
/// is in either of them is merged. Tells how many deletions of ranges were left out, since their ends are out of order too.
///
/// # Errors
/// Those of the source and of the builder.
pub(super) fn add_all(source: &mut impl UnfilteredPartitions, builder: &mut SstableBuilder) -> Result<u64> {
    let (mut key, mut left_out) = (Vec::new(), 0_u64);
    while source.advance_partition()? {
        let partition = source.partition();
        key.clear();
        key.extend_from_slice(partition.key);
        if !partition.deletion.is_live() {
            builder.add(&Update::Partition { key: &key, deletion: partition.deletion })?;
        }
        if partition.static_row.is_some() {
            add_row(&key, source, builder, |source| source.partition().static_row)?;
        }
        let mut open = None;
        while source.advance_unfiltered()? {
            match source.unfiltered() {
                Unfiltered::Row(_) => add_row(&key, source, builder, |source| match source.unfiltered() {
                    Unfiltered::Row(row) => Some(row),
                    Unfiltered::Marker(_) => None,
                })?,
                Unfiltered::Marker(marker) => {
                    left_out = left_out.saturating_add(add_marker(&key, &marker, &mut open, builder)?);
                }
            }
        }
    }
    Ok(left_out)
}

/// Adds the current row, item by item: it need not fit into memory.
fn add_row<S: UnfilteredPartitions>(
    key: &[u8],
    source: &mut S,
    builder: &mut SstableBuilder,
    row: impl for<'s> Fn(&'s S) -> Option<Row<'s>>,
) -> Result<()> {
    if let Some(row) = row(source).filter(|row| row.liveness.is_some() || !row.deletion.is_live()) {
        builder.add(&Update::Row { key, row, items: &[] })?;
    }
    while source.advance_item()? {
        if let Some(row) = row(source) {
            builder.add(&Update::Row { key, row, items: &[source.item()] })?;
        }
    }
    Ok(())
}

/// A range that is open: where it began, and what it deletes.
type OpenRange = (ClusteringKind, ClusteringBuffer, DeletionTime);

/// Adds the range that a marker ends, and notes the one that it begins. Tells how many were left out since their ends are
/// out of order too.
fn add_marker(
    key: &[u8],
    marker: &Marker<'_>,
    open: &mut Option<OpenRange>,
    builder: &mut SstableBuilder,
) -> Result<u64> {
    let Marker { kind, clustering, .. } = *marker;
    let mut left_out = 0;
    let end = if kind.is_end() { Some(kind) } else { kind.close() };
    if let (Some(end), Some((start, values, deletion))) = (end, open.take()) {
        let start = (start, values.as_clustering());
        match builder.add(&Update::Range { key, start, end: (end, clustering), deletion }) {
            Err(error) if error.kind() == ErrorKind::InvalidInput => left_out = 1,
            added => added?,
        }
    }
    let start = if kind.is_start() { Some(kind) } else { kind.open() };
    if let Some(start) = start {
        let mut values = ClusteringBuffer::default();
        values.copy_from(clustering);
        *open = Some((start, values, marker.open_behind()));
    }
    Ok(left_out)
}
