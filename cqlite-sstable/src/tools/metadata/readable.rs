//! Metadata for people: in groups, aligned, with units.

use std::fmt::Display;
use std::io::{self, Write};

use super::Metadata;
use super::bars::{sum, write_bars};
use super::java::duration_words;
use super::values::{covered_text, uuid_text, value_text};
use crate::component::statistics::{EstimatedHistogram, StatsMetadata};
use crate::row::NO_DELETION_TIME;
use crate::schema::ResolvedTable;
use crate::types::{CqlType, JsonStyle, TimeUnit, write_instant};

/// Columns of a field's name.
const NAME_WIDTH: usize = 23;

/// How [`Metadata::write_readable`] writes.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadableOptions<'a> {
    /// The clock, by which tombstones may be dropped or not.
    pub now_seconds: i64,
    /// The table's `gc_grace_seconds`, for how long tombstones are kept.
    pub gc_grace_seconds: i64,
    /// Whether headings are coloured, for a terminal.
    pub colors: bool,
    /// The table, for the names of its key columns and to say where they come from.
    pub table: Option<&'a ResolvedTable>,
}

struct Page<'a, W> {
    out: &'a mut W,
    colors: bool,
}

impl<W: Write> Page<'_, W> {
    fn heading(&mut self, text: &str) -> io::Result<()> {
        if self.colors {
            return writeln!(self.out, "\n\x1b[1;36m{text}\x1b[0m");
        }
        writeln!(self.out, "\n{text}")
    }

    /// A line. Names and values come from a file: no control character of theirs gets to the terminal.
    fn line(&mut self, name: &str, value: impl Display) -> io::Result<()> {
        let name = printable(name);
        writeln!(self.out, "  {name:<NAME_WIDTH$}  {}", printable(&value.to_string()))
    }
}

impl Metadata {
    /// Writes everything for people.
    ///
    /// # Errors
    /// What writing to `out` gives.
    pub fn write_readable(&self, options: &ReadableOptions<'_>, out: &mut impl Write) -> io::Result<()> {
        let stats = &self.statistics.stats;
        writeln!(out, "{}", printable(&self.name))?;
        let mut page = Page { out, colors: options.colors };
        self.write_file(&mut page)?;
        page.heading("Content")?;
        self.write_content(&mut page)?;
        page.heading("Time")?;
        write_times(&mut page, stats)?;
        page.heading("Tombstones")?;
        write_tombstones(&mut page, stats, options)?;
        page.heading("Partition sizes")?;
        write_distribution(&mut page, &stats.estimated_partition_size_bytes, byte_size)?;
        page.heading("Cells per partition")?;
        write_distribution(&mut page, &stats.estimated_cells_per_partition, |cells| cells.to_string())?;
        page.heading("Columns")?;
        self.write_columns(options.table, &mut page)?;
        page.heading("Compaction, repair, commit log")?;
        write_state(&mut page, stats)?;
        let keys = self.statistics.compaction.cardinality_estimator.cardinality();
        if keys >= 0 {
            page.line("estimated distinct keys", keys)?;
        }
        if !self.warnings.is_empty() {
            page.heading("Warnings")?;
        }
        let mut warnings = self.warnings.iter().map(|warning| printable(&warning.to_string()));
        warnings.try_for_each(|warning| writeln!(page.out, "  {warning}"))
    }

    fn write_file<W: Write>(&self, page: &mut Page<'_, W>) -> io::Result<()> {
        let validation = &self.statistics.validation;
        page.line("version", format_args!("{} ({})", self.version, self.version.format().name()))?;
        if let Some(bytes) = self.data_bytes {
            page.line("Data.db", byte_size(i64::try_from(bytes).unwrap_or(i64::MAX)))?;
        }
        let ratio = self.statistics.stats.compression_ratio;
        match &self.compressor {
            Some(name) => {
                page.line("compression", format_args!("{name}, to {:.1} % of the size", ratio * 100.0))?;
            }
            None => page.line("compression", "none")?,
        }
        match self.partitioner() {
            Ok(partitioner) => page.line("partitioner", partitioner.name())?,
            Err(_) => page.line("partitioner", format_args!("{} (not supported)", validation.partitioner))?,
        }
        match validation.bloom_filter_fp_chance {
            1.0 => page.line("bloom filter", "none"),
            chance => page.line("bloom filter", format_args!("{chance} chance of a false positive")),
        }
    }

    fn write_content<W: Write>(&self, page: &mut Page<'_, W>) -> io::Result<()> {
        let stats = &self.statistics.stats;
        let header = &self.statistics.header;
        page.line("partitions", stats.estimated_partition_size_bytes.count())?;
        page.line("rows", stats.total_rows)?;
        page.line("columns set", stats.total_columns_set)?;
        if let Some(keys) = &self.key_range {
            page.line("first key", value_text(&header.key_type, &keys.first))?;
            page.line("last key", value_text(&header.key_type, &keys.last))?;
        }
        if let Some((first, last)) = self.token_range() {
            page.line("tokens", format_args!("{first} to {last}"))?;
        }
        if let Some(coverage) = stats.token_space_coverage {
            page.line("token space", format_args!("{:.3} % of the node's", coverage * 100.0))?;
        }
        if !header.clustering_types.is_empty() {
            let covered = covered_text(&stats.covered_clusterings, &header.clustering_types);
            page.line("clusterings", covered)?;
        }
        let deletions = match stats.has_partition_level_deletions {
            true if self.version.has_partition_level_deletions_marker() => "yes",
            true => "maybe",
            false => "none",
        };
        page.line("partition deletions", deletions)?;
        if stats.has_legacy_counter_shards {
            page.line("counters", "with shards from before Cassandra 2.1")?;
        }
        Ok(())
    }

    fn write_columns<W: Write>(
        &self,
        table: Option<&ResolvedTable>,
        page: &mut Page<'_, W>,
    ) -> io::Result<()> {
        let header = &self.statistics.header;
        let named = table.map(|table| &table.schema);
        if let Some(table) = table {
            page.line("names come from", &table.source)?;
        }
        let key_types = match &header.key_type {
            CqlType::Composite(types) => &types[..],
            single => std::slice::from_ref(single),
        };
        for (i, key_type) in key_types.iter().enumerate() {
            let name = named.and_then(|schema| schema.partition_key.get(i)).map_or("", |column| &column.name);
            page.line(name, format_args!("{}, partition key", key_type.cql_name()))?;
        }
        for (i, clustering_type) in header.clustering_types.iter().enumerate() {
            let name = named.and_then(|schema| schema.clustering.get(i)).map_or("", |column| &column.name);
            let order = if matches!(clustering_type, CqlType::Reversed(_)) { ", descending" } else { "" };
            page.line(name, format_args!("{}, clustering{order}", clustering_type.cql_name()))?;
        }
        for column in &header.static_columns {
            page.line(&column.name_text(), format_args!("{}, static", column.column_type.cql_name()))?;
        }
        for column in &header.regular_columns {
            page.line(&column.name_text(), column.column_type.cql_name())?;
        }
        Ok(())
    }
}

fn write_times<W: Write>(page: &mut Page<'_, W>, stats: &StatsMetadata) -> io::Result<()> {
    if stats.min_timestamp == i64::MIN && stats.max_timestamp == i64::MAX {
        page.line("timestamps", "none")?;
    } else {
        page.line("first timestamp", instant(stats.min_timestamp, TimeUnit::Microseconds))?;
        page.line("last timestamp", instant(stats.max_timestamp, TimeUnit::Microseconds))?;
    }
    let ttl = |seconds| duration_words(seconds).unwrap_or_else(|| "none".to_owned());
    page.line(
        "TTL",
        match (stats.min_ttl_seconds, stats.max_ttl_seconds) {
            (least, greatest) if least == greatest => ttl(least),
            (least, greatest) => format!("{} to {}", ttl(least), ttl(greatest)),
        },
    )?;
    let (first, last) = (stats.min_local_deletion_time_seconds, stats.max_local_deletion_time_seconds);
    if first == NO_DELETION_TIME {
        return page.line("deleted or expiring", "nothing");
    }
    page.line("first deletion/expiry", instant(first, TimeUnit::Seconds))?;
    page.line(
        "last deletion/expiry",
        match last {
            NO_DELETION_TIME => "never: something stays".to_owned(),
            seconds => instant(seconds, TimeUnit::Seconds),
        },
    )
}

fn write_tombstones<W: Write>(
    page: &mut Page<'_, W>,
    stats: &StatsMetadata,
    options: &ReadableOptions<'_>,
) -> io::Result<()> {
    let gc_before_seconds = options.now_seconds.saturating_sub(options.gc_grace_seconds);
    let ratio = stats.estimated_droppable_tombstone_ratio(gc_before_seconds);
    let before = instant(gc_before_seconds, TimeUnit::Seconds);
    page.line(
        "droppable",
        format_args!("{:.1} % of the cells (deleted or expired before {before})", ratio * 100.0),
    )?;
    let bins = stats.estimated_tombstone_drop_times.bins().iter();
    let bins: Vec<_> = bins.map(|bin| (bin.local_deletion_time_seconds, i64::from(bin.count))).collect();
    page.line("deletions and expiries", sum(&bins))?;
    write_bars(&bins, |seconds| instant(seconds, TimeUnit::Seconds), page.out)
}

fn write_distribution<W: Write>(
    page: &mut Page<'_, W>,
    histogram: &EstimatedHistogram,
    text: impl Fn(i64) -> String,
) -> io::Result<()> {
    let percentiles = [0.5, 0.95, 0.99].map(|percentile| text(histogram.percentile(percentile)));
    page.line(
        "median, 95 %, 99 %, max",
        format_args!("{}, {}", percentiles.join(", "), text(histogram.max())),
    )?;
    if histogram.overflow_count() > 0 {
        page.line("larger than can be told", histogram.overflow_count())?;
    }
    let buckets: Vec<_> = histogram.buckets().filter(|(_, count)| *count > 0).collect();
    write_bars(&buckets, text, page.out)
}

fn write_state<W: Write>(page: &mut Page<'_, W>, stats: &StatsMetadata) -> io::Result<()> {
    page.line("level", stats.sstable_level)?;
    page.line(
        "repaired",
        match stats.repaired_at_millis {
            0 => "no".to_owned(),
            millis => instant(millis.saturating_mul(1000), TimeUnit::Microseconds),
        },
    )?;
    if let Some(session) = &stats.pending_repair {
        page.line("pending repair", uuid_text(session))?;
    }
    if stats.is_transient {
        page.line("transient", "yes")?;
    }
    let host = stats.originating_host_id.as_ref().map(uuid_text);
    page.line("written by host", host.as_deref().unwrap_or("unknown"))?;
    if stats.commit_log_intervals.is_empty() {
        return page.line("commit log", "none");
    }
    for interval in stats.commit_log_intervals.intervals() {
        let (start, end) = (interval.start, interval.end);
        let from = format_args!("{}:{}", start.segment_id, start.position);
        page.line("commit log", format_args!("{from} to {}:{}", end.segment_id, end.position))?;
    }
    Ok(())
}

/// The text with its control characters as escapes.
pub(in crate::tools) fn printable(text: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escaped).collect()
}

pub(in crate::tools) fn instant(time: i64, unit: TimeUnit) -> String {
    let mut text = Vec::new();
    write_instant(time, unit, JsonStyle::Corrected, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// `535 B`, `1.6 KiB`.
pub(in crate::tools) fn byte_size(bytes: i64) -> String {
    let mut scaled = bytes as f64;
    let mut units = ["KiB", "MiB", "GiB", "TiB", "PiB"].into_iter();
    let mut unit = None;
    while scaled >= 1024.0 {
        let Some(next) = units.next() else { break };
        unit = Some(next);
        scaled /= 1024.0;
    }
    unit.map_or_else(|| format!("{bytes} B"), |unit| format!("{scaled:.1} {unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_key_holds_cannot_steer_the_terminal() {
        let mut out = Vec::new();
        let mut page = Page { out: &mut out, colors: false };
        page.line("a\x1b[2J", "b\r\nc é").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "  a\\u{1b}[2J               b\\r\\nc é\n");
    }

    #[test]
    fn sizes_have_binary_units() {
        assert_eq!(byte_size(0), "0 B");
        assert_eq!(byte_size(1023), "1023 B");
        assert_eq!(byte_size(1597), "1.6 KiB");
        assert_eq!(byte_size(3 << 30), "3.0 GiB");
        assert_eq!(byte_size(i64::MAX), "8192.0 PiB");
    }
}
