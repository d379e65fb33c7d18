//! Reading: what is live, out of memtables and SSTables.
//!
//! A [`ReadCommand`] says what is wanted, a [`View`](super::store::View) what there is. What has several sources is merged by
//! [`cqlite_sstable::merge`]; what has one is read as it is. Of the result, what is deleted or expired is left out here.

mod cell_buffer;
mod column_map;
mod command;
mod execute;
mod live_rows;
mod ordered_scan;
mod page;
mod paging_state;
mod range_sources;
mod reversed;
mod row_buffers;
mod row_sink;
mod source;
mod trace;

pub(in crate::storage) use column_map::ColumnMap;
pub use command::{Partitions, ReadCommand};
pub use page::{Page, PagePartition, PageRow};
pub use paging_state::PagingState;
pub(crate) use row_sink::KeptCells;
pub use row_sink::{Cells, ReadPartition, ReadRow, RowSink};
pub use trace::{ReadTrace, TouchedSources, TouchedSstable};
