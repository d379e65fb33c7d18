//! `LZ4Compressor`: the uncompressed length, little-endian, then one raw LZ4 block.

use super::{DecompressError, Decompressor};

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
