//! What a database that is to be killed writes, and how it tells of it: shared by the test and its child process.
//!
//! Each writer makes numbered writes, one after another. A write goes to one of few rows of its writer, so that all of
//! them are written over and over; some are deletions, and some batches over two tables. So what is left of any number of
//! writes is known, and there is one right answer for each.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cqlite_core::catalog::{Keyspace, Replication, Table};
use cqlite_core::storage::commitlog::{SegmentCompression, SyncMode};
use cqlite_core::storage::mutation::Batch;
use cqlite_core::{Database, DatabaseBuilder};
use cqlite_sstable::compress::Compressor;

use crate::fuzz::Random;

/// How many threads make numbered writes.
pub const WRITERS: u32 = 4;

/// The rows of each writer; it has no divisor in common with what deletions and batches go by.
const ROWS: u64 = 61;

const KEYSPACE: &str = "killed";
const COUNTER: &[u8] = b"all";

/// A moment at which the process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// While a segment of the commit log takes the place of the one before.
    Rotation,
    /// While a memtable is written to an SSTable.
    Flush,
    /// While SSTables become part of their table.
    Install,
    /// While SSTables that were compacted are removed.
    Deletion,
    /// While the commit log is replayed.
    Replay,
    /// While a snapshot is taken.
    Snapshot,
}

impl Moment {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Rotation, Self::Flush, Self::Install, Self::Deletion, Self::Replay, Self::Snapshot];

    /// The moment of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|moment| format!("{moment:?}") == name)
    }
}

/// What the process tells by its pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The database is open.
    Opened,
    /// A write is acknowledged: the writer, its number, and the checksum of its value.
    Acknowledged {
        /// Whose it is.
        writer: u32,
        /// Which of them.
        number: u64,
        /// CRC-32 of the value; 0 of a deletion.
        checksum: u32,
    },
    /// One was added to the counter.
    Counted,
    /// The process is about to kill itself.
    Killed(Moment),
}

const OPENED: u32 = u32::MAX;
const COUNTED: u32 = u32::MAX - 1;
const KILLED: u32 = u32::MAX - 2;

impl Told {
    /// Sixteen bytes, which a pipe takes in one piece.
    pub fn to_bytes(self) -> [u8; 16] {
        let (kind, number, checksum) = match self {
            Self::Opened => (OPENED, 0, 0),
            Self::Counted => (COUNTED, 0, 0),
            Self::Killed(moment) => (KILLED, moment as u64, 0),
            Self::Acknowledged { writer, number, checksum } => (writer, number, checksum),
        };
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&kind.to_be_bytes());
        bytes[4..12].copy_from_slice(&number.to_be_bytes());
        bytes[12..].copy_from_slice(&checksum.to_be_bytes());
        bytes
    }

    /// The next thing that is told; none at the end.
    ///
    /// # Errors
    /// If the pipe cannot be read.
    pub fn read(pipe: &mut impl Read) -> io::Result<Option<Self>> {
        let mut bytes = [0; 16];
        match pipe.read_exact(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let word = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        let number = u64::from_be_bytes(bytes[4..12].try_into().unwrap());
        Ok(Some(match word(0) {
            OPENED => Self::Opened,
            COUNTED => Self::Counted,
            KILLED => Self::Killed(Moment::ALL[number as usize]),
            writer => Self::Acknowledged { writer, number, checksum: word(12) },
        }))
    }
}

/// The value of a write; none of a deletion.
pub fn value(writer: u32, number: u64) -> Option<Vec<u8>> {
    if number % 16 == 3 {
        return None;
    }
    let mut random = Random::new(u64::from(writer) << 40 | number);
    let mut value = format!("{writer} {number} ").into_bytes();
    let length = 20 + random.below(400);
    value.extend((0..length).map(|_| random.below(64) as u8 + 32));
    Some(value)
}

/// The checksum of a value.
pub fn checksum(value: Option<&[u8]>) -> u32 {
    value.map_or(0, crc32fast::hash)
}

fn is_batch(number: u64) -> bool {
    number % 8 == 7
}

fn key(writer: u32, number: u64) -> String {
    format!("{writer} {}", number % ROWS)
}

/// How the database is opened in a round.
pub fn builder(directory: &Path, mode: usize, is_compressed: bool) -> DatabaseBuilder {
    let modes = [
        SyncMode::Off,
        SyncMode::Periodic { interval: Duration::from_millis(5) },
        SyncMode::Batch,
        SyncMode::Group { window: Duration::from_micros(200) },
    ];
    Database::builder(directory)
        .unwrap()
        .sync_mode(modes[mode % modes.len()])
        .commit_log_segment(64 << 10)
        .commit_log_compression(is_compressed.then(|| SegmentCompression::new(Compressor::Lz4)))
        .memtable_memory(256 << 10)
        .reserved_disk(0)
}

/// The tables: that of all writes, that of batches, and that of the counter.
pub struct Tables([Arc<Table>; 3]);

impl Tables {
    /// Makes those that are missing.
    pub fn of(db: &Database) -> Self {
        if db.schema().keyspace(KEYSPACE).is_none() {
            db.create_keyspace(Keyspace::new(KEYSPACE, Replication::simple(1), true).unwrap()).unwrap();
        }
        let columns = [("writes", "v blob"), ("batches", "v blob"), ("hits", "n counter")];
        Self(columns.map(|(name, column)| {
            let statement = format!("CREATE TABLE {name} (k text PRIMARY KEY, {column})");
            db.table(KEYSPACE, name).or_else(|_| db.create_table(KEYSPACE, &statement)).unwrap()
        }))
    }

    /// The tables.
    pub fn all(&self) -> &[Arc<Table>] {
        &self.0
    }

    /// Makes a write, and waits until it is acknowledged.
    pub fn write(&self, db: &Database, writer: u32, number: u64) -> Told {
        let (key, value) = (key(writer, number), value(writer, number));
        let mutation = |table: &Arc<Table>| {
            let update = db.update(table, key.as_bytes());
            let update = match &value {
                None => update.delete_row(&[]),
                Some(value) => update.insert(&[], &[("v", Some(value))]),
            };
            update.unwrap().build().unwrap()
        };
        let [writes, batches, _] = &self.0;
        if is_batch(number) {
            let batch: Batch = [mutation(writes), mutation(batches)].into_iter().collect();
            db.submit(&batch).unwrap().wait().unwrap();
        } else {
            db.write(&mutation(writes)).unwrap();
        }
        Told::Acknowledged { writer, number, checksum: checksum(value.as_deref()) }
    }

    /// Adds to the counter. What it comes to.
    pub fn count(&self, db: &Database, delta: i64) -> i64 {
        db.add_to_counter(&self.0[2], COUNTER, &[], 0, delta).unwrap()
    }
}

/// The rows that are left of the writes before `end`: of all of them, and of batches.
pub fn left(writer: u32, end: u64) -> [BTreeMap<String, Vec<u8>>; 2] {
    let mut left = [BTreeMap::new(), BTreeMap::new()];
    // Behind so many, each row was written, by a batch as well.
    for number in end.saturating_sub(ROWS * 16)..end {
        let (key, value) = (key(writer, number), value(writer, number));
        let places = if is_batch(number) { 2 } else { 1 };
        for place in left.iter_mut().take(places) {
            match &value {
                None => drop(place.remove(&key)),
                Some(value) => drop(place.insert(key.clone(), value.clone())),
            }
        }
    }
    left
}
