//! Options that are changed while the database is open, and what its metrics tell of it.

use std::time::{Duration, Instant};

use cqlite_core::Database;
use cqlite_core::storage::commitlog::{SegmentCompression, SyncMode};
use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_core::storage::store::Metrics;
use cqlite_sstable::compress::Compressor;

use super::rows::{all, key, on, put, with_table};

/// Nobody waits longer for what comes by itself.
const PATIENCE: Duration = Duration::from_secs(60);

fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_compaction_that_crawls_goes_on_at_once_when_its_limit_is_lifted() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()).compaction_throughput(Some(1)));
    assert_eq!(db.compaction_throughput(), Some(1));
    for round in 0..4 {
        for c in 0..500 {
            db.write(&put(&db, &table, &format!("k{c}"), round, &"x".repeat(200))).unwrap();
        }
        db.flush(table.id()).unwrap();
    }
    let expected = all(&db, &table);
    until("it begins", || !db.running_compactions().is_empty());
    db.set_compaction_throughput(None);
    assert_eq!(db.compaction_throughput(), None);
    db.wait_idle();
    let metrics = db.metrics();
    let of_table = metrics.tables.iter().find(|one| one.id == table.id()).unwrap();
    assert_eq!((of_table.sstables, of_table.flushes, of_table.compactions), (1, 4, 1));
    let amplification = of_table.write_amplification().unwrap();
    assert!((1.2..2.1).contains(&amplification), "{amplification}");
    assert_eq!(all(&db, &table), expected);
}

#[test]
fn a_periodic_log_is_synced_by_its_new_interval() {
    let place = tempfile::tempdir().unwrap();
    let mode = SyncMode::Periodic { interval: Duration::from_secs(100_000) };
    let (db, table) = with_table(on(place.path()).sync_mode(mode));
    db.sync().unwrap();
    let before = db.metrics().commit_log.unwrap().syncs;
    db.write(&put(&db, &table, "a", 1, "x")).unwrap();
    db.set_commit_log_interval(Duration::from_millis(1)).unwrap();
    until("it is synced", || db.metrics().commit_log.unwrap().syncs > before);
    drop(db);
    let (db, _) = with_table(on(place.path()).sync_mode(SyncMode::Batch));
    assert!(db.set_commit_log_interval(Duration::from_millis(1)).is_err());
}

#[test]
fn a_log_that_may_be_smaller_than_it_is_has_its_oldest_tables_flushed() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()).commit_log_segment(16 << 10));
    (0..400).for_each(|c| db.write(&put(&db, &table, "a", c, &"x".repeat(200))).unwrap());
    assert!(db.metrics().commit_log_bytes > 80 << 10);
    let expected = all(&db, &table);
    db.set_commit_log_size(32 << 10);
    until("the log is small", || db.metrics().commit_log_bytes <= 64 << 10);
    assert_eq!(all(&db, &table), expected);
}

#[test]
fn the_metrics_tell_what_each_compressor_did_for_the_log() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()).commit_log_segment(16 << 10));
    for compressor in [Compressor::Lz4, Compressor::Snappy, Compressor::Deflate, Compressor::Zstd] {
        db.set_commit_log_compression(Some(SegmentCompression::new(compressor))).unwrap();
        (0..400).for_each(|c| db.write(&put(&db, &table, "a", c, &"x".repeat(200))).unwrap());
    }
    let log = db.metrics().commit_log.unwrap();
    for codec in [log.lz4, log.snappy, log.deflate, log.zstd] {
        assert!(codec.sections > 100 && codec.compress_time > Duration::ZERO, "{log:?}");
        assert!(codec.ratio().unwrap() < 0.9, "{log:?}");
    }
    let compressed =
        [log.lz4, log.snappy, log.deflate, log.zstd].map(|codec| codec.content_bytes).iter().sum::<u64>();
    assert!(compressed <= log.content_bytes);
}

#[test]
fn a_smaller_chunk_cache_lets_chunks_go_and_the_rates_are_told() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    assert_eq!(db.metrics().read_amplification(), None);
    db.pause_compactions();
    for round in 0..3 {
        for c in 0..300 {
            db.write(&put(&db, &table, &format!("k{c}"), round, &format!("{c}").repeat(300))).unwrap();
        }
        db.flush(table.id()).unwrap();
    }
    let before = db.metrics();
    (0..300).for_each(|c| assert_eq!(key(&db, &table, &format!("k{c}")).len(), 3));
    let metrics = db.metrics();
    assert_eq!(metrics.key_lookups - before.key_lookups, 300);
    assert_eq!(metrics.sstables_found - before.sstables_found, 900);
    let filtered = |metrics: &Metrics| {
        [metrics.filter_rejections, metrics.filter_passes, metrics.filter_false_positives]
    };
    let [_, passes, false_positives] = filtered(&metrics);
    assert!(passes > 800 && false_positives == 0, "{metrics:?}");
    (0..1_000).for_each(|c| assert_eq!(key(&db, &table, &format!("absent{c}")).len(), 0));
    let [rejections, more_passes, false_positives] = filtered(&db.metrics());
    assert!(rejections > 2_000 && false_positives < 150, "{rejections} {false_positives}");
    assert_eq!(more_passes - passes, false_positives);
    assert!(metrics.chunk_cache_bytes > 0);
    assert!((0.0..=1.0).contains(&metrics.chunk_cache_hit_rate().unwrap()));
    assert!(metrics.key_cache_hit_rate().unwrap() > 0.9, "{metrics:?}");
    db.set_chunk_cache(0);
    assert_eq!(db.metrics().chunk_cache_bytes, 0);
    assert_eq!(key(&db, &table, "k7").len(), 3);
    db.set_memory(48 << 20);
    (0..300).for_each(|c| assert_eq!(key(&db, &table, &format!("k{c}")).len(), 3));
    assert!(db.metrics().chunk_cache_bytes > 0);
    db.resume_compactions();
    db.compact(table.id(), &CompactionRequest::Major { splits: false }).unwrap();
    assert!(db.metrics().write_amplification().unwrap() > 1.0);
}

#[test]
fn while_compactions_are_paused_nobody_waits_for_one() {
    let (db, table) = with_table(Database::in_memory().unwrap());
    for round in 0..4 {
        db.write(&put(&db, &table, "a", round, "x")).unwrap();
        db.flush(table.id()).unwrap();
    }
    db.wait_idle();
    db.pause_compactions();
    for round in 0..8 {
        db.write(&put(&db, &table, "a", round, "y")).unwrap();
        db.flush(table.id()).unwrap();
    }
    let request = CompactionRequest::Major { splits: false };
    let refused = db.compact(table.id(), &request).unwrap_err();
    assert!(refused.advice().is_some_and(|advice| advice.contains("resume_compactions")), "{refused}");
    db.wait_idle();
    db.resume_compactions();
    db.compact(table.id(), &request).unwrap();
    assert_eq!(db.view().table(table.id()).unwrap().sstables().len(), 1);
}

#[test]
fn the_space_that_overwritten_partitions_take_is_told_until_they_are_compacted() {
    let (db, table) = with_table(Database::in_memory().unwrap());
    db.pause_compactions();
    let of_table = || db.metrics().tables.into_iter().find(|one| one.id == table.id()).unwrap();
    assert_eq!(of_table().space_amplification(), None);
    for round in 0..4 {
        for k in 0..300 {
            db.write(&put(&db, &table, &format!("k{k}"), 1, &round.to_string())).unwrap();
        }
        db.flush(table.id()).unwrap();
    }
    let told = of_table().space_amplification().unwrap();
    assert!((3.8..4.2).contains(&told), "each partition is in four SSTables: {told}");
    assert!(db.metrics().space_amplification().unwrap() > 1.5);
    for k in 0..1_200 {
        db.write(&put(&db, &table, &format!("new{k}"), 1, "x")).unwrap();
    }
    db.flush(table.id()).unwrap();
    let told = of_table().space_amplification().unwrap();
    assert!((1.4..1.8).contains(&told), "2400 are there, and 1500 are different: {told}");
    db.resume_compactions();
    db.compact(table.id(), &CompactionRequest::Major { splits: false }).unwrap();
    assert_eq!(of_table().space_amplification(), Some(1.0));
}
