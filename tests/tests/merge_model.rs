//! The merge against a model that is written straight from the rules: what of each row is left, by looking at all versions
//! of each cell at once.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

#[path = "merge_model/histories.rs"]
mod histories;
#[path = "merge_model/model.rs"]
mod model;
#[path = "merge_model/told.rs"]
mod told;

use std::collections::BTreeMap;
use std::ops::{Bound, Range};
use std::slice;
use std::sync::Arc;

use cqlite_sstable::component::statistics::SerializationHeader;
use cqlite_sstable::merge::{
    LazySource, Merge, Overlaps, Purge, PurgeOptions, SharedColumns, Transformed, WrittenBetween,
};
use cqlite_sstable::row::{ClusteringOrder, DeletionTime, NO_DELETION_TIME, UnfilteredPartitions};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::{ErrorKind, Partitioner, Result};
use cqlite_tests::fuzz::Random;
use cqlite_tests::rows_told::{ColumnNames, rows_told};
use histories::mutation;
use model::{COUNTER, Model, ModelCell, merged};
use told::TableTold;

const SEEDS: u64 = 2_000;

fn merge<'a, S: UnfilteredPartitions + 'a>(
    headers: &[&SerializationHeader],
    sources: Vec<LazySource<'a, S>>,
) -> (Merge<'a, S>, SerializationHeader) {
    let columns = Arc::new(SharedColumns::new(headers).unwrap());
    let header = columns.header(headers).unwrap();
    let order = ClusteringOrder::new(header.clustering_types.clone());
    (Merge::new(Partitioner::Murmur3, columns, order, sources), header)
}

/// Some of the tables merged, each opened when its first key is reached if `is_lazy`.
fn merge_tables<'a>(
    tables: &'a [TableTold],
    is_lazy: bool,
) -> (Merge<'a, told::Source<'a>>, SerializationHeader) {
    let headers: Vec<_> = tables.iter().map(|table| &table.header).collect();
    let source = |table: &'a TableTold| match table.first_key() {
        Some(key) if is_lazy => LazySource::new(key, || Ok(table.source())),
        _ => LazySource::opened(table.source()),
    };
    merge(&headers, tables.iter().map(source).collect())
}

fn lines(source: &mut impl UnfilteredPartitions, header: &SerializationHeader) -> Vec<String> {
    rows_told(source, &ColumnNames::of_header(header)).unwrap()
}

fn told(model: &Model) -> Vec<String> {
    let table = TableTold::new(model);
    lines(&mut table.source(), &table.header)
}

/// A random history, as so many tables that each have a part of it.
fn history(seed: u64) -> (Vec<Model>, Vec<TableTold>) {
    history_with(seed, |_| {})
}

fn history_with(seed: u64, change: impl Fn(&mut Model)) -> (Vec<Model>, Vec<TableTold>) {
    let mut random = Random::new(seed);
    let tables = if random.below(8) == 0 { 9 + random.below(6) } else { 2 + random.below(5) };
    let mut parts: Vec<Vec<Model>> = vec![Vec::new(); tables];
    for _ in 0..random.below(60) {
        let part = random.below(tables);
        let mut mutation = mutation(&mut random);
        change(&mut mutation);
        parts[part].push(mutation);
    }
    let models: Vec<Model> = parts.iter().map(|part| merged(part)).collect();
    let tables = models.iter().map(TableTold::new).collect();
    (models, tables)
}

#[test]
fn the_merge_is_what_the_rules_say_of_all_versions() {
    let mut compared = 0;
    for seed in 0..SEEDS {
        let (models, tables) = history(seed);
        let expected = told(&merged(&models));
        let (mut merge, header) = merge_tables(&tables, seed % 2 == 0);
        assert_eq!(lines(&mut merge, &header), expected, "seed {seed}");
        compared += expected.len();
    }
    assert!(compared > 50_000, "{compared}");
}

#[test]
fn the_static_row_of_a_partition_that_one_source_alone_has_is_held_against_its_deletion() {
    let deleted_at =
        |marked_for_delete_at| DeletionTime { marked_for_delete_at, local_deletion_time_seconds: 9 };
    let cell = |timestamp| {
        vec![ModelCell { timestamp, ttl_seconds: 0, dies_at_seconds: NO_DELETION_TIME, value: vec![1; 4] }]
    };
    // The partition of the other source makes the two a merge.
    let other = TableTold::new(&Model::of_cell(2, 0, 1));
    for (simple, element, complex, left) in [(5, 5, 5, 0), (10, 11, 5, 1), (11, 10, 11, 2), (12, 13, 12, 3)] {
        let mut model = Model::of_cell(1, 0, 3);
        let partition = model.partitions.get_mut(&1).unwrap();
        partition.deletion = deleted_at(10);
        partition.static_row.cells.insert(("z", None), cell(simple));
        partition.static_row.cells.insert(("y", Some(1)), cell(element));
        partition.static_row.complex_deletions.insert("y", deleted_at(complex));
        let table = TableTold::new(&model);
        let (mut merged, header) = merge_tables(slice::from_ref(&table), false);
        let alone = lines(&mut merged, &header);
        let (mut merged, header) = merge(
            &[&other.header, &table.header],
            vec![LazySource::opened(other.source()), LazySource::opened(table.source())],
        );
        let with_other = lines(&mut merged, &header);
        for told in [alone, with_other] {
            let of_static = told.iter().skip_while(|line| !line.starts_with(" static"));
            let items = of_static.skip(1).take_while(|line| line.starts_with("  "));
            assert_eq!(items.count(), left, "{simple} {element} {complex}: {told:?}");
            let static_heads = told.iter().filter(|line| line.starts_with(" static")).count();
            assert_eq!(static_heads, left.min(1), "{told:?}");
            // Rows go on as they are, as in Cassandra.
            assert!(told.contains(&" row (00000000)".to_owned()), "{told:?}");
        }
    }
}

/// The lines of each partition, by its key.
fn by_partition(lines: &[String]) -> BTreeMap<&str, &[String]> {
    let is_same = |_: &String, next: &String| !next.starts_with("partition");
    let partitions = lines.chunk_by(is_same);
    partitions.map(|partition| (partition[0].split(' ').nth(1).unwrap(), partition)).collect()
}

#[test]
fn two_markers_at_one_place_are_merged_as_one_boundary_is() {
    let (mut compared, mut split) = (0, 0);
    for seed in 0..SEEDS {
        let (models, mut tables) = history(seed);
        let expected = told(&merged(&models));
        split += tables.iter_mut().map(TableTold::split_boundaries).sum::<usize>();
        let (mut merge, header) = merge_tables(&tables, false);
        let merged = lines(&mut merge, &header);
        let (merged, expected) = (by_partition(&merged), by_partition(&expected));
        assert_eq!(merged.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "seed {seed}");
        for key in 0..3_i32 {
            // What one source alone has goes on as it is.
            if models.iter().filter(|model| model.partitions.contains_key(&key)).count() > 1 {
                let key = format!("{key:08x}");
                assert_eq!(merged.get(key.as_str()), expected.get(key.as_str()), "seed {seed}");
                compared += 1;
            }
        }
    }
    assert!(compared > 1_000 && split > 300, "{compared} {split}");
}

/// Leaves out of a history what depends on the order of merges, as it does in Cassandra.
///
/// A merged counter has the time of its latest change. A deletion that comes to it later than another change, as in
/// Cassandra, deletes all of it or nothing: only where all changes are of one time is that no
/// matter of order. A shadowable deletion has deleted older data for good once it met them, before liveness takes it away.
fn without_what_depends_on_order(model: &mut Model) {
    for row in model.partitions.values_mut().flat_map(|partition| partition.rows.values_mut()) {
        row.shadowable_deletion = DeletionTime::LIVE;
        let counters = row.cells.iter_mut().filter(|((column, _), _)| *column == COUNTER);
        counters.flat_map(|(_, versions)| versions).for_each(|version| version.timestamp = 5);
    }
}

#[test]
fn it_does_not_matter_which_sources_are_merged_first() {
    for seed in 0..SEEDS / 2 {
        let (models, tables) = history_with(seed, without_what_depends_on_order);
        let expected = told(&merged(&models));
        for middle in [1, tables.len() - 1] {
            let (one, other) = tables.split_at(middle);
            let ((one, one_header), (other, other_header)) =
                (merge_tables(one, false), merge_tables(other, true));
            let sources = vec![LazySource::opened(one), LazySource::opened(other)];
            let (mut merge, header) = merge(&[&one_header, &other_header], sources);
            assert_eq!(lines(&mut merge, &header), expected, "seed {seed}, {middle} merged first");
        }
    }
}

#[test]
fn what_is_not_looked_at_is_passed_over() {
    for seed in 0..SEEDS / 4 {
        let (models, tables) = history(seed);
        let expected = told(&merged(&models));
        let (mut merge, _) = merge_tables(&tables, false);
        let mut random = Random::new(seed);
        let mut partitions = 0;
        while merge.advance_partition().unwrap() {
            partitions += 1;
            while random.below(4) > 0 && merge.advance_unfiltered().unwrap() {
                while random.below(2) > 0 && merge.advance_item().unwrap() {}
            }
        }
        let all = expected.iter().filter(|line| line.starts_with("partition")).count();
        assert_eq!(partitions, all, "seed {seed}");
    }
}

#[test]
fn sources_are_open_only_while_the_merge_is_within_their_keys() {
    let mut tokens: Vec<i32> = (0..500).collect();
    tokens.sort_by(|a, b| Partitioner::Murmur3.compare_keys(&a.to_be_bytes(), &b.to_be_bytes()));
    let tables: Vec<TableTold> = tokens
        .chunks(2)
        .map(|keys| {
            TableTold::new(&merged(&keys.iter().map(|key| Model::of_cell(*key, 0, 1)).collect::<Vec<_>>()))
        })
        .collect();
    let (mut merge, _) = merge_tables(&tables, true);
    let (mut partitions, mut most_open) = (0, 0);
    while merge.advance_partition().unwrap() {
        partitions += 1;
        most_open = most_open.max(merge.open_sources());
    }
    assert_eq!((partitions, merge.open_sources()), (500, 0));
    assert!(most_open <= 2, "{most_open}");
}

#[test]
fn partitions_out_of_order_are_damage() {
    let (_, tables) = history(3);
    let mut table = tables.into_iter().find(|table| table.partitions.len() > 1).unwrap();
    table.partitions.reverse();
    let tables = [table, TableTold::new(&Model::of_cell(1, 0, 1))];
    let (mut merge, header) = merge_tables(&tables, false);
    let error = rows_told(&mut merge, &ColumnNames::of_header(&header)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("input 1 of the merge"), "{error}");
}

#[test]
fn a_source_that_begins_in_front_of_its_stated_key_is_damage() {
    let table = TableTold::new(&Model::of_cell(1, 0, 1));
    let behind = (2..100_i32).map(i32::to_be_bytes);
    let is_behind = |key: &[u8; 4]| Partitioner::Murmur3.compare_keys(key, &1_i32.to_be_bytes()).is_gt();
    let stated = behind.into_iter().find(is_behind).unwrap();
    let sources = vec![LazySource::new(stated, || Ok(table.source()))];
    let (mut merge, _) = merge(&[&table.header], sources);
    assert_eq!(merge.advance_partition().unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn tables_with_other_clusterings_are_refused() {
    let (one, mut other) =
        (TableTold::new(&Model::default()).header, TableTold::new(&Model::default()).header);
    other.clustering_types = vec![CqlType::Text];
    let headers = [&one, &other];
    assert!(SharedColumns::new(&headers).unwrap().header(&headers).is_err());
}

/// Older data than this stands elsewhere, of the keys that are even.
struct EvenKeysSince(i64);

impl Overlaps for EvenKeysSince {
    fn purgeable_before(&self, key: &[u8]) -> Result<Option<i64>> {
        Ok(key.last().unwrap().is_multiple_of(2).then_some(self.0))
    }
}

#[test]
fn a_tombstone_stays_as_long_as_what_it_deletes_may_stand_elsewhere() {
    let deleted = |key: i32, timestamp: i64, at: i64| {
        let mut model = Model::of_cell(key, 0, timestamp);
        let row = model.partitions.get_mut(&key).unwrap().rows.get_mut(&0).unwrap();
        let cell = ModelCell { timestamp, ttl_seconds: 0, dies_at_seconds: at, value: Vec::new() };
        row.cells.values_mut().for_each(|versions| *versions = vec![cell.clone()]);
        model
    };
    let parts = [deleted(1, 50, 10), deleted(2, 50, 10), deleted(4, 20, 10), deleted(3, 50, 100)];
    let table = TableTold::new(&merged(&parts));
    let options = PurgeOptions {
        now_seconds: 200,
        gc_before_seconds: 100,
        keeps_unrepaired: false,
        strict_liveness: false,
        has_counters: false,
    };
    let purge = |options| {
        let mut purge = Purge::purging(table.source(), options, EvenKeysSince(50));
        let kept =
            lines(&mut purge, &table.header).iter().filter(|line| line.starts_with("partition")).count();
        (kept, *purge.report())
    };
    let (kept, report) = purge(options);
    assert_eq!(kept, 2);
    assert_eq!((report.purged.cell_tombstones, report.partitions_emptied), (2, 2));
    assert_eq!(report.kept_by_overlap.cell_tombstones, 1);
    assert_eq!(report.kept_in_grace.cell_tombstones, 1);
    let (kept, report) = purge(PurgeOptions { keeps_unrepaired: true, ..options });
    assert_eq!((kept, report.purged.total(), report.kept_unrepaired.total()), (4, 0, 3));
    // The tombstone of a counter deletes later values too: that of key 4 stays, though all else is younger.
    let (kept, report) = purge(PurgeOptions { has_counters: true, ..options });
    assert_eq!((kept, report.kept_by_overlap.cell_tombstones), (3, 2));
}

#[test]
fn each_part_of_a_row_is_kept_by_its_own_write_time() {
    let mut model = Model::of_cell(1, 0, 5);
    let row = model.partitions.get_mut(&1).unwrap().rows.get_mut(&0).unwrap();
    row.deletion = DeletionTime { marked_for_delete_at: 4, local_deletion_time_seconds: 9 };
    let table = TableTold::new(&model);
    let all = lines(&mut table.source(), &table.header);
    let of = |micros: Range<i64>| {
        let micros = (Bound::Included(micros.start), Bound::Excluded(micros.end));
        lines(&mut Transformed::new(table.source(), WrittenBetween { micros }), &table.header)
    };
    assert_eq!(of(0..i64::MAX), all);
    assert_eq!(of(5..6), [all[0].clone(), " row (00000000)".to_owned(), all[2].clone()]);
    assert_eq!(of(0..5), all[..2]);
    assert!(of(6..9).is_empty());
}
