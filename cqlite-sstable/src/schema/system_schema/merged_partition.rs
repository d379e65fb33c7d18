//! One partition of a schema table, merged over its SSTables.

use std::collections::BTreeMap;
use std::path::Path;

use super::schema_row::SchemaRow;
use crate::component::statistics::HeaderColumn;
use crate::error::{Error, Result};
use crate::row::{
    Cell, Clustering, ClusteringKind, DeletionTime, Marker, RowItem, Unfiltered, UnfilteredPartitions,
};

/// The values of a clustering, all of them text.
type Values = Vec<Vec<u8>>;

/// Rows, deletions and range tombstones of one partition, as newest of all SSTables added so far.
///
/// Schema tables are small and have no collections of many cells, no TTLs and only text in the clusterings that ranges
/// are deleted by, all ascending: that makes this merge simple, and good for nothing else.
#[derive(Debug)]
pub(super) struct MergedPartition {
    now_seconds: i64,
    deletion: Option<DeletionTime>,
    ranges: Vec<DeletedRange>,
    rows: BTreeMap<Values, MergedRow>,
}

#[derive(Debug, Default)]
struct MergedRow {
    deletion: Option<DeletionTime>,
    liveness_timestamp: Option<i64>,
    cells: BTreeMap<String, MergedCell>,
}

/// Ordered by which one wins: the newer, at equal times a tombstone, then the greater value.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct MergedCell {
    timestamp: i64,
    is_tombstone: bool,
    value: Vec<u8>,
}

/// What a range tombstone deletes.
#[derive(Debug)]
struct DeletedRange {
    start: (Values, ClusteringKind),
    end: (Values, ClusteringKind),
    deletion: DeletionTime,
}

impl MergedPartition {
    /// Nothing. What expires is there until `now_seconds`.
    pub(super) fn at(now_seconds: i64) -> Self {
        Self { now_seconds, deletion: None, ranges: Vec::new(), rows: BTreeMap::new() }
    }

    /// Adds the partition that `cursor` stands on, whose cells name `columns`; only rows whose clustering begins with
    /// `table`, if one is named.
    pub(super) fn add(
        &mut self,
        cursor: &mut impl UnfilteredPartitions,
        columns: &[HeaderColumn],
        table: Option<&[u8]>,
    ) -> Result<()> {
        self.deletion = self.deletion.max(Some(cursor.partition().deletion));
        let mut open: Option<((Values, ClusteringKind), DeletionTime)> = None;
        while cursor.advance_unfiltered()? {
            let row = match cursor.unfiltered() {
                Unfiltered::Row(row) => row,
                Unfiltered::Marker(marker) => {
                    self.add_marker(&marker, &mut open);
                    continue;
                }
            };
            let values = owned(row.clustering);
            if table.is_some_and(|table| values.first().is_none_or(|first| first != table)) {
                continue;
            }
            let merged = self.rows.entry(values).or_default();
            merged.deletion = merged.deletion.max(Some(row.deletion));
            let live = row.liveness.filter(|liveness| liveness.is_live(self.now_seconds));
            merged.liveness_timestamp =
                merged.liveness_timestamp.max(live.map(|liveness| liveness.timestamp));
            while cursor.advance_item()? {
                match cursor.item() {
                    RowItem::Cell(cell) => merged.add_cell(&cell, columns, self.now_seconds)?,
                    RowItem::ComplexDeletion { .. } => return Err(unexpected()),
                }
            }
        }
        Ok(())
    }

    fn add_marker(
        &mut self,
        marker: &Marker<'_>,
        open: &mut Option<((Values, ClusteringKind), DeletionTime)>,
    ) {
        let values = || owned(marker.clustering);
        let kind = marker.kind;
        if !kind.is_start()
            && let Some((start, deletion)) = open.take()
        {
            let end = (values(), kind.close().unwrap_or(kind));
            self.ranges.push(DeletedRange { start, end, deletion });
        }
        if kind.is_start() {
            *open = Some(((values(), kind), marker.deletion));
        } else if let (Some(kind), Some(deletion)) = (kind.open(), marker.opened) {
            *open = Some(((values(), kind), deletion));
        }
    }

    /// The rows that are not deleted, with their live cells.
    pub(super) fn into_live_rows(self, directory: &Path) -> Vec<SchemaRow> {
        let Self { deletion: partition, ranges, rows, .. } = self;
        let mut live = Vec::new();
        for (clustering, row) in rows {
            let covering =
                ranges.iter().filter(|range| range.contains(&clustering)).map(|range| range.deletion);
            let deletion = covering.max().max(partition).max(row.deletion).unwrap_or(DeletionTime::LIVE);
            let cells: BTreeMap<_, _> = row
                .cells
                .into_iter()
                .filter(|(_, cell)| !cell.is_tombstone && !deletion.deletes(cell.timestamp))
                .map(|(name, cell)| (name, cell.value))
                .collect();
            let is_live = row.liveness_timestamp.is_some_and(|timestamp| !deletion.deletes(timestamp));
            if is_live || !cells.is_empty() {
                live.push(SchemaRow::new(directory, clustering, cells));
            }
        }
        live
    }
}

impl MergedRow {
    fn add_cell(&mut self, cell: &Cell<'_>, columns: &[HeaderColumn], now_seconds: i64) -> Result<()> {
        let column = columns.get(cell.column).filter(|_| cell.path.is_none());
        let name = column.ok_or_else(unexpected)?.name_text().into_owned();
        let cell = MergedCell {
            timestamp: cell.timestamp,
            is_tombstone: !cell.is_live(now_seconds),
            value: cell.value.to_vec(),
        };
        match self.cells.get_mut(&name) {
            Some(known) if *known >= cell => {}
            Some(known) => *known = cell,
            None => {
                self.cells.insert(name, cell);
            }
        }
        Ok(())
    }
}

impl DeletedRange {
    fn contains(&self, clustering: &[Vec<u8>]) -> bool {
        // A bound is compared by the values it has; rows that begin with them are on its inclusive side.
        let place = |(bound, kind): &(Values, ClusteringKind)| {
            let common = clustering.get(..bound.len()).unwrap_or(clustering);
            (common.cmp(bound.as_slice()), kind.is_inclusive())
        };
        let (start, includes_start) = place(&self.start);
        let (end, includes_end) = place(&self.end);
        (start.is_gt() || (start.is_eq() && includes_start)) && (end.is_lt() || (end.is_eq() && includes_end))
    }
}

fn owned(clustering: Clustering<'_>) -> Values {
    clustering.iter().map(|value| value.bytes().unwrap_or_default().to_vec()).collect()
}

fn unexpected() -> Error {
    Error::unsupported("a table of system_schema has a column of many cells, or static columns")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIRECTORY: &str = "system_schema/columns";

    fn deleted_at(timestamp: i64) -> DeletionTime {
        DeletionTime::build(timestamp, 1)
    }

    fn key(values: &[&str]) -> Values {
        values.iter().map(|value| value.as_bytes().to_vec()).collect()
    }

    fn cell(timestamp: i64, value: Option<&str>) -> MergedCell {
        MergedCell {
            timestamp,
            is_tombstone: value.is_none(),
            value: value.unwrap_or_default().as_bytes().to_vec(),
        }
    }

    fn with_row(cell: MergedCell) -> MergedPartition {
        let row = MergedRow { cells: BTreeMap::from([("type".to_owned(), cell)]), ..MergedRow::default() };
        MergedPartition { rows: BTreeMap::from([(key(&["t", "c"]), row)]), ..MergedPartition::at(0) }
    }

    fn is_visible(merged: MergedPartition) -> bool {
        !merged.into_live_rows(Path::new(DIRECTORY)).is_empty()
    }

    #[test]
    fn what_is_as_old_as_a_deletion_of_row_range_or_partition_is_gone() {
        for (deleted, visible) in [(9, true), (10, false), (11, false)] {
            let mut of_partition = with_row(cell(10, Some("int")));
            of_partition.deletion = Some(deleted_at(deleted));
            assert_eq!(is_visible(of_partition), visible);

            let mut of_row = with_row(cell(10, Some("int")));
            of_row.rows.values_mut().for_each(|row| row.deletion = Some(deleted_at(deleted)));
            assert_eq!(is_visible(of_row), visible);

            let mut of_range = with_row(cell(10, Some("int")));
            let bound = |kind| (key(&["t"]), kind);
            of_range.ranges.push(DeletedRange {
                start: bound(ClusteringKind::InclStartBound),
                end: bound(ClusteringKind::InclEndBound),
                deletion: deleted_at(deleted),
            });
            assert_eq!(is_visible(of_range), visible);
        }
    }

    #[test]
    fn a_range_covers_what_lies_between_its_bounds() {
        use ClusteringKind::{ExclEndBound, ExclStartBound, InclEndBound, InclStartBound};
        let contains = |start: &[&str], start_kind, end: &[&str], end_kind| {
            let (start, end) = ((key(start), start_kind), (key(end), end_kind));
            DeletedRange { start, end, deletion: deleted_at(1) }.contains(&key(&["t", "c"]))
        };
        assert!(contains(&[], InclStartBound, &[], InclEndBound));
        assert!(contains(&["t", "c"], InclStartBound, &["t", "c"], InclEndBound));
        assert!(!contains(&["t", "c"], ExclStartBound, &["t"], InclEndBound));
        assert!(!contains(&["t"], InclStartBound, &["t", "c"], ExclEndBound));
        assert!(!contains(&["t"], ExclStartBound, &["u"], InclEndBound));
        assert!(contains(&["s"], ExclStartBound, &["t", "d"], ExclEndBound));
    }

    #[test]
    fn a_newer_cell_wins_and_at_one_time_a_tombstone_then_the_greater_value() {
        assert!(cell(2, Some("a")) > cell(1, None));
        assert!(cell(1, None) > cell(1, Some("z")));
        assert!(cell(1, Some("b")) > cell(1, Some("a")));
    }

    #[test]
    fn a_row_of_liveness_alone_is_there() {
        let row = MergedRow { liveness_timestamp: Some(5), ..MergedRow::default() };
        let merged = MergedPartition { rows: BTreeMap::from([(key(&["t"]), row)]), ..MergedPartition::at(0) };
        assert!(is_visible(merged));
    }
}
