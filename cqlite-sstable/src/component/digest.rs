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

/// The file's bytes for the checksum of a Data.db (`ChecksumWriter.writeFullChecksum`): the number, and no line end.
///
/// # Example
/// ```
/// use cqlite_sstable::component::digest;
/// assert_eq!(digest::parse(&digest::write(4_294_967_295))?, 4_294_967_295);
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
pub fn write(checksum: u32) -> Vec<u8> {
    checksum.to_string().into_bytes()
}
