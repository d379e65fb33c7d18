//! The largest partitions of a table, and how sizes are distributed.

use std::sync::Arc;

use serde_json::{Value, json};

use super::distribution::Distribution;
use super::ranking::{RankedPartition, Ranking};
use super::{Measure, PartitionCounts, PartitionSink, Thresholds};
use crate::error::Result;
use crate::tools::metadata::{hex, value_text};
use crate::types::CqlType;

/// Collects the largest partitions of the SSTables of a table, and histograms of all. Memory grows with the number
/// of partitions to tell, not with that of those counted.
///
/// A partition is what one SSTable has of it: nothing is merged.
#[derive(Debug)]
pub struct PartitionReport {
    pub(super) title: String,
    pub(super) sstables: u64,
    pub(super) index_alone: bool,
    pub(super) distributions: [(Measure, Distribution); 4],
    pub(super) ranking: Ranking,
    thresholds: Thresholds,
    sstable: Arc<str>,
    key_type: CqlType,
}

impl PartitionReport {
    /// A report on the table `title` with the `most` largest partitions by `measure`. If there are thresholds, only
    /// partitions that reach one are among these. With `index_alone`, nothing but sizes is told.
    pub fn new(
        title: impl Into<String>,
        measure: Measure,
        most: usize,
        thresholds: Thresholds,
        index_alone: bool,
    ) -> Self {
        Self {
            title: title.into(),
            sstables: 0,
            index_alone,
            distributions: Measure::ALL.map(|measure| (measure, Distribution::new())),
            ranking: Ranking::new(measure, most),
            thresholds,
            sstable: Arc::from(""),
            key_type: CqlType::Blob,
        }
    }

    /// The partitions that follow are of the SSTable `name`, with keys of `key_type`.
    pub fn begin(&mut self, name: &str, key_type: &CqlType) {
        self.sstables += 1;
        self.sstable = Arc::from(name);
        self.key_type = key_type.clone();
    }

    /// How many partitions were counted.
    pub fn partitions(&self) -> u64 {
        self.distributions.first().map_or(0, |(_, sizes)| sizes.count())
    }

    /// Everything as one JSON object.
    pub fn to_json(&self) -> Value {
        let mut object = json!({
            "table": self.title,
            "sstables": self.sstables,
            "partitions": self.partitions(),
            "by": self.ranking.measure.name(),
            "largest": self.ranking.sorted().into_iter().map(|one| self.largest_json(one)).collect::<Vec<_>>(),
        });
        let told = self.distributions.iter().filter(|(measure, _)| self.tells(*measure));
        if let Some(object) = object.as_object_mut() {
            for (measure, distribution) in told {
                object.insert(measure.name().to_owned(), distribution.to_json());
            }
        }
        object
    }

    /// Whether the measure was counted at all.
    pub(super) fn tells(&self, measure: Measure) -> bool {
        measure == Measure::Bytes || !self.index_alone
    }

    fn largest_json(&self, one: &RankedPartition) -> Value {
        let counts = &one.counts;
        let mut object = json!({
            "key": one.key,
            "key_hex": one.key_hex,
            "sstable": &*one.sstable,
            "live": one.is_live,
            "position": counts.position,
            "bytes": counts.size_bytes,
        });
        if let (false, Some(object)) = (self.index_alone, object.as_object_mut()) {
            object.insert("rows".to_owned(), json!(counts.rows));
            object.insert("cells".to_owned(), json!(counts.cells));
            object.insert("tombstones".to_owned(), json!(counts.tombstones()));
            object.insert("row_tombstones".to_owned(), json!(counts.row_tombstones));
            object.insert("range_tombstones".to_owned(), json!(counts.range_tombstones));
            object.insert("complex_tombstones".to_owned(), json!(counts.complex_tombstones));
            object.insert("cell_tombstones".to_owned(), json!(counts.cell_tombstones));
            object.insert("expired_rows".to_owned(), json!(counts.expired_rows));
            object.insert("expired_cells".to_owned(), json!(counts.expired_cells));
        }
        object
    }
}

impl PartitionSink for PartitionReport {
    fn counted(&mut self, counts: &PartitionCounts) -> bool {
        for (measure, distribution) in &mut self.distributions {
            distribution.add(counts.of(*measure));
        }
        let is_told = self.thresholds.is_empty() || self.thresholds.are_reached(counts);
        is_told && self.ranking.takes(counts)
    }

    fn partition(&mut self, key: &[u8], is_live: bool, counts: &PartitionCounts) -> Result<()> {
        self.ranking.add(RankedPartition {
            count: counts.of(self.ranking.measure),
            number: self.partitions(),
            sstable: Arc::clone(&self.sstable),
            key: value_text(&self.key_type, key),
            key_hex: hex(key),
            is_live,
            counts: *counts,
        });
        Ok(())
    }
}
