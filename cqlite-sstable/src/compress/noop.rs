//! `NoopCompressor`: the bytes as they are.

use super::{DecompressError, Decompressor};

pub(super) struct Noop;

impl Decompressor for Noop {
    fn decompress(&mut self, chunk: &[u8], into: &mut [u8]) -> Result<usize, DecompressError> {
        let into =
            into.get_mut(..chunk.len()).ok_or_else(|| DecompressError::new("it is longer than a chunk"))?;
        into.copy_from_slice(chunk);
        Ok(chunk.len())
    }
}
