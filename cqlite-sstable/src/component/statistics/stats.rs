//! What is known about the content of an SSTable.

use super::super::field_reader::FieldReader;
use super::super::field_writer::FieldWriter;
use super::header::{parse_types, write_types};
use super::{CommitLogPosition, CoveredClusterings, EstimatedHistogram, IntervalSet, TombstoneHistogram};
use crate::encoding::{Bytes, DecodeError};
use crate::error::Result;
use crate::row::NO_DELETION_TIME;
use crate::types::CqlType;
use crate::version::Version;

/// What is known about the content (`StatsMetadata`). A version that does not record a field has what
/// Cassandra assumes for it.
#[derive(Debug, Clone, PartialEq)]
pub struct StatsMetadata {
    /// Sizes of partitions in the uncompressed Data.db, in bytes.
    pub estimated_partition_size_bytes: EstimatedHistogram,
    /// Cells of partitions, static ones and those of collections included.
    pub estimated_cells_per_partition: EstimatedHistogram,
    /// The end of the last of [`Self::commit_log_intervals`]; [`CommitLogPosition::NONE`] without any.
    pub commit_log_upper_bound: CommitLogPosition,
    /// The least timestamp in microseconds; `i64::MIN` if nothing has one.
    pub min_timestamp: i64,
    /// The greatest timestamp in microseconds; `i64::MAX` if nothing has one.
    pub max_timestamp: i64,
    /// The least local deletion time; [`NO_DELETION_TIME`] if nothing is deleted or expires.
    pub min_local_deletion_time_seconds: i64,
    /// The greatest local deletion time; [`NO_DELETION_TIME`] if anything stays for ever.
    pub max_local_deletion_time_seconds: i64,
    /// The least TTL; 0 if anything has none.
    pub min_ttl_seconds: i32,
    /// The greatest TTL; 0 if nothing has one.
    pub max_ttl_seconds: i32,
    /// The stored bytes of all chunks, their checksums left out, divided by the bytes they have when decompressed;
    /// -1 if Data.db is not compressed.
    pub compression_ratio: f64,
    /// When deletions were made, and when data expires.
    pub estimated_tombstone_drop_times: TombstoneHistogram,
    /// The level in leveled compaction.
    pub sstable_level: i32,
    /// When the data was repaired, in milliseconds since 1970; 0 if it was not.
    pub repaired_at_millis: i64,
    /// The clustering types for [`Self::covered_clusterings`], where they are recorded.
    pub clustering_types: Option<Vec<CqlType>>,
    /// Between which clusterings everything lies.
    pub covered_clusterings: CoveredClusterings,
    /// Whether there are counter shards as they were written before Cassandra 2.1.
    pub has_legacy_counter_shards: bool,
    /// Columns with at least one cell, summed over the rows.
    pub total_columns_set: i64,
    /// Rows, with the static ones that are not empty.
    pub total_rows: i64,
    /// The start of the first of [`Self::commit_log_intervals`]; [`CommitLogPosition::NONE`] without any.
    pub commit_log_lower_bound: CommitLogPosition,
    /// The writes in the commit log of the originating host that are in this SSTable.
    pub commit_log_intervals: IntervalSet,
    /// The session (a time UUID) of a repair that is not yet finished.
    pub pending_repair: Option<[u8; 16]>,
    /// Whether the data is a transient replica's.
    pub is_transient: bool,
    /// The host whose commit log the intervals mean.
    pub originating_host_id: Option<[u8; 16]>,
    /// Whether whole partitions may be deleted.
    pub has_partition_level_deletions: bool,
    /// The first partition key, where it is recorded.
    pub first_key: Option<Vec<u8>>,
    /// The last partition key, where it is recorded.
    pub last_key: Option<Vec<u8>>,
    /// Which part of the node's token space the SSTable spans, from 0 to 1; none if unknown.
    pub token_space_coverage: Option<f64>,
}

/// The fields that stand in front of the covered clusterings.
struct Leading {
    partition_size: EstimatedHistogram,
    cells: EstimatedHistogram,
    commit_log_upper_bound: CommitLogPosition,
    timestamps: [i64; 2],
    local_deletion_times: [i64; 2],
    ttls: [i32; 2],
    compression_ratio: f64,
    drop_times: TombstoneHistogram,
    level: i32,
    repaired_at: i64,
}

impl Leading {
    fn parse(reader: &mut FieldReader<'_>, version: Version) -> Result<Self> {
        let uint_deletion_time = version.has_uint_deletion_time();
        let deletion_time = if uint_deletion_time { unsigned_deletion_time } else { legacy_deletion_time };
        let drop_times =
            if uint_deletion_time { TombstoneHistogram::parse } else { TombstoneHistogram::parse_legacy };
        Ok(Self {
            partition_size: EstimatedHistogram::parse(reader, "estimatedPartitionSize")?,
            cells: EstimatedHistogram::parse(reader, "estimatedCellPerPartitionCount")?,
            commit_log_upper_bound: reader.read("commitLogUpperBound", CommitLogPosition::read)?,
            timestamps: [reader.read("minTimestamp", Bytes::i64)?, reader.read("maxTimestamp", Bytes::i64)?],
            local_deletion_times: [
                reader.read("minLocalDeletionTime", deletion_time)?,
                reader.read("maxLocalDeletionTime", deletion_time)?,
            ],
            ttls: [reader.read("minTTL", Bytes::i32)?, reader.read("maxTTL", Bytes::i32)?],
            compression_ratio: reader.read("compressionRatio", Bytes::f64)?,
            drop_times: drop_times(reader, "estimatedTombstoneDropTime")?,
            level: reader.read("sstableLevel", Bytes::i32)?,
            repaired_at: reader.read("repairedAt", Bytes::i64)?,
        })
    }
}

impl StatsMetadata {
    /// Reads all fields in their order on disk, and tells the version by what fields there are. Bytes behind the last
    /// one are left: `oa` has zeros there, and `nc` fields that its letters do not promise.
    pub(super) fn parse(reader: &mut FieldReader<'_>, version: Version) -> Result<(Self, Version)> {
        let leading = Leading::parse(reader, version)?;
        let (clustering_types, covered_clusterings) = parse_covered_clusterings(reader, version)?;
        let has_legacy_counter_shards = reader.boolean("hasLegacyCounterShards")?;
        let total_columns_set = reader.read("totalColumnsSet", Bytes::i64)?;
        let total_rows = reader.read("totalRows", Bytes::i64)?;
        let (commit_log_lower_bound, commit_log_intervals) =
            parse_commit_log(reader, version, leading.commit_log_upper_bound)?;
        let [min_local_deletion_time_seconds, max_local_deletion_time_seconds] = leading.local_deletion_times;
        let pending_repair = parse_uuid(reader, "pendingRepair", version.has_pending_repair())?;
        let version = match reader.remaining() {
            0 if version.has_pre_releases() => version.before_transient_replication(),
            _ => version,
        };
        // fields are read in the order in which they stand here
        let stats = Self {
            estimated_partition_size_bytes: leading.partition_size,
            estimated_cells_per_partition: leading.cells,
            commit_log_upper_bound: leading.commit_log_upper_bound,
            min_timestamp: leading.timestamps[0],
            max_timestamp: leading.timestamps[1],
            min_local_deletion_time_seconds,
            max_local_deletion_time_seconds,
            min_ttl_seconds: leading.ttls[0],
            max_ttl_seconds: leading.ttls[1],
            compression_ratio: leading.compression_ratio,
            estimated_tombstone_drop_times: leading.drop_times,
            sstable_level: leading.level,
            repaired_at_millis: leading.repaired_at,
            clustering_types,
            covered_clusterings,
            has_legacy_counter_shards,
            total_columns_set,
            total_rows,
            commit_log_lower_bound,
            commit_log_intervals,
            pending_repair,
            is_transient: version.has_is_transient() && reader.boolean("isTransient")?,
            originating_host_id: parse_uuid(reader, "originatingHostId", version.has_originating_host_id())?,
            has_partition_level_deletions: if version.has_partition_level_deletions_marker() {
                reader.boolean("hasPartitionLevelDeletions")?
            } else {
                min_local_deletion_time_seconds != NO_DELETION_TIME
            },
            first_key: parse_key(reader, "firstKey", version.has_key_range())?,
            last_key: parse_key(reader, "lastKey", version.has_key_range())?,
            token_space_coverage: parse_token_space_coverage(reader, version)?,
        };
        Ok((stats, version))
    }
}

impl StatsMetadata {
    /// Writes all fields that `version` records, in their order on disk.
    pub(super) fn write(
        &self,
        writer: &mut FieldWriter,
        version: Version,
        clustering_types: &[CqlType],
    ) -> Result<()> {
        self.write_leading(writer, version)?;
        if version.has_improved_min_max() {
            let types = self.clustering_types.as_deref().unwrap_or(clustering_types);
            write_types(writer, types);
            self.covered_clusterings.write(writer, types)?;
        } else {
            self.covered_clusterings.write_legacy(writer)?;
        }
        writer.boolean(self.has_legacy_counter_shards);
        writer.i64(self.total_columns_set);
        writer.i64(self.total_rows);
        if version.has_commit_log_lower_bound() {
            self.commit_log_lower_bound.write(writer);
        }
        if version.has_commit_log_intervals() {
            self.commit_log_intervals.write(writer, "commitLogIntervals")?;
        }
        if version.has_pending_repair() {
            write_uuid(writer, self.pending_repair);
        }
        if version.has_is_transient() {
            writer.boolean(self.is_transient);
        }
        if version.has_originating_host_id() {
            write_uuid(writer, self.originating_host_id);
        }
        if version.has_partition_level_deletions_marker() {
            writer.boolean(self.has_partition_level_deletions);
        }
        if version.has_key_range() {
            writer.vint_prefixed(self.first_key.as_deref().unwrap_or_default());
            writer.vint_prefixed(self.last_key.as_deref().unwrap_or_default());
        }
        if version.has_token_space_coverage() {
            writer.f64(self.token_space_coverage.unwrap_or(f64::NAN));
        }
        if version.has_uint_deletion_time() {
            // Cassandra reserves 16 bytes for each bin and fills 12 of them
            writer.zeros(self.estimated_tombstone_drop_times.bins().len().saturating_mul(4));
        }
        Ok(())
    }

    /// The fields of [`Leading`].
    fn write_leading(&self, writer: &mut FieldWriter, version: Version) -> Result<()> {
        self.estimated_partition_size_bytes.write(writer, "estimatedPartitionSize")?;
        self.estimated_cells_per_partition.write(writer, "estimatedCellPerPartitionCount")?;
        self.commit_log_upper_bound.write(writer);
        writer.i64(self.min_timestamp);
        writer.i64(self.max_timestamp);
        for seconds in [self.min_local_deletion_time_seconds, self.max_local_deletion_time_seconds] {
            if version.has_uint_deletion_time() {
                writer.u32(u32::try_from(seconds).unwrap_or(u32::MAX));
            } else {
                writer.i32(to_legacy_deletion_time(seconds));
            }
        }
        writer.i32(self.min_ttl_seconds);
        writer.i32(self.max_ttl_seconds);
        writer.f64(self.compression_ratio);
        let (drop_times, field) = (&self.estimated_tombstone_drop_times, "estimatedTombstoneDropTime");
        if version.has_uint_deletion_time() {
            drop_times.write(writer, field)?;
        } else {
            drop_times.write_legacy(writer, field, !version.has_metadata_checksum())?;
        }
        writer.i32(self.sstable_level);
        writer.i64(self.repaired_at_millis);
        Ok(())
    }

    /// An estimate of the share of cells that are tombstones which may be dropped: those whose local deletion
    /// time is at or before `gc_before_seconds`. Compaction looks for SSTables by it.
    pub fn estimated_droppable_tombstone_ratio(&self, gc_before_seconds: i64) -> f64 {
        let cells = &self.estimated_cells_per_partition;
        let cells = cells.mean().wrapping_mul(cells.count());
        if cells > 0 {
            self.estimated_tombstone_drop_times.sum(gc_before_seconds) / cells as f64
        } else {
            0.0
        }
    }
}

fn parse_covered_clusterings(
    reader: &mut FieldReader<'_>,
    version: Version,
) -> Result<(Option<Vec<CqlType>>, CoveredClusterings)> {
    if version.has_improved_min_max() {
        let types = parse_types(reader, "clusteringTypes")?;
        let covered = CoveredClusterings::parse(reader, &types)?;
        return Ok((Some(types), covered));
    }
    let covered = CoveredClusterings::parse_legacy(reader)?;
    Ok((None, if version.has_accurate_min_max() { covered } else { CoveredClusterings::All }))
}

fn unsigned_deletion_time(bytes: &mut Bytes<'_>) -> Result<i64, DecodeError> {
    Ok(match bytes.u32()? {
        u32::MAX => NO_DELETION_TIME,
        seconds => i64::from(seconds),
    })
}

fn legacy_deletion_time(bytes: &mut Bytes<'_>) -> Result<i64, DecodeError> {
    Ok(match bytes.i32()? {
        i32::MAX => NO_DELETION_TIME,
        seconds => i64::from(seconds),
    })
}

/// A time before `oa`: what is later than 2038 becomes the last second that can be told.
fn to_legacy_deletion_time(seconds: i64) -> i32 {
    match i32::try_from(seconds) {
        _ if seconds == NO_DELETION_TIME => i32::MAX,
        Ok(seconds) => seconds.min(i32::MAX - 1),
        Err(_) if seconds < 0 => i32::MIN,
        Err(_) => i32::MAX - 1,
    }
}

fn parse_commit_log(
    reader: &mut FieldReader<'_>,
    version: Version,
    upper_bound: CommitLogPosition,
) -> Result<(CommitLogPosition, IntervalSet)> {
    let lower_bound = if version.has_commit_log_lower_bound() {
        reader.read("commitLogLowerBound", CommitLogPosition::read)?
    } else {
        CommitLogPosition::NONE
    };
    let intervals = if version.has_commit_log_intervals() {
        IntervalSet::parse(reader, "commitLogIntervals")?
    } else {
        IntervalSet::of(lower_bound, upper_bound)
    };
    Ok((lower_bound, intervals))
}

/// A byte that is 0 if there is no UUID, then the UUID.
fn parse_uuid(reader: &mut FieldReader<'_>, field: &'static str, recorded: bool) -> Result<Option<[u8; 16]>> {
    if !recorded || !reader.boolean(field)? {
        return Ok(None);
    }
    reader.read(field, Bytes::array).map(Some)
}

fn write_uuid(writer: &mut FieldWriter, uuid: Option<[u8; 16]>) {
    writer.boolean(uuid.is_some());
    writer.raw(uuid.as_ref().map_or(&[], <[u8; 16]>::as_slice));
}

fn parse_key(reader: &mut FieldReader<'_>, field: &'static str, recorded: bool) -> Result<Option<Vec<u8>>> {
    if !recorded {
        return Ok(None);
    }
    reader.read(field, Bytes::vint_prefixed).map(|key| Some(key.to_owned()))
}

fn parse_token_space_coverage(reader: &mut FieldReader<'_>, version: Version) -> Result<Option<f64>> {
    if !version.has_token_space_coverage() {
        return Ok(None);
    }
    let coverage = reader.read("tokenSpaceCoverage", Bytes::f64)?;
    Ok((!coverage.is_nan()).then_some(coverage))
}
