//! Where partitions begin behind damage, where no index tells it.

use std::ops::Range;

use super::SalvageOptions;
use super::row::RowReader;
use super::setting::Setting;
use super::survey::is_damage;
use crate::component::{BloomFilter, Component, FilterLayout};
use crate::encoding::Bytes;
use crate::error::Result;
use crate::io::Feed;
use crate::partitioner::hash3_x64_128;
use crate::reader::{Cursor, Unfiltered};
use crate::row::{ClusteringKind, PrefixBuffer};
use crate::tools::lossless::LosslessPrinter;
use crate::types::validate;

/// Length, key, deletion, and a byte of what follows: no head of a partition is longer.
const HEAD_BYTES: usize = 2 + 65_535 + 12 + 1;

/// So many whole partitions have to follow one another in front of one that is believed, where all of them begin behind
/// what can be a single partition.
const PROVING_PARTITIONS: usize = 3;

/// A search gives up when it has tried so many times the bytes of the data.
const TRIED_TIMES_DATA: u64 = 16;

/// A place from which partitions follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) position: u64,
    /// Partitions that begin here or behind are certain. The ones in front of it, or all if there is none, could stand
    /// in a value, or begin with bytes that only look like a head.
    pub(super) certain_from: u64,
}

/// Searches sound bytes for partitions that follow one another, with valid and ascending keys, clusterings in order,
/// rows of their stated sizes and valid values.
///
/// Such partitions may be a copy in a value. But no value is longer than the largest partition that Statistics.db
/// counted: what still decodes behind so many bytes has passed the end of a partition that is none in a value, and
/// is in step with it.
pub(super) struct Search<'a> {
    setting: &'a Setting<'a>,
    feed: Box<dyn Feed>,
    cursor: Cursor,
    rows: RowReader<'a>,
    printer: LosslessPrinter,
    filter: Option<BloomFilter>,
    largest_bytes: u64,
    /// How many bytes may still be tried.
    left_bytes: u64,
    held: Vec<u8>,
}

/// How a row of partitions ended.
struct Chain {
    whole: usize,
    end: u64,
    certain_from: Option<u64>,
}

impl<'a> Search<'a> {
    pub(super) fn new(setting: &'a Setting<'a>) -> Result<Self> {
        let sstable = setting.sstable;
        let filter = sstable.files().open(Component::Filter);
        let layout = FilterLayout::of(sstable.version());
        let sizes = &sstable.statistics().stats.estimated_partition_size_bytes;
        let largest = sizes.buckets().filter(|(_, count)| *count > 0).map(|(size, _)| size).max();
        let largest =
            largest.filter(|_| sizes.overflow_count() == 0).and_then(|size| u64::try_from(size).ok());
        Ok(Self {
            setting,
            feed: sstable.lookup_feed()?,
            cursor: sstable.key_cursor()?,
            rows: RowReader::new(sstable.header(), &SalvageOptions::VALIDATING),
            printer: LosslessPrinter::new(sstable.header()),
            filter: filter.and_then(|source| BloomFilter::open(&*source, layout)).ok(),
            largest_bytes: largest.unwrap_or(u64::MAX),
            left_bytes: sstable.data_length().saturating_mul(TRIED_TIMES_DATA),
            held: Vec::new(),
        })
    }

    /// The first place behind `from`, in bytes that are not `bad`, from which partitions with keys behind `last_key`
    /// follow one another.
    ///
    /// # Errors
    /// A failed read of another kind than damage.
    pub(super) fn next(&mut self, from: u64, bad: &[Range<u64>], last_key: &[u8]) -> Result<Option<Found>> {
        let length = self.setting.sstable.data_length();
        let mut from = from.saturating_add(1);
        while from < length && self.left_bytes > 0 {
            let next = bad.get(bad.partition_point(|range| range.end <= from));
            let sound = match next {
                Some(range) if range.start <= from => {
                    from = range.end;
                    continue;
                }
                Some(range) => from..range.start,
                None => from..length,
            };
            match self.search(&sound, last_key) {
                Ok(Some(found)) => return Ok(Some(found)),
                Ok(None) => {}
                Err(error) if is_damage(&error) => {}
                Err(error) => return Err(error),
            }
            from = sound.end;
        }
        Ok(None)
    }

    /// Tries each byte of a sound stretch.
    fn search(&mut self, sound: &Range<u64>, last_key: &[u8]) -> Result<Option<Found>> {
        let mut base = self.feed.seek(sound.start)?;
        self.held.clear();
        let mut position = sound.start;
        while position < sound.end {
            let mut at = usize::try_from(position.saturating_sub(base)).unwrap_or(usize::MAX);
            let mut held_to = base.saturating_add(self.held.len() as u64);
            if self.held.len().saturating_sub(at) < HEAD_BYTES && held_to < sound.end {
                let gone = at.min(self.held.len());
                self.held.drain(..gone);
                base = base.saturating_add(gone as u64);
                at = at.saturating_sub(gone);
                while self.held.len().saturating_sub(at) < HEAD_BYTES.saturating_mul(2) && held_to < sound.end
                {
                    if !self.hold_more()? {
                        return Ok(None);
                    }
                    held_to = base.saturating_add(self.held.len() as u64);
                }
            }
            let ahead = self.held.get(at..).unwrap_or_default();
            if self.is_head(ahead, last_key)
                && let Some(found) = self.try_at(position, sound, last_key)?
            {
                return Ok(Some(found));
            }
            if self.left_bytes == 0 {
                return Ok(None);
            }
            position = position.saturating_add(1);
        }
        Ok(None)
    }

    fn hold_more(&mut self) -> Result<bool> {
        let old = self.held.len();
        self.held.resize(old.saturating_add(self.feed.unit()), 0);
        let filled = self.feed.fill(self.held.get_mut(old..).unwrap_or_default());
        self.held.truncate(old.saturating_add(*filled.as_ref().unwrap_or(&0)));
        Ok(filled? > 0)
    }

    /// Whether these bytes may begin a partition: most do not, and that is told without the cursor.
    fn is_head(&self, ahead: &[u8], last_key: &[u8]) -> bool {
        let sstable = self.setting.sstable;
        let mut bytes = Bytes::new(ahead);
        let Ok(key) = bytes.short_prefixed() else { return false };
        if key.is_empty() {
            return false;
        }
        let Ok(deletion) = sstable.layout().deltas.partition_deletion(&mut bytes) else { return false };
        let stats = &sstable.statistics().stats;
        let times = stats.min_timestamp..=stats.max_timestamp;
        (deletion.is_live() || times.contains(&deletion.marked_for_delete_at)) && self.key_fits(key, last_key)
    }

    fn key_fits(&self, key: &[u8], last_key: &[u8]) -> bool {
        validate(&self.setting.sstable.header().key_type, key).is_ok()
            && (last_key.is_empty() || self.setting.partitioner.compare_keys(last_key, key).is_lt())
            && self.filter.as_ref().is_none_or(|filter| filter.may_contain(hash3_x64_128(key, 0)))
    }

    fn try_at(&mut self, position: u64, sound: &Range<u64>, last_key: &[u8]) -> Result<Option<Found>> {
        let mut key = last_key.to_vec();
        let mut chain = Chain { whole: 0, end: position, certain_from: None };
        let far = position.saturating_add(self.largest_bytes);
        let mut behind = 0_usize;
        while chain.end < sound.end {
            match self.whole_partition(chain.end, &mut key) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if is_damage(&error) => break,
                Err(error) => return Err(error),
            }
            behind = behind.saturating_add((chain.end > far).into());
            chain.whole = chain.whole.saturating_add(1);
            chain.end = self.cursor.next_position();
            if behind == PROVING_PARTITIONS {
                chain.certain_from = Some(chain.end);
                break;
            }
        }
        let tried = self.cursor.next_position().saturating_sub(position).max(1);
        self.left_bytes = self.left_bytes.saturating_sub(tried);
        // What could be the beginning of a partition that the next damage cuts is no contradiction.
        let is_cut = chain.end.saturating_add(self.largest_bytes) > sound.end;
        let goes_to_the_end = chain.end >= sound.end || (is_cut && chain.whole >= PROVING_PARTITIONS);
        let is_it = chain.certain_from.is_some() || (chain.whole > 0 && goes_to_the_end);
        Ok(is_it.then_some(Found { position, certain_from: chain.certain_from.unwrap_or(u64::MAX) }))
    }

    /// Reads the partition at `position`, whose key has to stand behind `last_key`, and remembers its key.
    fn whole_partition(&mut self, position: u64, last_key: &mut Vec<u8>) -> Result<bool> {
        self.cursor.seek_partition(position)?;
        if !self.cursor.advance_partition()? || !self.key_fits(self.cursor.partition().key, last_key) {
            return Ok(false);
        }
        if self.rows.read(&mut self.cursor, &mut self.printer)?.invalid.is_some() {
            return Ok(false);
        }
        let mut last: Option<PrefixBuffer> = None;
        while self.cursor.advance_unfiltered()? {
            if matches!(self.cursor.unfiltered(), Unfiltered::Row(_))
                && self.rows.read(&mut self.cursor, &mut self.printer)?.invalid.is_some()
            {
                return Ok(false);
            }
            let place = self.cursor.unfiltered().place();
            let is_row = place.0 == ClusteringKind::Clustering;
            let ascends = last.as_ref().is_none_or(|last| {
                let compared = self.setting.order.compare(last.as_prefix(), place);
                compared.is_lt() || (compared.is_eq() && !(is_row && last.kind == place.0))
            });
            if !ascends || self.rows.check_clustering(place.1).is_some() {
                return Ok(false);
            }
            last.get_or_insert_with(PrefixBuffer::bottom).set(place);
            if self.cursor.next_position().saturating_sub(position) > self.largest_bytes {
                return Ok(false);
            }
        }
        last_key.clear();
        last_key.extend_from_slice(self.cursor.partition().key);
        Ok(true)
    }
}
