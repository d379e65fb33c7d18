//! Each scenario of the integration suite, in small: it completes, and what of its targets does not depend on time holds.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

mod tried;

use cqlite_tests::performance::PerformanceTargets as Targets;

use tried::assert_holds;

#[test]
fn answers_stay_the_same_in_memory_flushed_compacted_and_opened_again() {
    assert_holds("integration/end-to-end", &[]);
}

#[test]
fn readers_beside_writers_see_whole_batches_and_growing_counters() {
    assert_holds("integration/concurrent", &["integration.concurrent.torn_reads"]);
}

#[test]
fn a_database_with_little_memory_has_all_records_and_stays_below_its_bound() {
    assert_holds("integration/memory-constrained", &["integration.memory.peak"]);
}

#[test]
fn many_sstables_are_read_with_few_files_and_little_memory() {
    let targets = ["integration.many_sstables.open_files_each", "integration.many_sstables.peak_memory"];
    assert_holds("integration/many-sstables", &targets);
}

#[test]
fn queries_answer_as_a_naive_model_does() {
    assert_holds("integration/complex-queries", &[]);
}

#[test]
fn a_mixed_load_with_flushes_compactions_and_checkpoints_loses_nothing() {
    assert_holds("integration/sustained", &[]);
}

#[test]
fn no_acknowledged_write_is_lost_when_a_process_is_killed() {
    assert_holds("integration/recovery", &["integration.recovery.lost_writes"]);
}

#[test]
fn bloom_filters_are_as_good_as_asked_for_and_keep_absent_keys_from_the_data() {
    let targets = [Targets::BLOOM_FALSE_POSITIVES, Targets::BLOOM_ABSENT_WITHOUT_DATA];
    assert_holds("integration/bloom-filters", &targets);
}

#[test]
fn caches_keep_what_is_hot() {
    // A cache of a few dozen chunks says nothing about how near it comes to the best one.
    assert_holds("integration/caches", &[Targets::CACHE_HITS_FITTING, "integration.cache.hits.hot_set"]);
}
