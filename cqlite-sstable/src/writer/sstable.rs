//! The writer of one SSTable.

use std::sync::Arc;

use super::conversion::Converter;
use super::data::DataWriter;
use super::new_files::NewFiles;
use super::order::{KeyOrder, RowOrder};
use super::row_columns::{RowColumns, RowError, WriteError};
use super::{WriterOptions, Written};
use crate::component::Component;
use crate::component::statistics::SerializationHeader;
use crate::descriptor::SstableId;
use crate::encoding::{
    EncodeError, RowHead, RowLayout, write_deletion_time, write_end_of_partition, write_marker,
    write_short_prefixed,
};
use crate::error::{Error, Result};
use crate::io::{OutputDirectory, Spill};
use crate::partitioner::Partitioner;
use crate::row::{
    Cell, Clustering, ClusteringBuffer, ClusteringKind, ClusteringOrder, DeletionTime, Marker,
    NO_DELETION_TIME, Row, RowItem, Unfiltered, UnfilteredPartitions,
};
use crate::version::Version;

/// The columns of a row that are kept in memory until it ends; a larger row goes to a temporary file.
const ROW_LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// Writes one SSTable from partitions in the order of their tokens and keys (`SortedTableWriter`).
///
/// A source is drained by [`SstableWriter::write`]. Who has rows of other kinds pushes them: a partition, its static row
/// if it has one, rows and markers in clustering order, each row with its cells in column order.
///
/// After an error it must not be used further. Unless it is finished, all that it made is removed with it.
pub struct SstableWriter {
    files: NewFiles,
    version: Version,
    id: SstableId,
    layout: RowLayout,
    header: SerializationHeader,
    converter: Converter,
    data: DataWriter,
    keys: KeyOrder,
    rows: RowOrder,
    columns: RowColumns,
    partition: Partition,
    row: RowStart,
    partitions: u64,
    unfiltereds: u64,
    /// What is about to be written, and what a part of it is made in.
    front: Vec<u8>,
    scratch: Vec<u8>,
}

/// How far a partition is written. One with nothing in it is not written at all.
#[derive(Debug, Default)]
struct Partition {
    deletion: Option<DeletionTime>,
    is_started: bool,
    has_static_row: bool,
    has_rows: bool,
    start: u64,
    /// Where the last row or marker begins; the start of the partition in front of the first one.
    last_start: u64,
}

/// What a row has in front of its columns.
#[derive(Debug)]
struct RowStart {
    is_open: bool,
    is_static: bool,
    liveness: Option<crate::row::Liveness>,
    deletion: DeletionTime,
    shadowable_deletion: DeletionTime,
    clustering: ClusteringBuffer,
}

impl SstableWriter {
    /// Begins an SSTable in `directory`. Cells and complex deletions that come have columns by their place in `header`;
    /// types and bases that the version cannot hold are changed in what is written.
    ///
    /// # Errors
    /// If a file of it is there already or cannot be made, or the version cannot hold the types or the compression.
    pub fn new(
        directory: Arc<dyn OutputDirectory>,
        version: Version,
        id: SstableId,
        header: SerializationHeader,
        partitioner: Partitioner,
        options: WriterOptions,
    ) -> Result<Self> {
        let mut converter = Converter::new(version, options.lossy);
        let compression = converter.compression(options.compression)?;
        let header = converter.header(header)?;
        let files = NewFiles::new(Arc::clone(&directory), version, &id)?;
        let data = DataWriter::create(&files, compression.as_ref())?;
        Ok(Self {
            version,
            id,
            layout: header.row_layout(version),
            converter,
            data,
            keys: KeyOrder::new(partitioner, header.key_type.clone()),
            rows: RowOrder::new(ClusteringOrder::new(header.clustering_types.clone())),
            columns: RowColumns::new(Spill::new(directory, ROW_LIMIT_BYTES)),
            header,
            files,
            partition: Partition::default(),
            row: RowStart {
                is_open: false,
                is_static: false,
                liveness: None,
                deletion: DeletionTime::LIVE,
                shadowable_deletion: DeletionTime::LIVE,
                clustering: ClusteringBuffer::default(),
            },
            partitions: 0,
            unfiltereds: 0,
            front: Vec::new(),
            scratch: Vec::new(),
        })
    }

    /// The header that the SSTable gets.
    pub fn header(&self) -> &SerializationHeader {
        &self.header
    }

    /// Uncompressed bytes of Data.db so far.
    pub fn position(&self) -> u64 {
        self.data.position()
    }

    /// Bytes of Data.db so far as they are stored; what is not yet a whole chunk is left out.
    pub fn stored_bytes(&self) -> u64 {
        self.data.stored_bytes()
    }

    /// Partitions so far.
    pub fn partitions(&self) -> u64 {
        self.partitions
    }

    /// Writes all partitions of a source, from the next one on.
    ///
    /// # Errors
    /// Those of the source, of the push methods, and failed writes.
    pub fn write(&mut self, source: &mut impl UnfilteredPartitions) -> Result<()> {
        while source.advance_partition()? {
            self.write_partition(source)?;
        }
        Ok(())
    }

    /// Writes the partition that a source was moved to last. Nothing of it was moved over before.
    ///
    /// # Errors
    /// As [`SstableWriter::write`].
    pub fn write_partition(&mut self, source: &mut impl UnfilteredPartitions) -> Result<()> {
        let partition = source.partition();
        self.start_partition(partition.key, partition.deletion)?;
        if let Some(row) = partition.static_row {
            self.start_row(&row)?;
            self.write_items(source)?;
        }
        while source.advance_unfiltered()? {
            match source.unfiltered() {
                Unfiltered::Row(row) => {
                    self.start_row(&row)?;
                    self.write_items(source)?;
                }
                Unfiltered::Marker(marker) => self.marker(&marker)?,
            }
        }
        self.end_partition()
    }

    fn write_items(&mut self, source: &mut impl UnfilteredPartitions) -> Result<()> {
        while source.advance_item()? {
            match source.item() {
                RowItem::Cell(cell) => self.cell(&cell)?,
                RowItem::ComplexDeletion { column, deletion } => self.complex_deletion(column, deletion)?,
            }
        }
        self.end_row()
    }

    /// Begins a partition. It is left out if it has no deletion and nothing comes before its end.
    ///
    /// # Errors
    /// If the key is empty or too long, or does not come behind the last one, or the version cannot hold the deletion.
    pub fn start_partition(&mut self, key: &[u8], deletion: DeletionTime) -> Result<()> {
        if self.partition.deletion.is_some() {
            return Err(self.refused(EncodeError::Refused("a partition begins within another one")));
        }
        self.keys.advance(key)?;
        self.rows.start();
        let deletion = self.converter.partition_deletion(&self.layout.deltas, deletion);
        let deletion = deletion.map_err(|error| error.partition(self.keys.text()))?;
        let start = self.data.position();
        self.partition =
            Partition { deletion: Some(deletion), start, last_start: start, ..Partition::default() };
        if deletion.is_live() { Ok(()) } else { self.write_partition_head() }
    }

    fn write_partition_head(&mut self) -> Result<()> {
        let Some(deletion) = self.partition.deletion else {
            return Err(Error::invalid_input("a row or marker comes outside of a partition"));
        };
        if self.partition.is_started {
            return Ok(());
        }
        self.front.clear();
        let encoded = write_short_prefixed(self.keys.key(), &mut self.front);
        encoded.map_err(|error| self.refused(error))?;
        let unsigned = self.layout.deltas.unsigned_deletion_times;
        write_deletion_time(deletion, unsigned, &mut self.front).map_err(|error| self.in_partition(error))?;
        self.partition.is_started = true;
        self.data.write(&self.front)
    }

    /// Begins a row, or the static row, which comes first in a partition. Its cells follow.
    ///
    /// # Errors
    /// If it does not come behind the last row or marker, or the version cannot hold its times.
    pub fn start_row(&mut self, row: &Row<'_>) -> Result<()> {
        if self.row.is_open || self.partition.deletion.is_none() {
            return Err(self.refused(EncodeError::Refused(
                "a row begins within another one, or outside of a partition",
            )));
        }
        if row.is_static
            && (self.partition.has_static_row || self.partition.has_rows || self.layout.statics.is_empty())
        {
            return Err(self.refused(EncodeError::Refused("a static row comes where none can be")));
        }
        let row = self.converter.row(&self.layout.deltas, row).map_err(|error| self.in_partition(error))?;
        let start = &mut self.row;
        (start.is_open, start.is_static, start.liveness) = (true, row.is_static, row.liveness);
        (start.deletion, start.shadowable_deletion) = (row.deletion, row.shadowable_deletion);
        start.clustering.clear();
        row.clustering.iter().for_each(|value| start.clustering.push(value));
        let started = self.columns.start(row.is_static, row.liveness, &self.layout);
        started.map_err(|error| self.spill_failed(error))
    }

    /// Adds the deletion of a collection or user-defined type, in front of its cells.
    ///
    /// # Errors
    /// If the column is none that is complex or comes behind those before it, or the version cannot hold the time.
    pub fn complex_deletion(&mut self, column: usize, deletion: DeletionTime) -> Result<()> {
        let converted = self.converter.deletion(&self.layout.deltas, deletion);
        let deletion = converted.map_err(|error| self.in_partition(error))?;
        let added = self.columns.complex_deletion(column, deletion, &self.layout);
        added.map_err(|error| self.row_failed(error))
    }

    /// Adds a cell to the row.
    ///
    /// # Errors
    /// If its column does not come behind those before it, its value or path does not fit the column's type, or the
    /// version cannot hold its times.
    #[inline]
    pub fn cell(&mut self, cell: &Cell<'_>) -> Result<()> {
        let converted;
        let cell = if cell.local_deletion_time_seconds == NO_DELETION_TIME {
            cell
        } else {
            let dying = self.converter.dying_cell(&self.layout.deltas, cell);
            converted = dying.map_err(|error| self.in_partition(error))?;
            &converted
        };
        self.columns.cell(cell, &self.layout).map_err(|error| self.row_failed(error))
    }

    /// Ends the row. One that says nothing is left out; a static row is then an empty one.
    ///
    /// # Errors
    /// If the clustering does not fit the columns, and failed writes.
    pub fn end_row(&mut self) -> Result<()> {
        let row = &self.row;
        let is_bare = row.liveness.is_none() && row.deletion.is_live() && row.shadowable_deletion.is_live();
        self.row.is_open = false;
        if is_bare && self.columns.is_empty() {
            return Ok(());
        }
        if self.row.is_static {
            self.write_partition_head()?;
            self.write_row()?;
            self.partition.has_static_row = true;
            return Ok(());
        }
        self.write_static_row_if_none()?;
        let place = (ClusteringKind::Clustering, self.row.clustering.as_clustering());
        self.rows.advance(place).map_err(|error| error.partition(self.keys.text()))?;
        self.write_row()
    }

    fn write_row(&mut self) -> Result<()> {
        let is_static = self.row.is_static;
        let has_complex_deletions = self.columns.has_complex_deletions();
        let columns_bytes = self.columns.finish(has_complex_deletions, &self.layout.deltas);
        let start = self.data.position();
        let previous_bytes = if is_static { 0 } else { self.start_unfiltered(start) };
        let RowStart { liveness, deletion, shadowable_deletion, ref clustering, .. } = self.row;
        let clustering: Clustering<'_> = clustering.as_clustering();
        let head = RowHead {
            row: Row { is_static, clustering, liveness, deletion, shadowable_deletion },
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

    /// Notes that a row or marker begins here, and says how many bytes the one before it has.
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
            let mut columns = std::mem::take(&mut self.scratch);
            let mut none = crate::encoding::ColumnSet::default();
            none.clear(self.layout.statics.len());
            let nothing = ClusteringBuffer::default();
            let head = RowHead {
                row: Row {
                    is_static: true,
                    clustering: nothing.as_clustering(),
                    liveness: None,
                    deletion: DeletionTime::LIVE,
                    shadowable_deletion: DeletionTime::LIVE,
                },
                columns: &none,
                has_complex_deletions: false,
                columns_bytes: 0,
                previous_bytes: 0,
            };
            self.front.clear();
            let encoded = head.write(&self.layout, &mut columns, &mut self.front);
            self.scratch = columns;
            encoded.map_err(|error| self.refused(error))?;
            self.data.write(&self.front)?;
        }
        self.partition.has_rows = true;
        Ok(())
    }

    /// Writes a range tombstone marker.
    ///
    /// # Errors
    /// If it does not come behind the last row or marker, does not pair with the marker before it, its values do not fit
    /// the columns, or the version cannot hold its times.
    pub fn marker(&mut self, marker: &Marker<'_>) -> Result<()> {
        self.write_static_row_if_none()?;
        let converted = self.converter.marker(&self.layout.deltas, marker);
        let marker = converted.map_err(|error| self.in_partition(error))?;
        self.rows
            .advance((marker.kind, marker.clustering))
            .map_err(|error| error.partition(self.keys.text()))?;
        self.rows.marker(&marker).map_err(|error| self.refused(error))?;
        let previous_bytes = self.start_unfiltered(self.data.position());
        self.front.clear();
        let encoded = write_marker(&marker, previous_bytes, &self.layout, &mut self.scratch, &mut self.front);
        encoded.map_err(|error| self.refused(error))?;
        self.data.write(&self.front)
    }

    /// Ends the partition.
    ///
    /// # Errors
    /// If a range deletion is still open, and failed writes.
    pub fn end_partition(&mut self) -> Result<()> {
        self.rows.finish().map_err(|error| self.refused(error))?;
        if self.partition.is_started {
            self.write_static_row_if_none()?;
            self.front.clear();
            write_end_of_partition(&mut self.front);
            self.data.write(&self.front)?;
            self.partitions = self.partitions.saturating_add(1);
        }
        self.partition = Partition::default();
        Ok(())
    }

    /// Writes what is left and syncs all files, then their directory.
    ///
    /// # Errors
    /// If a partition is not ended, if there is none, and failed writes.
    pub fn finish(mut self) -> Result<Written> {
        if self.partition.deletion.is_some() {
            return Err(self.refused(EncodeError::Refused("a partition is not ended")));
        }
        if self.partitions == 0 {
            return Err(Error::invalid_input("an SSTable has at least one partition, but none came"));
        }
        let data = self.data.finish(&self.files, self.version)?;
        self.files.keep()?;
        Ok(Written {
            directory: self.files.directory().path().to_owned(),
            version: self.version,
            id: self.id,
            components: data.components,
            partitions: self.partitions,
            unfiltereds: self.unfiltereds,
            data_length_bytes: data.length_bytes,
            conversions: self.converter.counts,
        })
    }

    #[cold]
    fn refused(&self, error: EncodeError) -> Error {
        self.in_partition(Error::invalid_input(error.to_string()))
    }

    #[cold]
    fn in_partition(&self, error: Error) -> Error {
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
