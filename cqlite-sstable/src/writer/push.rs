//! Pushing partitions, rows, markers and cells into the writer of an SSTable.

use super::SstableWriter;
use super::partition::OpenPartition;
use super::row_columns::{RowError, WriteError};
use crate::component::Component;
use crate::encoding::{
    ColumnSet, EncodeError, RowHead, write_deletion_time, write_end_of_partition, write_marker,
    write_short_prefixed,
};
use crate::error::{Error, Result};
use crate::row::{
    Cell, ClusteringBuffer, ClusteringKind, ClusteringPrefix, DeletionTime, Marker, NO_DELETION_TIME, Row,
};

impl SstableWriter {
    /// Begins a partition. It is left out if it has no deletion and nothing comes before its end.
    ///
    /// # Errors
    /// If the key is empty or too long, or does not come behind the last one, or the version cannot hold the deletion.
    pub fn start_partition(&mut self, key: &[u8], deletion: DeletionTime) -> Result<()> {
        if self.partition.deletion.is_some() {
            return Err(self.refused(EncodeError::Refused("a partition begins within another one")));
        }
        let key_hash = self.keys.advance(key).map_err(|error| error.at(self.files.path(Component::Data)))?;
        self.rows.start();
        let deletion = self.converter.partition_deletion(&self.layout.deltas, deletion);
        let deletion = deletion.map_err(|error| self.in_partition(error))?;
        let start = self.data.position();
        self.partition = OpenPartition {
            deletion: Some(deletion),
            key_hash,
            start,
            last_start: start,
            ..OpenPartition::default()
        };
        if deletion.is_live() { Ok(()) } else { self.write_partition_head() }
    }

    fn write_partition_head(&mut self) -> Result<()> {
        let Some(deletion) = self.partition.deletion else {
            return Err(Error::invalid_input("a row or marker comes outside of a partition"));
        };
        if self.partition.is_started {
            return Ok(());
        }
        let key = self.keys.key();
        self.front.clear();
        let unsigned = self.layout.deltas.unsigned_deletion_times;
        let encoded = write_short_prefixed(key, &mut self.front).map_err(Error::from);
        let encoded = encoded.and_then(|()| write_deletion_time(deletion, unsigned, &mut self.front));
        encoded.map_err(|error| self.in_partition(error))?;
        self.partition.is_started = true;
        self.index.start_partition(key, self.partition.start)?;
        self.collector.start_partition(key, deletion);
        self.filter.add(self.partition.key_hash);
        self.data.write(&self.front)
    }

    /// Begins a row, or the static row, which comes first in a partition. Its cells follow.
    ///
    /// # Errors
    /// If none can be here, or the version cannot hold its times.
    #[inline]
    pub fn start_row(&mut self, row: &Row<'_>) -> Result<()> {
        let OpenPartition { deletion, has_static_row, has_rows, .. } = self.partition;
        if self.row.is_open || deletion.is_none() {
            return Err(self.refused(EncodeError::Refused(
                "a row begins within another one, or outside of a partition",
            )));
        }
        if row.is_static && (has_static_row || has_rows || self.layout.statics.is_empty()) {
            return Err(self.refused(EncodeError::Refused("a static row comes where none can be")));
        }
        let row = self.converter.row(&self.layout.deltas, row).map_err(|error| self.in_partition(error))?;
        self.row.set(&row);
        let started = self.columns.start(row.is_static, row.liveness, &self.layout);
        started.map_err(|error| self.spill_failed(error))?;
        if self.row.is_bare { Ok(()) } else { self.collect_row() }
    }

    /// The row turns out to have something in it.
    fn collect_row(&mut self) -> Result<()> {
        if !self.row.is_open {
            return Err(self.refused(EncodeError::Refused("a cell comes outside of a row")));
        }
        self.write_partition_head()?;
        self.row.is_bare = false;
        self.collector.row(&self.row.as_row());
        Ok(())
    }

    /// Adds the deletion of a collection or user-defined type, in front of its cells.
    ///
    /// # Errors
    /// If the column is none that is complex or comes behind those before it, or the version cannot hold the time.
    pub fn complex_deletion(&mut self, column: usize, deletion: DeletionTime) -> Result<()> {
        if self.row.is_bare || !self.row.is_open {
            self.collect_row()?;
        }
        let converted = self.converter.deletion(&self.layout.deltas, deletion);
        let deletion = converted.map_err(|error| self.in_partition(error))?;
        let added = self.columns.complex_deletion(column, deletion, &self.layout);
        added.map_err(|error| self.row_failed(error))?;
        self.collector.complex_deletion(deletion);
        Ok(())
    }

    /// Adds a cell to the row.
    ///
    /// # Errors
    /// If its column does not come behind those before it, its value or path does not fit the column's type, or the
    /// version cannot hold its times.
    #[inline]
    pub fn cell(&mut self, cell: &Cell<'_>) -> Result<()> {
        if self.row.is_bare || !self.row.is_open {
            self.collect_row()?;
        }
        if cell.local_deletion_time_seconds == NO_DELETION_TIME {
            return self.add_cell(cell);
        }
        let dying = self.converter.dying_cell(&self.layout.deltas, cell);
        self.add_cell(&dying.map_err(|error| self.in_partition(error))?)
    }

    #[inline]
    fn add_cell(&mut self, cell: &Cell<'_>) -> Result<()> {
        self.collector.cell(cell);
        self.columns.cell(cell, &self.layout).map_err(|error| self.row_failed(error))
    }

    /// Ends the row. One that says nothing is left out; a static row is then an empty one.
    ///
    /// # Errors
    /// If it does not come behind the last row or marker, its clustering does not fit the columns, and failed writes.
    #[inline]
    pub fn end_row(&mut self) -> Result<()> {
        if !self.row.is_open {
            return Err(self.refused(EncodeError::Refused("a row ends that did not begin")));
        }
        self.row.is_open = false;
        if self.row.is_bare {
            return Ok(());
        }
        self.collector.end_row();
        if self.row.is_static {
            self.partition.has_static_row = true;
            return self.write_row(0);
        }
        self.write_static_row_if_none()?;
        let place = (ClusteringKind::Clustering, self.row.as_row().clustering);
        self.rows.advance(place).map_err(|error| self.in_partition(error))?;
        let start = self.data.position();
        let previous_bytes = self.start_unfiltered(start);
        self.write_row(previous_bytes)?;
        let place = (ClusteringKind::Clustering, self.row.as_row().clustering);
        self.index.unfiltered(place, start, self.data.position(), self.rows.open())
    }

    fn write_row(&mut self, previous_bytes: u64) -> Result<()> {
        let has_complex_deletions = self.columns.has_complex_deletions();
        let columns_bytes = self.columns.finish(has_complex_deletions, &self.layout.deltas);
        let head = RowHead {
            row: self.row.as_row(),
            columns: &self.columns.present,
            has_complex_deletions,
            columns_bytes,
            previous_bytes,
        };
        self.front.clear();
        let encoded = head.write(&self.layout, &mut self.scratch, &mut self.front);
        encoded.map_err(|error| self.refused(error))?;
        self.data.write(&self.front)?;
        self.columns.write(&mut self.data).map_err(|failed| match failed {
            WriteError::Output(error) => error,
            WriteError::Spill(error) => self.spill_failed(error),
        })
    }

    /// Notes that a row or marker begins here, and says how many bytes lie between it and the one before.
    fn start_unfiltered(&mut self, start: u64) -> u64 {
        let previous_bytes = start.saturating_sub(self.partition.last_start);
        self.partition.last_start = start;
        self.unfiltereds = self.unfiltereds.saturating_add(1);
        previous_bytes
    }

    /// Where the header has static columns, every partition has a static row.
    fn write_static_row_if_none(&mut self) -> Result<()> {
        self.write_partition_head()?;
        if self.partition.has_rows {
            return Ok(());
        }
        if !self.partition.has_static_row && !self.layout.statics.is_empty() {
            let nothing = ClusteringBuffer::default();
            let mut columns = ColumnSet::default();
            columns.clear(self.layout.statics.len());
            let head = RowHead {
                row: Row {
                    is_static: true,
                    clustering: nothing.as_clustering(),
                    liveness: None,
                    deletion: DeletionTime::LIVE,
                    shadowable_deletion: DeletionTime::LIVE,
                },
                columns: &columns,
                has_complex_deletions: false,
                columns_bytes: 0,
                previous_bytes: 0,
            };
            self.front.clear();
            let encoded = head.write(&self.layout, &mut self.scratch, &mut self.front);
            encoded.map_err(|error| self.refused(error))?;
            self.data.write(&self.front)?;
        }
        self.partition.has_rows = true;
        self.index.start_rows(self.data.position());
        Ok(())
    }

    /// Writes a range tombstone marker.
    ///
    /// # Errors
    /// If it does not come behind the last row or marker, does not pair with the marker before it, its values do not fit
    /// the columns, or the version cannot hold its times.
    pub fn marker(&mut self, marker: &Marker<'_>) -> Result<()> {
        if self.row.is_open {
            return Err(self.refused(EncodeError::Refused("a marker comes within a row")));
        }
        self.write_static_row_if_none()?;
        let converted = self.converter.marker(&self.layout.deltas, marker);
        let marker = converted.map_err(|error| self.in_partition(error))?;
        let place: ClusteringPrefix<'_> = (marker.kind, marker.clustering);
        self.rows.advance(place).map_err(|error| self.in_partition(error))?;
        self.rows.marker(&marker).map_err(|error| self.refused(error))?;
        let start = self.data.position();
        let previous_bytes = self.start_unfiltered(start);
        self.front.clear();
        let encoded = write_marker(&marker, previous_bytes, &self.layout, &mut self.scratch, &mut self.front);
        encoded.map_err(|error| self.refused(error))?;
        self.data.write(&self.front)?;
        self.collector.marker(&marker);
        self.index.unfiltered(place, start, self.data.position(), self.rows.open())
    }

    /// Ends the partition.
    ///
    /// # Errors
    /// If a row or a range deletion is still open, and failed writes.
    pub fn end_partition(&mut self) -> Result<()> {
        if self.row.is_open || self.partition.deletion.is_none() {
            return Err(self.refused(EncodeError::Refused("a partition ends within a row, or did not begin")));
        }
        self.rows.finish().map_err(|error| self.refused(error))?;
        if self.partition.is_started {
            self.write_static_row_if_none()?;
            self.front.clear();
            write_end_of_partition(&mut self.front);
            self.data.write(&self.front)?;
            let end = self.data.position();
            self.index.end_partition(self.partition.deletion.unwrap_or(DeletionTime::LIVE), end)?;
            self.collector.end_partition(end.saturating_sub(self.partition.start));
            self.partitions = self.partitions.saturating_add(1);
        }
        self.partition = OpenPartition::default();
        Ok(())
    }

    #[cold]
    pub(super) fn refused(&self, error: EncodeError) -> Error {
        self.in_partition(error.into())
    }

    #[cold]
    pub(super) fn in_partition(&self, error: Error) -> Error {
        error.at(self.files.path(Component::Data)).partition(self.keys.text())
    }

    #[cold]
    fn row_failed(&self, error: RowError) -> Error {
        match error {
            RowError::Encode(error) => self.refused(error),
            RowError::Spill(error) => self.spill_failed(error),
        }
    }

    #[cold]
    fn spill_failed(&self, error: std::io::Error) -> Error {
        Error::output(error).at(self.files.directory().path())
    }
}
