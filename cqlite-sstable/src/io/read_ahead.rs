//! Decompression in a thread of its own, ahead of decoding.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::window::grown;
use super::{Checksum, Feed};
use crate::error::{Error, ErrorKind, RESTORE, Result};

/// Blocks on their way from the thread to the reader, at most.
const BLOCKS_IN_FLIGHT: usize = 2;

/// Free bytes in front of each block: what the reader has left of the block before is copied there, so that an
/// item that straddles two blocks becomes contiguous without copying the blocks.
const HEADROOM_BYTES: usize = 64 * 1024;

struct Block {
    bytes: Vec<u8>,
    end: usize,
    digest: Option<Checksum>,
}

/// A [`Feed`] that is read by its own thread. It goes forward only.
pub struct ReadAhead {
    filled: Receiver<Result<Block>>,
    emptied: SyncSender<Vec<u8>>,
    block_bytes: usize,
    digest: Option<Checksum>,
}

impl ReadAhead {
    /// Starts the thread; blocks have at least `block_bytes` and at least one unit. The thread ends with the
    /// feed, with an error, or when this is dropped.
    ///
    /// # Errors
    /// If the operating system has no thread to give.
    pub fn start(feed: Box<dyn Feed>, block_bytes: usize) -> Result<Self> {
        let (fill, filled) = sync_channel(BLOCKS_IN_FLIGHT);
        let (emptied, reuse) = sync_channel(BLOCKS_IN_FLIGHT.saturating_add(2));
        let size = block_bytes.max(feed.unit()).saturating_add(HEADROOM_BYTES);
        thread::Builder::new()
            .name("cqlite-read-ahead".to_owned())
            .spawn(move || run(feed, size, &fill, &reuse))
            .map_err(|error| Error::new(ErrorKind::Io, format!("no thread can be started: {error}")))?;
        Ok(Self { filled, emptied, block_bytes: size, digest: None })
    }

    /// Appends the next block to what `buffer[start..end]` still holds, mostly by swapping `buffer`.
    pub(super) fn next(
        &mut self,
        buffer: &mut Vec<u8>,
        start: &mut usize,
        end: &mut usize,
        wanted: usize,
    ) -> Result<()> {
        let Ok(received) = self.filled.recv() else {
            return Err(Error::corrupt("the data ends before its stated length").advise(RESTORE));
        };
        let mut block = received?;
        self.digest = block.digest;
        let left = buffer.get(*start..*end).unwrap_or_default();
        let front = HEADROOM_BYTES.checked_sub(left.len());
        if let Some(room) = front.and_then(|front| block.bytes.get_mut(front..HEADROOM_BYTES)) {
            room.copy_from_slice(left);
            *start = front.unwrap_or_default();
            *end = block.end;
            std::mem::swap(buffer, &mut block.bytes);
        } else {
            let fresh = block.bytes.get(HEADROOM_BYTES..block.end).unwrap_or_default();
            let kept = left.len();
            let present = kept.saturating_add(fresh.len());
            let size = grown(self.block_bytes, present, wanted.saturating_add(fresh.len())).max(present);
            buffer.copy_within(*start..*end, 0);
            if buffer.len() < size {
                buffer.reserve_exact(size.saturating_sub(buffer.len()));
                buffer.resize(size, 0);
            }
            *start = 0;
            *end = kept.saturating_add(fresh.len());
            if let Some(room) = buffer.get_mut(kept..*end) {
                room.copy_from_slice(fresh);
            }
        }
        // A buffer that had grown for a large item is given up, now; a thread that has ended takes nothing back.
        if block.bytes.len() == self.block_bytes {
            let _ = self.emptied.try_send(block.bytes);
        }
        Ok(())
    }

    /// Waits for the end of the feed.
    pub(super) fn finish(&mut self) -> Result<()> {
        while let Ok(block) = self.filled.recv() {
            self.digest = block?.digest;
        }
        Ok(())
    }

    /// The [`Feed::digest`] up to the end of the last block that was taken.
    pub(super) fn digest(&self) -> Option<Checksum> {
        self.digest.clone()
    }
}

fn run(mut feed: Box<dyn Feed>, size: usize, fill: &SyncSender<Result<Block>>, reuse: &Receiver<Vec<u8>>) {
    loop {
        let mut bytes = reuse.try_recv().unwrap_or_else(|_| vec![0; size]);
        let room = bytes.get_mut(HEADROOM_BYTES..).unwrap_or_default();
        let message = match feed.fill(room) {
            Ok(0) => return,
            Ok(filled) => {
                Ok(Block { bytes, end: HEADROOM_BYTES.saturating_add(filled), digest: feed.digest() })
            }
            Err(error) => Err(error),
        };
        let last = message.is_err();
        if fill.send(message).is_err() || last {
            return;
        }
    }
}
