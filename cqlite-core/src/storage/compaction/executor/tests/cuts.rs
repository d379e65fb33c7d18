//! Where outputs end, and what is written into them.

use cqlite_sstable::Token;

use super::*;
use crate::storage::compaction::ShardSpace;
use crate::storage::compaction::executor::Surroundings as _;

fn filled() -> Arc<TestTable> {
    let table = table();
    for part in 0..4 {
        let changes: Vec<Written> = (0..2_000)
            .map(|key| Written::put(key, part, i64::from(part) * 10_000 + i64::from(key)))
            .collect();
        table.write(&changes);
    }
    table
}

#[test]
fn outputs_are_cut_by_bytes_and_have_their_level_and_no_partition_twice() {
    let table = filled();
    let outputs = compact(&table, Choice { level: 2, ..choice(&table, Cut::Bytes(60_000)) });
    assert!(outputs.len() > 2, "{outputs:?}");
    let live = table.live();
    for (one, next) in live.iter().zip(&live[1..]) {
        assert!(one.last() < next.first());
        assert!(one.files().data_bytes > 60_000);
    }
    assert!(live.iter().all(|one| one.sstable().statistics().stats.sstable_level == 2));
    assert_eq!(table.visible(), table.expected());
}

#[test]
fn outputs_are_cut_at_the_ends_of_shards() {
    let table = filled();
    let shards = ShardSpace::whole(&Token::Murmur3(0)).shards(8);
    assert_eq!(compact(&table, choice(&table, Cut::Shards(shards.clone()))).len(), 8);
    for (shard, one) in table.live().iter().enumerate() {
        let ends = [one.first(), one.last()].map(|place| shards.shard_of(&place.token));
        assert_eq!(ends, [shard as u64; 2]);
    }
    assert_eq!(table.visible(), table.expected());
}

#[test]
fn a_choice_of_another_level_changes_statistics_alone() {
    let table = table();
    table.write(&[Written::put(1, 1, 10)]);
    let before = Arc::clone(&table.live()[0]);
    let outputs = compact(&table, Choice { level: 3, ..choice(&table, Cut::LevelAlone) });
    let after = Arc::clone(&table.live()[0]);
    assert_eq!((outputs, after.id()), (vec!["1".to_owned()], before.id()));
    assert_eq!(after.sstable().statistics().stats.sstable_level, 3);
    assert_eq!(after.files().created_at_millis, before.files().created_at_millis, "Data.db is as it was");
    assert_eq!(table.visible(), table.expected());
}
