//! The stream of Data.db.

use super::chunk_store::{ChunkStore, DataWritten};
use super::chunk_thread::ChunkThread;
use super::new_files::NewFiles;
use crate::compress::CompressionParameters;
use crate::error::Result;
use crate::version::Version;

/// What another thread stores at once, if it is not a single chunk.
const BLOCK_BYTES: usize = 128 * 1024;

/// Takes the stream of Data.db and hands it on in whole chunks, to be stored here or in another thread.
pub(super) struct DataWriter {
    /// What is not yet handed on.
    block: Vec<u8>,
    /// What is handed on at once: whole chunks.
    block_length: usize,
    /// Where the block begins in the uncompressed stream.
    block_start: u64,
    store: Store,
}

enum Store {
    Here(Box<ChunkStore>),
    Aside(Box<ChunkThread>),
}

impl DataWriter {
    /// Makes Data.db. With `aside`, another thread compresses and writes it.
    pub(super) fn create(
        files: &NewFiles,
        compression: Option<&CompressionParameters>,
        aside: bool,
    ) -> Result<Self> {
        let store = ChunkStore::create(files, compression)?;
        let chunk_length = store.chunk_length();
        let chunks = if aside { BLOCK_BYTES.checked_div(chunk_length).unwrap_or(1).max(1) } else { 1 };
        let block_length = chunk_length.saturating_mul(chunks);
        let store = match aside {
            true => Store::Aside(Box::new(ChunkThread::new(store, block_length))),
            false => Store::Here(Box::new(store)),
        };
        Ok(Self { block: Vec::with_capacity(block_length), block_length, block_start: 0, store })
    }

    /// Uncompressed bytes so far.
    #[inline]
    pub(super) fn position(&self) -> u64 {
        self.block_start.saturating_add(self.block.len() as u64)
    }

    /// Stored bytes so far, of whole chunks. With another thread, those of which it told already.
    pub(super) fn stored_bytes(&self) -> u64 {
        match &self.store {
            Store::Here(store) => store.stored_bytes(),
            Store::Aside(thread) => thread.stored_bytes(),
        }
    }

    /// Appends bytes to the stream.
    #[inline]
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.block.len().saturating_add(bytes.len()) < self.block_length {
            self.block.extend_from_slice(bytes);
            return Ok(());
        }
        self.write_over_blocks(bytes)
    }

    fn write_over_blocks(&mut self, mut bytes: &[u8]) -> Result<()> {
        loop {
            let room = self.block_length.saturating_sub(self.block.len());
            let Some((front, rest)) = bytes.split_at_checked(room) else {
                self.block.extend_from_slice(bytes);
                return Ok(());
            };
            self.block.extend_from_slice(front);
            self.store_block()?;
            bytes = rest;
        }
    }

    fn store_block(&mut self) -> Result<()> {
        self.block_start = self.position();
        match &mut self.store {
            Store::Here(store) => {
                store.store(&self.block)?;
                self.block.clear();
                Ok(())
            }
            Store::Aside(thread) => thread.store(&mut self.block),
        }
    }

    /// Writes what is left, then CompressionInfo.db or CRC.db, and Digest.crc32. All are synced.
    pub(super) fn finish(self, files: &NewFiles, version: Version) -> Result<DataWritten> {
        let store = match self.store {
            Store::Here(mut store) => {
                if !self.block.is_empty() {
                    store.store(&self.block)?;
                }
                *store
            }
            Store::Aside(thread) => thread.finish(self.block)?,
        };
        store.finish(files, version)
    }
}
