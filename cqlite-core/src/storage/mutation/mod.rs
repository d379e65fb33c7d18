//! Changes of rows, in the encoding in which the commit log has them.
//!
//! A [`Mutation`] changes one partition key in one or more tables. It is built by a [`PartitionUpdateBuilder`] or decoded
//! from a commit log, and holds the bytes of a commit log's entry, nothing else: what it changes in each table, a
//! [`PartitionUpdate`], is shown by [`UpdateRows`], a cursor over these bytes.
//!
//! ```text
//! mutation := uvint count, partition update*                                    (Mutation.MutationSerializer)
//! update   := table id (16 bytes), vint-length key, flags, [the rest, unless it is empty]
//! rest     := bases, [static columns], regular columns, [partition deletion], [static row], [uvint row count],
//!             unfiltered*, end                                        (UnfilteredRowIteratorSerializer)
//! columns  := uvint count, vint-length name*
//! ```
//! Rows, markers and cells are those of [`cqlite_sstable::encoding`], without the two sizes that they have in SSTables.

mod batch;
mod builder;
mod column_list;
mod decode;
mod messaging_version;
mod moved_in_time;
#[expect(clippy::module_inception, reason = "the folder is named by the type that all the others are for")]
mod mutation;
mod path_order;
mod range_sweep;
mod row_buffer;
mod row_decoder;
mod table_layout;
mod update;
mod update_check;
mod update_rows;
mod value_check;

pub use super::TableId;
pub use batch::Batch;
pub use builder::{KEY_LIMIT_BYTES, PartitionUpdateBuilder, VALUE_LIMIT_BYTES};
pub use decode::Decoded;
pub use messaging_version::MessagingVersion;
pub use mutation::Mutation;
pub use table_layout::TableLayout;
pub use update::PartitionUpdate;
pub use update_rows::UpdateRows;

pub(in crate::storage) use column_list::ColumnList;
pub(in crate::storage) use decode::decode_heads;
pub(in crate::storage) use range_sweep::RangeSweep;
pub(in crate::storage) use row_buffer::RowBuffer;
pub(in crate::storage) use row_decoder::RowDecoder;
pub(in crate::storage) use update::UpdateHead;
