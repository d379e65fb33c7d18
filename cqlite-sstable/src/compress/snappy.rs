//! `SnappyCompressor`: one raw Snappy block.

use super::{DecompressError, Decompressor};

#[derive(Default)]
pub(super) struct Snappy {
    decoder: snap::raw::Decoder,
}

impl Decompressor for Snappy {
    fn decompress(&mut self, chunk: &[u8], into: &mut [u8]) -> Result<usize, DecompressError> {
        self.decoder.decompress(chunk, into).map_err(DecompressError::new)
    }
}
