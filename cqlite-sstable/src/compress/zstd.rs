//! `ZstdCompressor`: one Zstandard frame.

use super::{Compress, CompressError, DecompressError, Decompressor};

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

/// The level that Cassandra has by default (`ZstdCompressor.DEFAULT_COMPRESSION_LEVEL`).
pub(super) const DEFAULT_LEVEL: i32 = 3;

/// As [`Zstd`]: frames with a checksum of their content, as Cassandra writes them.
pub(super) struct ZstdCompress {
    level: i32,
    context: Option<::zstd::bulk::Compressor<'static>>,
}

impl ZstdCompress {
    pub(super) fn new(level: i32) -> Self {
        Self { level, context: None }
    }

    fn context(level: i32) -> std::io::Result<::zstd::bulk::Compressor<'static>> {
        let mut context = ::zstd::bulk::Compressor::new(level)?;
        context.include_checksum(true)?;
        Ok(context)
    }
}

impl Compress for ZstdCompress {
    fn bound(&self, length: usize) -> usize {
        ::zstd::zstd_safe::compress_bound(length)
    }

    fn compress(&mut self, chunk: &[u8], into: &mut [u8]) -> Result<usize, CompressError> {
        let context = match &mut self.context {
            Some(context) => context,
            None => self.context.insert(Self::context(self.level).map_err(CompressError::new)?),
        };
        context.compress_to_buffer(chunk, into).map_err(CompressError::new)
    }
}
