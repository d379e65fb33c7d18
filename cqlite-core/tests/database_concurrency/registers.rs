//! Registers.

use cqlite_core::storage::read::ReadCommand;

use super::history::{History, What};
use super::stage::{Stage, seeds};

const REGISTERS: usize = 4;
const THREADS: usize = 8;
const ROUNDS: usize = 150;

#[test]
fn what_is_read_of_a_partition_is_explained_by_one_order_of_writes() {
    let mut reads = 0;
    for seed in 0..seeds() {
        let stage = Stage::new(seed);
        let table = stage.table("registers", "k text PRIMARY KEY, v bigint");
        let histories: Vec<History> = (0..REGISTERS).map(|_| History::default()).collect();
        stage.play(&[table.id()], THREADS, |thread| {
            for round in 0..ROUNDS {
                let number = (thread * 7 + round * 3) % REGISTERS;
                let (db, key, history) = (&stage.db, format!("k{number}").into_bytes(), &histories[number]);
                if (thread + round) % 2 == 0 {
                    history.note(|| {
                        let timestamp = db.next_timestamp();
                        let update = db.update(&table, &key).timestamp(timestamp);
                        let is_deletion = (round + thread) % 10 == 4;
                        let value = timestamp.to_be_bytes();
                        let update = if is_deletion {
                            update.delete_partition()
                        } else {
                            update.insert(&[], &[("v", Some(&value))])
                        };
                        db.write(&update.unwrap().build().unwrap()).unwrap();
                        What::Wrote { timestamp, is_deletion }
                    });
                } else {
                    history.note(|| {
                        let view = db.view();
                        let read = || {
                            let page = view.read(&ReadCommand::key(table.id(), key.clone())).unwrap();
                            let row = page.partitions().next().and_then(|partition| partition.rows().next());
                            let value = row.and_then(|row| row.cells().value(0).map(<[u8]>::to_vec));
                            value.map(|value| i64::from_be_bytes(value.try_into().unwrap()))
                        };
                        let seen = read();
                        assert_eq!(read(), seen, "a view shows the same again");
                        What::Read(seen)
                    });
                }
            }
        });
        for history in &histories {
            reads += history.check().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        }
    }
    assert!(reads as u64 > 500 * seeds(), "{reads} reads");
}
