//! Counters.

use super::stage::{Stage, seeds};

const THREADS: usize = 16;
const ROUNDS: i64 = 100;

#[test]
fn sixteen_threads_count_exactly() {
    for seed in 0..seeds() {
        let stage = Stage::new(seed);
        let table = stage.table("hits", "k text PRIMARY KEY, n counter, o counter");
        stage.play(&[table.id()], THREADS, |thread| {
            for round in 0..ROUNDS {
                let (key, column) = ([b"one", b"two"][thread % 2], (round % 2) as usize);
                stage.db.add_to_counter(&table, key, &[], column, round - 7).unwrap();
            }
        });
        let sum =
            |column| (0..ROUNDS).filter(|round| round % 2 == column).map(|round| round - 7).sum::<i64>();
        let expected = [0, 1].map(|column| sum(column) * THREADS as i64 / 2);
        let db = stage.reopened();
        for key in [b"one", b"two"] {
            let totals = [0, 1].map(|column| db.add_to_counter(&table, key, &[], column, 0).unwrap());
            assert_eq!(totals, expected, "seed {seed}");
        }
    }
}
