//! What keeps rows: files, the commit log, memtables, SSTables and their compaction. It knows tables by their
//! columns, and no CQL.

pub mod commitlog;
pub mod compaction;
pub mod fs;
pub mod lifecycle;
pub mod memtable;
pub mod mutation;
pub mod read;
pub mod replay;
pub mod store;
mod table_id;

pub use table_id::TableId;
