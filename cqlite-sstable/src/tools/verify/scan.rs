//! The pass over all rows.

use super::big_index::BigIndex;
use super::big_rows::BigRows;
use super::bti_index::BtiIndex;
use super::bti_rows::BtiRows;
use super::collected::Collected;
use super::key_order::KeyOrder;
use super::row_order::RowOrder;
use super::row_step::{Head, Step};
use super::summary::SummaryCheck;
use super::values::Values;
use super::where_at::Where;
use super::{Check, Findings, Meter, Place, VerifyOptions, statistics};
use crate::component::Component;
use crate::error::{Error, Result};
use crate::reader::{Cursor, ScanOptions, Sstable, Unfiltered};
use crate::row::DeletionTime;
use crate::version::Format;

/// All that is followed beside the rows.
pub(super) struct Scan<'a> {
    sstable: &'a Sstable,
    keys: KeyOrder,
    rows: RowOrder,
    values: Values,
    collected: Collected,
    index: Index<'a>,
    row_index: RowIndex,
    partitions: u64,
    first_key: Option<Vec<u8>>,
    /// The key of the current partition.
    key: Vec<u8>,
    /// Nothing was passed over because of damage.
    is_whole: bool,
}

enum Index<'a> {
    None,
    Big(Box<BigIndex<'a>>),
    Bti(Box<BtiIndex>),
}

enum RowIndex {
    None,
    Big(Box<BigRows>),
    Bti(Box<BtiRows>),
}

impl<'a> Scan<'a> {
    /// Opens filter and index. `summary` are the bytes of Summary.db.
    pub(super) fn new(sstable: &'a Sstable, summary: Option<&'a [u8]>, findings: &mut Findings) -> Self {
        let statistics = sstable.statistics();
        let keys = KeyOrder::new(sstable, findings);
        let index = open_index(sstable, &keys, summary, findings);
        Self {
            sstable,
            keys,
            rows: RowOrder::new(statistics),
            values: Values::new(&statistics.header),
            collected: Collected::new(&statistics.stats),
            index,
            row_index: RowIndex::None,
            partitions: 0,
            first_key: None,
            key: Vec::new(),
            is_whole: true,
        }
    }

    /// Partitions and rows that were read.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.partitions, self.collected.rows)
    }

    /// Reads all that can be read. Returns the checksum of Data.db as a whole, if nothing kept it from being
    /// computed.
    pub(super) fn run(
        &mut self,
        options: &VerifyOptions,
        findings: &mut Findings,
        meter: &mut Meter<'_>,
    ) -> Option<u32> {
        let mut whole = None;
        let mut from = Some(0);
        while let Some(start) = from {
            let scan =
                ScanOptions { digest: start == 0, read_ahead: options.read_ahead, ..ScanOptions::default() };
            let mut cursor = match self.sstable.scan_range(&(start..u64::MAX), scan) {
                Ok(cursor) => cursor,
                Err(error) => {
                    from = self.resume(&error, start, start, findings);
                    continue;
                }
            };
            let mut partition_start = start;
            match self.read(&mut cursor, &mut partition_start, findings, meter) {
                Ok(()) => {
                    from = None;
                    let length = self.sstable.data().len();
                    whole = cursor.digest().and_then(|digest| digest.of_whole_file(length));
                }
                Err(error) => {
                    from = self.resume(&error, cursor.position(), partition_start, findings);
                }
            }
        }
        self.finish(findings);
        whole.filter(|_| self.is_whole)
    }

    /// Tells of an error, and where to go on.
    fn resume(
        &mut self,
        error: &Error,
        position: u64,
        partition_start: u64,
        findings: &mut Findings,
    ) -> Option<u64> {
        self.is_whole = false;
        self.row_index = RowIndex::None;
        findings.repeated_error(Check::Format, (Component::Data, Place::Position(position)), error);
        let behind = position.max(partition_start);
        let next = match &mut self.index {
            Index::None => None,
            Index::Big(index) => index.next_behind(behind, findings),
            Index::Bti(index) => index.next_behind(behind, findings),
        };
        let next = next.filter(|next| *next < self.sstable.data_length());
        if next.is_none() && position < self.sstable.data_length() {
            findings.note(Check::Format, (Component::Data, Place::Position(position)), || {
                "what lies behind this damage could not be checked: the index knows no partition there"
                    .to_owned()
            });
        }
        next
    }

    fn read(
        &mut self,
        cursor: &mut Cursor,
        partition_start: &mut u64,
        findings: &mut Findings,
        meter: &mut Meter<'_>,
    ) -> Result<()> {
        loop {
            *partition_start = cursor.position();
            if !cursor.advance_partition()? {
                break;
            }
            self.partition(cursor, findings, meter)?;
        }
        cursor.finish()
    }

    fn partition(
        &mut self,
        cursor: &mut Cursor,
        findings: &mut Findings,
        meter: &mut Meter<'_>,
    ) -> Result<()> {
        let mut key = std::mem::take(&mut self.key);
        let partition = cursor.partition();
        key.clear();
        key.extend_from_slice(partition.key);
        let position = cursor.partition_position();
        let head =
            Head { deletion: partition.deletion, length: cursor.rows_position().saturating_sub(position) };
        let sstable = self.sstable;
        let at = Where::new(sstable.header(), &key, position);
        self.start_partition(&key, &head, &at, findings);
        if let Some(row) = cursor.partition().static_row {
            self.collected.liveness(row.liveness);
            self.collected.deletion(row.deletion);
            let is_bare = row.liveness.is_none() && row.deletion.is_live();
            let columns = self.values.cells(cursor, true, &at, (&mut self.collected, findings))?;
            if !is_bare || columns.is_some() {
                self.collected.row(columns.unwrap_or(0));
            }
        }
        while cursor.advance_unfiltered()? {
            self.unfiltered(cursor, &key, position, findings)?;
            meter.reached(cursor.position());
        }
        self.rows.end_partition(&at, findings);
        match std::mem::replace(&mut self.row_index, RowIndex::None) {
            RowIndex::None => {}
            RowIndex::Big(index) => index.finish(&at, findings),
            RowIndex::Bti(index) => index.finish(&at, findings),
        }
        self.collected.end_partition(cursor.position().saturating_sub(position));
        meter.reached(cursor.position());
        self.key = key;
        Ok(())
    }

    fn start_partition(&mut self, key: &[u8], head: &Head, at: &Where<'_>, findings: &mut Findings) {
        self.partitions = self.partitions.saturating_add(1);
        self.first_key.get_or_insert_with(|| key.to_owned());
        self.collected.start_partition(at.position, head.deletion);
        self.rows.start_partition();
        self.values.key(key, at, findings);
        let hash = self.keys.key(key, at, findings);
        let opened = match &mut self.index {
            Index::None => Ok(RowIndex::None),
            Index::Big(index) => match index.partition(key, at, findings) {
                None => Ok(RowIndex::None),
                Some(range) => {
                    let (source, layout) = (index.source().clone(), self.sstable.layout().clone());
                    BigRows::open(source, layout, range, head, (at, findings))
                        .map(|rows| RowIndex::Big(Box::new(rows)))
                }
            },
            Index::Bti(index) => match index.partition(key, hash, at, findings).zip(index.rows_pages()) {
                None => Ok(RowIndex::None),
                Some(((entry, entry_at), pages)) => {
                    BtiRows::open((&entry, entry_at), pages, key, head, (at, findings))
                        .map(|rows| RowIndex::Bti(Box::new(rows)))
                }
            },
        };
        self.row_index = opened.unwrap_or_else(|error| {
            self.tell_row_index(&error, findings);
            RowIndex::None
        });
    }

    fn tell_row_index(&self, error: &Error, findings: &mut Findings) {
        let component = match &self.index {
            Index::Bti(_) => Component::Rows,
            _ => Component::Index,
        };
        findings.error(Check::RowIndex, component, error);
    }

    fn unfiltered(
        &mut self,
        cursor: &mut Cursor,
        key: &[u8],
        partition: u64,
        findings: &mut Findings,
    ) -> Result<()> {
        let start = cursor.unfiltered_position();
        let sstable = self.sstable;
        let at = Where::new(sstable.header(), key, start);
        let open_before = self.rows.open();
        let unfiltered = cursor.unfiltered();
        let place = unfiltered.place();
        self.rows.place(place, &at, findings);
        self.values.clustering(place.1, &at, findings);
        match &unfiltered {
            Unfiltered::Row(row) => {
                self.collected.liveness(row.liveness);
                self.collected.deletion(row.deletion);
            }
            Unfiltered::Marker(marker) => {
                self.rows.marker(marker, &at, findings);
                self.collected.deletion(marker.deletion);
                self.collected.deletion(marker.opened.unwrap_or(DeletionTime::LIVE));
            }
        }
        let end = cursor.unfiltered_end();
        let step = Step {
            start: start.saturating_sub(partition),
            end: end.saturating_sub(partition),
            place,
            open_before,
            open_behind: self.rows.open(),
        };
        self.step(&step, &at, findings);
        if matches!(unfiltered, Unfiltered::Row(_)) {
            let columns = self.values.cells(cursor, false, &at, (&mut self.collected, findings))?;
            self.collected.row(columns.unwrap_or(0));
        }
        Ok(())
    }

    fn step(&mut self, step: &Step<'_>, at: &Where<'_>, findings: &mut Findings) {
        let goes_on = match (&mut self.row_index, &mut self.index) {
            (RowIndex::None, _) => return,
            (RowIndex::Big(rows), _) => rows.unfiltered(step, at, findings),
            (RowIndex::Bti(rows), Index::Bti(index)) => match index.rows_pages() {
                Some(pages) => rows.unfiltered(step, self.rows.order(), pages, (at, findings)),
                None => Ok(false),
            },
            (RowIndex::Bti(_), _) => Ok(false),
        };
        match goes_on {
            Ok(true) => {}
            Ok(false) => self.row_index = RowIndex::None,
            Err(error) => {
                self.tell_row_index(&error, findings);
                self.row_index = RowIndex::None;
            }
        }
    }

    /// Compares what only the whole tells.
    fn finish(&mut self, findings: &mut Findings) {
        match &mut self.index {
            Index::None => {}
            Index::Big(index) => index.finish(self.is_whole, findings),
            Index::Bti(index) => index.finish(self.is_whole, findings),
        }
        let statistics = self.sstable.statistics();
        statistics::check(statistics, &self.collected, self.is_whole, findings);
        self.keys.finish(self.is_whole, &statistics.header, findings);
        if !self.is_whole {
            return;
        }
        let stats = &statistics.stats;
        let ends = [
            ("firstKey", &stats.first_key, self.first_key.as_deref(), "first"),
            ("lastKey", &stats.last_key, self.keys.last_key().or(self.first_key.as_deref()), "last"),
        ];
        for (field, stated, found, which) in ends {
            if let (Some(stated), Some(found)) = (stated, found)
                && stated != found
            {
                let place = (Component::Statistics, Place::Offset(statistics.stats_fields.of(field)));
                findings.damage(Check::Statistics, place, || {
                    format!("{field} is not the key of the {which} partition")
                });
            }
        }
        if let Some(info) = self.sstable.compression() {
            let crcs = info.chunk_count.saturating_mul(4);
            let stored = self.sstable.data().len().saturating_sub(crcs);
            statistics::check_ratio(statistics, (stored, info.data_length_bytes), findings);
        }
    }
}

fn open_index<'a>(
    sstable: &Sstable,
    keys: &KeyOrder,
    summary: Option<&'a [u8]>,
    findings: &mut Findings,
) -> Index<'a> {
    let files = sstable.files();
    match sstable.version().format() {
        Format::Big => match files.open_if_there(Component::Index) {
            Ok(Some(source)) => {
                let summary = summary.and_then(|bytes| SummaryCheck::new(bytes, findings));
                Index::Big(Box::new(BigIndex::new(source, summary)))
            }
            // That it is missing was told already.
            Ok(None) => Index::None,
            Err(error) => {
                findings.error(Check::PartitionIndex, Component::Index, &error);
                Index::None
            }
        },
        Format::Bti => {
            let Some(partitioner) = keys.partitioner() else { return Index::None };
            match BtiIndex::open(files, partitioner) {
                Ok(index) => Index::Bti(Box::new(index)),
                Err(error) if error.kind() == crate::error::ErrorKind::Missing => Index::None,
                Err(error) => {
                    findings.error(Check::PartitionIndex, Component::Partitions, &error);
                    Index::None
                }
            }
        }
    }
}
