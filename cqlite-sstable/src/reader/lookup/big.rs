//! Finding a partition through Summary.db and Index.db.

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use super::cached_entries::{CACHED_BYTES, CachedEntries, CachedSearch};
use super::samples::Samples;
use super::token_entries::{IndexedPartition, TokenEntries};
use super::{Located, RowsPlace, SearchKey};
use crate::component::{Component, EntrySearch, IndexEntries, IndexEntry};
use crate::error::{Error, ErrorKind, RESTORE, Result};
use crate::io::{CachedFile, Source, SourceExt as _};
use crate::partitioner::{Partitioner, Token};
use crate::reader::Files;

/// What is read of Index.db at once: the entries from one sample to the next usually take less.
const READ_BYTES: u64 = 16 * 1024;

/// What is read behind them, for the entry of the next sample.
const NEXT_BYTES: u64 = 256;

/// No entry has more in front of its promoted index: a key of 64 KiB at most, and two vints.
const HEAD_LIMIT_BYTES: u64 = 65_535 + 2 + 18;

/// The index of a BIG SSTable.
#[derive(Debug)]
pub(super) struct BigIndex {
    source: Arc<dyn Source>,
    partitioner: Partitioner,
    /// How many partitions Statistics.db counts.
    keys: u64,
    samples: RwLock<Arc<Samples>>,
}

/// What a look at the entries of one sample says.
enum Answer {
    Found(Located),
    /// It would stand between these, each with its key and position in Data.db.
    Absent(Neighbors),
    /// Summary.db and Index.db contradict each other.
    Contradiction,
}

/// The error about an Index.db whose keys do not ascend.
pub(super) fn out_of_order() -> Error {
    Error::corrupt("the keys are not in the order of their tokens").advise(
        "it is of another table, or damaged: restore the SSTable from a snapshot or replica, or scan it",
    )
}

impl Answer {
    fn found(entry: &IndexEntry<'_>) -> Self {
        let (position, rows) = (entry.position, RowsPlace::promoted(entry));
        Self::Found(Located { position, rows, is_candidate: false })
    }
}

impl BigIndex {
    /// Opens Index.db, and Summary.db if it is there and right; else a sample is made anew, with a warning.
    pub(super) fn open(
        files: &dyn Files,
        partitioner: &Partitioner,
        keys: u64,
        warnings: &mut Vec<Error>,
    ) -> Result<Self> {
        let source = files.open(Component::Index).map_err(|error| match error.kind() {
            ErrorKind::Missing => error.advise("without it no key can be looked up: scan, or restore it"),
            _ => error,
        })?;
        let summary = files
            .open(Component::Summary)
            .and_then(|summary| Samples::from_summary(&*summary, source.len(), partitioner));
        let samples = match summary {
            Ok(samples) => samples,
            Err(error) => {
                warnings.push(error.advise("Index.db was read instead"));
                Samples::from_index(Arc::clone(&source), keys, partitioner)?
            }
        };
        let samples = RwLock::new(Arc::new(samples));
        Ok(Self { source, partitioner: partitioner.clone(), keys, samples })
    }

    pub(super) fn samples(&self) -> Arc<Samples> {
        Arc::clone(&self.samples.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Finds the entry of `key`, or what is around the place of a key that is not there, if that is asked for. `buffer` is used again
    /// and again.
    pub(super) fn find(
        &self,
        samples: &mut Arc<Samples>,
        key: &SearchKey<'_>,
        buffer: &mut Vec<u8>,
        cache: Option<&CachedFile>,
        mut neighbors: Option<&mut Neighbors>,
        warnings: &mut Vec<Error>,
    ) -> Result<Option<Located>> {
        let needs_neighbors = neighbors.is_some();
        let mut absent = |between| {
            if let Some(neighbors) = &mut neighbors {
                **neighbors = between;
            }
        };
        match self.find_by(samples, key, buffer, cache, needs_neighbors)? {
            Answer::Found(located) => return Ok(Some(located)),
            Answer::Absent(between) => {
                absent(between);
                return Ok(None);
            }
            Answer::Contradiction => {}
        }
        *samples = self.sample_anew(warnings)?;
        match self.find_by(samples, key, buffer, None, needs_neighbors)? {
            Answer::Found(located) => Ok(Some(located)),
            Answer::Absent(between) => {
                absent(between);
                Ok(None)
            }
            Answer::Contradiction => Err(Error::corrupt("the file changes while it is read")
                .at(self.source.path())
                .advise("copy the SSTable and try again")),
        }
    }

    fn find_by(
        &self,
        samples: &Samples,
        key: &SearchKey<'_>,
        buffer: &mut Vec<u8>,
        cache: Option<&CachedFile>,
        needs_neighbors: bool,
    ) -> Result<Answer> {
        let Some(sample) = samples.floor(key.key, key.murmur3) else {
            return Ok(Answer::Absent(Neighbors::default()));
        };
        let range = samples.range(sample);
        let length = range.end.saturating_sub(range.start);
        let mut reader = EntryReader { source: &*self.source, buffer, start: 0 };
        let cache = cache.filter(|_| length <= CACHED_BYTES);
        let kept = cache.and_then(|cache| cache.get(range.start));
        if let Some(kept) = kept.and_then(|bytes| CachedEntries::kept(bytes, length)) {
            match kept.find(key.key, range.start) {
                CachedSearch::Candidate(located) => return Ok(Answer::Found(located)),
                CachedSearch::Absent if !needs_neighbors => return Ok(Answer::Absent(Neighbors::default())),
                CachedSearch::Absent | CachedSearch::Unclear => {}
            }
        } else if let Some(cache) = cache {
            reader.load(range.start..self.source.len().min(range.end.saturating_add(NEXT_BYTES)))?;
            let bytes = std::mem::take(reader.buffer);
            let entries = bytes.get(..length as usize).unwrap_or_default();
            let found = IndexEntry::find(entries, key.key);
            let answer = search(samples, sample, key, (&bytes, found), &mut reader)?;
            let is_sound = match answer {
                Answer::Found(_) => {
                    around(samples, sample, key, &bytes, &mut reader).is_ok_and(|found| found.is_some())
                }
                Answer::Absent(_) => true,
                Answer::Contradiction => false,
            };
            if let Some(made) = CachedEntries::of(entries).filter(|_| is_sound) {
                cache.insert(range.start, made.into_bytes());
            }
            *reader.buffer = bytes;
            return Ok(answer);
        }
        reader.load(range.start..range.end.min(range.start.saturating_add(READ_BYTES)))?;
        let entries = std::mem::take(reader.buffer);
        let found = IndexEntry::find(&entries, key.key);
        let answer = search(samples, sample, key, (&entries, found), &mut reader);
        *reader.buffer = entries;
        answer
    }

    /// The entries whose keys have `token`. None if Summary.db leads to a wrong place.
    pub(super) fn entries_of(&self, token: &Token) -> Result<Option<TokenEntries>> {
        let samples = self.samples();
        let sample = samples.before_token(token).unwrap_or(0);
        let start = samples.range(sample).start;
        let mut entries = IndexEntries::from(Arc::clone(&self.source), start);
        let mut found = TokenEntries::default();
        while let Some(entry) = entries.next_entry()? {
            if entry.offset == start && entry.key != samples.key(sample) {
                return Ok(None);
            }
            let (key, position, offset) = (entry.key.to_owned(), entry.position, entry.offset);
            let entry = IndexedPartition { key, position, index_position: Some(offset) };
            if !found.push(&self.partitioner, token, entry) {
                return Err(out_of_order().at(self.source.path()).offset(offset));
            }
            if found.after.is_some() {
                return Ok(Some(found));
            }
        }
        match found.last() {
            None => Err(Error::corrupt("it has no entries").at(self.source.path()).advise(RESTORE)),
            // Summary.db names the last key of all: the file may have been cut off in front of it.
            Some(last) if !samples.may_end_with(&last.key) => Ok(None),
            Some(_) => Ok(Some(found)),
        }
    }

    /// Makes the samples anew from all of Index.db.
    pub(super) fn sample_anew(&self, warnings: &mut Vec<Error>) -> Result<Arc<Samples>> {
        warnings.push(
            Error::corrupt("Summary.db names keys and positions that Index.db does not have there")
                .at(self.source.path())
                .advise("Index.db was read instead; remove Summary.db: it is made anew"),
        );
        let samples = Arc::new(Samples::from_index(Arc::clone(&self.source), self.keys, &self.partitioner)?);
        *self.samples.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&samples);
        Ok(samples)
    }

    /// Where in Data.db the first partition with a greater token begins.
    pub(super) fn position_behind(&self, token: &Token) -> Result<Option<u64>> {
        let samples = self.samples();
        let start = samples.before_token(token).map_or(0, |sample| samples.range(sample).start);
        let mut entries = IndexEntries::from(Arc::clone(&self.source), start);
        while let Some(entry) = entries.next_entry()? {
            if self.partitioner.token(entry.key) > *token {
                return Ok(Some(entry.position));
            }
        }
        Ok(None)
    }

    /// Positions in Data.db at which partitions begin, near the ends of the parts if `length` bytes of data are
    /// divided into so many.
    pub(super) fn positions_between(&self, parts: u64, length: u64) -> Result<Vec<u64>> {
        let samples = self.samples();
        let position = |sample: usize| -> Result<u64> {
            let mut entries = IndexEntries::from(Arc::clone(&self.source), samples.range(sample).start);
            Ok(entries.next_entry()?.map_or(length, |entry| entry.position))
        };
        let mut positions = Vec::new();
        for part in 1..parts {
            let wanted = super::share(length, part, parts);
            let (mut low, mut high) = (0, samples.len());
            while low < high {
                let middle = low.midpoint(high);
                if position(middle)? < wanted { low = middle.saturating_add(1) } else { high = middle }
            }
            if low < samples.len() {
                positions.push(position(low)?);
            }
        }
        Ok(positions)
    }

    /// The key of the first entry.
    pub(super) fn first_key(&self) -> Result<Option<Vec<u8>>> {
        let mut entries = IndexEntries::new(Arc::clone(&self.source));
        Ok(entries.next_entry()?.map(|entry| entry.key.to_owned()))
    }

    pub(super) fn source(&self) -> &Arc<dyn Source> {
        &self.source
    }
}

/// Looks among the entries from `sample` to the next one, of which `entries` are the first, among which `found` was
/// found; `reader` gets the others.
fn search(
    samples: &Samples,
    sample: usize,
    key: &SearchKey<'_>,
    (entries, found): (&[u8], EntrySearch),
    reader: &mut EntryReader<'_>,
) -> Result<Answer> {
    let range = samples.range(sample);
    // It may be that no entry begins here, or another one.
    if !IndexEntry::parse(entries, range.start).is_ok_and(|entry| entry.key == samples.key(sample)) {
        return Ok(Answer::Contradiction);
    }
    let mut from = range.start;
    match found {
        EntrySearch::Found(place) => {
            let offset = from.saturating_add(place as u64);
            return match IndexEntry::parse(entries.get(place..).unwrap_or_default(), offset) {
                Ok(entry) if entry.end() <= reader.source.len() => Ok(Answer::found(&entry)),
                _ => reader.entry(offset).map(|entry| Answer::found(&entry)),
            };
        }
        EntrySearch::Passed(place) => from = from.saturating_add(place as u64),
    }
    while from < range.end {
        let entry = reader.entry(from)?;
        if entry.key == key.key {
            return Ok(Answer::found(&entry));
        }
        from = entry.end();
    }
    if from != range.end {
        return Ok(Answer::Contradiction);
    }
    Ok(around(samples, sample, key, entries, reader)?.map_or(Answer::Contradiction, Answer::Absent))
}

/// What is around a key between a sample and the next one, whose entries begin with `entries`. None if Summary.db is wrong about
/// them.
fn around(
    samples: &Samples,
    sample: usize,
    key: &SearchKey<'_>,
    entries: &[u8],
    reader: &mut EntryReader<'_>,
) -> Result<Option<Neighbors>> {
    let range = samples.range(sample);
    let Some(neighbors) = check_order(&range, samples, entries, reader, key)? else { return Ok(None) };
    let next = sample.saturating_add(1);
    if next >= samples.len() {
        return Ok(Some(neighbors));
    }
    let place = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
    let entry = match IndexEntry::parse(entries.get(place..).unwrap_or_default(), range.end) {
        Ok(entry) => Ok(entry),
        Err(_) => reader.entry(range.end),
    };
    match entry {
        Ok(entry) if entry.key == samples.key(next) => {
            let after = neighbors.after.or_else(|| Some((entry.key.to_owned(), entry.position)));
            Ok(Some(Neighbors { after, ..neighbors }))
        }
        _ => Ok(None),
    }
}

/// The partitions in front of a key that is not there, and behind it, with their positions in Data.db.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Neighbors {
    pub(super) before: Option<(Vec<u8>, u64)>,
    pub(super) after: Option<(Vec<u8>, u64)>,
}

/// Checks that the keys of `range`, of which `entries` are the first, are in order: a damaged one is not, most likely,
/// and may be the one that was looked for. None if the last of all is another than Summary.db says.
fn check_order(
    range: &Range<u64>,
    samples: &Samples,
    entries: &[u8],
    reader: &mut EntryReader<'_>,
    wanted: &SearchKey<'_>,
) -> Result<Option<Neighbors>> {
    let path = reader.source.path().to_owned();
    let mut neighbors = Neighbors::default();
    let (mut last, mut last_token): (Option<Vec<u8>>, i64) = (None, 0);
    let mut at = range.start;
    while at < range.end {
        let place = usize::try_from(at.saturating_sub(range.start)).unwrap_or(usize::MAX);
        let entry = match IndexEntry::parse(entries.get(place..).unwrap_or_default(), at) {
            Ok(entry) => entry,
            Err(_) => reader.entry(at)?,
        };
        let token = samples.murmur3(entry.key);
        let here = (entry.key, token);
        if last.as_ref().is_some_and(|last| samples.compare_keys((last, last_token), here).is_ge()) {
            return Err(out_of_order().at(path).offset(at));
        }
        if samples.compare_keys(here, (wanted.key, wanted.murmur3)).is_lt() {
            let (key, position) = neighbors.before.get_or_insert_default();
            key.clear();
            key.extend_from_slice(entry.key);
            *position = entry.position;
        } else if neighbors.after.is_none() {
            neighbors.after = Some((entry.key.to_owned(), entry.position));
        }
        let key = last.get_or_insert_default();
        key.clear();
        key.extend_from_slice(entry.key);
        last_token = token;
        at = entry.end();
    }
    if at != range.end {
        return Ok(None);
    }
    let is_last_of_all = range.end == reader.source.len();
    let ends_right = !is_last_of_all || last.is_none_or(|last| samples.may_end_with(&last));
    Ok(ends_right.then_some(neighbors))
}

/// Reads entries at given places, a stretch of the file at a time.
struct EntryReader<'a> {
    source: &'a dyn Source,
    buffer: &'a mut Vec<u8>,
    /// Where in the file the buffer begins.
    start: u64,
}

impl EntryReader<'_> {
    fn entry(&mut self, offset: u64) -> Result<IndexEntry<'_>> {
        let source = self.source;
        let broken = move |what: &str| {
            Error::corrupt(what.to_owned()).at(source.path()).offset(offset).advise(RESTORE)
        };
        for length in [READ_BYTES, HEAD_LIMIT_BYTES] {
            if IndexEntry::parse(self.bytes(offset), offset).is_err() {
                self.load(offset..offset.saturating_add(length).min(source.len()))?;
            }
        }
        let entry =
            IndexEntry::parse(self.bytes(offset), offset).map_err(|error| broken(&error.to_string()))?;
        if entry.end() > source.len() {
            return Err(broken("an entry runs past the end of the file"));
        }
        Ok(entry)
    }

    /// What is there of the file from `offset` on.
    fn bytes(&self, offset: u64) -> &[u8] {
        let skipped = offset.checked_sub(self.start).and_then(|skipped| usize::try_from(skipped).ok());
        skipped.and_then(|skipped| self.buffer.get(skipped..)).unwrap_or_default()
    }

    fn load(&mut self, range: Range<u64>) -> Result<()> {
        self.buffer.resize(range.end.saturating_sub(range.start) as usize, 0);
        self.start = range.start;
        self.source.read_exact(self.buffer, range.start)
    }
}
