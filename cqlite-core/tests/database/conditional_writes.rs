//! Writes that depend on what is there.

use cqlite_core::Database;
use cqlite_core::storage::read::ReadCommand;

use super::rows::{cell, clustering, delete, key, put, row, with_table};

#[test]
fn what_was_applied_last_is_there_whenever_the_mutations_were_made() {
    let (db, table) = with_table(Database::in_memory().unwrap());
    db.write(&put(&db, &table, "a", 1, "0")).unwrap();
    let read = ReadCommand::key(table.id(), b"a");
    let first = put(&db, &table, "a", 1, "1");
    let second = put(&db, &table, "a", 1, "2");
    let deletion = delete(&db, &table, "a", Some(1));
    let third = put(&db, &table, "a", 1, "3");
    for (mutation, expected) in [(&second, "a=1:2"), (&first, "a=1:1"), (&third, "a=1:3"), (&first, "a=1:1")]
    {
        assert!(db.apply_if(&read, |page| Ok(!page.is_empty()), mutation).unwrap());
        assert_eq!(key(&db, &table, "a"), [expected]);
    }
    assert!(db.apply_if(&read, |page| Ok(!page.is_empty()), &deletion).unwrap());
    assert!(key(&db, &table, "a").is_empty(), "what was made before is deleted by what was made later");
    assert!(!db.apply_if(&read, |page| Ok(!page.is_empty()), &third).unwrap());
    assert!(db.apply_if(&read, |page| Ok(page.is_empty()), &first).unwrap());
    assert_eq!(key(&db, &table, "a"), ["a=1:1"]);
}

#[test]
fn a_collection_that_is_replaced_conditionally_has_the_new_elements_alone() {
    let (db, _) = with_table(Database::in_memory().unwrap());
    let table = db.create_table("ks", "CREATE TABLE m (k text PRIMARY KEY, m map<text, text>)").unwrap();
    let replace = |element: &[u8]| {
        let update = db.update(&table, b"a").replace_elements(&[], "m", &[(element, Some(b"x"))]).unwrap();
        update.build().unwrap()
    };
    let read = ReadCommand::key(table.id(), b"a");
    let elements = || -> Vec<Vec<u8>> {
        let page = db.read(&read).unwrap();
        let rows = page.partitions().flat_map(|partition| partition.rows().collect::<Vec<_>>());
        rows.flat_map(|row| row.cells().iter().map(|cell| cell.path.unwrap().to_vec()).collect::<Vec<_>>())
            .collect()
    };
    let (older, newer) = (replace(b"older"), replace(b"newer"));
    for (mutation, element) in [(&newer, b"newer"), (&older, b"older"), (&newer, b"newer")] {
        assert!(db.apply_if(&read, |_| Ok(true), mutation).unwrap());
        assert_eq!(elements(), [element.to_vec()]);
    }
}

#[test]
fn a_conditional_write_is_later_than_what_was_read_also_if_that_is_of_the_future() {
    let (db, table) = with_table(Database::in_memory().unwrap());
    let (future, values) = (db.next_timestamp() * 1_000, clustering(1));
    let mut update = cqlite_core::storage::mutation::PartitionUpdateBuilder::new(table.layout(), b"a");
    update.row(&row(&values, future, false), &[cell(0, future, b"future")]).unwrap();
    db.write(&update.build().unwrap()).unwrap();
    let read = ReadCommand::key(table.id(), b"a");
    assert!(db.apply_if(&read, |page| Ok(!page.is_empty()), &put(&db, &table, "a", 1, "now")).unwrap());
    assert_eq!(key(&db, &table, "a"), ["a=1:now"]);
    assert!(db.next_timestamp() < future, "the time of all others is as it was");
}
