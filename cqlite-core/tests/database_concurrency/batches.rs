//! Batches.

use std::sync::atomic::{AtomicUsize, Ordering};

use cqlite_core::Database;
use cqlite_core::catalog::Table;
use cqlite_core::storage::mutation::Batch;
use cqlite_core::storage::read::ReadCommand;
use cqlite_core::storage::store::View;

use super::stage::{Stage, seeds};

const WRITERS: usize = 4;
/// At least so many views are taken while batches are written.
const VIEWS: usize = 20;
const BATCHES: u64 = 120;
const KEYS: u64 = 3;

fn batch(db: &Database, tables: &[&std::sync::Arc<Table>], number: u64) -> Batch {
    let mut batch = Batch::new();
    let timestamp = db.next_timestamp();
    for table in tables {
        for key in 0..KEYS {
            let (key, value) = (key.to_be_bytes(), number.to_be_bytes());
            let update = db.update(table, &key).timestamp(timestamp).insert(&[], &[("v", Some(&value))]);
            batch.push(update.unwrap().build().unwrap());
        }
    }
    batch
}

/// The values of all keys of both tables.
fn values(view: &View, tables: [&Table; 2]) -> Vec<u64> {
    let mut values = Vec::new();
    for table in tables {
        let page = view.read(&ReadCommand::all(table.id())).unwrap();
        for partition in page.partitions() {
            let row = partition.rows().next().unwrap();
            values.push(u64::from_be_bytes(row.cells().value(0).unwrap().try_into().unwrap()));
        }
    }
    values
}

#[test]
fn a_view_shows_all_of_a_batch_over_two_tables_or_nothing() {
    for seed in 0..seeds() {
        let stage = Stage::new(seed);
        let (a, b) = (
            stage.table("a", "k bigint PRIMARY KEY, v bigint"),
            stage.table("b", "k bigint PRIMARY KEY, v bigint"),
        );
        let (writing, seen) = (AtomicUsize::new(WRITERS), AtomicUsize::new(0));
        stage.play(&[a.id(), b.id()], 2 * WRITERS, |thread| {
            if thread < WRITERS {
                // As long as too few views were taken beside them, there are more.
                for number in
                    (0..).take_while(|number| *number < BATCHES || seen.load(Ordering::SeqCst) <= VIEWS)
                {
                    let number = number * WRITERS as u64 + thread as u64;
                    stage.db.submit(&batch(&stage.db, &[&a, &b], number)).unwrap().wait().unwrap();
                }
                writing.fetch_sub(1, Ordering::SeqCst);
                return;
            }
            while writing.load(Ordering::SeqCst) > 0 {
                let view = stage.db.view();
                let first = values(&view, [&a, &b]);
                assert!(first.is_empty() || first.len() as u64 == 2 * KEYS, "seed {seed}: {first:?}");
                assert!(first.iter().all(|value| *value == first[0]), "seed {seed}: {first:?}");
                assert_eq!(values(&view, [&b, &a]), first, "seed {seed}: a view shows the same again");
                seen.fetch_add(1, Ordering::SeqCst);
            }
        });
        assert!(seen.into_inner() > VIEWS);
        let last = values(&stage.db.view(), [&a, &b]);
        let db = stage.reopened();
        assert_eq!(values(&db.view(), [&a, &b]), last, "seed {seed}: after an opening");
    }
}
