//! A random set of SSTables with a table's parameters, to be chosen from by Cassandra and by CQLite.

use cqlite_core::storage::compaction::{
    Choice, CompactionParameters, Context, GroupMemory, LeveledMemory, Pending, ShardSpace, SstableSummary,
    TimeWindowMemory, UnifiedMemory,
};
use cqlite_sstable::Token;
use cqlite_tests::fuzz::Random;

use super::known::{Known, NOW_MILLIS, Shape};

/// What is chosen from, and by what.
#[derive(Debug)]
pub struct Set {
    pub map: Vec<(&'static str, String)>,
    pub known: Vec<Known>,
    pub live: Vec<SstableSummary>,
    pub gc_before_seconds: i64,
    pub memtable_min_timestamp: Option<i64>,
    pub flush_mebibytes: u64,
    pub is_expired_check_due: bool,
    pub newest_window_millis: i64,
    pub rounds_without: [u32; 9],
    pub ranges: Vec<(i64, i64)>,
}

/// An option, more often none.
pub fn option(
    map: &mut Vec<(&'static str, String)>,
    name: &'static str,
    random: &mut Random,
    value: impl FnOnce(&mut Random) -> String,
) {
    if random.below(3) == 0 {
        map.push((name, value(random)));
    }
}

/// Options that all strategies but one have.
pub fn thresholds(map: &mut Vec<(&'static str, String)>, random: &mut Random) {
    if random.below(2) == 0 {
        let min = 2 + random.below(4);
        map.push(("min_threshold", min.to_string()));
        map.push(("max_threshold", (min + random.below(8)).to_string()));
    }
}

pub fn sizes(map: &mut Vec<(&'static str, String)>, random: &mut Random) {
    option(map, "bucket_low", random, |random| format!("0.{}", 1 + random.below(9)));
    option(map, "bucket_high", random, |random| format!("{}.{}", 1 + random.below(3), 1 + random.below(9)));
    option(map, "min_sstable_size", random, |random| (1_u64 << random.below(30)).to_string());
}

pub fn tombstones(map: &mut Vec<(&'static str, String)>, random: &mut Random) {
    option(map, "tombstone_threshold", random, |random| format!("0.{}", random.below(10)));
    let interval = |random: &mut Random| ["0", "30000", "100000", "500000"][random.below(4)].to_owned();
    option(map, "tombstone_compaction_interval", random, interval);
    option(map, "unchecked_tombstone_compaction", random, |random| (random.below(2) == 0).to_string());
    option(map, "only_purge_repaired_tombstones", random, |random| (random.below(2) == 0).to_string());
}

impl Set {
    pub fn random(
        class: &'static str,
        mut map: Vec<(&'static str, String)>,
        known: Vec<Known>,
        random: &mut Random,
    ) -> Self {
        tombstones(&mut map, random);
        map.insert(0, ("class", class.to_owned()));
        let live = known.iter().map(|known| known.summary.clone()).collect();
        Self {
            map,
            known,
            live,
            gc_before_seconds: 1_500_000_000 + random.below(300) as i64,
            memtable_min_timestamp: (random.below(2) == 0)
                .then(|| 1_600_000_000_000_000 + random.below(100) as i64 * 86_400_000_000),
            flush_mebibytes: 1 + random.below(50) as u64,
            is_expired_check_due: random.below(2) == 0,
            newest_window_millis: 0,
            rounds_without: std::array::from_fn(|_| random.below(40) as u32),
            ranges: Vec::new(),
        }
    }

    pub fn some_known(shape: Shape, most: usize, random: &mut Random) -> Vec<Known> {
        let count = random.below(most + 1) as u32;
        (1..=count).map(|id| shape.known(id, random)).collect()
    }

    pub fn parameters(&self) -> CompactionParameters {
        let map = self.map.iter().map(|(name, value)| (*name, value.as_str()));
        CompactionParameters::parse(map, true).unwrap()
    }

    pub fn ranges_text(&self) -> String {
        let texts: Vec<String> = self.ranges.iter().map(|(start, end)| format!("{start}:{end}")).collect();
        if texts.is_empty() { "-".to_owned() } else { texts.join("/") }
    }

    pub fn space(&self) -> ShardSpace {
        if self.ranges.is_empty() {
            return ShardSpace::whole(&Token::Murmur3(0));
        }
        let token = Token::Murmur3;
        ShardSpace::of(self.ranges.iter().map(|(start, end)| (token(*start), token(*end))).collect())
    }

    /// As `java/Compactions.java` reads it.
    pub fn request(&self) -> String {
        let map: Vec<String> = self.map.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let rounds = self.rounds_without.map(|rounds| rounds.to_string()).join("/");
        let context = [
            self.gc_before_seconds.to_string(),
            self.memtable_min_timestamp.map_or("-".to_owned(), |timestamp| timestamp.to_string()),
            (self.flush_mebibytes << 20).to_string(),
            if self.is_expired_check_due { "1" } else { "0" }.to_owned(),
            self.newest_window_millis.to_string(),
            rounds,
            self.ranges_text(),
        ];
        let known: Vec<String> = self.known.iter().map(Known::line).collect();
        format!("choose\t{}\t{}\t{}", map.join(";"), context.join(","), known.join(";"))
    }

    fn memory(&self) -> GroupMemory {
        let last_expired_check_millis = if self.is_expired_check_due { 0 } else { NOW_MILLIS };
        let leveled = self.live.first().map(|sstable| LeveledMemory::at_start(&self.live, sstable.group));
        GroupMemory {
            leveled: leveled.unwrap_or_default().with_rounds_without(self.rounds_without),
            time_window: TimeWindowMemory {
                newest_window_millis: self.newest_window_millis,
                last_expired_check_millis,
            },
            unified: UnifiedMemory { last_expired_check_millis, ..UnifiedMemory::default() },
        }
    }

    /// Asks in the group of the first SSTable.
    pub fn with_context<T>(&self, random: u64, then: impl FnOnce(&mut GroupMemory, &Context<'_>) -> T) -> T {
        let partitions_in_ranges = |summary: &SstableSummary, ranges: &[(Token, Token)]| {
            let known = self.known.iter().find(|known| known.summary.id == summary.id);
            known.and_then(|known| known.partitions_in(ranges))
        };
        let context = Context {
            now_millis: NOW_MILLIS,
            gc_before_seconds: self.gc_before_seconds,
            memtable_min_timestamp: self.memtable_min_timestamp,
            partitions_in_ranges: &partitions_in_ranges,
            flushed_bytes: (self.flush_mebibytes << 20) as f64,
            shard_space: &self.space(),
            random,
        };
        then(&mut self.memory(), &context)
    }

    /// What CQLite chooses, what it remembers then, and how much it had to do before.
    pub fn choose(&self, random: u64) -> (Option<Choice>, GroupMemory, Pending) {
        self.with_context(random, |memory, context| {
            let Some(first) = self.live.first() else { return (None, memory.clone(), Pending::default()) };
            let parameters = self.parameters();
            let pending = parameters.pending_in(&self.live, first.group, memory, context);
            let choice = parameters.choose_in(&self.live, first.group, memory, context);
            (choice, memory.clone(), pending)
        })
    }
}

/// The numbers of the inputs, in order, with commas between them.
pub fn inputs(choice: Option<&Choice>) -> String {
    let ids =
        choice.iter().flat_map(|choice| &choice.inputs).map(|id| id.to_string().parse::<u32>().unwrap());
    let mut ids: Vec<u32> = ids.collect();
    ids.sort_unstable();
    ids.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}
