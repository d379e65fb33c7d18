//! The strategies on small sets, with figures that can be checked by hand. On large random ones they are
//! compared with Cassandra's own.

use cqlite_sstable::{SstableId, Token};

use super::*;

/// An SSTable of 100 MB of data and partitions with one token in each of `first` to `last`.
pub(super) fn sstable(id: u32, first: i64, last: i64) -> SstableSummary {
    let place = |token: i64| Place { token: Token::Murmur3(token), key: token.to_be_bytes().to_vec() };
    SstableSummary {
        id: SstableId::Sequence(id),
        data_bytes: 100_000_000,
        disk_bytes: 110_000_000,
        level: 0,
        first: place(first),
        last: place(last),
        min_timestamp: i64::from(id),
        max_timestamp: i64::from(id) + 1_000,
        max_local_deletion_time_seconds: i64::MAX,
        created_at_millis: 0,
        droppable_tombstone_ratio: 0.0,
        partitions: 1_000,
        counted_partitions: 1_000,
        cells_per_partition: 10,
        reads_per_second: None,
        token_space_coverage: None,
        group: RepairGroup::Unrepaired,
        is_compacting: false,
        is_suspect: false,
    }
}

fn parameters(map: &[(&str, &str)]) -> CompactionParameters {
    CompactionParameters::parse(map.iter().copied(), false).unwrap()
}

fn of_class(class: &str) -> CompactionParameters {
    parameters(&[("class", class)])
}

const NOW_MILLIS: i64 = 1_000_000_000_000;

fn with_context<T>(then: impl FnOnce(Context<'_>) -> T) -> T {
    let space = ShardSpace::whole(&Token::Murmur3(0));
    then(Context {
        now_millis: NOW_MILLIS,
        gc_before_seconds: 1_000,
        memtable_min_timestamp: None,
        partitions_in_ranges: &spread_evenly,
        flushed_bytes: 0.0,
        shard_space: &space,
        random: 0,
    })
}

fn choose(parameters: &CompactionParameters, live: &[SstableSummary]) -> Option<Choice> {
    with_context(|context| parameters.choose(live, &mut CompactionMemory::default(), &context))
}

fn ids(choice: &Choice) -> Vec<u32> {
    let mut ids: Vec<u32> = choice.inputs.iter().filter_map(|id| id.to_string().parse().ok()).collect();
    ids.sort_unstable();
    ids
}

fn sized(sizes: &[u64]) -> Vec<SstableSummary> {
    let numbered = sizes.iter().zip(1..);
    numbered
        .map(|(bytes, id)| SstableSummary { data_bytes: *bytes, disk_bytes: *bytes, ..sstable(id, 0, 100) })
        .collect()
}

const MEBIBYTE: u64 = 1 << 20;

#[test]
fn four_sstables_of_much_the_same_size_are_compacted_by_size() {
    let sizes = [100, 110, 90, 120, 200, 210].map(|mebibytes| mebibytes * MEBIBYTE);
    let choice = choose(&CompactionParameters::default(), &sized(&sizes)).unwrap();
    assert_eq!((ids(&choice), choice.level, choice.cut), (vec![1, 2, 3, 4], 0, Cut::Never));
    assert_eq!(choice.reason, Reason::Sizes { average_bytes: 105 * MEBIBYTE });
    assert_eq!(choose(&CompactionParameters::default(), &sized(&sizes[..3])), None);
}

#[test]
fn sstables_under_fifty_mebibytes_are_all_of_one_size() {
    let choice =
        choose(&CompactionParameters::default(), &sized(&[1, 1_000, 1_000_000, 50 * MEBIBYTE - 1])).unwrap();
    assert_eq!(ids(&choice), [1, 2, 3, 4]);
}

#[test]
fn of_more_than_max_threshold_the_hottest_are_taken() {
    let mut live = sized(&[100 * MEBIBYTE; 6]);
    for (sstable, reads) in live.iter_mut().zip([1.0, 5.0, 0.0, 4.0, 3.0, 2.0]) {
        sstable.reads_per_second = Some(reads);
    }
    let map = [("class", "SizeTieredCompactionStrategy"), ("max_threshold", "4")];
    assert_eq!(ids(&choose(&parameters(&map), &live).unwrap()), [2, 4, 5, 6]);
}

#[test]
fn what_is_being_compacted_or_damaged_is_left_alone_by_every_strategy() {
    for class in ["SizeTiered", "Leveled", "TimeWindow", "Unified"] {
        let parameters = of_class(&format!("{class}CompactionStrategy"));
        let mut live = sized(&[200 * MEBIBYTE; 5]);
        assert_eq!(ids(&choose(&parameters, &live).unwrap()).len(), 5, "{class}");
        live[0].is_compacting = true;
        live[1].is_suspect = true;
        assert_eq!(
            choose(&parameters, &live),
            None,
            "{class}: three are left, or overlap what is being compacted"
        );
    }
}

#[test]
fn groups_of_repair_are_never_mixed_and_the_one_with_most_to_do_is_first() {
    let pending = |number| RepairGroup::Pending { session: [number; 16], is_transient: false };
    let mut live = sized(&[100 * MEBIBYTE; 47]);
    for (at, sstable) in live.iter_mut().enumerate() {
        sstable.group = match at {
            0..4 => RepairGroup::Repaired,
            4..8 => pending(1),
            8..11 => pending(2),
            _ => RepairGroup::Unrepaired,
        };
    }
    let parameters = CompactionParameters::default();
    let mut chosen = Vec::new();
    while let Some(choice) = choose(&parameters, &live) {
        for sstable in &mut live {
            if choice.inputs.contains(&sstable.id) {
                assert_eq!(sstable.group, choice.group);
                sstable.is_compacting = true;
            }
        }
        chosen.push((choice.group, choice.inputs.len()));
    }
    let rest = [(pending(1), 4), (RepairGroup::Repaired, 4), (RepairGroup::Unrepaired, 4)];
    assert_eq!(chosen[0], (RepairGroup::Unrepaired, 32), "36 take two compactions");
    assert_eq!(chosen[1..], rest);
}

#[test]
fn nothing_is_chosen_when_compaction_is_disabled_but_all_can_be_asked_for() {
    let parameters = parameters(&[("class", "SizeTieredCompactionStrategy"), ("enabled", "false")]);
    let live = sized(&[100 * MEBIBYTE; 4]);
    assert_eq!(choose(&parameters, &live), None);
    let major = with_context(|context| parameters.major(&live, true, &context));
    let [choice] = major.as_slice() else { panic!("{major:?}") };
    let half = 200 * MEBIBYTE;
    assert_eq!(choice.cut, Cut::Sizes(vec![half, half / 2, half / 4]), "no output of less than 50 MB");
}

#[test]
fn an_sstable_with_many_old_tombstones_is_compacted_alone() {
    let mut live = sized(&[100 * MEBIBYTE, 300 * MEBIBYTE]);
    live[1].droppable_tombstone_ratio = 0.21;
    assert_eq!(
        choose(&CompactionParameters::default(), &live),
        None,
        "the other one may have what they delete"
    );
    (live[1].first, live[1].last) = (sstable(9, 500, 600).first, sstable(9, 500, 600).last);
    let choice = choose(&CompactionParameters::default(), &live).unwrap();
    assert_eq!((ids(&choice), choice.reason), (vec![2], Reason::Tombstones { droppable_ratio: 0.21 }));
    live[1].created_at_millis = NOW_MILLIS - 86_400_000 + 1;
    assert_eq!(choose(&CompactionParameters::default(), &live), None, "it is not a day old");
}

#[test]
fn tombstones_count_as_far_as_no_other_sstable_may_have_their_keys() {
    let mut live = sized(&[100 * MEBIBYTE, 300 * MEBIBYTE]);
    live[1].droppable_tombstone_ratio = 0.5;
    for (token, is_worth) in [(i64::MAX / 2, true), (i64::MAX / 4 * 3, false)] {
        (live[0].first, live[0].last) = (sstable(1, 0, token).first, sstable(1, 0, token).last);
        (live[1].first, live[1].last) = (sstable(2, 0, i64::MAX).first, sstable(2, 0, i64::MAX).last);
        assert_eq!(choose(&CompactionParameters::default(), &live).is_some(), is_worth, "{token}");
    }
}

#[test]
fn expired_sstables_go_unless_older_data_is_elsewhere() {
    let expired =
        |id, first, last| SstableSummary { max_local_deletion_time_seconds: 999, ..sstable(id, first, last) };
    let (old, alive) = (expired(1, 0, 10), SstableSummary { min_timestamp: 2_000, ..sstable(2, 5, 20) });
    let expiry = Expiry {
        gc_before_seconds: 1_000,
        memtable_min_timestamp: None,
        purges_repaired_only: false,
        ignores_overlaps: false,
    };
    let count = |overlapping: &SstableSummary, expiry| fully_expired(&[&old], &[overlapping], expiry).len();
    assert_eq!(count(&alive, expiry), 1);
    assert_eq!(count(&alive, Expiry { gc_before_seconds: 999, ..expiry }), 0, "not before, but at the limit");
    assert_eq!(count(&alive, Expiry { purges_repaired_only: true, ..expiry }), 0);
    assert_eq!(count(&alive, Expiry { memtable_min_timestamp: Some(1_001), ..expiry }), 0);
    assert_eq!(count(&alive, Expiry { memtable_min_timestamp: Some(1_002), ..expiry }), 1);
    let older = SstableSummary { min_timestamp: 1_001, ..alive };
    assert_eq!(count(&older, expiry), 0);
    assert_eq!(count(&older, Expiry { ignores_overlaps: true, ..expiry }), 1);
}

fn in_windows(days: &[i64]) -> Vec<SstableSummary> {
    let numbered = days.iter().zip(1..);
    let in_day = |(day, id): (&i64, u32)| SstableSummary {
        max_timestamp: day * 86_400_000_000 + i64::from(id),
        data_bytes: u64::from(id) * MEBIBYTE,
        ..sstable(id, 0, 100)
    };
    numbered.map(in_day).collect()
}

#[test]
fn two_sstables_of_an_old_window_are_compacted_and_four_of_the_newest() {
    let parameters = of_class("TimeWindowCompactionStrategy");
    let choice = choose(&parameters, &in_windows(&[7, 8, 8, 8, 7, 5])).unwrap();
    let seventh = Reason::Window { start_millis: 7 * 86_400_000 };
    assert_eq!((ids(&choice), choice.reason), (vec![1, 5], seventh));
    assert_eq!(ids(&choose(&parameters, &in_windows(&[7, 8, 8, 8, 8, 7])).unwrap()), [2, 3, 4, 5]);
    assert_eq!(choose(&parameters, &in_windows(&[6, 7, 8, 8, 8])), None);
}

#[test]
fn a_window_stays_old_when_all_newer_ones_are_gone() {
    let parameters = of_class("TimeWindowCompactionStrategy");
    let live = in_windows(&[7, 7]);
    let mut memory = CompactionMemory::default();
    with_context(|context| {
        assert_eq!(parameters.choose(&live, &mut memory, &context), None);
        assert_eq!(parameters.choose(&in_windows(&[9]), &mut memory, &context), None);
        assert_eq!(ids(&parameters.choose(&live, &mut memory, &context).unwrap()), [1, 2]);
    });
}

#[test]
fn expired_sstables_are_looked_for_every_ten_minutes() {
    let parameters = of_class("TimeWindowCompactionStrategy");
    let mut live = in_windows(&[7]);
    live[0].max_local_deletion_time_seconds = 1;
    let mut memory = CompactionMemory::default();
    with_context(|context| {
        let mut at = |now_millis| parameters.choose(&live, &mut memory, &Context { now_millis, ..context });
        let choice = at(NOW_MILLIS).unwrap();
        assert_eq!((choice.reason, choice.inputs == choice.expired), (Reason::Expired, true));
        assert_eq!(at(NOW_MILLIS + 600_000), None);
        assert!(at(NOW_MILLIS + 600_001).is_some());
    });
}

fn leveled(id: u32, level: u8, first: i64, last: i64) -> SstableSummary {
    SstableSummary { level, data_bytes: 160 * MEBIBYTE, ..sstable(id, first, last) }
}

#[test]
fn level_zero_is_compacted_with_what_it_overlaps_in_level_one() {
    let live = [leveled(1, 0, 0, 50), leveled(2, 0, 40, 90), leveled(3, 1, 80, 100), leveled(4, 1, 101, 200)];
    let choice = choose(&of_class("LeveledCompactionStrategy"), &live).unwrap();
    assert_eq!((ids(&choice), choice.level, choice.cut), (vec![1, 2, 3], 1, Cut::Bytes(160 * MEBIBYTE)));
    assert_eq!(choice.reason, Reason::Level(0));
}

#[test]
fn little_data_stays_in_level_zero() {
    let little = |id| SstableSummary { data_bytes: MEBIBYTE, ..leveled(id, 0, 0, 50) };
    let choice =
        choose(&of_class("LeveledCompactionStrategy"), &[little(1), little(2), leveled(3, 1, 0, 9)]).unwrap();
    assert_eq!((ids(&choice), choice.level), (vec![1, 2], 0));
}

#[test]
fn a_level_with_more_than_ten_sstables_gives_the_one_behind_the_last_compaction() {
    let mut live: Vec<SstableSummary> =
        (0..11).map(|at| leveled(at + 1, 1, i64::from(at) * 10, i64::from(at) * 10 + 9)).collect();
    live.push(SstableSummary { created_at_millis: 5, ..leveled(20, 2, 25, 33) });
    live.push(SstableSummary { created_at_millis: 6, ..leveled(21, 2, 12, 18) });
    let parameters = of_class("LeveledCompactionStrategy");
    let mut memory = CompactionMemory::default();
    let choice = with_context(|context| parameters.choose(&live, &mut memory, &context)).unwrap();
    assert_eq!((ids(&choice), choice.level, &choice.reason), (vec![3, 20], 2, &Reason::Level(1)));
    memory.compacted(&choice, &live, &[leveled(30, 2, 20, 33)]);
    let next = with_context(|context| parameters.choose(&live, &mut memory, &context)).unwrap();
    assert_eq!(ids(&next), [5], "the first that begins behind 33");
    assert_eq!(next.cut, Cut::Bytes(160 * MEBIBYTE));
    let map = [("class", "LeveledCompactionStrategy"), ("single_sstable_uplevel", "true")];
    let moved = with_context(|context| self::parameters(&map).choose(&live, &mut memory, &context)).unwrap();
    assert_eq!((moved.cut, moved.level), (Cut::LevelAlone, 2));
}

#[test]
fn what_overlaps_its_level_counts_as_of_level_zero() {
    let live = [leveled(1, 1, 0, 50), leveled(2, 1, 50, 60)];
    assert_eq!(choose(&of_class("LeveledCompactionStrategy"), &live), None);
    let live = [leveled(1, 1, 0, 50), leveled(2, 1, 50, 60), leveled(3, 0, 55, 58)];
    let choice = choose(&of_class("LeveledCompactionStrategy"), &live).unwrap();
    assert_eq!((ids(&choice), choice.level), (vec![1, 2, 3], 1));
}

#[test]
fn a_level_zero_of_more_than_32_is_compacted_by_size_before_a_level_above() {
    let mut live: Vec<SstableSummary> =
        (0..11).map(|at| leveled(at + 1, 1, i64::from(at) * 10, i64::from(at) * 10 + 9)).collect();
    live.extend((0..33).map(|at| SstableSummary { data_bytes: MEBIBYTE, ..leveled(100 + at, 0, 0, 10) }));
    let choice = choose(&of_class("LeveledCompactionStrategy"), &live).unwrap();
    assert_eq!((choice.inputs.len(), choice.level, &choice.reason), (32, 0, &Reason::ManyInLevelZero));
    assert_eq!(choice.cut, Cut::Never);
    live.pop();
    assert_eq!(choose(&of_class("LeveledCompactionStrategy"), &live).unwrap().reason, Reason::Level(1));
}

#[test]
fn a_level_that_was_not_written_for_25_rounds_gives_an_sstable_to_one_below() {
    let mut live: Vec<SstableSummary> =
        (0..11).map(|at| leveled(at + 1, 1, i64::from(at) * 10, i64::from(at) * 10 + 9)).collect();
    live.push(leveled(50, 3, 2, 7));
    let parameters = of_class("LeveledCompactionStrategy");
    let mut memory = CompactionMemory::default();
    let mut chosen =
        || with_context(|context| ids(&parameters.choose(&live, &mut memory, &context).unwrap()));
    for round in 1..=25 {
        assert_eq!(chosen(), [1], "{round}");
    }
    assert_eq!(chosen(), [1, 50]);
}

#[test]
fn unified_compacts_four_that_overlap_and_leaves_others_of_the_level() {
    let live: Vec<SstableSummary> = (1..=6)
        .map(|id| SstableSummary {
            data_bytes: MEBIBYTE,
            token_space_coverage: Some(1.0),
            ..if id <= 4 { sstable(id, i64::from(id), 100) } else { sstable(id, 200, 300) }
        })
        .collect();
    let choice = choose(&of_class("UnifiedCompactionStrategy"), &live).unwrap();
    assert_eq!((ids(&choice), &choice.reason), (vec![1, 2, 3, 4], &Reason::Overlap { level: 0, overlap: 4 }));
    let Cut::Shards(shards) = choice.cut else { panic!() };
    assert_eq!(shards.count(), 1, "4 MiB are less than min_sstable_size");
}

#[test]
fn shards_are_equal_parts_of_the_token_space() {
    let shards = ShardSpace::whole(&Token::Murmur3(0)).shards(4);
    let ends: Vec<Option<Token>> = (0..4).map(|shard| shards.end(shard)).collect();
    let quarter = 1_i64 << 62;
    assert_eq!(
        ends,
        [Some(Token::Murmur3(-quarter)), Some(Token::Murmur3(0)), Some(Token::Murmur3(quarter - 1)), None]
    );
    let shard_of = [i64::MIN, -quarter, -quarter + 1, 0, 1, i64::MAX]
        .map(|token| shards.shard_of(&Token::Murmur3(token)));
    assert_eq!(shard_of, [0, 0, 1, 1, 2, 3]);
    let random = ShardSpace::whole(&Token::Random(None)).shards(2);
    assert_eq!(random.end(0), Some(Token::Random(Some(1 << 126))));
    let bytes = ShardSpace::whole(&Token::ByteOrdered(Vec::new())).shards(16);
    assert_eq!((bytes.count(), bytes.end(0)), (1, None));
}

#[test]
fn the_number_of_shards_follows_the_density() {
    let count = |map: &[(&str, &str)], gibibytes: f64| {
        let map = [&[("class", "UnifiedCompactionStrategy")], map].concat();
        let Strategy::Unified(unified) = parameters(&map).strategy else { panic!() };
        unified.shard_count(gibibytes * f64::from(1 << 30))
    };
    // what Cassandra's own comments give for 1 TiB
    assert_eq!(count(&[("sstable_growth", "0"), ("base_shard_count", "1")], 1024.0), 1024);
    assert_eq!(count(&[("sstable_growth", "0.5"), ("base_shard_count", "1")], 1024.0), 32);
    assert_eq!(count(&[("base_shard_count", "1")], 1024.0), 128);
    assert_eq!(count(&[], 1024.0), 128);
    assert_eq!(count(&[("sstable_growth", "1")], 1024.0), 4);
    assert_eq!(count(&[], 0.2), 2, "not less than 100 MiB");
    assert_eq!(count(&[("base_shard_count", "6")], 0.55), 2, "4 would not divide 6");
    assert_eq!(count(&[], f64::NAN), 1);
    assert_eq!(count(&[("min_sstable_size", "0B")], f64::NAN), 4);
}

#[test]
fn a_late_unified_compaction_takes_as_many_as_make_a_level_further_up() {
    for (scaling, taken) in [("T4", 16), ("L4", 48)] {
        let map = [("class", "UnifiedCompactionStrategy"), ("scaling_parameters", scaling)];
        let live: Vec<SstableSummary> = (1..=55)
            .map(|id| SstableSummary {
                data_bytes: 1_000,
                token_space_coverage: Some(1.0),
                ..sstable(id, 0, 100)
            })
            .collect();
        let choice = choose(&parameters(&map), &live).unwrap();
        assert_eq!(ids(&choice), (1..=taken).collect::<Vec<u32>>(), "{scaling}: the oldest");
    }
}

#[test]
fn what_somebody_chose_stays_apart_by_group_and_must_be_there() {
    let mut live = sized(&[100 * MEBIBYTE; 3]);
    live[2].group = RepairGroup::Repaired;
    let wanted = [1, 2, 3].map(SstableId::Sequence);
    let parameters = CompactionParameters::default();
    let choices = with_context(|context| parameters.user_defined(&live, &wanted, &context)).unwrap();
    assert_eq!(choices.iter().map(ids).collect::<Vec<_>>(), [vec![3], vec![1, 2]]);
    live[0].is_compacting = true;
    let error = with_context(|context| parameters.user_defined(&live, &wanted, &context)).unwrap_err();
    assert_eq!(error.message(), "the SSTable 1 is being compacted already");
    let error = with_context(|context| parameters.user_defined(&live[1..], &wanted, &context)).unwrap_err();
    assert_eq!(error.message(), "the table has no SSTable 1");
}

#[test]
fn on_a_full_disk_the_largest_input_is_left_out_as_long_as_two_are_left() {
    let live = sized(&[100, 102, 103, 101].map(|mebibytes| mebibytes * MEBIBYTE));
    let mut choice = choose(&CompactionParameters::default(), &live).unwrap();
    let left_out = std::iter::from_fn(|| choice.without_largest(&live)).map(|id| id.to_string());
    assert_eq!(left_out.collect::<Vec<_>>(), ["3", "2"]);
    assert_eq!(ids(&choice), [1, 4]);
}

#[test]
fn what_is_pending_counts_compactions_as_cassandra_does_and_the_bytes_that_they_read() {
    let pending = |parameters: &CompactionParameters, live: &[SstableSummary]| {
        let pending =
            |context: Context<'_>| parameters.pending(live, &mut CompactionMemory::default(), &context);
        let pending = with_context(pending);
        (pending.compactions, pending.bytes / MEBIBYTE)
    };
    let mut live = sized(&[100 * MEBIBYTE; 36]);
    assert_eq!(pending(&CompactionParameters::default(), &live), (2, 3_600));
    live.iter_mut().take(33).for_each(|sstable| sstable.is_compacting = true);
    assert_eq!(pending(&CompactionParameters::default(), &live), (0, 0));
    let windows = of_class("TimeWindowCompactionStrategy");
    assert_eq!(pending(&windows, &in_windows(&[7, 7, 8, 9, 9, 9])), (1, 3));
    let zero: Vec<SstableSummary> = (1..=5).map(|id| leveled(id, 0, 0, 9)).collect();
    let too_much = 5 * 160 * MEBIBYTE - (4.0 * 160.0 * 1.001 * MEBIBYTE as f64) as u64;
    assert_eq!(pending(&of_class("LeveledCompactionStrategy"), &zero), (1, too_much * 11 / MEBIBYTE));
}

#[test]
fn unified_major_compactions_are_apart_where_nothing_overlaps() {
    let live = [sstable(1, 0, 10), sstable(2, 5, 20), sstable(3, 30, 40), sstable(4, 15, 25)];
    let parameters = of_class("UnifiedCompactionStrategy");
    let choices = with_context(|context| parameters.major(&live, false, &context));
    assert_eq!(choices.iter().map(ids).collect::<Vec<_>>(), [vec![1, 2, 4], vec![3]]);
}

#[test]
fn a_major_leveled_compaction_fills_the_lowest_levels() {
    let live = [leveled(1, 0, 0, 10), leveled(2, 1, 5, 20), leveled(3, 2, 5, 20)];
    let parameters = of_class("LeveledCompactionStrategy");
    let choices = with_context(|context| parameters.major(&live, false, &context));
    let [choice] = choices.as_slice() else { panic!("{choices:?}") };
    let Cut::Levels { sstable_bytes, level_bytes } = &choice.cut else { panic!("{choice:?}") };
    let mebibytes: Vec<u64> = level_bytes.iter().take(3).map(|bytes| bytes / MEBIBYTE).collect();
    assert_eq!((choice.level, sstable_bytes / MEBIBYTE, mebibytes), (1, 160, vec![1_600, 16_000, 160_000]));
}

#[test]
fn garbage_is_collected_of_each_sstable_alone_in_its_level_the_oldest_first() {
    let mut live = [leveled(3, 2, 0, 10), leveled(1, 1, 5, 20), leveled(2, 0, 5, 20), leveled(4, 1, 50, 60)];
    live[3].is_compacting = true;
    let choices = of_class("LeveledCompactionStrategy").each_alone(&live);
    let told: Vec<(Vec<u32>, u8)> = choices.iter().map(|choice| (ids(choice), choice.level)).collect();
    assert_eq!(told, [(vec![1], 1), (vec![2], 0), (vec![3], 2)]);
    let map = [("class", "LeveledCompactionStrategy"), ("only_purge_repaired_tombstones", "true")];
    assert!(parameters(&map).each_alone(&live).is_empty());
}
