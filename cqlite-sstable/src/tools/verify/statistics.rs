//! Statistics.db against what was collected from the rows.

use super::collected::{Collected, Extremes};
use super::{Check, Findings, Place};
use crate::component::Component;
use crate::component::statistics::{FieldOffsets, Statistics};
use crate::row::NO_DELETION_TIME;

const CHECK: Check = Check::Statistics;

/// The last second that a local deletion time could name before `oa`.
const LEGACY_MAX_DELETION_TIME: i64 = i32::MAX as i64 - 1;

/// Compares what Statistics.db tells with the rows; what only all rows together tell, if all were read.
pub(super) fn check(statistics: &Statistics, found: &Collected, is_whole: bool, findings: &mut Findings) {
    let mut stated = Stated { fields: &statistics.stats_fields, findings };
    stated.bounds(statistics, found, is_whole);
    stated.flags(statistics, found, is_whole);
    if is_whole {
        stated.counts(statistics, found);
    }
    stated.encoding(statistics, found);
}

struct Stated<'a> {
    fields: &'a FieldOffsets,
    findings: &'a mut Findings,
}

impl Stated<'_> {
    fn place(&self, field: &str) -> (Component, Place) {
        (Component::Statistics, Place::Offset(self.fields.of(field)))
    }

    fn damage(&mut self, field: &str, message: String) {
        self.findings.damage(CHECK, self.place(field), || message);
    }

    fn note(&mut self, field: &str, message: String) {
        self.findings.note(CHECK, self.place(field), || message);
    }

    /// Cassandra skips an SSTable by its bounds: one that leaves out a row is damage, one that is wide is none.
    fn bound(&mut self, name: &str, stated: [i64; 2], found: &Extremes, is_whole: bool) {
        if !found.any() {
            return;
        }
        let [least, greatest] = stated;
        let [least_name, greatest_name] = [format!("min{name}"), format!("max{name}")];
        if least > found.least.0 {
            let (value, position) = found.least;
            self.damage(&least_name, format!(
                "{least_name} is {}, but the partition at position {position} of the uncompressed data has {}",
                shown(least),
                shown(value)
            ));
        } else if greatest < found.greatest.0 {
            let (value, position) = found.greatest;
            self.damage(&greatest_name, format!(
                "{greatest_name} is {}, but the partition at position {position} of the uncompressed data has {}",
                shown(greatest),
                shown(value)
            ));
        } else if is_whole && (least, greatest) != (found.least.0, found.greatest.0) {
            let is_least = least != found.least.0;
            self.note(
                if is_least { &least_name } else { &greatest_name },
                format!(
                    "{name} is said to be from {} to {}, and is from {} to {}",
                    shown(least),
                    shown(greatest),
                    shown(found.least.0),
                    shown(found.greatest.0)
                ),
            );
        }
    }

    fn bounds(&mut self, statistics: &Statistics, found: &Collected, is_whole: bool) {
        let stats = &statistics.stats;
        let timestamps = [stats.min_timestamp, stats.max_timestamp];
        self.bound("Timestamp", timestamps, &found.timestamps, is_whole);
        let mut times = found.local_deletion_times;
        if !statistics.version.has_uint_deletion_time() {
            // The field had no room for more.
            let cap = |seconds: i64| {
                if seconds == NO_DELETION_TIME { seconds } else { seconds.min(LEGACY_MAX_DELETION_TIME) }
            };
            times.least.0 = cap(times.least.0);
            times.greatest.0 = cap(times.greatest.0);
        }
        // A negative one is what overflowed.
        if stats.max_local_deletion_time_seconds >= 0 {
            let stated = [stats.min_local_deletion_time_seconds, stats.max_local_deletion_time_seconds];
            self.bound("LocalDeletionTime", stated, &times, is_whole);
        }
        let ttls = [i64::from(stats.min_ttl_seconds), i64::from(stats.max_ttl_seconds)];
        self.bound("TTL", ttls, &found.ttls, is_whole);
    }

    fn flags(&mut self, statistics: &Statistics, found: &Collected, is_whole: bool) {
        let stats = &statistics.stats;
        if let Some(position) = found.partition_deletion {
            if !stats.has_partition_level_deletions {
                self.damage("hasPartitionLevelDeletions", format!(
                    "hasPartitionLevelDeletions is false, but the partition at position {position} of the uncompressed data is deleted"
                ));
            }
        } else if is_whole
            && stats.has_partition_level_deletions
            && statistics.version.has_partition_level_deletions_marker()
        {
            self.note(
                "hasPartitionLevelDeletions",
                "hasPartitionLevelDeletions is true, but no partition is deleted".to_owned(),
            );
        }
        match found.legacy_shards {
            Some(position) if !stats.has_legacy_counter_shards => self.damage("hasLegacyCounterShards", format!(
                "hasLegacyCounterShards is false, but the partition at position {position} of the uncompressed data has some"
            )),
            None if is_whole && stats.has_legacy_counter_shards => {
                self.note("hasLegacyCounterShards", "hasLegacyCounterShards is true, but there are none".to_owned());
            }
            _ => {}
        }
    }

    fn counts(&mut self, statistics: &Statistics, found: &Collected) {
        let stats = &statistics.stats;
        let (sizes, stated) = (&found.partition_sizes, &stats.estimated_partition_size_bytes);
        if sizes != stated {
            self.damage(
                "estimatedPartitionSize",
                match sizes.count() == stated.count() {
                    true => {
                        "estimatedPartitionSize counts partitions of other sizes than there are".to_owned()
                    }
                    false => format!(
                        "estimatedPartitionSize counts {} partitions, but there are {}",
                        stated.count(),
                        sizes.count()
                    ),
                },
            );
        }
        let counts = [
            ("totalRows", "rows", stats.total_rows, found.rows),
            ("totalColumnsSet", "columns with cells", stats.total_columns_set, found.columns_set),
        ];
        for (name, what, stated, found) in counts {
            let told = || format!("{name} counts {stated} {what}, but there are {found}");
            match u64::try_from(stated) {
                Ok(stated) if stated == found => {}
                // A scrub counts the rows of a partition that it then leaves out.
                Ok(stated) if stated > found => self.note(name, told()),
                _ => self.damage(name, told()),
            }
        }
        if found.cells_per_partition != stats.estimated_cells_per_partition {
            self.note(
                "estimatedCellPerPartitionCount",
                "estimatedCellPerPartitionCount counts other numbers of cells than there are".to_owned(),
            );
        }
        let bins = stats.estimated_tombstone_drop_times.bins();
        let dropped = bins.iter().fold(0_u64, |sum, bin| sum.saturating_add(bin.count.max(0) as u64));
        if dropped != found.drop_times {
            self.note("estimatedTombstoneDropTime", format!(
                "estimatedTombstoneDropTime counts {dropped} times of deletion or expiry, but there are {}",
                found.drop_times
            ));
        }
    }

    /// The bases of encoded times are estimates: what lies below them takes nine bytes, and is right.
    fn encoding(&mut self, statistics: &Statistics, found: &Collected) {
        let header = &statistics.header;
        if found.timestamps.any() && header.min_timestamp > found.timestamps.least.0 {
            let place = (Component::Statistics, Place::Offset(statistics.header_offset));
            self.findings.note(CHECK, place, || {
                format!(
                    "the base of encoded timestamps, {}, is above the least timestamp, {}",
                    header.min_timestamp, found.timestamps.least.0
                )
            });
        }
    }
}

fn shown(value: i64) -> String {
    match value {
        NO_DELETION_TIME | i64::MIN => "none".to_owned(),
        value => value.to_string(),
    }
}

/// Compares the stated ratio of compression with the lengths that are there.
pub(super) fn check_ratio(
    statistics: &Statistics,
    (stored_bytes, data_bytes): (u64, u64),
    findings: &mut Findings,
) {
    let (stated, found) = (statistics.stats.compression_ratio, stored_bytes as f64 / data_bytes as f64);
    if stated >= 0.0 && data_bytes > 0 && (stated - found).abs() > 0.001 {
        let place = Place::Offset(statistics.stats_fields.of("compressionRatio"));
        findings.note(CHECK, (Component::Statistics, place), || {
            format!("compressionRatio is {stated}, but that of the chunks is {found}")
        });
    }
}
