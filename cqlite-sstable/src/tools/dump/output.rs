//! Buffered output.

use std::io::{self, Write};

use crate::error::{Error, Result};
use crate::types::TextSink;

/// What is written at once.
const BLOCK_BYTES: usize = 64 * 1024;

/// Where full blocks go.
pub(super) trait BlockSink {
    /// Takes what `block` holds and leaves an empty one.
    fn take(&mut self, block: &mut Vec<u8>) -> io::Result<()>;
}

/// Blocks are written.
pub(super) struct WriterSink<'w>(pub(super) &'w mut dyn Write);

impl BlockSink for WriterSink<'_> {
    fn take(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        self.0.write_all(block)?;
        block.clear();
        Ok(())
    }
}

/// A block that is filled and then handed to a sink. A failure of the sink is remembered and told by
/// [`Output::check`]; what is pushed until then is dropped.
pub(super) struct Output<'w> {
    sink: &'w mut dyn BlockSink,
    block: Vec<u8>,
    error: Option<io::Error>,
}

impl<'w> Output<'w> {
    pub(super) fn new(sink: &'w mut dyn BlockSink) -> Self {
        Self::with_block(sink, Vec::with_capacity(BLOCK_BYTES))
    }

    /// Fills `block`, which is empty, up to its capacity.
    pub(super) fn with_block(sink: &'w mut dyn BlockSink, block: Vec<u8>) -> Self {
        Self { sink, block, error: None }
    }

    #[cold]
    fn push_across_blocks(&mut self, mut bytes: &[u8]) {
        loop {
            let room = self.block.capacity() - self.block.len();
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.block.extend_from_slice(now);
            if later.is_empty() {
                return;
            }
            self.drain();
            if self.error.is_some() {
                return;
            }
            bytes = later;
        }
    }

    fn drain(&mut self) {
        if self.error.is_none()
            && !self.block.is_empty()
            && let Err(error) = self.sink.take(&mut self.block)
        {
            self.error = Some(error);
        }
        self.block.clear();
    }

    /// Tells of a failure of the sink.
    pub(super) fn check(&mut self) -> Result<()> {
        self.error.take().map_or(Ok(()), |error| Err(Error::output(error)))
    }

    /// Hands the sink what is there.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.drain();
        self.check()
    }

    /// Hands the sink what is there and then `block`, which it leaves empty.
    pub(super) fn pass(&mut self, block: &mut Vec<u8>) -> Result<()> {
        self.flush()?;
        self.sink.take(block).map_err(Error::output)
    }

    /// The block, to be used again.
    pub(super) fn into_block(self) -> Vec<u8> {
        self.block
    }
}

impl TextSink for Output<'_> {
    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        if bytes.len() <= self.block.capacity() - self.block.len() {
            self.block.extend_from_slice(bytes);
        } else {
            self.push_across_blocks(bytes);
        }
    }
}
