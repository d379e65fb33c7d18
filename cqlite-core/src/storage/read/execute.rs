//! Carrying out a read.

use std::sync::Arc;

use cqlite_sstable::component::statistics::HeaderColumn;
use cqlite_sstable::merge::{LazySource, Merge, SharedColumns};
use cqlite_sstable::reader::{Direction, FilterAnswer, SearchKey, Slice, TokenRange};
use cqlite_sstable::row::{ClusteringKind, DeletionTime, PrefixBuffer, UnfilteredPartitions};
use cqlite_sstable::{Error, Result};

use super::column_map::ColumnMap;
use super::live_rows::{Ended, LiveRows};
use super::range_sources::{RangePartitions, RangeSources};
use super::source::Source;
use super::trace::Touch;
use super::{Page, PagingState, Partitions, ReadCommand, RowSink};
use crate::storage::TableId;
use crate::storage::memtable::{FoundPartition, Memtable};
use crate::storage::mutation::TableLayout;
use crate::storage::store::{LentReader, LookupTally, TableSstable, TableView, View};

impl View {
    /// Reads into memory: as much as the command asks for, but no more than some megabytes at a time.
    ///
    /// # Errors
    /// If there is no such table, the command makes no sense, or an SSTable cannot be read.
    pub fn read(&self, command: &ReadCommand) -> Result<Page> {
        let mut page = Page::default();
        page.next = self.for_each(command, &mut page)?;
        Ok(page)
    }

    /// Gives what is read to a sink, one row after the other, in memory that does not grow. Returned is where it ended if
    /// that was before the end of all that is wanted.
    ///
    /// # Errors
    /// As [`View::read`], and those of the sink.
    pub fn for_each(&self, command: &ReadCommand, sink: &mut dyn RowSink) -> Result<Option<PagingState>> {
        let begun = self.store().begin_read();
        let table = self.table(command.table)?;
        command.check(table.layout())?;
        table.check_damage(command)?;
        let read = self.execute(table, command, sink);
        if let Err(error) = &read {
            self.store().note_damage(table, error);
        }
        self.store().end_read(begun);
        read
    }

    fn execute(
        &self,
        table: &TableView,
        command: &ReadCommand,
        sink: &mut dyn RowSink,
    ) -> Result<Option<PagingState>> {
        let rows = LiveRows::new(sink, command, self.store(), table.layout());
        let mut read = Read { view: self, table, command, rows };
        if read.rows.has_ended() {
            return Ok(None);
        }
        let ended = match &command.partitions {
            Partitions::Key(key) => read.keys(std::slice::from_ref(key)),
            Partitions::Keys(keys) => read.keys(keys),
            Partitions::Range(range) => read.range(range),
        }?;
        Ok(ended.filter(|_| !read.rows.has_ended()))
    }
}

impl View {
    /// All rows of a table with their deletions, merged, and the regular columns that their cells are places among.
    ///
    /// # Errors
    /// If there is no such table, or an SSTable cannot be read.
    pub fn unfiltered(&self, id: TableId) -> Result<(impl UnfilteredPartitions, Vec<HeaderColumn>)> {
        let table = self.table(id)?;
        table.table().quarantine().check(None, None)?;
        let (merge, _) = RangeSources::merge(table, self.visible(), &TokenRange::default(), (None, false))?;
        let columns = merge.columns().columns(false).iter();
        let columns = columns
            .map(|one| HeaderColumn { name: one.name.clone(), column_type: one.column.column_type.clone() });
        let columns = columns.collect();
        Ok((merge, columns))
    }
}

/// A read under way.
pub(super) struct Read<'a> {
    pub(super) view: &'a View,
    pub(super) table: &'a TableView,
    pub(super) command: &'a ReadCommand,
    pub(super) rows: LiveRows<'a>,
}

impl<'a> Read<'a> {
    fn keys(&mut self, keys: &[Vec<u8>]) -> Result<Option<PagingState>> {
        let resume = self.command.resume.as_ref();
        let first = resume.map_or(0, |state| state.key_number);
        for (number, key) in keys.iter().enumerate().skip(first) {
            let resumed = resume.filter(|state| state.key_number == number && state.key == *key);
            if resumed.is_some_and(|state| state.clustering.is_none()) {
                continue;
            }
            if self.key(key, resumed)? == Ended::All {
                return Ok(Some(self.state(number)));
            }
        }
        Ok(None)
    }

    /// Where the read is.
    fn state(&self, key_number: usize) -> PagingState {
        PagingState {
            key: self.rows.row.key.clone(),
            clustering: self.rows.has_row().then(|| self.rows.row.clustering.clone()),
            key_number,
            remaining: self.rows.remaining,
            remaining_in_partition: self.rows.remaining_in_partition,
        }
    }

    /// Reads one partition, from where an earlier read ended if there was one.
    fn key(&mut self, key: &[u8], resumed: Option<&PagingState>) -> Result<Ended> {
        self.rows.begin(key, resumed.map(|state| state.remaining_in_partition));
        let slices = self.slices(resumed);
        let mut places = self.places(key, slices.as_deref())?;
        if places.is_empty() {
            return Ok(Ended::Rows);
        }
        let is_whole = slices.is_none() && self.command.direction == Direction::Forward;
        let mut ended = Ended::Rows;
        if is_whole {
            ended = self.slice(key, &mut places, None, true)?;
        } else {
            let slices = slices.unwrap_or_else(|| vec![Slice::all()]);
            if slices.is_empty() && resumed.is_none() {
                self.statics_alone(&mut places)?;
            }
            let mut has_statics = false;
            let in_order: Box<dyn Iterator<Item = &Slice>> = match self.command.direction {
                Direction::Forward => Box::new(slices.iter()),
                Direction::Reversed => Box::new(slices.iter().rev()),
            };
            for slice in in_order {
                ended = match self.command.direction {
                    Direction::Forward => self.slice(key, &mut places, Some(slice), !has_statics)?,
                    Direction::Reversed => self.reversed(key, &mut places, slice, !has_statics)?,
                };
                has_statics = true;
                if ended != Ended::Rows {
                    break;
                }
            }
        }
        if ended != Ended::All && self.rows.end(self.takes_static_rows())? == Ended::All {
            ended = Ended::All;
        }
        Ok(ended)
    }

    /// Whether a partition without rows is given for its static row: unless only some of its rows were asked for.
    fn takes_static_rows(&self) -> bool {
        self.command.slices.is_empty()
    }

    /// Where a partition is: memtables that may have it, and readers of SSTables that have. Left out are SSTables that have
    /// nothing of the slices, if there are any, or nothing newer than the deletion of the partition
    /// (`SinglePartitionReadCommand.queryMemtableAndDiskInternal`).
    fn places(&self, key: &[u8], slices: Option<&[Slice]>) -> Result<Places> {
        let layout = self.table.layout();
        let key = SearchKey::new(key);
        let token = key.token(layout.partitioner());
        let found = |memtable: &Arc<Memtable>| {
            let partition = memtable.find(key.bytes(), &token)?;
            Some((Arc::clone(memtable), partition))
        };
        let memtables: Vec<_> = self.table.memtables().filter_map(found).collect();
        let trace = self.command.trace.as_deref();
        let told =
            |sstable: &TableSstable, how| trace.into_iter().for_each(|trace| trace.touch(sstable, how));
        trace.into_iter().for_each(|trace| trace.lookup(memtables.len()));
        let (mut readers, mut tally) = (Vec::new(), LookupTally::default());
        let wants_statics = self.command.columns.as_ref().is_none_or(|[statics, _]| !statics.is_empty());
        let is_met = |sstable: &TableSstable| {
            slices.is_none_or(|slices| sstable.meets(slices, wants_statics, layout.order()))
        };
        let mut deletion = DeletionTime::LIVE;
        for sstable in self.table.sstables() {
            if deletion.deletes(sstable.max_timestamp()) {
                told(sstable, Touch::NotByDeletion);
                // Those that follow are older still.
                break;
            }
            if !sstable.spans(&token) {
                told(sstable, Touch::NotByToken);
                continue;
            }
            if !is_met(sstable) {
                told(sstable, Touch::NotByClustering);
                continue;
            }
            let mut reader = sstable.reader()?;
            let is_found = reader.find(&key)?;
            tally.add(reader.filter_answer(), is_found);
            if is_found {
                told(sstable, Touch::Found);
                deletion = deletion.max(reader.partition().deletion);
                readers.push(reader);
            } else {
                let is_refused = reader.filter_answer() == FilterAnswer::Absent;
                told(sstable, if is_refused { Touch::FilterRejection } else { Touch::Absent });
            }
        }
        self.view.store().note_lookup(&tally);
        Ok(Places { memtables, readers })
    }

    /// The slices that are left to be read; none stands for everything.
    fn slices(&self, resumed: Option<&PagingState>) -> Option<Vec<Slice>> {
        let behind = resumed.and_then(|state| state.clustering.as_ref());
        if behind.is_none() && self.command.slices.is_empty() {
            return None;
        }
        let everything = [Slice::all()];
        let asked = if self.command.slices.is_empty() { &everything[..] } else { &self.command.slices };
        let order = self.table.layout().order();
        let mut slices: Vec<Slice> = asked.to_vec();
        if let Some(values) = behind {
            let (kind, values) = (ClusteringKind::Clustering, values);
            for slice in &mut slices {
                match self.command.direction {
                    Direction::Forward
                        if order.compare(slice.start.as_prefix(), (kind, values.as_clustering())).is_lt() =>
                    {
                        slice.start =
                            PrefixBuffer { kind: ClusteringKind::ExclStartBound, values: values.clone() };
                    }
                    Direction::Reversed
                        if order.compare(slice.end.as_prefix(), (kind, values.as_clustering())).is_gt() =>
                    {
                        slice.end =
                            PrefixBuffer { kind: ClusteringKind::ExclEndBound, values: values.clone() };
                    }
                    _ => {}
                }
            }
        }
        slices.retain(|slice| !order.slice_is_empty(slice.start.as_prefix(), slice.end.as_prefix()));
        Some(slices)
    }

    /// Gives the rows of a slice of one partition, in clustering order.
    pub(super) fn slice(
        &mut self,
        key: &[u8],
        places: &mut Places,
        slice: Option<&Slice>,
        with_statics: bool,
    ) -> Result<Ended> {
        places.with_sources(key, slice, self.view.visible(), self.table, |source, map| {
            if !source.advance_partition()? {
                return Ok(Ended::Rows);
            }
            if with_statics {
                self.rows.statics(source, map)?;
            }
            self.rows.rows(source, map)
        })
    }

    fn statics_alone(&mut self, places: &mut Places) -> Result<()> {
        let key = self.rows.row.key.clone();
        places.with_sources(&key, None, self.view.visible(), self.table, |source, map| {
            if source.advance_partition()? {
                self.rows.statics(source, map)?;
            }
            Ok(())
        })
    }

    /// Reads the partitions of a range of tokens.
    fn range(&mut self, range: &TokenRange) -> Result<Option<PagingState>> {
        let (mut range, resume) = (range.clone(), self.command.resume.as_ref());
        let partitioner = self.table.layout().partitioner();
        if let Some(state) = resume {
            if state.clustering.is_some() && self.key(&state.key, Some(state))? == Ended::All {
                return Ok(Some(self.state(0)));
            }
            range.after = Some(partitioner.token(&state.key).predecessor());
        }
        let told = (self.command.trace.as_deref(), self.command.reads_ahead);
        let RangeSources { partitions, map } =
            RangeSources::open(self.table, self.view.visible(), &range, told)?;
        match partitions {
            RangePartitions::One(mut scan) => self.partitions(&mut *scan, &map),
            RangePartitions::Merged(mut merge) => self.partitions(&mut *merge, &map),
        }
    }

    fn partitions(
        &mut self,
        source: &mut impl UnfilteredPartitions,
        map: &ColumnMap,
    ) -> Result<Option<PagingState>> {
        let partitioner = self.table.layout().partitioner();
        let mut passed = self.command.resume.as_ref().map(|state| state.key.as_slice());
        let needs_slices = !self.command.slices.is_empty() || self.command.direction == Direction::Reversed;
        while source.advance_partition()? {
            let key = source.partition().key;
            if let Some(last) = passed {
                if partitioner.compare_keys(key, last).is_le() {
                    continue;
                }
                passed = None;
            }
            let ended = if needs_slices {
                let key = key.to_owned();
                self.key(&key, None)?
            } else {
                self.rows.begin(key, None);
                self.rows.statics(source, map)?;
                let ended = self.rows.rows(source, map)?;
                if ended == Ended::All { ended } else { self.rows.end(true)? }
            };
            if ended == Ended::All {
                return Ok(Some(self.state(0)));
            }
        }
        Ok(None)
    }
}

/// Where a partition is.
pub(super) struct Places {
    pub(super) memtables: Vec<(Arc<Memtable>, FoundPartition)>,
    /// Each has found the partition.
    pub(super) readers: Vec<LentReader>,
}

/// A source of one partition: one place alone, or several that are merged.
pub(super) enum OneOrMerged<'m, 'r> {
    One(Source<'r>),
    Merged(Box<Merge<'m, Source<'r>>>),
}

impl Places {
    fn is_empty(&self) -> bool {
        self.memtables.is_empty() && self.readers.is_empty()
    }

    /// Opens all places at the head of the partition, and has `work` done with them.
    pub(super) fn with_sources<T>(
        &mut self,
        key: &[u8],
        slice: Option<&Slice>,
        visible: u64,
        table: &TableView,
        work: impl FnOnce(&mut OneOrMerged<'_, '_>, &ColumnMap) -> Result<T>,
    ) -> Result<T> {
        match (&self.memtables[..], &mut self.readers[..]) {
            ([(memtable, partition)], []) => {
                let source = Source::Memtable(Box::new(memtable.found(*partition, slice.cloned(), visible)));
                work(&mut OneOrMerged::One(source), &map_of(memtable, table.layout()))
            }
            ([], [reader]) => {
                let map = reader.sstable().column_map(table.layout());
                work(&mut OneOrMerged::One(source_at(reader, key, slice)?), &map)
            }
            _ => self.with_merge(key, slice, visible, table, work),
        }
    }

    fn with_merge<T>(
        &mut self,
        key: &[u8],
        slice: Option<&Slice>,
        visible: u64,
        table: &TableView,
        work: impl FnOnce(&mut OneOrMerged<'_, '_>, &ColumnMap) -> Result<T>,
    ) -> Result<T> {
        let layout = table.layout();
        let mut headers: Vec<_> =
            self.memtables.iter().map(|(memtable, _)| memtable.layout().header()).collect();
        let mut sources: Vec<Source<'_>> =
            Vec::with_capacity(self.memtables.len().saturating_add(self.readers.len()));
        let mut is_same = true;
        for (memtable, partition) in &self.memtables {
            is_same &= Arc::ptr_eq(memtable.layout(), layout);
            sources.push(Source::Memtable(Box::new(memtable.found(*partition, slice.cloned(), visible))));
        }
        let live: Vec<_> = self.readers.iter().map(|reader| Arc::clone(reader.sstable())).collect();
        headers.extend(live.iter().map(|sstable| sstable.sstable().header()));
        for reader in &mut self.readers {
            is_same &= reader.sstable().column_map(layout).is_same();
            sources.push(source_at(reader, key, slice)?);
        }
        let columns = Arc::new(SharedColumns::new(&headers)?);
        let map = if is_same { ColumnMap::Same } else { ColumnMap::of_shared(&columns, layout) };
        let sources = sources.into_iter().map(LazySource::opened).collect();
        let merge = Merge::new(layout.partitioner().clone(), columns, layout.order().clone(), sources);
        work(&mut OneOrMerged::Merged(Box::new(merge)), &map)
    }
}

/// A source of what an SSTable has of the partition that its reader has found, from its head on.
fn source_at<'r>(reader: &'r mut LentReader, key: &[u8], slice: Option<&Slice>) -> Result<Source<'r>> {
    if !reader.is_at_head() && !reader.find(&SearchKey::new(key))? {
        return Err(Error::corrupt("a partition that was there is gone"));
    }
    reader.leave_head();
    Ok(Source::of_found(reader, slice))
}

/// Which columns of a table those of a memtable are.
fn map_of(memtable: &Memtable, layout: &Arc<TableLayout>) -> ColumnMap {
    match Arc::ptr_eq(memtable.layout(), layout) {
        true => ColumnMap::Same,
        false => ColumnMap::of_header(memtable.layout().header(), layout),
    }
}

macro_rules! either {
    ($self:ident, $source:ident => $call:expr) => {
        match $self {
            OneOrMerged::One($source) => $call,
            OneOrMerged::Merged($source) => $call,
        }
    };
}

impl UnfilteredPartitions for OneOrMerged<'_, '_> {
    fn advance_partition(&mut self) -> Result<bool> {
        either!(self, source => source.advance_partition())
    }

    fn partition(&self) -> cqlite_sstable::row::Partition<'_> {
        either!(self, source => source.partition())
    }

    #[inline]
    fn advance_unfiltered(&mut self) -> Result<bool> {
        either!(self, source => source.advance_unfiltered())
    }

    #[inline]
    fn unfiltered(&self) -> cqlite_sstable::row::Unfiltered<'_> {
        either!(self, source => source.unfiltered())
    }

    #[inline]
    fn advance_item(&mut self) -> Result<bool> {
        either!(self, source => source.advance_item())
    }

    #[inline]
    fn item(&self) -> cqlite_sstable::row::RowItem<'_> {
        either!(self, source => source.item())
    }
}
