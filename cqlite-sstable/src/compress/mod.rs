//! The compressors that Cassandra knows, each behind one trait, with contexts that are used again.

use std::fmt;

mod deflate;
mod lz4;
mod noop;
mod snappy;
mod zstd;

/// A compressor by the name that CompressionInfo.db gives it (`io.compress`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compressor {
    /// `LZ4Compressor`
    Lz4,
    /// `SnappyCompressor`
    Snappy,
    /// `DeflateCompressor`
    Deflate,
    /// `ZstdCompressor`
    Zstd,
    /// `NoopCompressor`
    Noop,
}

impl Compressor {
    const ALL: [Self; 5] = [Self::Lz4, Self::Snappy, Self::Deflate, Self::Zstd, Self::Noop];

    /// The compressor with this simple class name.
    pub fn from_class_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|compressor| compressor.class_name() == name)
    }

    /// The simple class name.
    pub fn class_name(self) -> &'static str {
        match self {
            Self::Lz4 => "LZ4Compressor",
            Self::Snappy => "SnappyCompressor",
            Self::Deflate => "DeflateCompressor",
            Self::Zstd => "ZstdCompressor",
            Self::Noop => "NoopCompressor",
        }
    }

    /// A decompressor with a context of its own.
    pub fn decompressor(self) -> Box<dyn Decompressor> {
        match self {
            Self::Lz4 => Box::new(lz4::Lz4),
            Self::Snappy => Box::new(snappy::Snappy::default()),
            Self::Deflate => Box::new(deflate::Deflate::default()),
            Self::Zstd => Box::new(zstd::Zstd::default()),
            Self::Noop => Box::new(noop::Noop),
        }
    }
}

/// Why a chunk could not be decompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecompressError(String);

impl DecompressError {
    fn new(message: impl fmt::Display) -> Self {
        Self(message.to_string())
    }
}

impl fmt::Display for DecompressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DecompressError {}

/// Decompresses chunks, one after another.
pub trait Decompressor: Send {
    /// Decompresses one whole chunk into the front of `into` and says how many bytes it has.
    ///
    /// # Errors
    /// If the bytes are not what this compressor writes, or have more content than `into` has room.
    fn decompress(&mut self, chunk: &[u8], into: &mut [u8]) -> Result<usize, DecompressError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_compressor_panics_on_foreign_bytes() {
        let mut into = [0; 64];
        for compressor in Compressor::ALL {
            let mut decompressor = compressor.decompressor();
            for length in 0..64_u8 {
                for byte in [0, 1, 0x28, 0x78, 0x7F, 0x80, 0xFF] {
                    let chunk: Vec<u8> = (0..length).map(|i| byte ^ (i.wrapping_mul(37) & 3)).collect();
                    if let Ok(size) = decompressor.decompress(&chunk, &mut into) {
                        assert!(size <= into.len());
                    }
                }
            }
        }
    }

    #[test]
    fn names_are_those_of_cassandra() {
        assert_eq!(Compressor::from_class_name("ZstdCompressor"), Some(Compressor::Zstd));
        assert_eq!(Compressor::from_class_name("ZstdDictionaryCompressor"), None);
    }
}
