//! Storing chunks in another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::chunk_store::ChunkStore;
use crate::error::{Error, ErrorKind, Result};

/// Blocks on their way to the thread, at most.
const BLOCKS_IN_FLIGHT: usize = 4;

/// A thread that compresses and writes Data.db behind the one that makes its rows. It takes blocks in their order, and
/// ends with its first error.
pub(super) struct ChunkThread {
    filled: SyncSender<Vec<u8>>,
    emptied: Receiver<Vec<u8>>,
    stored_bytes: Arc<AtomicU64>,
    block_length: usize,
    /// None once it was joined.
    thread: Option<JoinHandle<Result<ChunkStore>>>,
}

impl ChunkThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the operating system has no thread to give.
    pub(super) fn start(mut store: ChunkStore, block_length: usize) -> Result<Self> {
        let (filled, fill) = sync_channel::<Vec<u8>>(BLOCKS_IN_FLIGHT);
        let (empty, emptied) = sync_channel(BLOCKS_IN_FLIGHT.saturating_add(2));
        let stored_bytes = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&stored_bytes);
        let run = move || {
            for mut block in fill {
                store.store(&block)?;
                told.store(store.stored_bytes(), Ordering::Relaxed);
                block.clear();
                // There is room for all blocks that there are; who takes none any more needs none.
                let _ = empty.try_send(block);
            }
            Ok(store)
        };
        let thread = thread::Builder::new()
            .name("cqlite-write-behind".to_owned())
            .spawn(run)
            .map_err(|error| Error::new(ErrorKind::Io, format!("no thread can be started: {error}")))?;
        Ok(Self { filled, emptied, stored_bytes, block_length, thread: Some(thread) })
    }

    /// The stored bytes of which the thread told.
    pub(super) fn stored_bytes(&self) -> u64 {
        self.stored_bytes.load(Ordering::Relaxed)
    }

    /// Hands a block on, and leaves an empty one for the next.
    ///
    /// # Errors
    /// What ended the thread.
    pub(super) fn store(&mut self, block: &mut Vec<u8>) -> Result<()> {
        let next = self.emptied.try_recv().unwrap_or_else(|_| Vec::with_capacity(self.block_length));
        match self.filled.send(std::mem::replace(block, next)) {
            Ok(()) => Ok(()),
            Err(_) => join(self.thread.take()).map(|_| ()),
        }
    }

    /// Waits until all blocks are stored.
    ///
    /// # Errors
    /// What ended the thread.
    pub(super) fn finish(self) -> Result<ChunkStore> {
        drop(self.filled);
        join(self.thread)
    }
}

fn join(thread: Option<JoinHandle<Result<ChunkStore>>>) -> Result<ChunkStore> {
    let ended = || Error::new(ErrorKind::Output, "the thread that writes Data.db has ended already");
    match thread.ok_or_else(ended)?.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
