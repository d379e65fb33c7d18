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
/// ends with its first error. It is started for the first whole block: for less it is not worth while.
pub(super) struct ChunkThread {
    block_length: usize,
    /// As long as there is no thread.
    idle: Option<ChunkStore>,
    running: Option<Running>,
}

/// The thread.
struct Running {
    filled: SyncSender<Vec<u8>>,
    emptied: Receiver<Vec<u8>>,
    stored_bytes: Arc<AtomicU64>,
    /// None once it was joined.
    thread: Option<JoinHandle<Result<ChunkStore>>>,
}

impl Running {
    fn start(mut store: ChunkStore) -> Result<Self> {
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
        Ok(Self { filled, emptied, stored_bytes, thread: Some(thread) })
    }
}

impl ChunkThread {
    /// For blocks of a length.
    pub(super) fn new(store: ChunkStore, block_length: usize) -> Self {
        Self { block_length, idle: Some(store), running: None }
    }

    /// The stored bytes of which the thread told.
    pub(super) fn stored_bytes(&self) -> u64 {
        self.running.as_ref().map_or(0, |running| running.stored_bytes.load(Ordering::Relaxed))
    }

    /// Hands a whole block on, and leaves an empty one for the next.
    ///
    /// # Errors
    /// What ended the thread, or if the operating system has no thread to give.
    pub(super) fn store(&mut self, block: &mut Vec<u8>) -> Result<()> {
        if let Some(store) = self.idle.take() {
            self.running = Some(Running::start(store)?);
        }
        let Some(running) = &mut self.running else { return Err(ended()) };
        let next = running.emptied.try_recv().unwrap_or_else(|_| Vec::with_capacity(self.block_length));
        match running.filled.send(std::mem::replace(block, next)) {
            Ok(()) => Ok(()),
            Err(_) => join(running.thread.take()).map(|_| ()),
        }
    }

    /// Stores what is left, which may be nothing, and waits until all is stored.
    ///
    /// # Errors
    /// What ended the thread.
    pub(super) fn finish(mut self, mut rest: Vec<u8>) -> Result<ChunkStore> {
        if let Some(mut store) = self.idle.take() {
            if !rest.is_empty() {
                store.store(&rest)?;
            }
            return Ok(store);
        }
        if !rest.is_empty() {
            self.store(&mut rest)?;
        }
        let Running { filled, thread, .. } = self.running.ok_or_else(ended)?;
        drop(filled);
        join(thread)
    }
}

fn ended() -> Error {
    Error::new(ErrorKind::Output, "the thread that writes Data.db has ended already")
}

fn join(thread: Option<JoinHandle<Result<ChunkStore>>>) -> Result<ChunkStore> {
    match thread.ok_or_else(ended)?.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
