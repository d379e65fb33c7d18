//! Lookups by key, and of rows in wide partitions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use cqlite_sstable::io::ChunkCache;
use cqlite_sstable::reader::{Direction, FilterAnswer, Reader, ReaderOptions, Slice, Sstable, Unfiltered};
use cqlite_tests::known::{KnownSstable, read_gz};
use cqlite_tests::performance::Unit;

use super::agreement::Agreement;
use super::known::sstables;
use super::scanned::{ScannedPartition, ScannedRow, partition, partitions, row_text};
use crate::load::Result;
use crate::scatter;
use crate::suite::Stage;

/// The share of SSTables that agree.
pub(super) const AGREEING: &str = "compatibility.lookups.agreeing";

/// The repository has more than so many.
const LEAST: u64 = 200;

/// Rows of a partition that are looked up one by one, at most.
const ROWS: usize = 50;

const CACHE_BYTES: u64 = 4 << 20;

/// Lookups of one version, and how long they took.
#[derive(Debug, Default)]
struct Timed {
    present: u64,
    present_seconds: f64,
    absent: u64,
    absent_seconds: f64,
    rows: u64,
    rows_seconds: f64,
    rejected: u64,
}

/// Looks up all that is there, and much that is not.
///
/// # Errors
/// If something is not found, or found that is not there.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let known = sstables(stage)?;
    let mut agreement = Agreement::default();
    for round in 0..stage.rounds() {
        let mut by_version: BTreeMap<&str, Timed> = BTreeMap::new();
        stage.tell(format!("keys of {} SSTables are looked up, round {}", known.len(), round + 1));
        for sstable in &known {
            let timed = by_version.entry(&sstable.version).or_default();
            let absent = stage.scale().of(50, 500, 5_000);
            let told = compare(sstable, absent, timed)?;
            agreement.take(sstable.data_path.display(), told);
        }
        for (version, timed) in by_version {
            record(stage, version, &timed);
        }
    }
    agreement.record(stage, AGREEING, LEAST)
}

fn record(stage: &Stage, version: &str, timed: &Timed) {
    let monitor = stage.monitor();
    let figures = [
        ("present", timed.present, timed.present_seconds),
        ("absent", timed.absent, timed.absent_seconds),
        ("rows", timed.rows, timed.rows_seconds),
    ];
    for (what, count, seconds) in figures.into_iter().filter(|(_, count, _)| *count > 0) {
        let figure = format!("compatibility.lookups.{version}.{what}");
        monitor.record_metric(&figure, Unit::PerSecond, count as f64 / seconds);
    }
    let share = timed.rejected as f64 / timed.absent.max(1) as f64;
    monitor.record_metric(&format!("compatibility.lookups.{version}.rejected_by_filter"), Unit::Share, share);
}

/// What is found otherwise than a scan shows it.
fn compare(known: &KnownSstable, absent: u64, timed: &mut Timed) -> Result<Option<String>> {
    let sstable = Sstable::open(&known.data_path)?;
    let partitions = partitions(&sstable)?;
    if let Some(truth) = &known.truth_dump_keys {
        let told: serde_json::Value = serde_json::from_slice(&read_gz(truth)?)?;
        let count = told.as_array().map_or(0, Vec::len);
        if count != partitions.len() {
            return Ok(Some(format!("{} keys in place of {count}", partitions.len())));
        }
    }
    let present: BTreeSet<&[u8]> = partitions.iter().map(|one| one.key.as_slice()).collect();
    for cache in [None, Some(ChunkCache::new(CACHE_BYTES))] {
        let mut reader = sstable.reader(ReaderOptions { columns: None, cache })?;
        for expected in partitions.iter().rev() {
            if let Some(told) = look_up(&mut reader, expected, timed)? {
                return Ok(Some(format!("key {:02x?}: {told}", expected.key)));
            }
        }
        for number in 0..absent {
            let key = absent_key(&partitions, number);
            if present.contains(key.as_slice()) {
                continue;
            }
            let begun = Instant::now();
            let found = reader.find(&key)?;
            timed.absent_seconds += begun.elapsed().as_secs_f64();
            timed.absent += 1;
            timed.rejected += u64::from(reader.filter_answer() == FilterAnswer::Absent);
            if found {
                return Ok(Some(format!("key {key:02x?} is found and not there")));
            }
        }
        if let Some(warning) = reader.take_warnings().into_iter().next() {
            return Ok(Some(warning.to_string()));
        }
    }
    Ok(None)
}

fn look_up(reader: &mut Reader, expected: &ScannedPartition, timed: &mut Timed) -> Result<Option<String>> {
    let begun = Instant::now();
    if !reader.find(&expected.key)? {
        return Ok(Some("is not found".to_owned()));
    }
    timed.present_seconds += begun.elapsed().as_secs_f64();
    timed.present += 1;
    if partition(reader.cursor())? != *expected {
        return Ok(Some("is found with other rows than a scan shows".to_owned()));
    }
    if expected.rows.len() < 2 {
        return Ok(None);
    }
    for row in expected.rows.iter().step_by(expected.rows.len().div_ceil(ROWS)) {
        let slice = Slice::of_prefix(row.place.values.as_clustering().iter());
        for direction in [Direction::Forward, Direction::Reversed] {
            let begun = Instant::now();
            let is_there = reader.slice(slice.clone(), direction)?.advance_unfiltered()?;
            timed.rows_seconds += begun.elapsed().as_secs_f64();
            timed.rows += 1;
            if !is_there || !rows_of(reader, slice.clone(), direction)?.contains(row) {
                return Ok(Some(format!("row {:?} is not found as it is, {direction:?}", row.place)));
            }
        }
    }
    Ok(None)
}

fn rows_of(reader: &mut Reader, slice: Slice, direction: Direction) -> Result<Vec<ScannedRow>> {
    let mut rows = reader.slice(slice, direction)?;
    let mut found = Vec::new();
    while rows.advance_unfiltered()? {
        let unfiltered = rows.unfiltered();
        let Unfiltered::Row(row) = unfiltered else { continue };
        let mut place = cqlite_sstable::row::PrefixBuffer::bottom();
        place.set(unfiltered.place());
        let mut text = row_text(&row);
        while rows.advance_item()? {
            text.push_str(&format!("{:?}", rows.item()));
        }
        found.push(ScannedRow { place, digest: crc32fast::hash(text.as_bytes()) });
    }
    Ok(found)
}

/// A key that is near one that is there, or anywhere.
fn absent_key(partitions: &[ScannedPartition], number: u64) -> Vec<u8> {
    let random = scatter(number);
    let near = partitions.get((random % partitions.len().max(1) as u64) as usize);
    let mut key = near.map(|one| one.key.clone()).unwrap_or_default();
    match random >> 60 {
        0..=3 => key.truncate((random >> 32) as usize % (key.len() + 1)),
        4..=7 => key.push(random as u8),
        8..=11 => key = scatter(random).to_be_bytes().to_vec(),
        _ => {
            let place = (random >> 32) as usize % key.len().max(1);
            if let Some(byte) = key.get_mut(place) {
                *byte ^= 1 << (random >> 8 & 7);
            }
        }
    }
    key
}
