//! Counters.

use cqlite_core::Database;
use cqlite_core::catalog::{Keyspace, Replication};
use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_core::storage::read::ReadCommand;
use cqlite_sstable::row::ClusteringValue;
use cqlite_sstable::types::CounterContext;

#[test]
fn a_deleted_count_does_not_come_back_when_a_compaction_does_not_see_the_deletion() {
    let place = tempfile::tempdir().unwrap();
    let db = Database::open(place.path()).unwrap();
    db.create_keyspace(Keyspace::new("ks", Replication::simple(1), true).unwrap()).unwrap();
    let table = db.create_table("ks", "CREATE TABLE counts (k text PRIMARY KEY, n counter)").unwrap();
    for _ in 0..10 {
        db.add_to_counter(&table, b"a", &[], 0, 100).unwrap();
    }
    db.flush(table.id()).unwrap();
    db.write(&db.update(&table, b"a").delete_partition().unwrap().build().unwrap()).unwrap();
    db.flush(table.id()).unwrap();
    assert_eq!(db.add_to_counter(&table, b"a", &[], 0, 7).unwrap(), 7);
    db.flush(table.id()).unwrap();

    let ids: Vec<_> =
        db.view().table(table.id()).unwrap().sstables().iter().map(|one| one.live().id().clone()).collect();
    assert_eq!(ids.len(), 3);
    let with_counts = vec![ids[0].clone(), ids[2].clone()];
    db.compact(table.id(), &CompactionRequest::UserDefined(with_counts)).unwrap();
    let page = db.read(&ReadCommand::key(table.id(), b"a")).unwrap();
    let row = page.partitions().next().unwrap().rows().next().unwrap();
    let context = CounterContext::decode(row.cells().value(0).unwrap()).unwrap();
    assert_eq!(context.total(), 7);
}

#[test]
fn static_counters_are_counted_beside_those_of_rows() {
    let db = Database::in_memory().unwrap().open().unwrap();
    db.create_keyspace(Keyspace::new("ks", Replication::simple(1), true).unwrap()).unwrap();
    let create = "CREATE TABLE counts (k text, c text, s counter static, n counter, PRIMARY KEY (k, c))";
    let table = db.create_table("ks", create).unwrap();
    let row = [ClusteringValue::Value(b"c")];
    assert_eq!(db.add_to_static_counter(&table, b"a", 0, 3).unwrap(), 3);
    assert_eq!(db.add_to_counter(&table, b"a", &row, 0, 10).unwrap(), 10);
    db.flush(table.id()).unwrap();
    assert_eq!(db.add_to_static_counter(&table, b"a", 0, 4).unwrap(), 7);
    assert_eq!(db.add_to_counter(&table, b"a", &row, 0, 1).unwrap(), 11);
    assert!(db.add_to_static_counter(&table, b"a", 1, 1).is_err());
    let page = db.read(&ReadCommand::key(table.id(), b"a")).unwrap();
    let partition = page.partitions().next().unwrap();
    let context = CounterContext::decode(partition.static_cells().value(0).unwrap()).unwrap();
    assert_eq!((context.total(), partition.rows().count()), (7, 1));
}
