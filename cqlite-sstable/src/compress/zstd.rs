//! `ZstdCompressor`: one Zstandard frame.

use super::{DecompressError, Decompressor};

/// The context is made at the first chunk: making it can fail.
#[derive(Default)]
pub(super) struct Zstd {
    context: Option<::zstd::bulk::Decompressor<'static>>,
}

impl Decompressor for Zstd {
    fn decompress(&mut self, chunk: &[u8], into: &mut [u8]) -> Result<usize, DecompressError> {
        let context = match &mut self.context {
            Some(context) => context,
            None => self.context.insert(::zstd::bulk::Decompressor::new().map_err(DecompressError::new)?),
        };
        context.decompress_to_buffer(chunk, into).map_err(DecompressError::new)
    }
}
