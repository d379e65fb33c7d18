//! Changes of the schema under load.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cqlite_core::storage::read::ReadCommand;
use cqlite_core::storage::store::Health;
use cqlite_sstable::schema::Column;
use cqlite_sstable::types::CqlType;

use super::stage::{Stage, seeds};

const WRITERS: usize = 6;
const ROUNDS: usize = 200;

/// One of those who write, until it ends, by a panic as well.
struct Writes<'a>(&'a AtomicUsize);

impl Drop for Writes<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn writes_that_are_taken_while_columns_come_and_go_are_there() {
    for seed in 0..seeds() {
        let stage = Stage::new(seed);
        let table = stage.table("t", "k text PRIMARY KEY, v bigint, w bigint");
        let (writing, last) = (AtomicUsize::new(WRITERS), Mutex::new(BTreeMap::new()));
        let (writing, last) = (&writing, &last);
        stage.play(&[table.id()], WRITERS + 1, |thread| {
            if thread == WRITERS {
                while writing.load(Ordering::SeqCst) > 0 {
                    let column = Column::new("x", CqlType::BigInt);
                    stage.db.add_column("ks", "t", column, false).unwrap();
                    stage.db.drop_column("ks", "t", "x").unwrap();
                }
                return;
            }
            let _writes = Writes(writing);
            let key = format!("k{thread}").into_bytes();
            for round in 0..ROUNDS {
                let value = (round as i64).to_be_bytes();
                let table = stage.db.table("ks", "t").unwrap();
                let update = stage.db.update(&table, &key).insert(&[], &[("v", Some(&value))]).unwrap();
                stage.db.write(&update.build().unwrap()).unwrap();
                let update = stage.db.update(&table, &key).set(&[], &[("x", Some(&value))]);
                if let Ok(update) = update
                    && let Err(error) = stage.db.write(&update.build().unwrap())
                {
                    assert!(error.to_string().contains("names a column that was dropped"), "{error}");
                }
            }
            last.lock().unwrap().insert(key, ROUNDS as i64 - 1);
        });
        let id = table.id();
        let db = stage.reopened();
        let v = db.table("ks", "t").unwrap();
        let v = v.layout().header_columns(false).iter().position(|column| column.name == b"v").unwrap();
        for (key, value) in last.lock().unwrap().iter() {
            let page = db.read(&ReadCommand::key(id, key.clone())).unwrap();
            let row = page.partitions().next().unwrap().rows().next().unwrap();
            assert_eq!(row.cells().value(v), Some(&value.to_be_bytes()[..]), "seed {seed}");
        }
    }
}

#[test]
fn tables_are_dropped_and_emptied_under_load() {
    for seed in 0..seeds() {
        let stage = Stage::new(seed);
        let kept = stage.table("kept", "k text PRIMARY KEY, v bigint");
        stage.table("t", "k text PRIMARY KEY, v bigint");
        let writing = &AtomicUsize::new(WRITERS);
        stage.play(&[kept.id()], WRITERS + 2, |thread| {
            let db = &stage.db;
            if thread >= WRITERS {
                while writing.load(Ordering::SeqCst) > 0 {
                    if thread == WRITERS {
                        db.drop_table("ks", "t").unwrap();
                        stage.table("t", "k text PRIMARY KEY, v bigint");
                    } else {
                        db.truncate(kept.id()).unwrap();
                    }
                }
                return;
            }
            let _writes = Writes(writing);
            for round in 0..ROUNDS {
                let value = (round as i64).to_be_bytes();
                let put = |table| {
                    let key = round.to_string();
                    let update = db.update(table, key.as_bytes());
                    let update = update.insert(&[], &[("v", Some(&value))]).unwrap();
                    db.write(&update.build().unwrap())
                };
                put(&kept).unwrap();
                let Ok(table) = db.table("ks", "t") else { continue };
                let view = db.view();
                let written = put(&table);
                if let Err(error) = written.and_then(|()| db.flush(table.id())) {
                    assert!(error.to_string().contains("dropped"), "{error}");
                }
                // What a view has it keeps, whatever becomes of the tables.
                if view.table(table.id()).is_ok() {
                    let rows = || view.read(&ReadCommand::all(table.id())).unwrap().row_count();
                    let kept_rows = || view.read(&ReadCommand::all(kept.id())).unwrap().row_count();
                    assert_eq!((rows(), kept_rows()), (rows(), kept_rows()), "seed {seed}");
                }
            }
        });
        stage.db.truncate(kept.id()).unwrap();
        let id = kept.id();
        assert_eq!(stage.db.read(&ReadCommand::all(id)).unwrap().row_count(), 0, "seed {seed}");
        assert_eq!(stage.db.health(), Health::Sound);
        let db = stage.reopened();
        assert_eq!(db.read(&ReadCommand::all(id)).unwrap().row_count(), 0, "seed {seed}: after an opening");
    }
}
