//! What is written about an SSTable's content is what Cassandra wrote about the same content.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;

use cqlite_sstable::component::statistics::{
    CardinalityEstimator, Statistics, StatisticsCollector, StatisticsSettings, StatsMetadata,
};
use cqlite_sstable::reader::{Cursor, ScanOptions, Sstable};
use cqlite_sstable::row::{RowItem, Unfiltered, UnfilteredPartitions};
use cqlite_sstable::{Format, Version};
use cqlite_tests::{available::corpus_or_skip, fixtures, known::KnownSstable};

fn version_of(sstable: &KnownSstable) -> Version {
    let format = if sstable.version == "da" { Format::Bti } else { Format::Big };
    Version::parse(&sstable.version, format).unwrap()
}

fn statistics_file(sstable: &KnownSstable) -> Vec<u8> {
    fs::read(sstable.directory().join(format!("{}-Statistics.db", sstable.stem()))).unwrap()
}

/// The SSTables whose Statistics.db is not written again as it was.
fn rewritten_otherwise(sstables: &[KnownSstable]) -> Vec<String> {
    let differs = |sstable: &&KnownSstable| {
        let file = statistics_file(sstable);
        let read = Statistics::parse(&file, version_of(sstable)).unwrap();
        let ours = read.write(read.version).unwrap();
        if ours != file {
            let n = ours[44..].iter().zip(&file[44..]).take_while(|(a, b)| a == b).count() + 44;
            eprintln!(
                "AT {} {} {n} header {} len {} {} {:?} {:?} {:?}",
                sstable.version,
                sstable.data_path.display(),
                read.header_offset,
                ours.len(),
                file.len(),
                &ours[n..(n + 16).min(ours.len())],
                &file[n..n + 16],
                String::from_utf8_lossy(&file[n - 50..n])
            );
        }
        ours != file
    };
    sstables.iter().filter(differs).map(|sstable| sstable.data_path.display().to_string()).collect()
}

#[test]
fn a_statistics_file_of_every_fixture_is_written_as_it_was_read() {
    let sstables = fixtures::sstables().unwrap();
    let others = rewritten_otherwise(&sstables);
    eprintln!("{} {others:#?}", sstables.len());
    assert!(others.is_empty());
}

#[test]
fn a_statistics_file_of_the_corpus_is_written_as_it_was_read() {
    let Some(corpus) = corpus_or_skip("a_statistics_file_of_the_corpus_is_written_as_it_was_read") else {
        return;
    };
    let sstables = corpus.sstables().unwrap();
    let others = rewritten_otherwise(&sstables);
    eprintln!("{} {others:#?}", sstables.len());
    assert!(others.is_empty());
}

/// What a collector tells of the rows of an SSTable, all else taken from its own Statistics.db.
fn collected(sstable: &Sstable, data_length: u64) -> Statistics {
    let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
    let mut collector = StatisticsCollector::new(sstable.header());
    let mut begun: Option<u64> = None;
    while cursor.advance_partition().unwrap() {
        if let Some(begun) = begun.replace(cursor.partition_position()) {
            collector.end_partition(cursor.partition_position() - begun);
        }
        collect_partition(&mut cursor, &mut collector);
    }
    collector.end_partition(data_length - begun.unwrap());
    let stated = sstable.statistics();
    let settings = StatisticsSettings {
        compression_ratio: (stated.stats.compression_ratio != -1.0).then_some(stated.stats.compression_ratio),
        sstable_level: stated.stats.sstable_level,
        repaired_at_millis: stated.stats.repaired_at_millis,
        pending_repair: stated.stats.pending_repair,
        is_transient: stated.stats.is_transient,
        originating_host_id: stated.stats.originating_host_id,
        commit_log_intervals: stated.stats.commit_log_intervals.clone(),
        token_space_coverage: stated.stats.token_space_coverage,
        ..StatisticsSettings::new(&stated.validation.partitioner, stated.validation.bloom_filter_fp_chance)
    };
    collector.finish(sstable.version(), sstable.header().clone(), settings)
}

fn collect_partition(cursor: &mut Cursor, collector: &mut StatisticsCollector) {
    let partition = UnfilteredPartitions::partition(cursor);
    collector.start_partition(partition.key, partition.deletion);
    if let Some(row) = &partition.static_row {
        collector.row(row);
        collect_items(cursor, collector);
    }
    while cursor.advance_unfiltered().unwrap() {
        match UnfilteredPartitions::unfiltered(cursor) {
            Unfiltered::Row(row) => {
                collector.row(&row);
                collect_items(cursor, collector);
            }
            Unfiltered::Marker(marker) => collector.marker(&marker),
        }
    }
}

fn collect_items(cursor: &mut Cursor, collector: &mut StatisticsCollector) {
    while cursor.advance_item().unwrap() {
        match UnfilteredPartitions::item(cursor) {
            RowItem::ComplexDeletion { deletion, .. } => collector.complex_deletion(deletion),
            RowItem::Cell(cell) => collector.cell(&cell),
        }
    }
    collector.end_row();
}

/// The fields in which the two differ.
fn differences(ours: &Statistics, theirs: &Statistics) -> Vec<&'static str> {
    let mut fields = Vec::new();
    let (a, b) = (&ours.stats, &theirs.stats);
    macro_rules! compare { ($($field:ident)*) => { $(
        if a.$field != b.$field {
            eprintln!("{}: {:?} {:?}", stringify!($field), a.$field, b.$field);
            fields.push(stringify!($field));
        }
    )* } }
    compare! {
        estimated_partition_size_bytes estimated_cells_per_partition commit_log_upper_bound min_timestamp max_timestamp
        min_local_deletion_time_seconds max_local_deletion_time_seconds min_ttl_seconds max_ttl_seconds
        compression_ratio estimated_tombstone_drop_times sstable_level repaired_at_millis clustering_types
        covered_clusterings has_legacy_counter_shards total_columns_set total_rows commit_log_lower_bound
        commit_log_intervals pending_repair is_transient originating_host_id has_partition_level_deletions
        first_key last_key token_space_coverage
    }
    if ours.compaction != theirs.compaction {
        fields.push("cardinality");
    }
    if ours.validation != theirs.validation || ours.header != theirs.header {
        fields.push("validation or header");
    }
    fields
}

#[test]
fn explore() {
    let Some(corpus) = corpus_or_skip("explore") else { return };
    let mut sstables = corpus.sstables().unwrap();
    sstables.extend(fixtures::sstables().unwrap());
    let mut n = 0;
    for known in &sstables {
        let Ok(sstable) = Sstable::open(&known.data_path) else { continue };
        let length = sstable
            .compression()
            .map_or_else(|| fs::metadata(&known.data_path).unwrap().len(), |c| c.data_length_bytes);
        let ours = collected(&sstable, length);
        // as it is read again
        let version = sstable.version();
        let ours = Statistics::parse(&ours.write(version).unwrap(), version).unwrap();
        let fields = differences(&ours, sstable.statistics());
        n += 1;
        if !fields.is_empty() {
            eprintln!("DIFF {} {} {fields:?}", known.version, known.data_path.display());
        }
    }
    eprintln!("{n} compared");
}
