//! How rows are imported.

use super::TextDialect;
use crate::encoding::MAX_SIGNED_DELETION_TIME;
use crate::row::MAX_DELETION_TIME;
use crate::version::Version;

/// What a null means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Nulls {
    /// Nothing is said of the column: no tombstone by accident.
    #[default]
    Unset,
    /// The column is deleted, as `INSERT` does with `null`.
    Delete,
}

/// How rows are imported, whatever they are written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOptions {
    /// The write time in microseconds, where a row has none of its own.
    pub write_time_micros: i64,
    /// Whether that is the time of the first row of the input, and each one behind it is written a microsecond later:
    /// of several rows of one key the last one counts then. Else all have the same time, and their values decide.
    pub write_times_ascend: bool,
    /// The time of the import in seconds since 1970: from it TTLs count, and deletions are made at it.
    pub now_seconds: i64,
    /// The time to live, where a row has none of its own; without one, that of the table.
    pub ttl_seconds: Option<i32>,
    /// The field that has the write time of a row.
    pub timestamp_column: Option<String>,
    /// The field that has the time to live of a row.
    pub ttl_column: Option<String>,
    /// What a null means.
    pub nulls: Nulls,
    /// How many rows at the beginning are passed over (`SKIPROWS`).
    pub skipped_rows: u64,
    /// How many rows are read at most, of all files and with those that are passed over (`MAXROWS`).
    pub most_rows: Option<u64>,
    /// How many rows may be refused; with one more, the import fails.
    pub max_errors: u64,
    /// The last second at which something may expire or be deleted: the version that is written may hold none after
    /// 2038.
    pub max_deletion_time_seconds: i64,
    /// Whether partitions may be deleted with a write time before 1970.
    pub allows_negative_partition_deletions: bool,
    /// The last eight bytes of the time UUIDs that elements of lists get.
    pub list_node: [u8; 8],
}

impl ImportOptions {
    /// An import at this time.
    pub fn new(now_seconds: i64) -> Self {
        Self {
            write_time_micros: now_seconds.saturating_mul(1_000_000),
            write_times_ascend: true,
            now_seconds,
            ttl_seconds: None,
            timestamp_column: None,
            ttl_column: None,
            nulls: Nulls::Unset,
            skipped_rows: 0,
            most_rows: None,
            max_errors: 0,
            max_deletion_time_seconds: MAX_SIGNED_DELETION_TIME,
            allows_negative_partition_deletions: false,
            list_node: [0x80, 0, 1, 0, 0, 0, 0, 0],
        }
    }

    /// The same for SSTables of one version: all times that it can hold. Without this, those that all versions can.
    #[must_use]
    pub fn of_version(self, version: Version) -> Self {
        let has_uint = version.has_uint_deletion_time();
        Self {
            max_deletion_time_seconds: if has_uint { MAX_DELETION_TIME } else { MAX_SIGNED_DELETION_TIME },
            allows_negative_partition_deletions: !has_uint,
            ..self
        }
    }
}

/// The dialect of CSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvOptions {
    /// What stands between fields.
    pub delimiter: u8,
    /// What stands around fields that hold delimiters or ends of lines. Within them it may be doubled.
    pub quote: u8,
    /// What takes from the byte behind it its meaning, in quotes or not.
    pub escape: u8,
    /// Whether the first record is the names of the fields.
    pub has_header: bool,
    /// The fields in their order. Without them, those of the header; without a header, the columns of the primary
    /// key and then the others by name, as cqlsh has it.
    pub columns: Option<Vec<String>>,
    /// Fields that are passed over.
    pub skipped_columns: Vec<String>,
    /// How values are written.
    pub dialect: TextDialect,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: b'"',
            escape: b'\\',
            has_header: false,
            columns: None,
            skipped_columns: Vec::new(),
            dialect: TextDialect::default(),
        }
    }
}
