//! Sorted partitions in a temporary file.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::codec::{
    put_bytes, put_deletion, put_item, put_prefix, put_row, read_deletion, read_item, read_prefix, read_row,
};
use crate::component::statistics::KeySketch;
use crate::encoding::{Bytes, DecodeError, write_uvint};
use crate::error::{Error, Result};
use crate::io::{OutputDirectory, TemporaryFile};
use crate::row::{
    ClusteringBuffer, ClusteringKind, DeletionTime, Marker, OwnedRow, Partition, RowItem, Unfiltered,
    UnfilteredPartitions,
};

/// What is written and read at once.
pub(super) const PIECE_BYTES: usize = 64 * 1024;

const PARTITION: u8 = 0;
const STATIC: u8 = 1;
const ROW: u8 = 2;
const MARKER: u8 = 3;
const ITEM: u8 = 4;

/// A temporary file of partitions in order: records, each behind its length.
#[derive(Debug)]
pub(super) struct Run {
    file: Box<dyn TemporaryFile>,
    bytes: u64,
    partitions: u64,
    directory: Arc<dyn OutputDirectory>,
}

impl Run {
    /// Writes all that `source` shows. The partition keys are added to `keys`, if given.
    pub(super) fn write(
        source: &mut dyn UnfilteredPartitions,
        directory: &Arc<dyn OutputDirectory>,
        keys: Option<&mut KeySketch>,
    ) -> Result<Self> {
        let failed = |error| Error::output(error).at(directory.path());
        let mut out = Out {
            file: directory.temporary().map_err(failed)?,
            buffer: Vec::with_capacity(PIECE_BYTES),
            record: Vec::new(),
            bytes: 0,
            partitions: 0,
        };
        out.write_all_of(source, keys, &failed)?;
        out.flush().map_err(failed)?;
        let Out { file, bytes, partitions, .. } = out;
        Ok(Self { file, bytes, partitions, directory: Arc::clone(directory) })
    }

    /// How many partitions there are.
    pub(super) fn partitions(&self) -> u64 {
        self.partitions
    }

    /// The bytes of the file.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

struct Out {
    file: Box<dyn TemporaryFile>,
    buffer: Vec<u8>,
    record: Vec<u8>,
    bytes: u64,
    partitions: u64,
}

impl Out {
    fn write_all_of(
        &mut self,
        source: &mut dyn UnfilteredPartitions,
        mut keys: Option<&mut KeySketch>,
        failed: &dyn Fn(io::Error) -> Error,
    ) -> Result<()> {
        while source.advance_partition()? {
            self.partitions = self.partitions.saturating_add(1);
            let partition = source.partition();
            if let Some(keys) = &mut keys {
                keys.add(partition.key);
            }
            put_bytes(partition.key, &mut self.record);
            put_deletion(&partition.deletion, &mut self.record);
            self.end_record(PARTITION).map_err(failed)?;
            if let Some(row) = source.partition().static_row {
                put_row(&row, &mut self.record);
                self.end_record(STATIC).map_err(failed)?;
                self.items(source, failed)?;
            }
            while source.advance_unfiltered()? {
                match source.unfiltered() {
                    Unfiltered::Marker(marker) => {
                        put_marker(&marker, &mut self.record);
                        self.end_record(MARKER).map_err(failed)?;
                    }
                    Unfiltered::Row(row) => {
                        put_row(&row, &mut self.record);
                        self.end_record(ROW).map_err(failed)?;
                        self.items(source, failed)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn items(
        &mut self,
        source: &mut dyn UnfilteredPartitions,
        failed: &dyn Fn(io::Error) -> Error,
    ) -> Result<()> {
        while source.advance_item()? {
            put_item(&source.item(), &mut self.record);
            self.end_record(ITEM).map_err(failed)?;
        }
        Ok(())
    }

    fn end_record(&mut self, kind: u8) -> io::Result<()> {
        write_uvint((self.record.len() as u64).saturating_add(1), &mut self.buffer);
        self.buffer.push(kind);
        self.buffer.extend_from_slice(&self.record);
        self.record.clear();
        if self.buffer.len() >= PIECE_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.buffer)?;
        self.bytes = self.bytes.saturating_add(self.buffer.len() as u64);
        self.buffer.clear();
        for grown in [&mut self.buffer, &mut self.record] {
            grown.shrink_to(PIECE_BYTES.saturating_mul(2));
        }
        Ok(())
    }
}

fn put_marker(marker: &Marker<'_>, out: &mut Vec<u8>) {
    put_prefix(marker.kind, marker.clustering, out);
    put_deletion(&marker.deletion, out);
    if let Some(opened) = &marker.opened {
        put_deletion(opened, out);
    }
}

/// Shows the partitions of a run.
#[derive(Debug)]
pub(super) struct RunReader {
    run: Run,
    buffer: Vec<u8>,
    /// Where in the file the buffer begins.
    buffer_position: u64,
    /// What of the buffer was not yet taken.
    next: usize,
    key: Vec<u8>,
    deletion: DeletionTime,
    current: Current,
    row: OwnedRow,
    marker: MarkerParts,
    item: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Current {
    Nothing,
    Static,
    Row,
    Marker,
}

#[derive(Debug)]
struct MarkerParts {
    kind: ClusteringKind,
    values: ClusteringBuffer,
    deletion: DeletionTime,
    opened: Option<DeletionTime>,
}

impl RunReader {
    pub(super) fn new(run: Run) -> Self {
        Self {
            run,
            buffer: Vec::new(),
            buffer_position: 0,
            next: 0,
            key: Vec::new(),
            deletion: DeletionTime::LIVE,
            current: Current::Nothing,
            row: OwnedRow::default(),
            marker: MarkerParts {
                kind: ClusteringKind::InclStartBound,
                values: ClusteringBuffer::default(),
                deletion: DeletionTime::LIVE,
                opened: None,
            },
            item: 0..0,
        }
    }

    /// The kind and the bytes of the next record; none at the end of the file. It stays there.
    fn peek(&mut self) -> Result<Option<(u8, Range<usize>)>> {
        loop {
            let mut bytes = Bytes::from(&self.buffer, self.next);
            let needed = match bytes.vint_prefixed() {
                Ok(record) => {
                    let end = bytes.position();
                    let start = end.saturating_sub(record.len());
                    let kind = record.first().copied().ok_or_else(|| self.broken())?;
                    return Ok(Some((kind, start.saturating_add(1)..end)));
                }
                Err(DecodeError::Short { needed }) => needed,
                Err(_) => return Err(self.broken()),
            };
            if !self.fill(needed)? {
                return if self.next >= self.buffer.len() { Ok(None) } else { Err(self.broken()) };
            }
        }
    }

    /// Reads on until the buffer has `needed` bytes, counted from its start. False at the end of the file.
    fn fill(&mut self, needed: usize) -> Result<bool> {
        let consumed = self.next.min(self.buffer.len());
        self.buffer.drain(..consumed);
        self.buffer_position = self.buffer_position.saturating_add(consumed as u64);
        self.next = 0;
        let wanted = needed.saturating_sub(consumed).max(PIECE_BYTES);
        let held = self.buffer.len();
        let left = self.run.bytes.saturating_sub(self.buffer_position).saturating_sub(held as u64);
        let more = usize::try_from(left).unwrap_or(usize::MAX).min(wanted.saturating_sub(held));
        if more == 0 {
            return Ok(false);
        }
        self.buffer.shrink_to(wanted);
        self.buffer.resize(held.saturating_add(more), 0);
        let position = self.buffer_position.saturating_add(held as u64);
        let into = self.buffer.get_mut(held..).unwrap_or_default();
        let read = self.run.file.read_at(into, position);
        read.map_err(|error| Error::io(self.run.directory.path(), error))?;
        Ok(true)
    }

    /// Takes the record that [`RunReader::peek`] told of.
    fn take(&mut self, record: &Range<usize>) {
        self.next = record.end;
    }

    #[cold]
    fn broken(&self) -> Error {
        Error::corrupt("a temporary file does not say what was written to it").at(self.run.directory.path())
    }

    /// Passes over the items that are left of the row.
    fn leave_row(&mut self) -> Result<Option<(u8, Range<usize>)>> {
        loop {
            match self.peek()? {
                Some((ITEM, record)) => self.take(&record),
                other => return Ok(other),
            }
        }
    }

    fn read_partition(&mut self, record: Range<usize>) -> Result<(), DecodeError> {
        let mut bytes = Bytes::new(self.buffer.get(record).unwrap_or_default());
        let key = bytes.vint_prefixed()?;
        self.key.clear();
        self.key.extend_from_slice(key);
        self.deletion = read_deletion(&mut bytes)?;
        Ok(())
    }

    fn read_row(&mut self, record: Range<usize>) -> Result<(), DecodeError> {
        read_row(&mut Bytes::new(self.buffer.get(record).unwrap_or_default()), &mut self.row)
    }

    fn read_marker(&mut self, record: Range<usize>) -> Result<(), DecodeError> {
        let mut bytes = Bytes::new(self.buffer.get(record).unwrap_or_default());
        self.marker.kind = read_prefix(&mut bytes, &mut self.marker.values)?;
        self.marker.deletion = read_deletion(&mut bytes)?;
        self.marker.opened = if bytes.remaining() > 0 { Some(read_deletion(&mut bytes)?) } else { None };
        Ok(())
    }
}

impl UnfilteredPartitions for RunReader {
    fn advance_partition(&mut self) -> Result<bool> {
        let record = loop {
            match self.peek()? {
                None => return Ok(false),
                Some((PARTITION, record)) => break record,
                Some((_, record)) => self.take(&record),
            }
        };
        self.take(&record);
        self.read_partition(record).map_err(|_| self.broken())?;
        self.current = Current::Nothing;
        if let Some((STATIC, record)) = self.peek()? {
            self.take(&record);
            self.read_row(record).map_err(|_| self.broken())?;
            self.current = Current::Static;
        }
        Ok(true)
    }

    fn partition(&self) -> Partition<'_> {
        let static_row = (self.current == Current::Static).then(|| self.row.as_row(true));
        Partition { key: &self.key, deletion: self.deletion, static_row }
    }

    fn advance_unfiltered(&mut self) -> Result<bool> {
        match self.leave_row()? {
            Some((ROW, record)) => {
                self.take(&record);
                self.read_row(record).map_err(|_| self.broken())?;
                self.current = Current::Row;
                Ok(true)
            }
            Some((MARKER, record)) => {
                self.take(&record);
                self.read_marker(record).map_err(|_| self.broken())?;
                self.current = Current::Marker;
                Ok(true)
            }
            _ => {
                self.current = Current::Nothing;
                Ok(false)
            }
        }
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        let MarkerParts { kind, values, deletion, opened } = &self.marker;
        match self.current {
            Current::Marker => Unfiltered::Marker(Marker {
                kind: *kind,
                clustering: values.as_clustering(),
                deletion: *deletion,
                opened: *opened,
            }),
            _ => Unfiltered::Row(self.row.as_row(self.current == Current::Static)),
        }
    }

    fn advance_item(&mut self) -> Result<bool> {
        if let Some((ITEM, record)) = self.peek()? {
            self.take(&record);
            let readable =
                read_item(&mut Bytes::new(self.buffer.get(record.clone()).unwrap_or_default())).is_ok();
            self.item = record;
            return if readable { Ok(true) } else { Err(self.broken()) };
        }
        Ok(false)
    }

    fn item(&self) -> RowItem<'_> {
        const NONE: RowItem<'_> = RowItem::ComplexDeletion { column: 0, deletion: DeletionTime::LIVE };
        let bytes = self.buffer.get(self.item.clone()).unwrap_or_default();
        read_item(&mut Bytes::new(bytes)).unwrap_or(NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::MemoryDirectory;

    #[test]
    fn a_run_that_is_cut_off_is_an_error() {
        let directory: Arc<dyn OutputDirectory> = Arc::new(MemoryDirectory::new("memory"));
        for bytes in [&[9, 0, 4, 1][..], &[0], &[2, 0, 200]] {
            let mut file = directory.temporary().unwrap();
            file.write_all(bytes).unwrap();
            let run =
                Run { file, bytes: bytes.len() as u64, partitions: 1, directory: Arc::clone(&directory) };
            assert!(RunReader::new(run).advance_partition().is_err(), "{bytes:?}");
        }
    }
}
