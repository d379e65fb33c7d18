//! From a partition key to a position in Data.db.

mod big;
mod bti;
mod cached_entries;
mod filter_answer;
mod key_filter;
mod samples;
mod search_key;
mod token_entries;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use self::big::{BigIndex, Neighbors};
use self::bti::{BtiIndex, BtiPages};
pub use self::filter_answer::FilterAnswer;
use self::key_filter::{FilterSource, KeyFilter};
use self::samples::{SUMMARY_LIMIT_BYTES, Samples};
pub use self::search_key::SearchKey;
pub(super) use self::token_entries::{IndexedPartition, TokenEntries};
use super::row_index::RowIndex;
use super::{AbsentBy, Files};
use crate::component::{
    BloomFilter, Component, FilterLayout, IndexEntries, IndexEntry, PromotedIndex, Summary,
};
use crate::encoding::RowLayout;
use crate::error::{Error, Result};
use crate::io::SourceExt as _;
use crate::io::{CachedFile, ChunkCache, FileId};
use crate::partitioner::{Partitioner, Token, hash3_x64_128};
use crate::version::{Format, Version};

/// So many keys are looked up in a filter, before it is believed.
const CHECKED_KEYS: usize = 1024;

/// Where a partition is, as an index says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Located {
    /// In the uncompressed data.
    pub(super) position: u64,
    /// Where its rows are indexed.
    pub(super) rows: RowsPlace,
    /// Another key may be there: then [`Lookup::find_beyond`] says where the one that was looked for is.
    pub(super) is_candidate: bool,
}

/// Where the blocks of a partition's rows are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowsPlace {
    /// Nowhere: the partition is short.
    None,
    /// In a promoted index, at an offset of Index.db and with a length.
    Promoted { offset: u64, length: u64 },
    /// In a trie, with an entry at an offset of Rows.db.
    Trie { offset: u64 },
}

impl RowsPlace {
    fn promoted(entry: &IndexEntry<'_>) -> Self {
        Self::of_promoted(entry.promoted_offset, entry.promoted_length_bytes)
    }

    fn of_promoted(offset: u64, length: u64) -> Self {
        match length {
            0 => Self::None,
            length => Self::Promoted { offset, length },
        }
    }
}

/// The index of one SSTable, shared by all that look up keys in it. Filter.db is read when it is worth it.
#[derive(Debug)]
pub(super) struct Lookup {
    setting: LookupSetting,
    index: Index,
    filter: KeyFilter,
    warnings: Mutex<Vec<Error>>,
    /// What Index.db is known as in a cache.
    file: FileId,
}

#[derive(Debug)]
enum Index {
    Big(BigIndex),
    Bti(BtiIndex),
}

/// What is known of an SSTable whose index is opened.
#[derive(Debug)]
pub(super) struct LookupSetting {
    pub(super) files: Arc<dyn Files>,
    pub(super) version: Version,
    pub(super) partitioner: Partitioner,
    /// How many partitions there are, as Statistics.db estimates.
    pub(super) keys: u64,
    /// Whether the table has a filter at all.
    pub(super) expects_filter: bool,
}

/// What one user of a [`Lookup`] has for itself.
#[derive(Debug)]
pub(super) struct LookupState {
    place: StatePlace,
    lookups: u64,
    /// The last key was not refused by a filter.
    asked_index: bool,
    /// There was a filter to ask.
    asked_filter: bool,
    /// Where the last key would stand, if the index does not have it.
    neighbors: Neighbors,
}

#[derive(Debug)]
enum StatePlace {
    Big { samples: Arc<Samples>, buffer: Vec<u8>, cache: Option<CachedFile> },
    Bti(Box<BtiPages>),
}

impl LookupState {
    /// What the filter said of the last key.
    pub(super) fn filter_answer(&self) -> FilterAnswer {
        match (self.asked_filter, self.asked_index) {
            (false, _) => FilterAnswer::NotAsked,
            (true, false) => FilterAnswer::Absent,
            (true, true) => FilterAnswer::MayBeThere,
        }
    }

    /// The keys around the one that the index did not have, to be compared with Data.db: only where no filter was
    /// asked, so that an absent key seldom costs more than a look at the index.
    pub(super) fn unproven_neighbors(&mut self) -> impl Iterator<Item = (Vec<u8>, u64)> + use<> {
        let neighbors = std::mem::take(&mut self.neighbors);
        let unproven = if self.asked_filter { Neighbors::default() } else { neighbors };
        unproven.before.into_iter().chain(unproven.after)
    }
}

impl Lookup {
    pub(super) fn open(setting: LookupSetting) -> Result<Self> {
        let mut warnings = Vec::new();
        let index = match setting.version.format() {
            Format::Big => Index::Big(BigIndex::open(
                &*setting.files,
                &setting.partitioner,
                setting.keys,
                &mut warnings,
            )?),
            Format::Bti => Index::Bti(BtiIndex::open(&*setting.files, &setting.partitioner)?),
        };
        let (filter, warnings, file) = (KeyFilter::default(), Mutex::new(warnings), FileId::new());
        Ok(Self { setting, index, filter, warnings, file })
    }

    /// What a new user needs; it keeps entries of Index.db in `cache`, if there is one.
    pub(super) fn state(&self, cache: Option<&ChunkCache>) -> LookupState {
        let place = match &self.index {
            Index::Big(big) => StatePlace::Big {
                samples: big.samples(),
                buffer: Vec::new(),
                cache: cache.map(|cache| cache.keys(self.file)),
            },
            Index::Bti(bti) => StatePlace::Bti(Box::new(bti.pages())),
        };
        LookupState {
            place,
            lookups: 0,
            asked_index: false,
            asked_filter: false,
            neighbors: Neighbors::default(),
        }
    }

    /// Finds where the index says that `key` is. A false positive of the filter costs one read of the index.
    pub(super) fn find(&self, key: &SearchKey<'_>, state: &mut LookupState) -> Result<Option<Located>> {
        let filter = self.filter(state);
        state.asked_filter = filter.is_some();
        state.asked_index = filter.is_none_or(|filter| filter.may_contain(key.hash));
        if !state.asked_index {
            return Ok(None);
        }
        match (&self.index, &mut state.place) {
            (Index::Big(big), StatePlace::Big { samples, buffer, cache }) => {
                let neighbors = (!state.asked_filter).then_some(&mut state.neighbors);
                let mut warnings = Vec::new();
                let found = big.find(samples, key, buffer, cache.as_ref(), neighbors, &mut warnings);
                if !warnings.is_empty() {
                    self.warn_of(warnings);
                }
                found
            }
            (Index::Bti(bti), StatePlace::Bti(pages)) => bti.find(key, pages),
            _ => Ok(None),
        }
    }

    /// Finds where the index says that `key` is, after a candidate proved to be of another key.
    pub(super) fn find_beyond(
        &self,
        key: &SearchKey<'_>,
        state: &mut LookupState,
    ) -> Result<Option<Located>> {
        match (&self.index, &mut state.place) {
            (Index::Big(big), StatePlace::Big { samples, buffer, .. }) => {
                let mut warnings = Vec::new();
                let found = big.find(samples, key, buffer, None, None, &mut warnings);
                self.warn_of(warnings);
                found
            }
            // The trie has no other place for it.
            _ => Ok(None),
        }
    }

    #[inline]
    fn filter(&self, state: &mut LookupState) -> Option<&BloomFilter> {
        if !self.setting.expects_filter {
            return None;
        }
        state.lookups = state.lookups.saturating_add(1);
        self.filter.get(state.lookups, self)
    }

    /// Whether the filter lets `key` be there. Without one, any key may be.
    pub(super) fn may_contain(&self, key: &[u8]) -> bool {
        let filter = if self.setting.expects_filter { self.filter.stored(self) } else { None };
        filter.is_none_or(|filter| filter.may_contain(hash3_x64_128(key, 0)))
    }

    /// The blocks of a partition's rows. Without an index, they are one that starts at `rows_start`.
    pub(super) fn row_index(
        &self,
        place: RowsPlace,
        rows_start: u64,
        layout: &Arc<RowLayout>,
    ) -> Result<RowIndex> {
        match (place, &self.index) {
            (RowsPlace::Promoted { offset, length }, Index::Big(big)) => {
                let source = Arc::clone(big.source());
                PromotedIndex::open(source, Arc::clone(layout), offset..offset.saturating_add(length))
                    .map(RowIndex::promoted)
            }
            (RowsPlace::Trie { offset }, Index::Bti(bti)) => {
                bti.rows_entry(offset).map(|(entry, pages)| RowIndex::trie(entry, pages))
            }
            _ => Ok(RowIndex::none(rows_start)),
        }
    }

    /// Where the first partition begins in Data.db that has a greater token; none if there is none. `key_at` reads
    /// the key of the partition at a position.
    pub(super) fn position_behind(
        &self,
        token: &Token,
        key_at: impl FnMut(u64) -> Result<Vec<u8>>,
    ) -> Result<Option<u64>> {
        match &self.index {
            Index::Big(big) => big.position_behind(token),
            Index::Bti(bti) => bti.position_behind(token, key_at),
        }
    }

    /// The entries of all keys with `token`. `key_at` reads the key of the partition at a position.
    pub(super) fn entries_of(
        &self,
        token: &Token,
        key_at: &mut impl FnMut(u64) -> Result<Vec<u8>>,
    ) -> Result<TokenEntries> {
        let big = match &self.index {
            Index::Big(big) => big,
            Index::Bti(bti) => return bti.entries_of(token, key_at),
        };
        if let Some(entries) = big.entries_of(token)? {
            return Ok(entries);
        }
        let mut warnings = Vec::new();
        big.sample_anew(&mut warnings)?;
        self.warn_of(warnings);
        big.entries_of(token)?.ok_or_else(|| {
            Error::corrupt("the file changes while it is read")
                .at(self.path())
                .advise("copy the SSTable and try again")
        })
    }

    /// Why `key`, which is not there, is told to be absent: the first of the checks of a read that says so.
    pub(super) fn why_absent(&self, key: &[u8]) -> AbsentBy {
        let hash = hash3_x64_128(key, 0);
        let is_outside = |first: &[u8], last: &[u8]| {
            let partitioner = &self.setting.partitioner;
            partitioner.compare_keys(key, first).is_lt() || partitioner.compare_keys(key, last).is_gt()
        };
        let is_outside = match &self.index {
            Index::Big(_) => self.setting.files.open(Component::Summary).is_ok_and(|source| {
                let bytes = source.read_all(SUMMARY_LIMIT_BYTES).unwrap_or_default();
                Summary::parse(&bytes).is_ok_and(|summary| is_outside(summary.first_key, summary.last_key))
            }),
            Index::Bti(bti) => {
                let [first, last] = bti.ends();
                is_outside(first, last)
            }
        };
        let is_refused =
            || self.setting.expects_filter && self.read().is_ok_and(|filter| !filter.may_contain(hash));
        if is_outside {
            AbsentBy::Range
        } else if is_refused() {
            AbsentBy::Filter
        } else {
            AbsentBy::Index
        }
    }

    /// Positions in Data.db at which partitions begin, near the ends of the parts if `length` bytes of data are
    /// divided into so many.
    pub(super) fn positions_between(&self, parts: u64, length: u64) -> Result<Vec<u64>> {
        match &self.index {
            Index::Big(big) => big.positions_between(parts, length),
            Index::Bti(bti) => bti.positions_between(parts, length),
        }
    }

    /// The first key that the index has.
    pub(super) fn first_key(&self) -> Result<Option<Vec<u8>>> {
        match &self.index {
            Index::Big(big) => big.first_key(),
            Index::Bti(bti) => Ok(Some(bti.ends()[0].to_owned())),
        }
    }

    /// The file of the index.
    pub(super) fn path(&self) -> PathBuf {
        self.setting.files.path(match &self.index {
            Index::Big(_) => Component::Index,
            Index::Bti(_) => Component::Partitions,
        })
    }

    fn warn_of(&self, warnings: Vec<Error>) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).extend(warnings);
    }

    /// What was found wrong with index and filter since the last call, without keeping a key from being found.
    pub(super) fn take_warnings(&self) -> Vec<Error> {
        std::mem::take(&mut self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl FilterSource for Lookup {
    fn keys(&self) -> u64 {
        self.setting.keys
    }

    /// Reads Filter.db, and believes it if it knows the keys that the index has at hand.
    fn read(&self) -> Result<BloomFilter> {
        let source = self.setting.files.open(Component::Filter)?;
        let filter = BloomFilter::open(&*source, FilterLayout::of(self.setting.version))?;
        let knows = |key: &[u8]| filter.may_contain(hash3_x64_128(key, 0));
        let knows_all = match &self.index {
            Index::Big(big) => {
                let samples = big.samples();
                let step = samples.len().div_ceil(CHECKED_KEYS).max(1);
                (0..samples.len()).step_by(step).all(|sample| knows(samples.key(sample)))
            }
            Index::Bti(bti) => bti.ends().into_iter().all(knows),
        };
        if knows_all {
            return Ok(filter);
        }
        let what = "it refuses keys that the index has: it is damaged, or of another SSTable";
        Err(Error::corrupt(what).at(source.path()))
    }

    /// Partitions.db refuses nearly all absent keys itself.
    fn make(&self) -> Option<Result<BloomFilter>> {
        match &self.index {
            Index::Big(big) => Some(make_filter(big, self.setting.keys)),
            Index::Bti(_) => None,
        }
    }

    fn warn(&self, warning: Error) {
        let instead = match &self.index {
            Index::Big(_) => {
                "where many keys are looked up, it is made anew in memory from those of Index.db"
            }
            Index::Bti(_) => "lookups go to Partitions.db, which refuses absent keys as well",
        };
        self.warn_of(vec![warning.advise(instead)]);
    }
}

/// A filter of all keys in Index.db, about so many.
fn make_filter(index: &BigIndex, keys: u64) -> Result<BloomFilter> {
    const LEAST_ENTRY_BYTES: u64 = 4;
    let mut filter = BloomFilter::for_keys(keys.min(index.source().len() / LEAST_ENTRY_BYTES));
    let mut entries = IndexEntries::new(Arc::clone(index.source()));
    while let Some(entry) = entries.next_entry()? {
        filter.add(hash3_x64_128(entry.key, 0));
    }
    Ok(filter)
}

/// `part` of so many equal `parts` of `length`.
fn share(length: u64, part: u64, parts: u64) -> u64 {
    let share = u128::from(length).saturating_mul(u128::from(part)).checked_div(u128::from(parts));
    share.and_then(|share| u64::try_from(share).ok()).unwrap_or(length)
}
