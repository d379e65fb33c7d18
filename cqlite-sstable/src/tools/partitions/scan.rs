//! Counting rows and cells.

use std::collections::HashSet;

use super::{PartitionCounts, PartitionSink, PartitionsOptions};
use crate::error::{Error, Result};
use crate::reader::{Cursor, ReaderOptions, ScanOptions, Sstable};
use crate::types::{CqlType, parse_string, write_string};

/// Progress is told once in so many bytes.
const TELL_BYTES: u64 = 4 * 1024 * 1024;

pub(super) fn count(
    sstable: &Sstable,
    options: &PartitionsOptions,
    sink: &mut dyn PartitionSink,
) -> Result<()> {
    let excluded = options.excluded_keys.iter().map(String::as_bytes).collect();
    let mut count = Count { options, excluded, key_type: &sstable.header().key_type, sink, text: Vec::new() };
    if !options.keys.is_empty() {
        return count.keys(sstable);
    }
    let total_bytes = sstable.data_length();
    let mut cursor = sstable.scan(ScanOptions { read_ahead: true, ..ScanOptions::default() })?;
    let mut told_bytes = 0;
    while cursor.advance_partition()? {
        count.partition(&mut cursor)?;
        let done_bytes = cursor.position();
        if done_bytes >= told_bytes + TELL_BYTES {
            told_bytes = done_bytes;
            count.sink.progress(done_bytes, total_bytes);
        }
    }
    sstable.finish_scan(&mut cursor)
}

struct Count<'a> {
    options: &'a PartitionsOptions,
    excluded: HashSet<&'a [u8]>,
    key_type: &'a CqlType,
    sink: &'a mut dyn PartitionSink,
    /// A key as text, used again.
    text: Vec<u8>,
}

impl Count<'_> {
    /// Counts the partitions with the wanted keys, in the order of the data.
    fn keys(&mut self, sstable: &Sstable) -> Result<()> {
        let partitioner = sstable.partitioner()?;
        let mut wanted = Vec::new();
        for text in self.options.keys.iter().filter(|text| !self.excluded.contains(text.as_bytes())) {
            let key = parse_string(self.key_type, text).map_err(|error| {
                Error::invalid_input(format!("the key '{text}' cannot be looked up: {error}"))
            })?;
            wanted.push(key);
        }
        wanted.sort_by(|a, b| partitioner.compare_keys(a, b));
        let mut reader = sstable.reader(ReaderOptions::default())?;
        for key in wanted {
            if reader.find(&key)? {
                self.partition(reader.cursor())?;
            }
        }
        Ok(())
    }

    /// Counts the partition at whose head `cursor` stands.
    fn partition(&mut self, cursor: &mut Cursor) -> Result<()> {
        let head = cursor.partition();
        if self.is_excluded(head.key) {
            return Ok(());
        }
        let mut counts =
            PartitionCounts { position: cursor.partition_position(), ..PartitionCounts::default() };
        if self.options.index_alone {
            while cursor.advance_unfiltered()? {}
        } else {
            counts.count_unfiltereds(cursor, self.options.now_seconds)?;
        }
        counts.size_bytes = cursor.position().saturating_sub(counts.position);
        if self.sink.counted(&counts) {
            let head = cursor.partition();
            self.sink.partition(head.key, head.deletion.is_live(), &counts)?;
        }
        Ok(())
    }

    fn is_excluded(&mut self, key: &[u8]) -> bool {
        if self.excluded.is_empty() {
            return false;
        }
        self.text.clear();
        write_string(self.key_type, key, &mut self.text).is_ok() && self.excluded.contains(&*self.text)
    }
}
