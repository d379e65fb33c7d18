//! Finding a partition through Summary.db and Index.db.

use std::sync::{Arc, PoisonError, RwLock};

use super::samples::Samples;
use super::{Located, RowsPlace, SearchKey};
use crate::component::{Component, IndexEntries, IndexEntry};
use crate::error::{Error, ErrorKind, RESTORE, Result};
use crate::io::{Source, SourceExt as _};
use crate::partitioner::{Partitioner, Token};
use crate::reader::Files;

/// What is read of Index.db at once: the entries from one sample to the next usually take less.
const READ_BYTES: u64 = 16 * 1024;

/// No entry has more in front of its promoted index: a key of 64 KiB at most, and two vints.
const HEAD_LIMIT_BYTES: u64 = 65_535 + 2 + 18;

/// The index of a BIG SSTable.
#[derive(Debug)]
pub(super) struct BigIndex {
    source: Arc<dyn Source>,
    partitioner: Partitioner,
    samples: RwLock<Arc<Samples>>,
}

/// What a look at the entries of one sample says.
enum Answer {
    Found(Located),
    Absent,
    /// Summary.db and Index.db contradict each other.
    Contradiction,
}

impl BigIndex {
    /// Opens Index.db, and Summary.db if it is there and right; else a sample is made anew, with a warning.
    pub(super) fn open(files: &dyn Files, partitioner: &Partitioner, warnings: &mut Vec<Error>) -> Result<Self> {
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
                Samples::from_index(Arc::clone(&source), partitioner)?
            }
        };
        Ok(Self { source, partitioner: partitioner.clone(), samples: RwLock::new(Arc::new(samples)) })
    }

    pub(super) fn samples(&self) -> Arc<Samples> {
        Arc::clone(&self.samples.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Finds the entry of `key`. `buffer` is used again and again.
    pub(super) fn find(
        &self,
        samples: &mut Arc<Samples>,
        key: &SearchKey<'_>,
        buffer: &mut Vec<u8>,
        warnings: &mut Vec<Error>,
    ) -> Result<Option<Located>> {
        if let Answer::Contradiction = self.find_by(samples, key, buffer)? {
            warnings.push(
                Error::corrupt("Summary.db names keys and positions that Index.db does not have there")
                    .at(self.source.path())
                    .advise("Index.db was read instead; remove Summary.db: it is made anew"),
            );
            *samples = Arc::new(Samples::from_index(Arc::clone(&self.source), &self.partitioner)?);
            *self.samples.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(samples);
        }
        match self.find_by(samples, key, buffer)? {
            Answer::Found(located) => Ok(Some(located)),
            Answer::Absent => Ok(None),
            Answer::Contradiction => Err(Error::corrupt("the file changes while it is read")
                .at(self.source.path())
                .advise("copy the SSTable and try again")),
        }
    }

    fn find_by(&self, samples: &Samples, key: &SearchKey<'_>, buffer: &mut Vec<u8>) -> Result<Answer> {
        let Some(sample) = samples.floor(key.key, key.murmur3) else { return Ok(Answer::Absent) };
        let range = samples.range(sample);
        let mut reader = EntryReader { source: &*self.source, buffer, start: 0, until: range.end };
        reader.buffer.clear();
        let mut at = range.start;
        while at < range.end {
            let entry = match reader.entry(at) {
                Ok(entry) => entry,
                // It may be that no entry begins here.
                Err(error) if error.kind() == ErrorKind::Corrupt && at == range.start => {
                    return Ok(Answer::Contradiction);
                }
                Err(error) => return Err(error),
            };
            if at == range.start && entry.key != samples.key(sample) {
                return Ok(Answer::Contradiction);
            }
            if entry.key == key.key {
                return Ok(Answer::Found(Located {
                    position: entry.position,
                    rows: RowsPlace::promoted(&entry),
                    is_candidate: false,
                }));
            }
            at = entry.end();
        }
        // The key is between these entries and the next sample, if Summary.db is right about that one.
        let next = sample.saturating_add(1);
        let agrees = at == range.end
            && (next >= samples.len() || reader.entry(at).is_ok_and(|entry| entry.key == samples.key(next)));
        Ok(if agrees { Answer::Absent } else { Answer::Contradiction })
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

/// Reads entries at given places, a stretch of the file at a time.
struct EntryReader<'a> {
    source: &'a dyn Source,
    buffer: &'a mut Vec<u8>,
    /// Where in the file the buffer begins.
    start: u64,
    /// Where what is wanted of the file ends.
    until: u64,
}

impl EntryReader<'_> {
    fn entry(&mut self, offset: u64) -> Result<IndexEntry<'_>> {
        let source = self.source;
        let broken =
            move |what: &str| Error::corrupt(what.to_owned()).at(source.path()).offset(offset).advise(RESTORE);
        if IndexEntry::parse(self.bytes(offset), offset).is_err() {
            let wanted = self.until.saturating_sub(offset).min(READ_BYTES);
            self.load(offset, wanted)?;
        }
        if IndexEntry::parse(self.bytes(offset), offset).is_err() {
            self.load(offset, HEAD_LIMIT_BYTES)?;
        }
        let entry =
            IndexEntry::parse(self.bytes(offset), offset).map_err(|error| broken(&error.to_string()))?;
        if entry.end() > source.len() {
            return Err(broken("an entry runs past the end of the file"));
        }
        Ok(entry)
    }

    fn bytes(&self, offset: u64) -> &[u8] {
        let (start, all) = match self.source.as_slice() {
            Some(all) => (0, all),
            None => (self.start, self.buffer.as_slice()),
        };
        let skipped = offset.checked_sub(start).and_then(|skipped| usize::try_from(skipped).ok());
        skipped.and_then(|skipped| all.get(skipped..)).unwrap_or_default()
    }

    fn load(&mut self, offset: u64, wanted: u64) -> Result<()> {
        if self.source.as_slice().is_some() {
            return Ok(());
        }
        let size = wanted.min(self.source.len().saturating_sub(offset));
        self.buffer.resize(size as usize, 0);
        self.start = offset;
        self.source.read_exact(self.buffer, offset)
    }
}
