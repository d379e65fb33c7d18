//! Bytes and their meaning, for SSTables and the commit log alike: checked reading, variable-length
//! integers, deletion times, clusterings, rows and cells.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod bytes;
mod clustering;
mod column_set;
mod deltas;
mod encode_error;
mod encoding_stats;
mod layout;
mod row;
mod vint;
mod write_row;

pub use bytes::{Bytes, DecodeError};
pub use clustering::{
    ValueLength, read_bound, read_clustering, read_prefix, write_bound, write_clustering, write_prefix,
};
pub use column_set::ColumnSet;
pub use deltas::{Deltas, MAX_SIGNED_DELETION_TIME, newer_deletion_time, write_deletion_time};
pub use encode_error::EncodeError;
pub use encoding_stats::EncodingStats;
pub(crate) use encoding_stats::{DELETION_TIME_EPOCH_SECONDS, TIMESTAMP_EPOCH};
pub use layout::{ColumnLayout, ColumnsLayout, RowLayout};
pub use row::{CellParts, MarkerHeader, RowHeader, UnfilteredKind, read_complex_header};
pub use vint::{
    sized_int_bytes, uvint_size, write_short_prefixed, write_sized_int, write_uvint, write_uvint32,
    write_vint, write_vint_prefixed,
};
pub use write_row::{
    RowHead, write_cell, write_complex_header, write_end_of_partition, write_marker, write_unsized_marker,
};
