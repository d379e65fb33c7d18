//! Bytes and their meaning, for SSTables and the commit log alike: checked reading, variable-length
//! integers, deletion times, clusterings, rows and cells.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod bytes;
mod clustering;
mod column_set;
mod deltas;
mod layout;
mod row;

pub use bytes::{Bytes, DecodeError};
pub use clustering::{ValueLength, read_bound, read_clustering, read_prefix};
pub use column_set::ColumnSet;
pub use deltas::{Deltas, newer_deletion_time};
pub use layout::{ColumnLayout, ColumnsLayout, RowLayout};
pub use row::{CellParts, MarkerHeader, RowHeader, UnfilteredKind, read_complex_header};
