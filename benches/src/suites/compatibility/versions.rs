//! SSTables of all versions.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use cqlite_sstable::reader::Sstable;
use cqlite_sstable::tools::dump::{DumpFormat, DumpOptions, dump};
use cqlite_tests::known::{KnownSstable, read_gz};
use cqlite_tests::performance::{Bound, Target, Unit};

use super::agreement::{Agreement, difference};
use super::known::{VERSIONS, corpus, sstables};
use super::scanned::{Counts, read_through};
use crate::load::Result;
use crate::suite::Stage;

/// The share of SSTables that agree.
pub(super) const AGREEING: &str = "compatibility.versions.agreeing";

/// How many versions were read.
const COVERED: &str = "compatibility.versions.covered";

/// The repository has more than so many.
const LEAST: u64 = 200;

/// Dumps tell by the day whether something has expired: they are compared without that.
const OF_THE_DAY: [&str; 4] =
    [", \"expired\" : true", ", \"expired\" : false", ",\"expired\":true", ",\"expired\":false"];

/// That all versions are there to be read.
pub(super) fn covered_target() -> Target {
    Target::new(
        COVERED,
        "versions of SSTables that were read",
        Unit::Count,
        Bound::AtLeast(VERSIONS.len() as f64),
    )
}

/// Dumps all SSTables, for the content, and reads them through, for the time.
///
/// # Errors
/// If one cannot be read, or differs from what Cassandra printed.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let known = sstables(stage)?;
    let mut by_version: BTreeMap<&str, Vec<&KnownSstable>> = BTreeMap::new();
    for sstable in &known {
        by_version.entry(&sstable.version).or_default().push(sstable);
    }
    let covered = VERSIONS.iter().filter(|version| by_version.contains_key(*version)).count();
    if corpus().is_some() || covered == VERSIONS.len() {
        stage.monitor().record_metric(COVERED, Unit::Count, covered as f64);
    } else {
        let missing: Vec<_> =
            VERSIONS.into_iter().filter(|version| !by_version.contains_key(version)).collect();
        let why = format!("the corpus is not there, which alone has SSTables of {}", missing.join(", "));
        stage.monitor().record_not_run(COVERED, &why);
    }
    let mut agreement = Agreement::default();
    stage.tell(format!("{} SSTables are dumped", known.len()));
    for sstable in &known {
        agreement.take(sstable.data_path.display(), compare(sstable)?);
    }
    for round in 0..stage.rounds() {
        for (version, sstables) in &by_version {
            stage.tell(format!("{version}, {} SSTables, round {}", sstables.len(), round + 1));
            read(stage, version, sstables)?;
        }
    }
    agreement.record(stage, AGREEING, LEAST)
}

/// Opens and reads SSTables of one version again and again.
fn read(stage: &Stage, version: &str, sstables: &[&KnownSstable]) -> Result<()> {
    let enough = Duration::from_millis(stage.scale().of(1, 100, 1_000));
    let (mut times, mut rows, begun) = (0_u64, 0_u64, Instant::now());
    while times == 0 || begun.elapsed() < enough {
        for sstable in sstables {
            let counts = read_through(&Sstable::open(&sstable.data_path)?)?;
            rows = rows.saturating_add(counts.rows);
            times = times.saturating_add(1);
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let record = |what: &str, count: u64| {
        let figure = format!("compatibility.versions.{version}.{what}");
        stage.monitor().record_metric(&figure, Unit::PerSecond, count as f64 / seconds);
    };
    record("sstables", times);
    record("rows", rows);
    Ok(())
}

/// How an SSTable differs from all that Cassandra's tools said of it; where they can say nothing, from what its own statistics count.
fn compare(known: &KnownSstable) -> Result<Option<String>> {
    let sstable = Sstable::open(&known.data_path)?;
    let mut forms =
        vec![(DumpFormat::Json, false, &known.truth_dump), (DumpFormat::Keys, false, &known.truth_dump_keys)];
    forms.push((DumpFormat::Internal, false, &known.truth_dump_internal));
    forms.push((DumpFormat::Json, true, &known.truth_dump_raw_time));
    for (format, raw_times, truth) in forms {
        let Some(truth) = truth else { continue };
        let (ours, theirs) = (dumped(&sstable, format, raw_times)?, read_gz(truth)?);
        if let Some(told) = difference(&without_day(&ours), &without_day(&theirs)) {
            return Ok(Some(format!("{format:?} {told}")));
        }
    }
    if let Some(truth) = &known.truth_failed {
        return Ok(goes_on(&dumped(&sstable, DumpFormat::Json, false)?, &read_gz(truth)?));
    }
    Ok(if known.truth_dump.is_none() { miscounted(known, &sstable)? } else { None })
}

fn dumped(sstable: &Sstable, format: DumpFormat, raw_times: bool) -> Result<Vec<u8>> {
    let now = cqlite_tests::catalogued::now_seconds();
    let mut text = Vec::new();
    dump(sstable, &DumpOptions { format, raw_times, ..DumpOptions::new(now) }, &mut text)?;
    Ok(text)
}

fn without_day(dump: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(dump).into_owned();
    OF_THE_DAY.iter().fold(text, |text, said| text.replace(said, "")).into_bytes()
}

/// Where a tool died of a bug of its own, it closed what was open: up to there both are the same.
fn goes_on(ours: &[u8], died: &[u8]) -> Option<String> {
    let same = ours.iter().zip(died).take_while(|(one, other)| one == other).count();
    let closing = died.iter().skip(same).all(|byte| b" \n]}".contains(byte));
    if closing { None } else { difference(ours, died) }
}

fn miscounted(known: &KnownSstable, sstable: &Sstable) -> Result<Option<String>> {
    let stats = &sstable.statistics().stats;
    let Counts { partitions, rows } = read_through(sstable)?;
    // Statistics count a static row as one.
    let statics = if known.table.contains("simple") { partitions } else { 0 };
    let found = (partitions, rows.saturating_add(statics));
    let counted = (stats.estimated_partition_size_bytes.count() as u64, stats.total_rows as u64);
    let differs = || format!("{found:?} partitions and rows in place of {counted:?}");
    Ok((found != counted).then(differs))
}
