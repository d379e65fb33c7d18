//! One way through Data.db, around what cannot be read.

use std::ops::Range;

use super::blocks::Blocks;
use super::known::{Known, KnownPartitions};
use super::partition::InPartition;
use super::row::RowReader;
use super::search::Search;
use super::setting::Setting;
use super::streams::Streams;
use super::survey::{is_damage, range_of};
use super::{Loss, LossKind, SalvageReport, Stream};
use crate::error::{Error, Result};
use crate::reader::Cursor;
use crate::types::validate;

/// What a pass is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role<'a> {
    /// To read all that is sound, into this stream.
    Sound(Stream),
    /// To read rows from the gaps that an earlier pass left, whatever their checksums are.
    Suspects(&'a [Range<u64>]),
    /// To read those partitions from the gaps that stand where the index has none or another one: blocks of a
    /// file may have been stored in each other's places.
    Strays(&'a [Range<u64>]),
}

/// A stretch that gives no rows, as long as its end is not known.
#[derive(Debug)]
struct OpenGap {
    start: u64,
    key: Option<Vec<u8>>,
    cause: String,
    loses_deletion: bool,
}

pub(super) struct Pass<'a, 's> {
    pub(super) setting: &'a Setting<'a>,
    pub(super) cursor: Cursor,
    pub(super) rows: RowReader<'a>,
    pub(super) streams: &'a mut Streams<'s>,
    pub(super) report: &'a mut SalvageReport,
    pub(super) role: Role<'a>,
    known: KnownPartitions,
    bad: &'a [Range<u64>],
    /// Where the data ends for this pass.
    length: u64,
    gap: Option<OpenGap>,
    gaps: Vec<Range<u64>>,
    /// The cursor stands where the next partition begins.
    in_sync: bool,
    last_key: Vec<u8>,
    search: Option<Search<'a>>,
    /// The partition is none that the index has here.
    is_stray: bool,
    /// Partitions in front of this place were found by a search that does not prove them.
    certain_from: u64,
}

/// How a partition ended.
enum Ended {
    /// The next one begins here.
    At(u64),
    /// Nothing more of it can be read from here on.
    Lost(u64),
}

/// How the head of a partition was read.
enum Head {
    /// As it is stored; the rows follow.
    Read,
    /// From an index: the rows follow at the next block.
    Entered,
    /// Not at all.
    Lost,
}

impl<'a, 's> Pass<'a, 's> {
    pub(super) fn new(
        setting: &'a Setting<'a>,
        cursor: Cursor,
        role: Role<'a>,
        bad: &'a [Range<u64>],
        (streams, report): (&'a mut Streams<'s>, &'a mut SalvageReport),
    ) -> Result<Self> {
        let sstable = setting.sstable;
        let length = match role {
            Role::Sound(_) => sstable.data_length(),
            Role::Suspects(_) | Role::Strays(_) => sstable.data_length().min(sstable.data().len()),
        };
        Ok(Self {
            setting,
            cursor,
            rows: RowReader::new(sstable.header(), setting.options),
            streams,
            report,
            role,
            known: KnownPartitions::open(sstable)?,
            bad,
            length,
            gap: None,
            gaps: Vec::new(),
            in_sync: false,
            last_key: Vec::new(),
            search: None,
            is_stray: false,
            certain_from: 0,
        })
    }

    /// Reads all of it and returns the gaps.
    pub(super) fn run(mut self) -> Result<Vec<Range<u64>>> {
        let mut place = (0, None);
        loop {
            let (position, known) = place;
            self.streams.progress(position, self.length);
            place = match self.partition(position, known)? {
                Ended::At(next) if next < self.length => (next, None),
                Ended::At(_) => break,
                Ended::Lost(at) => match self.next_known(at)? {
                    Some(known) => {
                        self.certain_from = 0;
                        (known.position, Some(known))
                    }
                    None => match self.search(at)? {
                        Some(position) => (position, None),
                        None => break,
                    },
                },
            };
        }
        self.close_gap(self.length)?;
        self.streams.progress(self.length, self.length);
        if matches!(self.role, Role::Sound(_)) {
            self.report.notes.extend(self.known.take_notes());
        }
        Ok(self.gaps)
    }

    pub(super) fn is_suspects(&self) -> bool {
        matches!(self.role, Role::Suspects(_) | Role::Strays(_))
    }

    /// Whether what lies at `position` is wanted by this pass.
    pub(super) fn wants(&self, position: u64) -> bool {
        match self.role {
            Role::Sound(_) => true,
            Role::Suspects(gaps) => range_of(gaps, position).is_some(),
            Role::Strays(gaps) => self.is_stray && range_of(gaps, position).is_some(),
        }
    }

    /// The next partition that the index knows behind `at`.
    fn next_known(&mut self, at: u64) -> Result<Option<Known>> {
        Ok(self.known.behind(at).filter(|known| known.position < self.length).cloned())
    }

    /// The next partition behind `at` that can be found without an index.
    fn search(&mut self, at: u64) -> Result<Option<u64>> {
        if self.is_suspects() || self.setting.is_unproven {
            return Ok(None);
        }
        let search = match &mut self.search {
            Some(search) => search,
            none => none.insert(Search::new(self.setting)?),
        };
        let found = search.next(at, self.bad, &self.last_key)?;
        self.certain_from = found.map_or(0, |found| found.certain_from);
        Ok(found.map(|found| found.position))
    }

    fn partition(&mut self, position: u64, known: Option<Known>) -> Result<Ended> {
        let resumed = known.is_some();
        // Where all bytes are vouched for, the index is needed behind damage alone.
        let asks_index = self.is_suspects() || self.setting.is_unproven;
        let known = if asks_index { self.known.at(position).cloned() } else { known };
        let head = self.read_head(position, known.as_ref(), resumed)?;
        self.in_sync = false;
        let mut partition = InPartition::new(position, known.clone());
        match head {
            Head::Lost => {
                self.lose_partition(position, known)?;
                return Ok(Ended::Lost(position));
            }
            Head::Entered => {
                if !self.resume(&mut partition, position)? {
                    self.lose_partition(position, None)?;
                    return Ok(Ended::Lost(position));
                }
                self.tell_head(position)?;
            }
            Head::Read => {
                self.close_gap(position)?;
                self.place_partition(&mut partition);
                if matches!(self.role, Role::Strays(_)) {
                    let key = self.cursor.partition().key;
                    // Without an index, partitions were read one behind the other before.
                    self.is_stray = match &known {
                        Some(known) => !known.fits(key, &self.setting.partitioner),
                        None => self.known.behind(position).is_some(),
                    };
                } else if asks_index {
                    partition.limit = self.known.behind(position).map(|next| next.position);
                }
                if self.wants(position) {
                    self.streams.head(partition.stream(self.role))?;
                }
                if !self.static_row(&mut partition)? && !self.resume(&mut partition, position)? {
                    return Ok(Ended::Lost(position));
                }
            }
        }
        let ended = self.unfiltereds(&mut partition)?;
        // What the index has here, and was not handed out, runs into what the index has next: it is read again.
        if let (Role::Strays(_), false, Ended::At(end)) = (self.role, self.is_stray, &ended)
            && self.known.behind(position).is_some_and(|next| next.position != *end)
        {
            self.in_sync = false;
            return Ok(Ended::At(position));
        }
        Ok(ended)
    }

    /// Decides whether the partition stands in order.
    fn place_partition(&mut self, partition: &mut InPartition) {
        partition.is_uncertain = partition.position < self.certain_from;
        if partition.is_uncertain {
            return;
        }
        let key = self.cursor.partition().key;
        let ascends =
            self.last_key.is_empty() || self.setting.partitioner.compare_keys(&self.last_key, key).is_lt();
        if ascends {
            self.last_key.clear();
            self.last_key.extend_from_slice(key);
        } else {
            partition.out_of_order = true;
        }
    }

    fn read_head(&mut self, position: u64, known: Option<&Known>, resumed: bool) -> Result<Head> {
        let failed = match self.try_head(position, known, resumed) {
            Ok(()) => {
                let partition = self.cursor.partition();
                self.streams.enter(partition.key, Some(partition.deletion));
                return Ok(Head::Read);
            }
            Err(error) if is_damage(&error) => error,
            Err(error) => return Err(error),
        };
        let known = known.cloned().or_else(|| self.known.at(position).cloned());
        let key = known.as_ref().and_then(Known::key).map(<[u8]>::to_owned);
        self.open_gap(position, key.clone(), &failed)?;
        let (Some(known), Some(key)) = (known, key) else { return Ok(Head::Lost) };
        let ascends =
            self.last_key.is_empty() || self.setting.partitioner.compare_keys(&self.last_key, &key).is_lt();
        let blocks = Blocks::open(self.setting.sstable, &known).ok().flatten();
        let Some(blocks) = blocks.filter(|_| ascends && !self.is_suspects()) else { return Ok(Head::Lost) };
        let deletion = blocks.partition_deletion();
        self.cursor.enter_partition(&key, position, deletion);
        self.streams.enter(&key, Some(deletion));
        self.last_key = key;
        Ok(Head::Entered)
    }

    /// Reads key, deletion and the head of the static row.
    fn try_head(&mut self, position: u64, known: Option<&Known>, resumed: bool) -> Result<()> {
        if let Some(bad) = range_of(self.bad, position).filter(|_| !self.is_suspects()) {
            return Err(self.setting.unreadable(bad));
        }
        if !self.in_sync {
            self.cursor.seek_partition(position)?;
        }
        let read = self.cursor.advance_partition();
        let whole_key = known.and_then(Known::key);
        let fits = match &read {
            Ok(_) => {
                let key = self.cursor.partition().key;
                let strays = matches!(self.role, Role::Strays(_));
                let matters = !strays && (resumed || self.is_suspects());
                let as_known =
                    !matters || known.is_none_or(|known| known.fits(key, &self.setting.partitioner));
                as_known && !key.is_empty() && validate(&self.setting.sstable.header().key_type, key).is_ok()
            }
            Err(_) => false,
        };
        if fits {
            return Ok(());
        }
        if let Some(key) = whole_key.filter(|_| matches!(self.role, Role::Suspects(_))) {
            return self.cursor.read_partition_as(key, position);
        }
        read?;
        let what =
            if resumed { "the partition that the index names is not here" } else { "no key stands here" };
        Err(self.cursor.corrupt_at(position, what))
    }

    fn unfiltereds(&mut self, partition: &mut InPartition) -> Result<Ended> {
        loop {
            let at = self.cursor.next_position();
            match self.unfiltered(partition, at) {
                Ok(true) => {}
                Ok(false) => {
                    self.in_sync = true;
                    return Ok(Ended::At(self.cursor.next_position()));
                }
                Err(error) if is_damage(&error) => {
                    let row_end = self.end_of_lost_row(partition, at);
                    self.open_gap(at, Some(self.streams.key().to_owned()), &error)?;
                    match row_end {
                        // The row is lost, and its size tells where the next one begins.
                        Some(end) => {
                            self.cursor.seek_unfiltered(end).or_else(|error| self.tolerate(error))?;
                        }
                        _ => {
                            self.lose_deletion(partition)?;
                            let from = match partition.passed_over {
                                Some((from, to)) if to == at => from,
                                _ => at,
                            };
                            if !self.resume(partition, from)? {
                                // What was read may have swallowed the partitions behind this one.
                                let lost_from =
                                    if partition.limit.is_some() { partition.position } else { at };
                                return Ok(Ended::Lost(lost_from));
                            }
                        }
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Where the row at `at` ends that cannot be read, if that is known. A size that no checksum vouches for, of this
    /// row or the one in front of it that brought reading out of step, is believed once: if there is damage where it
    /// leads, too, reading goes on at a block.
    fn end_of_lost_row(&self, partition: &mut InPartition, at: u64) -> Option<u64> {
        let own_end = self.cursor.unfinished_row_end();
        if !self.is_suspects() {
            return own_end.filter(|end| *end > at && *end < self.length);
        }
        let (from, end) = partition.out_of_step.take().or(own_end.map(|end| (at, end)))?;
        let limit = partition.limit.unwrap_or(self.length).min(self.length);
        let is_second = partition.passed_over.is_some_and(|(_, to)| to == at);
        // What was read behind a step back is not gone through a third time.
        let was_read_twice = from < partition.failed_at;
        partition.failed_at = partition.failed_at.max(at);
        if is_second || was_read_twice || end <= from || end >= limit {
            return None;
        }
        partition.passed_over = Some((from, end));
        Some(end)
    }

    /// Damage at a place that is sought is met again when it is read.
    fn tolerate(&self, error: Error) -> Result<()> {
        if is_damage(&error) { Ok(()) } else { Err(error) }
    }

    /// Goes to the first block behind `at` that can be read. False if there is none.
    fn resume(&mut self, partition: &mut InPartition, at: u64) -> Result<bool> {
        if partition.blocks.is_none() {
            let known = partition.known.take().or_else(|| self.known.at(partition.position).cloned());
            let blocks = known.and_then(|known| Blocks::open(self.setting.sstable, &known).ok().flatten());
            let Some(blocks) = blocks else { return Ok(false) };
            partition.blocks = Some(blocks);
        }
        let Some(blocks) = &mut partition.blocks else { return Ok(false) };
        loop {
            let block = match blocks.next_block() {
                Ok(block) => block,
                Err(error) if is_damage(&error) => None,
                Err(error) => return Err(error),
            };
            let Some(block) = block else { return Ok(false) };
            let bad = !self.is_suspects() && range_of(self.bad, block.position).is_some();
            if block.position > at && block.position < self.length && !bad {
                match self.cursor.seek_unfiltered(block.position) {
                    Ok(()) => {
                        if block.open.is_none() {
                            self.gap_loses_deletion();
                        }
                        partition.resumed_at = Some(block);
                        return Ok(true);
                    }
                    Err(error) if is_damage(&error) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// Begins a gap, unless there is one.
    pub(super) fn open_gap(&mut self, start: u64, key: Option<Vec<u8>>, error: &Error) -> Result<()> {
        if self.is_suspects() || self.gap.is_some() {
            return Ok(());
        }
        self.setting.check_counters(error)?;
        let cause = error.to_string();
        self.gap = Some(OpenGap { start, key, cause, loses_deletion: false });
        Ok(())
    }

    /// Notes that a deletion is lost in the gap.
    pub(super) fn gap_loses_deletion(&mut self) {
        if let Some(gap) = &mut self.gap {
            gap.loses_deletion = true;
        }
    }

    /// Ends the gap, if there is one, and tells of it.
    pub(super) fn close_gap(&mut self, end: u64) -> Result<()> {
        let Some(gap) = self.gap.take() else { return Ok(()) };
        let data = gap.start..end.max(gap.start);
        let loss = Loss {
            kind: LossKind::Gap,
            stored: self.setting.stored(&data),
            estimated_rows: self.setting.estimated_rows(&data),
            data: data.clone(),
            key: gap.key,
            loses_deletion: gap.loses_deletion,
            cause: gap.cause,
        };
        self.report.gaps = self.report.gaps.saturating_add(1);
        self.report.lost_bytes = self.report.lost_bytes.saturating_add(data.end.saturating_sub(data.start));
        self.report.estimated_lost_rows = self.report.estimated_lost_rows.saturating_add(loss.estimated_rows);
        self.report.lost_deletions = self.report.lost_deletions.saturating_add(gap.loses_deletion.into());
        self.gaps.push(data);
        self.streams.lost(&loss)
    }

    /// Tells that the head of the current partition is taken from the index.
    fn tell_head(&mut self, position: u64) -> Result<()> {
        let has_static = !self.setting.sstable.header().static_columns.is_empty();
        let and_static = if has_static { "; its static row is lost" } else { "" };
        self.streams.lost(&Loss {
            kind: LossKind::Head,
            data: position..position,
            stored: self.setting.stored(&(position..position)),
            key: Some(self.streams.key().to_owned()),
            estimated_rows: 0,
            loses_deletion: false,
            cause: format!("its head cannot be read: key and deletion are those in the index{and_static}"),
        })
    }

    /// Tells that nothing of a partition is recovered.
    fn lose_partition(&mut self, position: u64, known: Option<Known>) -> Result<()> {
        if self.is_suspects() {
            return Ok(());
        }
        let known = known.or_else(|| self.known.at(position).cloned());
        let key = known.and_then(|known| known.key().map(<[u8]>::to_owned));
        self.report.lost_partitions = self.report.lost_partitions.saturating_add(1);
        let cause = "its head cannot be read, and no index leads to a readable row of it".to_owned();
        self.streams.lost(&Loss {
            kind: LossKind::Partition,
            data: position..position,
            stored: self.setting.stored(&(position..position)),
            key,
            estimated_rows: 0,
            loses_deletion: true,
            cause,
        })
    }
}
