//! Compactions are chosen as Cassandra's own strategies choose them, whatever SSTables there are.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

#[path = "compaction_choices/known.rs"]
mod known;
#[path = "compaction_choices/set.rs"]
mod set;

use std::collections::BTreeSet;

use cqlite_core::storage::compaction::{
    Choice, CompactionParameters, Cut, DensityLevel, Place, Reason, ShardSpace, SstableSummary, Strategy,
};
use cqlite_sstable::Token;
use cqlite_tests::{available::cassandra_or_skip, cassandra, fuzz::Random};

use known::{Known, Shape};
use set::{Set, inputs, option, sizes, thresholds};

/// How many sets each strategy chooses from.
const SETS: usize = 1_000;

/// Asks Cassandra for each set, and compares what `ours` makes of the set and of its answer with the answer.
fn assert_agreed(sets: &[Set], ours: impl Fn(&Set, &[&str]) -> Vec<String>) {
    let Some(cassandra) = cassandra_or_skip("the choice of compactions") else { return };
    let requests: Vec<String> = sets.iter().map(Set::request).collect();
    let answers = cassandra::compactions(&cassandra, &requests, true).unwrap();
    let mut differing = Vec::new();
    for ((set, request), answer) in sets.iter().zip(&requests).zip(&answers) {
        let theirs: Vec<&str> = answer.split('\t').collect();
        let ours = ours(set, &theirs);
        if ours != theirs {
            differing.push(format!("{request}\n  ours:   {}\n  theirs: {answer}", ours.join("\t")));
        }
    }
    let shown = differing.iter().take(5).cloned().collect::<Vec<_>>().join("\n");
    assert!(differing.is_empty(), "{} of {} choices differ:\n{shown}", differing.len(), sets.len());
}

/// What must be chosen often enough, and how it is recognised.
type Common = (&'static str, fn(&Choice) -> bool);

/// A proof of nothing if one of these never happens.
fn assert_common(sets: &[Set], reasons: &[Common]) {
    let choices: Vec<Option<Choice>> = sets.iter().map(|set| set.choose(0).0).collect();
    for (name, is_it) in reasons {
        let count = choices.iter().flatten().filter(|choice| is_it(choice)).count();
        assert!(count >= 20, "{name} was chosen {count} times");
    }
    assert!(choices.iter().filter(|choice| choice.is_none()).count() >= 20, "something is chosen always");
}

fn is_tombstones(choice: &Choice) -> bool {
    matches!(choice.reason, Reason::Tombstones { .. })
}

fn size_tiered_sets() -> Vec<Set> {
    let mut random = Random::new(61);
    let set = |_| {
        let random = &mut random;
        let mut map = Vec::new();
        thresholds(&mut map, random);
        sizes(&mut map, random);
        let shape = Shape { sizes_differ: random.below(4) > 0, ..Shape::random(random) };
        let most = 1 + random.below(60);
        let known = Set::some_known(shape, most, random);
        Set::random("SizeTieredCompactionStrategy", map, known, random)
    };
    (0..SETS).map(set).collect()
}

#[test]
fn size_tiered_choices_are_those_of_cassandra() {
    let sets = size_tiered_sets();
    assert_common(
        &sets,
        &[("a size", |choice| matches!(choice.reason, Reason::Sizes { .. })), ("tombstones", is_tombstones)],
    );
    assert_agreed(&sets, |set, _| {
        let (choice, _, pending) = set.choose(0);
        vec![inputs(choice.as_ref()), pending.compactions.to_string()]
    });
}

const HOUR_MICROS: i64 = 3_600_000_000;

fn time_window_sets() -> Vec<Set> {
    let mut random = Random::new(62);
    let set = |_| {
        let random = &mut random;
        let mut map = Vec::new();
        thresholds(&mut map, random);
        sizes(&mut map, random);
        let unit = |random: &mut Random| ["MINUTES", "HOURS", "DAYS"][random.below(3)].to_owned();
        option(&mut map, "compaction_window_unit", random, unit);
        option(&mut map, "compaction_window_size", random, |random| (1 + random.below(40)).to_string());
        let resolution = |random: &mut Random| {
            ["SECONDS", "MILLISECONDS", "MICROSECONDS", "NANOSECONDS"][random.below(4)].to_owned()
        };
        option(&mut map, "timestamp_resolution", random, resolution);
        let is_unsafe = |random: &mut Random| (random.below(2) == 0).to_string();
        option(&mut map, "unsafe_aggressive_sstable_expiration", random, is_unsafe);
        let mut known = Set::some_known(Shape::random(random), 40, random);
        let (windows, first) = (1 + random.below(8), random.below(3) as i64 - 1);
        for known in &mut known {
            let day = first * 3 + random.below(windows) as i64;
            // full hours, so that the oldest data of one is often as old as the newest of another
            known.summary.max_timestamp = day * 86_400_000_000 + random.below(24) as i64 * HOUR_MICROS;
            known.summary.min_timestamp = known.summary.max_timestamp - random.below(10) as i64 * HOUR_MICROS;
        }
        let mut set = Set::random("TimeWindowCompactionStrategy", map, known, random);
        set.memtable_min_timestamp = (random.below(4) == 0).then(|| random.below(200) as i64 * HOUR_MICROS);
        set.newest_window_millis = random.below(6) as i64 * 86_400_000;
        set
    };
    (0..SETS).map(set).collect()
}

#[test]
fn time_window_choices_are_those_of_cassandra() {
    let sets = time_window_sets();
    let reasons: [Common; 3] = [
        ("a window", |choice| matches!(choice.reason, Reason::Window { .. })),
        ("tombstones", is_tombstones),
        ("what has expired", |choice| !choice.expired.is_empty()),
    ];
    assert_common(&sets, &reasons);
    assert_agreed(&sets, |set, theirs| {
        let (choice, memory, pending) = set.choose(0);
        // what has expired is not pending for Cassandra
        let is_known = choice.as_ref().is_none_or(|choice| choice.expired.is_empty());
        let pending = if is_known { pending.compactions.to_string() } else { theirs[1].to_owned() };
        vec![inputs(choice.as_ref()), pending, memory.time_window.newest_window_millis.to_string()]
    });
}

fn leveled_sets() -> Vec<Set> {
    let mut random = Random::new(63);
    let set = |_| {
        let random = &mut random;
        let mut map = Vec::new();
        thresholds(&mut map, random);
        sizes(&mut map, random);
        map.push(("sstable_size_in_mb", (1 + random.below(3)).to_string()));
        map.push(("fanout_size", (2 + random.below(3)).to_string()));
        let shape = Shape { least_bytes: 200_000 << random.below(4), doublings: 4, ..Shape::random(random) };
        let mut known = Set::some_known(shape, 110, random);
        let (levels, of_eight_above) = (1 + random.below(8), [0, 4, 7, 8][random.below(4)]);
        for known in &mut known {
            if random.below(8) < of_eight_above {
                known.summary.level = random.below(levels + 1) as u8;
                // narrow enough that many of a level do not overlap
                known.summary.first = Shape { places: 1 << 40, ..shape }.known(1, random).summary.first;
                known.summary.last = Place { token: Token::Murmur3(i64::MAX), ..known.summary.first.clone() };
                shorten(known, 200, random);
            }
        }
        let is_starved = random.below(3) == 0;
        if is_starved {
            known.iter_mut().for_each(|known| place_for_starving(known, random));
        }
        let mut set = Set::random("LeveledCompactionStrategy", map, known, random);
        if is_starved {
            set.rounds_without = std::array::from_fn(|_| 24 + random.below(3) as u32);
        }
        set
    };
    (0..SETS).map(set).collect()
}

/// Level 1 has long SSTables, and level 6 many short ones, some of a single partition, that lie within those.
fn place_for_starving(known: &mut Known, random: &mut Random) {
    let (level, parts) = [(1, 20), (6, 1 << 30), (6, usize::MAX)][random.below(3)];
    known.summary.level = level;
    let places = Shape { places: 1 << 40, ..Shape::random(random) };
    known.summary.first = places.known(1, random).summary.first;
    known.summary.last = Place { token: Token::Murmur3(i64::MAX), ..known.summary.first.clone() };
    shorten(known, parts, random);
}

/// Lets an SSTable end at most `1 / parts` of all tokens behind its first one.
fn shorten(known: &mut Known, parts: usize, random: &mut Random) {
    let (Token::Murmur3(first), Token::Murmur3(last)) =
        (&known.summary.first.token, &mut known.summary.last.token)
    else {
        unreachable!()
    };
    *last = first.saturating_add(random.below(usize::MAX / parts) as i64).min(*last);
    if first == last {
        known.summary.last.key = known.summary.first.key.clone();
    }
}

#[test]
fn leveled_choices_are_those_of_cassandra() {
    let sets = leveled_sets();
    let reasons: [Common; 5] = [
        ("level 0", |choice| choice.reason == Reason::Level(0)),
        ("level 1", |choice| choice.reason == Reason::Level(1)),
        ("a level above", |choice| matches!(choice.reason, Reason::Level(2..))),
        ("sizes in level 0", |choice| choice.reason == Reason::ManyInLevelZero),
        ("tombstones", is_tombstones),
    ];
    assert_common(&sets, &reasons);
    assert_agreed(&sets, |set, _| {
        let (choice, memory, pending) = set.choose(0);
        let kind = match choice.as_ref().map(|choice| &choice.reason) {
            None => "none",
            Some(Reason::Tombstones { .. }) => "tombstones",
            Some(_) => "levels",
        };
        let bytes = match choice.as_ref().map(|choice| &choice.cut) {
            None => 0,
            Some(Cut::Bytes(bytes)) => *bytes,
            Some(_) => i64::MAX as u64,
        };
        let rounds: Vec<String> = memory.leveled.rounds_without().iter().map(u32::to_string).collect();
        vec![
            kind.to_owned(),
            inputs(choice.as_ref()),
            choice.as_ref().map_or(0, |choice| choice.level).to_string(),
            bytes.to_string(),
            pending.compactions.to_string(),
            rounds.join("/"),
        ]
    });
}

fn scaling_parameters(random: &mut Random) -> String {
    let one = |random: &mut Random| match random.below(4) {
        0 => "N".to_owned(),
        1 => format!("L{}", 2 + random.below(6)),
        2 => format!("T{}", 2 + random.below(6)),
        _ => (random.below(8) as i32 - 4).to_string(),
    };
    (0..=random.below(3)).map(|_| one(random)).collect::<Vec<_>>().join(", ")
}

fn local_ranges(random: &mut Random) -> Vec<(i64, i64)> {
    let mut ends: BTreeSet<i64> = (0..2 * (1 + random.below(3))).map(|_| random.next_u64() as i64).collect();
    if ends.len() % 2 == 1 {
        ends.pop_last();
    }
    let ends: Vec<i64> = ends.into_iter().collect();
    ends.chunks(2).map(|pair| (pair[0], pair[1])).collect()
}

fn unified_map(random: &mut Random) -> Vec<(&'static str, String)> {
    let mut map = Vec::new();
    option(&mut map, "scaling_parameters", random, scaling_parameters);
    option(&mut map, "base_shard_count", random, |random| (1 + random.below(12)).to_string());
    option(&mut map, "target_sstable_size", random, |random| format!("{}MiB", 200 + random.below(4_000)));
    option(&mut map, "min_sstable_size", random, |random| format!("{}MiB", random.below(100)));
    let growth = |random: &mut Random| ["0", "1", "0.5", "25%", "0.333"][random.below(5)].to_owned();
    option(&mut map, "sstable_growth", random, growth);
    option(&mut map, "max_sstables_to_compact", random, |random| random.below(20).to_string());
    let inclusion = |random: &mut Random| ["none", "SINGLE", "Transitive"][random.below(3)].to_owned();
    option(&mut map, "overlap_inclusion_method", random, inclusion);
    let is_unsafe = |random: &mut Random| (random.below(2) == 0).to_string();
    option(&mut map, "unsafe_aggressive_sstable_expiration", random, is_unsafe);
    map
}

fn unified_sets() -> Vec<Set> {
    let mut random = Random::new(64);
    let set = |_| {
        let random = &mut random;
        let map = unified_map(random);
        let mut shape = Shape { least_bytes: 1 << (16 + random.below(10)), ..Shape::random(random) };
        if random.below(3) == 0 {
            // compaction is late: many overlap in one level
            shape = Shape { doublings: 1, places: 8, one_of_is_apart: 0, ..shape };
        }
        let most = 1 + random.below(120);
        let mut known = Set::some_known(shape, most, random);
        if random.below(2) == 0 {
            known.iter_mut().for_each(|known| shorten(known, 40, random));
        }
        let mut set = Set::random("UnifiedCompactionStrategy", map, known, random);
        if random.below(4) == 0 {
            set.ranges = local_ranges(random);
        }
        set
    };
    (0..SETS).map(set).collect()
}

fn bits(number: f64) -> String {
    format!("{:x}", number.to_bits())
}

/// Levels as `java/Compactions.java` writes them, without their picks.
fn levels_of(set: &Set) -> Vec<String> {
    let Some(first) = set.live.first() else { return Vec::new() };
    set.with_context(0, |memory, context| {
        let levels = set.parameters().density_levels(&set.live, first.group, memory, context);
        let level = |level: &DensityLevel<'_>| {
            let mut ids: Vec<u32> =
                level.sstables.iter().map(|one| one.id.to_string().parse().unwrap()).collect();
            ids.sort_unstable();
            let ids: Vec<String> = ids.iter().map(u32::to_string).collect();
            let overlap = if level.sstables.is_empty() { -1 } else { level.overlap as i64 };
            format!("{}:{}:{}:{}:{overlap}", level.index, bits(level.min), bits(level.max), ids.join(","))
        };
        levels.iter().map(level).collect()
    })
}

/// There are never more equally good choices in a set than this.
const MOST_PICKS: u64 = 40;

/// Everything that Cassandra may choose by chance is chosen by some number, and nothing else. Gives what it
/// did choose, if that is so.
fn chosen_by_chance(set: &Set, theirs: &[&str]) -> String {
    let level: i64 = theirs[2].parse().unwrap();
    let levels = &theirs[6..];
    let Ok(level) = usize::try_from(level) else { return inputs(set.choose(0).0.as_ref()) };
    let fields: Vec<&str> = levels[level].split(':').collect();
    let picks = fields[5].split('/').filter_map(|pick| pick.strip_prefix(&format!("{}=", fields[4])));
    let allowed: BTreeSet<BTreeSet<u32>> = picks.map(|pick| numbers(pick).collect()).collect();
    let choices: Vec<Choice> = (0..MOST_PICKS).map(|random| set.choose(random).0.unwrap()).collect();
    let expired: Vec<u32> = choices[0].expired.iter().map(|id| id.to_string().parse().unwrap()).collect();
    let ours = choices.iter().map(|choice| {
        let ids = inputs(Some(choice));
        numbers(&ids).filter(|id| !expired.contains(id)).collect::<BTreeSet<u32>>()
    });
    let ours: BTreeSet<BTreeSet<u32>> = ours.collect();
    let texts: BTreeSet<String> = choices.iter().map(|choice| inputs(Some(choice))).collect();
    if expired.is_empty() && ours != allowed {
        return format!("{ours:?} instead of one of {allowed:?}");
    }
    texts.get(theirs[0]).or(texts.first()).unwrap().clone()
}

fn numbers(text: &str) -> impl Iterator<Item = u32> {
    text.split(',').filter(|number| !number.is_empty()).map(|number| number.parse().unwrap())
}

#[test]
fn unified_choices_are_among_those_of_cassandra_with_its_levels_densities_and_shards() {
    let sets = unified_sets();
    let reasons: [Common; 3] = [
        ("overlap in level 0", |choice| matches!(choice.reason, Reason::Overlap { level: 0, .. })),
        ("overlap above", |choice| matches!(choice.reason, Reason::Overlap { level: 1.., .. })),
        ("what has expired", |choice| !choice.expired.is_empty()),
    ];
    assert_common(&sets, &reasons);
    assert_agreed(&sets, |set, theirs| {
        let (choice, _, pending) = set.choose(0);
        let is_known = choice.as_ref().is_none_or(|choice| choice.expired.is_empty());
        let (level, overlap) = match choice.as_ref().map(|choice| &choice.reason) {
            Some(Reason::Overlap { level, overlap }) => (*level as i64, *overlap as i64),
            _ => (-1, -1),
        };
        let mut ours = vec![
            chosen_by_chance(set, theirs),
            pending.compactions.to_string(),
            level.to_string(),
            overlap.to_string(),
            shards_of_their_choice(set, theirs[0]),
            set.live.iter().map(|sstable| bits(set.space().density(sstable))).collect::<Vec<_>>().join(","),
        ];
        if !is_known {
            ours[1] = theirs[1].to_owned();
        }
        let picks = theirs[6..].iter().map(|level| level.rsplit_once(':').map_or("", |(_, picks)| picks));
        ours.extend(levels_of(set).into_iter().zip(picks).map(|(level, picks)| format!("{level}:{picks}")));
        ours
    });
}

/// How many shards the result of a compaction has.
fn shards_of_their_choice(set: &Set, ids: &str) -> String {
    let ids: Vec<u32> = numbers(ids).collect();
    let is_chosen = |sstable: &&SstableSummary| ids.contains(&sstable.id.to_string().parse().unwrap());
    let chosen: Vec<_> = set.live.iter().filter(is_chosen).collect();
    let Strategy::Unified(unified) = set.parameters().strategy else { unreachable!() };
    let space = set.space();
    unified.shard_count(space.combined_density(&chosen) * space.coverage()).to_string()
}

#[test]
fn shards_end_where_those_of_cassandra_end() {
    let Some(cassandra) = cassandra_or_skip("the ends of shards") else { return };
    let mut random = Random::new(65);
    let (mut requests, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..SETS {
        let random = &mut random;
        let mut set = Set::random("UnifiedCompactionStrategy", unified_map(random), Vec::new(), random);
        if random.below(2) == 0 {
            set.ranges = local_ranges(random);
        }
        let density = (1 + random.below(1_000)) as f64 * 2_f64.powi(random.below(50) as i32);
        let Strategy::Unified(unified) = set.parameters().strategy else { unreachable!() };
        let map: Vec<String> = set.map.iter().map(|(name, value)| format!("{name}={value}")).collect();
        requests.push(format!("shards\t{}\t{density:?}\t{}", map.join(";"), set.ranges_text()));
        ours.push(shards_line(&set.space(), unified.shard_count(density)));
    }
    let answers = cassandra::compactions(&cassandra, &requests, true).unwrap();
    for ((request, ours), theirs) in requests.iter().zip(&ours).zip(&answers) {
        assert_eq!(ours, theirs, "{request}");
    }
}

/// The first 64 shards of that many.
fn shards_line(space: &ShardSpace, count: u64) -> String {
    let shards = space.shards(count.min(64));
    let ends = (0..).map_while(|shard| shards.end(shard));
    let ends: String = ends.map(|end| format!("{end},")).collect();
    format!("{count}\t{}\t{ends}", bits(space.coverage()))
}

/// Options with values that are right, wrong, or at the border.
const OPTIONS: [(&str, &[&str]); 30] = [
    ("enabled", &["true", "FALSE", "yes"]),
    ("min_threshold", &["2", "4", "1", "0", "-3", "x", "33", ""]),
    ("max_threshold", &["32", "3", "0", "5.5"]),
    ("tombstone_threshold", &["0.1", "-0.5", "x", " 0.3 ", "1f", "1e-2"]),
    ("tombstone_compaction_interval", &["0", "-1", "1.5", "9223372036854775808"]),
    ("unchecked_tombstone_compaction", &["True", "0"]),
    ("only_purge_repaired_tombstones", &["true", "whatever"]),
    ("provide_overlapping_tombstones", &["row", "CELL", "none", "cells"]),
    ("log_all", &["true", "maybe"]),
    ("min_sstable_size", &["0", "1000", "-1", "100MiB", "1GB", "700MiB", "-5B", "10"]),
    ("bucket_low", &["0.1", "1.5", "low", "2", "1e10"]),
    ("bucket_high", &["1.2", "0.4", "3.0", "1e-5", "12345678", "NaN"]),
    ("sstable_size_in_mb", &["1", "160", "0", "-4", "1.5", "2147483647", "2147483648"]),
    ("fanout_size", &["2", "10", "0", "100", "50000", "2147483647"]),
    ("single_sstable_uplevel", &["true", "never"]),
    ("compaction_window_unit", &["DAYS", "HOURS", "MINUTES", "SECONDS", "WEEKS", "days"]),
    ("compaction_window_size", &["1", "0", "-2", "x", "30"]),
    ("timestamp_resolution", &["MICROSECONDS", "NANOSECONDS", "DAYS", "micros"]),
    ("expired_sstable_check_frequency_seconds", &["0", "600", "-1", "often"]),
    ("unsafe_aggressive_sstable_expiration", &["true", "false", "perhaps"]),
    ("scaling_parameters", &["T4", "N", "L10, T2", "4,-3,+2", "T1", "X", "", "T4,,L2", "T4,"]),
    (
        "target_sstable_size",
        &["1GiB", "1MiB", "1 MiB", "1000KiB", "5", "9e30B", "1.5GB", "xB", "3*2^20B", "2MiBB"],
    ),
    ("base_shard_count", &["1", "0", "-1", "four", "12"]),
    ("sstable_growth", &["0", "1", "50%", "1.1", "-1%", "%", "half", " 0.5 "]),
    ("flush_size_override", &["10MiB", "100KiB", "10", "0B"]),
    ("overlap_inclusion_method", &["TRANSITIVE", "single", "all"]),
    ("max_sstables_to_compact", &["0", "-1", "32", "many"]),
    ("fan_out", &["10"]),
    ("class_options", &["{}"]),
    ("Enabled", &["true"]),
];

const CLASSES: [&str; 7] = [
    "SizeTieredCompactionStrategy",
    "LeveledCompactionStrategy",
    "TimeWindowCompactionStrategy",
    "UnifiedCompactionStrategy",
    "org.apache.cassandra.db.compaction.UnifiedCompactionStrategy",
    "DateTieredCompactionStrategy",
    "com.example.Compaction",
];

fn random_maps() -> Vec<Vec<(&'static str, &'static str)>> {
    let mut random = Random::new(66);
    let mut maps: Vec<Vec<(&str, &str)>> = vec![vec![("enabled", "true")]];
    for class in CLASSES {
        for (name, values) in OPTIONS {
            maps.extend(values.iter().map(|value| vec![("class", class), (name, value)]));
        }
    }
    for _ in 0..SETS {
        let mut map = vec![("class", CLASSES[random.below(5)])];
        let mut unknown = 0;
        for (name, values) in OPTIONS {
            let value = values[random.below(values.len())];
            if random.below(6) == 0 {
                map.push((name, value));
                unknown += 1;
            }
        }
        if unknown > 0 {
            maps.push(map);
        }
    }
    maps
}

#[test]
fn compaction_maps_are_refused_with_the_messages_of_cassandra() {
    let Some(cassandra) = cassandra_or_skip("the parameters of compaction") else { return };
    let maps = random_maps();
    let request = |map: &Vec<(&str, &str)>| {
        let entries: Vec<String> = map.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("parameters\t{}", entries.join("\t"))
    };
    let requests: Vec<String> = maps.iter().map(request).collect();
    let answers = cassandra::compactions(&cassandra, &requests, false).unwrap();
    let mut differing = Vec::new();
    for (map, theirs) in maps.iter().zip(&answers) {
        let ours = match CompactionParameters::parse(map.iter().copied(), false) {
            Ok(_) => "ok".to_owned(),
            Err(error) => {
                format!("error\t{}", error.message().split_whitespace().collect::<Vec<_>>().join(" "))
            }
        };
        if in_order(&ours) != in_order(theirs) {
            differing.push(format!("{map:?}\n  ours:   {ours}\n  theirs: {theirs}"));
        }
    }
    let shown = differing.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(differing.is_empty(), "{} of {} maps differ:\n{shown}", differing.len(), maps.len());
    let accepted = answers.iter().filter(|answer| *answer == "ok").count();
    assert!(accepted > 100 && answers.len() - accepted > 500, "{accepted} of {}", answers.len());
}

/// A message with the names between brackets sorted: Cassandra has unknown options in the order of a hash
/// table.
fn in_order(message: &str) -> String {
    match message.split_once('[').and_then(|(head, tail)| Some((head, tail.split_once(']')?))) {
        Some((head, (names, tail))) if message.contains("are not understood") => {
            let mut names: Vec<&str> = names.split(", ").collect();
            names.sort_unstable();
            format!("{head}[{}]{tail}", names.join(", "))
        }
        _ => message.to_owned(),
    }
}
