//! Rows in reverse.
//!
//! Sources are read and merged forward alone. In reverse, a slice is gone through in stretches, the last one first: each is
//! merged forward into memory and given backward. Where a stretch begins is told by the sources: at the row of one of them
//! that has so many others of it behind itself, so that there are at least as many, and not many more.

use cqlite_sstable::Result;
use cqlite_sstable::reader::{Direction, SearchKey, Slice};
use cqlite_sstable::row::{
    ClusteringBuffer, ClusteringKind, PrefixBuffer, Unfiltered, UnfilteredPartitions as _,
};

use super::execute::{Places, Read};
use super::live_rows::{Ended, LiveRows};
use super::{Page, ReadCommand};

/// So many rows the first stretch has at least, and each later one twice as many as that before, up to a limit.
const FIRST_ROWS: u64 = 64;
const MOST_ROWS: u64 = 4096;

/// A stretch of more bytes is made shorter, by this factor, unless it has one row of each source.
const STRETCH_BYTES: usize = 4 << 20;
const SHORTER: u64 = 8;

impl Read<'_> {
    /// Gives the rows of a slice of one partition, the last one first.
    pub(super) fn reversed(
        &mut self,
        key: &[u8],
        places: &mut Places,
        slice: &Slice,
        with_statics: bool,
    ) -> Result<Ended> {
        let (mut left, mut with_statics) = (slice.clone(), with_statics);
        // Rows that are not live make stretches that give nothing: the next one is longer whatever is wanted.
        let mut rows = self.rows.wanted().map_or(FIRST_ROWS, |wanted| wanted.clamp(1, FIRST_ROWS));
        loop {
            let start = self.stretch_start(key, places, &left, rows)?;
            let is_last = start.is_none();
            let mut stretch = left.clone();
            if let Some(values) = &start {
                stretch.start = PrefixBuffer { kind: ClusteringKind::InclStartBound, values: values.clone() };
            }
            let limit_bytes = if rows == 1 { usize::MAX } else { STRETCH_BYTES };
            let Some(kept) = self.keep(key, places, &stretch, (with_statics, limit_bytes))? else {
                rows = (rows / SHORTER).max(1);
                continue;
            };
            with_statics = false;
            for row in kept.rows().rev() {
                match self.rows.give_kept(&row.as_read())? {
                    Ended::Rows => {}
                    ended => return Ok(ended),
                }
            }
            let Some(values) = start else { return Ok(Ended::Rows) };
            left.end = PrefixBuffer { kind: ClusteringKind::ExclEndBound, values };
            let order = self.table.layout().order();
            if is_last || order.slice_is_empty(left.start.as_prefix(), left.end.as_prefix()) {
                return Ok(Ended::Rows);
            }
            rows = rows.saturating_mul(2).min(MOST_ROWS);
        }
    }

    /// The live rows of a stretch, in clustering order; none if they have more bytes than are kept at a time.
    fn keep(
        &mut self,
        key: &[u8],
        places: &mut Places,
        stretch: &Slice,
        (with_statics, limit_bytes): (bool, usize),
    ) -> Result<Option<Page>> {
        let mut page = Page::with_limit(limit_bytes);
        let command = ReadCommand {
            limit: None,
            page_rows: None,
            partition_limit: None,
            now_seconds: Some(self.rows.now_seconds()),
            resume: None,
            ..self.command.clone()
        };
        let mut kept = LiveRows::new(&mut page, &command, self.view.store(), self.table.layout());
        kept.begin(key, None);
        let ended =
            places.with_sources(key, Some(stretch), self.view.visible(), self.table, |source, map| {
                if !source.advance_partition()? {
                    return Ok(Ended::Rows);
                }
                if with_statics {
                    self.rows.statics(source, map)?;
                }
                kept.rows(source, map)
            })?;
        drop(kept);
        Ok((ended != Ended::All).then_some(page))
    }

    /// The clustering at which the last stretch of a slice begins that has at least so many rows; none if the whole slice
    /// has not more.
    fn stretch_start(
        &self,
        key: &[u8],
        places: &mut Places,
        slice: &Slice,
        rows: u64,
    ) -> Result<Option<ClusteringBuffer>> {
        let order = self.table.layout().order();
        let mut start: Option<ClusteringBuffer> = None;
        let mut take = |values: Option<ClusteringBuffer>| {
            let Some(values) = values else { return };
            let is_later = start.as_ref().is_none_or(|start| {
                order.compare_rows(values.as_clustering(), start.as_clustering()).is_gt()
            });
            if is_later {
                start = Some(values);
            }
        };
        for (memtable, _) in &places.memtables {
            take(memtable.nth_last_clustering(key, slice, rows, self.view.visible()));
        }
        for reader in &mut places.readers {
            if reader.find(&SearchKey::new(key))? {
                reader.leave_head();
                let mut found = reader.slice(slice.clone(), Direction::Reversed)?;
                let (mut passed, mut values) = (0_u64, ClusteringBuffer::default());
                while passed < rows && found.advance_unfiltered()? {
                    if let Unfiltered::Row(row) = found.unfiltered() {
                        passed = passed.saturating_add(1);
                        values.copy_from(row.clustering);
                    }
                }
                take((passed == rows).then_some(values));
            }
        }
        Ok(start)
    }
}
