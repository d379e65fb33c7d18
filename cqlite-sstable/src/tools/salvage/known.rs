//! The partitions that an index knows, in order.

use std::ops::Range;
use std::sync::Arc;

use crate::component::{
    BloomFilter, Component, FilterLayout, IndexEntries, IndexEntry, PartitionEntries, PartitionPosition,
    Partitions, Rows, Summary,
};
use crate::error::Result;
use crate::io::{Source, SourceExt as _, SourcePages};
use crate::partitioner::{KeyPosition, Partitioner, hash3_x64_128};
use crate::reader::Sstable;
use crate::types::{CqlType, validate};
use crate::version::Format;

/// No sample of an index is larger.
const SUMMARY_LIMIT_BYTES: u64 = 1024 * 1024 * 1024;

/// What an index tells about a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// Where it begins in the uncompressed data.
    pub(super) position: u64,
    pub(super) key: KnownKey,
    pub(super) rows: RowsPlace,
}

/// What an index tells of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KnownKey {
    /// All of it.
    Whole(Vec<u8>),
    /// The beginning of its byte-comparable form.
    Prefix(Vec<u8>),
}

/// Where the blocks of a partition's rows are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RowsPlace {
    None,
    /// Here in Index.db.
    Promoted(Range<u64>),
    /// By an entry at this offset of Rows.db.
    Trie(u64),
}

impl Known {
    /// The key, if the index has all of it.
    pub(super) fn key(&self) -> Option<&[u8]> {
        match &self.key {
            KnownKey::Whole(key) => Some(key),
            KnownKey::Prefix(_) => None,
        }
    }

    /// Whether it may be the partition of this key.
    pub(super) fn fits(&self, key: &[u8], partitioner: &Partitioner) -> bool {
        match &self.key {
            KnownKey::Whole(known) => known == key,
            KnownKey::Prefix(prefix) => {
                let mut form = Vec::new();
                partitioner.write_byte_comparable(key, KeyPosition::At, &mut form);
                form.starts_with(prefix)
            }
        }
    }
}

/// Goes through Index.db or Partitions.db. No checksum covers them, so that what contradicts what came before, the
/// data's length, or the bloom filter, is passed over.
pub(super) struct KnownPartitions {
    checks: Checks,
    walk: Walk,
    /// The partition that comes next.
    next: Option<Known>,
    notes: Vec<String>,
}

struct Checks {
    key_type: CqlType,
    partitioner: Partitioner,
    filter: Option<BloomFilter>,
    data_length: u64,
    last_position: Option<u64>,
    last_key: Vec<u8>,
}

enum Walk {
    Nothing,
    Big { source: Arc<dyn Source>, entries: IndexEntries, at: u64, samples: Option<Vec<u64>> },
    Bti { entries: Box<PartitionEntries>, pages: SourcePages, rows: Rows, row_pages: SourcePages },
}

impl KnownPartitions {
    /// Opens the index of an SSTable, if there is one that can be read.
    pub(super) fn open(sstable: &Sstable) -> Result<Self> {
        let filter = sstable
            .files()
            .open(Component::Filter)
            .and_then(|source| BloomFilter::open(&*source, FilterLayout::of(sstable.version())))
            .ok();
        let checks = Checks {
            key_type: sstable.header().key_type.clone(),
            partitioner: sstable.partitioner()?,
            filter,
            data_length: sstable.data_length(),
            last_position: None,
            last_key: Vec::new(),
        };
        let opened = match sstable.version().format() {
            Format::Big => open_big(sstable),
            Format::Bti => open_bti(sstable),
        };
        let (walk, notes) = match opened {
            Ok(walk) => (walk, Vec::new()),
            Err(error) => {
                (Walk::Nothing, vec![format!("{error}: behind damage, partitions are searched for")])
            }
        };
        let mut known = Self { checks, walk, next: None, notes };
        known.advance();
        Ok(known)
    }

    /// What is wrong with the index, as far as it was met.
    pub(super) fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// The partition at `position`, if the index knows one there. Positions must ascend.
    pub(super) fn at(&mut self, position: u64) -> Option<&Known> {
        while self.next.as_ref().is_some_and(|next| next.position < position) {
            self.advance();
        }
        self.next.as_ref().filter(|next| next.position == position)
    }

    /// The first partition behind `position`.
    pub(super) fn behind(&mut self, position: u64) -> Option<&Known> {
        self.at(position.saturating_add(1));
        self.next.as_ref()
    }

    fn advance(&mut self) {
        let found = match &mut self.walk {
            Walk::Nothing => Ok(None),
            Walk::Big { source, entries, at, samples } => {
                next_big(source, entries, at, &mut self.checks, samples)
            }
            Walk::Bti { entries, pages, rows, row_pages } => {
                next_bti(entries, pages, rows, row_pages, &mut self.checks)
            }
        };
        self.next = found.unwrap_or_else(|error| {
            self.notes.push(format!("{error}: partitions behind it are not known"));
            self.walk = Walk::Nothing;
            None
        });
    }
}

impl Checks {
    fn position_fits(&self, position: u64) -> bool {
        position < self.data_length && self.last_position.is_none_or(|last| position > last)
    }

    fn key_fits(&self, key: &[u8]) -> bool {
        let passes = self.filter.as_ref().is_none_or(|filter| filter.may_contain(hash3_x64_128(key, 0)));
        let behind_last =
            self.last_key.is_empty() || self.partitioner.compare_keys(&self.last_key, key).is_lt();
        passes && behind_last && validate(&self.key_type, key).is_ok()
    }

    fn take(&mut self, position: u64, key: &[u8]) {
        self.last_position = Some(position);
        if !key.is_empty() {
            self.last_key.clear();
            self.last_key.extend_from_slice(key);
        }
    }
}

fn open_big(sstable: &Sstable) -> Result<Walk> {
    let source = sstable.files().open(Component::Index)?;
    let entries = IndexEntries::new(Arc::clone(&source));
    let samples = sstable.files().open(Component::Summary).ok().and_then(|file| {
        let bytes = file.read_all(SUMMARY_LIMIT_BYTES).ok()?;
        Some(Summary::parse(&bytes).ok()?.iter().map(|entry| entry.index_position).collect())
    });
    Ok(Walk::Big { source, entries, at: 0, samples })
}

/// The next entry of Index.db that fits. Where entries cannot be told apart, reading begins again at the next
/// sample of Summary.db.
fn next_big(
    source: &Arc<dyn Source>,
    entries: &mut IndexEntries,
    at: &mut u64,
    checks: &mut Checks,
    samples: &mut Option<Vec<u64>>,
) -> Result<Option<Known>> {
    loop {
        let failed = match entries.next_entry() {
            Ok(None) => return Ok(None),
            Ok(Some(entry)) if checks.position_fits(entry.position) && checks.key_fits(entry.key) => {
                checks.take(entry.position, entry.key);
                *at = entry.end();
                return Ok(Some(known_big(&entry)));
            }
            Ok(Some(entry)) => {
                let (offset, end) = (entry.offset, entry.end());
                let mut ahead = IndexEntries::from(Arc::clone(source), end);
                let goes_on = ahead.next_entry().is_ok_and(|next| {
                    next.is_none_or(|next| checks.position_fits(next.position) && checks.key_fits(next.key))
                });
                if goes_on {
                    continue;
                }
                *at = offset;
                None
            }
            Err(error) => Some(error),
        };
        let next = samples.as_ref().and_then(|samples| samples.iter().find(|sample| **sample > *at)).copied();
        let Some(next) = next.filter(|next| *next < source.len()) else {
            return failed.map_or(Ok(None), Err);
        };
        *at = next;
        *entries = IndexEntries::from(Arc::clone(source), next);
    }
}

fn known_big(entry: &IndexEntry<'_>) -> Known {
    let rows = match entry.promoted_length_bytes {
        0 => RowsPlace::None,
        _ => RowsPlace::Promoted(entry.promoted_offset..entry.end()),
    };
    Known { position: entry.position, key: KnownKey::Whole(entry.key.to_owned()), rows }
}

fn open_bti(sstable: &Sstable) -> Result<Walk> {
    let source = sstable.files().open(Component::Partitions)?;
    let mut pages = SourcePages::new(Arc::clone(&source));
    let entries = Partitions::open(&*source)?.entries(&mut pages)?;
    let rows_source = sstable.files().open(Component::Rows)?;
    let rows = Rows::new(&*rows_source);
    Ok(Walk::Bti { entries: Box::new(entries), pages, rows, row_pages: SourcePages::new(rows_source) })
}

fn next_bti(
    entries: &mut PartitionEntries,
    pages: &mut SourcePages,
    rows: &Rows,
    row_pages: &mut SourcePages,
    checks: &mut Checks,
) -> Result<Option<Known>> {
    while let Some(entry) = entries.next_entry(pages)? {
        let known = match entry.position {
            PartitionPosition::Data(position) => {
                Known { position, key: KnownKey::Prefix(entries.prefix().to_owned()), rows: RowsPlace::None }
            }
            PartitionPosition::Rows(offset) => match rows.entry(row_pages, offset) {
                Ok(entry) if checks.key_fits(&entry.key) => Known {
                    position: entry.data_position,
                    key: KnownKey::Whole(entry.key),
                    rows: RowsPlace::Trie(offset),
                },
                _ => continue,
            },
        };
        if checks.position_fits(known.position) {
            checks.take(known.position, known.key().unwrap_or_default());
            return Ok(Some(known));
        }
    }
    Ok(None)
}
