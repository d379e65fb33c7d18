//! What is written about an SSTable's content is what Cassandra wrote about the same content.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;
use std::path::{Path, PathBuf};

use cqlite_sstable::component::statistics::{
    EstimatedHistogram, Statistics, StatisticsCollector, StatisticsSettings, StatsMetadata,
};
use cqlite_sstable::component::{BloomFilter, FilterLayout, digest, toc};
use cqlite_sstable::partitioner::hash3_x64_128;
use cqlite_sstable::reader::{Cursor, ScanOptions, Sstable};
use cqlite_sstable::row::{RowItem, Unfiltered, UnfilteredPartitions};
use cqlite_sstable::{Component, Format, Version};
use cqlite_tests::{
    available::{cassandra_or_skip, corpus_or_skip},
    cassandra::Tools,
    filters::keys_of_filter,
    fixtures,
    known::KnownSstable,
    scratch,
};

/// The versions that are written.
const WRITTEN: [&str; 4] = ["me", "nb", "oa", "da"];

/// The last second that a time can be before `oa`. Cassandra rounds bins up past it, and reads those back as this.
const LAST_LEGACY_SECOND: i64 = i32::MAX as i64 - 1;

fn version_of(sstable: &KnownSstable) -> Version {
    let format = if sstable.version == "da" { Format::Bti } else { Format::Big };
    Version::parse(&sstable.version, format).unwrap()
}

fn component(sstable: &KnownSstable, component: Component) -> PathBuf {
    sstable.directory().join(format!("{}-{component}", sstable.stem()))
}

fn written_versions(mut sstables: Vec<KnownSstable>) -> Vec<KnownSstable> {
    sstables.retain(|sstable| WRITTEN.contains(&sstable.version.as_str()));
    sstables
}

/// Why a Statistics.db is not written again with the same bytes, though with the same content.
fn reason_for_other_bytes(sstable: &KnownSstable, read: &Statistics) -> Option<&'static str> {
    let bins = read.stats.estimated_tombstone_drop_times.bins();
    if sstable.table == "vectors" {
        return Some("the header has vectors of types that are not frozen, which all readers take as frozen");
    }
    if sstable.version == "nb" && sstable.table == "x_dense_prefix" {
        return Some("nulls in the covered clusterings left zeros at the end of STATS");
    }
    if sstable.version == "nb" && bins.iter().any(|bin| bin.local_deletion_time_seconds == LAST_LEGACY_SECOND)
    {
        return Some("a bin past 2038 was read as the last second");
    }
    None
}

/// How many were compared, and how many of them had other bytes for a reason.
fn rewrite_all(sstables: &[KnownSstable]) -> (usize, usize) {
    let mut with_reason = 0;
    for sstable in sstables {
        let file = fs::read(component(sstable, Component::Statistics)).unwrap();
        let read = Statistics::parse(&file, version_of(sstable)).unwrap();
        let written = read.write(read.version).unwrap();
        let shown = sstable.data_path.display();
        if let Some(reason) = reason_for_other_bytes(sstable, &read) {
            let again = Statistics::parse(&written, read.version).unwrap();
            assert_ne!(written, file, "{shown}: it is no longer so that {reason}");
            assert_eq!(
                (again.stats, again.header, again.compaction, again.validation),
                (read.stats, read.header, read.compaction, read.validation),
                "{shown}"
            );
            with_reason += 1;
        } else {
            assert!(written == file, "{shown}: other bytes");
        }
    }
    (sstables.len(), with_reason)
}

#[test]
fn a_statistics_file_of_every_fixture_is_written_as_it_was_read() {
    let (all, with_reason) = rewrite_all(&written_versions(fixtures::sstables().unwrap()));
    assert!(all > 180 && with_reason == 3, "{all} {with_reason}");
}

#[test]
fn a_statistics_file_of_the_corpus_is_written_as_it_was_read() {
    let Some(corpus) = corpus_or_skip("a_statistics_file_of_the_corpus_is_written_as_it_was_read") else {
        return;
    };
    let (all, with_reason) = rewrite_all(&written_versions(corpus.sstables().unwrap()));
    assert!(all > 400 && with_reason * 8 < all, "{all} {with_reason}");
}

/// What a collector tells of the rows of an SSTable; what rows do not tell is taken from its own Statistics.db.
fn collected(sstable: &Sstable, data_path: &Path) -> Statistics {
    let plain_length = || fs::metadata(data_path).unwrap().len();
    let data_length = sstable.compression().map_or_else(plain_length, |info| info.data_length_bytes);
    let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
    let mut collector = StatisticsCollector::new(sstable.version(), sstable.header());
    let mut begun: Option<u64> = None;
    while cursor.advance_partition().unwrap() {
        if let Some(begun) = begun.replace(cursor.partition_position()) {
            collector.end_partition(cursor.partition_position() - begun);
        }
        collect_partition(&mut cursor, &mut collector);
    }
    collector.end_partition(data_length - begun.unwrap());
    collector.finish(sstable.header().clone(), settings_of(sstable.statistics()))
}

fn settings_of(stated: &Statistics) -> StatisticsSettings {
    let stats = &stated.stats;
    StatisticsSettings {
        compression_ratio: (stats.compression_ratio != -1.0).then_some(stats.compression_ratio),
        sstable_level: stats.sstable_level,
        repaired_at_millis: stats.repaired_at_millis,
        pending_repair: stats.pending_repair,
        is_transient: stats.is_transient,
        originating_host_id: stats.originating_host_id,
        commit_log_intervals: stats.commit_log_intervals.clone(),
        token_space_coverage: stats.token_space_coverage,
        ..StatisticsSettings::new(&stated.validation.partitioner, stated.validation.bloom_filter_fp_chance)
    }
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

/// What was counted, whatever buckets there are for more.
fn counted(histogram: &EstimatedHistogram) -> Vec<(i64, i64)> {
    histogram.buckets().filter(|(_, count)| *count > 0).collect()
}

/// Makes the fields equal of which it is known why they are not.
fn explain(sstable: &KnownSstable, ours: &mut StatsMetadata, theirs: &StatsMetadata) {
    // An earlier release wrote fewer buckets for partition sizes than 5.0.
    if sstable.version == "nb" && sstable.data_path.to_string_lossy().contains("legacy_nb_") {
        let (a, b) = (&ours.estimated_partition_size_bytes, &theirs.estimated_partition_size_bytes);
        assert_eq!((counted(a), b.buckets().count()), (counted(b), 150));
        ours.estimated_partition_size_bytes = b.clone();
    }
    // Times past 2038 were negative to the release that wrote these two.
    if sstable.data_path.to_string_lossy().contains("negative-ldts/invalid_range_tombstone") {
        assert_eq!(
            (ours.min_local_deletion_time_seconds, theirs.min_local_deletion_time_seconds),
            (LAST_LEGACY_SECOND, -1)
        );
        ours.min_local_deletion_time_seconds = -1;
        ours.estimated_tombstone_drop_times = theirs.estimated_tombstone_drop_times.clone();
    }
}

fn collect_all(sstables: &[KnownSstable]) -> usize {
    for known in sstables {
        let sstable = Sstable::open(&known.data_path).unwrap();
        let ours = collected(&sstable, &known.data_path).write(sstable.version()).unwrap();
        let mut ours = Statistics::parse(&ours, sstable.version()).unwrap();
        let theirs = sstable.statistics();
        explain(known, &mut ours.stats, &theirs.stats);
        let shown = known.data_path.display();
        assert_eq!(ours.stats, theirs.stats, "{shown}");
        assert_eq!(ours.compaction, theirs.compaction, "{shown}");
        assert_eq!((&ours.validation, &ours.header), (&theirs.validation, &theirs.header), "{shown}");
    }
    sstables.len()
}

#[test]
fn what_is_collected_from_every_fixture_is_what_its_statistics_say() {
    let compared = collect_all(&written_versions(fixtures::sstables().unwrap()));
    assert!(compared > 180, "only {compared} were compared");
}

#[test]
fn what_is_collected_from_the_corpus_is_what_its_statistics_say() {
    let Some(corpus) = corpus_or_skip("what_is_collected_from_the_corpus_is_what_its_statistics_say") else {
        return;
    };
    let compared = collect_all(&written_versions(corpus.sstables().unwrap()));
    assert!(compared > 400, "only {compared} were compared");
}

fn rebuild_filters(sstables: &[KnownSstable]) -> usize {
    let mut rebuilt = 0;
    for known in sstables {
        let sstable = Sstable::open(&known.data_path).unwrap();
        let Ok(file) = fs::read(component(known, Component::Filter)) else {
            assert_eq!(sstable.statistics().validation.bloom_filter_fp_chance, 1.0);
            continue;
        };
        let fp_chance = sstable.statistics().validation.bloom_filter_fp_chance;
        let shown = known.data_path.display();
        let keys = keys_of_filter(file.len(), fp_chance).unwrap_or_else(|| panic!("{shown}"));
        let mut filter = BloomFilter::with_chance(keys, fp_chance).unwrap().unwrap();
        let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
        while cursor.advance_partition().unwrap() {
            filter.add(hash3_x64_128(UnfilteredPartitions::partition(&cursor).key, 0));
        }
        let mut written = Vec::new();
        filter.write(FilterLayout::of(sstable.version()), &mut written).unwrap();
        assert!(written == file, "{shown}: another filter");
        rebuilt += 1;
    }
    rebuilt
}

#[test]
fn a_filter_of_the_keys_of_every_fixture_has_the_bytes_of_its_file() {
    let rebuilt = rebuild_filters(&fixtures::sstables().unwrap());
    assert!(rebuilt > 200, "only {rebuilt} were made");
}

#[test]
fn a_filter_of_the_keys_in_the_corpus_has_the_bytes_of_its_file() {
    let Some(corpus) = corpus_or_skip("a_filter_of_the_keys_in_the_corpus_has_the_bytes_of_its_file") else {
        return;
    };
    let rebuilt = rebuild_filters(&corpus.sstables().unwrap());
    assert!(rebuilt > 600, "only {rebuilt} were made");
}

#[test]
fn the_list_of_components_and_the_digest_have_the_bytes_of_cassandras() {
    let mut compared = 0;
    for sstable in fixtures::sstables().unwrap() {
        // Older releases list the components in the order of a hash table.
        if !matches!(sstable.version.as_str(), "nb" | "oa" | "da") {
            continue;
        }
        let shown = sstable.data_path.display();
        let file = fs::read(component(&sstable, Component::Toc)).unwrap();
        let there: Vec<Component> =
            Component::ALL.into_iter().filter(|one| component(&sstable, *one).exists()).collect();
        assert_eq!(String::from_utf8(toc::write(&there)), String::from_utf8(file), "{shown}");
        let file = fs::read(component(&sstable, Component::Digest)).unwrap();
        let checksum = crc32fast::hash(&fs::read(&sstable.data_path).unwrap());
        assert_eq!(digest::write(checksum), file, "{shown}");
        compared += 1;
    }
    assert!(compared > 180, "only {compared} were compared");
}

/// Without the line that names a path, and the one that depends on the clock.
fn lasting(text: &[u8]) -> Vec<String> {
    let varies =
        |line: &&str| line.starts_with("SSTable: ") || line.starts_with("Estimated droppable tombstones: ");
    let text = String::from_utf8_lossy(text);
    text.split('\n').filter(|line| !varies(line)).map(str::to_owned).collect()
}

#[test]
fn the_tool_of_cassandra_tells_the_same_of_statistics_that_are_written_here() {
    let Some(cassandra) =
        cassandra_or_skip("the_tool_of_cassandra_tells_the_same_of_statistics_that_are_written_here")
    else {
        return;
    };
    let mut tools = Tools::shared(&cassandra).unwrap();
    let sstables = written_versions(fixtures::sstables().unwrap());
    let mut compared = 0;
    for known in sstables.iter().step_by(6).chain(sstables.iter().filter(|one| one.version == "me")) {
        // The tool asks the directory's name for the table.
        let place = scratch::directory();
        let table = place.path().join("keyspace").join(known.directory().file_name().unwrap());
        fs::create_dir_all(&table).unwrap();
        for one in Component::ALL.into_iter().filter(|one| component(known, *one).exists()) {
            let from = component(known, one);
            fs::copy(&from, table.join(from.file_name().unwrap())).unwrap();
        }
        let sstable = Sstable::open(&known.data_path).unwrap();
        let ours = collected(&sstable, &known.data_path).write(sstable.version()).unwrap();
        let copy = table.join(known.data_path.file_name().unwrap());
        let before = tools.sstablemetadata(&copy, &[] as &[&str]).unwrap();
        fs::write(table.join(component(known, Component::Statistics).file_name().unwrap()), ours).unwrap();
        let after = tools.sstablemetadata(&copy, &[] as &[&str]).unwrap();
        assert!(after.success(), "{}: {}", known.data_path.display(), after.stderr);
        assert_eq!(lasting(&after.stdout), lasting(&before.stdout), "{}", known.data_path.display());
        compared += 1;
    }
    assert!(compared > 30, "only {compared} were compared");
}
