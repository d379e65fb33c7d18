//! Going back to a point in time.

use super::rows::{all, on, put, with_table};

#[test]
fn a_restore_to_a_point_before_a_truncation_brings_the_rows_back_for_good() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    db.write(&put(&db, &table, "a", 1, "x")).unwrap();
    let point = db.next_timestamp();
    // A truncation is kept in whole milliseconds.
    while db.next_timestamp() < point + 2_000 {}
    db.truncate(table.id()).unwrap();
    db.write(&put(&db, &table, "a", 2, "later")).unwrap();
    drop(db);
    let (db, table) = with_table(on(place.path()).restore_point(point));
    assert_eq!(all(&db, &table), ["a=1:x"]);
    db.write(&put(&db, &table, "a", 3, "after")).unwrap();
    drop(db);
    let (db, table) = with_table(on(place.path()));
    assert_eq!(all(&db, &table), ["a=1:x", "a=3:after"]);
}

#[test]
fn a_restore_to_a_point_behind_a_truncation_leaves_the_table_empty() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    db.write(&put(&db, &table, "a", 1, "x")).unwrap();
    db.truncate(table.id()).unwrap();
    let point = db.next_timestamp();
    db.write(&put(&db, &table, "a", 2, "later")).unwrap();
    drop(db);
    let (db, table) = with_table(on(place.path()).restore_point(point));
    assert!(all(&db, &table).is_empty());
}

#[test]
fn a_reader_leaves_out_what_is_behind_its_point_in_time() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    db.write(&put(&db, &table, "a", 1, "x")).unwrap();
    let point = db.next_timestamp();
    db.write(&put(&db, &table, "a", 2, "later")).unwrap();
    drop(db);
    let reader = on(place.path()).restore_point(point).open_read_only().unwrap();
    assert_eq!(all(&reader, &table), ["a=1:x"]);
}
