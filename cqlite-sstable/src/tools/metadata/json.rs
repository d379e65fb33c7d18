//! Metadata as JSON: numbers as numbers, nothing as null, units in the names.

use serde_json::{Value, json};

use super::Metadata;
use super::values::{bound_texts, column_types, hex, type_names, uuid_text, value_text};
use crate::component::statistics::{
    CommitLogPosition, CoveredBound, CoveredClusterings, EstimatedHistogram, HeaderColumn,
    SerializationHeader, StatsMetadata,
};
use crate::partitioner::Token;
use crate::row::NO_DELETION_TIME;
use crate::types::CqlType;

impl Metadata {
    /// Everything as one JSON object. The droppable tombstones are estimated for `gc_before_seconds`: the
    /// clock less the table's `gc_grace_seconds`.
    pub fn to_json(&self, gc_before_seconds: i64) -> Value {
        let statistics = &self.statistics;
        let validation = &statistics.validation;
        let cardinality = statistics.compaction.cardinality_estimator.cardinality();
        json!({
            "sstable": self.name,
            "version": self.version.to_string(),
            "format": self.version.format().name(),
            "data_bytes": self.data_bytes,
            "compressor": self.compressor,
            "partitioner": validation.partitioner,
            "bloom_filter_fp_chance": validation.bloom_filter_fp_chance,
            "first_key": self.key_json(true),
            "last_key": self.key_json(false),
            "estimated_cardinality": (cardinality >= 0).then_some(cardinality),
            "stats": stats_json(&statistics.stats, &statistics.header, gc_before_seconds),
            "header": header_json(&statistics.header),
            "warnings": self.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }

    fn key_json(&self, first: bool) -> Value {
        let Some(keys) = &self.key_range else { return Value::Null };
        let key = if first { &keys.first } else { &keys.last };
        let token = self.partitioner().ok().map(|partitioner| match partitioner.token(key) {
            Token::Murmur3(token) => json!(token),
            other => json!(other.to_string()),
        });
        json!({
            "text": value_text(&self.statistics.header.key_type, key),
            "hex": hex(key),
            "token": token,
        })
    }
}

fn stats_json(stats: &StatsMetadata, header: &SerializationHeader, gc_before_seconds: i64) -> Value {
    let drop_times = stats.estimated_tombstone_drop_times.bins().iter();
    let drop_times: Vec<Value> = drop_times
        .map(|bin| json!({ "local_deletion_time_seconds": bin.local_deletion_time_seconds, "count": bin.count }))
        .collect();
    let intervals = stats.commit_log_intervals.intervals().iter();
    let intervals: Vec<Value> = intervals
        .map(|interval| json!({ "start": position_json(interval.start), "end": position_json(interval.end) }))
        .collect();
    let has_timestamps = stats.min_timestamp != i64::MIN || stats.max_timestamp != i64::MAX;
    let ratio = stats.compression_ratio;
    json!({
        "partitions": stats.estimated_partition_size_bytes.count(),
        "total_rows": stats.total_rows,
        "total_columns_set": stats.total_columns_set,
        "min_timestamp_micros": has_timestamps.then_some(stats.min_timestamp),
        "max_timestamp_micros": has_timestamps.then_some(stats.max_timestamp),
        "min_local_deletion_time_seconds": deletion_time_json(stats.min_local_deletion_time_seconds),
        "max_local_deletion_time_seconds": deletion_time_json(stats.max_local_deletion_time_seconds),
        "min_ttl_seconds": stats.min_ttl_seconds,
        "max_ttl_seconds": stats.max_ttl_seconds,
        "compression_ratio": (ratio >= 0.0).then_some(ratio),
        "has_partition_level_deletions": stats.has_partition_level_deletions,
        "has_legacy_counter_shards": stats.has_legacy_counter_shards,
        "covered_clusterings": covered_json(&stats.covered_clusterings, &header.clustering_types),
        "token_space_coverage": stats.token_space_coverage,
        "sstable_level": stats.sstable_level,
        "repaired_at_millis": (stats.repaired_at_millis != 0).then_some(stats.repaired_at_millis),
        "pending_repair": stats.pending_repair.as_ref().map(uuid_text),
        "is_transient": stats.is_transient,
        "originating_host_id": stats.originating_host_id.as_ref().map(uuid_text),
        "commit_log_lower_bound": position_json(stats.commit_log_lower_bound),
        "commit_log_upper_bound": position_json(stats.commit_log_upper_bound),
        "commit_log_intervals": intervals,
        "estimated_droppable_tombstone_ratio": stats.estimated_droppable_tombstone_ratio(gc_before_seconds),
        "estimated_tombstone_drop_times": drop_times,
        "partition_size_bytes": histogram_json(&stats.estimated_partition_size_bytes),
        "cells_per_partition": histogram_json(&stats.estimated_cells_per_partition),
    })
}

fn deletion_time_json(seconds: i64) -> Value {
    if seconds == NO_DELETION_TIME { Value::Null } else { json!(seconds) }
}

fn position_json(position: CommitLogPosition) -> Value {
    if position == CommitLogPosition::NONE {
        return Value::Null;
    }
    json!({ "segment_id": position.segment_id, "position": position.position })
}

fn histogram_json(histogram: &EstimatedHistogram) -> Value {
    let buckets: Vec<Value> = histogram
        .buckets()
        .filter(|(_, count)| *count != 0)
        .map(|(up_to, count)| json!({ "up_to": up_to, "count": count }))
        .collect();
    json!({
        "count": histogram.count(),
        "mean": histogram.mean(),
        "min": histogram.min(),
        "p50": histogram.percentile(0.5),
        "p75": histogram.percentile(0.75),
        "p95": histogram.percentile(0.95),
        "p99": histogram.percentile(0.99),
        "max": histogram.max(),
        "overflow": histogram.overflow_count(),
        "buckets": buckets,
    })
}

fn covered_json(covered: &CoveredClusterings, types: &[CqlType]) -> Value {
    let CoveredClusterings::Slice { start, end } = covered else { return Value::Null };
    let bound = |bound: &CoveredBound| json!({ "values": bound_texts(bound, types), "inclusive": bound.kind.is_inclusive() });
    json!({ "start": bound(start), "end": bound(end) })
}

fn header_json(header: &SerializationHeader) -> Value {
    json!({
        "min_timestamp_micros": header.min_timestamp,
        "min_local_deletion_time_seconds": header.min_local_deletion_time_seconds,
        "min_ttl_seconds": header.min_ttl_seconds,
        "key_type": header.key_type.marshal_name().to_string(),
        "clustering_types": type_names(&header.clustering_types),
        "static_columns": columns_json(&header.static_columns),
        "regular_columns": columns_json(&header.regular_columns),
    })
}

fn columns_json(columns: &[HeaderColumn]) -> Vec<Value> {
    let columns = column_types(columns).into_iter();
    columns.map(|(name, type_name)| json!({ "name": name, "type": type_name })).collect()
}
