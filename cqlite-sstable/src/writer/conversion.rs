//! What a version cannot hold: refused by name, or converted and counted.

use crate::component::statistics::{HeaderColumn, SerializationHeader};
use crate::compress::{CompressionParameters, Compressor};
use crate::encoding::{Deltas, MAX_SIGNED_DELETION_TIME};
use crate::error::{Error, Result};
use crate::row::{Cell, DeletionTime, Liveness, MAX_DELETION_TIME, Marker, Row};
use crate::types::{CqlType, UserType};
use crate::version::Version;

/// What is done with what the version of a new SSTable cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lossy {
    /// It is an error that names it.
    #[default]
    Refuse,
    /// It becomes what is nearest to it, and is counted.
    Convert,
}

/// What was converted, because the version could not hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conversions {
    /// Expiry and deletion times after 2038-01-19 (or 2106-02-07), now at the last second that the version has.
    pub capped_times: u64,
    /// Deletions of partitions with a write time before 1970, left out.
    pub dropped_partition_deletions: u64,
    /// Deletions of rows beside a later shadowable one, left out. ScyllaDB's views have rows with both.
    pub dropped_row_deletions: u64,
    /// Columns of vectors, now of blobs.
    pub vectors_as_blobs: u64,
    /// Compressors or raw chunks that the version does not have, now LZ4, and without raw chunks.
    pub compression: u64,
}

/// Converts, or refuses, what one version cannot hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Converter {
    version: Version,
    lossy: Lossy,
    pub(super) counts: Conversions,
}

impl Converter {
    pub(super) fn new(version: Version, lossy: Lossy) -> Self {
        Self { version, lossy, counts: Conversions::default() }
    }

    fn refuse(&self, what: &str) -> Result<()> {
        match self.lossy {
            Lossy::Convert => Ok(()),
            Lossy::Refuse => {
                Err(Error::unsupported(format!("{what}, which the version '{}' cannot hold", self.version))
                    .advise("write another version, or let it be converted with --lossy"))
            }
        }
    }

    /// The compression, with what the version has.
    pub(super) fn compression(
        &mut self,
        parameters: Option<CompressionParameters>,
    ) -> Result<Option<CompressionParameters>> {
        let Some(mut parameters) = parameters else { return Ok(None) };
        if parameters.compressor() == Compressor::Zstd && !self.version.has_zstd() {
            self.refuse("the data is to be compressed with Zstd")?;
            self.counts.compression = self.counts.compression.saturating_add(1);
            let length = parameters.chunk_length_bytes();
            parameters = CompressionParameters::default().with_chunk_length(length)?;
        }
        if parameters.has_raw_chunks() && !self.version.has_max_compressed_length() {
            self.refuse("chunks that do not compress well are to be stored raw")?;
            self.counts.compression = self.counts.compression.saturating_add(1);
            parameters = parameters.without_raw_chunks();
        }
        Ok(Some(parameters))
    }

    /// The header, with the types and bases that the version has.
    pub(super) fn header(&mut self, mut header: SerializationHeader) -> Result<SerializationHeader> {
        if !self.version.has_vectors() {
            for fixed in std::iter::once(&header.key_type).chain(&header.clustering_types) {
                self.refuse_vectors_that_order("the key", fixed)?;
            }
            for column in header.static_columns.iter_mut().chain(&mut header.regular_columns) {
                self.column(column)?;
            }
        }
        let base = &mut header.min_local_deletion_time_seconds;
        if i32::try_from(*base).is_err() {
            // It is an estimate, and has 31 bits but in files of ScyllaDB, which Cassandra 5.0 does not read.
            *base = MAX_SIGNED_DELETION_TIME;
        }
        Ok(header)
    }

    /// As blobs, vectors have another order.
    fn refuse_vectors_that_order(&self, what: &str, of: &CqlType) -> Result<()> {
        if !has_vector(of) {
            return Ok(());
        }
        let (name, version) = (of.cql_name(), self.version);
        let told = format!("{what} has the type {name}, which the version '{version}' cannot hold");
        Err(Error::unsupported(told).advise("write another version"))
    }

    fn column(&mut self, column: &mut HeaderColumn) -> Result<()> {
        if let Some(path_type) = column.column_type.cell_path_type() {
            let what = format!("what orders the cells of the column '{}'", column.name_text());
            self.refuse_vectors_that_order(&what, path_type)?;
        }
        if has_vector(&column.column_type) {
            self.refuse(&format!("the column '{}' has vectors", column.name_text()))?;
            self.counts.vectors_as_blobs = self.counts.vectors_as_blobs.saturating_add(1);
            column.column_type = without_vector(&column.column_type);
        }
        Ok(())
    }

    fn capped(&mut self, deltas: &Deltas, seconds: i64) -> Result<i64> {
        let greatest = match deltas.unsigned_deletion_times {
            true => MAX_DELETION_TIME,
            false => MAX_SIGNED_DELETION_TIME,
        };
        let base = deltas.min_local_deletion_time_seconds;
        let what = format!("something expires, or was deleted, at second {seconds} of the Unix epoch");
        if base < 0 {
            // Nothing that is near a base from before 1970 is near the time.
            let what = format!("{what}: too far from second {base}, from which the header counts");
            return Err(Error::unsupported(what).advise("write the header with a later base"));
        }
        self.refuse(&what)?;
        self.counts.capped_times = self.counts.capped_times.saturating_add(1);
        Ok(seconds.clamp(0, greatest.min(base.saturating_add(i64::from(i32::MAX)))))
    }

    /// The deletion of a partition, as the version has it.
    pub(super) fn partition_deletion(
        &mut self,
        deltas: &Deltas,
        deletion: DeletionTime,
    ) -> Result<DeletionTime> {
        if deltas.holds_partition_deletion(deletion) {
            return Ok(deletion);
        }
        if deltas.unsigned_deletion_times && deletion.marked_for_delete_at < 0 {
            self.refuse("the partition was deleted with a negative timestamp")?;
            let count = &mut self.counts.dropped_partition_deletions;
            *count = count.saturating_add(1);
            return Ok(DeletionTime::LIVE);
        }
        let local_deletion_time_seconds = self.capped(deltas, deletion.local_deletion_time_seconds)?;
        Ok(DeletionTime { local_deletion_time_seconds, ..deletion })
    }

    /// The deletion of a row, a range or a collection, as the version has it.
    #[inline]
    pub(super) fn deletion(&mut self, deltas: &Deltas, deletion: DeletionTime) -> Result<DeletionTime> {
        if deltas.holds_deletion(deletion) {
            return Ok(deletion);
        }
        let local_deletion_time_seconds = self.capped(deltas, deletion.local_deletion_time_seconds)?;
        Ok(DeletionTime { local_deletion_time_seconds, ..deletion })
    }

    /// A row, as the version has it.
    #[inline]
    pub(super) fn row<'a>(&mut self, deltas: &Deltas, row: &Row<'a>) -> Result<Row<'a>> {
        let mut row = *row;
        if !row.shadowable_deletion.is_live() && !row.deletion.is_live() {
            self.keep_later_deletion(&mut row)?;
        }
        for deletion in [&mut row.deletion, &mut row.shadowable_deletion] {
            if !deletion.is_live() {
                *deletion = self.deletion(deltas, *deletion)?;
            }
        }
        if let Some(Liveness { ttl_seconds, expires_at_seconds, .. }) = &mut row.liveness
            && *ttl_seconds != 0
            && !deltas.holds_expiry(*expires_at_seconds)
        {
            *expires_at_seconds = self.capped(deltas, *expires_at_seconds)?;
        }
        Ok(row)
    }

    /// Cassandra's rows have one deletion, of which the later one counts (`Row.Deletion.supersedes`). Nothing is lost if
    /// that is the ordinary one. The shadowable one leaves when newer liveness comes, and takes no ordinary one along.
    #[cold]
    fn keep_later_deletion(&mut self, row: &mut Row<'_>) -> Result<()> {
        if row.deletion >= row.shadowable_deletion {
            row.shadowable_deletion = DeletionTime::LIVE;
            return Ok(());
        }
        self.refuse("a row has both a deletion and a later one that is shadowable")?;
        row.deletion = DeletionTime::LIVE;
        self.counts.dropped_row_deletions = self.counts.dropped_row_deletions.saturating_add(1);
        Ok(())
    }

    /// A marker, as the version has it.
    pub(super) fn marker<'a>(&mut self, deltas: &Deltas, marker: &Marker<'a>) -> Result<Marker<'a>> {
        let deletion = self.deletion(deltas, marker.deletion)?;
        let opened = marker.opened.map(|opened| self.deletion(deltas, opened)).transpose()?;
        Ok(Marker { deletion, opened, ..*marker })
    }

    /// A cell that expires or is deleted, as the version has it.
    pub(super) fn dying_cell<'a>(&mut self, deltas: &Deltas, cell: &Cell<'a>) -> Result<Cell<'a>> {
        if deltas.holds_expiry(cell.local_deletion_time_seconds) {
            return Ok(*cell);
        }
        let seconds = self.capped(deltas, cell.local_deletion_time_seconds)?;
        Ok(Cell { local_deletion_time_seconds: seconds, ..*cell })
    }
}

fn has_vector(of: &CqlType) -> bool {
    of.marshal_name().to_string().contains("VectorType")
}

/// The values of frozen types are bytes like any others; elements of a column of many cells are so one by one.
fn without_vector(of: &CqlType) -> CqlType {
    match of {
        _ if !has_vector(of) => of.clone(),
        CqlType::List { element, frozen: false } => {
            CqlType::List { element: without_vector(element).into(), frozen: false }
        }
        CqlType::Map { key, value, frozen: false } => {
            CqlType::Map { key: key.clone(), value: without_vector(value).into(), frozen: false }
        }
        CqlType::User(user) if !user.frozen => {
            let mut user = UserType::clone(user);
            user.fields.iter_mut().for_each(|field| field.field_type = without_vector(&field.field_type));
            CqlType::User(user.into())
        }
        _ => CqlType::Blob,
    }
}
