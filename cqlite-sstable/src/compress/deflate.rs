//! `DeflateCompressor`: one zlib stream; nothing at all for zero bytes.

use flate2::{Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::{Compress, CompressError, DecompressError, Decompressor};

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

/// Of the level that Java's `Deflater` has by default.
pub(super) struct DeflateCompress {
    context: flate2::Compress,
}

impl Default for DeflateCompress {
    fn default() -> Self {
        Self { context: flate2::Compress::new(Compression::default(), true) }
    }
}

impl Compress for DeflateCompress {
    fn bound(&self, length: usize) -> usize {
        // What zlib's compressBound has for any settings: stored blocks are the worst.
        length.saturating_add(length.div_ceil(8)).saturating_add(length.div_ceil(64)).saturating_add(32)
    }

    fn compress(&mut self, chunk: &[u8], into: &mut [u8]) -> Result<usize, CompressError> {
        if chunk.is_empty() {
            return Ok(0);
        }
        self.context.reset();
        let status = self.context.compress(chunk, into, FlushCompress::Finish).map_err(CompressError::new)?;
        match status {
            Status::StreamEnd => usize::try_from(self.context.total_out()).map_err(CompressError::new),
            _ => Err(CompressError::new(super::NO_ROOM)),
        }
    }
}
