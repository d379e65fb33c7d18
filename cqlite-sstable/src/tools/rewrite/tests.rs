use std::path::{Path, PathBuf};

use super::*;
use crate::component::Component;
use crate::component::statistics::{CommitLogPosition, IntervalSet, Statistics};
use crate::compress::{CompressionParameters, Compressor};
use crate::descriptor::Descriptor;
use crate::error::ErrorKind;
use crate::row::NO_DELETION_TIME;
use crate::types::CqlType;
use crate::version::{Format, Version};

const TABLE: &str = "/data/ks/t-0123456789abcdef0123456789abcdef";

/// The metadata of a real SSTable, to be changed.
fn real() -> Statistics {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let path = statistics_below(&fixtures).expect("a fixture");
    let version = Descriptor::from_file(&path).unwrap().version();
    Statistics::parse(&std::fs::read(path).unwrap(), version).unwrap()
}

fn statistics_below(directory: &Path) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let is_it = |path: &PathBuf| path.to_str().unwrap().ends_with("-Statistics.db");
    let found = entries.iter().find(|path| is_it(path)).cloned();
    found.or_else(|| entries.iter().filter(|path| path.is_dir()).find_map(|path| statistics_below(path)))
}

fn sstable(id: u32) -> Descriptor {
    Descriptor::from_file(format!("{TABLE}/nb-{id}-big-{}", Component::Data).as_ref()).unwrap()
}

fn options(version: &str) -> RewriteOptions {
    let version = Version::parse(version, Format::Big).unwrap();
    let target = Target { version, is_lossy: false };
    RewriteOptions { target, marks_unrepaired: false, compression: None, index_block_bytes: None }
}

/// What is kept of SSTables with these statistics, the first one the oldest.
fn kept(all: &[Statistics], options: &RewriteOptions) -> crate::Result<Kept> {
    let descriptors: Vec<Descriptor> = (1..).take(all.len()).map(sstable).collect();
    let inputs: Vec<RewriteInput<'_>> = descriptors
        .iter()
        .zip(all)
        .map(|(descriptor, statistics)| {
            let partitions = 100;
            RewriteInput { descriptor, statistics, compression: None, partitions }
        })
        .collect();
    keep(&inputs, options)
}

fn changed(change: impl FnOnce(&mut Statistics)) -> Statistics {
    let mut statistics = real();
    change(&mut statistics);
    statistics
}

fn interval(from: i32, to: i32) -> IntervalSet {
    let at = |position| CommitLogPosition { segment_id: 7, position };
    IntervalSet::of(at(from), at(to))
}

#[test]
fn one_input_is_kept_as_it_is() {
    let one = changed(|one| {
        one.stats.sstable_level = 3;
        one.stats.token_space_coverage = Some(0.25);
        one.stats.repaired_at_millis = 1_700_000_000_123;
        one.stats.originating_host_id = Some([9; 16]);
        one.stats.commit_log_intervals = interval(1, 2);
        one.header.min_timestamp = 77;
    });
    let kept = kept(std::slice::from_ref(&one), &options("nb")).unwrap();
    assert_eq!(kept.header, one.header);
    assert_eq!((kept.settings.sstable_level, kept.settings.token_space_coverage), (3, Some(0.25)));
    assert_eq!(kept.settings.repaired_at_millis, 1_700_000_000_123);
    assert_eq!(kept.settings.originating_host_id, Some([9; 16]));
    assert_eq!(kept.settings.commit_log_intervals, one.stats.commit_log_intervals);
    assert_eq!(kept.settings.partitioner, one.validation.partitioner);
    assert_eq!(kept.settings.bloom_filter_fp_chance, one.validation.bloom_filter_fp_chance);
    assert_eq!(kept.partitions, 100);
}

#[test]
fn a_merge_has_the_least_of_the_statistics_as_bases_and_level_zero() {
    let with = |timestamp, deletion, ttl| {
        changed(|one| {
            one.stats.sstable_level = 2;
            one.stats.token_space_coverage = Some(0.25);
            one.stats.min_timestamp = timestamp;
            one.stats.min_local_deletion_time_seconds = deletion;
            one.stats.min_ttl_seconds = ttl;
        })
    };
    let merged = kept(&[with(50, NO_DELETION_TIME, 8), with(40, 1_600_000_000, 9)], &options("nb")).unwrap();
    assert_eq!(merged.header.min_timestamp, 40);
    assert_eq!(merged.header.min_local_deletion_time_seconds, 1_600_000_000);
    assert_eq!((merged.header.min_ttl_seconds, merged.settings.sstable_level), (8, 0));
    assert_eq!(merged.settings.token_space_coverage, None);
    // Nothing has a timestamp or is deleted: the epochs of Cassandra.
    let none = || with(i64::MIN, NO_DELETION_TIME, 0);
    let header = kept(&[none(), none()], &options("nb")).unwrap().header;
    assert_eq!(
        (header.min_timestamp, header.min_local_deletion_time_seconds),
        (1_442_880_000_000_000, 1_442_880_000)
    );
}

#[test]
fn a_deletion_time_that_overflowed_is_no_base_of_a_merge() {
    for overflowed in [i64::from(i32::MIN), -2_000_000_000, -1] {
        let with = |deletion| changed(|one| one.stats.min_local_deletion_time_seconds = deletion);
        let header = kept(&[with(overflowed), with(1_600_000_000)], &options("me")).unwrap().header;
        assert_eq!(header.min_local_deletion_time_seconds, 1_442_880_000);
    }
}

#[test]
fn a_merge_has_all_columns_with_the_types_of_the_newest() {
    let column = |name: &str, column_type| crate::component::statistics::HeaderColumn {
        name: name.as_bytes().to_vec(),
        column_type,
    };
    let with = |columns| changed(|one| one.header.regular_columns = columns);
    let old = with(vec![column("a", CqlType::Int), column("c", CqlType::Text)]);
    let new = with(vec![column("a", CqlType::Varint), column("b", CqlType::Int)]);
    let header = kept(&[old, new], &options("nb")).unwrap().header;
    let columns = [column("a", CqlType::Varint), column("b", CqlType::Int), column("c", CqlType::Text)];
    assert_eq!(header.regular_columns, columns);
}

#[test]
fn repaired_inputs_have_the_least_time_and_mixed_ones_are_refused_by_name() {
    let repaired = |at| changed(|one| one.stats.repaired_at_millis = at);
    let unrepaired = || changed(|one| one.stats.repaired_at_millis = 0);
    let pending = |session| changed(|one| one.stats.pending_repair = Some([session; 16]));
    let millis = |all: &[Statistics]| kept(all, &options("nb")).map(|kept| kept.settings.repaired_at_millis);
    assert_eq!(millis(&[repaired(500), repaired(300)]).unwrap(), 300);
    assert_eq!(millis(&[unrepaired(), unrepaired()]).unwrap(), 0);
    let same = kept(&[pending(1), pending(1)], &options("nb")).unwrap();
    assert_eq!(same.settings.pending_repair, Some([1; 16]));
    for mixed in [[repaired(5), unrepaired()], [pending(1), unrepaired()], [pending(1), pending(2)]] {
        let error = kept(&mixed, &options("nb")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let told = error.to_string();
        assert!(
            told.contains("nb-1-big") && told.contains("nb-2-big") && told.contains("--mark-unrepaired"),
            "{told}"
        );
        let marked = RewriteOptions { marks_unrepaired: true, ..options("nb") };
        let settings = kept(&mixed, &marked).unwrap().settings;
        assert_eq!((settings.repaired_at_millis, settings.pending_repair), (0, None));
    }
}

#[test]
fn commit_log_intervals_are_kept_of_one_host_alone() {
    let of = |host, from, to| {
        changed(|one| {
            one.stats.originating_host_id = host;
            one.stats.commit_log_intervals = interval(from, to);
        })
    };
    let settings = |all: &[Statistics]| kept(all, &options("nb")).unwrap().settings;
    let same = settings(&[of(Some([1; 16]), 1, 5), of(Some([1; 16]), 9, 12)]);
    assert_eq!(same.originating_host_id, Some([1; 16]));
    assert_eq!(same.commit_log_intervals.intervals().len(), 2);
    for hosts in [[Some([1; 16]), Some([2; 16])], [None, None], [Some([1; 16]), None]] {
        let settings = settings(&hosts.map(|host| of(host, 1, 5)));
        assert_eq!((settings.originating_host_id, settings.commit_log_intervals.is_empty()), (None, true));
    }
}

#[test]
fn what_is_not_one_table_is_refused_by_name() {
    type Change = fn(&mut Statistics);
    let changes: [(&str, Change); 3] = [
        ("partitioner", |one| {
            one.validation.partitioner = "org.apache.cassandra.dht.RandomPartitioner".to_owned();
        }),
        ("key type", |one| one.header.key_type = CqlType::Duration),
        ("clustering types", |one| one.header.clustering_types.push(CqlType::Duration)),
    ];
    for (what, change) in changes {
        let error = kept(&[real(), changed(change)], &options("nb")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let told = error.to_string();
        assert!(told.contains(what) && told.contains("nb-1-big") && told.contains("nb-2-big"), "{told}");
    }
    assert_eq!(kept(&[], &options("nb")).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn what_statistics_tell_that_a_version_cannot_hold_is_refused_before_anything_is_written() {
    let late = [changed(|one| {
        one.stats.min_local_deletion_time_seconds = 2_000_000_000;
        one.stats.max_local_deletion_time_seconds = 2_200_000_000;
    })];
    let error = kept(&late, &options("nb")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("2200000000") && error.to_string().contains("--lossy"), "{error}");
    kept(&late, &options("oa")).unwrap();
    let lossy = Target { is_lossy: true, ..options("nb").target };
    kept(&late, &RewriteOptions { target: lossy, ..options("nb") }).unwrap();
    let pending = [changed(|one| one.stats.pending_repair = Some([1; 16]))];
    assert_eq!(kept(&pending, &options("me")).unwrap_err().kind(), ErrorKind::Unsupported);
    kept(&pending, &RewriteOptions { marks_unrepaired: true, ..options("me") }).unwrap();
}

#[test]
fn compression_is_that_of_the_newest_input_unless_another_is_chosen() {
    let (descriptors, statistics) = ([sstable(1), sstable(2)], real());
    let chosen = [None, Some(CompressionParameters::of(Compressor::Snappy))];
    let inputs: Vec<RewriteInput<'_>> = descriptors
        .iter()
        .zip(chosen.clone())
        .map(|(descriptor, compression)| {
            let (statistics, partitions) = (&statistics, 100);
            RewriteInput { descriptor, statistics, compression, partitions }
        })
        .collect();
    assert_eq!(keep(&inputs, &options("nb")).unwrap().compression, chosen[1]);
    let none = RewriteOptions { compression: Some(None), ..options("nb") };
    assert_eq!(keep(&inputs, &none).unwrap().compression, None);
}
