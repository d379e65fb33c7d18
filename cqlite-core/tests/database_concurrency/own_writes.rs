//! Threads that read what they wrote.

use cqlite_core::storage::read::ReadCommand;

use super::stage::{Stage, seeds};

const THREADS: usize = 8;
const ROUNDS: i64 = 150;

#[test]
fn a_thread_that_puts_and_deletes_reads_its_own_last_write() {
    for seed in 0..seeds() {
        let stage = Stage::new(seed);
        let table = stage.table("own", "k text, c int, v bigint, PRIMARY KEY (k, c)");
        stage.play(&[table.id()], THREADS, |thread| {
            let (db, key) = (&stage.db, format!("of {}", thread / 2).into_bytes());
            let clustering = (thread as i32).to_be_bytes();
            let value = || {
                let page = db.read(&ReadCommand::key(table.id(), key.clone())).unwrap();
                let partition = page.partitions().next()?;
                let row = partition
                    .rows()
                    .find(|row| row.clustering().get(0).unwrap().bytes() == Some(&clustering[..]))?;
                Some(i64::from_be_bytes(row.cells().value(0).unwrap().try_into().unwrap()))
            };
            for round in 0..ROUNDS {
                let update = db.update(&table, &key);
                let put = update.insert(&[&clustering], &[("v", Some(&round.to_be_bytes()))]).unwrap();
                db.write(&put.build().unwrap()).unwrap();
                assert_eq!(value(), Some(round), "seed {seed}");
                if round % 3 > 0 {
                    let delete = db.update(&table, &key).delete_row(&[&clustering]).unwrap();
                    db.write(&delete.build().unwrap()).unwrap();
                    assert_eq!(value(), None, "seed {seed}");
                }
            }
        });
    }
}
