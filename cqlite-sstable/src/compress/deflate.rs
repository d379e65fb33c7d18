//! `DeflateCompressor`: one zlib stream; nothing at all for zero bytes.

use flate2::{Decompress, FlushDecompress, Status};

use super::{DecompressError, Decompressor};

pub(super) struct Deflate {
    context: Decompress,
}

impl Default for Deflate {
    fn default() -> Self {
        Self { context: Decompress::new(true) }
    }
}

impl Decompressor for Deflate {
    fn decompress(&mut self, chunk: &[u8], into: &mut [u8]) -> Result<usize, DecompressError> {
        if chunk.is_empty() {
            return Ok(0);
        }
        self.context.reset(true);
        let status = self
            .context
            .decompress(chunk, into, FlushDecompress::Finish)
            .map_err(|_| DecompressError::new("it is no valid zlib stream"))?;
        match status {
            Status::StreamEnd => usize::try_from(self.context.total_out()).map_err(DecompressError::new),
            _ => Err(DecompressError::new("the zlib stream does not end where it should")),
        }
    }
}
