//! The streams of rows, each with the heads of the partitions that it has rows of.

use super::{Counts, Loss, SalvageReport, SalvageSink, Stream};
use crate::error::{Error, Result};
use crate::reader::Sstable;
use crate::row::DeletionTime;
use crate::tools::lossless::{LosslessPrinter, write_lossless_header};

/// What is written at once.
const BLOCK_BYTES: usize = 64 * 1024;

/// Writes lines to streams, and the header and the heads of partitions in front of them where they are wanted.
pub(super) struct Streams<'a> {
    sink: &'a mut dyn SalvageSink,
    header: Vec<u8>,
    pub(super) printer: LosslessPrinter,
    each: Each,
    key: Vec<u8>,
    deletion: Option<DeletionTime>,
}

#[derive(Debug, Default)]
struct Each {
    recovered: One,
    out_of_order: One,
    suspect: One,
}

impl Each {
    fn one(&mut self, stream: Stream) -> &mut One {
        match stream {
            Stream::Recovered => &mut self.recovered,
            Stream::OutOfOrder => &mut self.out_of_order,
            Stream::Suspect => &mut self.suspect,
        }
    }
}

#[derive(Debug, Default)]
struct One {
    has_header: bool,
    has_partition: bool,
    counts: Counts,
    buffer: Vec<u8>,
}

impl<'a> Streams<'a> {
    pub(super) fn new(sstable: &Sstable, table: Option<(&str, &str)>, sink: &'a mut dyn SalvageSink) -> Self {
        let mut header = Vec::new();
        write_lossless_header(sstable, table, &mut header);
        let printer = LosslessPrinter::new(sstable.header());
        Self { sink, header, printer, each: Each::default(), key: Vec::new(), deletion: None }
    }

    /// The partition to which what is written from now on belongs.
    pub(super) fn enter(&mut self, key: &[u8], deletion: Option<DeletionTime>) {
        self.key.clear();
        self.key.extend_from_slice(key);
        self.deletion = deletion;
        for stream in Stream::ALL {
            self.each.one(stream).has_partition = false;
        }
    }

    /// The key of that partition.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// Writes what stands in front of rows, unless it is there.
    pub(super) fn head(&mut self, stream: Stream) -> Result<()> {
        let one = self.each.one(stream);
        if !std::mem::replace(&mut one.has_header, true) {
            one.buffer.extend_from_slice(&self.header);
        }
        if !std::mem::replace(&mut one.has_partition, true) {
            one.counts.partitions = one.counts.partitions.saturating_add(1);
            self.printer.partition(&self.key, self.deletion, &mut one.buffer);
        }
        Ok(())
    }

    /// Writes text of the current partition.
    pub(super) fn write(&mut self, stream: Stream, text: &[u8]) -> Result<()> {
        self.head(stream)?;
        let one = self.each.one(stream);
        one.buffer.extend_from_slice(text);
        if one.buffer.len() >= BLOCK_BYTES { self.flush(stream) } else { Ok(()) }
    }

    pub(super) fn count(&mut self, stream: Stream) -> &mut Counts {
        &mut self.each.one(stream).counts
    }

    fn flush(&mut self, stream: Stream) -> Result<()> {
        let buffer = &mut self.each.one(stream).buffer;
        if !buffer.is_empty() {
            self.sink.write(stream, buffer).map_err(Error::output)?;
            buffer.clear();
        }
        Ok(())
    }

    pub(super) fn lost(&mut self, loss: &Loss) -> Result<()> {
        self.sink.lost(loss).map_err(Error::output)
    }

    pub(super) fn progress(&mut self, done: u64, total: u64) {
        self.sink.progress(done, total);
    }

    /// Hands out what is left. The recovered stream has a header even if it has no rows.
    pub(super) fn finish(&mut self, report: &mut SalvageReport) -> Result<()> {
        let recovered = &mut self.each.recovered;
        if !std::mem::replace(&mut recovered.has_header, true) {
            recovered.buffer.extend_from_slice(&self.header);
        }
        for stream in Stream::ALL {
            self.flush(stream)?;
        }
        report.recovered = *self.count(Stream::Recovered);
        report.out_of_order = *self.count(Stream::OutOfOrder);
        report.suspect = *self.count(Stream::Suspect);
        Ok(())
    }
}
