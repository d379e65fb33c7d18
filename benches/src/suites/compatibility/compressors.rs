//! SSTables of every compressor.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use cqlite_sstable::reader::Sstable;
use cqlite_tests::fixtures;
use cqlite_tests::known::KnownTable;
use cqlite_tests::performance::Unit;

use super::agreement::Agreement;
use super::known::corpus;
use super::opened;
use super::scanned::read_through;
use crate::load::Result;
use crate::suite::{Scale, Stage};

/// The share of tables that agree.
pub(super) const AGREEING: &str = "compatibility.compressors.agreeing";

/// What SSTables of tables without compression are called here.
const UNCOMPRESSED: &str = "none";

/// All compressors, as figures name them.
const COMPRESSORS: [&str; 6] = [
    UNCOMPRESSED,
    "DeflateCompressor",
    "LZ4Compressor",
    "NoopCompressor",
    "SnappyCompressor",
    "ZstdCompressor",
];

/// Compares tables of all compressors, and reads their SSTables through.
///
/// # Errors
/// If an answer differs, or there are no SSTables of a compressor.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let mut tables = fixtures::tables()?;
    tables.retain(|table| table.keyspace == "compression");
    let mut agreement = Agreement::default();
    stage.tell(format!("{} tables are compared", tables.len()));
    for table in &tables {
        let db = opened::fixture(table)?;
        agreement.take(table.directory.display(), opened::compare(&db, table)?.1);
    }
    if let Some(corpus) = corpus().filter(|_| stage.scale() == Scale::Full) {
        let place = stage.empty("schemas")?;
        let mut of_corpus = opened::tables_of(&corpus)?;
        of_corpus.retain(|table| table.set.ends_with("/compressors"));
        for table in &of_corpus {
            let db = opened::of_corpus(table, &place)?;
            agreement.take(table.directory.display(), opened::compare(&db, table)?.1);
        }
        tables.extend(of_corpus);
    }
    let by_compressor = by_compressor(&tables)?;
    for compressor in COMPRESSORS {
        let sstables =
            by_compressor.get(compressor).ok_or_else(|| format!("there are no SSTables of {compressor}"))?;
        // The first one finds nothing in the memory of the system.
        sstables.iter().try_for_each(|sstable| read_through(sstable).map(drop))?;
        for round in 0..stage.rounds() {
            stage.tell(format!("{compressor}, {} SSTables, round {}", sstables.len(), round + 1));
            read(stage, compressor, sstables)?;
        }
    }
    agreement.record(stage, AGREEING, 9)
}

fn by_compressor(tables: &[KnownTable]) -> Result<BTreeMap<&'static str, Vec<Sstable>>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for sstable in tables.iter().flat_map(|table| &table.sstables) {
        let sstable = Sstable::open(&sstable.data_path)?;
        let name = sstable.compression().map_or(UNCOMPRESSED, |info| info.compressor.class_name());
        found.entry(name).or_default().push(sstable);
    }
    Ok(found)
}

/// Uncompressed bytes that are read in a second.
fn read(stage: &Stage, compressor: &str, sstables: &[Sstable]) -> Result<()> {
    let enough = Duration::from_millis(stage.scale().of(1, 50, 1_000));
    let (mut bytes, begun) = (0_u64, Instant::now());
    while bytes == 0 || begun.elapsed() < enough {
        for sstable in sstables {
            read_through(sstable)?;
            bytes = bytes.saturating_add(sstable.data_length());
        }
    }
    let rate = bytes as f64 / begun.elapsed().as_secs_f64();
    let figure =
        format!("compatibility.compressors.{}", compressor.trim_end_matches("Compressor").to_lowercase());
    stage.monitor().record_metric(&figure, Unit::BytesPerSecond, rate);
    Ok(())
}
