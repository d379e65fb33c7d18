//! Random tables under random compactions show what was written, whatever is merged with what and purged.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use cqlite_sstable::{SstableId, Token};

use super::*;
use crate::storage::compaction::executor::Surroundings as _;
use crate::storage::compaction::test_table::START_SECONDS;
use crate::storage::compaction::{
    CompactionMemory, CompactionParameters, Context, OverlappingTombstones, ShardSpace, SstableSummary,
    spread_evenly,
};

const SEEDS: u64 = 100;

fn parameters(dice: &mut Dice) -> CompactionParameters {
    let map: &[(&str, &str)] = match dice.below(4) {
        0 => &[("class", "SizeTieredCompactionStrategy"), ("min_threshold", "2")],
        1 => &[("class", "LeveledCompactionStrategy"), ("sstable_size_in_mb", "1")],
        2 => &[("class", "TimeWindowCompactionStrategy"), ("min_threshold", "2")],
        _ => &[("class", "UnifiedCompactionStrategy"), ("scaling_parameters", "L4")],
    };
    CompactionParameters::parse(map.iter().copied(), false).unwrap()
}

fn summaries(table: &TestTable) -> Vec<SstableSummary> {
    let gc_before = table.table.gc_before_seconds(table.now());
    table.live().iter().map(|live| live.summary(gc_before)).collect()
}

/// What the strategy wants, or else some of the SSTables, cut in some way.
fn random_choice(
    table: &TestTable,
    parameters: &CompactionParameters,
    memory: &mut CompactionMemory,
    dice: &mut Dice,
) -> Option<Choice> {
    let space = ShardSpace::whole(&Token::Murmur3(0));
    let context = Context {
        now_millis: table.now() * 1_000,
        gc_before_seconds: table.table.gc_before_seconds(table.now()),
        memtable_min_timestamp: table.memtables_have(),
        partitions_in_ranges: &spread_evenly,
        flushed_bytes: 1e6,
        shard_space: &space,
        random: dice.next(),
    };
    let live = summaries(table);
    if dice.below(2) == 0 {
        return parameters.choose(&live, memory, &context);
    }
    let some: Vec<SstableId> = table.ids().into_iter().filter(|_| dice.below(2) == 0).collect();
    let cut = match dice.below(4) {
        0 => Cut::Never,
        1 => Cut::Bytes(300),
        2 => Cut::Shards(space.shards(1 + dice.below(7))),
        _ => Cut::Sizes(vec![500, 100]),
    };
    let chosen = parameters.user_defined(&live, &some, &context).unwrap().into_iter().next()?;
    Some(Choice { cut, level: 0, ..chosen })
}

/// New writes: some go to SSTables, in any order of their times, and some stay in memory.
fn write(table: &TestTable, dice: &mut Dice, epoch: i64) {
    let mut changes: Vec<Written> = (0..10 + dice.below(40) as i64)
        .map(|number| {
            let at_seconds = table.now() - dice.below(20) as i64;
            Written::random(dice, epoch * 1_000 + number, at_seconds)
        })
        .collect();
    dice.shuffle(&mut changes);
    let parts = 1 + dice.below(5) as usize;
    let in_memory = dice.below(2) == 0;
    for (number, part) in changes.chunks(changes.len().div_ceil(parts)).enumerate() {
        if number == 0 && in_memory {
            table.keep_in_memory(part);
        } else {
            table.write(part);
        }
    }
}

fn play(seed: u64) -> usize {
    let mut dice = Dice::new(seed);
    let parameters = parameters(&mut dice);
    let table = table();
    let mut memory = CompactionMemory::default();
    let mut compactions = 0;
    for epoch in 1..6 {
        write(&table, &mut dice, epoch);
        for _ in 0..1 + dice.below(6) {
            if let Some(choice) = random_choice(&table, &parameters, &mut memory, &mut dice) {
                use OverlappingTombstones::{Cell, None, Row};
                let garbage = [None, Row, Cell][dice.below(3) as usize];
                compact_with(&table, choice, garbage);
                compactions += 1;
            }
            assert_eq!(table.visible(), table.expected(), "seed {seed}");
            table.now_seconds.fetch_add(dice.below(60) as i64, Ordering::SeqCst);
        }
        table.flush();
        assert_eq!(table.visible(), table.expected(), "seed {seed}, flushed");
    }
    table.now_seconds.store(START_SECONDS + 1_000_000, Ordering::SeqCst);
    if !table.ids().is_empty() {
        compact(&table, all(&table));
    }
    assert_eq!(table.visible(), table.expected(), "seed {seed}, all of it");
    let known: BTreeSet<String> = table.ids().iter().map(|id| format!("nb-{id}")).collect();
    let there: BTreeSet<String> = stems(&*table.files).into_iter().collect();
    assert_eq!(known, there, "seed {seed}: files of what is live, and no others");
    compactions
}

#[test]
fn random_compactions_neither_lose_a_row_nor_bring_one_back() {
    let compactions: usize = (0..SEEDS).map(play).sum();
    assert!(compactions > 500, "{compactions} compactions");
}
