//! Random changes.

use std::collections::BTreeMap;

use cqlite_sstable::row::{DeletionTime, EXPIRED_LIVENESS_TTL, Liveness, NO_DELETION_TIME};
use cqlite_tests::fuzz::Random;

use super::model::{CLUSTERINGS, COUNTER, GAPS, Model, ModelCell, ModelPartition, ModelRow, counter};

/// One change of one row, range or partition. Times are few, so that many are equal.
pub fn mutation(random: &mut Random) -> Model {
    let mut partition = ModelPartition::default();
    match random.below(12) {
        0 if random.below(3) == 0 => partition.deletion = deletion(random),
        1 | 2 => {
            let from = random.below(GAPS);
            let to = from + 1 + random.below(GAPS - from);
            let deletion = deletion(random);
            partition.ranges[from..to].fill(deletion);
        }
        3 => partition.static_row = cells(random, &["z"], &["y"]),
        _ => {
            let row = row(random);
            partition.rows.insert(random.below(CLUSTERINGS) as i32, row);
        }
    }
    Model { partitions: BTreeMap::from([(random.below(3) as i32, partition)]) }
}

fn deletion(random: &mut Random) -> DeletionTime {
    let (marked_for_delete_at, at) = (random.below(10) as i64, random.below(3) as i64);
    DeletionTime { marked_for_delete_at, local_deletion_time_seconds: at }
}

fn row(random: &mut Random) -> ModelRow {
    let mut row = match random.below(4) {
        0 => ModelRow::default(),
        _ => cells(random, &["a", "b", COUNTER], &["m"]),
    };
    if random.below(2) == 0 {
        let timestamp = random.below(10) as i64;
        let ttl_seconds = [0, 0, 5, 6, EXPIRED_LIVENESS_TTL][random.below(5)];
        let expires_at_seconds =
            if ttl_seconds == 0 { NO_DELETION_TIME } else { 20 + random.below(2) as i64 };
        row.livenesses.push(Liveness { timestamp, ttl_seconds, expires_at_seconds });
    }
    if random.below(5) == 0 {
        row.deletion = deletion(random);
    }
    if random.below(10) == 0 {
        row.shadowable_deletion = deletion(random);
    }
    row
}

fn cells(random: &mut Random, simple: &[&'static str], complex: &[&'static str]) -> ModelRow {
    let mut row = ModelRow::default();
    for column in simple {
        if random.below(2) == 0 {
            let cell = if *column == COUNTER { count(random) } else { cell(random) };
            row.cells.insert((column, None), vec![cell]);
        }
    }
    for column in complex {
        if random.below(4) == 0 {
            row.complex_deletions.insert(column, deletion(random));
        }
        for path in 0..4 {
            if random.below(3) == 0 {
                row.cells.insert((column, Some(path - 2)), vec![cell(random)]);
            }
        }
    }
    row
}

fn cell(random: &mut Random) -> ModelCell {
    let timestamp = random.below(10) as i64;
    let value = vec![0, 0, 0, random.below(3) as u8];
    let at = 20 + random.below(2) as i64;
    match random.below(4) {
        0 => ModelCell { timestamp, ttl_seconds: 0, dies_at_seconds: at, value: Vec::new() },
        1 => ModelCell { timestamp, ttl_seconds: 5 + random.below(2) as i32, dies_at_seconds: at, value },
        _ => ModelCell { timestamp, ttl_seconds: 0, dies_at_seconds: NO_DELETION_TIME, value },
    }
}

fn count(random: &mut Random) -> ModelCell {
    let shards = (0..1 + random.below(2))
        .map(|_| (random.below(3) as u8, (random.below(5) as i64, random.below(5) as i64)));
    let value = counter(&shards.collect());
    ModelCell { timestamp: random.below(10) as i64, ttl_seconds: 0, dies_at_seconds: NO_DELETION_TIME, value }
}
