//! `SnappyCompressor`: one raw Snappy block.

use super::{Compress, CompressError, DecompressError, Decompressor};

#[derive(Default)]
pub(super) struct Snappy {
    decoder: snap::raw::Decoder,
}

impl Decompressor for Snappy {
    fn decompress(&mut self, chunk: &[u8], into: &mut [u8]) -> Result<usize, DecompressError> {
        self.decoder.decompress(chunk, into).map_err(DecompressError::new)
    }
}

pub(super) struct SnappyCompress {
    encoder: snap::raw::Encoder,
}

impl Default for SnappyCompress {
    fn default() -> Self {
        Self { encoder: snap::raw::Encoder::new() }
    }
}

impl Compress for SnappyCompress {
    fn bound(&self, length: usize) -> usize {
        snap::raw::max_compress_len(length)
    }

    fn compress(&mut self, chunk: &[u8], into: &mut [u8]) -> Result<usize, CompressError> {
        self.encoder.compress(chunk, into).map_err(CompressError::new)
    }
}
