//! What a memtable shows is what the merge of its updates shows, for every reader.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

#[path = "memtable_model/table.rs"]
mod table;

use std::sync::Arc;

use cqlite_core::storage::memtable::{Memtable, Visibility};
use cqlite_core::storage::mutation::{Decoded, MessagingVersion, Mutation, TableLayout};
use cqlite_sstable::Partitioner;
use cqlite_sstable::component::statistics::SerializationHeader;
use cqlite_sstable::merge::{LazySource, Merge, SharedColumns};
use cqlite_sstable::partitioner::KeyPosition;
use cqlite_sstable::reader::{Slice, TokenRange};
use cqlite_sstable::row::{ClusteringKind, ClusteringValue, PrefixBuffer, UnfilteredPartitions};
use cqlite_sstable::types::CqlType;
use cqlite_tests::fuzz::Random;
use cqlite_tests::rows_told::{ColumnNames, rows_told};
use table::{KEYS, Updates, Value, layout};

const SEEDS: u64 = 160;

fn told(source: &mut impl UnfilteredPartitions, layout: &TableLayout) -> Vec<String> {
    rows_told(source, &ColumnNames::of_header(layout.header())).unwrap()
}

/// What the merge of these updates shows, each of them a source.
fn merged(updates: &[Mutation], layout: &TableLayout) -> Vec<String> {
    let headers: Vec<&SerializationHeader> = updates.iter().map(|_| layout.header()).collect();
    let columns = Arc::new(SharedColumns::new(&headers).unwrap());
    let sources = updates.iter().flat_map(Mutation::updates).map(|update| LazySource::opened(update.rows()));
    let order = layout.order().clone();
    let mut merge = Merge::new(layout.partitioner().clone(), columns, order, sources.collect());
    told(&mut merge, layout)
}

fn int(number: usize) -> Vec<u8> {
    (number as i32 - 2).to_be_bytes().to_vec()
}

fn text(number: usize) -> Vec<u8> {
    // Some are longer than what an index has of them, and differ behind that.
    [&b"a"[..], b"b", b"common to several of these: 1", b"common to several of these: 2", b""][number % 5]
        .into()
}

fn double(number: usize) -> Vec<u8> {
    [-1.5_f64, -0.0, 0.0, f64::NAN, 7.25][number % 5].to_be_bytes().to_vec()
}

fn kinds(seed: u64) -> ([CqlType; 2], [Value; 2]) {
    match seed % 3 {
        0 => ([CqlType::Int, CqlType::Int], [int, int]),
        1 => ([CqlType::Text, CqlType::Int], [text, int]),
        _ => ([CqlType::Int, CqlType::Double], [int, double]),
    }
}

fn partitioner(seed: u64) -> Partitioner {
    match seed % 4 {
        0 => Partitioner::ByteOrdered,
        1 => Partitioner::Random,
        2 => Partitioner::Local(Arc::new(CqlType::Int)),
        _ => Partitioner::Murmur3,
    }
}

struct History {
    memtable: Arc<Memtable>,
    visibility: Arc<Visibility>,
    updates: Vec<Mutation>,
    made: Updates,
    oldest: u64,
}

impl History {
    fn new(seed: u64) -> Self {
        let (types, values) = kinds(seed);
        let layout = layout(types, partitioner(seed / 3));
        let visibility = Arc::new(Visibility::new());
        let memtable = Memtable::new(Arc::clone(&layout), Arc::clone(&visibility), Arc::default());
        let mut random = Random::new(seed);
        let places = 1 + random.below(5);
        let counts = random.below(4) == 0;
        let made = Updates { layout, random, values, places, counts };
        Self { memtable, visibility, updates: Vec::new(), made, oldest: 0 }
    }

    /// Applies some updates, out of order, and lets what is complete and what nobody asks for any more move on.
    fn go_on(&mut self) {
        let first = self.updates.len() as u64;
        let count = 1 + self.made.random.below(5);
        let more: Vec<Mutation> = (0..count).map(|_| self.made.update()).collect();
        let mut numbered: Vec<(u64, &Mutation)> = (first + 1..).zip(&more).collect();
        for place in (1..numbered.len()).rev() {
            numbered.swap(place, self.made.random.below(place + 1));
        }
        for (sequence, mutation) in numbered {
            for update in mutation.updates() {
                self.memtable.apply(update, sequence).unwrap();
            }
        }
        self.updates.extend(more);
        let last = self.updates.len() as u64;
        self.visibility.set_complete(last);
        if self.made.random.below(3) == 0 {
            self.oldest += self.made.random.below((last - self.oldest) as usize + 1) as u64;
            self.visibility.set_oldest(self.oldest);
        }
    }

    fn seen(&self, visible: u64) -> &[Mutation] {
        &self.updates[..visible as usize]
    }
}

#[test]
fn a_memtable_shows_every_reader_the_merge_of_the_updates_that_it_sees() {
    for seed in 0..SEEDS {
        let mut history = History::new(seed);
        for round in 0..20 {
            history.go_on();
            let last = history.updates.len() as u64;
            for visible in [history.oldest, (history.oldest + last) / 2, last] {
                let layout = Arc::clone(history.memtable.layout());
                let mut rows = history.memtable.range(TokenRange::default(), visible);
                let expected = merged(history.seen(visible), &layout);
                assert_eq!(told(&mut rows, &layout), expected, "seed {seed}, round {round}, {visible}");
            }
        }
    }
}

#[test]
fn every_sequence_number_that_was_ever_complete_can_be_read_as_long_as_nobody_said_otherwise() {
    for seed in 0..SEEDS / 10 {
        let mut history = History::new(seed);
        while history.updates.len() < 60 {
            history.oldest = 0;
            let first = history.updates.len() as u64;
            let mutation = history.made.update();
            history.memtable.apply(mutation.updates().next().unwrap(), first + 1).unwrap();
            history.updates.push(mutation);
            history.visibility.set_complete(first + 1);
        }
        let layout = Arc::clone(history.memtable.layout());
        for visible in 0..=60 {
            let mut rows = history.memtable.range(TokenRange::default(), visible);
            assert_eq!(told(&mut rows, &layout), merged(history.seen(visible), &layout), "{seed} {visible}");
        }
    }
}

#[test]
fn one_partition_a_slice_of_it_and_what_lies_behind_a_key_are_parts_of_the_whole() {
    for seed in 0..SEEDS {
        let mut history = History::new(seed);
        (0..10).for_each(|_| history.go_on());
        let (layout, visible) = (Arc::clone(history.memtable.layout()), history.updates.len() as u64);
        let all = told(&mut history.memtable.range(TokenRange::default(), visible), &layout);
        let mut parts = Vec::new();
        let mut keys: Vec<[u8; 4]> = (0..KEYS as i32).map(i32::to_be_bytes).collect();
        keys.sort_by(|a, b| layout.partitioner().compare_keys(a, b));
        let mut reused = history.memtable.partition(b"none", None, visible);
        assert_eq!(told(&mut reused, &layout), Vec::<String>::new());
        for (number, key) in keys.iter().enumerate() {
            reused.seek(key, None);
            let one = told(&mut reused, &layout);
            parts.extend(one.clone());
            let mut rest = history.memtable.range(TokenRange::default(), visible);
            rest.skip_to(key, KeyPosition::After);
            assert_eq!(told(&mut rest, &layout), all[parts.len()..], "seed {seed}");
            let token = |key: &[u8; 4]| Some(layout.partitioner().token(key));
            let before = number.checked_sub(1).and_then(|before| token(&keys[before]));
            let range = TokenRange { after: before, through: token(key) };
            assert_eq!(told(&mut history.memtable.range(range, visible), &layout), one);
        }
        assert_eq!(parts, all, "seed {seed}");
    }
}

#[test]
fn a_slice_has_the_rows_between_its_bounds_and_its_ranges_cut_to_them() {
    for seed in 0..SEEDS {
        let mut history = History::new(seed);
        (0..12).for_each(|_| history.go_on());
        let (layout, visible) = (Arc::clone(history.memtable.layout()), history.updates.len() as u64);
        for _ in 0..10 {
            let random = &mut history.made.random;
            let value = (history.made.values[0])(random.below(5));
            let key = (random.below(KEYS) as i32).to_be_bytes();
            let values = [ClusteringValue::Value(&value)];
            let slice = match random.below(3) {
                0 => Slice::of_prefix(values),
                1 => Slice {
                    start: PrefixBuffer::new(ClusteringKind::ExclStartBound, values),
                    end: PrefixBuffer::top(),
                },
                _ => Slice {
                    start: PrefixBuffer::bottom(),
                    end: PrefixBuffer::new(ClusteringKind::ExclEndBound, values),
                },
            };
            let mut whole = history.memtable.partition(&key, None, visible);
            let expected = sliced(&mut whole, &slice, &layout);
            let mut part = history.memtable.partition(&key, Some(slice.clone()), visible);
            let everything = Slice::all();
            assert_eq!(sliced(&mut part, &everything, &layout), expected, "seed {seed}, {slice:?}");
        }
    }
}

/// The clusterings of the rows in a slice, each with the range deletion that is open there.
fn sliced(source: &mut impl UnfilteredPartitions, slice: &Slice, layout: &TableLayout) -> Vec<String> {
    use cqlite_sstable::row::{DeletionTime, Unfiltered};
    let mut lines = Vec::new();
    let mut open = DeletionTime::LIVE;
    while source.advance_partition().unwrap() {
        while source.advance_unfiltered().unwrap() {
            match source.unfiltered() {
                Unfiltered::Marker(marker) => {
                    open = marker.open_behind();
                }
                Unfiltered::Row(row) => {
                    let place = (ClusteringKind::Clustering, row.clustering);
                    let (start, end) = (slice.start.as_prefix(), slice.end.as_prefix());
                    if layout.order().slice_includes(start, end, place) {
                        lines.push(format!("{:?} {:?} {open:?}", row.clustering, row.liveness));
                    }
                }
            }
        }
        assert!(open.is_live(), "a range has no end");
    }
    lines
}

#[test]
fn updates_are_decoded_as_they_were_built_and_refused_when_a_byte_is_missing_or_too_many() {
    for seed in 0..SEEDS {
        let mut history = History::new(seed);
        let layout = Arc::clone(history.memtable.layout());
        for _ in 0..20 {
            let mutation = history.made.update();
            let tables = |id| (id == layout.id()).then(|| Arc::clone(&layout));
            let decode = |bytes: Vec<u8>| Mutation::decode(bytes, MessagingVersion::V40, tables);
            let Decoded::Mutation(decoded) = decode(mutation.bytes().to_vec()).unwrap() else { continue };
            let rows = |mutation: &Mutation| told(&mut mutation.updates().next().unwrap().rows(), &layout);
            assert_eq!(rows(&decoded), rows(&mutation));
            let end = mutation.bytes().len();
            for cut in [0, 1, 17, end / 2, end - 1] {
                assert!(decode(mutation.bytes()[..cut].to_vec()).is_err(), "{cut} of {end}");
            }
            assert!(decode([mutation.bytes(), &[1]].concat()).is_err());
            let mut random = Random::new(seed);
            for _ in 0..50 {
                let mut bytes = mutation.bytes().to_vec();
                bytes[random.below(end)] ^= 1 << random.below(8);
                // It may be sound; then everything that it shows can be read.
                if let Ok(Decoded::Mutation(decoded)) = decode(bytes) {
                    rows(&decoded);
                }
            }
        }
    }
}

#[test]
fn more_different_lists_of_columns_than_a_table_keeps_are_read_as_they_were_written() {
    use cqlite_core::storage::mutation::PartitionUpdateBuilder;
    use cqlite_sstable::row::{Cell, ClusteringBuffer, Liveness, NO_DELETION_TIME, RowItem};
    use cqlite_sstable::schema::Column;
    let columns = (0..12).map(|number| Column::new(format!("c{number:02}"), CqlType::Int));
    let mut schema = table::schema([CqlType::Int, CqlType::Int]);
    (schema.clustering, schema.regular_columns) = (Vec::new(), columns.collect());
    let layout = TableLayout::new(&schema, Partitioner::Murmur3).unwrap();
    let memtable = Memtable::new(Arc::clone(&layout), Arc::new(Visibility::new()), Arc::default());
    let mut updates = Vec::new();
    for subset in 1..3000_usize {
        let mut builder = PartitionUpdateBuilder::new(&layout, &(subset as u32).to_be_bytes());
        let value = (subset as u32).to_be_bytes();
        let item = |column: usize| {
            let (timestamp, local_deletion_time_seconds) = (column as i64, NO_DELETION_TIME);
            let (ttl_seconds, path, value) = (0, None, &value[..]);
            RowItem::Cell(Cell { column, timestamp, ttl_seconds, local_deletion_time_seconds, path, value })
        };
        let items: Vec<RowItem<'_>> = (0..12).filter(|column| subset >> column & 1 == 1).map(item).collect();
        let clustering = ClusteringBuffer::default();
        let mut row = table::head(false, clustering.as_clustering());
        row.liveness = (subset % 2 == 0).then(|| Liveness::new(3));
        builder.row(&row, &items).unwrap();
        if subset % 3 == 0 {
            builder.row(&table::head(true, clustering.as_clustering()), &[item(0)]).unwrap();
        }
        let mutation = builder.build().unwrap();
        memtable.apply(mutation.updates().next().unwrap(), subset as u64).unwrap();
        updates.push(mutation);
    }
    let mut rows = memtable.range(TokenRange::default(), u64::MAX);
    let mut expected: Vec<&Mutation> = updates.iter().collect();
    expected.sort_by(|a, b| layout.partitioner().compare_keys(a.key(), b.key()));
    let expected = expected.iter().flat_map(|one| told(&mut one.updates().next().unwrap().rows(), &layout));
    assert_eq!(told(&mut rows, &layout), expected.collect::<Vec<_>>());
}
