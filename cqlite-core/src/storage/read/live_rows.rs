//! What is live of rows that were merged.

use cqlite_sstable::Result;
use cqlite_sstable::row::{Cell, DeletionTime, Liveness, Row, RowItem, Unfiltered, UnfilteredPartitions};

use super::cell_buffer::CellBuffer;
use super::column_map::ColumnMap;
use super::row_buffers::RowBuffers;
use super::{Cells, ReadCommand, ReadPartition, ReadRow, RowSink};
use crate::storage::mutation::TableLayout;
use crate::storage::store::Store;

/// Why no more rows of a partition come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// There are none.
    Rows,
    /// As many of the partition came as were wanted.
    Partition,
    /// As many came as were wanted, or who takes them has enough.
    All,
}

/// Gives to a sink what is live of a source, up to limits.
pub(super) struct LiveRows<'s> {
    sink: &'s mut dyn RowSink,
    /// The time by which expiry is judged, once it was asked for.
    now_seconds: Option<i64>,
    store: &'s Store,
    /// Of static and regular columns, which are wanted; all if it is not said. None is behind the last flag.
    wanted: [Option<Vec<bool>>; 2],
    needs_liveness: bool,
    pub(super) remaining: Option<u64>,
    pub(super) remaining_on_page: Option<u64>,
    partition_limit: Option<u64>,
    pub(super) remaining_in_partition: Option<u64>,
    /// The partition, and the row that was given last.
    pub(super) row: RowBuffers,
    /// The partition was given to the sink.
    is_given: bool,
    /// The sink has enough with the next row of the partition, or its static row.
    is_full: bool,
    /// A row was given to the sink.
    has_row: bool,
}

impl<'s> LiveRows<'s> {
    pub(super) fn new(
        sink: &'s mut dyn RowSink,
        command: &ReadCommand,
        store: &'s Store,
        layout: &TableLayout,
    ) -> Self {
        let wanted = match &command.columns {
            None => [None, None],
            Some(columns) => columns.each_ref().map(|places| Some(flags(places))),
        };
        let resumed = command.resume.as_ref();
        Self {
            sink,
            now_seconds: command.now_seconds,
            store,
            wanted,
            needs_liveness: layout.enforces_strict_liveness(),
            remaining: resumed.map_or(command.limit, |state| state.remaining),
            remaining_on_page: command.page_rows,
            partition_limit: command.partition_limit,
            remaining_in_partition: command.partition_limit,
            row: RowBuffers::lend(),
            is_given: false,
            is_full: false,
            has_row: false,
        }
    }

    /// The time by which expiry is judged.
    pub(super) fn now_seconds(&mut self) -> i64 {
        *self.now_seconds.get_or_insert_with(|| self.store.now_seconds())
    }

    /// Whether as much was given as is wanted on all pages together.
    pub(super) fn has_ended(&self) -> bool {
        self.remaining == Some(0)
    }

    /// How many more rows can be given now; none if that is not limited.
    pub(super) fn wanted(&self) -> Option<u64> {
        let limits = [self.remaining, self.remaining_on_page, self.remaining_in_partition];
        limits.into_iter().flatten().min()
    }

    /// What comes behind something that was given.
    fn ended(&self) -> Ended {
        if self.is_full || self.has_ended() || self.remaining_on_page == Some(0) {
            Ended::All
        } else if self.remaining_in_partition == Some(0) {
            Ended::Partition
        } else {
            Ended::Rows
        }
    }

    /// Whether a row of the current partition was given.
    pub(super) fn has_row(&self) -> bool {
        self.has_row
    }

    /// Begins a partition. Where an earlier read ended in it, `left` tells how many of its rows are still wanted.
    pub(super) fn begin(&mut self, key: &[u8], left: Option<Option<u64>>) {
        self.row.key.clear();
        self.row.key.extend_from_slice(key);
        (self.is_given, self.has_row) = (false, left.is_some());
        self.remaining_in_partition = left.unwrap_or(self.partition_limit);
        self.row.statics.clear();
    }

    /// Takes in the static row at the head of the partition at which a source stands.
    pub(super) fn statics(&mut self, source: &mut impl UnfilteredPartitions, map: &ColumnMap) -> Result<()> {
        let partition = source.partition();
        let Some(row) = partition.static_row else { return Ok(()) };
        let active = partition.deletion.max(deletion_of(&row));
        self.row.statics.clear();
        let now_seconds = self.now_seconds();
        let wanted = self.wanted[0].as_deref();
        collect(source, (map, true, false), wanted, active, now_seconds, &mut self.row.statics)?;
        Ok(())
    }

    /// Gives the rows of the partition at which a source stands.
    pub(super) fn rows(&mut self, source: &mut impl UnfilteredPartitions, map: &ColumnMap) -> Result<Ended> {
        let partition = source.partition().deletion;
        let now_seconds = self.now_seconds();
        let mut open = DeletionTime::LIVE;
        while source.advance_unfiltered()? {
            let row = match source.unfiltered() {
                Unfiltered::Marker(marker) => {
                    open = marker.open_behind();
                    continue;
                }
                Unfiltered::Row(row) => row,
            };
            let active = partition.max(open).max(deletion_of(&row));
            let liveness =
                row.liveness.filter(|one| !active.deletes(one.timestamp) && one.is_live(now_seconds));
            self.row.clustering.copy_from(row.clustering);
            self.row.cells.clear();
            let wanted = self.wanted[1].as_deref();
            // Cells that nobody wants are looked at only where they tell whether there is a row.
            let has_cells = if liveness.is_some() && wanted.is_some_and(<[bool]>::is_empty) {
                true
            } else {
                let of = (map, false, liveness.is_some());
                collect(source, of, wanted, active, now_seconds, &mut self.row.cells)?
            };
            if liveness.is_none() && (self.needs_liveness || !has_cells) {
                continue;
            }
            match self.give_row(liveness)? {
                Ended::Rows => {}
                ended => return Ok(ended),
            }
        }
        Ok(Ended::Rows)
    }

    fn give_row(&mut self, liveness: Option<Liveness>) -> Result<Ended> {
        if self.remaining_in_partition == Some(0) {
            return Ok(Ended::Partition);
        }
        self.give_partition()?;
        self.has_row = true;
        let cells = Cells::of(&self.row.cells, 0..self.row.cells.len());
        let flow =
            self.sink.row(&ReadRow { clustering: self.row.clustering.as_clustering(), liveness, cells })?;
        self.is_full |= flow.is_break();
        self.count();
        Ok(self.ended())
    }

    /// Gives a row that was kept.
    pub(super) fn give_kept(&mut self, row: &ReadRow<'_>) -> Result<Ended> {
        self.row.clustering.copy_from(row.clustering);
        self.row.cells.clear();
        row.cells.iter().for_each(|cell| self.row.cells.push(&cell));
        self.give_row(row.liveness)
    }

    fn count(&mut self) {
        for limit in [&mut self.remaining, &mut self.remaining_on_page, &mut self.remaining_in_partition] {
            *limit = limit.map(|rows| rows.saturating_sub(1));
        }
    }

    fn give_partition(&mut self) -> Result<()> {
        if self.is_given {
            return Ok(());
        }
        self.is_given = true;
        let static_cells = Cells::of(&self.row.statics, 0..self.row.statics.len());
        self.is_full |= self.sink.partition(&ReadPartition { key: &self.row.key, static_cells })?.is_break();
        Ok(())
    }

    /// Ends a partition. If it has a static row alone, that is given; it counts as a row.
    pub(super) fn end(&mut self, is_all: bool) -> Result<Ended> {
        if self.has_row || !is_all || self.row.statics.len() == 0 {
            return Ok(Ended::Rows);
        }
        let static_cells = Cells::of(&self.row.statics, 0..self.row.statics.len());
        let partition = ReadPartition { key: &self.row.key, static_cells };
        self.is_given = true;
        self.is_full |= self.sink.statics_alone(&partition)?.is_break();
        self.count();
        Ok(self.ended())
    }
}

impl Drop for LiveRows<'_> {
    fn drop(&mut self) {
        self.row.give_back();
    }
}

fn flags(places: &[usize]) -> Vec<bool> {
    let mut flags = vec![false; places.iter().max().map_or(0, |last| last.saturating_add(1))];
    for place in places {
        if let Some(flag) = flags.get_mut(*place) {
            *flag = true;
        }
    }
    flags
}

/// The deletion of a row that counts: a shadowable one does unless later liveness takes it away.
fn deletion_of(row: &Row<'_>) -> DeletionTime {
    let shadowable = row.shadowable_deletion;
    let is_taken_away = row.liveness.is_some_and(|liveness| !shadowable.deletes(liveness.timestamp));
    if is_taken_away { row.deletion } else { row.deletion.max(shadowable) }
}

/// Keeps the live cells of a row that are wanted. Whether there is any live cell, which is not looked for behind the last wanted
/// column if the row is there anyway.
#[inline]
fn collect(
    source: &mut impl UnfilteredPartitions,
    (map, is_static, is_there): (&ColumnMap, bool, bool),
    wanted: Option<&[bool]>,
    active: DeletionTime,
    now_seconds: i64,
    cells: &mut CellBuffer,
) -> Result<bool> {
    let mut has_live = false;
    let mut complex: Option<(usize, DeletionTime)> = None;
    while source.advance_item()? {
        let cell = match source.item() {
            RowItem::ComplexDeletion { column, deletion } => {
                complex = Some((column, deletion));
                continue;
            }
            RowItem::Cell(cell) => cell,
        };
        let is_deleted = active.deletes(cell.timestamp)
            || complex
                .is_some_and(|(column, deletion)| column == cell.column && deletion.deletes(cell.timestamp));
        if is_deleted || !cell.is_live(now_seconds) {
            continue;
        }
        let Some(column) = map.place(is_static, &cell) else { continue };
        if is_there && wanted.is_some_and(|wanted| column >= wanted.len()) {
            return Ok(true);
        }
        has_live = true;
        if wanted.is_none_or(|wanted| wanted.get(column).copied().unwrap_or(false)) {
            cells.push(&Cell { column, ..cell });
        }
    }
    Ok(has_live)
}
