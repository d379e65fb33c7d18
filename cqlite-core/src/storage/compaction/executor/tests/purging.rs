//! What is purged, and what keeps it.

use std::sync::atomic::Ordering;

use super::*;
use crate::storage::compaction::executor::Surroundings as _;

/// The choice of one SSTable.
fn only(table: &TestTable, at: usize) -> Choice {
    Choice { inputs: vec![table.ids()[at].clone()], ..all(table) }
}

#[test]
fn a_tombstone_stays_as_long_as_what_it_deletes_is_in_another_sstable() {
    let table = table();
    table.write(&[Written::put(1, 1, 10)]);
    table.write(&[Written::put(1, 1, 20).with(Change::DeleteRow), Written::put(2, 1, 21)]);
    compact(&table, only(&table, 1));
    assert_eq!(table.visible(), table.expected());
    assert_eq!(table.visible().len(), 1);
    // Together, both go.
    compact(&table, all(&table));
    let sstable = Arc::clone(&table.live()[0]);
    assert_eq!((sstable.sstable().statistics().stats.total_rows, table.visible().len()), (1, 1));
}

#[test]
fn a_tombstone_stays_as_long_as_a_memtable_has_something_older_of_its_partition() {
    let table = table();
    table.write(&[Written::put(1, 1, 20).with(Change::DeletePartition), Written::put(2, 1, 21)]);
    table.keep_in_memory(&[Written::put(1, 5, 10)]);
    compact(&table, all(&table));
    table.flush();
    assert_eq!((table.visible(), table.visible().len()), (table.expected(), 1));
}

#[test]
fn what_a_memtable_has_of_other_partitions_or_newer_keeps_nothing() {
    let table = table();
    table.write(&[Written::put(1, 1, 20).with(Change::DeletePartition), Written::put(2, 1, 21)]);
    table.keep_in_memory(&[Written::put(1, 5, 30), Written::put(3, 5, 5)]);
    compact(&table, all(&table));
    let kept = table.live()[0].sstable().statistics().stats.estimated_partition_size_bytes.count();
    assert_eq!((kept, table.visible()), (1, table.expected()));
}

#[test]
fn rows_that_are_flushed_while_their_partition_is_compacted_are_seen() {
    let table = table();
    table.write(&[Written::put(1, 1, 20).with(Change::DeletePartition), Written::put(2, 1, 21)]);
    let task = table.task(all(&table));
    // Written and flushed behind the choice, and in none of what was there when it was made.
    table.keep_in_memory(&[Written::put(1, 5, 10)]);
    table.flush();
    let replaced = run(&task);
    table.replace(&replaced);
    replaced.delete().unwrap();
    assert_eq!((table.visible(), table.visible().len()), (table.expected(), 1));
}

#[test]
fn with_a_grace_period_tombstones_stay_and_without_one_they_go() {
    for (gc_grace_seconds, outputs) in [(1_000, 1), (0, 0)] {
        let table = TestTable::new(Arc::new(memory()));
        let settings = crate::storage::compaction::executor::CompactedTable {
            gc_grace_seconds,
            ..(*table.table).clone()
        };
        let table = Arc::new(table.with_table(settings));
        table.write(&[Written::put(1, 1, 10), Written::put(1, 1, 20).with(Change::DeleteRow)]);
        table.write(&[Written::put(2, 1, 30).with(Change::DeletePartition)]);
        assert_eq!(compact(&table, all(&table)).len(), outputs);
        assert_eq!(table.visible(), table.expected());
    }
}

#[test]
fn where_nothing_is_left_there_is_no_sstable_and_no_file() {
    let table = table();
    table.write(&[Written::put(1, 1, 10)]);
    table.write(&[Written::put(1, 1, 20).with(Change::DeletePartition)]);
    assert!(compact(&table, all(&table)).is_empty());
    assert!(stems(&*table.files).is_empty() && table.visible().is_empty());
}

#[test]
fn an_expired_sstable_is_dropped_unread_unless_it_hides_older_rows_elsewhere() {
    let expiring = |timestamp| {
        let change = Change::Put { value: 1, ttl_seconds: Some(5), inserts: true };
        Written::put(1, 1, timestamp).with(change)
    };
    for (older_elsewhere, expired) in [(None, 1), (Some(5), 0)] {
        let table = table();
        table.write(&[expiring(20)]);
        table.write(&[Written::put(2, 2, 30)]);
        if let Some(timestamp) = older_elsewhere {
            table.keep_in_memory(&[Written::put(1, 1, timestamp)]);
        }
        table.now_seconds.fetch_add(100, Ordering::SeqCst);
        let outputs = table.task(all(&table)).run(&control()).unwrap();
        assert_eq!(outputs.expired().len(), expired, "{older_elsewhere:?}");
        let replaced = outputs.commit().unwrap();
        table.replace(&replaced);
        replaced.delete().unwrap();
        assert_eq!(table.visible(), table.expected());
    }
}
