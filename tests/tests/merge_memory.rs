//! The merge holds no row: one of ten million entries of a map takes no more memory than a small one.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "test code; clippy takes only functions marked #[test] for it")]

use std::sync::Arc;

use cqlite_sstable::component::statistics::{HeaderColumn, SerializationHeader};
use cqlite_sstable::merge::{LazySource, Merge, NoOverlaps, Purge, PurgeOptions, SharedColumns};
use cqlite_sstable::row::{
    Cell, ClusteringBuffer, ClusteringOrder, DeletionTime, NO_DELETION_TIME, Partition, Row, RowItem,
    Unfiltered, UnfilteredPartitions,
};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::{Partitioner, Result};

const ENTRIES: i32 = 10_000_000;
const LIMIT_BYTES: u64 = 64 << 20;

/// One row with a map of many entries, made as they are asked for: those whose keys are multiples of `step`.
struct HugeRow {
    step: i32,
    next: i32,
    path: [u8; 4],
    partitions_left: bool,
    rows_left: bool,
    clustering: ClusteringBuffer,
}

impl HugeRow {
    fn new(step: i32) -> Self {
        let clustering = ClusteringBuffer::default();
        Self { step, next: 0, path: [0; 4], partitions_left: true, rows_left: true, clustering }
    }
}

impl UnfilteredPartitions for HugeRow {
    fn advance_partition(&mut self) -> Result<bool> {
        Ok(std::mem::take(&mut self.partitions_left))
    }

    fn partition(&self) -> Partition<'_> {
        Partition { key: &[7], deletion: DeletionTime::LIVE, static_row: None }
    }

    fn advance_unfiltered(&mut self) -> Result<bool> {
        Ok(std::mem::take(&mut self.rows_left))
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        Unfiltered::Row(Row {
            is_static: false,
            clustering: self.clustering.as_clustering(),
            liveness: None,
            deletion: DeletionTime::LIVE,
            shadowable_deletion: DeletionTime::LIVE,
        })
    }

    fn advance_item(&mut self) -> Result<bool> {
        self.path = self.next.to_be_bytes();
        self.next += self.step;
        Ok(i32::from_be_bytes(self.path) < ENTRIES)
    }

    fn item(&self) -> RowItem<'_> {
        RowItem::Cell(Cell {
            column: 0,
            timestamp: i64::from(self.step),
            ttl_seconds: 0,
            local_deletion_time_seconds: NO_DELETION_TIME,
            path: Some(&self.path),
            value: &[1; 100],
        })
    }
}

fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().trim().parse::<u64>().unwrap() * 1024
}

#[test]
fn a_row_of_ten_million_entries_is_merged_and_purged_without_holding_it() {
    let int = || Arc::new(CqlType::Int);
    let column_type = CqlType::Map { key: int(), value: int(), frozen: false };
    let header = SerializationHeader {
        min_timestamp: 0,
        min_local_deletion_time_seconds: 0,
        min_ttl_seconds: 0,
        key_type: CqlType::Int,
        clustering_types: Vec::new(),
        static_columns: Vec::new(),
        regular_columns: vec![HeaderColumn { name: b"m".to_vec(), column_type }],
    };
    let columns = Arc::new(SharedColumns::new(&[&header, &header]).unwrap());
    let sources = [2, 3].map(|step| LazySource::opened(HugeRow::new(step)));
    let merge = Merge::new(Partitioner::Murmur3, columns, ClusteringOrder::new([]), sources.into());
    let options = PurgeOptions {
        now_seconds: 9,
        gc_before_seconds: 9,
        keeps_unrepaired: false,
        strict_liveness: false,
        has_counters: false,
    };
    let mut purge = Purge::purging(merge, options, NoOverlaps);
    let (mut entries, mut of_the_later) = (0, 0);
    while purge.advance_partition().unwrap() {
        while purge.advance_unfiltered().unwrap() {
            while purge.advance_item().unwrap() {
                let RowItem::Cell(cell) = purge.item() else { continue };
                entries += 1;
                of_the_later += i32::from(cell.timestamp == 3);
            }
        }
    }
    // Multiples of 2, and of 3 but not of 2; those of 3 are the later ones.
    assert_eq!((entries, of_the_later), (6_666_667, 3_333_334));
    assert!(peak_bytes() < LIMIT_BYTES, "{} MiB", peak_bytes() >> 20);
}
