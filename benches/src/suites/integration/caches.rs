//! How often chunks that are asked for are kept.
//!
//! The trace of chunks is that of the keys asked: a scan of the one SSTable tells in which chunks of Data.db each record lies. A lookup in
//! the chunk in which the one before ended asks no cache, and is left out. That the engine asks for as many chunks as the trace has is
//! checked. The best static cache holds from the beginning the chunks that the trace asks for most, as many as fit: no cache that
//! does not know what comes can hold more of what does not change.

use std::collections::HashMap;
use std::path::Path;

use cqlite_core::query::{ExecuteOptions, Value};
use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_core::{Database, Metrics};
use cqlite_sstable::reader::{ScanOptions, Sstable};
use cqlite_sstable::{Format, Version};
use cqlite_tests::known::data_files;
use cqlite_tests::performance::{Bound, PerformanceTargets, Target, Unit};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

use super::static_cache::StaticCache;
use crate::load::{CqliteEngine, Engine as _, KeyChooser, KeyDistribution, RecordShape, Result};
use crate::suite::Stage;
use crate::suites::ground::{engine_with, fill};

/// Hits where the hot set fits, and the table does not.
const HOT_SET: &str = "integration.cache.hits.hot_set";

const SHAPE: RecordShape = RecordShape::SMALL;

/// So many keys have one place in the cache, of so many bytes each, where Index.db has no promoted indexes.
const KEYS_TOGETHER: u64 = 128;
const KEY_BYTES: u64 = 6;
/// What such a place takes beside, and what the cache itself adds to everything.
const TAIL_BYTES: u64 = 16;
const OVERHEAD_BYTES: u64 = 64;

/// That 95 % of the reads hit where the hot tenth of a table fits.
pub(super) fn hot_set_target() -> Target {
    let what = "chunk-cache hits where a hot tenth fits, which 98 % of the reads ask for";
    Target::new(HOT_SET, what, Unit::Share, Bound::AtLeast(0.95))
}

/// Which chunks each record lies in: the first and the last one, by the number of the record.
struct Layout {
    chunks_of: Vec<(u64, u64)>,
    /// Numbers of records in the order of their tokens.
    in_order: Vec<u64>,
    chunk_bytes: u64,
    chunks: u64,
    has_keys: bool,
}

/// What is asked for.
#[derive(Clone, Copy)]
enum Reads<'c> {
    /// Records anywhere, few of them most of the time.
    Skewed(&'c KeyChooser),
    /// Records of the first tenth of the tokens 98 times of 100, any other times.
    HotTenth,
}

/// What became of some reads.
struct Outcome {
    /// Hits of all chunks that were asked for.
    share: f64,
    /// Hits of all stretches of keys that were asked for, where there are any.
    keys: Option<f64>,
    /// Hits beside those of the best static cache: of chunks alone, and of chunks and keys. The lower counts.
    to_best: f64,
}

/// Skewed reads by one client with a cache for all, with one for a quarter, and with one in which a hot tenth fits twice. The
/// worse of both formats counts.
///
/// # Errors
/// If a record is not found, or the engine asks for other chunks than the trace has.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let records: u64 = stage.scale().of(20_000, 60_000, 1_000_000);
    let mut tables = Vec::new();
    for (letters, format) in [("nb", Format::Big), ("da", Format::Bti)] {
        let version = Version::parse(letters, format)?;
        let directory = stage.empty(letters)?;
        let engine = open(stage, &directory, version, 1 << 20)?;
        fill(stage, &engine, records)?;
        engine.settle()?;
        let table = engine.database().table("load", "records")?.id();
        engine.database().compact(table, &CompactionRequest::Major { splits: false })?;
        engine.close()?;
        let layout = Layout::of(&directory, records, format == Format::Big)?;
        tables.push((letters, version, directory, layout));
    }
    let chooser = KeyChooser::new(KeyDistribution::Zipfian, records)?;
    let skewed = Reads::Skewed(&chooser);
    let cases = [
        (PerformanceTargets::CACHE_HITS_FITTING, skewed, 1.25),
        (PerformanceTargets::CACHE_HITS_TO_BEST, skewed, 0.25),
        (HOT_SET, Reads::HotTenth, 0.2),
    ];
    for round in 0..stage.rounds() {
        for (figure, reads, share) in cases {
            let mut worst = f64::INFINITY;
            for (letters, version, directory, layout) in &tables {
                stage.tell(format!("{figure}, {letters}, round {}", round + 1));
                let bytes = (layout.all_bytes() as f64 * share) as u64;
                let engine = open(stage, directory, *version, bytes)?;
                let outcome = read(stage, engine.database(), layout, reads, bytes, round)?;
                engine.close()?;
                let monitor = stage.monitor();
                let name = format!("{figure}.{letters}");
                monitor.record_metric(&format!("{name}.share"), Unit::Share, outcome.share);
                monitor.record_metric(&format!("{name}.of_best_static"), Unit::Share, outcome.to_best);
                if let Some(keys) = outcome.keys {
                    monitor.record_metric(&format!("{name}.keys"), Unit::Share, keys);
                }
                let is_to_best = figure == PerformanceTargets::CACHE_HITS_TO_BEST;
                worst = worst.min(if is_to_best { outcome.to_best } else { outcome.share });
            }
            let unit = PerformanceTargets::default().get(figure).map_or(Unit::Share, |target| target.unit);
            stage.monitor().record_metric(figure, unit, worst);
        }
    }
    Ok(())
}

fn open(stage: &Stage, directory: &Path, version: Version, cache_bytes: u64) -> Result<CqliteEngine> {
    engine_with(stage, directory, SHAPE, "", |builder| {
        builder.without_commit_log().sstable_version(version).chunk_cache(cache_bytes)
    })
}

/// Reads until the cache is as it will be, and then as much again for the figures.
fn read(
    stage: &Stage,
    db: &Database,
    layout: &Layout,
    reads: Reads<'_>,
    cache_bytes: u64,
    round: u64,
) -> Result<Outcome> {
    let count: u64 = stage.scale().of(30_000, 100_000, 2_000_000);
    let mut random = SmallRng::seed_from_u64(round);
    let mut session = db.session();
    let select = session.prepare("SELECT * FROM load.records WHERE key = ?")?;
    let mut best = StaticCache::default();
    let (mut before, mut last, mut asked) = (db.metrics(), None, 0_u64);
    for number in 0..count.saturating_mul(2) {
        if number == count {
            before = db.metrics();
        }
        let record = reads.choose(layout, &mut random);
        let key = SHAPE.key(record);
        let answer =
            session.execute_prepared(&select, &[Value::borrowed(&key)], ExecuteOptions::default())?;
        if answer.rows().is_none_or(|rows| rows.len() != 1) {
            return Err(format!("record {record} is not found").into());
        }
        let (first_chunk, last_chunk) = layout.of_record(record)?;
        for chunk in first_chunk..=last_chunk {
            if last == Some(chunk) {
                continue;
            }
            last = Some(chunk);
            if number >= count {
                best.ask(chunk);
                asked += 1;
            }
        }
    }
    let after = db.metrics();
    let since = |of: fn(&Metrics) -> u64| of(&after).saturating_sub(of(&before));
    let (hits, misses) = (since(|one| one.chunk_cache_hits), since(|one| one.chunk_cache_misses));
    let seen = hits.saturating_add(misses);
    if seen.abs_diff(asked) > asked / 50 {
        return Err(format!("the engine asked for {seen} chunks, and the trace has {asked}").into());
    }
    let places = cache_bytes.saturating_sub(layout.keys_bytes()) / layout.place_bytes();
    let best = best.hits(places) as f64;
    let (key_hits, key_misses) = (since(|one| one.key_cache_hits), since(|one| one.key_cache_misses));
    let keys_asked = key_hits.saturating_add(key_misses);
    let best_with_keys = best + keys_asked as f64;
    let with_keys = hits.saturating_add(key_hits) as f64 / best_with_keys;
    let to_best = (hits as f64 / best).min(with_keys);
    if hits == 0 || !to_best.is_finite() {
        return Err("nothing was kept".into());
    }
    let keys = (keys_asked > 0).then(|| key_hits as f64 / keys_asked as f64);
    Ok(Outcome { share: hits as f64 / seen as f64, keys, to_best })
}

impl Reads<'_> {
    fn choose(self, layout: &Layout, random: &mut SmallRng) -> u64 {
        let records = layout.in_order.len() as u64;
        match self {
            Self::Skewed(chooser) => chooser.choose(records, random),
            Self::HotTenth => {
                let of = if random.random_range(0..100) < 98 { records / 10 } else { records };
                let place = random.random_range(0..of.max(1));
                layout.in_order.get(place as usize).copied().unwrap_or_default()
            }
        }
    }
}

impl Layout {
    /// That of the only SSTable of a database.
    fn of(directory: &Path, records: u64, has_keys: bool) -> Result<Self> {
        let [data] = &data_files(&directory.join("data").join("load"))?[..] else {
            return Err("there is another number of SSTables than one".into());
        };
        let sstable = Sstable::open(data)?;
        let chunk_bytes = sstable.compression().map_or(0, |info| u64::from(info.chunk_length_bytes)).max(1);
        let numbers: HashMap<_, _> = (0..records).map(|number| (SHAPE.key(number), number)).collect();
        let (mut in_order, mut starts) = (Vec::new(), Vec::new());
        let mut cursor = sstable.scan(ScanOptions::default())?;
        while cursor.advance_partition()? {
            starts.push(cursor.partition_position());
            in_order.extend(numbers.get(cursor.partition().key).copied());
        }
        let mut chunks_of = vec![(0, 0); records as usize];
        let ends = starts.iter().skip(1).copied().chain([sstable.data_length()]);
        for ((number, start), end) in in_order.iter().zip(&starts).zip(ends) {
            if let Some(chunks) = chunks_of.get_mut(*number as usize) {
                *chunks = (start / chunk_bytes, end.saturating_sub(1) / chunk_bytes);
            }
        }
        let chunks = sstable.data_length().div_ceil(chunk_bytes);
        Ok(Self { chunks_of, in_order, chunk_bytes, chunks, has_keys })
    }

    fn of_record(&self, number: u64) -> Result<(u64, u64)> {
        self.chunks_of.get(number as usize).copied().ok_or_else(|| format!("no record {number}").into())
    }

    /// What a chunk takes in the cache.
    fn place_bytes(&self) -> u64 {
        self.chunk_bytes.saturating_add(OVERHEAD_BYTES)
    }

    /// What the keys take in the same cache, where there are any: they are asked for more than any chunk, and all stay.
    fn keys_bytes(&self) -> u64 {
        let keys = self.in_order.len() as u64;
        let places = keys.div_ceil(KEYS_TOGETHER);
        if self.has_keys { keys * KEY_BYTES + places * (TAIL_BYTES + OVERHEAD_BYTES) } else { 0 }
    }

    /// What chunks and keys take all together.
    fn all_bytes(&self) -> u64 {
        self.chunks.saturating_mul(self.place_bytes()).saturating_add(self.keys_bytes())
    }
}
