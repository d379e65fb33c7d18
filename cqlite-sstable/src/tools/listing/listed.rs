//! One SSTable of a listing.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::Overlap;
use crate::component::{Component, toc};
use crate::descriptor::Descriptor;
use crate::error::{Error, ErrorKind, Result};
use crate::io::SourceExt as _;
use crate::partitioner::Token;
use crate::reader::{Access, DiskFiles, Files};
use crate::row::NO_DELETION_TIME;
use crate::tools::metadata::{Metadata, uuid_text};

/// No TOC.txt is longer.
const TOC_LIMIT_BYTES: u64 = 1024 * 1024;

/// What is listed of an SSTable.
#[derive(Debug)]
pub struct ListedSstable {
    /// Where it lies.
    pub descriptor: Descriptor,
    /// The level in leveled compaction.
    pub level: i32,
    /// When it was repaired, in milliseconds since 1970; 0 if it was not.
    pub repaired_at_millis: i64,
    /// The session of a repair that is not yet finished.
    pub pending_repair: Option<[u8; 16]>,
    /// The bytes of all its files that are there.
    pub disk_bytes: u64,
    /// The bytes of the data without compression, where they are known.
    pub uncompressed_bytes: Option<u64>,
    /// The least and the greatest timestamp in microseconds; none if nothing has one.
    pub timestamps: Option<(i64, i64)>,
    /// The least and the greatest local deletion time, that of deletions and expiries; [`NO_DELETION_TIME`] as the
    /// least if there is none, as the greatest if anything stays for ever.
    pub local_deletion_times_seconds: (i64, i64),
    /// The least and the greatest TTL; 0 is none.
    pub ttls_seconds: (i32, i32),
    /// The share of cells that are tombstones which may be dropped, as estimated.
    pub droppable_ratio: f64,
    /// How many partitions there are.
    pub partitions: i64,
    /// How many rows there are.
    pub rows: i64,
    /// The tokens of the first and the last partition, where they are known.
    pub tokens: Option<(Token, Token)>,
    /// What could not be read, and what is therefore missing.
    pub warnings: Vec<Error>,
}

impl ListedSstable {
    /// Reads the metadata of an SSTable. Tombstones from before `gc_before_seconds` may be dropped.
    ///
    /// # Errors
    /// As [`Metadata::load`].
    pub fn load(descriptor: &Descriptor, gc_before_seconds: i64) -> Result<Self> {
        let files = DiskFiles::new(descriptor.clone(), Access::default());
        let metadata = Metadata::load(descriptor.stem(), &files, descriptor.version())?;
        let tokens = metadata.token_range();
        let stats = &metadata.statistics.stats;
        let has_timestamps = stats.min_timestamp != i64::MIN || stats.max_timestamp != i64::MAX;
        Ok(Self {
            descriptor: descriptor.clone(),
            level: stats.sstable_level,
            repaired_at_millis: stats.repaired_at_millis,
            pending_repair: stats.pending_repair,
            disk_bytes: disk_bytes(descriptor, &files)?,
            uncompressed_bytes: metadata.uncompressed_bytes,
            timestamps: has_timestamps.then_some((stats.min_timestamp, stats.max_timestamp)),
            local_deletion_times_seconds: (
                stats.min_local_deletion_time_seconds,
                stats.max_local_deletion_time_seconds,
            ),
            ttls_seconds: (stats.min_ttl_seconds, stats.max_ttl_seconds),
            droppable_ratio: stats.estimated_droppable_tombstone_ratio(gc_before_seconds),
            partitions: stats.estimated_partition_size_bytes.count(),
            rows: stats.total_rows,
            tokens,
            warnings: metadata.warnings,
        })
    }

    /// Everything as one JSON object, with how it overlaps with the others of `table`.
    pub fn to_json(&self, table: &str, overlap: Option<&Overlap>) -> Value {
        let version = self.descriptor.version();
        let (min_deletion, max_deletion) = self.local_deletion_times_seconds;
        let deletion = |seconds: i64| (seconds != NO_DELETION_TIME).then_some(seconds);
        json!({
            "table": table,
            "sstable": self.descriptor.to_string(),
            "id": self.descriptor.id().to_string(),
            "version": version.to_string(),
            "format": version.format().name(),
            "level": self.level,
            "repaired_at_millis": (self.repaired_at_millis != 0).then_some(self.repaired_at_millis),
            "pending_repair": self.pending_repair.as_ref().map(uuid_text),
            "disk_bytes": self.disk_bytes,
            "uncompressed_bytes": self.uncompressed_bytes,
            "partitions": self.partitions,
            "rows": self.rows,
            "min_timestamp_micros": self.timestamps.map(|(least, _)| least),
            "max_timestamp_micros": self.timestamps.map(|(_, greatest)| greatest),
            "min_local_deletion_time_seconds": deletion(min_deletion),
            "max_local_deletion_time_seconds": deletion(max_deletion),
            "min_ttl_seconds": self.ttls_seconds.0,
            "max_ttl_seconds": self.ttls_seconds.1,
            "droppable_tombstone_ratio": self.droppable_ratio,
            "first_token": self.tokens.as_ref().map(|(first, _)| token_json(first)),
            "last_token": self.tokens.as_ref().map(|(_, last)| token_json(last)),
            "overlapping_sstables": overlap.map(|overlap| overlap.sstables),
            "overlapping_token_share": overlap.and_then(|overlap| overlap.token_share),
        })
    }
}

fn token_json(token: &Token) -> Value {
    match token {
        Token::Murmur3(token) => json!(token),
        other => json!(other.to_string()),
    }
}

/// The bytes of the files that an SSTable may have and of those that its TOC.txt lists: indexes have files of their
/// own.
pub(in crate::tools) fn disk_bytes(descriptor: &Descriptor, files: &dyn Files) -> Result<u64> {
    let mut names: BTreeSet<String> = Component::ALL.map(|component| component.file_name().to_owned()).into();
    // Where it cannot be read, the SSTable can be all the same.
    let listed = files.open(Component::Toc).and_then(|toc| toc::parse(&toc.read_all(TOC_LIMIT_BYTES)?));
    names.extend(listed.unwrap_or_default().into_iter().filter(|name| !name.contains('/')));
    let mut sum = 0_u64;
    for name in names {
        let path = descriptor.directory().join(format!("{}-{name}", descriptor.stem()));
        match fs::metadata(&path).map_err(|error| Error::io(&path, error)) {
            Ok(metadata) => sum = sum.saturating_add(metadata.len()),
            Err(error) if error.kind() == ErrorKind::Missing => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sum)
}
