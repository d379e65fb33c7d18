//! Digest.crc32: the CRC-32 of the whole Data.db as a decimal number.
use crate::error::{Error, Result};

/// Reads the number.
///
/// # Errors
/// If it is none.
pub fn parse(bytes: &[u8]) -> Result<u32> {
    let text = std::str::from_utf8(bytes).ok().and_then(|text| text.lines().next()?.trim().parse().ok());
    text.ok_or_else(|| Error::corrupt("it holds no checksum (a decimal number of 32 bits)"))
}
