//! `LZ4Compressor`: the uncompressed length, little-endian, then one raw LZ4 block.

use ::lz4::block::CompressionMode;

use super::{Compress, CompressError, DecompressError, Decompressor, NO_ROOM};

pub(super) struct Lz4;

impl Decompressor for Lz4 {
    fn decompress(&mut self, chunk: &[u8], into: &mut [u8]) -> Result<usize, DecompressError> {
        let (length, block) =
            chunk.split_first_chunk::<4>().ok_or_else(|| DecompressError::new("the length is missing"))?;
        let stated = u32::from_le_bytes(*length) as usize;
        let room = into.len();
        let into = into.get_mut(..stated).ok_or_else(|| {
            DecompressError::new(format!(
                "it states a length of {stated} bytes where at most {room} are possible"
            ))
        })?;
        if stated == 0 {
            return Ok(0);
        }
        let size = i32::try_from(stated).map_err(DecompressError::new)?;
        let written = ::lz4::block::decompress_to_buffer(block, Some(size), into)
            .map_err(|_| DecompressError::new("it is no valid LZ4 block"))?;
        if written == stated {
            return Ok(written);
        }
        Err(DecompressError::new(format!("it states {stated} bytes but holds {written}")))
    }
}

/// The greatest level of the high type (`LZ4Compressor.validateCompressionLevel`), and the one it has by default.
pub(super) const HIGH_LEVELS: std::ops::RangeInclusive<i32> = 1..=17;
pub(super) const DEFAULT_HIGH_LEVEL: i32 = 9;

/// The fast type, or the high type of some level.
pub(super) struct Lz4Compress {
    mode: CompressionMode,
}

impl Lz4Compress {
    pub(super) fn new(high_level: Option<i32>) -> Self {
        Self { mode: high_level.map_or(CompressionMode::DEFAULT, CompressionMode::HIGHCOMPRESSION) }
    }
}

impl Compress for Lz4Compress {
    fn bound(&self, length: usize) -> usize {
        // LZ4_COMPRESSBOUND, and the length in front.
        length.saturating_add(length / 255).saturating_add(16 + 4)
    }

    fn compress(&mut self, chunk: &[u8], into: &mut [u8]) -> Result<usize, CompressError> {
        if into.len() < self.bound(chunk.len()) {
            return Err(CompressError::new(NO_ROOM));
        }
        ::lz4::block::compress_to_buffer(chunk, Some(self.mode), true, into).map_err(CompressError::new)
    }
}
