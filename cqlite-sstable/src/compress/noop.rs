//! `NoopCompressor`: the bytes as they are.

use super::{Compress, CompressError, DecompressError, Decompressor, NO_ROOM};

pub(super) struct Noop;

impl Decompressor for Noop {
    fn decompress(&mut self, chunk: &[u8], into: &mut [u8]) -> Result<usize, DecompressError> {
        let into =
            into.get_mut(..chunk.len()).ok_or_else(|| DecompressError::new("it is longer than a chunk"))?;
        into.copy_from_slice(chunk);
        Ok(chunk.len())
    }
}

impl Compress for Noop {
    fn bound(&self, length: usize) -> usize {
        length
    }

    fn compress(&mut self, chunk: &[u8], into: &mut [u8]) -> Result<usize, CompressError> {
        let into = into.get_mut(..chunk.len()).ok_or_else(|| CompressError::new(NO_ROOM))?;
        into.copy_from_slice(chunk);
        Ok(chunk.len())
    }
}
