//! What a serialization header means for rows.

use super::SerializationHeader;
use crate::encoding::{ColumnsLayout, Deltas, RowLayout, ValueLength};
use crate::version::Version;

impl SerializationHeader {
    /// How rows under this header are laid out in an SSTable of `version`.
    pub fn row_layout(&self, version: Version) -> RowLayout {
        RowLayout {
            deltas: Deltas {
                min_timestamp: self.min_timestamp,
                min_local_deletion_time_seconds: self.min_local_deletion_time_seconds,
                min_ttl_seconds: self.min_ttl_seconds,
                unsigned_deletion_times: version.has_uint_deletion_time(),
                wide_deltas: version.has_wide_deltas(),
            },
            clustering: self.clustering_types.iter().map(ValueLength::of).collect(),
            statics: ColumnsLayout::new(self.static_columns.iter().map(|column| &column.column_type)),
            regulars: ColumnsLayout::new(self.regular_columns.iter().map(|column| &column.column_type)),
            takes_any_idle_bits: false,
        }
    }
}
