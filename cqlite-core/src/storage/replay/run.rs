//! Sorted updates, in memory or in a temporary file.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use cqlite_sstable::encoding::Bytes;
use cqlite_sstable::io::TemporaryFile;
use cqlite_sstable::{Error, Result};

use super::load::{Load, Reference};
use crate::storage::fs::FileSystem;

/// What is written to a temporary file at once.
const PIECE_BYTES: usize = 128 << 10;

/// A run tells where it is every so many bytes.
const INDEX_BYTES: u64 = 64 << 10;

/// The length of a record, its table, and the prefix of its partition.
const HEAD_BYTES: usize = 16;

/// A place in the order of all updates: a table and the prefix of a partition.
pub(super) type Place = (u32, u64);

/// Sorted updates.
#[derive(Debug)]
pub(super) struct Run {
    store: Store,
    /// Where the run is at the places of some updates, the first one among them.
    index: Vec<IndexEntry>,
}

#[derive(Debug)]
enum Store {
    Memory(Load),
    File { file: Mutex<Box<dyn TemporaryFile>>, bytes: u64, directory: PathBuf },
}

#[derive(Debug, Clone, Copy)]
struct IndexEntry {
    place: Place,
    /// The byte in the file, or the number of the reference.
    offset: u64,
}

impl Run {
    /// The updates of a load that is sorted, where they are.
    pub(super) fn in_memory(load: Load) -> Self {
        let (mut index, mut behind) = (Vec::new(), INDEX_BYTES);
        for (number, reference) in load.references().iter().enumerate() {
            if behind >= INDEX_BYTES {
                index.push(IndexEntry { place: place_of(reference), offset: number as u64 });
                behind = 0;
            }
            behind = behind.saturating_add(load.record(reference).len() as u64);
        }
        Self { store: Store::Memory(load), index }
    }

    /// Writes the updates of a load that is sorted to a temporary file in `directory`.
    pub(super) fn spill(load: &Load, fs: &dyn FileSystem, directory: &std::path::Path) -> Result<Self> {
        let failed = |error: io::Error| Error::output(error).at(directory);
        let mut file = fs.temporary(directory).map_err(failed)?;
        let (mut index, mut bytes, mut indexed) = (Vec::new(), 0_u64, 0_u64);
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        for reference in load.references() {
            if index.is_empty() || bytes.saturating_sub(indexed) >= INDEX_BYTES {
                index.push(IndexEntry { place: place_of(reference), offset: bytes });
                indexed = bytes;
            }
            let record = load.record(reference);
            if piece.len().saturating_add(record.len()).saturating_add(HEAD_BYTES) > PIECE_BYTES {
                file.write_all(&piece).map_err(failed)?;
                piece.clear();
            }
            piece.extend_from_slice(&(record.len() as u32).to_be_bytes());
            piece.extend_from_slice(&reference.table.to_be_bytes());
            piece.extend_from_slice(&reference.prefix.to_be_bytes());
            if record.len() > PIECE_BYTES {
                file.write_all(&piece).and_then(|()| file.write_all(record)).map_err(failed)?;
                piece.clear();
            } else {
                piece.extend_from_slice(record);
            }
            bytes = bytes.saturating_add((HEAD_BYTES as u64).saturating_add(record.len() as u64));
        }
        file.write_all(&piece).map_err(failed)?;
        let store = Store::File { file: Mutex::new(file), bytes, directory: directory.to_owned() };
        Ok(Self { store, index })
    }

    /// The places of some updates: between two of them lie about as many bytes each.
    pub(super) fn samples(&self) -> impl Iterator<Item = Place> {
        self.index.iter().map(|entry| entry.place)
    }

    /// The offset of an update in front of all those at `place`.
    fn offset_before(&self, place: Place) -> u64 {
        let behind = self.index.partition_point(|entry| entry.place < place);
        self.index.get(behind.saturating_sub(1)).map_or(0, |entry| entry.offset)
    }
}

fn place_of(reference: &Reference) -> Place {
    (reference.table, reference.prefix)
}

/// Moves over the updates of a run.
#[derive(Debug)]
pub(super) struct RunCursor<'a> {
    run: &'a Run,
    /// The offset of the update behind the current one.
    next: u64,
    current: Option<Current>,
    /// A part of the file, and where it begins.
    window: Vec<u8>,
    window_offset: u64,
    piece_bytes: usize,
}

#[derive(Debug, Clone, Copy)]
struct Current {
    place: Place,
    /// In the window.
    start: usize,
    length: usize,
    /// In memory.
    reference: Option<Reference>,
}

impl<'a> RunCursor<'a> {
    /// A cursor that stands at the first update at `place` or behind it. It reads so much of a file at once.
    pub(super) fn new(run: &'a Run, place: Place, piece_bytes: usize) -> Result<Self> {
        let next = run.offset_before(place);
        let (window, window_offset) = (Vec::new(), 0);
        let mut cursor = Self { run, next, current: None, window, window_offset, piece_bytes };
        cursor.advance()?;
        while cursor.place().is_some_and(|there| there < place) {
            cursor.advance()?;
        }
        Ok(cursor)
    }

    /// The place of the current update; none behind the last.
    pub(super) fn place(&self) -> Option<Place> {
        self.current.map(|current| current.place)
    }

    /// The record of the current update.
    pub(super) fn record(&self) -> &[u8] {
        match (self.current, &self.run.store) {
            (Some(Current { reference: Some(reference), .. }), Store::Memory(load)) => {
                load.record(&reference)
            }
            (Some(Current { start, length, .. }), _) => {
                self.window.get(start..start.saturating_add(length)).unwrap_or_default()
            }
            (None, _) => &[],
        }
    }

    /// Moves to the next update.
    pub(super) fn advance(&mut self) -> Result<()> {
        self.current = match &self.run.store {
            Store::Memory(load) => load.references().get(self.next as usize).map(|reference| Current {
                place: place_of(reference),
                start: 0,
                length: 0,
                reference: Some(*reference),
            }),
            Store::File { bytes, .. } if self.next >= *bytes => None,
            Store::File { .. } => return self.advance_in_file(),
        };
        self.next = self.next.saturating_add(1);
        Ok(())
    }

    fn advance_in_file(&mut self) -> Result<()> {
        let start = self.fill(HEAD_BYTES)?;
        let mut head = Bytes::from(&self.window, start);
        let (Ok(length), Ok(table), Ok(prefix)) = (head.u32(), head.u32(), head.u64()) else {
            return Err(self.broken());
        };
        let length = length as usize;
        let start = self.fill(HEAD_BYTES.saturating_add(length))?.saturating_add(HEAD_BYTES);
        self.current = Some(Current { place: (table, prefix), start, length, reference: None });
        self.next = self.next.saturating_add((HEAD_BYTES as u64).saturating_add(length as u64));
        Ok(())
    }

    /// Has the window hold so many bytes from the next record on. Returns where in it they begin.
    fn fill(&mut self, wanted: usize) -> Result<usize> {
        let Store::File { file, bytes, directory } = &self.run.store else { return Ok(0) };
        let skipped = usize::try_from(self.next.saturating_sub(self.window_offset)).unwrap_or(usize::MAX);
        if self.window.len().saturating_sub(skipped.min(self.window.len())) >= wanted {
            return Ok(skipped);
        }
        let left = bytes.saturating_sub(self.next);
        if wanted as u64 > left {
            return Err(self.broken());
        }
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(self.piece_bytes.max(wanted));
        self.window.resize(length, 0);
        if self.window.capacity() > length.saturating_mul(4) {
            self.window.shrink_to(length);
        }
        let file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let read = file.read_at(&mut self.window, self.next);
        read.map_err(|error| Error::io(directory, error))?;
        self.window_offset = self.next;
        Ok(0)
    }

    #[cold]
    fn broken(&self) -> Error {
        let error = Error::corrupt("a temporary file does not say what was written to it");
        match &self.run.store {
            Store::File { directory, .. } => error.at(directory),
            Store::Memory(_) => error,
        }
    }
}
