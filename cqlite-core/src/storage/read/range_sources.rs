//! Where the partitions of a range of tokens come from.

use std::sync::Arc;

use cqlite_sstable::Result;
use cqlite_sstable::component::Component;
use cqlite_sstable::merge::{LazySource, Merge, SharedColumns};
use cqlite_sstable::partitioner::Token;
use cqlite_sstable::reader::{ScanOptions, TokenRange};

use super::ReadTrace;
use super::column_map::ColumnMap;
use super::ordered_scan::OrderedScan;
use super::source::Source;
use super::trace::Touch;
use crate::storage::store::{TableSstable, TableView};

/// The partitions of a range of tokens.
pub(super) struct RangeSources<'a> {
    pub(super) partitions: RangePartitions<'a>,
    /// Which columns of the table those of the partitions are.
    pub(super) map: Arc<ColumnMap>,
}

pub(super) enum RangePartitions<'a> {
    /// Of an SSTable that is the only place.
    One(Box<OrderedScan>),
    Merged(Box<Merge<'a, Source<'a>>>),
}

impl<'a> RangeSources<'a> {
    pub(super) fn open(
        table: &'a TableView,
        visible: u64,
        range: &TokenRange,
        (trace, reads_ahead): (Option<&ReadTrace>, bool),
    ) -> Result<Self> {
        let mut met = table.sstables().iter().filter(|live| meets(range, live));
        if let (Some(live), None) = (met.next(), met.next())
            && table.memtables().all(|memtable| memtable.is_empty())
        {
            trace.into_iter().for_each(|trace| trace.scan(0));
            tell_sstables(table, range, trace);
            let cursor = live.sstable().scan_tokens(range, reading_of(1, reads_ahead))?;
            let path = live.live().descriptor().file(Component::Data);
            let scan = OrderedScan::new(cursor, table.layout().partitioner().clone(), path);
            let partitions = RangePartitions::One(Box::new(scan));
            return Ok(Self { partitions, map: live.column_map(table.layout()) });
        }
        let (merge, map) = Self::merge(table, visible, range, (trace, reads_ahead))?;
        Ok(Self { partitions: RangePartitions::Merged(Box::new(merge)), map: Arc::new(map) })
    }

    /// All that there are, merged.
    pub(super) fn merge(
        table: &'a TableView,
        visible: u64,
        range: &TokenRange,
        (trace, reads_ahead): (Option<&ReadTrace>, bool),
    ) -> Result<(Merge<'a, Source<'a>>, ColumnMap)> {
        let layout = table.layout();
        let (mut headers, mut sources, mut is_same) = (Vec::new(), Vec::new(), true);
        for memtable in table.memtables().filter(|memtable| !memtable.is_empty()) {
            headers.push(memtable.layout().header());
            is_same &= Arc::ptr_eq(memtable.layout(), layout);
            sources
                .push(LazySource::opened(Source::Memtable(Box::new(memtable.range(range.clone(), visible)))));
        }
        trace.into_iter().for_each(|trace| trace.scan(sources.len()));
        tell_sstables(table, range, trace);
        let met = || table.sstables().iter().filter(|live| meets(range, live));
        let options = reading_of(met().count(), reads_ahead);
        for live in met() {
            headers.push(live.sstable().header());
            is_same &= live.column_map(layout).is_same();
            let (range, first, options) = (range.clone(), live.live().first().key.clone(), options.clone());
            let open = move || {
                live.sstable().scan_tokens(&range, options).map(|cursor| Source::Scan(Box::new(cursor)))
            };
            sources.push(LazySource::new(first, open));
        }
        let columns = Arc::new(SharedColumns::new(&headers)?);
        let map = if is_same { ColumnMap::Same } else { ColumnMap::of_shared(&columns, layout) };
        let merge = Merge::new(layout.partitioner().clone(), columns, layout.order().clone(), sources);
        Ok((merge, map))
    }
}

/// What all SSTables of a scan may hold of their files together; with fewer of them each has what is usual.
const STEPS_BYTES: usize = 12 * 1024 * 1024;
const USUAL_STEP_BYTES: usize = 256 * 1024;

/// With more SSTables no thread reads ahead.
const READ_AHEAD_LIMIT: usize = 2;

/// How each of so many SSTables of one scan is read.
fn reading_of(sstables: usize, reads_ahead: bool) -> ScanOptions {
    ScanOptions {
        read_ahead: reads_ahead && sstables <= READ_AHEAD_LIMIT,
        step_bytes: STEPS_BYTES.checked_div(sstables).filter(|bytes| *bytes < USUAL_STEP_BYTES),
        ..ScanOptions::default()
    }
}

fn tell_sstables(table: &TableView, range: &TokenRange, trace: Option<&ReadTrace>) {
    let Some(trace) = trace else { return };
    for live in table.sstables() {
        trace.touch(live, if meets(range, live) { Touch::Scan } else { Touch::NotByToken });
    }
}

/// Whether a range has any token from the first to the last of an SSTable.
fn meets(range: &TokenRange, live: &TableSstable) -> bool {
    let (first, last): (&Token, &Token) = (&live.live().first().token, &live.live().last().token);
    range.after.as_ref().is_none_or(|after| after < last)
        && range.through.as_ref().is_none_or(|through| first <= through)
}
