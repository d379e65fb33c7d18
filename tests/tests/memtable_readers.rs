//! Readers beside writers, and what a memtable refuses.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

#[path = "memtable_model/table.rs"]
#[allow(dead_code, reason = "the other topic needs the rest")]
mod table;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use cqlite_core::storage::memtable::{Memtable, MemtableRows, Visibility};
use cqlite_core::storage::mutation::{Mutation, PartitionUpdateBuilder, TableLayout};
use cqlite_sstable::reader::TokenRange;
use cqlite_sstable::row::{
    Cell, ClusteringBuffer, ClusteringKind, ClusteringValue, DeletionTime, Liveness, NO_DELETION_TIME,
    RowItem, Unfiltered, UnfilteredPartitions,
};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::{ErrorKind, Partitioner};
use table::{head, schema};

const KEYS: u64 = 4;
const ROWS_OF_PARTITION: i32 = 5;
const WRITES: u64 = 40_000;

/// A table that does not count: versions of counters are not put together where something is deleted.
fn ints() -> Arc<TableLayout> {
    let mut schema = schema([CqlType::Int, CqlType::Int]);
    schema.regular_columns.retain(|column| column.column_type != CqlType::Counter);
    TableLayout::new(&schema, Partitioner::Murmur3).unwrap()
}

fn cell(timestamp: i64, value: &[u8]) -> Cell<'_> {
    let local_deletion_time_seconds = NO_DELETION_TIME;
    Cell { column: 0, timestamp, ttl_seconds: 0, local_deletion_time_seconds, path: None, value }
}

fn clustering(numbers: [i32; 2]) -> ClusteringBuffer {
    let mut buffer = ClusteringBuffer::default();
    numbers.iter().for_each(|number| buffer.push(ClusteringValue::Value(&number.to_be_bytes())));
    buffer
}

/// Writes its number into all rows of a partition and into the static one, and deletes all other rows.
fn write(layout: &Arc<TableLayout>, number: u64) -> Mutation {
    let key = ((number % KEYS) as i32).to_be_bytes();
    let (timestamp, value) = (number as i64, (number as i32).to_be_bytes());
    let mut builder = PartitionUpdateBuilder::new(layout, &key);
    let item = [RowItem::Cell(cell(timestamp, &value))];
    builder.row(&head(true, ClusteringBuffer::default().as_clustering()), &item).unwrap();
    for row in 0..ROWS_OF_PARTITION {
        let place = clustering([row, 0]);
        let mut row = head(false, place.as_clustering());
        row.liveness = Some(Liveness::new(timestamp));
        builder.row(&row, &item).unwrap();
    }
    let deletion = DeletionTime { marked_for_delete_at: timestamp - 1, local_deletion_time_seconds: 1 };
    let bottom = ClusteringBuffer::default();
    let (start, end) = (ClusteringKind::InclStartBound, ClusteringKind::InclEndBound);
    builder.delete_range((start, bottom.as_clustering()), (end, bottom.as_clustering()), deletion).unwrap();
    builder.build().unwrap()
}

/// The numbers in a partition: of the static row, the deletion, and each row.
fn numbers(rows: &mut MemtableRows) -> Vec<i64> {
    let mut found = Vec::new();
    while rows.advance_partition().unwrap() {
        while rows.advance_item().unwrap() {
            found.push(number(&rows.item()));
        }
        while rows.advance_unfiltered().unwrap() {
            match rows.unfiltered() {
                Unfiltered::Marker(marker) => found.push(marker.deletion.marked_for_delete_at + 1),
                Unfiltered::Row(row) => {
                    found.push(row.liveness.unwrap().timestamp);
                    while rows.advance_item().unwrap() {
                        found.push(number(&rows.item()));
                    }
                }
            }
        }
    }
    found
}

fn number(item: &RowItem<'_>) -> i64 {
    match item {
        RowItem::Cell(cell) => i64::from(i32::from_be_bytes(cell.value.try_into().unwrap())),
        RowItem::ComplexDeletion { .. } => -1,
    }
}

/// Publishes writes in order, and knows which readers there are.
struct Database {
    memtable: Arc<Memtable>,
    visibility: Arc<Visibility>,
    next: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    published: u64,
    applied: std::collections::BTreeSet<u64>,
    readers: Vec<u64>,
}

impl Database {
    fn new() -> Self {
        let visibility = Arc::new(Visibility::new());
        let memtable = Memtable::new(ints(), Arc::clone(&visibility), Arc::default());
        Self { memtable, visibility, next: AtomicU64::new(1), state: Mutex::default() }
    }

    fn publish(&self, number: u64) {
        let mut state = self.state.lock().unwrap();
        state.applied.insert(number);
        while let Some(first) = state.applied.first().copied().filter(|first| *first == state.published + 1) {
            state.applied.remove(&first);
            state.published = first;
        }
        self.visibility.set_complete(state.published);
        let oldest = state.readers.iter().copied().min().unwrap_or(state.published);
        self.visibility.set_oldest(oldest.min(state.published));
    }

    fn open_reader(&self) -> u64 {
        let mut state = self.state.lock().unwrap();
        let visible = state.published;
        state.readers.push(visible);
        visible
    }

    fn close_reader(&self, visible: u64) {
        let mut state = self.state.lock().unwrap();
        let place = state.readers.iter().position(|reader| *reader == visible).unwrap();
        state.readers.swap_remove(place);
    }
}

#[test]
fn readers_see_all_of_a_write_or_nothing_and_always_the_same_while_others_write() {
    let database = Database::new();
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reads: Vec<_> = (0..2)
            .map(|reader| {
                let (database, is_done) = (&database, &is_done);
                scope.spawn(move || {
                    let mut reads = 0_u64;
                    while !is_done.load(Ordering::Relaxed) || reads < 100 {
                        let visible = database.open_reader();
                        for again in 0..3 {
                            let key = (reads + reader + again) % KEYS;
                            // The last write of this partition that it sees.
                            let expected = (0..KEYS).filter_map(|back| visible.checked_sub(back));
                            let expected =
                                expected.filter(|number| *number > 0).find(|number| number % KEYS == key);
                            let key = (key as i32).to_be_bytes();
                            let found = numbers(&mut database.memtable.partition(&key, None, visible));
                            let count = 3 + 2 * ROWS_OF_PARTITION as usize;
                            let all = expected.map_or(Vec::new(), |number| vec![number as i64; count]);
                            assert_eq!(found, all, "at {visible}");
                        }
                        database.close_reader(visible);
                        reads += 1;
                    }
                    reads
                })
            })
            .collect();
        let writers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let number = database.next.fetch_add(1, Ordering::Relaxed);
                        if number > WRITES {
                            return;
                        }
                        let mutation = write(database.memtable.layout(), number);
                        for update in mutation.updates() {
                            database.memtable.apply(update, number).unwrap();
                        }
                        database.publish(number);
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        is_done.store(true, Ordering::Relaxed);
        assert!(reads.into_iter().all(|reader| reader.join().unwrap() > 0));
    });
    let statistics = database.memtable.statistics();
    assert_eq!((statistics.updates, statistics.partitions), (WRITES, KEYS));
    assert_eq!(statistics.rows, KEYS * ROWS_OF_PARTITION as u64);
    assert_eq!((statistics.first_sequence, statistics.last_sequence), (Some(1), Some(WRITES)));
    assert_eq!((statistics.least.min_timestamp, statistics.least.min_ttl_seconds), (Some(0), None));
}

#[test]
fn a_row_that_is_written_again_and_again_keeps_its_size_unless_an_old_reader_is_there() {
    let (layout, visibility) = (ints(), Arc::new(Visibility::new()));
    let memtable = Memtable::new(Arc::clone(&layout), Arc::clone(&visibility), Arc::default());
    let write_all = |numbers: std::ops::Range<u64>, has_old_reader: bool| {
        for number in numbers {
            let mutation = write(&layout, number * KEYS);
            mutation.updates().for_each(|update| memtable.apply(update, number).unwrap());
            visibility.set_complete(number);
            if !has_old_reader {
                visibility.set_oldest(number);
            }
        }
    };
    write_all(1..100_001, false);
    let held = memtable.held_bytes();
    assert!(held < 300_000, "{held}");
    write_all(100_001..101_001, true);
    let seen = |visible: u64| numbers(&mut memtable.partition(&0_i32.to_be_bytes(), None, visible));
    for visible in [100_000, 100_001, 100_500, 101_000] {
        assert!(seen(visible).iter().all(|number| *number == (visible * KEYS) as i64), "{visible}");
    }
    visibility.set_oldest(101_000);
    write_all(101_001..110_000, false);
    let held = memtable.held_bytes();
    assert!(held < 1_500_000, "{held}");
}

#[test]
fn many_rows_of_one_partition_come_in_order_and_large_values_as_they_were_written() {
    let (layout, visibility) = (ints(), Arc::new(Visibility::new()));
    let memtable = Memtable::new(Arc::clone(&layout), visibility, Arc::default());
    let long = vec![b'x'; 3_000_000];
    let count = 20_000_i32;
    for number in 0..count {
        // Another order, each once.
        let place = clustering([number * 7919 % count, number % 3]);
        let mut builder = PartitionUpdateBuilder::new(&layout, b"key!");
        let text: &[u8] = if number % 5000 == 1 { &long } else { b"short" };
        let cell = Cell { column: 1, ..cell(1, text) };
        builder.row(&head(false, place.as_clustering()), &[RowItem::Cell(cell)]).unwrap();
        let mutation = builder.build().unwrap();
        mutation.updates().for_each(|update| memtable.apply(update, number as u64 + 1).unwrap());
    }
    let mut rows = memtable.range(TokenRange::default(), u64::MAX);
    assert!(rows.advance_partition().unwrap());
    let (mut last, mut found, mut bytes) = (-1, 0, 0);
    while rows.advance_unfiltered().unwrap() {
        let Unfiltered::Row(row) = rows.unfiltered() else { continue };
        let first = row.clustering.get(0).unwrap().bytes().unwrap();
        let number = i32::from_be_bytes(first.try_into().unwrap());
        assert_eq!(number, last + 1);
        (last, found) = (number, found + 1);
        while rows.advance_item().unwrap() {
            if let RowItem::Cell(cell) = rows.item() {
                bytes += cell.value.len();
            }
        }
    }
    assert_eq!((found, bytes), (count, 4 * long.len() + (count as usize - 4) * 5));
    assert!(memtable.held_bytes() > 4 * long.len());
}

#[test]
fn what_does_not_fit_is_refused() {
    let (layout, visibility) = (ints(), Arc::new(Visibility::new()));
    let memtable = Memtable::new(Arc::clone(&layout), Arc::clone(&visibility), Arc::default());
    let refused = |applied: cqlite_sstable::Result<()>| {
        assert_eq!(applied.unwrap_err().kind(), ErrorKind::InvalidInput);
    };
    let foreign = write(&ints(), 1);
    refused(memtable.apply(foreign.updates().next().unwrap(), 1));
    visibility.set_complete(5);
    refused(memtable.apply(write(&layout, 1).updates().next().unwrap(), 5));
    assert!(memtable.is_empty());

    let mut builder = PartitionUpdateBuilder::new(&layout, &[0; 65_536]);
    refused(builder.build().map(|_| ()));
    builder.restart(b"key!");
    let long = vec![0; 256 * 1024 * 1024 + 1];
    let place = clustering([1, 2]);
    let row = head(false, place.as_clustering());
    refused(builder.row(&row, &[RowItem::Cell(Cell { column: 1, ..cell(1, &long) })]));
    refused(builder.row(&row, &[RowItem::Cell(Cell { column: 9, ..cell(1, b"four") })]));
    refused(builder.row(
        &row,
        &[RowItem::Cell(Cell { local_deletion_time_seconds: i64::from(i32::MAX), ..cell(1, b"") })],
    ));
    refused(builder.row(&head(false, ClusteringBuffer::default().as_clustering()), &[]));
    let mut wrong = ClusteringBuffer::default();
    wrong.push(ClusteringValue::Value(b"three"));
    wrong.push(ClusteringValue::Value(&[0; 4]));
    refused(builder.row(&head(false, wrong.as_clustering()), &[]));
    builder.restart(b"key!");
    refused(builder.row(&row, &[RowItem::Cell(cell(1, b"three"))]));
    let two = [write(&layout, 1), write(&layout, 2)];
    refused(Mutation::joined(two).map(|_| ()));
}
