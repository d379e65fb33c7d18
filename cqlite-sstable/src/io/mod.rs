//! Where bytes come from and go to: files, maps, memory; and the window of decompressed bytes that decoding borrows from.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod cached_feed;
mod checksum;
mod chunk_cache;
mod chunk_feed;
mod faulty;
mod feed;
mod file;
mod memory;
mod mmap;
mod output;
mod pace;
mod pages;
mod plain_feed;
mod read_ahead;
mod source;
mod tally;
mod used_buffer;
mod window;

pub use cached_feed::CachedFeed;
pub use checksum::Checksum;
pub use chunk_cache::{CachedFile, ChunkCache, FileId};
pub use chunk_feed::ChunkFeed;
pub use faulty::{Fault, FaultySource};
pub use feed::Feed;
pub use file::FileSource;
pub use memory::MemorySource;
pub use mmap::MappedSource;
pub use output::{
    DiskDirectory, FaultyDirectory, MemoryDirectory, OutputDirectory, OutputFile, SequentialFile, Spill,
    TemporaryFile,
};
pub use pages::{PAGE_BYTES, Pages, SourcePages, page_of};
pub use plain_feed::PlainFeed;
pub use read_ahead::ReadAhead;
pub use source::{Source, SourceExt};
pub use tally::ReadTally;
pub use window::{Gate, Window};
