//! The text of `sstablemetadata`, byte for byte (`tools.SSTableMetadataViewer`).

use std::io::{self, Write};

use super::Metadata;
use super::java::{self, Unit};
use super::term_histogram::TermHistogram;
use super::values::{column_types, covered_text, type_names, uuid_text, value_text};
use crate::component::statistics::{EstimatedHistogram, HeaderColumn, SerializationHeader, StatsMetadata};

const COMPRESSORS: &str = "org.apache.cassandra.io.compress.";

/// Prints fields: name, value and maybe a comment.
struct Fields<'a, W> {
    out: &'a mut W,
}

impl<W: Write> Fields<'_, W> {
    fn field(&mut self, name: &str, value: impl std::fmt::Display) -> io::Result<()> {
        writeln!(self.out, "{name}: {value}")
    }

    /// A value that may be missing, which is printed as `--`.
    fn optional(&mut self, name: &str, value: Option<String>) -> io::Result<()> {
        self.field(name, value.as_deref().unwrap_or("--"))
    }

    fn commented(
        &mut self,
        name: &str,
        value: impl std::fmt::Display,
        comment: Option<String>,
    ) -> io::Result<()> {
        match comment {
            Some(comment) => writeln!(self.out, "{name}: {value} ({comment})"),
            None => self.field(name, value),
        }
    }

    /// A time as a date, and its number behind it.
    fn time(&mut self, name: &str, time: i64, unit: Unit) -> io::Result<()> {
        let date = java::date(time, unit);
        self.commented(name, date.as_deref().unwrap_or("--"), Some(time.to_string()))
    }

    fn deletion_time(&mut self, name: &str, seconds: i64) -> io::Result<()> {
        if seconds == 0 || seconds == i64::MAX {
            return writeln!(self.out, "{name}: no tombstones ({seconds})");
        }
        self.time(name, seconds, Unit::Seconds)
    }

    fn ttl(&mut self, name: &str, seconds: i32) -> io::Result<()> {
        self.commented(name, seconds, java::duration_words(seconds))
    }
}

impl Metadata {
    /// Writes the text of `sstablemetadata -g <gc_grace_seconds> <file>` of Apache Cassandra 5.0, run at
    /// `now_seconds` in a time zone of UTC.
    ///
    /// # Errors
    /// What writing to `out` gives.
    pub fn write_cassandra(
        &self,
        now_seconds: i64,
        gc_grace_seconds: i64,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let statistics = &self.statistics;
        let mut fields = Fields { out };
        fields.field("SSTable", &self.name)?;
        fields.field("Partitioner", &statistics.validation.partitioner)?;
        fields.field("Bloom Filter FP chance", java::double(statistics.validation.bloom_filter_fp_chance))?;
        self.write_ranges(&mut fields)?;
        let gc_before_seconds = now_seconds.saturating_sub(gc_grace_seconds);
        write_state(&mut fields, &statistics.stats, gc_before_seconds)?;
        write_histograms(fields.out, &statistics.stats)?;
        let coverage = statistics.stats.token_space_coverage.unwrap_or(f64::NAN);
        fields.field("Local token space coverage", java::double(coverage))?;
        fields.field("Estimated cardinality", statistics.compaction.cardinality_estimator.cardinality())?;
        write_header(&mut fields, &statistics.header)?;
        fields.field("IsTransient", statistics.stats.is_transient)
    }

    /// From the timestamps to the covered clusterings.
    fn write_ranges<W: Write>(&self, fields: &mut Fields<'_, W>) -> io::Result<()> {
        let stats = &self.statistics.stats;
        fields.time("Minimum timestamp", stats.min_timestamp, Unit::Microseconds)?;
        fields.time("Maximum timestamp", stats.max_timestamp, Unit::Microseconds)?;
        let micros = stats.max_timestamp.wrapping_sub(stats.min_timestamp);
        fields.field("Duration", java::duration_parts(micros))?;
        fields.deletion_time("SSTable min local deletion time", stats.min_local_deletion_time_seconds)?;
        fields.deletion_time("SSTable max local deletion time", stats.max_local_deletion_time_seconds)?;
        match &self.compressor {
            Some(name) => {
                let package = if name.contains('.') { "" } else { COMPRESSORS };
                fields.field("Compressor", format_args!("{package}{name}"))?;
                fields.field("Compression ratio", java::double(stats.compression_ratio))?;
            }
            None => fields.field("Compressor", "-")?,
        }
        fields.ttl("TTL min", stats.min_ttl_seconds)?;
        fields.ttl("TTL max", stats.max_ttl_seconds)?;
        let header = &self.statistics.header;
        if let (Some((first, last)), Some(keys)) = (self.token_range(), &self.key_range) {
            fields.commented("First token", first, Some(value_text(&header.key_type, &keys.first)))?;
            fields.commented("Last token", last, Some(value_text(&header.key_type, &keys.last)))?;
        }
        let covered = covered_text(&stats.covered_clusterings, &header.clustering_types);
        fields.field("Covered clusterings", covered)
    }
}

/// From the droppable tombstones to the number of rows.
fn write_state<W: Write>(
    fields: &mut Fields<'_, W>,
    stats: &StatsMetadata,
    gc_before_seconds: i64,
) -> io::Result<()> {
    let droppable = stats.estimated_droppable_tombstone_ratio(gc_before_seconds);
    fields.field("Estimated droppable tombstones", java::double(droppable))?;
    fields.field("SSTable Level", stats.sstable_level)?;
    let repaired_at = stats.repaired_at_millis;
    fields.commented("Repaired at", repaired_at, java::date(repaired_at, Unit::Milliseconds))?;
    fields.optional("Originating host id", stats.originating_host_id.as_ref().map(uuid_text))?;
    fields.optional("Pending repair", stats.pending_repair.as_ref().map(uuid_text))?;
    fields.field("Replay positions covered", &stats.commit_log_intervals)?;
    fields.field("totalColumnsSet", stats.total_columns_set)?;
    fields.field("totalRows", stats.total_rows)
}

fn write_histograms(out: &mut impl Write, stats: &StatsMetadata) -> io::Result<()> {
    writeln!(out, "Estimated tombstone drop times: ")?;
    let bins = stats.estimated_tombstone_drop_times.bins().iter();
    let drop_times = TermHistogram {
        title: "Drop Time",
        name: |seconds| with_comment(seconds, java::date(seconds, Unit::Seconds)),
        counts: bins.map(|bin| (bin.local_deletion_time_seconds, i64::from(bin.count))).collect(),
    };
    drop_times.write(out)?;
    writeln!(out, "Partition Size: ")?;
    let sizes = TermHistogram {
        title: "Size (bytes)",
        name: |bytes| with_comment(bytes, java::byte_size(bytes)),
        counts: counts(&stats.estimated_partition_size_bytes),
    };
    sizes.write(out)?;
    writeln!(out, "Column Count: ")?;
    let cells = TermHistogram {
        title: "Columns",
        name: |cells| cells.to_string(),
        counts: counts(&stats.estimated_cells_per_partition),
    };
    cells.write(out)
}

/// There is always a blank behind the number, also without a comment.
fn with_comment(number: i64, comment: Option<String>) -> String {
    comment.map_or_else(|| format!("{number} "), |comment| format!("{number} ({comment})"))
}

/// The buckets that are not empty.
fn counts(histogram: &EstimatedHistogram) -> std::collections::BTreeMap<i64, i64> {
    histogram.buckets().filter(|(_, count)| *count > 0).collect()
}

fn write_header<W: Write>(fields: &mut Fields<'_, W>, header: &SerializationHeader) -> io::Result<()> {
    fields.ttl("EncodingStats minTTL", header.min_ttl_seconds)?;
    let deletion_time = header.min_local_deletion_time_seconds;
    fields.time("EncodingStats minLocalDeletionTime", deletion_time, Unit::Seconds)?;
    fields.time("EncodingStats minTimestamp", header.min_timestamp, Unit::Microseconds)?;
    fields.field("KeyType", header.key_type.marshal_name())?;
    fields.field("ClusteringTypes", format_args!("[{}]", type_names(&header.clustering_types).join(", ")))?;
    fields.field("StaticColumns", columns_text(&header.static_columns))?;
    fields.field("RegularColumns", columns_text(&header.regular_columns))
}

fn columns_text(columns: &[HeaderColumn]) -> String {
    let mut columns = column_types(columns);
    java::hash_map_order(&mut columns);
    columns.iter().map(|(name, type_name)| format!("{name}:{type_name}")).collect::<Vec<_>>().join(", ")
}
