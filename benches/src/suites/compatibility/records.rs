//! Many records that Cassandra's own writer wrote.

use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use cqlite_sstable::io::ChunkCache;
use cqlite_sstable::reader::{ReaderOptions, ScanOptions, Sstable};
use cqlite_sstable::tools::dump::{DumpOptions, dump};
use cqlite_tests::cassandra::{Tools, bench_table};
use cqlite_tests::catalogued::now_seconds;
use cqlite_tests::performance::Unit;

use super::agreement::Agreement;
use super::scanned::read_through;
use crate::load::Result;
use crate::scatter;
use crate::suite::Stage;

/// The share of checks of 10,000 records that agree.
pub(super) const AGREEING_10K: &str = "compatibility.records.10k.agreeing";
/// The share of checks of 1,000,000 records that agree.
pub(super) const AGREEING_1M: &str = "compatibility.records.1m.agreeing";

/// Keys that are looked up, at most, and as many that are not there.
const LOOKUPS: u64 = 200_000;

/// 10,000 records.
///
/// # Errors
/// As [`run`].
pub(super) fn ten_thousand(stage: &Stage) -> Result<()> {
    run(stage, 10_000, "10k", AGREEING_10K)
}

/// 1,000,000 records.
///
/// # Errors
/// As [`run`].
pub(super) fn million(stage: &Stage) -> Result<()> {
    run(stage, 1_000_000, "1m", AGREEING_1M)
}

/// Has Cassandra write records, and compares them with what its sstabledump prints.
///
/// # Errors
/// If they differ; [`crate::suite::NotRun`] without a JDK or Maven.
fn run(stage: &Stage, records: u32, name: &str, agreeing: &str) -> Result<()> {
    let cassandra = stage.cassandra()?;
    stage.tell(format!("Cassandra writes {records} records"));
    let data = bench_table(&cassandra, &stage.empty("cassandra")?, records)?;
    let figure = |what: &str| format!("compatibility.records.{name}.{what}");
    let monitor = stage.monitor();
    let mut agreement = Agreement::default();

    stage.tell("sstabledump prints them");
    let (mut theirs, begun) = (Digest::default(), Instant::now());
    let told = Tools::shared(&cassandra)?.sstabledump_to::<&str>(&data, &[], &mut theirs)?;
    if !told.success() {
        return Err(format!("sstabledump fails: {}", told.stderr).into());
    }
    monitor.record_metric(
        &figure("sstabledump"),
        Unit::PerSecond,
        f64::from(records) / begun.elapsed().as_secs_f64(),
    );

    let sstable = Sstable::open(&data)?;
    for round in 0..stage.rounds() {
        stage.tell(format!("they are read, dumped and looked up, round {}", round + 1));
        let (mut ours, begun) = (Digest::default(), Instant::now());
        dump(&sstable, &DumpOptions::new(now_seconds()), &mut ours)?;
        let rate = f64::from(records) / begun.elapsed().as_secs_f64();
        monitor.record_metric(&figure("dump"), Unit::PerSecond, rate);
        let told = || format!("{ours:?} in place of {theirs:?}");
        agreement.take("the dump", (ours != theirs).then(told));

        let begun = Instant::now();
        let counts = read_through(&sstable)?;
        let rate = f64::from(records) / begun.elapsed().as_secs_f64();
        monitor.record_metric(&figure("scan"), Unit::PerSecond, rate);
        let is_right = counts.rows == u64::from(records) && counts.partitions == u64::from(records);
        agreement.take("a scan", (!is_right).then(|| format!("{counts:?}")));

        let told = look_up(stage, &sstable, &data, &figure)?;
        agreement.take("lookups by key", told);
    }
    agreement.record(stage, agreeing, 3)
}

/// Looks up keys that are there, in random order, and others that are not.
fn look_up(
    stage: &Stage,
    sstable: &Sstable,
    data: &Path,
    figure: &impl Fn(&str) -> String,
) -> Result<Option<String>> {
    let mut cursor = sstable.scan(ScanOptions::default())?;
    let mut keys = Vec::new();
    while cursor.advance_partition()? {
        keys.push(cursor.partition().key.to_vec());
    }
    let cache = Some(ChunkCache::new(32 << 20));
    let mut reader = sstable.reader(ReaderOptions { columns: None, cache })?;
    let lookups = LOOKUPS.min(keys.len() as u64);
    let begun = Instant::now();
    for number in 0..lookups {
        let place = if lookups == keys.len() as u64 { number } else { scatter(number) % keys.len() as u64 };
        let Some(key) = keys.get(place as usize) else { continue };
        if !reader.find(key)? || !reader.cursor().advance_unfiltered()? {
            return Ok(Some(format!("{}: key {key:02x?} is not found", data.display())));
        }
    }
    let rate = lookups as f64 / begun.elapsed().as_secs_f64();
    stage.monitor().record_metric(&figure("lookups"), Unit::PerSecond, rate);
    let begun = Instant::now();
    for number in 0..lookups {
        // Ids of the table are positive.
        let key = (scatter(number) | 1 << 63).to_be_bytes();
        if reader.find(&key)? {
            return Ok(Some(format!("{}: key {key:02x?} is found and not there", data.display())));
        }
    }
    let rate = lookups as f64 / begun.elapsed().as_secs_f64();
    stage.monitor().record_metric(&figure("absent"), Unit::PerSecond, rate);
    Ok(None)
}

/// Bytes that need not be kept to be compared.
#[derive(Debug, Default, Clone)]
struct Digest {
    bytes: u64,
    crc: crc32fast::Hasher,
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.crc.clone().finalize() == other.crc.clone().finalize()
    }
}

impl Write for Digest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.crc.update(bytes);
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
