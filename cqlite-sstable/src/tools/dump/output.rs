//! Buffered output.

use std::io::{self, Write};

use crate::error::{Error, Result};
use crate::types::TextSink;

const BUFFER_BYTES: usize = 64 * 1024;

/// A buffer in front of a writer. A failed write is remembered and told by [`Output::check`]; what is pushed
/// after it is dropped.
pub(super) struct Output<'w> {
    writer: &'w mut dyn Write,
    buffer: Vec<u8>,
    error: Option<io::Error>,
}

impl<'w> Output<'w> {
    pub(super) fn new(writer: &'w mut dyn Write) -> Self {
        Self { writer, buffer: Vec::with_capacity(BUFFER_BYTES), error: None }
    }

    #[cold]
    fn drain(&mut self, bytes: &[u8]) {
        let large = bytes.len() >= BUFFER_BYTES;
        for piece in [self.buffer.as_slice(), if large { bytes } else { &[] }] {
            if self.error.is_none()
                && let Err(error) = self.writer.write_all(piece)
            {
                self.error = Some(error);
            }
        }
        self.buffer.clear();
        if !large {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Tells of a failed write.
    pub(super) fn check(&mut self) -> Result<()> {
        self.error.take().map_or(Ok(()), |error| Err(Error::output(error)))
    }

    /// Writes what is buffered, through to the writer's end.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.drain(&[]);
        self.check()?;
        self.writer.flush().map_err(Error::output)
    }
}

impl TextSink for Output<'_> {
    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        if self.buffer.len() + bytes.len() <= BUFFER_BYTES {
            self.buffer.extend_from_slice(bytes);
        } else {
            self.drain(bytes);
        }
    }
}
