//! What a memtable could be made of, each as small as the comparison allows: rows by key, clustering and sequence number,
//! values as bytes.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, RwLock};

use cqlite_core::storage::memtable::{Memtable, MemtableRows, Visibility};
use cqlite_core::storage::mutation::{PartitionUpdateBuilder, TableLayout};
use cqlite_cql::{Order, Uuid};
use cqlite_sstable::Partitioner;
use cqlite_sstable::partitioner::hash3_x64_128;
use cqlite_sstable::reader::{Slice, TokenRange};
use cqlite_sstable::row::{
    Cell, ClusteringBuffer, ClusteringValue, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem,
    UnfilteredPartitions,
};
use cqlite_sstable::schema::{ClusteringColumn, Column, TableKind, TableSchema};
use cqlite_sstable::types::CqlType;
use crossbeam_skiplist::SkipMap;

/// A put or a get: a key, and a clustering if the table has one.
#[derive(Clone, Copy)]
pub struct Place {
    pub key: [u8; 16],
    pub clustering: Option<u64>,
}

pub trait Candidate: Sync {
    fn name(&self) -> &'static str;
    fn writer(&self) -> Box<dyn Writer + '_>;
    fn reader(&self) -> Box<dyn Reader + '_>;
    /// Goes through everything in order, as a flush does, and returns how many rows there were.
    fn drain(&self) -> u64;
}

pub trait Writer {
    fn put(&mut self, place: Place, sequence: u64, value: &[u8]);
}

pub trait Reader {
    /// The bytes of the newest value.
    fn get(&mut self, place: Place) -> usize;
}

fn partition_form(key: &[u8; 16]) -> Box<[u8]> {
    let token = hash3_x64_128(key, 0)[0] ^ (1 << 63);
    [&token.to_be_bytes()[..], key].concat().into()
}

fn row_form(place: &Place) -> [u8; 8] {
    place.clustering.unwrap_or(0).to_be_bytes()
}

fn shard(key: &[u8; 16]) -> usize {
    ((hash3_x64_128(key, 0)[0] ^ (1 << 63)) >> 60) as usize
}

/// The versions of the rows of a partition, by clustering and the newest sequence number first.
type RowVersions = SkipMap<([u8; 8], Reverse<u64>), Box<[u8]>>;

/// Versions of rows by all that orders them.
type FlatRows = BTreeMap<(Box<[u8]>, Reverse<u64>), Box<[u8]>>;

/// A lock-free map of partitions, each with a lock-free map of its rows.
#[derive(Default)]
pub struct Skiplist {
    partitions: SkipMap<Box<[u8]>, RowVersions>,
}

impl Candidate for Skiplist {
    fn name(&self) -> &'static str {
        "skiplist of skiplists"
    }

    fn writer(&self) -> Box<dyn Writer + '_> {
        Box::new(self)
    }

    fn reader(&self) -> Box<dyn Reader + '_> {
        Box::new(self)
    }

    fn drain(&self) -> u64 {
        let mut rows = 0;
        for partition in &self.partitions {
            rows += partition.value().iter().map(|row| u64::from(!row.value().is_empty())).sum::<u64>();
        }
        rows
    }
}

impl Writer for &Skiplist {
    fn put(&mut self, place: Place, sequence: u64, value: &[u8]) {
        let partition = self.partitions.get_or_insert_with(partition_form(&place.key), SkipMap::new);
        partition.value().insert((row_form(&place), Reverse(sequence)), value.into());
    }
}

impl Reader for &Skiplist {
    fn get(&mut self, place: Place) -> usize {
        let Some(partition) = self.partitions.get(&partition_form(&place.key)) else { return 0 };
        let first = (row_form(&place), Reverse(u64::MAX));
        partition.value().lower_bound(Bound::Included(&first)).map_or(0, |row| row.value().to_vec().len())
    }
}

type LockedPartitions = RwLock<BTreeMap<Box<[u8]>, BTreeMap<([u8; 8], Reverse<u64>), Box<[u8]>>>>;

/// Ordered maps behind locks, by token: of partitions, each with an ordered map of its rows.
#[derive(Default)]
pub struct LockedMaps {
    shards: [LockedPartitions; 16],
}

impl Candidate for LockedMaps {
    fn name(&self) -> &'static str {
        "locked maps of maps"
    }

    fn writer(&self) -> Box<dyn Writer + '_> {
        Box::new(self)
    }

    fn reader(&self) -> Box<dyn Reader + '_> {
        Box::new(self)
    }

    fn drain(&self) -> u64 {
        let rows = |shard: &LockedPartitions| {
            let shard = shard.read().unwrap();
            shard.values().flat_map(BTreeMap::values).map(|value| u64::from(!value.is_empty())).sum::<u64>()
        };
        self.shards.iter().map(rows).sum()
    }
}

impl Writer for &LockedMaps {
    fn put(&mut self, place: Place, sequence: u64, value: &[u8]) {
        let (form, value): (_, Box<[u8]>) = (partition_form(&place.key), value.into());
        let mut shard = self.shards[shard(&place.key)].write().unwrap();
        shard.entry(form).or_default().insert((row_form(&place), Reverse(sequence)), value);
    }
}

impl Reader for &LockedMaps {
    fn get(&mut self, place: Place) -> usize {
        let shard = self.shards[shard(&place.key)].read().unwrap();
        let Some(partition) = shard.get(&partition_form(&place.key)) else { return 0 };
        let first = (row_form(&place), Reverse(u64::MAX));
        partition.range(first..).next().map_or(0, |(_, value)| value.to_vec().len())
    }
}

/// Ordered maps behind locks, flat: by token, key, clustering and sequence number as one key.
#[derive(Default)]
pub struct LockedFlat {
    shards: [RwLock<FlatRows>; 16],
}

fn flat_form(place: &Place) -> Box<[u8]> {
    [&partition_form(&place.key)[..], &row_form(place)].concat().into()
}

impl Candidate for LockedFlat {
    fn name(&self) -> &'static str {
        "locked flat maps"
    }

    fn writer(&self) -> Box<dyn Writer + '_> {
        Box::new(self)
    }

    fn reader(&self) -> Box<dyn Reader + '_> {
        Box::new(self)
    }

    fn drain(&self) -> u64 {
        self.shards.iter().map(|shard| shard.read().unwrap().len() as u64).sum()
    }
}

impl Writer for &LockedFlat {
    fn put(&mut self, place: Place, sequence: u64, value: &[u8]) {
        let (form, value): (_, Box<[u8]>) = (flat_form(&place), value.into());
        self.shards[shard(&place.key)].write().unwrap().insert((form, Reverse(sequence)), value);
    }
}

impl Reader for &LockedFlat {
    fn get(&mut self, place: Place) -> usize {
        let shard = self.shards[shard(&place.key)].read().unwrap();
        let first = (flat_form(&place), Reverse(u64::MAX));
        shard.range(first..).next().map_or(0, |(_, value)| value.to_vec().len())
    }
}

/// The memtable itself: typed rows go in, cells come out.
pub struct Ours {
    pub memtable: Arc<Memtable>,
    pub visibility: Arc<Visibility>,
}

impl Ours {
    pub fn new(has_clustering: bool) -> Self {
        let visibility = Arc::new(Visibility::new());
        Self {
            memtable: Memtable::new(layout(has_clustering), Arc::clone(&visibility), Arc::default()),
            visibility,
        }
    }
}

pub fn layout(has_clustering: bool) -> Arc<TableLayout> {
    let clustering =
        ClusteringColumn { name: "c".into(), column_type: CqlType::BigInt, order: Order::Ascending };
    let schema = TableSchema {
        keyspace: "bench".into(),
        name: "kv".into(),
        id: Some(Uuid([3; 16])),
        kind: TableKind::Table,
        partition_key: vec![Column::new("k", CqlType::Blob)],
        clustering: if has_clustering { vec![clustering] } else { Vec::new() },
        static_columns: Vec::new(),
        regular_columns: vec![Column::new("v", CqlType::Blob)],
        dropped_columns: Vec::new(),
        user_types: Vec::new(),
        options: Vec::new(),
        keyspace_options: Vec::new(),
        indexes: Vec::new(),
        is_compact: false,
        enforces_strict_liveness: false,
    };
    TableLayout::new(&schema, Partitioner::Murmur3).unwrap()
}

impl Candidate for Ours {
    fn name(&self) -> &'static str {
        "memtable"
    }

    fn writer(&self) -> Box<dyn Writer + '_> {
        let builder = PartitionUpdateBuilder::new(self.memtable.layout(), b"");
        Box::new(OursWriter { ours: self, builder, clustering: ClusteringBuffer::default() })
    }

    fn reader(&self) -> Box<dyn Reader + '_> {
        Box::new(OursReader { rows: self.memtable.partition(b"", None, u64::MAX) })
    }

    fn drain(&self) -> u64 {
        let mut rows = self.memtable.range(TokenRange::default(), u64::MAX);
        let mut count = 0;
        while rows.advance_partition().unwrap() {
            while rows.advance_unfiltered().unwrap() {
                while rows.advance_item().unwrap() {
                    count += u64::from(matches!(rows.item(), RowItem::Cell(cell) if !cell.value.is_empty()));
                }
            }
        }
        count
    }
}

struct OursWriter<'a> {
    ours: &'a Ours,
    builder: PartitionUpdateBuilder,
    clustering: ClusteringBuffer,
}

/// A row with one cell, as an insert makes it.
pub fn add_row(
    builder: &mut PartitionUpdateBuilder,
    clustering: &mut ClusteringBuffer,
    place: &Place,
    timestamp: i64,
    value: &[u8],
) {
    builder.restart(&place.key);
    clustering.clear();
    if let Some(number) = place.clustering {
        clustering.push(ClusteringValue::Value(&number.to_be_bytes()));
    }
    let row = Row {
        is_static: false,
        clustering: clustering.as_clustering(),
        liveness: Some(Liveness::new(timestamp)),
        deletion: DeletionTime::LIVE,
        shadowable_deletion: DeletionTime::LIVE,
    };
    let cell = Cell {
        column: 0,
        timestamp,
        ttl_seconds: 0,
        local_deletion_time_seconds: NO_DELETION_TIME,
        path: None,
        value,
    };
    builder.row(&row, &[RowItem::Cell(cell)]).unwrap();
}

impl Writer for OursWriter<'_> {
    fn put(&mut self, place: Place, sequence: u64, value: &[u8]) {
        let timestamp = 1_800_000_000_000_000 + sequence as i64;
        add_row(&mut self.builder, &mut self.clustering, &place, timestamp, value);
        let mutation = self.builder.build().unwrap();
        for update in mutation.updates() {
            self.ours.memtable.apply(update, sequence).unwrap();
        }
    }
}

struct OursReader {
    rows: MemtableRows,
}

impl Reader for OursReader {
    fn get(&mut self, place: Place) -> usize {
        let slice =
            place.clustering.map(|number| Slice::of_prefix([ClusteringValue::Value(&number.to_be_bytes())]));
        self.rows.seek(&place.key, slice);
        let mut bytes = 0;
        while self.rows.advance_partition().unwrap() {
            while self.rows.advance_unfiltered().unwrap() {
                while self.rows.advance_item().unwrap() {
                    if let RowItem::Cell(cell) = self.rows.item() {
                        bytes += cell.value.len();
                    }
                }
            }
        }
        bytes
    }
}
