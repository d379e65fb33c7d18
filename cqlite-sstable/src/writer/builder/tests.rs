//! Sorting against a model, with memory for a handful of rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::component::statistics::HeaderColumn;
use crate::io::{FaultyDirectory, MemoryDirectory};
use crate::row::{
    Cell, ClusteringBuffer, ClusteringValue, DeletionTime, Liveness, NO_DELETION_TIME, PrefixBuffer, Row,
    RowItem, Unfiltered, UnfilteredPartitions,
};

fn header() -> SerializationHeader {
    let map = CqlType::Map { key: Arc::new(CqlType::Int), value: Arc::new(CqlType::Int), frozen: false };
    let column = |name: &str, column_type| HeaderColumn { name: name.into(), column_type };
    SerializationHeader {
        min_timestamp: 0,
        min_local_deletion_time_seconds: 0,
        min_ttl_seconds: 0,
        key_type: CqlType::Int,
        clustering_types: vec![CqlType::Reversed(Arc::new(CqlType::Int))],
        static_columns: vec![column("s", CqlType::Int)],
        regular_columns: vec![column("v", CqlType::Int), column("m", map)],
    }
}

fn builder(options: BuilderOptions) -> SstableBuilder {
    let directory = Arc::new(MemoryDirectory::new("memory"));
    SstableBuilder::new(header(), Partitioner::Murmur3, directory, options).unwrap()
}

const TINY: BuilderOptions = BuilderOptions { memory_limit_bytes: 4096, merge_width: 3 };

fn cell(column: usize, timestamp: i64, path: Option<&'static [u8; 4]>, value: &[u8; 4]) -> RowItem<'static> {
    let value: &'static [u8] = Box::leak(Box::new(*value));
    RowItem::Cell(Cell {
        column,
        timestamp,
        ttl_seconds: 0,
        local_deletion_time_seconds: NO_DELETION_TIME,
        path: path.map(|path| &path[..]),
        value,
    })
}

fn add_row(
    builder: &mut SstableBuilder,
    key: i32,
    clustering: Option<i32>,
    timestamp: i64,
    items: &[RowItem<'_>],
) {
    let mut buffer = ClusteringBuffer::default();
    let bytes = clustering.map(i32::to_be_bytes);
    bytes.iter().for_each(|bytes| buffer.push(ClusteringValue::Value(bytes)));
    let row = Row {
        is_static: clustering.is_none(),
        clustering: buffer.as_clustering(),
        liveness: clustering.map(|_| Liveness::new(timestamp)),
        deletion: DeletionTime::LIVE,
        shadowable_deletion: DeletionTime::LIVE,
    };
    builder.add(&Update::Row { key: &key.to_be_bytes(), row, items }).unwrap();
}

/// All that a source shows: a line for each partition, row, marker and item.
fn shown(source: &mut dyn UnfilteredPartitions) -> Vec<String> {
    let mut lines = Vec::new();
    let items = |source: &mut dyn UnfilteredPartitions, lines: &mut Vec<String>| {
        while source.advance_item().unwrap() {
            lines.push(format!("  {:?}", source.item()));
        }
    };
    while source.advance_partition().unwrap() {
        let partition = source.partition();
        lines.push(format!("{:?} {:?}", partition.key, partition.deletion));
        items(source, &mut lines);
        while source.advance_unfiltered().unwrap() {
            match source.unfiltered() {
                Unfiltered::Row(row) => {
                    let values: Vec<_> = row.clustering.iter().collect();
                    lines.push(format!(" {values:?} {:?} {:?}", row.liveness, row.deletion));
                }
                Unfiltered::Marker(marker) => {
                    let values: Vec<_> = marker.clustering.iter().collect();
                    lines.push(format!(
                        " {:?} {values:?} {:?} {:?}",
                        marker.kind, marker.deletion, marker.opened
                    ));
                }
            }
            items(source, &mut lines);
        }
    }
    lines
}

/// Numbers that look random, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

#[test]
fn rows_in_any_order_come_out_as_in_a_model_whatever_the_memory() {
    for memory_limit_bytes in [1, 4096, 65536, usize::MAX] {
        let mut builder = builder(BuilderOptions { memory_limit_bytes, ..TINY });
        let mut random = Random(7);
        // The newest value of each cell, by key and then descending clustering.
        let mut model: BTreeMap<(i64, i32), BTreeMap<i32, (i64, i32)>> = BTreeMap::new();
        for timestamp in 1..600_i64 {
            let (key, clustering) = (random.below(40) as i32, random.below(10) as i32);
            let value = random.below(1000) as i32;
            add_row(
                &mut builder,
                key,
                Some(clustering),
                timestamp,
                &[cell(0, timestamp, None, &value.to_be_bytes())],
            );
            let crate::Token::Murmur3(token) = Partitioner::Murmur3.token(&key.to_be_bytes()) else {
                continue;
            };
            model.entry((token, key)).or_default().insert(-clustering, (timestamp, value));
        }
        assert_eq!(builder.runs() > 0, memory_limit_bytes < usize::MAX, "{memory_limit_bytes}");
        let mut sorted = builder.finish().unwrap();
        assert_eq!(sorted.header().min_timestamp, 1);
        let mut found = Vec::new();
        while sorted.advance_partition().unwrap() {
            let key = i32::from_be_bytes(sorted.partition().key.try_into().unwrap());
            let crate::Token::Murmur3(token) = Partitioner::Murmur3.token(&key.to_be_bytes()) else {
                continue;
            };
            let mut rows = Vec::new();
            while sorted.advance_unfiltered().unwrap() {
                let Unfiltered::Row(row) = sorted.unfiltered() else { panic!("there are no markers") };
                let value = row.clustering.get(0).unwrap().bytes().unwrap();
                let clustering = i32::from_be_bytes(value.try_into().unwrap());
                let liveness = row.liveness.unwrap();
                assert!(sorted.advance_item().unwrap());
                let RowItem::Cell(cell) = sorted.item() else { panic!("there are only cells") };
                assert_eq!(cell.timestamp, liveness.timestamp);
                rows.push((
                    -clustering,
                    (cell.timestamp, i32::from_be_bytes(cell.value.try_into().unwrap())),
                ));
                assert!(!sorted.advance_item().unwrap());
            }
            found.push(((token, key), rows));
        }
        let expected: Vec<_> =
            model.into_iter().map(|(key, rows)| (key, rows.into_iter().collect())).collect();
        assert_eq!(found, expected, "{memory_limit_bytes}");
    }
}

/// Updates of every kind in an order that a seed tells.
fn add_mixed(builder: &mut SstableBuilder, seed: u64, count: i64) {
    let mut random = Random(seed);
    for _ in 0..count {
        let (key, timestamp) = (random.below(5) as i32, 1 + random.below(50) as i64);
        let deletion = DeletionTime { marked_for_delete_at: timestamp, local_deletion_time_seconds: 100 };
        let value = (random.below(3) as i32).to_be_bytes();
        match random.below(10) {
            0 => builder.add(&Update::Partition { key: &key.to_be_bytes(), deletion }).unwrap(),
            1 => add_row(builder, key, None, timestamp, &[cell(0, timestamp, None, &value)]),
            2 | 3 => {
                let (mut start, mut end) = (ClusteringBuffer::default(), ClusteringBuffer::default());
                let from = random.below(8) as i32;
                // Descending: the greater value comes first.
                end.push(ClusteringValue::Value(&from.to_be_bytes()));
                start.push(ClusteringValue::Value(&(from + 1 + random.below(3) as i32).to_be_bytes()));
                let inclusive = random.below(2) == 0;
                let kind =
                    if inclusive { ClusteringKind::InclStartBound } else { ClusteringKind::ExclStartBound };
                let range = Update::Range {
                    key: &key.to_be_bytes(),
                    start: (kind, start.as_clustering()),
                    end: (ClusteringKind::InclEndBound, end.as_clustering()),
                    deletion,
                };
                builder.add(&range).unwrap();
            }
            _ => {
                let complex = RowItem::ComplexDeletion { column: 1, deletion };
                let element = cell(1, timestamp + 1, Some(&[0, 0, 0, 1]), &value);
                let items = [cell(0, timestamp, None, &value), complex, element];
                add_row(builder, key, Some(random.below(10) as i32), timestamp, &items);
            }
        }
    }
}

#[test]
fn deletions_ranges_and_collections_are_the_same_from_one_run_or_many() {
    for seed in 0..40 {
        let mut one = builder(BuilderOptions::default());
        add_mixed(&mut one, seed, 300);
        let mut many = builder(BuilderOptions { memory_limit_bytes: 1, merge_width: 2 });
        add_mixed(&mut many, seed, 300);
        assert!(many.runs() > 0);
        // Each run has one update: all of the reconciling is the merge's, which other tests hold against Cassandra.
        let (one, many) = (shown(&mut one.finish().unwrap()), shown(&mut many.finish().unwrap()));
        assert_eq!(one, many, "seed {seed}");
    }
}

#[test]
fn what_a_deletion_covers_is_not_shown_not_even_the_only_version_of_a_row() {
    let deletion =
        |marked_for_delete_at| DeletionTime { marked_for_delete_at, local_deletion_time_seconds: 9 };
    let key = &1_i32.to_be_bytes();
    let mut builder = builder(BuilderOptions::default());
    builder.add(&Update::Partition { key, deletion: deletion(10) }).unwrap();
    let no_values = ClusteringBuffer::default();
    let bound = |kind| (kind, no_values.as_clustering());
    for time in [8, 20] {
        let (start, end) = (bound(ClusteringKind::InclStartBound), bound(ClusteringKind::InclEndBound));
        builder.add(&Update::Range { key, start, end, deletion: deletion(time) }).unwrap();
    }
    add_row(&mut builder, 1, None, 10, &[cell(0, 10, None, &[1; 4])]);
    add_row(&mut builder, 1, Some(4), 20, &[cell(0, 20, None, &[2; 4])]);
    add_row(&mut builder, 1, Some(3), 15, &[cell(0, 21, None, &[3; 4])]);
    for time in [1, 2] {
        add_row(&mut builder, 1, Some(2), time, &[cell(0, time, None, &[4; 4])]);
    }
    let mut sorted = builder.finish().unwrap();
    let shown = shown(&mut sorted).join("\n");
    assert!(
        shown.contains("marked_for_delete_at: 10,") && shown.contains("marked_for_delete_at: 20,"),
        "{shown}"
    );
    assert!(!shown.contains("marked_for_delete_at: 8,"), "{shown}");
    let cells: Vec<_> = shown.lines().filter(|line| line.contains("Cell(")).collect();
    assert_eq!(cells.len(), 1, "{shown}");
    assert!(cells[0].contains("timestamp: 21") && cells[0].contains("[3, 3, 3, 3]"), "{shown}");
    let rows: Vec<_> = shown.lines().filter(|line| line.starts_with(" [")).collect();
    assert_eq!(rows.len(), 1, "{shown}");
    assert!(rows[0].contains("None"), "the liveness is deleted: {shown}");
}

#[test]
fn overlapping_ranges_become_markers_that_open_and_close_in_turn() {
    for seed in 0..20 {
        let mut builder = builder(BuilderOptions::default());
        add_mixed(&mut builder, seed, 200);
        let mut source = builder.finish().unwrap();
        while source.advance_partition().unwrap() {
            let mut open = DeletionTime::LIVE;
            while source.advance_unfiltered().unwrap() {
                let Unfiltered::Marker(marker) = source.unfiltered() else { continue };
                let closes = marker.kind.is_end() || marker.kind.is_boundary();
                assert_eq!(closes, !open.is_live(), "{marker:?}");
                if closes {
                    assert_eq!(marker.deletion, open);
                }
                assert_ne!(marker.open_behind(), open);
                open = marker.open_behind();
            }
            assert!(open.is_live());
        }
    }
}

#[test]
fn what_cannot_be_a_row_of_the_table_is_refused() {
    let mut builder = builder(TINY);
    let deletion = DeletionTime { marked_for_delete_at: 1, local_deletion_time_seconds: 1 };
    let error = builder.add(&Update::Partition { key: &[0; 65_536], deletion }).unwrap_err();
    assert_eq!(error.to_string(), "a partition key has 65536 bytes, more than 65535");
    let empty = ClusteringBuffer::default();
    let bound = |kind| (kind, empty.as_clustering());
    let (start, end) = (bound(ClusteringKind::InclEndBound), bound(ClusteringKind::InclStartBound));
    assert!(builder.add(&Update::Range { key: b"1234", start, end, deletion }).is_err());
    // Its bounds are in another order than their bytes: no row could be told to be in it.
    let mut of_doubles = SerializationHeader { clustering_types: vec![CqlType::Double], ..header() };
    of_doubles.regular_columns.clear();
    let directory = Arc::new(MemoryDirectory::new("memory"));
    let mut doubles = SstableBuilder::new(of_doubles, Partitioner::Murmur3, directory, TINY).unwrap();
    let bound = |kind, value: f64| PrefixBuffer::new(kind, [ClusteringValue::Value(&value.to_be_bytes())]);
    let start = bound(ClusteringKind::InclStartBound, 5.0);
    let mut add = |end: f64| {
        let end = bound(ClusteringKind::InclEndBound, end);
        let (start, end) = (start.as_prefix(), end.as_prefix());
        doubles.add(&Update::Range { key: b"1234", start, end, deletion })
    };
    assert!(add(f64::INFINITY).is_ok() && add(f64::NAN).is_ok());
    assert!(add(-f64::NAN).is_err());
    let mut header = header();
    header.regular_columns[0].column_type = CqlType::Counter;
    let directory = Arc::new(MemoryDirectory::new("memory"));
    let error = SstableBuilder::new(header, Partitioner::Murmur3, directory, TINY).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Unsupported);
}

#[test]
fn a_run_shows_what_was_written_to_it() {
    for seed in 0..10 {
        let mut one = builder(BuilderOptions::default());
        add_mixed(&mut one, seed, 300);
        let mut other = builder(BuilderOptions::default());
        add_mixed(&mut other, seed, 300);
        let directory: Arc<dyn OutputDirectory> = Arc::new(MemoryDirectory::new("memory"));
        let run = Run::write(&mut one.finish().unwrap(), &directory, None).unwrap();
        assert_eq!(shown(&mut RunReader::new(run)), shown(&mut other.finish().unwrap()), "seed {seed}");
    }
}

#[test]
fn a_disk_that_is_full_at_any_byte_is_an_error_and_never_fewer_rows() {
    let rows = |builder: SstableBuilder| builder.finish().map(|mut sorted| shown(&mut sorted));
    let fill = |steps: u64| -> Result<Vec<String>> {
        let memory = Arc::new(MemoryDirectory::new("memory"));
        let directory = Arc::new(FaultyDirectory::new(memory, steps));
        let mut builder = SstableBuilder::new(header(), Partitioner::Murmur3, directory, TINY)?;
        for key in 0..60_i32 {
            let deletion = DeletionTime { marked_for_delete_at: 1, local_deletion_time_seconds: 1 };
            builder.add(&Update::Partition { key: &key.to_be_bytes(), deletion })?;
        }
        rows(builder)
    };
    let all = fill(u64::MAX).unwrap();
    assert_eq!(all.len(), 60);
    let mut failures = 0;
    for steps in 0..10_000 {
        match fill(steps) {
            Ok(rows) => assert_eq!(rows, all),
            Err(error) => {
                assert_eq!(error.kind(), crate::ErrorKind::Output);
                failures += 1;
            }
        }
    }
    assert!((100..9_000).contains(&failures), "{failures}");
}
