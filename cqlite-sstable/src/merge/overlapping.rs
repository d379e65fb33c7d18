//! An SSTable of the table that is not merged with the others, and what tells which keys it has not.

use std::cell::RefCell;
use std::sync::Arc;

use crate::component::{BloomFilter, Component, FilterLayout, IndexEntries, Partitions};
use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::io::SourcePages;
use crate::partitioner::{KeyPosition, Partitioner, hash3_x64_128};
use crate::reader::{Access, DiskFiles, Files, Sstable};
use crate::version::Format;

/// The serialized keys of the first and the last partition.
type KeyRange = (Vec<u8>, Vec<u8>);

/// One of those that keep tombstones. No checksum covers Filter.db, Summary.db and the indexes, so that none of them alone
/// rules out a key.
#[derive(Debug)]
pub(super) struct Overlapping {
    /// Its files are closed as long as no key in its range comes: there may be thousands.
    descriptor: Descriptor,
    pub(super) min_timestamp: i64,
    /// The range of its keys, if that is known for certain.
    keys: Option<KeyRange>,
    has_sound_filter: bool,
    /// Read when a key in its range comes first, and dropped with the first one behind it; none in it if it refuses nothing.
    refusal: RefCell<Option<Option<Refusal>>>,
}

/// What tells that a key is not there.
#[derive(Debug)]
struct Refusal {
    filter: BloomFilter,
    /// In BTI the trie has to agree.
    trie: Option<Trie>,
}

#[derive(Debug)]
struct Trie {
    partitions: Partitions,
    pages: SourcePages,
    /// The byte-comparable form of the key that is looked up.
    form: Vec<u8>,
}

impl Overlapping {
    /// An SSTable with the range of its keys, where that is known. In BIG both the range and the filter are compared with
    /// all keys of Index.db, once. Those of BTI are not whole in the index: its range is believed as Statistics.db has it,
    /// under a checksum. What is not believed is told by the second part.
    pub(super) fn of(
        descriptor: Descriptor,
        sstable: &Sstable,
        keys: Option<KeyRange>,
        partitioner: &Partitioner,
    ) -> (Self, Vec<Error>) {
        let min_timestamp = sstable.statistics().stats.min_timestamp;
        let new = |keys, has_sound_filter| {
            let refusal = RefCell::new(None);
            Self { descriptor, min_timestamp, keys, has_sound_filter, refusal }
        };
        if sstable.version().format() == Format::Bti {
            return (new(keys, true), Vec::new());
        }
        match compare_with_index(sstable, keys.as_ref(), partitioner) {
            Ok((range_doubt, filter_doubt)) => {
                let keys = keys.filter(|_| range_doubt.is_none());
                let overlapping = new(keys, filter_doubt.is_none());
                (overlapping, [range_doubt, filter_doubt].into_iter().flatten().collect())
            }
            Err(error) => (new(None, false), vec![error]),
        }
    }

    /// Whether it may have the partition of this key. Keys are expected in order; others are answered as well, but slowly.
    pub(super) fn may_have(&self, key: &[u8], partitioner: &Partitioner) -> bool {
        if let Some((first, last)) = &self.keys {
            if partitioner.compare_keys(key, first).is_lt() {
                return false;
            }
            if partitioner.compare_keys(key, last).is_gt() {
                *self.refusal.borrow_mut() = None;
                return false;
            }
        }
        if !self.has_sound_filter {
            return true;
        }
        let mut refusal = self.refusal.borrow_mut();
        let refusal = refusal.get_or_insert_with(|| Refusal::open(&self.descriptor).ok().flatten());
        !refusal.as_mut().is_some_and(|refusal| refusal.refuses(key, partitioner))
    }
}

impl Refusal {
    /// None without a filter. One that cannot be read refuses nothing: more tombstones are kept then, and none too few.
    fn open(descriptor: &Descriptor) -> Result<Option<Self>> {
        let files = DiskFiles::new(descriptor.clone(), Access::default());
        let version = descriptor.version();
        let Some(source) = files.open_if_there(Component::Filter)? else { return Ok(None) };
        let filter = BloomFilter::open(&*source, FilterLayout::of(version))?;
        let trie = match version.format() {
            Format::Big => None,
            Format::Bti => Some(Trie::open(&files)?),
        };
        Ok(Some(Self { filter, trie }))
    }

    fn refuses(&mut self, key: &[u8], partitioner: &Partitioner) -> bool {
        let hash = hash3_x64_128(key, 0);
        !self.filter.may_contain(hash)
            && self.trie.as_mut().is_none_or(|trie| trie.refuses(key, hash, partitioner))
    }
}

impl Trie {
    fn open(files: &dyn Files) -> Result<Self> {
        let source = files.open(Component::Partitions)?;
        let partitions = Partitions::open(&*source)?;
        Ok(Self { partitions, pages: SourcePages::new(Arc::clone(&source)), form: Vec::new() })
    }

    fn refuses(&mut self, key: &[u8], [_, high]: [u64; 2], partitioner: &Partitioner) -> bool {
        self.form.clear();
        partitioner.write_byte_comparable(key, KeyPosition::At, &mut self.form);
        matches!(self.partitions.find(&mut self.pages, &self.form, high as u8), Ok(None))
    }
}

/// Why the range of the keys and why the filter are not to be believed, by all keys of Index.db.
fn compare_with_index(
    sstable: &Sstable,
    keys: Option<&KeyRange>,
    partitioner: &Partitioner,
) -> Result<(Option<Error>, Option<Error>)> {
    let files = sstable.files();
    let layout = FilterLayout::of(sstable.version());
    let filter = files
        .open_if_there(Component::Filter)
        .and_then(|source| source.map(|source| BloomFilter::open(&*source, layout)).transpose());
    let (filter, mut filter_doubt) = match filter {
        Ok(filter) => (filter, None),
        Err(error) => (None, Some(error)),
    };
    let range = keys.map(|(first, last)| (partitioner.decorate(first), partitioner.decorate(last)));
    let mut is_range = true;
    // Nothing but the last key of a range may end it.
    let mut ends = false;
    let mut is_first = true;
    let mut entries = IndexEntries::new(files.open(Component::Index)?);
    while let Some(entry) = entries.next_entry()? {
        if let Some((first, last)) = &range {
            let key = partitioner.decorate(entry.key);
            is_range &= *first <= key && key <= *last && (!is_first || key.key == first.key);
            ends = key.key == last.key;
            is_first = false;
        }
        let is_known = |filter: &BloomFilter| filter.may_contain(hash3_x64_128(entry.key, 0));
        if filter_doubt.is_none() && filter.as_ref().is_some_and(|filter| !is_known(filter)) {
            let what = "it refuses keys that the index has: it is damaged, or of another SSTable";
            filter_doubt = Some(Error::corrupt(what).at(files.path(Component::Filter)));
        }
    }
    let range_doubt = (range.is_some() && !(is_range && ends)).then(|| {
        let component =
            if sstable.version().has_key_range() { Component::Statistics } else { Component::Summary };
        Error::corrupt("its first or last key is not that of the index").at(files.path(component))
    });
    Ok((range_doubt, filter_doubt))
}
