//! A disk that is full for a while.

use std::time::{Duration, Instant};

use cqlite_core::storage::fs::{FaultyFileSystem, MemoryFileSystem};
use cqlite_core::storage::store::Health;

use super::scenario::{Logged, MODES, open};
use super::state::read;
use super::steps::{Change, Step};

/// Nobody waits longer for what comes by itself.
const PATIENCE: Duration = Duration::from_secs(30);

fn write(number: usize) -> Step {
    let value = format!("{number} {}", "y".repeat(700));
    Step::Write(vec![Change { table: "a", key: format!("k{}", number % 50), value: Some(value) }])
}

#[test]
fn a_full_disk_refuses_writes_and_takes_them_again_by_itself_when_there_is_room() {
    for mode in MODES {
        let memory = MemoryFileSystem::new();
        let files = FaultyFileSystem::new(memory.clone());
        let logged = Logged { mode, compression: None };
        let db = open(&files, logged).unwrap();
        let (mut expected, mut number) = (None, 0);
        for step in [Step::CreateKeyspace, Step::CreateTable("a")] {
            step.run(&db).unwrap();
            step.apply(&mut expected);
        }
        let table = db.table("ks", "a").unwrap().id();
        for _ in 0..2 {
            memory.set_capacity(900_000);
            let refused = loop {
                let step = write(number);
                number += 1;
                match step.run(&db) {
                    Ok(()) => step.apply(&mut expected),
                    Err(error) => break error.to_string(),
                }
                assert!(number < 20_000, "the disk is never full");
            };
            // What failed says so; health follows for all.
            assert!(refused.contains("room") || refused.contains("space"), "{mode:?}: {refused}");
            assert!(matches!(db.health(), Health::DiskFull { .. }), "{mode:?}: {:?}, {refused}", db.health());
            assert_eq!(read(&db).unwrap(), expected, "{mode:?}: reads go on");
            memory.set_capacity(u64::MAX);
            let begun = Instant::now();
            while db.health() != Health::Sound {
                assert!(begun.elapsed() < PATIENCE, "{mode:?}: {:?}", db.health());
                std::thread::sleep(Duration::from_millis(20));
            }
            let step = write(number);
            step.run(&db).unwrap();
            step.apply(&mut expected);
            db.flush(table).unwrap();
        }
        drop(db);
        assert_eq!(read(&open(&files, logged).unwrap()).unwrap(), expected, "{mode:?}");
    }
}
