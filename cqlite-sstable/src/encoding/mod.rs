//! Bytes and their meaning, for SSTables and the commit log alike: checked reading, variable-length
//! integers, deletion times, clusterings, rows and cells.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod bytes;
mod clustering;
mod column_set;
mod deltas;
mod layout;
mod row;
mod vint;

pub use bytes::{Bytes, DecodeError};
pub use clustering::{
    ValueLength, read_bound, read_clustering, read_prefix, write_bound, write_clustering, write_prefix,
};
pub use column_set::ColumnSet;
pub use deltas::{Deltas, newer_deletion_time, write_deletion_time};
pub use layout::{ColumnLayout, ColumnsLayout, RowLayout};
pub use row::{CellParts, MarkerHeader, RowHeader, UnfilteredKind, read_complex_header};
pub use vint::{sized_int_bytes, write_sized_int, write_uvint, write_vint};
