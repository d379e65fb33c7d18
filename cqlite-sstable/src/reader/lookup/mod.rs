//! From a partition key to a position in Data.db.

mod big;
mod samples;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use self::big::BigIndex;
use self::samples::Samples;
use super::Files;
use crate::component::{BloomFilter, Component, FilterLayout, IndexEntries, IndexEntry};
use crate::error::{Error, ErrorKind, Result};
use crate::partitioner::{Partitioner, Token, hash3_x64_128};
use crate::version::Version;

/// Filter.db is read whole, so it is only worth it when more than so many keys are looked up.
const LOOKUPS_WITHOUT_FILTER: u32 = 8;

/// So many keys are looked up in a filter, before it is believed.
const CHECKED_KEYS: usize = 1024;

/// A partition key with what is computed of it once.
#[derive(Debug, Clone, Copy)]
pub(super) struct SearchKey<'a> {
    pub(super) key: &'a [u8],
    /// The token, where the partitioner is [`Partitioner::Murmur3`].
    pub(super) murmur3: i64,
    pub(super) hash: [u64; 2],
}

impl<'a> SearchKey<'a> {
    pub(super) fn new(key: &'a [u8]) -> Self {
        let hash = hash3_x64_128(key, 0);
        Self { key, murmur3: Partitioner::murmur3_token(key, hash), hash }
    }
}

/// Where a partition is, as an index says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Located {
    /// In the uncompressed data.
    pub(super) position: u64,
    /// Where its rows are indexed.
    pub(super) rows: RowsPlace,
}

/// Where the blocks of a partition's rows are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowsPlace {
    /// Nowhere: the partition is short.
    None,
    /// In a promoted index, at an offset of Index.db and with a length.
    Promoted { offset: u64, length: u64 },
}

impl RowsPlace {
    fn promoted(entry: &IndexEntry<'_>) -> Self {
        match entry.promoted_length_bytes {
            0 => Self::None,
            length => Self::Promoted { offset: entry.promoted_offset, length },
        }
    }
}

/// The index of one SSTable, shared by all that look up keys in it. Filter.db is read when it is worth it.
#[derive(Debug)]
pub(super) struct Lookup {
    files: Arc<dyn Files>,
    version: Version,
    partitioner: Partitioner,
    keys: u64,
    expects_filter: bool,
    index: BigIndex,
    filter: OnceLock<Option<BloomFilter>>,
    warnings: Mutex<Vec<Error>>,
}

/// What is known of an SSTable whose index is opened.
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
    samples: Arc<Samples>,
    buffer: Vec<u8>,
    lookups: u32,
}

impl Lookup {
    pub(super) fn open(setting: LookupSetting) -> Result<Self> {
        let LookupSetting { files, version, partitioner, keys, expects_filter } = setting;
        let mut warnings = Vec::new();
        let index = BigIndex::open(&*files, &partitioner, &mut warnings)?;
        let (filter, warnings) = (OnceLock::new(), Mutex::new(warnings));
        Ok(Self { files, version, partitioner, keys, expects_filter, index, filter, warnings })
    }

    pub(super) fn state(&self) -> LookupState {
        LookupState { samples: self.index.samples(), buffer: Vec::new(), lookups: 0 }
    }

    /// Finds where the index says that `key` is. A false positive of the filter costs one read of the index.
    pub(super) fn find(&self, key: &SearchKey<'_>, state: &mut LookupState) -> Result<Option<Located>> {
        if self.filter(state).is_some_and(|filter| !filter.may_contain(key.hash)) {
            return Ok(None);
        }
        let mut warnings = Vec::new();
        let found = self.index.find(&mut state.samples, key, &mut state.buffer, &mut warnings);
        if !warnings.is_empty() {
            self.warn(warnings);
        }
        found
    }

    #[inline]
    fn filter(&self, state: &mut LookupState) -> Option<&BloomFilter> {
        if let Some(filter) = self.filter.get() {
            return filter.as_ref();
        }
        state.lookups = state.lookups.saturating_add(1);
        if state.lookups <= LOOKUPS_WITHOUT_FILTER {
            return None;
        }
        self.filter.get_or_init(|| self.load_filter(&state.samples)).as_ref()
    }

    /// Reads Filter.db, or makes the filter anew from the keys of the index.
    fn load_filter(&self, samples: &Samples) -> Option<BloomFilter> {
        if !self.expects_filter {
            return None;
        }
        let why = match self.files.open(Component::Filter).and_then(|source| self.read_filter(&*source, samples)) {
            Ok(filter) => return Some(filter),
            Err(error) => error,
        };
        match self.make_filter() {
            Ok(filter) => {
                self.warn(vec![why.advise("it was made anew from the keys of the index")]);
                Some(filter)
            }
            Err(error) => {
                self.warn(vec![why.advise("lookups go on without it"), error]);
                None
            }
        }
    }

    fn read_filter(&self, source: &dyn crate::io::Source, samples: &Samples) -> Result<BloomFilter> {
        let stated = FilterLayout::of(self.version);
        let other = match stated {
            FilterLayout::Bytes => FilterLayout::BigEndianWords,
            FilterLayout::BigEndianWords => FilterLayout::Bytes,
        };
        let step = samples.len().div_ceil(CHECKED_KEYS).max(1);
        let has_all = |filter: &BloomFilter| {
            (0..samples.len()).step_by(step).all(|i| filter.may_contain(hash3_x64_128(samples.key(i), 0)))
        };
        // Builds of Cassandra before the release of a version wrote the layout of the version before.
        for layout in [stated, other] {
            let filter = BloomFilter::open(source, layout)?;
            if has_all(&filter) {
                return Ok(filter);
            }
        }
        Err(Error::corrupt("it says that keys are absent which the index has: it is damaged, or of another SSTable")
            .at(source.path()))
    }

    fn make_filter(&self) -> Result<BloomFilter> {
        let least_entry_bytes = 4;
        let most_keys = self.index.source().len() / least_entry_bytes;
        let mut filter = BloomFilter::for_keys(self.keys.min(most_keys));
        let mut entries = IndexEntries::new(Arc::clone(self.index.source()));
        while let Some(entry) = entries.next_entry()? {
            filter.add(hash3_x64_128(entry.key, 0));
        }
        Ok(filter)
    }

    /// Where the first partition begins that has this token or a greater one.
    pub(super) fn position_of_token(&self, token: &Token) -> Result<Option<u64>> {
        self.index.position_of_token(token)
    }

    /// See [`BigIndex::positions_between`].
    pub(super) fn positions_between(&self, parts: u64, length: u64) -> Result<Vec<u64>> {
        self.index.positions_between(parts, length)
    }

    /// The first key that the index has.
    pub(super) fn first_key(&self) -> Result<Option<Vec<u8>>> {
        self.index.first_key()
    }

    pub(super) fn partitioner(&self) -> &Partitioner {
        &self.partitioner
    }

    fn warn(&self, warnings: Vec<Error>) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).extend(warnings);
    }

    /// What was found wrong with the index and filter so far, without keeping a key from being found.
    pub(super) fn take_warnings(&self) -> Vec<Error> {
        std::mem::take(&mut self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn is_missing(error: &Error) -> bool {
        error.kind() == ErrorKind::Missing
    }
}
